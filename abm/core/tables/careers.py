"""Education and pay over a life: who reaches which education when, and how pay goes with age.

Both keep what is known by age as it is: cohorts that grow older come to have the education and the relative pay of
those who are that old at the start.
"""

from __future__ import annotations

import numpy as np

from abm.core.state import ADULT, EMPLOYED, RETIREMENT
from abm.core.tables.ages import AGES, Array
from abm.population import profiles
from abm.population.population import Population
from abm.population.wages import sex_pay
from abm.region.region import Region
from abm.schema import N_SKILLS

LAST_SCHOOLING = 35
"""Age until which an education is completed; assumption 30-40. Beyond, ages differ because cohorts do."""


def educated(region: Region) -> Array:
    """Cumulative shares by education of each age, float64[M, 2, 101, 3]."""
    return np.asarray(np.cumsum(region.education, axis=-1))


def schooling(region: Region) -> Array:
    """Chance that somebody reaches the next education in the year to a birthday, float64[M, 2, 101, 2].

    With F(a, k) the share of those aged a with education k or less, F falls from birthday to birthday by
    F(a - 1, 0) - F(a, 0) who leave compulsory school behind, and F(a - 1, 1) - F(a, 1) who graduate. So the chances are
    what F falls by over those who are there: F(a - 1, 0), and F(a - 1, 1) - F(a - 1, 0). Where F rises, nobody.

    F is that of the municipality. As graduates leave a university town, F falls the more where they arrive, though
    nobody graduates there. So the chances of an age and sex are multiplied by what makes as many reach the next
    education in the whole region as its own F asks for.
    """
    share = educated(region)
    people = region.population[:, :, :-1, None].astype(float)
    chance, there = _falls(share)
    pooled = (region.population[..., None] * share).sum(axis=0) / np.maximum(
        region.population.sum(axis=0)[..., None], 1
    )
    asked, there_pooled = _falls(pooled)
    found = (people * there * chance).sum(axis=0)
    wanted = people.sum(axis=0) * there_pooled * asked
    chance = np.minimum(chance * np.where(found > 0.0, wanted / np.maximum(found, 1e-12), 1.0), 1.0)
    out = np.zeros((*share.shape[:3], N_SKILLS - 1))
    out[:, :, ADULT + 1 : LAST_SCHOOLING + 1] = chance[:, :, ADULT:LAST_SCHOOLING]
    return out


def _falls(share: Array) -> tuple[Array, Array]:
    """By how much cumulative shares fall to the next age, relative to who could go on, and who that is.

    Args:
        share: float64[..., 101, 3].
    """
    before, now = share[..., :-1, :], share[..., 1:, :]
    there = np.stack([before[..., 0], before[..., 1] - before[..., 0]], axis=-1)
    gone = (before - now)[..., : N_SKILLS - 1]
    return np.clip(gone / np.maximum(there, 1e-12), 0.0, 1.0), there


def career(region: Region, population: Population, age: np.ndarray) -> Array:
    """Pay by education, sex and age relative to the mean of the employed of that education, float64[3, 2, 101].

    The experience profile and the difference between the sexes of :mod:`abm.population.wages`.

    Args:
        age: int64[N], years, at most 100.
    """
    years = np.arange(AGES)[None, :] - profiles.SCHOOL_LEAVING_AGE[:, None]
    out = profiles.experience_profile(years)[:, None, :] * sex_pay(region)[None, :, None]
    works = population.status == EMPLOYED
    skill, sex = population.skill[works].astype(int), population.sex[works].astype(int)
    number = np.bincount(skill, minlength=N_SKILLS)
    total = np.bincount(skill, out[skill, sex, age[works]], minlength=N_SKILLS)
    return np.asarray(out / np.where(number > 0, total / np.maximum(number, 1), 1.0)[:, None, None])


def raises(of_age: Array) -> Array:
    """Pay of an age relative to the age before, float64[3, 101]; one for those who are not of working age.

    Args:
        of_age: float64[3, 2, 101], see :func:`career`.
    """
    out = np.ones((N_SKILLS, AGES))
    one = of_age[:, 0]
    ages = slice(ADULT + 1, RETIREMENT)
    out[:, ages] = one[:, ages] / one[:, ADULT : RETIREMENT - 1]
    return out
