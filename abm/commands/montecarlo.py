"""``omland montecarlo``: an experiment, its estimates and its risk."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.commands.inputs import read_region
from abm.commands.report import places_for, written_by
from abm.console import Progress, console, duration, number, progress
from abm.errors import OmlandError
from abm.experiment.outcomes import parse_outcome, place_name
from abm.language import say
from abm.montecarlo.run import Watch, prepare, run_plan, run_replicate
from abm.risk import STATISTICS
from abm.units import Pace

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from abm.experiment import Plan
    from abm.montecarlo import MonteCarloResult
    from abm.region import Region

MAIN_COUNTY = "22"
"""County whose risk is shown in full, Västernorrland; every other is in risk.csv."""


def montecarlo(
    *,
    experiment: str,
    out: Path | None,
    runs: int | None,
    replicate: int | None,
    seed: int | None,
    scale: float | None,
    workers: int,
    dask: str | None,
    region: Path | None,
    as_json: bool,
    quiet: bool,
    with_report: bool,
    lang: str,
) -> None:
    """Run an experiment, print its outcomes and its risk, and write its report."""
    if out is None and replicate is None:
        raise OmlandError(
            say("montecarlo needs --out DIR for its results (or --replicate K to see one replicate).")
        )
    if runs is not None and replicate is not None:
        raise OmlandError(say("--runs and --replicate exclude each other."))
    place = read_region(region)
    plan = prepare(experiment, seed=seed, scale=scale, region=region, loaded=place)
    if replicate is not None:
        _one(plan, replicate, out, place, as_json=as_json)
        return
    assert out is not None
    places = places_for(region, wanted=with_report)
    with progress(plan.experiment.name, "replicates", quiet=quiet) as report:
        result, pace = run_plan(
            plan, out=out, runs=runs, workers=workers, dask=dask, watch=_watch(plan, place, report)
        )
    if as_json:
        print(as_json_text(result, pace))
        written_by(out, places, lang)
        return
    screen = console()
    for line in summary_lines(result, pace):
        screen.print(line, soft_wrap=True)
    screen.print(outcome_table(result.named, place))
    for table in risk_tables(result.risk, place):
        screen.print(table)
    for line in corner_lines(result, place):
        screen.print(line, soft_wrap=True)
    report_files = written_by(out, places, lang)
    files = [
        "summary.parquet",
        "summary.csv",
        "outcomes.csv",
        "inputs.csv",
        "risk.csv",
        "units/",
        *report_files,
    ]
    screen.print(f"Written to {out}: {', '.join(files)}.", soft_wrap=True)
    _warn(result)


def _warn(result: MonteCarloResult) -> None:
    failed = len(result.failures)
    if failed:
        first = result.failures.iloc[0]
        print(
            f"{failed} {'replicate' if failed == 1 else 'replicates'} failed and are left out, the first with: "
            f"{first['message']} (see failures/); the same command tries again.",
            file=sys.stderr,
        )


def _watch(plan: Plan, region: Region, report: Progress) -> Watch:
    """Progress with the running estimate of the watched outcome."""
    outcome = plan.outcomes[plan.watched]
    name = outcome_name(outcome.text, region)

    def watch(done: int, total: int, pace: Pace, mean: float, half_width: float) -> None:
        spread = "" if math.isnan(half_width) else f" ± {number(half_width)}"
        note = f"{pace.worlds_per_minute:.0f} worlds a minute; {name}: {number(mean, signed=True)}{spread}"
        report(done, total, note)

    return watch


def _one(plan: Plan, replicate: int, out: Path | None, region: Region, *, as_json: bool) -> None:
    """One replicate by itself."""
    details = run_replicate(plan, replicate, out)
    names = [outcome.text for outcome in plan.outcomes]
    details["outcomes"] = {
        group: dict(zip(names, values, strict=True)) for group, values in details["outcomes"].items()
    }
    if as_json:
        print(json.dumps(details, indent=2, ensure_ascii=False))
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"replicate {replicate}", title_justify="left")
    table.add_column("outcome")
    for group, name in details["scenarios"].items():
        table.add_column(group if group == name else f"{group}: {name}", justify="right")
    for name in names:
        cells = (number(details["outcomes"][g][name], signed=True) for g in details["scenarios"])
        table.add_row(outcome_name(name, region), *cells)
    console().print(table)


# --- words and tables ---------------------------------------------------------------------------


def as_json_text(result: MonteCarloResult, pace: Pace) -> str:
    """Named outcomes, risk and what was computed, as JSON; undefined figures are null."""
    content = {
        "experiment": result.record,
        "run": pace.as_dict(),
        "outcomes": records(result.named),
        "risk": records(result.risk),
        "failures": records(result.failures),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them."""
    return [
        {str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in table.to_dict(orient="records")
    ]


def summary_lines(result: MonteCarloResult, pace: Pace) -> list[str]:
    """What was run and how fast, in plain words."""
    experiment = result.record["experiment"]
    n = len(result.inputs)
    words = f"{experiment['title'] or experiment['name']}: {n} {'replicate' if n == 1 else 'replicates'}"
    if pace.reused:
        words += f", {pace.reused} of them were there already"
    lines = [words + "."]
    if pace.computed:
        memory = "" if pace.memory is None else f", at most {pace.memory / 2**20:.0f} MiB a worker"
        lines.append(
            f"{pace.worlds} worlds in {duration(pace.seconds)} with {pace.workers} "
            f"{'worker' if pace.workers == 1 else 'workers'}: {pace.worlds_per_minute:.0f} a minute{memory}."
        )
    return lines


def corner_lines(result: MonteCarloResult, region: Region) -> list[str]:
    """Where the worst replicates of the first outcome lie among what was drawn; nothing if too few were."""
    from abm.sensitivity.discovery import ENOUGH

    if len(result.inputs) < ENOUGH:
        return []
    try:
        return [result.discover(names=dict(zip(region.codes, region.names, strict=True)))[1]]
    except OmlandError:  # nothing is drawn, or the library is not there: then there is nothing to tell
        return []


def outcome_name(text: str, region: Region) -> str:
    """An outcome in words: ``population, Västernorrland, 2030``."""
    outcome = parse_outcome(text)
    place = "all" if outcome.place == "all" else place_name(outcome.place, region).replace(">", " → ")
    return f"{outcome.quantity.replace('_', ' ')}, {place}, {outcome.when.replace('..', '–')}"


def outcome_table(named: pd.DataFrame, region: Region) -> Table:
    """The named outcomes: mean with its interval, and where nine in ten replicates lie."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("effect on")
    shown.add_column("scenario")
    for name in ("mean", "95 % interval", "5 % to 95 % of replicates"):
        shown.add_column(name, justify="right", no_wrap=True)
    many = named["against"].nunique() > 1
    last = None
    for row in named.to_dict(orient="records"):
        first = row["outcome"] != last
        last = row["outcome"]
        if first:
            shown.add_section()
        scenario = f"{row['scenario']} − {row['against']}" if many else row["scenario"]
        shown.add_row(
            outcome_name(row["outcome"], region) if first else "",
            scenario,
            number(row["effect"], signed=True),
            _range(row["low"], row["high"], signed=True),
            _range(row["p05"], row["p95"], signed=True),
        )
    return shown


def _range(low: float, high: float, *, signed: bool = False, digits: int | None = None) -> str:
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{number(low, signed=signed, digits=digits)} to {number(high, signed=signed, digits=digits)}"


def risk_tables(risk: pd.DataFrame, region: Region) -> list[Table]:
    """Risk of residents and of jobs: the county by scenario, with its municipalities if there is only one."""
    county = MAIN_COUNTY if MAIN_COUNTY in region.county else region.county[0]
    inside = [c for c, own in zip(region.codes, region.county, strict=False) if own == county]
    places = [county, *inside] if risk["scenario"].nunique() == 1 else [county]
    return [_risk_table(rows, str(loss), places, region) for loss, rows in risk.groupby("loss", sort=False)]


def _risk_table(risk: pd.DataFrame, loss: str, places: Sequence[str], region: Region) -> Table:
    from rich import box
    from rich.table import Table

    title = f"Loss of {loss} until the end of {risk['when'].iloc[0]}"
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    shown.add_column("scenario")
    shown.add_column("place")
    for name in ("P(loss > 0)", "expected", "value at risk 95 %", "expected shortfall 95 %"):
        shown.add_column(name, justify="right", no_wrap=True)
    for scenario, rows in risk.groupby("scenario", sort=False):
        for place in places:
            here = rows[rows["place"] == place]
            chance = here[(here["statistic"] == "exceedance") & (here["threshold"] == 0)].iloc[0]
            cells = [_with_range(chance, digits=2)]
            cells += [_with_range(here[here["statistic"] == name].iloc[0]) for name in STATISTICS]
            shown.add_row(str(scenario), place_name(place, region), *cells)
    return shown


def _with_range(row: pd.Series, digits: int | None = None) -> str:
    """A value with its interval in brackets."""
    spread = _range(row["low"], row["high"], digits=digits)
    return number(row["value"], digits=digits) + (f" ({spread})" if spread else "")
