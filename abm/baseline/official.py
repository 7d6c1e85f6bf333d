"""Official yearly figures that the package of a region holds, one row a figure.

They stand in three resources: ``series`` (municipalities), ``commuting_by_residence`` (out-commuters
of municipalities) and ``county_migration`` (counties). A package without the last two is compared by
what it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..region.complaints import fail
from ..region.descriptor import Package, open_package
from ..region.tables import Table, read_table

if TYPE_CHECKING:
    import pandas as pd

    from ..region.region import Region

COMMUTING, COUNTIES = "commuting_by_residence", "county_migration"
COUNTY_MEASURES = {
    "population": "population",
    "in_migrants": "in_migrants_to_county",
    "immigrants": "immigrants",
}
"""Measures of ``county_migration`` and what they are called here: movers into a county cross its
border, so they are fewer than those into its municipalities together."""


def official_figures(region: Region) -> pd.DataFrame:
    """All official yearly figures of a region, sorted.

    Args:
        region: region with the folder of its package.

    Returns:
        Columns ``area, year, quantity, official, source``; ``area`` is the code of a municipality or
        a county. A county has the published figure or, where there is none, the sum over its
        municipalities in years for which all are known.

    Raises:
        OmlandError: a table of the package cannot be read.
    """
    import pandas as pd

    columns = ["area", "year", "quantity", "official", "source"]
    series = region.series.rename(columns={"code": "area", "value": "official"})[columns]
    package = open_package(region.path)
    frames = [series]
    if COMMUTING in package.resources:
        table = _table(package, COMMUTING, ("code", "year", "out_commuters"))
        frames.append(
            pd.DataFrame(
                {
                    "area": table.texts("code"),
                    "year": table.numbers("year"),
                    "quantity": "out_commuters",
                    "official": table.numbers("out_commuters"),
                    "source": _source(package, COMMUTING),
                }
            )
        )
    municipal = pd.concat(frames)
    municipal = municipal[municipal["area"].isin(region.codes)].astype({"year": "int64"})
    known = [municipal]
    if COUNTIES in package.resources:
        known.append(_counties(package, region))
    known.append(_sums(municipal, region))
    figures = pd.concat(known).drop_duplicates(["area", "year", "quantity"])
    return figures.sort_values(["area", "quantity", "year"], ignore_index=True)


def _counties(package: Package, region: Region) -> pd.DataFrame:
    """Published figures of whole counties."""
    import pandas as pd

    table = _table(package, COUNTIES, ("county_code", "year", "measure", "persons"))
    frame = pd.DataFrame(
        {
            "area": table.texts("county_code"),
            "year": table.numbers("year").astype("int64"),
            "quantity": [COUNTY_MEASURES.get(str(m), "") for m in table.columns["measure"]],
            "official": table.numbers("persons"),
            "source": _source(package, COUNTIES),
        }
    )
    return frame[frame["area"].isin(region.county) & (frame["quantity"] != "")]


def _sums(municipal: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Sums over the municipalities of each county, for years in which none is missing."""
    county = dict(zip(region.codes, region.county, strict=False))
    grouped = municipal.assign(area=municipal["area"].map(county)).groupby(["area", "year", "quantity"])
    sums = grouped.agg(official=("official", "sum"), source=("source", "first"), n=("official", "size"))
    sums = sums.reset_index()
    complete = sums["n"] == sums["area"].map({c: region.county.count(c) for c in region.county})
    sums["source"] = "sum over the municipalities: " + sums["source"]
    return sums[complete].drop(columns="n")


def _table(package: Package, name: str, columns: tuple[str, ...]) -> Table:
    return read_table(package, name, fail, columns)


def _source(package: Package, name: str) -> str:
    """Titles of the sources of a resource."""
    sources: list[Any] = package.resources[name].get("sources", [])
    titles = [str(s.get("title")) for s in sources if isinstance(s, dict) and s.get("title")]
    return "; ".join(titles) or name
