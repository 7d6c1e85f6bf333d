"""The part of a page that a script writes: what stands between two marks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- table -->", "<!-- /table -->"


def fill(page: Path, block: str) -> None:
    """Put a new block between the marks of a page; the rest of it stays as it is.

    Args:
        page: Markdown file with one pair of marks.
        block: what comes between them.

    Raises:
        SystemExit: the marks are not there.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page.name} has no {BEGIN} … {END}")
    page.write_text(f"{before}{BEGIN}\n\n{block}\n\n{END}{after}", encoding="utf-8")


def commit_of(run: Mapping[str, Any]) -> str:
    """Short commit that made a run, from its ``run.json``."""
    return str(run.get("commit") or "unknown")[:7]
