"""A point of a design as a unit of work: the model there, for the same replicates as at every other point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.experiment import MIXTURE, Plan
from abm.experiment.model import label
from abm.montecarlo.unit import check_code, pairs
from abm.units import to_parquet

if TYPE_CHECKING:
    import pyarrow as pa

Model = Callable[[Mapping[str, float], int], Mapping[str, float]]
"""A model under analysis: from figures by name and the number of a replicate to outcomes by name. The replicate
keys all chance, so that the same number is the same luck at every point. Has to be picklable."""
BETWEEN = " | "
"""Stands between scenario and outcome in the name of an outcome of an experiment."""


@dataclass(frozen=True)
class ExperimentModel:
    """An experiment as a model: the paired effect on its outcomes, scenario by scenario.

    Attributes:
        plan: the experiment; of a mixture all scenarios are run, and their weighted mean is an outcome too.
        code: hash of the code that has to compute it.
    """

    plan: Plan
    code: str

    def __call__(self, values: Mapping[str, float], replicate: int) -> dict[str, float]:
        """Outcomes of one replicate at a point."""
        check_code(self.code)
        # Nothing after the last month that an outcome needs is looked at, so it is not simulated.
        months = 1 + max(outcome.last for outcome in self.plan.outcomes)
        found = pairs(self.plan, self.plan.point(values), replicate, months)
        effects = {g: [o.value(pair)[1] for o in self.plan.outcomes] for g, pair in found.items()}
        scenarios = self.plan.experiment.scenarios
        if isinstance(scenarios, dict):
            weights = {label(text): weight / sum(scenarios.values()) for text, weight in scenarios.items()}
            mean = sum(weight * np.array(effects[group]) for group, weight in weights.items())
            effects = {MIXTURE: [float(value) for value in np.asarray(mean)], **effects}
        return {
            f"{group}{BETWEEN}{outcome.text}": value
            for group, row in effects.items()
            for outcome, value in zip(self.plan.outcomes, row, strict=True)
        }


@dataclass(frozen=True)
class PointTask:
    """Computes points of a design; sent to the workers point by point.

    Attributes:
        model: the model.
        points: figures by name, by number of the point.
        replicates: replicates at every point, numbered from 0.
    """

    model: Model
    points: Mapping[int, Mapping[str, float]]
    replicates: int

    def part(self, key: int) -> PointTask:
        """The same task with one point only."""
        return replace(self, points={key: self.points[key]})

    def __call__(self, key: int) -> bytes:
        """The bytes of a point's file."""
        values = dict(self.points[key])
        rows = [
            (replicate, name, float(value))
            for replicate in range(self.replicates)
            for name, value in self.model(values, replicate).items()
        ]
        return to_parquet(_table(key, rows), {"point": key, "values": values})


def _table(key: int, rows: list[tuple[int, str, float]]) -> pa.Table:
    """Rows ``point, replicate, outcome, value``."""
    import pyarrow as pa

    replicates, names, values = zip(*rows, strict=True)
    columns: dict[str, Any] = {
        "point": pa.array([key] * len(rows), type=pa.int32()),
        "replicate": pa.array(replicates, type=pa.int32()),
        "outcome": pa.array(names, type=pa.string()).dictionary_encode(),
        "value": pa.array(values, type=pa.float64()),
    }
    return pa.table(columns)
