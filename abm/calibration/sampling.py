"""The likelihood of the study's intervals, and a sample of the posterior.

The study tells an interval for each row, and nothing about where in it the figure lies. So all figures inside count
the same, and the likelihood of a row is the chance that its mean is inside, given what is not known of that mean:
what the surrogate has not learnt, and the luck that is left. This is a flat top on the interval; its
shoulders are as soft as the ignorance and no softer, so the interval itself is not widened. Where the chance is
small it falls as Student's t does and not as a normal: a row that no point can reach must not drag along
all others.

Rows that share their luck and their errors (the multiplier and the jobs it is made of) are not so many independent
witnesses: the weight of a row is divided by the number of its echoes, the sum of its squared correlations.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtr

from abm.calibration.prior import Prior, stream
from abm.calibration.rows import Row
from abm.calibration.surrogate import Bank

FloatArray = NDArray[np.float64]
Density = Callable[[FloatArray], FloatArray]

FREEDOM = 5.0
"""Degrees of freedom of the shoulders."""
SHARPEST = 0.05
"""The shoulders are at least this wide, in half-widths, so that there is a slope to climb."""
ENSEMBLES = 4
"""Ensembles of walkers, each from a start of its own, that have to agree."""
BURN_IN = 1 / 3
"""Share of the steps that is thrown away."""


def log_inside(mean: FloatArray, deviation: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Logarithm of the chance that figures lie inside their intervals.

    Args:
        mean: expected figures.
        deviation: standard deviation of what is not known of them.
        low: lower ends.
        high: upper ends.
    """
    a, b = (low - mean) / deviation, (high - mean) / deviation
    flip = a + b > 0  # the lower tail keeps its digits, the upper would lose them
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    return np.asarray(np.log(np.maximum(stdtr(FREEDOM, b) - stdtr(FREEDOM, a), 1e-300)))


def echoes(bank: Bank, unit: FloatArray, figures: FloatArray) -> FloatArray:
    """How many rows say the same as each row does by luck, itself counted, float64[rows].

    Args:
        bank: surrogates of the rows.
        unit: evaluated points.
        figures: float64[n, rows] there.
    """
    rest = figures - bank.predict(unit)[0]
    there = np.isfinite(rest)
    rest = np.where(there, rest - np.nanmean(np.where(there, rest, np.nan), axis=0), 0.0)
    size = np.sqrt((rest**2).sum(axis=0))
    correlation = (rest.T @ rest) / np.maximum(np.outer(size, size), 1e-300)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray((correlation**2).sum(axis=1))


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of a point, by the surrogates of the fitted rows.

    Attributes:
        bank: surrogates of the rows.
        low: lower ends of the intervals.
        high: upper ends.
        weights: weights of the rows, echoes taken into account.
        luck: variance of the luck that is in each mean beside what the surrogate does not know.
    """

    bank: Bank
    low: FloatArray
    high: FloatArray
    weights: FloatArray
    luck: FloatArray

    @classmethod
    def of(
        cls, bank: Bank, rows: Sequence[Row], weights: Mapping[str, float], luck: FloatArray, echo: FloatArray
    ) -> Likelihood:
        """The likelihood of the intervals of some rows; `luck` and `echo` in their order."""
        return cls(
            bank.take([row.name for row in rows]),
            np.array([row.low for row in rows]),
            np.array([row.high for row in rows]),
            np.array([weights[row.name] for row in rows]) / echo,
            luck,
        )

    def of_figures(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """Log-likelihood of means of the rows, float64[n, rows] each."""
        sharpest = SHARPEST * 0.5 * (self.high - self.low)
        deviation = np.maximum(np.sqrt(variance + self.luck), sharpest)
        return np.asarray(log_inside(mean, deviation, self.low, self.high) @ self.weights)

    def __call__(self, unit: FloatArray) -> FloatArray:
        """Log-likelihood of points of the unit cube, float64[n]."""
        return self.of_figures(*self.bank.predict(unit))


@dataclass(frozen=True)
class Chains:
    """A sample of the posterior.

    Attributes:
        unit: float64[chains, steps, parameters] in the unit cube.
        accepted: share of the moves that were accepted.
        r_hat: convergence diagnostic of each parameter: 1 where the ensembles agree. NaN of a single one.
        effective: effective number of independent draws of each parameter.
    """

    unit: FloatArray
    accepted: float
    r_hat: FloatArray
    effective: FloatArray

    def even(self, n: int, seed: int) -> FloatArray:
        """Some of the draws, evenly taken from all chains, float64[n, parameters]."""
        flat = self.unit.reshape(-1, self.unit.shape[-1])
        replace = len(flat) < n
        return flat[stream(seed, "draws").choice(len(flat), size=n, replace=replace)]


def resample(density: Density, prior: Prior, n: int, seed: int, purpose: str, log2: int) -> FloatArray:
    """Some of ``2**log2`` points of the prior, taken by the fourth root of the density: where chains may start."""
    cloud = prior.sobol(log2, seed, purpose)
    found = 0.25 * density(cloud)
    chance = np.exp(found - found.max())
    chance = chance / chance.sum()
    rng = stream(seed, purpose + " start")
    return cloud[rng.choice(len(cloud), size=n, replace=int((chance > 0).sum()) < n, p=chance)]


def sample(
    density: Density,
    prior: Prior,
    steps: int,
    seed: int,
    purpose: str = "posterior",
    *,
    ensembles: int = ENSEMBLES,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Chains:
    """Sample a density on the unit cube with emcee's ensembles of walkers.

    Args:
        density: log-density of points, float64[n, parameters] to float64[n].
        prior: the prior.
        steps: steps of every walker.
        seed: seed.
        purpose: what for, so that every use has random numbers of its own.
        ensembles: ensembles of walkers.
        report: told of the steps done, of all ensembles together.
    """
    import emcee

    d = prior.size
    walkers = max(16, 2 * d + 2)

    def free(x: FloatArray) -> FloatArray:
        # On the logit scale there is no edge to run into; the last term is the prior on that scale.
        inside = expit(x)
        jacobian = np.log(np.maximum(inside * (1.0 - inside), 1e-300)).sum(axis=1)
        return np.asarray(density(inside) + jacobian)

    starts = resample(density, prior, ensembles * walkers, seed, purpose, 11 if ensembles == 1 else 13)
    chains, accepted = [], []
    for e in range(ensembles):
        rng = stream(seed, f"{purpose} ensemble {e}")
        start = logit(np.clip(starts[e * walkers : (e + 1) * walkers], 1e-4, 1 - 1e-4))
        start = start + rng.normal(0.0, 1e-3, start.shape)
        state = emcee.State(
            start, random_state=np.random.RandomState(rng.integers(2**32, dtype=np.uint32)).get_state()
        )
        sampler = emcee.EnsembleSampler(
            walkers,
            d,
            free,
            vectorize=True,
            moves=[
                (emcee.moves.DEMove(), 0.7),
                (emcee.moves.DESnookerMove(), 0.1),
                (emcee.moves.StretchMove(), 0.2),
            ],
        )
        for done, _ in enumerate(sampler.sample(state, iterations=steps), start=1):
            if done % 50 == 0 or done == steps:
                report(e * steps + done, ensembles * steps)
        kept = sampler.get_chain(discard=int(steps * BURN_IN), thin=max(1, steps // 400))
        chains.append(expit(kept).transpose(1, 0, 2))
        accepted.append(float(sampler.acceptance_fraction.mean()))
    unit = np.concatenate(chains)
    r_hat, effective = diagnose(unit, ensembles) if ensembles > 1 else (np.full(d, np.nan),) * 2
    return Chains(unit, float(np.mean(accepted)), r_hat, effective)


def diagnose(unit: FloatArray, ensembles: int) -> tuple[FloatArray, FloatArray]:
    """R-hat between the ensembles, and effective sample size over all walkers, of every parameter, by ArviZ.

    Args:
        unit: float64[chains, steps, parameters], the walkers of an ensemble one after another.
        ensembles: number of ensembles.
    """
    arviz = quiet_arviz()
    chains, steps, d = unit.shape
    whole = unit.reshape(ensembles, chains // ensembles, steps, d).transpose(3, 0, 2, 1)
    return (
        np.array([float(arviz.rhat(column)) for column in whole.reshape(d, ensembles, -1)]),
        np.array([float(arviz.ess(column)) for column in np.moveaxis(unit, -1, 0)]),
    )


def quiet_arviz() -> Any:
    """ArviZ without the note about its next version that it prints when it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import arviz
    return arviz
