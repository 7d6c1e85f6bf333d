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

from abm.core.choice import AMENITY, kind_of_job, tax_saved
from abm.core.jit import inline_kernel, kernel
from abm.core.prefetch import AHEAD
from abm.core.rng import BLOCK, Stream, draw_block, gumbel, moment, near_normal
from abm.core.seekers import cost_of_moving, cost_to_partner, net_gain, offered_wage, weigh_home
from abm.core.state import (
    CHILDREN,
    DAILY,
    DISTANCE,
    DWELLING,
    EMPLOYED,
    LOCAL,
    MOVE,
    PARTNER,
    PAY,
    UNEMPLOYED,
    WEEKLY,
    fetch,
    fetch_ahead,
    fetch_household,
    leave_job,
    take_job,
)
from abm.phases.moves import move_home, stay

RECRUIT = int(Stream.RECRUIT)


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
        fetch_ahead(r, rows, k)
        row = np.int64(rows[k])
        if words[k] < threshold[r.mun[row]] or not wanted[r.mun[row]]:
            continue
        if r.status[row] < EMPLOYED or r.status[row] > UNEMPLOYED + 1:
            continue
        employer = r.employer[row]
        if employer >= 0 and e.unit[employer] >= 0:
            continue
        if month - r.address[row] < 3 and r.address[row] >= 0:
            continue
        out[n] = row
        n += 1
    return n


@inline_kernel
def _reason(r, p, row, small, school, at_home, to_partner):
    """What keeps a resident from a job elsewhere.

    pay: the job would not be worth it next door either (`at_home` <= 0); else the heavier of
    what ties this resident beyond what a move costs everybody, partner or children;
    distance for those whom neither ties.
    """
    if at_home <= 0.0:
        return PAY
    partner = 0.0
    if r.partner[row] >= 0:
        partner = p.tie_partner + to_partner
    children = p.tie_school_child if school else (p.tie_child if small else 0.0)
    if partner <= 0.0 and children <= 0.0:
        return DISTANCE
    return PARTNER if partner >= children else CHILDREN


@kernel
def value_offers(
    q,
    n,
    r,
    h,
    e,
    c,
    t,
    tr,
    mk,
    p,
    where,
    sector,
    related,
    premium,
    remote,
    month,
    key,
    unit_no,
    v,
    out,
    score,
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
        v: scratch.
        out: int64[3, n], out: row, best mode without moving, wage.
        score: float64[2, n], out: value of the best mode without moving, and of moving.
    """
    scale = p.choice_scale
    w = v.words
    for first in range(0, n, BLOCK):
        size = min(BLOCK, n - first)
        uid = q.uid[first : first + size]
        draw_block(uid, moment(month, RECRUIT), np.uint64(unit_no), key, w[0], w[1], w[2], w[3])
        draw_block(uid, moment(0, AMENITY), kind_of_job(where, sector), key, w[4], w[5], w[6], w[7])
        for j in range(size):
            k = first + j
            row = np.int64(q.row[k])
            fetch(r, q.row[min(k + 2 * AHEAD, n - 1)])
            fetch_household(r, h, np.int64(q.row[min(k + AHEAD, n - 1)]))
            home = q.home[k]
            wage = offered_wage(q, k, t, mk, where, sector) * (1.0 + premium)
            own = related[q.own[k]]
            liking = p.amenity_spread * near_normal(w[4, j], w[5, j], w[6, j], w[7, j])
            gain = net_gain(q, k, t, wage, liking) + own * p.related_skill_boost
            if r.status[row] == UNEMPLOYED:
                gain += own * p.targeted_recruitment
            decline = gumbel(w[0, j])
            luck = scale * (gumbel(w[1, j]) - decline)
            out[0, k] = row
            out[2, k] = np.int64(wage)
            if home == where:
                out[1, k] = LOCAL
                score[0, k] = gain + luck
                score[1, k] = -1e18
                continue
            small, school = weigh_home(q, k, r, h, e, t, tr, p, month)
            score[0, k] = gain - tr.weekly[home, where] - q.nights[k] + luck
            out[1, k] = WEEKLY
            if tr.minutes[home, where] <= p.daily_limit:
                daily = gain - (1.0 - remote) * tr.daily[home, where] + scale * (gumbel(w[3, j]) - decline)
                if daily >= score[0, k]:
                    score[0, k] = daily
                    out[1, k] = DAILY
            there = gain + tax_saved(t, home, where, wage) - cost_of_moving(q, k, tr, mk, p, where)
            score[1, k] = there + scale * (gumbel(w[2, j]) - decline)
            if max(score[0, k], score[1, k]) <= 0.0:
                to_partner = cost_to_partner(q, k, tr, mk, p, where)
                why = _reason(r, p, row, small, school, gain + luck, to_partner)
                c.declined[home, why] += 1


@kernel
def hire_selected(r, h, e, c, t, tr, p, rows, modes, wages, employer, sector, month, movers):
    """Hire the chosen candidates; movers bring their household, if there is a dwelling.

    Args:
        movers: int32[2, n], out: rows of the workers who moved, and where they live now.

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
        c.hired[home, np.int64(r.status[row]) - EMPLOYED] += 1  # nobody else is a candidate
        if r.status[row] == EMPLOYED:
            leave_job(r, e, c, row)
        # the partner, hired before in this month, may have brought the home along
        mode = modes[k] if home != where else LOCAL
        take_job(r, e, c, row, employer, WEEKLY if mode == MOVE else mode, sector, np.int32(wages[k]), month)
        if mode == MOVE:
            persons = move_home(r, h, e, c, t, tr, p, row, where, month)
            if persons == 0:
                c.declined[home, DWELLING] += 1
                stay(r, e, tr, p, row)
            else:
                c.hires[home, where] += 1
                e.moved_in[e.unit[employer], home] += 1
                c.hire_persons[home, where] += persons
                movers[0, moved] = row
                movers[1, moved] = where
                moved += 1
    return moved


@kernel
def without(rows, gone):
    """Take some rows out of others, in place; both in ascending order.

    Returns:
        How many are left.
    """
    n = 0
    g = 0
    for k in range(rows.size):
        while g < gone.size and gone[g] < rows[k]:
            g += 1
        if g < gone.size and gone[g] == rows[k]:
            continue
        rows[n] = rows[k]
        n += 1
    return n
