"""What a user sees: progress on standard error, tables on standard output."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from abm.language import duration, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

LINE_EVERY = 10.0
"""Seconds between lines of progress where there is no terminal to draw a bar on."""
PLAIN_WIDTH = 120
"""Width of tables that go to a file or a pipe."""


class Progress(Protocol):
    """Told how many steps are done, of how many."""

    def __call__(self, done: int, total: int, note: str = "", already: int = 0) -> None:
        """Report the steps done so far, what else there is to say, and how many were done before this call began."""


@contextmanager
def progress(
    label: str, unit: str, *, quiet: bool = False, stream: TextIO | None = None
) -> Iterator[Progress]:
    """Show how far a long task has come.

    On a terminal a bar with steps done, time gone and time left; elsewhere a line
    every ten seconds; nothing if quiet.

    Args:
        label: what is being done.
        unit: what the steps are, in the plural.
        quiet: show nothing.
        stream: where to; standard error unless told.

    Yields:
        A function to call with the steps done and all steps.
    """
    stream = sys.stderr if stream is None else stream
    if quiet:
        yield lambda done, total, note="", already=0: None
    elif stream.isatty():
        with _bar(label, unit, stream) as report:
            yield report
    else:
        yield _lines(label, unit, stream)


@contextmanager
def _bar(label: str, unit: str, stream: TextIO) -> Iterator[Progress]:
    """A bar on a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit, markup=False),
        TimeElapsedColumn(),
        TextColumn(say("left"), markup=False),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with RichProgress(*columns, console=Console(file=stream, markup=False), transient=True) as bar:
        task = bar.add_task(label, total=None, note="")
        # the bar takes its speed from the latest steps, whatever was there already
        yield lambda done, total, note="", already=0: bar.update(task, completed=done, total=total, note=note)


def _lines(label: str, unit: str, stream: TextIO) -> Progress:
    """A line now and then, for logs."""
    began = last = time.monotonic()
    before = 0
    first: tuple[float, int] | None = None  # when the first step of this call was done: it may have compiled

    def report(done: int, total: int, note: str = "", already: int = 0) -> None:
        nonlocal began, last, before, first
        now = time.monotonic()
        if done < before:  # another task
            began, first = now, None
        before = done
        if first is None and done > already:
            first = now, done
        if now - last < LINE_EVERY or not done:
            return
        last = now
        gone = now - began
        line = say(
            "{label}: {done} of {total} {unit}, {gone} gone",
            label=label,
            done=done,
            total=total,
            unit=unit,
            gone=duration(gone),
        )
        if first is not None and done > first[1]:
            left = (now - first[0]) / (done - first[1]) * (total - done)
            line += say(", about {left} left", left=duration(left))
        print(line + (f"; {note}" if note else ""), file=stream, flush=True)

    return report


def console() -> Console:
    """Standard output for tables; wide enough for them where there is no terminal."""
    from rich.console import Console

    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")  # a table with a ? in it rather than none
    # no markup: titles, names and folders may hold brackets, and what is styled is told by `styled`
    out = Console(highlight=False, emoji=False, markup=False)
    return out if out.is_terminal else Console(highlight=False, emoji=False, markup=False, width=PLAIN_WIDTH)


def styled(text: str, style: str) -> Text:
    """A text of a table in bold, dim or a colour."""
    from rich.text import Text

    return Text(text, style=style)


def verdict(inside: bool) -> Text:
    """A tick or a cross."""
    return styled("✓", "green") if inside else styled("✗", "red")
