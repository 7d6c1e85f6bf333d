"""All tables of a world."""

from __future__ import annotations

import numpy as np

from abm.core.state import EMPLOYED, NEED_UNIT, UNEMPLOYED, Households, Residents, Tables
from abm.core.tables.ages import AGES
from abm.core.tables.bounds import Hazards, bounds
from abm.core.tables.careers import career, educated, raises, schooling
from abm.core.tables.destinations import destinations
from abm.core.tables.family import family_hazards
from abm.core.tables.homes import buying, owning
from abm.core.tables.labour import exit_and_entry, jobs_end
from abm.core.tables.mobility import background_moving, couples_relative, intensity
from abm.core.tables.sight import relatedness
from abm.parameters import Parameters
from abm.population.population import Population
from abm.population.wages import base_pay
from abm.region.region import Region
from abm.schema import PUBLIC_SECTORS


def build_tables(
    region: Region,
    population: Population,
    parameters: Parameters,
    residents: Residents,
    households: Households,
) -> Tables:
    """All tables of a world.

    Args:
        region: the region.
        population: the initial population.
        parameters: parameter values.
        residents, households: the initial state.
    """
    m = region.n_municipalities
    age = np.minimum((-population.birth_month.astype(np.int64)) // 12, AGES - 1)
    active = (population.status == EMPLOYED) | (population.status == UNEMPLOYED)
    moving = background_moving(region, population, parameters, age, residents, households)
    family = family_hazards(region, population, age, moving[0], couples_relative(parameters))
    exits, entry = exit_and_entry(population, age, active, m, parameters["separation_rate"])
    owners = owning(population, age, m)
    hazards = Hazards(
        death=region.deaths / 12.0,
        birth=region.births / 12.0,
        **family._asdict(),
        buying=buying(owners, region.population.sum(axis=(1, 2)).astype(float)) / 12.0,
        exit=exits,
        entry=entry,
        moving=moving,
    )
    leaving = intensity(region) * region.population.sum(axis=1)
    destination, age_group = destinations(region, leaving)
    labour_force = np.maximum(np.bincount(population.mun[active], minlength=m).astype(float), 1.0)
    jobless = np.bincount(population.mun[population.status == UNEMPLOYED], minlength=m) / labour_force
    ends = jobs_end(jobless, labour_force)
    pay_by_age = career(region, population, age)
    return Tables(
        bound=bounds(hazards, parameters, float(ends.max())),
        jobs_end=ends,
        **hazards._asdict(),
        owning=owners,
        destination=destination,
        age_group=age_group,
        need=np.rint(region.public_need[list(PUBLIC_SECTORS)] * NEED_UNIT).astype(np.int64),
        educated=educated(region),
        schooling=schooling(region),
        wage_base=base_pay(region),
        career=pay_by_age,
        raises=raises(pay_by_age),
        wage_level=np.append(region.wage_level, [1.0, 1.0]),
        tax=region.tax_rate.copy(),
        related=relatedness(parameters["relatedness_spread"]),
        unemployment_start=jobless,
    )
