"""The baseline goes on commuting as it did: new hires work as far from home as today's employed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from abm import Parameters, load_region, load_scenario, population_for
from abm.core.state import EMPLOYED
from abm.core.tables.sight import LEAST_ACCEPTED, accepted
from abm.core.travel import commute_km
from abm.core.world import World
from abm.schema import EMPLOYER_NONE

SCALE = 0.1
MONTHS = 36
BANDS = [(30, 60), (60, 110), (110, 300)]


def working(world):
    """Rows of the employed, and how far from home each works, km."""
    r, n = world.residents, int(world.residents.meta[0])
    rows = np.flatnonzero((r.status[:n] == EMPLOYED) & (r.employer[:n] != EMPLOYER_NONE))
    return rows, commute_km(world)[rows]


@pytest.fixture(scope="module")
def baseline():
    """Three years at a tenth of the size: shares by distance at the start and among new hires."""
    region = load_region()
    people = population_for(region, 0, SCALE)
    world = World(region, people, load_scenario("baseline"), Parameters(), seed=3, replicate=0)
    r = world.residents
    _, km = working(world)
    start = [((km >= least) & (km < most)).mean() for least, most in BANDS]
    hires = []
    for month in range(MONTHS):
        world.step()
        rows, km = working(world)
        new = (r.job[rows] == month) & (month > 0)
        hires.append([new.sum()] + [(new & (km >= least) & (km < most)).sum() for least, most in BANDS])
    return SimpleNamespace(start=start, hires=np.sum(hires, axis=0))


@pytest.mark.slow
@pytest.mark.parametrize("band", range(len(BANDS)))
def test_new_hires_repeat_todays_commuting_by_distance(baseline, band):
    """Some 25,000 hires, 500 to 1,200 of them in a band: a fifth is four standard errors and more.

    Before acceptance was a mean over those who look, hires at 30 to 60 km were half as many again as commuters.
    """
    share = baseline.hires[1 + band] / baseline.hires[0]
    assert share == pytest.approx(baseline.start[band], rel=0.2)


def test_fewer_accept_an_offer_the_more_the_way_costs():
    region = load_region()
    m, p = region.n_municipalities, Parameters()
    jobless, family = np.full(m, 0.06), np.full(m, 0.5)
    zones = m + 2
    minutes = np.full((m, zones), 30.0)
    before = np.ones((m, zones))
    away = ~np.eye(m, zones, dtype=bool)
    for cost in (0.0, 1_000.0, 4_000.0, 12_000.0, 1e6):
        way = np.full((m, zones), cost)
        taken = accepted(region, p, minutes, way, way, jobless, family)
        assert (taken[away] <= before[away]).all()
        assert (taken[away] < before[away]).all() or taken[away].min() == LEAST_ACCEPTED
        assert np.diag(taken) == pytest.approx(
            np.diag(accepted(region, p, minutes, 0 * way, way, jobless, family))
        )
        assert (accepted(region, p, minutes, way, way, 2 * jobless, family) >= taken).all()
        before = taken
    # beyond a daily reach the nights away come on top, less for those who are used to them
    far = np.full((m, zones), 2.0 * p["daily_limit"])
    way = np.full((m, zones), 3_000.0)
    weekly = accepted(region, p, far, way, way, jobless, family)
    assert (weekly[away] < accepted(region, p, minutes, way, way, jobless, family)[away]).all()
    tied = accepted(region, p, far, way, way, jobless, np.ones(m))
    assert (tied[away] < weekly[away]).all()
    used = accepted(region, p.replace(weekly_type_share=0.12), far, way, way, jobless, family)
    assert (used[away] > weekly[away]).all()
