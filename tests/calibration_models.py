"""Stand-ins for the model in tests of the calibration, importable by workers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from abm.calibration.rows import Row
from abm.parameters import PARAMETER

NAMES = ("moving_cost", "awareness", "services_decay")
TRUTH = (0.3, 0.7, 0.5)
"""In the unit cube."""


def surface(x: np.ndarray) -> dict[str, float]:
    a, b, c = x
    return {
        "B01 | outmigration": 1.2 + 0.5 * a + 0.1 * b * b,
        "B05 | outmigration": 1200.0 + 600.0 * b - 80.0 * a,
        "B06 | outcommuting": 1200.0 + 600.0 * b - 80.0 * a,
        "B16 | outmigration": -300.0 + 100.0 * c + 100.0 * a * b,
        "B21 | outcommuting": 500.0 + 3.0 * a,
        "B20 | outcommuting": 84.0,
    }


QUANTITY = {"B01": "employment_multiplier"}


def rows() -> tuple[Row, ...]:
    centre = surface(np.array(TRUTH))
    half = {"B01": 0.05, "B05": 60.0, "B06": 60.0, "B16": 20.0, "B21": 10.0, "B20": 5.0}
    found = []
    for name, value in centre.items():
        id_, _, scenario = name.partition(" | ")
        middle = 40.0 if id_ == "B21" else value + (0.0 if id_ != "B06" else -200.0)
        found.append(
            Row(
                id_,
                scenario,
                QUANTITY.get(id_, "quantity"),
                1,
                "result",
                middle,
                middle - half[id_],
                middle + half[id_],
            )
        )
    return tuple(found)


def unit(values: Mapping[str, float]) -> np.ndarray:
    return np.array([(values[n] - PARAMETER[n].low) / (PARAMETER[n].high - PARAMETER[n].low) for n in NAMES])


def stand_in(values: Mapping[str, float], replicate: int) -> dict[str, float]:
    """Smooth rows with luck: some of it common to all points, some a point's own.

    B05 and B06 are the same figure with intervals that exclude each other; B21 is out of reach; B20 is imposed.
    """
    x = unit(values)
    digest = hashlib.sha256(repr((sorted(values.items()), replicate)).encode()).digest()
    own = np.random.default_rng(np.frombuffer(digest, dtype=np.uint32)).normal(size=4)
    common = np.random.default_rng(replicate).normal()
    figures = surface(x)
    figures["B01 | outmigration"] += 0.02 * own[0]
    luck = 20.0 * own[1] + 10.0 * common
    figures["B05 | outmigration"] += luck
    figures["B06 | outcommuting"] += luck
    figures["B16 | outmigration"] += 8.0 * own[2]
    figures["B21 | outcommuting"] += own[3]
    return figures
