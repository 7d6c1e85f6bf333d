"""Wages and housing adjust: yearly pay revision, prices, construction of dwellings."""

from __future__ import annotations

import numpy as np

from abm.core.jit import allocating_kernel, kernel
from abm.core.state import EMPLOYED, N_PUBLIC


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
def recount_need(r, c, t, month):
    """Need of public services with everyone's age now and in a year; until the next recount only events change it."""
    c.need[:, :] = 0
    c.need_later[:, :] = 0
    for row in range(r.meta[0]):
        if r.status[row] != 0:
            age = min(max((month - r.birth[row]) // 12, 0), 100)
            later = min(max((month + 12 - r.birth[row]) // 12, 0), 100)
            for p in range(N_PUBLIC):
                c.need[r.mun[row], p] += t.need[p, age]
                c.need_later[r.mun[row], p] += t.need[p, later]
