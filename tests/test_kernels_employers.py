"""Employers and those who commute from outside: how fast too many jobs end, and how often commuters change."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import G, factory, make_world, zone

from abm.core.state import S
from abm.phases.employers import order, plan_dismissals, plan_jobs
from abm.phases.in_commuters import in_commuters

HERE = "Umeå"


def an_employer(world):
    e = world.employers
    return int(e.cell_start[zone(HERE) * S + G])


@pytest.mark.parametrize(
    ("filled", "boundary", "wanted", "share"),
    [
        (100, 0, 90, 0.05),  # half of ten
        (100, 0, 81, 0.095),  # half of nineteen
        (100, 0, 80, 0.2),  # twenty and more all at once
        (100, 0, 40, 0.6),
        (5, 10, 9, 3.0 / 15),  # commuters from the boundary zones bear their part
        (5, 10, 2, 6.5 / 15),
        (15, 10, 0, 1.0),  # no more than there are
    ],
)
def test_half_of_a_few_jobs_too_many_end_in_a_month_and_all_of_many(filled, boundary, wanted, share):
    """Guards the chance of dismissal: half of the excess, all of it from twenty on, of all who work there."""
    world = make_world()
    e, k = world.employers, an_employer(world)
    e.filled[k], e.boundary[k], e.shift[k], e.contract[k], e.rounding[k] = filled, boundary, 0.0, 0.0, 0.0
    e.base[k] = wanted
    plan_jobs(e, np.ones_like(world.index), np.zeros(1), world.market.open)
    assert e.desired[k] == wanted
    assert e.vacancies[k] == 0
    plan_dismissals(e, np.zeros(1), 1.0)
    assert e.layoff[k] / 2.0**32 == pytest.approx(share, abs=1e-8)


def test_the_twenty_jobs_that_end_at_once_are_official_ones():
    """Guards that the threshold counts residents and not simulated ones: two of weight ten are twenty."""
    world = make_world()
    e, k = world.employers, an_employer(world)
    e.filled[k], e.boundary[k], e.desired[k] = 10, 0, 8
    for weight, share in ((1.0, 0.1), (9.9, 0.1), (10.0, 0.2)):
        plan_dismissals(e, np.zeros(1), weight)
        assert e.layoff[k] / 2.0**32 == pytest.approx(share, abs=1e-8)


def test_an_establishment_dismisses_by_this_month_s_plan():
    """Guards that what a scenario ends in a month ends in it, and that who left since the plan is not too many."""
    world = make_world(factory())
    e, k = world.employers, world.units[0].employer
    e.filled[k], e.desired[k] = 100, 100
    plan_dismissals(e, np.array([60.0, 0.0]), 1.0)
    assert e.desired[k] == 60
    assert e.layoff[k] / 2.0**32 == pytest.approx(0.4, abs=1e-8)
    e.filled[k] = 60
    plan_dismissals(e, np.array([60.0, 0.0]), 1.0)
    assert e.layoff[k] == 0


def test_plans_follow_output_events_and_contracts():
    """Guards floor(base * index + shift + contract + rounding), and open jobs as what is wanting."""
    world = make_world()
    e, k = world.employers, an_employer(world)
    e.filled[k], e.boundary[k] = 3, 2
    e.base[k], e.shift[k], e.contract[k], e.rounding[k] = 10.0, 1.5, 2.25, 0.25
    index = np.ones_like(world.index)
    index[zone(HERE), G] = 1.2
    plan_jobs(e, index, np.zeros(1), world.market.open)
    assert e.desired[k] == 16  # 12 + 1.5 + 2.25 + 0.25
    assert e.vacancies[k] == 11
    e.rounding[k] = 0.24
    plan_jobs(e, index, np.zeros(1), world.market.open)
    assert e.desired[k] == 15
    plan_dismissals(e, np.zeros(1), 1.0)
    assert e.layoff[k] == 0
    e.shift[k] = -100.0
    plan_jobs(e, index, np.zeros(1), world.market.open)
    assert e.desired[k] == 0


def test_orders_are_shared_out_in_simulated_jobs():
    """Guards contract += share of the product's orders * jobs / weight, on top of what is ordered already."""
    world = make_world()
    e = world.employers
    luck = np.random.default_rng(2)
    share, jobs = luck.random(e.mun.size), luck.random(S) * 50
    order(e, share, jobs, 2.5)
    once = e.contract.copy()
    assert once == pytest.approx(share * jobs[e.sector] / 2.5)
    order(e, share, jobs, 2.5)
    assert e.contract == pytest.approx(2 * once)


@pytest.mark.parametrize(
    ("separation", "ratio", "share"), [(0.05, 1.4, 0.08), (0.05, 1.0, 0.06), (0.0, 1.4, 0.01)]
)
def test_commuters_from_outside_leave_as_long_commuters_do(separation, ratio, share):
    """Guards separation_rate * long_commute_separation + one in a hundred who change jobs: of 1,000 so many, or one more."""
    world = make_world(separation_rate=separation, long_commute_separation=ratio)
    e, c, m = world.employers, world.counts, zone(HERE)
    e.boundary[:] = 0
    k = an_employer(world)
    e.boundary[k] = 1000
    c.commuters[world.n_mun, m] = 1000
    c.filled[m, G] += 1000
    world.market.open[:] = 0
    more = in_commuters(e, c, world.p, np.zeros(world.n_mun), world.market.open, 3, world.key)
    assert -more in (round(1000 * share), round(1000 * share) + 1)
    assert e.boundary[k] == 1000 + more == c.commuters[world.n_mun, m]


def test_commuters_from_outside_are_dismissed_as_residents_are():
    """Guards floor(boundary * layoff + u) at ordinary employers: a share that ends, and everybody where all ends."""
    for share, gone in ((0.0, 0), (0.25, 10), (1.0, 40)):
        world = make_world(separation_rate=0.0, long_commute_separation=1.0)
        e, c, m = world.employers, world.counts, zone(HERE)
        e.boundary[:] = 0
        k = an_employer(world)
        e.boundary[k] = 40
        e.layoff[k] = np.uint32(share * (2.0**32 - 1.0))
        c.commuters[world.n_mun, m] = 40
        c.filled[m, G] += 40
        before = c.filled[m, G]
        world.market.open[:] = 0
        more = in_commuters(e, c, world.p, np.zeros(world.n_mun), world.market.open, 3, world.key)
        changed = 40 - gone  # of those left one in a hundred takes another job
        assert -more == pytest.approx(gone + changed / 100, abs=1.0)
        assert e.boundary[k] == 40 + more == c.commuters[world.n_mun, m]
        assert c.filled[m, G] == before + more


def test_a_sector_that_closes_keeps_no_commuters_from_outside():
    """Guards that commuters from the boundary zones do not outlast their employer: all go in the month of
    closing, half where fewer than twenty work."""
    world = make_world()
    e, m = world.employers, zone(HERE)
    here = (e.mun == m) & (e.sector == G) & (e.unit < 0)
    e.boundary[here] += 3
    world.counts.commuters[world.n_mun, m] += 3 * int(here.sum())
    world.counts.filled[m, G] += 3 * int(here.sum())
    e.base[here], e.shift[here], e.contract[here] = 0.0, 0.0, 0.0
    plan_jobs(e, world.index, np.zeros(1), world.market.open)
    plan_dismissals(e, np.zeros(1), 1.0)
    few = here & (e.filled + e.boundary < 20)
    many = here & ~few
    held = e.boundary.copy()
    in_commuters(e, world.counts, world.p, np.zeros(world.n_mun), world.market.open, 3, world.key)
    assert (e.boundary[many] == 0).all()
    assert (e.boundary[few] <= held[few] - 1).all()  # half of three, rounded by chance
    assert world.counts.filled[m, G] == (e.filled + e.boundary)[(e.mun == m) & (e.sector == G)].sum()


def test_as_many_commuters_come_as_are_wanted_and_find_open_jobs():
    """Guards floor(wanted * turnover * open / all open + u): the cells share by their open jobs."""
    world = make_world(separation_rate=0.05, long_commute_separation=1.4)
    e, c, m = world.employers, world.counts, zone(HERE)
    e.boundary[:] = 0
    e.vacancies[:] = 0
    world.market.open[:] = 0
    wanted = np.zeros(world.n_mun)
    wanted[m] = 1000.0  # 80 a month
    came = {}
    for sector, vacant in ((G, 300), (0, 100)):
        k = int(e.cell_start[m * S + sector])
        e.vacancies[k] = world.market.open[m, sector] = vacant
        came[k] = 80 * vacant // 400
    assert in_commuters(e, c, world.p, wanted, world.market.open, 3, world.key) == pytest.approx(80, abs=2)
    for k, expected in came.items():
        assert expected <= e.boundary[k] <= expected + 1
    assert world.market.open.sum() == 400 - e.boundary.sum()
