"""Whole-number margins of the population, at full scale or as a share of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import N_, say
from abm.population.rounding import systematic_rounding
from abm.region.region import Region

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Margins:
    """What the synthetic population has to add up to.

    Attributes:
        population: residents, int64[M, 2, A].
        households: int64[M, 12, 4].
        persons_by_household_size: int64[M, 7].
        commuting: employed by zone of residence and of work, int64[Z, Z].
        employed: employed residents, int64[M]; the row sums of `commuting`.
        jobs: int64[M, S]; each municipality's jobs are its column sum of `commuting`.
        unemployed: int64[M].
    """

    population: IntArray
    households: IntArray
    persons_by_household_size: IntArray
    commuting: IntArray
    employed: IntArray
    jobs: IntArray
    unemployed: IntArray


def margins_of(region: Region, scale: float = 1.0) -> Margins:
    """Read the margins of a region, scaled down and rounded if wanted.

    Args:
        region: the region.
        scale: share of the population to simulate, above 0 and at most 1.

    Raises:
        OmlandError: the scale is out of range, or commuting does not add up to the employed
            residents or to the jobs, so that no population could meet both.
    """
    if not 0.0 < scale <= 1.0:
        raise OmlandError(
            say("scale is {scale}; it must be above 0 and at most 1 (the whole population)", scale=scale)
        )
    M = region.n_municipalities
    for what, table, flows in (
        (N_("employed residents"), region.employed_residents, region.commuting[:M].sum(axis=1)),
        (N_("jobs"), region.jobs.sum(axis=1), region.commuting[:, :M].sum(axis=0)),
    ):
        wrong = np.flatnonzero(table != flows)
        if wrong.size:
            m = wrong[0]
            raise OmlandError(
                say(
                    "commuting of {place} adds up to {commuters}, but its {what} are {n}; the two must "
                    "be equal",
                    place=region.names[m],
                    commuters=flows[m],
                    what=say(what),
                    n=table[m],
                )
            )
    if scale == 1.0:
        return Margins(
            population=region.population,
            households=region.households,
            persons_by_household_size=region.persons_by_household_size,
            commuting=region.commuting,
            employed=region.employed_residents,
            jobs=region.jobs,
            unemployed=region.unemployed,
        )
    commuting = _scaled(region.commuting.ravel(), scale).reshape(region.commuting.shape)
    return Margins(
        population=_scaled(region.population.reshape(M, -1), scale).reshape(region.population.shape),
        households=_scaled(region.households.reshape(M, -1), scale).reshape(region.households.shape),
        persons_by_household_size=_scaled(region.persons_by_household_size, scale),
        commuting=commuting,
        employed=commuting[:M].sum(axis=1),
        jobs=systematic_rounding(region.jobs, commuting[:, :M].sum(axis=0)),
        unemployed=_scaled(region.unemployed, scale),
    )


def _scaled(table: IntArray, scale: float) -> IntArray:
    """Scale the last axis so that its rounded cells add up to its rounded sum."""
    return systematic_rounding(table, np.rint(table.sum(axis=-1) * scale).astype(np.int64))
