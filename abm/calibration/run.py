"""Run a calibration wave by wave, and go on from wherever it was stopped.

::

    experiment.json           what was run, on what, by which code
    units/point=000012.parquet    every row at a point, replicate by replicate
    wave-2.json               where the points of a wave are
    posterior.parquet, points.parquet, best.toml, calibration.json, rows.csv, ...

The points of a wave follow from the units before it and from the seed, so the files are the same bytes whatever
the number of workers and however often the work was stopped. Point 0 is the defaults with many replicates: it
tells how much luck there is in each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.calibration.rows import Row, all_rows, select, weights_of
from abm.calibration.settings import Calibration, load_calibration
from abm.calibration.surrogate import need_libraries
from abm.calibration.unit import Model, StudyModel
from abm.calibration.work import Watch, Work
from abm.errors import OmlandError
from abm.experiment.files import place_of
from abm.montecarlo.run import workers_or_all
from abm.parameters import PARAMETER
from abm.provenance import computed_by, model_hash
from abm.scale import check_scale
from abm.targets import Target, load_targets
from abm.units import Pace, UnitStore, crew_for

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

KIND = "point"


@dataclass(frozen=True)
class CalibrationResult:
    """Results of a calibration.

    Attributes:
        folder: where they are.
        record: content of ``calibration.json``.
        posterior: a row a draw: ``draw, weight, distance, ...``, parameters, rows as foretold.
        points: a row an evaluated point.
        rows: a row a row of the study's table: allowed, prior, posterior, checked.
        identification: a row a parameter.
        conflicts: rows out of reach, and pairs of rows that pull against each other.
        pareto: trade-off curves of these pairs.
        recovery: a row a synthetic truth and parameter.
        heldout: rows as foretold by each selection of rows.
    """

    folder: Path
    record: Mapping[str, Any]
    posterior: pd.DataFrame
    points: pd.DataFrame
    rows: pd.DataFrame
    identification: pd.DataFrame
    conflicts: pd.DataFrame
    pareto: pd.DataFrame
    recovery: pd.DataFrame
    heldout: pd.DataFrame


def run(
    calibration: str | Path | Calibration,
    *,
    out: str | Path,
    seed: int | None = None,
    scale: float | None = None,
    workers: int | None = None,
    dask: str | None = None,
    region: str | Path | None = None,
    watch: Watch | None = None,
) -> tuple[CalibrationResult, Pace]:
    """Calibrate the model to the study, or go on with it.

    A script that calls this with processes needs the usual ``if __name__ == "__main__":``.

    Args:
        calibration: ``"calibration"`` for the shipped one, path of a file, or a calibration.
        out: folder for the results; points that are in it already are kept if they are whole.
        seed: seed, instead of the file's.
        scale: share of the residents, instead of the file's.
        workers: processes; all cores unless told, 0 to compute in this process.
        dask: address of a Dask scheduler to send the points to instead.
        region: folder of a region data package; the shipped one unless told.
        watch: told of the progress.

    Returns:
        The tables, and what this call computed.

    Raises:
        OmlandError: the calibration or the folder is not usable, a point failed, or the workers are lost.
    """
    settings = prepare(calibration, seed=seed, scale=scale)
    model, identity = study_model(settings, region)
    from abm.study import WORLDS

    return calibrate(
        model,
        settings,
        all_rows(load_targets()),
        out=Path(out),
        workers=workers,
        dask=dask,
        watch=watch,
        identity=identity,
        worlds=len(WORLDS),
    )


def study_model(settings: Calibration, region: str | Path | None = None) -> tuple[StudyModel, dict[str, Any]]:
    """The study's four worlds as a model, and what decides its figures beside the parameters.

    Args:
        settings: the calibration, for seed and share of the residents.
        region: folder of a region data package; the shipped one unless told.

    Raises:
        OmlandError: the region is not usable, or lacks places of the study's scenarios.
    """
    from abm.region import load_region
    from abm.scenario import load_scenario
    from abm.study import WORLDS, check_places

    path = None if region is None else Path(region).resolve()
    place = load_region(path)
    check_scale(place, settings.scale)
    check_places({name: load_scenario(name) for name in WORLDS}, place)
    model = StudyModel(path, place.content_hash, settings.scale, settings.seed, model_hash())
    return model, {
        "data_hash": place.content_hash,
        "scenario_hashes": {name: load_scenario(name).hash for name in WORLDS},
        "targets": [_plain(t) for t in load_targets() if t.kind in ("result", "ordering")],
        "defaults": {name: PARAMETER[name].default for name in PARAMETER},
        "code_hash": model.code,
    }


def prepare(
    calibration: str | Path | Calibration, *, seed: int | None = None, scale: float | None = None
) -> Calibration:
    """Read and check a calibration; arguments as for :func:`run`.

    Raises:
        OmlandError: something in it is not usable.
    """
    settings = calibration if isinstance(calibration, Calibration) else load_calibration(calibration)
    changes = {key: v for key, v in (("seed", seed), ("scale", scale)) if v is not None}
    settings = settings.model_copy(update=changes)
    _check(settings, all_rows(load_targets()))
    return settings


def _plain(target: Target) -> list[str]:
    what = (target.id, *target.scenarios, target.quantity, target.geography, target.year)
    return [*what, str(target.low), str(target.high)]


def _check(settings: Calibration, rows: Sequence[Row]) -> None:
    """Look up every selection of rows, before anything is computed."""
    fitted: tuple[Row, ...] = ()
    for key in ("rows", "weights", *(f"also_fit.{name}" for name in settings.also_fit)):
        try:
            if key == "weights":
                weights_of(settings, fitted, rows)
            elif key == "rows":
                fitted = select(settings.rows, rows, key)
            else:
                select(settings.also_fit[key.removeprefix("also_fit.")], rows, key)
        except OmlandError as error:
            if settings._file is None:
                raise
            raise OmlandError(f"{place_of(settings._file, key=key)}: {error}") from None


def calibrate(
    model: Model,
    settings: Calibration,
    rows: tuple[Row, ...],
    *,
    out: Path,
    workers: int | None = None,
    dask: str | None = None,
    watch: Watch | None = None,
    identity: Mapping[str, Any] | None = None,
    worlds: int = 1,
) -> tuple[CalibrationResult, Pace]:
    """Calibrate any model.

    Args:
        model: see :data:`abm.calibration.unit.Model`.
        settings: the calibration.
        rows: all rows that the model tells.
        out: folder for the results.
        workers: processes; all cores unless told, 0 to compute in this process.
        dask: address of a Dask scheduler.
        watch: told of the progress.
        identity: what decides the model's figures, beside the settings; its name unless told.
        worlds: worlds that a replicate takes, to tell the throughput and the cost.

    Returns:
        The tables, and what this call computed.

    Raises:
        OmlandError: the settings or the folder are not usable, or a point failed.
    """
    need_libraries()
    from threadpoolctl import threadpool_limits

    from abm.calibration.report import build, write

    _check(settings, rows)
    workers = workers_or_all(workers)
    name = getattr(model, "__qualname__", type(model).__qualname__)
    asked = {"calibration": settings.content, "seed": settings.seed, "scale": settings.scale}
    kept = {**(identity or {"model": name}), **asked}
    record = {"name": settings.name, "title": settings.title, "provenance": computed_by()}
    store = UnitStore(out, KIND)
    # Sums in another order have other last digits: one thread here, whatever the machine has.
    with crew_for(workers, dask) as crew, store.opened(kept, record), threadpool_limits(1):
        work = Work(model, settings, rows, store, crew, watch, worlds)
        work.waves()
        fit = work.fit(settings.rows, work.points.wave <= len(settings.wave), "posterior")
        draws = fit.chains.even(settings.posterior.draws, settings.seed)
        work.check(draws)
        result = build(work, fit, draws)
        write(result, store)
    return result, work.pace
