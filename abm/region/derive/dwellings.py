"""The dwelling stock and the dwellings completed a year.

Rules. Every household has one dwelling; vacant ones come on top by a rate per tenure. For rented
dwellings in Västerbotten the rate is that of public housing, 2017 and 2021 together; elsewhere an
assumption for cities (above 50,000 residents) and for other places. Dwellings completed a year are
a base rate per resident plus a rate per resident of growth (2015-2019), scaled so that
Västerbotten gets its yearly mean of started dwellings 2015-2019.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from abm.region.derive.households import TENURES
from abm.region.derive.inputs import Inputs, cube

CITY = 50_000
VASTERBOTTEN = "24"


def derive(inputs: Inputs) -> pd.DataFrame:
    """Dwellings by municipality and tenure."""
    table = inputs.table("households").groupby(["code", "tenure"], as_index=False)["households"].sum()
    households = cube(table, [inputs.codes, list(TENURES)], "households")
    residents = inputs.population().sum(axis=(1, 2))
    rate = np.zeros_like(households)
    rate[:, 0] = np.where(
        residents > CITY, inputs.parameter("vacancy_rental_city"), inputs.parameter("vacancy_rental_other")
    )
    for j, tenure in enumerate(TENURES[1:], start=1):
        rate[:, j] = inputs.parameter(f"vacancy_{tenure}")
    public = (
        inputs.table("public_housing_vacancies")
        .groupby("code")[["public_rental_dwellings", "vacant_for_rent"]]
        .sum()
    )
    for i, code in enumerate(inputs.codes):
        if code in public.index:
            rate[i, 0] = public.loc[code, "vacant_for_rent"] / public.loc[code, "public_rental_dwellings"]
    stock = np.rint(households / (1 - rate)).astype(np.int64)
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, len(TENURES)),
            "tenure": np.tile(TENURES, len(inputs.codes)),
            "dwellings": stock.ravel(),
        }
    )


def derive_built(inputs: Inputs) -> pd.DataFrame:
    """Dwellings completed a year by municipality."""
    series = inputs.table("series")
    series = series[series["quantity"] == "population"].set_index(["year", "code"])["value"]
    first = series[2015].loc[inputs.codes].to_numpy(float)
    last = series[2019].loc[inputs.codes].to_numpy(float)
    growth = (last - first) / 4
    built = inputs.parameter("building_base_rate") * last
    built += inputs.parameter("building_per_growth") * np.maximum(growth, 0)
    started = inputs.table("started_dwellings")
    yearly = started[started["quarter"].str[:4].astype(int).between(2015, 2019)]["total"].sum() / 5
    built *= yearly / built[inputs.counties == VASTERBOTTEN].sum()
    return pd.DataFrame({"code": inputs.codes, "dwellings": built.round(2)})
