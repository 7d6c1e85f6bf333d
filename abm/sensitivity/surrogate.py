"""A stand-in for the model that costs nothing: Sobol indices from a few hundred points.

Saltelli's design takes *size* × (figures + 2) points, and hundreds of them for each narrow interval. Here the model is
run on a Sobol' sequence that fills the space, a Gaussian process is fitted to the points (Rasmussen and Williams
2006, by scikit-learn), and the indices are those of the fitted process, which SALib can ask as often as it
likes (Marrel et al. 2009).

What is told are therefore indices *of the surrogate*. How well it stands in for the model is told beside them:

* ``q2``: share of the variance of points it has not seen that it foretells, in five-fold cross-validation;
* ``noise``: share of the variance that it takes for luck which differs from point to point, and leaves out.

The intervals hold two errors: that of the finite sample at which the surrogate is asked, and that of the
surrogate, which is fitted anew to points drawn with replacement (its length scales stay as they are). A point that is
drawn k times is one point of which the luck has a k-th of the variance, which is the same and keeps the matrix whole.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.intervals import HALF_WIDTH
from abm.language import say
from abm.sensitivity.design import Problem

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

ASKED = 8192
"""Base sample at which the surrogate is asked. With a quarter of it most of the intervals' width was that of this
sample (0.13 instead of 0.08 for an index of 0.65 from 512 points), which costs ten seconds to take out."""
RESAMPLES = 200
"""Surrogates of points drawn with replacement."""
FOLDS = 5
SEED = 20200101
"""The bootstrap and the folds are not part of the experiment's chance."""
ROWS = 4096
"""Rows of the sample that are asked at a time, which bounds the memory."""
STARTS = ((0.3, 1e-3), (3.0, 0.3))
"""Length scale and share of noise from which the fit starts: a wavy function without luck, a plain one with
much. From one start alone it may end in the wrong one of the two."""


TRUSTED = 0.8
"""Share of the variance without luck that a surrogate has to foretell."""
LEAST_Q2 = 0.5
"""Share of the whole variance that it has to foretell in any case: where most is luck there is too little to fit."""
LEAST_NOISE = 1e-6
"""Smallest variance of the noise, of that of the outcome, where nothing is known of it."""


class Fit(NamedTuple):
    """A fitted Gaussian process, in units of the outcome's standard deviation.

    Attributes:
        points: the design in the unit cube, float64[n, figures].
        value: outcome, float64[n].
        mean: its mean.
        spread: its standard deviation.
        smooth: covariance of the process without noise.
        noise: variance of the noise.
    """

    points: FloatArray
    value: FloatArray
    mean: float
    spread: float
    smooth: Any
    noise: float


def trusted(q2: float, noise: float) -> bool:
    """Whether a surrogate foretells enough for its indices to be used: of what is not luck, and at all."""
    return q2 >= max(LEAST_Q2, TRUSTED * (1.0 - noise))


def need_sklearn() -> None:
    """Say how to get scikit-learn where it is missing.

    Raises:
        OmlandError: it is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise OmlandError(
            say(
                'The method "surrogate" needs the package "scikit-learn"; install it with '
                'pip install "omland[sensitivity]".'
            )
        ) from None


def _unit(problem: Problem, points: FloatArray) -> FloatArray:
    low, high = np.array(list(problem.bounds.values())).T
    return (points - low) / (high - low)


def fit(problem: Problem, points: FloatArray, value: FloatArray, noise: float = math.nan) -> Fit:
    """Fit a Gaussian process with a length scale of its own for each figure, by its likelihood.

    Args:
        problem: the uncertain figures.
        points: the design, float64[n, figures].
        value: the outcome at each point, float64[n].
        noise: share of the variance of `value` that is luck, where replicates have told it. A likelihood with as
            many length scales as figures finds patterns in luck; it may not take less than half of this for luck.
    """
    need_sklearn()
    cube, mean, spread = _unit(problem, points), float(value.mean()), float(value.std())
    scaled = (value - mean) / spread
    least = LEAST_NOISE if math.isnan(noise) else max(LEAST_NOISE, noise / 2)
    found = [_process(*start, least, cube.shape[1]) for start in STARTS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a figure without influence has its length scale at the bound
        best = max((p.fit(cube, scaled) for p in found), key=lambda p: p.log_marginal_likelihood_value_)
    kernel = best.kernel_
    return Fit(cube, value, mean, spread, kernel.k1, float(kernel.k2.noise_level))


def _process(length: float, noise: float, least: float, figures: int) -> Any:
    """A process to be fitted, from a start."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    smooth = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(np.full(figures, length), (0.05, 100.0))
    return GaussianProcessRegressor(smooth + WhiteKernel(max(noise, least), (least, 2.0)), alpha=1e-10)


def foretold(problem: Problem, fitted: Fit, noise: float = math.nan) -> float:
    """Q²: share of the variance of the points that is foretold from the other folds.

    Each fold's surrogate is fitted from the beginning, length scales and all: with those of the whole design it would
    have seen the points that it is to foretell.
    """
    from sklearn.model_selection import KFold

    low, high = np.array(list(problem.bounds.values())).T
    points, value = low + (high - low) * fitted.points, fitted.value
    left = np.zeros_like(value)
    for train, test in KFold(min(FOLDS, len(value)), shuffle=True, random_state=SEED).split(points):
        guess = np.full(len(test), value[train].mean())
        if np.ptp(value[train]) > 0:
            part = fit(problem, points[train], value[train], noise)
            said = _ask(part, fitted.points[test], [np.ones(len(train))])[:, 0]
            guess = part.mean + part.spread * said
        left[test] = value[test] - guess
    return float(1.0 - np.mean(left**2) / value.var())


def _weights(fitted: Fit, times: FloatArray) -> tuple[FloatArray, float]:
    """Weights of the points in a prediction, and the mean it starts from, when each was drawn so many times."""
    from scipy.linalg import cho_factor, cho_solve

    scaled = (fitted.value - fitted.mean) / fitted.spread
    drawn = times > 0
    centre = float(np.average(scaled, weights=times))
    matrix = fitted.smooth(fitted.points[drawn])
    matrix[np.diag_indices_from(matrix)] += fitted.noise / times[drawn] + 1e-10
    weights = np.zeros_like(scaled)
    weights[drawn] = cho_solve(cho_factor(matrix, lower=True), scaled[drawn] - centre)
    return weights, centre


def _ask(fitted: Fit, cube: FloatArray, drawn: list[FloatArray]) -> FloatArray:
    """What each of several surrogates says, float64[rows, surrogates]."""
    parts = [_weights(fitted, times) for times in drawn]
    weights, centres = np.array([w for w, _ in parts]).T, np.array([c for _, c in parts])
    rows = [fitted.smooth(cube[i : i + ROWS], fitted.points) @ weights for i in range(0, len(cube), ROWS)]
    return np.concatenate(rows) + centres


def indices(
    problem: Problem, points: FloatArray, value: FloatArray, noise: float = math.nan, *, judge: bool = True
) -> pd.DataFrame:
    """First-order and total indices of a surrogate of the points.

    Args:
        problem: the uncertain figures.
        points: the design, float64[n, figures].
        value: the outcome at each point, float64[n].
        noise: share of the variance of `value` that is luck, if it is known.
        judge: cross-validate the surrogate too, which takes most of the time.

    Returns:
        Columns ``input, index, value, low, high``; ``attrs`` hold ``q2`` (if judged) and ``noise``, see above.
    """
    import pandas as pd
    from SALib.analyze.sobol import first_order, total_order
    from SALib.sample import sobol

    fitted = fit(problem, points, value, noise)
    figures, rng = len(problem.names), np.random.default_rng(SEED)
    cube_problem = Problem(dict.fromkeys(problem.names, (0.0, 1.0))).as_salib()
    cube = np.asarray(sobol.sample(cube_problem, ASKED, calc_second_order=False, seed=SEED))
    n = len(value)
    drawn = [np.ones(n)]
    while len(drawn) <= RESAMPLES:
        times = np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64)
        if np.ptp(value[times > 0]) > 0:
            drawn.append(times)
    said = _ask(fitted, cube, drawn).reshape(ASKED, figures + 2, len(drawn))

    def both(base: NDArray[np.int64], surrogate: int) -> FloatArray:
        """S1 and ST of every figure, float64[2, figures]."""
        block = said[base, :, surrogate]
        block = (block - block.mean()) / (block.std() or 1.0)
        a, b = block[:, 0], block[:, -1]
        return np.array(
            [[f(a, block[:, i], b) for i in range(1, figures + 1)] for f in (first_order, total_order)]
        )

    centre = both(np.arange(ASKED), 0)
    again = [both(rng.integers(ASKED, size=ASKED), k) for k in range(1, len(drawn))]
    half = HALF_WIDTH * np.std(again, axis=0, ddof=1)
    rows = [
        (figure, name, centre[k, i], centre[k, i] - half[k, i], centre[k, i] + half[k, i])
        for k, name in enumerate(("S1", "ST"))
        for i, figure in enumerate(problem.names)
    ]
    table = pd.DataFrame(rows, columns=["input", "index", "value", "low", "high"])
    table.attrs = {"q2": foretold(problem, fitted, noise)} if judge else {}
    table.attrs["noise"] = min(1.0, fitted.noise)
    return table
