"""Omland in a process of its own, as a shell starts it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import abm

TESTS = Path(__file__).resolve().parent
OMLAND = [sys.executable, "-m", "abm"]


def environment(**more: str) -> dict[str, str]:
    """This process's environment, in which Python finds the package that is under test.

    ``python -m`` looks in the folder that it is started from before anywhere else. In a checkout that is the
    checkout's own copy, even where the tests run the installed one: it would compile everything once more,
    and its results would name another commit.
    """
    package = str(Path(abm.__file__).resolve().parent.parent)
    return {**os.environ, "PYTHONPATH": package, "PYTHONSAFEPATH": "1", **more}
