"""Jobs by workplace and sector.

Rule. The jobs of a municipality are the column of the commuting matrix. They are split over
sectors by proportional fitting. The prior is halfway between the structure of the nation and that
of Jämtland, the one northern county with a complete table; the declared shares of known large
employers are put in place, and the public sectors follow the residents of the ages they serve.
The totals are: the jobs of every municipality; the industries published for Västerbotten and
Jämtland (2020), for the two northern NUTS 2 regions (2019-2020) and for Umeå (2016); and the
remembered shares that are declared as margins. County tables count residents of 20-64: each
industry is lifted by the nation's ratio of all jobs to residents of these ages, which differs most
for farming, which is therefore taken from the tables by workplace. Norrbotten's count of mining and
manufacturing (2019) is left out, so that it can test the result.
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


def lift(inputs: Inputs) -> pd.Series[float]:
    """Jobs of the nation per resident employed of 20-64, by industry; ``other`` for all not published."""
    table = inputs.table("employment_by_industry")
    nation = table[table["area"] == "SE"].groupby(["measure", "industry"])["persons"].sum()
    jobs, residents = nation["jobs"].astype(float), nation["residents_20_64"].astype(float)
    jobs["BC"] = jobs["B"] + jobs["C"]
    jobs["DE"] = jobs["D"] + jobs["E"]
    known = [industry for industry in residents.index if industry in jobs.index]
    ratio = jobs[known] / residents[known]
    everyone = float(inputs.table("employed_sweden").set_index("year").loc[2020, "employed_residents"])
    ratio["other"] = (everyone - jobs[known].sum()) / (residents["total"] - residents[known].sum())
    return ratio


def _structure(inputs: Inputs, area: str) -> NDArray[np.float64]:
    """Share of jobs by sector in an area with a complete table, float64[S]."""
    table = inputs.table("employment_by_industry")
    nation = table[(table["area"] == "SE") & (table["measure"] == "jobs")].set_index("industry")["persons"]
    persons = table[(table["area"] == area) & (table["measure"] == "residents_20_64")].set_index("industry")[
        "persons"
    ]
    split = inputs.table("national_sector_split").set_index("sector")["share"]
    ratio = lift(inputs)
    shares = np.zeros(N_SECTORS)
    for industry, count in persons.drop(["total", "unknown"]).items():
        count = count * ratio.get(industry, ratio["other"])
        if industry == "BC":
            mining = count * nation["B"] / (nation["B"] + nation["C"])
            shares[SECTOR_INDEX["B"]] = mining
            for sector in GROUPS["C"]:
                shares[SECTOR_INDEX[sector]] = (count - mining) * split[sector]
        else:
            shares[SECTOR_INDEX[str(industry)]] = count
    return shares / shares.sum()


def national_shares(inputs: Inputs) -> NDArray[np.float64]:
    """Share of the jobs of the nation by sector, float64[S]."""
    return _structure(inputs, "SE")


def _prior(inputs: Inputs, total: NDArray[np.float64]) -> NDArray[np.float64]:
    northern = (_structure(inputs, "SE") + _structure(inputs, "23")) / 2
    share = np.tile(northern, (len(total), 1))
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
    ratio = lift(inputs)
    for (area, _, _), group in table.groupby(["area", "measure", "year"], sort=False):
        persons = group.set_index("industry")["persons"].astype(float)
        if area in NUTS2:
            rows, scale = np.isin(counties, NUTS2[str(area)]), 1.0
        elif area == "2480":
            rows = codes == area
            scale = total[rows].sum() / persons["total"]
        elif area == "25":
            rows, scale = counties == area, 1.0
            persons = persons.loc[["A"]]
        elif area in ("23", "24") and "total" in persons:
            rows = counties == area
            everyone = persons.drop(["unknown"], errors="ignore")
            rest = everyone["total"] - everyone.drop("total").sum()
            factor = pd.Series({i: ratio.get(i, ratio["other"]) for i in everyone.index})
            persons = everyone * factor
            scale = total[rows].sum() / (persons.drop("total").sum() + rest * ratio["other"])
            # The regional table by workplace is the better one for farming.
            persons = persons.drop("A")
        else:
            continue
        merged: dict[tuple[int, ...], float] = {}
        for industry, count in persons.items():
            if industry not in ("total", "unknown"):
                key = tuple(sectors_of(str(industry)))
                merged[key] = merged.get(key, 0.0) + float(count)
        out += [(mask(rows, list(sectors)), count * scale) for sectors, count in merged.items()]
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
