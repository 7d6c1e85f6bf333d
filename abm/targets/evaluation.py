"""What each replicate says to each row, and what they say together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..cautions import FEW_RUNS
from ..effects.pairs import FloatArray, NotRecordedError, Pair
from ..results import WorldResult
from ..schema import MONTHS_PER_YEAR, START_YEAR
from .catalogue import MEASURES
from .reading import EVALUATED_KINDS, Target, load_targets
from .views import View, windows

if TYPE_CHECKING:
    import pandas as pd

    from ..region.region import Region

Replicate = Mapping[str, WorldResult]
"""Worlds of one replicate by scenario, ``"baseline"`` among them."""

BASELINE = "baseline"
TABLE_COLUMNS = (
    "id",
    "priority",
    "scenario",
    "quantity",
    "geography",
    "year",
    "study",
    "low",
    "high",
    "mean",
    "p05",
    "p95",
    "standard_error",
    "inside",
)
"""Columns of the study's table, in order."""

ORDERING_SHARE = 0.95
"""An ordering is reproduced if it holds in at least this share of the replicates."""
LEAST_DEFINED = 0.5
"""A row has figures if it is defined in at least this share of the replicates; the others are left out."""


class Evaluation:
    """Collects what each replicate says to each row; keeps figures only, no worlds.

    Args:
        region: region of the worlds.
        targets: rows; the study's own table unless told. Only results and orderings count.
    """

    def __init__(self, region: Region, targets: Sequence[Target] | None = None) -> None:
        chosen = load_targets() if targets is None else targets
        self.region = region
        self.rows = [(t, s) for t in chosen if t.kind in EVALUATED_KINDS for s in t.scenarios]
        self._values: list[list[list[float]]] = [[] for _ in self.rows]
        self._conditions: list[list[list[float]]] = [[] for _ in self.rows]

    def add(self, replicate: Replicate) -> None:
        """Measure one replicate.

        Raises:
            ValueError: it has no baseline, or a world is not paired with it.
        """
        if BASELINE not in replicate:
            raise ValueError("a replicate needs its baseline")
        base = replicate[BASELINE]
        pairs = {s: Pair(world, base, self.region) for s, world in replicate.items() if s != BASELINE}
        for i, (target, scenario) in enumerate(self.rows):
            measure = MEASURES.get(target.quantity)
            if measure is None:
                self._values[i].append([math.nan])
                continue
            functions = (measure.value, *(function for function, _ in measure.conditions))
            value, *others = (_measured(f, pairs, target, scenario) for f in functions)
            self._values[i].append(value)
            self._conditions[i].append([float(np.mean(other)) for other in others])

    def table(self) -> pd.DataFrame:
        """The study's table: :data:`TABLE_COLUMNS`, in the order of the targets.

        ``mean``, ``p05``, ``p95`` and ``standard_error`` (of the mean) are over the
        replicates in which the row is defined, and NaN if these are fewer than :data:`LEAST_DEFINED`;
        the last is NaN for one replicate. With fewer than :data:`abm.cautions.FEW_RUNS` replicates
        ``p05`` and ``p95`` are the smallest and the largest. For an ordering ``mean`` is the share of
        replicates in which it holds.
        """
        import pandas as pd

        rows = [self._row(i) for i in range(len(self.rows))]
        return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))

    def left_out(self) -> dict[str, int]:
        """Replicates that a row's figures leave out because it is undefined in them, by id and scenario.

        Rows without figures are not listed, nor those that are defined in all replicates.
        """
        found = {}
        for i, (target, scenario) in enumerate(self.rows):
            by_window = self._by_window(i)
            defined = _defined(by_window)
            if _enough(defined) and not defined.all():
                found[f"{target.id} {scenario}"] = int((~defined).sum())
        return found

    def worst_years(self) -> dict[str, dict[str, float]]:
        """Year and mean of the year furthest outside, by id and scenario, of rows of several years that are outside.

        The mean over the years may well be inside, so it does not tell why such a row is not.
        """
        found: dict[str, dict[str, float]] = {}
        for i, (target, scenario) in enumerate(self.rows):
            by_window = self._by_window(i)
            there = _defined(by_window)
            if by_window.shape[1] < 2 or not _enough(there) or target.kind == "ordering":
                continue
            means = by_window[there].mean(axis=0)
            beyond = np.maximum(target.low - means, means - target.high)
            worst = int(beyond.argmax())
            if beyond[worst] > 0:
                year = START_YEAR + int(windows(target.year)[worst].stocks[-1]) // MONTHS_PER_YEAR
                found[f"{target.id} {scenario}"] = {"year": year, "mean": float(means[worst])}
        return found

    def _by_window(self, i: int) -> FloatArray:
        """What the replicates say to a row, float64[replicates, windows]."""
        return np.array(self._values[i] or [[math.nan]], dtype=np.float64)

    def _row(self, i: int) -> dict[str, object]:
        target, scenario = self.rows[i]
        by_window = self._by_window(i)
        there = _defined(by_window)
        defined = _enough(there)
        by_window = by_window[there]
        values = by_window.mean(axis=1)
        mean = float(values.mean()) if defined else math.nan
        inside = False
        if defined and target.kind == "ordering":
            inside = mean >= ORDERING_SHARE
        elif defined:
            means = by_window.mean(axis=0)
            inside = bool(((target.low <= means) & (means <= target.high)).all())
            inside = inside and self._conditions_hold(i)
        spread = defined and len(values) > 1
        ends = [0.0, 1.0] if len(there) < FEW_RUNS else [0.05, 0.95]
        p05, p95 = np.quantile(values, ends) if defined else (math.nan, math.nan)
        return {
            "id": target.id,
            "priority": target.priority,
            "scenario": scenario,
            "quantity": target.quantity,
            "geography": target.geography,
            "year": target.year,
            "study": target.value,
            "low": target.low,
            "high": target.high,
            "mean": mean,
            "p05": float(p05),
            "p95": float(p95),
            "standard_error": float(values.std(ddof=1) / math.sqrt(len(values))) if spread else math.nan,
            "inside": inside,
        }

    def _conditions_hold(self, i: int) -> bool:
        """Whether the means of the further figures are large enough, each over the replicates that define it."""
        conditions = MEASURES[self.rows[i][0].quantity].conditions
        if not conditions:
            return True
        figures = np.array(self._conditions[i], dtype=np.float64).reshape(-1, len(conditions))
        for (_, least), by_replicate in zip(conditions, figures.T, strict=True):
            there = ~np.isnan(by_replicate)
            if not _enough(there) or by_replicate[there].mean() < least:
                return False
        return True


def _defined(by_window: FloatArray) -> NDArray[np.bool_]:
    """In which replicates a row is defined in all its windows, bool[replicates]."""
    return np.asarray(~np.isnan(by_window).any(axis=1))


def _enough(defined: NDArray[np.bool_]) -> bool:
    """Whether enough replicates define a row for figures over them."""
    return bool(defined.mean() >= LEAST_DEFINED)


def _measured(
    function: Callable[[View], float], pairs: Mapping[str, Pair], target: Target, scenario: str
) -> list[float]:
    """What a function says in each window of a row; NaN if the worlds cannot tell."""
    try:
        return [function(View(pairs, scenario, target.geography, w)) for w in windows(target.year)]
    except NotRecordedError:
        return [math.nan]


def evaluate_targets(
    replicates: Iterable[Replicate], region: Region, targets: Sequence[Target] | None = None
) -> pd.DataFrame:
    """Hold worlds against the study.

    Args:
        replicates: worlds by scenario, the baseline among them; a generator keeps only
            one replicate in memory.
        region: region of the worlds.
        targets: rows; the study's own table unless told.

    Returns:
        The study's table, one row for each result or ordering and scenario; see
        :meth:`Evaluation.table`.
    """
    evaluation = Evaluation(region, targets)
    for replicate in replicates:
        evaluation.add(replicate)
    return evaluation.table()
