"""Separation and job finding from stocks of unemployed.

Stocks alone do not identify the two rates. In a steady state as many jobs end as unemployed find one,
δ E = f U, so the stocks give their ratio r = U/E = δ/f and nothing more. With one rate
published elsewhere the other follows: δ = r f, f = δ/r. The delta method carries the errors of both over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from abm.errors import OmlandError
from abm.intervals import HALF_WIDTH

from .published import PUBLISHED, Published
from .rates import poisson_rate
from .rows import CONDITIONAL, Estimate, missing

if TYPE_CHECKING:
    from .sources import Sources

GROUP = "labour market"
STOCK, EMPLOYED = "registered_unemployed", "employed_residents"
METHOD = "steady state, delta method"


def from_range(published: Published) -> float:
    """Standard error of a published figure whose range is read as a 95 % interval."""
    return (published.high - published.low) / (2 * HALF_WIDTH)


def product(a: float, error_a: float, b: float, error_b: float) -> tuple[float, float]:
    """Product and its standard error, for independent a and b, by the delta method."""
    return a * b, math.hypot(b * error_a, a * error_b)


def quotient(a: float, error_a: float, b: float, error_b: float) -> tuple[float, float]:
    """Quotient and its standard error, for independent a and b, by the delta method."""
    return a / b, math.hypot(error_a / b, a * error_b / b**2)


def estimate_labour(sources: Sources) -> list[Estimate]:
    """Ratio of the two rates by year, and each of them given the other's published level."""
    region, m = sources.region, sources.region.n_municipalities
    employed = np.asarray(region.employed_residents, dtype=float)
    stocks: dict[str, np.ndarray] = {}
    table = sources.table(STOCK, "code", "period", "persons")
    name, status, identified = STOCK, sources.status(STOCK), sources.identified(STOCK)
    if table is not None:
        table = table.assign(year=table["period"].astype(str).str[:4])
        means = table.pivot_table(index="code", columns="year", values="persons", aggfunc="mean")
        codes = list(region.codes[:m])
        if set(codes) <= set(means.index):
            stocks = {str(year): means.loc[codes, year].to_numpy(dtype=float) for year in means.columns}
    if not stocks:  # the start of the model, which every region has
        name = "unemployed"
        status, identified = sources.status(name), sources.identified(name)
        stocks = {"start": np.asarray(region.unemployed, dtype=float)}
    if sources.identified(EMPLOYED) != identified:
        identified = "derived"
    tables, both = f"{name} + {EMPLOYED}", f"{status} + {sources.status(EMPLOYED)}"
    out: list[Estimate] = []
    finding, ending = PUBLISHED["job_finding"], PUBLISHED["separation"]
    for year, stock in stocks.items():
        try:
            ratio = poisson_rate(stock, employed)
        except OmlandError as problem:
            out.append(missing(f"unemployed_per_employed_{year}", GROUP, str(problem)))
            continue
        note = ""
        if name == STOCK:
            note = "mean of the months; registered, programmes included; by the employed of November 2020"
        out.append(
            Estimate(
                f"unemployed_per_employed_{year}", GROUP, ratio.value, ratio.error, "ratio, δ/f", ratio.n,
                "Poisson, sandwich errors over municipalities", tables, both, identified, "", "", note,
                ratio.low, ratio.high,
            )
        )  # fmt: skip
        worth = CONDITIONAL if identified == "official" else identified
        value, error = product(ratio.value, ratio.error, finding.central, from_range(finding))
        out.append(
            Estimate(
                f"separation_{year}", GROUP, value, error, "1/month", ratio.n, METHOD, tables, both, worth,
                "separation_rate", "separation",
                f"given the published job finding of {finding.central:g} a month, its range as a 95 % interval",
            )
        )  # fmt: skip
        value, error = quotient(ending.central, from_range(ending), ratio.value, ratio.error)
        out.append(
            Estimate(
                f"job_finding_{year}", GROUP, value, error, "1/month", ratio.n, METHOD, tables, both, worth,
                "", "job_finding",
                f"given the published separation of {ending.central:g} a month, its range as a 95 % interval",
            )
        )  # fmt: skip
    flows = "stocks give the ratio only; no table of flows between employment and unemployment"
    return [
        *out,
        missing("separation", GROUP, flows, parameter="separation_rate", published="separation"),
        missing("job_finding", GROUP, flows, parameter="search_unemployed", published="job_finding"),
        missing("job_to_job", GROUP, "no table of changes of job", parameter="search_on_the_job",
                published="job_to_job"),
    ]  # fmt: skip
