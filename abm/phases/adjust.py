"""Wages and housing adjust: yearly pay revision, prices, construction of dwellings."""

from __future__ import annotations

import numpy as np

from abm.core.jit import allocating_kernel, kernel
from abm.core.state import EMPLOYED, Counts, Residents, Tables, age_years


@allocating_kernel
def revise_wages(r, e, c, ratio):
    """Yearly revision: everyone's wage follows the wage index of the cell of the job.

    Args:
        ratio: float64[M, S], wage index now relative to the last revision.
    """
    for row in range(r.meta[0]):
        if r.status[row] == EMPLOYED and r.employer[row] >= 0:
            employer = r.employer[row]
            factor = ratio[e.mun[employer], e.sector[employer]]
            if factor != 1.0:
                new = np.int32(r.wage[row] * factor + 0.5)
                c.wage_sum[r.mun[row]] += np.int64(new) - np.int64(r.wage[row])
                r.wage[row] = new


@kernel
def _count_ages(r, month, people):
    """Residents by municipality and age in completed years, added to int64[M, 101]."""
    for row in range(r.meta[0]):
        if r.status[row] != 0:
            people[r.mun[row], age_years(r, row, month)] += 1


def recount_need(r: Residents, c: Counts, t: Tables, month: int) -> None:
    """Need of public services with everyone's age now and in a year; until the next recount only events change it."""
    ages = t.need.shape[1]
    people = np.zeros((c.need.shape[0], ages), np.int64)
    _count_ages(r, month, people)
    in_a_year = np.minimum(np.arange(ages) + 1, ages - 1)
    c.need[:] = people @ t.need.T
    c.need_later[:] = people @ t.need[:, in_a_year].T
