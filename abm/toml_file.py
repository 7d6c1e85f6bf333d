"""Reading TOML files that users write, with everything wrong told in one sentence."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable


def read_toml(path: Path, what: str, needs: str) -> tuple[str, dict[str, Any]]:
    """Read and parse one TOML file.

    Args:
        path: the file.
        what: what the file is, with its article: ``"a scenario"``.
        needs: what such a file has at least, to complete "needs at least ...".

    Returns:
        The text of the file and its tables.

    Raises:
        OmlandError: the file cannot be read, is empty, or is not TOML.
    """
    if reachable(path).is_dir():
        raise OmlandError(say("{path} is a folder; {what} is a TOML file.", path=path, what=what))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OmlandError(
            say("{path} cannot be read: {why}.", path=path, why=error.strerror or error)
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise OmlandError(say("{path} is not a text file; {what} is TOML in UTF-8.", path=path, what=what))
    if not text.strip():
        raise OmlandError(
            say("{path} is empty; {what} needs at least {needs}.", path=path, what=what, needs=needs)
        )
    try:
        return text, tomllib.loads(text.replace("\r\n", "\n"))
    except RecursionError:
        raise OmlandError(say("{path} is nested too deeply to be {what}.", path=path, what=what)) from None
    except ValueError as error:  # not TOML, or a number of thousands of digits
        words = str(error).partition(";")[0]
        raise OmlandError(
            say("{path} is not valid TOML: {why}.", path=path, why=words[:1].lower() + words[1:].rstrip("."))
        ) from None


def known_names(text: str, names: Sequence[str]) -> str:
    """What a name that is not there may have meant, and the names that there are."""
    close = difflib.get_close_matches(text, names, n=1)
    listed = ", ".join(names)
    if close:
        return say('did you mean "{name}"? Known: {names}', name=close[0], names=listed)
    return say("known: {names}", names=listed)
