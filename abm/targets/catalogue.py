"""Which function measures which quantity of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .measures import (
    employment_change,
    employment_change_without_local_suppliers,
    employment_multiplier,
    hires_who_moved,
    indirect_jobs,
    jobs_lost_per_resident_lost,
    new_commuters_from,
    out_commuting_change,
    population_change,
    public_services_share_of_indirect,
    share_of_indirect_in_vasternorrland,
    share_of_new_commuters_from_the_north,
    vasterbotten_share_of_smallest_branches,
    vasternorrland_share_of_local_branches,
    vasternorrland_share_of_manufacturing_indirect,
)
from .orderings import (
    business_services_and_trade_lead,
    commuter_person_km,
    employed_residents_up_more_than_jobs,
    labour_shortage,
    manufacturing_has_largest_vasternorrland_share,
    public_services_share_below_outmigration,
    scenario_ordering,
    zero_sum_nationally,
)
from .views import View

NORTHERN_VN = "Örnsköldsvik"
"""Municipality that most of the new commuters from the north of Västernorrland have to come from."""


@dataclass(frozen=True)
class Measure:
    """How a quantity is measured.

    Attributes:
        value: of one replicate; for an ordering 1 if it holds, 0 if not.
        conditions: further figures whose mean has to be at least so much for the row
            to be inside.
    """

    value: Callable[[View], float]
    conditions: tuple[tuple[Callable[[View], float], float], ...] = field(default=())


MEASURES: dict[str, Measure] = {
    "employment_multiplier": Measure(employment_multiplier),
    "employment_multiplier_vasternorrland": Measure(employment_multiplier),
    "indirect_jobs": Measure(indirect_jobs),
    "indirect_jobs_vasternorrland": Measure(indirect_jobs),
    "share_of_indirect_in_vasternorrland": Measure(share_of_indirect_in_vasternorrland),
    "employment_change": Measure(employment_change),
    "employment_change_without_local_suppliers": Measure(employment_change_without_local_suppliers),
    "hires_who_moved": Measure(hires_who_moved),
    "population_change": Measure(population_change),
    "out_commuting_change": Measure(out_commuting_change),
    "share_of_new_commuters_from_the_north": Measure(
        share_of_new_commuters_from_the_north,
        ((lambda view: new_commuters_from(view, [NORTHERN_VN]), 0.75),),
    ),
    "public_services_share_of_indirect": Measure(public_services_share_of_indirect),
    "vasterbotten_share_of_smallest_branches": Measure(vasterbotten_share_of_smallest_branches),
    "vasternorrland_share_of_manufacturing_indirect": Measure(vasternorrland_share_of_manufacturing_indirect),
    "vasternorrland_share_of_local_branches": Measure(vasternorrland_share_of_local_branches),
    "jobs_lost_per_resident_lost": Measure(jobs_lost_per_resident_lost),
    "public_services_share_below_outmigration": Measure(public_services_share_below_outmigration),
    "business_services_and_trade_lead": Measure(business_services_and_trade_lead),
    "manufacturing_has_largest_vasternorrland_share": Measure(manufacturing_has_largest_vasternorrland_share),
    "scenario_ordering": Measure(scenario_ordering),
    "zero_sum_nationally": Measure(zero_sum_nationally),
    "labour_shortage": Measure(labour_shortage),
    "commuter_person_km": Measure(commuter_person_km),
    "employed_residents_change": Measure(employed_residents_up_more_than_jobs),
}
"""How each quantity of the table is measured; a quantity that is not here stays empty."""
