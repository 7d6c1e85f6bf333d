"""Residents ahead by a projection of the region alone, the same in every scenario."""

from __future__ import annotations

import numpy as np

from abm.core.tables.ages import AGES, Array
from abm.region.region import Region

YEARS_AHEAD = 30
"""Years for which residents are projected; what follows from them stays as it is afterwards."""
WORKING_AGE = slice(20, 65)


def ages_ahead(region: Region) -> Array:
    """Residents by age at the start of each year, were official rates all there is, float64[YEARS_AHEAD, M, 101].

    N(y + 1, a + 1) = N(y, a) (1 - deaths) + in(a) - out(y, a): newcomers as in the table of movers, with the
    years of immigration; leavers as many per resident as in the table, with the ages of moving out.
    """
    m = region.n_municipalities
    now = region.population.sum(axis=1).astype(float)
    women = region.population[:, 0] / np.maximum(now, 1.0)
    death = (region.deaths * region.population).sum(axis=1) / np.maximum(now, 1.0)
    death = np.where(now > 0, death, region.deaths.mean(axis=1))
    women = np.where(now > 0, women, 0.5)
    rate = region.migration[:m].sum(axis=1) / now.sum(axis=1)
    sweden = region.migration[: m + 1, :m].sum(axis=0)[:, None] * region.in_migrant_age[0]
    abroad = region.migration[m + 1, :m][:, None] * region.in_migrant_age[1]
    out = np.empty((YEARS_AHEAD, m, AGES))
    for year in range(YEARS_AHEAD):
        out[year] = now
        leaving = region.migration_age * now
        leaving *= (rate * now.sum(axis=1) / leaving.sum(axis=1))[:, None]
        immigration = region.immigration[min(year, region.immigration.shape[0] - 1)]
        left = np.maximum(now * (1.0 - death) - leaving + sweden + abroad * immigration[:, None], 0.0)
        now = np.zeros_like(left)
        now[:, 1:] = left[:, :-1]
        now[:, -1] += left[:, -1]
        now[:, 0] = (region.births * women * out[year]).sum(axis=1)
    return out


def workforce_ahead(region: Region) -> Array:
    """Residents of working age at the start of each year relative to the first, float64[YEARS_AHEAD, M]."""
    working = ages_ahead(region)[:, :, WORKING_AGE].sum(axis=2)
    return np.asarray(working / np.maximum(working[0], 1.0))
