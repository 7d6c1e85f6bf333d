"""Flows of commuters and movers to the factory's county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GAIN, LOSS, foot
from abm.report.effects import Effects, FloatArray
from abm.report.maps import lines_map, star
from abm.report.run import Run
from abm.report.sections.common import cited, county_name, factory_county, scenario_list, source
from abm.schema import BOUNDARY_ZONES

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

NAMED = 5
"""Flows that the text alternative names."""


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
            _("Commuters to {county}, by municipality of residence").format(county=county_name(run, work)),
            _("persons, difference from the baseline in {month}").format(month=month),
        ),
        _flow_figure(
            run, lang, effects, "flows_movers", movers,
            _("Movers to {county} from elsewhere, by municipality of origin").format(county=county_name(run, work)),
            _("persons, difference from the baseline, sum to {month}").format(month=month),
        ),
    )  # fmt: skip
    prose = _(
        "Who comes to {county} to work or to live. Blue lines are more persons than in the baseline, dashed "
        "orange ones fewer; the width is the number. The results tell flows by municipality of origin and "
        "county of destination, so every line ends at the establishment (★), wherever in the county the person goes. "
        "Commuters between municipalities of {county} are shown, movers between them are not."
    ).format(county=county_name(run, work))
    return Section(
        "flows", _("Commuters and movers to the establishment's county"), prose=(prose,), figures=figures
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
    for axes, (_i, name, title) in zip(all_axes, scenario_list(lang, effects), strict=True):
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
