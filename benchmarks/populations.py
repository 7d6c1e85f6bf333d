"""How much of the spread of an experiment is that of its synthetic populations.

    omland montecarlo study --runs 240 --out DIR
    python benchmarks/populations.py DIR

Replicates take a few populations in turn, so those of one population are no independent witnesses of what populations
in general would give. One-way analysis of variance: the share of a replicate's variance that lies between populations
(intraclass correlation; 0 where chance explains the differences), and by what a standard error that takes thirty
replicates for independent has to be multiplied, sqrt(1 + (replicates of a population - 1) * share).
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import f_oneway

from abm.calibration.settings import load_calibration
from abm.population.several import POPULATIONS


def between(effects: pd.Series, judged: int) -> pd.Series:
    """Mean, spread and the part of populations in the effects of one outcome by replicate; `judged` are in a table."""
    groups = [part.to_numpy() for _, part in effects.groupby(effects.index % POPULATIONS)]
    size = len(effects) / len(groups)
    within = np.mean([part.var(ddof=1) for part in groups])
    of_means = size * np.var([part.mean() for part in groups], ddof=1)
    share = max(0.0, (of_means - within) / (of_means + (size - 1.0) * within)) if of_means > 0.0 else 0.0
    return pd.Series(
        {
            "mean": effects.mean(),
            "standard deviation": effects.std(),
            "share between": share,
            "p": f_oneway(*groups).pvalue if within > 0.0 else math.nan,
            "factor": math.sqrt(1.0 + (judged / POPULATIONS - 1.0) * share),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    judged = load_calibration("calibration").posterior.judged
    outcomes = pd.read_csv(parser.parse_args().folder / "outcomes.csv")
    by = outcomes.set_index("replicate").groupby(["outcome", "scenario"], sort=False)["effect"]
    print(by.apply(between, judged).unstack().to_string(float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
