"""The study's figures, and what the worlds say to each of them.

The table ``targets.csv`` lists every number and every ordering of the study with
the interval that its wording allows. Rows of kind ``result`` and ``ordering`` are
evaluated; how is looked up by ``quantity`` in :data:`MEASURES`, where by
``geography`` and when by ``year``, so rows can be added without code.

When (:func:`windows`):

* ``2030``: stocks at the end of December 2030, flows over the twelve months of 2030;
* ``mean 2020-2030``: over all months of those years; a ratio is the ratio of the sums
  over the months, as in the first months its denominator is tiny;
* ``full operation``: the Decembers of 2027-2030 (ratios: of the sums over them);
* ``each of 2027-2030``: each December by itself; the row's mean is the mean over the
  years, and it is inside only if the mean of every single year is;
* ``cumulative 2020-2030``: flows summed over all months, stocks at the last.

No quantity is a yearly average of monthly stocks. All are effects against the
baseline of the same seed and replicate; :mod:`abm.effects.pairs` says how direct
and indirect jobs and jobs lost with residents are counted.

Shares of the new jobs or commuters of one place in a whole, where the interval
ends at 0 or 1 ("almost all"), are shares of the gains: a place that loses counts
as zero, so such a share stays between 0 and 1. Whatever is undefined (a zero
denominator, a series or month that the worlds do not hold, a quantity without a
measure) has no mean, and is not inside; an ordering of undefined shares does not hold.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .accounting import SCENARIOS
from .effects.pairs import FloatArray, IntArray, NotRecordedError, Pair, month_index
from .errors import OmlandError
from .results import WorldResult
from .schema import COUNTIES, SECTORS, START_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from .region.region import Region

Replicate = Mapping[str, WorldResult]
"""Worlds of one replicate by scenario, ``"baseline"`` among them."""

BASELINE = "baseline"
EVALUATED_KINDS = ("result", "ordering")
TABLE_COLUMNS = (
    "id",
    "priority",
    "scenario",
    "quantity",
    "geography",
    "year",
    "study",
    "low",
    "high",
    "mean",
    "p05",
    "p95",
    "standard_error",
    "inside",
)
"""Columns of the study's table, in order."""

ORDERING_SHARE = 0.95
"""An ordering is reproduced if it holds in at least this share of the replicates."""
CLEARLY = 0.25
"""``<<``: apart by at least this share of the larger of the two magnitudes ("betydligt")."""

VN, VB = "22", "24"
NORTHERN_VN = "Örnsköldsvik"
LOCAL_BRANCHES = ("transport", "hotels_restaurants", "construction")
SMALLEST_BRANCHES = (*LOCAL_BRANCHES, "agriculture")
BRANCHES = tuple(dict.fromkeys(sector.branch for sector in SECTORS))


# --- the table of targets -------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """One row of the table of targets; figures are NaN where the study gives none.

    Attributes:
        id: identity of the row.
        priority: 1 must be reproduced, 2 should, 3 sign or order only; 0 none.
        scenarios: scenarios it is about.
        kind: ``result``, ``ordering``, ``assumption``, ``evidence``, ``event`` or ``judgement``.
        quantity: what is measured; key of :data:`MEASURES`.
        geography: where.
        year: when.
        value: the study's figure.
        low: lower end of the interval that its wording allows.
        high: upper end.
        unit: unit of the three.
    """

    id: str
    priority: int
    scenarios: tuple[str, ...]
    kind: str
    quantity: str
    geography: str
    year: str
    value: float
    low: float
    high: float
    unit: str


_NEEDED = (
    "id",
    "priority",
    "scenario",
    "kind",
    "quantity",
    "geography",
    "year",
    "value",
    "low",
    "high",
    "unit",
)


def load_targets(path: Path | None = None) -> tuple[Target, ...]:
    """Read the table of targets, all kinds.

    Args:
        path: file to read; the study's own table unless told.

    Raises:
        OmlandError: the file cannot be read, or a column is missing or a figure is none.
    """
    if path is None:
        from .resources import data_path

        path = Path(data_path("study", "targets.csv"))
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            columns = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OmlandError(f"{path}: the table of targets cannot be read ({error})") from error
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise OmlandError(f"{path}: the table of targets has no column {', '.join(missing)}")
    return tuple(_target(row, f"{path}, row {row['id'] or number}") for number, row in enumerate(rows, 2))


def _target(row: Mapping[str, str], where: str) -> Target:
    def number(name: str) -> float:
        text = (row[name] or "").strip()
        try:
            return float(text) if text else math.nan
        except ValueError:
            raise OmlandError(f"{where}: {name} is {text!r}, a number was expected") from None

    # Only figures that are held against worlds have to be numbers.
    figures = {n: number(n) for n in ("value", "low", "high")} if row["kind"] in EVALUATED_KINDS else {}
    priority = number("priority")
    names = [name.strip() for name in row["scenario"].split(";")]
    return Target(
        id=row["id"],
        priority=0 if math.isnan(priority) else int(priority),
        scenarios=SCENARIOS if names == ["all"] else tuple(names),
        kind=row["kind"],
        quantity=row["quantity"],
        geography=row["geography"],
        year=row["year"],
        value=figures.get("value", math.nan),
        low=figures.get("low", math.nan),
        high=figures.get("high", math.nan),
        unit=row["unit"],
    )


# --- when and where -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """When a row is measured.

    Attributes:
        stocks: months at whose ends stocks are taken.
        span: months over which flows are summed.
    """

    stocks: IntArray
    span: IntArray


FULL_OPERATION = (2027, 2030)
"""First and last year of full operation."""


def windows(year: str) -> tuple[Window, ...]:
    """What the ``year`` of a row means; several windows for ``each of``.

    Raises:
        NotRecordedError: the form is unknown.
    """
    if year == "full operation":
        return (_decembers(*FULL_OPERATION),)
    match = re.fullmatch(r"(?:(mean|each of|cumulative) )?(\d{4})(?:-(\d{4}))?", year)
    if match is None:
        raise NotRecordedError(f"year {year!r}")
    form, first = match[1], int(match[2])
    last = int(match[3] or first)
    span = np.arange(month_index(first, 1), month_index(last) + 1)
    if form == "mean":
        return (Window(span, span),)
    if form == "each of":
        return tuple(_decembers(y, y) for y in range(first, last + 1))
    if form == "cumulative":
        return (Window(span[-1:], span),)
    return (_decembers(first, last),)


def _decembers(first: int, last: int) -> Window:
    stocks = np.array([month_index(y) for y in range(first, last + 1)])
    return Window(stocks, np.arange(month_index(first, 1), month_index(last) + 1))


@dataclass(frozen=True)
class View:
    """One replicate as one row of the table sees it.

    Attributes:
        pairs: scenario and baseline, by scenario.
        scenario: scenario the row is about.
        geography: where, as in the table.
        window: when.
    """

    pairs: Mapping[str, Pair]
    scenario: str
    geography: str
    window: Window

    def of(self, scenario: str) -> View:
        """The same row for another scenario."""
        return View(self.pairs, scenario, self.geography, self.window)

    @property
    def pair(self) -> Pair:
        """The scenario and its baseline."""
        try:
            return self.pairs[self.scenario]
        except KeyError:
            raise NotRecordedError(self.scenario) from None

    def at(self, series: FloatArray) -> float:
        """Mean of a stock over the months of the window."""
        return float(self._inside(series, self.window.stocks).mean())

    def over(self, series: FloatArray) -> float:
        """Sum of a flow over the span of the window."""
        return float(self._inside(series, self.window.span).sum())

    def ratio(self, numerator: FloatArray, denominator: FloatArray) -> float:
        """Ratio of the sums over the months of the window; NaN over zero."""
        below = self.at(denominator)
        return self.at(numerator) / below if below else math.nan

    def _inside(self, series: FloatArray, months: IntArray) -> FloatArray:
        if months[0] < 0 or months[-1] >= len(series):
            raise NotRecordedError(f"months before {START_YEAR} or after the last")
        return series[months]

    @property
    def counties(self) -> tuple[str, ...]:
        """Counties of the geography: ``"A"``, ``"A+B"``, or the home side of ``"A to B"``."""
        return _counties(self.geography.split(" to ")[0])

    @property
    def destinations(self) -> tuple[str, ...]:
        """Counties commuted or moved to: of ``"A to B"``, else the county of the factory."""
        _, _, work = self.geography.partition(" to ")
        return _counties(work) if work else (VB,)

    def commuters(self) -> FloatArray:
        """Effect on the commuters between two sets of counties, float64[T]."""
        return self.pair.flow("commuters", self._in(self.counties), self._in(self.destinations))

    def _in(self, counties: Iterable[str]) -> np.ndarray:
        return np.isin(np.array(self.pair.region.county), list(counties))


def _counties(text: str) -> tuple[str, ...]:
    codes = {name: code for code, name in COUNTIES.items()}
    try:
        return tuple(codes[name.strip()] for name in text.split("+"))
    except KeyError as error:
        raise NotRecordedError(f"geography {text!r}") from error


# --- results --------------------------------------------------------------------------------------


def share_of_gains(part: float, rest: float) -> float:
    """Share of the part in the gains of both; a loss counts as no gain. NaN without gains."""
    part, rest = max(0.0, part), max(0.0, rest)
    return part / (part + rest) if part + rest else math.nan


def branch_gains(view: View, county: str) -> dict[str, float]:
    """Indirect jobs of a county by branch of the study."""
    by_sector = view.pair.indirect_by_sector(county)
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
    moved = view.pair.flow("hires_who_moved", view._in(view.counties), view._in(view.destinations))
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
    """Indirect jobs in public administration, education, health and care over all of them."""
    public = sum(branch_gains(view, county)["public_services"] for county in view.counties)
    total = indirect_jobs(view)
    return public / total if total else math.nan


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


# --- orderings: 1 if it holds, 0 if not -----------------------------------------------------------


def clearly_below(a: float, b: float) -> bool:
    """``a << b``: below, and apart by a quarter of the larger magnitude at least."""
    return a < b and b - a >= CLEARLY * max(abs(a), abs(b))


def public_services_share_below_outmigration(view: View) -> float:
    """The public share of the indirect jobs is lower than with out-migration, by 0.01 to 0.10."""
    public = public_services_share_of_indirect
    return float(0.01 <= public(view.of("outmigration")) - public(view) <= 0.10)


def business_services_and_trade_lead(view: View) -> float:
    """Business services and trade are the two branches with the most indirect jobs, public services apart."""
    gains = [branch_gains(view, county) for county in view.counties]
    total = {b: sum(g[b] for g in gains) for b in BRANCHES if b != "public_services"}
    leaders = [total.pop("business_services"), total.pop("trade")]
    return float(min(leaders) > max(0.0, *total.values()))


def manufacturing_has_largest_vasternorrland_share(view: View) -> float:
    """Of all branches that gain, manufacturing (which has to) has the largest share in Västernorrland."""
    vn, vb = branch_gains(view, VN), branch_gains(view, VB)
    shares = {b: share_of_gains(vn[b], vb[b]) for b in BRANCHES}
    manufacturing = shares.pop("manufacturing")
    others = [share for share in shares.values() if not math.isnan(share)]
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


# --- over the replicates --------------------------------------------------------------------------


class Evaluation:
    """Collects what each replicate says to each row; keeps figures only, no worlds.

    Args:
        region: region of the worlds.
        targets: rows; the study's own table unless told. Only results and orderings count.
    """

    def __init__(self, region: Region, targets: Sequence[Target] | None = None) -> None:
        chosen = load_targets() if targets is None else targets
        self.region = region
        self.rows = [(t, s) for t in chosen if t.kind in EVALUATED_KINDS for s in t.scenarios]
        self._values: list[list[list[float]]] = [[] for _ in self.rows]
        self._conditions: list[list[list[float]]] = [[] for _ in self.rows]

    def add(self, replicate: Replicate) -> None:
        """Measure one replicate.

        Raises:
            ValueError: it has no baseline, or a world is not paired with it.
        """
        if BASELINE not in replicate:
            raise ValueError("a replicate needs its baseline")
        base = replicate[BASELINE]
        pairs = {s: Pair(world, base, self.region) for s, world in replicate.items() if s != BASELINE}
        for i, (target, scenario) in enumerate(self.rows):
            measure = MEASURES.get(target.quantity)
            if measure is None:
                self._values[i].append([math.nan])
                continue
            functions = (measure.value, *(function for function, _ in measure.conditions))
            value, *others = (_measured(f, pairs, target, scenario) for f in functions)
            self._values[i].append(value)
            self._conditions[i].append([float(np.mean(other)) for other in others])

    def table(self) -> pd.DataFrame:
        """The study's table: :data:`TABLE_COLUMNS`, in the order of the targets.

        ``mean``, ``p05``, ``p95`` and ``standard_error`` (of the mean) are over the
        replicates; the last is NaN for one replicate. For an ordering ``mean`` is the
        share of replicates in which it holds.
        """
        import pandas as pd

        rows = [self._row(i) for i in range(len(self.rows))]
        return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))

    def _row(self, i: int) -> dict[str, object]:
        target, scenario = self.rows[i]
        by_window = np.array(self._values[i], dtype=np.float64)  # [replicates, windows]
        values = by_window.mean(axis=1) if by_window.size else np.array([math.nan])
        defined = not np.isnan(values).any()
        mean = float(values.mean()) if defined else math.nan
        inside = False
        if defined and target.kind == "ordering":
            inside = mean >= ORDERING_SHARE
        elif defined:
            means = by_window.mean(axis=0)
            inside = bool(((target.low <= means) & (means <= target.high)).all())
            inside = inside and self._conditions_hold(i)
        spread = defined and len(values) > 1
        return {
            "id": target.id,
            "priority": target.priority,
            "scenario": scenario,
            "quantity": target.quantity,
            "geography": target.geography,
            "year": target.year,
            "study": target.value,
            "low": target.low,
            "high": target.high,
            "mean": mean,
            "p05": float(np.quantile(values, 0.05)) if defined else math.nan,
            "p95": float(np.quantile(values, 0.95)) if defined else math.nan,
            "standard_error": float(values.std(ddof=1) / math.sqrt(len(values))) if spread else math.nan,
            "inside": inside,
        }

    def _conditions_hold(self, i: int) -> bool:
        conditions = MEASURES[self.rows[i][0].quantity].conditions
        if not conditions:
            return True
        means = np.array(self._conditions[i]).reshape(-1, len(conditions)).mean(axis=0)
        return all(mean >= least for mean, (_, least) in zip(means, conditions, strict=True))


def _measured(
    function: Callable[[View], float], pairs: Mapping[str, Pair], target: Target, scenario: str
) -> list[float]:
    """What a function says in each window of a row; NaN if the worlds cannot tell."""
    try:
        return [function(View(pairs, scenario, target.geography, w)) for w in windows(target.year)]
    except NotRecordedError:
        return [math.nan]


def evaluate_targets(
    replicates: Iterable[Replicate], region: Region, targets: Sequence[Target] | None = None
) -> pd.DataFrame:
    """Hold worlds against the study.

    Args:
        replicates: worlds by scenario, the baseline among them; a generator keeps only
            one replicate in memory.
        region: region of the worlds.
        targets: rows; the study's own table unless told.

    Returns:
        The study's table, one row for each result or ordering and scenario; see
        :meth:`Evaluation.table`.
    """
    evaluation = Evaluation(region, targets)
    for replicate in replicates:
        evaluation.add(replicate)
    return evaluation.table()
