"""Whether the tables of a region fit together: totals, bounds and shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from abm.region.region import Region
from abm.schema import ADULT_AGE, PUBLIC_SECTORS, SECTOR_CODES, Tenure

SHARE_TOLERANCE = 1e-3
"""How far shares may miss their sum: tables are written with six digits or more."""
ROUNDING = 0.02
"""How far two sources of the same count may differ, as a share."""


@dataclass(frozen=True)
class Problem:
    """Something that does not fit.

    Attributes:
        resources: the resources concerned.
        sentence: what is wrong and what is allowed, without the names of the files.
    """

    resources: tuple[str, ...]
    sentence: str


def check_region(region: Region) -> Iterator[Problem]:
    """All that does not fit in a region."""
    yield from _people(region)
    yield from _homes(region)
    yield from _work(region)
    yield from _movers(region)
    yield from _economy(region)


def _named(region: Region, i: int) -> str:
    return f"{region.names[i]} ({region.codes[i]})"


def _people(region: Region) -> Iterator[Problem]:
    residents = region.population.sum(axis=(1, 2))
    for i in np.flatnonzero(residents == 0):
        yield Problem(
            ("population",), f"{_named(region, int(i))} has no residents; at least one is expected."
        )
    total = region.education[:, :, ADULT_AGE:].sum(axis=-1)
    for i, s, a in np.argwhere(np.abs(total - 1) > SHARE_TOLERANCE):
        yield Problem(
            ("education",),
            f"the shares of {_named(region, i)}, {('women', 'men')[s]} of {a + ADULT_AGE}, add up to "
            f"{total[i, s, a]:g}; they must add up to 1.",
        )
    for k, zone in enumerate(("RS", "AB")):
        share = region.in_migrant_age[k].sum(axis=-1)
        for i in np.flatnonzero(np.abs(share - 1) > SHARE_TOLERANCE):
            yield Problem(
                ("in_migrant_age",),
                f"the shares of {zone} to {_named(region, int(i))} add up to {share[i]:g}; they must add up to 1.",
            )
    mean = region.migration_age[:, 16:65].mean(axis=1)
    for i in np.flatnonzero(np.abs(mean - 1) > ROUNDING):
        yield Problem(
            ("migration_age",),
            f"the mean intensity of {_named(region, int(i))} over the ages 16 to 64 is {mean[i]:g}; it must be 1.",
        )


def _homes(region: Region) -> Iterator[Problem]:
    residents = region.population.sum(axis=(1, 2))
    persons = region.persons_by_household_size.sum(axis=1)
    for i in np.flatnonzero(np.abs(persons - residents) > ROUNDING * residents + 10):
        yield Problem(
            ("persons_by_household_size", "population"),
            f"{_named(region, int(i))} has {persons[i]} persons in households but {residents[i]} residents; "
            f"they may differ by {ROUNDING:.0%}.",
        )
    households = region.households.sum(axis=(1, 2))
    # Seven and more: 7.5 persons stand for the open class.
    implied = (region.persons_by_household_size / np.array([1, 2, 3, 4, 5, 6, 7.5])).sum(axis=1)
    for i in np.flatnonzero(np.abs(households - implied) > 0.1 * implied + 10):
        yield Problem(
            ("households", "persons_by_household_size"),
            f"{_named(region, int(i))} has {households[i]} households, but its persons by size make {implied[i]:.0f}; "
            "they may differ by 10%.",
        )
    by_tenure = region.households.sum(axis=1)
    for i, j in np.argwhere(region.dwellings < by_tenure):
        yield Problem(
            ("dwellings", "households"),
            f"{_named(region, i)} has {region.dwellings[i, j]} dwellings but {by_tenure[i, j]} households in the "
            f"tenure {Tenure(j).name.lower()}; every household needs a dwelling.",
        )


def _work(region: Region) -> Iterator[Problem]:
    m = region.n_municipalities
    flows, employed, jobs = region.commuting, region.employed_residents, region.jobs.sum(axis=1)
    for i in np.flatnonzero(flows[:m].sum(axis=1) != employed):
        yield Problem(
            ("commuting", "employed_residents"),
            f"the commuters from {_named(region, int(i))} add up to {flows[i].sum()} but its employed residents to "
            f"{employed[i]}; the two must be equal.",
        )
    for j in np.flatnonzero(flows[:, :m].sum(axis=0) != jobs):
        yield Problem(
            ("commuting", "jobs"),
            f"the commuters to {_named(region, int(j))} add up to {flows[:, j].sum()} but its jobs to {jobs[j]}; "
            "the two must be equal.",
        )
    if flows[m:, m:].any():
        yield Problem(("commuting",), "there are commuters between RS and AB; these cells must be empty.")
    adults = region.population[:, :, ADULT_AGE:].sum(axis=(1, 2))
    active = employed + region.unemployed
    for i in np.flatnonzero(active > adults):
        yield Problem(
            ("employed_residents", "unemployed", "population"),
            f"{_named(region, int(i))} has {active[i]} employed and unemployed but {adults[i]} residents from "
            f"{ADULT_AGE}; there cannot be more.",
        )
    young = region.employment_rate[:, :, :ADULT_AGE]
    for i, s, a in np.argwhere(young > 0)[:1]:
        yield Problem(
            ("employment_rates",),
            f"{_named(region, i)} has a rate of {young[i, s, a]:g} at age {a}; below {ADULT_AGE} it must be 0.",
        )
    implied = (region.employment_rate * region.population).sum(axis=(1, 2))
    for i in np.flatnonzero(np.abs(implied - employed) > ROUNDING * employed + 5):
        yield Problem(
            ("employment_rates", "employed_residents"),
            f"the rates of {_named(region, int(i))} make {implied[i]:.0f} employed but there are {employed[i]}; "
            f"they may differ by {ROUNDING:.0%}.",
        )
    need = region.public_need @ region.population.sum(axis=(0, 1))
    for s in PUBLIC_SECTORS:
        total = region.jobs[:, s].sum()
        if abs(need[s] - total) > ROUNDING * total + 5:
            yield Problem(
                ("public_need", "jobs"),
                f"the need for sector {SECTOR_CODES[s]} makes {need[s]:.0f} jobs but there are {total}; "
                f"they may differ by {ROUNDING:.0%}.",
            )


def _movers(region: Region) -> Iterator[Problem]:
    m = region.n_municipalities
    moves = region.migration
    for i in np.flatnonzero(np.diag(moves) > 0):
        yield Problem(
            ("migration",), f"{_named(region, int(i))} has movers to itself; this cell must be empty."
        )
    if moves[m:, m:].any():
        yield Problem(("migration",), "there are movers between RS and AB; these cells must be empty.")
    residents = region.population.sum(axis=(1, 2))
    for i in np.flatnonzero(moves[:m].sum(axis=1) > 0.5 * residents):
        yield Problem(
            ("migration", "population"),
            f"{moves[i].sum():.0f} of {residents[i]} residents leave {_named(region, int(i))} in a year; "
            "at most half may.",
        )


def _economy(region: Region) -> Iterator[Problem]:
    for s, code in enumerate(SECTOR_CODES):
        inputs = region.io_domestic[:, s].sum() + region.io_imported[s]
        if inputs >= 1:
            yield Problem(
                ("io_domestic", "sectors"),
                f"sector {code} buys inputs of {inputs:g} per output; they must stay below 1.",
            )
        share = region.employer_sizes[s].sum()
        if abs(share - 1) > SHARE_TOLERANCE:
            yield Problem(
                ("employer_sizes",),
                f"the shares of sector {code} add up to {share:g}; they must add up to 1.",
            )
        if not (region.wages[s] > 0).all():
            yield Problem(("wages",), f"sector {code} has a wage of 0; wages must be positive.")
        if not region.output_per_job[s] > 0:
            yield Problem(("sectors",), f"sector {code} has an output per job of 0; it must be positive.")
    spent = region.household_consumption.sum()
    if spent > 1 + SHARE_TOLERANCE:
        yield Problem(("sectors",), f"household_consumption adds up to {spent:g}; it may not pass 1.")
    for i in np.flatnonzero(region.wage_level <= 0):
        yield Problem(
            ("wage_level",), f"{_named(region, int(i))} has a wage level of 0; it must be positive."
        )
