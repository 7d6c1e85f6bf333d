"""Input-output coefficients, output per job, jobs elsewhere, and the need for public services.

Rules. The Swedish table of 2011 (35 industries) is summed to the sectors of the model and divided by
output. Output per job is output of 2011, in kronor of 2019 and lifted by the growth of output per
job, over registered jobs of 2011; these are the national shares of 2020 times the employed of 2011,
because no employment by the table's own industries is at hand. Jobs in the rest of Sweden are the
national shares times the employed of 2020, less the region. The need for public services by age is
the declared shape, scaled so that need times residents gives the region's jobs of the sector.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.region.derive.inputs import AGES, Inputs, bands, cube
from abm.region.derive.jobs import national_shares
from abm.schema import N_SECTORS, PUBLIC_SECTORS, SECTOR_CODES, SECTORS


def _membership() -> NDArray[np.float64]:
    """Which industry belongs to which sector, float64[S, 35]."""
    out = np.zeros((N_SECTORS, 35))
    for i, sector in enumerate(SECTORS):
        for industry in sector.wiod:
            out[i, industry - 1] = 1.0
    return out


def derive_io(inputs: Inputs) -> pd.DataFrame:
    """Domestic input coefficients by supplying and using sector."""
    belongs = _membership()
    industries = list(range(1, 36))
    use = cube(inputs.table("io_domestic_2011"), [industries, industries], "musd")
    output = belongs @ inputs.table("io_vectors_2011")["output_musd"].to_numpy(float)
    coefficient = belongs @ use @ belongs.T / output
    return pd.DataFrame(
        {
            "supplier": np.repeat(SECTOR_CODES, N_SECTORS),
            "user": np.tile(SECTOR_CODES, N_SECTORS),
            "coefficient": coefficient.ravel().round(7),
        }
    )


def derive_sectors(inputs: Inputs) -> pd.DataFrame:
    """Imports, household consumption, output per job and jobs in the rest of Sweden by sector."""
    belongs = _membership()
    vectors = inputs.table("io_vectors_2011")
    output = belongs @ vectors["output_musd"].to_numpy(float)
    imports = belongs @ vectors["imported_inputs"].to_numpy(float)
    consumption = belongs @ vectors["household_cons_dom"].to_numpy(float)
    shares = national_shares(inputs)
    jobs_2011 = shares * inputs.parameter("employed_sweden_2011")
    prices = inputs.parameter("sek_per_usd_2011") * inputs.parameter("price_growth_2011_2019")
    per_job = output * prices * inputs.parameter("productivity_growth_2011_2019") / jobs_2011
    nation = float(inputs.table("employed_sweden").set_index("year").loc[2020, "employed_residents"])
    region = inputs.table("jobs").groupby("sector")["jobs"].sum().loc[list(SECTOR_CODES)].to_numpy(float)
    elsewhere = np.maximum(shares * nation - region, 0.0)
    elsewhere *= (nation - region.sum()) / elsewhere.sum()
    domestic = 1 - inputs.parameter("household_import_share")
    return pd.DataFrame(
        {
            "sector": SECTOR_CODES,
            "imported": (imports / output).round(6),
            "household_consumption": (consumption / consumption.sum() * domestic).round(7),
            "output_per_job": per_job.round(5),
            "national_jobs": elsewhere.round(1),
        }
    )


def derive_need(inputs: Inputs) -> pd.DataFrame:
    """Jobs of public services needed per resident by age."""
    people = inputs.population().sum(axis=(0, 1)).astype(float)
    jobs = inputs.table("jobs").groupby("sector")["jobs"].sum()
    profile = inputs.table("public_need_profile")
    rows = []
    for i in PUBLIC_SECTORS:
        code = SECTOR_CODES[i]
        shape = bands(profile[profile["sector"] == code], "need")
        rows.append(shape * float(jobs[code]) / float(shape @ people))
    return pd.DataFrame(
        {
            "sector": np.repeat([SECTOR_CODES[i] for i in PUBLIC_SECTORS], len(AGES)),
            "age": np.tile(AGES, len(PUBLIC_SECTORS)),
            "jobs_per_resident": np.concatenate(rows).round(9),
        }
    )
