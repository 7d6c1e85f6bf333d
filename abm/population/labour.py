"""Education and labour status of residents, so that municipal totals are met."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say
from abm.population import profiles
from abm.population.margins import Margins
from abm.population.residents import Residents
from abm.population.rounding import (
    draw_category,
    group_starts,
    largest_remainder,
    pick_within,
    shuffled_within,
    systematic_rounding,
)
from abm.region.region import Region
from abm.schema import ADULT_AGE, MAX_AGE, RETIREMENT_AGE, Status

IntArray = NDArray[np.int64]
_GOLDEN = 0.6180339887498949


def assign_skill(residents: Residents, education: NDArray[np.float64], rng: np.random.Generator) -> IntArray:
    """Give everyone a highest education.

    The residents of a municipality and sex, in order of age, take the next values of a
    low-discrepancy sequence instead of independent draws. So every band of ages holds the
    official shares to within a person or two, also where a single age has only a few people.

    Args:
        residents: everyone.
        education: float64[M, 2, A, K].
        rng: source of the start of the sequences.

    Returns:
        int64[N], :class:`abm.schema.Skill`.
    """
    M = education.shape[0]
    group = residents.mun * 2 + residents.sex
    order = shuffled_within(group * (MAX_AGE + 1) + residents.age, rng)
    starts = group_starts(np.bincount(group, minlength=2 * M))
    position = np.arange(len(order)) - starts[group[order]]
    u = np.empty(len(order))
    u[order] = (rng.random(2 * M)[group[order]] + position * _GOLDEN) % 1.0
    cumulative = np.cumsum(education, axis=-1)
    return draw_category(cumulative[residents.mun, residents.sex, residents.age], u)


def assign_status(
    residents: Residents,
    skill: IntArray,
    household: IntArray,
    region: Region,
    margins: Margins,
    rng: np.random.Generator,
) -> IntArray:
    """Decide who works, who is unemployed, and who is neither.

    Employed residents meet the municipal total exactly, and the rates by sex and age up to
    rounding. Within a cell the better educated work more often, and members of a household have
    similar chances (a shared factor), as couples do.

    Returns:
        int64[N], :class:`abm.schema.Status`.

    Raises:
        OmlandError: a municipality has fewer adults than employed residents.
    """
    M, n_ages = len(margins.employed), MAX_AGE + 1
    rate = _rates_that_meet(margins.employed, margins.population, region.employment_rate)
    expected = (margins.population * rate).reshape(M, -1)
    adults = np.where(profiles.AGES >= ADULT_AGE, margins.population, 0).reshape(M, -1)
    employed = _whole_numbers(expected, margins.employed, adults)
    if (short := margins.employed > employed.sum(axis=1)).any():
        m = int(np.argmax(short))
        raise OmlandError(
            say(
                "{place} has {employed} employed residents but only {adults} adults",
                place=region.names[m],
                employed=margins.employed[m],
                adults=adults[m].sum(),
            )
        )
    shared = np.exp(0.5 * rng.standard_normal(int(household.max()) + 1))[household]
    cell = (residents.mun * 2 + residents.sex) * n_ages + residents.age
    weight = profiles.EMPLOYMENT_BY_SKILL[skill] * shared
    works = pick_within(cell, weight, employed.ravel(), rng) & (residents.age >= ADULT_AGE)

    status = np.where(residents.age >= RETIREMENT_AGE, Status.RETIRED, Status.OUTSIDE).astype(np.int64)
    status[residents.age < ADULT_AGE] = Status.CHILD
    status[works] = Status.EMPLOYED
    idle = np.flatnonzero(status == Status.OUTSIDE)
    # The risk is one of all residents of an age, but only those without a job can bear it.
    of_age = residents.mun[idle] * n_ages + residents.age[idle]
    room = np.bincount(of_age, minlength=M * n_ages).reshape(M, n_ages)
    at_risk = margins.population.sum(axis=1) * np.where(room > 0, region.unemployed_by_age, 0.0)
    at_risk *= (margins.unemployed / np.maximum(at_risk.sum(axis=1), 1e-12))[:, None]
    unemployed = _whole_numbers(at_risk, margins.unemployed, room)
    drawn = pick_within(of_age, profiles.UNEMPLOYMENT_BY_SKILL[skill[idle]], unemployed.ravel(), rng)
    status[idle[drawn]] = Status.UNEMPLOYED
    return status


def _whole_numbers(expected: NDArray[np.float64], totals: IntArray, room: IntArray) -> IntArray:
    """Round expected numbers so that they add up, and none exceeds the people there are.

    Args:
        expected: float64[M, cells].
        totals: int64[M].
        room: int64[M, cells], most that a cell can hold.

    Returns:
        int64[M, cells]; rows add up to `totals`, or to all their room if that is less.
    """
    totals = np.minimum(totals, room.sum(axis=1))
    numbers = np.minimum(systematic_rounding(expected, totals), room)
    # What small cells cannot hold goes to the others of the municipality.
    while (short := totals - numbers.sum(axis=1)).any():
        likely = np.where(numbers < room, expected + 1e-9, 0.0)
        numbers += np.minimum(largest_remainder(likely, short), room - numbers)
    return numbers


def _rates_that_meet(
    employed: IntArray, population: IntArray, rate: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shift the odds of employment in each municipality until the employed add up.

    Odds, not rates, are multiplied: no rate can pass one.
    """
    low, high = np.full(len(employed), 1e-4), np.full(len(employed), 1e4)
    for _ in range(60):
        factor = np.sqrt(low * high)[:, None, None]
        shifted = factor * rate / (1.0 - rate + factor * rate)
        too_many = (population * shifted).sum(axis=(1, 2)) > employed
        high = np.where(too_many, factor.ravel(), high)
        low = np.where(too_many, low, factor.ravel())
    return shifted
