"""One world as a file: ``series.parquet`` with every recorded quantity, written and read back.

Rows are ``month, zone, other_zone, sector, quantity, value``: ``month`` is ``"YYYY-MM"``, ``zone`` a
code (of home or origin for what goes between two zones), ``other_zone`` that of the workplace or
destination, ``sector`` a code. Quantities by sector have one row a sector, those between zones only
their non-zero figures; elsewhere these columns are empty.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say
from abm.provenance import atomic_write
from abm.results import QUANTITIES, WorldResult, month_labels
from abm.schema import SECTOR_CODES

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SERIES = "series.parquet"
"""Name of the file in the folder of a world."""
COLUMNS = ("month", "zone", "other_zone", "sector", "quantity", "value")


def series_table(world: WorldResult) -> pa.Table:
    """All series of a world as one tidy table with the columns :data:`COLUMNS`, in a fixed order of rows."""
    import pyarrow as pa

    parts: list[tuple[NDArray[Any], ...]] = []
    names: list[str] = []
    for quantity in QUANTITIES:
        if quantity.name not in world.series:
            continue
        values = np.asarray(world[quantity.name], dtype=np.float64)
        kept = values != 0 if quantity.shape == "ZZ" else np.ones(values.shape, dtype=bool)
        where = [axis.astype(np.int32) for axis in np.nonzero(kept)]
        empty = np.full(where[0].size, -1, dtype=np.int32)
        other = where[2] if quantity.shape == "ZZ" else empty
        sector = where[2] if quantity.shape == "MS" else empty
        number_ = np.full(where[0].size, len(names), dtype=np.int32)
        names.append(quantity.name)
        parts.append((where[0], where[1], other, sector, number_, values[kept]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    words = (month_labels(world.n_months), list(world.codes), list(world.codes), list(SECTOR_CODES), names)
    keys = [
        pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), pa.array(word, type=pa.string()))
        for index, word in zip(columns, words, strict=False)
    ]
    return pa.table([*keys, pa.array(columns[-1])], names=list(COLUMNS))


def write_series(world: WorldResult, path: Path) -> None:
    """Write the series as Parquet; the same world gives the same bytes."""
    import pyarrow.parquet as pq

    with atomic_write(path) as part:
        pq.write_table(series_table(world), part, compression="zstd", row_group_size=1 << 20)


class Levels:
    """The levels of a world by month and municipality, read when they are asked for.

    Args:
        path: the file.

    Attributes:
        months: labels of the months, the first one first.
        codes: codes of the municipalities.

    Raises:
        OmlandError: the file is not what ``omland run`` writes.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            if tuple(pq.read_schema(path).names) != COLUMNS:
                raise OmlandError(
                    say(
                        "{path}: these are not the series of a world; the columns must be {columns}.",
                        path=path,
                        columns=", ".join(COLUMNS),
                    )
                )
            people = self._table("population")
        except (OSError, pa.ArrowException) as error:
            raise OmlandError(
                say(
                    "{path}: the series cannot be read ({why}); a file that omland run wrote is expected.",
                    path=path,
                    why=str(error).splitlines()[0],
                )
            ) from error
        if not len(people):
            raise OmlandError(
                say(
                    "{path}: there are no residents in it; a file that omland run wrote is expected.",
                    path=path,
                )
            )
        self.months: list[str] = sorted(people["month"].unique())
        self.codes: list[str] = sorted(people["zone"].unique())
        self._levels = {"population": self._wide(people)}

    def _table(self, quantity: str) -> pd.DataFrame:
        """Rows of a quantity."""
        import pyarrow.parquet as pq

        table = pq.read_table(self.path, filters=[("quantity", "==", quantity)])
        return table.to_pandas().astype(dict.fromkeys(COLUMNS[:-1], object))

    def level(self, quantity: str) -> NDArray[np.float64]:
        """A quantity by municipality, summed over sectors, float64[months, municipalities]."""
        if quantity not in self._levels:
            self._levels[quantity] = self._wide(self._table(quantity))
        return self._levels[quantity]

    def _wide(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Rows of a quantity by month and municipality."""
        wide = rows.pivot_table(index="month", columns="zone", values="value", aggfunc="sum")
        wide = wide.reindex(index=self.months, columns=self.codes, fill_value=0.0)
        return wide.to_numpy(dtype=np.float64)

    def inside(self, county: str) -> NDArray[np.bool_]:
        """Which municipalities are in a county, bool[municipalities]."""
        return np.array([code[:2] == county for code in self.codes])

    @property
    def counties(self) -> tuple[str, ...]:
        """Codes of the counties of the region."""
        return tuple(dict.fromkeys(code[:2] for code in self.codes))

    @cached_property
    def _commuters(self) -> pd.DataFrame:
        """Who works in another county than that of the residence, or outside the region, by month and home."""
        rows = self._table("commuters")
        home, work = rows["zone"].str, rows["other_zone"].str
        return rows[(home.len() == 4) & ((home[:2] != work[:2]) | (work.len() != 4))]

    def out_commuters(self, county: str) -> NDArray[np.float64]:
        """Residents of a county who work outside it, float64[months]."""
        rows = self._commuters[self._commuters["zone"].str[:2] == county]
        sums = rows.groupby("month")["value"].sum().reindex(self.months, fill_value=0.0)
        return sums.to_numpy(dtype=np.float64)
