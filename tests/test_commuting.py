"""The baseline goes on commuting as it did: new hires work as far from home as today's employed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from abm import Parameters, load_region, load_scenario, population_for
from abm.core.seekers import gather, scratch, seekers_of
from abm.core.state import DAILY, EMPLOYED, LOCAL, UNEMPLOYED, WEEKLY, S
from abm.core.tables.acceptance import LEAST_ACCEPTED, chance_taken
from abm.core.travel import commute_km
from abm.core.world import World
from abm.phases.search import choose
from abm.schema import EMPLOYER_NONE

SCALE = 0.1
MONTHS = 36
BANDS = [(30, 60), (60, 110), (110, 300)]


def working(world):
    """Rows of the employed, and how far from home each works, km."""
    r, n = world.residents, int(world.residents.meta[0])
    rows = np.flatnonzero((r.status[:n] == EMPLOYED) & (r.employer[:n] != EMPLOYER_NONE))
    return rows, commute_km(world)[rows]


def world_of(seed=3, replicate=0, **values):
    region = load_region()
    people = population_for(region, 0, SCALE)
    return World(
        region, people, load_scenario("baseline"), Parameters(values), seed=seed, replicate=replicate
    )


@pytest.fixture(scope="module")
def baseline():
    """Three years at a tenth of the size: shares by distance at the start and among new hires."""
    world = world_of()
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


@pytest.fixture(scope="module")
def start():
    world = world_of()
    return SimpleNamespace(world=world, taken=chance_taken(world, world.tables))


@pytest.mark.parametrize("where", ["Sundsvall", "Timrå", "Härnösand", "Örnsköldsvik"])
def test_offers_are_taken_as_often_as_the_table_says(start, where):
    """Those who look in Sundsvall choose on an offer in their own sector, by the choice of the model, with luck of their own.

    Some 2,000 choices by 700 persons: five standard errors, and a tenth for the personal draws, which differ.
    """
    w, names = start.world, list(start.world.region.names)
    home, zone = names.index("Sundsvall"), names.index(where)
    r, p = w.residents, w.p
    n = int(r.meta[0])
    luck = np.random.default_rng(4)
    of = [np.flatnonzero((r.status[:n] == s) & (r.mun[:n] == home)) for s in (UNEMPLOYED, EMPLOYED)]
    looks = np.array([of[0].size * p.search_unemployed, of[1].size * p.search_on_the_job])
    share = looks / looks.sum()
    taken = []
    for rows in of:
        rows = luck.choice(rows, 350).astype(np.int32)
        q = seekers_of(rows.size)
        gather(
            q, r, w.households, w.employers, w.tables, w.travel, w.market, p, rows, False, scratch(), 0, w.key
        )
        chosen = [
            choose(
                q, k, r, w.households, w.employers, w.tables, w.travel, w.market, p, zone, min(int(q.own[k]), S - 1),
                p.amenity_spread * luck.normal(), 0, luck.random(),
            )[0]
            for k in range(rows.size)
            for _ in range(6)
        ]  # fmt: skip
        taken.append(np.isin(chosen, (LOCAL, DAILY, WEEKLY)).mean())
    simulated = float(share @ taken)
    error = np.sqrt(sum(c**2 * t * (1 - t) / 350 for c, t in zip(share, taken, strict=True)))
    assert abs(simulated - start.taken[home, zone]) < 5 * error + 0.1 * simulated


def test_fewer_take_an_offer_that_is_dear_to_reach_or_adds_little_to_what_one_has(start):
    m = start.world.n_mun
    away = ~np.eye(m, m + 2, dtype=bool) & (start.taken > 2 * LEAST_ACCEPTED)
    assert away.sum() > 200
    assert (start.taken >= LEAST_ACCEPTED).all()
    assert (start.taken < 1.0).all()
    for values in ({"travel_cost_km": 3.0, "time_value_daily": 130.0}, {"reservation_wage": 1.0}):
        world = world_of(**values)
        fewer = chance_taken(world, world.tables)
        assert (fewer <= start.taken + 1e-12)[away].all()
        assert fewer[away].mean() < 0.9 * start.taken[away].mean()
    used = world_of(weekly_type_share=0.12)
    more = chance_taken(used, used.tables)
    assert (more >= start.taken - 1e-12).all()
    assert more[:, m].mean() > 1.05 * start.taken[:, m].mean()  # the rest of Sweden


def test_what_is_seen_does_not_depend_on_the_luck_of_a_world(start):
    other = world_of(seed=9, replicate=2)
    np.testing.assert_array_equal(other.near, start.world.near)
    np.testing.assert_array_equal(chance_taken(other, other.tables), start.taken)
