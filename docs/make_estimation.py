"""Put estimates and fit, as a run wrote them, between the marks in estimation.md, and copy the figure.

omland estimate --simulate --scale 0.1 --out OUT
python docs/make_estimation.py OUT
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from marks import fill

from abm.commands.estimate import SHOWN, estimate_cells, fit_cells, pair
from abm.estimation.labels import COLUMNS, GROUPS, estimate_name
from abm.language import language
from abm.region import load_region
from abm.schema import COUNTIES

PAGE = Path(__file__).with_name("estimation.md")
FIGURE = Path(__file__).parent / "img" / "decay.svg"


def markdown(
    estimates: pd.DataFrame, fit: pd.DataFrame, run: Mapping[str, Any], names: Mapping[str, str]
) -> str:
    """The block between the marks: counts, estimates by group, flows between counties, and the common part.

    Args:
        estimates: content of ``estimates.csv``.
        fit: content of ``fit.csv``.
        run: content of ``run.json``.
        names: names of municipalities and counties by code.
    """
    lang = language("en")
    counted = ", ".join(f"{key}: {n}" for key, n in run["identified"].items())
    parts = [f"{run['estimates']} quantities ({counted})."]
    if run["simulated"]:
        parts[0] += (
            f" The model's column: one world, scale {run['simulated']['scale']:g}, seed {run['simulated']['seed']}."
        )
    parts += [
        "",
        "| | estimate | error | 95 % interval | unit | rests on | published | parameter |",
        "| :-- | --: | --: | --: | :-- | :-- | :-- | :-- |",
    ]
    for group, rows in estimates.groupby("group", sort=False):
        parts.append(f"| **{GROUPS[str(group)]}** | | | | | | | |")
        for row in rows.to_dict(orient="records"):
            parameter = f"`{row['parameter']}` {row['default']:g}" if row["parameter"] else ""
            cells = (estimate_name(lang, str(row["name"])), *estimate_cells(row, lang), parameter)
            parts.append("| " + " | ".join(cells) + " |")
    heads = list(COLUMNS.values())
    parts += [
        "",
        f"| | observed is | {' | '.join(heads)} |",
        f"| :-- | :-- |{' --: |' * len(heads)}",
    ]
    for flow, rows in fit[fit["by"].isin(SHOWN)].groupby("flow", sort=False):
        parts.append(f"| **{GROUPS[str(flow)]}** | |{' |' * len(heads)}")
        for row in rows.to_dict(orient="records"):
            cells = (pair(row, names, lang), str(row["source_status"]), *fit_cells(row, lang))
            parts.append("| " + " | ".join(cells) + " |")
    parts += [
        "",
        "Common part of observed and fitted flows (1 if equal):",
        "",
        f"| | rows | {' | '.join(heads[1:])} |",
        f"| :-- | --: |{' --: |' * (len(heads) - 1)}",
    ]
    for row in run["fit"]:
        shares = (lang.number(row[key], digits=2) for key in list(COLUMNS)[1:])
        parts.append(f"| {GROUPS[row['flow']].lower()}, {row['by']} | {row['n']} | {' | '.join(shares)} |")
    return "\n".join(parts)


def main() -> None:
    """Read the files of a run, write estimation.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="OUT")
    folder: Path = parser.parse_args().folder
    estimates = pd.read_csv(folder / "estimates.csv", keep_default_na=False, na_values=[""])
    words = ["unit", "method", "source_table", "source_status", "parameter", "verdict", "note"]
    estimates[words] = estimates[words].fillna("")
    fit = pd.read_csv(folder / "fit.csv", dtype={"origin": str, "destination": str})
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    region = load_region()
    names = {**dict(zip(region.codes, region.names, strict=True)), **COUNTIES}
    block = markdown(estimates, fit, run, names)
    fill(PAGE, block)
    shutil.copyfile(folder / "decay.svg", FIGURE)


if __name__ == "__main__":
    main()
