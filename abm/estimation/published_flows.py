"""Decay of commuting from published figures alone: totals, largest flows and flows between counties.

No table of commuters by municipality of residence and of work is published here, so the full gravity
equation has nothing official to stand on. What is published are parts of that table: for each municipality
those who commute out of it and the largest of these flows, and some flows between counties. The model of the
parts is that of the whole, summed: a commuter out of i works in j with probability

    p_ij = m_j^a k(d_ij) / sum over j' of m_j'^a k(d_ij'),

with m the employed residents, k the decay, and a constant for the rest of Sweden. The published parts have
multinomial pseudo-likelihoods: largest flow against all others, and the counties of work of a county's
commuters. Maximum pseudo-likelihood; sandwich standard errors, one cluster for each municipality
and each county (a county's flows contain the flows of its municipalities, which the errors do not know).
That a flow is the largest of its origin is not used, only how large it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError

from .coefficients import Coefficients
from .forms import KINK_MINUTES, Matrix
from .optional import statsmodels

LONG_SCALE_KM = 200.0
"""Distance at which the long tail of the mixture is measured."""
LONG_SOFTENING_KM = 50.0
"""Keeps the tail from competing with daily commuting near by."""


class LargestFlow(NamedTuple):
    """Commuters out of one municipality, and the largest of their flows.

    Attributes:
        origin: zone.
        out: all who commute out of it.
        destination: zone of the largest flow.
        flow: the largest flow.
    """

    origin: int
    out: float
    destination: int
    flow: float


class CountyFlow(NamedTuple):
    """Where the commuters out of a county work.

    Attributes:
        origin: county.
        flows: commuters by destination: county codes, and ``RS`` for the rest of Sweden.
        among_all: whether they are counted among all who leave their municipality; else among those told.
    """

    origin: str
    flows: dict[str, float]
    among_all: bool = False


@dataclass(frozen=True)
class PublishedFlows:
    """Published parts of a table of commuters.

    Attributes:
        km, minutes: between Z zones, float64[Z, Z]; the last zone is the rest of Sweden.
        size: employed residents of the zones but the last, float64[Z - 1].
        out: all who commute out of each of these, float64[Z - 1].
        county: county of each of these; ``RS`` for the last zone.
        largest: largest flows.
        counties: flows between counties.
    """

    km: Matrix
    minutes: Matrix
    size: NDArray[np.float64]
    out: NDArray[np.float64]
    county: NDArray[np.str_]
    largest: tuple[LargestFlow, ...]
    counties: tuple[CountyFlow, ...] = field(default=())


FORMS: dict[str, tuple[str, ...]] = {
    "exponential_km": ("slope",),
    "exponential_minutes": ("slope",),
    "kink_minutes": ("slope", "change_of_slope"),
    "power_km": ("exponent",),
    "mixture_km": ("slope", "long_level", "long_exponent"),
}
"""Forms of decay and their coefficients; slopes and exponents are positive where commuting thins out."""
START = {"slope": 0.04, "change_of_slope": 0.0, "exponent": 2.5, "long_level": -6.0, "long_exponent": 2.0}


@dataclass(frozen=True)
class PublishedFit(Coefficients):
    """A decay fitted to published parts.

    The coefficients are those of the form, then ``size``, and ``rest`` if the rest of Sweden has commuters.

    Attributes:
        form: one of :data:`FORMS`.
        fitted: expected commuters, float64[Z - 1, Z].
        n: published figures that enter.
        clusters: municipalities and counties that they come from.
        loss: −2 log pseudo-likelihood over that of a perfect fit.
    """

    form: str
    fitted: Matrix
    n: int
    clusters: int
    loss: float


def log_decay(form: str, beta: NDArray[np.float64], km: Matrix, minutes: Matrix) -> Matrix:
    """Logarithm of the decay at distances and times."""
    if form == "exponential_km":
        return -beta[0] * km
    if form == "exponential_minutes":
        return -beta[0] * minutes
    if form == "kink_minutes":
        return -beta[0] * minutes - beta[1] * np.maximum(minutes - KINK_MINUTES, 0.0)
    if form == "power_km":
        return -beta[0] * np.log(np.maximum(km, 1.0))
    long = beta[1] - beta[2] * np.log(np.hypot(km, LONG_SOFTENING_KM) / LONG_SCALE_KM)
    return np.logaddexp(-beta[0] * km, long)


def shares(form: str, beta: NDArray[np.float64], names: tuple[str, ...], data: PublishedFlows) -> Matrix:
    """Probability of each zone of work for commuters out of each municipality, float64[Z - 1, Z]."""
    m, k = len(data.size), len(FORMS[form])
    utility = np.full((m, m + 1), -np.inf)
    decay = log_decay(form, beta, data.km[:m, :m], data.minutes[:m, :m])
    utility[:, :m] = decay + beta[k] * np.log(data.size)[None, :]
    np.fill_diagonal(utility, -np.inf)
    if "rest" in names:
        # The rest of Sweden is many places: a level of its own, thinning out with the way to the boundary.
        far = np.maximum(data.km[:m, m], 1.0)
        utility[:, m] = beta[k + 1] + beta[k] * np.log(data.size.sum()) - np.log(far / LONG_SCALE_KM)
    utility -= utility.max(axis=1, keepdims=True)
    p = np.exp(utility)
    return p / p.sum(axis=1, keepdims=True)


def _multinomial(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Log likelihood of counts over that of a perfect fit."""
    p = np.maximum(expected / expected.sum(), 1e-300)
    q = observed / observed.sum()
    some = observed > 0
    return float((observed[some] * (np.log(p[some]) - np.log(q[some]))).sum())


def contributions(
    form: str, beta: NDArray[np.float64], names: tuple[str, ...], data: PublishedFlows
) -> NDArray[np.float64]:
    """Log pseudo-likelihood of each municipality and county over that of a perfect fit, float64[clusters]."""
    p = shares(form, beta, names, data)
    expected = data.out[:, None] * p
    out = [
        _multinomial(
            np.array([row.flow, row.out - row.flow]),
            np.array([p[row.origin, row.destination], 1 - p[row.origin, row.destination]]),
        )
        for row in data.largest
    ]
    home = data.county[:-1]
    for county in data.counties:
        rows = expected[home == county.origin]
        flows = np.array([rows[:, data.county == code].sum() for code in county.flows])
        observed = np.array(list(county.flows.values()), dtype=float)
        if county.among_all:
            rest = data.out[home == county.origin].sum() - observed.sum()
            observed = np.append(observed, max(rest, 0.0))
            flows = np.append(flows, max(rows.sum() - flows.sum(), 1e-9))
        out.append(_multinomial(observed, np.maximum(flows, 1e-9)))
    return np.array(out)


def fit_published(data: PublishedFlows, form: str) -> PublishedFit:
    """Fit a form of decay to published parts of the table of commuters.

    Raises:
        OmlandError: the form is unknown, or there are fewer published figures than coefficients.
    """
    if form not in FORMS:
        raise OmlandError(f"There is no form of decay {form!r}; forms: {', '.join(FORMS)}.")
    some_rest = any("RS" in county.flows for county in data.counties)
    names = (*FORMS[form], "size", *(("rest",) if some_rest else ()))
    n = len(data.largest) + sum(len(c.flows) - (not c.among_all) for c in data.counties)
    clusters = len(data.largest) + len(data.counties)
    if clusters < len(names) + 1:
        raise OmlandError(
            f"The decay of commuting needs the largest flows of at least {len(names) + 1} municipalities; "
            f"{clusters} have one."
        )
    from scipy.optimize import minimize

    differentiate = statsmodels("statsmodels.tools.numdiff")
    start = np.array([*(START[name] for name in FORMS[form]), 1.0, *([-6.0] if some_rest else [])])

    def loss(beta: NDArray[np.float64]) -> float:
        return -float(contributions(form, beta, names, data).sum())

    found = minimize(
        loss,
        start,
        method="Nelder-Mead",
        options={"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-7, "fatol": 1e-7},
    )
    beta = np.asarray(found.x)
    scores = differentiate.approx_fprime(beta, lambda b: contributions(form, b, names, data), centered=True)
    bread = np.linalg.pinv(differentiate.approx_hess(beta, loss))
    few = clusters / (clusters - 1)
    return PublishedFit(
        form=form,
        names=names,
        beta=beta,
        covariance=few * bread @ scores.T @ scores @ bread,
        fitted=data.out[:, None] * shares(form, beta, names, data),
        n=n,
        clusters=clusters,
        loss=2 * float(found.fun),
    )
