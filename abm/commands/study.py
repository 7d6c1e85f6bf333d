"""``omland study``: the study's table, recomputed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm import terms
from abm.accounting import SCENARIOS
from abm.cautions import FEW_RUNS, few_runs, small_scale, spread_label
from abm.commands.report import places_for, written_by
from abm.console import console, progress, styled, verdict
from abm.errors import OmlandError
from abm.language import Language, duration, language, say
from abm.provenance import holding

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from abm.study import StudyResult


@holding("study")
def study(
    *,
    runs: int,
    seed: int,
    scale: float,
    threads: int,
    out: Path | None,
    as_json: bool,
    params: Path | None,
    posterior: bool,
    region: Path | None,
    check: bool,
    quiet: bool,
    with_report: bool,
    lang: str,
) -> None:
    """Run the study, print its table, and write its report."""
    if posterior and params is not None:
        raise OmlandError(say("--posterior and --params exclude each other."))
    places = places_for(region, wanted=with_report and out is not None)
    from abm.commands.inputs import read_parameters
    from abm.posterior import load_posterior
    from abm.report.sections.study_table import left_out, with_worst_years
    from abm.study import run_study

    words = language(lang)
    try:
        drawn = load_posterior() if posterior else None
    except OmlandError as error:
        raise OmlandError(say("--posterior: {why}.", why=str(error).rstrip("."))) from None
    with progress(say("Study"), say("worlds"), quiet=quiet) as report:
        result = run_study(
            runs=runs,
            seed=seed,
            scale=scale,
            threads=threads,
            out=out,
            parameters=read_parameters(params),
            posterior=drawn,
            region_path=region,
            check=check,
            progress=report,
        )
    report_files = [] if out is None else written_by(out, places, lang)
    if as_json:
        print(as_json_text(result))
    else:
        screen = console()
        for line in summary(result, words):
            screen.print(line, soft_wrap=True)
        screen.print(study_table(with_worst_years(result.table, result.run), words, runs=runs))
        for line in left_out(words, result.run):
            screen.print(line, soft_wrap=True)
        for line in (*few_runs(words, runs), *small_scale(words, scale)):
            screen.print(line, soft_wrap=True)
    if out is None:
        return
    files = ["table.csv", "effects.parquet", "orders.csv", "run.json", *report_files]
    if not as_json:
        _ = words.text
        said = _("Written to {folder}: {files}.").format(folder=out, files=", ".join(files))
        console().print(said, soft_wrap=True)


def as_json_text(result: StudyResult) -> str:
    """Table and run as JSON; undefined figures are null."""
    rows = [
        {key: None if isinstance(v, float) and math.isnan(v) else v for key, v in row.items()}
        for row in result.table.to_dict(orient="records")
    ]
    return json.dumps({"run": result.run, "table": rows}, indent=2, ensure_ascii=False, default=plain)


def plain(value: Any) -> Any:
    """A NumPy scalar or a path as JSON knows it."""
    return value.item() if hasattr(value, "item") else str(value)


def summary(result: StudyResult, lang: Language | None = None) -> list[str]:
    """Three lines in plain words: what was run, how close it came, what it says."""
    lang = lang or language("en")
    _ = lang.text
    run, table = result.run, result.table
    inside, first = table["inside"], table["priority"].astype(str) == "1"
    lines = [
        _("{replicates} of four paired worlds, {residents} residents, {years} years, in {time}.").format(
            replicates=lang.plural("{n} replicate", "{n} replicates", run.get("runs", 0)),
            residents=lang.number(run.get("residents", 0), digits=0),
            years=run.get("months", 132) // 12,
            time=duration(run.get("wall_seconds", 0.0)),
        ),
        _(
            "{inside} of {all} rows of the table are inside what the study says (a row of several scenarios has a line "
            "for each), {first_inside} of {first} of the first priority."
        ).format(inside=inside.sum(), all=len(table), first_inside=inside[first].sum(), first=first.sum()),
    ]
    means = {
        (str(id_), str(scenario)): float(mean)
        for id_, scenario, mean in zip(table["id"], table["scenario"], table["mean"], strict=True)
    }
    parts = []
    for name, multiplier, people in zip(SCENARIOS, ("B01", "B02", "B03"), ("B15", "B19", "B23"), strict=True):
        jobs, residents_change = means.get((multiplier, name)), means.get((people, name))
        if jobs is not None and residents_change is not None and not math.isnan(jobs + residents_change):
            parts.append(
                _("{scenario} {multiplier} and {residents}").format(
                    scenario=terms.scenario(lang, name, inline=True),
                    multiplier=lang.number(jobs, digits=2),
                    residents=lang.number(residents_change, signed=True, digits=0),
                )
            )
    if parts:
        lines.append(
            _(
                "Jobs in all per direct job (in 2030; in out-commuting over the years) and residents of Västernorrland "
                "in 2030: {parts}."
            ).format(parts="; ".join(parts))
        )
    return lines


def study_table(table: pd.DataFrame, lang: Language | None = None, *, runs: int = FEW_RUNS) -> Table:
    """The study beside the model over so many replicates, grouped by scenario."""
    from rich import box
    from rich.table import Table

    from abm.report.sections.study_table import allowed, is_ordering, ours, ours_spread, row_label, worst_year

    lang = lang or language("en")
    _ = lang.text
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column(_("row"), no_wrap=True)
    shown.add_column(_("what"))
    for head in (_("study"), _("allowed"), "Omland", spread_label(lang, runs)):
        shown.add_column(head, justify="right", no_wrap=True)
    shown.add_column(_("inside"), justify="center", no_wrap=True)
    for name, rows in table.groupby("scenario", sort=False):
        shown.add_section()
        shown.add_row("", styled(terms.scenario(lang, str(name)), "bold"))
        for row in rows.to_dict(orient="records"):
            study_figure = _("holds") if is_ordering(row) else lang.number(float(row["study"]))
            why = worst_year(lang, row)
            label = row_label(lang, row) + (f" ({why})" if why else "")
            cells = (row["id"], label, study_figure, allowed(lang, row), ours(lang, row))
            shown.add_row(*(str(c) for c in cells), ours_spread(lang, row), verdict(bool(row["inside"])))
    return shown
