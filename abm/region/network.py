"""The travel network: seats, junctions, roads and railways, and the times between zones.

A link is one edge of an undirected multigraph, so that a road and a railway can
join the same two places, and so that a scenario can add a link, or speed one up,
without touching the tables::

    network.add_edge("2480", "2482", mode="rail", km=137.0, minutes=40.0, name="Norrbotniabanan")
    km, car, transit = travel_matrices(network, region.codes)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

TRANSIT_ACCESS_MINUTES = 20.0
"""Walking and waiting added once to every journey by rail or coach between two zones."""


def build_network(nodes_df: pd.DataFrame, links_df: pd.DataFrame) -> nx.MultiGraph:
    """Build the travel network.

    Args:
        nodes_df: one row per node: ``code`` (zone code or junction), ``name``, ``kind``
            (seat, boundary or junction), ``latitude``, ``longitude`` and the typical journey
            inside the zone: ``within_km``, ``within_minutes``, ``within_transit_minutes``.
        links_df: one row per link: ``from``, ``to``, ``mode`` (road or rail), ``name``, ``km``,
            ``minutes`` and, for a road that has one, the time by coach in ``coach_minutes``
            (missing: no coach runs there).

    Returns:
        Undirected multigraph. Nodes carry the columns of `nodes_df`, edges ``mode``, ``km``,
        ``minutes``, ``coach_minutes`` (NaN if none) and ``name``.
    """
    import networkx as nx

    network = nx.MultiGraph()
    for row in nodes_df.to_dict("records"):
        network.add_node(row["code"], **{str(key): value for key, value in row.items() if key != "code"})
    for row in links_df.to_dict("records"):
        network.add_edge(
            row["from"],
            row["to"],
            mode=str(row["mode"]),
            name=str(row["name"]),
            km=float(row["km"]),
            minutes=float(row["minutes"]),
            coach_minutes=float(row.get("coach_minutes", float("nan"))),
        )
    return network


def travel_matrices(
    network: nx.MultiGraph, zone_codes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shortest journeys between zones by car and by public transport.

    The car takes the fastest road, and the distance is that of this road. Public transport takes
    the fastest chain of trains and coaches, plus `TRANSIT_ACCESS_MINUTES`. The diagonals are the
    typical journeys inside a zone.

    Args:
        network: from :func:`build_network`, possibly with links added or changed.
        zone_codes: codes of Z zones, all of them nodes of the network.

    Returns:
        Road distance (km), car time and transit time (minutes), each float64[Z, Z]; infinite
        where there is no way.
    """
    import networkx as nx

    nodes = list(network.nodes)
    position = {code: i for i, code in enumerate(nodes)}
    roads, transit = nx.Graph(), nx.Graph()
    roads.add_nodes_from(nodes)
    transit.add_nodes_from(nodes)
    for a, b, link in network.edges(data=True):
        minutes, km = float(link["minutes"]), float(link["km"])
        if link["mode"] == "road":
            if minutes < roads.get_edge_data(a, b, {"minutes": np.inf})["minutes"]:
                roads.add_edge(a, b, minutes=minutes, km=km)
            minutes = float(link.get("coach_minutes", np.nan))
        if minutes < transit.get_edge_data(a, b, {"minutes": np.inf})["minutes"]:
            transit.add_edge(a, b, minutes=minutes)

    n = len(zone_codes)
    km_between = np.full((n, n), np.inf)
    car = np.full((n, n), np.inf)
    rail = np.full((n, n), np.inf)
    columns = np.array([position[code] for code in zone_codes])
    for i, origin in enumerate(zone_codes):
        times, paths = nx.single_source_dijkstra(roads, origin, weight="minutes")
        row = np.full(len(nodes), np.inf)
        length = np.full(len(nodes), np.inf)
        for node, value in times.items():
            row[position[node]] = value
            path = paths[node]
            length[position[node]] = sum(roads.edges[u, v]["km"] for u, v in pairwise(path))
        car[i] = row[columns]
        km_between[i] = length[columns]
        row = np.full(len(nodes), np.inf)
        for node, value in nx.single_source_dijkstra_path_length(transit, origin, weight="minutes").items():
            row[position[node]] = value + TRANSIT_ACCESS_MINUTES
        rail[i] = row[columns]
        inside = network.nodes[origin]
        km_between[i, i] = inside["within_km"]
        car[i, i] = inside["within_minutes"]
        rail[i, i] = inside["within_transit_minutes"]
    # The fastest road there is also the fastest back; rounding must not make the matrices uneven.
    return np.minimum(km_between, km_between.T), np.minimum(car, car.T), np.minimum(rail, rail.T)
