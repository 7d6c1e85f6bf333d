"""Options of the command line that several commands have, each told once. Only click is imported."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from abm.language import LANGUAGES

Command = Callable[..., Any]
Option = Callable[[Command], Command]


def named(value: str) -> str:
    """Refuse what names nothing: an empty text would count as the folder at hand.

    Raises:
        ValueError: it is empty or holds a NUL character.
    """
    if not value:
        raise ValueError("must not be empty.")
    if "\0" in value:
        raise ValueError("must not hold a NUL character.")
    return value


class _File(click.Path):
    """A path."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            named(str(value) if isinstance(value, Path) else value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return super().convert(value, param, ctx)


class _Name(click.ParamType):
    """A shipped name or a path."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return named(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


FILE = _File(path_type=Path)
NAME = _Name()
LARGEST = 2**32 - 1
"""Largest seed."""
RUNS = click.IntRange(1, 1_000_000)
REPLICATE = click.IntRange(0, 2**31 - 1)
CORES = click.IntRange(1, 1024)
"""Threads or processes; each takes memory of its own."""


def all_cores() -> int:
    """Cores that this process may use; what takes time to import is imported when it is asked."""
    from abm.provenance import available_cores

    return available_cores()


def finite(_ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse what is no finite number; None is an option that was not given."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("must be a finite number.", param=parameter)
    return value


def seed(help: str = "Seed of all chance.", default: int | None = None) -> Option:
    """``--seed``."""
    return click.option(
        "--seed",
        type=click.IntRange(0, LARGEST),
        default=default,
        show_default=default is not None,
        help=help,
    )


def scale(help: str, default: float | None = None) -> Option:
    """``--scale``."""
    return click.option(
        "--scale",
        type=click.FloatRange(0.0, 1.0, min_open=True),
        default=default,
        show_default=default is not None,
        callback=finite,
        help=help,
    )


def cores(name: str, help: str) -> Option:
    """``--threads`` or ``--workers``."""
    return click.option(name, type=CORES, default=all_cores, show_default="all cores", help=help)


def out(help: str) -> Option:
    """``--out``."""
    return click.option("--out", type=FILE, metavar="DIR", help=help)


def region(help: str = "Region data package to use instead.") -> Option:
    """``--region``."""
    return click.option("--region", type=FILE, metavar="DIR", help=help)


def as_json(help: str = "Print JSON.") -> Option:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help=help)


def lang(help: str) -> Option:
    """``--lang``."""
    return click.option(
        "--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help=help
    )


PARAMS = click.option("--params", type=FILE, metavar="FILE", help="TOML file of changed parameters.")
QUIET = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
NO_REPORT = click.option(
    "--no-report", "with_report", flag_value=False, default=True, help="Write no report."
)

LANG = lang("Language of tables and messages.")

WORLD: tuple[Option, ...] = (
    seed(default=1),
    scale("Share of the residents that is simulated; figures are weighted up.", default=1.0),
    cores("--threads", "Threads; results do not depend on them."),
    out("Folder to write the results to."),
    PARAMS,
    region(),
    click.option("--check", is_flag=True, help="Check the model's invariants in every month."),
    as_json("Print JSON instead of a table."),
    QUIET,
)
"""Options that every command which simulates has."""

EXPERIMENT: tuple[Option, ...] = (
    out("Folder for the results, and to go on from."),
    seed("Seed of all chance, instead of the experiment's."),
    scale("Share of the residents that is simulated, instead of the experiment's."),
    cores("--workers", "Processes; results do not depend on them."),
    click.option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster to compute on instead."),
    region(),
    as_json("Print JSON instead of tables."),
    QUIET,
)
"""Options that the commands have which compute many worlds."""

REPORT: tuple[Option, ...] = (NO_REPORT, lang("Language of tables, messages and report."))
"""Options of the commands that write a report."""


def all_of(options: tuple[Option, ...]) -> Option:
    """A decorator that gives a command several options, in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
