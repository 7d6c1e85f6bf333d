"""Folders of results: which command wrote one, and the report that lies in it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from abm.errors import OmlandError
from abm.language import say

PAGE = "report.html"
FIGURES = "figures"
"""What a report is called in the folder of its run."""
KINDS = ("svg", "png", "csv")
"""Files of every figure."""
ONE = "run.json"
MANY = "experiment.json"
"""Records of a study, a baseline, an estimation or a single world, and of an experiment of many."""


def check_kind(folder: Path, command: str) -> None:
    """Make sure that a folder holds no record but one of the same command, whose results are replaced.

    Args:
        folder: the folder; it need not be there.
        command: the command that is about to write there: run, study, baseline or estimate.

    Raises:
        OmlandError: it holds the results of another command, or a record that Omland did not write.
    """
    for name in (MANY, ONE):
        path = folder / name
        if not path.exists():
            continue
        kind = _written_by(path)
        if kind is None:
            raise OmlandError(
                say("{path} cannot be read as what Omland wrote; give another folder.", path=path)
            )
        if kind != command:
            raise OmlandError(
                say(
                    "{folder} holds the results of omland {kind} ({file}); give another folder for those of omland "
                    "{command}, or take this one away.",
                    folder=folder,
                    kind=kind,
                    file=name,
                    command=command,
                )
            )


def _written_by(path: Path) -> str | None:
    """The command that wrote a record; None for a record of something else."""
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    if path.name == MANY:
        identity = record.get("identity")
        if not isinstance(identity, dict):
            return None
        if "calibration" in identity:
            return "calibrate"
        return "sensitivity" if "sensitivity" in record else "montecarlo"
    for command, keys in (
        ("study", {"rows_inside", "runs"}),
        ("run", {"scenario", "replicate"}),
        ("baseline", {"scenario", "runs"}),
        ("estimate", {"identified", "verdicts"}),
    ):
        if keys <= record.keys():
            return command
    return None


def forget(folder: Path) -> None:
    """Take away record and report of an earlier run, before its tables are replaced: they tell of those."""
    (folder / ONE).unlink(missing_ok=True)
    forget_report(folder)


def forget_report(folder: Path) -> None:
    """Take away a report, and of its folder of figures the files that belong to one."""
    (folder / PAGE).unlink(missing_ok=True)
    for drawing in (folder / FIGURES).glob(f"*.{KINDS[0]}"):
        together = [drawing.with_suffix(f".{kind}") for kind in KINDS]
        if all(file.is_file() for file in together):
            for file in together:
                file.unlink()
    with suppress(OSError):  # there is none, or something else is in it
        (folder / FIGURES).rmdir()
