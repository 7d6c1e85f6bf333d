"""Put the study's table, as a study run wrote it, between the marks in README.md.

    python docs/make_readme_table.py OUT/table.csv

The table has the study's figure, the interval that its wording allows, and what the
model gives. The line above it says what was run, from the ``run.json`` beside the
table if there is one.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from marks import commit_of, fill

from abm import terms
from abm.language import language
from abm.report.sections.study_table import telling

README = Path(__file__).resolve().parents[1] / "README.md"
HEAD = "| | what | study | allowed | Omland | 5 % to 95 % | inside |"
RULE = "| :-- | :-- | --: | --: | --: | --: | :-: |"


def figure(value: float, digits: int) -> str:
    """A figure with thin groups of thousands and a true minus sign; empty where there is none."""
    if math.isnan(value):
        return ""
    text = f"{value:,.{digits}f}"
    return "0" if float(text.replace(",", "")) == 0 and digits == 0 else text.replace("-", "−")


def number(text: str) -> float:
    """A cell of the CSV file as a number."""
    return float(text) if text else math.nan


def digits_for(*values: float) -> int:
    """Decimals that tell the largest of some figures well enough."""
    largest = max((abs(v) for v in values if not math.isnan(v)), default=0.0)
    return 0 if largest >= 20 else 2 if largest >= 0.1 else 3


def interval(low: float, high: float, digits: int) -> str:
    """Two ends of an interval."""
    if math.isnan(low) and math.isnan(high):
        return ""
    return f"{figure(low, digits)} to {figure(high, digits)}"


def mark(inside: bool) -> str:
    """Whether a row is inside, as a sign."""
    return "✓" if inside else "✗"


def line(row: Mapping[str, str]) -> str:
    """One row of the table."""
    study, low, high, mean = (number(row[key]) for key in ("study", "low", "high", "mean"))
    what = terms.row_label(language("en"), row["quantity"], row["geography"], row["year"])
    inside = mark(row["inside"].strip().lower() in ("true", "1"))
    if math.isnan(low) and math.isnan(high):
        held = "" if math.isnan(mean) else f"{100 * mean:.0f} % of runs"
        cells = [row["id"], what, "holds", "≥ 95 %", held, "", inside]
    else:
        p05, p95 = number(row["p05"]), number(row["p95"])
        digits = digits_for(study, low, high)
        cells = [
            row["id"],
            what,
            figure(study, digits),
            interval(low, high, digits),
            figure(mean, telling(mean, low, high, digits)),
            interval(p05, p95, digits),
            inside,
        ]
    return "| " + " | ".join(cells) + " |"


def markdown(
    rows: Sequence[Mapping[str, str]], run: Mapping[str, object] | None, *, priority: str = "1"
) -> str:
    """The block between the marks: what was run, and a table a scenario.

    Args:
        rows: rows of ``table.csv``.
        run: content of ``run.json``.
        priority: rows to show; the others are counted.
    """
    inside = sum(row["inside"].strip().lower() in ("true", "1") for row in rows)
    first = [row for row in rows if row["priority"] == priority]
    first_inside = sum(row["inside"].strip().lower() in ("true", "1") for row in first)
    said = (
        f"{first_inside} of {len(first)} rows of the first priority are inside, {inside} of all {len(rows)}."
    )
    if run:
        said = (
            f"{run.get('runs')} runs of four paired worlds, {int(float(str(run.get('residents', 0)))):,} residents, "
            f"seed {run.get('seed')}, commit {commit_of(run)}. {said}"
        )
    parts = [said]
    for name in dict.fromkeys(row["scenario"] for row in first):
        parts += ["", f"**{terms.scenario(language('en'), name)}**", "", HEAD, RULE]
        parts += [line(row) for row in first if row["scenario"] == name]
    return "\n".join(parts)


def main() -> None:
    """Read the table, write README.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, metavar="TABLE_CSV")
    table: Path = parser.parse_args().table
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    beside = table.with_name("run.json")
    run = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else None
    fill(README, markdown(rows, run))


if __name__ == "__main__":
    main()
