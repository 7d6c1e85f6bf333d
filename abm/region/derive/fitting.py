"""Iterative proportional fitting to totals over arbitrary sets of cells.

The fit starts from a prior table and scales, in turn, each set of cells to its total.
At convergence it is the table nearest to the prior in relative entropy among those
that meet all totals. Libraries for this (such as ipfn) expect complete margins along
dimensions; what is published here are single counties, single municipalities and
single pairs, so the sets are given as boolean masks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Margin = tuple[NDArray[np.bool_], float]


def fit(
    prior: NDArray[np.float64],
    margins: Sequence[Margin],
    rounds: int = 2000,
    tolerance: float = 1e-7,
    ceiling: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], float]:
    """Scale a prior table to totals of sets of its cells.

    The scale of the prior matters where a row or column has no total of its own: give it in
    the unit of the totals.

    Args:
        prior: non-negative table of any shape.
        margins: pairs of a boolean mask of that shape and the total of its cells.
        rounds: largest number of passes over the margins.
        tolerance: largest relative miss at which the fit stops.
        ceiling: largest value allowed in each cell, of the shape of the prior.

    Returns:
        The fitted table and the largest relative miss that is left.
    """
    cells = [np.flatnonzero(mask) for mask, _ in margins]
    totals = [total for _, total in margins]
    table = prior.astype(float).ravel().copy()
    limit = None if ceiling is None else ceiling.ravel()
    held = np.ones_like(table)
    worst = np.inf
    for _ in range(rounds):
        worst = 0.0
        if limit is not None:
            # A cell above its ceiling is scaled down, and let go again as far as it may:
            # so the order of the totals does not decide which cells end up capped.
            loose = table / held
            held = np.minimum(1.0, limit / np.maximum(loose, 1e-300))
            table = loose * held
        for where, total in zip(cells, totals, strict=True):
            now = table[where].sum()
            if now > 0:
                worst = max(worst, abs(now - total) / max(total, 1.0))
                table[where] *= total / now
        if worst < tolerance:
            break
    return table.reshape(prior.shape), worst
