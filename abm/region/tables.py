"""Reading the tables of a data package: lines, columns and keys, with clear complaints.

Files are read with the standard library, because line numbers must be right.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.language import say
from abm.region.complaints import Complain, Unusable
from abm.region.descriptor import Package, fields_of
from abm.region.files import read_text
from abm.region.values import convert


@dataclass
class Table:
    """One table of a package.

    Attributes:
        file: where it was read from, as told to the user.
        columns: values by column: text as list of str, numbers as float64 array.
        lines: line number of each row in the file.
    """

    file: str
    columns: dict[str, Any]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, float64[n]; missing is NaN."""
        return np.asarray(self.columns[name], dtype=float)

    def texts(self, name: str) -> list[str]:
        """A column of texts."""
        return list(self.columns[name])


def read_table(package: Package, name: str, complain: Complain, needed: tuple[str, ...] = ()) -> Table:
    """Read a table and check it against its schema.

    Args:
        package: the package.
        name: name of the resource.
        complain: told about every problem.
        needed: columns that must be there, whatever the descriptor says.

    Raises:
        OmlandError: the file cannot be read at all.
        Unusable: problems were told that leave no table to go on with.
    """
    fields = fields_of(package, name, needed)
    declared = [field["name"] for field in fields]
    file = package.file(name)
    header, rows, lines = _rows(file, complain)
    repeated = [column for column in declared if header.count(column) > 1]
    if repeated:
        complain(
            say(
                "{file}, line 1: the column {column!r} stands there twice; every column must be different.",
                file=file,
                column=repeated[0],
            )
        )
        raise Unusable
    missing = [column for column in declared if column not in header]
    if missing:
        complain(
            say(
                "{file}, line 1: the column {column!r} is missing; the columns must be {columns}.",
                file=file,
                column=missing[0],
                columns=", ".join(declared),
            )
        )
        raise Unusable
    columns: dict[str, Any] = {}
    sound = True
    read = dict(zip(header, zip(*rows, strict=True), strict=True))
    for field in fields:
        values = list(read[field["name"]])
        converted = convert(f"{file}", field, values, lines, complain)
        sound = sound and converted is not None
        columns[field["name"]] = converted
    if not sound:
        raise Unusable
    table = Table(str(file), columns, lines)
    key = package.resources[name]["schema"].get("primaryKey", [])
    _check_unique(table, key if isinstance(key, list) else [key], complain)
    return table


def _rows(file: Path, complain: Complain) -> tuple[list[str], list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    wrong: dict[int, int] = {}
    try:
        header = next(reader)
        if len(header) == 1 and ";" in header[0]:
            complain(
                say(
                    "{file}, line 1: the columns are separated by semicolons; commas are expected, and decimals "
                    "with a point.",
                    file=file,
                )
            )
            raise Unusable
        for row in reader:
            if len(row) != len(header):
                wrong[reader.line_num] = len(row)
                continue
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as problem:
        complain(
            say(
                "{file}, line {line}: this is not comma-separated text ({problem}).",
                file=file,
                line=reader.line_num,
                problem=problem,
            )
        )
        raise Unusable from None
    if not rows and len(wrong) > 1 and len(set(wrong.values())) == 1:
        complain(
            say(
                "{file}, line 1: there are {columns} columns, but {n} values in every line below.",
                file=file,
                columns=len(header),
                n=next(iter(wrong.values())),
            )
        )
        raise Unusable
    for line, n in wrong.items():
        complain(
            say(
                "{file}, line {line}: the line {what}; {expected} values are expected.",
                file=file,
                line=line,
                what=say("has {n} values", n=n) if n else say("is empty"),
                expected=len(header),
            )
        )
    if not rows:
        complain(say("{file} has no rows below its header; at least one is expected.", file=file))
        raise Unusable
    return header, rows, lines


def _check_unique(table: Table, key: list[str], complain: Complain) -> None:
    if not key or not all(isinstance(column, str) and column in table.columns for column in key):
        return
    parts = [table.columns[column] for column in key]
    lists = [part.tolist() if isinstance(part, np.ndarray) else part for part in parts]
    if len(set(zip(*lists, strict=True))) == len(table):  # as nearly always
        return
    seen: dict[tuple[Any, ...], int] = {}
    for line, values in zip(table.lines, zip(*lists, strict=True), strict=True):
        first = seen.setdefault(values, line)
        if first != line:
            what = ", ".join(f"{column} {_plain(value)}" for column, value in zip(key, values, strict=True))
            complain(
                say(
                    "{file}, line {line}: the row for {what} repeats line {first}; every row must be different.",
                    file=table.file,
                    line=line,
                    what=what,
                    first=first,
                )
            )


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def county_names(places: Table) -> dict[str, str]:
    """Names of the counties by code, from a table of municipalities; none where it does not tell them."""
    if not {"county_code", "county"} <= set(places.columns):
        return {}
    named = zip(places.texts("county_code"), places.texts("county"), strict=True)
    return {code: name for code, name in named if name.strip()}
