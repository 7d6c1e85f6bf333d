"""Compare two ways to the posterior, by what they cost in evaluations of the model and how near they come.

    pip install pyabc
    python benchmarks/calibration_methods.py FOLDER

FOLDER is that of a finished calibration. Its last surrogates with their luck stand in for the model, so that many
thousand evaluations are affordable. ABC-SMC (pyABC) runs on them as it would on the model, and its populations are
held against the posterior of the calibration: both by the distance of their draws without luck.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyabc

from abm.calibration.prior import Prior, stream
from abm.calibration.rows import all_rows, distance
from abm.calibration.surrogate import Bank
from abm.targets import load_targets

POPULATION = 200
SIMULATIONS = 8_000


def main(folder: Path) -> None:
    """Run ABC-SMC on a finished calibration and print both methods' figures."""
    record = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    points = pd.read_parquet(folder / "points.parquet")
    posterior = pd.read_parquet(folder / "posterior.parquet")
    weights_by_row = pd.read_csv(folder / "rows.csv").assign(name=lambda t: t["id"] + " | " + t["scenario"])
    weights = dict(zip(weights_by_row["name"], weights_by_row["weight"], strict=True))
    rows = tuple(row for row in all_rows(load_targets()) if weights.get(row.name, 0.0) > 0)
    names = tuple(row.name for row in rows)
    prior = Prior({name: (low, high) for name, (low, high) in record["parameters"].items()})
    here = points["wave"] > 0
    unit = prior.unit(points.loc[here, list(prior.names)].to_numpy())
    figures = points.loc[here, list(names)].to_numpy()
    bank = Bank.learn(names, unit, figures, seed=1, luck=np.zeros(len(rows)))
    spread = np.sqrt(bank.noise)
    rng = stream(1, "luck of the comparison")

    def model(values: dict[str, float]) -> dict[str, np.ndarray]:
        mean = bank.predict(np.array([[values[name] for name in prior.names]]))[0][0]
        return {"rows": mean + spread * rng.normal(size=len(rows))}

    def far(x: dict[str, np.ndarray], _: dict[str, np.ndarray]) -> float:
        return float(distance(x["rows"], rows, weights))

    def without_luck(draws: np.ndarray, weight: np.ndarray) -> str:
        value = distance(bank.predict(draws)[0], rows, weights)
        return f"mean {weight @ value:.2f}, best {value.min():.2f}"

    cube = prior.sobol(12, 1, "comparison")
    print("prior:", without_luck(cube, np.full(len(cube), 1 / len(cube))))
    cost = record["cost"]
    ours = posterior[list(prior.names)].to_numpy()
    print(
        f"history matching and emcee: {cost['points']} evaluations, {cost['effective_draws']:.0f} effective draws:",
        without_luck(prior.unit(ours), posterior["weight"].to_numpy()),
    )
    for logger in ("ABC", "ABC.Distance", "ABC.Sampler", "ABC.History", "ABC.Population"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    np.random.seed(1)  # noqa: NPY002 - what pyABC draws from
    ranges = pyabc.Distribution(**{name: pyabc.RV("uniform", 0.0, 1.0) for name in prior.names})
    smc = pyabc.ABCSMC(
        model, ranges, far, population_size=POPULATION, sampler=pyabc.sampler.SingleCoreSampler()
    )
    smc.new("sqlite://", {"rows": np.array([row.centre for row in rows])})
    began = time.perf_counter()
    history = smc.run(max_nr_populations=12, max_total_nr_simulations=SIMULATIONS)
    told = history.get_all_populations().set_index("t")
    spent = told.loc[-1, "samples"] if -1 in told.index else 0
    for t in range(history.max_t + 1):
        spent += told.loc[t, "samples"]
        draws, weight = history.get_distribution(m=0, t=t)
        weight = np.asarray(weight)
        print(
            f"ABC-SMC population {t}: {spent:,} evaluations, {1 / (weight**2).sum():.0f} effective draws:",
            without_luck(draws[list(prior.names)].to_numpy(), weight),
        )
    print(f"ABC-SMC took {time.perf_counter() - began:.0f} s on the surrogates")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
