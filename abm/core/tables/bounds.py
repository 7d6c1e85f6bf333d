"""Upper bounds of all hazards, as the pass over all residents compares its draws with them."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.core.rng import WORDS
from abm.core.state import (
    ADULT,
    CHILD,
    EMPLOYED,
    KINDS_OF_JOB,
    N_CLASSES,
    OUTSIDE,
    RETIRED,
    RETIREMENT,
    UNEMPLOYED,
    hazard_class,
)
from abm.core.tables.ages import AGES, Array
from abm.core.tables.labour import FIRST_YEAR, LATER_YEARS
from abm.parameters import Parameters
from abm.phases.hazards import LABOUR
from abm.schema import MONTHS_PER_YEAR


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
    """Thresholds of death, family, labour and moving by class and age in years, uint32[36, 101, 4].

    Args:
        hazards: monthly hazards.
        parameters: parameter values.
        jobs_end: how often jobs end where that is most often, relative to the region.
    """
    h, p = hazards, parameters
    found = {name: np.zeros((N_CLASSES, AGES)) for name in ("death", "family", "labour", "moving")}
    for status, sex, pair in product(range(CHILD, RETIRED + 1), range(2), range(2)):
        family = h.birth.max(axis=0) * h.birth_factor[pair] if sex == 0 else np.zeros(AGES)
        if pair:
            family = family + 0.5 * (h.separation + h.buying[1])
        else:
            family = family + h.pairing[sex] + h.leaving_home + h.buying[0]
        move = h.moving.max(axis=(0, 1))
        if status in (EMPLOYED, UNEMPLOYED):
            move = move * max(1.0, p["odds_unemployed"])
        # both partners draw; but who of the employed parts before moves are due has the hazard of a single then
        if pair and status != EMPLOYED:
            move = move * 0.5
        for kind, (commutes, new) in enumerate(KINDS_OF_JOB if status == EMPLOYED else KINDS_OF_JOB[:1]):
            labour, second_thoughts = np.zeros(AGES), 0.0
            if status == EMPLOYED:
                ends = p["separation_rate"] * jobs_end * (FIRST_YEAR if new else LATER_YEARS)
                ends *= p["long_commute_separation"] if commutes else 1.0
                labour = ends + h.exit[sex] + p["search_on_the_job"]
                second_thoughts = p["reconsider_rate"] if commutes else 0.0
            elif status == UNEMPLOYED:
                labour = h.exit[sex] + p["search_unemployed"]
            elif status == OUTSIDE:
                labour = np.minimum(h.entry[:, sex].max(axis=0) * 2.0, 1.0)
            row = hazard_class.py_func(status, kind, sex, pair)
            found["death"][row] = h.death[:, sex].max(axis=0)
            found["family"][row] = family
            found["labour"][row] = labour
            found["moving"][row] = move + second_thoughts
    bound = np.stack([_threshold(_or_next(by_age)) for by_age in found.values()], axis=-1)
    # those who come of age or reach the age of retirement do so in the month of their birthday
    for status, of_age in ((CHILD, ADULT), (UNEMPLOYED, RETIREMENT), (OUTSIDE, RETIREMENT)):
        bound[4 * status : 4 * status + 4, of_age:, LABOUR] = np.uint32(WORDS - 1.0)
    return bound


def _or_next(by_age: Array) -> Array:
    """The larger of the bounds of an age and the next, so that it never matters in which month a birthday falls."""
    return np.maximum(by_age, np.append(by_age[..., 1:], by_age[..., -1:], axis=-1))


def _threshold(probability: Array) -> NDArray[np.uint32]:
    """Bounds as thresholds on 32-bit words, rounded up; certainty misses one word in 2^32, for a month."""
    return np.minimum(np.ceil(np.clip(probability, 0.0, 1.0) * WORDS), WORDS - 1.0).astype(np.uint32)


def first_bits(bound: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Bounds on the first eight bits of the four draws for a year ahead, uint32[36, A12]; see `Residents.limit`.

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
