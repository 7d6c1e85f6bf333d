"""Does the procedure find parameters that are known?

A point of the first wave is a draw from the prior, and its rows are what the model makes of it. It is left out, the
surrogates are learnt from the others, and a made-up study tells its rows: intervals as wide as the true study's,
put at random so that they hold the figure. The posterior of that study should hold the parameters of the
point: nine in ten of its 90 % intervals, and the rank of the truth among the draws should be even.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.calibration.prior import Prior, stream
from abm.calibration.rows import Row
from abm.calibration.sampling import Likelihood, sample
from abm.calibration.surrogate import Bank

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

LEVEL = 0.90
"""Level of the intervals."""


def recover(
    bank: Bank,
    prior: Prior,
    unit: FloatArray,
    figures: FloatArray,
    candidates: Sequence[int],
    rows: Sequence[Row],
    weights: Mapping[str, float],
    echo: FloatArray,
    *,
    truths: int,
    steps: int,
    seed: int,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Take evaluated points as the truth, one after another.

    Args:
        bank: surrogates of the rows, learnt from all points.
        prior: the prior.
        unit: float64[n, parameters], evaluated points.
        figures: float64[n, rows] there.
        candidates: positions of the points that are draws from the prior.
        rows: the fitted rows.
        weights: their weights by name.
        echo: float64[rows], their echoes.
        truths: how many.
        steps: steps of the chains.
        seed: seed.
        report: told of the truths done.

    Returns:
        ``truth, parameter, value, mean, sd, low, high, inside, rank``: `low` and `high` of the 90 % interval, in the
        parameter's unit; `rank` is the share of the draws below the truth.
    """
    import pandas as pd

    rng = stream(seed, "recovery")
    chosen = rng.permutation(np.asarray(candidates))[:truths]
    half = np.array([row.half_width for row in rows])
    shifts = rng.uniform(-half, half, size=(len(chosen), len(half)))
    told: list[dict[str, Any]] = []
    for number, (i, shift) in enumerate(zip(chosen, shifts, strict=True)):
        others = np.arange(len(unit)) != i
        left = bank.refit(unit[others], figures[others])
        known = np.isfinite(figures[i])
        centre = np.where(known, figures[i] + shift, 0.0)
        weight = np.array([weights[row.name] for row in rows]) / echo
        # The made-up study is a single evaluation, so all of its own luck is in it.
        likelihood = Likelihood(left, centre - half, centre + half, np.where(known, weight, 0.0), left.noise)
        chains = sample(likelihood, prior, steps, seed, f"recovery {number}", ensembles=1)
        draws = prior.values(chains.unit.reshape(-1, prior.size))
        truth = prior.values(unit[i])
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        for j, name in enumerate(prior.names):
            told.append(
                {
                    "truth": number,
                    "parameter": name,
                    "value": truth[j],
                    "mean": draws[:, j].mean(),
                    "sd": draws[:, j].std(),
                    "low": low[j],
                    "high": high[j],
                    "inside": bool(low[j] <= truth[j] <= high[j]),
                    "rank": float((draws[:, j] < truth[j]).mean()),
                }
            )
        report(number + 1, len(chosen))
    columns = ["truth", "parameter", "value", "mean", "sd", "low", "high", "inside", "rank"]
    return pd.DataFrame(told, columns=columns)


def summary(recovery: pd.DataFrame) -> dict[str, Any]:
    """Coverage of the intervals and evenness of the ranks, overall and by parameter.

    ``rank_p`` is the chance of ranks at least as uneven if they were even (Kolmogorov and Smirnov); small values are a
    sign of a posterior that is too narrow, too wide or off.
    """
    from scipy.stats import kstest

    if recovery.empty:
        return {}
    return {
        "truths": int(recovery["truth"].nunique()),
        "level": LEVEL,
        "coverage": float(recovery["inside"].mean()),
        "parameters": {
            str(name): {
                "coverage": float(part["inside"].mean()),
                "mean_rank": float(part["rank"].mean()),
                "rank_p": float(kstest(part["rank"], "uniform").pvalue),
            }
            for name, part in recovery.groupby("parameter", sort=False)
        },
    }
