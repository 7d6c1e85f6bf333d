"""Ties: how people commute, how long they have lived and worked where they do, and whom they know."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.parameters import PARAMETER
from abm.population import profiles
from abm.population.residents import Residents
from abm.population.rounding import draw_category, group_starts, shuffled_within
from abm.region.region import Region
from abm.schema import ADULT_AGE, WorkMode

IntArray = NDArray[np.int64]

DAILY_MINUTES = PARAMETER["daily_limit"].default
"""Longest journey one way, by the faster of car and public transport, that people make every day."""


def choose_work_mode(
    mun: NDArray[np.integer], work: IntArray, region: Region, limit: float = DAILY_MINUTES
) -> IntArray:
    """Work mode from home municipality and zone of the workplace (-1: no job), int64[N].

    Args:
        limit: minutes, longest journey one way made every day.
    """
    minutes = np.minimum(region.car_minutes, region.transit_minutes)[mun, work]
    mode = np.where(minutes <= limit, WorkMode.DAILY, WorkMode.WEEKLY)
    mode = np.where(work == mun, WorkMode.LOCAL, mode)
    return np.where(work < 0, WorkMode.NONE, mode).astype(np.int64)


def draw_address_since(
    birth_month: NDArray[np.int16],
    household: IntArray,
    head_age: IntArray,
    tenure: NDArray[np.uint8],
    rng: np.random.Generator,
) -> NDArray[np.int16]:
    """Month of the last move: one exponential draw per household, or the birth of a later-born member."""
    mean = profiles.ADDRESS_YEARS[head_age] * profiles.ADDRESS_BY_TENURE[tenure] * 12.0
    months = np.minimum(rng.standard_exponential(len(mean)) * mean, 12.0 * head_age)
    since = -np.floor(months).astype(np.int64)[household]
    return np.maximum(since, birth_month).astype(np.int16)


def draw_job_since(age: IntArray, works: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int16]:
    """Month the present job began: exponential, cut where working life began; 0 without a job."""
    longest = np.maximum(age - ADULT_AGE, 0) * 12.0 + 11.0
    mean = 12.0 * profiles.JOB_YEARS
    months = -mean * np.log1p(-rng.random(len(age)) * -np.expm1(-longest / mean))
    return np.where(works, -np.floor(months), 0.0).astype(np.int16)


def draw_origin(
    residents: Residents, address_since: NDArray[np.int16], region: Region, rng: np.random.Generator
) -> IntArray:
    """Zone where each resident grew up, int64[N].

    Most grew up where they live, the more so the longer they have lived there; the others come
    from abroad, or from where people move in from.
    """
    M = len(region.county)
    home = profiles.ORIGIN_HOME[residents.age]
    abroad = profiles.ORIGIN_ABROAD[residents.age]
    # Odds of having come from elsewhere double for those who moved within three years.
    recent = np.where((address_since > -36) & (residents.age > 3), 1.6, 0.9)
    stayed = home / (home + (1 - home) * recent)
    inflow = region.migration[:, :M].T.copy()
    inflow[:, M + 1] = 0.0
    inflow[np.arange(M), np.arange(M)] = 0.0
    inflow[inflow.sum(axis=1) == 0, M] = 1.0
    u = rng.random(len(home))
    foreign = (1 - stayed) * np.minimum(abroad / (1 - home), 0.9)
    origin = np.where(u < stayed, residents.mun, M + 1)
    moved = np.flatnonzero(u >= stayed + foreign)
    origin[moved] = draw_category(np.cumsum(inflow, axis=1)[residents.mun[moved]], rng.random(len(moved)))
    return origin


def draw_contact(residents: Residents, employer: IntArray, rng: np.random.Generator) -> IntArray:
    """Row of one friend or workmate of each resident, -1 where there is nobody else, int64[N]."""
    n = len(employer)
    # Friends: neighbours in the order of age within the municipality.
    order = shuffled_within(residents.mun * 128 + residents.age, rng)
    number = np.bincount(residents.mun)
    friend = _someone_near(order, group_starts(number), residents.mun, np.maximum(number // 40, 1), rng)
    workers = np.flatnonzero(employer >= 0)
    order = workers[shuffled_within(employer[workers], rng)]
    if order.size == 0:
        return friend
    number = np.bincount(employer[workers])
    mate = np.full(n, -1)
    mate[order] = _someone_near(
        np.arange(len(order)), group_starts(number), employer[order], np.maximum(number - 1, 1), rng
    )
    found = mate >= 0
    mate[found] = order[mate[found]]
    return np.where(found & (rng.random(n) < profiles.CONTACT_AT_WORK), mate, friend)


def _someone_near(
    order: IntArray, starts: IntArray, group: IntArray, reach: IntArray, rng: np.random.Generator
) -> IntArray:
    """Another member of the group, at most `reach` places away in the order (round the end).

    Args:
        order: int64[n], members sorted by group.
        starts: int64[groups + 1], places of each group in `order`.
        group: int64[n], group of each member.
        reach: int64[groups], at least 1.
        rng: source of the draws.

    Returns:
        int64[n], -1 for the only member of a group.
    """
    mine = group[order]
    first, size = starts[mine], np.diff(starts)[mine]
    place = np.arange(len(order)) - first
    near = np.minimum(reach[mine], size - 1)
    step = 1 + np.floor(rng.random(len(order)) * near).astype(np.int64)
    forward = rng.random(len(order)) < 0.5
    target = np.where(forward, place + step, place - step)
    # At either end of the order look the other way, unless that leaves the group, too.
    target = np.where(target < 0, place + step, target)
    target = np.where(target >= size, np.maximum(place - step, 0), target)
    target = np.where(target == place, (place + 1) % np.maximum(size, 1), target)
    out = np.empty(len(order), np.int64)
    out[order] = np.where(size > 1, order[np.minimum(first + target, len(order) - 1)], -1)
    return out
