"""What pairing gains: the variance of a difference from a baseline of other luck, by that of the paired effect.

    omland study --runs 30 --out STUDY
    python benchmarks/pairing.py STUDY [STUDY …]

Of several runs (other seeds) the mean. Printed, for Västernorrland at the end of 2030: the ratio, and
the standard deviation of the paired effect in a replicate.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from abm.effects import variance_reduction

COUNTY, MONTH = "22", "2030-12"
ELSEWHERE = [f"commuters_to_{place}" for place in ("23", "24", "25", "RS", "AB")]
ASKED = {
    "residents": ["population"],
    "employed residents": ["employed_residents"],
    "jobs": ["jobs"],
    "commuters to other counties": ELSEWHERE,
}


def levels(folder: Path) -> pd.DataFrame:
    """Baseline, value and effect of each replicate, by scenario and what is asked."""
    what = {name: label for label, names in ASKED.items() for name in names}
    rows = pd.read_parquet(
        folder / "effects.parquet",
        filters=[("month", "=", MONTH), ("sector", "=", ""), ("quantity", "in", list(what))],
    )
    rows = rows[rows["municipality"].astype(str).str.startswith(COUNTY)]
    rows["what"] = rows["quantity"].astype(str).map(what)
    keys = ["scenario", "what", "replicate"]
    return rows.groupby(keys, observed=True)[["baseline", "value", "effect"]].sum()


def gains(folder: Path) -> pd.DataFrame:
    """Ratio and standard deviation of one run, by what is asked and scenario."""
    found = {}
    for scenario, rows in levels(folder).groupby("scenario", observed=True):
        by_what = rows.droplevel("scenario").unstack("what")
        worlds, baselines = (by_what[column].to_dict("records") for column in ("value", "baseline"))
        ratio = pd.Series(variance_reduction(worlds, baselines))
        found[scenario] = pd.DataFrame({"ratio": ratio, "sd": by_what["effect"].std()})
    return pd.concat(found, axis=1).loc[list(ASKED)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="+", type=Path)
    runs = [gains(folder) for folder in parser.parse_args().study]
    print((sum(runs[1:], runs[0]) / len(runs)).to_string(float_format="{:.2g}".format))


if __name__ == "__main__":
    main()
