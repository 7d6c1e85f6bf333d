"""A point as a unit of work: the study's rows there, replicate by replicate, all of them kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from abm.montecarlo.unit import check_code, loaded_inputs
from abm.parameters import Parameters
from abm.units import to_parquet

Model = Callable[[Mapping[str, float], int], Mapping[str, float]]
"""A model under calibration: from parameters by name and the number of a replicate to the figures of all rows by name.
The replicate keys all chance, so that the same number is the same luck at every point. Has to be picklable."""


@dataclass(frozen=True)
class StudyModel:
    """The study's four worlds as a model: every row of its table.

    Attributes:
        region_path: data package; the shipped one if None.
        data_hash: content hash of the region.
        scale: share of the residents that is simulated.
        seed: seed of all chance.
        code: hash of the code that has to compute it, see :func:`abm.provenance.model_hash`.
    """

    region_path: Path | None
    data_hash: str
    scale: float
    seed: int
    code: str

    def __call__(self, values: Mapping[str, float], replicate: int) -> dict[str, float]:
        """Rows of one replicate: the figure of a result, 1 or 0 for an ordering, NaN if undefined."""
        from abm.calibration.rows import BETWEEN
        from abm.scenario import load_scenario
        from abm.simulate import simulate
        from abm.study import WORLDS
        from abm.targets import Evaluation

        check_code(self.code)
        region, populations = loaded_inputs(self.region_path, self.scale, self.data_hash)
        population = populations(replicate)
        parameters = Parameters(values)
        worlds = {
            name: simulate(
                region,
                population,
                load_scenario(name),
                parameters,
                seed=self.seed,
                replicate=replicate,
            )
            for name in WORLDS
        }
        evaluation = Evaluation(region)
        evaluation.add(worlds)
        table = evaluation.table()
        return {
            f"{id_}{BETWEEN}{scenario}": float(mean)
            for id_, scenario, mean in zip(table["id"], table["scenario"], table["mean"], strict=True)
        }


@dataclass(frozen=True)
class PointTask:
    """Computes points; sent to the workers point by point.

    Attributes:
        model: the model.
        points: parameters by name, by number of the point.
        replicates: numbers of the replicates, by number of the point.
    """

    model: Model
    points: Mapping[int, Mapping[str, float]]
    replicates: Mapping[int, tuple[int, ...]]

    def part(self, key: int) -> PointTask:
        """The same task with one point only."""
        return PointTask(self.model, {key: self.points[key]}, {key: self.replicates[key]})

    def __call__(self, key: int) -> bytes:
        """The bytes of a point's file: ``point, replicate, row, value``."""
        import pyarrow as pa

        values = dict(self.points[key])
        found = [
            (replicate, name, float(value))
            for replicate in self.replicates[key]
            for name, value in self.model(values, replicate).items()
        ]
        replicates, names, figures = zip(*found, strict=True)
        table = pa.table(
            {
                "point": pa.array([key] * len(found), type=pa.int32()),
                "replicate": pa.array(replicates, type=pa.int32()),
                "row": pa.array(names, type=pa.string()).dictionary_encode(),
                "value": pa.array(figures, type=pa.float64()),
            }
        )
        return to_parquet(table, {"point": key, "values": values})
