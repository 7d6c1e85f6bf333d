"""Effects over time, with the range of the replicates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import GREY, colour, dash, figures_of, foot, labels_apart, mark
from abm.report.effects import Effects, FloatArray
from abm.report.effects import ends as ends_of
from abm.report.run import Run
from abm.report.sections.common import (
    STEP,
    axis_of_years,
    between,
    cited,
    county_name,
    decembers,
    focus,
    last_month,
    mean_of,
    source,
    spread_of,
    told_of,
    years,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

Series = Callable[[str], FloatArray]
"""Effects of a scenario, float64[replicates, months]."""


def over_time(run: Run, lang: Language) -> Section | None:
    """Residents, jobs and out-commuters of the county, month by month."""
    effects, _ = run.effects, lang.text
    if effects is None:
        return None
    code = focus(effects)
    county = county_name(run, code)
    figures = (
        _figure(
            run,
            lang,
            effects,
            "population",
            _("Residents of {county}").format(county=county),
            _("persons, difference from the baseline"),
            _("residents"),
            lambda name: effects.county(name, "population", code),
            study=_study(run, effects, "population_change", county),
        ),
        _figure(
            run,
            lang,
            effects,
            "jobs",
            _("Jobs in {county} (employed by workplace)").format(county=county),
            _("filled jobs, difference from the baseline"),
            _("jobs"),
            lambda name: effects.county(name, "jobs", code),
            study=_study(run, effects, "employment_change", county),
        ),
        _figure(
            run,
            lang,
            effects,
            "out_commuters",
            _("Out-commuters of {county}, to other counties and abroad").format(county=county),
            _("persons, difference from the baseline"),
            _("out-commuters"),
            lambda name: effects.out_commuters(name, code),
        ),
    )
    prose = _(
        "Each line is the mean over the replicates of the scenario minus its paired baseline, each band holds "
        "nine in ten replicates, or all of fewer than ten. The same person has the same luck in both worlds, so "
        "what differs is the effect of the scenario."
    )
    return Section("time", _("Effects over time"), prose=(prose,), figures=figures)


def _figure(
    run: Run,
    lang: Language,
    effects: Effects,
    name: str,
    title: str,
    unit: str,
    what: str,
    series: Series,
    study: dict[str, float] | None = None,
) -> Figure:
    _ = lang.text
    study = study or {}
    values = {scenario: series(scenario) for scenario in effects.scenarios}
    last = lang.month(effects.months[-1])
    ends = "; ".join(
        f"{terms.scenario(lang, scenario)} {between(lang, last_month(runs), signed=True, digits=0)}"
        for scenario, runs in values.items()
    )
    ends_are = spread_of(lang, effects)
    said, caption = (
        source(run, lang),
        _("Line: mean of the replicates; band: {spread}.").format(spread=ends_are),
    )
    alt = _("Line chart from {first} to {last}. Effect on {what} in {last}, {mean}: {ends}.").format(
        first=lang.month(effects.months[0]),
        last=last,
        what=what,
        ends=ends,
        mean=mean_of(lang, ends_are),
    )
    key = ""
    if study:
        said += "; " + _("study: WSP Advisory for Region Västernorrland")
        key = _("Hollow marks at the right: the study's figures for the last year.")
        caption += f" {key}"
        told = (f"{terms.scenario(lang, name)} {lang.number(value)}" for name, value in study.items())
        alt += " " + _("The study says: {figures}.").format(figures="; ".join(told))
    return Figure(
        name=f"effect_{name}",
        title=title,
        unit=unit,
        source=said,
        alt=alt,
        caption=caption,
        data=_data(effects, values),
        draw=lambda: _draw(lang, effects, values, study, title, unit, f"{key}\n{cited(lang, said)}".lstrip()),
        table=_table(lang, effects, values, title, unit),
    )


def _study(run: Run, effects: Effects, quantity: str, county: str) -> dict[str, float]:
    """The study's figure for the last year, by scenario; only what it says of this county."""
    if run.table is None:
        return {}
    table = run.table
    mine = (table["quantity"] == quantity) & (table["geography"] == county) & table["study"].notna()
    last = effects.months[-1][:4]
    rows = table[mine & table["year"].astype(str).map(lambda year: told_of(last, year))]
    said = dict(zip(rows["scenario"].astype(str), rows["study"].astype(float), strict=True))
    return {name: said[name] for name in effects.scenarios if name in said}


def _data(effects: Effects, values: dict[str, FloatArray]) -> pd.DataFrame:
    parts = []
    for scenario, runs in values.items():
        low, high = ends_of(runs)
        columns = {
            "scenario": scenario,
            "month": effects.months,
            "mean": runs.mean(axis=0),
            "p05": low,
            "p95": high,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _draw(
    lang: Language,
    effects: Effects,
    values: dict[str, FloatArray],
    study: dict[str, float],
    title: str,
    unit: str,
    note: str,
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(8.4, 3.9))
    axes = drawing.subplots()
    x = years(effects.months)
    ends = []
    for i, (scenario, runs) in enumerate(values.items()):
        low, high = ends_of(runs)
        axes.fill_between(x, low, high, color=colour(i), alpha=0.18, linewidth=0)
        axes.plot(x, runs.mean(axis=0), linestyle=dash(i), color=colour(i), linewidth=1.9)
        ends.append((float(runs[:, -1].mean()), terms.scenario(lang, scenario), colour(i)))
    axes.axhline(0, color=GREY, linewidth=0.8)
    first, last = axis_of_years(axes, effects.months)
    beside = last
    for i, scenario in enumerate(values):
        if scenario in study:
            beside += STEP * (last - first)
            axes.plot(
                beside, study[scenario], mark(i), color=colour(i), markerfacecolor="none", clip_on=False
            )
    axes.set_title(title)
    axes.set_ylabel(unit)
    figures_of(axes.yaxis, lang)
    labels_apart(axes, ends, beside + STEP * (last - first))
    foot(drawing, note)
    return drawing


def _table(lang: Language, effects: Effects, values: dict[str, FloatArray], title: str, unit: str) -> Table:
    _ = lang.text
    columns = (Column(_("year"), numeric=False), *(Column(terms.scenario(lang, name)) for name in values))
    rows = [
        (
            effects.months[t][:4],
            *(between(lang, last_month(runs[:, : t + 1]), signed=True, digits=0) for runs in values.values()),
        )
        for t in decembers(effects.months)
    ]
    caption = _("{title}: {unit}, at the end of each year, {mean}").format(
        title=title, unit=unit, mean=mean_of(lang, spread_of(lang, effects))
    )
    return Table(caption, columns, tuple(rows))
