"""Columns side by side in memory."""

import gc
import mmap

import numpy as np
import pytest

from abm.core.records import CACHE_LINE, LARGE_PAGE, records, side_by_side, with_room, zeros

KINDS = {"home": np.uint8, "wage": np.int32, "birth": np.int16, "employer": np.int32}


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_columns_do_not_touch_each_other(rows):
    columns = side_by_side(records(rows, KINDS))
    assert list(columns) == list(KINDS)
    for name, column in columns.items():
        assert column.dtype == KINDS[name]
        assert column.shape == (rows,)
        assert not column.any()
    written = {name: np.arange(rows).astype(KINDS[name]) + 1 for name in KINDS}
    for name, values in written.items():
        columns[name][:] = values
    for name, values in written.items():
        assert np.array_equal(columns[name], values)


def test_a_row_lies_on_one_cache_line_and_each_value_at_its_own_boundary():
    columns = side_by_side(records(100, KINDS))
    for row in range(100):
        lines = {(column[row:].ctypes.data) // CACHE_LINE for column in columns.values()}
        assert len(lines) == 1
    for column in columns.values():
        assert column.ctypes.data % column.dtype.itemsize == 0
        assert column.strides == (16,)  # 11 bytes, rounded up to a power of two


def test_a_copy_with_room_is_the_same_in_its_rows_and_empty_beyond():
    block = records(5, KINDS)
    for name, column in side_by_side(block).items():
        column[:] = np.arange(1, 6).astype(KINDS[name])
    copy = with_room(block, 9)
    assert copy.dtype == block.dtype
    for column in side_by_side(copy).values():
        assert column.tolist() == [1, 2, 3, 4, 5, 0, 0, 0, 0]
    copy["wage"] = 7
    assert block["wage"].tolist() == [1, 2, 3, 4, 5]
    assert with_room(np.arange(3, dtype=np.uint64), 5).tolist() == [0, 1, 2, 0, 0]


@pytest.mark.parametrize("size", [3, LARGE_PAGE // 4 - 1, LARGE_PAGE // 4 + 1])
def test_an_array_of_any_size_is_zero_writable_and_outlives_its_maker(size):
    array = zeros((2, size), np.uint32)
    assert array.shape == (2, size)
    assert not array.any()
    assert array.ctypes.data % CACHE_LINE == 0
    array[1, -1] = 7
    del size
    gc.collect()
    assert array.sum() == 7


@pytest.mark.skipif(not hasattr(mmap, "MADV_HUGEPAGE"), reason="the system has no large pages")
def test_a_kernel_that_refuses_large_pages_is_no_failure(monkeypatch):
    class Refusing(mmap.mmap):
        def madvise(self, *_):
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr("abm.core.records.mmap.mmap", Refusing)
    assert not zeros(LARGE_PAGE, np.uint8).any()
