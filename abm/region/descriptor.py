"""The descriptor of a data package: its resources, and the fields of their tables."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable
from abm.region.files import read_bytes, read_text
from abm.region.needed import LARGEST, LIMITS, OPTIONAL, TEXT, is_number

DESCRIPTOR = "datapackage.json"


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


def open_package(path: Path) -> Package:
    """Read the descriptor of a data package.

    Raises:
        OmlandError: there is none, or it does not describe resources with files inside the folder.
    """
    if not reachable(path).exists():
        raise OmlandError(say("{path} does not exist; the folder of a data package is expected.", path=path))
    if path.is_file():
        if path.name != DESCRIPTOR:
            raise OmlandError(say("{path} is a file; the folder of a data package is expected.", path=path))
        path = path.parent
    file = path / DESCRIPTOR
    if not reachable(file).exists():
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
    except ValueError:  # a number of thousands of digits
        raise OmlandError(
            say("{file} has a number of too many digits to be a data package.", file=file)
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
            if limit in constraints and not is_number(constraints[limit]):
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
                # the stricter limit holds
                low, high = LIMITS.get(field["name"], (0, LARGEST))
                constraints["minimum"] = max(constraints.get("minimum", low), low)
                constraints["maximum"] = min(constraints.get("maximum", high), high)
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
