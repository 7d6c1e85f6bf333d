"""A scenario and its baseline with the same luck: effects as monthly series.

An effect is *world minus baseline of the same seed and replicate*, so what is
equal in both worlds is exactly zero. Month ``t`` is the state at the end of
month ``t``, or what happened during it.

How jobs are counted, after the study:

* direct: jobs at the establishments of the scenario, operation and construction;
* indirect (induced ones included): in the county of the establishment, the effect on all
  jobs but the direct ones, so net of what it crowds out; in another county the jobs
  from orders, filled or not;
* lost with residents: in another county the rest of the effect on its jobs. Departing
  residents take along customers, users of public services and people to hire.
  The study counts so too: employment in Västernorrland changes by -170 = 51
  indirect jobs - 0.116 jobs for each of 1900 residents lost, and would change by
  -220 without the 51 of its suppliers;
* asked for: the indirect and induced jobs by branch before anybody is hired for them. The study's model has
  no others: what is ordered is produced. Here employers lose staff to the factory, in a branch of some tens of
  jobs as many as it gains, so that filled jobs do not tell what the factory calls forth where.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..results import CHANNELS, WorldResult
from ..schema import MONTHS_PER_YEAR, START_YEAR

if TYPE_CHECKING:
    from ..region.region import Region

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class NotRecordedError(LookupError):
    """A world does not hold what is asked for: a series, a month, a zone."""


def month_index(year: int, month: int = 12) -> int:
    """Index of a month (1-12) of a calendar year; December unless told."""
    return (year - START_YEAR) * MONTHS_PER_YEAR + month - 1


def indirect_jobs(jobs: FloatArray, direct: FloatArray, orders: FloatArray) -> FloatArray:
    """Indirect and induced jobs of one county, gross of the loss with residents elsewhere than at the establishment.

    Args:
        jobs, direct, orders: effects on all jobs, on direct ones and on those from orders; a county with direct
            jobs in any month is that of the establishment.
    """
    return jobs - direct if np.any(direct) else orders


@dataclass(frozen=True)
class Pair:
    """One world and the baseline of the same seed and replicate.

    Attributes:
        world: world of the scenario.
        baseline: world without it.
        region: region that both were simulated in.

    Raises:
        ValueError: the two worlds are not a pair, or are not of this region.
    """

    world: WorldResult
    baseline: WorldResult
    region: Region
    _effects: dict[str, FloatArray] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_pair(self.world, self.baseline)
        if self.world.codes != tuple(self.region.codes):
            raise ValueError("the worlds were simulated in another region")

    @property
    def n_months(self) -> int:
        """Number of simulated months, T."""
        return self.world.n_months

    def effect(self, quantity: str) -> FloatArray:
        """Effect on one quantity, float64 of the shape of the quantity.

        Raises:
            NotRecordedError: one of the worlds has no such series.
        """
        if quantity not in self._effects:
            if quantity not in self.world.series or quantity not in self.baseline.series:
                raise NotRecordedError(quantity)
            value = np.asarray(self.world[quantity], dtype=np.float64)
            self._effects[quantity] = value - np.asarray(self.baseline[quantity], dtype=np.float64)
        return self._effects[quantity]

    def county(self, quantity: str, *counties: str) -> FloatArray:
        """Effect summed over the municipalities (and sectors) of counties, float64[T]."""
        effect = self.effect(quantity)[:, self._mask(counties)]
        return effect.reshape(len(effect), -1).sum(axis=1)

    def county_sectors(self, quantity: str, county: str) -> FloatArray:
        """Effect by sector, summed over the municipalities of a county, float64[T, S]."""
        return self.effect(quantity)[:, self._mask((county,)), :].sum(axis=1)

    def flow(self, quantity: str, home: NDArray[np.bool_], work: NDArray[np.bool_]) -> FloatArray:
        """Effect on an origin-destination quantity between two sets of municipalities, float64[T]."""
        m = self.region.n_municipalities
        return self.effect(quantity)[:, :m, :m][:, home][:, :, work].sum(axis=(1, 2))

    def direct(self, *counties: str) -> FloatArray:
        """Direct jobs in counties, operation and construction, float64[T]."""
        return self.county("direct_jobs", *counties)

    def lost_with_residents(self, county: str) -> FloatArray:
        """Jobs that departing residents took along as customers, users and workers, float64[T].

        Zero in the county of the establishment.
        """
        return self.county("jobs", county) - self.direct(county) - self.indirect(county)

    def indirect(self, *counties: str) -> FloatArray:
        """Indirect and induced jobs in counties, gross of the loss with residents, float64[T]."""
        total = np.zeros(self.n_months)
        for county in counties:
            jobs, orders = self.county("jobs", county), self.county("jobs_from_orders", county)
            total += indirect_jobs(jobs, self.direct(county), orders)
        return total

    def asked_for_by_sector(self, county: str) -> FloatArray:
        """Indirect and induced jobs asked for in a county by sector, float64[T, S], gross of the loss with residents.

        Filled or not: from orders, consumption and public services together in the county of the establishment,
        and from orders elsewhere. Shares of branches are taken from these, see the module.
        """
        asked = {name: self.county_sectors(f"jobs_from_{name}", county) for name in CHANNELS}
        if not self.direct(county).any():
            return asked["orders"]
        return np.asarray(np.sum(list(asked.values()), axis=0))  # no direct one is among them

    def _mask(self, counties: tuple[str, ...]) -> NDArray[np.bool_]:
        return np.isin(np.array(self.region.county), counties)


def check_pair(world: WorldResult, baseline: WorldResult) -> None:
    """Refuse two worlds that do not share seed, replicate, zones and months.

    Raises:
        ValueError: says what differs.
    """
    for name in ("seed", "replicate", "codes", "n_months"):
        if getattr(world, name) != getattr(baseline, name):
            raise ValueError(
                f"not a pair: {name} of {world.scenario!r} and of {baseline.scenario!r} replicate "
                f"{baseline.replicate} differ"
            )
