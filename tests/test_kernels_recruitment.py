"""Recruitment: who is a candidate, what a hire earns, where hires are counted, and who comes from outside."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import CO, alone, factory, fire, give_member, make_world, offers, rows_of, zone

from abm.core.state import EMPLOYED, LOCAL, MOVE, WEEKLY
from abm.phases.newcomers import recruit_from_zone
from abm.phases.recruitment import candidates, hire_selected

HERE, HOME = "Skellefteå", "Umeå"


@pytest.mark.parametrize("premium", [0.1, 0.25])
def test_an_offer_has_the_premium_in_its_wage(premium):
    """Guards (1 + premium) times the wage of the same job without, and more takers."""
    world = make_world()
    rows = rows_of(world, home=zone(HOME))[:60]
    (plain, low), (paid, high) = offers(world, rows), offers(world, rows, premium=premium)
    assert paid[2] == pytest.approx(plain[2] * (1.0 + premium), abs=2.0)
    assert (high[0] > low[0]).all()


def test_skill_that_suits_is_worth_what_the_parameter_says():
    """Guards related_skill_boost: from no relatedness to full it raises every value by so many SEK."""
    world = make_world(related_skill_boost=777.0, targeted_recruitment=0.0)
    rows = rows_of(world, home=zone(HERE))[:40]
    none, full = np.zeros(18), np.ones(18)
    rise = offers(world, rows, related=full)[1][0] - offers(world, rows, related=none)[1][0]
    assert rise == pytest.approx(777.0)


def selected(world, rows, modes, wages):
    return hire_selected(
        world.residents, world.households, world.employers, world.counts, world.tables, world.travel, world.p,
        np.asarray(rows), np.asarray(modes), np.asarray(wages), world.units[0].employer, CO, 0,
        np.empty((2, len(rows)), np.int32),
    )  # fmt: skip


def test_hires_are_paid_what_was_offered_and_counted_where_they_live():
    """Guards the wage of a hire, and `hired` by home municipality and by what they did before."""
    world = make_world(factory())
    r, c = world.residents, world.counts
    rows = np.concatenate([rows_of(world, home=zone(HOME))[:4], rows_of(world, home=zone("Luleå"))[:3]])
    for row in rows[:2]:
        fire(world, row)
    wages = 31_000 + 100 * np.arange(7)
    assert selected(world, rows, np.full(7, WEEKLY), wages) == 0
    assert (r.wage[rows] == wages).all()
    assert (r.status[rows] == EMPLOYED).all()
    expected = np.zeros_like(c.hired)
    expected[zone(HOME)] = (2, 2, 0)
    expected[zone("Luleå")] = (3, 0, 0)
    assert (c.hired == expected).all()


def test_hires_who_move_are_counted_from_where_they_came():
    """Guards hires, hires in all and persons by origin; a dwelling more at the plant and one less at home."""
    world = make_world(factory())
    c, origin, dest = world.counts, zone(HOME), zone(HERE)
    c.dwellings[dest] += 10
    row = int(rows_of(world, home=origin)[0])

    alone(world, row)
    give_member(world, row, -60)
    before = c.households.copy()
    assert selected(world, [row], [MOVE], [30_000]) == 1
    assert c.hires[origin, dest] == world.employers.moved_in[0, origin] == 1
    assert c.hire_persons[origin, dest] == c.movers[origin, dest] == 2
    assert (c.households - before)[[origin, dest]].tolist() == [-1, 1]
    assert world.residents.mode[row] == LOCAL


@pytest.mark.parametrize(
    ("address", "month", "considered"),
    [(3, 5, False), (2, 5, True), (5, 5, False), (0, 1, False), (-1, 1, True)],
)
def test_who_moved_less_than_three_months_ago_considers_no_establishment(address, month, considered):
    """Guards that newcomers of the last two months are no candidates; before the start counts as long ago."""
    world = make_world(factory())
    row = int(rows_of(world, home=zone(HOME))[0])
    world.residents.address[row] = address
    found = np.zeros(1, np.int32)
    n = candidates(
        world.residents, world.employers, np.array([row], np.int32), np.array([2**31], np.uint64),
        np.zeros(world.n_zone, np.uint64), np.ones(world.n_zone, bool), month, found,
    )  # fmt: skip
    assert bool(n) == considered


def test_candidates_are_aware_wanted_and_not_there_yet():
    """Guards the threshold by place, the zones wanted, and that nobody of an establishment is asked."""
    world = make_world(factory())
    rows = rows_of(world, home=zone(HOME))[:3].astype(np.int32)
    threshold = np.zeros(world.n_zone, np.uint64)
    threshold[zone(HOME)] = 1000
    wanted = np.zeros(world.n_zone, bool)
    words = np.array([999, 1000, 2**32 - 1], np.uint64)
    found = np.zeros(3, np.int32)

    def ask():
        n = candidates(world.residents, world.employers, rows, words, threshold, wanted, 0, found)
        return found[:n].tolist()

    assert ask() == []
    wanted[zone(HOME)] = True
    assert ask() == rows[1:].tolist()
    selected(world, rows[2:], [WEEKLY], [30_000])
    assert ask() == rows[1:2].tolist()


# --- From outside -----------------------------------------------------------------------------------


def recruited(premium, number=300, **changes):
    """Rows of those an establishment recruits from the rest of Sweden."""
    world = make_world(factory(wage_premium=premium, **changes))
    c, k = world.counts, world.units[0].employer
    c.dwellings[zone(HERE)] += 1000
    world.market.wage_index[zone(HERE), CO] = 1.4
    done = recruit_from_zone(
        world.residents, world.households, world.employers, c, world.tables, world.market,
        world.age_cdf[0, zone(HERE)], world.n_mun, k, number, 3, world.key,
    )  # fmt: skip
    assert done == number == world.employers.filled[k]
    rows = np.flatnonzero(world.residents.employer[: int(world.residents.meta[0])] == k)
    return world, rows


def test_hires_from_outside_bring_their_families():
    """Guards persons with hires: partners and children count, each household once, all of them residents."""
    world, rows = recruited(0.0)
    c, origin, dest = world.counts, world.n_mun, zone(HERE)
    assert (
        c.hires[origin, dest]
        == world.employers.moved_in[0, origin]
        == c.moving_households[origin, dest]
        == 300
    )
    persons = world.households.size[world.residents.household[rows]].sum()
    assert c.hire_persons[origin, dest] == c.movers[origin, dest] == persons
    assert persons > 330
    assert (world.residents.mun[rows] == dest).all()
    age = (3 - world.residents.birth[rows].astype(int)) // 12
    assert age.min() >= 18
    assert age.max() < 65


def test_hires_from_outside_earn_the_going_wage_and_the_premium():
    """Guards own pay position * level * wage of sector and education * index * (1 + premium).

    A pay position is exp(sqrt(12) 0.18 (u - 1/2)), 1.016 in the mean by which it is divided, times what sex and
    age make of pay; a standard error of 300 is 0.0105.
    """
    (plain, rows), (paid, again) = recruited(0.0), recruited(0.25)
    assert (rows == again).all()
    assert paid.residents.wage[rows] == pytest.approx(1.25 * plain.residents.wage[rows], abs=2.0)
    t, r = plain.tables, plain.residents
    going = t.wage_level[zone(HERE)] * t.wage_base[CO, r.skill[rows]] * 1.4
    age = np.minimum((-1 - r.birth[rows].astype(int)) // 12, 100)  # last December, in the fourth month
    position = 1.016 * r.wage[rows] / (going * t.career[r.skill[rows], r.sex[rows], age])
    half = np.sqrt(3.0) * 0.18
    assert np.exp(-half) - 0.001 < position.min() < np.exp(-0.9 * half)
    assert np.exp(0.9 * half) < position.max() < np.exp(half) + 0.001
    assert position.mean() == pytest.approx(1.016, abs=0.042)
