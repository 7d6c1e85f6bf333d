"""Share employed by municipality, sex and single year of age.

Rule. The profile of ages 20-44 is the mean of the register rates published for Västerbotten and
Norrbotten in 2022; other ages are a declared assumption. A monotone curve through the middles of
the bands gives single years. In each municipality the odds of the whole profile are then scaled
by one factor, so that rates times residents give the employed residents exactly.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from abm.region.derive.inputs import AGES, SEXES, Inputs
from abm.schema import ADULT_AGE, FACTORY_MUNICIPALITY, START_YEAR


def profile(inputs: Inputs) -> NDArray[np.float64]:
    """Share employed by sex and age before scaling, float64[2, A]."""
    out = np.zeros((2, len(AGES)))
    official = inputs.table("employment_by_age")
    assumed = inputs.table("employment_rate_profile")
    for s, column in enumerate(("women", "men")):
        knots: list[tuple[float, float]] = []
        pooled = official.groupby("age_group")[[column, f"employed_{column}"]].sum()
        for band, row in pooled.iterrows():
            low, high = (int(part) for part in str(band).split("-"))
            if low >= 20:
                knots.append(((low + high) / 2, row[f"employed_{column}"] / row[column]))
        for low, high, rate in zip(assumed["age_from"], assumed["age_to"], assumed[column], strict=True):
            knots.append(((low + high) / 2, float(rate)))
        knots.sort()
        ages, rates = np.array(knots).T
        out[s] = np.clip(PchipInterpolator(ages, rates, extrapolate=False)(AGES), 0, 0.99)
        out[s] = np.nan_to_num(out[s])
    out[:, :ADULT_AGE] = 0.0
    return out


def scaled(inputs: Inputs) -> NDArray[np.float64]:
    """Share employed by municipality, sex and age, float64[M, 2, A]."""
    shape = profile(inputs)
    odds = shape / (1 - shape)
    out = np.zeros((len(inputs.codes), *shape.shape))
    for i, (people, employed) in enumerate(zip(inputs.population(), inputs.employed(), strict=True)):

        def miss(
            log_factor: float, people: NDArray[np.int64] = people, employed: int = int(employed)
        ) -> float:
            raised = odds * np.exp(log_factor)
            return float((people * raised / (1 + raised)).sum() - employed)

        factor = np.exp(brentq(miss, -5, 5, xtol=1e-12))
        out[i] = odds * factor / (1 + odds * factor)
    return out


def derive(inputs: Inputs) -> pd.DataFrame:
    """Share employed; see the module for the rule."""
    rates = scaled(inputs)
    m = len(rates)
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, 2 * len(AGES)),
            "sex": np.tile(np.repeat(SEXES, len(AGES)), m),
            "age": np.tile(AGES, 2 * m),
            "rate": rates.ravel().round(7),
        }
    )


def derive_index(inputs: Inputs) -> pd.DataFrame:
    """Employed residents of a county in November over those of November 2020, with whom the model starts.

    A year for each published one from 2020 on; the last one holds from then on. 2020 was low, a year of the
    pandemic, so that the rise to 2021 is recovery. Where the factory was being built is left out, as its
    builders and staff are among the employed there: that municipality has the index of the rest of its county.
    """
    table = inputs.table("commuting_by_residence")
    table["county_code"] = table["code"].map(dict(zip(inputs.codes, inputs.counties, strict=True)))
    table = table[(table["year"] >= START_YEAR) & (table["code"] != FACTORY_MUNICIPALITY)]
    employed = table.groupby(["county_code", "year"])["employed_residents"].sum()
    relative = employed / employed.groupby("county_code").transform("first")
    return relative.rename("relative").round(6).reset_index()
