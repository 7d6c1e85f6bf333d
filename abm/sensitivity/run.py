"""Run a sensitivity analysis point by point, and go on from wherever it was stopped."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.experiment import MIXTURE, Experiment, Plan
from abm.folder import forget_report
from abm.language import Language, say
from abm.montecarlo.run import description, identity, prepare, workers_or_all
from abm.provenance import computed_by, model_hash
from abm.sensitivity.agreement import agreement as compare_rankings
from abm.sensitivity.design import GROWING, SIZES, Problem, make_design
from abm.sensitivity.discovery import Box, tell
from abm.sensitivity.indices import (
    BINS,
    LEADERS,
    MOSTLY_LUCK,
    convergence,
    indices,
    luck,
    of_luck,
    ranking,
    surely_ranked,
    surface,
    tornado,
)
from abm.sensitivity.points import BETWEEN, ExperimentModel, Model, PointTask
from abm.sensitivity.surrogate import need_sklearn
from abm.tabular import incomplete, read_csv, sound
from abm.units import Finished, Pace, UnitStore, crew_for, fill
from abm.units.store import RECORD

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FloatArray = NDArray[np.float64]

KIND = "point"
FILES = ("indices", "convergence", "luck", "tornado", "surface", "points")
"""Tables of a finished analysis, each a CSV file of that name."""
OPTIONAL = ("surrogate", "agreement")
"""Tables that some analyses have."""

Watch = Callable[[int, int, Pace], None]
"""Told of points done and in all, and how fast."""
Telling = Callable[[int, int], None]
"""Told of outcomes whose indices are known and in all, once all points are done."""


@dataclass(frozen=True)
class SensitivityResult:
    """Results of a sensitivity analysis.

    Attributes:
        folder: where they are.
        record: content of ``experiment.json``.
        indices: ``outcome, input, index, value, low, high``, see :func:`abm.sensitivity.indices.indices`.
        convergence: the leading index from parts of the design, ``outcome, size, input, ...``.
        luck: a row an outcome, see :func:`abm.sensitivity.indices.luck`.
        tornado: ``outcome, input, ...``, see :func:`abm.sensitivity.indices.tornado`.
        surface: every two of the three leading inputs of each outcome, see
            :func:`abm.sensitivity.indices.surface`.
        points: a row a point: ``point``, the inputs, the mean of each outcome over the replicates.
        surrogate: how well the surrogate of each outcome stands in for the model: ``outcome, points, q2, noise``, see
            :mod:`abm.sensitivity.surrogate`; None with the other methods.
        agreement: whether another method ranks the inputs alike, see :func:`abm.sensitivity.agreement`; None
            unless it was asked for.
    """

    folder: Path
    record: Mapping[str, Any]
    indices: pd.DataFrame
    convergence: pd.DataFrame
    luck: pd.DataFrame
    tornado: pd.DataFrame
    surface: pd.DataFrame
    points: pd.DataFrame
    surrogate: pd.DataFrame | None = None
    agreement: pd.DataFrame | None = None

    def noise(self, outcome: str) -> float:
        """Share of luck in the means of an outcome; NaN from one replicate at each point."""
        return float(self.luck.loc[self.luck["outcome"] == outcome, "noise_in_means"].iloc[0])

    def surely_ranked(self, outcome: str) -> list[str]:
        """Inputs by what they do to an outcome, without those that may do nothing: see `indices.surely_ranked`."""
        method = str(self.record["sensitivity"]["method"])
        value = self.points[outcome].to_numpy(dtype=np.float64)
        mine = self.indices[self.indices["outcome"] == outcome]
        return surely_ranked(mine, method, of_luck(method, value, self.noise(outcome))) if len(mine) else []

    def mostly_luck(self, outcome: str) -> bool:
        """Whether so much of an outcome is luck that what decides it cannot be told."""
        return self.noise(outcome) > MOSTLY_LUCK

    def dataset(self) -> xr.Dataset:
        """Indices and points with named dimensions.

        Returns:
            ``value``, ``low`` and ``high[outcome, index, input]``, the indices with their intervals;
            ``design[point, input]`` and ``mean[outcome, point]``, the mean over the replicates at each point.
        """
        import xarray as xr

        names = list(self.record["sensitivity"]["bounds"])
        keys = ["outcome", "index", "input"]
        found = xr.Dataset.from_dataframe(self.indices.set_index(keys)[["value", "low", "high"]])
        outcomes = list(dict.fromkeys(self.indices["outcome"]))
        found = found.sel(outcome=outcomes, index=list(dict.fromkeys(self.indices["index"])), input=names)
        point = self.points["point"].to_numpy()
        return found.assign_coords(point=point).assign(
            design=(("point", "input"), self.points[names].to_numpy()),
            mean=(("outcome", "point"), self.points[outcomes].to_numpy().T),
        )

    def discover(
        self,
        outcome: str,
        exceeds: float | None = None,
        names: Mapping[str, str] | None = None,
        lang: Language | None = None,
    ) -> tuple[Box, str]:
        """Where the bad cases of an outcome lie, and that in a sentence.

        Args:
            outcome: name of an outcome, a column of `points`.
            exceeds: a case is bad above it; the worst quarter of the points unless told. Of residents and
                jobs it is the loss that counts, of all else the effect.
            names: names of places by code, for the sentence; counties have theirs.
            lang: language of the sentence, English unless told.

        Raises:
            OmlandError: too much is luck, all or none of the cases are bad, or the EMA workbench is not installed.
        """
        if self.mostly_luck(outcome):
            raise OmlandError(
                say(
                    "{noise:.0f}% of the variance of the means is luck, and the corner would be one of luck.",
                    noise=100 * self.noise(outcome),
                )
            )
        inputs = self.points[list(self.record["sensitivity"]["bounds"])]
        return tell(inputs, self.points[outcome], outcome.rpartition(BETWEEN)[2], exceeds, names, lang)


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
        result = _build(store, problem, method, design, telling)
        if other is not None:
            result = replace(result, agreement=compare_rankings(result, other))
        forget_report(store.folder)
        for table in (*FILES, *OPTIONAL):
            content = getattr(result, table)
            if content is not None:
                store.write_file(f"{table}.csv", _csv(content))
        store.amend_record(sensitivity={**asked, "tell": tell})
    return replace(result, record=store.record()), pace


TEXTS: dict[str, tuple[str, ...]] = {
    "indices": ("outcome", "input", "index"),
    "convergence": ("outcome", "input", "index"),
    "luck": ("outcome",),
    "tornado": ("outcome", "input"),
    "surface": ("outcome", "input_1", "input_2"),
    "points": (),
}
"""Columns of text of the tables; all others are numbers."""


def load(folder: str | Path) -> SensitivityResult:
    """Read the results of a finished analysis.

    Raises:
        OmlandError: there are none in the folder.
    """
    folder = Path(folder)
    record = UnitStore(folder, KIND).record()
    with sound(folder / RECORD):
        asked = record["sensitivity"]
        names = [str(name) for name, (low, high) in asked["bounds"].items() if float(low) < float(high)]
        if asked["method"] not in SIZES or not isinstance(asked["replicates"], int):
            raise ValueError(asked)
        if not isinstance(asked.get("tell", ""), str | None):
            raise TypeError(asked["tell"])
    try:
        there = [name for name in OPTIONAL if (folder / f"{name}.csv").is_file()]
        tables = {
            name: read_csv(
                folder / f"{name}.csv",
                texts=TEXTS.get(name, ()),
                numbers=("point", *names) if name == "points" else (),
                rows=name in FILES,
                rest=name in TEXTS,
            )
            for name in (*FILES, *there)
        }
        _check_rows(folder, asked["method"], names, tables)
    except (OSError, ValueError) as error:
        raise OmlandError(
            say("{folder} holds no finished analysis: {why}.", folder=folder, why=error)
        ) from None
    return SensitivityResult(folder, record, **tables)


def _check_rows(folder: Path, method: str, names: Sequence[str], tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse tables that were cut short, or tell of other outcomes and inputs than the design's.

    Raises:
        OmlandError: a table is one of these.
    """
    table = tables["indices"]
    told, every = set(table["outcome"]), table["outcome"].nunique() * table["index"].nunique() * len(names)
    if set(table["input"]) != set(names) or len(table) != every:
        raise incomplete(folder / "indices.csv")
    if set(tables["luck"]["outcome"]) != set(tables["points"].columns) - {"point", *names}:
        raise incomplete(folder / "luck.csv")
    if not told <= set(tables["luck"]["outcome"]):
        raise incomplete(folder / "indices.csv")
    for name in ("convergence", "tornado", "surface"):
        if set(tables[name]["outcome"]) != told:
            raise incomplete(folder / f"{name}.csv")
    cells = tables["surface"].groupby(["outcome", "input_1", "input_2"])["mean"].agg(["size", "count"])
    pairs = cells.groupby("outcome").size()
    if (cells["count"] == 0).any() or (cells["size"] != BINS[method] ** 2).any() or pairs.nunique() > 1:
        raise incomplete(folder / "surface.csv")


# --- parts --------------------------------------------------------------------------------------


def _build(
    store: UnitStore, problem: Problem, method: str, design: FloatArray, telling: Telling
) -> SensitivityResult:
    """Make the tables from the units, in the order of their numbers."""
    import pandas as pd

    found = _values(store, len(design))
    tables: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("indices", "convergence", "tornado", "surface")
    }
    lucks: list[dict[str, Any]] = []
    stands_in = []
    means = {}
    for number, (outcome, values) in enumerate(found.items()):
        telling(number, len(found))
        value = values.mean(axis=1)
        means[outcome] = value
        shares = luck(values)
        noise = shares["noise_in_means"]
        lucks.append({"outcome": outcome, **shares})
        if np.ptp(value) == 0:  # nothing to tell: an outcome that the inputs do not reach
            continue
        if method == "surrogate" and noise > MOSTLY_LUCK:  # nothing to fit
            continue
        table = indices(problem, method, design, value, noise)
        if method == "surrogate":
            stands_in.append({"outcome": outcome, "points": len(design), **table.attrs})
            table.attrs = {}
        leaders = ranking(table, method)[:LEADERS]
        surfaces = [surface(problem, method, design, value, pair) for pair in combinations(leaders, 2)]
        for name, rows in (
            ("indices", table),
            ("convergence", convergence(problem, method, design, value, noise)),
            ("tornado", tornado(problem, method, design, value)),
            ("surface", pd.concat(surfaces, ignore_index=True)),
        ):
            rows.insert(0, "outcome", outcome)
            tables[name].append(rows)
    if not tables["indices"]:
        if any(row["noise_in_means"] > MOSTLY_LUCK for row in lucks):
            raise OmlandError(
                say(
                    "Too much of every outcome is luck for a surrogate: use more replicates or a larger scale."
                )
            )
        raise OmlandError(say("Every outcome is the same at every point, so that nothing can be told apart."))
    points = pd.DataFrame(
        {"point": np.arange(len(design)), **dict(zip(problem.names, design.T, strict=True)), **means}
    )
    return SensitivityResult(
        folder=store.folder,
        record=store.record(),
        luck=pd.DataFrame(lucks),
        points=points,
        surrogate=pd.DataFrame(stands_in) if stands_in else None,
        **{name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()},
    )


def _values(store: UnitStore, n: int) -> dict[str, FloatArray]:
    """Each outcome by point and replicate, float64[points, replicates]."""
    rows: dict[str, list[list[float]]] = {}
    for key in range(n):
        table = store.read(key, ("outcome", "value")).to_pydict()
        here: dict[str, list[float]] = {}
        for outcome, value in zip(table["outcome"], table["value"], strict=True):
            here.setdefault(outcome, []).append(value)
        for outcome, values in here.items():
            rows.setdefault(outcome, []).append(values)
    return {outcome: np.array(values) for outcome, values in rows.items()}


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
