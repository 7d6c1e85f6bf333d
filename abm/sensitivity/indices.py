"""What the points say: indices, the share of luck, tornado and response surface."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say
from abm.sensitivity.design import FEWEST, LEVELS, Problem

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95
RESAMPLES = 1000
BOOTSTRAP_SEED = 20200101
LEADING = {"morris": "mu_star", "sobol": "ST", "surrogate": "ST"}
"""Index by which inputs are ranked: mean absolute elementary effect, total index."""
BINS = {"morris": LEVELS, "sobol": 5, "surrogate": 5}
"""Cells of an input's range in tornado and surface."""
MOSTLY_LUCK = 0.5
"""Share of luck in the means above which nothing decides: a ranking of the inputs would be one of luck."""
LEADERS = 3
"""Inputs of which every two have a surface."""


def indices(
    problem: Problem,
    method: str,
    points: FloatArray,
    value: FloatArray,
    noise: float = math.nan,
    *,
    judge: bool = True,
) -> pd.DataFrame:
    """Sensitivity indices by SALib.

    Args:
        problem: the uncertain figures.
        method: method of the design.
        points: the design, float64[points, figures].
        value: the outcome at each point, float64[points].
        noise: share of its variance that is luck, which a surrogate has to know; NaN if it is not known.
        judge: tell how well a surrogate foretells, in ``attrs``.

    Returns:
        Columns ``input, index, value, low, high``. Morris: ``mu_star`` (mean absolute effect of going through
        the whole range of the input, in units of the outcome), ``mu``, ``sigma``. Sobol and surrogate: ``S1``,
        ``ST``, shares of the variance. The bounds are 95 % by bootstrap, NaN where SALib gives none.

    Raises:
        OmlandError: the outcome is the same at every point.
    """
    import pandas as pd

    if np.ptp(value) == 0:
        raise OmlandError(say("the outcome is the same at every point, so that nothing can be told apart"))
    if method == "surrogate":
        from abm.sensitivity import surrogate

        return surrogate.indices(problem, points, value, noise, judge=judge)
    found: dict[str, Any]
    names: tuple[str, ...]
    if method == "morris":
        from SALib.analyze import morris

        found = morris.analyze(
            problem.as_salib(),
            points,
            value,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            num_levels=LEVELS,
            seed=BOOTSTRAP_SEED,
        )
        names = ("mu_star", "mu", "sigma")
    else:
        from SALib.analyze import sobol

        found = sobol.analyze(
            problem.as_salib(),
            value,
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            seed=BOOTSTRAP_SEED,
        )
        names = ("S1", "ST")
    rows = []
    for name in names:
        half = np.asarray(found.get(f"{name}_conf", np.full(len(problem.bounds), np.nan)), dtype=np.float64)
        for i, figure in enumerate(problem.names):
            centre = float(found[name][i])
            low = centre - half[i]
            if name == "mu_star":  # a mean of absolute effects is not below zero
                low = max(0.0, low) if not math.isnan(low) else low
            rows.append((figure, name, centre, low, centre + half[i]))
    return pd.DataFrame(rows, columns=["input", "index", "value", "low", "high"])


def _block(problem: Problem, method: str) -> int:
    """Points of a trajectory of Morris' design or a block of Sobol's, which share all inputs but a few."""
    return {"morris": len(problem.bounds) + 1, "sobol": len(problem.bounds) + 2, "surrogate": 1}[method]


def _error(value: FloatArray, block: NDArray[np.int64]) -> float:
    """Standard error of a mean whose points are alike within blocks; NaN from one block.

    sqrt(g / (g - 1) * sum over the g blocks of (sum of the deviations in a block)^2) / n.
    """
    deviation = value - value.mean()
    _names, where = np.unique(block, return_inverse=True)
    sums = np.bincount(where, weights=deviation)
    g = len(sums)
    return float(np.sqrt(g / (g - 1) * (sums**2).sum()) / len(value)) if g > 1 else math.nan


def convergence(
    problem: Problem, method: str, points: FloatArray, value: FloatArray, noise: float = math.nan
) -> pd.DataFrame:
    """The leading index from an eighth, a quarter, half and all of the design.

    The first blocks of any of the designs are a smaller design of the same kind.

    Returns:
        Columns ``size, input, index, value, low, high``; sizes that are too small for the method are left out.
    """
    import pandas as pd

    block = _block(problem, method)
    size = len(points) // block
    parts = []
    for part in sorted({max(1, size // 8), max(1, size // 4), max(1, size // 2), size}):
        rows = part * block
        if part < FEWEST[method] or np.ptp(value[:rows]) == 0:
            continue
        table = indices(problem, method, points[:rows], value[:rows], noise, judge=False)
        table.attrs = {}
        table.insert(0, "size", part)
        parts.append(table[table["index"] == LEADING[method]])
    return pd.concat(parts, ignore_index=True)


def ranking(table: pd.DataFrame, method: str) -> list[str]:
    """Inputs by falling leading index."""
    leading = table[table["index"] == LEADING[method]]
    return [str(name) for name in leading.sort_values("value", ascending=False, kind="stable")["input"]]


def of_luck(method: str, value: FloatArray, noise: float) -> float:
    """Leading index that an input which does nothing has in expectation, because the means have luck left in them.

    Two means differ by luck alone. Morris takes the absolute value of their difference, over a step of D of the range:
    2 / sqrt(pi) * s / D with the standard deviation s of the luck in a mean. Sobol's total index takes its square:
    the share of luck in the variance. A surrogate tells luck apart by itself. Zero
    where luck is not known.

    Args:
        value: the outcome at each point, float64[points].
        noise: share of its variance that is luck; NaN if it is not known.
    """
    if math.isnan(noise) or method == "surrogate":
        return 0.0
    if method == "sobol":
        return noise
    step = LEVELS / (2 * (LEVELS - 1))
    return 2 / math.sqrt(math.pi) * math.sqrt(noise * float(np.var(value))) / step


def surely_ranked(table: pd.DataFrame, method: str, floor: float = 0.0) -> list[str]:
    """Inputs by falling leading index, without those that may not matter at all.

    They are those whose interval reaches down to `floor`: what luck alone gives, see :func:`of_luck`.
    """
    leading = table[table["index"] == LEADING[method]].set_index("input")["low"]
    return [name for name in ranking(table, method) if not leading[name] <= floor]


def luck(values: FloatArray) -> dict[str, float]:
    """How much of the variance is luck, from the same replicates at every point.

    A two-way analysis of variance without repetition: points (the uncertain figures), replicates (luck that
    lifts or lowers every point alike) and the rest (luck that differs from point to point). Common random numbers
    take the second out of the indices; what of the third is left in the means over replicates is told as
    `noise_in_means`.

    Args:
        values: outcome by point and replicate, float64[points, replicates].

    Returns:
        ``share_of_inputs``, ``share_of_common_luck``, ``share_of_other_luck`` (they add up to 1, of the variance of
        a single replicate), ``share_of_luck`` (the latter two) and ``noise_in_means``, of the variance of the
        means. NaN with one replicate only.
    """
    n, k = values.shape
    names = (
        "share_of_inputs",
        "share_of_common_luck",
        "share_of_other_luck",
        "share_of_luck",
        "noise_in_means",
    )
    if n < 2 or k < 2:
        return dict.fromkeys(names, float("nan"))
    by_point, by_replicate = values.mean(axis=1), values.mean(axis=0)
    rest = values - by_point[:, None] - by_replicate[None, :] + values.mean()
    other = float((rest**2).sum() / ((n - 1) * (k - 1)))
    inputs = max(0.0, float(by_point.var(ddof=1)) - other / k)
    common = max(0.0, float(by_replicate.var(ddof=1)) - other / n)
    total = inputs + common + other
    if total == 0:
        return dict.fromkeys(names, float("nan"))
    shares = (inputs / total, common / total, other / total, (common + other) / total)
    noise = min(1.0, other / k / float(by_point.var(ddof=1))) if by_point.var() > 0 else float("nan")
    return dict(zip(names, (*shares, noise), strict=True))


def _cells(problem: Problem, points: FloatArray, name: str, bins: int) -> NDArray[np.int64]:
    """Which of equal cells of its range an input lies in, int64[points]."""
    low, high = problem.bounds[name]
    position = (points[:, problem.names.index(name)] - low) / (high - low)
    return np.clip(np.floor(position * bins), 0, bins - 1).astype(np.int64)


def _edges(problem: Problem, name: str, cell: int, bins: int) -> tuple[float, float]:
    low, high = problem.bounds[name]
    return low + (high - low) * cell / bins, low + (high - low) * (cell + 1) / bins


def tornado(problem: Problem, method: str, points: FloatArray, value: FloatArray) -> pd.DataFrame:
    """Mean outcome where an input is lowest and where it is highest, over all that the others may be.

    Returns:
        Columns ``input, low_until, at_low, at_low_error, high_from, at_high, at_high_error, swing``, by falling
        size of the swing; the errors are standard errors of the means, see :func:`_error`.
    """
    import pandas as pd

    bins, rows = BINS[method], []
    block = np.arange(len(points)) // _block(problem, method)
    for name in problem.names:
        cell = _cells(problem, points, name, bins)
        means = [(value[c].mean(), _error(value[c], block[c])) if (c := cell == i).sum() > 1 else
                 (np.nan, np.nan) for i in (0, bins - 1)]  # fmt: skip
        rows.append(
            {
                "input": name,
                "low_until": _edges(problem, name, 0, bins)[1],
                "at_low": means[0][0],
                "at_low_error": means[0][1],
                "high_from": _edges(problem, name, bins - 1, bins)[0],
                "at_high": means[1][0],
                "at_high_error": means[1][1],
                "swing": means[1][0] - means[0][0],
            }
        )
    return pd.DataFrame(rows).sort_values("swing", key=abs, ascending=False, kind="stable", ignore_index=True)


def surface(
    problem: Problem, method: str, points: FloatArray, value: FloatArray, pair: tuple[str, str]
) -> pd.DataFrame:
    """Mean outcome over two inputs, cell by cell, over all that the others may be.

    Returns:
        Columns ``input_1, low_1, high_1, input_2, low_2, high_2, n, mean, error``; the mean is NaN in cells
        without a point, the standard error in those with fewer than two.
    """
    import pandas as pd

    bins, rows = BINS[method], []
    block = np.arange(len(points)) // _block(problem, method)
    first, second = (_cells(problem, points, name, bins) for name in pair)
    for i in range(bins):
        for j in range(bins):
            chosen = (first == i) & (second == j)
            here = value[chosen]
            rows.append(
                (
                    pair[0],
                    *_edges(problem, pair[0], i, bins),
                    pair[1],
                    *_edges(problem, pair[1], j, bins),
                    len(here),
                    here.mean() if len(here) else np.nan,
                    _error(here, block[chosen]) if len(here) > 1 else np.nan,
                )
            )
    columns = ["input_1", "low_1", "high_1", "input_2", "low_2", "high_2", "n", "mean", "error"]
    return pd.DataFrame(rows, columns=columns)
