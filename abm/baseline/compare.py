"""Simulated figures beside official ones.

A stock is compared at the end of the month of its statistic: December for residents and registered
unemployed, November for the employed and commuters of the employment register. A flow is the sum
over the calendar year.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import OmlandError
from ..language import N_, say
from ..results import WorldResult
from ..schema import ABROAD, FACTORY_MUNICIPALITY, MONTHS_PER_YEAR, NOVEMBER, START_YEAR
from .official import official_figures

if TYPE_CHECKING:
    import pandas as pd

    from ..region.region import Region

COLUMNS = (
    "municipality",
    "year",
    "quantity",
    "official",
    "simulated_mean",
    "simulated_sd",
    "deviation",
    "relative_deviation",
    "source",
)
"""Columns by municipality; figures are in persons (flows: persons a year), the relative deviation is
a share of the official figure, ``simulated_sd`` the standard deviation over the replicates."""
COUNTY_COLUMNS = ("county", *COLUMNS[1:-1], "official_trend", "simulated_trend", "source")
"""Columns by county; a trend is the change a year since the first official year, in persons a year."""

DECEMBER = 12
STOCKS = {
    "population": DECEMBER,
    "employed_residents": NOVEMBER,
    "out_commuters": NOVEMBER,
    "unemployed": DECEMBER,
}
"""Stocks and the month at whose end their statistic counts."""
FLOWS = ("births", "deaths", "in_migrants", "out_migrants", "in_migrants_to_county", "immigrants")
"""Flows over a calendar year."""
LABELS = {
    "population": N_("residents"),
    "employed_residents": N_("employed residents"),
    "out_commuters": N_("commute out of their municipality"),
    "unemployed": N_("unemployed"),
    "births": N_("births"),
    "deaths": N_("deaths"),
    "in_migrants": N_("moved in"),
    "out_migrants": N_("moved out"),
    "in_migrants_to_county": N_("moved into the county"),
    "immigrants": N_("of them from abroad"),
}
"""Names of the quantities in tables, in the order of the tables."""

NOTES = (
    N_(
        "The real Skellefteå had the factory from 2020: builders, staff and their families are in its "
        "official figures of 2020 to 2022 and in those of Västerbotten. The baseline is the region without "
        "it, so Skellefteå should lie below; Västerbotten is also given without Skellefteå."
    ),
    N_(
        "2020 and 2021 were years of the pandemic, with less immigration; the baseline has the published "
        "immigrants of those years."
    ),
    N_(
        "Employed residents and out-commuters are those of the register RAMS in November. From 2022 on the "
        "register is another one (BAS), so there is no later figure. The model starts from the employed of "
        "November 2020, and until November 2021 the jobs that employers ask for rise as the employed of the "
        "county did (without Skellefteå). So the start and the jobs asked for are fitted by county; how many of "
        "these jobs are filled, and by whom, is a test, and so is every municipality in 2021."
    ),
    N_(
        "Unemployed are those registered in December, in programmes too; the start of the model lies on a "
        "straight line from December 2018 to December 2022."
    ),
    N_(
        "Movers into a county cross its border or that of the country; municipalities count moves within "
        "the county as well."
    ),
    N_(
        "Not every municipality has published figures at hand for every year; a county is summed only where "
        "all of its municipalities have them, or has its own published total."
    ),
)
"""What has to be known to read a deviation."""

Select = NDArray[np.bool_]


class Area(NamedTuple):
    """An area that is compared.

    Attributes:
        code: of a municipality or a county; ``"24 without 2482"`` is a county less a municipality.
        mask: its municipalities, bool[M].
        county: the county whose figures count movers across its border; empty for others.
    """

    code: str
    mask: Select
    county: str


def area_name(code: str, region: Region) -> str:
    """Name of a municipality, a county, or a county without a municipality."""
    whole, _, less = code.partition(" without ")
    name = region.county_name(whole) if whole in region.county else region.names[region.index(whole)]
    if not less:
        return name
    return say("{county} without {municipality}", county=name, municipality=region.names[region.index(less)])


def simulated(world: WorldResult, area: Area, quantity: str, year: int) -> float:
    """One figure of a world; NaN if the world does not reach so far or does not hold it.

    The residents of the year before the first are those at the start.
    """
    if quantity == "population" and year == START_YEAR - 1:
        return float(world.initial_population[area.mask].sum())
    first = (year - START_YEAR) * MONTHS_PER_YEAR
    if first < 0 or first + MONTHS_PER_YEAR > world.n_months:
        return math.nan
    if quantity in STOCKS:
        return float(world[quantity][first + STOCKS[quantity] - 1][area.mask].sum())
    span = slice(first, first + MONTHS_PER_YEAR)
    if quantity in ("in_migrants_to_county", "immigrants"):
        origins = np.ones(len(world.codes), dtype=bool)
        origins[: len(area.mask)] = ~area.mask
        if quantity == "immigrants":
            origins = np.array([code == ABROAD for code in world.codes])
        flows = world["movers"][span].sum(axis=0)
        return float(flows[origins][:, : len(area.mask)][:, area.mask].sum())
    return float(world[quantity][span][:, area.mask].sum()) if quantity in FLOWS else math.nan


def deviations(
    worlds: WorldResult | Sequence[WorldResult],
    region: Region,
    official: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Worlds beside the official figures of every municipality.

    Args:
        worlds: one world, or the replicates of one scenario.
        region: their region.
        official: from :func:`abm.baseline.official_figures`, which is called unless told.

    Returns:
        :data:`COLUMNS`, one row for each municipality, quantity and year that has an official figure
        and was simulated. ``simulated_sd`` is NaN for one world.
    """
    m = region.n_municipalities
    one = np.eye(m, dtype=bool)
    areas = [Area(code, one[i], "") for i, code in enumerate(region.codes[:m])]
    table = _compare(_listed(worlds), areas, _official(region, official))
    return table.rename(columns={"area": "municipality"})[list(COLUMNS)]


def county_deviations(
    worlds: WorldResult | Sequence[WorldResult],
    region: Region,
    official: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Worlds beside the official figures of every county, with trends.

    The county of the factory is followed by the same county without the factory's municipality.
    Arguments as for :func:`deviations`.

    Returns:
        :data:`COUNTY_COLUMNS`. The trend of the residents is from the end of the year before the first
        simulated one, that of others from their first official year among those simulated.
    """
    import pandas as pd

    figures = _official(region, official)
    worlds = _listed(worlds)
    areas = []
    for code in dict.fromkeys(region.county):
        mask = region.county_mask(code)
        areas.append(Area(code, mask, code))
        if FACTORY_MUNICIPALITY in region.codes and mask[region.index(FACTORY_MUNICIPALITY)]:
            rest, more = _without(figures, mask, code, region)
            areas.append(rest)
            figures = pd.concat([figures, more])
    table = _compare(worlds, areas, figures)
    trends = [
        _trend(str(code), str(quantity), int(year), areas, worlds, figures)
        for code, quantity, year in zip(table["area"], table["quantity"], table["year"], strict=True)
    ]
    table["official_trend"] = [t[0] for t in trends]
    table["simulated_trend"] = [t[1] for t in trends]
    return table.rename(columns={"area": "county"})[list(COUNTY_COLUMNS)]


def worst(table: pd.DataFrame, quantity: str, n: int = 5) -> pd.DataFrame:
    """Municipalities with the largest relative deviations of a quantity in its last year.

    Args:
        table: from :func:`deviations`.
        quantity: which.
        n: how many at most.
    """
    rows = table[table["quantity"] == quantity]
    # the last year in which most of the municipalities have a figure
    counts = rows.groupby("year").size()
    if counts.empty:
        return rows
    rows = rows[rows["year"] == counts[counts >= counts.max() / 2].index.max()]
    order = rows["relative_deviation"].abs().sort_values(ascending=False).index
    return rows.loc[order].head(n)


def _listed(worlds: WorldResult | Sequence[WorldResult]) -> list[WorldResult]:
    listed = [worlds] if isinstance(worlds, WorldResult) else list(worlds)
    if not listed:
        raise OmlandError(say("There is no world to compare; at least one is needed."))
    return listed


def _official(region: Region, official: pd.DataFrame | None) -> pd.DataFrame:
    return official_figures(region) if official is None else official


def _without(figures: pd.DataFrame, mask: Select, code: str, region: Region) -> tuple[Area, pd.DataFrame]:
    """A county less the municipality of the factory, and its official figures (stocks, births, deaths)."""
    less = FACTORY_MUNICIPALITY
    name = f"{code} without {less}"
    rest = mask.copy()
    rest[region.index(less)] = False
    # what is summed over municipalities, and so can do without one of them
    summed = figures["quantity"].isin([*STOCKS, "births", "deaths"])
    key = ["year", "quantity"]
    whole = figures[summed & (figures["area"] == code)].set_index(key)
    part = figures[summed & (figures["area"] == less)].set_index(key)["official"]
    more = whole.assign(official=whole["official"] - part, area=name).dropna(subset="official").reset_index()
    more["source"] = f"{region.county_name(code)} less {region.names[region.index(less)]}: " + more["source"]
    return Area(name, rest, ""), more


def _compare(worlds: list[WorldResult], areas: Iterable[Area], figures: pd.DataFrame) -> pd.DataFrame:
    """One row for each official figure of the areas that the worlds reach."""
    import pandas as pd

    by_code = {area.code: area for area in areas}
    rank = {quantity: i for i, quantity in enumerate(LABELS)}
    chosen = figures[
        figures["area"].isin(list(by_code))
        & (figures["year"] >= START_YEAR)
        & figures["quantity"].isin(list(rank))
    ]
    rows = []
    for row in chosen.to_dict(orient="records"):
        area, quantity, year = by_code[str(row["area"])], str(row["quantity"]), int(row["year"])
        values = np.array([simulated(world, area, quantity, year) for world in worlds])
        if np.isnan(values).any():
            continue
        mean, official = float(values.mean()), float(row["official"])
        rows.append(
            {
                "area": area.code,
                "year": year,
                "quantity": quantity,
                "official": official,
                "simulated_mean": mean,
                "simulated_sd": float(values.std(ddof=1)) if len(values) > 1 else math.nan,
                "deviation": mean - official,
                "relative_deviation": (mean - official) / official if official else math.nan,
                "source": str(row["source"]),
            }
        )
    table = pd.DataFrame(rows, columns=["area", *COLUMNS[1:]])
    place = {code: i for i, code in enumerate(by_code)}
    order = table.assign(area=table["area"].map(place), quantity=table["quantity"].map(rank))
    order = order.sort_values(["area", "quantity", "year"])
    return table.loc[order.index].reset_index(drop=True)


def _trend(
    code: str,
    quantity: str,
    year: int,
    areas: Sequence[Area],
    worlds: Sequence[WorldResult],
    figures: pd.DataFrame,
) -> tuple[float, float]:
    """Change a year since the first official year, official and simulated; NaN in that year itself."""
    area = next(a for a in areas if a.code == code)
    from_year = START_YEAR - 1 if quantity == "population" else START_YEAR
    rows = figures[(figures["area"] == code) & (figures["quantity"] == quantity)]
    known = {int(y): float(v) for y, v in zip(rows["year"], rows["official"], strict=True) if y >= from_year}
    first = min(known)
    if year == first:
        return math.nan, math.nan
    start, end = (
        float(np.mean([simulated(world, area, quantity, y) for world in worlds])) for y in (first, year)
    )
    return (known[year] - known[first]) / (year - first), (end - start) / (year - first)
