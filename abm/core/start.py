"""What all worlds of a population and of parameter values begin with: their tables and first counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.core.invariants import recount
from abm.core.recount import add_up
from abm.core.state import Counts, Tables
from abm.core.tables import build_tables
from abm.core.tables.acceptance import chance_taken
from abm.core.tables.sight import near
from abm.parameters import Parameters
from abm.population.population import Population
from abm.region.region import Region

if TYPE_CHECKING:
    from abm.core.world import World


class Start(NamedTuple):
    """Tables, which no world writes into, and counts of the first month, which a world copies.

    Attributes:
        tables: the tables.
        near: float64[M, Z], how often vacancies of a zone are seen, per vacancy.
        counts: the counts.
    """

    tables: Tables
    near: NDArray[np.float64]
    counts: Counts


_kept: list[tuple[Region, Population, Parameters, Start]] = []
"""The last two: paired worlds follow one another, those of two replicates side by side on threads, and nine tenths of
setting a world up are the same for all."""


def start_of(world: World, population: Population) -> Start:
    """What a world begins with, worked out from its arrays unless the world before began with the same.

    Args:
        world: a world with its residents, households, employers, travel and market.
        population: what these were made from.
    """
    for region, people, parameters, start in _kept:
        if region is world.region and people is population and parameters == world.parameters:
            return start
    tables = build_tables(
        world.region,
        population,
        world.parameters,
        world.residents,
        world.households,
    )
    start = Start(tables, near(world.region, chance_taken(world, tables)), _count(world, tables))
    _kept[:] = [*_kept[-1:], (world.region, population, world.parameters, start)]
    return start


def _count(world: World, tables: Tables) -> Counts:
    """All counts from the arrays; establishments of a scenario have nobody yet, so they are in none."""
    region, m = world.region, world.n_mun
    found = add_up(world.residents, world.households, world.employers, tables, m, world.n_zone, 0)
    c = recount(found, world.employers, tables)
    boundary = np.zeros((world.n_zone, m), np.int64)
    total = region.commuting[m:, :m].sum(axis=0)
    split = region.commuting[m:, :m] / np.maximum(total, 1)
    here = np.bincount(world.employers.mun, world.employers.boundary, minlength=m)
    boundary[m] = np.rint(here * np.where(total > 0, split[0], 1.0))
    boundary[m + 1] = here - boundary[m]
    c.commuters[:, :m] += boundary
    dwellings = region.dwellings.sum(axis=1) / world.weight
    reserve = world.parameters["dwelling_reserve"] * c.households
    c.dwellings[:] = np.maximum(np.rint(dwellings + reserve), c.households)
    return c
