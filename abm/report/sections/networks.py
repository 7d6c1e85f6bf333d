"""Flows of commuters and movers to the factory's county, and the jobs that orders bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GAIN, LOSS, foot
from abm.report.effects import Effects, FloatArray
from abm.report.maps import lines_map, plain_map, star
from abm.report.run import Run
from abm.report.sections.common import cited, county_name, factory_county, scenario_list, source
from abm.report.sections.study_table import file_name
from abm.schema import BOUNDARY_ZONES, SECTORS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

NAMED = 5
"""Flows that the text alternative names."""
SHOWN = 8
"""Municipalities in the chart of suppliers."""
BUBBLE = 900.0
"""Area in square points of the largest bubble."""


# --- flows ----------------------------------------------------------------------------------------


def flows(run: Run, lang: Language) -> Section | None:
    """Lines from where commuters and movers come."""
    effects, _ = run.effects, lang.text
    if effects is None or effects.factory() is None:
        return None
    work = factory_county(effects)
    commuters = {n: effects.effect(n, f"commuters_to_{work}")[:, -1].mean(axis=0) for n in effects.scenarios}
    movers = {n: effects.effect(n, f"movers_to_{work}").sum(axis=1).mean(axis=0) for n in effects.scenarios}
    inside = effects.inside(work)
    for values in movers.values():
        values[inside] = 0.0  # who moves within the county is not drawn
    month = lang.month(effects.months[-1])
    figures = (
        _flow_figure(
            run, lang, effects, "flows_commuters", commuters,
            _("Commuters to {county}, by municipality of residence").format(county=county_name(work)),
            _("persons, difference from the baseline in {month}").format(month=month),
        ),
        _flow_figure(
            run, lang, effects, "flows_movers", movers,
            _("Movers to {county} from elsewhere, by municipality of origin").format(county=county_name(work)),
            _("persons, difference from the baseline, sum to {month}").format(month=month),
        ),
    )  # fmt: skip
    prose = _(
        "Who comes to {county} to work or to live. Blue lines are more persons than in the baseline, dashed "
        "orange ones fewer; the width is the number. The results tell flows by municipality of origin and "
        "county of destination, so every line ends at the factory (★), wherever in the county the person goes. "
        "Commuters between municipalities of {county} are shown, movers between them are not."
    ).format(county=county_name(work))
    return Section(
        "flows", _("Commuters and movers to the factory's county"), prose=(prose,), figures=figures
    )


def _flow_figure(
    run: Run,
    lang: Language,
    effects: Effects,
    name: str,
    values: dict[str, FloatArray],
    title: str,
    unit: str,
) -> Figure:
    _ = lang.text
    names = run.places.names
    said = source(run, lang, with_map=True)

    def named(scenario: str) -> str:
        order = np.argsort(-np.abs(values[scenario]), kind="stable")[:NAMED]
        return ", ".join(
            f"{terms.zone(lang, effects.zones[k], names)} "
            f"{lang.number(values[scenario][k], signed=True, digits=0)}"
            for k in order
        )

    listed = [
        _("{scenario}: {total} in all, the largest from {flows}").format(
            scenario=terms.scenario(lang, scenario),
            total=lang.number(float(values[scenario].sum()), signed=True, digits=0),
            flows=named(scenario),
        )
        for scenario in effects.scenarios
    ]
    data = pd.DataFrame(
        [
            {"scenario": s, "origin": code, "name": terms.zone(lang, code, names), "effect": values[s][k]}
            for s in effects.scenarios
            for k, code in enumerate(effects.zones)
        ]
    )
    shown = [k for k in range(len(effects.zones)) if any(abs(values[s][k]) >= 0.5 for s in effects.scenarios)]
    table = Table(
        f"{title}: {unit}",
        (Column(_("from"), numeric=False), *(Column(terms.scenario(lang, s)) for s in effects.scenarios)),
        tuple(
            (
                terms.zone(lang, effects.zones[k], names),
                *(lang.number(values[s][k], signed=True, digits=0) for s in effects.scenarios),
            )
            for k in shown
        ),
    )
    return Figure(
        name=name,
        title=title,
        unit=unit,
        source=said,
        alt=_("Map with lines, one panel for each scenario, {unit}. {listed}.").format(
            unit=unit, listed=". ".join(listed)
        ),
        caption=_("Mean of the replicates. Lines are straight from seat to seat, whatever the road."),
        data=data,
        draw=lambda: _draw_flows(run, lang, effects, values, cited(lang, said)),
        table=table,
    )


def _draw_flows(
    run: Run, lang: Language, effects: Effects, values: dict[str, FloatArray], note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

    _ = lang.text
    panels = len(effects.scenarios)
    drawing = Drawing(figsize=(2.9 * panels, 5.4))
    all_axes = drawing.subplots(1, panels, squeeze=False)[0]
    largest = max(float(np.abs(v).max()) for v in values.values())
    target = effects.factory() or effects.zones[0]
    for axes, (_i, name, title) in zip(all_axes, scenario_list(run, lang, effects), strict=True):
        flow = {code: float(values[name][k]) for k, code in enumerate(effects.zones)}
        outside = {
            code: f"{terms.zone(lang, code)}\n{lang.number(flow[code], signed=True, digits=0)}"
            for code in BOUNDARY_ZONES
            if code in flow
        }
        lines_map(axes, run.places, flow, target, largest, outside)
        star(axes, run.places, target)
        axes.set_title(title)
    handles = [
        Line2D([], [], color=GAIN, linewidth=4, alpha=0.75, label=_("more")),
        Line2D([], [], color=LOSS, linewidth=4, alpha=0.75, linestyle=(0, (1.5, 0.75)), label=_("fewer")),
        Line2D(
            [], [], color=DARK, linewidth=9, alpha=0.75, solid_capstyle="butt",
            label=_("widest line: {n} persons").format(n=lang.number(largest, digits=0)),
        ),
    ]  # fmt: skip
    drawing.legend(
        handles=handles, loc="outside upper center", ncols=3, frameon=False, fontsize=8.5, handlelength=2.6
    )
    foot(drawing, note)
    return drawing


# --- suppliers ------------------------------------------------------------------------------------


def suppliers(run: Run, lang: Language) -> Section | None:
    """Jobs that orders between firms bring, by municipality and by branch."""
    effects, _ = run.effects, lang.text
    if effects is None or "jobs_from_orders" not in effects:
        return None
    orders = {n: effects.by_sector(n, "jobs_from_orders").mean(axis=0) for n in effects.scenarios}
    prose = _(
        "What deliveries bring: jobs that orders from the factory and from its suppliers ask for. These are the "
        "indirect jobs in the narrow sense. Whether they are filled is another matter: see the multiplier above."
    )
    branches = [
        _branch_figure(run, lang, effects, i, name, orders[name])
        for i, name, _t in scenario_list(run, lang, effects)
    ]
    figures = (_network(run, lang, effects, orders), *branches)
    return Section("suppliers", _("The supplier network"), prose=(prose,), figures=figures)


def _network(run: Run, lang: Language, effects: Effects, orders: dict[str, FloatArray]) -> Figure:
    _ = lang.text
    names = run.places.names
    totals = {name: values.sum(axis=1) for name, values in orders.items()}
    codes = [code for code in effects.zones if len(code) == 4]
    said = source(run, lang, with_map=True)
    unit = _("jobs from orders, difference from the baseline in {month}").format(
        month=lang.month(effects.months[-1])
    )

    def named(name: str) -> str:
        order = np.argsort(-np.abs(totals[name]), kind="stable")[:NAMED]
        return ", ".join(
            f"{names[effects.zones[k]]} {lang.number(totals[name][k], signed=True, digits=0)}"
            for k in order
            if effects.zones[k] in names
        )

    listed = [
        _("{scenario}: {total} in all, the largest in {flows}").format(
            scenario=terms.scenario(lang, name),
            total=lang.number(float(values.sum()), signed=True, digits=0),
            flows=named(name),
        )
        for name, values in totals.items()
    ]
    data = pd.DataFrame(
        [
            {"scenario": name, "municipality": code, "name": names[code], "effect": totals[name][k]}
            for name in totals
            for k, code in enumerate(effects.zones)
            if code in names
        ]
    )
    table = Table(
        _("Jobs from orders by municipality: {unit}").format(unit=unit),
        (Column(_("municipality"), numeric=False), *(Column(terms.scenario(lang, n)) for n in totals)),
        tuple(
            (
                names[code],
                *(
                    lang.number(values[effects.zones.index(code)], signed=True, digits=0)
                    for values in totals.values()
                ),
            )
            for code in codes
        ),
    )
    return Figure(
        name="suppliers_map",
        title=_("Jobs from orders, by municipality of the supplier"),
        unit=unit,
        source=said,
        alt=_("Map with circles, one panel for each scenario. {unit}. {listed}.").format(
            unit=unit, listed=". ".join(listed)
        ),
        caption=_("The area of a circle is the number of jobs: filled blue more, hollow orange fewer."),
        data=data,
        draw=lambda: _draw_bubbles(run, lang, effects, totals, cited(lang, said)),
        table=table,
    )


def _draw_bubbles(
    run: Run, lang: Language, effects: Effects, totals: dict[str, FloatArray], note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    _ = lang.text
    panels = len(totals)
    drawing = Drawing(figsize=(2.9 * panels, 4.7))
    all_axes = drawing.subplots(1, panels, squeeze=False)[0]
    largest = max(float(np.abs(v).max()) for v in totals.values()) or 1.0
    for axes, (_i, name, title) in zip(all_axes, scenario_list(run, lang, effects), strict=True):
        plain_map(axes, run.places)
        for k in np.argsort(-np.abs(totals[name]), kind="stable"):
            value, code = float(totals[name][k]), effects.zones[k]
            if code not in run.places.seats or abs(value) < 0.5:
                continue
            more = value > 0
            axes.scatter(
                *run.places.seats[code],
                s=BUBBLE * abs(value) / largest,
                facecolor=GAIN if more else "none",
                edgecolor="white" if more else LOSS,
                alpha=0.85 if more else 1.0,
                linewidth=0.6 if more else 1.2,
                zorder=3,
            )
        star(axes, run.places, effects.factory())
        axes.set_title(title)
    key = _("Largest circle: {n} jobs. Blue: more, hollow orange: fewer.").format(
        n=lang.number(largest, digits=0)
    )
    foot(drawing, f"{key}\n{note}")
    return drawing


def _branch_figure(
    run: Run, lang: Language, effects: Effects, i: int, name: str, orders: FloatArray
) -> Figure:
    """Jobs from orders by municipality and branch, for one scenario."""
    _ = lang.text
    member = np.array([[s.branch == b for b in terms.BRANCH_CODES] for s in SECTORS], dtype=float)
    by_branch = orders @ member
    totals = by_branch.sum(axis=1)
    municipal = np.flatnonzero(effects.municipal)
    top = sorted(municipal, key=lambda k: (-abs(totals[k]), k))[:SHOWN]
    names = run.places.names
    said = source(run, lang)
    unit = _("jobs from orders, difference from the baseline in {month}").format(
        month=lang.month(effects.months[-1])
    )
    data = pd.DataFrame(
        [
            {
                "municipality": effects.zones[k],
                "name": names[effects.zones[k]],
                "branch": b,
                "effect": by_branch[k, j],
            }
            for k in municipal
            for j, b in enumerate(terms.BRANCH_CODES)
        ]
    )
    largest = sorted(
        ((by_branch[k, j], k, j) for k in top for j in range(len(terms.BRANCH_CODES))), reverse=True
    )
    listed = ", ".join(
        f"{names[effects.zones[k]]}, {terms.branch(lang, terms.BRANCH_CODES[j])}: "
        f"{lang.number(value, signed=True, digits=0)}"
        for value, k, j in largest[:NAMED]
    )
    title = terms.scenario(lang, name)
    columns = (
        Column(_("municipality"), numeric=False),
        *(Column(terms.branch(lang, b)) for b in terms.BRANCH_CODES),
        Column(_("all")),
    )
    rows = tuple(
        (
            names[effects.zones[k]],
            *(lang.number(v, signed=True, digits=0) for v in by_branch[k]),
            lang.number(totals[k], signed=True, digits=0),
        )
        for k in top
    )
    return Figure(
        name=f"suppliers_{file_name(name, i)}",
        title=_("{scenario}: jobs from orders by municipality and branch").format(scenario=title),
        unit=unit,
        source=said,
        alt=_(
            "Table of coloured cells for the {n} municipalities with the largest effects; {unit}. Largest: {listed}."
        ).format(n=len(top), unit=unit, listed=listed),
        caption=_("The municipalities with the largest effects; all of them are in the CSV file."),
        data=data,
        draw=lambda: _draw_branches(
            lang, [names[effects.zones[k]] for k in top], by_branch[top], cited(lang, said)
        ),
        table=Table(f"{title}: {unit}", columns, rows),
    )


def _draw_branches(lang: Language, rows: list[str], values: FloatArray, note: str) -> Drawing:
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(9.6, 1.7 + 0.34 * len(rows)))
    axes = drawing.subplots()
    limit = max(float(np.abs(values).max()), 1.0)
    axes.imshow(values, cmap="PuOr", norm=TwoSlopeNorm(0.0, -limit, limit), aspect="auto", alpha=0.85)
    for (r, c), value in np.ndenumerate(values):
        strong = abs(value) > 0.55 * limit
        text = lang.number(value, signed=True, digits=0)
        axes.text(c, r, text, ha="center", va="center", fontsize=8.5, color="white" if strong else "black")
    axes.set_xticks(
        range(len(terms.BRANCH_CODES)),
        [terms.branch(lang, b).replace(", ", ",\n").replace(" ", "\n", 1) for b in terms.BRANCH_CODES],
        fontsize=7.8,
    )
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    foot(drawing, note)
    return drawing
