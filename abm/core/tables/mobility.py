"""How often people move for other reasons than a job."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from abm.core.state import EMPLOYED, UNEMPLOYED, Households, Residents
from abm.core.tables.ages import AGES, GROWN, Array
from abm.core.tables.projection import ages_ahead
from abm.parameters import Parameters
from abm.population.population import Population
from abm.region.region import Region

BACKGROUND_SHARE = 0.97
"""Share of today's migration that is not decided together with a job, an assumption (0.85-1)."""
DUAL_EARNERS = 0.75
"""Share of young couples in which both work, when moves are weighed; assumption (0.6-0.85)."""
ODDS = (
    "odds_partner",
    "odds_dual_earner",
    "odds_child",
    "odds_school_child",
    "odds_unemployed",
    "odds_owner",
)
"""Parameters that tie people to where they live, in the order that the kernel takes them."""


def intensity(region: Region) -> Array:
    """Intensity of moving by age relative to the municipality, of those who move on their own, float64[M, 101]."""
    relative = region.migration_age.copy()
    relative[:, :GROWN] = 0.0
    return relative


def background_moving(
    region: Region,
    population: Population,
    parameters: Parameters,
    age: NDArray[np.int64],
    residents: Residents,
    households: Households,
) -> Array:
    """Monthly hazard of a background move of a single without ties, float64[YEARS_AHEAD, M, 101].

    At the start as many leave each municipality as in the table of movers, save those who move for a job.

    Args:
        region: the region.
        population: the initial population.
        parameters: parameter values.
        age: int64[N], years, at most 100.
        residents, households: the initial state.
    """
    m = region.n_municipalities
    odds = np.array([parameters[name] for name in ODDS])
    relative = intensity(region)
    by_age = np.zeros((m, AGES))
    _mobility_weight(residents, households, odds, relative, by_age)
    weight = by_age.sum(axis=1)
    outflow = region.migration[:m].sum(axis=1) / population.weight
    base = BACKGROUND_SHARE * outflow / 12.0 / np.maximum(weight, 1e-9)
    everyone = np.zeros((m, AGES))
    np.add.at(everyone, (population.mun, age), 1.0)
    ties = by_age.sum(axis=0) / np.maximum((relative * everyone).sum(axis=0), 1e-9)
    kept = mobility_kept(relative, ties, ages_ahead(region))
    return np.asarray((kept * base)[:, :, None] * relative)


def couples_relative(parameters: Parameters) -> float:
    """Hazard of a move of a young couple relative to that of a single."""
    return float(parameters["odds_partner"] * (1.0 + DUAL_EARNERS * (parameters["odds_dual_earner"] - 1.0)))


def mobility_kept(relative: Array, ties: Array, ages: Array) -> Array:
    """Factor on the hazard of moving that keeps movers per resident as the ages go on, float64[YEARS_AHEAD, M].

    k(y, m) = w(0, m) / w(y, m) with w = sum over a of relative(m, a) ties(a) N(y, m, a) / N(y, m).

    Args:
        relative: float64[M, 101], intensity of moving on one's own.
        ties: float64[101], persons moved at intensity one per resident of the age.
        ages: float64[YEARS_AHEAD, M, 101], residents ahead.
    """
    weight = (relative * ties * ages).sum(axis=2) / np.maximum(ages.sum(axis=2), 1e-9)
    return np.asarray(weight[0] / np.maximum(weight, 1e-12))


@njit(cache=True)
def _mobility_weight(residents, households, odds, relative_age, out):
    """Expected persons moved by background moves at base rate one, by municipality and age: float64[M, 101]."""
    for row in range(residents.meta[0]):
        if residents.status[row] == 0:
            continue
        age = min(max((0 - residents.birth[row]) // 12, 0), 100)
        home = residents.mun[row]
        if relative_age[home, age] <= 0.0:
            continue
        house = residents.household[row]
        small = False
        school = False
        walk = residents.next[row]
        while walk != row:
            months = -residents.birth[walk]
            if months < 84:
                small = True
            elif months < 216:
                school = True
            walk = residents.next[walk]
        factor = 1.0
        persons = 1
        partner = residents.partner[row]
        if partner >= 0:
            factor = 0.5 * odds[0]
            if residents.status[row] == EMPLOYED and residents.status[partner] == EMPLOYED:
                factor *= odds[1]
        if households.head[house] == row or partner >= 0:
            persons = households.size[house]
            if school:
                factor *= odds[3]
            elif small:
                factor *= odds[2]
            if households.tenure[house] == 2:
                factor *= odds[5]
        if residents.status[row] == UNEMPLOYED and not (small or school):
            factor *= odds[4]
        out[home, age] += relative_age[home, age] * factor * persons
