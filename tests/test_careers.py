"""Education and pay over a life: cohorts come to have what those of their age have at the start."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import G, make_world, of_age, own_tables, people, region, rows_of, zone

from abm.core.rng import Stream, draw4
from abm.core.state import EMPLOYED, OUTSIDE, RETIRED, UNEMPLOYED, S
from abm.core.tables.careers import LAST_SCHOOLING, educated, schooling
from abm.phases.adjust import revise_wages
from abm.population.profiles import SCHOOL_LEAVING_AGE, experience_profile
from abm.population.wages import sex_pay

HOME = "Örnsköldsvik"
DECEMBER = 11


def revise(world, month=DECEMBER):
    ratio = np.ones_like(world.index)
    revise_wages(world.residents, world.employers, world.counts, world.tables, ratio, month, world.key)


def test_a_cohort_that_ages_comes_to_have_the_education_of_the_next_age():
    """Guards the chances of schooling: applied to the shares of an age they give those of the next, wherever no share
    that has reached an education falls with age, which is so for women of the region."""
    upto = educated(region())[:, 0]
    assert (np.diff(upto[:, 16 : LAST_SCHOOLING + 1], axis=1) <= 1e-12).all()
    share = np.diff(upto, prepend=0.0, axis=-1)
    chance = schooling(region())
    now = share[:, 16]
    for age in range(17, LAST_SCHOOLING + 1):
        up, on = chance[:, 0, age, 0] * now[..., 0], chance[:, 0, age, 1] * now[..., 1]
        now = np.stack([now[..., 0] - up, now[..., 1] + up - on, now[..., 2] + on], axis=-1)
        assert now == pytest.approx(share[:, age], abs=1e-9)
    assert (chance[:, :, : 16 + 1] == 0.0).all()
    assert (chance[:, :, LAST_SCHOOLING + 1 :] == 0.0).all()


@pytest.mark.parametrize(("skill", "reached"), [(0, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("certain", [False, True])
def test_one_education_at_most_is_completed_in_a_year(skill, reached, certain):
    """Guards that who has the luck reaches the next education and no other, and that pay goes with it."""
    world = make_world()
    t, r = own_tables(world), world.residents
    t.schooling[:] = 1.0 if certain else 0.0
    row = int(rows_of(world, home=zone(HOME))[0])
    of_age(world, row, 22, DECEMBER)
    r.skill[row], r.sector[row], r.wage[row] = skill, G, 30_000
    sex = int(r.sex[row])
    revise(world)
    assert r.skill[row] == (reached if certain else skill)
    pay = t.wage_base[G, r.skill[row]] * t.career[r.skill[row], sex, 22]
    grown = 30_000 * t.raises[skill, 22] * pay / (t.wage_base[G, skill] * t.career[skill, sex, 22])
    assert r.wage[row] == pytest.approx(grown, abs=1.0)


def test_the_draw_of_schooling_is_keyed_by_person_and_year():
    """Guards u < schooling[m, sex, age, education] with the word of the stream of education."""
    world = make_world()
    t, r = own_tables(world), world.residents
    row = int(rows_of(world, home=zone(HOME))[0])
    u = draw4(r.uid[row], DECEMBER, int(Stream.SKILL), 1, world.key)[0] / 2.0**32
    for by, reached in ((-1e-6, 0), (1e-6, 1)):
        of_age(world, row, 20, DECEMBER)
        r.skill[row] = 0
        t.schooling[:] = 0.0
        t.schooling[zone(HOME), r.sex[row], 20, 0] = u + by
        revise(world)
        assert r.skill[row] == reached


@pytest.mark.parametrize("status", [EMPLOYED, UNEMPLOYED, OUTSIDE])
@pytest.mark.parametrize("years", [20, 40, 64])
def test_pay_grows_with_experience_whether_one_works_or_not(status, years):
    """Guards pay times the experience profile of a year more, and that the sum of wages follows those who work."""
    world = make_world()
    t, r = own_tables(world), world.residents
    t.schooling[:] = 0.0
    row = int(rows_of(world, home=zone(HOME), status=status, low=16, high=62)[0])
    of_age(world, row, years, DECEMBER)
    r.wage[row] = 1_000_000

    def earned():
        """What those of the municipality earn who work."""
        n = int(r.meta[0])
        mine = (r.mun[:n] == zone(HOME)) & (r.status[:n] == EMPLOYED)
        return int(r.wage[:n][mine].astype(np.int64).sum())

    before, had = int(world.counts.wage_sum[zone(HOME)]), earned()
    revise(world)
    worked = years - SCHOOL_LEAVING_AGE[r.skill[row]]
    profile = experience_profile(np.array([worked - 1.0, worked]))
    assert r.wage[row] == pytest.approx(1_000_000 * profile[1] / profile[0], abs=1.0)
    assert world.counts.wage_sum[zone(HOME)] - before == earned() - had


def test_who_is_retired_has_no_raise():
    world = make_world()
    r = world.residents
    rows = np.flatnonzero(r.status[: r.meta[0]] == RETIRED)
    before = r.wage[rows].copy()
    revise(world)
    assert (r.wage[rows] == before).all()


def test_pay_by_age_is_that_of_the_population():
    """Guards pay relative to the mean of the education: the profile times the sexes' pay, one in the mean of who works."""
    world = make_world()
    t, p = world.tables, people()
    works = p.status == EMPLOYED
    age = np.minimum(-p.birth_month.astype(int) // 12, 100)
    for skill in range(3):
        mine = works & (p.skill == skill)
        assert t.career[skill, p.sex[mine], age[mine]].mean() == pytest.approx(1.0)
        assert t.career[skill, 0] / t.career[skill, 1] == pytest.approx(
            sex_pay(region())[0] / sex_pay(region())[1]
        )
    assert t.wage_base.shape[0] == S + 1


def test_pay_and_education_of_the_young_stay_as_they_are():
    """Three years on, those of 16 to 24 have the education and the pay of those who were as old at the start.

    Some 600 of 6,000 residents: a standard error of a share is 0.02, of mean pay 0.9 %; four of these, twice.
    """
    world = make_world()
    r = world.residents

    def young():
        n = r.meta[0]
        age = (world.month - r.birth[:n].astype(int)) // 12
        mine = (age >= 16) & (age < 25) & (r.status[:n] >= EMPLOYED) & (r.status[:n] <= OUTSIDE)
        assert mine.sum() > 500
        return r.wage[:n][mine].mean(), *((r.skill[:n][mine] == k).mean() for k in range(3))

    before = young()
    for _ in range(36):
        world.step()
    after = young()
    assert after[0] == pytest.approx(before[0], rel=0.05)
    assert after[1:] == pytest.approx(before[1:], abs=0.11)


def test_revision_reaches_wages_through_the_index_of_the_cell():
    """Guards that a wage index of one leaves the wage of who has no raise and no diploma in whole kronor as it is."""
    world = make_world()
    t, r = own_tables(world), world.residents
    t.schooling[:], t.raises[:] = 0.0, 1.0
    n = int(r.meta[0])
    before = r.wage[:n].copy()
    revise(world)
    assert (r.wage[:n] == before).all()
