"""Monte Carlo experiments: the answer, the curves of risk, and where the risk is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GREY, colour, dash, figures_of, foot, mark
from abm.report.maps import filled_map, star, symmetric_norm, ticks
from abm.report.run import Run
from abm.report.sections import leavers as who
from abm.report.sections.answer import FEW_RUNS
from abm.report.sections.common import cited, county_name, source
from abm.risk import LEVEL, STATISTICS, exceedance, thresholds
from abm.targets.views import VN

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.montecarlo import MonteCarloResult

STUDY = {"residents": "population_change", "jobs": "employment_change"}
"""Quantity of the study's table whose decline is a loss."""
QUANTITY = {"residents": "population", "jobs": "jobs"}
STEPS = 40
"""About how many points a curve has."""
NAMED = 3
"""Municipalities that a text alternative names."""


# --- words ----------------------------------------------------------------------------------------


def _county(result: MonteCarloResult) -> str:
    """County that is asked about: Västernorrland, or else the first one."""
    counties = [p for p in dict.fromkeys(result.risk["place"]) if len(p) == 2]
    return VN if VN in counties else counties[0]


def _what(lang: Language, loss: str) -> str:
    _ = lang.text
    return {"residents": _("inhabitants"), "jobs": _("jobs")}[loss]


def _cell(lang: Language, row: Mapping[Any, Any], *, percent: bool = False) -> str:
    """A value with its interval in brackets."""
    digits = 0
    factor = 100.0 if percent else 1.0
    value = lang.percent(row["value"]) if percent else lang.number(row["value"], digits=digits)
    ends = lang.interval(factor * row["low"], factor * row["high"], digits=digits)
    return f"{value} ({ends})" if ends else value


def _loss_or_gain(lang: Language, row: Mapping[Any, Any]) -> str:
    """A loss in words, or the gain that a negative one is, with its interval."""
    _ = lang.text
    gain = round(row["value"]) < 0
    value, low, high = ("value", "high", "low") if gain else ("value", "low", "high")
    sign = -1.0 if gain else 1.0
    ends = lang.interval(sign * row[low], sign * row[high], digits=0)
    number = lang.number(sign * row[value], digits=0) + (f" ({ends})" if ends else "")
    return (_("a gain of {number}") if gain else _("a loss of {number}")).format(number=number)


def _row(rows: pd.DataFrame, statistic: str, threshold: float | None = None) -> dict[Any, Any]:
    mine = rows[rows["statistic"] == statistic]
    if threshold is not None:
        mine = mine[mine["threshold"] == threshold]
    return dict(mine.iloc[0])


def _of(result: MonteCarloResult, scenario: str, loss: str, place: str) -> pd.DataFrame:
    risk = result.risk
    return risk[(risk["scenario"] == scenario) & (risk["loss"] == loss) & (risk["place"] == place)]


def _scenarios(result: MonteCarloResult) -> list[str]:
    return [str(name) for name in dict.fromkeys(result.risk["scenario"])]


def _title(lang: Language, name: str, *, inline: bool = False) -> str:
    return terms.scenario(lang, name, inline=inline)


def experiment_title(run: Run) -> str:
    """What an experiment is called by its author."""
    about = run.record["experiment"]
    return str(about.get("title") or about.get("name", ""))


def cautions(run: Run, lang: Language, runs: int) -> str:
    """What the reader should know of an experiment before using its figures."""
    _ = lang.text
    said = []
    if runs < FEW_RUNS:
        said.append(
            _("So few replicates tell little about the spread: use ten or more before quoting a range.")
        )
    scale = float(run.fact("scale") or 1.0)
    if scale < 1:
        share = lang.percent(scale, digits=0 if round(100 * scale, 6).is_integer() else 1)
        said.append(
            _(
                "Only {share} of the residents were simulated and weighted up, so small figures are mostly "
                "chance: run the whole population before using them."
            ).format(share=share)
        )
    return " ".join(said)


# --- the answer -----------------------------------------------------------------------------------


def answer(run: Run, lang: Language) -> Section | None:
    """What is lost in each scenario, how likely and how much at the worst, and the named outcomes."""
    result, _ = run.montecarlo, lang.text
    if result is None:
        return None
    place, runs = _county(result), len(result.inputs)
    year = str(result.risk["when"].iloc[0])
    lead = []
    for name in _scenarios(result):
        rows = _of(result, name, "residents", place)
        expected, worst = _row(rows, STATISTICS[0]), _row(rows, STATISTICS[2])
        chance = _row(rows, "exceedance", 0.0)
        lead.append(
            _(
                "{scenario}: {county} has fewer residents at the end of {year} in {chance} of the replicates. The mean "
                "is {expected}, the mean of the worst five of a hundred cases {worst}."
            ).format(
                scenario=_title(lang, name),
                county=county_name(place),
                year=year,
                chance=lang.percent(chance["value"]),
                expected=_loss_or_gain(lang, expected),
                worst=_loss_or_gain(lang, worst),
            )
        )
    lead += _corner(run, lang, result)
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


def _corner(run: Run, lang: Language, result: MonteCarloResult) -> list[str]:
    """Where the worst replicates lie among what they drew; nothing if nothing was drawn or too few were."""
    from abm.report.sections.sensitivity import corner_sentence
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
        scenario = _title(lang, str(row["scenario"]))
        if row["against"] != result.record["experiment"]["baseline"]:
            scenario = _("{scenario} beyond {other}").format(
                scenario=scenario, other=_title(lang, str(row["against"]), inline=True)
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
    if set(SCENARIOS) & {*_scenarios(result), *result.record["experiment"]["groups"]}:
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
    place = _county(result)
    year, what, county = str(result.risk["when"].iloc[0]), _what(lang, loss), county_name(place)
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
                loss=lang.number(row["threshold"], digits=0), chance=_cell(lang, row, percent=True)
            )
            for row in picked.to_dict("records")
        )
        listed.append(f"{_title(lang, name)}: {'; '.join(cells)}")
    alt = _("Curves of the probability of losing more than so many {what} in {county}. {listed}.").format(
        what=what, county=county, listed=". ".join(listed)
    )
    if study:
        said += "; " + _("study: WSP Advisory for Region Västernorrland")
        told = "; ".join(
            f"{_title(lang, name)} {lang.number(value, digits=0)}" for name, value in study.items()
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


def losses_of(result: MonteCarloResult, loss: str, place: str) -> dict[str, np.ndarray]:
    """Losses of a place until the last year, replicate by replicate, by scenario; float64[n] each."""
    from abm.montecarlo.results import KIND
    from abm.units import UnitStore

    store, year = UnitStore(result.folder, KIND), str(result.risk["when"].iloc[0])
    found: dict[str, list[float]] = {name: [] for name in _scenarios(result)}
    for unit in result.inputs["replicate"]:
        table = store.read(int(unit)).to_pandas()
        chosen = (table["quantity"] == QUANTITY[loss]) & (table["place"] == place) & (table["when"] == year)
        for row in table[chosen].to_dict("records"):
            found[str(row["scenario"])].append(0.0 - row["effect"])
    return {name: np.array(values) for name, values in found.items() if values}


def _grid(losses: list[np.ndarray], marks: list[float]) -> np.ndarray:
    """Losses at which the curve is told: round ones from the smallest to the largest, zero, and the marks."""
    ends = np.concatenate([*losses, np.array([*marks, 0.0])])
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
        cells = [_cell(lang, row, percent=True) for row in chances]
        rows.append((_title(lang, name), lang.number(value, digits=0), *cells))
    columns = (
        Column(_("scenario of the study"), numeric=False),
        Column(_("its loss of {what}").format(what=what)),
        *(Column(_("losing more, {scenario}").format(scenario=_title(lang, n, inline=True))) for n in curves),
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
            label=_title(lang, name), clip_on=False,
        )  # fmt: skip
    for j, (name, value) in enumerate(study.items()):
        axes.axvline(value, color=DARK, linewidth=1.1, linestyle=dash(j))
        axes.plot(
            value, 100 - 8 * j, mark(j), color=DARK, markerfacecolor="white", markersize=7, clip_on=False, zorder=5,
            label=_("study, {scenario}: {loss}").format(
                scenario=_title(lang, name, inline=True), loss=lang.number(value, digits=0)
            ),
        )  # fmt: skip
    ends = np.concatenate([c["threshold"].to_numpy() for c in curves.values()])
    smallest, largest = float(ends.min()), float(ends.max())
    axes.set_xlim(smallest, largest)
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
    place = _county(result)
    rows: list[tuple[str, ...]] = []
    groups: dict[int, str] = {}
    for loss in STUDY:
        groups[len(rows)] = _("loss of {what}").format(what=_what(lang, loss))
        for name in _scenarios(result):
            here = _of(result, name, loss, place)
            chance = _cell(lang, _row(here, "exceedance", 0.0), percent=True)
            rows.append((_title(lang, name), chance, *(_cell(lang, _row(here, s)) for s in STATISTICS)))
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


# --- where ----------------------------------------------------------------------------------------


def risk_map(run: Run, lang: Language) -> Section | None:
    """The worst cases by municipality."""
    result, _ = run.montecarlo, lang.text
    if result is None:
        return None
    prose = _(
        "The mean loss in the worst five of a hundred cases, per 1,000 residents or jobs of the municipality in "
        "the baseline. Orange is a loss; purple means that even these cases are a gain. In a small municipality "
        "chance alone makes a large share."
    )
    return Section(
        "risk_map",
        _("Where the risk is"),
        prose=(prose,),
        figures=tuple(_map_figure(run, lang, result, loss) for loss in STUDY),
    )


def _map_figure(run: Run, lang: Language, result: MonteCarloResult, loss: str) -> Figure:
    _ = lang.text
    year, what = str(result.risk["when"].iloc[0]), _what(lang, loss)
    names = run.places.names
    table, summary = result.risk, result.summary
    table = table[(table["loss"] == loss) & (table["place"].isin(list(names)))]
    levels = summary[(summary["quantity"] == QUANTITY[loss]) & (summary["when"] == year)]
    level = dict(zip(levels["place"], levels["baseline"], strict=True))
    records = []
    for (name, place), here in table.groupby(["scenario", "place"], sort=False):
        base = float(level.get(place, 0.0))
        worst, expected = _row(here, STATISTICS[2]), _row(here, STATISTICS[0])
        chance = _row(here, "exceedance", 0.0)
        records.append(
            {
                "scenario": name, "municipality": place, "name": names[str(place)], "baseline": base,
                "probability": chance["value"], "expected_loss": expected["value"],
                "expected_shortfall": worst["value"], "low": worst["low"], "high": worst["high"],
                "per_1000": 1000.0 * worst["value"] / base if base > 0 else np.nan,
            }
        )  # fmt: skip
    data = pd.DataFrame(records)
    said = source(run, lang, with_map=True)
    unit = _("{what} lost per 1,000 in the baseline, mean of the worst five of a hundred cases").format(
        what=what
    )
    listed = []
    for name, mine in data.groupby("scenario", sort=False):
        top = mine.sort_values("per_1000", ascending=False, kind="stable").head(NAMED)
        cells = (
            f"{row['name']} {lang.number(row['per_1000'], digits=1)}"
            f" ({lang.number(row['expected_shortfall'], digits=0)})"
            for row in top.to_dict("records")
        )
        listed.append(f"{_title(lang, str(name))}: {', '.join(cells)}")
    places = {str(code): names[str(code)] for code in dict.fromkeys(data["municipality"])}

    def label(row: Mapping[Any, Any]) -> str:
        town = places[str(row["municipality"])]
        return town if len(_scenarios(result)) == 1 else f"{town}, {_title(lang, str(row['scenario']))}"

    rows = tuple(
        (
            label(row),
            lang.percent(row["probability"]),
            lang.number(row["expected_loss"], digits=0),
            f"{lang.number(row['expected_shortfall'], digits=0)} ({lang.interval(row['low'], row['high'], digits=0)})",
            lang.number(row["per_1000"], digits=1),
        )
        for row in data.to_dict("records")
    )  # fmt: skip
    columns = (
        Column(_("municipality"), numeric=False),
        Column(_("probability of a loss")),
        Column(_("expected loss")),
        Column(_("expected shortfall, 95 %")),
        Column(_("per 1,000")),
    )
    title = _("Loss of {what} in the worst cases, by municipality").format(what=what)
    return Figure(
        name=f"risk_map_{loss}",
        title=title,
        unit=unit,
        source=said,
        alt=_("Map, one panel for each scenario, {unit} (and number). Largest: {listed}.").format(
            unit=unit, listed=". ".join(listed)
        ),
        caption=_(
            "Coloured by the mean loss of the worst five of a hundred replicates until the end of {year}."
        ).format(year=year),
        data=data,
        draw=lambda: _draw_map(run, lang, result, data, what, cited(lang, said)),
        table=Table(_("{title}, until the end of {year}").format(title=title, year=year), columns, rows),
    )  # fmt: skip


def _draw_map(
    run: Run, lang: Language, result: MonteCarloResult, data: pd.DataFrame, what: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    _ = lang.text
    names = _scenarios(result)
    across = min(3, len(names))
    down = -(-len(names) // across)
    drawing = Drawing(figsize=(2.75 * across + 1.6, 4.3 * down))
    every = drawing.subplots(down, across, squeeze=False).ravel()
    sizes = [abs(v) for v in data["per_1000"] if np.isfinite(v)]
    norm = symmetric_norm(max(sizes, default=1.0))
    for axes in every[len(names) :]:
        axes.set_visible(False)
    for axes, name in zip(every, names, strict=False):
        mine = data[(data["scenario"] == name) & np.isfinite(data["per_1000"])]
        values = {
            str(c): -float(v) for c, v in zip(mine["municipality"], mine["per_1000"], strict=True)
        }  # loss is orange, as in every map
        drawn = filled_map(axes, run.places, values, norm)
        star(axes, run.places, _factory(result))
        axes.set_title(_title(lang, name))
    bar = drawing.colorbar(
        drawn, ax=list(every[: len(names)]), shrink=0.8, ticks=ticks(float(norm.vmax or 1.0)), aspect=28
    )
    bar.minorticks_off()
    figures_of(bar.ax.yaxis, lang, signed=True)
    bar.set_label(_("change in {what} per 1,000").format(what=what))
    foot(drawing, note)
    return drawing


def _factory(result: MonteCarloResult) -> str | None:
    """Municipality with most direct jobs in the experiment; None without any."""
    rows = result.summary[
        (result.summary["quantity"] == "direct_jobs") & (result.summary["place"].str.len() == 4)
    ]
    jobs = rows.groupby("place")["effect"].sum()
    return str(jobs.idxmax()) if len(jobs) and jobs.max() > 0 else None  # fmt: skip


# --- who ------------------------------------------------------------------------------------------


def leavers(run: Run, lang: Language) -> Section | None:
    """Who leaves in an experiment; None if it did not record it."""
    result, _ = run.montecarlo, lang.text
    if result is None or not result.summary["quantity"].str.startswith(who.PREFIX).any():
        return None
    place = _county(result)
    rows = _leaver_rows(result, place)
    scenarios = _scenarios(result)
    sums = {
        key: mine.groupby("replicate")[["baseline", "effect"]].sum().to_numpy(dtype=float).T
        for key, mine in rows.groupby(["scenario", "group"], sort=False)
    }
    groups = list(dict.fromkeys(rows["group"]))
    years = sorted(set(rows["when"]))
    found = who.Leavers(
        county=place,
        period=_("{first} to {last}").format(first=years[0], last=years[-1]),
        baseline={g: float(sums[scenarios[0], g][0].mean()) for g in groups},
        effect={name: {g: sums[name, g][1] for g in groups} for name in scenarios},
    )  # fmt: skip
    return who.section(run, lang, found)


def _leaver_rows(result: MonteCarloResult, place: str) -> pd.DataFrame:
    """Yearly leavers of a county by replicate, read replicate by replicate so that memory stays small."""
    from abm.montecarlo.results import KIND
    from abm.units import UnitStore

    store, parts = UnitStore(result.folder, KIND), []
    for unit in result.inputs["replicate"]:
        table = store.read(int(unit)).to_pandas()
        chosen = (
            table["quantity"].str.startswith(who.PREFIX)
            & (table["place"] == place)
            & (table["when"].str.len() == 4)
        ).to_numpy(dtype=bool)
        parts.append(table[chosen].astype({"scenario": str, "quantity": str, "when": str}))
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(group=rows["quantity"].str.removeprefix(who.PREFIX))  # fmt: skip
