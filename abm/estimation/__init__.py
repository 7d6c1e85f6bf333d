"""What the region's own figures say about behaviour: estimates with standard errors, and how they fit.

:func:`run_estimation` reads a region, estimates the decay of commuting and moving with time and distance,
rates of moving, of separation and of job finding, and levels of pay, and sets every estimate beside the
parameter it speaks of and the range that has been published. It never mixes two kinds of table: what
rests on official figures says so, and an estimate on a table that a rule has made says that it returns
the rule (:data:`~abm.estimation.rows.IDENTIFIED`).
"""

from __future__ import annotations

from .gravity import DecayFit, fit_ppml
from .published_flows import PublishedFlows, fit_published
from .rows import COLUMNS, IDENTIFIED, Estimate, estimate_table
from .run import EstimationResult, run_estimation

__all__ = [
    "COLUMNS",
    "IDENTIFIED",
    "DecayFit",
    "Estimate",
    "EstimationResult",
    "PublishedFlows",
    "estimate_table",
    "fit_ppml",
    "fit_published",
    "run_estimation",
]
