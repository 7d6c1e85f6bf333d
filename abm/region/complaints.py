"""How it is told what is wrong with a data package.

A complaint is one sentence that names the file, the line or field, what was wrong and what is
allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from abm.errors import OmlandError
from abm.language import say


@dataclass(frozen=True)
class Finding:
    """What is wrong with a value of a table; as a text it is one sentence.

    Attributes:
        file: the table's file, as told to the user.
        line: line in it.
        column: column of the value.
        text: the value, and what is expected.
        missing: whether there is no value at all.
    """

    file: str
    line: int
    column: str
    text: str
    missing: bool = False

    def __str__(self) -> str:
        return say(
            "{file}, line {line}: {column} is {rest}",
            file=self.file,
            line=self.line,
            column=self.column,
            rest=self.text,
        )


Told = Finding | str
"""A finding at a value, or a sentence on something else."""
Complain = Callable[[Told], None]
"""Takes what is wrong; raises it or collects it."""


def fail(told: Told) -> NoReturn:
    """Raise what is wrong, for those who cannot go on with it."""
    raise OmlandError(str(told))


class Unusable(Exception):
    """The table at hand cannot be used further; what is wrong has been told already."""
