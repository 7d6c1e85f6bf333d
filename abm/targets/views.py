"""One replicate as a row of the table sees it: which scenario, where and when."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..effects.pairs import FloatArray, IntArray, NotRecordedError, Pair, month_index
from ..schema import COUNTIES, START_YEAR

VN, VB = "22", "24"
"""County that the study was made for, and county of the factory."""


@dataclass(frozen=True)
class Window:
    """When a row is measured.

    Attributes:
        stocks: months at whose ends stocks are taken.
        span: months over which flows are summed.
    """

    stocks: IntArray
    span: IntArray


FULL_OPERATION = (2027, 2030)
"""First and last year of full operation."""


def windows(year: str) -> tuple[Window, ...]:
    """What the ``year`` of a row means; several windows for ``each of``.

    Raises:
        NotRecordedError: the form is unknown.
    """
    if year == "full operation":
        return (_decembers(*FULL_OPERATION),)
    match = re.fullmatch(r"(?:(mean|each of|cumulative) )?(\d{4})(?:-(\d{4}))?", year)
    if match is None:
        raise NotRecordedError(f"year {year!r}")
    form, first = match[1], int(match[2])
    last = int(match[3] or first)
    span = np.arange(month_index(first, 1), month_index(last) + 1)
    if form == "mean":
        return (Window(span, span),)
    if form == "each of":
        return tuple(_decembers(y, y) for y in range(first, last + 1))
    if form == "cumulative":
        return (Window(span[-1:], span),)
    return (_decembers(first, last),)


def _decembers(first: int, last: int) -> Window:
    stocks = np.array([month_index(y) for y in range(first, last + 1)])
    return Window(stocks, np.arange(month_index(first, 1), month_index(last) + 1))


@dataclass(frozen=True)
class View:
    """One replicate as one row of the table sees it.

    Attributes:
        pairs: scenario and baseline, by scenario.
        scenario: scenario the row is about.
        geography: where, as in the table.
        window: when.
    """

    pairs: Mapping[str, Pair]
    scenario: str
    geography: str
    window: Window

    def of(self, scenario: str) -> View:
        """The same row for another scenario."""
        return View(self.pairs, scenario, self.geography, self.window)

    @property
    def pair(self) -> Pair:
        """The scenario and its baseline."""
        try:
            return self.pairs[self.scenario]
        except KeyError:
            raise NotRecordedError(self.scenario) from None

    def at(self, series: FloatArray) -> float:
        """Mean of a stock over the months of the window."""
        return float(self._inside(series, self.window.stocks).mean())

    def over(self, series: FloatArray) -> float:
        """Sum of a flow over the span of the window."""
        return float(self._inside(series, self.window.span).sum())

    def ratio(self, numerator: FloatArray, denominator: FloatArray) -> float:
        """Ratio of the sums over the months of the window; NaN over zero."""
        below = self.at(denominator)
        return self.at(numerator) / below if below else math.nan

    def _inside(self, series: FloatArray, months: IntArray) -> FloatArray:
        if months[0] < 0 or months[-1] >= len(series):
            raise NotRecordedError(f"months before {START_YEAR} or after the last")
        return series[months]

    @property
    def counties(self) -> tuple[str, ...]:
        """Counties of the geography: ``"A"``, ``"A+B"``, or the home side of ``"A to B"``."""
        return _counties(self.geography.split(" to ")[0])

    @property
    def destinations(self) -> tuple[str, ...]:
        """Counties commuted or moved to: of ``"A to B"``, else the county of the factory."""
        _, _, work = self.geography.partition(" to ")
        return _counties(work) if work else (VB,)

    def commuters(self) -> FloatArray:
        """Effect on the commuters between two sets of counties, float64[T]."""
        return self.pair.flow("commuters", self.mask(self.counties), self.mask(self.destinations))

    def mask(self, counties: Iterable[str]) -> np.ndarray:
        """Which municipalities lie in one of some counties, bool[M]."""
        return np.isin(np.array(self.pair.region.county), list(counties))


def _counties(text: str) -> tuple[str, ...]:
    codes = {name: code for code, name in COUNTIES.items()}
    try:
        return tuple(codes[name.strip()] for name in text.split("+"))
    except KeyError as error:
        raise NotRecordedError(f"geography {text!r}") from error
