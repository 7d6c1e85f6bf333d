"""Who supplies whom: the effect on orders between municipalities, behind ``orders.csv``.

Rows are ``scenario, buyer, supplier, baseline, effect, p05, p95``: jobs that the orders of a buyer's
municipality ask for in a supplier's, in the last month, mean over the replicates; the buyer
:data:`ESTABLISHMENTS` stands for what the establishments of the scenario buy directly. Pairs without
an effect are left out.
"""

from __future__ import annotations

import csv
import io

import numpy as np

from ..results import WorldResult
from .pairs import FloatArray

ORDERS = "orders.csv"
COLUMNS = ("scenario", "buyer", "supplier", "baseline", "effect", "p05", "p95")
ESTABLISHMENTS = "establishments"
"""The buyer that stands for the establishments of the scenario."""
LEAST = 0.005
"""Jobs below which an effect is none: it would be written as 0.00."""


class OrdersTable:
    """Collects the orders of pairs of worlds."""

    def __init__(self) -> None:
        self._effects: dict[str, list[FloatArray]] = {}
        self._baseline: list[FloatArray] = []
        self._codes: tuple[str, ...] = ()

    def add(self, world: WorldResult, baseline: WorldResult) -> None:
        """Take in a pair; nothing if its worlds do not tell their orders."""
        if world.orders is None or baseline.orders is None:
            return
        self._codes = world.codes
        self._effects.setdefault(world.scenario, []).append(world.orders - baseline.orders)
        self._baseline.append(baseline.orders)

    def csv(self) -> str:
        """The table as CSV; an empty text without pairs."""
        if not self._effects:
            return ""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        base = np.mean(self._baseline, axis=0)
        for scenario, effects in self._effects.items():
            stacked = np.stack(effects)
            mean = stacked.mean(axis=0)
            low, high = np.quantile(stacked, [0.05, 0.95], axis=0)
            buyers = (*self._codes[: mean.shape[1]], ESTABLISHMENTS)
            for b, s in np.argwhere(np.abs(mean) >= LEAST):
                figures = (f"{v[b, s]:.2f}" for v in (base, mean, low, high))
                writer.writerow((scenario, buyers[b], self._codes[s], *figures))
        return buffer.getvalue()
