"""Paths as users give them, which may be none."""

from __future__ import annotations

from pathlib import Path

from abm.errors import OmlandError
from abm.language import say

SHOWN = 40
"""Characters that are shown of a name that nobody can have meant."""


def reachable(path: Path) -> Path:
    """A path that can be asked about, whether or not something is there.

    ``Path.exists`` and its like raise where a folder above may not be entered or a name is too long, and take one with
    a NUL for a file that is not there.

    Raises:
        OmlandError: it cannot.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except ValueError:
        shown = str(path).replace("\0", "\\0")
        raise OmlandError(say('"{path}" is no path: it holds a NUL character.', path=shown)) from None
    except OSError as error:
        shown = str(Path(*(name if len(name) <= 4 * SHOWN else f"{name[:SHOWN]}…" for name in path.parts)))
        raise OmlandError(
            say("{path} cannot be read: {why}.", path=shown, why=error.strerror or error)
        ) from None
    return path
