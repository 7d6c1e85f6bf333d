"""What pairing gains: the variance of a difference from a baseline of other luck, by that of the paired effect.

    omland study --runs 30 --out STUDY
    python benchmarks/pairing.py STUDY [STUDY …]

Several runs (other seeds) give the mean of their variances. Printed, for Västernorrland at the end of 2030:
the ratio, and in brackets the standard deviation of the paired effect in a replicate. The worlds of an
unpaired difference are independent, so its variance is the sum of theirs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

COUNTY, MONTH = "22", "2030-12"
ELSEWHERE = [f"commuters_to_{place}" for place in ("23", "24", "25", "RS", "AB")]
ASKED = {
    "residents": ["population"],
    "employed residents": ["employed_residents"],
    "jobs": ["jobs"],
    "commuters to other counties": ELSEWHERE,
}


def levels(folder: Path) -> pd.DataFrame:
    """Baseline, value and effect of each replicate, by what is asked and scenario."""
    asked = [name for names in ASKED.values() for name in names]
    rows = pd.read_parquet(
        folder / "effects.parquet",
        columns=[
            "scenario",
            "replicate",
            "municipality",
            "sector",
            "quantity",
            "baseline",
            "value",
            "effect",
        ],
        filters=[("month", "=", MONTH), ("sector", "=", ""), ("quantity", "in", asked)],
    )
    rows = rows[rows["municipality"].astype(str).str.startswith(COUNTY)]
    what = {name: asked for asked, names in ASKED.items() for name in names}
    rows["what"] = rows["quantity"].astype(str).map(what)
    rows["run"] = str(folder)
    keys = ["what", "scenario", "run", "replicate"]
    return rows.groupby(keys, observed=True)[["baseline", "value", "effect"]].sum()


def gains(folders: Sequence[Path]) -> pd.DataFrame:
    """Ratio and standard deviation by what is asked (rows) and scenario (columns)."""
    keys = ["what", "scenario"]
    every = pd.concat([levels(folder) for folder in folders])
    # within a run: another seed has another population, which pairing is not there to take out
    variance = every.groupby([*keys, "run"], observed=True).var(ddof=1).groupby(keys, observed=True).mean()
    ratio = (variance["baseline"] + variance["value"]) / variance["effect"]
    text = [f"{r:.2g} ({sd:.2g})" for r, sd in zip(ratio, variance["effect"] ** 0.5, strict=True)]
    return pd.Series(text, ratio.index).unstack("scenario").loc[list(ASKED)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="+", type=Path)
    print(gains(parser.parse_args().study).to_string())


if __name__ == "__main__":
    main()
