"""Whether two methods rank the inputs alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.intervals import HALF_WIDTH
from abm.language import say
from abm.sensitivity.indices import LEADERS, LEADING, ranking

if TYPE_CHECKING:
    import pandas as pd

    from abm.sensitivity.results import SensitivityResult

FloatArray = NDArray[np.float64]

DRAWS = 2000
SEED = 20200101
COLUMNS = ("outcome", "method", "other", "inputs", "spearman", "low", "high", "leaders", "shared_leaders")


def agreement(result: SensitivityResult, other: SensitivityResult) -> pd.DataFrame:
    """Spearman's rank correlation of the leading indices of two analyses, outcome by outcome.

    Its interval is where it lies when every index is drawn anew within its own 95 % interval: inputs that neither
    method can tell apart may change places, so it is wide where the designs are small.

    Args:
        result: an analysis.
        other: an analysis of the same inputs and outcomes, by another method or of another size.

    Returns:
        Columns ``outcome, method, other, inputs, spearman, low, high, leaders, shared_leaders``: the number of
        inputs, and of the first `leaders` by one method how many are among the first by the other one.

    Raises:
        OmlandError: they have fewer than three inputs, or no outcome, in common.
    """
    import pandas as pd

    methods = [str(r.record["sensitivity"]["method"]) for r in (result, other)]
    outcomes = [str(name) for name in dict.fromkeys(result.indices["outcome"])]
    shared = [name for name in outcomes if (other.indices["outcome"] == name).any()]
    known = set(other.record["sensitivity"]["bounds"])
    inputs = [name for name in result.record["sensitivity"]["bounds"] if name in known]
    if not shared or len(inputs) < LEADERS:
        raise OmlandError(
            say(
                "{folder} cannot be compared: it has {outcomes} of the outcomes and {figures} of the "
                "uncertain figures of this analysis, and at least one outcome and {least} figures "
                "are needed.",
                folder=other.folder,
                outcomes=len(shared),
                figures=len(inputs),
                least=LEADERS,
            )
        )
    rng = np.random.default_rng(SEED)
    rows = []
    for outcome in shared:
        tables = [r.indices[r.indices["outcome"] == outcome] for r in (result, other)]
        leading = [
            table[(table["index"] == LEADING[method])].set_index("input").loc[inputs]
            for table, method in zip(tables, methods, strict=True)
        ]
        centre, drawn = [], []
        for table in leading:
            value = table["value"].to_numpy(dtype=np.float64)
            # An index without an interval stays where it is. The upper half is asked: the lower one may end at zero.
            error = np.nan_to_num(table["high"].to_numpy(dtype=np.float64) - value) / HALF_WIDTH
            centre.append(value[None])
            drawn.append(value + error * rng.normal(size=(DRAWS, len(inputs))))
        again = _spearman(*drawn)
        first = [_leaders(t, m, inputs) for t, m in zip(tables, methods, strict=True)]
        low, high = np.quantile(again, [0.025, 0.975])
        rows.append(
            (
                outcome,
                *methods,
                len(inputs),
                float(_spearman(*centre)[0]),
                low,
                high,
                LEADERS,
                len(first[0] & first[1]),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _leaders(table: pd.DataFrame, method: str, inputs: list[str]) -> set[str]:
    return set([name for name in ranking(table, method) if name in inputs][:LEADERS])


def _spearman(first: FloatArray, second: FloatArray) -> FloatArray:
    """Rank correlation row by row, float64[rows]."""
    from scipy.stats import rankdata

    a, b = (rankdata(values, axis=1) for values in (first, second))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    return np.asarray((a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))
