"""Derivation of the tables that are not official: ``python -m abm.region.derive [DIR]``.

Every resource of the package with ``omland:status`` *derived* names its function in ``omland:rule``.
The functions run in the order of the descriptor; each reads official, assumed and earlier derived
tables and returns a table. A resource that a user has replaced by an official one
(``omland:status`` *official*, no rule) is left alone.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from abm.errors import OmlandError
from abm.language import say
from abm.provenance import atomic_write

if TYPE_CHECKING:
    import pandas as pd


def rules(path: Path) -> dict[str, tuple[Path, str]]:
    """Derived resources of a package: name to file and dotted name of the function, in order."""
    import json

    try:
        descriptor = json.loads((path / "datapackage.json").read_text(encoding="utf-8"))
        resources = descriptor["resources"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise OmlandError(
            say(
                "{file} is not a data package that can be read: {problem}.",
                file=path / "datapackage.json",
                problem=problem,
            )
        ) from problem
    derived = [resource for resource in resources if resource.get("omland:status") == "derived"]
    for resource in derived:
        if not isinstance(resource.get("omland:rule"), str):
            raise OmlandError(
                say(
                    '{file}: "{name}" is derived, but has no "omland:rule" to derive it by; if the table is your own, '
                    'set its "omland:status" to "official".',
                    file=path / "datapackage.json",
                    name=resource.get("name"),
                )
            )
    return {resource["name"]: (path / resource["path"], resource["omland:rule"]) for resource in derived}


def write_atomically(table: pd.DataFrame, file: Path) -> None:
    """Write a table so that a reader sees the old file or the new one, never a part."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(file) as part, part.open("w", encoding="utf-8", newline="") as stream:
        table.to_csv(stream, index=False, lineterminator="\n", float_format="%.9g")


def derive_package(path: Path, only: str | None = None) -> list[str]:
    """Derive the tables of a package in place.

    Args:
        path: folder of the package.
        only: name of one resource, or None for all.

    Returns:
        Names of the resources that were written.
    """
    from abm.region.derive.inputs import Inputs

    written = []
    for name, (file, rule) in rules(path).items():
        if only is not None and name != only:
            continue
        module, _, function = rule.rpartition(".")
        try:
            apply = getattr(import_module(module), function)
        except (ImportError, AttributeError, ValueError) as problem:
            raise OmlandError(
                say(
                    "Resource {name!r} of {path}: the rule {rule!r} is not a function here.",
                    name=name,
                    path=path,
                    rule=rule,
                )
            ) from problem
        try:
            table = apply(Inputs(path))
        except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
            raise OmlandError(
                say(
                    "Resource {name!r} of {path} cannot be derived ({kind}: {problem}); look for faults in the "
                    "tables that its rule reads.",
                    name=name,
                    path=path,
                    kind=type(problem).__name__,
                    problem=problem,
                )
            ) from problem
        write_atomically(table, file)
        written.append(name)
    return written
