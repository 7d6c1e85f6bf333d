"""Rates and shares with standard errors: Poisson and binomial regressions with a constant only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError

from .optional import statsmodels


class Rate(NamedTuple):
    """A rate or share.

    Attributes:
        value: the rate.
        error: its standard error, by the delta method from that of its logarithm.
        low, high: ends of the 95 % interval, symmetric in logarithms, so never below zero.
        n: observations.
    """

    value: float
    error: float
    low: float
    high: float
    n: int


def poisson_rate(events: NDArray[np.float64], exposure: NDArray[np.float64]) -> Rate:
    """Events per unit of exposure over several places or years.

    Poisson pseudo-maximum likelihood with the exposure as offset; the sandwich error (HC1) measures how much
    the rates of the places or years differ, which is far more than chance alone would have it.

    Args:
        events: events of each place or year, float64[n], n of at least 2.
        exposure: what they happened to, float64[n], above 0.

    Raises:
        OmlandError: there are fewer than two observations, or one without exposure, or no event at all.
    """
    if len(events) < 2 or not (exposure > 0).all() or events.sum() <= 0:
        raise OmlandError("A rate needs two observations or more, each with exposure, and some events.")
    api = statsmodels()
    model = api.GLM(events, np.ones((len(events), 1)), family=api.families.Poisson(), offset=np.log(exposure))
    fit = model.fit(cov_type="HC1")
    log_rate, error = float(fit.params[0]), float(fit.bse[0])
    low, high = np.exp(np.asarray(fit.conf_int())[0])
    return Rate(
        float(np.exp(log_rate)), float(np.exp(log_rate)) * error, float(low), float(high), len(events)
    )


def share(part: float, whole: float) -> Rate:
    """A share of a counted whole: binomial error, Wilson's interval.

    Raises:
        OmlandError: the part is not between 0 and the whole, or there is no whole.
    """
    if not 0 <= part <= whole or whole <= 0:
        raise OmlandError(f"A share needs a part between 0 and its whole, not {part:g} of {whole:g}.")
    interval = statsmodels("statsmodels.stats.proportion").proportion_confint(
        round(part), round(whole), method="wilson"
    )
    p = part / whole
    return Rate(p, float(np.sqrt(p * (1 - p) / whole)), float(interval[0]), float(interval[1]), round(whole))
