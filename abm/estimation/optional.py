"""Statsmodels, which is an extra: one place that loads it, and says how to get it."""

from __future__ import annotations

import importlib
from typing import Any

from abm.errors import OmlandError
from abm.language import say


def statsmodels(module: str = "statsmodels.api") -> Any:
    """A module of statsmodels.

    Raises:
        OmlandError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise OmlandError(
            say(
                'An estimation needs the package "statsmodels"; install it with pip install "omland[calibration]".'
            )
        ) from None
