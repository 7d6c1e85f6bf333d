"""Employers: jobs of each municipality and sector split into workplaces of realistic sizes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from abm.population.margins import Margins
from abm.region.region import SIZE_CLASSES, Region
from abm.schema import N_SECTORS, SECTOR_INDEX

IntArray = NDArray[np.int64]

MUNICIPAL_JOBS_PER_RESIDENT = {"O": 0.013, "P": 0.052, "Q": 0.062}
"""Jobs of the municipality itself per resident (administration, schools, elderly and social care); assumed."""
PRIVATE_SHARE = {"O": 0.0, "P": 0.12, "Q": 0.17}
"""Share of the jobs of a public sector with private employers (free schools, private care); assumed."""
LEAST_PUBLIC_EMPLOYER = 5
"""Fewer jobs than this do not make a public employer of their own."""


class Employers(NamedTuple):
    """Employers sorted by municipality and sector.

    Attributes:
        mun: int64[E].
        sector: int64[E].
        jobs: int64[E], at least 1.
        public: bool[E].
    """

    mun: IntArray
    sector: IntArray
    jobs: IntArray
    public: NDArray[np.bool_]


def create_employers(region: Region, margins: Margins, rng: np.random.Generator) -> Employers:
    """Create employers whose jobs add up to the table of municipality by sector.

    In the public sectors each municipality is one employer, and the county or the state another
    (a hospital, a university, an agency): whatever the sector has beyond the municipality's own
    tasks. All other jobs are split by the size classes of the sector, drawn for the region as a
    whole, because a large works stands in one place only.
    """
    parts: list[tuple[IntArray, IntArray, IntArray, bool]] = []
    residents = margins.population.sum(axis=(1, 2))
    everywhere = np.arange(len(residents))
    for s in range(N_SECTORS):
        rest = margins.jobs[:, s].copy()
        for code, per_resident in MUNICIPAL_JOBS_PER_RESIDENT.items():
            if s != SECTOR_INDEX[code]:
                continue
            public = rest - np.rint(rest * PRIVATE_SHARE[code]).astype(np.int64)
            own = np.minimum(np.rint(residents * per_resident).astype(np.int64), public)
            # Agencies of the state come in all sizes; hospitals and universities are one employer.
            beyond = np.zeros_like(own) if code == "O" else public - own
            own = np.where(beyond < LEAST_PUBLIC_EMPLOYER, own + beyond, own)
            beyond = np.where(beyond < LEAST_PUBLIC_EMPLOYER, 0, beyond)
            for jobs in (own, beyond):
                parts.append((everywhere[jobs > 0], np.full((jobs > 0).sum(), s), jobs[jobs > 0], True))
            rest -= own + beyond
        mun, jobs = _split(rest, region.employer_sizes[s], rng)
        parts.append((mun, np.full(len(mun), s), jobs, s == SECTOR_INDEX["O"]))
    mun, sector, jobs = (np.concatenate([part[i] for part in parts]) for i in range(3))
    public_flag = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
    order = np.lexsort((-jobs, ~public_flag, sector, mun))
    return Employers(mun[order], sector[order], jobs[order], public_flag[order])


def _split(
    jobs: IntArray, size_shares: NDArray[np.float64], rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Split the jobs of one sector into employers.

    Args:
        jobs: int64[M].
        size_shares: share of jobs by size class, float64[8].
        rng: source of the draws.

    Returns:
        Municipality and jobs of each employer, int64[n] both.
    """
    total = int(jobs.sum())
    mun, size = np.empty(total, np.int64), np.empty(total, np.int64)
    if total == 0:
        return mun, size
    shares = size_shares / size_shares.sum()
    n = _place_employers(
        jobs.copy(), shares * total, np.array(SIZE_CLASSES), rng.random(2 * total + 64), mun, size
    )
    return mun[:n], size[:n]


@njit(cache=True)
def _place_employers(rest, wanted, classes, luck, mun, size):  # type: ignore[no-untyped-def]
    """Place employers from the largest size class to the smallest.

    Args:
        rest: int64[M], jobs not yet placed; used up.
        wanted: float64[8], jobs in each size class.
        classes: int64[8, 2], smallest and largest size.
        luck: random numbers in [0, 1), two for each employer.
        mun: int64[jobs], municipality of each employer, filled.
        size: int64[jobs], jobs of each employer, filled.

    Returns:
        Number of employers.
    """
    n = 0
    carry = 0.0
    for c in range(len(wanted) - 1, 0, -1):
        low, high = classes[c]
        left = wanted[c] + carry
        while left > 0.0:
            # Within a class small sizes prevail: log-uniform, as in a power law of exponent one.
            x = int(low * ((high + 1.0) / low) ** luck[2 * n])
            # What is left at the end makes one employer that just fits, or goes to the next class.
            if x > left:
                x = int(left + 0.5)
                if x < low:
                    break
            room = 0
            for m in range(len(rest)):
                if rest[m] >= x:
                    room += rest[m]
            if room == 0:
                # Smaller ones of the class may still fit into the largest place.
                x = int(rest.max())
                if x < low:
                    break
                room = 0
                for m in range(len(rest)):
                    if rest[m] >= x:
                        room += rest[m]
            at = luck[2 * n + 1] * room
            chosen = -1
            for m in range(len(rest)):
                if rest[m] >= x:
                    chosen = m
                    at -= rest[m]
                    if at < 0.0:
                        break
            mun[n] = chosen
            size[n] = x
            rest[chosen] -= x
            left -= x
            n += 1
        carry = left
    for m in range(len(rest)):
        while rest[m] > 0:
            mun[n] = m
            size[n] = 1
            rest[m] -= 1
            n += 1
    return n
