"""Every effect as a row: the table behind ``effects.parquet``.

Rows are ``scenario, replicate, month, municipality, sector, quantity, baseline,
value, effect``; ``month`` is ``"YYYY-MM"``, ``municipality`` the official code (or
``RS``, ``AB`` for the boundary zones), ``sector`` a code or empty for all.

* Quantities by municipality, and totals over sectors: every month.
* Quantities by sector: March, June, September and December, which bounds the size.
* Origin-destination quantities become one quantity a destination, by origin or
  home zone and every month: ``commuters_to_24``, ``movers_to_22``, ``movers_to_RS``.
  Destinations are counties and boundary zones; whoever lives and works in the same
  zone is not in them. Boundary zones are origins too, so that nothing is lost.

* Counts are exact; jobs that are asked for are given to 1/1024 job, prices to a millionth
  (:data:`RESOLUTION`).

Every pair has the same rows in the same order, zeros included, so that a mean
over replicates is a plain mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..provenance import atomic_write
from ..results import QUANTITIES, QUANTITY, WorldResult, month_labels
from ..schema import COUNTIES, N_SECTORS, SECTOR_CODES
from .pairs import check_pair

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = (
    "scenario",
    "replicate",
    "month",
    "municipality",
    "sector",
    "quantity",
    "baseline",
    "value",
    "effect",
)
QUARTER_END = 3
"""Sectors are given for every third month."""
_KEYS = ("month", "municipality", "sector", "quantity")
_STORAGE: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 9,
    "use_dictionary": list(COLUMNS[:-3]),
    "column_encoding": dict.fromkeys(COLUMNS[-3:], "BYTE_STREAM_SPLIT"),
    "write_statistics": True,
}
"""How the file is stored: words by number, and the bytes of figures by place, so that the many that
are equal (the low ones of whole numbers) stand side by side and compress."""
RESOLUTION = {
    "jobs_from_orders": 2.0**-10,
    "jobs_from_consumption": 2.0**-10,
    "jobs_from_public": 2.0**-10,
    "house_price": 2.0**-20,
}
"""Step to which quantities that are no counts are rounded, in their unit. A power of two, so that the
effect is exactly value less baseline; the digits beyond are noise and would be most of the file."""


def counties_of(codes: Iterable[str]) -> tuple[str, ...]:
    """Counties of a region, each once: those of northern Sweden in their usual order, then any others."""
    there = dict.fromkeys(str(code) for code in codes)
    return (*(c for c in COUNTIES if c in there), *(c for c in there if c not in COUNTIES))


def destination_groups(codes: tuple[str, ...]) -> dict[str, NDArray[np.bool_]]:
    """Zones by destination: each county present, then each boundary zone, bool[Z]."""
    county = np.array([code[:2] for code in codes])
    municipal = np.array([len(code) == 4 for code in codes])
    groups = {c: municipal & (county == c) for c in counties_of(county[municipal])}
    for i, code in enumerate(codes):
        if not municipal[i]:
            groups[code] = np.arange(len(codes)) == i
    return groups


@lru_cache(maxsize=4)
def _layout(codes: tuple[str, ...], n_months: int, names: tuple[str, ...]) -> dict[str, pa.DictionaryArray]:
    """The key columns, equal for every pair: month, municipality, sector, quantity."""
    import pyarrow as pa

    groups = destination_groups(codes)
    n_zones, m = len(codes), sum(len(code) == 4 for code in codes)
    months = np.arange(n_months)
    quarters = months[QUARTER_END - 1 :: QUARTER_END]
    quantities: dict[str, int] = {}
    parts: dict[str, list[NDArray[Any]]] = {key: [] for key in _KEYS}

    def block(quantity: str, sectors: NDArray[Any], zones: int, when: NDArray[Any]) -> None:
        number = quantities.setdefault(quantity, len(quantities))
        sector, zone, month = np.meshgrid(sectors, np.arange(zones), when, indexing="ij")
        parts["month"].append(month.ravel().astype(np.int16))
        parts["municipality"].append(zone.ravel().astype(np.int16))
        parts["sector"].append(sector.ravel().astype(np.int8))
        parts["quantity"].append(np.full(month.size, number, dtype=np.int16))

    total = np.zeros(1, dtype=np.int8)
    for name in names:
        if QUANTITY[name].shape == "ZZ":
            for group in groups:
                block(f"{name}_to_{group}", total, n_zones, months)
        else:
            block(name, total, m, months)
    for name in names:
        if QUANTITY[name].shape == "MS":
            block(name, np.arange(1, N_SECTORS + 1), m, quarters)
    words: dict[str, list[str]] = {
        "month": month_labels(n_months),
        "municipality": list(codes),
        "sector": ["", *SECTOR_CODES],
        "quantity": list(quantities),
    }
    return {
        key: pa.DictionaryArray.from_arrays(
            pa.array(np.concatenate(parts[key]).astype(np.int16)), pa.array(words[key], type=pa.string())
        )
        for key in _KEYS
    }


def _rounded(world: WorldResult, name: str) -> NDArray[np.float64]:
    """A series at the resolution of the table."""
    series = np.asarray(world[name], dtype=np.float64)
    step = RESOLUTION.get(name)
    return series if step is None else np.rint(series / step) * step


def _values(world: WorldResult, names: tuple[str, ...]) -> NDArray[np.float64]:
    """All figures of a world in the order of the layout."""
    groups = destination_groups(world.codes)
    parts: list[NDArray[Any]] = []
    for name in names:
        series = _rounded(world, name)
        match QUANTITY[name].shape:
            case "ZZ":
                own = np.einsum("tzz->tz", series)
                for group in groups.values():
                    parts.append((series[:, :, group].sum(axis=2) - own * group).T.ravel())
            case "MS":
                parts.append(series.sum(axis=2).T.ravel())
            case _:
                parts.append(series.T.ravel())
    for name in names:
        if QUANTITY[name].shape == "MS":
            series = _rounded(world, name)
            parts.append(series[QUARTER_END - 1 :: QUARTER_END].transpose(2, 1, 0).ravel())
    return np.concatenate(parts)


def schema() -> pa.Schema:
    """Columns and types of the table."""
    import pyarrow as pa

    word = pa.dictionary(pa.int16(), pa.string())
    types = {"replicate": pa.int32(), "baseline": pa.float64(), "value": pa.float64(), "effect": pa.float64()}
    return pa.schema([(name, types.get(name, word)) for name in COLUMNS])


def paired_effects(world: WorldResult, baseline: WorldResult) -> pa.Table:
    """All effects of one pair of worlds.

    Args:
        world: world of the scenario.
        baseline: world without it, same seed and replicate.

    Returns:
        The rows described at the top of this module, with :func:`schema`. Use
        ``.to_pandas()`` for a data frame with categorical columns.

    Raises:
        ValueError: the worlds are not a pair.
    """
    import pyarrow as pa

    check_pair(world, baseline)
    names = tuple(q.name for q in QUANTITIES if q.name in world.series and q.name in baseline.series)
    keys = _layout(world.codes, world.n_months, names)
    before, after = _values(baseline, names), _values(world, names)
    n = len(before)
    columns = {
        "scenario": pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(n, dtype=np.int16)), pa.array([world.scenario], type=pa.string())
        ),
        "replicate": pa.array(np.full(n, world.replicate, dtype=np.int32)),
        **keys,
        "baseline": pa.array(before),
        "value": pa.array(after),
        "effect": pa.array(after - before),
    }
    return pa.table([columns[name] for name in COLUMNS], schema=schema())


class EffectsWriter:
    """Writes ``effects.parquet`` pair by pair: one row group a pair, zstd, same bytes for same effects.

    The file appears when the ``with`` block ends well; until then, and if it
    fails, only a temporary file beside it exists.

    Args:
        path: file to write.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._open = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> EffectsWriter:
        import pyarrow.parquet as pq

        part = self._open.enter_context(atomic_write(self.path))
        self._writer = self._open.enter_context(pq.ParquetWriter(part, schema(), **_STORAGE))
        return self

    def write(self, world: WorldResult, baseline: WorldResult) -> None:
        """Append the effects of one pair as a row group."""
        table = paired_effects(world, baseline)
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)
