"""Wages and housing adjust: yearly pay revision, prices, construction of dwellings."""

from __future__ import annotations

import numpy as np

from abm.core.jit import allocating_kernel, kernel
from abm.core.state import (
    EMPLOYER_CODES,
    JANUARY,
    NEW_JOBS,
    SETTLED,
    Counts,
    Residents,
    Tables,
    age_years,
    set_class,
    set_limits,
)


@allocating_kernel
def revise_wages(r, e, c, ratio):
    """Yearly revision: everyone's wage follows the wage index of the cell of the job.

    Whoever has no employer here has a factor of one, which leaves a wage of whole kronor as it is: nothing has to be
    guessed about who works, and residents of a municipality mostly lie in a row.

    Args:
        ratio: float64[M, S], wage index now relative to the last revision.
    """
    factor = np.ones(EMPLOYER_CODES + e.mun.size)
    for k in range(e.mun.size):
        factor[EMPLOYER_CODES + k] = ratio[e.mun[k], e.sector[k]]
    home = np.int64(0)
    more = np.int64(0)
    for row in range(r.meta[0]):
        if r.mun[row] != home:
            c.wage_sum[home] += more
            home = np.int64(r.mun[row])
            more = np.int64(0)
        before = r.wage[row]
        new = np.int32(before * factor[r.employer[row] + EMPLOYER_CODES] + 0.5)
        more += np.int64(new) - np.int64(before)
        r.wage[row] = new
    c.wage_sum[home] += more


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
