"""Households by type and tenure, and persons by size of household.

Rules. The eight housing forms of the official table become four tenures: rented flats and houses
are RENTAL, tenant-owned ones TENANT_OWNED, owned houses OWNED, and special housing, other housing
and unknown are OTHER. Persons whose household size is unknown are spread over the sizes in
proportion, in whole numbers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from abm.region.derive.inputs import Inputs, cube
from abm.region.derive.rounding import largest_remainder
from abm.schema import HOUSEHOLD_TYPES, Tenure

TENURE_OF = {
    "flat_rental": Tenure.RENTAL,
    "house_rental": Tenure.RENTAL,
    "flat_tenant_owned": Tenure.TENANT_OWNED,
    "house_tenant_owned": Tenure.TENANT_OWNED,
    "house_owned": Tenure.OWNED,
    "special": Tenure.OTHER,
    "other": Tenure.OTHER,
    "unknown": Tenure.OTHER,
}
SIZES = ("1", "2", "3", "4", "5", "6", "7")
TENURES = tuple(tenure.name.lower() for tenure in Tenure)


def derive(inputs: Inputs) -> pd.DataFrame:
    """Households by municipality, type and tenure."""
    table = inputs.table("households_by_housing_form")
    table["tenure"] = [TENURES[TENURE_OF[form]] for form in table["housing_form"]]
    table = table.groupby(["code", "household_type", "tenure"], as_index=False)["households"].sum()
    whole = cube(table, [inputs.codes, list(HOUSEHOLD_TYPES), list(TENURES)], "households").astype(np.int64)
    m, types = len(inputs.codes), len(HOUSEHOLD_TYPES)
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, types * len(TENURES)),
            "household_type": np.tile(np.repeat(HOUSEHOLD_TYPES, len(TENURES)), m),
            "tenure": np.tile(TENURES, m * types),
            "households": whole.ravel(),
        }
    )


def derive_sizes(inputs: Inputs) -> pd.DataFrame:
    """Persons by municipality and size of household, unknown sizes spread."""
    table = inputs.table("persons_by_household_size_reported")
    known = cube(table[table["household_size"] != "unknown"], [inputs.codes, list(SIZES)], "persons")
    unknown = cube(table[table["household_size"] == "unknown"], [inputs.codes, ["unknown"]], "persons")[:, 0]
    whole = known.astype(np.int64) + np.array(
        [largest_remainder(row, int(rest)) for row, rest in zip(known, unknown, strict=True)]
    )
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, len(SIZES)),
            "household_size": np.tile([int(size) for size in SIZES], len(inputs.codes)),
            "persons": whole.ravel(),
        }
    )
