"""Whether the tables of a region fit together: totals, bounds and shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from abm.language import N_, say
from abm.region.region import Region
from abm.schema import ADULT_AGE, PUBLIC_SECTORS, SECTOR_CODES, Tenure

SHARE_TOLERANCE = 1e-3
"""How far shares may miss their sum: tables are written with six digits or more."""
WOMEN_MEN = (N_("women"), N_("men"))
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
            ("population",),
            say("{place} has no residents; at least one is expected.", place=_named(region, int(i))),
        )
    total = region.education[:, :, ADULT_AGE:].sum(axis=-1)
    for i, s, a in np.argwhere(np.abs(total - 1) > SHARE_TOLERANCE):
        yield Problem(
            ("education",),
            say(
                "the shares of {place}, {sex} of {age}, add up to {total:g}; they must add up to 1.",
                place=_named(region, i),
                sex=say(WOMEN_MEN[s]),
                age=a + ADULT_AGE,
                total=total[i, s, a],
            ),
        )
    for k, zone in enumerate(("RS", "AB")):
        share = region.in_migrant_age[k].sum(axis=-1)
        for i in np.flatnonzero(np.abs(share - 1) > SHARE_TOLERANCE):
            yield Problem(
                ("in_migrant_age",),
                say(
                    "the shares of {zone} to {place} add up to {total:g}; they must add up to 1.",
                    zone=zone,
                    place=_named(region, int(i)),
                    total=share[i],
                ),
            )
    mean = region.migration_age[:, 16:65].mean(axis=1)
    for i in np.flatnonzero(np.abs(mean - 1) > ROUNDING):
        yield Problem(
            ("migration_age",),
            say(
                "the mean intensity of {place} over the ages 16 to 64 is {mean:g}; it must be 1.",
                place=_named(region, int(i)),
                mean=mean[i],
            ),
        )


def _homes(region: Region) -> Iterator[Problem]:
    residents = region.population.sum(axis=(1, 2))
    persons = region.persons_by_household_size.sum(axis=1)
    for i in np.flatnonzero(np.abs(persons - residents) > ROUNDING * residents + 10):
        yield Problem(
            ("persons_by_household_size", "population"),
            say(
                "{place} has {persons} persons in households but {residents} residents; they may differ by "
                "{share:.0%}.",
                place=_named(region, int(i)),
                persons=persons[i],
                residents=residents[i],
                share=ROUNDING,
            ),
        )
    households = region.households.sum(axis=(1, 2))
    # Seven and more: 7.5 persons stand for the open class.
    implied = (region.persons_by_household_size / np.array([1, 2, 3, 4, 5, 6, 7.5])).sum(axis=1)
    for i in np.flatnonzero(np.abs(households - implied) > 0.1 * implied + 10):
        yield Problem(
            ("households", "persons_by_household_size"),
            say(
                "{place} has {households} households, but its persons by size make {implied:.0f}; they may "
                "differ by 10%.",
                place=_named(region, int(i)),
                households=households[i],
                implied=implied[i],
            ),
        )
    by_tenure = region.households.sum(axis=1)
    for i, j in np.argwhere(region.dwellings < by_tenure):
        yield Problem(
            ("dwellings", "households"),
            say(
                "{place} has {dwellings} dwellings but {households} households in the tenure {tenure}; every "
                "household needs a dwelling.",
                place=_named(region, i),
                dwellings=region.dwellings[i, j],
                households=by_tenure[i, j],
                tenure=Tenure(j).name.lower(),
            ),
        )


def _work(region: Region) -> Iterator[Problem]:
    m = region.n_municipalities
    flows, employed, jobs = region.commuting, region.employed_residents, region.jobs.sum(axis=1)
    for i in np.flatnonzero(flows[:m].sum(axis=1) != employed):
        yield Problem(
            ("commuting", "employed_residents"),
            say(
                "the commuters from {place} add up to {commuters} but its employed residents to {employed}; "
                "the two must be equal.",
                place=_named(region, int(i)),
                commuters=flows[i].sum(),
                employed=employed[i],
            ),
        )
    for j in np.flatnonzero(flows[:, :m].sum(axis=0) != jobs):
        yield Problem(
            ("commuting", "jobs"),
            say(
                "the commuters to {place} add up to {commuters} but its jobs to {jobs}; the two must be "
                "equal.",
                place=_named(region, int(j)),
                commuters=flows[:, j].sum(),
                jobs=jobs[j],
            ),
        )
    if flows[m:, m:].any():
        yield Problem(
            ("commuting",), say("there are commuters between RS and AB; these cells must be empty.")
        )
    adults = region.population[:, :, ADULT_AGE:].sum(axis=(1, 2))
    active = employed + region.unemployed
    for i in np.flatnonzero(active > adults):
        yield Problem(
            ("employed_residents", "unemployed", "population"),
            say(
                "{place} has {active} employed and unemployed but {adults} residents from {age}; there "
                "cannot be more.",
                place=_named(region, int(i)),
                active=active[i],
                adults=adults[i],
                age=ADULT_AGE,
            ),
        )
    young = region.employment_rate[:, :, :ADULT_AGE]
    for i, s, a in np.argwhere(young > 0)[:1]:
        yield Problem(
            ("employment_rates",),
            say(
                "{place} has a rate of {rate:g} at age {a}; below {age} it must be 0.",
                place=_named(region, i),
                rate=young[i, s, a],
                a=a,
                age=ADULT_AGE,
            ),
        )
    implied = (region.employment_rate * region.population).sum(axis=(1, 2))
    for i in np.flatnonzero(np.abs(implied - employed) > ROUNDING * employed + 5):
        yield Problem(
            ("employment_rates", "employed_residents"),
            say(
                "the rates of {place} make {implied:.0f} employed but there are {employed}; they may differ "
                "by {share:.0%}.",
                place=_named(region, int(i)),
                implied=implied[i],
                employed=employed[i],
                share=ROUNDING,
            ),
        )
    need = region.public_need @ region.population.sum(axis=(0, 1))
    for s in PUBLIC_SECTORS:
        total = region.jobs[:, s].sum()
        if abs(need[s] - total) > ROUNDING * total + 5:
            yield Problem(
                ("public_need", "jobs"),
                say(
                    "the need for sector {sector} makes {need:.0f} jobs but there are {total}; they may differ "
                    "by {share:.0%}.",
                    sector=SECTOR_CODES[s],
                    need=need[s],
                    total=total,
                    share=ROUNDING,
                ),
            )


def _movers(region: Region) -> Iterator[Problem]:
    m = region.n_municipalities
    moves = region.migration
    for i in np.flatnonzero(np.diag(moves) > 0):
        yield Problem(
            ("migration",),
            say("{place} has movers to itself; this cell must be empty.", place=_named(region, int(i))),
        )
    if moves[m:, m:].any():
        yield Problem(("migration",), say("there are movers between RS and AB; these cells must be empty."))
    residents = region.population.sum(axis=(1, 2))
    for i in np.flatnonzero(moves[:m].sum(axis=1) > 0.5 * residents):
        yield Problem(
            ("migration", "population"),
            say(
                "{movers:.0f} of {residents} residents leave {place} in a year; at most half may.",
                movers=moves[i].sum(),
                residents=residents[i],
                place=_named(region, int(i)),
            ),
        )


def _economy(region: Region) -> Iterator[Problem]:
    for s, code in enumerate(SECTOR_CODES):
        inputs = region.io_domestic[:, s].sum() + region.io_imported[s]
        if inputs >= 1:
            yield Problem(
                ("io_domestic", "sectors"),
                say(
                    "sector {code} buys inputs of {inputs:g} per output; they must stay below 1.",
                    code=code,
                    inputs=inputs,
                ),
            )
        share = region.employer_sizes[s].sum()
        if abs(share - 1) > SHARE_TOLERANCE:
            yield Problem(
                ("employer_sizes",),
                say(
                    "the shares of sector {code} add up to {share:g}; they must add up to 1.",
                    code=code,
                    share=share,
                ),
            )
        if not (region.wages[s] > 0).all():
            yield Problem(
                ("wages",), say("sector {code} has a wage of 0; wages must be positive.", code=code)
            )
        if not region.output_per_job[s] > 0:
            yield Problem(
                ("sectors",),
                say("sector {code} has an output per job of 0; it must be positive.", code=code),
            )
    spent = region.household_consumption.sum()
    if spent > 1 + SHARE_TOLERANCE:
        yield Problem(
            ("sectors",), say("household_consumption adds up to {spent:g}; it may not pass 1.", spent=spent)
        )
    for i in np.flatnonzero(region.wage_level <= 0):
        yield Problem(
            ("wage_level",),
            say("{place} has a wage level of 0; it must be positive.", place=_named(region, int(i))),
        )
