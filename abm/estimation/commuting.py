"""Estimates of commuting: decay by published parts, decay by the table of commuters, published shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.errors import OmlandError
from abm.intervals import HALF_WIDTH
from abm.parameters import PARAMETER
from abm.schema import NORRBOTTEN, REST_OF_SWEDEN, VASTERBOTTEN, VASTERNORRLAND

from .forms import KINK_MINUTES, MINUTE_BANDS, Matrix, bands, kink, linear, modes, power, spline
from .gravity import DecayFit, Kink, fit_ppml, locate_kink
from .published_flows import CountyFlow, LargestFlow, PublishedFit, PublishedFlows, fit_published
from .rates import Rate, poisson_rate, share
from .rows import CONDITIONAL, OFFICIAL_ROW, Estimate, missing

if TYPE_CHECKING:
    import pandas as pd

    from .sources import Sources

GROUP = "commuting"
TABLE, RESIDENCE, COUNTIES = "commuting", "commuting_by_residence", "commuting_between_counties"
SKELLEFTEA = "2482"
VN_TO_VB = "commuting_vn_to_vb"
"""Assumption that holds the study's round figure of commuters from Västernorrland to Västerbotten."""
DAILY_MINUTES = PARAMETER["daily_limit"].high
"""Pairs within a day's commute: the upper end of the range of the parameter ``daily_limit``."""
KINK_GRID = np.arange(25.0, 95.0, 5.0)
"""Times at which a kink is tried, minutes."""
PPML = "PPML, effects of origin and destination; errors clustered by both"
PARTS = "maximum pseudo-likelihood of published parts; sandwich, clusters of municipality and county"
WAY = "times and distances are those of the network, which is assumed"
RETURNS_THE_RULE = "the table is made by a rule with distance in it, so the estimate returns the rule"


class CommutingFits(NamedTuple):
    """Fits that the table of fit and the figure need; None where there is none.

    Attributes:
        effects: PPML with effects of origin and destination, piecewise linear in minutes.
        sizes: PPML with sizes in their place.
        parts: mixture from published parts, with the study's round figure.
        parts_minutes: the kink in minutes, from published parts alone.
        data: the published parts.
        bands: PPML with steps by band of minutes.
        kink: PPML with a kink.
    """

    effects: DecayFit | None
    sizes: DecayFit | None
    parts: PublishedFit | None
    parts_minutes: PublishedFit | None
    data: PublishedFlows | None
    bands: DecayFit | None
    kink: DecayFit | None


def matrices(sources: Sources) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Commuters, km by road, minutes by car and by public transport between municipalities, float64[M, M]."""
    region, m = sources.region, sources.region.n_municipalities
    tables = (region.commuting, region.distance_km, region.car_minutes, region.transit_minutes)
    flows, km, car, transit = (np.asarray(table[:m, :m], dtype=float) for table in tables)
    return flows, km, car, transit


def size_terms(origin: np.ndarray, destination: np.ndarray) -> dict[str, Matrix]:
    """Logarithms of the sizes of origin and destination as terms, float64[M, M]."""
    m = len(origin)
    return {
        "origin": np.repeat(np.log(np.maximum(origin, 1.0))[:, None], m, axis=1),
        "destination": np.repeat(np.log(np.maximum(destination, 1.0))[None, :], m, axis=0),
    }


def by_residence(sources: Sources) -> pd.DataFrame | None:
    """Rows of ``commuting_by_residence`` of one year, by municipality in zone order; None if any is missing.

    The year is that of the table of commuters, or else the last.
    """
    columns = ("code", "year", "employed_residents", "out_commuters", "largest_destination", "largest_flow")
    table = sources.table(RESIDENCE, *columns)
    if table is None:
        return None
    years = set(table["year"].astype(int))
    wanted = sources.package.resources[RESIDENCE].get("year")
    year = wanted if wanted in years else max(years)
    rows = table[table["year"] == year].set_index("code")
    codes = list(sources.region.codes[: sources.region.n_municipalities])
    return rows.loc[codes].assign(year=year) if set(codes) <= set(rows.index) else None


def county_flows(sources: Sources) -> list[tuple[str, int, dict[str, float]]]:
    """Published commuters out of the region's counties: county, last year, flows by county or ``RS``."""
    table = sources.table(COUNTIES, "year", "home_county", "work_county", "total")
    if table is None:
        return []
    region = sources.region
    out = []
    for home in dict.fromkeys(region.county):
        rows = table[table["home_county"] == home]
        if rows.empty:
            continue
        year = int(rows["year"].max())
        flows: dict[str, float] = {}
        for work, total in rows.loc[rows["year"] == year, ["work_county", "total"]].itertuples(index=False):
            key = str(work) if work in region.county else REST_OF_SWEDEN
            flows[key] = flows.get(key, 0.0) + float(total)
        out.append((home, year, flows))
    return out


def round_figure(sources: Sources) -> float | None:
    """The study's round figure from Västernorrland to Västerbotten, if the region has both."""
    if not {VASTERNORRLAND, VASTERBOTTEN} <= set(sources.region.county):
        return None
    return sources.assumption(VN_TO_VB)


def published_parts(sources: Sources, *, with_round_figure: bool) -> PublishedFlows | None:
    """The published parts of the table of commuters; None if the package has none."""
    rows = by_residence(sources)
    if rows is None:
        return None
    region, m = sources.region, sources.region.n_municipalities
    zone = {code: i for i, code in enumerate(region.codes[:m])}
    largest = [
        LargestFlow(i, float(out), zone[str(to)], float(flow))
        for i, (out, to, flow) in enumerate(
            rows[["out_commuters", "largest_destination", "largest_flow"]].itertuples(index=False)
        )
        if str(to) in zone and out > 0
    ]
    counties = [CountyFlow(home, flows) for home, _, flows in county_flows(sources) if len(flows) > 1]
    figure = round_figure(sources)
    if with_round_figure and figure is not None:
        counties.append(CountyFlow(VASTERNORRLAND, {VASTERBOTTEN: figure}, among_all=True))
    zones = m + 1
    return PublishedFlows(
        km=np.asarray(region.distance_km[:zones, :zones], dtype=float),
        minutes=np.asarray(region.car_minutes[:zones, :zones], dtype=float),
        size=np.maximum(rows["employed_residents"].to_numpy(dtype=float), 1.0),
        out=rows["out_commuters"].to_numpy(dtype=float),
        county=np.array([*region.county, REST_OF_SWEDEN]),
        largest=tuple(largest),
        counties=tuple(counties),
    )


class PartsFits(NamedTuple):
    """Fits to published parts; see :class:`CommutingFits`."""

    best: PublishedFit | None = None
    minutes: PublishedFit | None = None
    data: PublishedFlows | None = None


def parts_estimates(sources: Sources) -> tuple[list[Estimate], PartsFits]:
    """Decay by published parts alone, and the fits that the table of fit and the figure use."""
    data = published_parts(sources, with_round_figure=False)
    names = (("decay_daily_km", ""), ("kink_parts", "time_kink"))
    if data is None:
        reason = f"the package has no complete table {RESIDENCE}"
        return [missing(name, GROUP, reason, parameter=p) for name, p in names], PartsFits()
    status = sources.status(RESIDENCE)
    identified = sources.identified(RESIDENCE)
    tables = " + ".join([RESIDENCE, *([COUNTIES] if data.counties else [])])
    fits: dict[str, PublishedFit] = {}
    try:
        for form in ("exponential_km", "exponential_minutes", "kink_minutes", "power_km"):
            fits[form] = fit_published(data, form)
        if data.counties:
            fits["mixture_km"] = fit_published(data, "mixture_km")
    except OmlandError as problem:
        return [missing(name, GROUP, str(problem), parameter=p) for name, p in names], PartsFits()

    def row(name: str, form: str, term: str, unit: str, published: str = "", note: str = "") -> Estimate:
        fit = fits[form]
        value, error = fit.at(term)
        misfit = f"−2 log pseudo-likelihood {fit.loss:.0f}; {WAY}"
        return Estimate(
            name, GROUP, value, error, unit, fit.n, PARTS, tables, status, identified, "", published,
            f"{misfit}{'; ' if note else ''}{note}",
        )  # fmt: skip

    out = [
        row("decay_daily_km", "exponential_km", "slope", "1/km", "decay_daily_km", "one exponential for all"),
        row("decay_minutes_parts", "exponential_minutes", "slope", "1/minute"),
        row("decay_power_parts", "power_km", "exponent", "exponent on km", "decay_daily_power"),
        row("size_exponent_parts", "exponential_minutes", "size", "exponent on employed residents"),
    ]
    slope = row(
        "kink_parts", "kink_minutes", "change_of_slope", "1/minute",
        note=f"change of the slope beyond {KINK_MINUTES:g} minutes; above zero where willingness falls faster",
    )  # fmt: skip
    out.append(slope)
    if not slope.estimate - HALF_WIDTH * slope.standard_error > 0:
        out.append(
            missing(
                "kink_time", GROUP,
                f"published flows show no faster fall beyond {KINK_MINUTES:g} minutes, so its place cannot be told",
                parameter="time_kink", published="kink_minutes",
            )
        )  # fmt: skip
    best = None
    if "mixture_km" in fits:
        out += [
            row("decay_daily_mixture", "mixture_km", "slope", "1/km", "decay_daily_km", "daily part of the mixture"),
            row("decay_long", "mixture_km", "long_exponent", "exponent on km", "decay_long_power",
                "long tail of the mixture"),
        ]  # fmt: skip
        full = published_parts(sources, with_round_figure=True)
        assert full is not None
        best = fit_published(full, "mixture_km")
        if len(full.counties) > len(data.counties):
            value, error = best.at("slope")
            out.append(
                Estimate(
                    "decay_daily_moments", GROUP, value, error, "1/km", best.n, PARTS,
                    f"{tables} + parameters", f"{status} + {sources.status('parameters')}", CONDITIONAL, "",
                    "decay_daily_km", "the mixture with the study's round figure from Västernorrland to Västerbotten",
                )
            )  # fmt: skip
        data = full
    else:
        best = fits["kink_minutes"]
    return out, PartsFits(best, fits["kink_minutes"], data)


def kink_time(where: Kink, n: int, status: str, identified: str, note: str) -> Estimate:
    """The time of a kink by the table of commuters, where at least one of the times that were tried is rejected."""
    if where.low <= KINK_GRID[0] and where.high >= KINK_GRID[-1]:
        reason = f"of the times from {KINK_GRID[0]:g} to {KINK_GRID[-1]:g} minutes the table of commuters rejects none"
        return missing("kink_time_table", GROUP, reason, parameter="time_kink", published="kink_minutes")
    return Estimate(
        "kink_time_table",
        GROUP,
        where.at,
        math.nan,
        "minutes",
        n,
        "profile likelihood over a grid of 5 minutes",
        TABLE,
        status,
        identified,
        "time_kink",
        "kink_minutes",
        note,
        where.low,
        where.high,
    )


def table_estimates(sources: Sources) -> tuple[list[Estimate], dict[str, DecayFit]]:
    """Decay by the table of commuters, and the fits by form."""
    flows, km, car, transit = matrices(sources)
    status, identified = sources.status(TABLE), sources.identified(TABLE)
    note = "" if identified == OFFICIAL_ROW else RETURNS_THE_RULE
    daily = car <= DAILY_MINUTES
    people = np.asarray(sources.region.employed_residents, dtype=float)
    jobs = np.asarray(sources.region.jobs, dtype=float).sum(axis=1)
    fits: dict[str, DecayFit] = {}
    try:
        fits["linear"] = fit_ppml(flows, linear(car))
        fits["linear_km_daily"] = fit_ppml(flows, linear(km), use=daily)
        fits["kink"] = fit_ppml(flows, kink(car), use=daily)
        fits["power"] = fit_ppml(flows, power(km))
        fits["modes"] = fit_ppml(flows, modes(car, transit), use=daily)
        fits["bands"] = fit_ppml(flows, bands(car, MINUTE_BANDS))
        fits["spline"] = fit_ppml(flows, spline(car))
        fits["sizes"] = fit_ppml(flows, spline(car), sizes=size_terms(people, jobs))
        where = locate_kink(flows, car, daily, KINK_GRID)
    except OmlandError as problem:
        return [missing("decay_minutes_table", GROUP, str(problem))], fits

    def row(
        name: str, form: str, term: str, unit: str, sign: float = -1.0, published: str = "", more: str = ""
    ) -> Estimate:
        value, error = fits[form].at(term)
        text = "; ".join(part for part in (more, note) if part)
        return Estimate(
            name, GROUP, sign * value, error, unit, fits[form].n, PPML, TABLE, status, identified, "", published, text
        )  # fmt: skip

    near = f"pairs within {DAILY_MINUTES:g} minutes"
    out = [
        row("decay_minutes_table", "linear", "slope", "1/minute", more="all pairs"),
        row("decay_daily_table", "linear_km_daily", "slope", "1/km", published="decay_daily_km", more=near),
        row("decay_power_table", "power", "exponent", "exponent on km", more="all pairs"),
        row("decay_car_table", "modes", "car", "1/minute", more=f"minutes by car, {near}"),
        row("decay_transit_table", "modes", "transit_beyond_car", "1/minute",
            more=f"each further minute by public transport, {near}"),
        row("kink_table", "kink", "change_of_slope", "1/minute", more=f"beyond {KINK_MINUTES:g} minutes, {near}"),
        kink_time(where, fits["kink"].n, status, identified, note),
    ]  # fmt: skip
    for band in fits["bands"].names:
        out.append(row(f"band_{band}", "bands", band, "log of flow to the first band", sign=1.0))
    return out, fits


def share_estimates(sources: Sources) -> list[Estimate]:
    """Shares of commuters that are published."""
    out: list[Estimate] = []

    def add(
        name: str, rate: Rate, unit: str, method: str, table: str, published: str, note: str = ""
    ) -> None:
        out.append(
            Estimate(
                name, GROUP, rate.value, rate.error, unit, rate.n, method, table, sources.status(table.split(" + ")[0]),
                sources.identified(table.split(" + ")[0]), "", published, note, rate.low, rate.high,
            )
        )  # fmt: skip

    rows = by_residence(sources)
    employed = "share of employed residents"
    if rows is not None:
        county = np.array(sources.region.county)
        people, away = (rows[c].to_numpy(dtype=float) for c in ("employed_residents", "out_commuters"))
        two = np.isin(county, [VASTERBOTTEN, NORRBOTTEN])
        poisson = "Poisson, sandwich errors over municipalities"
        if len(people) > 1 and away.sum() > 0:
            add("share_out_region", poisson_rate(away, people), employed, poisson, RESIDENCE, "")
        if two.sum() > 1:
            add("share_out_north", poisson_rate(away[two], people[two]), employed, poisson, RESIDENCE,
                "share_inter_municipal", "Västerbotten and Norrbotten")  # fmt: skip
        if SKELLEFTEA in rows.index:
            i = list(rows.index).index(SKELLEFTEA)
            rate = share(float(away[i]), float(people[i]))
            add("share_out_skelleftea", rate, employed, "binomial", RESIDENCE, "share_out_skelleftea")
        for home, year, flows in county_flows(sources):
            if home != VASTERBOTTEN:
                continue
            total = people[county == home].sum()
            note = f"commuters of {year} over employed residents of {int(rows['year'].iloc[0])}"
            both = f"{COUNTIES} + {RESIDENCE}"
            add("share_cross_county", share(sum(flows.values()), total), employed, "binomial", both,
                "share_cross_county", note)  # fmt: skip
            add("share_non_neighbouring", share(flows.get(REST_OF_SWEDEN, 0.0), total), employed, "binomial", both,
                "share_non_neighbouring", note)  # fmt: skip
    region, m = sources.region, sources.region.n_municipalities
    homes = np.asarray(region.employed_residents, dtype=float)
    rule = "" if sources.identified(TABLE) == OFFICIAL_ROW else "the table is made by a rule"
    for far in (30, 200):
        beyond = (region.commuting[:m] * (region.distance_km[:m] > far)).sum(axis=1).astype(float)
        if m > 1 and beyond.sum() > 0 and (homes > 0).all():
            add(f"share_beyond_{far}", poisson_rate(beyond, homes), employed,
                "Poisson, sandwich errors over municipalities", TABLE, f"share_beyond_{far}", rule)  # fmt: skip
    table = sources.table(COUNTIES)
    if table is not None and {"men", "total", "home_county", "year"} <= set(table.columns):
        inside = table[table["home_county"].isin(sources.region.county)]
        if not inside.empty:
            last = inside[inside["year"] == inside["year"].max()]
            rate = share(float(last["men"].sum()), float(last["total"].sum()))
            add("men_cross_county", rate, "share of commuters", "binomial", COUNTIES, "men_cross_county")
    return out


def moment_estimates(sources: Sources) -> list[Estimate]:
    """The two flows between Västernorrland and Västerbotten, as counts."""
    out = []
    figure = round_figure(sources)
    if figure is not None:
        out.append(
            Estimate(
                "vn_to_vb", GROUP, figure, math.sqrt(figure), "commuters", 1, "count; Poisson error", "parameters",
                sources.status("parameters"), CONDITIONAL, "", "vn_to_vb",
                "published only as a round figure, in the study",
            )
        )  # fmt: skip
    for home, year, flows in county_flows(sources):
        if home == VASTERBOTTEN and VASTERNORRLAND in flows:
            count = flows[VASTERNORRLAND]
            out.append(
                Estimate(
                    "vb_to_vn", GROUP, count, math.sqrt(count), "commuters", 1, "count; Poisson error", COUNTIES,
                    sources.status(COUNTIES), sources.identified(COUNTIES), "", "vb_to_vn", f"register of {year}",
                )
            )  # fmt: skip
    return out


def estimate_commuting(sources: Sources) -> tuple[list[Estimate], CommutingFits]:
    """All estimates of commuting, the two flows between Västernorrland and Västerbotten first."""
    parts, published = parts_estimates(sources)
    table, fits = table_estimates(sources)
    unknown = [
        missing("mode_split", GROUP, "no table of commuters by means of travel"),
        missing("weekly_share", GROUP, "no table tells weekly from daily commuters", parameter="weekly_type_share"),
        missing("long_commute_separation", GROUP, "no table follows commuters from year to year",
                parameter="long_commute_separation"),
    ]  # fmt: skip
    rows = [*moment_estimates(sources), *parts, *share_estimates(sources), *table, *unknown]
    return rows, CommutingFits(
        fits.get("spline"), fits.get("sizes"), *published, fits.get("bands"), fits.get("kink")
    )
