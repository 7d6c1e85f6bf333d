"""The figures of a calibration, but for that of the multipliers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm import terms
from abm.calibration.rows import BETWEEN
from abm.language import Language
from abm.report.content import Column, Figure, Table
from abm.report.drawing import GAIN, GREY, LOSS, figures_of, foot
from abm.report.run import Run
from abm.report.sections.common import cited

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.calibration import CalibrationResult

ALLOWED = "#E4E4E4"
"""Colour behind what the study allows."""
FARTHEST = 6.0
"""Half-widths from the middle of an interval up to which rows are drawn."""
CURVES = 3
"""Trade-offs that are drawn; all of them are in pareto.csv."""
RECOVERED = 0.85
"""Share of 90 % intervals that has to hold the truth, to allow for their small number."""


def row_key(row: Mapping[Any, Any]) -> str:
    """Name of the row of the study's table that a row of one of the calibration's tables is about."""
    return f"{row['id']}{BETWEEN}{row['scenario']}"


def row_name(lang: Language, row: str) -> str:
    """A row of the study's table in words: "B05 out-migration"."""
    id_, _, scenario = row.partition(BETWEEN)
    return f"{id_} {terms.scenario(lang, scenario, inline=True)}"


def study_source(run: Run, lang: Language) -> str:
    """Source of a figure of a calibration beside the study."""
    _ = lang.text
    return _(
        "Omland {version}, calibration, seed {seed}; allowed: study by WSP Advisory for Region Västernorrland"
    ).format(version=run.fact("version") or "", seed=run.fact("seed"))


# --- all rows -------------------------------------------------------------------------------------


def rows_figure(run: Run, lang: Language, result: CalibrationResult) -> Figure:
    """Every row of the table in the posterior, in half-widths of its interval."""
    _ = lang.text
    table = result.rows[np.isfinite(result.rows["low"]) & np.isfinite(result.rows["posterior_mean"])]
    table = table[(table["kind"] == "result") & (table["high"] > table["low"])].reset_index(drop=True)
    centre, half = (table["low"] + table["high"]) / 2, (table["high"] - table["low"]) / 2
    data = pd.DataFrame(
        {
            "id": table["id"],
            "scenario": table["scenario"],
            "fitted": table["weight"] > 0,
            "low": table["low"],
            "high": table["high"],
            **{
                name: table[name]
                for name in ("posterior_mean", "posterior_p05", "posterior_p95", "prior_mean")
            },
        }
    )
    for name in ("posterior_mean", "posterior_p05", "posterior_p95", "prior_mean"):
        data[f"{name}_half_widths"] = (table[name] - centre) / half
    inside = data["posterior_mean_half_widths"].abs() <= 1.0
    cells = []
    for row, held in zip(data.to_dict("records"), inside, strict=True):
        cells.append(
            (
                row_name(lang, row_key(row)),
                lang.interval(row["low"], row["high"]),
                lang.number(row["prior_mean"]),
                lang.number(row["posterior_mean"]),
                lang.interval(row["posterior_p05"], row["posterior_p95"]),
                _("yes") if row["fitted"] else _("no"),
                _("yes") if held else _("no"),
            )
        )
    columns = (
        Column(_("row"), numeric=False),
        Column(_("allowed")),
        Column(_("prior")),
        Column(_("posterior")),
        Column(_("5–95 %")),
        Column(_("fitted"), numeric=False),
        Column(_("inside"), numeric=False),
    )
    said, unit = study_source(run, lang), _("half-widths of what is allowed, from its middle")
    outside = [c[0] for c, held in zip(cells, inside, strict=True) if not held]
    return Figure(
        name="calibration_rows",
        title=_("The rows of the study's table before and after"),
        unit=unit,
        source=said,
        alt=_("Posterior of {n} rows against what is allowed. Outside in the mean: {outside}.").format(
            n=len(data), outside="; ".join(outside) or _("none")
        ),
        caption=_(
            "Grey: what the study's wording allows. Dot and line: mean and 5 to 95 per cent of the posterior, filled "
            "if the row was fitted; grey ring: mean of the prior. What lies beyond the frame is drawn at its edge as "
            "a triangle."
        ),
        data=data,
        draw=lambda: _draw_rows(lang, data, [c[0] for c in cells], unit, cited(lang, said)),
        table=Table(_("Rows of the study's table"), columns, tuple(cells)),
    )


def _draw_rows(lang: Language, data: pd.DataFrame, names: list[str], unit: str, note: str) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

    _ = lang.text
    drawing = Drawing(figsize=(8.4, 1.6 + 0.235 * len(data)))
    axes = drawing.subplots()
    y = np.arange(len(data))
    axes.axvspan(-1, 1, color=ALLOWED, linewidth=0)
    low, mean, high, prior = (
        data[f"{name}_half_widths"].to_numpy(dtype=float)
        for name in ("posterior_p05", "posterior_mean", "posterior_p95", "prior_mean")
    )
    axes.hlines(
        y, np.clip(low, -FARTHEST, FARTHEST), np.clip(high, -FARTHEST, FARTHEST), color=GAIN, linewidth=1.6
    )
    for k in y:
        for value, face, edge in (
            (prior[k], "white", GREY),
            (mean[k], GAIN if data["fitted"][k] else "white", GAIN),
        ):
            beyond = abs(value) > FARTHEST
            mark = (">" if value > 0 else "<") if beyond else "o"
            axes.plot(
                np.clip(value, -FARTHEST, FARTHEST), k, mark, markersize=5.5, markerfacecolor=face,
                markeredgecolor=edge, clip_on=False, zorder=3,
            )  # fmt: skip
    axes.set_yticks(y, names, fontsize=8)
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.set_xlim(-FARTHEST, FARTHEST)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang)
    handles = [
        Line2D([], [], marker="o", color=GAIN, markerfacecolor=GAIN, label=_("posterior, fitted")),
        Line2D([], [], marker="o", color=GAIN, markerfacecolor="white", label=_("posterior, not fitted")),
        Line2D(
            [],
            [],
            marker="o",
            color=GREY,
            markerfacecolor="white",
            linestyle="",
            label=_("mean of the prior"),
        ),
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing


# --- trade-offs -----------------------------------------------------------------------------------


def tradeoff_figures(run: Run, lang: Language, result: CalibrationResult) -> tuple[Figure, ...]:
    """Rows that cannot be had together: what one costs the other. Nothing if there are none."""
    _ = lang.text
    pairs = result.conflicts[result.conflicts["kind"] == "trade-off"].head(CURVES)
    pairs = pairs[pairs["row"].isin(result.pareto["row"])]
    if not len(pairs):
        return ()
    limits = {row_key(r): (r["low"], r["high"]) for r in result.rows.to_dict("records")}
    said = study_source(run, lang)
    keep = result.pareto.merge(pairs[["row", "other"]], on=["row", "other"])
    listed = "; ".join(
        _("{row} {first} with {other} {second}").format(
            row=row_name(lang, r["row"]), first=lang.number(r["nearest"]),
            other=row_name(lang, r["other"]), second=lang.number(r["nearest_other"]),
        )
        for r in pairs.to_dict("records")
    )  # fmt: skip
    return (
        Figure(
            name="calibration_tradeoffs",
            title=_("Rows that pull against each other"),
            unit=_("figures of the rows, in their own units"),
            source=said,
            alt=_("The best that can be had of two rows at once. Best compromises: {listed}.").format(
                listed=listed
            ),
            caption=_(
                "Each dot is a set of parameters that no other betters in both rows; grey: what the study allows of "
                "either. Where no dot lies in both, the two rows cannot be had together."
            ),
            data=keep,
            draw=lambda: _draw_tradeoffs(lang, keep, pairs, limits, cited(lang, said)),
        ),
    )


def _draw_tradeoffs(
    lang: Language,
    table: pd.DataFrame,
    pairs: pd.DataFrame,
    limits: dict[str, tuple[float, float]],
    note: str,
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(3.2 * len(pairs), 3.3))
    every = drawing.subplots(1, len(pairs), squeeze=False)[0]
    for axes, pair in zip(every, pairs.to_dict("records"), strict=True):
        mine = table[(table["row"] == pair["row"]) & (table["other"] == pair["other"])].sort_values("value")
        axes.axvspan(*limits[pair["row"]], color=ALLOWED, linewidth=0)
        axes.axhspan(*limits[pair["other"]], color=ALLOWED, linewidth=0, alpha=0.7)
        axes.plot(mine["value"], mine["value_other"], "o-", color=LOSS, markersize=4.5, linewidth=1.2)
        axes.set_xlabel(row_name(lang, pair["row"]))
        axes.set_ylabel(row_name(lang, pair["other"]))
        axes.margins(0.15)
        axes.locator_params(nbins=4)
        figures_of(axes.xaxis, lang)
        figures_of(axes.yaxis, lang)
    foot(drawing, note)
    return drawing


# --- parameters -----------------------------------------------------------------------------------


def parameters_figure(run: Run, lang: Language, result: CalibrationResult) -> Figure:
    """Posterior of each parameter within its prior range."""
    _ = lang.text
    table = result.identification.sort_values("sd_ratio").reset_index(drop=True)
    width = table["prior_high"] - table["prior_low"]
    best = pd.Series([result.record["best"]["values"][n] for n in table["parameter"]])
    data = table[["parameter", "prior_low", "prior_high", "mean", "low", "high", "sd_ratio", "identified"]]
    data = data.assign(best=best)
    for name in ("low", "mean", "high", "best"):
        data[f"{name}_in_range"] = (data[name] - data["prior_low"]) / width
    said, unit = study_source(run, lang), _("per cent of the prior range")
    listed = "; ".join(
        f"{r['parameter']}: {lang.compact(r['mean'])} ({lang.compact(r['low'])} – {lang.compact(r['high'])})"
        for r in data.to_dict("records")
    )
    return Figure(
        name="calibration_parameters",
        title=_("What the study says about each parameter"),
        unit=unit,
        source=said,
        alt=_("Posterior of each parameter within its prior range, the best known first. {listed}.").format(
            listed=listed
        ),
        caption=_(
            "Line: 5 to 95 per cent of the posterior; dot: mean; cross: best draw. A line across the whole range: the "
            "study says nothing about that parameter by itself."
        ),
        data=data,
        draw=lambda: _draw_parameters(lang, data, unit, cited(lang, said)),
    )


def _draw_parameters(lang: Language, data: pd.DataFrame, unit: str, note: str) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

    _ = lang.text
    drawing = Drawing(figsize=(8.4, 1.6 + 0.3 * len(data)))
    axes = drawing.subplots()
    for k, row in enumerate(data.to_dict("records")):
        known = row["identified"] != "no"
        tint = GAIN if known else GREY
        axes.hlines(
            k,
            100 * row["low_in_range"],
            100 * row["high_in_range"],
            color=tint,
            linewidth=3 if known else 1.4,
        )
        axes.plot(100 * row["mean_in_range"], k, "o", color=tint, markersize=6)
        axes.plot(100 * row["best_in_range"], k, "x", color="black", markersize=6)
    axes.set_yticks(np.arange(len(data)), data["parameter"])
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang)
    handles = [
        Line2D([], [], color=GAIN, linewidth=3, marker="o", label=_("told apart")),
        Line2D([], [], color=GREY, linewidth=1.4, marker="o", label=_("not told apart")),
        Line2D([], [], color="black", linestyle="", marker="x", label=_("best draw")),
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing


def waves_figure(run: Run, lang: Language, result: CalibrationResult) -> Figure:
    """How near the points of each wave come."""
    _ = lang.text
    data = result.points[["point", "wave", "expected_distance"]].reset_index(drop=True)
    last = int(data["wave"].max())
    names = {
        wave: _("defaults") if wave == 0 else (_("check") if wave == last else _("wave {k}").format(k=wave))
        for wave in sorted(set(data["wave"]))
    }
    medians = data.groupby("wave")["expected_distance"].median()
    said, unit = study_source(run, lang), _("distance, half-widths of the intervals")
    return Figure(
        name="calibration_waves",
        title=_("How near the points come, wave by wave"),
        unit=unit,
        source=said,
        alt=_("Median distance: {listed}.").format(
            listed="; ".join(f"{names[w]} {lang.number(v, digits=2)}" for w, v in medians.items())
        ),
        caption=_("Each dot is a point, by what its distance is worth but for luck; bars are medians."),
        data=data,
        draw=lambda: _draw_waves(lang, data, names, unit, cited(lang, said)),
    )


def _draw_waves(lang: Language, data: pd.DataFrame, names: dict[int, str], unit: str, note: str) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(7.2, 3.8))
    axes = drawing.subplots()
    for i, wave in enumerate(names):
        far = data.loc[data["wave"] == wave, "expected_distance"].to_numpy()
        beside = (np.arange(len(far)) * 0.61803398875) % 1.0 - 0.5  # spread evenly, without chance
        axes.plot(i + 0.5 * beside, far, "o", color=GAIN, markersize=3.5, alpha=0.6)
        axes.hlines(float(np.median(far)), i - 0.35, i + 0.35, color=LOSS, linewidth=2.2)
    axes.set_xticks(range(len(names)), list(names.values()))
    axes.set_ylim(bottom=0)
    axes.set_ylabel(unit, fontsize=9)
    figures_of(axes.yaxis, lang)
    foot(drawing, note)
    return drawing


def recovery_figures(run: Run, lang: Language, result: CalibrationResult) -> tuple[Figure, ...]:
    """Whether known truths are found again, by parameter; nothing if none were tried."""
    _ = lang.text
    if not len(result.recovery):
        return ()
    data = result.recovery.groupby("parameter", sort=False)[["inside"]].mean().reset_index()
    truths = int(result.recovery["truth"].nunique())
    said, unit = study_source(run, lang), _("per cent of the 90 % intervals that hold the truth")
    listed = "; ".join(f"{r['parameter']} {lang.percent(r['inside'])}" for r in data.to_dict("records"))
    return (
        Figure(
            name="calibration_recovery",
            title=_("Whether known truths are found again"),
            unit=unit,
            source=said,
            alt=_("Share of the 90 % intervals that hold the truth, {truths} truths each. {listed}.").format(
                truths=truths, listed=listed
            ),
            caption=_(
                "Points of the first wave were taken as the truth one after the other; their own intervals should hold "
                "nine of ten. Dashed: 85 per cent."
            ),
            data=data,
            draw=lambda: _draw_recovery(lang, data, unit, cited(lang, said)),
        ),
    )


def _draw_recovery(lang: Language, data: pd.DataFrame, unit: str, note: str) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(8.4, 1.4 + 0.27 * len(data)))
    axes = drawing.subplots()
    axes.axvline(90, color=GREY, linewidth=1.0)
    axes.axvline(100 * RECOVERED, color=GREY, linewidth=1.0, linestyle="--")
    axes.plot(100 * data["inside"], np.arange(len(data)), "o", color=GAIN)
    axes.set_yticks(np.arange(len(data)), data["parameter"])
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.set_xlim(min(70.0, 100 * float(data["inside"].min()) - 3), 101)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang)
    foot(drawing, note)
    return drawing
