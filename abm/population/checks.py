"""Invariants of a population: what must hold whatever the region, seed and scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.population.margins import margins_of
from abm.population.population import Population
from abm.region.region import Region
from abm.schema import (
    ADULT_AGE,
    EMPLOYER_ABROAD,
    EMPLOYER_NONE,
    EMPLOYER_REST_OF_SWEDEN,
    MAX_AGE,
    MONTHS_PER_YEAR,
    N_SECTORS,
    N_SKILLS,
    N_TENURES,
    NO_SECTOR,
    RETIREMENT_AGE,
    Status,
    WorkMode,
)


class PopulationError(OmlandError, AssertionError):
    """A synthetic population breaks an invariant: a fault of the program or of a damaged file."""


def age_in_years(population: Population) -> NDArray[np.int64]:
    """Completed years of age at the end of 2019, int64[N]."""
    return (-1 - population.birth_month.astype(np.int64)) // MONTHS_PER_YEAR


def check_population(population: Population, region: Region) -> None:
    """Check that a population is sound and meets the margins that are met exactly.

    Args:
        population: to be checked.
        region: the region it was built for.

    Raises:
        PopulationError: names the invariants that do not hold.
    """
    broken = [what for what, holds in _invariants(population, region) if not holds]
    if broken:
        raise PopulationError(
            f"the population of {region.name!r} breaks these invariants: " + "; ".join(broken)
        )


def _invariants(p: Population, region: Region) -> list[tuple[str, bool]]:
    n, n_homes, n_employers, M = (
        len(p.uid),
        len(p.household_head),
        len(p.employer_jobs),
        region.n_municipalities,
    )
    shapes = [
        *((name, n) for name in _COLUMNS),
        *((name, n_homes) for name in ("household_head", "household_tenure")),
        *((f"employer_{name}", n_employers) for name in ("mun", "sector", "jobs", "boundary", "public")),
    ]
    wrong = [name for name, length in shapes if getattr(p, name).shape != (length,)]
    ranges = {
        "mun": (0, M - 1),
        "sex": (0, 1),
        "status": (Status.CHILD, Status.RETIRED),
        "skill": (0, N_SKILLS - 1),
        "work_mode": (0, WorkMode.WEEKLY),
        "household": (0, n_homes - 1),
        "partner": (-1, n - 1),
        "next_member": (0, n - 1),
        "contact": (-1, n - 1),
        "employer": (EMPLOYER_ABROAD, n_employers - 1),
        "origin": (0, M + 1),
        "wage": (0, 2_000_000),
        "birth_month": (-MONTHS_PER_YEAR * (MAX_AGE + 1), -1),
        "address_since": (-MONTHS_PER_YEAR * (MAX_AGE + 1), 0),
        "job_since": (-MONTHS_PER_YEAR * (MAX_AGE + 1), 0),
        "household_head": (0, n - 1),
        "household_tenure": (0, N_TENURES - 1),
        "employer_mun": (0, M - 1),
        "employer_sector": (0, N_SECTORS - 1),
    }
    for name, (low, high) in ranges.items():
        values = getattr(p, name)
        if values.size and (int(values.min()) < low or int(values.max()) > high):
            wrong.append(name)
    if wrong:
        return [(f"shape or range of {', '.join(sorted(set(wrong)))}", False)]
    return [*_resident_invariants(p), *_household_invariants(p), *_labour_invariants(p, region)]


_COLUMNS = (
    "uid", "mun", "sex", "birth_month", "status", "skill", "sector", "employer", "wage", "work_mode",
    "household", "partner", "next_member", "address_since", "job_since", "origin", "contact",
)  # fmt: skip


def _resident_invariants(p: Population) -> list[tuple[str, bool]]:
    age, rows = age_in_years(p), np.arange(len(p.uid))
    uid = np.sort(p.uid)
    adult = p.status != Status.CHILD
    return [
        ("uid is 0 to N - 1, each once", bool((uid == rows).all())),
        ("residents are sorted by municipality", bool((np.diff(p.mun.astype(np.int64)) >= 0).all())),
        ("children are those under 16", bool(((age < ADULT_AGE) == ~adult).all())),
        ("the retired are 65 or older", bool((age[p.status == Status.RETIRED] >= RETIREMENT_AGE).all())),
        (
            "those of 65 or older work or are retired",
            bool(np.isin(p.status[age >= RETIREMENT_AGE], (Status.EMPLOYED, Status.RETIRED)).all()),
        ),
        ("adults have a wage above 0, children none", bool(((p.wage > 0) == adult).all())),
        ("nobody moved in before birth", bool((p.address_since >= p.birth_month).all())),
        ("nobody is their own contact", bool((p.contact != rows).all())),
        ("sector is a sector or none", bool(((p.sector < N_SECTORS) | (p.sector == NO_SECTOR)).all())),
    ]


def _household_invariants(p: Population) -> list[tuple[str, bool]]:
    rows = np.arange(len(p.uid))
    n_homes = len(p.household_head)
    number = np.bincount(p.household, minlength=n_homes)
    follower = p.next_member
    # Every cycle of a permutation steps back (or stays) somewhere. If that happens once in a
    # household, and links never leave it, all its members are on one ring.
    steps_back = np.bincount(p.household[follower <= rows], minlength=n_homes)
    paired = p.partner >= 0
    mate = p.partner[paired]
    adult_home = np.zeros(n_homes, bool)
    adult_home[p.household[p.status != Status.CHILD]] = True
    low = np.full(n_homes, 255, np.uint8)
    high = np.zeros(n_homes, np.uint8)
    np.minimum.at(low, p.household, p.mun)
    np.maximum.at(high, p.household, p.mun)
    head = p.household_head
    return [
        ("every household has members", bool((number > 0).all())),
        ("a household lives in one municipality", bool((low == high).all())),
        ("next_member stays in the household", bool((p.household[follower] == p.household).all())),
        ("next_member is a permutation", bool((np.bincount(follower, minlength=len(rows)) == 1).all())),
        ("each household is one ring", bool((steps_back == 1).all())),
        ("partners name each other", bool((p.partner[mate] == rows[paired]).all())),
        ("nobody is their own partner", bool((mate != rows[paired]).all())),
        ("partners share a household", bool((p.household[mate] == p.household[paired]).all())),
        ("no child has a partner", bool((p.status[paired] != Status.CHILD).all())),
        ("the head lives in the household", bool((p.household[head] == np.arange(n_homes)).all())),
        (
            "the head is an adult where there is one",
            bool(((p.status[head] != Status.CHILD) == adult_home).all()),
        ),
    ]


def _labour_invariants(p: Population, region: Region) -> list[tuple[str, bool]]:
    M, n_employers = region.n_municipalities, len(p.employer_jobs)
    margins = margins_of(region, 1.0 / p.weight)
    works = p.status == Status.EMPLOYED
    here = p.employer >= 0
    staff = np.bincount(p.employer[here], minlength=n_employers)
    work = work_zone(p, M)
    flows = np.zeros((M + 2, M + 2), np.int64)
    np.add.at(flows, (p.mun[works], work[works]), 1)
    jobs = np.zeros((M, N_SECTORS), np.int64)
    np.add.at(jobs, (p.employer_mun, p.employer_sector), p.employer_jobs)
    boundary = np.bincount(p.employer_mun, p.employer_boundary, minlength=M)
    away = np.isin(p.employer, (EMPLOYER_REST_OF_SWEDEN, EMPLOYER_ABROAD))
    local = work == p.mun
    return [
        (
            "the employed, and only they, have an employer",
            bool(((p.employer != EMPLOYER_NONE) == works).all()),
        ),
        ("every job is held by exactly one", bool((staff + p.employer_boundary == p.employer_jobs).all())),
        ("every employer has a job", bool((p.employer_jobs > 0).all() and (p.employer_boundary >= 0).all())),
        ("jobs by municipality and sector", bool((jobs == margins.jobs).all())),
        ("commuting between home and workplace", bool((flows[:M] == margins.commuting[:M]).all())),
        (
            "commuters from the boundary zones",
            bool((boundary == margins.commuting[M:, :M].sum(axis=0)).all()),
        ),
        ("employed residents", bool((flows[:M].sum(axis=1) == margins.employed).all())),
        (
            "the employed have the sector of their employer",
            bool(
                (p.sector[here] == p.employer_sector[p.employer[here]]).all()
                and (p.sector[away] != NO_SECTOR).all()
            ),
        ),
        ("work mode is none without a job", bool(((p.work_mode != WorkMode.NONE) == works).all())),
        ("work mode is local at home only", bool(((p.work_mode == WorkMode.LOCAL) == (local & works)).all())),
        ("no job, no start of it", bool((p.job_since[~works] == 0).all())),
    ]


def work_zone(population: Population, n_municipalities: int) -> NDArray[np.int64]:
    """Zone of the workplace of each resident, int64[N]; -1 without a job."""
    employer = population.employer
    zone = np.full(len(employer), -1)
    here = employer >= 0
    zone[here] = population.employer_mun[employer[here]]
    zone[employer == EMPLOYER_REST_OF_SWEDEN] = n_municipalities
    zone[employer == EMPLOYER_ABROAD] = n_municipalities + 1
    return zone
