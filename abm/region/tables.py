"""Reading the files of a data package: text, columns, types and ranges, with clear complaints.

A complaint is one sentence that names the file, the line or field, what was wrong and what is
allowed. Files are read with the standard library, because line numbers must be right.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say

DESCRIPTOR = "datapackage.json"
TEXT = frozenset(
    {
        "code",
        "county_code",
        "from",
        "household_type",
        "kind",
        "measure",
        "mode",
        "name",
        "origin",
        "quantity",
        "sector",
        "sex",
        "size_class",
        "skill",
        "source",
        "supplier",
        "tenure",
        "to",
        "user",
    }
)
"""Needed columns that hold text; all others hold numbers."""
OPTIONAL = frozenset({"coach_minutes"})
"""Needed columns whose values may be missing."""
LARGEST = 1e12
"""No figure of a region is larger, whatever its unit."""

Complain = Callable[[str], None]
"""Takes one sentence; raises it or collects it."""


class Unusable(Exception):
    """The table at hand cannot be used further; what is wrong has been told already."""


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


@dataclass
class Package:
    """The files of a data package.

    Attributes:
        path: its folder.
        descriptor: content of ``datapackage.json``.
        resources: descriptors of the resources by name.
    """

    path: Path
    descriptor: dict[str, Any]
    resources: dict[str, dict[str, Any]]

    def file(self, name: str) -> Path:
        """File of a resource."""
        return self.path / str(self.resources[name]["path"])

    def content_hash(self) -> str:
        """SHA-256 over the names and bytes of all files, in sorted order of their names."""
        digest = hashlib.sha256()
        for relative in sorted([DESCRIPTOR, *(str(r["path"]) for r in self.resources.values())]):
            content = read_bytes(self.path / relative)
            digest.update(f"{relative}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()


def read_bytes(file: Path) -> bytes:
    """Content of a file.

    Raises:
        OmlandError: there is none, or it cannot be read.
    """
    if file.is_dir():
        raise OmlandError(say("{file} is a folder; a file is expected.", file=file))
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise OmlandError(
            say("{file} does not exist; the data package needs this file.", file=file)
        ) from None
    except OSError as problem:
        raise OmlandError(
            say(
                "{file} cannot be read ({why}); a readable file is expected.", file=file, why=problem.strerror
            )
        ) from None


def read_text(file: Path) -> str:
    """Content of a text file.

    Raises:
        OmlandError: it is missing, binary, not UTF-8 or empty.
    """
    content = read_bytes(file)
    if b"\0" in content:
        raise OmlandError(say("{file} is a binary file; a text file in UTF-8 is expected.", file=file))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise OmlandError(
            say(
                "{file}, line {line}: the text is not UTF-8; save the file with the encoding UTF-8.",
                file=file,
                line=line,
            )
        ) from None
    if not text.strip():
        raise OmlandError(say("{file} is empty; content is expected.", file=file))
    return text


def open_package(path: Path) -> Package:
    """Read the descriptor of a data package.

    Raises:
        OmlandError: there is none, or it does not describe resources with files inside the folder.
    """
    if not path.exists():
        raise OmlandError(say("{path} does not exist; the folder of a data package is expected.", path=path))
    if path.is_file():
        if path.name != DESCRIPTOR:
            raise OmlandError(say("{path} is a file; the folder of a data package is expected.", path=path))
        path = path.parent
    file = path / DESCRIPTOR
    if not file.exists():
        raise OmlandError(
            say(
                "{path} has no {file}; a data package is a folder with that file.",
                path=path,
                file=DESCRIPTOR,
            )
        )
    text = read_text(file)
    try:
        descriptor = json.loads(text)
    except json.JSONDecodeError as problem:
        raise OmlandError(
            say(
                "{file}, line {line}: this is not valid JSON ({why}).",
                file=file,
                line=problem.lineno,
                why=problem.msg,
            )
        ) from None
    except RecursionError:
        raise OmlandError(say("{file} is nested too deeply to be a data package.", file=file)) from None
    listed = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(listed, list) or not all(isinstance(r, dict) for r in listed):
        raise OmlandError(say("{file}: the field resources must be a list of resources.", file=file))
    resources: dict[str, dict[str, Any]] = {}
    for number, resource in enumerate(listed, 1):
        name, relative = resource.get("name"), resource.get("path")
        if not isinstance(name, str) or not isinstance(relative, str):
            raise OmlandError(
                say("{file}: resource {number} needs a name and a path, both text.", file=file, number=number)
            )
        if name in resources:
            raise OmlandError(
                say("{file}: two resources are named {name!r}; names must differ.", file=file, name=name)
            )
        if Path(relative).is_absolute() or ".." in Path(relative).parts:
            raise OmlandError(
                say(
                    "{file}: the path {relative!r} of resource {name!r} must stay inside the package.",
                    file=file,
                    relative=relative,
                    name=name,
                )
            )
        resources[name] = resource
    return Package(path, descriptor, resources)


def fields_of(package: Package, name: str, needed: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Fields of a resource as the descriptor declares them.

    What the loader needs of a column holds whatever the descriptor says: numbers are numbers,
    present, and not negative.

    Raises:
        OmlandError: the schema is missing or cannot be understood, or lacks a needed field.
    """
    where = f"{package.path / DESCRIPTOR}: resource {name!r}"
    schema = package.resources[name].get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(fields, list) or not all(
        isinstance(f, dict) and isinstance(f.get("name"), str) for f in fields
    ):
        raise OmlandError(say("{where} needs schema.fields, a list of named fields.", where=where))
    out = []
    for field in fields:
        constraints = field.get("constraints", {})
        if not isinstance(constraints, dict):
            raise OmlandError(
                say(
                    "{where}, field {field!r}: constraints must be an object.",
                    where=where,
                    field=field["name"],
                )
            )
        constraints = dict(constraints)
        for limit in ("minimum", "maximum"):
            if limit in constraints and not isinstance(constraints[limit], int | float):
                raise OmlandError(
                    say(
                        "{where}, field {field!r}: {limit} must be a number.",
                        where=where,
                        field=field["name"],
                        limit=limit,
                    )
                )
        if not isinstance(constraints.get("enum", []), list):
            raise OmlandError(
                say("{where}, field {field!r}: enum must be a list.", where=where, field=field["name"])
            )
        try:
            re.compile(str(constraints.get("pattern", "")))
        except re.error:
            raise OmlandError(
                say(
                    "{where}, field {field!r}: the pattern is no regular expression.",
                    where=where,
                    field=field["name"],
                )
            ) from None
        kind = field.get("type", "string")
        if field["name"] in needed:
            constraints["required"] = field["name"] not in OPTIONAL
            if field["name"] in TEXT:
                kind = "string"
            else:
                kind = kind if kind in ("integer", "number") else "number"
                constraints.setdefault("minimum", -180 if field["name"] in ("latitude", "longitude") else 0)
                constraints.setdefault("maximum", LARGEST)
        out.append({"name": field["name"], "type": kind, "constraints": constraints})
    declared = [field["name"] for field in out]
    for column in needed:
        if column not in declared:
            raise OmlandError(
                say(
                    "{where} must declare the field {column!r}; it declares {columns}.",
                    where=where,
                    column=column,
                    columns=", ".join(declared),
                )
            )
    return out


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
    if missing and len(header) == 1 and ";" in header[0]:
        complain(
            say(
                "{file}, line 1: the columns are separated by semicolons; commas are expected, and decimals "
                "with a point.",
                file=file,
            )
        )
        raise Unusable
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
    for field in fields:
        position = header.index(field["name"])
        values = [row[position] for row in rows]
        converted = _convert(f"{file}", field, values, lines, complain)
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
    try:
        header = next(reader)
        for row in reader:
            if len(row) != len(header):
                what = say("is empty") if not row else say("has {n} values", n=len(row))
                complain(
                    say(
                        "{file}, line {line}: the line {what}; {expected} values are expected.",
                        file=file,
                        line=reader.line_num,
                        what=what,
                        expected=len(header),
                    )
                )
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
    if not rows:
        complain(say("{file} has no rows below its header; at least one is expected.", file=file))
        raise Unusable
    return header, rows, lines


def _convert(
    file: str, field: dict[str, Any], values: list[str], lines: list[int], complain: Complain
) -> Any | None:
    """Values of a column in the type of its field, or None after complaints."""
    name, kind = field["name"], field["type"]
    constraints = field["constraints"]
    required = bool(constraints.get("required"))
    told = 0

    def report(i: int, text: str) -> None:
        nonlocal told
        told += 1
        complain(
            say(
                "{file}, line {line}: {name} is {value}; {text}.",
                file=file,
                line=lines[i],
                name=name,
                value=_shown(values[i]),
                text=text,
            )
        )

    if kind in ("integer", "number"):
        what = say("a whole number") if kind == "integer" else say("a number")
        numbers = _numbers(values)
        bad = ~np.isfinite(numbers)
        if kind == "integer":
            with np.errstate(invalid="ignore"):
                bad |= numbers != np.floor(numbers)
        for i in np.flatnonzero(bad):
            if values[i] != "" or required:
                report(int(i), say("{what} is expected", what=what))
        limits = ((np.less, "minimum", say("at least")), (np.greater, "maximum", say("at most")))
        for beyond, limit, words in limits:
            if limit in constraints:
                with np.errstate(invalid="ignore"):
                    for i in np.flatnonzero(beyond(numbers, float(constraints[limit]))):
                        report(
                            int(i),
                            say(
                                "{what} of {words} {limit} is expected",
                                what=what,
                                words=words,
                                limit=constraints[limit],
                            ),
                        )
        return None if told else numbers
    allowed = constraints.get("enum")
    pattern = re.compile(str(constraints["pattern"])) if "pattern" in constraints else None
    for value in dict.fromkeys(values):
        if value == "":
            problem = say("text is expected") if required else None
        elif allowed is not None and value not in allowed:
            problem = say("one of {allowed} is expected", allowed=", ".join(map(str, allowed)))
        elif pattern is not None and not pattern.fullmatch(value):
            problem = say("a value of the form {pattern} is expected", pattern=pattern.pattern)
        else:
            problem = None
        if problem:
            same = [k for k, one in enumerate(values) if one == value]
            for k in same if value == "" else same[:1]:  # all that is to be filled in, one of what is wrong
                report(k, problem)
    return None if told else values


def _numbers(values: list[str]) -> NDArray[np.float64]:
    """Values as float64, NaN where a value is no plain decimal number."""
    if any("_" in value for value in values):
        values = ["" if "_" in value else value for value in values]
    try:
        return np.array(values, dtype=float)
    except ValueError:
        out = np.full(len(values), np.nan)
        for i, value in enumerate(values):
            try:
                out[i] = float(value)
            except ValueError:
                continue
        return out


def _shown(value: str) -> str:
    if value == "":
        return say("missing")
    return repr(value if len(value) <= 40 else value[:40] + "…")


def _check_unique(table: Table, key: list[str], complain: Complain) -> None:
    if not key or not all(isinstance(column, str) and column in table.columns for column in key):
        return
    seen: dict[tuple[Any, ...], int] = {}
    parts = [table.columns[column] for column in key]
    lists = [part.tolist() if isinstance(part, np.ndarray) else part for part in parts]
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
