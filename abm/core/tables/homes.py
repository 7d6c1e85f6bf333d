"""Owned and rented homes of those in the labour force."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.core.state import EMPLOYED, OWNED, RETIREMENT, UNEMPLOYED
from abm.core.tables.ages import AGES, GROWN, Array, smooth
from abm.population.population import Population

PRIOR_OWNERS = 20.0
"""Households at which the municipality's own share of owners counts half."""


def owning(population: Population, age: NDArray[np.int64], m: int) -> Array:
    """Share in owned homes of heads and partners in the labour force, float64[2, M, 101], without and with a partner.

    The curve of the region by age (running mean), with the odds of the municipality relative to the region.
    """
    pair = population.partner >= 0
    home = np.zeros(age.size, bool)
    home[population.household_head] = True
    active = (population.status == EMPLOYED) | (population.status == UNEMPLOYED)
    own = population.household_tenure[population.household] == OWNED
    out = np.zeros((2, m, AGES))
    for k in range(2):
        chosen = (home | pair) & active & (pair == bool(k))
        total = smooth(np.bincount(age[chosen], minlength=AGES)[:AGES].astype(float))
        owners = smooth(np.bincount(age[chosen & own], minlength=AGES)[:AGES].astype(float))
        curve = np.clip(owners / np.maximum(total, 1.0), 0.001, 0.999)
        here = np.bincount(population.mun[chosen], minlength=m)
        usual = float(np.clip(own[chosen].mean(), 0.01, 0.99)) if chosen.any() else 0.5
        share = np.bincount(population.mun[chosen & own], minlength=m) + PRIOR_OWNERS * usual
        share = np.clip(share / (here + PRIOR_OWNERS), 0.01, 0.99)
        odds = share / (1.0 - share) / (usual / (1.0 - usual))
        out[k] = odds[:, None] * curve / (1.0 - curve + odds[:, None] * curve)
    return out


def buying(owners: Array, residents: Array) -> Array:
    """Yearly chance that a tenant buys, which follows the share of owners from age to age, float64[2, 101].

    (o(a + 1) - o(a)) / (1 - o(a)), o the share of owners in the region, up to the age of retirement.

    Args:
        owners: float64[2, M, 101], share in owned homes as :func:`owning` gives it.
        residents: float64[M], weights.
    """
    share = np.tensordot(owners, residents / residents.sum(), axes=([1], [0]))
    later = np.append(share[:, 1:], share[:, -1:], axis=1)
    rate = np.clip((later - share) / np.maximum(1.0 - share, 0.05), 0.0, 0.5)
    rate[:, :GROWN] = 0.0
    rate[:, RETIREMENT:] = 0.0
    return rate
