"""What the study says about each parameter, and which rows cannot be had together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.calibration.prior import Prior
from abm.calibration.rows import Row, excess
from abm.language import N_

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

BINS = 10
"""Bins of a parameter's range in which posterior and prior are compared."""
IDENTIFIED, BARELY = 0.7, 0.9
"""A parameter is identified up to this ratio of standard deviations, and barely up to the other."""
KNOWN = {"yes": N_("yes"), "barely": N_("barely"), "no": N_("no")}
"""Whether a parameter is identified, in words."""
RIDGE = 0.3
"""Correlation in the posterior from which two parameters lie on a ridge."""
TOGETHER = 0.02
"""Pairs of rows pull against each other if no point comes nearer than this to both, in half-widths."""
FRONT = 12
"""Points of a trade-off curve at most."""


def weighted_quantiles(values: FloatArray, weights: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Quantiles of weighted draws, between the middles of their weights.

    Args:
        values: float64[n].
        weights: float64[n]; they add up to one.
        levels: shares below, 0 to 1.
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.asarray(np.interp(levels, below, values[order]))


def identification(prior: Prior, unit: FloatArray, weights: FloatArray) -> pd.DataFrame:
    """Posterior against prior for each parameter.

    Args:
        prior: the prior.
        unit: float64[n, parameters], draws of the posterior in the unit cube.
        weights: float64[n], which add up to one.

    Returns:
        ``parameter, prior_low, prior_high, mean, sd, low, high, sd_ratio, kl, identified, ridge_with, correlation``:
        ``kl`` is Kullback and Leibler's divergence of the posterior from the prior in nats (less what as many draws
        from the prior would show), ``ridge_with`` the parameter with the strongest correlation, if it is a ridge.
    """
    import pandas as pd

    mean = weights @ unit
    spread = np.sqrt(np.maximum(weights @ (unit - mean) ** 2, 1e-300))
    ratio = spread * np.sqrt(12.0)
    scaled = (unit - mean) / spread
    correlation = (scaled * weights[:, None]).T @ scaled
    effective = 1.0 / (weights**2).sum()
    told = []
    for j, (name, (low, high)) in enumerate(prior.bounds.items()):
        share = np.histogram(unit[:, j], bins=BINS, range=(0.0, 1.0), weights=weights)[0]
        some = share > 0
        kl = float((share[some] * np.log(share[some] * BINS)).sum()) - (BINS - 1) / (2.0 * effective)
        others = np.abs(correlation[j])
        others[j] = 0.0
        partner = int(np.argmax(others))
        ends = weighted_quantiles(unit[:, j], weights, (0.05, 0.95))
        told.append(
            {
                "parameter": name,
                "prior_low": low,
                "prior_high": high,
                "mean": low + (high - low) * mean[j],
                "sd": (high - low) * spread[j],
                "low": low + (high - low) * ends[0],
                "high": low + (high - low) * ends[1],
                "sd_ratio": ratio[j],
                "kl": max(0.0, kl),
                "identified": "yes" if ratio[j] <= IDENTIFIED else "barely" if ratio[j] <= BARELY else "no",
                "ridge_with": prior.names[partner] if others[partner] >= RIDGE else "",
                "correlation": correlation[j, partner] if others[partner] >= RIDGE else np.nan,
            }
        )
    return pd.DataFrame(told)


def conflicts(
    cloud: FloatArray, held: FloatArray, weights: FloatArray, rows: Sequence[Row]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that no point satisfies, and pairs of rows that pull against each other.

    Args:
        cloud: float64[n, rows], expected figures of the fitted rows at many points.
        held: float64[m, rows], draws of the posterior among them.
        weights: float64[m], weights of the draws, which add up to one.
        rows: the fitted rows.

    Returns:
        ``kind, row, other, nearest, nearest_other, gap, held, held_other``. Of a row ``out of reach`` `nearest` is the
        figure that comes nearest, `gap` how far outside it is, in half-widths. Of a pair that is a ``trade-off`` each
        can be had, but not both: `gap` is how far outside the worse of them is at the best compromise, whose
        figures are `nearest` and `nearest_other`. `held` is the share of the posterior, by weight, in which the row is
        inside. Second, the curves: ``row, other, value, value_other, gap, gap_other``.
    """
    import pandas as pd

    out = excess(cloud, rows)
    inside = weights @ (excess(held, rows) <= 0)
    told: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    best = out.min(axis=0)
    for j, row in enumerate(rows):
        if best[j] > TOGETHER:
            k = int(np.argmin(out[:, j]))
            told.append(
                _finding("out of reach", row.name, "", cloud[k, j], np.nan, best[j], inside[j], np.nan)
            )
    for a, b in itertools.combinations(range(len(rows)), 2):
        if max(best[a], best[b]) > TOGETHER:
            continue
        worse = np.maximum(out[:, a], out[:, b])
        k = int(np.argmin(worse))
        if worse[k] <= TOGETHER:
            continue
        names = rows[a].name, rows[b].name
        told.append(_finding("trade-off", *names, cloud[k, a], cloud[k, b], worse[k], inside[a], inside[b]))
        for i in _front(out[:, a], out[:, b]):
            figures = (cloud[i, a], cloud[i, b], out[i, a], out[i, b])
            curves.append(
                {
                    "row": names[0],
                    "other": names[1],
                    **dict(zip(("value", "value_other", "gap", "gap_other"), figures, strict=True)),
                }
            )
    columns = ["kind", "row", "other", "nearest", "nearest_other", "gap", "held", "held_other"]
    found = pd.DataFrame(told, columns=columns).sort_values(
        ["kind", "gap"], ascending=[True, False], kind="stable", ignore_index=True
    )
    return found, pd.DataFrame(curves, columns=["row", "other", "value", "value_other", "gap", "gap_other"])


def _finding(kind: str, row: str, other: str, *figures: float) -> dict[str, Any]:
    names = ("nearest", "nearest_other", "gap", "held", "held_other")
    return {"kind": kind, "row": row, "other": other, **dict(zip(names, map(float, figures), strict=True))}


def _front(a: FloatArray, b: FloatArray) -> list[int]:
    """Positions of the points that no other is better than in both, from the best in `a` on, thinned."""
    order = np.lexsort((b, a))
    lowest = np.minimum.accumulate(b[order])
    first = np.concatenate([[True], b[order][1:] < lowest[:-1]])
    front = order[first]
    if len(front) > FRONT:
        front = front[np.linspace(0, len(front) - 1, FRONT).round().astype(int)]
    return [int(i) for i in front]
