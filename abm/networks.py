"""Networks of a world as networkx graphs: journeys, suppliers, orders between places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from abm.core.establishments import contract_jobs
from abm.schema import SECTOR_CODES, SECTOR_INDEX

if TYPE_CHECKING:
    from abm.core.world import World


def travel_network(world: World) -> nx.MultiGraph:
    """The travel network with the links that are open now.

    Returns:
        A copy: nodes are zone codes and junctions, edges have ``mode``, ``km``, ``minutes`` and ``name``;
        see :mod:`abm.region.network`.
    """
    return (world.region.network if world.network is None else world.network).copy()


def supplier_network(world: World, minimum: float = 0.0) -> nx.DiGraph:
    """Who supplies whom: establishments of the scenario and the employers with contracts from them.

    Nodes are rows of the employer table with ``name`` (None for ordinary employers), ``municipality``
    (code), ``sector`` (code) and ``jobs`` (filled, official size). An edge leads from the buyer to the
    supplier; its ``weight`` is the jobs that this month's orders ask for there, official size.

    Args:
        world: the world.
        minimum: leave out orders for no more than so many jobs; a large establishment buys a little
            from nearly everyone.
    """
    e = world.employers
    network = nx.DiGraph()
    names = {u.employer: u.name for u in world.units}

    def add(row: int) -> None:
        network.add_node(
            row,
            name=names.get(row),
            municipality=world.region.codes[int(e.mun[row])],
            sector=SECTOR_CODES[int(e.sector[row])],
            jobs=float((e.filled[row] + e.boundary[row]) * world.weight),
        )

    month = min(max(world.month - 1, 0), world.scenario.n_months - 1)
    for unit in world.units:
        add(unit.employer)
        if not unit.bid_weight.size or unit.jobs[month] <= 0:
            continue
        ordered = contract_jobs(unit, world.region, world.parameters, month, e.sector)
        for row in np.flatnonzero(ordered > minimum).tolist():
            if row not in network:
                add(row)
            network.add_edge(unit.employer, row, weight=float(ordered[row]))
    return network


def order_network(world: World, sector: str | None = None) -> nx.DiGraph:
    """Orders between municipalities and what is bought from the rest of Sweden.

    Nodes are zone codes with ``name``; an edge leads from the buyer's to the supplier's municipality, and
    its ``weight`` is MSEK a year at the output of the last month, orders within a municipality included.

    Args:
        world: the world.
        sector: code of the product; all products by default.
    """
    region, demand = world.region, world.demand
    m = world.n_mun
    purchases = demand.output @ region.io_domestic.T
    chosen = range(len(SECTOR_CODES)) if sector is None else (SECTOR_INDEX[sector],)
    flows = np.zeros((m, m + 1))
    for s in chosen:
        share = demand.order_shares[s]
        flows[:, :m] += share * purchases[:, s, None]
        flows[:, m] += (1.0 - share.sum(axis=1)) * purchases[:, s]
    network = nx.DiGraph()
    for code, name in zip(region.codes[: m + 1], region.names[: m + 1], strict=True):
        network.add_node(code, name=name)
    buyers, suppliers = np.nonzero(flows > 0)
    for i, j in zip(buyers.tolist(), suppliers.tolist(), strict=True):
        network.add_edge(region.codes[i], region.codes[j], weight=float(flows[i, j]))
    return network


def order_jobs(world: World) -> NDArray[np.float64]:
    """Jobs that orders ask for, by municipality of the buyer and of the supplier, float64[M + 1, M].

    The last row is what the establishments of the scenario buy directly. Columns add up to the quantity
    ``jobs_from_orders`` at the output of the last month.
    """
    region, demand, m = world.region, world.demand, world.n_mun
    purchases = demand.output @ region.io_domestic.T
    flows = np.zeros((m + 1, m))
    for s in range(len(SECTOR_CODES)):
        asked = demand.order_shares[s] * purchases[:, s, None] * demand.fit[:, s]
        flows[:m] += asked / region.output_per_job[s]
    flows[m] = world.contracts.sum(axis=1)
    return flows
