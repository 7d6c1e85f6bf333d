"""A world of two fifths of the residents tells the same figures as one of them all: whatever is a sum has the weight."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from conftest import KINDS
from tiny_region import tiny_region

from abm.core.demand import Demand
from abm.core.establishments import jobs_ordered
from abm.core.state import S
from abm.core.world import World
from abm.parameters import Parameters
from abm.phases.moves import _mobility_factor
from abm.phases.search import AT_LEAST_OPEN
from abm.population import build_population
from abm.schema import SECTOR_INDEX

SCALES = (1.0, 0.4)
WEIGHT = 2.5


@cache
def place():
    return tiny_region()


@cache
def people(scale):
    return build_population(place(), 0, scale)


def world_of(kind, scale, *, seed=1, months=0, **values):
    world = World(place(), people(scale), KINDS[kind], Parameters(values), seed=seed)
    for _ in range(months):
        world.step()
    return world


def both(figure, *args, **more):
    """A figure of both worlds."""
    return [figure(world_of(*args, scale=scale, **more)) for scale in SCALES]


def test_the_weight_is_the_residents_that_one_stands_for():
    """Guards the premise of this module."""
    assert both(lambda w: w.weight, "baseline") == [1.0, WEIGHT]


def test_the_plant_gets_its_jobs():
    """Guards jobs of establishments / weight: 60 jobs are 24 simulated ones, and 60 in the series."""
    direct = both(
        lambda w: w.weight * (w.employers.filled + w.employers.boundary)[w.employers.unit >= 0].sum(),
        "plant, study", months=24,
    )  # fmt: skip
    assert direct == pytest.approx([60.0, 60.0], abs=5.0)


def test_gross_wages_are_those_of_all_residents():
    """Guards the weight in gross wages: MSEK a year, within sampling."""
    wages = both(lambda w: w.demand._gross_wages(w.counts).sum(), "baseline")
    assert wages[1] == pytest.approx(wages[0], rel=0.05)
    assert wages[0] == pytest.approx(world_of("baseline", 1.0).counts.wage_sum.sum() * 12 / 1e6)


def test_a_layoff_takes_the_same_output():
    """Guards jobs / weight at the employers and * weight in the output that goes: 20 jobs, in official size."""
    umea, trade = place().index("Umeå"), SECTOR_INDEX["G"]
    for scale in SCALES:
        world = world_of("layoff", scale, months=2)
        before = np.array(world.employers.base[world.employers.unit < 0]).sum()
        world.step()
        assert world.exogenous.sum() == pytest.approx(-20.0) == world.exogenous[umea, trade]
        lost = before - world.employers.base.sum()
        assert lost * world.weight == pytest.approx(20.0, rel=0.03)  # at this month's index of output


def test_follow_on_firms_add_the_same_output():
    """Guards that what events found is told in official size and added at employers in simulated jobs."""
    for scale in SCALES:
        world = world_of("plant, behavioural", scale, follow_on_rate=3.0, spin_off_rate=0.0)
        for _ in range(13):
            world.step()
        founded = world.exogenous.sum()
        assert founded > 0
        assert world.employers.shift.sum() * world.weight == pytest.approx(founded)


def test_as_many_move_away():
    """Guards the weight in hazards of moving, in expectation: persons who leave in a year if all that happens is this.

    From the tables, so without luck; residents at 0.4 are a sample whose ages and ties differ by a few per cent.
    """

    def expected(world):
        r, h, p = world.residents, world.households, world.p
        n = int(r.meta[0])
        total = 0.0
        for row in np.flatnonzero(r.status[:n] > 0):
            age = min(max(-int(r.birth[row]) // 12, 0), 100)
            hazard = world.tables.moving[0, r.mun[row], age]
            if hazard > 0:
                house = r.household[row]
                head = h.head[house] == row or r.partner[row] >= 0
                total += hazard * _mobility_factor(r, h, p, row, 0) * (h.size[house] if head else 1)
        return 12 * total * world.weight

    found = both(expected, "baseline")
    official = place().migration[: place().n_municipalities].sum()
    assert found == pytest.approx([0.97 * official] * 2, rel=0.01)


def test_as_many_come():
    """Guards the weight in arrivals: persons a year from the boundary zones, in official size."""
    persons = both(lambda w: 12 * w.weight * w.arrival_rate.sum(), "baseline")
    assert persons[0] == pytest.approx(persons[1])
    came = place().migration[place().n_municipalities :].sum()
    assert 0.6 * came < persons[0] < came  # households of one to four


def test_out_migrants_over_two_years():
    """Guards the same in what happens: some 350 persons leave, 140 simulated ones at 0.4.

    Households move together, so a standard error is about a tenth; a weight forgotten makes it two fifths or 2.5 times.
    """

    def left(world):
        total = 0
        for _ in range(24):
            world.step()
            total += world.counts.movers[: world.n_mun].sum()
        return total * world.weight

    whole, part = both(left, "baseline")
    assert part == pytest.approx(whole, rel=0.3)


def test_orders_ask_for_the_same_jobs():
    """Guards / weight at each employer and * weight in the sum: contracts are bid weight * jobs ordered, product by product."""
    for scale in SCALES:
        world = world_of("plant, behavioural", scale, months=16)
        ordered = np.zeros(S)
        for u in world.units:
            if u.jobs[15] > 0:
                share = np.bincount(world.employers.sector, u.bid_weight, S)
                ordered += share * jobs_ordered(u, place(), world.parameters, 15)
        assert ordered.sum() > 1.0
        assert world.contracts.sum(axis=0) == pytest.approx(ordered)
        assert world.employers.contract.sum() * world.weight == pytest.approx(ordered.sum())


def test_usual_open_jobs_are_a_share_of_the_jobs():
    """Guards / weight in what is usually open, but for the smallest cells, which have a least number."""
    for scale in SCALES:
        world = world_of("baseline", scale)
        large = 0.015 * place().jobs / world.weight > AT_LEAST_OPEN
        assert large.sum() >= 5
        assert world._usual_open[large] * world.weight == pytest.approx(0.015 * place().jobs[large])
        assert (world._usual_open[~large] == AT_LEAST_OPEN).all()


def test_dwellings_are_those_of_the_residents():
    """Guards / weight in dwellings at the start, and in those built as scheduled: 3 for 1,000 residents a year."""
    dwellings = both(lambda w: w.weight * w.counts.dwellings.sum(), "baseline")
    assert dwellings[1] == pytest.approx(dwellings[0], rel=0.05)
    values = {"building_response": 0.0, "price_response": 0.0}
    built = []
    for scale in SCALES:
        world = world_of("baseline", scale, **values)
        owed = world.dwellings_owed.sum() + world.counts.dwellings.sum()
        for _ in range(12):
            world.step()
        built.append((world.dwellings_owed.sum() + world.counts.dwellings.sum() - owed) * world.weight)
    assert built == pytest.approx([place().dwellings_built.sum()] * 2)


def test_housing_of_a_scenario_is_built_in_full():
    """Guards / weight in dwellings of events: 100 in Umeå at any scale."""
    for scale in SCALES:
        values = {"building_response": 0.0, "price_response": 0.0}
        plain, more = (world_of(k, scale, months=12, **values) for k in ("baseline", "housing"))
        extra = [
            w.counts.dwellings[place().index("Umeå")] + w.dwellings_owed[place().index("Umeå")]
            for w in (plain, more)
        ]
        assert (extra[1] - extra[0]) * plain.weight == pytest.approx(100.0)


def test_public_need_is_that_of_all_residents():
    """Guards the weight in public need."""
    need = both(lambda w: w.demand._need(w.counts, 0).sum(), "baseline")
    assert need[1] == pytest.approx(need[0], rel=0.05)


def test_consumption_is_that_of_all_residents():
    """Guards the weight in what residents, commuters and visitors spend, place by place."""
    whole, part = both(lambda w: w.demand._consumption(w.counts), "baseline")
    assert part == pytest.approx(whole, rel=0.08)


def test_one_who_stands_for_two_is_as_good_as_two():
    """Guards every weight in demand: residents of weight two have the wages, needs and spending of twice as many."""
    world = world_of("baseline", 1.0)
    twice = world.counts.copy()
    for name in ("status", "need", "need_later", "wage_sum", "commuters"):
        getattr(twice, name)[...] *= 2
    heavy = replace(world.demand, weight=2.0)
    for figure in (Demand._gross_wages, Demand._consumption, lambda d, c: d._need(c, 5)):
        assert figure(heavy, world.counts) == pytest.approx(figure(world.demand, twice), rel=1e-12)
    for part, found in heavy._endogenous(world.counts, 5).items():
        assert found == pytest.approx(world.demand._endogenous(twice, 5)[part]), part
