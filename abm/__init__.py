"""Omland: an agent-based model of what a large employer does to the labour markets around it."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.model import LabourMarketModel
    from abm.parameters import Parameters
    from abm.population.cache import population_for
    from abm.region.package import load_region
    from abm.scenario.files import load_scenario
    from abm.simulate import simulate

__version__ = "0.1.0"

_HOME = {
    "LabourMarketModel": "abm.model",
    "Parameters": "abm.parameters",
    "load_region": "abm.region.package",
    "load_scenario": "abm.scenario.files",
    "population_for": "abm.population.cache",
    "simulate": "abm.simulate",
}

__all__ = [
    "LabourMarketModel",
    "Parameters",
    "__version__",
    "load_region",
    "load_scenario",
    "population_for",
    "simulate",
]


def __getattr__(name: str) -> Any:
    # `import abm` stays light: compiled code, Mesa, pandas and the rest load when they are used.
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps `abm.simulate` the function: importing the module of that name would take its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "simulate" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
