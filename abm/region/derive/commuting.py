"""Commuters by residence and workplace.

Rule. What is known stays fixed: employed residents, those who work at home, and the largest
flow out of each municipality. The other out-commuters are spread by relative entropy from a
prior with two parts, daily commuting (exponential in road distance) and weekly commuting (a
power of distance with a long tail), so that the published county flows, the county shares of
out- and in-commuters and the in-commuters of Umeå and Örnsköldsvik come out. The rest of
Sweden is one zone. No figures exist on commuters across the national border: those cells are
empty. Whole numbers are the nearest that keep rows and county flows exact.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.region.derive.fitting import Margin, fit
from abm.region.derive.inputs import Inputs
from abm.region.derive.rounding import largest_remainder
from abm.region.network import build_network, travel_matrices
from abm.schema import ABROAD, JAMTLAND, NORRBOTTEN, REST_OF_SWEDEN, VASTERBOTTEN, VASTERNORRLAND


def distances(inputs: Inputs) -> NDArray[np.float64]:
    """Road distance between the municipalities and to the rest of Sweden, float64[M + 1, M + 1], km."""
    network = build_network(inputs.table("network_nodes"), inputs.table("network_links"))
    km = travel_matrices(network, [*inputs.codes, REST_OF_SWEDEN])[0]
    km[-1, :-1] += inputs.parameter("commuting_rest_of_sweden_km") / 2
    km[:-1, -1] += inputs.parameter("commuting_rest_of_sweden_km") / 2
    return km


def _prior(inputs: Inputs, employed: NDArray[np.int64], national: float) -> NDArray[np.float64]:
    km = distances(inputs)
    mass = np.append(employed, national - employed.sum()).astype(float)
    daily = inputs.parameter("commuting_daily_level") * np.exp(
        -inputs.parameter("commuting_daily_decay") * km
    )
    soft = np.hypot(km, inputs.parameter("commuting_weekly_softening_km"))
    weekly = inputs.parameter("commuting_weekly_level") * soft ** -inputs.parameter(
        "commuting_weekly_exponent"
    )
    prior = mass[:, None] * mass[None, :] * (daily + weekly)
    np.fill_diagonal(prior, 0.0)
    return prior


def county_totals(inputs: Inputs) -> dict[tuple[str, str], float]:
    """Commuters out of a county by destination: another county, ``RS`` or ``*`` for all."""
    flows = inputs.table("commuting_between_counties")
    flows = flows[(flows["home_county"] == VASTERBOTTEN) & (flows["year"] == 2017)].set_index("work_county")[
        "total"
    ]
    near = [VASTERNORRLAND, JAMTLAND, NORRBOTTEN]
    totals = {(VASTERBOTTEN, county): float(flows[county]) for county in near}
    totals[VASTERBOTTEN, REST_OF_SWEDEN] = float(flows.drop(near).sum())
    totals[VASTERNORRLAND, VASTERBOTTEN] = inputs.parameter("commuting_vn_to_vb")
    shares = inputs.table("commuting_county_shares")
    out = shares[shares["direction"] == "out"].set_index("county_code")["share"]
    employed, counties = inputs.employed(), inputs.counties
    for county in (VASTERNORRLAND, JAMTLAND, NORRBOTTEN):
        totals[county, "*"] = float(out[county] * employed[counties == county].sum())
    return totals


def derive(inputs: Inputs) -> pd.DataFrame:
    """Commuters from every zone to every zone; see the module for the rule."""
    codes, counties, employed = inputs.codes, inputs.counties, inputs.employed()
    m = len(codes)
    national = float(inputs.table("employed_sweden").set_index("year").loc[2020, "employed_residents"])
    known = inputs.table("commuting_by_residence")
    known = known[known["year"] == 2020].set_index("code").loc[codes]
    home = known["live_and_work"].to_numpy(np.int64)
    largest = known["largest_flow"].to_numpy(np.int64)
    zone = {code: i for i, code in enumerate(codes)}
    target = np.array([zone.get(code, m) for code in known["largest_destination"]])

    facts = inputs.table("commuting_facts").set_index(["code", "measure"])["value"]
    incoming = {}
    if "2480" in zone:
        net = float(
            inputs.table("commuting_facts")
            .query("code == '2480' and measure == 'net_commuting' and year == 2016")["value"]
            .iloc[0]
        )
        incoming[zone["2480"]] = employed[zone["2480"]] - home[zone["2480"]] + net
    if "2284" in zone:
        incoming[zone["2284"]] = float(facts["2284", "in_commuters"])

    # Flows that are not fixed; a fixed largest flow to Stockholm is a part of those to the rest of Sweden.
    free = _prior(inputs, employed, national)
    fixed = np.zeros((m + 1, m + 1), dtype=np.int64)
    fixed[np.arange(m), target] = largest
    free[np.arange(m)[target < m], target[target < m]] = 0.0
    # No flow to a municipality passes the largest one; the rest of Sweden is many.
    ceiling = np.full((m + 1, m + 1), np.inf)
    ceiling[:m, :m] = largest[:, None]
    rest = employed - home - largest

    row_county = np.append(counties, REST_OF_SWEDEN)
    margins: list[Margin] = []

    def cells(rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return rows[:, None] & columns[None, :]

    everywhere = np.ones(m + 1, dtype=bool)
    groups: list[tuple[NDArray[np.bool_], float]] = []
    for (origin, destination), total in county_totals(inputs).items():
        rows = row_county == origin
        columns = row_county != origin if destination == "*" else row_county == destination
        mask = cells(rows, columns)
        groups.append((mask, total - fixed[mask].sum()))
    for column, total in incoming.items():
        mask = cells(everywhere, np.arange(m + 1) == column)
        groups.append((mask, total - fixed[mask].sum()))

    # In-commuters from the rest of Sweden follow from the county shares, which depend on the flows
    # between the counties; a few passes settle both.
    shares = inputs.table("commuting_county_shares")
    inward = shares[shares["direction"] == "in"].set_index("county_code")["share"].to_dict()
    inward[VASTERBOTTEN] = inputs.parameter("commuting_vb_in_share")
    table = free
    from_rest = {county: 0.03 * employed[counties == county].sum() for county in sorted(set(counties))}
    for _ in range(6):
        margins = [(cells(np.arange(m + 1) == i, everywhere), float(rest[i])) for i in range(m)]
        margins += groups
        margins += [(cells(row_county == REST_OF_SWEDEN, row_county == c), v) for c, v in from_rest.items()]
        table, _ = fit(free, margins, rounds=400, tolerance=1e-6, ceiling=ceiling)
        for county in from_rest:
            inside = row_county == county
            crossing_in = (table + fixed)[:m][~inside[:m]][:, inside].sum()
            crossing_out = (table + fixed)[inside][:, ~inside].sum()
            share = inward[county]
            wanted = share / (1 - share) * (employed[counties == county].sum() - crossing_out) - crossing_in
            from_rest[county] = max(float(wanted), 1.0)
    free_whole = _whole(table, rest, row_county)
    for county, total in from_rest.items():
        inside = np.flatnonzero(row_county == county)
        free_whole[m, inside] = largest_remainder(table[m, inside], round(total))
    flows = free_whole + fixed
    flows[np.arange(m), np.arange(m)] = home
    names = [*codes, REST_OF_SWEDEN]
    homes, works = np.nonzero(flows)
    return pd.DataFrame(
        {
            "from": [names[i] for i in homes],
            "to": [names[j] for j in works],
            "persons": flows[homes, works],
        }
    )


def _whole(
    table: NDArray[np.float64], rest: NDArray[np.int64], row_county: NDArray[np.str_]
) -> NDArray[np.int64]:
    """Round so that rows are exact and the flows between counties are the nearest whole numbers."""
    from scipy.optimize import linprog
    from scipy.sparse import lil_array

    m = len(rest)
    out = np.zeros(table.shape, dtype=np.int64)
    destinations = sorted(set(row_county))
    for county in sorted(set(row_county[:m])):
        rows = np.flatnonzero(row_county[:m] == county)
        blocks = np.array([[table[i, row_county == d].sum() for d in destinations] for i in rows])
        blocks *= (rest[rows] / np.maximum(blocks.sum(axis=1), 1e-12))[:, None]
        base = np.floor(blocks + 1e-9)
        need_row = rest[rows] - base.sum(axis=1)
        need_column = largest_remainder(blocks.sum(axis=0), int(rest[rows].sum())) - base.sum(axis=0)
        n, k = blocks.shape
        equations = lil_array((n + k, n * k))
        for i in range(n):
            equations[i, i * k : (i + 1) * k] = 1.0
        for j in range(k):
            equations[n + j, j::k] = 1.0
        solved = linprog(
            -np.round(blocks - base, 9).ravel(),
            A_eq=equations.tocsr(),
            b_eq=np.concatenate([need_row, need_column]),
            bounds=(0, 1),
            method="highs-ds",
        )
        extra = np.round(solved.x).reshape(n, k) if solved.success else np.zeros((n, k))
        whole = (base + extra).astype(np.int64)
        for position, row in enumerate(rows):
            i = int(row)
            missing = int(rest[i] - whole[position].sum())
            if missing:
                whole[position] = largest_remainder(blocks[position], int(rest[i]))
            for j, d in enumerate(destinations):
                inside = np.flatnonzero(row_county == d)
                out[i, inside] = _allowed(table[i, inside], int(whole[position, j]))
    return out


def _allowed(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Split a total, never to a cell that must stay empty (home, or the largest flow)."""
    out = np.zeros(len(weights), dtype=np.int64)
    positive = weights > 0
    if total:
        out[positive] = largest_remainder(weights[positive], total)
    return out


def matrix(inputs: Inputs) -> NDArray[np.int64]:
    """The derived table as a matrix over the municipalities, rest of Sweden and abroad, int64[Z, Z]."""
    names = [*inputs.codes, REST_OF_SWEDEN, ABROAD]
    position = {name: i for i, name in enumerate(names)}
    flows = np.zeros((len(names), len(names)), dtype=np.int64)
    table = inputs.table("commuting")
    flows[table["from"].map(position), table["to"].map(position)] = table["persons"]
    return flows
