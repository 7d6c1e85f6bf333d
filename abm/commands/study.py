"""``omland study``: the study's table, recomputed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.accounting import SCENARIOS
from abm.console import console, decimals, duration, number, progress
from abm.errors import OmlandError
from abm.provenance import check_output

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from abm.study import StudyResult

TITLES = {
    "outmigration": "Out-migration",
    "outcommuting": "Out-commuting",
    "suppliers": "Suppliers",
}
BOTH = "Västerbotten+Västernorrland"
NORTH = "Örnsköldsvik, Kramfors, Sollefteå"
"""Geographies of the targets that the table says in fewer words (the quantity names the north)."""


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
) -> None:
    """Run the study and print its table."""
    if out is not None:
        check_output(out)
    if posterior and params is not None:
        raise OmlandError("--posterior and --params exclude each other.")
    from abm.commands.inputs import read_parameters
    from abm.posterior import load_posterior
    from abm.study import run_study

    try:
        drawn = load_posterior() if posterior else None
    except OmlandError as error:
        raise OmlandError(f"--posterior: {str(error).rstrip('.')}.") from None
    with progress("Study", "worlds", quiet=quiet) as report:
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
    if as_json:
        print(as_json_text(result))
        return
    screen = console()
    for line in summary(result):
        screen.print(line, soft_wrap=True)
    screen.print(study_table(result.table))
    if out is not None:
        screen.print(f"Written to {out}: table.csv, effects.parquet, run.json.", soft_wrap=True)


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


def summary(result: StudyResult) -> list[str]:
    """Three lines in plain words: what was run, how close it came, what it says."""
    run, table = result.run, result.table
    runs, residents = run.get("runs", 0), run.get("residents", 0)
    years = run.get("months", 132) // 12
    inside, first = table["inside"], table["priority"].astype(str) == "1"
    lines = [
        f"{runs} {'replicate' if runs == 1 else 'replicates'} of four paired worlds, "
        f"{residents:,} residents, {years} years, in {duration(run.get('wall_seconds', 0.0))}.",
        f"{inside.sum()} of {len(table)} figures and orderings are inside what the study says, "
        f"{inside[first].sum()} of {first.sum()} of the first priority.",
    ]
    means = {
        (str(id_), str(scenario)): float(mean)
        for id_, scenario, mean in zip(table["id"], table["scenario"], table["mean"], strict=True)
    }
    parts = []
    for name, multiplier, people in zip(SCENARIOS, ("B01", "B02", "B03"), ("B15", "B19", "B23"), strict=True):
        jobs, residents_change = means.get((multiplier, name)), means.get((people, name))
        if jobs is not None and residents_change is not None and not math.isnan(jobs + residents_change):
            parts.append(f"{TITLES[name].lower()} {jobs:.2f} and {number(residents_change, signed=True)}")
    if parts:
        lines.append(
            "Jobs in all per direct job, and residents of Västernorrland in 2030: " + "; ".join(parts) + "."
        )
    return lines


def study_table(table: pd.DataFrame) -> Table:
    """The study beside the model, grouped by scenario."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("id", no_wrap=True)
    shown.add_column("what")
    shown.add_column("study", justify="right", no_wrap=True)
    shown.add_column("allowed", justify="right", no_wrap=True)
    shown.add_column("ours", justify="right", no_wrap=True)
    shown.add_column("5–95 %", justify="right", no_wrap=True)
    shown.add_column("inside", justify="center", no_wrap=True)
    for name, rows in table.groupby("scenario", sort=False):
        shown.add_section()
        shown.add_row("", f"[bold]{TITLES.get(str(name), str(name))}[/bold]")
        for row in rows.to_dict(orient="records"):
            shown.add_row(*_cells(row))
    return shown


def _cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """One row of the table as text."""
    low, high, mean = float(row["low"]), float(row["high"]), float(row["mean"])
    what = label(str(row["quantity"]), str(row["geography"]), str(row["year"]))
    sign = "[green]✓[/green]" if row["inside"] else "[red]✗[/red]"
    if math.isnan(low) and math.isnan(high):
        held = "" if math.isnan(mean) else f"{100 * mean:.0f} %"
        return str(row["id"]), what, "holds", "≥ 95 %", held, "", sign
    spread = interval(float(row["p05"]), float(row["p95"]))
    return str(row["id"]), what, number(float(row["study"])), interval(low, high), number(mean), spread, sign


def label(quantity: str, geography: str, year: str) -> str:
    """What a row of the table is about, in as few words as will do."""
    words = quantity.replace("_", " ")
    for plain_name, name in (("vasternorrland", "Västernorrland"), ("vasterbotten", "Västerbotten")):
        words = words.replace(plain_name, name)
    place = {BOTH: "both counties", NORTH: ""}.get(geography, geography)
    parts = (words, "" if place in words else place, year)
    return ", ".join(part for part in parts if part)


def interval(low: float, high: float) -> str:
    """An interval, with an en dash between positive figures and words between others."""
    if math.isnan(low) or math.isnan(high):
        return ""
    joint = " to " if low < 0 or high < 0 else "–"
    digits = decimals(max(abs(low), abs(high)))
    return f"{number(low, digits=digits)}{joint}{number(high, digits=digits)}"
