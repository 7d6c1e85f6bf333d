"""The best values: a few candidates held against each other by several replicates.

What a single replicate measures is mostly luck, and no draw of a sample lies at the peak of the posterior. So the
candidates are the draws of the highest likelihood, the peak itself, found on the surrogates, and the defaults, which
are replaced only by what betters them.

All candidates, those of the refinement too, are tried under the same few replicates, and the refinement looks for
what is good under just these. So the last few are judged once more, under luck that none was chosen by, and only
what they give then is said of the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.calibration.prior import stream
from abm.calibration.rows import Row, distance, share_inside
from abm.calibration.sampling import Density

FloatArray = NDArray[np.float64]

CANDIDATES, GENERATIONS = 60, 250
"""Size and number of the generations of differential evolution."""
LAST = 3
"""Candidates that are judged under fresh luck."""
EDGE = 1e-3
"""Least distance of the peak from the edge of the unit cube, where the surrogates know little."""
DEFAULTS = "defaults"
"""What the declared defaults are called among the candidates."""


@dataclass(frozen=True)
class Finalists:
    """Candidates and what they gave.

    Attributes:
        unit: float64[n, parameters] in the unit cube.
        which: what each is: "draw 7", "peak", "defaults" or "refinement 1".
        inside: float64[n], share of the weight of the fitted rows that is inside in the mean.
        distance: float64[n], distance of the mean.
    """

    unit: FloatArray
    which: tuple[str, ...]
    inside: FloatArray
    distance: FloatArray

    @property
    def best(self) -> int:
        """Position of the one with most rows inside, by weight; the nearest of equals."""
        return self._order[0]

    @property
    def last(self) -> list[int]:
        """Positions of the :data:`LAST` that are judged once more, the best first.

        The defaults always are: nothing may replace them that does not better them under fresh luck.
        """
        defaults = self.which.index(DEFAULTS)
        others = [k for k in self._order if k != defaults][: LAST - 1]
        return [k for k in self._order if k in (*others, defaults)]

    @property
    def _order(self) -> list[int]:
        return [int(k) for k in np.lexsort((self.distance, -self.inside))]

    def told(self) -> list[dict[str, Any]]:
        """The finalists for a record."""
        return [
            {"which": which, "inside": float(inside), "distance": float(far)}
            for which, inside, far in zip(self.which, self.inside, self.distance, strict=True)
        ]


def peak(density: Density, draws: FloatArray, seed: int, purpose: str = "peak") -> FloatArray:
    """The point of the highest density, by differential evolution (scipy) from the best of the draws.

    Args:
        density: log density, or another score, of float64[n, parameters] in the unit cube.
        draws: float64[draws, parameters]; where they are fewer than a generation, a Latin hypercube joins them.
        seed: seed of the search.
        purpose: what for; another one searches by other chance.
    """
    from scipy.optimize import differential_evolution
    from scipy.stats.qmc import LatinHypercube

    chance = stream(seed, purpose)
    missing = CANDIDATES - len(draws)
    if missing > 0:
        cube = LatinHypercube(draws.shape[1], rng=chance).random(missing)
        draws = np.concatenate([draws, cube])
    first = draws[np.argsort(-density(draws), kind="stable")[:CANDIDATES]]
    found = differential_evolution(
        lambda x: -density(np.ascontiguousarray(np.atleast_2d(x.T))),
        bounds=[(EDGE, 1.0 - EDGE)] * draws.shape[1],
        init=np.clip(first, EDGE, 1.0 - EDGE),
        maxiter=GENERATIONS,
        tol=0.0,
        polish=False,
        vectorized=True,
        updating="deferred",
        rng=chance,
    )
    return np.asarray(found.x, dtype=np.float64)


def candidates(
    density: Density, draws: FloatArray, likely: FloatArray, defaults: FloatArray, n: int, seed: int
) -> tuple[FloatArray, tuple[str, ...]]:
    """The draws of the highest likelihood, the peak and the defaults, `n` in all, and what each is.

    Args:
        density: log density.
        draws: float64[draws, parameters].
        likely: float64[draws], their log likelihood.
        defaults: float64[parameters].
        n: number of candidates.
        seed: seed of the search.
    """
    order = np.argsort(-likely, kind="stable")[: n - 2]
    unit = np.concatenate([draws[order], peak(density, draws, seed)[None], defaults[None]])
    return unit, (*(f"draw {k}" for k in order), "peak", DEFAULTS)


def judge(
    unit: FloatArray,
    which: tuple[str, ...],
    figures: FloatArray,
    rows: Sequence[Row],
    weights: Mapping[str, float],
) -> Finalists:
    """Weigh the candidates by the means of their replicates, float64[n, fitted rows]."""
    return Finalists(unit, which, share_inside(figures, rows, weights), distance(figures, rows, weights))
