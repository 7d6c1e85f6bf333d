"""What a fuzzing session found: hostile files, folders and options, each answered by one sentence."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abm import cli
from abm.folder import forget, forget_report
from abm.provenance import check_output


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


# --- folders of another run -----------------------------------------------------------------------

RECORDS: dict[str, tuple[str, dict[str, object]]] = {
    "study": ("run.json", {"runs": 1, "rows_inside": 3}),
    "run": ("run.json", {"scenario": "baseline", "replicate": 0}),
    "baseline": ("run.json", {"scenario": "baseline", "runs": 4}),
    "estimate": ("run.json", {"identified": {}, "verdicts": {}}),
    "montecarlo": ("experiment.json", {"identity": {}}),
    "sensitivity": ("experiment.json", {"identity": {}, "sensitivity": {}}),
    "calibrate": ("experiment.json", {"identity": {"calibration": {}}}),
}


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("command", [["run", "baseline"], ["study"], ["baseline"], ["estimate"]])
def test_results_of_another_command_are_not_written_over(tmp_path, kind, command):
    name, record = RECORDS[kind]
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text(json.dumps(record), encoding="utf-8")
    if kind == command[0]:
        check_output(out, kind)
        return
    told = sentence(*command, "--out", out)
    assert f"{out} holds the results of omland {kind} ({name})" in told
    assert f"those of omland {command[0]}" in told
    assert files(out) == {out / name}


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"name": "mine"}', "[" * 100_000])
def test_a_foreign_record_is_not_written_over(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    told = sentence("run", "baseline", "--out", tmp_path)
    assert told.startswith(f"{tmp_path / 'run.json'} cannot be read as what Omland wrote")
    assert (tmp_path / "run.json").read_text() == content


def test_an_earlier_report_is_taken_away_and_nothing_else(tmp_path):
    (tmp_path / "figures").mkdir()
    ours = [tmp_path / "report.html", *(tmp_path / "figures" / f"map.{kind}" for kind in ("svg", "png", "csv"))]
    mine = [tmp_path / "notes.txt", tmp_path / "figures" / "photo.png"]
    for file in (*ours, *mine, tmp_path / "run.json"):
        file.write_text("x")
    forget_report(tmp_path)
    assert files(tmp_path) == {*mine, tmp_path / "figures", tmp_path / "run.json"}
    mine[1].unlink()
    forget(tmp_path)
    assert files(tmp_path) == {mine[0]}
