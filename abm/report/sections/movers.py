"""Who moves, who is hired, and why others decline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GREY, colour, figures_of, foot
from abm.report.effects import Effects, FloatArray, spread
from abm.report.run import Run
from abm.report.sections.common import (
    bar_of,
    between,
    cited,
    county_name,
    cumulated,
    factory_county,
    focus,
    mean_of,
    scenario_list,
    source,
    spread_of,
)
from abm.schema import BOUNDARY_ZONES

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

DECLINED = "declined_"
"""Quantities with this prefix count those who declined, by the reason that follows it."""
HIRED = "hired_from_"
"""Quantities with this prefix count those hired, by what they did before."""


def movers(run: Run, lang: Language) -> Section | None:
    """Hires who moved and whom they brought, and what changes the number of residents."""
    effects, _ = run.effects, lang.text
    if effects is None:
        return None
    work, home = factory_county(effects), focus(effects)
    figures = [_residents(run, lang, effects, home)]
    if f"hires_who_moved_to_{work}" in effects:
        figures.insert(0, _hires(run, lang, effects, work))
    prose = _(
        "Households move together: whoever takes a job at the establishment and moves brings a partner and children, "
        "if there are any. The study counts one person for every hire who moves; both are shown. The number "
        "of residents of {county} also changes through births and deaths, as children are born where their "
        "parents live."
    ).format(county=county_name(run, home))
    return Section("movers", _("Who moves"), prose=(prose,), figures=tuple(figures))


def _hires(run: Run, lang: Language, effects: Effects, work: str) -> Figure:
    """Hires who moved to the county of the factory, and the others of their households."""
    _ = lang.text
    origins = [*effects.counties, *(z for z in BOUNDARY_ZONES if z in effects.zones)]
    rows: list[dict[str, object]] = []
    for name in effects.scenarios:
        hires = effects.effect(name, f"hires_who_moved_to_{work}")
        persons = effects.effect(name, f"persons_with_hires_to_{work}")
        for origin in origins:
            chosen = (
                effects.inside(origin) if origin in effects.counties else np.array(effects.zones) == origin
            )
            h, p = (cumulated(values[:, :, chosen].sum(axis=2)).mean for values in (hires, persons))
            rows.append({"scenario": name, "origin": origin, "hires": h, "others_of_the_household": p - h})
    data = pd.DataFrame(rows)
    said = source(run, lang)
    unit = _("persons, difference from the baseline, sum to {month}").format(
        month=lang.month(effects.months[-1])
    )

    def origin_name(code: str) -> str:
        if code == work:
            return _("{county}, other municipalities").format(county=county_name(run, code))
        return terms.zone(lang, code)

    listed = []
    for scenario, mine in data.groupby("scenario", sort=False):
        cells = [
            _("{origin} {hires} hires and {others} others").format(
                origin=origin_name(str(row["origin"])),
                hires=lang.number(float(row["hires"]), digits=0),
                others=lang.number(float(row["others_of_the_household"]), digits=0),
            )
            for row in mine.to_dict("records")
        ]
        listed.append(f"{terms.scenario(lang, str(scenario))}: {', '.join(cells)}")
    table = Table(
        _("Hires who moved to {county}, and in brackets the others of their households: {unit}").format(
            county=county_name(run, work), unit=unit
        ),
        (Column(_("from"), numeric=False), *(Column(terms.scenario(lang, n)) for n in effects.scenarios)),
        tuple(
            (
                origin_name(origin),
                *(
                    f"{lang.number(float(row['hires']), digits=0)}"
                    f" ({lang.number(float(row['others_of_the_household']), digits=0)})"
                    for row in data[data["origin"] == origin].to_dict("records")
                ),
            )
            for origin in origins
        ),
    )
    return Figure(
        name="movers_hires",
        title=_("Hires who moved to {county}, and whom they brought").format(county=county_name(run, work)),
        unit=unit,
        source=said,
        alt=_("Bars by county of origin, {unit}. {listed}.").format(unit=unit, listed=". ".join(listed)),
        caption=_("Mean of the replicates. Only moves that were made to take a job at the establishment."),
        data=data,
        draw=lambda: _draw_hires(
            lang, effects, data, [origin_name(o) for o in origins], unit, cited(lang, said)
        ),
        table=table,
    )


def _draw_hires(
    lang: Language, effects: Effects, data: pd.DataFrame, origins: list[str], unit: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.patches import Patch

    _ = lang.text
    panels = len(effects.scenarios)
    drawing = Drawing(figsize=(2.75 * panels + 1.2, 1.9 + 0.36 * len(origins)))
    all_axes = drawing.subplots(1, panels, squeeze=False, sharey=True, sharex=True)[0]
    y = np.arange(len(origins))
    for axes, (i, name, title) in zip(all_axes, scenario_list(lang, effects), strict=True):
        mine = data[data["scenario"] == name]
        hires, others = mine["hires"].to_numpy(), mine["others_of_the_household"].to_numpy()
        axes.barh(y, hires, color=colour(i), height=0.62)
        axes.barh(
            y,
            others,
            left=hires,
            color="white",
            edgecolor=colour(i),
            hatch="////",
            height=0.62,
            linewidth=0.8,
        )
        axes.set_yticks(y, origins)
        axes.invert_yaxis()
        axes.set_title(title)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.locator_params(axis="x", nbins=4)
        figures_of(axes.xaxis, lang)
    all_axes[0].set_ylim(len(origins) - 0.5, -0.5)
    all_axes[len(all_axes) // 2].set_xlabel(unit)
    handles = [
        Patch(facecolor=DARK, label=_("hires")),
        Patch(facecolor="white", edgecolor=DARK, hatch="////", label=_("others of their households")),
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing


def _residents(run: Run, lang: Language, effects: Effects, home: str) -> Figure:
    """What changes the residents of a county: natural increase and net migration."""
    _ = lang.text
    parts: dict[str, dict[str, FloatArray]] = {}
    for name in effects.scenarios:
        births, deaths, moved_in, moved_out = (
            effects.county(name, quantity, home)
            for quantity in ("births", "deaths", "in_migrants", "out_migrants")
        )
        parts[name] = {
            "natural_increase": (births - deaths).sum(axis=1),
            "net_migration": (moved_in - moved_out).sum(axis=1),
            "residents": effects.county(name, "population", home)[:, -1],
        }
    labels = {
        "natural_increase": _("natural increase (births less deaths)"),
        "net_migration": _("net migration"),
        "residents": _("change in residents"),
    }
    said = source(run, lang)
    unit = _("persons, difference from the baseline, sum to {month}").format(
        month=lang.month(effects.months[-1])
    )
    title = _("Why the number of residents of {county} changes").format(county=county_name(run, home))
    rows = [
        {"scenario": name, "part": part, **vars(spread(values))}
        for name, listed in parts.items()
        for part, values in listed.items()
    ]
    said_parts = [
        f"{terms.scenario(lang, name)}: "
        + ", ".join(
            f"{labels[p]} {between(lang, spread(v), signed=True, digits=0)}" for p, v in listed.items()
        )
        for name, listed in parts.items()
    ]
    table = Table(
        f"{title}: {unit}; " + mean_of(lang, spread_of(lang, effects)),
        (Column(_("part"), numeric=False), *(Column(terms.scenario(lang, n)) for n in parts)),
        tuple(
            (label, *(between(lang, spread(parts[n][p]), signed=True, digits=0) for n in parts))
            for p, label in labels.items()
        ),
    )
    return Figure(
        name="movers_residents",
        title=title,
        unit=unit,
        source=said,
        alt=_("Bars for each scenario, {unit}. {listed}.").format(unit=unit, listed=". ".join(said_parts)),
        caption=bar_of(lang, spread_of(lang, effects)) + " " + _("The first two parts add up to the third."),
        data=pd.DataFrame(rows),
        draw=lambda: grouped_bars(lang, effects, parts, labels, unit, cited(lang, said)),
        table=table,
    )


def grouped_bars(
    lang: Language,
    effects: Effects,
    parts: dict[str, dict[str, FloatArray]],
    labels: dict[str, str],
    unit: str,
    note: str,
) -> Drawing:
    """Bars with the range of the replicates: one panel a scenario, one bar a part."""
    from matplotlib.figure import Figure as Drawing

    panels = len(parts)
    drawing = Drawing(figsize=(2.75 * panels + 1.6, 1.6 + 0.42 * len(labels)))
    all_axes = drawing.subplots(1, panels, squeeze=False, sharex=True, sharey=True)[0]
    y = np.arange(len(labels))
    for axes, (i, name, title) in zip(all_axes, scenario_list(lang, effects), strict=True):
        values = [spread(parts[name][part]) for part in labels]
        axes.barh(y, [v.mean for v in values], color=colour(i), height=0.55, alpha=0.8)
        axes.hlines(y, [v.low for v in values], [v.high for v in values], color="black", linewidth=1.4)
        axes.set_yticks(y, [_short(label) for label in labels.values()])
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_title(title)
        axes.locator_params(axis="x", nbins=4, min_n_ticks=3)
        axes.tick_params(axis="x", labelsize=8.5)
        figures_of(axes.xaxis, lang, signed=True)
    all_axes[0].set_ylim(len(labels) - 0.5, -0.5)
    all_axes[len(all_axes) // 2].set_xlabel(unit)
    foot(drawing, note)
    return drawing


def _short(label: str) -> str:
    """A label with what is in brackets on a line of its own."""
    return label.replace(" (", "\n(")


def declined(run: Run, lang: Language) -> Section | None:
    """Why others do not move: residents who considered a job and declined, by main reason, if recorded."""
    _ = lang.text
    return _by_kind(
        run,
        lang,
        DECLINED,
        terms.reason,
        name="declined",
        kind="reason",
        heading=_("Why others do not move"),
        title=_("Residents who considered a job at the establishment and declined, by main reason"),
        unit=_("residents who declined, summed over the months to {month}"),
        header=_("main reason"),
        prose=_(
            "These residents live in another municipality, considered a job at the establishment and declined. The "
            "main reason is the pay for those to whom the job would not be worth it next door either. For the others "
            "it is what ties them most, partner or children, and the distance for those whom neither ties. Whoever "
            "would have moved and found no dwelling is counted too. Whoever considers it in several months is counted "
            "in each. "
            "Where the study's assumptions are imposed, the figures tell how people judged by themselves, before the "
            "imposed numbers were met."
        ),
    )


def hired(run: Run, lang: Language) -> Section | None:
    """Who is hired: residents whom the establishments hired, by what they did before, if recorded."""
    _ = lang.text
    return _by_kind(
        run,
        lang,
        HIRED,
        terms.hired_from,
        name="hired",
        kind="before",
        heading=_("Who is hired"),
        title=_("Residents whom the establishment hired, by what they did before"),
        unit=_("residents hired, summed over the months to {month}"),
        header=_("before"),
        prose=_(
            "Every hire counts, also of those who replace somebody who has left, so that there are more hires than "
            "jobs. Whoever comes from another job leaves it open for others, and other employers have to recruit. "
            "Builders are counted; those hired from the rest of Sweden and from abroad are not."
        ),
    )


def _by_kind(
    run: Run,
    lang: Language,
    prefix: str,
    label: Callable[[Language, str], str],
    *,
    name: str,
    kind: str,
    heading: str,
    title: str,
    unit: str,
    header: str,
    prose: str,
) -> Section | None:
    """Residents of the county and of all counties by kind: quantities that begin with `prefix`, if recorded.

    Args:
        label: words for what follows the prefix.
        name: name of the section and of its figure.
        kind: name of the kind in the figure's data.
        heading: title of the section.
        title: title of the figure.
        unit: unit, with a place for the month.
        header: what the kinds are called.
        prose: what the section says.
    """
    effects, _ = run.effects, lang.text
    if effects is None:
        return None
    recorded = [q for q in effects.quantities if q.startswith(prefix) and "_to_" not in q]
    if not recorded:
        return None
    home = focus(effects)
    labels = {q: label(lang, q.removeprefix(prefix)) for q in recorded}
    of_home, of_all = (
        {n: {q: effects.county(n, q, *counties).sum(axis=1) for q in recorded} for n in effects.scenarios}
        for counties in ((home,), effects.counties)
    )
    unit = unit.format(month=lang.month(effects.months[-1]))
    said, county = source(run, lang), county_name(run, home)
    listed = []
    for n in effects.scenarios:
        cells = (
            _("{reason}: {county} {home}, all {all}").format(
                reason=words,
                county=county,
                home=lang.number(float(of_home[n][q].mean()), signed=True, digits=0),
                all=lang.number(float(of_all[n][q].mean()), signed=True, digits=0),
            )
            for q, words in labels.items()
        )
        listed.append(f"{terms.scenario(lang, n)} – {'; '.join(cells)}")
    data = [
        {"scenario": n, "place": place, kind: q.removeprefix(prefix), **vars(spread(v))}
        for place, parts in ((home, of_home), ("all", of_all))
        for n, values in parts.items()
        for q, v in values.items()
    ]
    rows = tuple(
        (words, *(between(lang, spread(parts[n][q]), signed=True, digits=0) for n in effects.scenarios))
        for parts in (of_home, of_all)
        for q, words in labels.items()
    )
    figure = Figure(
        name=name,
        title=title,
        unit=unit,
        source=said,
        alt=_("Bars for each scenario, {unit}. {listed}.").format(unit=unit, listed=". ".join(listed)),
        caption=_(
            "Filled: residents of {county}; hatched: of the other counties of the region. Mean of the replicates; "
            "line: {spread}, of all counties together."
        ).format(county=county, spread=spread_of(lang, effects)),
        data=pd.DataFrame(data),
        draw=lambda: _draw_by_kind(run, lang, effects, of_home, of_all, labels, unit, cited(lang, said)),
        table=Table(
            f"{title}: {unit}; " + mean_of(lang, spread_of(lang, effects)),
            (Column(header, numeric=False), *(Column(terms.scenario(lang, n)) for n in of_all)),
            rows,
            groups={0: county, len(labels): _("all counties of the region")},
        ),
    )
    return Section(name, heading, prose=(prose,), figures=(figure,))


def _draw_by_kind(
    run: Run,
    lang: Language,
    effects: Effects,
    of_home: dict[str, dict[str, FloatArray]],
    of_all: dict[str, dict[str, FloatArray]],
    labels: dict[str, str],
    unit: str,
    note: str,
) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.patches import Patch

    _ = lang.text
    panels = len(of_all)
    drawing = Drawing(figsize=(2.6 * panels + 2.2, 2.0 + 0.42 * len(labels)))
    all_axes = drawing.subplots(1, panels, squeeze=False, sharex=True, sharey=True)[0]
    y = np.arange(len(labels))
    for axes, (i, name, title) in zip(all_axes, scenario_list(lang, effects), strict=True):
        home = np.array([of_home[name][q].mean() for q in labels])
        total = [spread(of_all[name][q]) for q in labels]
        rest = np.array([t.mean for t in total]) - home
        axes.barh(y, home, color=colour(i), height=0.6)
        axes.barh(
            y, rest, left=home, color="white", edgecolor=colour(i), hatch="////", height=0.6, linewidth=0.8
        )
        axes.hlines(y, [t.low for t in total], [t.high for t in total], color="black", linewidth=1.4)
        axes.set_yticks(y, list(labels.values()))
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_title(title)
        axes.locator_params(axis="x", nbins=3, min_n_ticks=2)
        axes.tick_params(axis="x", labelsize=8.5)
        figures_of(axes.xaxis, lang)
    all_axes[0].set_ylim(len(labels) - 0.5, -0.5)
    all_axes[0].margins(x=0.2)  # so that the last tick of a panel does not meet the first of the next
    all_axes[len(all_axes) // 2].set_xlabel(unit)
    handles = [
        Patch(facecolor=DARK, label=county_name(run, focus(effects))),
        Patch(facecolor="white", edgecolor=DARK, hatch="////", label=_("other counties of the region")),
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing
