"""The baseline beside the official figures of its first years: levels, trends, deviations.

:func:`official_figures` collects what the region's data package has from the first simulated year
on, :func:`deviations` sets worlds beside it by municipality and :func:`county_deviations` by county,
and :func:`run_baseline` simulates the worlds and writes the tables. Nothing here is fitted.
:data:`NOTES` says where an official figure is not one of a region without the factory.
"""

from __future__ import annotations

from .compare import (
    COLUMNS,
    COUNTY_COLUMNS,
    NOTES,
    area_name,
    county_deviations,
    deviations,
    worst,
)
from .official import official_figures
from .run import BaselineResult, run_baseline

__all__ = [
    "COLUMNS",
    "COUNTY_COLUMNS",
    "NOTES",
    "BaselineResult",
    "area_name",
    "county_deviations",
    "deviations",
    "official_figures",
    "run_baseline",
    "worst",
]
