"""Those who weigh job offers in a month, with what the choice needs side by side.

A choice reads some fifteen fields of a resident, of the contact and of the household, in up to three rounds.
So they are gathered once a month, block by block. What only an offer elsewhere needs
(ties, nights away) is worked out at the first such offer.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from abm.core.choice import (
    AMENITY,
    NIGHTS_A_MONTH,
    TYPE,
    amenity_of_job,
    children_at_home,
    going_wage,
    kind_of_job,
    nights_alone,
    partner_at_work,
    partner_loss,
    present_income,
    ties_here,
    ties_there,
)
from abm.core.columns import Columns
from abm.core.jit import inline_kernel, kernel
from abm.core.prefetch import AHEAD, prefetch
from abm.core.rng import BLOCK, draw_block, draw_block_each, moment, near_normal
from abm.core.state import DAILY, EMPLOYED, S, days_away, fetch, work_zone


class Seekers(Columns):
    """One entry a resident who weighs offers this month."""

    row: Any  # int32, row of the resident; -1 once a job is found
    uid: Any  # uint64
    home: Any  # uint8, municipality
    own: Any  # uint8, sector of the last job, S without experience
    skill: Any  # uint8
    origin: Any  # uint8
    pay: Any  # float64, last wage relative to the going pay of that kind of job; see `offered_wage`
    keep: Any  # float64, what declining is worth, SEK/month; see `net_gain`
    contact: Any  # int32, cell where the contact works, or -1
    ties: Any  # float64, cost of leaving the present home, SEK/month; NaN until an offer elsewhere
    partner_worth: Any  # float64, what the work of the partner is worth in a move, SEK/month; with the ties
    partner_work: Any  # int16, zone where the partner works, or -1
    partner_own: Any  # uint8, sector of the partner
    nights: Any  # float64, cost of nights away as a weekly commuter, SEK/month; without family until then


def seekers_of(capacity: int) -> Seekers:
    """Room for so many seekers."""
    types = (
        np.int32, np.uint64, np.uint8, np.uint8, np.uint8, np.uint8, np.float64, np.float64, np.int32,
        np.float64, np.float64, np.int16, np.uint8, np.float64,
    )  # fmt: skip
    return Seekers(*(np.empty(capacity, kind) for kind in types))


def room_for(q: Seekers, number: int) -> Seekers:
    """The seekers `q` if they have room for so many, else new ones with some room to spare."""
    return q if q.row.size >= number else seekers_of(number * 5 // 4)


class Scratch(Columns):
    """Room for the draws of a block of seekers."""

    kind: Any  # uint64[BLOCK]
    words: Any  # uint32[8, BLOCK], two draws


def scratch() -> Scratch:
    """Room for one block."""
    return Scratch(np.empty(BLOCK, np.uint64), np.empty((8, BLOCK), np.uint32))


@inline_kernel
def made_up_for(p):
    """Share of what a commute costs that the lasting liking of the job makes up for, in the mean of those who took it.

    Who took a job with a commute of cost C did so where amenity + passing taste > C. The amenity lasts, so those
    farther away like their job the better, by s_a^2 / (s_a^2 + s_e^2) of the difference in cost: the regression of
    the one part on the sum, with s_a = `amenity_spread` and s_e^2 = (pi * `choice_scale`)^2 / 3, the variance of the
    difference of two Gumbels.
    """
    amenity = p.amenity_spread**2
    return amenity / (amenity + (math.pi * p.choice_scale) ** 2 / 3.0)


@kernel
def _present_commute(q, k, r, h, e, tr, p, row, n_mun, month):
    """Cost of the present commute of a seeker, SEK a month: travel, and nights away if weekly.

    Jobs held since before the first month are liked alike wherever they are (see `amenity_of_job`): zero.
    """
    if r.status[row] != EMPLOYED or r.mode[row] < DAILY or r.job[row] < 0:
        return 0.0
    work = work_zone(r, e, row, n_mun)
    if r.mode[row] == DAILY:
        return tr.daily[q.home[k], work] * days_away(r, e, row)
    small, school = children_at_home(r, h, row, month)
    family = NIGHTS_A_MONTH * p.night_cost_family if small or school or r.partner[row] >= 0 else 0.0
    return tr.weekly[q.home[k], work] + q.nights[k] + family


@inline_kernel
def _pay_position(q, k, r, e, t, mk, row, n_mun):
    """Last wage relative to the going pay of that kind of job where it is held, and to the premium of the employer.

    Without a job, relative to the going pay at home.
    """
    zone = np.int64(q.home[k])
    premium = 0.0
    if r.status[row] == EMPLOYED:
        zone = np.int64(work_zone(r, e, row, n_mun))
        if r.employer[row] >= 0:
            premium = e.premium[r.employer[row]]
    own = np.int64(q.own[k])
    return float(r.wage[row]) / (
        going_wage(t, mk, zone, min(own, S - 1), q.skill[k], own < S) * (1.0 + premium)
    )


@inline_kernel
def _cell_of(r, e, contact):
    """Cell where a contact works, or -1.

    Contacts are told by their rows at the start, which are their identities too: who has another by now has taken
    the row of somebody who left or died, and is no acquaintance.
    """
    if contact < 0 or r.status[contact] != EMPLOYED or r.employer[contact] < 0:
        return np.int32(-1)
    if r.uid[contact] != np.uint64(contact):
        return np.int32(-1)
    employer = r.employer[contact]
    return np.int32(np.int32(e.mun[employer]) * S + e.sector[employer])


@kernel
def gather(q, r, h, e, t, tr, mk, p, rows, contacts, v, month, key):
    """Fill the first entries of `q` from the residents in `rows`.

    Args:
        contacts: whether it matters where the contacts of these work.
        v: scratch.
    """
    n_mun = tr.minutes.shape[0] - 2
    liked = made_up_for(p)
    w = v.words
    for first in range(0, rows.size, BLOCK):
        size = min(BLOCK, rows.size - first)
        for k in range(first, first + size):
            soon = rows[min(k + AHEAD, rows.size - 1)]
            fetch(r, soon)
            prefetch(r.uid, soon)
            if contacts:
                prefetch(r.contact, soon)
            row = rows[k]
            q.row[k] = row
            q.uid[k] = r.uid[row]
            q.home[k] = r.mun[row]
            q.own[k] = min(r.sector[row], np.uint8(S))
            q.skill[k] = r.skill[row]
            q.origin[k] = r.origin[row]
            q.contact[k] = r.contact[row] if contacts else np.int32(-1)
            q.ties[k] = np.nan
            v.kind[k - first] = kind_of_job(work_zone(r, e, row, n_mun), r.sector[row])
        uid = q.uid[first : first + size]
        draw_block(uid, moment(0, TYPE), np.uint64(0), key, w[0], w[1], w[2], w[3])
        for j in range(size):
            q.nights[first + j] = nights_alone(p, r.sex[rows[first + j]], w[0, j])
        draw_block_each(uid, moment(0, AMENITY), v.kind, key, w[0], w[1], w[2], w[3])
        for j in range(size):
            k = first + j
            row = rows[k]
            if q.contact[k] >= 0:
                fetch(r, q.contact[k])
                prefetch(r.uid, q.contact[k])
            q.pay[k] = _pay_position(q, k, r, e, t, mk, row, n_mun)
            drawn = near_normal(w[0, j], w[1, j], w[2, j], w[3, j])
            q.keep[k] = present_income(r, t, p, row) + amenity_of_job(r, p, row, drawn)
            q.keep[k] -= liked * _present_commute(q, k, r, h, e, tr, p, row, n_mun, month)
        for k in range(first, first + size if contacts else first):
            q.contact[k] = _cell_of(r, e, q.contact[k])


@inline_kernel
def weigh_home(q, k, r, h, e, t, tr, p, month):
    """Work out what an offer elsewhere needs of a seeker: ties, the partner's work and nights away; once a month.

    Returns:
        Whether children of 0-6 and of 7-17 live in the household.
    """
    row = q.row[k]
    small, school = children_at_home(r, h, row, month)
    q.ties[k] = ties_here(r, h, p, row, small, school, month)
    q.partner_worth[k], q.partner_work[k], q.partner_own[k] = partner_at_work(
        r, e, t, p, row, tr.minutes.shape[0] - 2
    )
    if small or school or r.partner[row] >= 0:
        q.nights[k] += NIGHTS_A_MONTH * p.night_cost_family
    return small, school


@inline_kernel
def look_around(q, k, r, h, e, t, tr, p, month):
    """As `weigh_home`, unless that is done already."""
    if math.isnan(q.ties[k]):
        weigh_home(q, k, r, h, e, t, tr, p, month)


@inline_kernel
def offered_wage(q, k, t, mk, zone, sector):
    """Wage of an offer to a seeker, SEK a month.

    The last wage times the ratio of the going pay of the new and the old kind of job, so
    that a person's own pay position is kept and a change of job has no ratchet.
    """
    return q.pay[k] * going_wage(t, mk, zone, sector, q.skill[k], q.own[k] < S)


@inline_kernel
def net_gain(q, k, t, wage, liking):
    """What an offer is worth above declining it, before the cost of getting there, SEK a month.

    (1 - tax) * (wage - present) + amenity of the new job (`liking`) - amenity of the present one, less what
    that has made up for of the commute. So a commute does not count against the job that was taken with it:
    in a logit what was chosen is worth the same in the mean whichever alternative it was.
    """
    return (1.0 - t.tax[q.home[k]]) * wage + liking - q.keep[k]


@inline_kernel
def cost_to_partner(q, k, tr, mk, p, dest):
    """What moving to a zone costs the partner of a seeker at work, SEK a month; `weigh_home` comes first."""
    return partner_loss(
        q.partner_worth[k], np.int64(q.partner_work[k]), np.int64(q.partner_own[k]), np.int64(q.home[k]), dest, tr,
        mk, p,
    )  # fmt: skip


@inline_kernel
def cost_of_moving(q, k, tr, mk, p, dest):
    """Cost of moving the home of a seeker to a zone, SEK a month; `weigh_home` comes first."""
    return (
        q.ties[k]
        + ties_there(q.home[k], q.origin[k], tr, mk, p, dest)
        + cost_to_partner(q, k, tr, mk, p, dest)
    )


@inline_kernel
def odds(value, p):
    """How often an alternative is taken for each time the offer is declined: exp(V / choice_scale), e^50 at most."""
    return math.exp(min(value / p.choice_scale, 50.0))


@inline_kernel
def odds_daily(q, k, tr, p, dest, gain):
    """Odds of commuting daily to an offer that is worth `gain`; none beyond a daily reach."""
    home = q.home[k]
    return odds(gain - tr.daily[home, dest], p) if tr.minutes[home, dest] <= p.daily_limit else 0.0


@inline_kernel
def odds_weekly(q, k, tr, p, dest, gain):
    """Odds of commuting weekly to an offer that is worth `gain`."""
    return odds(gain - tr.weekly[q.home[k], dest] - q.nights[k], p)
