"""Words, rows and losses that the sections of an experiment share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm import terms
from abm.cautions import few_runs, small_scale
from abm.language import Language
from abm.report.run import Run
from abm.report.sections.common import told_of
from abm.risk import LOSSES
from abm.schema import COUNTIES
from abm.targets.views import VN

if TYPE_CHECKING:
    from abm.montecarlo import MonteCarloResult

STUDY = {"residents": "population_change", "jobs": "employment_change"}
"""Quantity of the study's table whose decline is a loss."""


def county_of(result: MonteCarloResult) -> str:
    """County that is asked about: Västernorrland, or else the first one."""
    counties = [p for p in dict.fromkeys(result.risk["place"]) if len(p) == 2]
    return VN if VN in counties else counties[0]


def counted(lang: Language, loss: str) -> str:
    """What is lost, in words."""
    _ = lang.text
    return {"residents": _("residents"), "jobs": _("jobs")}[loss]


def with_interval(lang: Language, row: Mapping[Any, Any], *, percent: bool = False) -> str:
    """A value with its interval in brackets, or that there are too few replicates for one."""
    _ = lang.text
    digits = 0
    factor = 100.0 if percent else 1.0
    value = lang.percent(row["value"]) if percent else lang.number(row["value"], digits=digits)
    ends = lang.interval(factor * row["low"], factor * row["high"], digits=digits)
    return f"{value} ({ends or _('too few')})"


def loss_or_gain(lang: Language, row: Mapping[Any, Any]) -> str:
    """A loss in words, or the gain that a negative one is, with its interval if there are enough replicates."""
    _ = lang.text
    gain = round(row["value"]) < 0
    value, low, high = ("value", "high", "low") if gain else ("value", "low", "high")
    sign = -1.0 if gain else 1.0
    ends = lang.interval(sign * row[low], sign * row[high], digits=0)
    number = f"{lang.number(sign * row[value], digits=0)} ({ends or _('too few')})"
    return (_("a gain of {number}") if gain else _("a loss of {number}")).format(number=number)


def scenario_title(lang: Language, name: str, *, inline: bool = False) -> str:
    """A scenario in words; ``inline`` within a sentence."""
    return terms.scenario(lang, name, inline=inline)


def statistic_row(rows: pd.DataFrame, statistic: str, threshold: float | None = None) -> dict[Any, Any]:
    """The row of a statistic, at a threshold if it has several."""
    mine = rows[rows["statistic"] == statistic]
    if threshold is not None:
        mine = mine[mine["threshold"] == threshold]
    return dict(mine.iloc[0])


def risk_rows(result: MonteCarloResult, scenario: str, loss: str, place: str) -> pd.DataFrame:
    """The risk of a scenario in a place."""
    risk = result.risk
    return risk[(risk["scenario"] == scenario) & (risk["loss"] == loss) & (risk["place"] == place)]


def scenarios_of(result: MonteCarloResult) -> list[str]:
    """Scenarios of an experiment, in its order."""
    return [str(name) for name in dict.fromkeys(result.risk["scenario"])]


def experiment_title(run: Run, lang: Language) -> str:
    """What an experiment is called by its author; one that travels with Omland, in the language."""
    about = run.record["experiment"]
    return lang.text(str(about.get("title") or about.get("name", "")))


def cautions(run: Run, lang: Language, runs: int) -> str:
    """What the reader should know of an experiment before using its figures."""
    return " ".join([*few_runs(lang, runs), *small_scale(lang, float(run.fact("scale") or 1.0))])


def replicates_of(result: MonteCarloResult) -> Iterator[pd.DataFrame]:
    """Effects of one replicate after the other, read when asked for so that memory stays small."""
    from abm.montecarlo.results import KIND
    from abm.units import UnitStore

    store = UnitStore(result.folder, KIND)
    for unit in result.inputs["replicate"]:
        yield store.read(int(unit)).to_pandas()


def losses_of(result: MonteCarloResult, loss: str, place: str) -> dict[str, np.ndarray]:
    """Losses of a place until the last year, replicate by replicate, by scenario; float64[n] each."""
    year = str(result.risk["when"].iloc[0])
    found: dict[str, list[float]] = {name: [] for name in scenarios_of(result)}
    for table in replicates_of(result):
        chosen = (table["quantity"] == LOSSES[loss]) & (table["place"] == place) & (table["when"] == year)
        for row in table[chosen].to_dict("records"):
            found[str(row["scenario"])].append(0.0 - row["effect"])
    return {name: np.array(values) for name, values in found.items() if values}


def study_losses(result: MonteCarloResult, loss: str, county: str) -> dict[str, float]:
    """The study's loss by its scenario, if the experiment is about its factory and imposes nothing; else none."""
    from abm.accounting import SCENARIOS
    from abm.targets import load_targets

    year = str(result.risk["when"].iloc[0])
    if set(SCENARIOS) & {*scenarios_of(result), *result.record["experiment"]["groups"]}:
        return {}
    if result.record.get("scenario_titles"):  # of somebody's own
        return {}
    found = {}
    for target in load_targets():
        about = (target.kind, target.quantity, target.geography)
        mine = about == ("result", STUDY[loss], COUNTIES.get(county)) and told_of(year, target.year)
        if mine and not np.isnan(target.value):
            found.update(dict.fromkeys(target.scenarios, 0.0 - target.value))
    return found
