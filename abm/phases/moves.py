"""Moves of households: for a job, after long commuting, and for all other reasons.

Whoever heads a household, or is the partner of its head, takes all of it along;
others (young people at home, adults who share a home) move alone.
"""

from __future__ import annotations

import math

import numpy as np

from abm.core.choice import children_at_home, keeps_house, moving_ties, night_cost, tax_saved
from abm.core.households import close_household, live_alone, new_household, remove_resident
from abm.core.jit import inline_kernel, kernel
from abm.core.rng import Stream, draw4, unit
from abm.core.state import (
    AGE_GROUPS,
    DAILY,
    EMPLOYED,
    LOCAL,
    RENTAL,
    UNEMPLOYED,
    WEEKLY,
    age_group,
    age_years,
    count_in,
    count_job,
    days_away,
    fetch_ahead,
    fetch_both,
    leave_job,
    set_class,
    set_status,
    work_zone,
)

DESTINATION, RECONSIDER = int(Stream.DESTINATION), int(Stream.RECONSIDER)
EXP_LIMIT = 30.0  # e^30 times as likely is certain; no overflow


@kernel
def commute_mode(tr, p, home, work):
    """LOCAL or DAILY where it can be, else 0 (the job is too far for every day)."""
    if home == work:
        return LOCAL
    if tr.minutes[home, work] <= p.daily_limit:
        return DAILY
    return 0


@kernel
def goes_on(r, e, tr, p, row, home):
    """Mode in which the job of an employed resident goes on from a home, 0 if it cannot.

    Jobs within daily reach do, and those for which one is away for the week already.
    """
    mode = commute_mode(tr, p, home, work_zone(r, e, row, tr.minutes.shape[0] - 2))
    return WEEKLY if mode == 0 and r.mode[row] == WEEKLY else mode


@kernel
def stay(r, e, tr, p, row):
    """Go on from the present home with a job that was taken to move for: daily where it can be, else weekly."""
    if r.status[row] != EMPLOYED:
        return
    mode = goes_on(r, e, tr, p, row, np.int64(r.mun[row]))
    if mode > 0 and mode != r.mode[row]:
        r.mode[row] = mode
        set_class(r, row)


@kernel
def _count_leavers(r, c, row, size, home, month):
    """Count the members of a household that moves away by age, education and kind of household."""
    kind = 1 if r.partner[row] >= 0 else 0
    member = np.int64(row)
    for _ in range(size):
        if age_years(r, member, month) < 18:
            kind = 2
        member = np.int64(r.next[member])
    for _ in range(size):
        group = age_group(age_years(r, member, month))
        c.leavers[home, group] += 1
        if group > 0:
            c.leavers[home, len(AGE_GROUPS) + np.int64(r.skill[member])] += 1
        c.leavers[home, len(AGE_GROUPS) + 3 + kind] += 1
        member = np.int64(r.next[member])


@kernel
def move_home(r, h, e, c, t, tr, p, row, dest, month):
    """Move a resident (with household, or alone) to a zone; returns the persons moved, 0 if nothing free.

    Jobs within daily reach of the new home are kept, weekly commuters keep theirs,
    the others are given up.
    """
    n_mun = c.status.shape[0]
    home = np.int64(r.mun[row])
    house = np.int64(r.household[row])
    whole = h.head[house] == row or (r.partner[row] >= 0 and h.head[house] == r.partner[row])
    if dest < n_mun and c.dwellings[dest] <= c.households[dest]:
        return 0
    if not whole and h.size[house] > 1:
        if r.partner[row] >= 0:
            # a couple in somebody else's home: both leave it together
            partner = np.int64(r.partner[row])
            live_alone(r, h, c, row, RENTAL)
            second = r.household[row]
            _bring(r, h, c, partner, row)
            house = second
        else:
            live_alone(r, h, c, row, RENTAL)
            house = np.int64(r.household[row])
    size = np.int64(h.size[house])
    _count_leavers(r, c, row, size, home, month)
    c.movers[home, dest] += size
    c.moving_households[home, dest] += 1
    if dest >= n_mun:
        leaver = np.int64(row)
        for _ in range(size):
            following = np.int64(r.next[leaver])
            remove_resident(r, h, e, c, t, leaver, month)
            leaver = following
        return size
    tenure = np.int64(h.tenure[house])
    close_household(h, c, house, home)
    house = new_household(h, c, row, tenure, dest)
    h.size[house] = size
    m = np.int64(row)
    for _ in range(size):
        working = r.status[m] == EMPLOYED
        keep = 0
        if working:
            keep = goes_on(r, e, tr, p, m, dest)
            if keep == 0:
                leave_job(r, e, c, m)
                set_status(r, c, m, UNEMPLOYED)
            else:
                count_job(r, e, c, m, -1)
        count_in(r, c, t, m, month, -1)
        r.mun[m] = dest
        r.household[m] = house
        r.address[m] = month
        count_in(r, c, t, m, month, 1)
        c.arrivers[dest, age_group(age_years(r, m, month))] += 1
        if keep > 0:
            r.mode[m] = keep
            set_class(r, m)
            count_job(r, e, c, m, 1)
        m = np.int64(r.next[m])
    return size


@kernel
def _bring(r, h, c, partner, row):
    """Let the partner join the household of `row`."""
    live_alone(r, h, c, partner, RENTAL)
    house = r.household[partner]
    close_household(h, c, house, r.mun[partner])
    r.next[partner] = r.next[row]
    r.next[row] = partner
    r.household[partner] = r.household[row]
    h.size[r.household[row]] += 1


@kernel
def job_moves(r, h, e, c, t, tr, p, moves, n, month):
    """Those who took a job and move for it; without a dwelling they go on commuting, with the partner.

    A household moves once a month: where both partners have taken a job to move for, the first in the lottery decides.
    """
    done = 0
    for k in range(n):
        row = np.int64(moves[0, k])
        if r.status[row] == 0 or r.mun[row] == moves[1, k]:
            continue
        if r.address[row] < month and move_home(r, h, e, c, t, tr, p, row, moves[1, k], month):
            done += 1
            continue
        stay(r, e, tr, p, row)
        partner = np.int64(r.partner[row])
        if partner >= 0:
            stay(r, e, tr, p, partner)
    return done


@kernel
def _mobility_factor(r, h, p, row, month):
    """Background mobility of a resident relative to a single without ties: product of odds ratios."""
    factor = 1.0
    small, school = children_at_home(r, h, row, month)
    partner = np.int64(r.partner[row])
    if partner >= 0:
        # both partners draw, so each stands for half of the hazard
        factor = 0.5 * p.odds_partner
        if r.status[row] == EMPLOYED and r.status[partner] == EMPLOYED:
            factor *= p.odds_dual_earner
    if keeps_house(r, h, row):
        if school:
            factor *= p.odds_school_child
        elif small:
            factor *= p.odds_child
        if h.tenure[r.household[row]] == 2:
            factor *= p.odds_owner
    if r.status[row] == UNEMPLOYED and not (small or school):
        factor *= p.odds_unemployed
    return factor


@inline_kernel
def _at_most(r, t, p, row, month):
    """Chance that a resident moves or has second thoughts this month, at the most; no household is looked up."""
    year = min(month // 12, t.moving.shape[0] - 1)
    most = t.moving[year, np.int64(r.mun[row]), age_years(r, row, month)] * max(1.0, p.odds_unemployed)
    return most + p.reconsider_rate if r.status[row] == EMPLOYED and r.mode[row] >= DAILY else most


@kernel
def may_move(r, t, p, rows, words, month, kept_rows, kept_words):
    """Those of the list who may move: it is long, as it holds for the highest chance of a class.

    Nothing that happens in this phase adds to them: who has moved already does not move again.

    Args:
        kept_rows, kept_words: out.

    Returns:
        How many.
    """
    n = 0
    for k in range(rows.size):
        fetch_ahead(r, rows, k)
        row = np.int64(rows[k])
        if r.status[row] == 0 or r.address[row] == month or unit(words[k]) >= _at_most(r, t, p, row, month):
            continue
        kept_rows[n] = rows[k]
        kept_words[n] = words[k]
        n += 1
    return n


@kernel
def background_moves(r, h, e, c, t, tr, mk, p, rows, words, month, key):
    """Moves for other reasons than a job, and second thoughts of long-distance commuters.

    u < moving[year, m, age] * odds of the ties: move, to a zone drawn from the migration matrix of the age group;
    else, for those who commuted far for six months or more, with `reconsider_rate`:
    choice between keeping on, moving to the work zone and quitting (logit in SEK a month).
    """
    n_mun = c.status.shape[0]
    year = min(month // 12, t.moving.shape[0] - 1)
    for k in range(rows.size):
        fetch_both(r, h, rows, k)
        row = np.int64(rows[k])
        if r.status[row] == 0 or r.address[row] == month:
            continue
        u = unit(words[k])
        home = np.int64(r.mun[row])
        age = age_years(r, row, month)
        commuting = r.status[row] == EMPLOYED and r.mode[row] >= DAILY
        at = min(1.0, t.moving[year, home, age] * _mobility_factor(r, h, p, row, month))
        if u < at:
            a, _, _, _ = draw4(r.uid[row], month, DESTINATION, 0, key)
            upto = t.destination[t.age_group[age], home]
            dest = np.searchsorted(upto[: upto.size - 1], unit(a), side="right")
            if dest != home:
                move_home(r, h, e, c, t, tr, p, row, dest, month)
            continue
        if commuting and u < at + p.reconsider_rate:
            _reconsider(r, h, e, c, t, tr, mk, p, row, month, key, n_mun)


@kernel
def _reconsider(r, h, e, c, t, tr, mk, p, row, month, key, n_mun):
    """A long-distance commuter keeps on, moves to the work zone, or quits.

    In SEK a month, relative to keeping on: moving is worth the cost of the commute less the ties, quitting
    loses the wage above the benefit (not above the reservation wage, which the job beat when it was taken).
    What the commute costs does not speak for quitting: it was weighed when the job was chosen (see
    `abm.core.seekers.net_gain`). Whoever has worked in a place for half a year knows it: a share `known_place`
    of what moving costs everybody falls away.

    Two do not move on second thoughts. Those who work in the boundary zones: the official rates of
    `background_moves` hold everybody who moves there, whatever for. And the commuters of an establishment
    where a scenario imposes how many commute and how many move: they would add movers to those imposed.
    """
    home = np.int64(r.mun[row])
    work = work_zone(r, e, row, n_mun)
    if month - r.job[row] < 6 or (r.mode[row] == DAILY and tr.minutes[home, work] <= p.time_kink):
        return
    employer = r.employer[row]
    b = 0.0
    if work < n_mun and not e.imposed[employer]:
        if r.mode[row] == WEEKLY:
            small, school = children_at_home(r, h, row, month)
            cost = tr.weekly[home, work] + night_cost(r, p, row, small or school or r.partner[row] >= 0, key)
        else:
            cost = tr.daily[home, work] * days_away(r, e, row)
        move = cost - moving_ties(r, h, e, t, tr, mk, p, row, work, month) + p.known_place * p.moving_cost
        move += tax_saved(t, home, work, r.wage[row])
        b = math.exp(min(move / p.choice_scale, EXP_LIMIT))
    quit_job = (p.unemployment_benefit - 1.0) * (1.0 - t.tax[home]) * r.wage[row]
    d = math.exp(quit_job / p.choice_scale)
    w, _, _, _ = draw4(r.uid[row], month, RECONSIDER, 0, key)
    target = unit(w) * (1.0 + b + d)
    if target < 1.0:
        return
    if target < 1.0 + b:
        move_home(r, h, e, c, t, tr, p, row, work, month)
    else:
        leave_job(r, e, c, row)
        set_status(r, c, row, UNEMPLOYED)
