"""Better defaults near the present ones: points around them, each with luck of its own, and surfaces through these.

    python benchmarks/neighbourhood.py FOLDER [--points 640] [--workers 2] [--tables STUDY STUDY=PARAMETERS.toml ...]

Every calibrated parameter is moved by up to a fifth of its range to either side of its default, all at once (a Sobol'
sequence; those that the figures depend on most by less, so that surfaces are nearly straight). Every point has one
replicate of the four worlds. Luck is most of a single figure, but a surface through some hundred points tells means
better than the thirty replicates of a table do. Tables of `omland study` near by, at the defaults or with parameters
of a file, correct the surfaces. Printed: the point where most rows are expected inside, what is foretold of it beside
the defaults, and how sure that is. It goes on after a stop, as long as code, data and defaults are the same; a few
seconds a point and core.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import qmc

from abm.calibration.finalists import peak
from abm.calibration.points import Batch, Points
from abm.calibration.prior import Prior
from abm.calibration.refine import Corrected, Measured, expected_inside
from abm.calibration.rows import BETWEEN, Row, all_rows, select, weights_of
from abm.calibration.run import KIND, prepare, study_model
from abm.calibration.settings import Calibration
from abm.calibration.surrogate import Bank
from abm.calibration.work import Work
from abm.console import progress
from abm.parameters import PARAMETER, load_parameters
from abm.provenance import computed_by
from abm.study import WORLDS
from abm.targets import load_targets
from abm.units import UnitStore, crew_for

REACH = 0.2
"""How far points lie from the defaults at most, as a share of the range."""
NEARER = {"services_decay": 0.05, "purchase_share": 0.1}
"""The same of some parameters."""
FIRST = 1000
"""Number of the first replicate; those before are the table's."""
ROWS = ["B01-B13", "B15-B19", "B21-B33"]
"""Rows that the point is looked for; what the scenarios impose (B14, B20) is not among them."""
OUT_OF_REACH = ("B18", "B24")
"""Rows that nothing near by reaches (docs/calibration.md): being a little nearer must not be bought with others."""
LIGHT = 0.1
"""What they count, relative to their weight."""
THIRD = 0.15
"""Weight of the rows of the third priority."""


def neighbourhood(declared: Prior) -> Prior:
    """The box around the defaults, cut off at the ends of the declared ranges."""
    middle = np.array([PARAMETER[name].default for name in declared.names])
    reach = np.array([NEARER.get(name, REACH) for name in declared.names])
    low, high = declared.values(np.clip(declared.unit(middle) + np.array([-reach, reach]), 0.0, 1.0))
    return Prior(dict(zip(declared.names, zip(low.tolist(), high.tolist(), strict=True), strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--points", type=int, default=640)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tables", nargs="*", default=[])
    asked = parser.parse_args()
    settings = prepare("calibration")
    rows = all_rows(load_targets())
    declared = Prior.declared(settings.parameters)
    box = neighbourhood(declared)
    unit = qmc.Sobol(box.size, rng=np.random.default_rng(5)).random(asked.points)
    replicates = tuple((FIRST + k,) for k in range(asked.points))
    batch = Batch(1, 1, declared.unit(box.values(unit)), replicates)
    model, identity = study_model(settings)
    store = UnitStore(asked.folder, KIND)
    with (
        store.opened(
            {**identity, "neighbourhood": {n: list(b) for n, b in box.bounds.items()}},
            {"provenance": computed_by()},
        ),
        crew_for(asked.workers) as crew,
        progress("neighbourhood", "units") as report,
    ):
        work = Work(
            model, settings, rows, store, crew,
            lambda done, _, pace, note: report(done, asked.points, note, pace.reused), len(WORLDS),
        )  # fmt: skip
        work.evaluate(batch)
    Found(settings, rows, box, unit, work.points, asked.tables).tell()


class Found:
    """What the points tell.

    Args:
        settings: the calibration, for weights and how many replicates a table has.
        rows: all rows.
        box: where the points lie.
        unit: float64[n, parameters], the points in the box.
        points: what they gave.
        tables: folders of studies, each with ``=`` and a file of parameters unless at the defaults.
    """

    def __init__(
        self,
        settings: Calibration,
        rows: tuple[Row, ...],
        box: Prior,
        unit: np.ndarray,
        points: Points,
        tables: list[str],
    ) -> None:
        self.box, self.judged = box, settings.posterior.judged
        self.rows = select(ROWS, rows, "rows")
        self.names = [row.name for row in self.rows]
        self.weights = weights_of(settings, self.rows, rows)
        for row in self.rows:
            if row.id in OUT_OF_REACH:
                self.weights[row.name] *= LIGHT
            elif row.priority == 3:
                self.weights[row.name] = THIRD
        figures = points.figures[:, [rows.index(row) for row in self.rows]]
        self.bank = Bank.learn(tuple(self.names), unit, figures, seed=1, luck=np.zeros(len(self.rows)))
        self.here = self.at({})
        self.surface = self.bank
        if tables:
            places, means = zip(*(self.table(text) for text in tables), strict=True)
            measured = Measured(np.concatenate(places), np.array(means), self.judged)
            self.surface = Corrected(self.bank, measured, self.bank.noise)

    def at(self, values: Mapping[str, float]) -> np.ndarray:
        """The point of some parameters, the others at their defaults, float64[1, parameters]."""
        return self.box.unit(np.array([values.get(n, PARAMETER[n].default) for n in self.box.names]))[None]

    def table(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Where a study is and what it gave."""
        folder, _, file = text.partition("=")
        table = pd.read_csv(Path(folder) / "table.csv")
        means = dict(zip(table["id"] + BETWEEN + table["scenario"], table["mean"], strict=True))
        values = load_parameters(Path(file)) if file else {}
        return self.at(values), np.array([means[name] for name in self.names])

    def tell(self) -> None:
        """Print the point, and what is foretold."""
        luck = self.bank.noise / self.judged
        score = expected_inside(self.surface, self.rows, self.weights, luck)
        best = peak(score, self.here, 1, "neighbourhood")[None]
        values = self.box.named(best[0])
        defaults = {name: PARAMETER[name].default for name in values}
        print(pd.DataFrame({"default": defaults, "found": values}).to_string())
        foretold = {"low": [r.low for r in self.rows], "high": [r.high for r in self.rows]}
        for label, at in (("default", self.here), ("found", best)):
            mean, variance = self.surface.predict(at)
            foretold |= {label: mean[0], f"{label} ±": np.sqrt(variance[0])}
        foretold[f"luck of {self.judged}"] = np.sqrt(luck)
        print(pd.DataFrame(foretold, index=self.names).round(4).to_string())
        total = sum(self.weights.values())
        print(
            f"expected inside, by weight: {score(self.here)[0]:.1f} and {score(best)[0]:.1f} of {total:.1f}"
        )


if __name__ == "__main__":
    main()
