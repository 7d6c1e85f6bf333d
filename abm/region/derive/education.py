"""Education by municipality, sex and single year of age.

Rule. The official table has eight levels in bands of about ten years. Levels become three skills;
unknown is spread in proportion. Single years start from a curve through the middles of the bands
(below 25 from the ages at which school is left) and are fitted, band by band, to the residents of
each age and to the skills of the band, so that bands are met exactly. Below 16 nobody has
finished school.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from abm.region.derive.inputs import AGES, SEXES, Inputs, cube
from abm.schema import ADULT_AGE, MAX_AGE

SKILL_OF = {
    "primary_under9": 0,
    "primary_9": 0,
    "secondary_2": 1,
    "secondary_3": 1,
    "tertiary_under3": 2,
    "tertiary_3plus": 2,
    "doctoral": 2,
}
BANDS = {
    "16-24": (16, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65-74": (65, 74),
    "75-84": (75, 84),
    "85-94": (85, 94),
    "95+": (95, MAX_AGE),
}
YOUNG = np.array(
    [
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.97, 0.03, 0.0],
        [0.30, 0.69, 0.01],
        [0.20, 0.76, 0.04],
        [0.17, 0.71, 0.12],
        [0.15, 0.64, 0.21],
        [0.14, 0.57, 0.29],
        [0.13, 0.51, 0.36],
    ]
)
"""Start values for ages 16 to 24: upper secondary school ends in the year of the 19th birthday."""


def derive(inputs: Inputs) -> pd.DataFrame:
    """Shares of compulsory, secondary and tertiary education by single year of age."""
    table = inputs.table("education_by_age_group")
    levels = list(SKILL_OF)
    counts = cube(
        table[table["level"] != "unknown"], [inputs.codes, list(SEXES), list(BANDS), levels], "persons"
    )
    by_skill = np.zeros((*counts.shape[:3], 3))
    for j, level in enumerate(levels):
        by_skill[..., SKILL_OF[level]] += counts[..., j]
    # A trace of everybody everywhere keeps empty bands of small places well defined.
    by_skill += (
        0.01
        * by_skill.sum(axis=0, keepdims=True)
        / by_skill.sum(axis=0, keepdims=True).sum(-1, keepdims=True)
    )
    band_share = by_skill / by_skill.sum(axis=-1, keepdims=True)
    people = inputs.population().astype(float)
    share = np.zeros((*people.shape, 3))
    share[..., 0] = 1.0
    middles = [(low + high) / 2 for low, high in BANDS.values()][1:]
    curve = np.stack(
        [
            PchipInterpolator(middles, band_share[:, :, 1:, k], axis=2, extrapolate=False)(AGES)
            for k in range(3)
        ],
        axis=-1,
    )
    for b, (low, high) in enumerate(BANDS.values()):
        ages = slice(low, high + 1)
        if b == 0:
            start = np.broadcast_to(YOUNG, (*people.shape[:2], high - low + 1, 3)).copy()
        else:
            start = curve[:, :, ages]
            start = np.where(np.isnan(start), band_share[:, :, b, None, :], start)
        start = np.maximum(start, 1e-9)
        weight = np.maximum(people[:, :, ages], 1e-3)
        target = band_share[:, :, b] * weight.sum(axis=-1, keepdims=True)
        persons = start / start.sum(axis=-1, keepdims=True) * weight[..., None]
        for _ in range(200):
            persons *= (target / persons.sum(axis=2))[:, :, None, :]
            persons *= (weight / persons.sum(axis=-1))[..., None]
        share[:, :, ages] = persons / persons.sum(axis=-1, keepdims=True)
    share = share[:, :, ADULT_AGE:].round(6)
    m, n = len(inputs.codes), MAX_AGE + 1 - ADULT_AGE
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, 2 * n),
            "sex": np.tile(np.repeat(SEXES, n), m),
            "age": np.tile(AGES[ADULT_AGE:], 2 * m),
            "compulsory": share[..., 0].ravel(),
            "secondary": share[..., 1].ravel(),
            "tertiary": (1 - share[..., 0] - share[..., 1]).ravel().round(6),
        }
    )
