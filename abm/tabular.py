"""Reading tables that Omland wrote, which somebody may have edited or cut short since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from abm.errors import OmlandError
from abm.language import say

if TYPE_CHECKING:
    import pandas as pd


def read_csv(
    path: Path,
    *,
    texts: Sequence[str] = (),
    numbers: Sequence[str] = (),
    blank: Sequence[str] = (),
    rows: bool = True,
    rest: bool = False,
) -> pd.DataFrame:
    """Read a CSV file and check its columns.

    Args:
        path: the file.
        texts: columns of text, none of them empty.
        numbers: columns of numbers, which may be empty.
        blank: columns of text that may be empty.
        rows: whether there has to be a row.
        rest: whether all other columns are numbers, or true and false.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no CSV file.
        OmlandError: a column is missing or holds what it may not hold.
    """
    import pandas as pd

    table = pd.read_csv(path, dtype=dict.fromkeys((*texts, *blank), str))
    if table.empty:
        table = table.astype({name: float for name in numbers if name in table})
    check(path, table, texts=texts, numbers=numbers, blank=blank, rows=rows, rest=rest)
    return table


def check(
    path: Path,
    table: pd.DataFrame,
    *,
    texts: Sequence[str] = (),
    numbers: Sequence[str] = (),
    blank: Sequence[str] = (),
    rows: bool = True,
    rest: bool = False,
) -> None:
    """Make sure that a table has the columns it was written with; arguments as for :func:`read_csv`.

    Raises:
        OmlandError: a column is missing or holds what it may not hold.
    """
    for name in (*texts, *numbers, *blank):
        if name not in table.columns:
            raise OmlandError(say('{file}: the column "{column}" is missing.', file=path, column=name))
    known = (*texts, *blank)
    for name in [n for n in table.columns if n not in known] if rest and len(table) else numbers:
        if not _is_numbers(table[name]):
            raise OmlandError(
                say('{file}: the column "{column}" holds what is no number.', file=path, column=name)
            )
    for name in texts:
        if table[name].isna().any():
            raise OmlandError(say('{file}: the column "{column}" has an empty cell.', file=path, column=name))
    if rows and table.empty:
        raise OmlandError(say("{file} has no rows below its header; at least one is expected.", file=path))


def _is_numbers(column: pd.Series) -> bool:
    return column.dtype.kind in "iufb" or set(column.dropna()) <= {True, False}


DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a file raises that is not what it was written as."""


@contextmanager
def sound(path: Path) -> Iterator[None]:
    """Tell of a file whose content is looked at in the block if it is not what Omland wrote.

    Raises:
        OmlandError: it is not.
    """
    try:
        yield
    except DAMAGE as error:
        raise OmlandError(say("{file} is not as Omland wrote it.", file=path)) from error


def incomplete(path: Path) -> OmlandError:
    """The sentence for a table that lacks rows or has rows of something else."""
    return OmlandError(say("{file} does not have all the rows that Omland wrote.", file=path))
