"""Hazard tables: the projection of the region alone, and families that stay as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_worlds import make_world, people, region, zone

from abm.core.state import EMPLOYED, UNEMPLOYED
from abm.core.tables.acceptance import LEAST_ACCEPTED, chance_taken
from abm.core.tables.family import family_hazards
from abm.core.tables.projection import YEARS_AHEAD, ages_ahead, workforce_ahead


def closed(**changes):
    """The region without deaths and movers unless told."""
    place = region()
    zero = {"deaths": np.zeros_like(place.deaths), "migration": np.zeros_like(place.migration)}
    return replace(place, **{**zero, **changes})


def test_a_cohort_grows_older_year_by_year():
    """Guards the projection without deaths and movers: everybody is a year older, the oldest stay in their class."""
    now, later = ages_ahead(closed())[:2]
    assert later[:, 1:100] == pytest.approx(now[:, :99])
    assert later[:, 100] == pytest.approx(now[:, 99] + now[:, 100])


def test_children_are_born_to_women():
    """Guards births = rate by age * women of that age, in each municipality."""
    place = closed()
    women = place.population[:, 0].astype(float)
    born = ages_ahead(place)[1][:, 0]
    assert born == pytest.approx((place.births * women).sum(axis=1))
    men_only = place.population.copy()
    men_only[:, 0, 15:50] = 0
    assert ages_ahead(replace(place, population=men_only))[1][:, 0] == pytest.approx(0.0)


def test_the_dead_are_those_of_sex_and_age():
    """Guards deaths by sex and age at the start."""
    place = closed(deaths=region().deaths)
    now, later = ages_ahead(place)[:2]
    dead = (place.deaths * place.population).sum(axis=(1, 2))
    assert now.sum(axis=1) - later[:, 1:].sum(axis=1) == pytest.approx(dead)


def test_as_many_leave_as_in_the_table_of_movers():
    """Guards that leavers have the ages of moving, whatever the scale of those intensities, and the number of the table."""
    flows = region().migration.copy()
    m = region().n_municipalities
    flows[m:] = 0.0
    for scale in (1.0, 3.0):
        place = closed(migration=flows, migration_age=region().migration_age * scale)
        now, later = ages_ahead(place)[:2]
        came = flows[:, :m].sum(axis=0)
        gone = now.sum(axis=1) + came - later[:, 1:].sum(axis=1)
        assert gone == pytest.approx(flows[:m].sum(axis=1), rel=1e-6)


def test_immigrants_come_by_year():
    """Guards that newcomers from abroad go with the index of the year, and the last year holds."""
    m = region().n_municipalities
    flows = np.zeros_like(region().migration)
    flows[m + 1, :m] = 50.0
    place = closed(
        migration=flows,
        immigration=np.outer([1.0, 2.0, 0.5], np.ones(m)),
        births=np.zeros_like(region().births),
    )
    people_ahead = ages_ahead(place).sum(axis=2)
    came = np.diff(people_ahead, axis=0)
    for year, index in ((0, 1.0), (1, 2.0), (2, 0.5), (3, 0.5), (YEARS_AHEAD - 2, 0.5)):
        assert came[year] == pytest.approx(50.0 * index)


def test_the_workforce_is_of_working_age():
    """Guards ages 20 to 64, relative to the start."""
    place = closed()
    ahead = workforce_ahead(place)
    now = place.population.sum(axis=1).astype(float)
    assert ahead[0] == pytest.approx(1.0)
    assert ahead[1] == pytest.approx(now[:, 19:64].sum(axis=1) / now[:, 20:65].sum(axis=1))


def pairing(deaths):
    """Hazards of finding a partner, of women and of men, by age."""
    world = make_world()
    place = replace(region(), deaths=deaths)
    age = np.minimum(-people().birth_month.astype(int) // 12, 100)
    return family_hazards(place, people(), age, world.tables.moving[0], 0.4).pairing


def test_who_loses_a_partner_is_widowed_by_the_deaths_of_the_other_sex():
    """Guards that shares of couples are kept against the deaths of partners: more men who die, more women who pair anew."""
    usual = region().deaths
    more = usual.copy()
    more[:, 1, 50:70] += 0.02
    women, men = pairing(more) - pairing(usual)
    assert women[50:70].mean() > 1e-4
    assert (men == 0.0).all()
    more = usual.copy()
    more[:, 0, 50:70] += 0.02
    women, men = pairing(more) - pairing(usual)
    assert (women == 0.0).all()
    assert men[50:70].mean() > 1e-4


def taken(**looks):
    """How often offers are taken where the unemployed and the employed look so often."""
    world = make_world(**looks)
    return chance_taken(world, world.tables), world


def test_who_looks_more_often_counts_for_more():
    """Guards weights of how often offers are taken: search_unemployed, and for each of the employed asked that of forty."""
    unemployed, world = taken(search_unemployed=0.4, search_on_the_job=0.0)
    employed, _ = taken(search_unemployed=0.0, search_on_the_job=0.05)
    both, _ = taken(search_unemployed=0.4, search_on_the_job=0.05)
    r, n = world.residents, int(world.residents.meta[0])
    home = zone("Umeå")
    jobless = np.flatnonzero(r.status[:n] == UNEMPLOYED)
    asked = np.flatnonzero(r.status[:n] == EMPLOYED)[::40]
    looks = (r.mun[jobless] == home).sum() * 0.4, (r.mun[asked] == home).sum() * 40 * 0.05
    assert min(looks) > 5.0
    assert unemployed[home, home] > employed[home, home] + 0.1
    expected = (looks[0] * unemployed[home] + looks[1] * employed[home]) / sum(looks)
    near = (unemployed[home] > 2 * LEAST_ACCEPTED) & (employed[home] > 2 * LEAST_ACCEPTED)
    assert near[home]
    assert both[home, near] == pytest.approx(expected[near])
