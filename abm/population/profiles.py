"""Shapes by age, sex and sector that no official table gives: the assumptions of the synthesis.

They only say how likely something is for one group compared with another. The
margins of the region decide how many there are, so an error here shifts who
holds a place, never how many places there are.

Where no source is named, a shape is a judgement of what is typical of Sweden
about 2019. It was not read in a table; replace it where you have one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.schema import MAX_AGE, SECTOR_CODES

FloatArray = NDArray[np.float64]

AGES = np.arange(MAX_AGE + 1)

# ---------------------------------------------------------------- households
CHILD_MAX_AGE = 24
"""A child of a household is at most this old; older children make it an 'other' household."""
HOME_LEAVING_AGE = 18
"""Nobody younger lives without a parent or another adult."""

LIVES_WITH_PARENTS: FloatArray = np.array(
    [[0.90, 0.66, 0.38, 0.25, 0.16, 0.11, 0.08], [0.93, 0.76, 0.52, 0.38, 0.27, 0.19, 0.14]]
)
"""Share living with parents, float64[2, 7]: women and men of 18 to 24; assumed."""


def _by_age(*points: tuple[float, float]) -> FloatArray:
    ages, values = zip(*points, strict=True)
    return np.interp(AGES, ages, values)


def role_shares() -> FloatArray:
    """How adults live, by sex and age.

    Living alone follows the counts of the household survey of Statistics Sweden 2013 (by four age
    bands); the other curves are smooth shapes that agree with its shares of household types.

    Returns:
        float64[2, A, 6]: alone and under 65, alone and older, single parent, couple without
        children, couple with children, in an 'other' household. Zero where the role is impossible.
    """
    alone = np.stack(
        [
            _by_age((18, 0.20), (22, 0.34), (27, 0.32), (33, 0.20), (42, 0.13), (52, 0.20), (64, 0.30), (74, 0.40),
                    (84, 0.62), (95, 0.80)),
            _by_age((18, 0.14), (22, 0.36), (27, 0.45), (33, 0.34), (42, 0.24), (52, 0.27), (64, 0.29), (74, 0.28),
                    (84, 0.36), (95, 0.55)),
        ]
    )  # fmt: skip
    parent = _by_age((18, 0.002), (22, 0.02), (28, 0.05), (35, 0.09), (43, 0.13), (49, 0.12), (55, 0.06), (62, 0.012),
                     (68, 0.001), (75, 0.0))  # fmt: skip
    pair = _by_age((18, 0.03), (22, 0.11), (26, 0.26), (30, 0.21), (36, 0.09), (42, 0.07), (48, 0.14), (54, 0.36),
                   (60, 0.52), (68, 0.60), (76, 0.55), (84, 0.36), (92, 0.12), (100, 0.04))  # fmt: skip
    family = _by_age((18, 0.003), (22, 0.03), (26, 0.15), (30, 0.43), (35, 0.64), (41, 0.67), (46, 0.58), (51, 0.36),
                     (56, 0.15), (61, 0.04), (66, 0.006), (72, 0.0))  # fmt: skip
    other = _by_age(
        (18, 0.12), (24, 0.11), (30, 0.09), (40, 0.06), (50, 0.08), (65, 0.09), (85, 0.12), (100, 0.25)
    )
    shares = np.zeros((2, len(AGES), 6))
    for sex in (0, 1):
        # Men are on average two to three years older than their partners, and outlived by them.
        shift = 0 if sex == 0 else 3
        shares[sex, :, 0] = alone[sex] * (AGES < 65)
        shares[sex, :, 1] = alone[sex] * (AGES >= 65)
        shares[sex, :, 2] = np.interp(AGES - shift, AGES, parent)
        shares[sex, :, 3] = np.interp(AGES - shift, AGES, pair)
        shares[sex, :, 4] = np.interp(AGES - shift, AGES, family)
        shares[sex, :, 5] = other
    shares[1, 80:, 3] *= 1.5
    shares[:, :HOME_LEAVING_AGE] = 0.0
    return shares


PARTNER_GAP, PARTNER_GAP_SPREAD = 2.4, 4.0
"""Years by which the man of a couple is older: mean and standard deviation; assumed."""


def partner_ages() -> FloatArray:
    """Ages of men by the age of the woman they live with, float64[A, A]; columns (women) sum to one."""
    off = (AGES[:, None] - AGES[None, :] - PARTNER_GAP) / PARTNER_GAP_SPREAD
    weight = np.exp(-0.5 * off**2) * (AGES[:, None] >= HOME_LEAVING_AGE)
    return np.asarray(weight / weight.sum(axis=0))


SIZE_SEED: FloatArray = np.array(
    [  # sizes 2, 3, 4, 5, 6, 7 or more
        [0.62, 0.28, 0.07, 0.02, 0.007, 0.003],  # single parent
        [0.0, 0.0, 0.0, 0.78, 0.15, 0.07],  # couple with three children or more
        [0.03, 0.30, 0.32, 0.18, 0.10, 0.07],  # other with children
        [0.50, 0.38, 0.08, 0.02, 0.01, 0.01],  # other without children
    ]
)
"""Sizes of the households whose type does not fix the size, before fitting."""

CHILDREN_BY_MOTHERS_AGE: FloatArray = np.stack(
    [
        _by_age((18, 1.0), (26, 0.80), (32, 0.45), (40, 0.25), (47, 0.35), (52, 0.60), (60, 0.85)),
        _by_age((18, 0.1), (26, 0.22), (32, 0.43), (40, 0.52), (47, 0.48), (52, 0.33), (60, 0.13)),
        _by_age((18, 0.01), (26, 0.05), (32, 0.15), (40, 0.25), (47, 0.19), (52, 0.08), (60, 0.02)),
    ]
)
"""Share with one, two, and three or more children at home among couples with children, by age of the woman."""

# -------------------------------------------------------------------- labour
EMPLOYMENT_BY_SKILL: FloatArray = np.array([0.55, 1.0, 1.35])
"""Relative chance of having a job among people of the same sex, age and municipality."""
UNEMPLOYMENT_BY_SKILL: FloatArray = np.array([2.2, 1.0, 0.7])
"""Relative risk of unemployment among those without a job."""

_SECTOR_PEOPLE = {
    # women, tertiary, compulsory; under 30, 65 and over (relative to all sectors); long-distance commuters
    "A": (0.20, 0.20, 0.18, 0.8, 4.0, 0.7),
    "B": (0.16, 0.20, 0.12, 1.0, 0.4, 2.5),
    "CP": (0.18, 0.22, 0.12, 0.9, 0.5, 1.8),
    "CO": (0.23, 0.25, 0.13, 0.9, 0.8, 1.0),
    "DE": (0.26, 0.35, 0.08, 0.8, 0.7, 1.1),
    "F": (0.09, 0.14, 0.14, 1.2, 1.0, 2.2),
    "G": (0.43, 0.25, 0.13, 1.5, 1.0, 0.8),
    "H": (0.20, 0.18, 0.16, 0.9, 1.5, 1.3),
    "I": (0.56, 0.20, 0.24, 2.3, 0.7, 0.8),
    "J": (0.30, 0.64, 0.04, 1.0, 0.6, 1.3),
    "K": (0.52, 0.62, 0.03, 0.8, 0.6, 0.9),
    "L": (0.40, 0.38, 0.10, 0.7, 1.8, 0.6),
    "MN": (0.42, 0.48, 0.12, 1.1, 1.3, 1.8),
    "O": (0.57, 0.64, 0.03, 0.6, 0.6, 0.8),
    "P": (0.75, 0.74, 0.04, 0.7, 1.0, 0.6),
    "Q": (0.79, 0.50, 0.07, 1.0, 1.0, 0.6),
    "RS": (0.57, 0.44, 0.10, 1.2, 1.8, 0.7),
}
N_AGE_BANDS = 3
"""Age bands of workers: under 30, 30 to 64, 65 and over."""


def age_band(age: NDArray[np.integer]) -> NDArray[np.int64]:
    """Age band of workers, as in :func:`sector_preference`."""
    return (age >= 30).astype(np.int64) + (age >= 65)


def sector_preference() -> FloatArray:
    """Relative frequency of kinds of workers in each sector.

    Shares of women and of education by sector are assumed (health and education about three quarters
    women, construction a tenth, industry a fifth). Long-distance commuters are
    over-represented in construction, mining, process industry and business services.

    Returns:
        float64[2 sexes, 3 skills, 3 age bands, 2 (commutes far: no, yes), S].
    """
    rows = np.array([_SECTOR_PEOPLE[code] for code in SECTOR_CODES])
    women, tertiary, compulsory, young, old, far = rows.T
    sex = np.stack([women, 1 - women])
    skill = np.stack([compulsory, 1 - compulsory - tertiary, tertiary])
    age = np.stack([young, np.ones(len(rows)), old])
    distance = np.stack([np.ones(len(rows)), far])
    return np.einsum("as,bs,cs,ds->abcds", sex, skill, age, distance)


FAR_MINUTES = 75.0
"""Car minutes one way beyond which a commuter counts as long-distance (about 100 km)."""
FAR_MAN = 1.58
"""Odds of men to women among long-distance commuters; gives the 64 % of men seen in Västerbotten."""
FAR_YOUNG = 1.5
FAR_WITHOUT_CHILDREN = 1.5
"""Odds of those under 35, and of those without children at home, among long-distance commuters."""
NEAR_MAN = 1.15
"""The same for commuters to a neighbouring municipality."""

# --------------------------------------------------------------------- wages
WAGE_SIGMA = 0.18
"""Standard deviation of log wages among people of the same sector, skill, sex and age."""
SEX_PAY_SHARE = 0.25
"""Part of the log income gap of women and men that is pay in the same sector and skill (the rest: hours, jobs)."""
SCHOOL_LEAVING_AGE: FloatArray = np.array([17.0, 19.0, 24.0])
"""Age at which working life begins, by skill."""


def experience_profile(years: FloatArray) -> FloatArray:
    """Wage relative to a beginner after years of working life (Mincer; flat after about 30 years)."""
    x = np.clip(years, 0.0, 30.0)
    return np.exp(0.022 * x - 0.00036 * x * x)


# ---------------------------------------------------------------------- ties
ADDRESS_YEARS: FloatArray = _by_age(
    (0, 3), (18, 2.5), (25, 3), (32, 5), (42, 9), (55, 15), (70, 21), (80, 22), (90, 14)
)
"""Mean years at the address by age of the head of the household."""
ADDRESS_BY_TENURE: FloatArray = np.array([0.6, 0.8, 1.2, 0.5])
"""The same, relative, by tenure."""
JOB_YEARS = 8.0
"""Mean years in the present job, before the limit that age sets."""
ORIGIN_HOME: FloatArray = _by_age(
    (0, 0.85), (17, 0.80), (20, 0.66), (25, 0.58), (32, 0.66), (45, 0.72), (80, 0.74)
)
"""Share who grew up in the municipality they live in, by age."""
ORIGIN_ABROAD: FloatArray = _by_age(
    (0, 0.05), (10, 0.09), (20, 0.13), (32, 0.18), (45, 0.14), (60, 0.09), (80, 0.05)
)
"""Share who grew up abroad, by age: about 11 % in all."""
CONTACT_AT_WORK = 0.5
"""Probability that the contact of an employed resident is a workmate."""
EVER_WORKED: dict[str, float] = {"unemployed": 0.9, "outside": 0.75, "retired": 0.95, "young": 0.4}
"""Share with a former job among those without one; `young` is anyone under 26 who is not in school age."""
