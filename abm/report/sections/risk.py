"""Monte Carlo experiments: the answer and the curves of risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm import terms
from abm.cautions import spread_heading
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GREY, colour, dash, figures_of, foot, mark
from abm.report.run import Run
from abm.report.sections.common import cited, county_name, source
from abm.report.sections.risk_words import (
    STUDY,
    cautions,
    counted,
    county_of,
    experiment_title,
    loss_or_gain,
    losses_of,
    risk_rows,
    scenario_title,
    scenarios_of,
    statistic_row,
    study_losses,
    with_interval,
)
from abm.report.sections.sensitivity_words import corner_sentence
from abm.risk import LEVEL, STATISTICS, TAIL_LEAST, exceedance, thresholds

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.montecarlo import MonteCarloResult

STEPS = 40
"""About how many points a curve has."""


# --- the answer -----------------------------------------------------------------------------------


def answer(run: Run, lang: Language) -> Section | None:
    """What is lost in each scenario, how likely and how much at the worst, and the named outcomes."""
    result, _ = run.montecarlo, lang.text
    if result is None:
        return None
    place, runs = county_of(result), len(result.inputs)
    year = str(result.risk["when"].iloc[0])
    lead = []
    for name in scenarios_of(result):
        rows = risk_rows(result, name, "residents", place)
        expected, worst = statistic_row(rows, STATISTICS[0]), statistic_row(rows, STATISTICS[2])
        chance = statistic_row(rows, "exceedance", 0.0)
        lead.append(
            _(
                "{scenario}: {county} has fewer residents at the end of {year} in {chance} of the replicates. The mean "
                "is {expected}, the mean of the worst five of a hundred cases {worst}."
            ).format(
                scenario=scenario_title(lang, name),
                county=county_name(run, place),
                year=year,
                chance=lang.percent(chance["value"]),
                expected=loss_or_gain(lang, expected),
                worst=loss_or_gain(lang, worst),
            )
        )
    lead += _corner(run, lang, result)
    prose = [
        _(
            "Experiment “{title}”: {runs} of paired worlds; brackets are 95 % intervals. A negative loss is a gain."
        ).format(
            title=experiment_title(run, lang),
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


def _corner(run: Run, lang: Language, result: MonteCarloResult) -> list[str]:
    """Where the worst replicates lie among what they drew; nothing if nothing was drawn or too few were."""
    from abm.sensitivity.discovery import ENOUGH

    drawn = result.inputs.drop(columns="replicate")
    if not len(drawn.columns) or len(drawn) < ENOUGH:
        return []
    about = result.record["experiment"]
    outcome, group = about["outcomes"][0], about["groups"][0]
    rows = result.outcomes[(result.outcomes["outcome"] == outcome) & (result.outcomes["scenario"] == group)]
    value = rows.set_index("replicate")["effect"].loc[result.inputs["replicate"]].to_numpy(dtype=np.float64)
    return [corner_sentence(run, lang, drawn, value, outcome)]


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
        digits = terms.outcome_digits(str(last))
        rows.append(
            (
                scenario,
                lang.number(row["effect"], signed=True, digits=digits),
                lang.interval(row["low"], row["high"], digits=digits),
                lang.interval(row["p05"], row["p95"], digits=digits),
            )
        )
    columns = (
        Column(_("scenario"), numeric=False),
        Column(_("mean")),
        Column(_("95 % interval of the mean")),
        Column(spread_heading(lang, int(named["n"].max()))),
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
        tables=(_measures(run, lang, result),),
    )


def _curve(run: Run, lang: Language, result: MonteCarloResult, loss: str) -> Figure:
    _ = lang.text
    place = county_of(result)
    year, what, county = str(result.risk["when"].iloc[0]), counted(lang, loss), county_name(run, place)
    study = study_losses(result, loss, place)
    losses = losses_of(result, loss, place)
    grid = _grid([*losses.values()], [*study.values()])
    curves = {
        name: exceedance(sample, grid)
        .rename(columns={"probability": "value"})
        .assign(scenario=name, loss=loss)
        for name, sample in losses.items()
    }
    said = source(run, lang)
    caption = _("Line: share of the replicates; band: 95 % confidence at each loss by itself.")
    listed = []
    for name, curve in curves.items():
        from_zero = curve[curve["threshold"] >= 0].reset_index(drop=True)
        picked = from_zero.iloc[sorted({0, len(from_zero) // 4, len(from_zero) // 2, len(from_zero) - 1})]
        cells = (
            _("more than {loss}: {chance}").format(
                loss=lang.number(row["threshold"], digits=0), chance=with_interval(lang, row, percent=True)
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
    columns = ["scenario", "loss", "threshold", "value", "low", "high"]
    data = pd.concat([curve[columns] for curve in curves.values()], ignore_index=True)
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
        table=_beside_the_study(lang, curves, study, what) if study else None,
    )


def _grid(losses: list[np.ndarray], marks: list[float]) -> np.ndarray:
    """Losses at which the curve is told: round ones from the smallest to the largest, zero, and the marks.

    The steps are those of the losses: a mark far beyond them makes no curve coarse.
    """
    ends = np.concatenate([*losses, np.zeros(1)])
    step = thresholds([float(np.ptp(ends))], STEPS)
    size = float(step[1] - step[0]) if len(step) > 1 else 1.0
    first, last = np.floor(ends.min() / size), np.ceil(ends.max() / size)
    return np.union1d(np.arange(first, last + 1) * size, marks)


def _beside_the_study(
    lang: Language, curves: Mapping[str, pd.DataFrame], study: Mapping[str, float], what: str
) -> Table:
    """How likely it is, by our replicates, to lose more than the study tells."""
    _ = lang.text
    rows = []
    for name, value in study.items():
        chances = (dict(c[c["threshold"] == value].iloc[0]) for c in curves.values())
        cells = [with_interval(lang, row, percent=True) for row in chances]
        rows.append((scenario_title(lang, name), lang.number(value, digits=0), *cells))
    columns = (
        Column(_("scenario of the study"), numeric=False),
        Column(_("its loss of {what}").format(what=what)),
        *(
            Column(_("losing more, {scenario}").format(scenario=scenario_title(lang, n, inline=True)))
            for n in curves
        ),
    )
    return Table(
        _("Probability of losing more than the study tells, with 95 % intervals"), columns, tuple(rows)
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
            label=scenario_title(lang, name), clip_on=False,
        )  # fmt: skip
    for j, (name, value) in enumerate(study.items()):
        axes.axvline(value, color=DARK, linewidth=1.1, linestyle=dash(j))
        axes.plot(
            value, 100 - 8 * j, mark(j), color=DARK, markerfacecolor="white", markersize=7, clip_on=False, zorder=5,
            label=_("study, {scenario}: {loss}").format(
                scenario=scenario_title(lang, name, inline=True), loss=lang.number(value, digits=0)
            ),
        )  # fmt: skip
    ends = np.concatenate([c["threshold"].to_numpy() for c in curves.values()])
    smallest, largest = float(ends.min()), float(ends.max())
    axes.set_xlim(smallest, max(largest, smallest + 1.0))  # all losses may be the same
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


def _measures(run: Run, lang: Language, result: MonteCarloResult) -> Table:
    """Measures of risk of the county, by loss and scenario."""
    _ = lang.text
    place = county_of(result)
    rows: list[tuple[str, ...]] = []
    groups: dict[int, str] = {}
    for loss in STUDY:
        groups[len(rows)] = _("loss of {what}").format(what=counted(lang, loss))
        for name in scenarios_of(result):
            here = risk_rows(result, name, loss, place)
            chance = with_interval(lang, statistic_row(here, "exceedance", 0.0), percent=True)
            rows.append(
                (
                    scenario_title(lang, name),
                    chance,
                    *(with_interval(lang, statistic_row(here, s)) for s in STATISTICS),
                )
            )
    columns = (
        Column(_("scenario"), numeric=False),
        Column(_("probability of a loss")),
        Column(_("expected loss")),
        Column(_("value at risk, 95 %")),
        Column(_("expected shortfall, 95 %")),
    )
    caption = _(
        "Risk in {where} until the end of {year}, with 95 % intervals; those of value at risk and expected shortfall "
        "take {least} replicates"
    ).format(where=county_name(run, place), year=str(result.risk["when"].iloc[0]), least=TAIL_LEAST)
    return Table(caption, columns, tuple(rows), groups=groups)
