"""Where a model is looked at: points in the ranges of its uncertain figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say

FloatArray = NDArray[np.float64]

METHODS = ("morris", "sobol", "surrogate")
SIZES = {"morris": 10, "sobol": 64, "surrogate": 256}
"""Trajectories, base sample, and points, unless told."""
GROWING = ("surrogate",)
"""Methods of which a smaller design is the beginning of a larger one."""
FEWEST = {"morris": 2, "sobol": 2, "surrogate": 16}
LEVELS = 4
"""Levels of an input in Morris' design."""


@dataclass(frozen=True)
class Problem:
    """Uncertain figures and their ranges.

    Attributes:
        bounds: lower and upper bound by name.
    """

    bounds: Mapping[str, tuple[float, float]]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the figures, the columns of a design."""
        return tuple(self.bounds)

    def as_salib(self) -> dict[str, Any]:
        """The problem as SALib takes it."""
        return {
            "num_vars": len(self.bounds),
            "names": list(self.names),
            "bounds": [list(pair) for pair in self.bounds.values()],
        }


def make_design(problem: Problem, method: str, size: int, seed: int) -> FloatArray:
    """Points of a design.

    Args:
        problem: the uncertain figures, at least two.
        method: ``"morris"`` (trajectories of one figure changed at a time), ``"sobol"`` (Saltelli's blocks on a
            scrambled Sobol' sequence, for first-order and total indices) or ``"surrogate"`` (the scrambled Sobol'
            sequence by itself, which fills the space, see :mod:`abm.sensitivity.surrogate`).
        size: trajectories, or base sample, which has to be a power of two, or points.
        seed: seed of the design.

    Returns:
        float64[points, figures]: ``size * (figures + 1)`` points for Morris, ``size * (figures + 2)`` for Sobol,
        ``size`` for a surrogate.

    Raises:
        OmlandError: too few figures, an unknown method, a size that does not do, or SALib is not installed.
    """
    if len(problem.bounds) < 2:
        raise OmlandError(
            say(
                "A sensitivity analysis needs at least two uncertain figures: parameters in prior = [...] or [[lever]]."
            )
        )
    if method not in METHODS:
        raise OmlandError(
            say('There is no method "{method}"; allowed: {names}.', method=method, names=", ".join(METHODS))
        )
    if size < FEWEST[method] or (method == "sobol" and size & (size - 1)):
        wanted = say("a power of two") if method == "sobol" else say("at least {n}", n=FEWEST[method])
        raise OmlandError(
            say(
                "The size of a {method} design is {size}; it has to be {wanted}.",
                method=method,
                size=size,
                wanted=wanted,
            )
        )
    need_salib()
    if method == "morris":
        from SALib.sample import morris

        points = morris.sample(problem.as_salib(), size, num_levels=LEVELS, seed=seed)
    elif method == "surrogate":
        points = _filling(problem, size, seed)
    else:
        from SALib.sample import sobol

        points = sobol.sample(problem.as_salib(), size, calc_second_order=False, seed=seed)
    return np.asarray(points, dtype=np.float64)


def _filling(problem: Problem, size: int, seed: int) -> FloatArray:
    """The first points of a scrambled Sobol' sequence."""
    from scipy.stats import qmc

    low, high = np.array(list(problem.bounds.values())).T
    sequence = qmc.Sobol(len(low), scramble=True, seed=seed)
    # Drawn as the power of two that is balanced, so that a smaller design is the beginning of a larger one.
    cube = sequence.random_base2((size - 1).bit_length())[:size]
    return np.asarray(low + (high - low) * cube)


def need_salib() -> None:
    """Say how to get SALib where it is missing.

    Raises:
        OmlandError: it is not installed.
    """
    try:
        import SALib  # noqa: F401
    except ImportError:
        raise OmlandError(
            say(
                'A sensitivity analysis needs the package "SALib"; install it with pip install "omland[sensitivity]".'
            )
        ) from None
