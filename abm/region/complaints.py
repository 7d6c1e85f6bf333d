"""How it is told what is wrong with a data package.

A complaint is one sentence that names the file, the line or field, what was wrong and what is
allowed.
"""

from __future__ import annotations

from collections.abc import Callable

Complain = Callable[[str], None]
"""Takes one sentence; raises it or collects it."""


class Unusable(Exception):
    """The table at hand cannot be used further; what is wrong has been told already."""
