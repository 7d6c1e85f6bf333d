"""Wages and housing adjust: yearly pay revision, prices, construction of dwellings."""

from __future__ import annotations

import numpy as np

from abm.core.jit import allocating_kernel, kernel
from abm.core.rng import Stream, draw4, unit
from abm.core.state import (
    EMPLOYED,
    EMPLOYER_CODES,
    JANUARY,
    NEW_JOBS,
    OUTSIDE,
    SETTLED,
    Counts,
    Residents,
    S,
    Tables,
    age_years,
    set_class,
    set_limits,
)
from abm.core.tables.careers import LAST_SCHOOLING

SKILL = int(Stream.SKILL)


@kernel
def _graduate(r, t, row, age, month, key):
    """Whether somebody has reached the next education this year; pay relative to before, one if not.

    Pay goes from that of the old education in the sector of the last job, at this age, to that of the new one.
    """
    skill = np.int64(r.skill[row])
    if skill == t.schooling.shape[3]:
        return 1.0
    sex = np.int64(r.sex[row])
    chance = t.schooling[r.mun[row], sex, age, skill]
    if chance <= 0.0:
        return 1.0
    word, _, _, _ = draw4(r.uid[row], month, SKILL, 1, key)
    if unit(word) >= chance:
        return 1.0
    r.skill[row] = skill + 1
    sector = min(np.int64(r.sector[row]), S)
    before = t.wage_base[sector, skill] * t.career[skill, sex, age]
    return t.wage_base[sector, skill + 1] * t.career[skill + 1, sex, age] / before


@allocating_kernel
def revise_wages(r, e, c, t, ratio, month, key):
    """Yearly revision: wages follow the index of the cell of the job, experience and education.

    Whoever has no job has a wage too, the last one or what the first would pay, which goes with experience and
    education alone.

    Args:
        t: tables, `raises` and `schooling` among them.
        ratio: float64[M, S], wage index now relative to the last revision.
        month: a December; everybody has had one birthday since the last.
    """
    factor = np.ones(EMPLOYER_CODES + e.mun.size)
    for k in range(e.mun.size):
        factor[EMPLOYER_CODES + k] = ratio[e.mun[k], e.sector[k]]
    for row in range(r.meta[0]):
        status = r.status[row]
        if status < EMPLOYED or status > OUTSIDE:
            continue
        age = age_years(r, row, month)
        change = factor[r.employer[row] + EMPLOYER_CODES] * t.raises[r.skill[row], age]
        if age <= LAST_SCHOOLING:
            change *= _graduate(r, t, row, age, month, key)
        before = r.wage[row]
        r.wage[row] = np.int32(before * change + 0.5)
        if status == EMPLOYED:
            c.wage_sum[r.mun[row]] += np.int64(r.wage[row]) - np.int64(before)


@kernel
def _turn_of_year(r, month, people):
    """Everybody's bounds from this January on; residents by municipality and age are counted.

    Those in a new job may be settled now; no other class changes by time alone.

    Args:
        people: int64[M, 101], residents by age in completed years, added to.
    """
    r.meta[JANUARY] = month
    for row in range(r.meta[0]):
        if r.cls[row] >= NEW_JOBS and month - r.job[row] >= SETTLED:
            set_class(r, row)
        else:
            set_limits(r, row)
        if r.status[row] != 0:
            people[r.mun[row], age_years(r, row, month)] += 1


def turn_of_year(r: Residents, c: Counts, t: Tables, month: int) -> None:
    """Once a year everyone's age counts anew: for the bounds on hazards, and for the need of public services.

    Need is counted with the ages now and in a year; until the next January only events change it.
    """
    ages = t.need.shape[1]
    people = np.zeros((c.need.shape[0], ages), np.int64)
    _turn_of_year(r, month, people)
    in_a_year = np.minimum(np.arange(ages) + 1, ages - 1)
    c.need[:] = people @ t.need.T
    c.need_later[:] = people @ t.need[:, in_a_year].T
