"""Synthetic residents, households, employers and jobs that meet the official margins."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.population.build import build_population
    from abm.population.cache import population_for
    from abm.population.checks import check_population
    from abm.population.fit import fit_summary, fit_table, plot_fit
    from abm.population.population import Population
    from abm.population.several import POPULATIONS, Populations

_HOME = {
    "Population": "population",
    "POPULATIONS": "several",
    "Populations": "several",
    "build_population": "build",
    "population_for": "cache",
    "check_population": "checks",
    "fit_table": "fit",
    "fit_summary": "fit",
    "plot_fit": "fit",
}

__all__ = [
    "POPULATIONS",
    "Population",
    "Populations",
    "build_population",
    "check_population",
    "fit_summary",
    "fit_table",
    "plot_fit",
    "population_for",
]


def __getattr__(name: str) -> Any:
    # Workers only need the arrays; compiled code, pandas and the rest load when they are used.
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
