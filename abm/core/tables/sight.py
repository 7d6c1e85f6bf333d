"""Which vacancies are seen: how near they are, and how related their sector is to what a person can do."""

from __future__ import annotations

import numpy as np

from abm.core.tables.ages import Array
from abm.region.region import Region
from abm.schema import N_SECTORS, SECTOR_INDEX

FAR_VACANCIES = 0.04
"""Share of vacancies seen from everywhere by distance, where commuting leaves fewer. Assumption 0.02-0.06."""

_RELATED = (
    ("CP", "CO", 0.5), ("CP", "B", 0.5), ("CP", "A", 0.2), ("CP", "DE", 0.4), ("CO", "F", 0.35), ("CO", "B", 0.35),
    ("CO", "DE", 0.35), ("F", "DE", 0.35), ("F", "B", 0.35), ("F", "A", 0.25), ("F", "H", 0.25), ("G", "I", 0.4),
    ("G", "H", 0.35), ("G", "MN", 0.25), ("G", "CO", 0.25), ("H", "CO", 0.25), ("H", "A", 0.25), ("J", "MN", 0.5),
    ("J", "K", 0.3), ("K", "MN", 0.4), ("L", "MN", 0.4), ("L", "F", 0.3), ("O", "MN", 0.35), ("O", "P", 0.25),
    ("O", "Q", 0.25), ("P", "Q", 0.3), ("RS", "I", 0.3), ("RS", "P", 0.25), ("RS", "G", 0.25), ("I", "Q", 0.2),
)  # fmt: skip
"""Relatedness of skills between sectors (assumption, 0-1); process industry is close to mining."""


def relatedness(spread: float) -> Array:
    """Relatedness of skills, float64[S + 1, S]: own sector one, unrelated `spread`; last row without experience."""
    table = np.full((N_SECTORS + 1, N_SECTORS), spread)
    np.fill_diagonal(table, 1.0)
    for a, b, value in _RELATED:
        i, j = SECTOR_INDEX[a], SECTOR_INDEX[b]
        table[i, j] = table[j, i] = max(value, spread)
    table[N_SECTORS] = 0.4
    return table


def near(region: Region, taken: Array) -> Array:
    """How often a vacancy of each zone is seen, relative, float64[M, Z].

    Today's commuting over the jobs there, corrected for how often such an offer is
    accepted, so that new hires repeat the commuting pattern of today; at the least a small
    share from everywhere, falling with distance, as people may find work where nobody commutes to yet.

    Args:
        taken: chance that an offer is taken, float64[M, Z]; see `abm.core.tables.acceptance`.
    """
    m = region.n_municipalities
    jobs = np.append(region.jobs.sum(axis=1).astype(float), [1.0, 1.0])
    seen = region.commuting[:m] / taken
    seen /= seen.sum(axis=1, keepdims=True)
    km = np.maximum(region.distance_km[:m], 15.0)
    far = (
        np.append(region.jobs.sum(axis=1).astype(float), [float(region.national_jobs.sum()) * 0.25, 0.0])
        / km**1.1
    )
    far /= far.sum(axis=1, keepdims=True)
    return np.maximum(seen, FAR_VACANCIES * far) / jobs
