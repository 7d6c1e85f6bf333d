"""Compiled kernels of each worker of pytest-xdist in a folder of their own; import before any kernel is.

Two processes that compile one function for different types at the same time may take the same file name in
numba's cache, and one then runs the code of the other. A worker that comes to its first kernel when another has
compiled them begins with a copy of what that one has: see `take_over`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from platformdirs import user_cache_dir

worker = os.environ.get("PYTEST_XDIST_WORKER")
own: Path | None = None
if worker is not None:
    shared = os.environ.get("NUMBA_CACHE_DIR")
    own = (Path(shared) if shared else Path(user_cache_dir("omland")) / "tests") / worker
    os.environ["NUMBA_CACHE_DIR"] = str(own)  # for the processes that the tests start, too


def take_over() -> None:
    """Begin with what another worker has compiled, if this one has compiled nothing yet.

    From one only, whose entries agree with one another. Indices come first: numba passes over an entry
    whose file is not there yet, and compiles.
    """
    if own is None or any(own.rglob("*.nbi")):
        return
    others = [folder for folder in own.parent.glob("gw*") if folder != own]
    furthest = max(others, key=lambda folder: len(list(folder.rglob("*.nbi"))), default=own)
    for pattern in ("*.nbi", "*.nbc"):
        for file in furthest.rglob(pattern):
            copy = own / file.relative_to(furthest)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
