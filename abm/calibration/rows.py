"""Rows of the study's table as a calibration sees them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.calibration.settings import PRIORITY, SELECTION, Calibration
from abm.errors import OmlandError
from abm.language import say
from abm.targets import EVALUATED_KINDS, ORDERING_SHARE, Target

FloatArray = NDArray[np.float64]

BETWEEN = " | "
"""Stands between the id of a row and its scenario in the name of the row."""


@dataclass(frozen=True)
class Row:
    """A row of the study's table in one scenario.

    Attributes:
        id: id in the table of targets.
        scenario: the scenario.
        quantity: what is measured.
        priority: 1 to 3.
        kind: ``"result"``, or ``"ordering"`` whose figure is the share of replicates in which it holds.
        study: the study's figure; NaN if it gives an interval only.
        low: lower end of the interval.
        high: upper end.
    """

    id: str
    scenario: str
    quantity: str
    priority: int
    kind: str
    study: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """Name in tables: ``"B08 | outmigration"``."""
        return f"{self.id}{BETWEEN}{self.scenario}"

    @property
    def centre(self) -> float:
        """Middle of the interval."""
        return 0.5 * (self.low + self.high)

    @property
    def half_width(self) -> float:
        """Half the width of the interval, which is the tolerance."""
        return 0.5 * (self.high - self.low)


def all_rows(targets: Sequence[Target]) -> tuple[Row, ...]:
    """Rows that worlds are held against, in the order of the table."""
    return tuple(
        Row(
            t.id,
            scenario,
            t.quantity,
            t.priority,
            t.kind,
            t.value,
            ORDERING_SHARE if t.kind == "ordering" else t.low,
            1.0 if t.kind == "ordering" else t.high,
        )
        for t in targets
        if t.kind in EVALUATED_KINDS
        for scenario in t.scenarios
    )


def select(selections: Sequence[str], rows: Sequence[Row], where: str) -> tuple[Row, ...]:
    """The rows that some selections name, in the order of the table.

    Args:
        selections: texts of :data:`abm.calibration.settings.SELECTION`.
        rows: all rows.
        where: what to call the place of the selections in an error.

    Raises:
        OmlandError: a selection names no row, or one without an interval.
    """
    ids = list(dict.fromkeys(row.id for row in rows))
    chosen: set[Row] = set()
    for text in selections:
        match = SELECTION.fullmatch(text)
        assert match is not None  # the settings have checked it
        first, last, scenario = match[1], match[2] or match[1], match[3]
        for end in (first, last):
            if end not in ids:
                raise OmlandError(
                    say(
                        '{where} names row "{end}", which is not a result or an ordering of the study '
                        "({first} to {last}).",
                        where=where,
                        end=end,
                        first=ids[0],
                        last=ids[-1],
                    )
                )
        span = ids[ids.index(first) : ids.index(last) + 1]
        found = [row for row in rows if row.id in span and scenario in (None, row.scenario)]
        if not found:
            raise OmlandError(
                say(
                    '{where} names "{text}", but there is no such row in that scenario.',
                    where=where,
                    text=text,
                )
            )
        chosen.update(found)
    for row in chosen:
        if not row.half_width > 0:
            raise OmlandError(
                say("{where} names row {row}, which has no interval.", where=where, row=row.name)
            )
    return tuple(row for row in rows if row in chosen)


def weights_of(settings: Calibration, fitted: Sequence[Row], rows: Sequence[Row]) -> dict[str, float]:
    """Weight of every fitted row by name; 1 where none is told."""
    weights = {row.name: 1.0 for row in fitted}
    for key, weight in settings.weights.items():
        priority = PRIORITY.fullmatch(key)
        named = (
            {row.name for row in rows if row.priority == int(priority[1])}
            if priority
            else {row.name for row in select([key], rows, "weights")}
        )
        weights.update({name: weight for name in weights if name in named})
    return weights


def excess(values: FloatArray, rows: Sequence[Row]) -> FloatArray:
    """How far outside their intervals figures are, in half-widths; 0 inside.

    Args:
        values: float64[..., rows].
        rows: the rows.
    """
    centre = np.array([row.centre for row in rows])
    half = np.array([row.half_width for row in rows])
    return np.maximum(0.0, np.abs(values - centre) / half - 1.0)


def distance(values: FloatArray, rows: Sequence[Row], weights: Mapping[str, float]) -> FloatArray:
    """Weighted mean over the rows of how far outside they are; 0 if every row is inside.

    Args:
        values: float64[..., rows]; undefined figures are left out.
        rows: the rows.
        weights: weight by name.
    """
    out = excess(values, rows)
    weight = np.where(np.isnan(out), 0.0, np.array([weights[row.name] for row in rows]))
    total = weight.sum(axis=-1)
    summed = (np.nan_to_num(out) * weight).sum(axis=-1)
    return np.divide(summed, total, out=np.full_like(summed, math.nan), where=total > 0)


def share_inside(values: FloatArray, rows: Sequence[Row], weights: Mapping[str, float]) -> FloatArray:
    """Share of the weight of the rows that is inside; as :func:`distance`, but undefined figures are outside."""
    weight = np.array([weights[row.name] for row in rows])
    inside = excess(values, rows) <= 0.0
    return np.asarray((inside * weight).sum(axis=-1) / weight.sum())
