"""People who arrive from the rest of Sweden and from abroad."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from abm.core.choice import education_at, going_wage, pay_spread, starting_pay
from abm.core.households import join, new_household, new_tenure
from abm.core.jit import inline_kernel, kernel
from abm.core.rng import Stream, draw4, new_uid, unit
from abm.core.state import (
    ADULT,
    CHILD,
    LOCAL,
    OUTSIDE,
    RENTAL,
    RETIRED,
    RETIREMENT,
    UNEMPLOYED,
    S,
    age_group,
    age_years,
    count_in,
    new_row,
    set_class,
    take_job,
)
from abm.phases.hazards import draw_first_bits

NEWCOMER, ARRIVALS, OFFER = int(Stream.NEWCOMER), int(Stream.ARRIVALS), int(Stream.OFFER)
FAMILY_AGES = (20, 60)
"""Ages of a first adult who may come with others: from the first to before the last."""
WITH_CHILDREN, COUPLES, WITH_OTHERS = 0.12, 0.22, 0.28
"""Cumulative chances at those ages: couple with children, couple, one adult with a child. Assumption."""
SECOND_CHILD = 0.5
"""Chance that a couple with children has two rather than one. Assumption."""


def persons_per_arrival(age_cdf: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected persons of a household that arrives, float64[2, M], from the composition that `arrive` draws.

    1 + F (couples + couples with children (1 + second child) + lone parents), F the share of first adults
    at ages that may have a family.

    Args:
        age_cdf: float64[2, M, 101], cumulative ages.
    """
    first, last = FAMILY_AGES
    grown = age_cdf[..., 99] - age_cdf[..., 17]
    family = (age_cdf[..., last - 1] - age_cdf[..., first - 1]) / grown
    others = COUPLES + WITH_CHILDREN * (1.0 + SECOND_CHILD) + (WITH_OTHERS - COUPLES)
    return np.asarray(1.0 + others * family)


@inline_kernel
def _age_at_revision(age_months, month):
    """Completed years at the last revision of pay and education, in December, or when coming of age if that is later.

    The next one brings everybody to the education and the pay of the age in this December; see
    `abm.phases.adjust.revise_wages`.
    """
    return min(max((age_months - 1 - month % 12) // 12, ADULT), 100)


@kernel
def _person(r, t, uid, home, zone, age_months, sex, month, draws, active, key):
    """Fill a free row with a person; returns the row or -1. Household and class follow."""
    row = new_row(r)
    if row < 0:
        return row
    r.uid[row] = uid
    draw_first_bits(r, row, month, key)
    r.sex[row] = sex
    r.mun[row] = home
    r.birth[row] = month - age_months
    r.partner[row] = -1
    r.employer[row] = -1
    r.mode[row] = 0
    r.address[row] = month
    r.job[row] = 0
    r.origin[row] = zone
    r.contact[row] = -1
    r.sector[row] = 255
    r.next[row] = row
    age = _age_at_revision(age_months, month)
    skill = education_at(t, home, sex, age, unit(draws[1]))
    r.skill[row] = skill
    if age_months < 12 * ADULT:
        r.status[row] = CHILD
        r.wage[row] = 0
        r.skill[row] = 0
    else:
        r.wage[row] = np.int32(starting_pay(t, home, skill, sex, age) * pay_spread(draws[2]))
        if age_months >= 12 * RETIREMENT:
            r.status[row] = RETIRED
        else:
            r.status[row] = UNEMPLOYED if active else OUTSIDE
    return row


@kernel
def _count_arrival(r, c, t, row, month):
    """Count a resident who has moved in."""
    count_in(r, c, t, row, month, 1)
    c.arrivers[r.mun[row], age_group(age_years(r, row, month))] += 1


@kernel
def arrive(r, h, c, t, age_cdf, zone, home, uid, month, key):
    """A household arrives: one adult, alone or with partner and children by keyed chance.

    Returns:
        Row of the first adult, or -1 when there is no dwelling or no room in the arrays.
    """
    if c.dwellings[home] <= c.households[home]:
        return np.int64(-1)
    d = draw4(uid, month, NEWCOMER, 0, key)
    d2 = draw4(uid, month, NEWCOMER, 1, key)
    age = 18
    u = unit(d[0]) * (age_cdf[99] - age_cdf[17]) + age_cdf[17]
    while age < 99 and age_cdf[age] <= u:
        age += 1
    months = age * 12 + int(unit(d2[0]) * 12.0)
    sex = 1 if unit(d[3]) < 0.52 else 0
    row = _person(r, t, uid, home, zone, months, sex, month, d, unit(d2[1]) < 0.62 or age > 26, key)
    if row < 0:
        return row
    r.household[row] = new_household(h, c, row, RENTAL, home)
    size = 1
    kind = unit(d2[2])
    if FAMILY_AGES[0] <= age < FAMILY_AGES[1] and kind < WITH_OTHERS:
        couple = kind < COUPLES
        children = 0
        if kind < WITH_CHILDREN:
            children = 1 + (1 if unit(d2[3]) < SECOND_CHILD else 0)
        elif not couple:
            children = 1
        if couple:
            other = new_uid(uid, month, 1)
            o = draw4(other, month, NEWCOMER, 0, key)
            partner = _person(
                r,
                t,
                other,
                home,
                zone,
                max(months + (24 if sex == 0 else -24), 228),
                1 - sex,
                month,
                o,
                unit(o[3]) < 0.7,
                key,
            )
            if partner >= 0:
                join(r, h, partner, row)
                r.partner[row] = partner
                r.partner[partner] = row
                set_class(r, partner)
                _count_arrival(r, c, t, partner, month)
                h.tenure[r.household[row]] = new_tenure(r, t, row, month, key)
                size += 1
        for k in range(children):
            other = new_uid(uid, month, 2 + k)
            o = draw4(other, month, NEWCOMER, 0, key)
            limit = min(max(months - 240, 12), 204)
            child = _person(
                r,
                t,
                other,
                home,
                zone,
                int(unit(o[0]) * limit),
                1 if unit(o[3]) < 0.514 else 0,
                month,
                o,
                False,
                key,
            )
            if child >= 0:
                join(r, h, child, row)
                set_class(r, child)
                _count_arrival(r, c, t, child, month)
                size += 1
    set_class(r, row)
    _count_arrival(r, c, t, row, month)
    c.movers[zone, home] += size
    c.moving_households[zone, home] += 1
    return row


@kernel
def arrivals(r, h, c, t, rate, age_cdf, month, key):
    """Arrivals of a month: floor(rate + u) households for each boundary zone and municipality.

    Args:
        rate: float64[2, M], households a month.
        age_cdf: float64[2, M, 101], cumulative ages.

    Returns:
        Households that found no dwelling.
    """
    n_mun = rate.shape[1]
    turned_away = 0
    for z in range(2):
        for m in range(n_mun):
            w, _, _, _ = draw4(m, month, ARRIVALS, z, key)
            n = int(math.floor(rate[z, m] + unit(w)))
            for k in range(n):
                uid = new_uid(m * 2 + z, month, 1000 + k)
                if arrive(r, h, c, t, age_cdf[z, m], n_mun + z, m, uid, month, key) < 0:
                    turned_away += 1
    return turned_away


@inline_kernel
def _starting_wage(r, e, t, mk, row, employer):
    """Wage of a newcomer at an employer: own pay position times the going pay there, with the employer's premium."""
    skill = np.int64(r.skill[row])
    where, sector = np.int64(e.mun[employer]), np.int64(e.sector[employer])
    position = float(r.wage[row]) / (t.wage_base[S, skill] * t.wage_level[r.mun[row]])
    return np.int32(position * going_wage(t, mk, where, sector, skill, True) * (1.0 + e.premium[employer]))


@kernel
def fill_from_outside(r, h, e, c, t, mk, p, age_cdf, month, key):
    """Jobs that stayed open and are taken by someone who moves in from the rest of Sweden.

    floor(open jobs of the cell * newcomer_vacancy_share + u) hires a month, ordinary employers only.

    Args:
        age_cdf: float64[M, 101], cumulative ages of those from the rest of Sweden.
    """
    n_mun = c.status.shape[0]
    n_cells = e.cell_start.size - 1
    for cell in range(n_cells):
        open_jobs = 0
        for k in range(e.cell_start[cell], e.cell_start[cell + 1]):
            if e.unit[k] < 0 and e.vacancies[k] > 0:
                open_jobs += e.vacancies[k]
        if open_jobs == 0:
            continue
        w, _, _, _ = draw4(cell, month, OFFER, 0, key)
        n = int(math.floor(open_jobs * p.newcomer_vacancy_share + unit(w)))
        at = e.cell_start[cell]
        for k in range(n):
            while at < e.cell_start[cell + 1] and (e.vacancies[at] <= 0 or e.unit[at] >= 0):
                at += 1
            if at >= e.cell_start[cell + 1]:
                break
            m = np.int64(e.mun[at])
            uid = new_uid(cell, month, 5000 + k)
            row = arrive(r, h, c, t, age_cdf[m], n_mun, m, uid, month, key)
            if row < 0:
                break
            if r.status[row] != RETIRED:
                e.vacancies[at] -= 1
                mk.open[m, e.sector[at]] -= 1
                wage = _starting_wage(r, e, t, mk, row, at)
                take_job(r, e, c, row, np.int32(at), LOCAL, np.int64(e.sector[at]), wage, month)


INSTEAD = 35
"""Years of whoever is hired from outside and would be retired by the draw of the age."""


@kernel
def recruit_from_zone(r, h, e, c, t, mk, age_cdf, zone, employer, n, month, key):
    """An establishment hires `n` people from a boundary zone who move in, alone or with family.

    Returns:
        Hires who found a dwelling.
    """
    where = np.int64(e.mun[employer])
    done = 0
    for k in range(n):
        uid = new_uid(np.int64(employer) * 4 + zone, month, 9000 + k)
        before = c.movers[zone, where]
        row = arrive(r, h, c, t, age_cdf, zone, where, uid, month, key)
        if row < 0:
            break
        if r.status[row] == RETIRED:
            # of working age, so counted anew: public need goes by age
            count_in(r, c, t, row, month, -1)
            c.arrivers[where, age_group(age_years(r, row, month))] -= 1
            pay = t.career[r.skill[row], r.sex[row]]
            drawn, instead = (
                _age_at_revision(month - r.birth[row], month),
                _age_at_revision(INSTEAD * 12, month),
            )
            r.wage[row] = np.int32(r.wage[row] * pay[instead] / pay[drawn])
            r.birth[row] = np.int16(month - INSTEAD * 12)
            _count_arrival(r, c, t, row, month)
        wage = _starting_wage(r, e, t, mk, row, employer)
        take_job(r, e, c, row, np.int32(employer), LOCAL, np.int64(e.sector[employer]), wage, month)
        c.hires[zone, where] += 1
        e.moved_in[e.unit[employer], zone] += 1
        c.hire_persons[zone, where] += c.movers[zone, where] - before
        done += 1
    return done
