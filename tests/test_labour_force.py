"""Who takes part in the labour force stays the same by age: entry and exit make up for one another."""

from __future__ import annotations

import numpy as np
import pytest

from abm.core.state import EARLY_RETIREMENT, EMPLOYED, RETIREMENT, UNEMPLOYED
from abm.core.tables.ages import share_by_age
from abm.core.tables.labour import LATER_YEARS, exit_and_entry
from abm.core.world import World
from abm.parameters import Parameters
from abm.population import population_for
from abm.region import load_region
from abm.scenario import load_scenario

MONTHS = 36
RATE = Parameters()["separation_rate"]


@pytest.fixture(scope="module")
def people():
    return population_for(load_region(), 0, 0.05)


def employed_by_age(world, month):
    r = world.residents
    used = int(r.meta[0])
    age = (month - r.birth[:used].astype(int)) // 12
    return np.bincount(age[r.status[:used] == EMPLOYED], minlength=101)[:101]


def test_exit_and_entry_keep_participation_by_age(people):
    age = np.minimum(-people.birth_month.astype(int) // 12, 100)
    active = np.isin(people.status, (EMPLOYED, UNEMPLOYED))
    exits, entry = exit_and_entry(people, age, active, 44, RATE)
    now = share_by_age(active, people.sex, age)
    old = slice(RETIREMENT, 80)  # beyond, too few work for a share that falls with every year
    yearly = 1.0 - (1.0 - exits) ** 12
    left = now * (1.0 - yearly - 12.0 * LATER_YEARS * RATE)
    np.testing.assert_allclose(left[:, old], now[:, RETIREMENT + 1 : 81], rtol=0.05)
    # from 62 on whoever leaves retires for good, and as many do as participation falls with age
    early = slice(EARLY_RETIREMENT, RETIREMENT)
    np.testing.assert_allclose(
        (now * (1.0 - yearly))[:, early], now[:, EARLY_RETIREMENT + 1 : RETIREMENT + 1], rtol=0.01
    )
    assert (entry[:, :, EARLY_RETIREMENT:] == 0).all()
    # below, entry of the region as a whole brings back whom exit takes away, where anybody enters
    prime = slice(30, 55)
    region = 1.0 - (1.0 - entry.mean(axis=0)) ** 12
    taken, brought = now * yearly, (1.0 - now) * region
    change = now[:, 31:56] - now[:, prime]
    np.testing.assert_allclose(brought[:, prime] - taken[:, prime], change, atol=0.02)


def test_those_who_work_beyond_65_are_as_many_three_years_later(people):
    """Some 1,200 at this scale: three per cent are a standard deviation, and a third was lost when exit was assumed."""
    world = World(load_region(), people, load_scenario("baseline"), Parameters(), seed=1)
    before = employed_by_age(world, 0)[RETIREMENT:].sum()
    for _ in range(MONTHS):
        world.step()
    after = employed_by_age(world, MONTHS)[RETIREMENT:].sum()
    assert after == pytest.approx(before, rel=0.1)
