"""The pass over all residents lists exactly those whose draws lie below the bounds, and no hazard is above its bound."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_region import tiny_region

from abm.core.rng import Stream, draw4
from abm.core.state import DAILY, EMPLOYED, EMPLOYER_CODES, NEW_JOBS, SETTLED, WEEKLY, set_class, work_zone
from abm.core.tables.labour import FIRST_YEAR, LATER_YEARS
from abm.core.world import World
from abm.parameters import Parameters
from abm.phases.hazards import LABOUR, MOVING, hazard_pass, layoff_first_bits
from abm.population import build_population
from abm.scenario import Scenario

AWARE_FROM = np.uint64(2**32 * 0.97)


@pytest.fixture(scope="module")
def world():
    region = tiny_region(8, 6000, seed=3)
    scenario = Scenario.model_validate(
        {"name": "test", "mode": "behavioural", "end": "2021-12", "events": []}
    )
    world = World(region, build_population(region), scenario, Parameters(), seed=5, replicate=1)
    for _ in range(6):  # births, newcomers and dismissals have happened
        world.step()
    return world


def words_of(world, row, month):
    """The four draws, from their definition: eight bits of one call for four months, the rest of another."""
    r = world.residents
    first = draw4(r.uid[row], month // 4, int(Stream.MONTH), 0, world.key)[month % 4]
    rest = draw4(r.uid[row], month, int(Stream.MONTH), 1, world.key)
    return [((int(first) >> (8 * k)) & 0xFF) << 24 | int(rest[k]) >> 8 for k in range(4)]


@pytest.mark.parametrize("month", [6, 7, 8])
def test_lists_are_those_of_a_plain_comparison(world, month):
    r, e, t = world.residents, world.employers, world.tables
    e.layoff[:] = 0
    e.layoff[::3] = np.uint32(2**31)
    layoff_first_bits(e.layoff, world._layoff_bits)
    counts = np.zeros(5, np.int64)
    rows = np.zeros_like(world._lists)
    words = np.zeros_like(world._words)
    hazard_pass(
        r, e.layoff, world._layoff_bits, t, month, world.key, AWARE_FROM, 0, int(r.meta[0]), world._whom[0],
        world._fine[0], world._below[0], world._mark[0], world._pending[0], rows, words, counts,
    )  # fmt: skip
    expected = [[] for _ in range(5)]
    drawn = [[] for _ in range(5)]
    for row in np.flatnonzero(r.cls[: r.meta[0]]):
        age = min(max(month - int(r.birth[row]), 0) // 12, t.bound.shape[1] - 1)
        bound = t.bound[r.cls[row], age].astype(np.int64)
        if r.employer[row] >= 0:
            bound[2] += e.layoff[r.employer[row]]
        w = words_of(world, row, month)
        for k in range(4):
            if w[k] < bound[k]:
                expected[k].append(row)
                drawn[k].append(w[k])
        if w[3] >= bound[3] and w[3] >= AWARE_FROM and 18 <= age < 65:
            expected[4].append(row)
            drawn[4].append(w[3])
    assert min(counts) > 0
    for k in range(5):
        assert rows[k, : counts[k]].tolist() == expected[k]
        assert words[k, : counts[k]].tolist() == drawn[k]


def test_codes_of_no_employer_are_never_dismissed(world):
    bits = np.ones(EMPLOYER_CODES + 4, np.uint16)
    layoff_first_bits(np.array([0, 1, 2**24, 2**32 - 1], np.uint32), bits)
    assert bits.tolist() == [0, 0, 0, 0, 1, 2, 256]


def test_classes_follow_what_residents_do(world):
    """Whatever happened in half a year: everybody's class and bounds are those of the present state."""
    r = world.residents
    used = int(r.meta[0])
    classes, limits = r.cls[:used].copy(), r.limit[:used].copy()
    for row in np.flatnonzero(r.status[:used]):
        set_class(r, row)
    assert (r.cls[:used] == classes).all()
    assert (r.limit[:used] == limits).all()
    assert set(np.unique(classes)) >= {4 * EMPLOYED, 4 * EMPLOYED + 1, NEW_JOBS, NEW_JOBS + 4}


def test_no_hazard_is_above_the_bound_of_its_class(world):
    """Else the draw would not be looked at, and the event be too rare."""
    r, t, p = world.residents, world.tables, world.p
    rows = np.flatnonzero(r.status[: int(r.meta[0])] == EMPLOYED)
    home, age = r.mun[rows], np.clip((world.month - r.birth[rows].astype(int)) // 12, 0, 100)
    bound = t.bound[r.cls[rows], age] / 2.0**32
    ends = p.separation_rate * t.jobs_end[home]
    ends *= np.where(world.month - r.job[rows] < SETTLED, FIRST_YEAR, LATER_YEARS)
    work = np.array([work_zone(r, world.employers, row, world.n_mun) for row in rows])
    far = world.travel.minutes[home, work] > p.time_kink
    commutes = r.mode[rows] >= DAILY
    ends *= np.where((r.mode[rows] == WEEKLY) | (commutes & far), p.long_commute_separation, 1.0)
    assert (ends + t.exit[r.sex[rows], age] + p.search_on_the_job <= bound[:, LABOUR]).all()
    # who parts or loses the job before moves are due has the hazard of a single without a job
    moves = t.moving[0, home, age] * max(1.0, p.odds_unemployed)
    assert (moves + np.where(commutes, p.reconsider_rate, 0.0) <= bound[:, MOVING]).all()
    assert commutes.any()
    assert (~commutes).any()
