"""``omland calibrate``: fit the behavioural parameters to the study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.commands.montecarlo import records
from abm.console import console, duration, number, progress
from abm.errors import OmlandError
from abm.language import language, say
from abm.provenance import check_output

if TYPE_CHECKING:
    from rich.table import Table

    from abm.calibration import CalibrationResult
    from abm.units import Pace


def calibrate(
    *,
    calibration: str,
    out: Path | None,
    seed: int | None,
    scale: float | None,
    workers: int,
    dask: str | None,
    region: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run a calibration and print what it found."""
    if out is None:
        raise OmlandError(say("calibrate needs --out DIR for its results."))
    check_output(out)
    from abm.calibration.run import prepare, run

    settings = prepare(calibration, seed=seed, scale=scale)
    with progress(settings.name, "points", quiet=quiet) as report:
        result, pace = run(
            settings,
            out=out,
            workers=workers,
            dask=dask,
            region=region,
            watch=lambda done, total, pace, note: report(done, total, note),
        )
    if as_json:
        print(as_json_text(result, pace))
        return
    screen = console()
    for line in lines(result, pace):
        screen.print(line, soft_wrap=True)
    screen.print(row_table(result))
    screen.print(parameter_table(result))
    for line in conflict_lines(result):
        screen.print(line, soft_wrap=True)
    from abm.calibration.report import BEST, POINTS, POSTERIOR, RECORD, TABLES

    files = ", ".join([POSTERIOR, POINTS, BEST, RECORD, *(f"{name}.csv" for name in TABLES)])
    screen.print(f"Written to {out}: {files}, units/.", soft_wrap=True)


def as_json_text(result: CalibrationResult, pace: Pace) -> str:
    """Record and tables as JSON; undefined figures are null."""
    content: dict[str, Any] = {"calibration": result.record, "run": pace.as_dict()}
    for name in ("rows", "identification", "conflicts", "heldout"):
        content[name] = records(getattr(result, name))
    return json.dumps(content, indent=2, ensure_ascii=False)


def lines(result: CalibrationResult, pace: Pace) -> list[str]:
    """What was computed, how near it came, and how well that is known."""
    record = result.record
    cost, chains, check = record["cost"], record["chains"], record["check"]
    told = f"{cost['points']} points, {cost['worlds']:,} worlds"
    if pace.reused:
        told += f", {pace.reused} points were there already"
    if pace.computed:
        told += f"; {pace.worlds} worlds in {duration(pace.seconds)}, {pace.worlds_per_minute:.0f} a minute"
    names = ["defaults", *(f"wave {w['wave']}" for w in record["waves"][1:-1]), "check"]
    steps = [
        f"{name} {number(w['expected_distance'], digits=2)}"
        for name, w in zip(names, record["waves"], strict=True)
    ]
    recovery = record["recovery"]
    return [
        told + ".",
        f"Distance from the study's intervals, in half-widths, of the median point but for luck: "
        f"{', '.join(steps)}.",
        f"{record['fitted_rows_inside']} of {record['fitted_rows']} fitted rows are inside in the mean of the "
        f"posterior.",
        f"{cost['draws']} draws worth {cost['effective_draws']:.0f}, {cost['worlds_per_effective_draw']:.1f} "
        f"worlds each; largest R-hat {max(chains['r_hat'].values()):.3f}; "
        f"{check['inside_90_percent']:.0%} of the checked figures are in the 90 % interval that was foretold"
        + (
            f"; {recovery['coverage']:.0%} of the 90 % intervals of {recovery['truths']} known truths hold them."
            if recovery
            else "."
        ),
    ]


def row_table(result: CalibrationResult) -> Table:
    """The study's rows: allowed, before and after."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("id", no_wrap=True)
    shown.add_column("what")
    for title in ("allowed", "prior", "posterior", "5–95 %", "best"):
        shown.add_column(title, justify="right", no_wrap=True)
    for title in ("fitted", "inside"):
        shown.add_column(title, justify="center", no_wrap=True)
    for row in result.rows.to_dict(orient="records"):
        inside = row["low"] <= row["posterior_mean"] <= row["high"]
        shown.add_row(
            row["id"],
            f"{row['quantity'].replace('_', ' ')}, {row['scenario']}",
            language("en").interval(row["low"], row["high"]),
            number(row["prior_mean"]),
            number(row["posterior_mean"]),
            language("en").interval(row["posterior_p05"], row["posterior_p95"]),
            number(row["best"]),
            "•" if row["weight"] > 0 else "",
            "[green]✓[/green]" if inside else "[red]✗[/red]",
        )
    return shown


def parameter_table(result: CalibrationResult) -> Table:
    """Parameters: prior, posterior, and whether the study tells them apart."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("parameter", no_wrap=True)
    for title in ("prior", "best", "mean", "5–95 %", "sd ratio"):
        shown.add_column(title, justify="right", no_wrap=True)
    shown.add_column("identified")
    shown.add_column("ridge with")
    for row in result.identification.sort_values("sd_ratio").to_dict(orient="records"):
        ridge = f"{row['ridge_with']} ({number(row['correlation'], digits=2)})" if row["ridge_with"] else ""
        shown.add_row(
            row["parameter"],
            f"{row['prior_low']:g} to {row['prior_high']:g}",
            f"{result.record['best']['values'][row['parameter']]:.3g}",
            f"{row['mean']:.3g}",
            f"{row['low']:.3g} to {row['high']:.3g}",
            number(row["sd_ratio"], digits=2),
            row["identified"],
            ridge,
        )
    return shown


def conflict_lines(result: CalibrationResult) -> list[str]:
    """The rows out of reach and the leading trade-offs, in words."""
    told = []
    for row in result.conflicts.to_dict(orient="records"):
        if row["kind"] == "out of reach":
            told.append(
                f"Out of reach: {row['row']}, nearest {number(row['nearest'])}, "
                f"{row['gap']:.1f} half-widths outside."
            )
        elif len(told) < 12:
            told.append(
                f"Trade-off: {row['row']} and {row['other']}, at best {row['gap']:.1f} half-widths outside "
                f"({number(row['nearest'])} and {number(row['nearest_other'])})."
            )
    return told or ["No row is out of reach, and no two rows exclude each other."]
