"""Jobs by workplace and sector.

Rule. The jobs of a municipality are the column of the commuting matrix. They are split over
sectors by proportional fitting. The prior is the national structure (industry table of 2020,
manufacturing split by assumption) with the declared shares of known large employers put in
place, and the public sectors scaled by the residents of the ages they serve. The totals are:
the jobs of every municipality; the industries published for Västerbotten and Jämtland (2020),
for the two northern NUTS 2 regions (2019-2020) and for Umeå (2016); and the remembered shares
that are declared as margins. Published counts are used as shares of their own total, because
the years, the ages and the reference (home or workplace) differ a little.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.region.derive import commuting
from abm.region.derive.fitting import Margin, fit
from abm.region.derive.inputs import Inputs, bands
from abm.region.derive.rounding import largest_remainder
from abm.schema import N_SECTORS, SECTOR_CODES, SECTOR_INDEX

GROUPS = {"BC": ("B", "CP", "CO"), "C": ("CP", "CO"), "D": ("DE",), "E": ("DE",)}
"""Industries of the published tables that are not one sector."""
NUTS2 = {"SE32": ("22", "23"), "SE33": ("24", "25")}
"""Counties of the NUTS 2 regions."""


def sectors_of(industry: str) -> list[int]:
    """Sector indices of a published industry."""
    return [SECTOR_INDEX[code] for code in GROUPS.get(industry, (industry,))]


def national_shares(inputs: Inputs) -> NDArray[np.float64]:
    """Share of the jobs of the nation by sector, float64[S]."""
    table = inputs.table("employment_by_industry")
    nation = table[(table["area"] == "SE") & (table["measure"] == "residents_20_64")].set_index("industry")["persons"]
    jobs = table[(table["area"] == "SE") & (table["measure"] == "jobs")].set_index("industry")["persons"]
    split = inputs.table("national_sector_split").set_index("sector")["share"]
    shares = np.zeros(N_SECTORS)
    for industry, persons in nation.items():
        if industry == "BC":
            mining = persons * jobs["B"] / (jobs["B"] + jobs["C"])
            shares[SECTOR_INDEX["B"]] = mining
            for sector in GROUPS["C"]:
                shares[SECTOR_INDEX[sector]] = (persons - mining) * split[sector]
        elif industry in SECTOR_INDEX:
            shares[SECTOR_INDEX[str(industry)]] = persons
    return shares / shares.sum()


def _prior(inputs: Inputs, total: NDArray[np.float64]) -> NDArray[np.float64]:
    share = np.tile(national_shares(inputs), (len(total), 1))
    # Mining stands where there is a mine: a trace elsewhere.
    share[:, SECTOR_INDEX["B"]] = 0.0005
    people = inputs.population().sum(axis=1).astype(float)
    profile = inputs.table("public_need_profile")
    for sector in ("O", "P", "Q"):
        need = people @ bands(profile[profile["sector"] == sector], "need")
        per_job = need / total
        share[:, SECTOR_INDEX[sector]] *= per_job / (need.sum() / total.sum())
    seeds = inputs.table("sector_shares")
    position = {code: i for i, code in enumerate(inputs.codes)}
    pinned = np.zeros_like(share, dtype=bool)
    for row in seeds[seeds["sector"].isin(SECTOR_CODES)].itertuples():
        share[position[str(row.code)], SECTOR_INDEX[str(row.sector)]] = row.share
        pinned[position[str(row.code)], SECTOR_INDEX[str(row.sector)]] = True
    # What is declared keeps its share; the other sectors share the rest.
    rest = 1.0 - np.where(pinned, share, 0.0).sum(axis=1)
    free = np.where(pinned, 0.0, share)
    share = np.where(pinned, share, free * (rest / free.sum(axis=1))[:, None])
    return share * total[:, None]


def margins(inputs: Inputs, total: NDArray[np.float64]) -> list[Margin]:
    """Totals that the fit meets: municipalities, published industries, remembered shares."""
    m, counties = len(total), inputs.counties
    codes = np.array(inputs.codes)
    every_sector = np.ones(N_SECTORS, dtype=bool)
    out: list[Margin] = []

    def mask(rows: NDArray[np.bool_], sectors: list[int]) -> NDArray[np.bool_]:
        return rows[:, None] & np.isin(np.arange(N_SECTORS), sectors)[None, :]

    table = inputs.table("employment_by_industry")
    for (area, measure, year), group in table.groupby(["area", "measure", "year"], sort=False):
        persons = group.set_index("industry")["persons"]
        if area in NUTS2:
            rows = np.isin(counties, NUTS2[str(area)])
            # The table has no printed total here: jobs of the region stand for it.
            scale = 1.0
        elif area in ("23", "24", "2480") and "total" in persons:
            rows = (codes == area) if len(str(area)) == 4 else counties == area
            scale = float(total[rows].sum()) / float(persons["total"] - persons.get("unknown", 0))
        else:
            continue
        merged: dict[tuple[int, ...], float] = {}
        for industry, count in persons.items():
            if industry not in ("total", "unknown"):
                key = tuple(sectors_of(str(industry)))
                merged[key] = merged.get(key, 0.0) + float(count)
        for sectors, count in merged.items():
            # Farming is counted by home and among 20-64 in the county table: the regional table
            # by workplace includes the old and part-time farmers and is the better one.
            if area in ("23", "24") and sectors == (SECTOR_INDEX["A"],):
                continue
            # Both regions' energy and environment come as two industries, summed above.
            out.append((mask(rows, list(sectors)), count * scale))
    seeds = inputs.table("sector_shares")
    for row in seeds[seeds["role"] == "margin"].itertuples():
        rows = codes == row.code
        out.append((mask(rows, sectors_of(str(row.sector))), float(row.share) * float(total[rows][0])))
    for i in range(m):
        out.append((np.outer(np.arange(m) == i, every_sector), float(total[i])))
    return out


def fitted(inputs: Inputs) -> tuple[NDArray[np.float64], float]:
    """The fitted table before rounding, float64[M, S], and the largest relative miss of a margin."""
    m = len(inputs.codes)
    total = commuting.matrix(inputs)[:, :m].sum(axis=0).astype(float)
    return fit(_prior(inputs, total), margins(inputs, total), rounds=300)


def derive(inputs: Inputs) -> pd.DataFrame:
    """Jobs by municipality and sector; rows add up to the columns of the commuting matrix."""
    table, _ = fitted(inputs)
    m = len(inputs.codes)
    total = commuting.matrix(inputs)[:, :m].sum(axis=0)
    whole = np.array([largest_remainder(row, int(jobs)) for row, jobs in zip(table, total, strict=True)])
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, N_SECTORS),
            "sector": np.tile(SECTOR_CODES, m),
            "jobs": whole.ravel(),
        }
    )
