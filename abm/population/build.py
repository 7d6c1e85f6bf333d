"""The synthesis on one page: from the official margins to residents, households and employers."""

from __future__ import annotations

import numpy as np

from abm.population.employers import create_employers
from abm.population.families import assign_tenure, form_families
from abm.population.households import Role, assign_roles, plan_households, settle_plan
from abm.population.labour import assign_skill, assign_status
from abm.population.margins import margins_of
from abm.population.matching import last_sectors, match_jobs
from abm.population.population import Population
from abm.population.residents import Residents, draw_birth_month, list_residents
from abm.population.rounding import group_starts
from abm.population.ties import (
    choose_work_mode,
    draw_address_since,
    draw_contact,
    draw_job_since,
    draw_origin,
)
from abm.population.wages import draw_wages
from abm.region.region import Region
from abm.schema import NO_SECTOR, Status


def build_population(region: Region, seed: int = 0, scale: float = 1.0) -> Population:
    """Make synthetic residents, households and employers that meet the margins of a region.

    The same region, seed and scale give the same population, bit for bit.

    Args:
        region: official margins.
        seed: which of the many populations that meet the margins.
        scale: share of the population, above 0 and at most 1; the margins are scaled and rounded,
            and each resident stands for 1 / `scale` people.

    Returns:
        The population at the end of 2019. Residents are sorted by municipality, members of a
        household side by side.

    Raises:
        OmlandError: the scale is out of range, or the margins contradict each other.
    """
    margins = margins_of(region, scale)
    M = region.n_municipalities
    entropy = [int(region.content_hash[i : i + 8], 16) for i in range(0, 64, 8)]
    streams = np.random.SeedSequence([*entropy, seed, round(scale * 2**32)]).spawn(5)
    for_households, for_labour, for_jobs, for_money, for_ties = (np.random.default_rng(s) for s in streams)

    # People and their households.
    rng = for_households
    people = list_residents(margins.population)
    plan = plan_households(margins, rng)
    role = assign_roles(people, plan, M, rng)
    plan = settle_plan(plan, people, role, M, rng)
    births = (region.births * region.population[:, 0]).sum(axis=0) / np.maximum(
        region.population[:, 0].sum(axis=0), 1
    )
    families = form_families(people, role, plan, births, rng)
    tenure = assign_tenure(families, plan, margins.households, rng)

    # Members side by side, the eldest first; households in random order within the municipality.
    place = np.empty(len(plan.mun), np.int64)
    home_order = np.argsort(plan.mun + rng.random(len(plan.mun)), kind="stable")
    place[home_order] = np.arange(len(plan.mun))
    row_order = np.lexsort((-people.age, role == Role.CHILD, place[families.household]))
    row_of = np.empty(len(row_order), np.int64)
    row_of[row_order] = np.arange(len(row_order))
    people = Residents(*(column[row_order] for column in people))
    household = place[families.household][row_order]
    child = role[row_order] == Role.CHILD
    partner = families.partner[row_order]
    partner = np.where(partner >= 0, row_of[partner], -1)
    tenure, head_age = tenure[home_order], families.head_age[home_order]
    size = np.bincount(household)
    first = group_starts(size)[:-1]
    following = np.arange(1, len(household) + 1)
    following[first + size - 1] = first
    birth_month = draw_birth_month(people.age, rng)

    # Education, work and employers.
    skill = assign_skill(people, region.education, for_labour)
    status = assign_status(people, skill, household, region, margins, for_labour)
    has_children = np.bincount(household, child)[household] > 0
    employers = create_employers(region, margins, for_jobs)
    jobs = match_jobs(people, skill, status, has_children & ~child, employers, region, margins, for_jobs)
    last = last_sectors(people, skill, status, margins.jobs, for_jobs)
    sector = np.where(jobs.sector == NO_SECTOR, last, jobs.sector)
    wage = draw_wages(people, skill, status, sector, jobs.work, region, for_money)

    # Ties.
    address_since = draw_address_since(birth_month, household, head_age, tenure, for_ties)
    return Population(
        weight=1.0 / scale,
        uid=np.arange(len(household), dtype=np.uint64),
        mun=people.mun.astype(np.uint8),
        sex=people.sex.astype(np.uint8),
        birth_month=birth_month,
        status=status.astype(np.uint8),
        skill=skill.astype(np.uint8),
        sector=sector.astype(np.uint8),
        employer=jobs.employer.astype(np.int32),
        wage=wage,
        work_mode=choose_work_mode(people.mun, jobs.work, region).astype(np.uint8),
        household=household.astype(np.int32),
        partner=partner.astype(np.int32),
        next_member=following.astype(np.int32),
        address_since=address_since,
        job_since=draw_job_since(people.age, status == Status.EMPLOYED, for_ties),
        origin=draw_origin(people, address_since, region, for_ties).astype(np.uint8),
        contact=draw_contact(people, jobs.employer, for_ties).astype(np.int32),
        household_head=first.astype(np.int32),
        household_tenure=tenure,
        employer_mun=employers.mun.astype(np.uint8),
        employer_sector=employers.sector.astype(np.uint8),
        employer_jobs=employers.jobs.astype(np.int32),
        employer_boundary=jobs.boundary.astype(np.int32),
        employer_public=employers.public,
    )
