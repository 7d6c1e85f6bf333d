"""What the derivations read: tables of the package by name, and the scalar assumptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say
from abm.schema import MAX_AGE

SEXES = ("woman", "man")
AGES = np.arange(MAX_AGE + 1)


class Inputs:
    """The tables of one data package, read when asked for.

    Codes stay text; every other column takes the type that pandas finds.

    Attributes:
        path: folder of the package.
        descriptor: content of ``datapackage.json``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor: dict[str, Any] = json.loads((path / "datapackage.json").read_text(encoding="utf-8"))
        self._resources = {resource["name"]: resource for resource in self.descriptor["resources"]}
        self._tables: dict[str, pd.DataFrame] = {}

    def table(self, name: str) -> Any:
        """A copy of the table of the resource called `name`, a DataFrame.

        Typed loosely: what the type stubs know of single cells is wider than what a schema allows.

        Raises:
            OmlandError: the package has no such resource, or its file is not a table.
        """
        if name not in self._resources:
            raise OmlandError(
                say("{file}: no resource is named {name!r}.", file=self.path / "datapackage.json", name=name)
            )
        if name not in self._tables:
            resource = self._resources[name]
            types = {"string": str, "integer": "int64", "number": "float64"}
            fields = resource["schema"]["fields"]
            dtype: dict[str, Any] = {
                field["name"]: types[field["type"]]
                if field["type"] == "string" or field.get("constraints", {}).get("required")
                else "float64"
                for field in fields
            }
            file = self.path / resource["path"]
            try:
                self._tables[name] = pd.read_csv(file, dtype=dtype)
            except (OSError, ValueError) as problem:
                raise OmlandError(
                    say("{file} cannot be read as a table: {problem}.", file=file, problem=problem)
                ) from problem
        return self._tables[name].copy()

    def parameter(self, key: str) -> float:
        """Value of a scalar assumption of the table ``parameters``."""
        table = self.table("parameters")
        found = table.loc[table["key"] == key, "value"]
        if len(found) != 1:
            raise OmlandError(
                say(
                    "Table parameters of {path}: {key!r} must stand in exactly one row.",
                    path=self.path,
                    key=key,
                )
            )
        return float(found.iloc[0])

    @property
    def codes(self) -> list[str]:
        """Municipality codes in zone order."""
        return sorted(self.table("municipalities")["code"], key=str)

    @property
    def counties(self) -> NDArray[np.str_]:
        """County code of each municipality, in zone order."""
        table = self.table("municipalities").set_index("code")
        return np.array([str(c) for c in table.loc[self.codes, "county_code"]])

    def population(self) -> NDArray[np.int64]:
        """Residents by municipality, sex and age, int64[M, 2, A]."""
        return cube(self.table("population"), [self.codes, list(SEXES), list(AGES)], "residents").astype(
            np.int64
        )

    def employed(self, year: int = 2020) -> NDArray[np.int64]:
        """Employed residents by municipality in a year, int64[M]."""
        table = self.table("commuting_by_residence")
        return np.asarray(
            table[table["year"] == year].set_index("code").loc[self.codes, "employed_residents"], np.int64
        )


def cube(table: pd.DataFrame, axes: list[list[Any]], value: str) -> NDArray[np.float64]:
    """Spread the column `value` of a long table over an array.

    The first ``len(axes)`` columns of `table` are the keys; cells without a row are zero.
    """
    out = np.zeros([len(axis) for axis in axes])
    index = []
    for column, axis in zip(table.columns, axes, strict=False):
        position = {label: i for i, label in enumerate(axis)}
        index.append(table[column].map(position).to_numpy())
    out[tuple(index)] = table[value].to_numpy(dtype=float)
    return out


def bands(table: pd.DataFrame, value: str) -> NDArray[np.float64]:
    """Spread a table of age bands (``age_from``, ``age_to``) over single years, float64[A]."""
    out = np.zeros(MAX_AGE + 1)
    for low, high, number in zip(table["age_from"], table["age_to"], table[value], strict=True):
        out[int(low) : int(high) + 1] = number
    return out
