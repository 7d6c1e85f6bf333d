"""The prior, and points spread over it.

Inside the package a point is given in the unit cube: 0 at the lower end of a parameter's range, 1 at the upper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from abm.parameters import PARAMETER

FloatArray = NDArray[np.float64]


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers of their own for a purpose: what one draws leaves the others as they were."""
    digest = hashlib.sha256(f"{seed}\n{purpose}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


@dataclass(frozen=True)
class Prior:
    """Uniform and independent on a range for each parameter.

    Attributes:
        bounds: lower and upper end by name.
    """

    bounds: Mapping[str, tuple[float, float]]

    @classmethod
    def declared(cls, names: tuple[str, ...]) -> Prior:
        """The declared ranges of some parameters."""
        return cls({name: (PARAMETER[name].low, PARAMETER[name].high) for name in names})

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, the columns of points."""
        return tuple(self.bounds)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.bounds)

    def values(self, unit: FloatArray) -> FloatArray:
        """Points of the unit cube in the parameters' own units, float64[..., parameters]."""
        low, high = np.array(list(self.bounds.values())).T
        return np.asarray(low + (high - low) * unit)

    def unit(self, values: FloatArray) -> FloatArray:
        """The reverse of :meth:`values`."""
        low, high = np.array(list(self.bounds.values())).T
        return np.asarray((values - low) / (high - low))

    def named(self, unit: FloatArray) -> dict[str, float]:
        """One point by name, in the parameters' own units."""
        return dict(zip(self.names, map(float, self.values(unit)), strict=True))

    def hypercube(self, n: int, seed: int, purpose: str) -> FloatArray:
        """A Latin hypercube whose points are moved apart, float64[n, parameters] in the unit cube."""
        sampler = qmc.LatinHypercube(self.size, optimization="random-cd", rng=stream(seed, purpose))
        return np.asarray(sampler.random(n))

    def sobol(self, log2: int, seed: int, purpose: str) -> FloatArray:
        """A scrambled Sobol' sequence of ``2**log2`` points in the unit cube."""
        return np.asarray(qmc.Sobol(self.size, rng=stream(seed, purpose)).random_base2(log2))


def spread(points: FloatArray, n: int, beside: FloatArray) -> FloatArray:
    """Choose points that are far from one another and from others, greedily.

    Args:
        points: float64[m, parameters] to choose from, m at least n.
        n: how many.
        beside: float64[k, parameters] that are there already.

    Returns:
        float64[n, parameters].
    """
    nearest = np.full(len(points), np.inf)
    for other in beside:
        nearest = np.minimum(nearest, ((points - other) ** 2).sum(axis=1))
    chosen = []
    for _ in range(n):
        best = int(np.argmax(nearest))
        chosen.append(best)
        nearest = np.minimum(nearest, ((points - points[best]) ** 2).sum(axis=1))
        nearest[best] = -1.0
    return points[chosen]
