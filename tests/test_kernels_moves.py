"""Background moves and second thoughts: the hazard is the one of the docstring, on both sides of its threshold."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import (
    CO,
    a_single,
    around,
    commuter,
    give_member,
    give_partner,
    make_world,
    of_age,
    own_tables,
    rows_of,
    zone,
)

from abm.core.households import live_alone
from abm.core.rng import Stream, draw4
from abm.core.state import ARRIVERS, LEAVERS, OUTSIDE, UNEMPLOYED, WEEKLY, leave_job, set_status, take_job
from abm.phases.moves import background_moves, move_home

HOME, AWAY = "Örnsköldsvik", "Skellefteå"
MONTH = 18
MOVING = 0.02
OWNER, TENANT_OWNER = 2, 1
ODDS = {
    "odds_partner": 0.6,
    "odds_dual_earner": 0.7,
    "odds_child": 0.65,
    "odds_school_child": 0.4,
    "odds_unemployed": 1.5,
    "odds_owner": 0.55,
}


def moves(world, rows, words, month=MONTH):
    background_moves(
        world.residents, world.households, world.employers, world.counts, world.tables, world.travel, world.market,
        world.p, np.asarray(rows, np.int32), np.asarray(words, np.uint64), month, world.key,
    )  # fmt: skip


def a_mover():
    """A single of thirty in the second year, who goes to one place if of this age and year, else nowhere."""
    world = make_world(**ODDS)
    t = own_tables(world)
    r = world.residents
    row = a_single(world, home=HOME)
    world.households.tenure[r.household[row]] = 0
    leave_job(r, world.employers, world.counts, row)
    set_status(r, world.counts, row, OUTSIDE)
    of_age(world, row, 30, MONTH)
    world.counts.dwellings[:] += 100
    t.moving[:] = 0.0
    t.moving[1, zone(HOME), 30] = MOVING
    t.destination[:] = np.arange(world.n_zone) >= zone(HOME)  # home, so nobody goes anywhere
    t.destination[t.age_group[30], zone(HOME)] = np.arange(world.n_zone) >= zone(AWAY)
    return world, row


def works(world, row):
    r = world.residents
    here = np.flatnonzero((world.employers.mun == zone(HOME)) & (world.employers.unit < 0))
    take_job(r, world.employers, world.counts, row, int(here[0]), 1, CO, np.int32(30_000), 0)


def with_partner(world, row, employed):
    other = give_partner(world, row, employed=True)
    r = world.residents
    leave_job(r, world.employers, world.counts, other)
    set_status(r, world.counts, other, OUTSIDE)
    if employed:
        works(world, other)
    return other


def own(world, row, tenure=OWNER):
    world.households.tenure[world.residents.household[row]] = tenure


CASES = {
    "single": (lambda w, k: None, 1.0),
    "single who owns": (own, 0.55),
    "single in a tenant-owned flat": (lambda w, k: own(w, k, TENANT_OWNER), 1.0),
    "couple": (lambda w, k: with_partner(w, k, False), 0.5 * 0.6),
    "couple of whom one works": (lambda w, k: with_partner(w, k, True), 0.5 * 0.6),
    "couple of whom both work": (lambda w, k: (with_partner(w, k, True), works(w, k)), 0.5 * 0.6 * 0.7),
    "couple who own": (lambda w, k: (with_partner(w, k, False), own(w, k)), 0.5 * 0.6 * 0.55),
    "lone parent of a child of three": (lambda w, k: give_member(w, k, MONTH - 36), 0.65),
    "lone parent of a child of ten": (lambda w, k: give_member(w, k, MONTH - 120), 0.4),
    "unemployed": (lambda w, k: set_status(w.residents, w.counts, k, UNEMPLOYED), 1.5),
    "unemployed parent": (
        lambda w, k: (set_status(w.residents, w.counts, k, UNEMPLOYED), give_member(w, k, MONTH - 36)),
        0.65,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_hazard_of_a_move_is_that_of_year_place_and_age_times_the_odds_of_the_ties(case):
    """Guards u < moving[year, m, age] * odds, and that the group of the mover's age says where to."""
    make, odds = CASES[case]
    for word, moved in zip(around(MOVING * odds), (True, False), strict=True):
        world, row = a_mover()
        make(world, row)
        moves(world, [row], [word])
        assert (world.residents.mun[row] == zone(AWAY)) == moved
        assert world.counts.movers.sum() == (
            world.households.size[world.residents.household[row]] if moved else 0
        )


def test_who_has_moved_this_month_stays():
    """Guards against a second move in the month of the first."""
    world, row = a_mover()
    world.residents.address[row] = MONTH
    moves(world, [row], [0])
    assert world.counts.movers.sum() == 0


def test_quitting_weighs_what_is_lost_after_tax():
    """Guards the odds of quitting on second thoughts: exp(-(1 - benefit) (1 - tax) wage / scale), worked out by hand.

    All work where commuters are imposed, so that they keep on or quit; each of some 80 outcomes is told exactly.
    """
    benefit, scale = 0.8, 2290.0
    world = make_world(unemployment_benefit=benefit, choice_scale=scale)
    own_tables(world).moving[:] = 0.0
    world.tables.tax[zone(HOME)] = 0.3
    r, e = world.residents, world.employers
    rows = rows_of(world, home=zone(HOME))[:80]
    for row in rows:
        commuter(world, row, AWAY, mode=WEEKLY, since=0)
        r.wage[row] = 20_000 + 100 * (row % 50)
    e.imposed[r.employer[rows]] = True
    luck = np.array([draw4(r.uid[k], 10, int(Stream.RECONSIDER), 0, world.key)[0] for k in rows]) / 2.0**32
    odds = np.exp(-(1 - benefit) * (1 - 0.3) * r.wage[rows] / scale)
    moves(world, rows, np.ones(rows.size), month=10)
    assert ((r.status[rows] == UNEMPLOYED) == (luck > 1.0 / (1.0 + odds))).all()
    assert 10 < (r.status[rows] == UNEMPLOYED).sum() < 40


@pytest.mark.parametrize(("word", "asked"), [(0, True), (1, False)])
def test_second_thoughts_come_with_their_rate(word, asked):
    """Guards u < background + reconsider_rate, and that nobody has them within half a year."""
    rate = 0.03
    for since, may in ((4, True), (5, False)):
        world = make_world(reconsider_rate=rate, moving_cost=0.0, known_place=0.0)
        own_tables(world).moving[:] = 0.0
        world.counts.dwellings[:] += 1000
        rows = rows_of(world, home=zone("Sundsvall"))[:40]
        for row in rows:
            commuter(world, row, AWAY, mode=WEEKLY, since=since)
        moves(world, rows, np.full(rows.size, around(rate)[word]), month=10)
        stay = world.residents.mode[rows] == WEEKLY
        assert stay.all() == (not (asked and may))


@pytest.mark.parametrize(
    ("years", "groups", "kind"),
    [
        (17, ("age_0_17", "age_30_44"), "children"),
        (18, ("age_18_29", "age_30_44"), "single"),
        (19, ("age_18_29", "age_30_44"), "single"),
    ],
)
def test_leavers_are_counted_by_age_education_and_household(years, groups, kind):
    """Guards who counts as a child of a household that moves: under eighteen, and without education."""
    world = make_world()
    world.counts.dwellings[:] += 10
    row = a_single(world, home=HOME)
    of_age(world, row, 40)
    other = give_member(world, row, -12 * years - 5)
    world.residents.skill[row], world.residents.skill[other] = 2, 0
    assert move_home(
        world.residents, world.households, world.employers, world.counts, world.tables, world.travel, world.p, row,
        zone(AWAY), 0,
    ) == 2  # fmt: skip
    found = dict(zip(LEAVERS, world.counts.leavers[zone(HOME)].tolist(), strict=True))
    expected = dict.fromkeys((*groups, "education_tertiary"), 1) | {f"household_{kind}": 2}
    if years >= 18:
        expected["education_compulsory"] = 1
    assert {name: n for name, n in found.items() if n} == expected
    assert world.counts.leavers.sum() == world.counts.leavers[zone(HOME)].sum()
    arrived = np.flatnonzero(world.counts.arrivers.sum(axis=1))
    assert arrived.size == 1
    assert arrived[0] != zone(HOME)
    assert world.counts.arrivers[arrived[0]].tolist() == [found[group] for group in ARRIVERS]


@pytest.mark.parametrize("order", [(20, 50, 35), (50, 20, 35), (35, 20, 50)])
def test_the_oldest_who_stays_becomes_head(order):
    """Guards who heads a household after its head has left, whatever the order in the ring."""
    world = make_world()
    r, h = world.residents, world.households
    row = a_single(world, home=HOME)
    others = [give_member(world, row, -12 * years) for years in order]
    house = r.household[row]
    live_alone(r, h, world.counts, row, 0)
    assert h.size[house] == 3
    assert h.head[house] == others[order.index(50)]


def test_a_hazard_above_one_is_a_certainty():
    """Guards that a hazard above one is one: the largest draw moves too."""
    world, row = a_mover()
    world.tables.moving[1, zone(HOME), 30] = 5.0
    moves(world, [row], [2**32 - 1])
    assert world.residents.mun[row] == zone(AWAY)
