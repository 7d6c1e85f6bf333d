"""How long it takes to find a job where somebody lives, as people there have known it for the last year."""

from __future__ import annotations

import numpy as np

from abm.core.jit import allocating_kernel
from abm.core.state import S

MEMORY = 12.0
"""Months over which open jobs are remembered; assumption 6-24."""
SHORTEST, LONGEST = 0.5, 2.0
"""Time to find a job relative to the region, as far as it is reckoned with; assumption."""


@allocating_kernel
def update_prospects(chance, usual, near, related, known, search_time):
    """Take in how many jobs are open this month, and how long who lives where looks for one.

    known[h, o] goes by 1 / MEMORY a month towards sum_zs P(z, s | h, o) * open_chance[z, s], the chance that a job
    which somebody of sector o in h looks at is open, and

    search_time[h, o] = sum_m n_m known[m, o] / known[h, o],

    with n_m the municipality's share of all usual open jobs, between SHORTEST and LONGEST.

    Args:
        chance: uint32[M * S + S], see `abm.phases.search.open_chance`.
        usual: float64[M, S], usual open jobs of each cell.
        near: float64[M, Z], how often vacancies of a zone are seen; those of the boundary zones are left out, as
            nothing that happens here changes them.
        related: float64[S + 1, S].
        known: float64[M, S + 1], in and out; zeros before the first month, which then counts whole.
        search_time: float64[Z, S + 1], out; one in the boundary zones.
    """
    n_mun = usual.shape[0]
    weight = np.empty(S)
    opened = np.empty(S)
    first = known[0, 0] == 0.0
    for home in range(n_mun):
        weight[:] = 0.0
        opened[:] = 0.0
        for z in range(n_mun):
            for s in range(S):
                seen = near[home, z] * usual[z, s]
                weight[s] += seen
                opened[s] += seen * chance[z * S + s]
        for own in range(S + 1):
            looked = 0.0
            found = 0.0
            for s in range(S):
                looked += related[own, s] * weight[s]
                found += related[own, s] * opened[s]
            now = max(found / looked, 1.0) / 65536.0
            known[home, own] += (now - known[home, own]) * (1.0 if first else 1.0 / MEMORY)
    total = usual.sum()
    for own in range(S + 1):
        mean = 0.0
        for m in range(n_mun):
            mean += usual[m].sum() / total * known[m, own]
        for m in range(n_mun):
            search_time[m, own] = min(max(mean / known[m, own], SHORTEST), LONGEST)
