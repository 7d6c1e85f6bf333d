"""Commuters who live in the boundary zones: they leave jobs and take open ones.

Nobody there is modelled one by one; they are stocks of jobs held, by employer.
"""

from __future__ import annotations

import math

import numpy as np

from abm.core.jit import inline_kernel, kernel
from abm.core.rng import WORDS, Stream, draw4, unit

IN_COMMUTERS, DISMISSED = int(Stream.IN_COMMUTERS), int(Stream.DISMISSED)
JOB_CHANGES = 0.01
"""Share of jobs changed for another in a month, SCB 2013:32."""


@inline_kernel
def turnover(p):
    """Share of commuters from the boundary zones who leave a job in a month, without work or for another."""
    return p.separation_rate * p.long_commute_separation + JOB_CHANGES


@kernel
def _count(e, c, k, change):
    """One commuter more or less at an employer; of those from abroad only when there is nobody else."""
    m = np.int64(e.mun[k])
    zone = c.status.shape[0]
    if change < 0 and c.commuters[zone, m] == 0:
        zone += 1
    e.boundary[k] += change
    c.commuters[zone, m] += change
    c.filled[m, e.sector[k]] += change


@kernel
def in_commuters(e, c, p, wanted, open_jobs, month, key):
    """Are dismissed, leave and are hired, at ordinary employers.

    dismissed: floor(boundary(k) * layoff(k) + u), the share of the employer's residents whose job ends;
    leave: floor(boundary(cell) * turnover + u), each of them any of the cell's commuters;
    hire: floor(wanted(m) * turnover * open(cell) / open(m) + u), each for any of the cell's open jobs.

    So as many as are wanted stay, wherever in the municipality jobs are open.

    Args:
        wanted: float64[M], commuters that a municipality tends to.
        open_jobs: int64[M, S], reduced by the jobs filled; what is left now is open next month.

    Returns:
        How many more commute than before.
    """
    n_mun, n_sector = open_jobs.shape
    share = turnover(p)
    more = 0
    for m in range(n_mun):
        vacant = max(open_jobs[m].sum(), 1)
        for s in range(n_sector):
            cell = m * n_sector + s
            first, last = e.cell_start[cell], e.cell_start[cell + 1]
            more -= _dismissed(e, c, first, last, cell, month, key)
            held = 0
            for k in range(first, last):
                if e.unit[k] < 0:
                    held += e.boundary[k]
            a, b, _, _ = draw4(cell, month, IN_COMMUTERS, 0, key)
            leaving = int(math.floor(held * share + unit(a)))
            coming = int(math.floor(wanted[m] * share * open_jobs[m, s] / vacant + unit(b)))
            for i in range(min(coming, open_jobs[m, s])):
                w, _, _, _ = draw4(cell, month, IN_COMMUTERS, 1 + 2 * i, key)
                k = _holder(e.vacancies, e.unit, first, last, int(unit(w) * open_jobs[m, s]))
                _count(e, c, k, 1)
                e.vacancies[k] -= 1
                open_jobs[m, s] -= 1
                more += 1
            for i in range(min(leaving, held)):
                w, _, _, _ = draw4(cell, month, IN_COMMUTERS, 2 + 2 * i, key)
                _count(e, c, _holder(e.boundary, e.unit, first, last, int(unit(w) * (held - i))), -1)
                more -= 1
    return more


@kernel
def _dismissed(e, c, first, last, cell, month, key):
    """Jobs of the boundary zones' commuters that employers `first` to `last` end because they have too many."""
    gone, place = 0, 0
    for k in range(first, last):
        if e.unit[k] >= 0:
            continue
        place += 1
        if e.layoff[k] == 0 or e.boundary[k] == 0:
            continue
        w, _, _, _ = draw4(cell, month, DISMISSED, place, key)
        for _ in range(int(math.floor(e.boundary[k] * (e.layoff[k] / WORDS) + unit(w)))):
            _count(e, c, k, -1)
            gone += 1
    return gone


@kernel
def _holder(number, of_unit, first, last, which):
    """The ordinary employer that holds the `which`-th of what `number` counts, from `first` on."""
    for k in range(first, last):
        if of_unit[k] < 0:
            which -= number[k]
            if which < 0:
                return k
    return last - 1
