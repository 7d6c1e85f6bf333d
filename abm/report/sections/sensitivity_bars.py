"""Sensitivity analyses as bars: indices, tornado, and how much is luck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.language import Language
from abm.report.content import Column, Figure, Table
from abm.report.drawing import DARK, GAIN, GREY, LOSS, colour, figures_of, foot
from abm.report.run import Run
from abm.report.sections.common import cited, source
from abm.report.sections.sensitivity_words import (
    index_heading,
    input_name,
    input_value,
    outcome_digits,
    outcome_name,
    quantity_name,
    rows_of,
)
from abm.sensitivity.indices import ranking

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.sensitivity import SensitivityResult

SHOWN = 12
"""Inputs in a drawing; all of them are in the CSV file."""


def indices_figure(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> Figure:
    """The index of each input, the leading ones first."""
    _ = lang.text
    method = str(result.record["sensitivity"]["method"])
    table = rows_of(result.indices, outcome)
    order = ranking(table, method)
    kinds = ("mu_star",) if method == "morris" else ("S1", "ST")
    said = source(run, lang)
    unit = (
        _("{quantity}, mean absolute effect of going through the whole range").format(
            quantity=quantity_name(lang, outcome)
        )
        if method == "morris"
        else _("share of the variance")
    )
    digits = outcome_digits(outcome) if method == "morris" else 2
    caption = _("Bar: the index; line: its 95 % interval by the bootstrap.")
    if method == "surrogate":
        caption += " " + _(
            "Indices of the surrogate; the interval holds the error that comes from fitting it to these points."
        )
    cell = {(r["input"], r["index"]): r for r in table.to_dict("records")}

    def shown(name: str, kind: str) -> str:
        row = cell[name, kind]
        ends = lang.interval(row["low"], row["high"], digits=digits)
        return lang.number(row["value"], digits=digits) + (f" ({ends})" if ends else "")

    listed = "; ".join(
        f"{input_name(n)}: " + ", ".join(f"{index_heading(lang, k)} {shown(n, k)}" for k in kinds)
        for n in order
    )
    every = list(dict.fromkeys(table["index"]))
    return Figure(
        name="sensitivity_indices",
        title=_("Which uncertain figures matter"),
        unit=unit,
        source=said,
        alt=_("Bars by falling importance, with 95 % intervals. {listed}.").format(listed=listed),
        caption=caption,
        data=table,
        draw=lambda: _draw_indices(lang, cell, order[:SHOWN], kinds, unit, cited(lang, said)),
        table=Table(
            _("Indices, with 95 % intervals"),
            (Column(_("uncertain figure"), numeric=False), *(Column(index_heading(lang, k)) for k in every)),
            tuple((input_name(n), *(shown(n, k) for k in every)) for n in order),
        ),
    )


def _draw_indices(
    lang: Language,
    cell: dict[tuple[Any, Any], dict[Any, Any]],
    order: list[str],
    kinds: tuple[str, ...],
    unit: str,
    note: str,
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(8.4, 1.6 + 0.36 * len(order) * (1 if len(kinds) == 1 else 1.4)))
    axes = drawing.subplots()
    y, height = np.arange(len(order)), 0.7 / len(kinds)
    for j, kind in enumerate(kinds):
        at = y + (j - (len(kinds) - 1) / 2) * height
        rows = [cell[name, kind] for name in order]
        axes.barh(
            at, [r["value"] for r in rows], height * 0.92, color=colour(j), hatch="" if j == 0 else "///",
            edgecolor="white", linewidth=0, label=index_heading(lang, kind),
        )  # fmt: skip
        axes.hlines(at, [r["low"] for r in rows], [r["high"] for r in rows], color="black", linewidth=1.4)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(y, [input_name(n) for n in order])
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang)
    if len(kinds) > 1:
        drawing.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing


def tornado_figure(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> Figure:
    """The outcome at either end of each input."""
    _ = lang.text
    table = rows_of(result.tornado, outcome)
    middle, digits = float(result.points[outcome].mean()), outcome_digits(outcome)
    said = source(run, lang)
    unit = _("{quantity}, difference from the baseline").format(quantity=quantity_name(lang, outcome))
    listed = "; ".join(
        _("{input}: {low} at its lowest, {high} at its highest").format(
            input=input_name(r["input"]),
            low=lang.number(r["at_low"], signed=True, digits=digits),
            high=lang.number(r["at_high"], signed=True, digits=digits),
        )
        for r in table.to_dict("records")
    )

    def ends(value: float, error: float) -> str:
        return lang.number(value, signed=True, digits=digits) + (
            "" if np.isnan(error) else f" ± {lang.number(error, digits=digits)}"
        )

    rows = tuple(
        (
            input_name(r["input"]),
            f"≤ {input_value(lang, r['low_until'])}",
            ends(r["at_low"], r["at_low_error"]),
            f"≥ {input_value(lang, r['high_from'])}",
            ends(r["at_high"], r["at_high_error"]),
        )
        for r in table.to_dict("records")
    )
    columns = (
        Column(_("uncertain figure"), numeric=False),
        Column(_("lowest")),
        Column(_("mean effect there")),
        Column(_("highest")),
        Column(_("mean effect there")),
    )
    return Figure(
        name="sensitivity_tornado",
        title=_("The outcome where each figure is lowest and highest"),
        unit=unit,
        source=said,
        alt=_("Tornado around a mean of {mean}, {unit}. {listed}.").format(
            mean=lang.number(middle, signed=True, digits=digits), unit=unit, listed=listed
        ),
        caption=_(
            "Mean of the points where the figure is in the lowest (hollow) or highest (filled) part of its range, over "
            "all that the others may be; thin lines: two standard errors."
        ),
        data=table,
        draw=lambda: _draw_tornado(lang, table.head(SHOWN), middle, digits, unit, cited(lang, said)),
        table=Table(f"{unit}; ± " + _("one standard error"), columns, rows),
    )


def _draw_tornado(
    lang: Language, table: pd.DataFrame, middle: float, digits: int | None, unit: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.patches import Patch

    _ = lang.text
    drawing = Drawing(figsize=(8.4, 1.9 + 0.42 * len(table)))
    axes = drawing.subplots()
    y = np.arange(len(table))
    for end, shift in (("low", -0.19), ("high", 0.19)):
        value = table[f"at_{end}"].to_numpy()
        error = 2 * table[f"at_{end}_error"].to_numpy()
        low = end == "low"
        axes.barh(
            y + shift, value - middle, 0.36, left=middle, linewidth=1.0,
            color="white" if low else GAIN, edgecolor=LOSS if low else GAIN, hatch="////" if low else "",
        )  # fmt: skip
        axes.hlines(y + shift, value - error, value + error, color="black", linewidth=1.0)
    axes.axvline(middle, color=DARK, linewidth=1.0)
    axes.set_yticks(y, [input_name(n) for n in table["input"]])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang, signed=True)
    handles = [
        Patch(facecolor="white", edgecolor=LOSS, hatch="////", label=_("figure at its lowest")),
        Patch(facecolor=GAIN, label=_("figure at its highest")),
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    key = _("Upright line: mean of all points, {mean}.").format(
        mean=lang.number(middle, signed=True, digits=digits)
    )
    foot(drawing, f"{key}\n{note}")
    return drawing


def luck_figures(run: Run, lang: Language, result: SensitivityResult) -> tuple[Figure, ...]:
    """Shares of the variance by outcome; nothing where no outcome has them."""
    _ = lang.text
    table = result.luck[result.luck["share_of_luck"].notna()].reset_index(drop=True)
    if not len(table):
        return ()
    labels = {
        "share_of_inputs": _("uncertain figures"),
        "share_of_common_luck": _("luck, the same at every point"),
        "share_of_other_luck": _("luck, different from point to point"),
    }
    names = [outcome_name(run, lang, str(o)) for o in table["outcome"]]
    said, unit = source(run, lang), _("per cent of the variance of a single replicate")
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{label} {lang.percent(row[k])}" for k, label in labels.items())
        for name, row in zip(names, table.to_dict("records"), strict=True)
    )
    return (
        Figure(
            name="sensitivity_luck",
            title=_("How much is luck"),
            unit=unit,
            source=said,
            alt=_("Stacked bars by outcome, {unit}. {listed}.").format(unit=unit, listed=listed),
            caption=_(
                "Luck that is the same at every point does not reach the indices: all points have the same chance."
            ),
            data=table,
            draw=lambda: _draw_luck(lang, table, names, labels, unit, cited(lang, said)),
        ),
    )  # fmt: skip


def _draw_luck(
    lang: Language, table: pd.DataFrame, names: list[str], labels: dict[str, str], unit: str, note: str
) -> Drawing:
    import textwrap

    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(8.8, 1.7 + 0.5 * len(table)))
    axes = drawing.subplots()
    y, left = np.arange(len(table)), np.zeros(len(table))
    for (key, label), fill, hatch in zip(
        labels.items(), (GAIN, "#BBBBBB", "white"), ("", "", "////"), strict=True
    ):
        value = 100 * table[key].to_numpy()
        axes.barh(
            y, value, 0.6, left=left, color=fill, hatch=hatch, edgecolor=DARK, linewidth=0.6, label=label
        )
        left += value
    axes.set_yticks(y, [textwrap.fill(n, 34) for n in names], fontsize=8.5)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang)
    drawing.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8.5)
    foot(drawing, note)
    return drawing
