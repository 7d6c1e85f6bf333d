"""Fields of a scenario: months, sectors, counties, figures and paths, and how they are checked."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from abm.language import N_, say
from abm.schema import COUNTIES, MONTHS_PER_YEAR, SECTOR_CODES, START_YEAR

FloatArray = NDArray[np.float64]

START = f"{START_YEAR}-01"
"""The first simulated month: the stocks of the region are those of the month before."""
MAX_YEAR = 2100
UNKNOWN = {
    "county": N_("unknown county"),
    "establishment": N_("unknown establishment"),
    "group of parameters": N_("unknown group of parameters"),
    "key": N_("unknown key"),
    "kind": N_("unknown kind"),
    "municipality": N_("unknown municipality"),
    "parameter": N_("unknown parameter"),
    "place": N_("unknown place"),
    "quantity": N_("unknown quantity"),
    "sector": N_("unknown sector"),
    "support": N_("unknown support"),
    "value": N_("unknown value"),
}
"""How a message begins about a name that is not known, by what it should be a name of."""


def month_index(month: str) -> int:
    """Index of a month in the model, 0 for January of the start year.

    Args:
        month: a month as ``"YYYY-MM"``.

    Returns:
        Months since the first month of the model; negative before it.

    Raises:
        ValueError: the text is no month.
    """
    match = re.fullmatch(r"(\d{4})-(\d{2})", month)
    if match is None:
        raise ValueError(say('must be a month such as "2024-03", not "{month}"', month=month))
    year, number = int(match[1]), int(match[2])
    if not 1 <= number <= MONTHS_PER_YEAR:
        raise ValueError(
            say('"{month}" is not a month: the number after the year runs from 01 to 12', month=month)
        )
    if year > MAX_YEAR:
        raise ValueError(say('"{month}" is beyond the year {year}', month=month, year=MAX_YEAR))
    return (year - START_YEAR) * MONTHS_PER_YEAR + number - 1


def county_code(name_or_code: str) -> str:
    """Code of a simulated county given by name or code.

    Raises:
        ValueError: no such county.
    """
    if name_or_code in COUNTIES:
        return name_or_code
    for code, name in COUNTIES.items():
        if name == name_or_code:
            return code
    raise ValueError(unknown("county", name_or_code, COUNTIES.values()))


def unknown(what: str, given: str, allowed: Iterable[str]) -> str:
    """Say that a name is not known, which one may have been meant, or which there are.

    Args:
        what: what it should be a name of, one of :data:`UNKNOWN`.
        given: the name.
        allowed: the names there are.
    """
    names, begin = list(allowed), say(UNKNOWN[what])
    close = difflib.get_close_matches(given.lower(), [n.lower() for n in names], n=1)
    if close:
        meant = next(n for n in names if n.lower() == close[0])
        return say('{begin} "{given}"; did you mean "{meant}"?', begin=begin, given=given, meant=meant)
    if names:
        return say('{begin} "{given}"; allowed: {names}', begin=begin, given=given, names=", ".join(names))
    return f'{begin} "{given}"'


def is_unknown(message: str, what: str = "") -> bool:
    """Whether a message is one of :func:`unknown`, about anything unless told."""
    return message.startswith(tuple(say(UNKNOWN[name]) for name in ([what] if what else UNKNOWN)))


def _check_month(month: str) -> str:
    month_index(month)
    return month


def _check_sector(code: str) -> str:
    if code not in SECTOR_CODES:
        raise ValueError(unknown("sector", code, SECTOR_CODES))
    return code


def _county_shares(shares: dict[str, float]) -> dict[str, float]:
    """Shares by the code of the county, whether it was given by name or code."""
    by_code = {county_code(name): share for name, share in shares.items()}
    if len(by_code) < len(shares):
        raise ValueError(say("names a county twice, by name and by code"))
    if sum(shares.values()) > 1 + 1e-9:
        raise ValueError(
            say("has shares that add up to {total:g}; at most 1 is possible", total=sum(shares.values()))
        )
    return by_code


Text = Annotated[str, Field(strict=True, min_length=1)]
Month = Annotated[str, Field(strict=True), AfterValidator(_check_month)]
SectorCode = Annotated[str, Field(strict=True), AfterValidator(_check_sector)]
LARGEST = 1_000_000
"""No count of jobs or dwellings and no other figure of an event is larger: more than the region has residents."""
Count = Annotated[float, Field(strict=True, ge=0, le=LARGEST, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, le=LARGEST, allow_inf_nan=False)]
Above = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Premium = Annotated[float, Field(strict=True, gt=-1, le=5, allow_inf_nan=False)]
CountyShares = Annotated[dict[Text, Share], AfterValidator(_county_shares)]


class Model(BaseModel):
    """Base of everything in a scenario: immutable, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class JobPoint(Model):
    """Jobs at the end of a month."""

    month: Month
    jobs: Count


class SharePoint(Model):
    """A share at the end of a month."""

    month: Month
    share: Share


def path_values(
    points: Sequence[JobPoint | SharePoint], n_months: int, *, before: float | None = 0.0
) -> FloatArray:
    """Values of a path at the end of every month.

    Args:
        points: points of the path, months increasing.
        n_months: number of months, T.
        before: value before the first point; None for the value of the first point.

    Returns:
        float64[T], linear between points and constant after the last one.
    """
    if not points:
        return np.full(n_months, 0.0 if before is None else before)
    months = np.array([month_index(p.month) for p in points], dtype=np.float64)
    values = np.array([p.jobs if isinstance(p, JobPoint) else p.share for p in points], dtype=np.float64)
    left = values[0] if before is None else before
    return np.interp(np.arange(n_months, dtype=np.float64), months, values, left=left)


def _check_increasing(points: tuple[Any, ...]) -> tuple[Any, ...]:
    months = [p.month for p in points]
    for earlier, later in itertools.pairwise(months):
        if later <= earlier:
            raise ValueError(
                say(
                    "must have increasing months, but {later} follows {earlier}", later=later, earlier=earlier
                )
            )
    return points


JobPath = Annotated[tuple[JobPoint, ...], AfterValidator(_check_increasing)]
SharePath = Annotated[tuple[SharePoint, ...], Field(min_length=1), AfterValidator(_check_increasing)]
