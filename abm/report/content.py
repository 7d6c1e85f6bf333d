"""What a report is made of: sections of prose, figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Drawing


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: its head.
        numeric: whether its cells are figures, which are set flush right.
    """

    title: str
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """A table to be read.

    Attributes:
        caption: what it shows, with the unit.
        columns: heads; the first column names the rows.
        rows: cells as text, as many as columns.
        groups: heading of a group of rows by the number of its first row.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: Mapping[int, str] | None = None


@dataclass(frozen=True)
class Figure:
    """A figure, with all that it needs to stand alone.

    Attributes:
        name: name of its files, the same in every language; ``[a-z0-9_-]``.
        title: what it shows.
        unit: unit of its figures.
        source: where its figures come from.
        alt: its content in words and numbers, for those who do not see it.
        caption: how to read it.
        data: what is drawn, tidy; written as CSV. Columns have English names.
        draw: makes the drawing; called inside the style of :mod:`abm.report.drawing`.
        table: the same figures to be read, if they are few.
    """

    name: str
    title: str
    unit: str
    source: str
    alt: str
    caption: str
    data: pd.DataFrame
    draw: Callable[[], Drawing]
    table: Table | None = None


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Attributes:
        name: its anchor, the same in every language.
        title: its heading.
        lead: sentences that answer the question of the section, set large.
        prose: paragraphs; plain text.
        figures: figures, after the prose.
        tables: tables, after the figures.
    """

    name: str
    title: str
    lead: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
