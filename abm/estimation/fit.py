"""The table of fit: observed flows beside those of the estimates and of a simulated baseline.

Flows are sums over pairs of zones: single flows between municipalities, pairs of counties, all out of or into
a municipality, all over a band of time or distance. Four columns stand beside the observed one:

``fitted_effects`` PPML with effects of origin and destination: the sums of municipalities are met by
construction, pairs and bands are not. ``fitted_sizes`` PPML with sizes in their place: nothing is met by
construction. ``fitted_parts`` the decay from published parts, which never saw the table of commuters.
``simulated`` the model's baseline, if asked for. The first two leave out the rest of Sweden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.schema import REST_OF_SWEDEN

from .commuting import (
    COUNTIES,
    RESIDENCE,
    VASTERBOTTEN,
    VASTERNORRLAND,
    CommutingFits,
    by_residence,
    county_flows,
    matrices,
    round_figure,
)
from .commuting import TABLE as COMMUTING
from .forms import KM_BANDS, MINUTE_BANDS, Matrix, band_index, band_name
from .migration import COUNTY, MigrationFits, movers_and_km
from .migration import TABLE as MIGRATION

if TYPE_CHECKING:
    import pandas as pd

    from .sources import Sources

COLUMNS = (
    "flow",
    "by",
    "origin",
    "destination",
    "year",
    "observed",
    "source_table",
    "source_status",
    "fitted_effects",
    "fitted_sizes",
    "fitted_parts",
    "simulated",
)
"""Columns of ``fit.csv``: persons (movers: a year). ``by`` is one of :data:`BY`; ``*`` stands for all municipalities
of the region; the origin of a band is its name."""
BY = (
    "moment",
    "published county flow",
    "largest flow",
    "county pair",
    "municipality",
    "out-commuters",
    "county in-movers",
    "distance band",
)
FITTED = ("fitted_effects", "fitted_sizes", "fitted_parts", "simulated")
ALL = "*"


class Simulated(NamedTuple):
    """Flows of a simulated baseline.

    Attributes:
        commuters: in November of the first year, float64[Z, Z].
        movers: over that year, float64[Z, Z].
        year: it.
    """

    commuters: Matrix
    movers: Matrix
    year: int


def _sum(table: Matrix | None, mask: NDArray[np.bool_]) -> float:
    """Sum of a table over some of its cells; NaN without a table, or where it lacks a cell."""
    if table is None or mask[table.shape[0] :].any() or mask[:, table.shape[1] :].any():
        return float("nan")
    rows, columns = (min(a, b) for a, b in zip(mask.shape, table.shape, strict=True))
    return float(table[:rows, :columns][mask[:rows, :columns]].sum())


class _Table:
    """Collects rows of one kind of flow."""

    def __init__(
        self, flow: str, fitted: dict[str, Matrix | None], zones: int, year: object, source: str, status: str
    ) -> None:
        self.flow, self.fitted, self.zones = flow, fitted, zones
        self.year, self.source, self.status = year, source, status
        self.rows: list[dict[str, object]] = []

    def add(
        self,
        by: str,
        origin: str,
        destination: str,
        mask: NDArray[np.bool_],
        observed: float,
        *,
        year: object = None,
        source: str = "",
        status: str = "",
    ) -> None:
        """One row: the observed figure, and the sum of every other column over the same pairs."""
        self.rows.append(
            {
                "flow": self.flow,
                "by": by,
                "origin": origin,
                "destination": destination,
                "year": self.year if year is None else year,
                "observed": observed,
                "source_table": source or self.source,
                "source_status": status or self.status,
                **{name: _sum(self.fitted.get(name), mask) for name in FITTED},
            }
        )


def _cells(rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pairs of different zones, bool[Z, Z]."""
    out = rows[:, None] & columns[None, :]
    np.fill_diagonal(out, False)
    return out


def _year(sources: Sources, name: str) -> object:
    return sources.package.resources.get(name, {}).get("year", "")


def _patterns(
    table: _Table, sources: Sources, observed: Matrix, distance: Matrix, edges: tuple[float, ...]
) -> None:
    """Rows by pair of counties, by municipality and by band, from a whole table of flows."""
    region, m = sources.region, sources.region.n_municipalities
    county = np.array([*region.county, REST_OF_SWEDEN])
    codes = list(dict.fromkeys(county))
    inside = np.arange(m + 1) < m
    for home in codes[:-1]:
        for work in codes:
            mask = _cells(county == home, county == work)
            if mask.any():
                table.add("county pair", home, work, mask, _sum(observed, mask))
    for i, code in enumerate(region.codes[:m]):
        one = np.arange(m + 1) == i
        mask = _cells(one, inside)
        table.add("municipality", code, ALL, mask, _sum(observed, mask))
        mask = _cells(inside, one)
        table.add("municipality", ALL, code, mask, _sum(observed, mask))
    index = np.full((m + 1, m + 1), -1)
    index[:m, :m] = band_index(distance, edges)
    for i in range(len(edges) - 1):
        mask = _cells(inside, inside) & (index == i)
        if mask.any():
            table.add("distance band", band_name(edges, i), ALL, mask, _sum(observed, mask))


def commuting_rows(
    sources: Sources, fits: CommutingFits, simulated: Simulated | None
) -> list[dict[str, object]]:
    """Rows of commuting: the two flows between Västernorrland and Västerbotten, other published ones, patterns."""
    region, m = sources.region, sources.region.n_municipalities
    zones = m + 1
    observed = np.asarray(region.commuting[:m, :zones], dtype=float)
    fitted = {
        "fitted_effects": None if fits.effects is None else fits.effects.fitted,
        "fitted_sizes": None if fits.sizes is None else fits.sizes.fitted,
        "fitted_parts": None if fits.parts is None else fits.parts.fitted,
        "simulated": None if simulated is None else simulated.commuters[:zones, :zones],
    }
    table = _Table(
        "commuting", fitted, zones, _year(sources, COMMUTING), COMMUTING, sources.status(COMMUTING)
    )
    county = np.array([*region.county, REST_OF_SWEDEN])
    figure = round_figure(sources)
    if figure is not None:
        mask = _cells(county == VASTERNORRLAND, county == VASTERBOTTEN)
        table.add(
            "moment",
            VASTERNORRLAND,
            VASTERBOTTEN,
            mask,
            figure,
            year=_year(sources, "parameters"),
            source="parameters",
            status=sources.status("parameters"),
        )
    status = sources.status(COUNTIES)
    published = [
        (home, year, work, n) for home, year, flows in county_flows(sources) for work, n in flows.items()
    ]
    back = (VASTERBOTTEN, VASTERNORRLAND)
    for home, year, work, n in sorted(published, key=lambda row: (row[0], row[2]) != back):
        by = "moment" if (home, work) == back else "published county flow"
        mask = _cells(county == home, county == work)
        table.add(by, home, work, mask, n, year=year, source=COUNTIES, status=status)
    rows = by_residence(sources)
    if rows is not None:
        year, status = int(rows["year"].iloc[0]), sources.status(RESIDENCE)
        if fits.data is not None:
            for row in fits.data.largest:
                mask = np.zeros((zones, zones), dtype=bool)
                mask[row.origin, row.destination] = True
                pair = region.codes[row.origin], region.codes[row.destination]
                table.add("largest flow", *pair, mask, row.flow, year=year, source=RESIDENCE, status=status)
        for i, (code, out) in enumerate(zip(rows.index, rows["out_commuters"], strict=True)):
            mask = _cells(np.arange(zones) == i, np.ones(zones, dtype=bool))
            table.add(
                "out-commuters", str(code), ALL, mask, float(out), year=year, source=RESIDENCE, status=status
            )
    _patterns(table, sources, observed, matrices(sources)[2], MINUTE_BANDS)
    return table.rows


def migration_rows(
    sources: Sources, fits: MigrationFits, simulated: Simulated | None
) -> list[dict[str, object]]:
    """Rows of moving: published movers into counties, and patterns of the table of movers."""
    region, m = sources.region, sources.region.n_municipalities
    zones = m + 1
    observed = np.asarray(region.migration[:m, :zones], dtype=float)
    fitted = {
        "fitted_effects": None if fits.effects is None else fits.effects.fitted,
        "fitted_sizes": None if fits.sizes is None else fits.sizes.fitted,
        "simulated": None if simulated is None else simulated.movers[:zones, :zones],
    }
    table = _Table(
        "migration", fitted, zones, _year(sources, MIGRATION), MIGRATION, sources.status(MIGRATION)
    )
    counts = sources.table(COUNTY, "county_code", "year", "measure", "persons")
    if counts is not None:
        county = np.array([*region.county, REST_OF_SWEDEN])
        wide = counts.pivot_table(index=["county_code", "year"], columns="measure", values="persons")
        wide = wide.dropna().reset_index()
        for code in dict.fromkeys(region.county):
            known = wide[wide["county_code"] == code]
            if known.empty or not {"in_migrants", "immigrants"} <= set(known.columns):
                continue
            years = known["year"].astype(int)
            year = (
                simulated.year if simulated is not None and simulated.year in set(years) else int(years.max())
            )
            one = known[years == year].iloc[0]
            mask = _cells(county != code, county == code)
            table.add("county in-movers", ALL, code, mask, float(one["in_migrants"] - one["immigrants"]), year=year,
                      source=COUNTY, status=sources.status(COUNTY))  # fmt: skip
    _patterns(table, sources, observed, movers_and_km(sources)[1], KM_BANDS)
    return table.rows


def fit_table(
    sources: Sources, commuting: CommutingFits, migration: MigrationFits, simulated: Simulated | None = None
) -> pd.DataFrame:
    """The table of fit, :data:`COLUMNS`; the two flows between Västernorrland and Västerbotten stand first."""
    import pandas as pd

    rows = commuting_rows(sources, commuting, simulated) + migration_rows(sources, migration, simulated)
    order = {by: i for i, by in enumerate(BY)}
    rows.sort(key=lambda row: (row["flow"], order[str(row["by"])]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def common_part(observed: NDArray[np.float64], fitted: NDArray[np.float64]) -> float:
    """Common part of two tables of flows, twice the sum of the lesser over both sums; 1 if they are equal."""
    total = observed.sum() + fitted.sum()
    return float(2 * np.minimum(observed, fitted).sum() / total) if total > 0 else float("nan")


def fit_summary(table: pd.DataFrame) -> list[dict[str, object]]:
    """Common part of observed and other flows, by kind of flow, grouping and column, where all are known."""
    out: list[dict[str, object]] = []
    for (flow, by), rows in table.groupby(["flow", "by"], sort=False):
        row: dict[str, object] = {"flow": str(flow), "by": str(by), "n": len(rows)}
        for name in FITTED:
            both = rows[["observed", name]].dropna()
            full = len(both) > 0
            row[name] = common_part(*(both[c].to_numpy(dtype=float) for c in both)) if full else None
        out.append(row)
    return out
