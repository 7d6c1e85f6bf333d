"""Chance that is fixed by who draws it: which scenario and which values a replicate gets.

A draw is a function of (seed, replicate, purpose) and of nothing else, as in :mod:`abm.core.rng`. So a
replicate has the same values whichever others are run, in whatever order, and adding an uncertain input leaves
the draws of all others as they were. SHA-256 stands in for the counter-based generator: there are only a few
draws a replicate, and its values do not depend on the version of a library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def uniform(seed: int, replicate: int, purpose: str) -> float:
    """A number in the open interval (0, 1).

    Args:
        seed: experiment seed.
        replicate: number of the replicate.
        purpose: what is drawn, such as ``"parameter moving_cost"``.
    """
    digest = hashlib.sha256(f"{seed}\n{replicate}\n{purpose}".encode()).digest()
    return (int.from_bytes(digest[:6], "big") + 0.5) / 2.0**48


def between(seed: int, replicate: int, purpose: str, low: float, high: float) -> float:
    """A number drawn evenly between two bounds."""
    return low + (high - low) * uniform(seed, replicate, purpose)


def one_of(seed: int, replicate: int, purpose: str, weights: Mapping[str, float]) -> str:
    """A name drawn with chances proportional to the weights."""
    point = uniform(seed, replicate, purpose) * sum(weights.values())
    for name, weight in weights.items():
        point -= weight
        if point < 0:
            return name
    return [name for name, weight in weights.items() if weight > 0][-1]
