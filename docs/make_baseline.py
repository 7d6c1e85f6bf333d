"""Put the baseline beside the official figures, as a run wrote them, between the marks in baseline.md.

omland baseline --out OUT
python docs/make_baseline.py OUT
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from marks import commit_of, fill

from abm.baseline import area_name, worst
from abm.baseline.compare import LABELS
from abm.commands.baseline import WORST, county_cells, level_cells
from abm.region import load_region

PAGE = Path(__file__).with_name("baseline.md")


def markdown(
    table: pd.DataFrame, counties: pd.DataFrame, run: Mapping[str, Any], names: Mapping[str, str]
) -> str:
    """The block between the marks: what was run, a table by county, the municipalities that deviate most.

    Args:
        table: content of ``baseline.csv``.
        counties: content of ``counties.csv``.
        run: content of ``run.json``.
        names: names of the areas by code.
    """
    parts = [
        f"{run['runs']} worlds of {int(run['residents']):,} residents, seed {run['seed']}, {run['months']} months, "
        f"commit {commit_of(run)}.",
        "",
        "| | year | official | simulated | deviation | official a year | simulated a year |",
        "| :-- | --: | --: | --: | --: | --: | --: |",
    ]
    for code, rows in counties.groupby("county", sort=False):
        parts.append(f"| **{names[str(code)]}** | | | | | | |")
        for row in rows.to_dict(orient="records"):
            parts.append("| " + " | ".join((LABELS[row["quantity"]], *county_cells(row))) + " |")
    parts += [
        "",
        "Municipalities that deviate most:",
        "",
        "| | municipality | year | official | simulated | deviation |",
        "| :-- | :-- | --: | --: | --: | --: |",
    ]
    for quantity in WORST:
        for row in worst(table, quantity, 4).to_dict(orient="records"):
            cells = (LABELS[quantity], names[str(row["municipality"])], *level_cells(row))
            parts.append("| " + " | ".join(cells) + " |")
    return "\n".join(parts)


def main() -> None:
    """Read the files of a run, write baseline.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="OUT")
    folder: Path = parser.parse_args().folder
    table = pd.read_csv(folder / "baseline.csv", dtype={"municipality": str})
    counties = pd.read_csv(folder / "counties.csv", dtype={"county": str})
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    region = load_region()
    codes = {*table["municipality"], *counties["county"]}
    block = markdown(table, counties, run, {code: area_name(code, region) for code in codes})
    fill(PAGE, block)


if __name__ == "__main__":
    main()
