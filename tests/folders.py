"""Folders of results, byte by byte."""

from __future__ import annotations

import difflib
from pathlib import Path


def contents(folder: Path | str) -> dict[str, bytes]:
    """Every file below a folder."""
    folder = Path(folder)
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def differences(ours: Path | str, theirs: Path | str) -> str:
    """What differs between two folders: a line a file, with its lines if it is text; empty if nothing does."""
    one, other = contents(ours), contents(theirs)
    told = []
    for name in sorted({*one, *other}):
        if name not in other:
            told.append(f"{name} is only in {ours}")
        elif name not in one:
            told.append(f"{name} is missing in {ours}")
        elif one[name] != other[name]:
            told.append(f"{name} differs")
            told += _lines(one[name], other[name])
    return "\n".join(told)


def _lines(one: bytes, other: bytes, most: int = 20) -> list[str]:
    """The lines of a text that differ, the first of them if they are many."""
    try:
        texts = [content.decode().splitlines() for content in (one, other)]
    except UnicodeDecodeError:
        return [f"    {len(one)} and {len(other)} bytes"]
    found = [line for line in difflib.ndiff(*texts) if line[0] in "-+"]
    return [f"    {line}" for line in found[:most]]
