"""Compiled kernels of each worker of pytest-xdist in a folder of their own; import before any kernel is.

Two processes that compile one function for different types at the same time may take the same file name in
numba's cache, and one then runs the code of the other. Workers compile side by side, so that costs no time.
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_dir

worker = os.environ.get("PYTEST_XDIST_WORKER")
if worker is not None:
    shared = os.environ.get("NUMBA_CACHE_DIR")
    own = (Path(shared) if shared else Path(user_cache_dir("omland")) / "tests") / worker
    os.environ["NUMBA_CACHE_DIR"] = str(own)  # for the processes that the tests start, too
