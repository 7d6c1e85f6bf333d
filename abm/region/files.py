"""Reading the files of a data package: bytes and text."""

from __future__ import annotations

from pathlib import Path

from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable


def read_bytes(file: Path) -> bytes:
    """Content of a file.

    Raises:
        OmlandError: there is none, or it cannot be read.
    """
    if reachable(file).is_dir():
        raise OmlandError(say("{file} is a folder; a file is expected.", file=file))
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise OmlandError(
            say("{file} does not exist; the data package needs this file.", file=file)
        ) from None
    except OSError as problem:
        raise OmlandError(
            say(
                "{file} cannot be read ({why}); a readable file is expected.", file=file, why=problem.strerror
            )
        ) from None


def read_text(file: Path) -> str:
    """Content of a text file.

    Raises:
        OmlandError: it is missing, binary, not UTF-8 or empty.
    """
    content = read_bytes(file)
    if b"\0" in content:
        raise OmlandError(say("{file} is a binary file; a text file in UTF-8 is expected.", file=file))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise OmlandError(
            say(
                "{file}, line {line}: the text is not UTF-8; save the file with the encoding UTF-8.",
                file=file,
                line=line,
            )
        ) from None
    if not text.strip():
        raise OmlandError(say("{file} is empty; content is expected.", file=file))
    return text
