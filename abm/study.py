"""The study recomputed: four worlds a replicate, the table, the effects, and how they came about.

:func:`run_study` is what ``omland study`` runs. It writes into its output folder

* ``table.csv``: the study's table, see :mod:`abm.targets`;
* ``effects.parquet``: every effect, see :mod:`abm.effects.table`;
* ``orders.csv``: who supplies whom, see :mod:`abm.effects.orders`;
* ``run.json``: what was run, on what, by which version, and how long it took.

The worlds of one replicate share all random numbers. Worlds run on threads (the
kernels release the interpreter lock); results are reduced replicate by replicate
in order, so the files do not depend on the number of threads, and only a few
worlds are in memory at a time.
"""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .accounting import SCENARIOS, study_accounts
from .effects import EffectsWriter, headline_levels, variance_reduction
from .effects.orders import ORDERS, OrdersTable
from .effects.pairs import NotRecordedError
from .errors import OmlandError
from .folder import forget
from .language import say
from .population.several import POPULATIONS
from .provenance import check_output, output_folder, peak_memory_bytes, provenance, write_text
from .results import WorldResult
from .targets import BASELINE, Evaluation, Target

if TYPE_CHECKING:
    import pandas as pd

    from .posterior import Posterior
    from .region.region import Region
    from .scenario import Scenario

Simulate = Callable[..., WorldResult]
"""``simulate(region, population, scenario, parameters, *, seed, replicate, threads, check, progress)``."""
Progress = Callable[[int, int], None]
"""Told the number of finished worlds and of all worlds."""

WORLDS = (BASELINE, *SCENARIOS)
"""The worlds of one replicate."""
COMPILING = "outmigration"
"""World that is run first and alone: it has an establishment, so it compiles every kernel."""


@dataclass(frozen=True)
class StudyInputs:
    """What the worlds are simulated from.

    Attributes:
        region: the region.
        populations: its population before the first month, by number of the replicate (see
            :class:`abm.population.several.Populations`).
        scenarios: by name, the baseline among them; each with a ``hash``.
        parameters: behavioural parameters, one set for all worlds; with a ``hash``.
        posterior: calibrated parameters, of which each replicate has a draw instead of `parameters`.
    """

    region: Region
    populations: Callable[[int], Any]
    scenarios: Mapping[str, Any]
    parameters: Any
    posterior: Posterior | None = None

    def parameters_of(self, seed: int, replicate: int) -> Any:
        """Parameters of all worlds of a replicate."""
        return self.parameters if self.posterior is None else self.posterior.replicate(seed, replicate)

    @property
    def parameter_hash(self) -> str:
        """Hash of the parameters, or of the distribution that they are drawn from."""
        return str(self.parameters.hash if self.posterior is None else self.posterior.hash)


@dataclass(frozen=True)
class StudyResult:
    """What a study leaves behind.

    Attributes:
        table: the study's table, one row for each result or ordering and scenario.
        run: content of ``run.json``.
    """

    table: pd.DataFrame
    run: dict[str, Any]


@dataclass
class _Clock:
    """Seconds of each world, and of the phase after the first one."""

    first: float = 0.0
    others: list[float] = field(default_factory=list)
    phase_began: float = 0.0


def load_inputs(
    *,
    region_path: Path | None = None,
    scale: float = 1.0,
    parameters: Any = None,
    posterior: Posterior | None = None,
) -> StudyInputs:
    """Load region, population and the study's scenarios.

    Args:
        region_path: data package; the one of the project unless told.
        scale: share of the population that is simulated, weighted up.
        parameters: behavioural parameters; the defaults unless told.
        posterior: calibrated parameters to draw from instead.

    Raises:
        OmlandError: an input is unusable, or the region lacks places of the scenarios.
    """
    from .parameters import Parameters
    from .population import Populations
    from .region import load_region
    from .scenario import load_scenario

    region = load_region(region_path) if region_path is not None else load_region()
    scenarios = {name: load_scenario(name) for name in WORLDS}
    check_places(scenarios, region)
    return StudyInputs(
        region=region,
        populations=Populations(region, scale),
        scenarios=scenarios,
        parameters=Parameters.default() if parameters is None else parameters,
        posterior=posterior,
    )


def check_places(scenarios: Mapping[str, Scenario], region: Region) -> None:
    """Refuse a region that the study was not made for, rather than a scenario file that is as it should be.

    Raises:
        OmlandError: the region lacks places of the scenarios.
    """
    try:
        for scenario in scenarios.values():
            scenario.resolve(region)
    except OmlandError:
        raise OmlandError(
            say(
                "The study's scenarios speak of places in northern Sweden that the region {name} lacks; use "
                "omland run or omland montecarlo.",
                name=region.name,
            )
        ) from None


def run_study(
    *,
    runs: int = 10,
    seed: int = 1,
    scale: float = 1.0,
    threads: int = 1,
    out: Path | None = None,
    parameters: Any = None,
    posterior: Posterior | None = None,
    region_path: Path | None = None,
    check: bool = False,
    progress: Progress | None = None,
    simulate: Simulate | None = None,
    inputs: StudyInputs | None = None,
    targets: tuple[Target, ...] | None = None,
) -> StudyResult:
    """Simulate the study's scenarios and their baseline, and hold them against the study.

    Args:
        runs: replicates; each has four worlds.
        seed: experiment seed.
        scale: share of the population that is simulated, above 0 up to 1.
        threads: worlds at a time. The results do not depend on it.
        out: folder for the files; nothing is written without.
        parameters: behavioural parameters; the defaults unless told.
        posterior: calibrated parameters, of which each replicate takes a draw instead.
        region_path: data package; the one of the project unless told.
        check: check the invariants in every month.
        progress: told of every finished world.
        simulate: stands in for :func:`abm.simulate.simulate`.
        inputs: stand in for what :func:`load_inputs` loads.
        targets: stand in for the study's own table of targets.

    Returns:
        The table and the content of ``run.json``.

    Raises:
        OmlandError: a bad argument, or an input or the output folder is unusable.
    """
    began = time.perf_counter()
    check_arguments(runs, scale, threads)
    if out is not None:
        check_output(Path(out), "study")
    if inputs is None:
        inputs = load_inputs(region_path=region_path, scale=scale, parameters=parameters, posterior=posterior)
    folder = None if out is None else output_folder(Path(out))
    if simulate is None:
        from .simulate import simulate as simulate_world

        simulate = simulate_world
    clock = _Clock()
    evaluation = Evaluation(inputs.region, targets)
    levels: dict[str, list[dict[str, float]]] = {name: [] for name in WORLDS}
    residents, months = 0.0, 0
    with ExitStack() as stack:
        writer = stack.enter_context(EffectsWriter(folder / "effects.parquet")) if folder else None
        orders = OrdersTable()
        replicates = _replicates(
            inputs,
            simulate,
            runs=runs,
            seed=seed,
            threads=threads,
            check=check,
            progress=progress,
            clock=clock,
        )
        for worlds in stack.enter_context(closing(replicates)):
            evaluation.add(worlds)
            base = worlds[BASELINE]
            residents, months = float(base.initial_population.sum()), base.n_months
            for name, world in worlds.items():
                _append_levels(levels[name], world, inputs.region)
                if writer is not None and name != BASELINE:
                    writer.write(world, base)
                    orders.add(world, base)
        if folder is not None:
            forget(folder)
    phase = time.perf_counter() - clock.phase_began
    weight = float(inputs.populations(0).weight)
    n_worlds = runs * len(WORLDS)
    table = evaluation.table()
    run = {
        **provenance(),
        "seed": seed,
        "runs": runs,
        "scale": scale,
        "threads": threads,
        "checked": check,
        "residents": round(residents),
        "simulated_residents": round(residents / weight),
        "months": months,
        "worlds": n_worlds,
        "populations": min(runs, POPULATIONS),
        "wall_seconds": time.perf_counter() - began,
        "compile_seconds": max(0.0, clock.first - statistics.median(clock.others)),
        "world_seconds": statistics.median(clock.others),
        "agent_months_per_second": residents / weight * months * (n_worlds - 1) / max(phase, 1e-9),
        "peak_memory_bytes": peak_memory_bytes(),
        "data_hash": inputs.region.content_hash,
        "parameter_hash": inputs.parameter_hash,
        "parameters_drawn": inputs.posterior is not None,
        "scenario_hashes": {name: inputs.scenarios[name].hash for name in WORLDS},
        "rows_inside": int(table["inside"].sum()),
        "rows": len(table),
        "replicates_left_out": evaluation.left_out(),
        "worst_years": evaluation.worst_years(),
        "variance_reduction": {
            name: {q: _finite(r) for q, r in variance_reduction(levels[name], levels[BASELINE]).items()}
            for name in SCENARIOS
        },
        "accounting": {name: account.steps() for name, account in study_accounts().items()},
    }
    if folder is not None:
        write_text(folder / "table.csv", table_csv(table))
        if text := orders.csv():
            write_text(folder / ORDERS, text)
        write_text(folder / "run.json", json.dumps(run, indent=2, ensure_ascii=False) + "\n")
    return StudyResult(table, run)


def _replicates(
    inputs: StudyInputs,
    simulate: Simulate,
    *,
    runs: int,
    seed: int,
    threads: int,
    check: bool,
    progress: Progress | None,
    clock: _Clock,
) -> Generator[dict[str, WorldResult], None, None]:
    """The worlds of each replicate, in order; few replicates are under way at a time."""

    def one(name: str, replicate: int, population: Any) -> tuple[WorldResult, float]:
        start = time.perf_counter()
        world = simulate(
            inputs.region,
            population,
            inputs.scenarios[name],
            inputs.parameters_of(seed, replicate),
            seed=seed,
            replicate=replicate,
            threads=1,
            check=check,
            progress=None,
        )
        return world, time.perf_counter() - start

    all_worlds = runs * len(WORLDS)
    first: Future[tuple[WorldResult, float]] = Future()
    first.set_result(one(COMPILING, 0, inputs.populations(0)))
    clock.first, clock.phase_began = first.result()[1], time.perf_counter()
    pool = ThreadPoolExecutor(max_workers=threads)
    under_way: deque[dict[str, Future[tuple[WorldResult, float]]]] = deque()
    ahead = 1 + math.ceil(threads / len(WORLDS))
    submitted = finished = reported = 0

    def submit() -> None:
        nonlocal submitted
        while submitted < runs and len(under_way) < ahead:
            # built here if it has to be, while worlds are under way
            population = inputs.populations(submitted)
            futures = {
                name: first
                if (name, submitted) == (COMPILING, 0)
                else pool.submit(one, name, submitted, population)
                for name in WORLDS
            }
            under_way.append(futures)
            submitted += 1

    def report() -> None:
        nonlocal reported
        done = finished + sum(future.done() for futures in under_way for future in futures.values())
        if progress is not None and done > reported:
            progress(done, all_worlds)
        reported = done

    try:
        submit()
        while under_way:
            report()
            waiting = [f for f in under_way[0].values() if not f.done()]
            if waiting:
                others = [f for futures in under_way for f in futures.values() if not f.done()]
                wait(others, return_when=FIRST_COMPLETED)
                continue
            results = {name: future.result() for name, future in under_way.popleft().items()}
            finished += len(results)
            clock.others += [
                s for name, (_, s) in results.items() if (finished, name) != (len(WORLDS), COMPILING)
            ]
            first = Future()  # do not keep the first world alive
            submit()
            yield {name: world for name, (world, _) in results.items()}
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _append_levels(levels: list[dict[str, float]], world: WorldResult, region: Region) -> None:
    try:
        levels.append(headline_levels(world, region))
    except NotRecordedError:
        levels.append({})


def check_arguments(runs: int, scale: float, threads: int) -> None:
    """Refuse what no run can be made with.

    Raises:
        OmlandError: runs, scale or threads is out of range.
    """
    if runs < 1:
        raise OmlandError(say("runs is {runs}, at least 1 is needed", runs=runs))
    if threads < 1:
        raise OmlandError(say("threads is {threads}, at least 1 is needed", threads=threads))
    if not 0.0 < scale <= 1.0:
        raise OmlandError(say("scale is {scale}, it has to be above 0 and at most 1", scale=scale))


# --- files ----------------------------------------------------------------------------------------


def table_csv(table: pd.DataFrame) -> str:
    """The study's table as CSV: empty for what is undefined, ``true`` or ``false`` for inside."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.itertuples(index=False))
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is True or value is False or type(value).__name__ in ("bool", "bool_"):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else format(value, ".10g")
    return str(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
