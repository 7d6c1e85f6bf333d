"""Establishments of a scenario: their jobs, their recruitment and their orders.

An establishment is one employer (`operation`) and, while it is built, a second one
(`construction`). Both hire through `abm.phases.recruitment`; the orders of both go
to employers that bid for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from abm.parameters import Parameters
from abm.region.region import Region
from abm.scenario import Establishment, Scenario
from abm.schema import SECTOR_INDEX

Array = NDArray[np.float64]


@dataclass
class Unit:
    """One employer of a scenario.

    Attributes:
        name: name of the establishment, with "construction" for the builders.
        number: number of the unit, `unit` in the employer table.
        municipality: zone index.
        sector: sector index.
        jobs: planned jobs at the end of each month, float64[T], official size.
        event: the event it comes from.
        builders: whether it builds.
        imposed: whether the scenario imposes how many commute and how many move to it (study mode).
        employer: row in the employer table, set when the world is made.
        bid_weight: share of each product's orders that goes to each employer, float64[E].
        bid_jobs: jobs of the employers that `bid_weight` was worked out from.
        constant: solved attraction of the favoured county's suppliers.
    """

    name: str
    number: int
    municipality: int
    sector: int
    jobs: Array
    event: Establishment
    builders: bool
    imposed: bool
    employer: int = -1
    bid_weight: Array = field(default_factory=lambda: np.zeros(0))
    bid_jobs: Array = field(default_factory=lambda: np.zeros(0))
    constant: float = 0.0


def units_of(scenario: Scenario, region: Region) -> list[Unit]:
    """All units of a scenario by name of the establishment, so that the order of its events does not matter."""
    units: list[Unit] = []
    for event in sorted(scenario.establishments, key=lambda event: event.name):
        paths = scenario.job_paths(event.name)
        where = region.index(event.municipality)
        sector = SECTOR_INDEX[event.sector]
        imposed = scenario.mode == "study" and event.recruitment is not None
        units.append(Unit(event.name, len(units), where, sector, paths.operation, event, False, imposed))
        if paths.construction.any():
            builder = SECTOR_INDEX[event.construction_sector]
            name = f"{event.name}, construction"
            # the study has no channels for builders
            units.append(Unit(name, len(units), where, builder, paths.construction, event, True, False))
    return units


@dataclass(frozen=True)
class Channels:
    """Imposed recruitment of a unit in one month (study mode), in simulated workers.

    Attributes:
        commuters: target stock of in-commuters by county of home; "" stands for all other counties.
        movers: target of cumulative hires who moved in, by county of origin; "" as above.
    """

    commuters: dict[str, float]
    movers: dict[str, float]


def county_in_commuting(region: Region, county: str) -> tuple[float, Array]:
    """Average share of in-commuters from other counties in a county's jobs, and those commuters by zone.

    Returns:
        The share, and int64[Z] commuters into the county by home zone (zero for its own municipalities).
    """
    inside = region.county_zones(county)
    flows = region.commuting[:, inside].sum(axis=1).astype(float)
    flows[inside] = 0.0
    return float(flows.sum() / region.commuting[:, inside].sum()), flows


def channels(unit: Unit, region: Region, month: int, weight: float) -> Channels | None:
    """What the study assumes about the origin of the staff, at this month's size of the establishment.

    in-commuters = multiple * average share * jobs (A04) + extra share of today's commuters * jobs / full jobs (A08);
    movers = share of those who do not commute in (A06, A09), by county of origin (A07, A10).
    """
    rule = unit.event.recruitment
    if rule is None or not unit.imposed:
        return None
    jobs = unit.jobs[month] / weight
    peak_so_far = unit.jobs[: month + 1].max() / weight
    full = max(unit.jobs.max(), 1.0)
    county = region.county[unit.municipality]
    share, flows = county_in_commuting(region, county)
    base = rule.in_commuter_multiple * share * jobs
    commuters = {c: base * s for c, s in rule.in_commuters_from.items()}
    commuters[""] = base * max(0.0, 1.0 - sum(rule.in_commuters_from.values()))
    for origin, extra in rule.extra_out_commuters.items():
        inside = region.county_zones(origin)
        today = float(flows[inside].sum()) / weight
        commuters[origin] = commuters.get(origin, 0.0) + extra * today * unit.jobs[month] / full
    in_commuting = sum(commuters.values()) * (peak_so_far / jobs if jobs > 0 else 0.0)
    movers_all = rule.mover_share * max(peak_so_far - in_commuting, 0.0)
    movers = {c: movers_all * s for c, s in rule.movers_from.items()}
    movers[""] = movers_all * max(0.0, 1.0 - sum(rule.movers_from.values()))
    return Channels(commuters, movers)


def bidders(
    unit: Unit, region: Region, parameters: Parameters, mun: Array, sector: Array, jobs: Array, luck: Array
) -> Array:
    """Share of each product's orders that goes to each employer, float64[E]; the rest leaves the region.

    An employer bids with chance logistic(1 + bid_size ln(jobs) - bid_distance_cost km), with its own
    luck fixed for life. Orders of a product go to bidders by jobs * exp(-decay km), nested:
    northern municipalities compete with dissimilarity `northern_nest` among each other, and as
    one alternative with the rest of Sweden. A constant for a county is solved for where the
    scenario imposes that county's share of the flows into the establishment's county.

    Args:
        mun, sector, jobs: of the employers.
        luck: float64[E] in (0, 1).
    """
    p = parameters
    km = region.distance_km[unit.municipality]
    m = region.n_municipalities
    from abm.core.demand import GOODS

    size = np.maximum(jobs, 1.0)
    chance = 1.0 / (1.0 + np.exp(-(1.0 + p["bid_size"] * np.log(size) - p["bid_distance_cost"] * km[mun])))
    bids = (luck < chance) & (jobs > 0)
    decay = np.where(np.isin(np.arange(region.jobs.shape[1]), GOODS), p["goods_decay"], p["services_decay"])
    weight = np.where(bids, size * np.exp(-decay[sector] * km[mun]), 0.0)
    rest = region.national_jobs * np.exp(-decay * km[m])
    purchases = region.io_domestic[:, unit.sector]
    own_county = region.county_mask(region.county[unit.municipality])

    n_sector = rest.size
    cell = sector.astype(np.int64) * m + mun
    place = np.bincount(cell, weight, minlength=n_sector * m).reshape(n_sector, m)

    def place_shares(constant: float, favoured: NDArray[np.bool_] | None) -> Array:
        nest = p["northern_nest"]
        boosted = place if favoured is None else place * np.where(favoured, np.exp(constant), 1.0)
        inner = boosted ** (1.0 / nest)
        total = inner.sum(axis=1)
        inside = total**nest
        north = inside / np.maximum(inside + rest, 1e-300)
        return (north / np.maximum(total, 1e-300))[:, None] * inner

    def shares(constant: float, favoured: NDArray[np.bool_] | None) -> Array:
        """Each bidder's part of the orders its municipality gets."""
        part = weight / np.maximum(place.ravel()[cell], 1e-300)
        return place_shares(constant, favoured).ravel()[cell] * part

    wanted = {c: s for c, s in unit.event.suppliers.items() if s > 0}
    if not wanted:
        return shares(0.0, None)
    name, target = next(iter(wanted.items()))
    favoured = region.county_mask(name)

    def inter_county_share(constant: float) -> float:
        value = place_shares(constant, favoured) * purchases[:, None]
        own = value[:, own_county].sum()
        theirs = value[:, favoured].sum()
        return float(theirs / (purchases.sum() - own))

    low, high = -12.0, 12.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if inter_county_share(middle) < target:
            low = middle
        else:
            high = middle
    unit.constant = 0.5 * (low + high)
    return shares(unit.constant, favoured)


def jobs_ordered(unit: Unit, region: Region, parameters: Parameters, month: int) -> Array:
    """Jobs that this month's orders of a unit ask for by sector, wherever they go, float64[S], official size.

    orders of product s = A[s, own sector] * output * purchase_share * (1 - in-house share);
    jobs = orders / output per job. Construction inputs come from wider markets: the same share applies.
    """
    n_months = unit.jobs.size
    in_house = 0.0 if unit.builders else float(unit.event.in_house(n_months)[month])
    output = unit.jobs[month] * region.output_per_job[unit.sector]
    orders = region.io_domestic[:, unit.sector] * output * parameters["purchase_share"] * (1.0 - in_house)
    return np.asarray(orders / region.output_per_job)


def contract_jobs(unit: Unit, region: Region, parameters: Parameters, month: int, sector: Array) -> Array:
    """Jobs that this month's orders of a unit ask for at each employer, float64[E], official size."""
    return unit.bid_weight * jobs_ordered(unit, region, parameters, month)[sector]
