"""Births per woman by municipality and deaths per resident by county.

Rules. Counts of 2011-2015 are pooled by county. Fertility: the county's rates (smoothed over five
ages) times the change of the national rate of the same age to 2018, times a factor of the municipality:
its children of age 0 over those that its women would have at the county's rates, relative to the
county's, as far as they are many. (Children of 1 and 2 have moved: Skellefteå has more of them than were
born there.) The births of a county stay what they were. Mortality: the national rate
of 2011-2015 by sex (smoothed) times the county's ratio of deaths to those expected, below and above
65, times the change of female mortality to 2018, which stands for men too because no later rates for
men are at hand. Age 100 is open.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.region.derive.inputs import AGES, SEXES, Inputs, cube

AREAS = ["22", "23", "24", "25", "RS"]
OLD = 65


def _smooth(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    kernel = np.ones(width)
    weight = np.convolve(np.ones(values.shape[-1]), kernel, "same")
    return np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), -1, values) / weight


def derive_births(inputs: Inputs) -> pd.DataFrame:
    """Births a year per woman by municipality and age."""
    table = inputs.table("births_by_age_2011_2015")
    births = cube(table[["area", "age", "births"]], [AREAS, list(AGES)], "births")
    women = cube(table[["area", "age", "person_years"]], [AREAS, list(AGES)], "person_years")
    rate = _smooth(births, 5) / np.maximum(_smooth(women, 5), 1e-9)
    national = _smooth(births.sum(0), 5) / np.maximum(_smooth(women.sum(0), 5), 1e-9)
    now = _smooth(inputs.table("vital_rates_sweden_2018")["fertility"].to_numpy(float), 5)
    change = np.where(national > 1e-6, now / np.maximum(national, 1e-9), 1.0).clip(0.4, 1.6)
    counties = sorted(set(inputs.counties))
    out = np.array([rate[AREAS.index(county)] * change for county in counties])
    out[:, (AGES < 15) | (AGES > 49)] = 0.0
    out = out[[counties.index(county) for county in inputs.counties]]
    out *= municipal_factor(inputs, out)[:, None]
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, len(AGES)),
            "age": np.tile(AGES, len(inputs.codes)),
            "rate": out.ravel().round(7),
        }
    )


def municipal_factor(inputs: Inputs, rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Births of a municipality over those at the rates of its county, float64[M].

    Children of age 0 over expected births, both relative to the county, counted by
    w = b / (b + births_prior) of the b births expected; what is left counts as the level common to the
    county at which it keeps its births.
    """
    people = inputs.population().astype(float)
    expected = (people[:, 0] * rate).sum(axis=1)
    children = people[:, :, 0].sum(axis=1)
    factor = np.ones_like(expected)
    for county in set(inputs.counties):
        here = inputs.counties == county
        births = expected[here]
        own = children[here] / births * (births.sum() / children[here].sum())
        weight = births / (births + inputs.parameter("births_prior"))
        common = (births * (1.0 - weight * own)).sum() / (births * (1.0 - weight)).sum()
        factor[here] = common + weight * (own - common)
    return factor


def derive_deaths(inputs: Inputs) -> pd.DataFrame:
    """Deaths a year per resident by county, sex and age."""
    table = inputs.table("deaths_by_age_2011_2015")
    keys = ["area", "sex", "age"]
    deaths = cube(table[[*keys, "deaths"]], [AREAS, list(SEXES), list(AGES)], "deaths")
    years = cube(table[[*keys, "person_years"]], [AREAS, list(SEXES), list(AGES)], "person_years")
    raw = deaths.sum(0) / years.sum(0)
    national = np.where(
        AGES < 1, raw, np.where(AGES < 50, _smooth(raw, 7), np.where(AGES < 98, _smooth(raw, 3), raw))
    )
    survival = inputs.table("vital_rates_sweden_2018")["survival"].to_numpy(float)
    now = _smooth(-np.log(np.maximum(survival, 1e-3)), 7)
    change = np.ones(len(AGES))
    change[1:98] = (now[1:98] / np.maximum(_smooth(raw[0], 7)[1:98], 1e-9)).clip(0.75, 1.05)
    change[:50] = change[:50].mean()
    change = _smooth(change, 9)
    counties = sorted(set(inputs.counties))
    out = np.zeros((len(counties), 2, len(AGES)))
    for i, county in enumerate(counties):
        c = AREAS.index(county)
        expected = years[c] * national
        for part in (AGES < OLD, AGES >= OLD):
            ratio = deaths[c][:, part].sum(-1) / expected[:, part].sum(-1)
            out[i][:, part] = national[:, part] * ratio[:, None] * change[part]
    return pd.DataFrame(
        {
            "county_code": np.repeat(counties, 2 * len(AGES)),
            "sex": np.tile(np.repeat(SEXES, len(AGES)), len(counties)),
            "age": np.tile(AGES, 2 * len(counties)),
            "rate": out.ravel().clip(0, 0.9).round(7),
        }
    )
