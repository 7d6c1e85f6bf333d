"""Refinement: more candidates for the best values, one after the other, each where most rows are expected inside.

At the edge of what the surrogates know they promise too much. The means of the candidates so far, under several
replicates, tell how far off they are there. What they miss is a Gaussian process (scikit-learn) over the parameters;
with it taken into account the next candidate is at the maximum of

    sum over rows i of  w_i (P(low_i <= m_i <= high_i) - PENALTY max(0, |E m_i - centre_i| / half_i - 1))

where m_i is the mean of row i. The second term keeps a row that cannot be had from being given up altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from abm.calibration.rows import Row, excess
from abm.calibration.sampling import SHARPEST
from abm.calibration.surrogate import Bank

FloatArray = NDArray[np.float64]
Score = Callable[[FloatArray], FloatArray]

REACH = 1.0
"""Length scale of what the surrogates miss, in the unit cube; its diagonal is the root of the number of parameters."""
PENALTY = 0.1
"""What a half-width outside costs, in rows."""


@dataclass(frozen=True)
class Measured:
    """Candidates that were run.

    Attributes:
        unit: float64[n, parameters] in the unit cube.
        figures: float64[n, rows], means of the rows.
        replicates: over how many replicates each.
    """

    unit: FloatArray
    figures: FloatArray
    replicates: int

    def with_one(self, unit: FloatArray, figures: FloatArray) -> Measured:
        """The same with one more."""
        return Measured(
            np.concatenate([self.unit, unit[None]]),
            np.concatenate([self.figures, figures[None]]),
            self.replicates,
        )


class Corrected:
    """Surrogates of the fitted rows, corrected by what the candidates gave.

    All candidates have the same luck, and what of it they have in common is taken for something that the surrogates
    miss: a candidate found with it is good under that luck. So :mod:`abm.calibration.finalists` judges by other luck.

    Args:
        bank: surrogates of the rows.
        measured: the candidates.
        luck: float64[rows], variance of the luck of one replicate.
    """

    def __init__(self, bank: Bank, measured: Measured, luck: FloatArray) -> None:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel

        self.bank = bank
        mean, variance = bank.predict(measured.unit)
        missed = measured.figures - mean
        self.processes: list[Any] = []
        for j in range(missed.shape[1]):
            here = np.isfinite(missed[:, j])
            size = max(float(variance[:, j].mean()), 1e-12)
            kernel = ConstantKernel(size) * RBF(REACH)
            process = GaussianProcessRegressor(
                kernel, alpha=luck[j] / measured.replicates + 1e-9 * size, optimizer=None
            )
            self.processes.append(
                process.fit(measured.unit[here], missed[here, j]) if here.any() else process
            )

    def predict(self, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means of the rows and variance of what is not known of them, float64[n, rows] each."""
        mean = self.bank.predict(unit)[0]
        told = [process.predict(unit, return_std=True) for process in self.processes]
        return mean + np.column_stack([m for m, _ in told]), np.column_stack([s**2 for _, s in told])


def expected_inside(
    corrected: Corrected, rows: Sequence[Row], weights: Mapping[str, float], luck: FloatArray
) -> Score:
    """Weight of the rows that is expected inside, less the penalty; of float64[n, parameters].

    Args:
        corrected: the surrogates.
        rows: the fitted rows.
        weights: their weights by name.
        luck: float64[rows], variance of the luck that is left in the means that are judged.
    """
    low, high = np.array([row.low for row in rows]), np.array([row.high for row in rows])
    weight = np.array([weights[row.name] for row in rows])
    sharpest = SHARPEST * 0.5 * (high - low)

    def score(unit: FloatArray) -> FloatArray:
        mean, variance = corrected.predict(unit)
        deviation = np.maximum(np.sqrt(variance + luck), sharpest)
        inside = ndtr((high - mean) / deviation) - ndtr((low - mean) / deviation)
        return np.asarray((inside - PENALTY * excess(mean, rows)) @ weight)

    return score
