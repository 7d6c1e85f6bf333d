"""Run an experiment replicate by replicate, and go on from wherever it was stopped."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from abm.errors import OmlandError
from abm.experiment import Experiment, Plan, load_experiment, make_plan
from abm.experiment.model import label
from abm.language import say
from abm.montecarlo.results import KIND, MonteCarloResult, build, write
from abm.montecarlo.unit import ReplicateTask
from abm.provenance import available_cores, computed_by, model_hash
from abm.risk import mean_interval
from abm.units import Finished, Pace, UnitStore, as_written, crew_for, fill

if TYPE_CHECKING:
    from abm.region.region import Region


class Watch(Protocol):
    """Told of the progress of a run."""

    def __call__(self, done: int, total: int, pace: Pace, mean: float, half_width: float) -> None:
        """Replicates done and in all, how fast, and the estimate of the watched outcome so far."""


def run(
    experiment: str | Path | Experiment,
    *,
    out: str | Path,
    runs: int | None = None,
    seed: int | None = None,
    scale: float | None = None,
    workers: int | None = None,
    dask: str | None = None,
    region: str | Path | None = None,
    watch: Watch | None = None,
) -> MonteCarloResult:
    """Run a Monte Carlo experiment, or go on with it.

    A script that calls this with processes needs the usual ``if __name__ == "__main__":``.

    Args:
        experiment: name of a shipped experiment, path of a file, or an experiment.
        out: folder for the results; replicates that are in it already are kept if they are whole.
        runs: replicates, instead of the experiment's number or stopping rule.
        seed: seed, instead of the experiment's.
        scale: share of the residents, instead of the experiment's.
        workers: processes; all cores unless told, 0 to compute in this process.
        dask: address of a Dask scheduler to send the replicates to instead.
        region: folder of a region data package; the shipped one unless told.
        watch: told of the progress.

    Returns:
        The tables.

    Raises:
        OmlandError: the experiment or the folder is not usable, the disk is full, or the workers are lost.
    """
    plan = prepare(experiment, seed=seed, scale=scale, region=region)
    result, _ = run_plan(plan, out=Path(out), runs=runs, workers=workers, dask=dask, watch=watch)
    return result


def prepare(
    experiment: str | Path | Experiment,
    *,
    seed: int | None = None,
    scale: float | None = None,
    region: str | Path | None = None,
    loaded: Region | None = None,
    only: Sequence[str] = (),
) -> Plan:
    """Read and check an experiment; arguments as for :func:`run`.

    Args:
        experiment: as for :func:`run`.
        seed: as for :func:`run`.
        scale: as for :func:`run`.
        region: as for :func:`run`.
        loaded: the same region, if it is loaded already.
        only: of its scenarios only these; all unless told.

    Raises:
        OmlandError: something in it is not usable.
    """
    from abm.region import load_region

    chosen = experiment if isinstance(experiment, Experiment) else load_experiment(experiment)
    if only:
        chosen = chosen.narrowed(only)
    path = None if region is None else Path(region).resolve()
    if loaded is None:
        loaded = load_region() if path is None else load_region(path)
    return make_plan(chosen, loaded, region_path=path, seed=seed, scale=scale)


def run_plan(
    plan: Plan,
    *,
    out: Path,
    runs: int | None = None,
    workers: int | None = None,
    dask: str | None = None,
    watch: Watch | None = None,
) -> tuple[MonteCarloResult, Pace]:
    """Run a prepared experiment; arguments as for :func:`run`.

    Returns:
        The tables, and what this call computed.
    """
    if runs is not None and runs < 1:
        raise OmlandError(say("runs is {runs}, at least 1 is needed.", runs=runs))
    looks = _looks(plan, runs)
    task = ReplicateTask(plan, model_hash())
    store = UnitStore(out, KIND)
    # the crew first: one that cannot be had leaves nothing behind
    with crew_for(workers_or_all(workers), dask) as crew, store.opened(identity(plan), description(plan)):
        store.amend_record(replicates=None)
        whole = [unit for unit in range(looks[-1]) if store.whole(unit)]
        watched = {unit: _watched(plan, store, unit) for unit in whole}
        pace = Pace(crew.size, reused=len(whole))

        def seen(finished: Finished) -> None:
            pace.count(finished, plan.worlds_per_unit)
            if finished.payload is not None:
                watched[finished.key] = _watched(plan, store, finished.key)
            if watch is not None:
                mean, half = mean_interval(np.array([*watched.values()] or [np.nan]), _confidence(plan))
                done = sum(unit < looks[-1] for unit in watched) + pace.failed
                watch(done, looks[-1], pace, float(mean), float(half))

        used: list[int] = []
        for look in looks:
            fill(store, crew, task, [unit for unit in range(look) if unit not in watched], seen)
            used = [unit for unit in range(look) if unit in watched]
            if runs is None and _known_well(plan, [watched[unit] for unit in used]):
                break
        pace.reused = len(set(whole) & set(used))
        if not used:
            first = next(iter(store.failed().values()), {})
            raise OmlandError(
                say(
                    "Every replicate failed, the first with: {why} (see {failures}).",
                    why=first.get("message", "no message"),
                    failures=store.failures,
                )
            )
        result = build(store, used)
        write(result, store)
        store.amend_record(replicates=look)
    return _with_record(result, store), pace


def run_replicate(
    plan: Plan,
    replicate: int,
    out: Path | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Compute one replicate by itself, in this process.

    Args:
        plan: the experiment.
        replicate: number of the replicate.
        out: folder of results to put it into, whether or not it is there already.
        watch: told of the worlds that are done, and of all.

    Returns:
        What is told about the unit: ``replicate, scenarios, values, outcomes``.

    Raises:
        OmlandError: the folder belongs to another experiment, or cannot be written.
    """
    import pyarrow.parquet as pq

    task = ReplicateTask(plan, model_hash())
    if out is None:
        payload = task(replicate, watch)
    else:
        store = UnitStore(out, KIND)
        with store.opened(identity(plan), description(plan)):
            payload = task(replicate, watch)
            store.write(replicate, payload)
    metadata = pq.read_metadata(io.BytesIO(payload)).metadata or {}
    details: dict[str, Any] = json.loads(metadata[b"omland"])
    return details


def identity(plan: Plan) -> dict[str, Any]:
    """What decides the content of the units: experiment, data and code."""
    return {**plan.identity(), "code_hash": model_hash()}


def description(plan: Plan) -> dict[str, Any]:
    """What else ``experiment.json`` tells, with where the results come from."""
    e = plan.experiment
    return {
        "experiment": {
            "name": e.name,
            "title": e.title,
            "description": e.description,
            "groups": list(e.groups),
            "baseline": label(e.baseline),
            "against": None if e.against is None else label(e.against),
            "outcomes": [outcome.text for outcome in plan.outcomes],
            "content": e.content,
        },
        "scenario_titles": plan.titles,
        "replicates": None,
        "provenance": computed_by(),
    }


# --- parts --------------------------------------------------------------------------------------


def _looks(plan: Plan, runs: int | None) -> tuple[int, ...]:
    """Numbers of replicates after which it may end."""
    if runs is not None:
        return (runs,)
    e = plan.experiment
    return e.stop.looks() if e.stop is not None else (e.replicates or 1,)


def workers_or_all(workers: int | None) -> int:
    """Processes asked for; all cores unless told."""
    if workers is None:
        return available_cores()
    if workers < 0:
        raise OmlandError(say("workers is {workers}, at least 0 is needed.", workers=workers))
    return workers


def _watched(plan: Plan, store: UnitStore, unit: int) -> float:
    """The watched outcome of a replicate."""
    details = store.details(unit)
    with as_written(store.path(unit)):
        return float(details["outcomes"][plan.experiment.stop_group][plan.watched])


def _confidence(plan: Plan) -> float:
    return plan.experiment.stop.confidence if plan.experiment.stop else 0.95


def _known_well(plan: Plan, values: list[float]) -> bool:
    """Whether the watched outcome is known as well as the stopping rule asks."""
    stop = plan.experiment.stop
    if stop is None or len(values) < 2:
        return False
    return bool(mean_interval(np.array(values), stop.confidence)[1] <= stop.half_width)


def _with_record(result: MonteCarloResult, store: UnitStore) -> MonteCarloResult:
    return dataclasses.replace(result, record=store.record())
