"""Upper bounds of all hazards, as the pass over all residents compares its draws with them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.core.state import ADULT, CHILD, EMPLOYED, N_CLASSES, OUTSIDE, RETIREMENT, UNEMPLOYED
from abm.core.tables.ages import AGES, Array
from abm.parameters import Parameters
from abm.phases.hazards import LABOUR
from abm.schema import MONTHS_PER_YEAR

ONE = 4294967296.0
"""Words of 32 bits: a threshold that every draw lies below, were there room for it."""


class Hazards(NamedTuple):
    """Hazards a month, and the factor on births, as in :class:`~abm.core.state.Tables`."""

    death: Array
    birth: Array
    birth_factor: Array
    pairing: Array
    separation: Array
    leaving_home: Array
    buying: Array
    exit: Array
    entry: Array
    moving: Array


def bounds(hazards: Hazards, parameters: Parameters, jobs_end: float) -> NDArray[np.uint32]:
    """Thresholds of death, family, labour and moving by class and age in years, uint32[24, 101, 4].

    Args:
        hazards: monthly hazards.
        parameters: parameter values.
        jobs_end: how often jobs end where that is most often, relative to the region.
    """
    h = hazards
    found = {name: np.zeros((N_CLASSES, AGES)) for name in ("death", "family", "labour", "moving")}
    for status in range(1, 6):
        for g in range(2):
            for pair in range(2):
                row = status * 4 + g * 2 + pair
                found["death"][row] = h.death[:, g].max(axis=0)
                family = h.birth.max(axis=0) * h.birth_factor[pair] if g == 0 else np.zeros(AGES)
                found["family"][row] = family + (
                    0.5 * (h.separation + h.buying[1])
                    if pair
                    else h.pairing[g] + h.leaving_home + h.buying[0]
                )
                move = h.moving.max(axis=(0, 1)) * max(
                    1.0, parameters["odds_unemployed"] if status == UNEMPLOYED else 1.0
                )
                found["moving"][row] = move * (0.5 if pair else 1.0)
                if status == EMPLOYED:
                    found["moving"][row] += parameters["reconsider_rate"]
                labour = np.zeros(AGES)
                if status == EMPLOYED:
                    labour = (
                        2.5 * jobs_end * parameters["separation_rate"] * parameters["long_commute_separation"]
                        + h.exit[g]
                        + parameters["search_on_the_job"]
                    )
                elif status == UNEMPLOYED:
                    labour = h.exit[g] + parameters["search_unemployed"]
                elif status == OUTSIDE:
                    labour = np.minimum(h.entry[:, g].max(axis=0) * 2.0, 1.0)
                found["labour"][row] = labour
    bound = np.stack([_threshold(_or_next(by_age)) for by_age in found.values()], axis=-1)
    # those who come of age or reach the age of retirement do so in the month of their birthday
    for status, of_age in ((CHILD, ADULT), (UNEMPLOYED, RETIREMENT), (OUTSIDE, RETIREMENT)):
        bound[4 * status : 4 * status + 4, of_age:, LABOUR] = np.uint32(ONE - 1.0)
    return bound


def _or_next(by_age: Array) -> Array:
    """The larger of the bounds of an age and the next, so that it never matters in which month a birthday falls."""
    return np.maximum(by_age, np.append(by_age[..., 1:], by_age[..., -1:], axis=-1))


def _threshold(probability: Array) -> NDArray[np.uint32]:
    """Bounds as thresholds on 32-bit words, rounded up; certainty misses one word in 2^32, for a month."""
    return np.minimum(np.ceil(np.clip(probability, 0.0, 1.0) * ONE), ONE - 1.0).astype(np.uint32)


def first_bits(bound: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Bounds on the first eight bits of the four draws for a year ahead, uint32[24, A12]; see `Residents.limit`.

    A byte each, that of the first draw lowest. A draw may mean an event if its first eight bits lie below. A
    bound of zero stays zero. Certainty would be 256, which has no room: there all four are 255, and all four
    bytes of a draw are 255 for one in 2^32.
    """
    first = np.repeat(np.where(bound > 0, (bound.astype(np.int64) >> 24) + 1, 0), MONTHS_PER_YEAR, axis=1)
    ahead = np.concatenate([first, np.repeat(first[:, -1:], MONTHS_PER_YEAR, axis=1)], axis=1)
    most = np.lib.stride_tricks.sliding_window_view(ahead, MONTHS_PER_YEAR, axis=1)[:, : first.shape[1]].max(
        -1
    )
    most[(most > 255).any(axis=-1)] = 255
    return most.astype(np.uint8).view(np.uint32)[..., 0]
