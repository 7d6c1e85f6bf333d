"""Earned income, wages and the wage level of municipalities.

Rules. Income 2018 is published as means of ages 16-19, 20-24 and 20 and older. The declared shape of
income by age over 25 is scaled, for each municipality and sex, so that the mean over residents of 20
and older is met. Wages by sector are a declared assumption, scaled to the mean of the nation times
the regional level; within a sector skills differ by fixed ratios. The wage level of a municipality
is income of ages 30-59 per employed, at one age structure, relative to the region, shrunk towards one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.region.derive.inputs import AGES, SEXES, Inputs, bands, cube
from abm.region.derive.jobs import national_shares
from abm.schema import ADULT_AGE, SECTOR_CODES, Skill


def means(inputs: Inputs) -> NDArray[np.float64]:
    """Mean income by municipality, sex and age, float64[M, 2, A], SEK a year 2018."""
    table = inputs.table("income_by_age_group")
    groups = ["16-19", "20-24", "20+"]
    table = table[(table["measure"] == "mean") & table["sex"].isin(SEXES) & table["age_group"].isin(groups)]
    known = cube(table[["code", "sex", "age_group", "sek"]], [inputs.codes, list(SEXES), groups], "sek")
    people = inputs.population().astype(float)
    out = np.zeros_like(people)
    teen = np.array([0.35, 0.6, 1.0, 2.0])
    young = np.array([0.75, 0.88, 1.0, 1.12, 1.25])
    shape = bands(inputs.table("income_profile"), "relative_income")
    for low, curve, j in ((ADULT_AGE, teen, 0), (20, young, 1)):
        ages = slice(low, low + len(curve))
        weight = people[..., ages] + 1e-6
        level = known[..., j] * weight.sum(-1) / (weight * curve).sum(-1)
        out[..., ages] = level[..., None] * curve
    adults = people[..., 20:].sum(-1) * known[..., 2] - (people[..., 20:25] * out[..., 20:25]).sum(-1)
    level = adults / (people[..., 25:] * shape[25:]).sum(-1)
    out[..., 25:] = level[..., None] * shape[25:]
    return out


def derive(inputs: Inputs) -> pd.DataFrame:
    """Mean income by municipality, sex and age."""
    out = means(inputs)
    m = len(out)
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, 2 * len(AGES)),
            "sex": np.tile(np.repeat(SEXES, len(AGES)), m),
            "age": np.tile(AGES, 2 * m),
            "sek": np.rint(out).astype(np.int64).ravel(),
        }
    )


def derive_wage_level(inputs: Inputs) -> pd.DataFrame:
    """Wage level by municipality; the mean over employed residents is one."""
    prime = slice(30, 60)
    people = inputs.population().sum(axis=0)[:, prime].astype(float)
    rate = cube(inputs.table("employment_rates"), [inputs.codes, list(SEXES), list(AGES)], "rate")[..., prime]
    per_worker = (means(inputs)[..., prime] * people).sum((1, 2)) / (rate * people).sum((1, 2))
    employed = inputs.employed()
    level = per_worker / np.average(per_worker, weights=employed)
    level = 1 + inputs.parameter("wage_level_shrinkage") * (level - 1)
    return pd.DataFrame(
        {"code": inputs.codes, "level": (level / np.average(level, weights=employed)).round(5)}
    )


def derive_wages(inputs: Inputs) -> pd.DataFrame:
    """Mean monthly wage by sector and skill, SEK 2019."""
    wage = inputs.table("sector_wages").set_index("sector")["wage"].loc[list(SECTOR_CODES)].to_numpy(float)
    shares = national_shares(inputs)
    wage = wage * (
        inputs.parameter("wage_mean_2019") * inputs.parameter("regional_wage_level") / (wage @ shares)
    )
    ratio = np.array(
        [inputs.parameter("skill_wage_compulsory"), 1.0, inputs.parameter("skill_wage_tertiary")]
    )
    # Sectors with many graduates have high means already: the ratios hold within a sector, so each
    # mean is divided by the ratio of its own mix, taken from the wage itself (dear sectors, more graduates).
    tertiary = np.clip(0.35 + 0.9 * (wage / (wage @ shares) - 1), 0.08, 0.8)
    mix = np.stack([0.25 * (1 - tertiary), 0.75 * (1 - tertiary), tertiary], axis=1)
    base = wage / (mix @ ratio)
    skills = [skill.name.lower() for skill in Skill]
    return pd.DataFrame(
        {
            "sector": np.repeat(SECTOR_CODES, len(skills)),
            "skill": np.tile(skills, len(SECTOR_CODES)),
            "sek_per_month": np.rint(base[:, None] * ratio).astype(np.int64).ravel(),
        }
    )


def derive_tax(inputs: Inputs) -> pd.DataFrame:
    """Income tax: municipal rate of 2018 plus the rate of the region (an assumption)."""
    municipal = inputs.table("municipal_tax_rates")
    municipal = (
        municipal[municipal["year"] == 2018].set_index("code").loc[inputs.codes, "rate"].to_numpy(float)
    )
    regional = inputs.table("regional_tax_rates").set_index("county_code")["rate"]
    return pd.DataFrame(
        {
            "code": inputs.codes,
            "rate": (municipal + regional.loc[list(inputs.counties)].to_numpy(float)).round(5),
        }
    )
