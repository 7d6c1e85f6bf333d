"""What one pass over the residents adds up, whatever the running counts say."""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.core.columns import Columns
from abm.core.jit import kernel
from abm.core.state import EMPLOYED, Employers, Households, Residents, Tables
from abm.schema import EMPLOYER_NONE

BROKEN = 7
NO_JOB, JOB_OF_NOBODY, ONE_SIDED, APART, OUT_OF_RING, ASTRAY, NOT_ONCE = range(BROKEN)
"""What may be broken of single residents; `abm.core.invariants` has the sentences."""


class Recount(Columns):
    """The sums, and what does not hold."""

    status: Any  # int64[M, 6]
    people: Any  # int64[M, 101], residents by age in January
    people_later: Any  # int64[M, 101], the same residents a year later
    wage_sum: Any  # int64[M]
    commuters: Any  # int64[Z, Z], without those from the boundary zones
    establishment: Any  # int64[Z, Z]
    staff: Any  # int64[U, Z]
    held: Any  # int64[E], residents who work at each employer
    members: Any  # int64[H], residents of each household
    home: Any  # int64[H], where one of them lives, or -1
    followed: Any  # int64[N], whose next in the household each resident is
    broken: Any  # bool[BROKEN], what does not hold of single residents


@kernel
def _add_up(r, e, january, out):
    """Fill `out` from the residents, one pass; nothing is taken over from the running counts."""
    used = r.meta[0]
    n_mun, n_age = out.people.shape
    for row in range(used):
        house = np.int64(r.household[row])
        employer = np.int64(r.employer[row])
        partner = np.int64(r.partner[row])
        if employer >= 0:
            out.held[employer] += 1
        if r.status[row] != EMPLOYED and employer != EMPLOYER_NONE:
            out.broken[JOB_OF_NOBODY] = True
        if partner >= 0:
            out.broken[ONE_SIDED] |= r.partner[partner] != row
            out.broken[APART] |= r.household[partner] != house
        if r.status[row] == 0:
            continue
        home = np.int64(r.mun[row])
        age = (january - np.int64(r.birth[row])) // 12
        out.status[home, r.status[row]] += 1
        out.people[home, min(max(age, 0), n_age - 1)] += 1
        out.people_later[home, min(max(age + 1, 0), n_age - 1)] += 1
        out.members[house] += 1
        out.home[house] = home
        following = np.int64(r.next[row])
        if following < 0 or following >= used:
            out.broken[OUT_OF_RING] = True
        else:
            out.followed[following] += 1
            out.broken[ASTRAY] |= r.household[following] != house
        if r.status[row] == EMPLOYED:
            out.wage_sum[home] += np.int64(r.wage[row])
            if employer == EMPLOYER_NONE:
                out.broken[NO_JOB] = True
                continue
            work = np.int64(e.mun[employer]) if employer >= 0 else n_mun - 2 - employer
            out.commuters[home, work] += 1
            if employer >= 0 and e.unit[employer] >= 0:
                out.establishment[home, work] += 1
                out.staff[e.unit[employer], home] += 1
    for row in range(used):
        out.broken[NOT_ONCE] |= r.status[row] != 0 and out.followed[row] != 1


def add_up(
    r: Residents, h: Households, e: Employers, t: Tables, n_mun: int, n_zone: int, month: int
) -> Recount:
    """Stocks from scratch."""
    ages = (n_mun, t.need.shape[1])
    out = Recount(
        status=np.zeros((n_mun, 6), np.int64),
        people=np.zeros(ages, np.int64),
        people_later=np.zeros(ages, np.int64),
        wage_sum=np.zeros(n_mun, np.int64),
        commuters=np.zeros((n_zone, n_zone), np.int64),
        establishment=np.zeros((n_zone, n_zone), np.int64),
        staff=np.zeros_like(e.staff),
        held=np.zeros(e.mun.size, np.int64),
        members=np.zeros(h.size.size, np.int64),
        home=np.full(h.size.size, -1, np.int64),
        followed=np.zeros(r.uid.size, np.int64),
        broken=np.zeros(BROKEN, np.bool_),
    )
    _add_up(r, e, month - month % 12, out)
    return out
