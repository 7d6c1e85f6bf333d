"""One estimate as a row: figure, error, where it comes from, and what it is held against."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from abm.intervals import HALF_WIDTH
from abm.parameters import PARAMETER

from .published import PUBLISHED

if TYPE_CHECKING:
    import pandas as pd

OFFICIAL_ROW = "official"
NOT_IDENTIFIED = "not identified"
CONDITIONAL = "conditional"
IDENTIFIED = ("official", "derived", CONDITIONAL, NOT_IDENTIFIED)
"""What an estimate rests on.

``official``: published figures of the region. ``derived``: a table that a rule has made (or that does not
say what it is), so that the estimate returns the rule and its errors are not sampling errors.
``conditional``: official figures and one published rate of another place or time. ``not identified``: the
region's tables cannot tell; there is no figure.
"""
INSIDE, OUTSIDE = "inside", "outside"


class Estimate(NamedTuple):
    """One estimate.

    Attributes:
        name: its key, the same in every language.
        group: ``commuting``, ``migration``, ``labour market`` or ``wages``.
        estimate: the figure; NaN where it is not identified.
        standard_error: its standard error; NaN where there is none.
        unit: unit of both.
        n: observations.
        method: estimator and kind of standard error.
        source_table: tables of the package, joined by ``+``.
        source_status: what the descriptor says of them.
        identified: one of :data:`IDENTIFIED`.
        parameter: parameter of the model that the same quantity has; empty if none.
        published: key in :data:`~abm.estimation.published.PUBLISHED`; empty if none.
        note: what has to be known to read it.
        low, high: ends of the 95 % interval where they are not estimate ± 1.96 standard errors.
    """

    name: str
    group: str
    estimate: float
    standard_error: float
    unit: str
    n: int
    method: str
    source_table: str
    source_status: str
    identified: str
    parameter: str = ""
    published: str = ""
    note: str = ""
    low: float = math.nan
    high: float = math.nan

    def interval(self) -> tuple[float, float]:
        """Ends of the 95 % interval; NaN where there is none."""
        if math.isnan(self.low) or math.isnan(self.high):
            return (
                self.estimate - HALF_WIDTH * self.standard_error,
                self.estimate + HALF_WIDTH * self.standard_error,
            )
        return self.low, self.high


COLUMNS = (
    "name",
    "group",
    "estimate",
    "standard_error",
    "low",
    "high",
    "unit",
    "n",
    "method",
    "source_table",
    "source_status",
    "identified",
    "parameter",
    "default",
    "prior_low",
    "prior_high",
    "prior_verdict",
    "published",
    "published_low",
    "published_high",
    "published_source",
    "published_grade",
    "verdict",
    "interval_meets_range",
    "note",
)
"""Columns of ``estimates.csv``. ``verdict`` says whether the estimate lies in the published range,
``prior_verdict`` whether it lies in the prior range of the parameter, ``interval_meets_range`` whether its
95 % interval and the published range have a value in common; all are empty where there is nothing to compare."""


def missing(name: str, group: str, note: str, *, parameter: str = "", published: str = "") -> Estimate:
    """A quantity that the region's tables do not identify, with the reason."""
    return Estimate(
        name, group, math.nan, math.nan, "", 0, "", "", "", NOT_IDENTIFIED, parameter, published, note
    )


def verdict(value: float, low: float, high: float) -> str:
    """Whether a figure lies in a range; empty if either is unknown."""
    if any(math.isnan(x) for x in (value, low, high)):
        return ""
    return INSIDE if low <= value <= high else OUTSIDE


def as_row(estimate: Estimate) -> dict[str, object]:
    """An estimate with its parameter and published range, a value for each of :data:`COLUMNS`."""
    parameter = PARAMETER.get(estimate.parameter)
    published = PUBLISHED.get(estimate.published)
    low, high = estimate.interval()
    row: dict[str, object] = {
        **{key: getattr(estimate, key) for key in COLUMNS[:4]},
        "low": low,
        "high": high,
        **{key: getattr(estimate, key) for key in COLUMNS[6:13]},
        "default": math.nan if parameter is None else parameter.default,
        "prior_low": math.nan if parameter is None else parameter.low,
        "prior_high": math.nan if parameter is None else parameter.high,
        "published": math.nan if published is None else published.central,
        "published_low": math.nan if published is None else published.low,
        "published_high": math.nan if published is None else published.high,
        "published_source": "" if published is None else published.source,
        "published_grade": "" if published is None else published.grade,
        "note": estimate.note,
    }
    row["prior_verdict"] = row["verdict"] = row["interval_meets_range"] = ""
    if parameter is not None:
        row["prior_verdict"] = verdict(estimate.estimate, parameter.low, parameter.high)
    if published is not None:
        row["verdict"] = verdict(estimate.estimate, published.low, published.high)
        if not any(math.isnan(x) for x in (low, high)):
            row["interval_meets_range"] = "yes" if low <= published.high and high >= published.low else "no"
    return {key: row[key] for key in COLUMNS}


def estimate_table(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """All estimates as a table with :data:`COLUMNS`."""
    import pandas as pd

    return pd.DataFrame([as_row(e) for e in estimates], columns=list(COLUMNS))
