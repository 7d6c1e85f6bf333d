"""The whole population of the shipped region against every official margin."""

from __future__ import annotations

import numpy as np
import pytest

from abm.population import build_population, check_population, fit_summary, fit_table
from abm.population.checks import age_in_years
from abm.region import load_region
from abm.schema import Status

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def region():
    return load_region()


@pytest.fixture(scope="module")
def people(region):
    return build_population(region)


def test_the_whole_population_is_sound(region, people):
    check_population(people, region)
    assert len(people.uid) == region.population.sum()
    assert people.weight == 1.0


def test_a_twentieth_of_the_population_is_sound(region):
    sample = build_population(region, seed=2, scale=0.05)
    check_population(sample, region)
    summary = fit_summary(fit_table(region, sample))
    assert summary.loc["employed residents", "tae_share"] < 0.01
    assert summary.loc["jobs by sector", "correlation"] > 0.999


def test_every_margin_of_the_region(region, people):
    summary = fit_summary(fit_table(region, people))
    most = {
        "population by sex and age": 0.0,
        "households by type and tenure": 0.003,
        # The tables of types and of sizes contradict each other by about this much.
        "persons by household size": 0.025,
        "employed residents": 0.0,
        "employed residents by sex and age": 0.002,
        "unemployed": 0.0,
        "unemployed by age": 0.01,
        "jobs by sector": 0.0,
        "commuting": 0.0,
        "education by sex and age": 0.004,
        "private employers by size": 0.02,
        "dwellings not exceeded": 0.0,
    }
    assert set(summary.index) == set(most)
    for margin, share in most.items():
        assert summary.loc[margin, "tae_share"] <= share, margin
        assert summary.loc[margin, "correlation"] > 0.999, margin


def test_couples_both_work_as_often_as_in_the_register(people):
    age = age_in_years(people)
    prime = (age >= 25) & (age < 60) & (people.partner >= 0)
    prime &= prime[people.partner]
    works = people.status == Status.EMPLOYED
    both = (works & works[people.partner])[prime].mean()
    assert 0.70 < both < 0.83
    assert np.corrcoef(works[prime], works[people.partner][prime])[0, 1] > 0.02
