"""The levels of one world: counties over time, municipalities on a map and in a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import GREY, colour, dash, figures_of, foot, head, labels_apart
from abm.report.maps import colour_scale, filled_map, symmetric_norm
from abm.report.run import Run
from abm.report.sections.common import (
    STEP,
    axis_of_years,
    cited,
    county_name,
    decembers,
    small_scale,
    source_of_levels,
    years,
)
from abm.series import Levels
from abm.targets.views import VN

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

FloatArray = NDArray[np.float64]
EXTREMES = 3
"""Municipalities that the text alternative of the map names at either end."""


class _Shown(NamedTuple):
    """One quantity over time.

    Attributes:
        name: of the figure's files.
        title: what is shown.
        unit: its unit.
        series: its course in a county, float64[months].
        digits: decimals in text and table.
        change: whether the drawing shows the change since the first month in per cent, rather than levels.
    """

    name: str
    title: str
    unit: str
    series: Callable[[str], FloatArray]
    digits: int
    change: bool


def answer(run: Run, lang: Language) -> Section | None:
    """What becomes of the county asked about, in sentences that are computed from the figures."""
    levels, _ = run.levels, lang.text
    if levels is None:
        return None
    code = VN if VN in levels.counties else levels.counties[0]
    people, jobs = _sum(levels, "population", code), _sum(levels, "jobs", code)
    idle, away = _unemployment(levels, code), levels.out_commuters(code)

    def course(series: FloatArray) -> dict[str, str]:
        return {
            "start": lang.number(series[0], digits=0),
            "end": lang.number(series[-1], digits=0),
            "change": _per_cent(lang, series),
        }

    lead = (
        _("From {first} to {last} the residents of {county} go from {start} to {end} ({change}).").format(
            first=lang.month(levels.months[0]),
            last=lang.month(levels.months[-1]),
            county=county_name(run, code),
            **course(people),
        ),
        _(
            "Jobs there go from {start} to {end} ({change}), and unemployment from {idle_start} to {idle_end}."
        ).format(
            **course(jobs),
            idle_start=lang.percent(idle[0] / 100, digits=1),
            idle_end=lang.percent(idle[-1] / 100, digits=1),
        ),
        _("Those who live there and work outside the county go from {start} to {end} ({change}).").format(
            **course(away)
        ),
    )
    prose = (
        _(
            "This is one world, {scenario}: one course that chance can take. What an employer changes is told by a "
            "comparison with the same luck without it, many times over: omland study, or omland montecarlo."
        ).format(scenario=_title(run, lang)),
        *small_scale(run, lang),
    )
    return Section("answer", _("The answer"), lead=lead, prose=prose)


def counties(run: Run, lang: Language) -> Section | None:
    """Residents, jobs, unemployment and out-commuters of each county, month by month."""
    levels, _ = run.levels, lang.text
    if levels is None:
        return None
    per_cent = _("per cent, change since {month}").format(month=lang.month(levels.months[0]))
    shown = (
        _Shown("world_residents", _("Residents by county"), per_cent, partial(_sum, levels, "population"), 0, True),
        _Shown(
            "world_jobs", _("Jobs by county (employed by workplace)"), per_cent, partial(_sum, levels, "jobs"), 0, True
        ),
        _Shown(
            "world_unemployment", _("Unemployment by county of residence"), _("per cent of the labour force"),
            partial(_unemployment, levels), 1, False,
        ),
        _Shown(
            "world_out_commuters", _("Out-commuters by county of residence, to other counties and abroad"),
            per_cent, levels.out_commuters, 0, True,
        ),
    )  # fmt: skip
    prose = _("Levels of one world, at the end of each month.")
    figures = tuple(_figure(run, lang, levels, one) for one in shown)
    return Section("levels", _("The counties over time"), prose=(prose,), figures=figures)


def municipalities(run: Run, lang: Language) -> Section | None:
    """Where residents become more and fewer, as a map and a table."""
    levels, _ = run.levels, lang.text
    if levels is None:
        return None
    people, jobs = levels.level("population"), levels.level("jobs")
    idle = _share(levels.level("unemployed"), levels.level("employed_residents"))
    away = levels.level("out_commuters")
    change = _change(people)[-1]
    names = [run.places.names[code] for code in levels.codes]
    said = source_of_levels(run, lang, with_map=True)
    unit = _("per cent, change from {first} to {last}").format(
        first=lang.month(levels.months[0]), last=lang.month(levels.months[-1])
    )
    order = np.argsort(change, kind="stable")

    def extremes(chosen: NDArray[np.int64]) -> str:
        return ", ".join(f"{names[k]} {lang.number(change[k], signed=True, digits=1)}" for k in chosen)

    data = pd.DataFrame(
        {
            "municipality": levels.codes,
            "name": names,
            "residents_start": people[0],
            "residents_end": people[-1],
            "residents_change_per_cent": change,
            "jobs_start": jobs[0],
            "jobs_end": jobs[-1],
            "unemployment_per_cent_start": idle[0],
            "unemployment_per_cent_end": idle[-1],
            "out_commuters_start": away[0],
            "out_commuters_end": away[-1],
        }
    )
    arrow = f"{{}} {_('to')} {{}}"
    rows = tuple(
        (
            names[k],
            arrow.format(*(lang.number(people[t, k], digits=0) for t in (0, -1))),
            lang.number(change[k], signed=True, digits=1),
            arrow.format(*(lang.number(jobs[t, k], digits=0) for t in (0, -1))),
            arrow.format(*(lang.number(idle[t, k], digits=1) for t in (0, -1))),
            arrow.format(*(lang.number(away[t, k], digits=0) for t in (0, -1))),
        )
        for k in range(len(names))
    )
    columns = (
        Column(_("municipality"), numeric=False),
        Column(_("residents")),
        Column(_("change in per cent")),
        Column(_("jobs")),
        Column(_("unemployment in per cent")),
        Column(_("out-commuters")),
    )
    title = _("Residents by municipality")
    figure = Figure(
        name="map_world_residents",
        title=title,
        unit=unit,
        source=said,
        alt=_("Map of the municipalities, {unit}. Most: {most}. Least: {least}.").format(
            unit=unit, most=extremes(order[::-1][:EXTREMES]), least=extremes(order[:EXTREMES])
        ),
        caption=_("Purple is more residents than at the start, orange is fewer; the scale is logarithmic."),
        data=data,
        draw=lambda: _draw_map(run, lang, levels, change, title, unit, cited(lang, said)),
        table=Table(_("Municipalities at the start and at the end"), columns, rows),
    )
    return Section("municipalities", _("The municipalities"), figures=(figure,))


def _title(run: Run, lang: Language) -> str:
    return terms.scenario(lang, str(run.fact("scenario") or ""))


def _sum(levels: Levels, quantity: str, county: str) -> FloatArray:
    """A quantity of a county, float64[months]."""
    return np.asarray(levels.level(quantity)[:, levels.inside(county)].sum(axis=1))


def _unemployment(levels: Levels, county: str) -> FloatArray:
    """Unemployed in per cent of the labour force of a county, float64[months]."""
    return _share(_sum(levels, "unemployed", county), _sum(levels, "employed_residents", county))


def _share(unemployed: FloatArray, employed: FloatArray) -> FloatArray:
    force = unemployed + employed
    return np.asarray(100.0 * unemployed / np.where(force > 0, force, np.nan))


def _change(series: FloatArray) -> FloatArray:
    """Change since the first month in per cent; NaN where there was nothing."""
    return np.asarray(100.0 * (series / np.where(series[0] > 0, series[0], np.nan) - 1.0))


def _per_cent(lang: Language, series: FloatArray) -> str:
    change = _change(series)[-1]
    return f"{lang.number(change, signed=True, digits=1)}\N{NO-BREAK SPACE}%" if np.isfinite(change) else "–"


def _figure(run: Run, lang: Language, levels: Levels, shown: _Shown) -> Figure:
    _ = lang.text
    values = {code: shown.series(code) for code in levels.counties}
    drawn = {code: _change(series) if shown.change else series for code, series in values.items()}
    ends = "; ".join(
        f"{county_name(run, code)} {lang.number(series[0], digits=shown.digits)} {_('to')} "
        f"{lang.number(series[-1], digits=shown.digits)}"
        for code, series in values.items()
    )
    said = source_of_levels(run, lang)
    columns = (Column(_("year"), numeric=False), *(Column(county_name(run, code)) for code in values))
    rows = tuple(
        (levels.months[t][:4], *(lang.number(series[t], digits=shown.digits) for series in values.values()))
        for t in decembers(levels.months)
    )
    data = pd.concat(
        [
            pd.DataFrame(
                {"county": code, "month": levels.months, "value": values[code], "drawn": drawn[code]}
            )
            for code in values
        ],
        ignore_index=True,
    )
    return Figure(
        name=shown.name,
        title=shown.title,
        unit=shown.unit,
        source=said,
        alt=_("Line chart from {first} to {last}: {ends}.").format(
            first=lang.month(levels.months[0]), last=lang.month(levels.months[-1]), ends=ends
        ),
        caption=_("One line a county."),
        data=data,
        draw=lambda: _draw(run, lang, levels, shown, drawn, cited(lang, said)),
        table=Table(_("{title}, at the end of each year").format(title=shown.title), columns, rows),
    )


def _draw(
    run: Run, lang: Language, levels: Levels, shown: _Shown, values: dict[str, FloatArray], note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(8.4, 3.9))
    axes = drawing.subplots()
    x = years(levels.months)
    for i, series in enumerate(values.values()):
        axes.plot(x, series, linestyle=dash(i), color=colour(i), linewidth=1.9)
    if shown.change:
        axes.axhline(0, color=GREY, linewidth=0.8)
    else:
        axes.set_ylim(bottom=0)
    first, last = axis_of_years(axes, levels.months)
    axes.set_ylabel(shown.unit)
    figures_of(axes.yaxis, lang, signed=shown.change)
    ends = [
        (float(np.nan_to_num(series[-1])), county_name(run, code), colour(i))
        for i, (code, series) in enumerate(values.items())
    ]
    labels_apart(axes, ends, last + STEP * (last - first))
    foot(drawing, note)
    return drawing


def _draw_map(
    run: Run, lang: Language, levels: Levels, change: FloatArray, title: str, unit: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(4.6, 5.2))
    axes = drawing.subplots()
    values = {code: float(v) for code, v in zip(levels.codes, change, strict=True) if np.isfinite(v)}
    norm = symmetric_norm(max(map(abs, values.values()), default=1.0))
    drawn = filled_map(axes, run.places, values, norm)
    colour_scale(drawing, drawn, axes, lang, unit)
    head(drawing, title)
    foot(drawing, note)
    return drawing
