"""Who works where: destinations, sectors and employers of the employed residents.

Three exact margins are met in turn: the commuting table (home by workplace),
the table of jobs by municipality and sector, and the jobs of each employer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.population import profiles
from abm.population.employers import Employers
from abm.population.margins import Margins
from abm.population.residents import Residents
from abm.population.rounding import (
    draw_category,
    fit_table_to_margins,
    group_starts,
    integer_table,
    largest_remainder,
    pick_within,
    shuffled_within,
)
from abm.region.region import Region
from abm.schema import EMPLOYER_ABROAD, EMPLOYER_NONE, EMPLOYER_REST_OF_SWEDEN, N_SECTORS, NO_SECTOR, Status

IntArray = NDArray[np.int64]


class Matches(NamedTuple):
    """Work of each resident.

    Attributes:
        work: int64[N], zone of the workplace, -1 without a job.
        sector: int64[N], sector of the job, else ``NO_SECTOR``.
        employer: int64[N], row of the employer or one of the ``EMPLOYER_*`` codes.
        boundary: int64[E], jobs of each employer held by commuters from the boundary zones.
    """

    work: IntArray
    sector: IntArray
    employer: IntArray
    boundary: IntArray


def match_jobs(
    residents: Residents,
    skill: IntArray,
    status: IntArray,
    with_children: NDArray[np.bool_],
    employers: Employers,
    region: Region,
    margins: Margins,
    rng: np.random.Generator,
) -> Matches:
    """Give every employed resident a workplace, a sector and an employer.

    Args:
        residents: everyone.
        skill: int64[N].
        status: int64[N].
        with_children: bool[N], has children of at most 24 years at home.
        employers: employers whose jobs add up to the margins.
        region: travel times and national jobs.
        margins: commuting and jobs to be met exactly.
        rng: source of the draws.
    """
    n, M = len(status), len(margins.employed)
    workers = np.flatnonzero(status == Status.EMPLOYED)
    work = np.full(n, -1)
    far_zone = region.car_minutes[:M] > profiles.FAR_MINUTES
    far_zone[:, M:] = True
    home = residents.mun[workers]
    work[workers] = _destinations(residents, workers, with_children, far_zone, margins.commuting[:M], rng)
    far = far_zone[home, work[workers]]

    kind = _kinds(residents, skill, workers, far)
    boundary_jobs = _boundary_jobs(margins)
    sector = np.full(n, NO_SECTOR)
    sector[workers] = _sectors(work[workers], kind, margins.jobs - boundary_jobs, region.national_jobs, rng)

    employer = np.full(n, EMPLOYER_NONE)
    employer[work == M] = EMPLOYER_REST_OF_SWEDEN
    employer[work == M + 1] = EMPLOYER_ABROAD
    boundary = _fill_employers(work, sector, employer, employers, boundary_jobs, rng)
    return Matches(work, sector, employer, boundary)


def _destinations(
    residents: Residents,
    workers: IntArray,
    with_children: NDArray[np.bool_],
    far_zone: NDArray[np.bool_],
    flows: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    """Zone of the workplace of each worker, int64[workers], so that `flows` is met exactly.

    First it is drawn who commutes far, then who commutes to a near municipality; which one is chance.
    """
    M, Z = flows.shape
    home, man = residents.mun[workers], residents.sex[workers] == 1
    odds = np.where(man, profiles.FAR_MAN, 1.0)
    odds *= np.where(residents.age[workers] < 35, profiles.FAR_YOUNG, 1.0)
    odds *= np.where(with_children[workers], 1.0, profiles.FAR_WITHOUT_CHILDREN)
    odds[residents.age[workers] >= 65] *= 0.5
    work = home.copy()
    left = np.arange(len(workers))
    near_zone = ~far_zone
    near_zone[np.arange(M), np.arange(M)] = False
    for zones, weight in ((far_zone, odds), (near_zone, np.where(man, profiles.NEAR_MAN, 1.0))):
        table = np.where(zones, flows, 0)
        drawn = left[pick_within(home[left], weight[left], table.sum(axis=1), rng)]
        # Workers in random order within their home municipality take the flows one after another.
        drawn = drawn[shuffled_within(home[drawn], rng)]
        work[drawn] = np.repeat(np.tile(np.arange(Z), M), table.ravel())
        keep = np.ones(len(workers), bool)
        keep[drawn] = False
        left = left[keep[left]]
    return work


def _kinds(residents: Residents, skill: IntArray, workers: IntArray, far: NDArray[np.bool_]) -> IntArray:
    """Kind of each worker: the flat index of sex, skill, age band and long-distance commuting."""
    band = profiles.age_band(residents.age[workers])
    kind = residents.sex[workers] * 3 + skill[workers]
    return (kind * profiles.N_AGE_BANDS + band) * 2 + far


def _boundary_jobs(margins: Margins) -> IntArray:
    """Jobs of each municipality and sector held by people who live in a boundary zone, int64[M, S]."""
    M = len(margins.employed)
    total = margins.commuting[M:, :M].sum(axis=0)
    # Commuters from afar work in the sectors that recruit from afar.
    far = profiles.sector_preference()[:, :, :, 1].sum(axis=(0, 1, 2))
    near = profiles.sector_preference()[:, :, :, 0].sum(axis=(0, 1, 2))
    jobs = largest_remainder(margins.jobs * (far / near), total)
    # Few jobs and many commuters: spread them evenly, which never asks for more than there are.
    full = (jobs > margins.jobs).any(axis=1)
    jobs[full] = largest_remainder(margins.jobs[full], total[full])
    return jobs


def _sectors(
    work: IntArray,
    kind: IntArray,
    places: IntArray,
    national_jobs: NDArray[np.float64],
    rng: np.random.Generator,
) -> IntArray:
    """Sector of each worker, so that the places of each municipality and sector are filled exactly.

    Preferences by kind of worker are fitted to both margins at each workplace municipality; then
    the workers of a kind take its places in random order.
    """
    M = len(places)
    preference = profiles.sector_preference().reshape(-1, N_SECTORS)
    n_kinds = len(preference)
    number = np.zeros((M + 2, n_kinds), np.int64)
    np.add.at(number, (work, kind), 1)
    table = np.zeros((M + 2, n_kinds, N_SECTORS), np.int64)
    for m in range(M):
        # Large sectors draw more of every kind, before any fitting.
        fitted = fit_table_to_margins(preference * places[m], number[m], places[m], tolerance=1e-3)
        table[m] = integer_table(fitted, number[m], places[m])
    table[M:] = largest_remainder(np.broadcast_to(preference * national_jobs, table[M:].shape), number[M:])
    out = np.empty(len(work), np.int64)
    order = shuffled_within(work * n_kinds + kind, rng)
    out[order] = np.repeat(np.tile(np.arange(N_SECTORS), (M + 2) * n_kinds), table.ravel())
    return out


def _fill_employers(
    work: IntArray,
    sector: IntArray,
    employer: IntArray,
    employers: Employers,
    boundary_jobs: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    """Fill every job, in place of `employer`: first commuters from the boundary zones, then residents.

    Returns:
        int64[E], jobs of each employer held by commuters from the boundary zones.
    """
    M, S = boundary_jobs.shape
    slot = np.repeat(np.arange(len(employers.jobs)), employers.jobs)
    market = employers.mun[slot] * S + employers.sector[slot]
    slot = slot[shuffled_within(market, rng)]
    starts = group_starts(np.bincount(market, minlength=M * S))
    rank = np.arange(len(slot)) - np.repeat(starts[:-1], np.diff(starts))
    from_afar = rank < np.repeat(boundary_jobs.ravel(), np.diff(starts))
    local = np.flatnonzero((work >= 0) & (work < M))
    local = local[shuffled_within(work[local] * S + sector[local], rng)]
    employer[local] = slot[~from_afar]
    return np.bincount(slot[from_afar], minlength=len(employers.jobs))


def last_sectors(
    residents: Residents,
    skill: IntArray,
    status: IntArray,
    jobs: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    """Sector of the last job of residents without one, ``NO_SECTOR`` if they never worked, int64[N].

    Drawn from the jobs of the home municipality, by sex and skill.
    """
    share = np.zeros(len(status))
    young = residents.age < 26
    for code, name in (
        (Status.UNEMPLOYED, "unemployed"),
        (Status.OUTSIDE, "outside"),
        (Status.RETIRED, "retired"),
    ):
        share[status == code] = profiles.EVER_WORKED[name]
    share[young & (share > 0)] = profiles.EVER_WORKED["young"]
    share[(residents.age < 20) & (status != Status.UNEMPLOYED)] = 0.0
    who = np.flatnonzero(rng.random(len(status)) < share)
    weight = profiles.sector_preference()[:, :, 1, 0]
    cumulative = np.cumsum(jobs[:, None, None, :] * weight[None], axis=-1)
    out = np.full(len(status), NO_SECTOR)
    out[who] = draw_category(
        cumulative[residents.mun[who], residents.sex[who], skill[who]], rng.random(len(who))
    )
    return out
