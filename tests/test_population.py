"""The synthetic population of a small region: sound, repeatable, and peopled as it should be."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
from processes import environment
from tiny_region import tiny_region

from abm.errors import OmlandError
from abm.population import Population, build_population, check_population, fit_summary, fit_table, plot_fit
from abm.population.checks import PopulationError, age_in_years, work_zone
from abm.population.fit import household_types
from abm.schema import NO_SECTOR, SECTOR_INDEX, Sex, Status, WorkMode

ARRAYS = [f.name for f in fields(Population) if f.name != "weight"]
EXACT = ("population by sex and age", "employed residents", "unemployed", "jobs by sector", "commuting")


@pytest.fixture(scope="module")
def region():
    return tiny_region(6, 30_000)


@pytest.fixture(scope="module")
def people(region):
    return build_population(region, seed=3)


@pytest.fixture(scope="module")
def age(people):
    return age_in_years(people)


@pytest.fixture(scope="module")
def fit(region, people):
    return fit_table(region, people)


# ------------------------------------------------------------------ soundness


@pytest.mark.parametrize(
    ("n", "residents", "scale"),
    [(2, 300, 1.0), (3, 1000, 1.0), (4, 4000, 1.0), (8, 9000, 1.0), (8, 9000, 0.1), (4, 30_000, 0.013)],
)
def test_populations_of_any_size_are_sound(n, residents, scale):
    region = tiny_region(n, residents)
    people = build_population(region, seed=1, scale=scale)
    check_population(people, region)
    assert people.weight == pytest.approx(1 / scale)
    assert abs(len(people.uid) - residents * scale) <= n


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_have_the_declared_type(people, name):
    wanted = Population.__annotations__[name]
    assert f"np.{getattr(people, name).dtype.name}]".replace("np.bool]", "np.bool_]") in wanted


def _swap(values, i, j):
    out = values.copy()
    out[[i, j]] = out[[j, i]]
    return out


def _set(values, where, value):
    out = values.copy()
    out[where] = value
    return out


def _broken(people, age):
    """Populations with one fault each, and the complaint it must raise."""
    p = people
    n = len(p.uid)
    works = np.flatnonzero(p.employer >= 0)
    idle = np.flatnonzero((p.status == Status.OUTSIDE) & (age > 20))
    paired = np.flatnonzero(p.partner >= 0)
    single = np.flatnonzero(np.bincount(p.household) == 1)
    first_of_two = np.flatnonzero(np.bincount(p.household) >= 2)
    lone = p.household_head[single]
    yield "each once", {"uid": _set(p.uid, 0, 1)}
    yield "sorted by municipality", {"mun": p.mun[::-1].copy()}
    yield "one municipality", {"household": _swap(p.household, 0, n - 1)}
    yield "next_member stays", {"next_member": _swap(p.next_member, lone[0], lone[1])}
    yield "permutation", {"next_member": _set(p.next_member, p.household_head[first_of_two[0]] + 1, n - 1)}
    yield "each household is one ring", {"next_member": np.arange(n, dtype=np.int32)}
    yield "name each other", {"partner": _set(p.partner, paired[0], paired[-1])}
    yield "share a household", {"partner": _set(_set(p.partner, lone[0], lone[1]), lone[1], lone[0])}
    yield "head lives", {"household_head": _swap(p.household_head, 0, 1)}
    yield "every job is held", {"employer": _set(p.employer, works[0], p.employer[works[-1]])}
    yield "only they, have an employer", {"employer": _set(p.employer, idle[0], 0)}
    yield "every job is held", {"employer_jobs": _set(p.employer_jobs, 0, p.employer_jobs[0] + 1)}
    yield (
        "jobs by municipality and sector",
        {"employer_sector": _set(p.employer_sector, 0, p.employer_sector[-1])},
    )
    yield "sector of their employer", {"sector": _set(p.sector, works[0], NO_SECTOR)}
    yield (
        "work mode is local",
        {"work_mode": _set(p.work_mode, p.work_mode == WorkMode.LOCAL, WorkMode.DAILY)},
    )
    yield "work mode is none", {"work_mode": _set(p.work_mode, idle[0], WorkMode.LOCAL)}
    yield "start of it", {"job_since": _set(p.job_since, idle[0], -5)}
    yield "own contact", {"contact": _set(p.contact, 7, 7)}
    yield "under 16", {"status": _set(p.status, np.flatnonzero(age < 10)[0], Status.OUTSIDE)}
    yield "work or are retired", {"status": _set(p.status, np.flatnonzero(age > 90)[0], Status.OUTSIDE)}
    yield "have a wage", {"wage": _set(p.wage, works[0], 0)}
    yield "before birth", {"address_since": _set(p.address_since, np.flatnonzero(age == 3)[0], -900)}
    yield "shape or range of contact", {"contact": _set(p.contact, 3, n)}
    yield "shape or range of skill", {"skill": p.skill[:-1]}


def test_every_fault_is_noticed(region, people, age):
    check_population(people, region)
    for complaint, change in _broken(people, age):
        with pytest.raises(PopulationError, match=complaint):
            check_population(replace(people, **change), region)


def test_the_same_seed_gives_the_same_population_and_another_seed_another(region, people):
    again = build_population(region, seed=3)
    other = build_population(region, seed=4)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(people, name))
    assert (other.employer != people.employer).any()
    assert (other.household_tenure[:100] != people.household_tenure[:100]).any()


def test_another_region_gives_other_draws(region, people):
    changed = build_population(replace(region, content_hash="f" * 64), seed=3)
    assert (changed.birth_month != people.birth_month).any()


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5])
def test_a_scale_out_of_range_is_refused(region, scale):
    with pytest.raises(OmlandError, match="scale"):
        build_population(region, scale=scale)


def test_contradictory_margins_are_refused(region):
    jobs = region.jobs.copy()
    jobs[2, 0] += 1
    with pytest.raises(OmlandError, match=f"commuting of {region.names[2]}.*jobs"):
        build_population(replace(region, jobs=jobs))


def test_the_package_imports_without_compiled_code():
    code = "import sys, abm.population; sys.exit(any(m in sys.modules for m in ('numba', 'pandas', 'ipfn')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment()).returncode == 0


# -------------------------------------------------------------------- margins


def test_exact_margins_are_exact(fit):
    summary = fit_summary(fit)
    assert (summary.loc[list(EXACT), "max_abs"] == 0).all()
    assert (summary.loc[list(EXACT), "share_exact"] == 1).all()


@pytest.mark.parametrize(
    ("margin", "most"),
    [
        ("households by type and tenure", 0.02),
        ("persons by household size", 0.06),
        ("education by sex and age", 0.02),
        ("employed residents by sex and age", 0.05),
        ("unemployed by age", 0.1),
        # With 800 jobs in a sector, the classes of large employers hold less than one of them.
        ("private employers by size", 0.45),
    ],
)
def test_other_margins_are_close(fit, margin, most):
    assert fit_summary(fit).loc[margin, "tae_share"] < most


def test_the_fit_report_notices_a_misfit(region, people):
    women = replace(people, sex=np.zeros_like(people.sex))
    summary = fit_summary(fit_table(region, women))
    assert summary.loc["population by sex and age", "tae"] == pytest.approx(
        2 * region.population[:, 1].sum(), rel=1e-9
    )
    assert summary.loc["jobs by sector", "tae"] == 0


def test_fit_of_a_share_is_reported_at_full_size(region):
    summary = fit_summary(fit_table(region, build_population(region, scale=0.1)))
    assert summary.loc["employed residents", "tae_share"] < 0.02
    assert summary.loc["population by sex and age", "total"] == region.population.sum()


def test_the_fit_is_drawn(fit, tmp_path):
    plot_fit(fit, tmp_path / "fit.png")
    assert (tmp_path / "fit.png").stat().st_size > 20_000


# ----------------------------------------------------------------- households


def test_everyone_under_18_lives_with_somebody_18_years_older(people, age):
    eldest = np.zeros(len(people.household_head), int)
    np.maximum.at(eldest, people.household, age)
    small = age < 18
    assert (eldest[people.household[small]] - age[small] >= 18).mean() > 0.999


def test_parents_have_a_fitting_age(people, age):
    kind = household_types(people)
    young = np.full(len(kind), 200)
    grown = (people.partner >= 0) | ((age >= 18) & (kind[people.household] < 6))
    family = np.isin(kind, (7, 8, 9))
    np.minimum.at(young, people.household[grown], age[grown])
    child = (people.partner < 0) & family[people.household]
    gap = young[people.household[child]] - age[child]
    assert (gap >= 18).mean() > 0.99
    assert (gap <= 50).mean() > 0.99
    assert 26 < gap.mean() < 34


def test_couples_are_of_similar_age_and_men_a_little_older(people, age):
    women = np.flatnonzero((people.partner >= 0) & (people.sex == Sex.WOMAN))
    men = people.partner[women]
    assert (people.sex[men] == Sex.MAN).all()
    gap = age[men] - age[women]
    assert 1.0 < gap.mean() < 3.5
    assert 2.5 < gap.std() < 6.0
    assert (age[women] >= 18).all()


def test_tenure_depends_on_age(people, age):
    head = age[people.household_head]
    kind = household_types(people)
    couple = kind == 6
    assert (
        head[couple & (people.household_tenure == 2)].mean()
        > head[couple & (people.household_tenure == 0)].mean()
    )


# ------------------------------------------------------------------- the rest


def test_months_of_birth_are_even_and_agree_with_age(people, age):
    assert age.min() == 0
    month = (people.birth_month.astype(int)) % 12
    number = np.bincount(month, minlength=12)
    assert number.min() > 0.9 * number.mean()


def test_sectors_attract_whom_they_should(people):
    works = people.status == Status.EMPLOYED
    share = {
        code: (people.sex[works & (people.sector == i)] == Sex.WOMAN).mean()
        for code, i in SECTOR_INDEX.items()
    }
    assert 0.7 < share["Q"] < 0.9
    assert 0.65 < share["P"] < 0.9
    assert share["F"] < 0.2
    assert share["CP"] < 0.3
    high = {
        c: (people.skill[works & (people.sector == SECTOR_INDEX[c])] == 2).mean()
        for c in ("P", "J", "F", "H")
    }
    assert min(high["P"], high["J"]) > 1.5 * max(high["F"], high["H"])


def test_men_commute_far_more_often(region, people):
    work = work_zone(people, region.n_municipalities)
    works = work >= 0
    far = works & (region.car_minutes[people.mun, work] > 75)
    assert people.sex[far].mean() > people.sex[works].mean() + 0.05


def test_work_mode_follows_the_journey(region, people):
    work = work_zone(people, region.n_municipalities)
    minutes = np.minimum(region.car_minutes, region.transit_minutes)[people.mun, work]
    away = (work >= 0) & (work != people.mun)
    assert (people.work_mode[away & (minutes > 90)] == WorkMode.WEEKLY).all()
    assert (people.work_mode[away & (minutes <= 90)] == WorkMode.DAILY).all()


def test_wages_keep_the_level_of_sector_and_skill(region, people):
    works = (people.status == Status.EMPLOYED) & (people.employer >= 0)
    work = work_zone(people, region.n_municipalities)[works]
    expected = region.wages[people.sector[works], people.skill[works]] * region.wage_level[work]
    assert people.wage[works].mean() == pytest.approx(expected.mean(), rel=0.01)
    spread = np.log(people.wage[works] / expected)
    assert 0.15 < spread.std() < 0.3
    women = people.sex[works] == Sex.WOMAN
    assert -0.12 < spread[women].mean() - spread[~women].mean() < -0.01


def test_years_at_the_address_grow_with_age(people, age):
    years = -people.address_since / 12
    young, old = years[(age >= 22) & (age < 30)].mean(), years[(age >= 55) & (age < 70)].mean()
    assert 1.5 < young < 6
    assert 11 < old < 25


def test_most_people_live_where_they_grew_up(region, people):
    home = people.origin == people.mun
    assert 0.6 < home.mean() < 0.8
    assert 0.07 < (people.origin == region.n_municipalities + 1).mean() < 0.16


def test_contacts_are_workmates_or_of_similar_age(people, age):
    assert (people.contact >= 0).all()
    works = np.flatnonzero(people.employer >= 0)
    mate = people.employer[people.contact[works]] == people.employer[works]
    assert 0.35 < mate.mean() < 0.6
    idle = np.flatnonzero(people.employer < 0)
    assert (people.mun[people.contact[idle]] == people.mun[idle]).all()
    assert np.abs(age[people.contact[idle]] - age[idle]).mean() < 4


def test_unemployed_have_a_last_sector_more_often_than_not(people):
    last = people.sector[people.status == Status.UNEMPLOYED] != NO_SECTOR
    assert 0.5 < last.mean() < 1.0
    assert (people.sector[people.status == Status.CHILD] == NO_SECTOR).all()


def test_public_employers_are_in_public_sectors_and_large(people):
    public = people.employer_public
    assert set(people.employer_sector[public]) <= {SECTOR_INDEX[c] for c in "OPQ"}
    assert people.employer_jobs[public].mean() > 3 * people.employer_jobs[~public].mean()
