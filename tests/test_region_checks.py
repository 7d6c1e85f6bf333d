"""Tables of a region that do not fit are found whichever way they miss, and those that do fit pass."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tiny_region import tiny_region

from abm.region.checks import check_region
from abm.schema import PUBLIC_SECTORS


@cache
def place():
    return tiny_region()


def complaints(resource, **changes):
    """How many problems name a table."""
    return sum(resource in problem.resources for problem in check_region(replace(place(), **changes)))


@pytest.mark.parametrize(("factor", "found"), [(0.97, 4), (0.985, 0), (1.0, 0), (1.015, 0), (1.03, 4)])
def test_intensities_of_moving_have_a_mean_of_one(factor, found):
    """Guards the mean over 16 to 64, too low and too high by more than a fiftieth."""
    assert complaints("migration_age", migration_age=place().migration_age * factor) == found


def test_the_mean_is_over_the_ages_16_to_64():
    """Guards both ends of the ages: a child or a pensioner more or less mobile is no matter."""
    for age, counts in ((15, False), (16, True), (64, True), (65, False)):
        values = place().migration_age.copy()
        values[:, age] += 2.0
        assert bool(complaints("migration_age", migration_age=values)) == counts


@pytest.mark.parametrize(
    ("households", "found"), [(888, True), (892, False), (1000, False), (1108, False), (1112, True)]
)
def test_households_of_seven_and_more_have_seven_and_a_half(households, found):
    """Guards persons by size against households: 7,500 persons in the open class make 1,000, give or take 110."""
    persons = place().persons_by_household_size.copy()
    persons[0] = 0
    persons[0, 6] = 7500
    shares = place().households.copy()
    shares[0] = 0
    shares[0, 0, 0] = households
    with_room = place().dwellings.copy()
    with_room[0] = 10_000
    sentences = [
        p.sentence
        for p in check_region(
            replace(place(), persons_by_household_size=persons, households=shares, dwellings=with_room)
        )
        if p.resources == ("households", "persons_by_household_size")
    ]
    assert bool(sentences) == found


@pytest.mark.parametrize(("factor", "found"), [(0.9, True), (1.0, False), (1.1, True)])
def test_persons_in_households_are_the_residents(factor, found):
    """Guards persons by size against residents, too few and too many."""
    persons = np.rint(place().persons_by_household_size * factor).astype(int)
    assert bool(complaints("population", persons_by_household_size=persons)) == found


@pytest.mark.parametrize(("factor", "found"), [(0.9, True), (1.0, False), (1.1, True)])
def test_rates_of_employment_make_the_employed(factor, found):
    """Guards rates times residents against the employed, too few and too many."""
    assert bool(complaints("employment_rates", employment_rate=place().employment_rate * factor)) == found


@pytest.mark.parametrize(("factor", "found"), [(0.9, 3), (1.0, 0), (1.1, 3)])
def test_public_need_makes_the_jobs(factor, found):
    """Guards need by age times residents against public jobs, too few and too many, each sector by itself."""
    residents = place().population.sum(axis=(0, 1))
    need = place().public_need.copy()
    for s in PUBLIC_SECTORS:
        need[s] *= factor * place().jobs[:, s].sum() / (need[s] @ residents)
    assert complaints("public_need", public_need=need) == found


@pytest.mark.parametrize(("change", "found"), [(-0.01, True), (0.0, False), (0.01, True)])
def test_shares_add_up_to_one(change, found):
    """Guards shares of education, of newcomers' ages and of employers' sizes, below one and above."""
    for table in ("education", "in_migrant_age", "employer_sizes"):
        values = getattr(place(), table).copy()
        values[0, ..., 0] += change
        assert bool(complaints(table, **{table: values})) == found
