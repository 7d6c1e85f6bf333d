"""All evaluated points: where they are, what every row is there, and how much of it is luck."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.calibration.rows import Row
from abm.units import UnitStore, as_written

FloatArray = NDArray[np.float64]

DEFAULTS = 0
"""Number of the wave, and of the point, of the declared defaults."""


@dataclass(frozen=True)
class Batch:
    """Points that are evaluated together.

    Attributes:
        wave: number of the wave: 0 for the defaults, one beyond the last wave for the check.
        first: number of its first point.
        unit: float64[n, parameters] in the unit cube.
        replicates: numbers of the replicates of each point.
    """

    wave: int
    first: int
    unit: FloatArray
    replicates: tuple[tuple[int, ...], ...]

    @property
    def keys(self) -> range:
        """Numbers of its points."""
        return range(self.first, self.first + len(self.unit))


@dataclass(frozen=True)
class Points:
    """Evaluated points.

    Attributes:
        key: number of each point.
        wave: its wave.
        unit: float64[n, parameters].
        figures: float64[n, rows], mean over as many replicates at every point; NaN where undefined.
        luck: float64[rows], variance of a single replicate at the same point.
        replicates: replicates that a figure is the mean of.
    """

    key: NDArray[np.int64]
    wave: NDArray[np.int64]
    unit: FloatArray
    figures: FloatArray
    luck: FloatArray
    replicates: int

    @property
    def learnt(self) -> NDArray[np.bool_]:
        """Which points surrogates are learnt from: all but the defaults, if the waves have any."""
        return (self.wave != DEFAULTS) | (self.wave == DEFAULTS).all()


def read_design(path: Path, points: int, parameters: int) -> tuple[dict[str, float], FloatArray]:
    """What was written down of a wave: the space that it lies in, and its points in the unit cube.

    Args:
        path: file of the wave.
        points: how many points it has.
        parameters: how many figures each has.

    Raises:
        FileNotFoundError: it was not written down yet.
        OmlandError: the file is not what Omland wrote.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() or not path.exists() else ""
    with as_written(path):
        content = json.loads(text)
        space = {str(key): float(value) for key, value in content["space"].items()}
        unit = np.array(content["points"], dtype=np.float64)
        if unit.shape != (points, parameters) or not ((unit >= 0) & (unit <= 1)).all():
            raise ValueError(unit.shape)
    return space, unit


def read_points(store: UnitStore, batches: Sequence[Batch], rows: Sequence[Row], replicates: int) -> Points:
    """Read the units of some batches.

    Args:
        store: where they are.
        batches: the batches.
        rows: rows, in order.
        replicates: replicates at each point of a wave.
    """
    keys, waves, units, figures = [], [], [], []
    freedom, squares = np.zeros(len(rows)), np.zeros(len(rows))
    for batch in batches:
        for key, unit, numbers in zip(batch.keys, batch.unit, batch.replicates, strict=True):
            by_replicate = figures_of(store, key, rows, numbers)
            keys.append(key)
            waves.append(batch.wave)
            units.append(unit)
            figures.append(by_replicate[:replicates].mean(axis=0))
            there = np.isfinite(by_replicate).all(axis=0) & (len(by_replicate) > 1)
            rest = np.where(there, by_replicate - by_replicate.mean(axis=0), 0.0)
            squares += (rest**2).sum(axis=0)
            freedom += there * (len(by_replicate) - 1)
    luck = np.divide(squares, freedom, out=np.zeros(len(rows)), where=freedom > 0)
    return Points(np.array(keys), np.array(waves), np.array(units), np.array(figures), luck, replicates)


def figures_of(store: UnitStore, key: int, rows: Sequence[Row], replicates: Sequence[int]) -> FloatArray:
    """All rows at one point, float64[replicates, rows]; NaN where a row is undefined."""
    table = store.read(key, ("replicate", "row", "value")).to_pydict()
    found: Mapping[tuple[int, str], float] = {
        (replicate, row): value
        for replicate, row, value in zip(table["replicate"], table["row"], table["value"], strict=True)
    }
    return np.array([[found.get((r, row.name), math.nan) for row in rows] for r in replicates])
