"""Tables of a region's data package for the estimators, with what kind of table each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from abm.errors import OmlandError
from abm.language import say
from abm.region.complaints import Unusable, fail
from abm.region.descriptor import Package, open_package
from abm.region.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from abm.region.region import Region

OFFICIAL, DERIVED = "official", "derived"
UNDECLARED = "undeclared"
"""Status of a table whose descriptor does not say what it is."""


@dataclass(frozen=True)
class Sources:
    """The tables of one region.

    Attributes:
        region: the region, checked.
    """

    region: Region

    @cached_property
    def package(self) -> Package:
        """Descriptor of the region's package."""
        return open_package(self.region.path)

    def status(self, name: str) -> str:
        """``official``, ``derived`` or ``assumed``, as the descriptor of the table says."""
        return str(self.package.resources.get(name, {}).get("omland:status", UNDECLARED))

    def identified(self, name: str) -> str:
        """What an estimate on a table is worth: ``official`` or, for all other tables, ``derived``."""
        return OFFICIAL if self.status(name) == OFFICIAL else DERIVED

    def table(self, name: str, *columns: str) -> pd.DataFrame | None:
        """A table, with codes as text; None if the package has no such table.

        Args:
            name: of the resource.
            columns: that it must have.

        Raises:
            OmlandError: it cannot be read, or lacks a column.
        """
        import pandas as pd

        if name not in self.package.resources:
            return None

        try:
            read = read_table(self.package, name, fail)
        except Unusable:  # pragma: no cover - fail() has raised before
            raise OmlandError(
                say("{path}: the table {name} cannot be used.", path=self.region.path, name=name)
            ) from None
        missing = [column for column in columns if column not in read.columns]
        if missing:
            raise OmlandError(
                say(
                    "{file} has no column {column!r}, which the estimation needs.",
                    file=self.package.file(name),
                    column=missing[0],
                )
            )
        return pd.DataFrame({key: list(values) for key, values in read.columns.items()})

    def assumption(self, key: str) -> float | None:
        """A scalar of the table ``parameters``; None if it is not there."""
        table = self.table("parameters", "key", "value")
        if table is None:
            return None
        found: Any = table.loc[table["key"] == key, "value"]
        return float(found.iloc[0]) if len(found) == 1 else None
