"""The risk of loss: how likely, how much, how bad at the worst.

A loss is a number by replicate, positive when something is lost: residents, jobs. Everything is told with an
interval, because the replicates are a sample:

* probability of losing more than x: Clopper and Pearson's exact interval for a share, at each x by itself;
* expected loss: Student's interval of a mean, as every other mean of an experiment has;
* value at risk, expected shortfall: the percentile bootstrap of :func:`scipy.stats.bootstrap`, from
  :data:`TAIL_LEAST` replicates on.

Value at risk at 95 % is the smallest loss that is not exceeded in 95 % of the replicates. Expected shortfall
is the mean of the worst 5 %; where 5 % is not a whole number of replicates the last one counts in part (Acerbi
and Tasche 2002).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

LOSSES = {"residents": "population", "jobs": "jobs"}
"""What can be lost, and the quantity whose negative effect is the loss."""
LEVEL = 0.95
"""Level of value at risk and expected shortfall."""
CONFIDENCE = 0.95
"""Level of every interval."""
TAIL_LEAST = 100
"""Replicates from which value at risk and expected shortfall have an interval.

Of a hundred, five are in the tail. The bootstrap draws from the replicates there are, none of which is worse than the
worst: with fewer its intervals end at the worst one, and hold the truth far less often than they say.
"""
RESAMPLES = 2000
"""Samples of the bootstrap."""
BOOTSTRAP_SEED = 20200101
"""The bootstrap is not part of the experiment's chance; the same data give the same intervals."""
STEPS = 20
"""About how many points an exceedance curve has."""
STATISTICS = ("expected loss", "value at risk", "expected shortfall")


def mean_interval(values: FloatArray, confidence: float = CONFIDENCE) -> tuple[FloatArray, FloatArray]:
    """Mean over the first axis and half the width of its confidence interval, by Student's t.

    The half width is NaN with fewer than two values.
    """
    from scipy.stats import t

    n = len(values)
    mean = values.mean(axis=0)
    if n < 2:
        return mean, np.full_like(mean, np.nan)
    error = values.std(axis=0, ddof=1) / math.sqrt(n)
    return mean, error * float(t.ppf(0.5 + confidence / 2, n - 1))


def value_at_risk(losses: ArrayLike, level: float = LEVEL, axis: int = -1) -> Any:
    """Smallest loss that is not exceeded with probability `level`, of the sample.

    Args:
        losses: losses by replicate, float64[..., n].
        level: between 0 and 1.
        axis: axis of the replicates.
    """
    return np.quantile(np.asarray(losses, dtype=np.float64), level, axis=axis, method="inverted_cdf")


def expected_shortfall(losses: ArrayLike, level: float = LEVEL, axis: int = -1) -> Any:
    """Mean of the worst ``1 - level`` of the losses, of the sample.

    Args:
        losses: losses by replicate, float64[..., n].
        level: between 0 and 1.
        axis: axis of the replicates.
    """
    worst_first = -np.sort(-np.moveaxis(np.asarray(losses, dtype=np.float64), axis, -1), axis=-1)
    n = worst_first.shape[-1]
    tail = (1.0 - level) * n
    weights = np.clip(tail - np.arange(n), 0.0, 1.0)
    return worst_first @ (weights / weights.sum())


def statistics(losses: ArrayLike, axis: int = -1) -> FloatArray:
    """Expected loss, value at risk and expected shortfall, float64[3, ...]; see :data:`STATISTICS`."""
    losses = np.asarray(losses, dtype=np.float64)
    return np.stack([losses.mean(axis=axis), *_tail(losses, axis=axis)])


def _tail(losses: FloatArray, axis: int = -1) -> FloatArray:
    """Value at risk and expected shortfall, float64[2, ...]."""
    return np.stack([value_at_risk(losses, axis=axis), expected_shortfall(losses, axis=axis)])


def measures(losses: ArrayLike, confidence: float = CONFIDENCE, resamples: int = RESAMPLES) -> FloatArray:
    """The statistics of several losses with their intervals.

    For the tail all losses are resampled together, replicate by replicate.

    Args:
        losses: losses, float64[k, n] for k places and n replicates.
        confidence: level of the intervals.
        resamples: samples of the bootstrap.

    Returns:
        Value, lower and upper bound by statistic and place, float64[3, 3, k]: first axis value, low, high;
        second axis :data:`STATISTICS`. The bounds are NaN where there are too few replicates: fewer than two
        for the expected loss, than :data:`TAIL_LEAST` for the others.
    """
    from scipy.stats import bootstrap

    losses = np.atleast_2d(np.asarray(losses, dtype=np.float64))
    value = statistics(losses)
    low, high = np.full_like(value, np.nan), np.full_like(value, np.nan)
    mean, half = mean_interval(losses.T, confidence)
    low[0], high[0] = mean - half, mean + half
    if losses.shape[1] < TAIL_LEAST:
        return np.stack([value, low, high])
    found = bootstrap(
        (losses,),
        _tail,
        n_resamples=resamples,
        # Bounds the memory to some 80 MB whatever the number of replicates.
        batch=max(1, 10_000_000 // losses.size),
        vectorized=True,
        axis=-1,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(BOOTSTRAP_SEED),
    ).confidence_interval
    low[1:], high[1:] = found.low, found.high
    return np.stack([value, low, high])


def thresholds(losses: ArrayLike, steps: int = STEPS) -> FloatArray:
    """Round losses from zero to the largest at which a curve is told; only zero if nothing is ever lost."""
    largest = float(np.max(np.asarray(losses, dtype=np.float64), initial=0.0))
    if largest <= 0:
        return np.zeros(1)
    rough = largest / steps
    size = 10.0 ** np.floor(np.log10(rough))
    step = next(s * size for s in (1.0, 2.0, 5.0, 10.0) if s * size >= rough * (1 - 1e-9))
    return np.arange(0.0, largest + step, step)


def exact_interval(count: ArrayLike, n: int, confidence: float = CONFIDENCE) -> tuple[FloatArray, FloatArray]:
    """Clopper and Pearson's interval of a share: the lower and the upper end for each count of `n`.

    In its closed form: scipy's binomtest finds the same by a search for each count.
    """
    from scipy.stats import beta

    k, tail = np.asarray(count), (1.0 - confidence) / 2
    low = np.where(k > 0, beta.ppf(tail, np.maximum(k, 1), n - k + 1), 0.0)
    high = np.where(k < n, beta.ppf(1 - tail, k + 1, np.maximum(n - k, 1)), 1.0)
    return low, high


def exceedance(
    losses: ArrayLike, points: ArrayLike | None = None, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """The exceedance curve: how likely it is to lose more than x.

    Args:
        losses: losses by replicate, float64[n], n at least 1.
        points: values of x; :func:`thresholds` unless told.
        confidence: level of the intervals, each for its x by itself.

    Returns:
        Columns ``threshold, probability, low, high``.
    """
    import pandas as pd

    sample = np.sort(np.asarray(losses, dtype=np.float64))
    x = thresholds(sample) if points is None else np.asarray(points, dtype=np.float64)
    n = sample.size
    beyond = n - np.searchsorted(sample, x, side="right")
    low, high = exact_interval(beyond, n, confidence)
    return pd.DataFrame({"threshold": x, "probability": beyond / n, "low": low, "high": high})
