"""Columns side by side in memory."""

import numpy as np
import pytest

from abm.core.records import CACHE_LINE, side_by_side

KINDS = {"home": np.uint8, "wage": np.int32, "birth": np.int16, "employer": np.int32}


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_columns_do_not_touch_each_other(rows):
    columns = side_by_side(rows, KINDS)
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
    columns = side_by_side(100, KINDS)
    for row in range(100):
        lines = {(column[row:].ctypes.data) // CACHE_LINE for column in columns.values()}
        assert len(lines) == 1
    for column in columns.values():
        assert column.ctypes.data % column.dtype.itemsize == 0
        assert column.strides == (16,)  # 11 bytes, rounded up to a power of two
