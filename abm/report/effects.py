"""Reading ``effects.parquet``: cubes of effects by scenario, replicate, month and zone.

The file has one row group a pair of worlds, all with the same rows in the same order
(:mod:`abm.effects.table`), so the keys are read once and the figures group by group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.cautions import FEW_RUNS
from abm.effects.pairs import indirect_jobs
from abm.effects.table import COLUMNS
from abm.errors import OmlandError
from abm.language import say
from abm.results import QUANTITIES
from abm.schema import SECTOR_CODES

if TYPE_CHECKING:
    import pyarrow.parquet as pq

FloatArray = NDArray[np.float64]

FLOWS = ("commuters_to_", "movers_to_", "hires_who_moved_to_", "persons_with_hires_to_")
"""Beginnings of the flows between zones that the sections draw; the destination follows."""
USED = (
    "population",
    "births",
    "deaths",
    "in_migrants",
    "out_migrants",
    "employed_residents",
    "out_commuters",
    "direct_jobs",
    "jobs",
    "jobs_from_orders",
    "jobs_from_consumption",
    "jobs_from_public",
    *(q.name for q in QUANTITIES if q.name.startswith(("declined_", "hired_from_"))),
    *(q.name for q in QUANTITIES if q.name.startswith("out_migrants_")),
)
"""What the sections draw; with all :data:`FLOWS` it is read in one pass. Anything else costs a pass of its own."""
LEAVERS = tuple(q.name for q in QUANTITIES if q.name.startswith("out_migrants_"))
"""Who moves away."""
LEVELS = ("population", "employed_residents", "jobs", *LEAVERS)
"""Levels of the baseline that effects are related to, read in one pass too."""


@dataclass(frozen=True)
class Spread:
    """A figure over the replicates.

    Attributes:
        mean: mean of the replicates.
        low: 5 % of them lie below; the smallest of few.
        high: 5 % of them lie above; the largest of few.
    """

    mean: float
    low: float
    high: float


def ends(values: FloatArray) -> FloatArray:
    """5 and 95 % of the replicates, which are the first axis; the smallest and the largest of few, float64[2, ...]."""
    return np.quantile(values, [0.0, 1.0] if len(values) < FEW_RUNS else [0.05, 0.95], axis=0)


def spread(values: FloatArray) -> Spread:
    """Mean and :func:`ends` of the replicates; NaN without any."""
    if not values.size:
        return Spread(np.nan, np.nan, np.nan)
    low, high = ends(values)
    return Spread(float(values.mean()), float(low), float(high))


def clear(values: FloatArray) -> NDArray[np.bool_]:
    """Whether a figure differs clearly from zero: nine in ten replicates, the first axis, lie on one side of it.

    Of few replicates all are often on one side by chance: of two every other time. So the mean of fewer than
    FEW_RUNS has to differ from zero beyond Student's t at 1 per cent as well, and one replicate tells nothing.
    """
    low, high = ends(values)
    apart = np.asarray((low > 0) | (high < 0))
    n = len(values)
    if n >= FEW_RUNS:
        return apart
    if n < 2:
        return np.zeros_like(apart)
    from scipy.stats import t

    error = values.std(axis=0, ddof=1) / np.sqrt(n)
    return np.asarray(apart & (np.abs(values.mean(axis=0)) > t.ppf(0.995, n - 1) * error))


class Effects:
    """The effects of a run.

    Args:
        path: the file.

    Attributes:
        scenarios: names of the scenarios, in the order of the file.
        zones: codes of all zones.
        months: labels of the months, ``"2020-01"`` first.
        quantities: names of the quantities.

    Raises:
        OmlandError: the file is not what ``omland study`` writes.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            self._file = pq.ParquetFile(path)
            self._check(self._file)
            keys = self._file.read_row_group(0, columns=["month", "municipality", "sector", "quantity"])
            pairs = [self._pair(i) for i in range(self._file.num_row_groups)]
        except (OSError, pa.ArrowException) as error:
            raise OmlandError(
                say(
                    "{path}: the effects cannot be read ({why}); a file that omland study wrote is expected.",
                    path=path,
                    why=str(error).splitlines()[0],
                )
            ) from error
        self._keys: dict[str, NDArray[Any]] = {}
        words: dict[str, list[str]] = {}
        for name in keys.column_names:
            column = keys.column(name).combine_chunks()
            column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            words[name] = column.dictionary.to_pylist()
            self._keys[name] = column.indices.to_numpy()
        self._words = words
        self.months = sorted(words["month"])
        self.zones = words["municipality"]
        self.quantities = words["quantity"]
        self.scenarios = tuple(dict.fromkeys(scenario for scenario, _ in pairs))
        self._groups = {
            name: [i for i, (scenario, _) in enumerate(pairs) if scenario == name] for name in self.scenarios
        }
        order = {label: i for i, label in enumerate(self.months)}
        self._month = np.array([order[label] for label in words["month"]])[self._keys["month"]]
        self._cubes: dict[tuple[str, str], dict[str, FloatArray]] = {}

    def _check(self, file: pq.ParquetFile) -> None:
        sizes = {file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)}
        if tuple(file.schema_arrow.names) != COLUMNS or len(sizes) != 1 or 0 in sizes:
            raise OmlandError(
                say(
                    "{path}: these are not the effects of a study; the columns must be {columns}, with one row "
                    "group a pair of worlds.",
                    path=self.path,
                    columns=", ".join(COLUMNS),
                )
            )

    def _pair(self, group: int) -> tuple[str, int]:
        first = self._file.read_row_group(group, columns=["scenario", "replicate"]).slice(0, 1).to_pylist()[0]
        return str(first["scenario"]), int(first["replicate"])

    def __contains__(self, quantity: str) -> bool:
        return quantity in self.quantities

    def replicates(self, scenario: str) -> int:
        """Number of replicates of a scenario."""
        return len(self._groups[scenario])

    def effect(self, scenario: str, quantity: str) -> FloatArray:
        """Effects of a scenario, summed over sectors, float64[replicates, months, zones].

        Zero where a quantity is not told for a zone, and where the run did not record it.
        """
        return self._cube("effect", quantity)[scenario]

    def baseline(self, quantity: str) -> FloatArray:
        """Level in the baseline, mean of the replicates, float64[months, zones]."""
        return np.asarray(self._cube("baseline", quantity)[self.scenarios[0]].mean(axis=0))

    def by_sector(self, scenario: str, quantity: str) -> FloatArray:
        """Effects by sector in the last month that has them, float64[replicates, zones, sectors]."""
        chosen = self._rows(quantity, total=False)
        out = np.zeros((self.replicates(scenario), len(self.zones), len(SECTOR_CODES)))
        if not chosen.size:
            return out
        chosen = chosen[self._month[chosen] == self._month[chosen].max()]
        place = {code: i for i, code in enumerate(SECTOR_CODES)}
        sectors = np.array([place.get(word, -1) for word in self._words["sector"]])
        sector, zone = sectors[self._keys["sector"][chosen]], self._keys["municipality"][chosen]
        for run, group in enumerate(self._groups[scenario]):
            values = self._file.read_row_group(group, columns=["effect"]).column(0).to_numpy()
            out[run, zone, sector] = values[chosen]
        return out

    def _rows(self, quantity: str, *, total: bool) -> NDArray[np.int64]:
        """Rows of a quantity: the totals over sectors, or the sectors."""
        if quantity not in self.quantities:
            return np.empty(0, dtype=np.int64)
        all_sectors = self._words["sector"].index("")
        mine = self._keys["quantity"] == self.quantities.index(quantity)
        return np.flatnonzero(mine & ((self._keys["sector"] == all_sectors) == total))

    def _flows(self, *beginnings: str) -> list[str]:
        """Flows by destination that the run has, those that begin so or all that the sections draw."""
        return [name for name in self.quantities if name.startswith(beginnings or FLOWS)]

    def _cube(self, column: str, quantity: str) -> dict[str, FloatArray]:
        if (column, quantity) not in self._cubes:
            together = (*USED, *self._flows()) if column == "effect" else LEVELS
            wanted = together if quantity in together else (quantity,)
            self._read(column, [name for name in wanted if (column, name) not in self._cubes])
        return self._cubes[column, quantity]

    def _read(self, column: str, names: Sequence[str]) -> None:
        """Read some quantities in one pass over the file."""
        rows = {name: self._rows(name, total=True) for name in names}
        shape = (len(self.months), len(self.zones))
        # The baseline of a replicate is the same whatever the scenario.
        needed = self.scenarios if column == "effect" else self.scenarios[:1]
        pairs = {scenario: self._groups[scenario] for scenario in needed}
        cubes = {name: {s: np.zeros((len(groups), *shape)) for s, groups in pairs.items()} for name in names}
        for scenario, groups in pairs.items():
            for run, group in enumerate(groups):
                values = self._file.read_row_group(group, columns=[column]).column(0).to_numpy()
                for name, chosen in rows.items():
                    where = self._month[chosen], self._keys["municipality"][chosen]
                    cubes[name][scenario][run][where] = values[chosen]
        self._cubes.update({(column, name): cube for name, cube in cubes.items()})

    # --- places ---------------------------------------------------------------------------------

    def inside(self, *counties: str) -> NDArray[np.bool_]:
        """Which zones are municipalities of some counties, bool[zones]."""
        return np.array([len(code) == 4 and code[:2] in counties for code in self.zones])

    @property
    def municipal(self) -> NDArray[np.bool_]:
        """Which zones are municipalities, bool[zones]."""
        return np.array([len(code) == 4 for code in self.zones])

    @property
    def counties(self) -> tuple[str, ...]:
        """Codes of the counties of the run."""
        return tuple(dict.fromkeys(sorted(code[:2] for code in self.zones if len(code) == 4)))

    def county(self, scenario: str, quantity: str, *counties: str) -> FloatArray:
        """Effects summed over counties, float64[replicates, months]."""
        return np.asarray(self.effect(scenario, quantity)[:, :, self.inside(*counties)].sum(axis=2))

    def out_commuters(self, scenario: str, county: str) -> FloatArray:
        """Effects on the residents of a county who work outside it, float64[replicates, months]."""
        elsewhere = (name for name in self._flows("commuters_to_") if name != f"commuters_to_{county}")
        return self._sum(self.county(scenario, name, county) for name in elsewhere)

    def indirect(self, scenario: str, *counties: str) -> FloatArray:
        """Indirect and induced jobs in counties, float64[replicates, months].

        As :meth:`abm.effects.pairs.Pair.indirect`: gross of the jobs lost with departing residents.
        """
        names = ("jobs", "direct_jobs", "jobs_from_orders")
        return self._sum(indirect_jobs(*(self.county(scenario, name, c) for name in names)) for c in counties)

    @staticmethod
    def _sum(parts: Iterable[FloatArray]) -> FloatArray:
        return np.asarray(np.sum(list(parts), axis=0), dtype=np.float64)

    def factory(self) -> str | None:
        """Code of the municipality with most direct jobs over the run; None without any."""
        jobs = sum(self.effect(s, "direct_jobs").mean(axis=0).sum(axis=0) for s in self.scenarios)
        most = int(np.argmax(jobs))
        return self.zones[most] if np.asarray(jobs)[most] > 0 else None
