"""Scalar rules of choice in money terms (SEK a month): what a job elsewhere is worth to a resident."""

from __future__ import annotations

import math

from abm.core.jit import inline_kernel
from abm.core.rng import Stream, draw4, near_normal, unit
from abm.core.state import EMPLOYED, UNEMPLOYED

TYPE, AMENITY = int(Stream.TYPE), int(Stream.AMENITY)
NIGHTS_A_MONTH = 17.3  # four nights a week away from home
TERTIARY = 2


@inline_kernel
def children_at_home(r, h, row, month):
    """Whether the household has children of 0-6 and of 7-17; children under 18 of other members count."""
    small = False
    school = False
    if h.size[r.household[row]] > 1:
        walk = r.next[row]
        while walk != row:
            age = month - r.birth[walk]
            if age < 84:
                small = True
            elif age < 216:
                school = True
            walk = r.next[walk]
    return small, school


@inline_kernel
def net_gain(r, t, p, row, wage):
    """Net pay of an offer over present net income, SEK a month.

    (1 - tax) * (wage - present), where present is the wage, or the benefit share of the last wage.
    """
    present = float(r.wage[row])
    if r.status[row] != EMPLOYED:
        present *= p.unemployment_benefit
    return (1.0 - t.tax[r.mun[row]]) * (wage - present)


@inline_kernel
def amenity(r, p, row, cell, key):
    """What a kind of job (a cell) is worth to a person beside pay: normal, fixed for life."""
    a, b, c, d = draw4(r.uid[row], 0, AMENITY, cell, key)
    return p.amenity_spread * near_normal(a, b, c, d)


@inline_kernel
def job_amenity(r, p, row, key):
    """What the present job is worth beside pay; zero without a job.

    Jobs held since before the first month were chosen among several, so their
    amenity has the higher mean and smaller spread of a best of three.
    """
    value = 0.0
    if r.status[row] == EMPLOYED and r.sector[row] < 255:
        value = amenity(r, p, row, r.mun[row] * 32 + r.sector[row], key)
        if r.job[row] <= 0:
            value = 0.85 * p.amenity_spread + 0.75 * value
    return value


@inline_kernel
def night_cost(r, p, row, has_family, key):
    """Cost of the nights away of a weekly commuter, SEK a month.

    Latent weekly commuters are a fixed share of workers, twice as many among men.
    """
    a, _, _, _ = draw4(r.uid[row], 0, TYPE, 0, key)
    share = p.weekly_type_share * (4.0 / 3.0 if r.sex[row] == 1 else 2.0 / 3.0)
    cost = p.night_cost_habitual if unit(a) < share else p.night_cost
    if has_family:
        cost += p.night_cost_family
    return NIGHTS_A_MONTH * cost


@inline_kernel
def moving_ties(r, h, tr, mk, p, row, dest, month):
    """Cost of moving the home from here to a destination, SEK a month.

    fixed cost + partner + partner's job + children + dwelling owned + sqrt(years at the address)
    + place of origin + age + difference in housing cost.
    """
    cost = p.moving_cost
    partner = r.partner[row]
    if partner >= 0:
        cost += p.tie_partner
        if r.status[partner] == EMPLOYED:
            cost += p.tie_partner_employed * (1.0 - tr.partner_help[dest])
    small, school = children_at_home(r, h, row, month)
    if school:
        cost += p.tie_school_child
    elif small:
        cost += p.tie_child
    if h.tenure[r.household[row]] == 2:
        cost += p.tie_owner
    cost += p.tie_years * math.sqrt(max(month - r.address[row], 0) / 12.0)
    home = r.mun[row]
    if r.origin[row] == home:
        cost += p.tie_origin
    elif r.origin[row] == dest:
        cost -= p.tie_origin
    age = (month - r.birth[row]) / 12.0
    if age > 25.0:
        cost += p.tie_age * (age - 25.0)
    if dest < mk.price.size:
        cost += p.housing_cost * (mk.price[dest] - mk.price[home])
    if r.status[row] == UNEMPLOYED and not (small or school):
        cost -= p.choice_scale * math.log(p.odds_unemployed)
    return cost


@inline_kernel
def offered_wage(r, t, mk, row, mun, sector):
    """Wage of an offer, SEK a month.

    The resident's last wage times the ratio of the going wages of new and old kind of job,
    so that a person's own pay position is kept and a change of job has no ratchet.
    """
    skill = r.skill[row]
    old = r.sector[row]
    here = t.wage_level[r.mun[row]]
    if old >= t.wage_base.shape[0]:
        ratio = 1.0
    else:
        ratio = t.wage_base[sector, skill] / t.wage_base[old, skill]
    index = 1.0
    level = t.wage_level[mun]
    if mun < mk.wage_index.shape[0]:
        index = mk.wage_index[mun, sector]
    return r.wage[row] * ratio * index * level / here
