"""History matching: which points are not ruled out by the surrogates, and the next wave among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.calibration.prior import Prior, spread, stream

FloatArray = NDArray[np.float64]

CLOUD = 12
"""Points by which a space is explored, as a power of two."""
KEPT = 0.2
"""Share of the points that passes each level on the way down to the cut-off."""
LEVELS = 25
"""Levels at most."""
CHOICE = 4
"""Points drawn for each one that is chosen."""
MOVES = 4
"""Moves of every point at each level."""


def implausibility(
    mean: FloatArray,
    variance: FloatArray,
    centre: FloatArray,
    half_width: FloatArray,
    luck: FloatArray,
    spare: int,
) -> FloatArray:
    """How implausible points are: the largest of the rows' distances, the worst few left out.

    The distance of a row is that from the middle of its interval to the surrogate's mean, over the root of the variance
    of that mean, the luck in it, and the square of the half-width.

    Args:
        mean: float64[n, rows].
        variance: float64[n, rows], of the means.
        centre: float64[rows].
        half_width: float64[rows].
        luck: float64[rows], variance of the luck that is left in the judged mean.
        spare: rows left out at each point: one that no point can reach must not rule out all.

    Returns:
        float64[n].
    """
    each = np.abs(mean - centre) / np.sqrt(variance + luck + half_width**2)
    k = max(0, each.shape[1] - 1 - spare)
    return np.asarray(np.partition(each, k, axis=1)[:, k])


@dataclass(frozen=True)
class Space:
    """What is not ruled out.

    Attributes:
        points: float64[n, parameters] in the unit cube, spread over it.
        cut_off: largest implausibility among them.
        share: its share of the prior.
    """

    points: FloatArray
    cut_off: float
    share: float


def explore(
    prior: Prior, score: Callable[[FloatArray], FloatArray], cut_off: float, seed: int, purpose: str
) -> Space:
    """Find the part of the prior whose score is at most a cut-off, by falling levels.

    Subset simulation: the best fifth of a cloud is kept, and grows back to its size by random moves that
    do not leave it; the level falls until it is at the cut-off. Where it does not get there, as no point is that
    good, the last level stands in for the cut-off.

    Args:
        prior: the prior.
        score: of points in the unit cube; lower is better.
        cut_off: the cut-off.
        seed: seed.
        purpose: what for, so that every use has random numbers of its own.
    """
    rng = stream(seed, purpose)
    points = prior.sobol(CLOUD, seed, purpose)
    scores = score(points)
    share, level = 1.0, np.inf
    for _ in range(LEVELS):
        inside = scores <= cut_off
        if inside.mean() >= KEPT:
            share, level = share * float(inside.mean()), cut_off
            points = points[inside]
            break
        new = float(np.quantile(scores, KEPT))
        if level - new < 1e-3 * new:
            break
        level = new
        keep = scores <= level
        share *= float(keep.mean())
        seeds, their = points[keep], scores[keep]
        pick = rng.integers(len(seeds), size=len(points))
        points, scores = seeds[pick].copy(), their[pick].copy()
        for _ in range(MOVES):
            # A difference of two of the points, as in differential evolution, has the shape of the space.
            a, b = rng.integers(len(seeds), size=(2, len(points)))
            reach = rng.choice([0.1, 0.4, 1.0], size=(len(points), 1))
            step = reach * (seeds[a] - seeds[b]) + rng.normal(0.0, 0.01, points.shape)
            tried = points + step
            ok = ((tried >= 0.0) & (tried <= 1.0)).all(axis=1)
            found = np.full(len(points), np.inf)
            if ok.any():
                found[ok] = score(tried[ok])
            better = found <= level
            points[better], scores[better] = tried[better], found[better]
    return Space(points, float(min(level, scores.max())), share)


def next_wave(space: Space, n: int, beside: FloatArray, prior: Prior, seed: int, purpose: str) -> FloatArray:
    """Points of the next wave: of what is not ruled out, far from one another and from what is there.

    Args:
        space: what is not ruled out.
        n: how many.
        beside: points that were evaluated already.
        prior: the prior.
        seed: seed.
        purpose: what for.
    """
    candidates = np.unique(space.points, axis=0)
    if len(candidates) < n:  # a space of a few points: the prior makes up the number
        further = prior.hypercube(n, seed, purpose)
        candidates = np.concatenate([candidates, further])
    # Of all points the farthest apart are those at the edge: some of them, drawn evenly, leave an inside.
    rng = stream(seed, purpose + " candidates")
    some = rng.permutation(len(candidates))[: CHOICE * n]
    return spread(candidates[some], n, beside)
