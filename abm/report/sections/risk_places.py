"""Monte Carlo experiments: where the risk is, and who leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import foot, head
from abm.report.maps import colour_scale, filled_map, star, symmetric_norm
from abm.report.run import Run
from abm.report.sections import leavers as who
from abm.report.sections.common import cited, source
from abm.report.sections.risk_words import (
    STUDY,
    counted,
    county_of,
    replicates_of,
    scenario_title,
    scenarios_of,
    statistic_row,
    with_interval,
)
from abm.risk import LOSSES, STATISTICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.montecarlo import MonteCarloResult

NAMED = 3
"""Municipalities that a text alternative names."""


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
    year, what = str(result.risk["when"].iloc[0]), counted(lang, loss)
    names = run.places.names
    table, summary = result.risk, result.summary
    table = table[(table["loss"] == loss) & (table["place"].isin(list(names)))]
    # rows of what an experiment compares with besides have that scenario's level
    to_baseline = summary["against"] == result.record["experiment"]["baseline"]
    levels = summary[to_baseline & (summary["quantity"] == LOSSES[loss]) & (summary["when"] == year)]
    level = dict(zip(levels["place"], levels["baseline"], strict=True))
    records = []
    for (name, place), here in table.groupby(["scenario", "place"], sort=False):
        base = float(level.get(place, 0.0))
        worst, expected = statistic_row(here, STATISTICS[2]), statistic_row(here, STATISTICS[0])
        chance = statistic_row(here, "exceedance", 0.0)
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
        listed.append(f"{scenario_title(lang, str(name))}: {', '.join(cells)}")
    places = {str(code): names[str(code)] for code in dict.fromkeys(data["municipality"])}

    def label(row: Mapping[Any, Any]) -> str:
        town = places[str(row["municipality"])]
        return (
            town
            if len(scenarios_of(result)) == 1
            else f"{town}, {scenario_title(lang, str(row['scenario']))}"
        )

    rows = tuple(
        (
            label(row),
            lang.percent(row["probability"]),
            lang.number(row["expected_loss"], digits=0),
            with_interval(lang, {**row, "value": row["expected_shortfall"]}),
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
        draw=lambda: _draw_map(run, lang, result, data, title, what, cited(lang, said)),
        table=Table(_("{title}, until the end of {year}").format(title=title, year=year), columns, rows),
    )  # fmt: skip


def _draw_map(
    run: Run, lang: Language, result: MonteCarloResult, data: pd.DataFrame, title: str, what: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    _ = lang.text
    names = scenarios_of(result)
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
        axes.set_title(scenario_title(lang, name))
    shown = list(every[: len(names)])
    colour_scale(drawing, drawn, shown, lang, _("change in {what} per 1,000").format(what=what))
    head(drawing, title)
    key = _("Grey: nothing to lose there. ★: municipality of the establishment.")
    foot(drawing, f"{key}\n{note}")
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
    place = county_of(result)
    rows = _leaver_rows(result, place)
    scenarios = scenarios_of(result)
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
    """Yearly leavers of a county by replicate."""
    parts = []
    for table in replicates_of(result):
        chosen = (
            table["quantity"].str.startswith(who.PREFIX)
            & (table["place"] == place)
            & (table["when"].str.len() == 4)
        ).to_numpy(dtype=bool)
        parts.append(table[chosen].astype({"scenario": str, "quantity": str, "when": str}))
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(group=rows["quantity"].str.removeprefix(who.PREFIX))  # fmt: skip
