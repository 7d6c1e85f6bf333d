"""What an experiment leaves behind: the tables of a folder, as pandas knows them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import OmlandError
from abm.folder import forget_report
from abm.language import Language, say
from abm.montecarlo.summary import (
    Sample,
    difference,
    inputs_table,
    outcomes_table,
    read_sample,
    risk_table,
    summarise,
)
from abm.risk import LOSSES, STATISTICS
from abm.tabular import check, incomplete, read_csv, sound
from abm.units import UnitStore, to_parquet
from abm.units.store import RECORD

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from abm.sensitivity import Box

KIND = "replicate"
SUMMARY = "summary.parquet"
FILES = {"outcomes": "outcomes.csv", "inputs": "inputs.csv", "risk": "risk.csv"}
NAMED = "summary.csv"
_KEYS = ("scenario", "against", "place", "when")
COLUMNS: dict[str, dict[str, Any]] = {
    "outcomes": {"texts": ("scenario", "outcome"), "numbers": ("replicate", "effect")},
    "inputs": {"numbers": ("replicate",)},
    "risk": {"texts": (*_KEYS, "loss", "statistic"), "numbers": ("threshold", "value", "low", "high")},
    "summary": {
        "texts": (*_KEYS, "quantity"),
        "numbers": (
            *("n", "baseline", "effect", "standard_deviation"),
            *("low", "high", "p05", "p50", "p95"),
        ),
    },
}
"""Columns of the tables by what they hold, see :func:`abm.tabular.check`."""


@dataclass(frozen=True)
class MonteCarloResult:
    """Results of a Monte Carlo experiment.

    Attributes:
        folder: where they are.
        record: content of ``experiment.json``: what was run, on what, by which code.
        summary: mean effects with intervals for every scenario, quantity, place and year; columns as
            :func:`abm.montecarlo.summary.summarise` says. Rows whose `against` is not the baseline tell the
            difference between two scenarios.
        outcomes: the named outcomes, a row a replicate: ``replicate, scenario, outcome, effect``.
        inputs: what each replicate was run with.
        risk: loss of residents and jobs; columns as :func:`abm.montecarlo.summary.risk_table` says.
        failures: units that could not be computed: ``replicate, error, message``.
    """

    folder: Path
    record: Mapping[str, Any]
    summary: pd.DataFrame
    outcomes: pd.DataFrame
    inputs: pd.DataFrame
    risk: pd.DataFrame
    failures: pd.DataFrame

    @property
    def named(self) -> pd.DataFrame:
        """The rows of the summary that are named outcomes, with the outcome in the first column."""
        return named_rows(self.summary, self.record["experiment"]["outcomes"])

    def discover(
        self,
        outcome: str | None = None,
        exceeds: float | None = None,
        scenario: str | None = None,
        names: Mapping[str, str] | None = None,
        lang: Language | None = None,
    ) -> tuple[Box, str]:
        """In which corner of what the replicates drew the bad cases lie, and that in a sentence.

        Args:
            outcome: a named outcome with codes, as in :attr:`outcomes`; the first unless told.
            exceeds: a replicate is bad above it, the worst quarter unless told; of residents and jobs it is the loss
                that counts, of all else the effect.
            scenario: scenario in which; the first unless told.
            names: names of places by code, for the sentence; counties have theirs.
            lang: language of the sentence, English unless told.

        Raises:
            OmlandError: there is no such outcome, nothing was drawn, all or none of the replicates are bad, or the EMA
                workbench is not installed.
        """
        from abm.sensitivity.discovery import tell

        experiment = self.record["experiment"]
        outcome = experiment["outcomes"][0] if outcome is None else outcome
        scenario = experiment["groups"][0] if scenario is None else scenario
        chosen = (self.outcomes["outcome"] == outcome) & (self.outcomes["scenario"] == scenario)
        value = self.outcomes[chosen].set_index("replicate")["effect"]
        if value.empty:
            raise OmlandError(
                say(
                    'there is no outcome "{outcome}" of a scenario "{scenario}"',
                    outcome=outcome,
                    scenario=scenario,
                )
            )
        drawn = self.inputs.set_index("replicate").loc[value.index]
        if not len(drawn.columns):
            raise OmlandError(say("nothing is drawn in this experiment, so there is no corner"))
        return tell(drawn, value, outcome, exceeds, names, lang)

    def dataset(self) -> xr.Dataset:
        """Effects and levels of the baseline with named dimensions, see :func:`abm.montecarlo.labelled.effects`.

        ``result.dataset()["population"].sel(place="22", when=2030).mean("replicate")`` is the mean effect on the
        residents of Västernorrland, scenario by scenario.
        """
        from abm.montecarlo import labelled

        store = UnitStore(self.folder, KIND)
        return labelled.effects(store, self.inputs["replicate"], self.inputs, self.record)

    def effects(self) -> pd.DataFrame:
        """Every row of every replicate: ``replicate, scenario, quantity, place, when, baseline, effect``."""
        import pandas as pd

        store = UnitStore(self.folder, KIND)
        tables = [store.read(unit).to_pandas() for unit in self.inputs["replicate"]]
        words = ["scenario", "quantity", "place", "when"]
        return pd.concat(tables, ignore_index=True).astype(dict.fromkeys(words, "category"))


def load(folder: str | Path) -> MonteCarloResult:
    """Read the results of an experiment, finished or not.

    Args:
        folder: the folder that :func:`abm.montecarlo.run` wrote.

    Raises:
        OmlandError: there are no results in it.
    """
    import pandas as pd

    folder = Path(folder)
    store = UnitStore(folder, KIND)
    record = store.record()
    if record.get("replicates") is None:  # stopped on the way: what there is so far
        return build(store, [unit for unit in store.present() if store.whole(unit)])
    try:
        tables = {name: read_csv(folder / file, **COLUMNS[name]) for name, file in FILES.items()}
        summary = pd.read_parquet(folder / SUMMARY)
        check(folder / SUMMARY, summary, **COLUMNS["summary"])
        _check_rows(folder, record, summary, tables)
    except (OSError, ValueError) as error:
        raise OmlandError(
            say(
                "{folder} cannot be read: {why}; run the experiment again to repair it.",
                folder=folder,
                why=error,
            )
        ) from None
    return MonteCarloResult(folder, record, summary, **tables, failures=_failures(store))


def _check_rows(
    folder: Path, record: Mapping[str, Any], summary: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> None:
    """Refuse tables that were cut short, or have rows of something else than the experiment.

    Raises:
        OmlandError: a table is one of these.
    """
    with sound(folder / RECORD):
        groups, named = (set(record["experiment"][key]) for key in ("groups", "outcomes"))
        record["experiment"]["baseline"]
    risk, outcomes = tables["risk"], tables["outcomes"]
    cells = risk.groupby(["scenario", "loss", "place"]).size()
    chance = (risk["statistic"] == "exceedance") & (risk["threshold"] == 0)
    statistics = [*(risk["statistic"] == name for name in STATISTICS), chance]
    every = len(groups) * len(LOSSES) * risk["place"].nunique()
    if (
        set(risk["scenario"]) != groups
        or set(risk["loss"]) != set(LOSSES)
        or len(cells) != every
        or any(int(rows.sum()) != every for rows in statistics)
        or risk["value"].isna().any()
    ):
        raise incomplete(folder / FILES["risk"])
    replicates = tables["inputs"]["replicate"]
    if replicates.isna().any() or len(replicates) != len(set(replicates)):
        raise incomplete(folder / FILES["inputs"])
    if set(outcomes["replicate"]) != set(replicates) or len(outcomes) != len(replicates) * len(groups) * len(
        named
    ):
        raise incomplete(folder / FILES["outcomes"])
    if not groups <= set(summary["scenario"]):
        raise incomplete(folder / SUMMARY)


def build(store: UnitStore, units: Sequence[int]) -> MonteCarloResult:
    """Make the tables from units.

    Args:
        store: the units.
        units: numbers of those to use, increasing.

    Raises:
        OmlandError: there are none.
    """
    import pandas as pd

    if not units:
        raise OmlandError(say("{folder} holds no finished replicate.", folder=store.folder))
    record = store.record()
    experiment = record["experiment"]
    baseline, against = experiment["baseline"], experiment["against"]
    other = read_sample(store, units, against) if against else None
    summaries, risks = [], []
    for group in experiment["groups"]:
        sample: Sample = read_sample(store, units, group)
        summaries.append(summarise(sample, group, baseline))
        risks.append(risk_table(sample, group, baseline))
        if other is not None and group != against:
            summaries.append(summarise(difference(sample, other), group, against))
    details = [store.details(unit, ("replicate", "scenarios", "values", "outcomes")) for unit in units]
    return MonteCarloResult(
        folder=store.folder,
        record=record,
        summary=pd.concat(summaries, ignore_index=True),
        outcomes=outcomes_table(details, experiment["outcomes"]),
        inputs=inputs_table(details),
        risk=pd.concat(risks, ignore_index=True),
        failures=_failures(store),
    )


def write(result: MonteCarloResult, store: UnitStore) -> None:
    """Write the tables beside the units; the same bytes for the same units."""
    import pyarrow as pa

    forget_report(store.folder)
    table = pa.Table.from_pandas(result.summary, preserve_index=False)
    store.write_file(SUMMARY, to_parquet(table, {}))
    store.write_file(NAMED, _csv(result.named))
    for name, file in FILES.items():
        store.write_file(file, _csv(getattr(result, name)))


def named_rows(summary: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Rows of named outcomes, by outcome in the order of the experiment.

    Args:
        summary: rows of :func:`abm.montecarlo.summary.summarise`.
        outcomes: outcomes in the notation of :mod:`abm.experiment.outcomes`, resolved.
    """
    import pandas as pd

    key = summary["quantity"] + ":" + summary["place"] + ":" + summary["when"]
    parts = [summary[key == outcome].assign(outcome=outcome) for outcome in outcomes]
    table = pd.concat(parts, ignore_index=True)
    return table[["outcome", *summary.columns]]


def _csv(table: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    table.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode()


def _failures(store: UnitStore) -> pd.DataFrame:
    import pandas as pd

    rows = [(unit, record["error"], record["message"]) for unit, record in store.failed().items()]
    return pd.DataFrame(rows, columns=[KIND, "error", "message"])
