"""Employers turn demand into desired jobs, vacancies and, where jobs are too many, dismissals."""

from __future__ import annotations

import math

import numpy as np

from abm.core.jit import kernel
from abm.core.rng import WORDS

DISMISSAL_SPEED = 0.5
"""Share of the excess jobs that ends in a month."""
AT_ONCE = 20.0
"""Jobs from which on all of an excess end at once."""


@kernel
def jobs_wanted(e, k, index):
    """Jobs that an ordinary employer wants where output is `index` times that of the start."""
    level = e.base[k] * index + e.shift[k] + e.contract[k] + e.rounding[k]
    return int(math.floor(level)) if level > 0.0 else 0


@kernel
def order(e, bid_weight, jobs, weight):
    """Add what an establishment orders to the contracts of every employer.

    contract += share of the product's orders * jobs that they ask for / weight

    Args:
        bid_weight: float64[E], share of each product's orders that goes to each employer.
        jobs: float64[S], jobs that the orders ask for, official size.
        weight: residents that one simulated resident stands for.
    """
    for k in range(e.mun.size):
        e.contract[k] += bid_weight[k] * jobs[e.sector[k]] / weight


@kernel
def count_contracts(e, weight, out):
    """Jobs that contracts ask for by municipality and sector, official size, into float64[M, S]."""
    out[:, :] = 0.0
    for k in range(e.mun.size):
        out[e.mun[k], e.sector[k]] += e.contract[k]
    for m in range(out.shape[0]):
        for s in range(out.shape[1]):
            out[m, s] *= weight


@kernel
def plan_dismissals(e, unit_jobs, weight):
    """Chance of dismissal at every employer with more staff than it wants, at the beginning of a month.

    Ordinary employers want what they planned last month, establishments what they plan for this one, so that
    jobs that a scenario ends in a month end in that month. Of jobs too many, half end in a month (all where they
    are 20 or more), those of residents and of commuters from the boundary zones alike.

    Args:
        unit_jobs: float64[U], jobs that the establishments plan.
        weight: residents that one simulated resident stands for.
    """
    for k in range(e.mun.size):
        if e.unit[k] >= 0:
            e.desired[k] = int(math.floor(unit_jobs[e.unit[k]] + 0.5))
        filled = e.filled[k] + e.boundary[k]
        excess = filled - e.desired[k]
        share = 0.0
        if excess > 0:
            speed = DISMISSAL_SPEED if excess * weight < AT_ONCE else 1.0
            # how many commute from the boundary zones to an establishment is the plan's
            staff = filled if e.unit[k] < 0 else e.filled[k]
            share = min(1.0, speed * excess / staff) if staff > 0 else 0.0
        e.layoff[k] = np.uint32(share * (WORDS - 1.0))


@kernel
def plan_jobs(e, index, unit_jobs, open_jobs):
    """Desired jobs and vacancies of every employer.

    desired = floor(base * index(cell) + shift + contract + rounding), at least 0, where the
    rounding offset is fixed for life, so that a change of demand changes whole jobs
    at a few employers and never reshuffles the others. What is too many ends at the beginning of the next
    month, see `plan_dismissals`.

    Args:
        index: float64[M, S], output of the cell relative to the start.
        unit_jobs: float64[U], jobs that the establishments plan.
        open_jobs: int64[M, S], out: vacancies of ordinary employers.
    """
    open_jobs[:, :] = 0
    for k in range(e.mun.size):
        m = e.mun[k]
        s = e.sector[k]
        if e.unit[k] >= 0:
            desired = int(math.floor(unit_jobs[e.unit[k]] + 0.5))
        else:
            desired = jobs_wanted(e, k, index[m, s])
        e.desired[k] = desired
        gap = max(desired - e.filled[k] - e.boundary[k], 0)
        e.vacancies[k] = gap
        if e.unit[k] < 0:
            open_jobs[m, s] += gap


@kernel
def count_vacancies(e, out):
    """Open jobs by municipality and sector after the month's hiring, establishments included."""
    out[:, :] = 0
    for k in range(e.mun.size):
        gap = e.desired[k] - e.filled[k] - e.boundary[k]
        if gap > 0:
            out[e.mun[k], e.sector[k]] += gap
