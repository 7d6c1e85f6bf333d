"""Memory of the state: columns whose values of one row lie side by side, and large pages.

Those who act in a month are a few per cent, scattered over all rows, and a step of one of them reads
ten fields. In arrays of their own these are ten cache misses; in one record they are one (measured: a
third off the time of the phases that hire, move and match). What the pass over everyone reads stays in
arrays of its own.

A process that makes one world after another gets the same small pages again and again, and looking
these up takes time as well (measured: large pages take a twentieth off the month).
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

CACHE_LINE = 64
LARGE_PAGE = 1 << 21


def zeros(shape: int | tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    """An array of zeros that begins at a cache line, on large pages where the system has them and it is large."""
    shape = (shape,) if isinstance(shape, int) else shape
    size = prod(shape) * np.dtype(kind).itemsize
    if size < LARGE_PAGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        block = np.zeros(size + CACHE_LINE, np.uint8)
        first = -block.ctypes.data % CACHE_LINE
    else:
        pages = mmap.mmap(-1, size + LARGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with suppress(OSError):  # a kernel without large pages
            pages.madvise(mmap.MADV_HUGEPAGE)
        block = np.frombuffer(pages, np.uint8)
        first = -block.ctypes.data % LARGE_PAGE
    return block[first : first + size].view(kind).reshape(shape)


def records(rows: int, kinds: Mapping[str, DTypeLike]) -> NDArray[Any]:
    """A block of records of zeros with a field under each name.

    A record is as wide as the smallest power of two that holds it, so that none of up to 64 bytes lies on two
    cache lines.
    """
    widest_first = sorted(kinds, key=lambda name: -np.dtype(kinds[name]).itemsize)
    begins, size = {}, 0
    for name in widest_first:
        begins[name] = size
        size += np.dtype(kinds[name]).itemsize
    record = np.dtype(
        {
            "names": list(kinds),
            "formats": list(kinds.values()),
            "offsets": [begins[name] for name in kinds],
            "itemsize": 1 << (size - 1).bit_length(),
        }
    )
    return zeros(rows, record)


def with_room(values: NDArray[Any], rows: int) -> NDArray[Any]:
    """A copy with further rows of zeros; of records byte by byte (field by field takes several times as long)."""
    copy = zeros(rows, values.dtype)
    copy.view(np.uint8)[: values.nbytes] = values.view(np.uint8)
    return copy


def side_by_side(block: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The fields of a block of records as columns, each a strided view of it."""
    return {name: block[name] for name in block.dtype.names or ()}
