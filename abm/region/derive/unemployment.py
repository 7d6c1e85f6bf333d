"""Registered unemployed at the end of 2019.

Rule. The register is at hand for 2018 and 2022. December 2019 lies a quarter of the way from
December 2018 to December 2022: a straight line, rounded. The jump of 2020 lies inside the gap and
is not seen; no score is taken from these years.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from abm.region.derive.inputs import Inputs


def derive(inputs: Inputs) -> pd.DataFrame:
    """Registered unemployed by municipality."""
    table = inputs.table("registered_unemployed").set_index(["period", "code"])["persons"]
    first = table["2018-12"].loc[inputs.codes].to_numpy(float)
    last = table["2022-12"].loc[inputs.codes].to_numpy(float)
    return pd.DataFrame(
        {"code": inputs.codes, "persons": np.rint(0.75 * first + 0.25 * last).astype(np.int64)}
    )
