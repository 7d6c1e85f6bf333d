"""Results of a sensitivity analysis: made from the units, written as tables, and read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import Language, say
from abm.sensitivity.design import SIZES, Problem
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
from abm.sensitivity.points import BETWEEN
from abm.tabular import incomplete, read_csv, sound
from abm.units import UnitStore
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
TEXTS: dict[str, tuple[str, ...]] = {
    "indices": ("outcome", "input", "index"),
    "convergence": ("outcome", "input", "index"),
    "luck": ("outcome",),
    "tornado": ("outcome", "input"),
    "surface": ("outcome", "input_1", "input_2"),
    "points": (),
}
"""Columns of text of the tables; all others are numbers."""

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
        if not isinstance(asked.get("exceeds"), float | int | None):
            raise TypeError(asked["exceeds"])
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


def build(
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
