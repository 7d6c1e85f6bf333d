"""The streaming floor: read and write every resident's state once, and nothing else.

No model that looks at everyone once a month can be faster than this on one core.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _touch(column, flip):
    for i in range(column.size):
        column[i] ^= flip


def stream(columns):
    """Read and write each value of each column once."""
    for column in columns:
        _touch(column, column.dtype.type(1))


def state_columns(residents):
    """Copies of the columns of the residents in use, as the model stores them; of the draws, one month's."""
    used = int(residents.meta[0])
    columns = {name: getattr(residents, name) for name in residents._fields}
    rows = columns["uid"].size
    columns["draws"] = columns["draws"][0]
    return [
        np.array(column[:used]).ravel()
        for name, column in columns.items()
        if name != "free" and column.shape[0] == rows
    ]
