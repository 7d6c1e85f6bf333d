"""Whole numbers with given totals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def largest_remainder(weights: ArrayLike, total: int) -> NDArray[np.int64]:
    """Split `total` over weights: everyone gets the floor, the largest remainders one more.

    Ties go to the earlier cell, so the result does not depend on the machine.

    Args:
        weights: non-negative weights of any scale, shape (n,).
        total: whole number to split.

    Returns:
        int64[n] with sum `total`.
    """
    share = np.asarray(weights, dtype=float)
    if share.sum() <= 0:
        share = np.ones_like(share)
    exact = share / share.sum() * total
    whole = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(-np.round(exact - whole, 9), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
