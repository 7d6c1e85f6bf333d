"""Estimated coefficients by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Coefficients:
    """Coefficients and how well they are known.

    Attributes:
        names: what each of the K coefficients is of.
        beta: the coefficients, float64[K].
        covariance: of the coefficients, float64[K, K].
    """

    names: tuple[str, ...]
    beta: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def at(self, name: str) -> tuple[float, float]:
        """A coefficient and its standard error.

        Raises:
            ValueError: there is no coefficient of that name.
        """
        i = self.names.index(name)
        return float(self.beta[i]), float(np.sqrt(self.covariance[i, i]))
