"""What the world adds to the kernels: arrivals by year, travel in money, pay once a year, dwellings at their price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_worlds import G, fire, make_world, region, rows_of, zone

from abm.core import world as world_module
from abm.core.state import DAILY, EMPLOYED, OUTSIDE, WEEKLY, work_zone
from abm.core.travel import price_travel
from abm.phases.newcomers import arrivals

HERE = "Umeå"


def arrival_rates(world, months, monkeypatch):
    """Rates of arrival month by month, and jobs per resident of working age when they were asked for."""
    found, jobs = [], []

    def spy(r, h, c, t, rate, age_cdf, month, key):
        adults = c.status[:, EMPLOYED : OUTSIDE + 1].sum(axis=1)
        found.append(rate.copy())
        jobs.append(c.filled.sum(axis=1) / adults)
        return arrivals(r, h, c, t, rate, age_cdf, month, key)

    monkeypatch.setattr(world_module, "arrivals", spy)
    for _ in range(months):
        world.step()
    return np.array(found), np.array(jobs)


def test_immigration_is_that_of_the_year(monkeypatch):
    """Guards the yearly index of arrivals from abroad, by municipality; the last year holds for all later ones."""
    m = region().n_municipalities
    years = np.outer([1.0, 2.0, 0.5], np.linspace(0.8, 1.2, m))
    world = make_world(place=replace(region(), immigration=years), in_migration_elasticity=0.0)
    rate, _ = arrival_rates(world, 40, monkeypatch)
    for month, year in ((0, 0), (11, 0), (12, 1), (23, 1), (24, 2), (39, 2)):
        assert rate[month, 1] == pytest.approx(world.arrival_rate[1] * years[year])
        assert rate[month, 0] == pytest.approx(world.arrival_rate[0])


def test_arrivals_from_the_rest_of_sweden_go_with_jobs_per_adult(monkeypatch):
    """Guards (jobs per adult relative to the start) ^ elasticity."""
    world = make_world(in_migration_elasticity=0.6)
    start = world._jobs_per_adult_start.copy()
    world._jobs_per_adult_start *= np.linspace(0.5, 2.0, world.n_mun)
    rate, jobs = arrival_rates(world, 3, monkeypatch)
    ratio = jobs / (start * np.linspace(0.5, 2.0, world.n_mun))
    assert rate[:, 0] == pytest.approx(world.arrival_rate[0] * ratio**0.6)


# --- Travel -----------------------------------------------------------------------------------------

PRICES = {
    "time_value_daily": 90.0,
    "time_value_weekly": 120.0,
    "travel_cost_km": 2.0,
    "time_kink": 45.0,
    "kink_cost": 150.0,
    "boundary_trip": 1000.0,
    "second_home_rent": 3500.0,
}


def a_trip(minutes, km, *, to=None, **changes):
    """Daily and weekly cost of a trip of so many minutes and kilometres."""
    world = make_world(**{**PRICES, **changes})
    trip = zone(HERE), zone("Skellefteå") if to is None else to
    world.ordinary_minutes[trip], world.travel.km[trip] = minutes, km
    price_travel(world, world.travel)
    return world.travel.daily[trip], world.travel.weekly[trip]


def test_a_commute_worked_out_by_hand():
    """Guards the price of an hour and 100 km: 90 + 15 min * 150/h + 100 km * 2 * 0.7 one way, 42 ways; weekly 4.33 trips."""
    daily, weekly = a_trip(60.0, 100.0)
    assert daily == pytest.approx(21 * 2 * (90.0 + 37.5 + 140.0))
    assert weekly == pytest.approx(4.33 * 2 * (120.0 + 140.0) + 3500.0)
    daily, weekly = a_trip(45.0, 0.0)
    assert daily == pytest.approx(21 * 2 * 67.5)
    assert weekly == pytest.approx(4.33 * 2 * 90.0 + 3500.0)


def test_kilometres_cost_whatever_the_time():
    """Guards the money part of a daily commute: 2 SEK * 0.7 a kilometre, 42 times a month."""
    costs = [a_trip(30.0, km)[0] for km in (0.0, 10.0, 50.0)]
    assert np.diff(costs) == pytest.approx([42 * 1.4 * 10, 42 * 1.4 * 40])


def test_a_weekly_trip_to_the_boundary_zones_has_a_ceiling():
    """Guards the cap on trips there, and on no others."""
    here = make_world().n_mun
    assert a_trip(600.0, 800.0, to=here)[1] == pytest.approx(4.33 * 1000.0 + 3500.0)
    assert a_trip(600.0, 800.0, to=here + 1)[1] == pytest.approx(4.33 * 1000.0 + 3500.0)
    assert a_trip(600.0, 800.0)[1] == pytest.approx(4.33 * 2 * (1200.0 + 1120.0) + 3500.0)
    assert a_trip(60.0, 10.0, to=here)[1] == pytest.approx(4.33 * 2 * (120.0 + 14.0) + 3500.0)


def test_support_makes_time_and_money_cheaper_each_by_its_factor():
    """Guards that the factor on cost leaves time alone, and the other way round."""
    world = make_world(**PRICES)
    trip = zone(HERE), zone("Skellefteå")
    world.ordinary_minutes[trip], world.travel.km[trip] = 40.0, 100.0
    for time, cost in ((1.0, 0.5), (0.5, 1.0)):
        world.time_factor[trip], world.cost_factor[trip] = time, cost
        price_travel(world, world.travel)
        assert world.travel.minutes[trip] == pytest.approx(40.0 * time)
        assert world.travel.daily[trip] == pytest.approx(42 * (60.0 * time + 140.0 * cost))


# --- Pay and dwellings ------------------------------------------------------------------------------


def test_pay_is_revised_in_december_alone():
    """Guards the yearly revision: wages stay in eleven months and follow the index of the cell in the twelfth, once.

    Of people who are as experienced as they will be and have the education they will have.
    """
    world = make_world()
    world.tables = world.tables.copy()
    world.tables.raises[:] = 1.0
    world.tables.schooling[:] = 0.0
    r, e = world.residents, world.employers
    rows = rows_of(world, home=zone(HERE))
    rows = rows[r.employer[rows] >= 0]
    before = r.wage[rows].copy()
    changed = []
    for month in range(24):
        world.month = month
        world.market.wage_index[:] = 1.1 if month < 12 else 1.32
        now = r.wage[rows].copy()
        world._adjust()
        changed.append(bool((r.wage[rows] != now).any()))
        if month == 11:
            index = world.revised[e.mun[r.employer[rows]], e.sector[r.employer[rows]]]
            assert r.wage[rows] == pytest.approx(before * index, abs=1.0)
            assert index == pytest.approx(1.1, rel=0.02)
    assert changed == ([False] * 11 + [True]) * 2
    assert world.counts.wage_sum.sum() == r.wage[: r.meta[0]][r.status[: r.meta[0]] == EMPLOYED].sum()


@pytest.mark.parametrize("index", [1.0, 1.2])
def test_pay_goes_a_twelfth_of_half_the_way_to_the_wage_curve_in_a_month(index):
    """Guards w * exp((0.5 (curve ln(u / u start) - ln w)) / 12)."""
    world = make_world(wage_response=0.0, wage_curve=-0.1)
    m, c = zone("Sundsvall"), world.counts
    for row in rows_of(world, home=m)[:150]:
        fire(world, row)
    world.month = 20
    world.market.wage_index[m, G] = index
    jobless = c.status[m, 3] / (c.status[m, 2] + c.status[m, 3])
    curve = -0.1 * np.log(jobless / world.tables.unemployment_start[m])
    assert curve < -0.05
    world._adjust()
    assert np.log(world.market.wage_index[m, G]) == pytest.approx(
        np.log(index) + 0.5 * (curve - np.log(index)) / 12.0
    )


def test_open_posts_raise_pay_by_the_response_in_a_year():
    """Guards wage_response * (share of posts open - what is usual), a twelfth a month."""
    world = make_world(wage_response=0.3, wage_curve=0.0)
    m, e = zone("Sundsvall"), world.employers
    world.month = 20
    e.desired[:] = e.filled + e.boundary
    filled = world.counts.filled[m, G]
    e.desired[int(e.cell_start[m * 17 + G])] += 30
    world.vacancy_norm[:] = 0.02
    world._adjust()
    assert np.log(world.market.wage_index[m, G]) == pytest.approx(0.3 * (30 / (filled + 30) - 0.02) / 12.0)


@pytest.mark.parametrize("price", [1.0, 2.0])
def test_dwellings_are_built_as_scheduled_times_their_price(price):
    """Guards the schedule: twelve months build the year's dwellings, twice as many where they are worth twice as much."""
    built = np.full(region().n_municipalities, 60.0)
    built[zone(HERE)] = 200.0
    world = make_world(
        place=replace(region(), dwellings_built=built), building_response=0.0, price_response=0.0
    )  # fmt: skip
    world.market.price[zone(HERE)] = price
    before = world.counts.dwellings.copy()
    for _ in range(12):
        world.step()
    expected = built.copy()
    expected[zone(HERE)] = 200.0 * price
    more = world.counts.dwellings - before
    assert (np.abs(more - expected) <= 1).all()


def test_what_is_missing_is_built_with_the_response():
    """Guards building_response * dwellings short of two free in a hundred, a year."""
    world = make_world(
        place=replace(region(), dwellings_built=np.zeros(region().n_municipalities)),
        building_response=0.5, price_response=0.0,
    )  # fmt: skip
    c, m = world.counts, zone(HERE)
    c.dwellings[:] = c.households + 500
    c.dwellings[m] = c.households[m] + 5
    world.step()
    here, taken = c.dwellings[m], c.households[m]
    assert 0.02 * here - (here - taken) > 2.0
    assert world.dwellings_owed[m] == pytest.approx(0.5 * (0.02 * here - (here - taken)) / 12.0)
    assert np.delete(world.dwellings_owed, m) == pytest.approx(0.0)


def test_prices_follow_what_dwellings_are_free():
    """Guards price * exp(response * (share free at the start - share free now) / 12), between a half and three."""
    world = make_world(price_response=4.0)
    c, m = world.counts, zone(HERE)
    free = (c.dwellings[m] - c.households[m]) / c.dwellings[m]
    c.dwellings[m] = c.households[m]
    world.month = 20
    world._adjust()
    assert np.log(world.market.price[m]) == pytest.approx(4.0 * free / 12.0)
    assert np.delete(world.market.price, m) == pytest.approx(1.0)
    world.market.price[: world.n_mun] = 2.999
    world.home_vacancy[:] = 0.9
    world._adjust()
    assert world.market.price[m] == 3.0
    assert (world.market.price[world.n_mun :] == 1.0).all()


@pytest.mark.parametrize("limit", [75.0, 90.0, 110.0])
def test_who_commutes_daily_at_the_start_follows_the_limit(limit):
    """Guards that daily_limit holds for the commutes there are at the start and not for new ones alone."""
    world = make_world(daily_limit=limit)
    r, e = world.residents, world.employers
    rows = np.flatnonzero(r.mode[: r.meta[0]] >= DAILY)
    zones = [work_zone.py_func(r, e, row, world.n_mun) for row in rows]
    daily = world.ordinary_minutes[r.mun[rows], zones] <= limit
    assert daily.any()
    assert not daily.all()
    assert (r.mode[rows] == np.where(daily, DAILY, WEEKLY)).all()
