"""The table of targets: every number and every ordering of the study, row by row."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..accounting import SCENARIOS
from ..errors import OmlandError
from ..language import say

EVALUATED_KINDS = ("result", "ordering")
"""Kinds of row that worlds are held against."""


@dataclass(frozen=True)
class Target:
    """One row of the table of targets; figures are NaN where the study gives none.

    Attributes:
        id: identity of the row.
        priority: 1 must be reproduced, 2 should, 3 sign or order only; 0 none.
        scenarios: scenarios it is about.
        kind: ``result``, ``ordering``, ``assumption``, ``evidence``, ``event`` or ``judgement``.
        quantity: what is measured; key of :data:`abm.targets.MEASURES`.
        geography: where.
        year: when.
        value: the study's figure.
        low: lower end of the interval that its wording allows.
        high: upper end.
        unit: unit of the three.
    """

    id: str
    priority: int
    scenarios: tuple[str, ...]
    kind: str
    quantity: str
    geography: str
    year: str
    value: float
    low: float
    high: float
    unit: str


_NEEDED = (
    "id",
    "priority",
    "scenario",
    "kind",
    "quantity",
    "geography",
    "year",
    "value",
    "low",
    "high",
    "unit",
)


def load_targets(path: Path | None = None) -> tuple[Target, ...]:
    """Read the table of targets, all kinds.

    Args:
        path: file to read; the study's own table unless told.

    Raises:
        OmlandError: the file cannot be read, or a column is missing or a figure is none.
    """
    if path is None:
        from ..resources import data_path

        path = Path(data_path("study", "targets.csv"))
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            columns = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OmlandError(
            say("{path}: the table of targets cannot be read ({why})", path=path, why=error)
        ) from error
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise OmlandError(
            say("{path}: the table of targets has no column {columns}", path=path, columns=", ".join(missing))
        )
    return tuple(_target(row, f"{path}, row {row['id'] or number}") for number, row in enumerate(rows, 2))


def _target(row: Mapping[str, str], where: str) -> Target:
    def number(name: str) -> float:
        text = (row[name] or "").strip()
        try:
            return float(text) if text else math.nan
        except ValueError:
            raise OmlandError(
                say("{where}: {name} is {text!r}, a number was expected", where=where, name=name, text=text)
            ) from None

    # Only figures that are held against worlds have to be numbers.
    figures = {n: number(n) for n in ("value", "low", "high")} if row["kind"] in EVALUATED_KINDS else {}
    priority = number("priority")
    names = [name.strip() for name in row["scenario"].split(";")]
    return Target(
        id=row["id"],
        priority=0 if math.isnan(priority) else int(priority),
        scenarios=SCENARIOS if names == ["all"] else tuple(names),
        kind=row["kind"],
        quantity=row["quantity"],
        geography=row["geography"],
        year=row["year"],
        value=figures.get("value", math.nan),
        low=figures.get("low", math.nan),
        high=figures.get("high", math.nan),
        unit=row["unit"],
    )
