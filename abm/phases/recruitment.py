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

from abm.core.choice import amenity, children_at_home, partner_job_tie
from abm.core.jit import kernel
from abm.core.rng import Stream, draw4, gumbel
from abm.core.seekers import cost_of_moving, look_around, net_gain, offered_wage
from abm.core.state import (
    CHILDREN,
    DAILY,
    DISTANCE,
    DWELLING,
    EMPLOYED,
    LOCAL,
    PARTNER,
    PAY,
    UNEMPLOYED,
    WEEKLY,
    leave_job,
    take_job,
)
from abm.phases.moves import move_home

RECRUIT = int(Stream.RECRUIT)
MOVE = 4


@kernel
def candidates(r, e, rows, words, threshold, wanted, month, out):
    """Residents who consider an establishment's jobs: aware, in or near the labour force, not with one already.

    Args:
        rows, words: residents who may be aware and their draws.
        threshold: uint64[Z], draws from here up make a resident of a zone aware of this establishment:
            2^32 (1 - awareness * visibility * exp(-awareness_decay * km)).
        wanted: bool[Z], zones from which the establishment still recruits.
        out: int32[n], out: their rows.

    Returns:
        Number of candidates.
    """
    n = 0
    for k in range(rows.size):
        row = np.int64(rows[k])
        if words[k] < threshold[r.mun[row]] or not wanted[r.mun[row]]:
            continue
        if r.status[row] < EMPLOYED or r.status[row] > UNEMPLOYED + 1:
            continue
        employer = r.employer[row]
        if employer >= 0 and e.unit[employer] >= 0:
            continue
        if month - r.address[row] < 3 and r.address[row] > 0:
            continue
        out[n] = row
        n += 1
    return n


@kernel
def _reason(r, h, p, row, month, at_home, partner_help):
    """What keeps a resident from a job elsewhere.

    pay: the job would not be worth it next door either (`at_home` <= 0); else the heavier of
    what ties this resident beyond what a move costs everybody, partner or children;
    distance for those whom neither ties.
    """
    if at_home <= 0.0:
        return PAY
    partner = 0.0
    if r.partner[row] >= 0:
        partner = p.tie_partner + partner_job_tie(r, p, row) * (1.0 - partner_help)
    small, school = children_at_home(r, h, row, month)
    children = p.tie_school_child if school else (p.tie_child if small else 0.0)
    if partner <= 0.0 and children <= 0.0:
        return DISTANCE
    return PARTNER if partner >= children else CHILDREN


@kernel
def value_offers(
    q, n, r, h, c, t, tr, mk, p, where, sector, related, premium, remote, month, key, unit_no, out, score
):
    """Value an establishment's job for everyone who considers it, against declining.

    U(mode) = gain - costs(mode) + related skills + choice_scale * (Gumbel(mode) - Gumbel(decline)).

    Args:
        q, n: the candidates as seekers, and how many.
        where, sector: zone and sector of the establishment.
        related: float64[S + 1], relatedness of skills to the establishment's, 0..1.
        premium: wage above the going one, share.
        remote: share of days worked at home.
        c: counts; those who decline a job in another municipality are counted by reason.
        out: int64[3, n], out: row, best mode without moving, wage.
        score: float64[2, n], out: value of the best mode without moving, and of moving.
    """
    scale = p.choice_scale
    for k in range(n):
        row = np.int64(q.row[k])
        home = q.home[k]
        w0, w1, w2, _ = draw4(q.uid[k], month, RECRUIT, unit_no, key)
        wage = offered_wage(q, k, t, mk, where, sector) * (1.0 + premium)
        own = related[q.own[k]]
        gain = net_gain(q, k, t, wage, amenity(q.uid[k], p, where, sector, key))
        gain += own * p.related_skill_boost
        if r.status[row] == UNEMPLOYED:
            gain += own * p.targeted_recruitment
        decline = gumbel(w0)
        out[0, k] = row
        out[2, k] = np.int64(wage)
        if home == where:
            out[1, k] = LOCAL
            score[0, k] = gain + scale * (gumbel(w1) - decline)
            score[1, k] = -1e18
            continue
        look_around(q, k, r, h, p, month)
        stay = gain - tr.weekly[home, where] - q.nights[k]
        out[1, k] = WEEKLY
        if tr.minutes[home, where] <= p.daily_limit:
            daily = gain - (1.0 - remote) * tr.daily[home, where]
            if daily >= stay:
                stay = daily
                out[1, k] = DAILY
        score[0, k] = stay + scale * (gumbel(w1) - decline)
        score[1, k] = gain - cost_of_moving(q, k, tr, mk, p, where) + scale * (gumbel(w2) - decline)
        if max(score[0, k], score[1, k]) <= 0.0:
            at_home = gain + scale * (gumbel(w1) - decline)
            help_there = tr.partner_help[where]
            c.declined[home, _reason(r, h, p, row, month, at_home, help_there)] += 1


@kernel
def hire_selected(r, h, e, c, t, tr, p, rows, modes, wages, employer, sector, month):
    """Hire the chosen candidates; movers bring their household, if there is a dwelling.

    Returns:
        Workers who moved.
    """
    where = np.int64(e.mun[employer])
    moved = 0
    for k in range(rows.size):
        row = np.int64(rows[k])
        if r.status[row] == 0:
            continue
        home = np.int64(r.mun[row])
        if r.status[row] == EMPLOYED:
            leave_job(r, e, c, row)
        mode = modes[k]
        take_job(r, e, c, row, employer, WEEKLY if mode == MOVE else mode, sector, np.int32(wages[k]), month)
        if mode == MOVE:
            persons = move_home(r, h, e, c, t, tr, p, row, where, month)
            if persons == 0:
                c.declined[home, DWELLING] += 1
            else:
                c.hires[home, where] += 1
                c.hires_total[home, where] += 1
                c.hire_persons[home, where] += persons
                moved += 1
    return moved
