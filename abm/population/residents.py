"""Residents: one row for each person of the official table of municipality, sex and age."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.schema import MAX_AGE, MONTHS_PER_YEAR


class Residents(NamedTuple):
    """Residents sorted by municipality, sex and age.

    Attributes:
        mun: int64[N], municipality.
        sex: int64[N], :class:`abm.schema.Sex`.
        age: int64[N], completed years on 31 December 2019; the last age is open.
    """

    mun: NDArray[np.int64]
    sex: NDArray[np.int64]
    age: NDArray[np.int64]


def list_residents(population: NDArray[np.int64]) -> Residents:
    """One row per person of the table.

    Args:
        population: int64[M, 2, A].
    """
    n_ages = MAX_AGE + 1
    cell = np.repeat(np.arange(population.size), population.ravel())
    return Residents(mun=cell // (2 * n_ages), sex=cell // n_ages % 2, age=cell % n_ages)


def draw_birth_month(age: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int16]:
    """Draw the month of birth, counted from January 2020, given the age at the end of 2019.

    Whoever is `age` on 31 December was born in the calendar year 2019 - `age`, in any of its months.
    """
    month = rng.integers(0, MONTHS_PER_YEAR, len(age))
    return (month - MONTHS_PER_YEAR * (age + 1)).astype(np.int16)
