"""Forms of decay with time or distance: what stands beside sizes and effects in a gravity equation.

Each function returns the terms of one form by name, float64[M, M] each. All pass on the diagonal, which the
estimators leave out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Terms = dict[str, Matrix]

KINK_MINUTES = 45.0
"""Time at which a kink is tested, one way by car."""
KNOTS = (30.0, 45.0, 60.0, 90.0, 120.0, 240.0)
"""Knots of the piecewise linear curve of commuting, minutes by car."""
MINUTE_BANDS = (0.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, np.inf)
"""Bands of commuting, minutes by car: from, and up to but not including the next."""
KM_BANDS = (0.0, 50.0, 100.0, 150.0, 250.0, 400.0, np.inf)
"""Bands of moving, km by road."""


def linear(x: Matrix, name: str = "slope") -> Terms:
    """Exponential decay: one slope."""
    return {name: x}


def kink(minutes: Matrix, at: float = KINK_MINUTES) -> Terms:
    """Exponential decay whose slope changes at a time: the slope before, and its change after."""
    return {"slope": minutes, "change_of_slope": np.maximum(minutes - at, 0.0)}


def power(km: Matrix) -> Terms:
    """A power of distance."""
    return {"exponent": np.log(np.maximum(km, 1.0))}


def spline(minutes: Matrix, knots: tuple[float, ...] = KNOTS) -> Terms:
    """A piecewise linear curve with knots."""
    bent = {f"after_{knot:g}": np.maximum(minutes - knot, 0.0) for knot in knots}
    return {"slope": minutes, **bent}


def band_index(x: Matrix, edges: tuple[float, ...]) -> NDArray[np.intp]:
    """Number of the band of every value, from 0."""
    return np.searchsorted(np.asarray(edges), x, side="right") - 1


def band_name(edges: tuple[float, ...], i: int) -> str:
    """A band as text: ``30-45``, ``300+``."""
    return f"{edges[i]:g}-{edges[i + 1]:g}" if np.isfinite(edges[i + 1]) else f"{edges[i]:g}+"


def bands(x: Matrix, edges: tuple[float, ...]) -> Terms:
    """A step for every band but the first that has a pair, which is the base."""
    index = band_index(x, edges)
    off_diagonal = ~np.eye(len(x), dtype=bool)
    present = sorted(set(index[off_diagonal]))
    return {band_name(edges, int(i)): (index == i).astype(float) for i in present[1:]}


def modes(car: Matrix, transit: Matrix) -> Terms:
    """The slope by car, what each further minute by public transport adds, and a step where none runs."""
    runs = np.isfinite(transit)
    slower = np.where(runs, np.where(runs, transit, 0.0) - car, 0.0)
    terms = {"car": car, "transit_beyond_car": slower}
    if not runs.all():
        terms["no_transit"] = (~runs).astype(float)
    return terms
