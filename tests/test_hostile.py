"""What a fuzzing session found: hostile files, folders and options, each answered by one sentence."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abm import cli


def omland(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(a) for a in arguments], prog_name="omland")


def sentence(*arguments: object) -> str:
    """The one sentence of a command that must fail."""
    result = omland(*arguments)
    assert result.exit_code == 2, (result.output, result.exception)
    assert isinstance(result.exception, SystemExit), result.exception
    (told,) = result.output.splitlines()
    assert told.endswith((".", "?")), told
    return told.removeprefix("Error: ")


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


# --- the last net ---------------------------------------------------------------------------------

UNFORESEEN = {
    "no memory": (MemoryError(), "there is not enough memory"),
    "too deep": (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
    "code page": (UnicodeEncodeError("cp1252", "→", 0, 1, "undefined"), "cannot be written as cp1252"),
    "file": (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/x/y"), "/x/y cannot be read or written"),
    "disk": (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the disk is full"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNFORESEEN)
def test_what_nobody_foresaw_is_a_sentence(monkeypatch, what):
    error, part = UNFORESEEN[what]

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("abm.commands.tables.scenarios", fail)
    monkeypatch.delenv(cli.TRACEBACK, raising=False)
    assert part in sentence("scenarios")
    monkeypatch.setenv(cli.TRACEBACK, "1")
    assert omland("scenarios").exception is error
