"""Recruitment by the establishments of a scenario.

Residents who come to consider the establishment's jobs value them as any other
offer. In behavioural mode those who prefer the job to declining apply, and the
establishment ranks them. In study mode the number recruited through each channel
(commuters and movers by county of origin, the rest local) is imposed: the
alternative-specific constant of a channel is solved for, which is the same as
taking those with the highest random utility until the number is met. Who they
are is behaviour; how many is the study's assumption.
"""

from __future__ import annotations

import numpy as np

from abm.core.choice import (
    amenity,
    children_at_home,
    job_amenity,
    moving_ties,
    net_gain,
    night_cost,
    offered_wage,
)
from abm.core.jit import kernel
from abm.core.rng import Stream, draw4, gumbel
from abm.core.state import DAILY, EMPLOYED, LOCAL, UNEMPLOYED, WEEKLY, S, leave_job, take_job
from abm.phases.moves import move_home

RECRUIT = int(Stream.RECRUIT)
MOVE = 4


@kernel
def value_offers(
    r,
    h,
    e,
    t,
    tr,
    mk,
    p,
    rows,
    words,
    threshold,
    where,
    sector,
    related,
    premium,
    remote,
    month,
    key,
    unit_no,
    out,
    score,
):
    """Value an establishment's job for everyone who considers it, against declining.

    U(mode) = gain - costs(mode) + related skills + choice_scale * (Gumbel(mode) - Gumbel(decline)).

    Args:
        rows, words: the aware residents and their draws; only draws >= `threshold` of this establishment count.
        where, sector: zone and sector of the establishment.
        related: float64[S + 1], relatedness of skills to the establishment's, 0..1.
        premium: wage above the going one, share.
        remote: share of days worked at home.
        out: int64[3, n], out: row, best mode without moving, wage.
        score: float64[2, n], out: value of the best mode without moving, and of moving.

    Returns:
        Number of candidates written.
    """
    n = 0
    scale = p.choice_scale
    for k in range(rows.size):
        row = rows[k]
        if words[k] < threshold or r.status[row] < EMPLOYED or r.status[row] > UNEMPLOYED + 1:
            continue
        employer = r.employer[row]
        if employer >= 0 and e.unit[employer] >= 0:
            continue
        if month - r.address[row] < 3 and r.address[row] > 0:
            continue
        home = r.mun[row]
        w0, w1, w2, _ = draw4(r.uid[row], month, RECRUIT, unit_no, key)
        wage = offered_wage(r, t, mk, row, where, sector) * (1.0 + premium)
        gain = (
            net_gain(r, t, p, row, wage)
            + amenity(r, p, row, where * 32 + sector, key)
            - job_amenity(r, p, row, key)
        )
        own = related[min(np.int64(r.sector[row]), S)]
        gain += own * p.related_skill_boost
        if r.status[row] == UNEMPLOYED:
            gain += own * p.targeted_recruitment
        decline = gumbel(w0)
        if home == where:
            stay = gain
            mode = LOCAL
        else:
            small, school = children_at_home(r, h, row, month)
            stay = (
                gain
                - tr.weekly[home, where]
                - night_cost(r, p, row, small or school or r.partner[row] >= 0, key)
            )
            mode = WEEKLY
            if tr.minutes[home, where] <= p.daily_limit:
                daily = gain - (1.0 - remote) * tr.daily[home, where]
                if daily >= stay:
                    stay = daily
                    mode = DAILY
        out[0, n] = row
        out[1, n] = mode
        out[2, n] = np.int64(wage)
        score[0, n] = stay + scale * (gumbel(w1) - decline)
        if home == where:
            score[1, n] = -1e18
        else:
            ties = moving_ties(r, h, tr, mk, p, row, where, month)
            score[1, n] = gain - ties + scale * (gumbel(w2) - decline)
        n += 1
    return n


@kernel
def hire_selected(r, h, e, c, t, tr, p, rows, modes, wages, employer, sector, month):
    """Hire the chosen candidates; movers bring their household, if there is a dwelling.

    Returns:
        Workers who moved.
    """
    where = np.int64(e.mun[employer])
    moved = 0
    for k in range(rows.size):
        row = rows[k]
        if r.status[row] == 0:
            continue
        home = np.int64(r.mun[row])
        if r.status[row] == EMPLOYED:
            leave_job(r, e, c, row)
        mode = modes[k]
        take_job(r, e, c, row, employer, WEEKLY if mode == MOVE else mode, sector, np.int32(wages[k]), month)
        if mode == MOVE:
            persons = move_home(r, h, e, c, t, tr, p, row, where, month)
            if persons > 0:
                c.hires[home, where] += 1
                c.hires_total[home, where] += 1
                c.hire_persons[home, where] += persons
                moved += 1
    return moved
