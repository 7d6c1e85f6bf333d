"""Monte Carlo experiments: the answer, the curves of risk and its measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GREY, colour, dash, figures_of, foot, mark
from abm.report.run import Run
from abm.report.sections.common import cited, county_name, source
from abm.report.sections.risk_words import (
    cautions,
    cell,
    experiment_title,
    loss_or_gain,
    main_county,
    risk_of,
    row_of,
    scenario_title,
    scenarios_of,
    what_is_lost,
)
from abm.risk import LEVEL, STATISTICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.montecarlo import MonteCarloResult

STUDY = {"residents": "population_change", "jobs": "employment_change"}
"""Quantity of the study's table whose decline is a loss."""


# --- the answer -----------------------------------------------------------------------------------


def answer(run: Run, lang: Language) -> Section | None:
    """What is lost in each scenario, how likely and how much at the worst, and the named outcomes."""
    result, _ = run.montecarlo, lang.text
    if result is None:
        return None
    place, runs = main_county(result), len(result.inputs)
    year = str(result.risk["when"].iloc[0])
    lead = []
    for name in scenarios_of(result):
        rows = risk_of(result, name, "residents", place)
        expected, worst = row_of(rows, STATISTICS[0]), row_of(rows, STATISTICS[2])
        chance = row_of(rows, "exceedance", 0.0)
        lead.append(
            _(
                "{scenario}: {county} has fewer residents at the end of {year} in {chance} of the replicates. The mean "
                "is {expected}, the mean of the worst five of a hundred cases {worst}."
            ).format(
                scenario=scenario_title(lang, name),
                county=county_name(place),
                year=year,
                chance=lang.percent(chance["value"]),
                expected=loss_or_gain(lang, expected),
                worst=loss_or_gain(lang, worst),
            )
        )
    prose = [
        _(
            "Experiment: {title}. {runs} of paired worlds; brackets are 95 % intervals. A negative loss is a gain."
        ).format(
            title=experiment_title(run).rstrip("."),
            runs=lang.plural("{n} replicate", "{n} replicates", runs),
        )
    ]  # fmt: skip
    failed = len(result.failures)
    if failed:
        prose.append(
            _("{failed} failed and are left out.").format(
                failed=lang.plural("{n} replicate", "{n} replicates", failed)
            )
        )
    caution = cautions(run, lang, runs)
    if runs * (1 - LEVEL) < 1:
        caution = " ".join(
            [caution, _("With so few replicates the worst five of a hundred are the single worst one.")]
        ).strip()
    if caution:
        prose.append(caution)
    return Section(
        "answer",
        _("The answer"),
        lead=tuple(lead),
        prose=tuple(prose),
        tables=(_outcomes(run, lang, result),),
    )


def _outcomes(run: Run, lang: Language, result: MonteCarloResult) -> Table:
    _ = lang.text
    named, last = result.named, None
    rows: list[tuple[str, ...]] = []
    groups: dict[int, str] = {}
    for row in named.to_dict("records"):
        if row["outcome"] != last:
            last = row["outcome"]
            groups[len(rows)] = terms.outcome(lang, str(last), run.places.names)
        scenario = scenario_title(lang, str(row["scenario"]))
        if row["against"] != result.record["experiment"]["baseline"]:
            scenario = _("{scenario} beyond {other}").format(
                scenario=scenario, other=scenario_title(lang, str(row["against"]), inline=True)
            )
        rows.append(
            (
                scenario,
                lang.number(row["effect"], signed=True, digits=0),
                lang.interval(row["low"], row["high"], digits=0),
                lang.interval(row["p05"], row["p95"], digits=0),
            )
        )
    columns = (
        Column(_("scenario"), numeric=False),
        Column(_("mean")),
        Column(_("95 % interval of the mean")),
        Column(_("5–95 % of the replicates")),
    )
    caption = _("Outcomes of the experiment: difference from the baseline")
    return Table(caption, columns, tuple(rows), groups=groups)


# --- curves ---------------------------------------------------------------------------------------


def risk(run: Run, lang: Language) -> Section | None:
    """How likely it is to lose more than so many, and the measures of risk."""
    result, _ = run.montecarlo, lang.text
    if result is None:
        return None
    prose = _(
        "The curve tells how likely it is to lose more than so many; its band is where the true probability lies, "
        "with 95 % confidence, as far as chance among the replicates goes. Value at risk is the loss that is not "
        "exceeded in 95 of a hundred cases, expected shortfall the mean of the worst five. All of it is the "
        "uncertainty inside the model: what the experiment does not vary is taken as known."
    )
    return Section(
        "risk",
        _("The risk of loss"),
        prose=(prose,),
        figures=tuple(_curve(run, lang, result, loss) for loss in STUDY),
        tables=(_measures(lang, result),),
    )


def study_losses(result: MonteCarloResult, loss: str, county: str) -> dict[str, float]:
    """The study's loss by its scenario, where nothing of the study is imposed in the experiment; else none."""
    from abm.accounting import SCENARIOS
    from abm.targets import load_targets

    year = str(result.risk["when"].iloc[0])
    if set(SCENARIOS) & {*scenarios_of(result), *result.record["experiment"]["groups"]}:
        return {}
    found = {}
    for target in load_targets():
        if (target.kind, target.quantity, target.geography) == ("result", STUDY[loss], county_name(county)):
            told = target.year == year or (target.year.startswith("each of") and year in _span(target.year))
            if told and not np.isnan(target.value):
                found.update(dict.fromkeys(target.scenarios, 0.0 - target.value))
    return found


def _span(text: str) -> set[str]:
    """Years of ``"each of 2027-2030"``."""
    first, _dash, last = text.rpartition(" ")[2].partition("-")
    return {str(year) for year in range(int(first), int(last or first) + 1)}


def _curve(run: Run, lang: Language, result: MonteCarloResult, loss: str) -> Figure:
    _ = lang.text
    place = main_county(result)
    year, what, county = str(result.risk["when"].iloc[0]), what_is_lost(lang, loss), county_name(place)
    curves = {
        name: rows[rows["statistic"] == "exceedance"].sort_values("threshold")
        for name in scenarios_of(result)
        if len(rows := risk_of(result, name, loss, place))
    }
    study = study_losses(result, loss, place)
    said = source(run, lang)
    caption = _("Line: share of the replicates; band: 95 % confidence at each loss by itself.")
    listed = []
    for name, curve in curves.items():
        picked = curve.iloc[sorted({0, len(curve) // 4, len(curve) // 2, len(curve) - 1})]
        cells = (
            _("more than {loss}: {chance}").format(
                loss=lang.number(row["threshold"], digits=0), chance=cell(lang, row, percent=True)
            )
            for row in picked.to_dict("records")
        )
        listed.append(f"{scenario_title(lang, name)}: {'; '.join(cells)}")
    alt = _("Curves of the probability of losing more than so many {what} in {county}. {listed}.").format(
        what=what, county=county, listed=". ".join(listed)
    )
    if study:
        said += "; " + _("study: WSP Advisory for Region Västernorrland")
        told = "; ".join(
            f"{scenario_title(lang, name)} {lang.number(value, digits=0)}" for name, value in study.items()
        )
        caption += " " + _(
            "Upright lines: the loss that the study tells for its scenarios; left of zero is a gain."
        )
        alt += " " + _("The study's losses: {figures}.").format(figures=told)
    data = pd.concat([c.drop(columns=["against", "statistic"]) for c in curves.values()], ignore_index=True)
    marks = pd.DataFrame(
        [{"scenario": f"study: {name}", "loss": loss, "threshold": value} for name, value in study.items()]
    )
    return Figure(
        name=f"risk_{loss}",
        title=_("Probability of losing more than so many {what} in {county} until the end of {year}").format(
            what=what, county=county, year=year
        ),
        unit=_("share of the replicates, by loss of {what}").format(what=what),
        source=said,
        alt=alt,
        caption=caption,
        data=pd.concat([data, marks], ignore_index=True) if study else data,
        draw=lambda: _draw_curve(lang, curves, study, what, cited(lang, said)),
    )


def _draw_curve(
    lang: Language, curves: Mapping[str, pd.DataFrame], study: Mapping[str, float], what: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.ticker import PercentFormatter

    _ = lang.text
    drawing = Drawing(figsize=(8.4, 4.2))
    axes = drawing.subplots()
    for i, (name, curve) in enumerate(curves.items()):
        x = curve["threshold"].to_numpy()
        axes.fill_between(
            x, 100 * curve["low"], 100 * curve["high"], color=colour(i), alpha=0.16, linewidth=0
        )
        axes.plot(
            x, 100 * curve["value"], linestyle=dash(i), color=colour(i), linewidth=1.9,
            marker="o" if len(x) < 3 else None, label=scenario_title(lang, name), clip_on=False,
        )  # fmt: skip
    for j, (name, value) in enumerate(study.items()):
        axes.axvline(value, color=DARK, linewidth=1.1, linestyle=dash(j))
        axes.plot(
            value, 100, mark(j), color=DARK, markerfacecolor="white", markersize=7, clip_on=False, zorder=5,
            label=_("study, {scenario}: {loss}").format(
                scenario=scenario_title(lang, name, inline=True), loss=lang.number(value, digits=0)
            ),
        )  # fmt: skip
    largest = max([float(c["threshold"].max()) for c in curves.values()] + [*study.values(), 1.0])
    smallest = min([0.0, *study.values()])
    span = largest - smallest
    axes.set_xlim(smallest - (0.03 * span if smallest < 0 else 0.0), largest + 0.06 * span)
    if smallest < 0:
        axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_ylim(0, 100)
    axes.yaxis.set_major_formatter(PercentFormatter(symbol="\N{NO-BREAK SPACE}%"))
    axes.set_xlabel(_("loss of {what}").format(what=what))
    axes.set_ylabel(_("probability of losing more"))
    figures_of(axes.xaxis, lang)
    drawing.legend(loc="outside right upper", frameon=False, fontsize=8.8, handlelength=2.8)
    foot(drawing, note)
    return drawing


def _measures(lang: Language, result: MonteCarloResult) -> Table:
    """Measures of risk of the county, by loss and scenario."""
    _ = lang.text
    place = main_county(result)
    rows: list[tuple[str, ...]] = []
    groups: dict[int, str] = {}
    for loss in STUDY:
        groups[len(rows)] = _("loss of {what}").format(what=what_is_lost(lang, loss))
        for name in scenarios_of(result):
            here = risk_of(result, name, loss, place)
            chance = cell(lang, row_of(here, "exceedance", 0.0), percent=True)
            rows.append(
                (scenario_title(lang, name), chance, *(cell(lang, row_of(here, s)) for s in STATISTICS))
            )
    columns = (
        Column(_("scenario"), numeric=False),
        Column(_("probability of a loss")),
        Column(_("expected loss")),
        Column(_("value at risk, 95 %")),
        Column(_("expected shortfall, 95 %")),
    )
    caption = _("Risk in {where} until the end of {year}, with 95 % intervals").format(
        where=county_name(place), year=str(result.risk["when"].iloc[0])
    )
    return Table(caption, columns, tuple(rows), groups=groups)
