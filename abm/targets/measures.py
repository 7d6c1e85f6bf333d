"""The figures that are measured, each of one replicate; NaN where it is undefined."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ..effects.pairs import NotRecordedError
from ..schema import SECTORS
from .views import VB, VN, View

LOCAL_BRANCHES = ("transport", "hotels_restaurants", "construction")
SMALLEST_BRANCHES = (*LOCAL_BRANCHES, "agriculture")
BRANCHES = tuple(dict.fromkeys(sector.branch for sector in SECTORS))


def share_of_gains(part: float, rest: float) -> float:
    """Share of the part in the gains of both; a loss counts as no gain. NaN without gains."""
    part, rest = max(0.0, part), max(0.0, rest)
    return part / (part + rest) if part + rest else math.nan


def branch_gains(view: View, county: str) -> dict[str, float]:
    """Indirect jobs asked for in a county by branch of the study."""
    by_sector = view.pair.asked_for_by_sector(county)
    return {
        branch: view.at(by_sector[:, [i for i, s in enumerate(SECTORS) if s.branch == branch]].sum(axis=1))
        for branch in BRANCHES
    }


def employment_multiplier(view: View) -> float:
    """Jobs in all per direct job: 1 + indirect jobs in the geography / direct jobs in Västerbotten."""
    return 1.0 + view.ratio(view.pair.indirect(*view.counties), view.pair.direct(VB))


def indirect_jobs(view: View) -> float:
    """Indirect and induced jobs, gross of those lost with departing residents."""
    return view.at(view.pair.indirect(*view.counties))


def share_of_indirect_in_vasternorrland(view: View) -> float:
    """Indirect jobs in Västernorrland over those in Västerbotten and Västernorrland."""
    return view.ratio(view.pair.indirect(VN), view.pair.indirect(VB, VN))


def employment_change(view: View) -> float:
    """Effect on the jobs by workplace, all sectors and channels."""
    return view.at(view.pair.county("jobs", *view.counties))


def employment_change_without_local_suppliers(view: View) -> float:
    """Effect on the jobs less the effect through orders to the employers of the same county."""
    pair = view.pair
    return view.at(pair.county("jobs", *view.counties) - pair.county("jobs_from_orders", *view.counties))


def employed_residents_change(view: View) -> float:
    """Effect on the employed by residence."""
    return view.at(view.pair.county("employed_residents", *view.counties))


def population_change(view: View) -> float:
    """Effect on the residents."""
    return view.at(view.pair.county("population", *view.counties))


def hires_who_moved(view: View) -> float:
    """Effect on the workers who moved from the geography to Västerbotten for the jobs, over the span."""
    moved = view.pair.flow("hires_who_moved", view.mask(view.counties), view.mask(view.destinations))
    return view.over(moved)


def out_commuting_change(view: View) -> float:
    """Effect on the commuters from the first county to the second."""
    return view.at(view.commuters())


def jobs_lost_per_resident_lost(view: View) -> float:
    """Effect on jobs over effect on residents, in the same county."""
    pair = view.pair
    return view.ratio(pair.county("jobs", *view.counties), pair.county("population", *view.counties))


def new_commuters_from(view: View, municipalities: Sequence[str]) -> float:
    """Share of municipalities in the gain of commuters from Västernorrland to Västerbotten."""
    region = view.pair.region
    try:
        chosen = [region.index(name) for name in municipalities]
    except KeyError as error:
        raise NotRecordedError(f"municipality {error}") from error
    home = np.zeros(region.n_municipalities, dtype=bool)
    home[chosen] = True
    county, factory = region.county_mask(VN), region.county_mask(VB)
    part = view.at(view.pair.flow("commuters", home, factory))
    rest = view.at(view.pair.flow("commuters", county & ~home, factory))
    return share_of_gains(part, rest)


def share_of_new_commuters_from_the_north(view: View) -> float:
    """Share of the municipalities named in the geography in the gain of commuters to Västerbotten."""
    return new_commuters_from(view, [name.strip() for name in view.geography.split(",")])


def public_services_share_of_indirect(view: View) -> float:
    """Indirect jobs asked for in public administration, education, health and care over those of all branches."""
    gains = [branch_gains(view, county) for county in view.counties]
    total = sum(sum(gain.values()) for gain in gains)
    return sum(gain["public_services"] for gain in gains) / total if total else math.nan


def vasterbotten_share_of_smallest_branches(view: View) -> float:
    """Share of Västerbotten in the gains of transport, hotels and restaurants, construction, agriculture."""
    gains = {county: branch_gains(view, county) for county in (VB, VN)}
    return share_of_gains(*(sum(gains[county][b] for b in SMALLEST_BRANCHES) for county in (VB, VN)))


def vasternorrland_share_of_manufacturing_indirect(view: View) -> float:
    """Share of Västernorrland in the gains of manufacturing, the factory itself left out."""
    return share_of_gains(*(branch_gains(view, county)["manufacturing"] for county in (VN, VB)))


def vasternorrland_share_of_local_branches(view: View) -> float:
    """Largest of the shares of Västernorrland in the gains of transport, hotels and construction."""
    vn, vb = branch_gains(view, VN), branch_gains(view, VB)
    return max(_nan_first(share_of_gains(vn[b], vb[b]) for b in LOCAL_BRANCHES))


def _nan_first(values: Iterable[float]) -> list[float]:
    """The values; only NaN if one of them is, as `max` would hide it."""
    listed = list(values)
    return [math.nan] if any(math.isnan(v) for v in listed) else listed
