"""Words and rows that the sections of an experiment share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.run import Run
from abm.report.sections.answer import FEW_RUNS
from abm.targets.views import VN

if TYPE_CHECKING:
    from abm.montecarlo import MonteCarloResult


def main_county(result: MonteCarloResult) -> str:
    """County that is asked about: Västernorrland, or else the first one."""
    counties = [p for p in dict.fromkeys(result.risk["place"]) if len(p) == 2]
    return VN if VN in counties else counties[0]


def what_is_lost(lang: Language, loss: str) -> str:
    """What a loss counts, in words."""
    _ = lang.text
    return {"residents": _("inhabitants"), "jobs": _("jobs")}[loss]


def cell(lang: Language, row: Mapping[Any, Any], *, percent: bool = False) -> str:
    """A value with its interval in brackets."""
    digits = 0
    factor = 100.0 if percent else 1.0
    value = lang.percent(row["value"]) if percent else lang.number(row["value"], digits=digits)
    ends = lang.interval(factor * row["low"], factor * row["high"], digits=digits)
    return f"{value} ({ends})" if ends else value


def loss_or_gain(lang: Language, row: Mapping[Any, Any]) -> str:
    """A loss in words, or the gain that a negative one is, with its interval."""
    _ = lang.text
    gain = round(row["value"]) < 0
    value, low, high = ("value", "high", "low") if gain else ("value", "low", "high")
    sign = -1.0 if gain else 1.0
    ends = lang.interval(sign * row[low], sign * row[high], digits=0)
    number = lang.number(sign * row[value], digits=0) + (f" ({ends})" if ends else "")
    return (_("a gain of {number}") if gain else _("a loss of {number}")).format(number=number)


def row_of(rows: pd.DataFrame, statistic: str, threshold: float | None = None) -> dict[Any, Any]:
    """The row of a statistic, at a threshold if it has any."""
    mine = rows[rows["statistic"] == statistic]
    if threshold is not None:
        mine = mine[mine["threshold"] == threshold]
    return dict(mine.iloc[0])


def risk_of(result: MonteCarloResult, scenario: str, loss: str, place: str) -> pd.DataFrame:
    """Risk of a loss in a scenario at a place."""
    risk = result.risk
    return risk[(risk["scenario"] == scenario) & (risk["loss"] == loss) & (risk["place"] == place)]


def scenarios_of(result: MonteCarloResult) -> list[str]:
    """Scenarios of an experiment, in its order."""
    return [str(name) for name in dict.fromkeys(result.risk["scenario"])]


def scenario_title(lang: Language, name: str, *, inline: bool = False) -> str:
    """What a scenario is called."""
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
