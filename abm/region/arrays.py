"""From the tables of a data package to arrays: one axis per key, every cell filled once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import N_, say
from abm.region.complaints import Complain, Unusable
from abm.region.descriptor import DESCRIPTOR, Package
from abm.region.needed import NEEDED, is_number
from abm.region.tables import Table, read_table
from abm.schema import BOUNDARY_ZONES, MAX_AGE

AGES = tuple(range(MAX_AGE + 1))
_WORDS = {
    "code": N_("municipality"),
    "from": N_("zone"),
    "to": N_("zone"),
    "county_code": N_("county"),
    "sex": N_("sex"),
    "age": N_("age"),
    "year": N_("year"),
    "sector": N_("sector"),
    "supplier": N_("sector"),
    "user": N_("sector"),
}


class Arrays:
    """The needed tables of a package as arrays.

    Args:
        package: the package.
        complain: told about every problem.
    """

    def __init__(self, package: Package, complain: Complain) -> None:
        self.package = package
        self.complain = complain
        self._tables: dict[str, Table | None] = {}

    def table(self, name: str) -> Table | None:
        """A needed table, read once; None after complaints."""
        if name not in self._tables:
            self._tables[name] = None
            if name not in self.package.resources:
                self.complain(
                    say(
                        "{file}: the resource {name!r} is missing; a region is not complete without it.",
                        file=self.package.path / DESCRIPTOR,
                        name=name,
                    )
                )
                return None
            try:
                self._tables[name] = read_table(self.package, name, self.complain, NEEDED[name])
            except Unusable:
                return None
            except OmlandError as problem:
                self.complain(str(problem))
                return None
            table = self._tables[name]
            if table is not None:
                self.check_total(name, table)
        return self._tables[name]

    def check_total(self, name: str, table: Table) -> None:
        """Compare the last number column with the total that the descriptor declares."""
        total = self.package.resources[name].get("omland:total")
        counts = [c for c, v in table.columns.items() if isinstance(v, np.ndarray)]
        if total is None or not counts:
            return
        if not is_number(total):
            self.complain(
                say(
                    "{file}: omland:total of resource {name!r} must be a number.",
                    file=self.package.path / DESCRIPTOR,
                    name=name,
                )
            )
            return
        found = float(table.numbers(counts[-1]).sum())
        if abs(found - float(total)) > 1e-6:
            self.complain(
                say(
                    "{file}: {column} adds up to {found:.10g}; {descriptor} declares a total of {total}.",
                    file=table.file,
                    column=counts[-1],
                    found=found,
                    descriptor=DESCRIPTOR,
                    total=total,
                )
            )

    def need(self, name: str) -> Table:
        """A needed table.

        Raises:
            Unusable: after complaints.
        """
        table = self.table(name)
        if table is None:
            raise Unusable
        return table

    def spread(
        self,
        name: str,
        keys: Sequence[tuple[str, Sequence[Any]]],
        value: str,
        *,
        dense: bool = True,
    ) -> NDArray[np.float64]:
        """Spread a column over an array with one axis per key.

        Args:
            name: resource.
            keys: column and allowed labels of each axis.
            value: column with the numbers.
            dense: whether every cell must have a row; otherwise cells without one are zero.

        Raises:
            Unusable: after complaints.
        """
        table = self.need(name)
        index = []
        for column, labels in keys:
            position = {label: i for i, label in enumerate(labels)}
            raw = table.columns[column]
            values = raw.tolist() if isinstance(raw, np.ndarray) else raw
            where = np.fromiter(map(position.get, values, repeat(-1)), dtype=np.int64, count=len(values))
            for row in np.flatnonzero(where < 0):
                self.complain(self._unknown(table, int(row), column, values[row], labels))
            if (where < 0).any():
                raise Unusable
            index.append(where)
        shape = [len(labels) for _, labels in keys]
        # The descriptor may not declare the key: a cell must not be filled twice all the same.
        cells = np.ravel_multi_index(index, shape)
        _, first_rows = np.unique(cells, return_index=True)
        if len(first_rows) < len(cells):
            again = int(np.setdiff1d(np.arange(len(cells)), first_rows)[0])
            first = int(np.flatnonzero(cells == cells[again])[0])
            labelled = zip(keys, index, strict=True)
            what = ", ".join(f"{column} {labels[i[again]]}" for (column, labels), i in labelled)
            self.complain(
                say(
                    "{file}, line {line}: the row for {what} repeats line {earlier}; every row must be different.",
                    file=table.file,
                    line=table.lines[again],
                    what=what,
                    earlier=table.lines[first],
                )
            )
            raise Unusable
        out = np.zeros(shape)
        out[tuple(index)] = table.numbers(value)
        if dense:
            present = np.zeros(shape, dtype=bool)
            present[tuple(index)] = True
            if not present.all():
                first = np.argwhere(~present)[0]
                what = ", ".join(
                    f"{column} {labels[i]}" for (column, labels), i in zip(keys, first, strict=True)
                )
                self.complain(
                    say(
                        "{file}: there is no row for {what}; every combination needs one.",
                        file=table.file,
                        what=what,
                    )
                )
                raise Unusable
        return out

    def _unknown(self, table: Table, row: int, column: str, value: Any, labels: Sequence[Any]) -> str:
        shown = f"{value:g}" if isinstance(value, float) else value
        word = _WORDS.get(column, column)
        if column in ("code", "from", "to"):
            allowed = say("only the codes of the table municipalities are allowed")
            if column != "code":
                allowed = say(
                    "only the codes of the table municipalities, {zones} are allowed",
                    zones=" and ".join(BOUNDARY_ZONES),
                )
        elif len(labels) > 20:
            allowed = say("{first} to {last} is allowed", first=labels[0], last=labels[-1])
        else:
            allowed = say("one of {names} is allowed", names=", ".join(map(str, labels)))
        return say(
            "{file}, line {line}: the {word} {shown} ({column}) is unknown; {allowed}.",
            file=table.file,
            line=table.lines[row],
            word=say(word),
            shown=shown,
            column=column,
            allowed=allowed,
        )

    def bands(self, name: str, value: str) -> NDArray[np.float64]:
        """Spread age bands over single years, float64[A]; every age must lie in exactly one band or none."""
        table = self.need(name)
        out = np.zeros(len(AGES))
        taken = np.zeros(len(AGES), dtype=bool)
        rows = zip(
            table.numbers("age_from"), table.numbers("age_to"), table.numbers(value), table.lines, strict=True
        )
        for low, high, number, line in rows:
            if not 0 <= low <= high <= MAX_AGE or taken[int(low) : int(high) + 1].any():
                self.complain(
                    say(
                        "{file}, line {line}: the ages {low:g} to {high:g} run backwards, leave 0 to {oldest}, or "
                        "overlap another band; bands must follow each other.",
                        file=table.file,
                        line=line,
                        low=low,
                        high=high,
                        oldest=MAX_AGE,
                    )
                )
                raise Unusable
            taken[int(low) : int(high) + 1] = True
            out[int(low) : int(high) + 1] = number
        return out
