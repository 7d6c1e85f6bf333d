"""Run a sensitivity analysis point by point, and go on from wherever it was stopped."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import OmlandError
from abm.experiment import MIXTURE, Experiment, Plan
from abm.folder import forget_report
from abm.language import say
from abm.montecarlo.run import description, identity, prepare, workers_or_all
from abm.provenance import computed_by, model_hash
from abm.sensitivity.agreement import agreement as compare_rankings
from abm.sensitivity.design import GROWING, SIZES, Problem, make_design
from abm.sensitivity.points import BETWEEN, ExperimentModel, Model, PointTask
from abm.sensitivity.results import FILES, KIND, OPTIONAL, SensitivityResult, Telling, build, load
from abm.sensitivity.surrogate import need_sklearn
from abm.units import Finished, Pace, UnitStore, crew_for, fill

if TYPE_CHECKING:
    import pandas as pd

Watch = Callable[[int, int, Pace], None]
"""Told of points done and in all, and how fast."""


def run(
    experiment: str | Path | Experiment,
    *,
    out: str | Path,
    method: str = "morris",
    size: int | None = None,
    replicates: int = 2,
    seed: int | None = None,
    scale: float | None = None,
    workers: int | None = None,
    dask: str | None = None,
    region: str | Path | None = None,
    only: Sequence[str] = (),
    compare: str | Path | None = None,
    watch: Watch | None = None,
) -> SensitivityResult:
    """Analyse an experiment: its parameters with a prior and its levers, on its outcomes.

    Args:
        experiment: name of a shipped experiment, path of a file, or an experiment.
        out: folder for the results; points that are in it already are kept if they are whole.
        method: ``"morris"``, ``"sobol"`` or ``"surrogate"``.
        size: trajectories, base sample or points, see :func:`abm.sensitivity.design.make_design`.
        replicates: replicates at every point, the same at all.
        seed: seed, instead of the experiment's; of chance and of the design.
        scale: share of the residents, instead of the experiment's.
        workers: processes; all cores unless told, 0 to compute in this process.
        dask: address of a Dask scheduler to send the points to instead.
        region: folder of a region data package; the shipped one unless told.
        only: of its scenarios only these, which saves the worlds of the others; all unless told.
        compare: folder of a finished analysis of the same experiment by another method; `agreement` then tells
            whether both rank the inputs alike.
        watch: told of the progress.

    Raises:
        OmlandError: the experiment or the folder is not usable, or a point failed.
    """
    plan = prepare(experiment, seed=seed, scale=scale, region=region, only=only)
    result, _ = analyse_plan(
        plan,
        out=Path(out),
        method=method,
        size=size,
        replicates=replicates,
        workers=workers,
        dask=dask,
        compare=compare,
        watch=watch,
    )
    return result


def analyse_plan(plan: Plan, **options: Any) -> tuple[SensitivityResult, Pace]:
    """Analyse a prepared experiment; arguments as for :func:`run`."""
    return analyse(
        ExperimentModel(plan, model_hash()),
        Problem(plan.bounds),
        seed=plan.experiment.seed,
        identity=identity(plan),
        record=description(plan),
        worlds=(1 + len(plan.experiment.scenarios)) * options["replicates"],
        **options,
    )


def groups(plan: Plan) -> tuple[str, ...]:
    """Scenarios that an analysis tells apart, a mixture as a whole first."""
    names = plan.experiment.scenario_names
    return (MIXTURE, *names) if plan.experiment.mixture else names


def analyse(
    model: Model,
    problem: Problem,
    *,
    out: Path,
    method: str = "morris",
    size: int | None = None,
    replicates: int = 1,
    seed: int = 1,
    workers: int | None = None,
    dask: str | None = None,
    compare: str | Path | None = None,
    watch: Watch | None = None,
    telling: Telling = lambda done, total: None,
    identity: Mapping[str, Any] | None = None,
    record: Mapping[str, Any] | None = None,
    worlds: int = 1,
    tell: str | None = None,
    exceeds: float | None = None,
) -> tuple[SensitivityResult, Pace]:
    """Analyse any model.

    Args:
        model: see :data:`abm.sensitivity.points.Model`.
        problem: its uncertain figures.
        out: folder for the results.
        method: ``"morris"``, ``"sobol"`` or ``"surrogate"``.
        size: trajectories, base sample or points.
        replicates: replicates at every point.
        seed: seed of the design.
        workers: processes; all cores unless told, 0 to compute in this process.
        dask: address of a Dask scheduler.
        compare: folder of a finished analysis of the same model by another method.
        watch: told of the progress.
        telling: told of the outcomes, of which a surrogate takes some time each.
        identity: what decides the model's outcomes, beside the design; its name unless told.
        record: what else is kept in ``experiment.json``.
        worlds: worlds that a point takes, to tell the throughput.
        tell: the outcome that the report tells in full; the first that is not mostly luck unless told.
        exceeds: a case of that outcome is bad above it; the worst quarter of the points unless told.

    Returns:
        The tables, and what this call computed.

    Raises:
        OmlandError: the design or the folder is not usable, or a point failed.
    """
    if replicates < 1:
        raise OmlandError(say("replicates is {replicates}, at least 1 is needed.", replicates=replicates))
    size = SIZES.get(method, 2) if size is None else size
    other = None if compare is None else load(compare)
    if method == "surrogate":
        need_sklearn()
    design = make_design(problem, method, size, seed)
    points = {i: dict(zip(problem.names, map(float, row), strict=True)) for i, row in enumerate(design)}
    asked = {
        "method": method,
        "size": size,
        "replicates": replicates,
        "seed": seed,
        "bounds": {name: list(pair) for name, pair in problem.bounds.items()},
    }
    name = getattr(model, "__qualname__", type(model).__qualname__)
    store = UnitStore(out, KIND)
    # a design that is the beginning of a larger one grows in its folder
    fixed = {key: value for key, value in asked.items() if key != "size" or method not in GROWING}
    kept = {**(identity or {"model": name}), "design": fixed}
    rest = {**(record or {"provenance": computed_by()}), "sensitivity": asked}
    with crew_for(workers_or_all(workers), dask) as crew, store.opened(kept, rest):
        missing = [key for key in points if not store.whole(key)]
        pace = Pace(crew.size, reused=len(points) - len(missing))

        def seen(finished: Finished) -> None:
            pace.count(finished, worlds)
            if watch is not None:
                watch(pace.reused + pace.computed + pace.failed, len(points), pace)

        fill(store, crew, PointTask(model, points, replicates), missing, seen)
        if pace.failed:
            first = next(iter(store.failed().values()))
            raise OmlandError(
                say(
                    "{n} of {all} points failed, the first with: {why} (see {failures}); the indices "
                    "need all of them, and the same command tries again.",
                    n=pace.failed,
                    all=len(points),
                    why=first["message"],
                    failures=store.failures,
                )
            )
        result = build(store, problem, method, design, telling)
        if other is not None:
            result = replace(result, agreement=compare_rankings(result, other))
        forget_report(store.folder)
        for table in (*FILES, *OPTIONAL):
            content = getattr(result, table)
            if content is not None:
                store.write_file(f"{table}.csv", _csv(content))
        store.amend_record(sensitivity={**asked, "tell": tell, "exceeds": exceeds})
    return replace(result, record=store.record()), pace


def chosen_outcome(plan: Plan, outcome: str | None, scenario: str | None) -> str:
    """Name of the outcome to tell: of a scenario, the first of each unless told.

    Raises:
        OmlandError: the experiment has no such outcome or scenario.
    """
    if outcome is not None and outcome not in plan.positions:
        known = ", ".join(plan.experiment.outcomes)
        raise OmlandError(
            say(
                'The experiment has no outcome "{outcome}"; its outcomes: {known}.',
                outcome=outcome,
                known=known,
            )
        )
    if scenario is not None and scenario not in groups(plan):
        known = ", ".join(groups(plan))
        raise OmlandError(
            say(
                'The experiment has no scenario "{scenario}"; its scenarios: {known}.',
                scenario=scenario,
                known=known,
            )
        )
    text = plan.outcomes[0 if outcome is None else plan.positions[outcome]].text
    return f"{scenario or groups(plan)[0]}{BETWEEN}{text}"


def _csv(table: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    table.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode()
