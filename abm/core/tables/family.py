"""Births, couples that form and part, and leaving the parents' home."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.core.tables.ages import AGES, GROWN, Array, share_by_age
from abm.phases.newcomers import COUPLES, FAMILY_AGES, persons_per_arrival
from abm.population.population import Population
from abm.region.region import Region

MOTHERS_IN_COUPLES = 3.5
"""Births of women with a partner relative to those without, at the same age; an assumption (2.5-5)."""
MATCH_LOSS = 1.5
"""Singles who look for a partner a month per one who finds one."""
LAST_LEAVING = 40
"""Age until which people leave their parents' home."""


class Family(NamedTuple):
    """What changes families, by age; hazards a month."""

    birth_factor: Array  # float64[2, 101], births of women without and with a partner relative to all
    pairing: Array  # float64[2, 101], singles who look for a partner
    separation: Array  # float64[101], couples
    leaving_home: Array  # float64[101]


def family_hazards(
    region: Region, population: Population, age: NDArray[np.int64], moving: Array, together: float
) -> Family:
    """Hazards that keep the shares of couples, and of those who live with their parents, by age.

    Args:
        region: the region.
        population: the initial population.
        age: int64[N], years, at most 100.
        moving: float64[M, 101], monthly hazard of a single without ties.
        together: that of a couple relative to it.
    """
    sex = population.sex
    coupled = share_by_age(population.partner >= 0, sex, age)
    both = coupled[0]
    single_factor = 1.0 / (MOTHERS_IN_COUPLES * both + 1.0 - both)
    moves = _exchange(region, moving, together)
    part = _separation()
    pairing = np.zeros((2, AGES))
    for g in range(2):
        pairing[g] = _pairing(coupled[g], part, region.deaths.mean(axis=0)[1 - g], moves)
    pairing[:, :GROWN] = 0.0
    pairing[:, 75:] = 0.0
    head = np.zeros(age.size, bool)
    head[population.household_head] = True
    parental = share_by_age((population.partner < 0) & ~head, sex, age).mean(axis=0)
    leaving = _leaving_home(parental, coupled.mean(axis=0), pairing.mean(axis=0), moves)
    return Family(
        birth_factor=np.stack([single_factor, MOTHERS_IN_COUPLES * single_factor]),
        pairing=np.minimum(MATCH_LOSS * pairing, 0.4) / 12.0,
        separation=part / 12.0,
        leaving_home=leaving / 12.0,
    )


def _separation() -> Array:
    """Yearly chance that a couple parts, by age; assumption from about 4 % at 25 to 0.2 % after 60."""
    ages = np.arange(AGES)
    return np.interp(ages, [18, 22, 27, 40, 55, 65, 100], [0.10, 0.06, 0.025, 0.015, 0.007, 0.002, 0.001])


class _Exchange(NamedTuple):
    """Yearly moves of grown-ups by age over the region as a whole, per resident of the age; float64[101] each."""

    moving: Array  # moves of a single
    out: Array  # singles who leave the region
    out_couples: Array  # the same of those with a partner
    into: Array  # newcomers
    coupled: Array  # share of newcomers with a partner


def _exchange(region: Region, moving: Array, together: float) -> _Exchange:
    """What moving does to the shares of couples and of those who live with their parents.

    Args:
        moving: float64[M, 101], monthly hazard of a single without ties.
        together: that of a couple relative to it.
    """
    m = region.n_municipalities
    residents = region.population.sum(axis=1).astype(float)
    everyone = np.maximum(residents.sum(axis=0), 1.0)
    out_share = region.migration[:m, m:].sum(axis=1) / np.maximum(region.migration[:m].sum(axis=1), 1e-9)
    single = (12.0 * moving * residents).sum(axis=0) / everyone
    out = (12.0 * moving * residents * out_share[:, None]).sum(axis=0) / everyone
    age_cdf = np.cumsum(region.in_migrant_age, axis=-1)
    households = region.migration[m:, :m] / persons_per_arrival(age_cdf)
    first = region.in_migrant_age / (age_cdf[..., 99] - age_cdf[..., GROWN - 1])[..., None]
    arriving = (households[..., None] * first).sum(axis=(0, 1)) / everyone
    arriving[:GROWN] = 0.0
    ages = np.arange(AGES)
    pairs = np.where((ages >= FAMILY_AGES[0]) & (ages < FAMILY_AGES[1]), COUPLES, 0.0)
    return _Exchange(single, out, together * out, arriving * (1.0 + pairs), 2.0 * pairs / (1.0 + pairs))


def _pairing(coupled: Array, part: Array, widowed: Array, x: _Exchange) -> Array:
    """Yearly chance that a single finds a partner, which keeps the share of couples by age, float64[101].

    c(a + 1) (1 + in - out) = c (1 - part - widowed - out of couples) + in k + (1 - c) pairing

    with c the share with a partner and k that of newcomers: those who leave are mostly single.
    """
    now, later = coupled, np.append(coupled[1:], coupled[-1:])
    change = 1.0 + x.into - now * x.out_couples - (1.0 - now) * x.out
    found = later * change - now * (1.0 - part - widowed - x.out_couples) - x.into * x.coupled
    return np.clip(found, 0.0, 1.0) / np.maximum(1.0 - now, 0.05)


def _leaving_home(parental: Array, coupled: Array, pairing: Array, x: _Exchange) -> Array:
    """Yearly chance of leaving the parents' home alone in the same municipality, float64[101].

    What is left of the step from the share s who live with their parents at an age to that of the next one,

    s(a + 1) (1 + in - out) = s (1 - leaving - pairing - moving)

    after those who find a partner or move away.
    """
    later = np.append(parental[1:], parental[-1:])
    change = 1.0 + x.into - coupled * x.out_couples - (1.0 - coupled) * x.out
    leaving = 1.0 - pairing - x.moving - later * change / np.maximum(parental, 1e-9)
    ages = np.arange(AGES)
    leaving[(ages < GROWN) | (ages > LAST_LEAVING) | (parental < 0.01)] = 0.0
    return np.clip(leaving, 0.0, 0.5)
