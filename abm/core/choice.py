"""Scalar rules of choice in money terms (SEK a month): what a job elsewhere is worth to a resident."""

from __future__ import annotations

import math

import numpy as np

from abm.core.jit import inline_kernel
from abm.core.rng import Stream, draw4, unit
from abm.core.state import EMPLOYED, UNEMPLOYED, WEEKLY, S, work_zone
from abm.population.profiles import WAGE_SIGMA

TYPE, AMENITY = int(Stream.TYPE), int(Stream.AMENITY)
NIGHTS_A_MONTH = 17.3  # four nights a week away from home
MEAN_SPREAD = math.sinh(math.sqrt(3.0) * WAGE_SIGMA) / (math.sqrt(3.0) * WAGE_SIGMA)
"""Mean of what `pay_spread` draws before it is divided by it: that of exp(x), x even within sqrt(3) sigma of zero."""
KEPT_LIKING, KEPT_SPREAD = 0.85, 0.75
"""Mean and standard deviation of the best of three standard normal draws: how a job that was chosen is liked."""


@inline_kernel
def keeps_house(r, h, row):
    """Whether a resident heads the household or has a partner: others who live there (grown-up children) move alone."""
    return h.head[r.household[row]] == row or r.partner[row] >= 0


@inline_kernel
def children_at_home(r, h, row, month):
    """Whether the household has children of 0-6 and of 7-17 who would move along; no brothers and sisters."""
    small = False
    school = False
    if h.size[r.household[row]] > 1 and keeps_house(r, h, row):
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
def present_income(r, t, p, row):
    """Present net income, SEK a month: (1 - tax) * wage, or of the reservation wage without a job."""
    present = float(r.wage[row])
    if r.status[row] != EMPLOYED:
        present *= p.reservation_wage
    return (1.0 - t.tax[r.mun[row]]) * present


@inline_kernel
def kind_of_job(zone, sector):
    """Number of a kind of job, for the draw of what it is worth to a person."""
    return np.uint64(zone) * np.uint64(32) + np.uint64(sector)


@inline_kernel
def amenity_of_job(r, p, row, drawn):
    """What the present job is worth beside pay, from the draw of its kind; zero without a job.

    Jobs held since before the first month were chosen among several, so their
    amenity has the higher mean and smaller spread of a best of three.
    """
    if r.status[row] != EMPLOYED or r.sector[row] == 255:
        return 0.0
    value = p.amenity_spread * drawn
    if r.job[row] < 0:
        value = KEPT_LIKING * p.amenity_spread + KEPT_SPREAD * value
    return value


@inline_kernel
def nights_alone(p, sex, word):
    """Cost of the nights away of a weekly commuter without a family, SEK a month.

    Latent weekly commuters are a fixed share of workers, twice as many among men.

    Args:
        word: the person's draw of the stream TYPE.
    """
    share = p.weekly_type_share * (4.0 / 3.0 if sex == 1 else 2.0 / 3.0)
    return NIGHTS_A_MONTH * (p.night_cost_habitual if unit(word) < share else p.night_cost)


@inline_kernel
def night_cost(r, p, row, has_family, key):
    """Cost of the nights away of a weekly commuter, SEK a month; a partner or children add to it."""
    a, _, _, _ = draw4(r.uid[row], 0, TYPE, 0, key)
    cost = nights_alone(p, r.sex[row], a)
    return cost + NIGHTS_A_MONTH * p.night_cost_family if has_family else cost


@inline_kernel
def ties_here(r, h, p, row, small, school, month):
    """Cost of leaving the present home wherever one goes, the partner's work aside, SEK a month.

    fixed cost + partner + children + dwelling owned + sqrt(years at the address) + age. Whoever would move alone
    out of somebody else's home is tied by neither its children nor its owner's.
    """
    cost = p.moving_cost
    if r.partner[row] >= 0:
        cost += p.tie_partner
    if school:
        cost += p.tie_school_child
    elif small:
        cost += p.tie_child
    if h.tenure[r.household[row]] == 2 and keeps_house(r, h, row):
        cost += p.tie_owner
    cost += p.tie_years * math.sqrt(max(month - r.address[row], 0) / 12.0)
    age = (month - r.birth[row]) / 12.0
    if age > 25.0:
        cost += p.tie_age * (age - 25.0)
    if r.status[row] == UNEMPLOYED and not (small or school):
        cost -= p.choice_scale * math.log(p.odds_unemployed)
    return cost


@inline_kernel
def least_ties(p):
    """A lower bound of `ties_here` and the tie of origin, for anybody."""
    return p.moving_cost - p.tie_origin - p.choice_scale * math.log(p.odds_unemployed)


@inline_kernel
def partner_at_work(r, e, t, p, row, n_mun):
    """What of the partner's work weighs in a move: its worth, SEK a month, the zone where it is, and the sector.

    `tie_partner_employed` * pay / pay of the middle education. The pay is the last one of a partner who looks for
    work, whose zone is -1. A partner outside the labour force has nothing to lose, nor has one who is away for the
    week: that job goes on wherever home is.
    """
    partner = np.int64(r.partner[row])
    works = partner >= 0 and r.status[partner] == EMPLOYED and r.mode[partner] != WEEKLY
    looks = partner >= 0 and r.status[partner] == UNEMPLOYED
    if not (works or looks):
        return 0.0, np.int64(-1), np.int64(S)
    worth = p.tie_partner_employed * r.wage[partner] / t.wage_base[S, 1]
    work = work_zone(r, e, partner, n_mun) if works else np.int64(-1)
    return worth, work, min(np.int64(r.sector[partner]), np.int64(S))


@inline_kernel
def partner_loss(worth, work, own, home, dest, tr, mk, p):
    """What a move costs the partner at work, SEK a month, less what help for partners removes.

    A job that is given up costs its worth times how long it takes to find another at the destination. One within
    daily reach of the new home is kept, and costs the longer way. Who has no job gains or loses by the difference in
    how long that lasts; a gain makes up for no more than the tie of having a partner.

    Args:
        worth, work, own: see `partner_at_work`.
    """
    if worth == 0.0:
        return 0.0
    lost = worth * mk.search_time[dest, own]
    if work < 0:
        lost -= worth * mk.search_time[home, own]
    elif work == dest:
        lost = 0.0
    elif tr.minutes[dest, work] <= p.daily_limit:
        before = tr.daily[home, work] if work != home else 0.0
        lost = min(max(tr.daily[dest, work] - before, 0.0), lost)
    return max(lost, -p.tie_partner) * (1.0 - tr.partner_help[dest] if lost > 0.0 else 1.0)


@inline_kernel
def ties_there(home, origin, tr, mk, p, dest):
    """What the destination adds to the cost of moving, the partner's work aside, SEK a month.

    place of origin + difference in housing cost.
    """
    cost = 0.0
    if origin == home:
        cost += p.tie_origin
    elif origin == dest:
        cost -= p.tie_origin
    return cost + p.housing_cost * (mk.price[dest] - mk.price[home])


@inline_kernel
def moving_ties(r, h, e, t, tr, mk, p, row, dest, month):
    """Cost of moving the home of a resident to a destination, SEK a month."""
    home = np.int64(r.mun[row])
    small, school = children_at_home(r, h, row, month)
    worth, work, own = partner_at_work(r, e, t, p, row, tr.minutes.shape[0] - 2)
    cost = ties_here(r, h, p, row, small, school, month) + ties_there(home, r.origin[row], tr, mk, p, dest)
    return cost + partner_loss(worth, work, own, home, dest, tr, mk, p)


@inline_kernel
def tax_saved(t, home, dest, wage):
    """What a wage is taxed less at another home, SEK a month; nothing is known of the boundary zones."""
    return (t.tax[home] - t.tax[dest]) * wage if dest < t.tax.size else 0.0


@inline_kernel
def going_wage(t, mk, zone, sector, skill, experienced):
    """Going pay of a kind of job in a zone, SEK a month; without experience relative to the zone's level only."""
    wage = t.wage_level[zone]
    if experienced:
        wage *= t.wage_base[sector, skill]
    if zone < mk.wage_index.shape[0]:
        wage *= mk.wage_index[zone, sector]
    return wage


@inline_kernel
def pay_spread(word):
    """What a person is paid for life relative to others of the same skill, sex and age, from a draw.

    exp(sqrt(12) sigma (u - 1/2)) over its mean: the standard deviation of the initial population in the logarithm.
    """
    return math.exp(math.sqrt(12.0) * WAGE_SIGMA * (unit(word) - 0.5)) / MEAN_SPREAD


@inline_kernel
def education_at(t, home, sex, age, u):
    """Education of somebody of an age, from a uniform draw."""
    skill = 0
    while skill < 2 and u >= t.educated[home, sex, age, skill]:
        skill += 1
    return skill


@inline_kernel
def starting_pay(t, home, skill, sex, age):
    """Pay of somebody without experience, in the mean of all jobs and of chance, SEK a month."""
    return t.wage_base[S, skill] * t.wage_level[home] * t.career[skill, sex, age]
