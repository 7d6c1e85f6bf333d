"""Reading TOML files that users write, with everything wrong told in one sentence."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from abm.errors import OmlandError


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
    if path.is_dir():
        raise OmlandError(f"{path} is a folder; {what} is a TOML file.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OmlandError(f"{path} cannot be read: {error.strerror or error}.") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise OmlandError(f"{path} is not a text file; {what} is TOML in UTF-8.")
    if not text.strip():
        raise OmlandError(f"{path} is empty; {what} needs at least {needs}.")
    try:
        return text, tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        raise OmlandError(f"{path} is not valid TOML: {words[:1].lower()}{words[1:].rstrip('.')}.") from None
