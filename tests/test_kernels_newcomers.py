"""Newcomers: how old they are, how many come together, and that fractions of a household come out right in the mean."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import make_world, zone

from abm.core.rng import new_uid
from abm.core.state import S
from abm.phases.newcomers import arrivals, arrive, fill_from_outside, persons_per_arrival

HERE = "Umeå"


def newcomers(number, age_cdf=None):
    """A world and the first adults of so many households that arrive."""
    world = make_world()
    c, m = world.counts, zone(HERE)
    c.dwellings[m] += number
    cdf = world.age_cdf[0, m] if age_cdf is None else age_cdf
    rows = [
        arrive(
            world.residents, world.households, c, world.tables, cdf, world.n_mun, m, new_uid(5, 3, k), 3, world.key
        )
        for k in range(number)
    ]  # fmt: skip
    assert min(rows) >= 0
    return world, np.array(rows)


def ages(world, rows):
    return (3 - world.residents.birth[rows].astype(int)) // 12


def test_first_adults_have_the_ages_of_the_statistics_from_18_on():
    """Guards the draw of an age: children of the table left out, each age in its proportion to the others.

    Half of the table are children; of the others three fifths are 25: 1,000 draws have a standard error of 0.016.
    """
    share = np.zeros(101)
    share[[5, 25, 60]] = 0.5, 0.3, 0.2
    world, rows = newcomers(1000, np.cumsum(share))
    found = ages(world, rows)
    assert set(found) == {25, 60}
    assert (found == 25).mean() == pytest.approx(0.6, abs=0.06)


def test_households_are_as_large_as_persons_per_arrival_says():
    """Guards that rates of households bring as many persons as official: the mean of 1,500 has a standard error of 0.02."""
    world, rows = newcomers(1500)
    cdf = world.age_cdf[0, zone(HERE)]
    share = (cdf[59] - cdf[19]) / (cdf[99] - cdf[17])
    expected = 1.0 + share * (0.22 + 0.12 * 1.5 + 0.06)
    assert persons_per_arrival(world.age_cdf)[0, zone(HERE)] == pytest.approx(expected)
    sizes = world.households.size[world.residents.household[rows]]
    assert sizes.mean() == pytest.approx(expected, abs=0.08)
    assert sizes.sum() == world.counts.movers[world.n_mun, zone(HERE)]


def test_families_come_at_their_ages_only():
    """Guards that nobody below twenty or from sixty on comes with others."""
    for age in (18, 19, 60, 70):
        cdf = np.where(np.arange(101) >= age, 1.0, 0.0)
        world, rows = newcomers(60, cdf)
        assert (ages(world, rows) == age).all()
        assert (world.households.size[world.residents.household[rows]] == 1).all()


def test_of_a_couple_the_man_is_two_years_older():
    """Guards the sign of the age gap of couples that arrive."""
    cdf = np.where(np.arange(101) >= 35, 1.0, 0.0)
    world, rows = newcomers(200, cdf)
    r = world.residents
    first = rows[r.partner[rows] >= 0]
    other = r.partner[first]
    women = np.where(r.sex[first] == 0, first, other)
    men = np.where(r.sex[first] == 0, other, first)
    assert first.size > 25
    assert (r.sex[women] == 0).all()
    assert (r.sex[men] == 1).all()
    assert (r.birth[women].astype(int) - r.birth[men] == 24).all()
    assert min((r.sex[first] == 0).sum(), (r.sex[first] == 1).sum()) > 5


@pytest.mark.parametrize("rate", [0.3, 1.6])
def test_a_fraction_of_a_household_comes_in_as_many_months(rate):
    """Guards floor(rate + u): unbiased in the mean of 60 months by 16 flows, whose standard error is 0.016."""
    world = make_world()
    c = world.counts
    came = 0
    rates = np.full((2, world.n_mun), rate)
    for month in range(60):
        c.dwellings[:] = c.households + 50
        before = c.moving_households.sum()
        arrivals(world.residents, world.households, c, world.tables, rates, world.age_cdf, month, world.key)
        here = c.moving_households.sum() - before
        assert int(rate) * 16 <= here <= (int(rate) + 1) * 16
        came += here
    assert came / (60 * 16) == pytest.approx(rate, abs=0.06)


def test_a_fraction_of_an_open_job_is_filled_from_outside_in_as_many_cells():
    """Guards floor(open * share + u): 0.3 households for each single open job, over some 1,300 a standard error of 0.013."""
    world = make_world(newcomer_vacancy_share=0.3)
    c, e = world.counts, world.employers
    offered = 0
    for month in range(10):
        c.dwellings[:] = c.households + 50
        e.vacancies[:] = 0
        first = [k for cell in range(world.n_mun * S) if (k := e.cell_start[cell]) < e.cell_start[cell + 1]]
        e.vacancies[first] = 1
        offered += len(first)
        fill_from_outside(
            world.residents, world.households, e, c, world.tables, world.market, world.p, world.age_cdf[0], month,
            world.key,
        )  # fmt: skip
    assert offered > 1000
    assert c.moving_households[world.n_mun].sum() / offered == pytest.approx(0.3, abs=0.05)
    assert c.moving_households.sum() == c.moving_households[world.n_mun].sum()


def test_who_finds_no_dwelling_does_not_come():
    """Guards that each household that comes has a dwelling, and the others are counted as turned away."""
    world = make_world()
    c = world.counts
    c.dwellings[:] = c.households
    c.dwellings[zone(HERE)] += 3
    rates = np.full((2, world.n_mun), 2.0)
    turned = arrivals(world.residents, world.households, c, world.tables, rates, world.age_cdf, 1, world.key)
    assert c.moving_households.sum() == 3
    assert turned >= 2 * 2 * world.n_mun - 3
    assert (c.dwellings >= c.households).all()
