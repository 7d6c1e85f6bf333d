"""Events: jobs that are cut stay cut, and support runs from its first month to its last, whatever runs beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_worlds import CP, commuter, factory, make_world, rows_of, zone

from abm.core.happenings import cut_jobs, happen
from abm.core.state import DAILY, WEEKLY
from abm.core.travel import travel_anew
from abm.phases.employers import plan_jobs
from abm.schema import N_SECTORS

HERE = "Umeå"


def employers_of(world, sector=CP):
    e = world.employers
    cell = zone(HERE) * N_SECTORS + sector
    return slice(int(e.cell_start[cell]), int(e.cell_start[cell + 1]))


def a_cell(*, index=1.0, shift=0.0, contract=0.0):
    world = make_world()
    here = employers_of(world)
    world.index[zone(HERE), CP] = index
    world.employers.shift[here] = shift
    world.employers.contract[here] = contract
    return world, here


def jobs_at(world, here, index):
    """What the employers of the cell have, before rounding, at an index of output."""
    e = world.employers
    return e.base[here] * index + e.shift[here] + e.contract[here]


@pytest.mark.parametrize("index", [0.8, 1.0, 1.3])
def test_a_sector_that_closes_has_no_jobs_however_its_market_goes(index):
    """Guards that a closure leaves nothing to grow from, whatever the index of output, now or later."""
    world, here = a_cell(index=index, shift=0.7)
    others = np.delete(world.employers.base.copy(), np.arange(here.start, here.stop))
    gone = jobs_at(world, here, index).sum()
    cut_jobs(world, zone(HERE), CP, math.inf)
    for later in (0.5, 1.0, 3.0):
        world.index[zone(HERE), CP] = later
        plan_jobs(world.employers, world.index, np.zeros(1), world.market.open)
        assert (world.employers.desired[here] == 0).all()
        assert world.market.open[zone(HERE), CP] == 0
    assert world.exogenous.sum() == pytest.approx(-gone * world.weight)
    assert (np.delete(world.employers.base, np.arange(here.start, here.stop)) == others).all()


@pytest.mark.parametrize("index", [0.8, 1.0, 1.3])
def test_a_part_that_goes_is_the_same_part_however_the_market_goes(index):
    """Guards that a lay-off takes as many jobs as it says at this month's output, and its share at any other."""
    world, here = a_cell(index=index, shift=0.5, contract=0.25)
    before = {x: jobs_at(world, here, x) - 0.25 for x in (0.5, index, 2.0)}
    largest = int(np.argmax(world.employers.base[here]))
    cut = 0.4 * (before[index][largest] + 0.25)
    cut_jobs(world, zone(HERE), CP, cut)
    for x, jobs in before.items():
        left = (jobs_at(world, here, x) - 0.25) / jobs
        assert left[largest] == pytest.approx(0.6)
        assert np.delete(left, largest) == pytest.approx(1.0)
    assert world.exogenous[zone(HERE), CP] == pytest.approx(-0.4 * before[index][largest] * world.weight)


def test_the_largest_employers_lose_their_jobs_first():
    """Guards that one after the other closes, from the largest on, until as many jobs are gone."""
    world, here = a_cell(index=1.1)
    before = jobs_at(world, here, 1.1)
    order = np.argsort(-before, kind="stable")
    cut = before[order[:2]].sum() + 0.5 * before[order[2]]
    cut_jobs(world, zone(HERE), CP, cut)
    left = jobs_at(world, here, 1.1) / before
    assert left[order[:2]] == pytest.approx(0.0)
    assert left[order[2]] == pytest.approx(0.5)
    assert left[order[3:]] == pytest.approx(1.0)


def test_establishments_ask_for_bids_anew_after_a_closure():
    """Guards that orders go no longer to employers that have closed: none of the cell has any in the next month."""
    closing = {"kind": "closure", "municipality": HERE, "sector": "CP", "month": "2020-06"}
    world = make_world(factory(operation=({"month": "2020-01", "jobs": 400},)), closing)
    here = employers_of(world)
    orders = []
    for _ in range(8):
        world.step()
        orders.append(float(world.employers.contract[here].sum()))
    assert min(orders[:5]) > 0.0
    assert orders[5:] == [0.0] * 3
    assert (world.employers.desired[here] == 0).all()


# --- Support ----------------------------------------------------------------------------------------


def bus(month, until, time_factor, cost_factor):
    return {
        "kind": "support", "support": "commuter_bus", "month": month, "until": until, "from": "Umeå",
        "to": "Skellefteå", "time_factor": time_factor, "cost_factor": cost_factor,
    }  # fmt: skip


def partner(month, until, strength):
    return {
        "kind": "support", "support": "partner", "month": month, "until": until, "municipality": "Skellefteå",
        "strength": strength,
    }  # fmt: skip


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_buses_the_better_counts_and_one_that_ends_does_not_end_the_other(first):
    """Guards both factors, there and back, until the last month of each bus, in whatever order the file has them."""
    buses = bus("2020-02", "2020-05", 0.9, 0.4), bus("2020-03", "2020-04", 0.6, 0.7)
    world = make_world(buses[first], buses[1 - first])
    trip = zone("Umeå"), zone("Skellefteå")
    ordinary = world.travel.minutes[trip]
    time, cost, minutes = [], [], []
    for _ in range(6):
        world.step()
        assert world.time_factor[trip] == world.time_factor[trip[::-1]]
        assert world.cost_factor[trip] == world.cost_factor[trip[::-1]]
        time.append(float(world.time_factor[trip]))
        cost.append(float(world.cost_factor[trip]))
        minutes.append(world.travel.minutes[trip] / ordinary)
    assert time == [1.0, 0.9, 0.6, 0.6, 0.9, 1.0]
    assert cost == [1.0, 0.4, 0.4, 0.4, 0.4, 1.0]
    assert minutes == pytest.approx(time)


def test_of_two_helps_for_partners_the_stronger_counts_while_it_lasts():
    """Guards the same of help for partners, at the place it is for and nowhere else."""
    world = make_world(partner("2020-02", "2020-03", 0.8), partner("2020-01", "2020-04", 0.3))
    found = []
    for _ in range(6):
        world.step()
        found.append(float(world.travel.partner_help[zone("Skellefteå")]))
        assert np.delete(world.travel.partner_help, zone("Skellefteå")).sum() == 0.0
    assert found == [0.3, 0.8, 0.8, 0.3, 0.0, 0.0]


def test_support_without_an_end_goes_on():
    """Guards that `until` left out means to the end."""
    world = make_world(partner("2020-02", None, 0.5))
    found = []
    for _ in range(15):
        world.step()
        found.append(float(world.travel.partner_help[zone("Skellefteå")]))
    assert found == [0.0] + [0.5] * 14


# --- How those who commute travel -------------------------------------------------------------------


def test_who_commutes_weekly_does_so_daily_once_it_is_within_reach():
    """Guards the modes after a change: by the cheaper of both within `daily_limit`, on the link and nowhere else, and
    back when a bus ends."""
    world = make_world(bus("2020-02", "2020-04", 0.5, 1.0), daily_limit=75.0)
    r, here, there = world.residents, zone("Umeå"), zone("Skellefteå")
    assert 75.0 < world.travel.minutes[here, there] <= 150.0
    row, other = (int(k) for k in rows_of(world, home=here)[:2])
    commuter(world, row, "Skellefteå", mode=WEEKLY, since=-60)
    away = int(
        np.argmax(np.where(np.arange(world.n_mun) == here, -1, world.travel.minutes[here, : world.n_mun]))
    )
    commuter(world, other, world.region.names[away], mode=WEEKLY, since=-60)
    classes = []
    for _ in range(5):
        happen(world)
        world.month += 1
        assert r.mode[other] == WEEKLY
        classes.append((int(r.mode[row]), int(r.cls[row])))
    assert [mode for mode, _ in classes] == [WEEKLY, DAILY, DAILY, DAILY, WEEKLY]
    assert classes[0] == classes[-1]


def test_a_mode_that_costs_more_is_not_taken_up_by_who_keeps_to_it():
    """Guards that a link elsewhere changes nobody's mode, whatever it costs."""
    world = make_world()
    row = int(rows_of(world, home=zone("Umeå"))[0])
    commuter(world, row, "Skellefteå", mode=WEEKLY, since=-60)
    before = world.residents.mode.copy()
    travel_anew(world)
    assert (world.residents.mode == before).all()
