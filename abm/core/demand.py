"""Demand: orders between firms, consumption and public services become desired jobs.

Output x[m, s] (MSEK a year) follows demand

    d = F (orders + consumption + public) + exogenous + contracts

* orders: each buyer's purchases sum_s' A[s, s'] x[b, s'] are split over supplying
  municipalities and the rest of Sweden by jobs * exp(-decay * km), a gravity form;
* consumption: net income of the residents, part of commuters' where they work,
  split in the same way with the steeper decay of shopping;
* public: the part of the need by age of the residents that follows their number (the state's
  offices, universities and regional hospitals serve others too), and what is left of further tax revenue;
* F <= 1 keeps each cell at its observed size: what a place cannot deliver comes
  from elsewhere (the logic of a location quotient);
* exogenous final demand (exports, investment, the state) is what remains at the
  start, so that the first month is an equilibrium. Up to the last published year of
  employment it changes by what, with the orders that calls forth, takes output the way of the
  published employed (`Region.employment_index`; the start is a low year); from there on it goes
  the way of the projected residents of working age: in the long run jobs follow people.

Orders of last month's output are placed this month, so that suppliers' own
orders follow in later rounds: the multiplier unfolds in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.core.state import NEED_UNIT, Counts
from abm.core.tables.projection import workforce_ahead
from abm.parameters import Parameters
from abm.region.region import Region
from abm.schema import MONTHS_PER_YEAR, NOVEMBER, PUBLIC_SECTORS, SECTOR_INDEX

Array = NDArray[np.float64]
GOODS = tuple(SECTOR_INDEX[s] for s in ("A", "B", "CP", "CO", "DE"))
PENSION_RATIO = 0.55
"""Gross income of the retired relative to the mean wage; assumption (0.5-0.65)."""
OUTSIDE_RATIO = 0.35
"""The same for those outside the labour force (students, sick leave); assumption (0.25-0.45)."""
WITH_BENEFIT = 0.8
"""Share of the unemployed who have `unemployment_benefit`; assumption (0.7-0.9)."""
MOST_FROM_HERE = 0.98
"""Most of a cell's output that demand from within the region accounts for; assumption (0.9-1)."""
CHILD_RATIO = 0.04
"""Child allowance relative to the mean wage (1,250 SEK a month in 2019)."""


def gravity(jobs: Array, national: Array, km: Array, decay: Array) -> Array:
    """Shares of suppliers by sector, buyer and supplier, float64[S, M, M]; the rest of Sweden has the remainder.

    Args:
        jobs: float64[M, S], capacity.
        national: float64[S], jobs in the rest of Sweden.
        km: float64[Z, Z].
        decay: float64[S], 1/km.
    """
    m = jobs.shape[0]
    near = np.exp(-decay[:, None, None] * km[None, :m, :m])
    weight = jobs.T[:, None, :] * near
    rest = national[:, None] * np.exp(-decay[:, None] * km[None, :m, m])
    return weight / (weight.sum(axis=2) + rest)[:, :, None]


def on_a_line(yearly: Array, year: int, part: float) -> Array:
    """Rows of a year and the next, `part` of the way between them; the last row holds for all later years."""
    last = len(yearly) - 1
    now, later = yearly[min(year, last)], yearly[min(year + 1, last)]
    return np.asarray(now + (later - now) * part)


@dataclass
class Demand:
    """Demand side of one world; all money in MSEK a year, official size."""

    region: Region
    parameters: Parameters
    weight: float
    order_shares: Array
    consumption_shares: Array
    output: Array
    ordinary: Array
    start_output: Array
    exogenous: Array
    recovering: Array
    fit: Array
    tax_base: Array
    jobs_from: dict[str, Array]
    workforce: Array

    @classmethod
    def at_start(cls, region: Region, parameters: Parameters, counts: Counts, weight: float) -> Demand:
        """Demand in equilibrium with the jobs of the first month."""
        jobs = region.jobs.astype(float)
        decay = np.full(jobs.shape[1], parameters["services_decay"])
        decay[list(GOODS)] = parameters["goods_decay"]
        self = cls(
            region=region,
            parameters=parameters,
            weight=weight,
            order_shares=gravity(jobs, region.national_jobs, region.distance_km, decay),
            consumption_shares=gravity(
                jobs,
                region.national_jobs,
                region.distance_km,
                np.full(jobs.shape[1], parameters["consumption_decay"]),
            ),
            output=jobs * region.output_per_job,
            ordinary=jobs * region.output_per_job,
            start_output=jobs * region.output_per_job,
            exogenous=np.zeros_like(jobs),
            recovering=np.zeros_like(jobs),
            fit=np.ones_like(jobs),
            tax_base=np.zeros(jobs.shape[0]),
            jobs_from={},
            workforce=workforce_ahead(region),
        )
        self.tax_base = self._gross_wages(counts)
        parts = self._endogenous(counts, 0)
        endogenous = sum(parts.values())
        self.fit = np.minimum(1.0, MOST_FROM_HERE * self.start_output / np.maximum(endogenous, 1e-12))
        self.exogenous = self.start_output - self.fit * endogenous
        self.recovering = self.start_output - self.fit * parts["orders"]
        return self

    def _gross_wages(self, c: Counts) -> Array:
        """Gross wages of the residents, MSEK a year, float64[M]."""
        return c.wage_sum * (12.0 * self.weight / 1e6)

    def _consumption(self, c: Counts) -> Array:
        """Consumption by place of spending, MSEK a year, float64[M]."""
        p, region = self.parameters, self.region
        m = region.n_municipalities
        employed = np.maximum(c.status[:, 2], 1)
        wages = self._gross_wages(c)
        mean = wages / (employed * self.weight)
        reference = float(self.tax_base.sum() / max(region.employed_residents.sum(), 1))
        st = c.status * self.weight
        other = reference * (
            p["unemployment_benefit"] * WITH_BENEFIT * st[:, 3]
            + OUTSIDE_RATIO * st[:, 4]
            + PENSION_RATIO * st[:, 5]
        )
        net = (1.0 - region.tax_rate) * (wages + other) + reference * CHILD_RATIO * st[:, 1]
        spent = p["consumption_share"] * net
        away = c.commuters[:m, :m] * (self.weight * mean * (1.0 - region.tax_rate))[:, None]
        np.fill_diagonal(away, 0.0)
        away *= p["consumption_share"] * p["workplace_spending"]
        visitors = c.commuters[m:, :m].sum(axis=0) * (
            self.weight
            * reference
            * (1.0 - region.tax_rate.mean())
            * p["consumption_share"]
            * p["workplace_spending"]
        )
        return spent - away.sum(axis=1) + away.sum(axis=0) + visitors

    def _workforce(self, month: int) -> Array:
        """Projected residents of working age relative to the last published November, float64[M]; 1 until then."""
        published = NOVEMBER - 1 + MONTHS_PER_YEAR * (len(self.region.employment_index) - 1)
        return np.asarray(self._projected(max(month, published)) / self._projected(published))

    def _projected(self, month: int) -> Array:
        """Projected residents of working age relative to the start, float64[M], on a line within a year."""
        year, k = divmod(month, MONTHS_PER_YEAR)
        return on_a_line(self.workforce, year, k / MONTHS_PER_YEAR)

    def _published(self, month: int) -> Array:
        """Published employed of the county relative to the start, float64[M]: on a line between Novembers."""
        years = max((month + 1 - NOVEMBER) / MONTHS_PER_YEAR, 0.0)
        return on_a_line(self.region.employment_index, int(years), years - int(years))

    def _need(self, c: Counts, month: int) -> Array:
        """Jobs that public services need, float64[M, 3]: between the ages of this January and the next.

        (need (12 - k) + need_later k) / 12 in month k of the year: residents grow older month by month.
        """
        k = month % MONTHS_PER_YEAR
        twelfths = c.need * (MONTHS_PER_YEAR - k) + c.need_later * k
        return np.asarray(twelfths * (self.weight / (MONTHS_PER_YEAR * NEED_UNIT)))

    def _endogenous(self, c: Counts, month: int) -> dict[str, Array]:
        """Orders, consumption and public demand received, float64[M, S] each, before the fit."""
        p, region = self.parameters, self.region
        purchases = self.output @ region.io_domestic.T  # [M, S]: what each buyer needs of each product
        orders = np.einsum("sbm,bs->ms", self.order_shares, purchases)
        spending = np.outer(self._consumption(c), region.household_consumption * p["local_consumption"])
        consumption = np.einsum("sbm,bs->ms", self.consumption_shares, spending)
        public = np.zeros_like(orders)
        sectors = list(PUBLIC_SECTORS)
        jobs = p["public_response"] * self._need(c, month)
        revenue = p["tax_retention"] * region.tax_rate * (self._gross_wages(c) - self.tax_base)
        split = jobs / np.maximum(jobs.sum(axis=1, keepdims=True), 1e-9)
        public[:, sectors] = jobs * region.output_per_job[sectors] + revenue[:, None] * split
        return {"orders": orders, "consumption": consumption, "public": public}

    def step(self, c: Counts, month: int, exogenous_jobs: Array, contracts: Array) -> Array:
        """Output follows this month's demand; returns it relative to the start, float64[M, S].

        Args:
            c: counts of the world.
            month: month.
            exogenous_jobs: float64[M, S], jobs added or removed by events; they carry their own output.
            contracts: float64[M, S], jobs that orders of establishments ask for.
        """
        p = self.parameters
        parts = self._endogenous(c, month)
        per_job = self.region.output_per_job
        growth = (1.0 + p["export_growth"]) ** (month / MONTHS_PER_YEAR)
        growth = growth * self._workforce(month) ** p["jobs_follow_people"]
        final = self.exogenous + self.recovering * (self._published(month) - 1.0)[:, None]
        demand = self.fit * sum(parts.values()) + final * growth[:, None]
        self.ordinary = self.ordinary + p["adjustment_speed"] * (demand - self.ordinary)
        self.output = np.maximum(self.ordinary + (exogenous_jobs + contracts) * per_job, 0.0)
        self.jobs_from = {name: self.fit * part / per_job for name, part in parts.items()}
        self.jobs_from["orders"] = self.jobs_from["orders"] + contracts
        return np.maximum(self.ordinary, 0.0) / np.maximum(self.start_output, 1e-12)
