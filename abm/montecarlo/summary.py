"""The tables that replicates add up to: means with intervals, named outcomes, inputs, risk.

They are built from the units in the order of their numbers, so they are the same bytes whatever happened on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.cautions import FEW_RUNS
from abm.errors import OmlandError
from abm.language import say
from abm.montecarlo.unit import KEYS
from abm.risk import LOSSES, STATISTICS, exceedance, mean_interval, measures
from abm.units import UnitStore

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """The effects of one scenario in all replicates.

    Attributes:
        keys: quantity, place and time of each row.
        replicates: numbers of the replicates, int64[n].
        baseline: levels of the baseline, float64[n, rows].
        effect: paired effects, float64[n, rows].
    """

    keys: pd.DataFrame
    replicates: NDArray[np.int64]
    baseline: FloatArray
    effect: FloatArray


def read_sample(store: UnitStore, units: Sequence[int], group: str) -> Sample:
    """Effects of a scenario (or mixture) from the units.

    Raises:
        OmlandError: units do not have the same rows.
    """
    keys, before, effect = None, [], []
    for unit in units:
        rows = store.read(unit, (*KEYS, "scenario", "baseline", "effect")).to_pandas()
        rows = rows[rows["scenario"] == group]
        here = rows[list(KEYS)].astype(str).reset_index(drop=True)
        if keys is None:
            keys = here
        elif not keys.equals(here):
            raise OmlandError(
                say("{path} does not have the same rows as the units before it.", path=store.path(unit))
            )
        before.append(rows["baseline"].to_numpy(dtype=np.float64))
        effect.append(rows["effect"].to_numpy(dtype=np.float64))
    if keys is None:
        raise OmlandError(say("{folder} holds no finished replicate.", folder=store.folder))
    return Sample(keys, np.asarray(units, dtype=np.int64), np.array(before), np.array(effect))


def difference(sample: Sample, other: Sample) -> Sample:
    """The effect of one scenario beyond that of another one, replicate by replicate."""
    return Sample(sample.keys, sample.replicates, other.baseline + other.effect, sample.effect - other.effect)


def summarise(sample: Sample, scenario: str, against: str) -> pd.DataFrame:
    """Mean effects with their intervals and spread.

    Returns:
        Columns ``scenario, against, quantity, place, when, n, baseline, effect, standard_deviation, low, high,
        p05, p50, p95``: `low` and `high` bound the mean (95 %), the quantiles are those of the replicates; with
        fewer than :data:`abm.cautions.FEW_RUNS` the outer two are the smallest and the largest.
    """
    n = len(sample.effect)
    mean, half = mean_interval(sample.effect)
    p05, p50, p95 = np.quantile(sample.effect, [0.0, 0.5, 1.0] if n < FEW_RUNS else [0.05, 0.5, 0.95], axis=0)
    return sample.keys.assign(
        n=n,
        baseline=sample.baseline.mean(axis=0),
        effect=mean,
        standard_deviation=sample.effect.std(axis=0, ddof=1) if n > 1 else np.nan,
        low=mean - half,
        high=mean + half,
        p05=p05,
        p50=p50,
        p95=p95,
    ).pipe(lambda table: _lead(table, scenario=scenario, against=against))


def _lead(table: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    for i, (name, value) in enumerate(columns.items()):
        table.insert(i, name, value)
    return table


def risk_table(sample: Sample, scenario: str, against: str) -> pd.DataFrame:
    """Risk of losing residents and jobs until the end, for counties and municipalities.

    Returns:
        Columns ``scenario, against, loss, place, when, statistic, threshold, value, low, high``. The statistic
        is one of :data:`abm.risk.STATISTICS` or ``"exceedance"``: the probability of losing more than the
        threshold.
    """
    import pandas as pd

    year = max(w for w in sample.keys["when"] if len(w) == 4)
    parts = []
    for loss, quantity in LOSSES.items():
        rows = sample.keys[(sample.keys["quantity"] == quantity) & (sample.keys["when"] == year)]
        rows = rows[~rows["place"].str.contains("+", regex=False)]  # sums of places are outcomes by name
        losses = 0.0 - sample.effect[:, rows.index].T  # and no negative zero
        found = measures(losses)
        for i, place in enumerate(rows["place"]):
            fixed = {"loss": loss, "place": place, "when": year}
            parts += [
                {**fixed, "statistic": name, "value": value, "low": low, "high": high}
                for name, (value, low, high) in zip(STATISTICS, found[:, :, i].T, strict=True)
            ]
            curve = exceedance(losses[i]).rename(columns={"probability": "value"})
            parts += [
                {**fixed, "statistic": "exceedance", **{str(k): v for k, v in row.items()}}
                for row in curve.to_dict(orient="records")
            ]
    columns = ["loss", "place", "when", "statistic", "threshold", "value", "low", "high"]
    return _lead(pd.DataFrame(parts, columns=columns), scenario=scenario, against=against)


def inputs_table(details: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """What each replicate was run with: ``replicate``, the drawn scenario of a mixture, uncertain figures."""
    import pandas as pd

    rows = []
    for unit in details:
        drawn = {g: name for g, name in unit["scenarios"].items() if g != name}
        rows.append({"replicate": unit["replicate"], **drawn, **unit["values"]})
    return pd.DataFrame(rows)


def outcomes_table(details: Sequence[Mapping[str, Any]], outcomes: Sequence[str]) -> pd.DataFrame:
    """The named outcomes replicate by replicate: ``replicate, scenario, outcome, effect``."""
    import pandas as pd

    return pd.DataFrame(
        [
            (unit["replicate"], group, name, value)
            for unit in details
            for group, values in unit["outcomes"].items()
            for name, value in zip(outcomes, values, strict=True)
        ],
        columns=["replicate", "scenario", "outcome", "effect"],
    )
