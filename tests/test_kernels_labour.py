"""Labour events: who loses a job, leaves, enters and searches, on both sides of each threshold."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import G, a_single, around, commuter, hire, make_world, of_age, own_tables, zone

from abm.core.rng import Stream, draw4
from abm.core.state import (
    CHILD,
    EMPLOYED,
    LOCAL,
    OUTSIDE,
    RETIRED,
    UNEMPLOYED,
    WEEKLY,
    S,
    leave_job,
    set_status,
)
from abm.phases.labour import labour_events

HOME = "Örnsköldsvik"
MONTH = 20
SEPARATION, SEARCH, SEARCH_UNEMPLOYED = 0.006, 0.04, 0.4
FIRST, LATER = 2.5, 0.85
LONG = 1.4
HARDER = 1.3  # jobs end so much more often in the municipality
EXIT = (0.01, 0.03)  # women, men
ENTRY = 0.02


def a_world():
    world = make_world(
        separation_rate=SEPARATION, search_on_the_job=SEARCH, search_unemployed=SEARCH_UNEMPLOYED,
        long_commute_separation=LONG,
    )  # fmt: skip
    t = own_tables(world)
    t.exit[:] = np.array(EXIT)[:, None]
    t.entry[:] = 0.9
    t.entry[zone(HOME), 0] = ENTRY
    t.entry[zone(HOME), 1] = 2 * ENTRY
    t.jobs_end[:] = 50.0
    t.jobs_end[zone(HOME)] = HARDER
    return world


def a_worker(*, years=40, sex=0, since=-60, status=EMPLOYED):
    world = a_world()
    r = world.residents
    row = a_single(world, home=HOME)
    r.sex[row] = sex
    of_age(world, row, years, MONTH)
    hire(world, row, HOME, G, since=since, mode=LOCAL)
    if status != EMPLOYED:
        leave_job(r, world.employers, world.counts, row)
        set_status(r, world.counts, row, status)
    return world, row


def after(world, row, word, *, factor=1.0):
    """Status after a month with a draw, and whether on the list of searchers."""
    entry = np.full(world.n_mun, 7.0)
    entry[zone(HOME)] = factor
    searchers = np.full(2, -1, np.int32)
    n = labour_events(
        world.residents, world.employers, world.counts, world.tables, world.p, world.travel,
        np.array([row], np.int32), np.array([word], np.uint64), MONTH, world.key, entry, searchers,
    )  # fmt: skip
    assert searchers[:n].tolist() == [row] * n
    return int(world.residents.status[row]), bool(n)


def ends(since=-60):
    return SEPARATION * HARDER * (FIRST if since > MONTH - 12 else LATER)


@pytest.mark.parametrize("since", [-60, MONTH - 12, MONTH - 11, MONTH - 1])
def test_jobs_end_with_the_rate_of_their_tenure(since):
    """Guards separation_rate * jobs_end * 2.5 in the first year and 0.85 later, and that who leaves does not search yet."""
    below, above = around(ends(since))
    assert after(*a_worker(since=since), below) == (UNEMPLOYED, False)
    assert after(*a_worker(since=since), above) == (OUTSIDE, False)  # the next event in line: exit


def test_jobs_of_long_commuters_end_more_often():
    """Guards the ratio of long-distance commuters, who are those away for the week."""
    for word, status in zip(around(ends(MONTH - 30) * LONG), (UNEMPLOYED, OUTSIDE), strict=True):
        world, row = a_worker()
        commuter(world, row, "Luleå", mode=WEEKLY, since=MONTH - 30)
        assert after(world, row, word)[0] == status


def test_the_dismissed_search_at_once_and_those_who_leave_do_not():
    """Guards that dismissal comes before separation, and that the dismissed alone go on the searchers' list."""
    chance = 0.25
    for share, searches in ((chance, True), (chance + ends(), False)):
        world, row = a_worker()
        world.employers.layoff[world.residents.employer[row]] = np.uint32(chance * 2**32)
        assert after(world, row, around(share)[0]) == (UNEMPLOYED, searches)
    world, row = a_worker()
    world.employers.layoff[world.residents.employer[row]] = np.uint32(chance * 2**32)
    assert after(world, row, around(chance + ends())[1])[0] == OUTSIDE


def test_who_is_dismissed_at_the_age_of_retirement_retires():
    """Guards that nobody of 65 or more is unemployed or searches."""
    for years, found in ((64, (UNEMPLOYED, True)), (65, (RETIRED, False))):
        world, row = a_worker(years=years)
        world.employers.layoff[world.residents.employer[row]] = np.uint32(2**31)
        assert after(world, row, 0) == found


@pytest.mark.parametrize("sex", [0, 1])
def test_women_and_men_leave_the_labour_force_with_their_own_hazard(sex):
    """Guards exit[sex, age] of those who work and of the unemployed."""
    below, above = around(ends() + EXIT[sex])
    assert after(*a_worker(sex=sex), below) == (OUTSIDE, False)
    assert after(*a_worker(sex=sex), above) == (EMPLOYED, True)
    below, above = around(EXIT[sex])
    assert after(*a_worker(sex=sex, status=UNEMPLOYED), below) == (OUTSIDE, False)
    assert after(*a_worker(sex=sex, status=UNEMPLOYED), above) == (UNEMPLOYED, True)


def test_who_leaves_from_62_on_is_retired():
    """Guards that leaving at 61 is being outside the labour force and at 62 retirement, from work or without."""
    word = around(ends() + EXIT[0])[0]
    assert after(*a_worker(years=61), word)[0] == OUTSIDE
    assert after(*a_worker(years=62), word)[0] == RETIRED
    word = around(EXIT[0])[0]
    assert after(*a_worker(years=61, status=UNEMPLOYED), word)[0] == OUTSIDE
    assert after(*a_worker(years=62, status=UNEMPLOYED), word)[0] == RETIRED


def test_search_on_the_job_ends_at_62():
    """Guards u < ... + search_on_the_job for those below 62."""
    below, above = around(ends() + EXIT[0] + SEARCH)
    assert after(*a_worker(years=61), below) == (EMPLOYED, True)
    assert after(*a_worker(years=61), above) == (EMPLOYED, False)
    assert after(*a_worker(years=62), below) == (EMPLOYED, False)


def test_the_unemployed_search_with_their_chance():
    """Guards u < exit + search_unemployed."""
    below, above = around(EXIT[0] + SEARCH_UNEMPLOYED)
    assert after(*a_worker(status=UNEMPLOYED), below) == (UNEMPLOYED, True)
    assert after(*a_worker(status=UNEMPLOYED), above) == (UNEMPLOYED, False)


@pytest.mark.parametrize(("sex", "factor"), [(0, 1.0), (0, 1.6), (1, 0.5)])
def test_entry_goes_with_sex_and_with_the_factor_of_the_place(sex, factor):
    """Guards entry[m, sex, age] * entry_factor[m], and that who enters searches."""
    below, above = around((1 + sex) * ENTRY * factor)
    assert after(*a_worker(sex=sex, status=OUTSIDE), below, factor=factor) == (UNEMPLOYED, True)
    assert after(*a_worker(sex=sex, status=OUTSIDE), above, factor=factor) == (OUTSIDE, False)


def test_education_at_sixteen_is_that_of_the_sex():
    """Guards the shares by place, sex and age: women of the place all have tertiary, everybody else compulsory education."""
    for sex, years, found in ((0, 16, (2, OUTSIDE)), (1, 16, (0, OUTSIDE)), (0, 15, (0, CHILD))):
        world, row = a_worker(years=years, sex=sex, status=CHILD)
        world.residents.skill[row] = 0
        world.tables.educated[:] = (1.0, 1.0, 1.0)
        world.tables.educated[zone(HOME), 0, 16] = (0.0, 0.0, 1.0)
        status = after(world, row, 0)[0]
        assert (int(world.residents.skill[row]), status) == found


@pytest.mark.parametrize("sex", [0, 1])
def test_pay_at_sixteen_has_the_spread_of_the_population(sex):
    """Guards the pay of who comes of age: that of education, sex and age at the place, times exp(sqrt(12) 0.18 (u - 1/2))
    over its mean, 1.01628."""
    world, row = a_worker(years=16, sex=sex, status=CHILD)
    t = world.tables
    t.educated[:] = (0.0, 1.0, 1.0)
    u = draw4(world.residents.uid[row], 0, int(Stream.SKILL), 0, world.key)[1] / 2.0**32
    after(world, row, 0)
    mean = t.wage_base[S, 1] * t.wage_level[zone(HOME)] * t.career[1, sex, 16]
    assert world.residents.wage[row] == pytest.approx(
        mean * np.exp(np.sqrt(12.0) * 0.18 * (u - 0.5)) / 1.01628, abs=1.0
    )
