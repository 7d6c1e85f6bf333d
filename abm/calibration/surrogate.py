"""A surrogate for each row: its mean over all luck as a function of the parameters, learnt from evaluated points.

Three forms are tried on each row, and the one with the least cross-validated error is used:

* ``linear`` and ``quadratic``: Bayesian ridge regression on standardised polynomial features;
* ``process``: a Gaussian process, linear part and squared-exponential part with a length for each parameter.

All tell two variances apart: that of the mean (what is not known of the surface) and that of the luck of a single
evaluation around it. A row that never changes is ``constant``.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.calibration.prior import stream
from abm.errors import OmlandError
from abm.language import say

FloatArray = NDArray[np.float64]

FORMS = ("linear", "quadratic", "process")
FOLDS = 5
ITERATIONS = 40
"""Steps of the optimiser of a process' lengths."""
LEAST = 8
"""Points at which a row has to be defined to get a surrogate."""


def need_libraries() -> None:
    """Say how to get the libraries of a calibration where they are missing.

    Raises:
        OmlandError: one is not installed.
    """
    for module, package in (("arviz", "arviz"), ("emcee", "emcee"), ("sklearn", "scikit-learn")):
        if find_spec(module) is None:
            raise OmlandError(
                say(
                    'A calibration needs the package "{package}"; install it with pip install '
                    '"omland[calibration]".',
                    package=package,
                )
            )


def features(unit: FloatArray, degree: int) -> FloatArray:
    """Polynomial features of points of the unit cube, measured from its middle.

    Args:
        unit: float64[n, parameters].
        degree: 1 for the coordinates, 2 for all products of two as well.

    Returns:
        float64[n, features].
    """
    x = unit - 0.5
    if degree == 1:
        return x
    i, j = np.triu_indices(x.shape[1])
    return np.concatenate([x, x[:, i] * x[:, j]], axis=1)


@dataclass(frozen=True)
class Regression:
    """A fitted Bayesian ridge regression.

    Attributes:
        degree: 1 or 2, see :func:`features`.
        centre: float64[features], their means.
        slopes: float64[features].
        level: the figure at the centre.
        roots: float64[features, features], root of the covariance of the slopes.
        unsure: variance of the level.
    """

    degree: int
    centre: FloatArray
    slopes: FloatArray
    level: float
    roots: FloatArray
    unsure: float

    def predict(self, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean, and the variance of that mean."""
        here = features(unit, self.degree) - self.centre
        return here @ self.slopes + self.level, ((here @ self.roots) ** 2).sum(axis=1) + self.unsure


@dataclass(frozen=True)
class Process:
    """A fitted Gaussian process of scikit-learn, as arrays: asked for a few points at a time, its checks take longest.

    Attributes:
        kernel: the fitted kernel, which a process learnt from other points takes over.
        points: float64[n, parameters], points learnt from, measured from the middle of the cube.
        dual: float64[n], coefficients of the points.
        inverse: float64[n, n], inverse of the root of their covariance.
        linear: variance of the linear part.
        smooth: variance of the squared-exponential part.
        lengths: float64[parameters], its lengths.
    """

    kernel: Any
    points: FloatArray
    dual: FloatArray
    inverse: FloatArray
    linear: float
    smooth: float
    lengths: FloatArray

    @classmethod
    def of(cls, fit: Any) -> Process:
        """The arrays of scikit-learn's estimator."""
        kernel = fit.kernel_
        linear, smooth = kernel.k1.k1, kernel.k1.k2
        return cls(
            kernel,
            fit.X_train_,
            fit.alpha_,
            np.linalg.inv(fit.L_),
            linear.k1.constant_value,
            smooth.k1.constant_value,
            smooth.k2.length_scale,
        )

    def predict(self, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean, and the variance of that mean."""
        x = unit - 0.5
        a, b = x / self.lengths, self.points / self.lengths
        square = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2.0 * a @ b.T
        between = self.linear * (1.0 + x @ self.points.T) + self.smooth * np.exp(
            -0.5 * np.maximum(square, 0.0)
        )
        before = self.linear * (1.0 + (x * x).sum(axis=1)) + self.smooth
        known = ((between @ self.inverse.T) ** 2).sum(axis=1)
        return between @ self.dual, np.maximum(before - known, 0.0)


@dataclass(frozen=True)
class Form:
    """A fitted form of one row, in standardised figures.

    Attributes:
        kind: one of :data:`FORMS`.
        fit: what was fitted.
        noise: variance of the luck of an evaluation.
    """

    kind: str
    fit: Regression | Process
    noise: float

    def predict(self, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean, and the variance of that mean."""
        return self.fit.predict(unit)


def _regression(unit: FloatArray, figures: FloatArray, degree: int) -> tuple[Regression, float]:
    """Fit a regression; with it the variance of luck."""
    from sklearn.linear_model import BayesianRidge
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    ridge = BayesianRidge(max_iter=500).fit(scaler.fit_transform(features(unit, degree)), figures)
    values, vectors = np.linalg.eigh(ridge.sigma_)
    roots = vectors * np.sqrt(np.maximum(values, 0.0)) / scaler.scale_[:, None]
    noise = 1.0 / float(ridge.alpha_)
    slopes, level = ridge.coef_ / scaler.scale_, float(ridge.intercept_)
    # scikit-learn takes the level for known: it is the mean of as many figures, each with its luck
    return Regression(degree, scaler.mean_, slopes, level, roots, noise / len(figures)), noise


def _gaussian(unit: FloatArray, figures: FloatArray, kernel: Any = None) -> Any:
    from scipy.optimize import fmin_l_bfgs_b
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

    def optimise(objective: Any, start: FloatArray, bounds: FloatArray) -> tuple[FloatArray, float]:
        best, value, _ = fmin_l_bfgs_b(objective, start, bounds=bounds, maxiter=ITERATIONS)
        return best, value

    if kernel is None:
        d = unit.shape[1]
        kernel = (
            ConstantKernel(1.0, (1e-3, 1e3)) * DotProduct(1.0, "fixed")
            + ConstantKernel(0.3, (1e-4, 1e2)) * RBF(np.full(d, 1.5), (0.2, 30.0))
            + WhiteKernel(0.3, (1e-6, 2.0))
        )
        return GaussianProcessRegressor(kernel, optimizer=optimise).fit(unit - 0.5, figures)
    return GaussianProcessRegressor(kernel, optimizer=None).fit(unit - 0.5, figures)


def make_form(kind: str, unit: FloatArray, figures: FloatArray, like: Form | None = None) -> Form:
    """Fit one form; a process takes the lengths of another instead of looking for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lengths at their bound: a parameter that does not matter
        if kind == "process":
            kernel = like.fit.kernel if like is not None and isinstance(like.fit, Process) else None
            process = Process.of(_gaussian(unit, figures, kernel))
            return Form(kind, process, float(process.kernel.k2.noise_level))
        return Form(kind, *_regression(unit, figures, 1 if kind == "linear" else 2))


@dataclass(frozen=True)
class Surrogate:
    """The surrogate of one row.

    Attributes:
        kind: ``"constant"`` or one of :data:`FORMS`.
        form: the fitted form; None of a constant.
        shift: mean of the figures.
        scale: their standard deviation; 0 of a constant.
        noise: variance of the luck of an evaluation around the surface, in the row's unit squared.
        error: root mean square of the cross-validated errors, in the row's unit.
        explained: share of the variance between points that the cross-validated surrogate foretells.
        n: points learnt from.
        stretch: factor by which the cross-validated errors are larger, in variance, than the form takes itself to be
            sure; at least 1. It is in `noise` and in the variance of the mean.
    """

    kind: str
    form: Form | None
    shift: float
    scale: float
    noise: float
    error: float
    explained: float
    n: int
    stretch: float = 1.0

    def predict(self, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean, and the variance of that mean, in the row's unit."""
        if self.form is None:
            return np.full(len(unit), self.shift), np.zeros(len(unit))
        mean, variance = self.form.predict(unit)
        return self.shift + self.scale * mean, self.stretch * self.scale**2 * variance

    def refit(self, unit: FloatArray, figures: FloatArray) -> Surrogate:
        """The same form learnt from other points: without some, or with further ones."""
        there = np.isfinite(figures)
        if self.form is None or not there.any():
            return self
        form = make_form(self.kind, unit[there], (figures[there] - self.shift) / self.scale, self.form)
        return replace(self, form=form, noise=self.stretch * form.noise * self.scale**2, n=int(there.sum()))


def learn(unit: FloatArray, figures: FloatArray, seed: int, luck: float, forms: Sequence[str]) -> Surrogate:
    """Learn the surrogate of one row.

    Each fold's form is fitted from the beginning, lengths and luck and all: with those of all points it would have
    seen the points that it is to foretell, and take itself for surer than it is.

    Args:
        unit: float64[n, parameters], points.
        figures: float64[n], the row there; NaN where it is undefined.
        seed: seed of the folds.
        luck: variance of the luck of an evaluation as measured at one point. A form whose errors are no larger than
            luck has nothing left to learn, and no further form is tried.
        forms: forms to try, in this order.
    """
    there = np.isfinite(figures)
    unit, figures = unit[there], figures[there]
    n = len(figures)
    shift = float(figures.mean()) if n else np.nan
    scale = float(figures.std()) if n else 0.0
    if n < LEAST or scale <= 1e-9 * max(1.0, abs(shift)):
        return Surrogate("constant", None, shift, 0.0, 0.0, 0.0, 0.0 if n < LEAST else 1.0, n)
    standard = (figures - shift) / scale
    fold = stream(seed, "folds").permutation(n) % min(FOLDS, n)
    best: tuple[float, Form, float] | None = None
    for kind in forms:
        errors, told = np.empty(n), np.empty(n)
        for f in range(fold.max() + 1):
            out = fold == f
            part = make_form(kind, unit[~out], standard[~out])
            mean, variance = part.predict(unit[out])
            errors[out], told[out] = mean - standard[out], variance + part.noise
        error = float(np.sqrt((errors**2).mean()))
        if best is None or error < best[0]:
            stretch = max(1.0, float((errors**2 / np.maximum(told, 1e-12)).mean()))
            best = error, make_form(kind, unit, standard), stretch
        if best[0] ** 2 * scale**2 <= 1.05 * luck:
            break
    assert best is not None
    error, form, stretch = best
    noise = stretch * form.noise * scale**2
    return Surrogate(form.kind, form, shift, scale, noise, error * scale, 1.0 - error**2, n, stretch)


@dataclass(frozen=True)
class Bank:
    """Surrogates of several rows.

    Attributes:
        names: names of the rows.
        rows: their surrogates.
    """

    names: tuple[str, ...]
    rows: tuple[Surrogate, ...]

    @classmethod
    def learn(
        cls,
        names: tuple[str, ...],
        unit: FloatArray,
        figures: FloatArray,
        *,
        seed: int,
        luck: FloatArray,
        thorough: Collection[str] = (),
    ) -> Bank:
        """Learn all rows.

        Args:
            names: names of the rows.
            unit: float64[n, parameters].
            figures: float64[n, rows].
            seed: seed of the folds.
            luck: float64[rows], variance of the luck of an evaluation.
            thorough: rows for which the costly form, a process, is tried too.
        """
        return cls(
            names,
            tuple(
                learn(unit, column, seed, float(spread), FORMS if name in thorough else FORMS[:2])
                for name, column, spread in zip(names, figures.T, luck, strict=True)
            ),
        )

    def refit(self, unit: FloatArray, figures: FloatArray) -> Bank:
        """The same forms learnt from other points."""
        return Bank(
            self.names, tuple(s.refit(unit, column) for s, column in zip(self.rows, figures.T, strict=True))
        )

    def take(self, names: Sequence[str]) -> Bank:
        """Some of the rows."""
        return Bank(tuple(names), tuple(self.rows[self.names.index(name)] for name in names))

    def predict(self, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means, and the variances of these means, float64[n, rows]."""
        found = [row.predict(unit) for row in self.rows]
        mean = np.stack([m for m, _ in found], axis=1)
        return mean, np.stack([v for _, v in found], axis=1)

    @property
    def noise(self) -> FloatArray:
        """Variance of the luck of an evaluation around the surface, float64[rows]."""
        return np.array([row.noise for row in self.rows])
