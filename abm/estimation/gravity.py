"""Gravity equations by Poisson pseudo-maximum likelihood (PPML).

The flow from i to j has the mean exp(a_i + b_j + x_ij β): an effect of each origin and of each destination,
and terms of distance. The Poisson likelihood gives consistent β whatever the distribution of the flow, flows
of zero included, as long as the mean is right (Santos Silva & Tenreyro 2006). The fixed effects make the
fitted sums of every origin and destination equal to the observed ones (Fally 2015), so that only the pattern
between them is a test. Standard errors are sandwiches clustered by origin and by destination (Cameron,
Gelbach & Miller 2011), with statsmodels' correction for few clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError

from .coefficients import Coefficients
from .forms import Matrix, Terms, kink
from .optional import statsmodels

LEAST_SPARE = 5
"""Pairs that must be left over once every coefficient has one; below this there is no fit."""


@dataclass(frozen=True)
class DecayFit(Coefficients):
    """A fitted gravity equation; its coefficients are those of the terms of distance.

    Attributes:
        fitted: mean flow of every pair, float64[M, M]; 0 on the diagonal and for pairs left out.
        n: pairs that were used.
        deviance: of the Poisson likelihood.
        dispersion: Pearson's chi-square over the degrees of freedom; 1 for Poisson flows.
    """

    fitted: Matrix
    n: int
    deviance: float
    dispersion: float


def fit_ppml(
    flows: Matrix,
    terms: Terms,
    *,
    use: NDArray[np.bool_] | None = None,
    sizes: Terms | None = None,
) -> DecayFit:
    """Fit a gravity equation.

    Args:
        flows: persons from row to column, float64[M, M], none negative; the diagonal is left out.
        terms: terms of distance, float64[M, M] each.
        use: pairs to use, bool[M, M]; all pairs unless told.
        sizes: terms that stand in place of the effects of origins and destinations; they are not
            among the coefficients that are returned.

    Raises:
        OmlandError: a flow is negative or no number, or there are too few pairs for the coefficients.
    """
    flows = np.asarray(flows, dtype=float)
    if flows.ndim != 2 or flows.shape[0] != flows.shape[1]:
        raise OmlandError(f"Flows need a square table, not one of shape {flows.shape}.")
    if not np.isfinite(flows).all() or (flows < 0).any():
        raise OmlandError("Flows must be numbers that are not negative.")
    chosen = ~np.eye(len(flows), dtype=bool)
    if use is not None:
        chosen &= use
    for name, term in terms.items():
        if not np.isfinite(term[chosen]).all():
            raise OmlandError(f"The term {name!r} of a gravity equation is not known for every pair.")
    # An origin that sends nobody, or a destination that gets nobody, fits perfectly at minus infinity.
    if sizes is None:
        before = -1
        while chosen.sum() != before:
            before = int(chosen.sum())
            sent = np.where(chosen, flows, 0.0)
            chosen &= (sent.sum(axis=1) > 0)[:, None] & (sent.sum(axis=0) > 0)[None, :]
    origins, destinations = np.nonzero(chosen)
    y = flows[chosen]
    x = [term[chosen] for term in terms.values()]
    if sizes is None:
        x += [(origins == i).astype(float) for i in np.unique(origins)]
        x += [(destinations == j).astype(float) for j in np.unique(destinations)[1:]]
    else:
        x += [np.ones_like(y), *(size[chosen] for size in sizes.values())]
    if len(y) < len(x) + LEAST_SPARE:
        raise OmlandError(
            f"A gravity equation of {len(x)} coefficients needs {len(x) + LEAST_SPARE} pairs of "
            f"municipalities with flows; there are {len(y)}."
        )
    design = np.column_stack(x)
    scale = np.maximum(np.abs(design[:, : len(terms)]).max(axis=0), 1e-12)
    design[:, : len(terms)] /= (
        scale  # minutes beside dummies: without this the normal equations are ill-conditioned
    )
    api = statsmodels()
    groups = np.column_stack([origins, destinations])
    model = api.GLM(y, design, family=api.families.Poisson())
    result = model.fit(maxiter=200, tol=1e-10, cov_type="cluster", cov_kwds={"groups": groups})
    k = len(terms)
    covariance = np.asarray(result.cov_params())[:k, :k]
    if not (np.diag(covariance) > 0).all():
        # A two-way sandwich need not be positive; the larger of the two one-way ones is the careful choice.
        one_way = [
            np.asarray(model.fit(maxiter=200, cov_type="cluster", cov_kwds={"groups": g}).cov_params())[
                :k, :k
            ]
            for g in (origins, destinations)
        ]
        covariance = max(one_way, key=lambda c: float(np.trace(c)))
    fitted = np.zeros_like(flows)
    fitted[chosen] = np.asarray(result.fittedvalues)
    return DecayFit(
        names=tuple(terms),
        beta=np.asarray(result.params)[:k] / scale,
        covariance=covariance / np.outer(scale, scale),
        fitted=fitted,
        n=len(y),
        deviance=float(result.deviance),
        dispersion=float(result.pearson_chi2 / result.df_resid),
    )


@dataclass(frozen=True)
class Kink:
    """Where a curve of decay bends most.

    Attributes:
        at: time of the best kink, minutes.
        low, high: times that the data do not reject at 5 %, minutes.
    """

    at: float
    low: float
    high: float


def locate_kink(
    flows: Matrix, minutes: Matrix, use: NDArray[np.bool_] | None, grid: NDArray[np.float64]
) -> Kink:
    """The time of a kink by profile likelihood.

    The deviance is divided by the dispersion, as flows vary more than Poisson; a time is kept while it lies
    within 3.84 of the best.

    Args:
        flows: as for :func:`fit_ppml`.
        minutes: time of every pair, float64[M, M].
        use: pairs to use.
        grid: times that are tried, minutes.
    """
    fits = [fit_ppml(flows, kink(minutes, at), use=use) for at in grid]
    deviance = np.array([fit.deviance for fit in fits])
    best = int(deviance.argmin())
    kept = grid[(deviance - deviance[best]) / max(fits[best].dispersion, 1e-12) <= 3.84]
    return Kink(float(grid[best]), float(kept.min()), float(kept.max()))
