"""Values of a column: from text to the type of its field, within its constraints."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.language import say
from abm.region.complaints import Complain, Finding


def convert(
    file: str, field: dict[str, Any], values: list[str], lines: list[int], complain: Complain
) -> Any | None:
    """Values of a column in the type of its field, or None after complaints."""
    name, kind = field["name"], field["type"]
    constraints = field["constraints"]
    required = bool(constraints.get("required"))
    told = 0

    def report(i: int, text: str) -> None:
        nonlocal told
        told += 1
        value = values[i]
        what = say("{value}; {text}.", value=_shown(value), text=text)
        complain(Finding(file, lines[i], name, what, missing=value == ""))

    if kind in ("integer", "number"):
        what = say("a whole number") if kind == "integer" else say("a number")
        numbers = _numbers(values)
        bad = ~np.isfinite(numbers)
        if kind == "integer":
            with np.errstate(invalid="ignore"):
                bad |= numbers != np.floor(numbers)
        for i in np.flatnonzero(bad):
            if values[i] != "" or required:
                report(int(i), say("{what} is expected", what=what))
        limits = ((np.less, "minimum", say("at least")), (np.greater, "maximum", say("at most")))
        for beyond, limit, words in limits:
            if limit in constraints:
                with np.errstate(invalid="ignore"):
                    for i in np.flatnonzero(beyond(numbers, float(constraints[limit]))):
                        report(
                            int(i),
                            say(
                                "{what} of {words} {limit} is expected",
                                what=what,
                                words=words,
                                limit=constraints[limit],
                            ),
                        )
        return None if told else numbers
    allowed = constraints.get("enum")
    pattern = re.compile(str(constraints["pattern"])) if "pattern" in constraints else None
    for value in dict.fromkeys(values):
        if value == "":
            problem = say("text is expected") if required else None
        elif allowed is not None and value not in allowed:
            problem = say("one of {allowed} is expected", allowed=", ".join(map(str, allowed)))
        elif pattern is not None and not pattern.fullmatch(value):
            problem = say("a value of the form {pattern} is expected", pattern=pattern.pattern)
        else:
            problem = None
        if problem:
            same = [k for k, one in enumerate(values) if one == value]
            for k in same if value == "" else same[:1]:  # all that is to be filled in, one of what is wrong
                report(k, problem)
    return None if told else values


def _numbers(values: list[str]) -> NDArray[np.float64]:
    """Values as float64, NaN where a value is no plain decimal number."""
    if "_" in "".join(values):
        values = ["" if "_" in value else value for value in values]
    try:
        return np.array(values, dtype=float)
    except ValueError:
        out = np.full(len(values), np.nan)
        for i, value in enumerate(values):
            try:
                out[i] = float(value)
            except ValueError:
                continue
        return out


def _shown(value: str) -> str:
    if value == "":
        return say("missing")
    return repr(value if len(value) <= 40 else value[:40] + "…")
