"""``omland montecarlo``: an experiment, its estimates and its risk."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from abm import terms
from abm.cautions import few_runs, small_scale, spread_heading
from abm.commands.inputs import place_names, read_region
from abm.commands.records import records
from abm.commands.report import places_for, written_by
from abm.console import Progress, console, progress
from abm.errors import OmlandError
from abm.language import N_, Language, duration, say
from abm.montecarlo.run import Watch, prepare, run_plan, run_replicate
from abm.risk import STATISTICS
from abm.schema import VASTERNORRLAND
from abm.units import Pace

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from abm.experiment import Plan
    from abm.montecarlo import MonteCarloResult
    from abm.region import Region

RISKS = {
    "residents": N_("Loss of residents until the end of {year}"),
    "jobs": N_("Loss of jobs until the end of {year}"),
}
"""Titles of the tables of risk, by what is lost."""


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
    words, names = Language(lang, plan.titles), place_names(place)
    if replicate is not None:
        _one(plan, replicate, out, words, names, as_json=as_json, quiet=quiet)
        return
    assert out is not None
    places = places_for(region, wanted=with_report)
    with progress(plan.experiment.name, say("replicates"), quiet=quiet) as report:
        watch = _watch(plan, words, names, report)
        result, pace = run_plan(plan, out=out, runs=runs, workers=workers, dask=dask, watch=watch)
    report_files = written_by(out, places, lang)
    if as_json:
        print(as_json_text(result, pace))
        return
    screen = console()
    for line in summary_lines(result, pace, words):
        screen.print(line, soft_wrap=True)
    screen.print(outcome_table(result.named, names, words))
    for table in risk_tables(result.risk, place, words):
        screen.print(table)
    said = (*few_runs(words, len(result.inputs)), *small_scale(words, plan.experiment.scale))
    for line in (*corner_lines(result, names, words), *said):
        screen.print(line, soft_wrap=True)
    files = [
        "summary.parquet",
        "summary.csv",
        "outcomes.csv",
        "inputs.csv",
        "risk.csv",
        "units/",
        *report_files,
    ]
    screen.print(say("Written to {folder}: {files}.", folder=out, files=", ".join(files)), soft_wrap=True)
    _warn(result, words)


def _warn(result: MonteCarloResult, lang: Language) -> None:
    failed = len(result.failures)
    if failed:
        said = lang.plural(
            "{n} replicate failed and is left out, with: {why} (see failures/); the same command tries again.",
            "{n} replicates failed and are left out, the first with: {why} (see failures/); the same command "
            "tries again.",
            failed,
            why=result.failures.iloc[0]["message"],
        )
        print(said, file=sys.stderr)


def _watch(plan: Plan, lang: Language, names: Mapping[str, str], report: Progress) -> Watch:
    """Progress with the running estimate of the watched outcome."""
    text = plan.outcomes[plan.watched].text
    name, digits = terms.outcome(lang, text, names), terms.outcome_digits(text)

    def watch(done: int, total: int, pace: Pace, mean: float, half_width: float) -> None:
        estimate = lang.number(mean, signed=True, digits=digits)
        if not math.isnan(half_width):
            estimate += f" ± {lang.number(half_width, digits=digits)}"
        report(done, total, f"{speed(pace, lang)}; {name}: {estimate}", pace.reused)

    return watch


def _one(
    plan: Plan,
    replicate: int,
    out: Path | None,
    lang: Language,
    names: Mapping[str, str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """One replicate by itself."""
    with progress(plan.experiment.name, say("worlds"), quiet=quiet) as report:
        report(0, plan.worlds_per_unit)
        details = run_replicate(plan, replicate, out, report)
    texts = [outcome.text for outcome in plan.outcomes]
    details["outcomes"] = {
        group: dict(zip(texts, values, strict=True)) for group, values in details["outcomes"].items()
    }
    if as_json:
        print(json.dumps(details, indent=2, ensure_ascii=False))
        return
    from rich import box
    from rich.table import Table

    _ = lang.text
    title = _("replicate {k}").format(k=replicate)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    table.add_column(_("outcome"))
    for group, name in details["scenarios"].items():
        drawn = "" if group == name else f": {terms.scenario(lang, name, inline=True)}"
        table.add_column(terms.scenario(lang, group) + drawn, justify="right")
    for text in texts:
        digits = terms.outcome_digits(text)
        values = (details["outcomes"][g][text] for g in details["scenarios"])
        cells = (lang.number(value, signed=True, digits=digits) for value in values)
        table.add_row(terms.outcome(lang, text, names), *cells)
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


def summary_lines(result: MonteCarloResult, pace: Pace, lang: Language) -> list[str]:
    """What was run and how fast, in plain words."""
    _ = lang.text
    experiment = result.record["experiment"]
    title = experiment["title"] or experiment["name"]
    words = f"{_(title)}: {lang.plural('{n} replicate', '{n} replicates', len(result.inputs))}"
    if pace.reused:
        words += _(", {n} of them were there already").format(n=lang.number(pace.reused, digits=0))
    lines = [words + "."]
    if pace.computed:
        memory = ""
        if pace.memory is not None:
            memory = _(", at most {n} MiB a worker").format(n=lang.number(pace.memory / 2**20, digits=0))
        workers = lang.plural("{n} worker", "{n} workers", pace.workers)
        lines.append(
            _("{worlds} in {time} with {workers}: {speed}{memory}.").format(
                worlds=lang.plural("{n} world", "{n} worlds", pace.worlds),
                time=duration(pace.seconds),
                workers=workers,
                speed=speed(pace, lang),
                memory=memory,
            )
        )
    return lines


def speed(pace: Pace, lang: Language) -> str:
    """How fast worlds are simulated."""
    _ = lang.text
    return _("{n} worlds a minute").format(n=lang.number(pace.worlds_per_minute, digits=0))


def corner_lines(result: MonteCarloResult, names: Mapping[str, str], lang: Language) -> list[str]:
    """Where the worst replicates of the first outcome lie among what was drawn; nothing if too few were."""
    from abm.sensitivity.discovery import ENOUGH

    if len(result.inputs) < ENOUGH:
        return []
    try:
        return [result.discover(names=names, lang=lang)[1]]
    except OmlandError:  # nothing is drawn, or the library is not there: then there is nothing to tell
        return []


def outcome_table(named: pd.DataFrame, names: Mapping[str, str], lang: Language) -> Table:
    """The named outcomes: mean with its interval, and where nine in ten replicates lie.

    Args:
        named: the outcomes, as :attr:`abm.montecarlo.MonteCarloResult.named` has them.
        names: names of places by code; counties have theirs.
        lang: the language.
    """
    from rich import box
    from rich.table import Table

    _ = lang.text
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column(_("effect on"))
    shown.add_column(_("scenario"))
    runs = int(named["n"].max())
    for title in (_("mean"), _("95 % interval"), spread_heading(lang, runs)):
        shown.add_column(title, justify="right", no_wrap=True)
    many = named["against"].nunique() > 1
    last = None
    for row in named.to_dict(orient="records"):
        first = row["outcome"] != last
        last = row["outcome"]
        if first:
            shown.add_section()
        scenario, digits = terms.scenario(lang, row["scenario"]), terms.outcome_digits(row["outcome"])
        if many:
            scenario += f" − {terms.scenario(lang, row['against'], inline=True)}"
        shown.add_row(
            terms.outcome(lang, row["outcome"], names) if first else "",
            scenario,
            lang.number(row["effect"], signed=True, digits=digits),
            span(lang, row["low"], row["high"], signed=True, digits=digits),
            span(lang, row["p05"], row["p95"], signed=True, digits=digits),
        )
    return shown


def span(lang: Language, low: float, high: float, *, signed: bool = False, digits: int | None = None) -> str:
    """Two ends with a word between them; empty where they are undefined."""
    if math.isnan(low) or math.isnan(high):
        return ""
    ends = [lang.number(end, signed=signed, digits=digits) for end in (low, high)]
    return lang.text("{first} to {last}").format(first=ends[0], last=ends[1])


def risk_tables(risk: pd.DataFrame, region: Region, lang: Language) -> list[Table]:
    """Risk of residents and of jobs: the county by scenario, with its municipalities if there is only one."""
    # the risk of one county is shown in full; every other is in risk.csv
    county = VASTERNORRLAND if VASTERNORRLAND in region.county else region.county[0]
    inside = [c for c, own in zip(region.codes, region.county, strict=False) if own == county]
    names = place_names(region)
    places = [county]
    if risk["scenario"].nunique() == 1 and len(inside) > 1:
        places += inside
        whole = terms.zone(lang, county, names)
        if whole in (names[code] for code in inside):  # Örebro is a municipality too
            _ = lang.text
            names = {**names, county: _("{county}, the whole county").format(county=whole)}
    return [
        _risk_table(rows, str(loss), places, names, lang) for loss, rows in risk.groupby("loss", sort=False)
    ]


def _risk_table(
    risk: pd.DataFrame, loss: str, places: Sequence[str], names: Mapping[str, str], lang: Language
) -> Table:
    from rich import box
    from rich.table import Table

    _ = lang.text
    title = _(RISKS[loss]).format(year=risk["when"].iloc[0])
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    shown.add_column(_("scenario"), no_wrap=True)  # a name cut short tells nothing
    shown.add_column(_("place"), no_wrap=True)
    for name in (
        _("probability of a loss"),
        _("expected loss"),
        _("value at risk, 95 %"),
        _("expected shortfall, 95 %"),
    ):
        shown.add_column(name, justify="right")
    for scenario, rows in risk.groupby("scenario", sort=False):
        for place in places:
            here = rows[rows["place"] == place]
            chance = here[(here["statistic"] == "exceedance") & (here["threshold"] == 0)].iloc[0]
            cells = [_with_range(lang, chance, digits=2)]
            cells += [
                _with_range(lang, here[here["statistic"] == name].iloc[0], digits=0) for name in STATISTICS
            ]
            cells = [
                cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in cells
            ]  # headings wrap, figures do not
            shown.add_row(terms.scenario(lang, str(scenario)), terms.zone(lang, place, names), *cells)
    return shown


def _with_range(lang: Language, row: pd.Series, digits: int | None = None) -> str:
    """A value with its interval in brackets, or that there are too few replicates for one."""
    _ = lang.text
    ends = span(lang, row["low"], row["high"], digits=digits) or _("too few")
    return f"{lang.number(row['value'], digits=digits)} ({ends})"
