"""Shares by single years of age."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AGES = 101
"""Single years of age that the tables have, 0 to 100; who is older has the last."""
GROWN = 18
"""Age from which people move on their own; children move with the household."""


def smooth(values: Array, width: int = 5) -> Array:
    """Running mean over ages, ends kept."""
    kernel = np.ones(width) / width
    padded = np.pad(values, (width // 2, width // 2), mode="edge")
    return np.convolve(padded, kernel, mode="valid")


def share_by_age(mask: NDArray[np.bool_], sex: NDArray[np.uint8], age: NDArray[np.int64]) -> Array:
    """Share of residents with a property by sex and age, smoothed, float64[2, 101]."""
    out = np.zeros((2, AGES))
    for g in range(2):
        total = np.bincount(age[sex == g], minlength=AGES)[:AGES]
        part = np.bincount(age[(sex == g) & mask], minlength=AGES)[:AGES]
        out[g] = smooth(part / np.maximum(total, 1))
    return out
