"""One replicate: all its worlds under the same chance, reduced to the rows that are kept.

A row is an effect: ``replicate, scenario, quantity, place, when, baseline, effect``. The places are all
municipalities, the counties and ``all``; the times are all years (December of a stock, the sum over the
year of a flow); the notation is that of :mod:`abm.experiment.outcomes`. Named outcomes at other places or times are
further rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.effects.pairs import Pair
from abm.errors import OmlandError
from abm.experiment.model import label
from abm.experiment.outcomes import place_series, places
from abm.experiment.plan import Inputs, Plan
from abm.language import say
from abm.provenance import model_hash
from abm.results import QUANTITIES, QUANTITY, WorldResult
from abm.schema import MONTHS_PER_YEAR, START_YEAR
from abm.units import to_parquet

if TYPE_CHECKING:
    import pyarrow as pa

    from abm.population.several import Populations
    from abm.region.region import Region

FloatArray = NDArray[np.float64]

COLUMNS = ("replicate", "scenario", "quantity", "place", "when", "baseline", "effect")
KEYS = ("quantity", "place", "when")

LEAVERS = "out_migrants_"
"""How the names of quantities begin that say who leaves (by age, household, skill): they are kept where the
model records them."""
GRID: tuple[tuple[str, str], ...] = (
    ("population", ""),
    ("employed_residents", ""),
    ("unemployed", ""),
    ("jobs", ""),
    ("direct_jobs", ""),
    ("in_migrants", ""),
    ("out_migrants", ""),
    *((q.name, "") for q in QUANTITIES if q.name.startswith(LEAVERS)),
    ("commuters", ""),
    ("commuters", ">24"),  # to Västerbotten, where the study's factory is
    ("hires_who_moved", ""),
    ("persons_with_hires", ""),
)
"""Quantities that are kept for every place and year, and where to if not to everywhere else."""


@lru_cache(maxsize=2)
def loaded_inputs(region_path: Path | None, scale: float, data_hash: str) -> tuple[Region, Populations]:
    """Region and populations of a worker, loaded once; anew if the data are no longer the same.

    Raises:
        OmlandError: the worker has other data than the experiment's.
    """
    from abm.population import Populations
    from abm.region import load_region

    region = load_region() if region_path is None else load_region(region_path)
    if region.content_hash != data_hash:
        raise OmlandError(say("the worker has other data of the region than the one that sent the unit"))
    return region, Populations(region, scale)


def pairs(
    plan: Plan,
    inputs: Inputs,
    replicate: int,
    months: int | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> dict[str, Pair]:
    """Simulate the worlds of a replicate.

    Args:
        plan: the experiment.
        inputs: scenarios, parameters and levers.
        replicate: number of the replicate, which with the seed keys all chance.
        months: simulate only the first so many months.
        watch: told of the worlds that are done, and of all.

    Returns:
        Each scenario with its baseline, by the name it has in the results.
    """
    from abm.simulate import simulate

    region, populations = loaded_inputs(plan.region_path, plan.experiment.scale, plan.data_hash)
    population = populations(replicate)
    done = 0

    def world(name: str) -> WorldResult:
        nonlocal done
        result = simulate(
            region,
            population,
            plan.scenario(name, inputs),
            inputs.parameters,
            seed=plan.experiment.seed,
            replicate=replicate,
            months=months,
        )
        done += 1
        if watch is not None:
            watch(done, plan.worlds_per_unit)
        return result

    baseline = world(label(plan.experiment.baseline))
    return {group: Pair(world(name), baseline, region) for group, name in inputs.scenarios.items()}


def check_code(code: str) -> None:
    """Refuse to compute with other code than the experiment's.

    Args:
        code: what :func:`abm.provenance.model_hash` has to be.

    Raises:
        OmlandError: it is not.
    """
    if model_hash() != code:
        raise OmlandError(say("the worker has another version of Omland than the one that sent the unit"))


@dataclass(frozen=True)
class ReplicateTask:
    """Computes replicates of an experiment; sent to the workers.

    Attributes:
        plan: the experiment.
        code: hash of the code that has to compute it, see :func:`abm.provenance.model_hash`.
    """

    plan: Plan
    code: str

    def __call__(self, replicate: int, watch: Callable[[int, int], None] | None = None) -> bytes:
        """The bytes of a replicate's file; `watch` is told of its worlds."""
        check_code(self.code)
        inputs = self.plan.inputs(replicate)
        found = pairs(self.plan, inputs, replicate, watch=watch)
        details = {
            "replicate": replicate,
            "scenarios": dict(inputs.scenarios),
            "values": dict(inputs.values),
            "outcomes": {g: [o.value(pair)[1] for o in self.plan.outcomes] for g, pair in found.items()},
        }
        return to_parquet(unit_table(self.plan, found, replicate), details)


def unit_table(plan: Plan, found: dict[str, Pair], replicate: int) -> pa.Table:
    """The rows of a replicate, in a fixed order: scenario, quantity, place, time."""
    import pyarrow as pa

    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS[1:]}
    for group, pair in found.items():
        before, effect = _grid(pair)
        for quantity, place, when, b, e in (*_keyed(pair, before, effect), *_named(plan, pair)):
            for name, value in zip(COLUMNS[1:], (group, quantity, place, when, b, e), strict=True):
                columns[name].append(value)
    n = len(columns["effect"])
    arrays = [
        pa.array(np.full(n, replicate, dtype=np.int32)),
        *(pa.array(columns[name], type=pa.string()).dictionary_encode() for name in COLUMNS[1:5]),
        pa.array(columns["baseline"], type=pa.float64()),
        pa.array(columns["effect"], type=pa.float64()),
    ]
    return pa.table(arrays, names=list(COLUMNS))


def _rows(pair: Pair) -> list[tuple[str, str]]:
    """Quantity and place of the rows of the grid; the years are their columns."""
    known = places(pair.region)
    return [
        (quantity, place + to)
        for quantity, to in GRID
        if quantity in pair.baseline.series and (not to or to[1:] in known)
        for place in known
    ]


def _grid(pair: Pair) -> tuple[FloatArray, FloatArray]:
    """Levels of the baseline and effects on the grid, float64[rows, years]; whole years only."""
    years = pair.n_months // MONTHS_PER_YEAR
    levels = []
    for world in (pair.baseline, pair.world):
        rows = []
        for quantity, place in _rows(pair):
            series = place_series(world, quantity, place, pair.region)[: years * MONTHS_PER_YEAR]
            months = series.reshape(years, MONTHS_PER_YEAR)
            rows.append(months.sum(axis=1) if QUANTITY[quantity].kind == "flow" else months[:, -1])
        levels.append(np.array(rows))
    return levels[0], levels[1] - levels[0]


def _keyed(pair: Pair, before: FloatArray, effect: FloatArray) -> list[tuple[str, str, str, float, float]]:
    return [
        (quantity, place, str(START_YEAR + year), float(before[row, year]), float(effect[row, year]))
        for row, (quantity, place) in enumerate(_rows(pair))
        for year in range(before.shape[1])
    ]


def _named(plan: Plan, pair: Pair) -> list[tuple[str, str, str, float, float]]:
    """Rows of the named outcomes that are not on the grid."""
    years = {str(START_YEAR + year) for year in range(pair.n_months // MONTHS_PER_YEAR)}
    grid = set(_rows(pair))
    return [
        (o.quantity, o.place, o.when, *o.value(pair))
        for o in plan.outcomes
        if (o.quantity, o.place) not in grid or o.when not in years
    ]
