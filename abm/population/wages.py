"""Wages: official means by sector and skill, spread over people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.population import profiles
from abm.population.residents import Residents
from abm.region.region import Region
from abm.schema import N_SECTORS, N_SKILLS, NO_SECTOR, Status

IntArray = NDArray[np.int64]


def draw_wages(
    residents: Residents,
    skill: IntArray,
    status: IntArray,
    sector: IntArray,
    work: IntArray,
    region: Region,
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Monthly wage of everyone, SEK of 2019; potential for those without a job, 0 for children.

    wage = mean of sector and skill × level of the municipality × experience × sex × chance.
    The last three are scaled to a mean of one over the employed of each skill, so that the
    official means stand. Women earn less by a part of the income gap of the municipality's
    region (:data:`abm.population.profiles.SEX_PAY_SHARE`); the rest of that gap is hours and sectors.

    Args:
        residents: everyone.
        skill: int64[N].
        status: int64[N].
        sector: int64[N], present or last sector, or ``NO_SECTOR``.
        work: int64[N], zone of the workplace or -1 (then the home municipality counts).
        region: wages, wage levels and incomes.
        rng: source of the draws.
    """
    base = base_pay(region)[np.where(sector == NO_SECTOR, N_SECTORS, sector), skill]
    level = np.append(region.wage_level, [1.0, 1.0])[np.where(work < 0, residents.mun, work)]
    years = residents.age - profiles.SCHOOL_LEAVING_AGE[skill]
    personal = profiles.experience_profile(years) * sex_pay(region)[residents.sex]
    personal *= np.exp(profiles.WAGE_SIGMA * rng.standard_normal(len(skill)))
    works = status == Status.EMPLOYED
    number = np.bincount(skill[works], minlength=N_SKILLS)
    mean = np.bincount(skill[works], personal[works], minlength=N_SKILLS) / np.maximum(number, 1)
    mean[number == 0] = 1.0
    wage = base * level * personal / mean[skill]
    return np.where(status == Status.CHILD, 0, np.rint(wage)).astype(np.int32)


def base_pay(region: Region) -> NDArray[np.float64]:
    """Going pay by sector and skill, with the mean of all jobs as the last row, float64[S + 1, K]."""
    jobs = region.jobs.sum(axis=0) + 1e-9
    any_sector = (region.wages * jobs[:, None]).sum(axis=0) / jobs.sum()
    return np.vstack([region.wages, any_sector])


def sex_pay(region: Region) -> NDArray[np.float64]:
    """Pay of women and of men in the same sector and skill, float64[2]."""
    prime = slice(30, 61)
    people = region.population[:, :, prime]
    mean = (region.income[:, :, prime] * people).sum(axis=(0, 2)) / np.maximum(people.sum(axis=(0, 2)), 1)
    if not (mean > 0).all():
        return np.ones(2)
    return np.asarray((mean / mean[1]) ** profiles.SEX_PAY_SHARE)
