"""The orderings of the study: 1 if a replicate shows it, 0 if not."""

from __future__ import annotations

import numpy as np

from ..accounting import SCENARIOS
from ..effects.pairs import FloatArray, NotRecordedError
from ..results import WorldResult
from ..schema import SECTORS
from .measures import (
    BRANCHES,
    branch_gains,
    employed_residents_change,
    employment_change,
    public_services_share_of_indirect,
    share_of_gains,
)
from .views import VB, VN, View

CLEARLY = 0.25
"""``<<``: apart by at least this share of the larger of the two magnitudes ("betydligt")."""


def clearly_below(a: float, b: float) -> bool:
    """``a << b``: below, and apart by a quarter of the larger magnitude at least."""
    return a < b and b - a >= CLEARLY * max(abs(a), abs(b))


def public_services_share_below_outmigration(view: View) -> float:
    """The public share of the indirect jobs asked for is lower than with out-migration, by 0.01 to 0.10."""
    public = public_services_share_of_indirect
    return float(0.01 <= public(view.of("outmigration")) - public(view) <= 0.10)


def business_services_and_trade_lead(view: View) -> float:
    """Business services and trade are the branches that ask for most indirect jobs, public services apart."""
    gains = [branch_gains(view, county) for county in view.counties]
    total = {b: sum(g[b] for g in gains) for b in BRANCHES if b != "public_services"}
    leaders = [total.pop("business_services"), total.pop("trade")]
    return float(min(leaders) > max(0.0, *total.values()))


def manufacturing_has_largest_vasternorrland_share(view: View) -> float:
    """Of all branches that gain in the two counties together, manufacturing has the largest share in Västernorrland."""
    vn, vb = branch_gains(view, VN), branch_gains(view, VB)
    manufacturing = share_of_gains(vn["manufacturing"], vb["manufacturing"])
    others = [share_of_gains(vn[b], vb[b]) for b in BRANCHES if b != "manufacturing" and vn[b] + vb[b] > 0]
    return float(manufacturing > max(others, default=0.0))


def scenario_ordering(view: View) -> float:
    """Population S1 << S2 < S3; employment S1 < 0 < S2 << S3; commuting S3 < S1 << S2."""
    s1, s2, s3 = (
        {
            "population": view.of(s).at(view.of(s).pair.county("population", VN)),
            "employment": view.of(s).at(view.of(s).pair.county("jobs", VN)),
            "commuting": view.of(s).at(_vn_to_vb(view.of(s))),
        }
        for s in SCENARIOS
    )
    population = clearly_below(s1["population"], s2["population"]) and s2["population"] < s3["population"]
    employment = s1["employment"] < 0 < s2["employment"] and clearly_below(s2["employment"], s3["employment"])
    commuting = s3["commuting"] < s1["commuting"] and clearly_below(s1["commuting"], s2["commuting"])
    return float(population and employment and commuting)


def _vn_to_vb(view: View) -> FloatArray:
    region = view.pair.region
    return view.pair.flow("commuters", region.county_mask(VN), region.county_mask(VB))


def zero_sum_nationally(view: View) -> float:
    """The effects on the population of all zones add up to the effect of births less deaths.

    The population of a boundary zone is not simulated; it changes by its net movers.
    Counts are exact; the tolerance only covers the weights of a scaled population.
    """
    pair = view.pair
    m = pair.region.n_municipalities
    movers = pair.effect("movers")
    boundary = movers[:, :, m:].sum(axis=(1, 2)) - movers[:, m:, :].sum(axis=(1, 2))
    natural = (pair.effect("births") - pair.effect("deaths")).sum(axis=1)
    population = pair.effect("population").sum(axis=1)
    gap = population + np.cumsum(boundary) - np.cumsum(natural)
    return float(view.at(np.abs(gap)) <= 1e-6)


def labour_shortage(view: View) -> float:
    """Manufacturing vacancies per unemployed resident of the county are more than in the baseline."""
    pair = view.pair
    mask = np.isin(np.array(pair.region.county), view.counties)
    sectors = [i for i, s in enumerate(SECTORS) if s.branch == "manufacturing"]

    def tightness(world: WorldResult) -> float:
        if "vacancies" not in world.series or "unemployed" not in world.series:
            raise NotRecordedError("vacancies")
        vacancies = np.asarray(world["vacancies"], dtype=np.float64)[:, mask][:, :, sectors].sum(axis=(1, 2))
        return view.ratio(vacancies, np.asarray(world["unemployed"], dtype=np.float64)[:, mask].sum(axis=1))

    return float(tightness(pair.world) > tightness(pair.baseline))


def commuter_person_km(view: View) -> float:
    """Person-kilometres of the new commuters VN to VB, one way: S2 > S1 >= S3."""

    def km(v: View) -> float:
        region = v.pair.region
        m = region.n_municipalities
        block = np.ix_(region.county_mask(VN), region.county_mask(VB))
        effect = v.pair.effect("commuters")[:, :m, :m]
        return v.at(np.array([(month[block] * region.distance_km[:m, :m][block]).sum() for month in effect]))

    s1, s2, s3 = (km(view.of(s)) for s in SCENARIOS)
    return float(s2 > s1 >= s3)


def employed_residents_up_more_than_jobs(view: View) -> float:
    """More residents are employed, and more so than there are jobs in the county."""
    return float(employed_residents_change(view) > max(0.0, employment_change(view)))
