"""Where people go who move for other reasons than a job."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.core.tables.ages import AGES, GROWN, Array
from abm.region.region import Region

AGE_GROUPS = (0, 21, 25, 30, 40, 65)
"""First ages of the groups of movers that go to places of their own."""
FIT_ROUNDS = 200


def destinations(region: Region, leaving: Array) -> tuple[Array, NDArray[np.int64]]:
    """Where movers of an age group go, cumulative, float64[G, M, Z], and the group of each age, int64[101].

    The table of movers is split over the groups so that each pair of places keeps its movers, those who
    leave a place have the ages of `leaving`, and those who come to a municipality the ages of newcomers
    there (proportional fitting from the product of the two; the ages of those who leave the region are free).

    Args:
        leaving: float64[M, 101], grown-up movers by age at the start, of any scale.
    """
    m = region.n_municipalities
    group = np.searchsorted(AGE_GROUPS[1:], np.arange(AGES), side="right").astype(np.int64)
    member = np.eye(len(AGE_GROUPS))[group] * (np.arange(AGES) >= GROWN)[:, None]
    flows = region.migration[:m]
    out = leaving @ member
    out /= out.sum(axis=1, keepdims=True)
    into = region.in_migrant_age[0] @ member
    into /= into.sum(axis=1, keepdims=True)
    wanted_out = out * flows.sum(axis=1)[:, None]
    wanted_in = into * flows[:, :m].sum(axis=0)[:, None]
    split = flows[None] * out.T[:, :, None]
    split[:, :, :m] *= (into / into.mean(axis=0)).T[:, None, :]
    for _ in range(FIT_ROUNDS):
        split[:, :, :m] *= (wanted_in.T / np.maximum(split[:, :, :m].sum(axis=1), 1e-12))[:, None, :]
        split *= (wanted_out.T / np.maximum(split.sum(axis=2), 1e-12))[:, :, None]
        split *= (flows / np.maximum(split.sum(axis=0), 1e-12))[None]
    shares = split / np.maximum(split.sum(axis=2, keepdims=True), 1e-12)
    return np.cumsum(shares, axis=2), group
