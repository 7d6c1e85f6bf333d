"""What one simulated world leaves behind: monthly series by municipality, sector and flow.

Month ``t`` of every array is the state at the end of month ``t`` (stocks) or
what happened during it (flows). Shapes use ``T`` months, ``M`` municipalities,
``Z`` zones (municipalities, rest of Sweden, abroad) and ``S`` sectors. Counts
are in official residents and jobs: a scaled population is weighted up here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .schema import MONTHS_PER_YEAR, START_YEAR

CHANNELS = ("orders", "consumption", "public")
"""What asks for indirect and induced jobs: ``jobs_from_…``."""


class Quantity(NamedTuple):
    """One recorded quantity.

    Attributes:
        name: name in every table.
        shape: ``"M"``, ``"MS"`` or ``"ZZ"`` (origin or home zone, destination or work zone).
        kind: ``"stock"`` (at the end of the month) or ``"flow"`` (during the month).
        unit: unit of the figures.
        description: meaning, with the Swedish official term where the statistic is Swedish.
    """

    name: str
    shape: str
    kind: str
    unit: str
    description: str


MOVERS_BY_AGE = (
    ("age_0_17", "aged 0 to 17"),
    ("age_18_29", "aged 18 to 29"),
    ("age_30_44", "aged 30 to 44"),
    ("age_45_64", "aged 45 to 64"),
    ("age_65_100", "aged 65 or more"),
)
"""Groups of those who move in or out, as `abm.core.state.AGE_GROUPS`, and who they are."""
QUANTITIES: tuple[Quantity, ...] = (
    Quantity("population", "M", "stock", "persons", "residents (folkmängd)"),
    Quantity("births", "M", "flow", "persons", "live births (levande födda)"),
    Quantity("deaths", "M", "flow", "persons", "deaths (döda)"),
    Quantity("in_migrants", "M", "flow", "persons", "moved in across the municipal border (inflyttade)"),
    Quantity("out_migrants", "M", "flow", "persons", "moved out across the municipal border (utflyttade)"),
    Quantity("households", "M", "stock", "households", "households (hushåll)"),
    Quantity("employed_residents", "M", "stock", "persons", "employed by residence (nattbefolkning)"),
    Quantity("unemployed", "M", "stock", "persons", "unemployed residents (arbetslösa)"),
    Quantity("in_commuters", "M", "stock", "persons", "jobs held by residents of other zones (inpendlare)"),
    Quantity("out_commuters", "M", "stock", "persons", "residents with a job in another zone (utpendlare)"),
    Quantity("dwellings", "M", "stock", "dwellings", "dwelling stock (bostäder)"),
    Quantity("vacant_dwellings", "M", "stock", "dwellings", "dwellings without a household"),
    Quantity("wage_sum", "M", "stock", "SEK/month", "gross wages of the employed residents"),
    Quantity("house_price", "M", "stock", "index, start = 1", "price level of dwellings"),
    Quantity(
        "direct_jobs",
        "M",
        "stock",
        "jobs",
        "jobs at the establishments of the scenario, operation and construction",
    ),
    Quantity("construction_jobs", "M", "stock", "jobs", "those of the direct jobs that build"),
    Quantity("jobs", "MS", "stock", "jobs", "filled jobs by workplace, direct jobs included (dagbefolkning)"),
    Quantity("vacancies", "MS", "stock", "jobs", "open jobs at the end of the month"),
    Quantity("jobs_from_orders", "MS", "stock", "jobs", "jobs that deliveries to other firms ask for"),
    Quantity(
        "jobs_from_consumption",
        "MS",
        "stock",
        "jobs",
        "jobs that residents' and commuters' consumption asks for",
    ),
    Quantity("jobs_from_public", "MS", "stock", "jobs", "jobs that public services to residents ask for"),
    Quantity("commuters", "ZZ", "stock", "persons", "employed by home zone and work zone"),
    Quantity("movers", "ZZ", "flow", "persons", "persons who moved, by origin and destination"),
    Quantity("moving_households", "ZZ", "flow", "households", "households (or parts) that moved"),
    Quantity(
        "hires_who_moved", "ZZ", "flow", "workers", "hires of the establishments who moved to take the job"
    ),
    Quantity("persons_with_hires", "ZZ", "flow", "persons", "all persons of the households of those hires"),
    Quantity(
        "establishment_commuters",
        "ZZ",
        "stock",
        "persons",
        "employees of the establishments by home and work zone",
    ),
    *(
        Quantity(
            f"out_migrants_{group}", "M", "flow", "persons", f"moved out across the municipal border: {who}"
        )
        for group, who in (
            *MOVERS_BY_AGE,
            ("education_compulsory", "adults with compulsory education (förgymnasial)"),
            ("education_secondary", "adults with upper secondary education (gymnasial)"),
            ("education_tertiary", "adults with tertiary education (eftergymnasial)"),
            ("household_single", "alone"),
            ("household_couple", "as a couple without children"),
            ("household_children", "with children, or as children"),
        )
    ),
    *(
        Quantity(
            f"in_migrants_{group}", "M", "flow", "persons", f"moved in across the municipal border: {who}"
        )
        for group, who in MOVERS_BY_AGE
    ),
    *(
        Quantity(
            f"declined_{reason}",
            "M",
            "flow",
            "residents",
            f"residents who considered the establishments' jobs in another municipality and declined: {why}",
        )
        for reason, why in (
            ("pay", "not worth it next door either"),
            ("distance", "neither the way to work nor a move is worth it, with no partner or child at home"),
            ("partner", "the partner is the heaviest tie"),
            ("children", "children at home are the heaviest tie"),
            ("dwelling", "took the job but found no dwelling"),
        )
    ),
    *(
        Quantity(
            f"hired_from_{status}",
            "M",
            "flow",
            "residents",
            f"residents whom the establishments hired, by home before a move: {who}",
        )
        for status, who in (
            ("employment", "from another job"),
            ("unemployment", "unemployed"),
            ("outside", "outside the labour force, as students"),
        )
    ),
)
QUANTITY = {q.name: q for q in QUANTITIES}


def month_labels(n_months: int) -> list[str]:
    """Names of the simulated months, ``"2020-01"`` first."""
    return [f"{START_YEAR + t // MONTHS_PER_YEAR}-{t % MONTHS_PER_YEAR + 1:02d}" for t in range(n_months)]


@dataclass
class WorldResult:
    """Monthly series of one world.

    Attributes:
        scenario: name of the scenario.
        replicate: number of the replicate.
        seed: experiment seed.
        codes: zone codes, length Z.
        series: one array a quantity, see :data:`QUANTITIES`; int64 or float64 of
            shape [T, M], [T, M, S] or [T, Z, Z].
        initial_population: residents before month 0, float64[M].
        info: whatever else the world reports (wall seconds by phase, solved constants ...).
        orders: jobs that orders ask for in the last month by municipality of buyer and supplier, the last
            row those of the establishments, float64[M + 1, M] (:func:`abm.networks.order_jobs`); may be None.
    """

    scenario: str
    replicate: int
    seed: int
    codes: tuple[str, ...]
    series: dict[str, NDArray[Any]]
    initial_population: NDArray[np.float64]
    info: dict[str, Any] = field(default_factory=dict)
    orders: NDArray[np.float64] | None = None

    @property
    def n_months(self) -> int:
        """Number of simulated months, T."""
        return int(self.series["population"].shape[0])

    def __getitem__(self, quantity: str) -> NDArray[Any]:
        """Series of one quantity."""
        return self.series[quantity]
