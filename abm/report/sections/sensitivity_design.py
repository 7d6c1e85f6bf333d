"""Sensitivity analyses over the points of the design: response surfaces and convergence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.language import Language
from abm.report.content import Figure
from abm.report.drawing import DIVERGING, GREY, colour, dash, figures_of, foot, ink
from abm.report.run import Run
from abm.report.sections.common import cited, source
from abm.report.sections.sensitivity_words import (
    index_heading,
    input_name,
    input_value,
    outcome_digits,
    quantity_name,
    rows_of,
)
from abm.sensitivity.indices import LEADING, ranking

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.sensitivity import SensitivityResult

LINES = 5
"""Inputs in the drawing of convergence."""


def surface_figures(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> list[Figure]:
    """A response surface for every two of the leading inputs."""
    table = rows_of(result.surface, outcome)
    pairs = [part.reset_index(drop=True) for _pair, part in table.groupby(["input_1", "input_2"], sort=False)]
    return [_surface(run, lang, part, outcome, i) for i, part in enumerate(pairs)]


def _surface(run: Run, lang: Language, table: pd.DataFrame, outcome: str, number: int) -> Figure:
    _ = lang.text
    first, second = str(table["input_1"].iloc[0]), str(table["input_2"].iloc[0])
    said = source(run, lang)
    unit = _("{quantity}, difference from the baseline").format(quantity=quantity_name(lang, outcome))
    known, digits = table[table["mean"].notna()], outcome_digits(outcome)
    lowest, highest = (
        dict(known.iloc[int(known["mean"].argmin())]),
        dict(known.iloc[int(known["mean"].argmax())]),
    )

    def where(row: dict[Any, Any]) -> str:
        return _("{value} where {first} is {a} and {second} is {b}").format(
            value=lang.number(row["mean"], signed=True, digits=digits),
            first=input_name(first),
            a=f"{input_value(lang, row['low_1'])}–{input_value(lang, row['high_1'])}",
            second=input_name(second),
            b=f"{input_value(lang, row['low_2'])}–{input_value(lang, row['high_2'])}",
        )

    return Figure(
        name="sensitivity_surface" + (f"_{number + 1}" if number else ""),
        title=(
            _("Two that matter, together: {first} and {second}")
            if number
            else _("The two that matter most, together: {first} and {second}")
        ).format(first=input_name(first), second=input_name(second)),
        unit=unit,
        source=said,
        alt=_("Coloured cells of {first} and {second}, {unit}. Lowest: {lowest}. Highest: {highest}.").format(
            first=input_name(first), second=input_name(second), unit=unit, lowest=where(lowest), highest=where(highest)
        ),
        caption=_("Mean of the points in each cell, over all that the others may be; in brackets how many points."),
        data=table,
        draw=lambda: _draw_surface(
            lang, table, input_name(first), input_name(second), digits, unit, cited(lang, said)),
    )  # fmt: skip


def _draw_surface(
    lang: Language,
    table: pd.DataFrame,
    first: str,
    second: str,
    digits: int | None,
    unit: str,
    note: str,
) -> Drawing:
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure as Drawing

    xs, ys = (sorted(set(table[f"low_{k}"])) for k in (1, 2))
    values = np.full((len(ys), len(xs)), np.nan)
    counts = np.zeros_like(values)
    for row in table.to_dict("records"):
        at = ys.index(row["low_2"]), xs.index(row["low_1"])
        values[at], counts[at] = row["mean"], row["n"]
    largest = float(np.nanmax(np.abs(values)))
    limit = max(largest, 1.0) if digits == 0 else largest or 1.0
    drawing = Drawing(figsize=(7.6, 1.6 + 0.72 * len(ys)))
    axes = drawing.subplots()
    shown = axes.imshow(
        values, cmap=DIVERGING, norm=TwoSlopeNorm(0.0, -limit, limit), aspect="auto", origin="lower"
    )
    for r, c in np.ndindex(values.shape):
        value = float(values[r, c])
        if np.isnan(value):
            axes.text(c, r, "–", ha="center", va="center", color=GREY)
            continue
        text = f"{lang.number(value, signed=True, digits=digits)}\n({lang.number(float(counts[r, c]), digits=0)})"
        axes.text(
            c, r, text, ha="center", va="center", fontsize=8.5, color=ink(shown.to_rgba(np.array(value)))
        )
    for set_ticks, name, lows in ((axes.set_xticks, "1", xs), (axes.set_yticks, "2", ys)):
        edges = [*lows, float(table[f"high_{name}"].max())]
        set_ticks(np.arange(len(edges)) - 0.5, [input_value(lang, e) for e in edges])
    axes.set_xlabel(first)
    axes.set_ylabel(second)
    bar = drawing.colorbar(shown, ax=axes, shrink=0.9)
    bar.set_label(unit, fontsize=8.5)
    figures_of(bar.ax.yaxis, lang, signed=True)
    foot(drawing, note)
    return drawing


def convergence_figure(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> Figure:
    """The leading index from a part of the design and from all of it."""
    _ = lang.text
    method = str(result.record["sensitivity"]["method"])
    table = rows_of(result.convergence, outcome)
    order = ranking(rows_of(result.indices, outcome), method)
    said, index = source(run, lang), index_heading(lang, LEADING[method])
    sizes = sorted(set(table["size"]))
    digits = outcome_digits(outcome) if method == "morris" else 2
    listed = []
    for name in order[:LINES]:
        mine = table[table["input"] == name].sort_values("size")
        cells = (
            f"{lang.number(r['size'], digits=0)}: {lang.number(r['value'], digits=digits)}"
            for r in mine.to_dict("records")
        )
        listed.append(f"{input_name(name)} {', '.join(cells)}")
    return Figure(
        name="sensitivity_convergence",
        title=_("Whether the design is large enough"),
        unit=index,
        source=said,
        alt=_("Lines of the leading index by size of the design ({sizes}). {listed}.").format(
            sizes=lang.listing([lang.number(s, digits=0) for s in sizes]), listed="; ".join(listed)
        ),
        caption=_(
            "The index from an eighth, a quarter, half and all of the design; bars: 95 % intervals, which may reach "
            "beyond the drawing for the smallest designs."
        ),
        data=table,
        draw=lambda: _draw_convergence(lang, table, order[:LINES], index, cited(lang, said)),
    )


def _draw_convergence(
    lang: Language, table: pd.DataFrame, order: list[str], index: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    _ = lang.text
    drawing = Drawing(figsize=(8.4, 3.9))
    axes = drawing.subplots()
    sizes = sorted(set(table["size"]))
    for i, name in enumerate(order):
        mine = table[table["input"] == name].sort_values("size")
        x = np.array([sizes.index(s) for s in mine["size"]]) + (i - (len(order) - 1) / 2) * 0.07
        value = mine["value"].to_numpy()
        axes.vlines(x, mine["low"], mine["high"], color=colour(i), linewidth=1.4, alpha=0.8)
        axes.plot(
            x, value, linestyle=dash(i), color=colour(i), marker="o", markersize=4, label=input_name(name)
        )
    axes.axhline(0, color=GREY, linewidth=0.8)
    # The smallest designs may have intervals that dwarf all else: the axis is that of the whole design.
    whole = table[(table["size"] == sizes[-1]) & table["input"].isin(order)]
    ends = np.array([*whole[["low", "high", "value"]].to_numpy().ravel(), 0.0])
    slack = 0.35 * float(np.nanmax(ends) - np.nanmin(ends))
    axes.set_ylim(float(np.nanmin(ends)) - slack, float(np.nanmax(ends)) + slack)
    axes.set_xticks(range(len(sizes)), [lang.number(s, digits=0) for s in sizes])
    axes.set_xlim(-0.4, len(sizes) - 0.6)
    axes.set_xlabel(_("size of the design"))
    axes.set_ylabel(index)
    figures_of(axes.yaxis, lang)
    drawing.legend(loc="outside right upper", frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing
