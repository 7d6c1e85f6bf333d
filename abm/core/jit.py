"""How kernels are compiled.

Two decorators, because reference counting is dear here: a kernel over named
tuples of arrays spends most of its time counting references to arrays that
outlive it (measured: 257 counts in the compiled search round, ten times its
run time). `kernel` leaves them out and is for functions that allocate no array;
`allocating_kernel` keeps them. Neither uses fast-math, so results are the same bits
whatever the vector width.
"""

from __future__ import annotations

from typing import Any

from numba import njit as _njit

njit: Any = _njit  # the stubs do not know every option

kernel: Any = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
"""Compile an allocation-free function."""

inline_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", _nrt=False, inline="always")
"""The same, pasted into its callers: for scalar rules in the inner loops."""

allocating_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
"""Compile a function that makes arrays of its own."""
