"""Entering and leaving the labour force."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.core.state import ADULT, EARLY_RETIREMENT, RETIREMENT
from abm.core.tables.ages import AGES, Array, share_by_age
from abm.population.population import Population

FIRST_YEAR, LATER_YEARS = 2.5, 0.85
"""How often jobs end relative to `separation_rate`, by tenure; in the mean once where a tenth are newly hired."""
MOST_ENTRY = 0.2
"""Most of those outside the labour force who enter in a month."""
LEAST_JOBLESS = 1e-4
"""Least share of the labour force out of work that is reckoned with, so that nobody divides by none."""
HALVINGS = 40
"""Of the interval in which the chance of entry is sought: down to 10^-13."""


def exit_and_entry(
    population: Population, age: NDArray[np.int64], active: NDArray[np.bool_], m: int, separation_rate: float
) -> tuple[Array, Array]:
    """Monthly hazards of leaving and of entering the labour force, float64[2, 101] and float64[M, 2, 101].

    Both keep participation by age as it is at the start. Entry follows the odds of taking part of the
    municipality relative to the region.

    Args:
        population: the initial population.
        age: int64[N], years, at most 100.
        active: bool[N], who is in the labour force.
        m: number of municipalities.
        separation_rate: chance a month that a job ends.
    """
    at = at_birthdays(share_by_age(active, population.sex, age))
    exits = _exit(at, separation_rate)
    entry = _entry(at, exits)
    size = np.bincount(population.mun[(age >= 20) & (age < 65)], minlength=m).astype(float)
    part_m = np.bincount(population.mun[active & (age >= 20) & (age < 65)], minlength=m) / np.maximum(
        size, 1.0
    )
    whole = float((part_m * size).sum() / size.sum())
    odds_m = (part_m / np.maximum(1.0 - part_m, 0.02)) / (whole / (1.0 - whole))
    return exits, np.minimum(entry[None] * odds_m[:, None, None], MOST_ENTRY)


def jobs_end(jobless: Array, labour_force: Array) -> Array:
    """How often residents of a municipality lose their job relative to the region, float64[M].

    u / (1 - u) of the municipality over that of the region: jobs are found alike where as many are open, so that
    unemployment stays different where jobs end more often.

    Args:
        jobless: float64[M], unemployed in the labour force.
        labour_force: float64[M].
    """
    jobless = np.maximum(jobless, LEAST_JOBLESS)
    everywhere = (jobless * labour_force).sum() / labour_force.sum()
    return np.asarray(jobless / (1.0 - jobless) * ((1.0 - everywhere) / everywhere))


def at_birthdays(participation: Array) -> Array:
    """Participation of those who turn an age, float64[2, 102], from that of all of the age.

    Half way between the age before and this one. Who turns 16 takes no part yet.
    """
    before = np.pad(participation, ((0, 0), (1, 0)))
    now = np.pad(participation, ((0, 0), (0, 1)))
    at = 0.5 * (before + now)
    at[:, : ADULT + 1] = 0.0
    return np.asarray(at)


def _exit(at: Array, separation_rate: float) -> Array:
    """Monthly chance of leaving the labour force, float64[2, 101].

    Below 62 an assumption, which entry makes up for. From 62 on whoever leaves retires, so nobody enters and what
    is left in a year follows from participation at birthdays: l(a + 1) / l(a); from 65 on less the separations, as
    whose job ends then retires too.
    """
    ages = np.arange(AGES)
    points = [16, 20, 25, 30, 54, 60, 61]
    rates = [0.3, 0.15, 0.08, 0.035, 0.03, 0.06, 0.1]
    leaving = np.tile(np.interp(ages, points, rates), (2, 1))
    stay = at[:, 1:] / np.maximum(at[:, :-1], 1e-9)
    leaving[:, EARLY_RETIREMENT:] = np.clip(1.0 - stay, 0.0, 1.0)[:, EARLY_RETIREMENT:]
    old = slice(RETIREMENT, None)
    leaving[:, old] = np.clip(leaving - 12.0 * LATER_YEARS * separation_rate, 0.0, 1.0)[:, old]
    return np.asarray(1.0 - (1.0 - leaving) ** (1.0 / 12.0))


def a_year_on(share: Array, exits: Array, entry: Array) -> Array:
    """Participation after twelve months of exit a and entry b, both by the month and from the same people.

    l(12) = b / (a + b) + (l(0) - b / (a + b)) (1 - a - b)^12: whoever leaves can be back within the year.
    """
    both = np.maximum(exits + entry, 1e-12)
    rest = entry / both
    return np.asarray(rest + (share - rest) * (1.0 - both) ** 12)


def _entry(at: Array, exits: Array) -> Array:
    """Monthly chance of entering with which participation by age stays as it is, float64[2, 101].

    That of the next birthday is where :func:`a_year_on` gets to; zero where exit alone does not bring it down so far.
    """
    share, later = at[:, :-1], at[:, 1:]
    low, high = np.zeros_like(later), np.full_like(later, MOST_ENTRY)
    for _ in range(HALVINGS):
        entry = 0.5 * (low + high)
        enough = a_year_on(share, exits, entry) >= later
        low, high = np.where(enough, low, entry), np.where(enough, entry, high)
    entry[:, :ADULT] = 0.0
    entry[:, EARLY_RETIREMENT:] = 0.0
    return entry
