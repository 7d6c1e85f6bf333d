"""Job separations, entry to and exit from the labour force, and who looks for a job."""

from __future__ import annotations

import numpy as np

from abm.core.choice import education_at, pay_spread, starting_pay
from abm.core.jit import kernel
from abm.core.rng import WORDS, Stream, draw4, unit
from abm.core.state import (
    ADULT,
    CHILD,
    DAILY,
    EARLY_RETIREMENT,
    EMPLOYED,
    OUTSIDE,
    RETIRED,
    RETIREMENT,
    SETTLED,
    UNEMPLOYED,
    WEEKLY,
    age_years,
    fetch_ahead,
    leave_job,
    set_status,
    work_zone,
)
from abm.core.tables.labour import FIRST_YEAR, LATER_YEARS

SKILL = int(Stream.SKILL)


@kernel
def _come_of_age(r, c, t, row, key):
    """At sixteen: out of childhood, with the education and the pay of that age."""
    a, b, _, _ = draw4(r.uid[row], 0, SKILL, 0, key)
    home = np.int64(r.mun[row])
    sex = np.int64(r.sex[row])
    skill = education_at(t, home, sex, ADULT, unit(a))
    r.skill[row] = skill
    r.wage[row] = np.int32(starting_pay(t, home, skill, sex, ADULT) * pay_spread(b))
    set_status(r, c, row, OUTSIDE)


@kernel
def labour_events(r, e, c, t, p, tr, rows, words, month, key, entry_factor, searchers):
    """Separations (quit or dismissed), exits, entries and the list of this month's searchers.

    One draw u decides for the employed between disjoint events, in this order:
    dismissal by the employer, separation (more often for long commuters), exit from the
    labour force, search on the job.

    Args:
        entry_factor: float64[M], entry to the labour force relative to the start.
        searchers: int32[N], out.

    Returns:
        Number of searchers.
    """
    n = 0
    n_mun = c.status.shape[0]
    for k in range(rows.size):
        fetch_ahead(r, rows, k)
        row = np.int64(rows[k])
        status = r.status[row]
        if status == 0:
            continue
        u = unit(words[k])
        age = age_years(r, row, month)
        sex = r.sex[row]
        if status == EMPLOYED:
            employer = r.employer[row]
            at = 0.0
            if employer >= 0:
                at = e.layoff[employer] / WORDS
            dismissed = u < at
            long_commute = False
            if r.mode[row] >= DAILY:
                long_commute = (
                    r.mode[row] == WEEKLY or tr.minutes[r.mun[row], work_zone(r, e, row, n_mun)] > p.time_kink
                )
            rate = p.separation_rate * t.jobs_end[r.mun[row]]
            rate *= FIRST_YEAR if month - r.job[row] < SETTLED else LATER_YEARS
            if long_commute:
                rate *= p.long_commute_separation
            at += rate
            if u < at:
                leave_job(r, e, c, row)
                set_status(r, c, row, RETIRED if age >= RETIREMENT else UNEMPLOYED)
                if dismissed and age < RETIREMENT:
                    searchers[n] = row
                    n += 1
                continue
            at += t.exit[sex, age]
            if u < at:
                leave_job(r, e, c, row)
                set_status(r, c, row, RETIRED if age >= EARLY_RETIREMENT else OUTSIDE)
                continue
            at += p.search_on_the_job
            if u < at and age < 62:
                searchers[n] = row
                n += 1
        elif status == UNEMPLOYED:
            if age >= RETIREMENT:
                set_status(r, c, row, RETIRED)
            elif u < t.exit[sex, age]:
                set_status(r, c, row, RETIRED if age >= EARLY_RETIREMENT else OUTSIDE)
            elif u < t.exit[sex, age] + p.search_unemployed:
                searchers[n] = row
                n += 1
        elif status == OUTSIDE:
            if age >= RETIREMENT:
                set_status(r, c, row, RETIRED)
            elif u < t.entry[r.mun[row], sex, age] * entry_factor[r.mun[row]]:
                set_status(r, c, row, UNEMPLOYED)
                searchers[n] = row
                n += 1
        elif status == CHILD and age >= ADULT:
            _come_of_age(r, c, t, row, key)
    return n
