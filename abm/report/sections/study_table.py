"""The study's table: what it says, what its wording allows, and what the model gives."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from abm import terms
from abm.accounting import closed_form
from abm.cautions import FEW_RUNS, spread_label
from abm.language import Language, decimals
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, colour, foot, mark
from abm.report.run import Run
from abm.report.sections.common import cited
from abm.targets import ORDERING_SHARE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

FIGURES = ("study", "low", "high", "mean", "p05", "p95")
MOST_DIGITS = 6
"""Decimals that tell any figure from the bound it misses, or else the two are the same but for rounding."""


def study_table(run: Run, lang: Language) -> Section | None:
    """Dots and ranges a scenario, and all rows as a table."""
    table, _ = run.table, lang.text
    if table is None or not len(table):
        return None
    names = list(dict.fromkeys(table["scenario"].astype(str)))
    table = with_worst_years(table, run.record)
    figures = [
        _figure(run, lang, i, name, rows)
        for i, name in enumerate(names)
        if len(rows := _drawn(table[table["scenario"] == name]))
    ]
    prose = (
        _(
            "The grey bar is what the wording of the study allows, the dot with its line what Omland gives: "
            "the mean, and where nine in ten replicates lie, or all of fewer than ten. Every row has a scale of its "
            "own, since jobs, persons and shares cannot share one."
        ),
        _(
            "An ordering (“fewer leave in the third scenario than in the second”) holds if it does in at "
            "least 95 % of the replicates; orderings are in the table only."
        ),
        *left_out(lang, run.record),
    )
    return Section(
        "study",
        _("The study's figures beside ours"),
        prose=prose,
        figures=tuple(figures),
        tables=(_table(lang, table, _runs(run)),),
    )


def left_out(lang: Language, record: Mapping[str, Any]) -> tuple[str, ...]:
    """Which rows have replicates that do not define them, a sentence; nothing if all define all rows."""
    _ = lang.text
    rows = record.get("replicates_left_out") or {}
    if not rows:
        return ()
    told = []
    for name, n in rows.items():
        row, scenario = name.split(" ", 1)
        title = terms.scenario(lang, scenario, inline=True)
        told.append(_("{n} for {row} with {scenario}").format(n=n, row=row, scenario=title))
    return (
        _(
            "Replicates in which a row is undefined, such as a share of no new commuters, are left out of its "
            "figures: {rows}, of {runs}."
        ).format(rows=lang.listing(told), runs=record["runs"]),
    )


def _runs(run: Run) -> int:
    """Replicates of a study; enough for a range if its record does not tell."""
    return int(run.record.get("runs", FEW_RUNS))


def with_worst_years(table: pd.DataFrame, record: Mapping[str, Any]) -> pd.DataFrame:
    """The table with the year that puts a row of several years outside, and its mean; NaN for all other rows."""
    worst = record.get("worst_years") or {}
    names = [f"{row} {scenario}" for row, scenario in zip(table["id"], table["scenario"], strict=True)]
    found = [worst.get(name, {}) for name in names]
    return table.assign(
        worst_year=[float(w.get("year", math.nan)) for w in found],
        worst_mean=[float(w.get("mean", math.nan)) for w in found],
    )


def worst_year(lang: Language, row: Mapping[Any, Any]) -> str:
    """Why a row of several years is outside: "289 in 2029"; empty for other rows."""
    _ = lang.text
    if math.isnan(row.get("worst_year", math.nan)):
        return ""
    mean = float(row["worst_mean"])
    return _("{figure} in {year}").format(
        figure=lang.number(mean, digits=_telling(row, mean)), year=int(row["worst_year"])
    )


def _drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with an interval and a mean."""
    return rows[rows[["low", "high", "mean"]].notna().all(axis=1)]


def _source(lang: Language, run: Run) -> str:
    _ = lang.text
    return _("study: WSP Advisory for Region Västernorrland; ours: Omland {version}").format(
        version=run.record.get("version", "")
    )


def _figure(run: Run, lang: Language, i: int, name: str, rows: pd.DataFrame) -> Figure:
    _ = lang.text
    title = terms.scenario(lang, name)
    said = [
        _("{row} {what}: study {allowed}, ours {mean} ({spread}), {inside}").format(
            row=row["id"],
            what=row_label(lang, row),
            allowed=allowed(lang, row),
            mean=ours(lang, row),
            spread=ours_spread(lang, row),
            inside=_verdict(lang, row),
        )
        for row in rows.to_dict("records")
    ]
    return Figure(
        name=f"study_{file_name(name, i)}",
        title=_("{scenario}: the study's figures and ours").format(scenario=title),
        unit=_("jobs, persons or shares, as each row says"),
        source=_source(lang, run),
        alt=_("{n} rows, {inside} inside. {rows}.").format(
            n=len(rows), inside=int(rows["inside"].sum()), rows="; ".join(said)
        ),
        caption=_("Every row is scaled to its own figures, which stand at the right."),
        data=rows[["id", "scenario", "quantity", "geography", "year", *FIGURES, "inside"]],
        draw=lambda: _draw(lang, rows, i, _runs(run), _source(lang, run)),
    )


def _draw(lang: Language, rows: pd.DataFrame, i: int, runs: int, source: str) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.patches import Rectangle

    _ = lang.text
    drawing = Drawing(figsize=(10.6, 1.2 + 0.46 * len(rows)))
    axes = drawing.subplots()
    axes.set_xlim(-1.42, 2.46)
    axes.set_ylim(len(rows) - 0.4, -1.0)
    axes.axis("off")
    heads = (
        (-1.4, _("row"), "left"),
        (-1.25, _("what"), "left"),
        (1.58, _("study allows"), "right"),
        (2.44, f"Omland ({spread_label(lang, runs)})", "right"),
    )
    for x, text, side in heads:
        axes.text(x, -0.75, text, ha=side, va="center", fontsize=9, color=DARK, fontweight="bold")
    for y, row in enumerate(rows.to_dict("records")):
        at = _scaled(row)
        axes.plot([0, 1], [y, y], color="#DDDDDD", linewidth=0.8, zorder=1)
        width = max(at["high"] - at["low"], 0.008)
        axes.add_patch(Rectangle((at["low"], y - 0.26), width, 0.52, color="#A9A9A9", linewidth=0, zorder=2))
        axes.plot([at["p05"], at["p95"]], [y, y], color=colour(i), linewidth=2.2, zorder=3)
        inside = bool(row["inside"])
        axes.plot(
            at["mean"], y, mark(i), color=colour(i), markersize=7.5, markerfacecolor=colour(i) if inside else "white",
            markeredgewidth=1.6, zorder=4,
        )  # fmt: skip
        axes.text(-1.4, y, str(row["id"]), ha="left", va="center", fontsize=9.5)
        axes.text(-1.25, y, _wrapped(row_label(lang, row)), ha="left", va="center", fontsize=9.5)
        axes.text(1.58, y, allowed(lang, row), ha="right", va="center", fontsize=9.5)
        spread = ours_spread(lang, row)
        text = f"{ours(lang, row)} ({spread})" if spread else ours(lang, row)
        if why := worst_year(lang, row):
            text += f"\n{why}"
        axes.text(2.44, y, text, ha="right", va="center", fontsize=9.5)
    note = _("Grey: the study. Filled mark: inside, hollow mark: outside.")
    foot(drawing, f"{note} {cited(lang, source)}")
    return drawing


def _scaled(row: Mapping[Any, Any]) -> dict[str, float]:
    """The figures of a row between 0 and 1, by its own smallest and largest."""
    figures = {key: float(row[key]) for key in ("low", "high", "mean", "p05", "p95")}
    known = [v for v in figures.values() if math.isfinite(v)]
    low, high = min(known), max(known)
    room = (high - low) or max(abs(high), 1.0)
    return {key: 0.05 + 0.9 * (value - low) / room for key, value in figures.items()}


def _wrapped(text: str, width: int = 42) -> str:
    """A long label on two lines of much the same length."""
    return text if len(text) <= width else textwrap.fill(text, max(len(text) // 2 + 9, 30))


def _table(lang: Language, table: pd.DataFrame, runs: int) -> Table:
    _ = lang.text
    rows: list[tuple[str, ...]] = []
    groups: dict[int, str] = {}
    for name, listed in table.groupby("scenario", sort=False):
        groups[len(rows)] = terms.scenario(lang, str(name))
        rows += [cells(lang, row) for row in listed.to_dict("records")]
    columns = (
        Column(_("row"), numeric=False),
        Column(_("what"), numeric=False),
        Column(_("study")),
        Column(_("study allows")),
        Column(_("closed form")),
        Column("Omland"),
        Column(spread_label(lang, runs)),
        Column(_("result"), numeric=False),
    )
    caption = _(
        "All rows of the study's table; effects against the baseline without the factory. Closed form: the study's own "
        "arithmetic, worked out from its assumptions."
    )
    return Table(caption, columns, tuple(rows), groups)


def cells(lang: Language, row: Mapping[Any, Any]) -> tuple[str, ...]:
    """One row of the table as text."""
    start = (str(row["id"]), row_label(lang, row))
    return (
        *start,
        _study(lang, row),
        allowed(lang, row),
        _closed(lang, row),
        ours(lang, row),
        ours_spread(lang, row),
        _result(lang, row),
    )


def _result(lang: Language, row: Mapping[Any, Any]) -> str:
    """Whether a row is reproduced, as a sign and a word."""
    _ = lang.text
    if math.isnan(float(row["mean"])):
        return "– " + _("undefined")
    if is_ordering(row):
        return "✓ " + _("holds") if row["inside"] else "✗ " + _("does not hold")
    return f"{'✓' if row['inside'] else '✗'} {_verdict(lang, row)}"


def _verdict(lang: Language, row: Mapping[Any, Any]) -> str:
    """Whether a figure is inside, with the year for which it is not."""
    _ = lang.text
    if row["inside"]:
        return _("inside")
    why = worst_year(lang, row)
    return f"{_('outside')} ({why})" if why else _("outside")


def is_ordering(row: Mapping[Any, Any]) -> bool:
    """Whether a row is an ordering, which holds or does not."""
    return math.isnan(float(row["low"])) and math.isnan(float(row["high"]))


def _study(lang: Language, row: Mapping[Any, Any]) -> str:
    _ = lang.text
    return _("holds") if is_ordering(row) else lang.number(float(row["study"]))


def allowed(lang: Language, row: Mapping[Any, Any]) -> str:
    """What the wording of the study allows."""
    return "≥ 95 %" if is_ordering(row) else lang.interval(float(row["low"]), float(row["high"]))


def _closed(lang: Language, row: Mapping[Any, Any]) -> str:
    """What the study's own arithmetic says, with as many decimals as the study's figure."""
    if math.isnan(float(row["study"])):
        return ""
    return lang.number(closed_form(str(row["scenario"]), str(row["quantity"])), digits=_digits(row))


def ours(lang: Language, row: Mapping[Any, Any]) -> str:
    """The model's figure, with as many decimals as the study's, or as tell it from the bound it misses."""
    mean = float(row["mean"])
    if is_ordering(row):
        return "" if math.isnan(mean) else lang.percent(mean, digits=_telling_share(mean))
    return lang.number(mean, digits=_telling(row, mean))


def ours_spread(lang: Language, row: Mapping[Any, Any]) -> str:
    """Where nine in ten replicates lie, or all of few."""
    if is_ordering(row):
        return ""
    return lang.interval(float(row["p05"]), float(row["p95"]), digits=_digits(row))


def _digits(row: Mapping[Any, Any]) -> int:
    known = [abs(float(row[key])) for key in ("study", "low", "high") if not math.isnan(float(row[key]))]
    return decimals(max(known)) if known else 0


def _telling(row: Mapping[Any, Any], figure: float) -> int:
    """Decimals of a figure: the study's, or as many as put it beyond the bound it misses once it is rounded."""
    return telling(figure, float(row["low"]), float(row["high"]), _digits(row))


def telling(figure: float, low: float, high: float, digits: int) -> int:
    """As many decimals as given, or more where a figure outside an interval would look inside."""
    if math.isnan(figure):
        return digits
    while digits < MOST_DIGITS and _rounds_inside(figure, low, high, digits):
        digits += 1
    return digits


def _rounds_inside(figure: float, low: float, high: float, digits: int) -> bool:
    """Whether a figure outside an interval looks inside with so many decimals, its ends rounded alike or not."""
    shown = round(figure, digits)
    return (figure < low and shown >= min(low, round(low, digits))) or (
        figure > high and shown <= max(high, round(high, digits))
    )


def _telling_share(share: float) -> int:
    """Decimals of the per cent of replicates in which an ordering holds: 94.6 % is not 95 %."""
    return int(share < ORDERING_SHARE and round(100 * share) >= 100 * ORDERING_SHARE)


def row_label(lang: Language, row: Mapping[Any, Any]) -> str:
    """What a row is about."""
    return terms.row_label(lang, str(row["quantity"]), str(row["geography"]), str(row["year"]))


def file_name(name: str, number: int) -> str:
    """A name of a scenario as part of a file name, different for different scenarios."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return plain if plain == name else f"{number + 1}-{plain}".strip("-")
