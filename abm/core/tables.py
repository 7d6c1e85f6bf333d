"""Hazard tables and lookups of a world, derived from the region, the population and the parameters.

Hazards that the statistics give directly (births, deaths) are used as they are.
Those they give only through stocks (pairing, entry to the labour force) are the
ones that keep the stocks by age as they were: a cohort that ages a year ends up
with the share of the next age.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from abm.core.state import (
    ADULT,
    CHILD,
    EMPLOYED,
    N_CLASSES,
    NEED_UNIT,
    OUTSIDE,
    OWNED,
    RETIREMENT,
    UNEMPLOYED,
    Residents,
    Tables,
)
from abm.parameters import Parameters
from abm.phases.hazards import LABOUR
from abm.phases.newcomers import COUPLES, FAMILY_AGES, persons_per_arrival
from abm.population.population import Population
from abm.region.region import Region
from abm.schema import MONTHS_PER_YEAR, N_SECTORS, PUBLIC_SECTORS, SECTOR_INDEX

AGES = 101
MONTHS = 101 * 12
ONE = 4294967296.0
BACKGROUND_SHARE = 0.97
"""Share of today's migration that is not decided together with a job, an assumption (0.85-1)."""
FAR_VACANCIES = 0.04
"""Share of vacancies seen that are drawn from everywhere by distance rather than from today's commuting."""
LEAST_ACCEPTED = 0.02
"""Chance that an offer from very far is taken, at the least: bounds the correction for acceptance. Assumption."""
MOTHERS_IN_COUPLES = 3.5
"""Births of women with a partner relative to those without, at the same age; an assumption (2.5-5)."""
MATCH_LOSS = 1.5
"""Singles who look for a partner a month per one who finds one."""
GROWN = 18
"""Age from which people move on their own; children move with the household."""
AGE_GROUPS = (0, 21, 25, 30, 40, 65)
"""First ages of the groups of movers that go to places of their own."""
FIT_ROUNDS = 200
PRIOR_OWNERS = 20.0
"""Households at which the municipality's own share of owners counts half."""
YEARS_AHEAD = 30
"""Years for which the ages of residents are projected; afterwards hazards of moving stay what they are."""
LAST_LEAVING = 40
"""Age until which people leave their parents' home."""
DUAL_EARNERS = 0.75
"""Share of young couples in which both work, when moves are weighed; assumption (0.6-0.85)."""

_RELATED = (
    ("CP", "CO", 0.5), ("CP", "B", 0.5), ("CP", "A", 0.2), ("CP", "DE", 0.4), ("CO", "F", 0.35), ("CO", "B", 0.35),
    ("CO", "DE", 0.35), ("F", "DE", 0.35), ("F", "B", 0.35), ("F", "A", 0.25), ("F", "H", 0.25), ("G", "I", 0.4),
    ("G", "H", 0.35), ("G", "MN", 0.25), ("G", "CO", 0.25), ("H", "CO", 0.25), ("H", "A", 0.25), ("J", "MN", 0.5),
    ("J", "K", 0.3), ("K", "MN", 0.4), ("L", "MN", 0.4), ("L", "F", 0.3), ("O", "MN", 0.35), ("O", "P", 0.25),
    ("O", "Q", 0.25), ("P", "Q", 0.3), ("RS", "I", 0.3), ("RS", "P", 0.25), ("RS", "G", 0.25), ("I", "Q", 0.2),
)  # fmt: skip
"""Relatedness of skills between sectors (assumption, 0-1); process industry is close to mining."""

Array = NDArray[np.float64]


def relatedness(spread: float) -> Array:
    """Relatedness of skills, float64[S + 1, S]: own sector one, unrelated `spread`; last row without experience."""
    table = np.full((N_SECTORS + 1, N_SECTORS), spread)
    np.fill_diagonal(table, 1.0)
    for a, b, value in _RELATED:
        i, j = SECTOR_INDEX[a], SECTOR_INDEX[b]
        table[i, j] = table[j, i] = max(value, spread)
    table[N_SECTORS] = 0.4
    return table


def _threshold(probability: Array) -> NDArray[np.uint32]:
    """Bounds as thresholds on 32-bit words, rounded up; certainty misses one word in 2^32, for a month."""
    return np.minimum(np.ceil(np.clip(probability, 0.0, 1.0) * ONE), ONE - 1.0).astype(np.uint32)


def first_bits(bound: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Bounds on the first eight bits of the four draws for a year ahead, uint8[24, A12, 4]; see `Residents.limit`.

    A draw may mean an event if its first eight bits lie below. A bound of zero stays zero. Certainty would be
    256, which has no room: there all four are 255, and all four bytes are 255 for one in 2^32.
    """
    first = np.where(bound > 0, (bound.astype(np.int64) >> 24) + 1, 0)
    ahead = np.concatenate([first, np.repeat(first[:, -1:], MONTHS_PER_YEAR, axis=1)], axis=1)
    most = np.lib.stride_tricks.sliding_window_view(ahead, MONTHS_PER_YEAR, axis=1)[:, : first.shape[1]].max(
        -1
    )
    most[(most > 255).any(axis=-1)] = 255
    return most.astype(np.uint8)


def _by_month(yearly: Array) -> Array:
    """Stretch a bound by age in years to age in months; the neighbouring age too, so that it stays a bound."""
    padded = np.maximum(yearly, np.append(yearly[..., 1:], yearly[..., -1:], axis=-1))
    return np.repeat(padded, 12, axis=-1)


def _smooth(values: Array, width: int = 5) -> Array:
    """Running mean over ages, ends kept."""
    kernel = np.ones(width) / width
    padded = np.pad(values, (width // 2, width // 2), mode="edge")
    return np.convolve(padded, kernel, mode="valid")


def _share(mask: NDArray[np.bool_], sex: NDArray[np.uint8], age: NDArray[np.int64]) -> Array:
    """Share of residents with a property by sex and age, smoothed, float64[2, 101]."""
    out = np.zeros((2, AGES))
    for g in range(2):
        total = np.bincount(age[sex == g], minlength=AGES)[:AGES]
        part = np.bincount(age[(sex == g) & mask], minlength=AGES)[:AGES]
        out[g] = _smooth(part / np.maximum(total, 1))
    return out


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


def _owning(population: Population, age: NDArray[np.int64], m: int) -> Array:
    """Share in owned homes of heads and partners in the labour force, float64[2, M, 101], without and with a partner.

    The curve of the region by age (running mean), with the odds of the municipality relative to the region.
    """
    pair = population.partner >= 0
    home = np.zeros(age.size, bool)
    home[population.household_head] = True
    active = (population.status == EMPLOYED) | (population.status == UNEMPLOYED)
    own = population.household_tenure[population.household] == OWNED
    out = np.zeros((2, m, AGES))
    for k in range(2):
        chosen = (home | pair) & active & (pair == bool(k))
        total = _smooth(np.bincount(age[chosen], minlength=AGES)[:AGES].astype(float))
        owners = _smooth(np.bincount(age[chosen & own], minlength=AGES)[:AGES].astype(float))
        curve = np.clip(owners / np.maximum(total, 1.0), 0.001, 0.999)
        here = np.bincount(population.mun[chosen], minlength=m)
        usual = float(np.clip(own[chosen].mean(), 0.01, 0.99)) if chosen.any() else 0.5
        share = np.bincount(population.mun[chosen & own], minlength=m) + PRIOR_OWNERS * usual
        share = np.clip(share / (here + PRIOR_OWNERS), 0.01, 0.99)
        odds = share / (1.0 - share) / (usual / (1.0 - usual))
        out[k] = odds[:, None] * curve / (1.0 - curve + odds[:, None] * curve)
    return out


def _buying(owning: Array, residents: Array) -> Array:
    """Yearly chance that a tenant buys, which follows the share of owners from age to age, float64[2, 101].

    (o(a + 1) - o(a)) / (1 - o(a)), o the share of owners in the region, up to the age of retirement.

    Args:
        owning: float64[2, M, 101].
        residents: float64[M], weights.
    """
    share = np.tensordot(owning, residents / residents.sum(), axes=([1], [0]))
    later = np.append(share[:, 1:], share[:, -1:], axis=1)
    buying = np.clip((later - share) / np.maximum(1.0 - share, 0.05), 0.0, 0.5)
    buying[:, :GROWN] = 0.0
    buying[:, RETIREMENT:] = 0.0
    return buying


def _exit() -> Array:
    """Yearly chance of leaving the labour force, float64[2, 101]; assumption, retirement from 61."""
    ages = np.arange(AGES)
    points = [16, 20, 25, 30, 54, 60, 61, 63, 64, 65, 66, 70, 100]
    rates = [0.3, 0.15, 0.08, 0.035, 0.03, 0.06, 0.1, 0.16, 0.25, 0.45, 0.4, 0.4, 0.6]
    return np.tile(np.interp(ages, points, rates), (2, 1))


def _entry(participation: Array, exit_rate: Array) -> Array:
    """Yearly chance of entering the labour force that keeps participation by age as it is."""
    now = participation
    later = np.append(participation[:, 1:], participation[:, -1:], axis=1)
    entry = (later - now * (1.0 - exit_rate)) / np.maximum(1.0 - now, 0.02)
    entry[:, :16] = 0.0
    entry[:, 65:] = 0.0
    return np.clip(entry, 0.0, 0.9)


def _ages_ahead(region: Region) -> Array:
    """Residents by age at the start of each year, were official rates all there is, float64[YEARS_AHEAD, M, 101].

    N(y + 1, a + 1) = N(y, a) (1 - deaths) + in(a) - out(y, a): newcomers as in the table of movers, with the
    years of immigration; leavers as many per resident as in the table, with the ages of moving out.
    A projection of the region alone: the same in every scenario.
    """
    m = region.n_municipalities
    now = region.population.sum(axis=1).astype(float)
    women = region.population[:, 0] / np.maximum(now, 1.0)
    death = (region.deaths * region.population).sum(axis=1) / np.maximum(now, 1.0)
    death = np.where(now > 0, death, region.deaths.mean(axis=1))
    women = np.where(now > 0, women, 0.5)
    rate = region.migration[:m].sum(axis=1) / now.sum(axis=1)
    sweden = region.migration[: m + 1, :m].sum(axis=0)[:, None] * region.in_migrant_age[0]
    abroad = region.migration[m + 1, :m][:, None] * region.in_migrant_age[1]
    out = np.empty((YEARS_AHEAD, m, AGES))
    for year in range(YEARS_AHEAD):
        out[year] = now
        leaving = region.migration_age * now
        leaving *= (rate * now.sum(axis=1) / leaving.sum(axis=1))[:, None]
        immigration = region.immigration[min(year, region.immigration.shape[0] - 1)]
        left = np.maximum(now * (1.0 - death) - leaving + sweden + abroad * immigration[:, None], 0.0)
        now = np.zeros_like(left)
        now[:, 1:] = left[:, :-1]
        now[:, -1] += left[:, -1]
        now[:, 0] = (region.births * women * out[year]).sum(axis=1)
    return out


def _mobility_kept(relative: Array, ties: Array, ages: Array) -> Array:
    """Factor on the hazard of moving that keeps movers per resident as the ages go on, float64[YEARS_AHEAD, M].

    k(y, m) = w(0, m) / w(y, m) with w = sum over a of relative(m, a) ties(a) N(y, m, a) / N(y, m).

    Args:
        relative: float64[M, 101], intensity of moving on one's own.
        ties: float64[101], persons moved at intensity one per resident of the age.
        ages: float64[YEARS_AHEAD, M, 101], residents ahead.
    """
    weight = (relative * ties * ages).sum(axis=2) / np.maximum(ages.sum(axis=2), 1e-9)
    return np.asarray(weight[0] / np.maximum(weight, 1e-12))


def _destinations(region: Region, leaving: Array) -> tuple[Array, NDArray[np.int64]]:
    """Where movers of an age group go, cumulative, float64[G, M, Z], and the group of each age, int64[101].

    The table of movers is split over the groups so that each pair of places keeps its movers, those who
    leave a place have the ages of `leaving`, and those who come to a municipality the ages of newcomers
    there (proportional fitting from the product of the two; the ages of those who leave the region are free).

    Args:
        leaving: float64[M, 101], grown-up movers by age at the start, of any scale.
    """
    m = region.n_municipalities
    group = np.searchsorted(AGE_GROUPS[1:], np.arange(AGES), side="right").astype(np.int64)
    member = np.eye(len(AGE_GROUPS))[group] * (np.arange(AGES) >= GROWN)[:, None]
    flows = region.migration[:m]
    out = leaving @ member
    out /= out.sum(axis=1, keepdims=True)
    into = region.in_migrant_age[0] @ member
    into /= into.sum(axis=1, keepdims=True)
    wanted_out = out * flows.sum(axis=1)[:, None]
    wanted_in = into * flows[:, :m].sum(axis=0)[:, None]
    split = flows[None] * out.T[:, :, None]
    split[:, :, :m] *= (into / into.mean(axis=0)).T[:, None, :]
    for _ in range(FIT_ROUNDS):
        split[:, :, :m] *= (wanted_in.T / np.maximum(split[:, :, :m].sum(axis=1), 1e-12))[:, None, :]
        split *= (wanted_out.T / np.maximum(split.sum(axis=2), 1e-12))[:, :, None]
        split *= (flows / np.maximum(split.sum(axis=0), 1e-12))[None]
    shares = split / np.maximum(split.sum(axis=2, keepdims=True), 1e-12)
    return np.cumsum(shares, axis=2), group


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


def _near(region: Region, parameters: Parameters, minutes: Array, daily: Array, weekly: Array) -> Array:
    """How often a vacancy of each zone is seen, relative, float64[M, Z].

    Today's commuting over the jobs there, corrected for how often such an offer is
    accepted, so that new hires repeat the commuting pattern of today; plus a small
    share from everywhere, falling with distance.
    """
    m = region.n_municipalities
    jobs = np.append(region.jobs.sum(axis=1).astype(float), [1.0, 1.0])
    commuting = region.commuting[:m].astype(float)
    cost = np.where(minutes <= parameters["daily_limit"], np.minimum(daily, weekly), weekly)[:m]
    cost[np.arange(m), np.arange(m)] = 0.0
    spread = np.hypot(parameters["choice_scale"], 0.8 * parameters["amenity_spread"])
    accept = np.maximum(1.0 / (1.0 + np.exp(np.minimum(cost / spread, 30.0))), LEAST_ACCEPTED)
    seen = commuting / accept
    seen /= seen.sum(axis=1, keepdims=True)
    km = np.maximum(region.distance_km[:m], 15.0)
    far = (
        np.append(region.jobs.sum(axis=1).astype(float), [float(region.national_jobs.sum()) * 0.25, 0.0])
        / km**1.1
    )
    far /= far.sum(axis=1, keepdims=True)
    return ((1.0 - FAR_VACANCIES) * seen + FAR_VACANCIES * far) / jobs


def build_tables(
    region: Region,
    population: Population,
    parameters: Parameters,
    residents: Residents,
    households: object,
    travel: tuple[Array, Array, Array],
) -> Tables:
    """All tables of a world.

    Args:
        region: the region.
        population: the initial population.
        parameters: parameter values.
        residents, households: the initial state.
        travel: minutes, daily cost, weekly cost, float64[Z, Z].
    """
    m = region.n_municipalities
    sex = population.sex
    age = np.minimum((-population.birth_month.astype(np.int64)) // 12, AGES - 1)
    coupled = _share(population.partner >= 0, sex, age)
    active = (population.status == EMPLOYED) | (population.status == UNEMPLOYED)
    participation = _share(active, sex, age)
    participation[:, :16] = 0.0

    death = region.deaths / 12.0
    birth = region.births / 12.0
    both = coupled[0]
    single_factor = 1.0 / (MOTHERS_IN_COUPLES * both + 1.0 - both)
    birth_factor = np.stack([single_factor, MOTHERS_IN_COUPLES * single_factor])
    exits = _exit()
    entry = _entry(participation, exits)
    size = np.bincount(population.mun[(age >= 20) & (age < 65)], minlength=m).astype(float)
    part_m = np.bincount(population.mun[active & (age >= 20) & (age < 65)], minlength=m) / np.maximum(
        size, 1.0
    )
    whole = float((part_m * size).sum() / size.sum())
    odds_m = (part_m / np.maximum(1.0 - part_m, 0.02)) / (whole / (1.0 - whole))
    entry = np.clip(entry[None] * odds_m[:, None, None], 0.0, 0.95) / 12.0
    exits = exits / 12.0

    odds = np.array(
        [
            parameters[k]
            for k in (
                "odds_partner",
                "odds_dual_earner",
                "odds_child",
                "odds_school_child",
                "odds_unemployed",
                "odds_owner",
            )
        ]
    )
    relative = region.migration_age.copy()
    relative[:, :GROWN] = 0.0
    by_age = np.zeros((m, AGES))
    _mobility_weight(residents, households, odds, relative, by_age)
    weight = by_age.sum(axis=1)
    outflow = region.migration[:m].sum(axis=1) / population.weight
    base = BACKGROUND_SHARE * outflow / 12.0 / np.maximum(weight, 1e-9)
    everyone = np.zeros((m, AGES))
    np.add.at(everyone, (population.mun, age), 1.0)
    ties = by_age.sum(axis=0) / np.maximum((relative * everyone).sum(axis=0), 1e-9)
    kept = _mobility_kept(relative, ties, _ages_ahead(region))
    moving = (kept * base)[:, :, None] * relative
    destination, age_group = _destinations(region, relative * region.population.sum(axis=1))

    together = odds[0] * (1.0 + DUAL_EARNERS * (odds[1] - 1.0))
    exchange = _exchange(region, moving[0], together)
    part = _separation()
    pairing = np.zeros((2, AGES))
    for g in range(2):
        pairing[g] = _pairing(coupled[g], part, region.deaths.mean(axis=0)[1 - g], exchange)
    pairing[:, :GROWN] = 0.0
    pairing[:, 75:] = 0.0
    head = np.zeros(age.size, bool)
    head[population.household_head] = True
    parental = _share((population.partner < 0) & ~head, sex, age).mean(axis=0)
    leaving = _leaving_home(parental, coupled.mean(axis=0), pairing.mean(axis=0), exchange) / 12.0
    pairing = np.minimum(MATCH_LOSS * pairing, 0.4) / 12.0
    part = part / 12.0
    owning = _owning(population, age, m)
    buying = _buying(owning, region.population.sum(axis=(1, 2)).astype(float)) / 12.0

    minutes, daily, weekly = travel
    bounds = {name: np.zeros((N_CLASSES, AGES)) for name in ("death", "family", "labour", "moving")}
    for status in range(1, 6):
        for g in range(2):
            for pair in range(2):
                row = status * 4 + g * 2 + pair
                bounds["death"][row] = death[:, g].max(axis=0)
                family = birth.max(axis=0) * birth_factor[pair] if g == 0 else np.zeros(AGES)
                bounds["family"][row] = family + (
                    0.5 * (part + buying[1]) if pair else pairing[g] + leaving + buying[0]
                )
                move = moving.max(axis=(0, 1)) * max(
                    1.0, parameters["odds_unemployed"] if status == UNEMPLOYED else 1.0
                )
                bounds["moving"][row] = move * (0.5 if pair else 1.0)
                if status == EMPLOYED:
                    bounds["moving"][row] += parameters["reconsider_rate"]
                labour = np.zeros(AGES)
                if status == EMPLOYED:
                    labour = (
                        2.5 * parameters["separation_rate"] * parameters["long_commute_separation"]
                        + exits[g]
                        + parameters["search_on_the_job"]
                    )
                elif status == UNEMPLOYED:
                    labour = exits[g] + parameters["search_unemployed"]
                elif status == 4:
                    labour = np.minimum(entry[:, g].max(axis=0) * 2.0, 1.0)
                bounds["labour"][row] = labour
    need = np.rint(region.public_need[list(PUBLIC_SECTORS)] * NEED_UNIT).astype(np.int64)
    skill_share = np.cumsum(region.education[:, :, 30:45, :].mean(axis=2), axis=-1)
    labour_force = np.maximum(np.bincount(population.mun[active], minlength=m).astype(float), 1.0)
    jobless = np.bincount(population.mun[population.status == UNEMPLOYED], minlength=m) / labour_force
    bound = np.stack(
        [_threshold(_by_month(bounds[name])) for name in ("death", "family", "labour", "moving")], axis=-1
    )
    # those who come of age or reach the age of retirement do so in that very month
    for status, of_age in ((CHILD, ADULT), (UNEMPLOYED, RETIREMENT), (OUTSIDE, RETIREMENT)):
        bound[4 * status : 4 * status + 4, of_age * MONTHS_PER_YEAR :, LABOUR] = np.uint32(ONE - 1.0)
    return Tables(
        bound=bound,
        death=death,
        birth=birth,
        birth_factor=birth_factor,
        pairing=pairing,
        separation=part,
        leaving_home=leaving,
        owning=owning,
        buying=buying,
        exit=exits,
        entry=entry,
        moving=moving,
        destination=destination,
        age_group=age_group,
        need=need,
        skill_share=skill_share,
        wage_base=region.wages.copy(),
        wage_level=np.append(region.wage_level, [1.0, 1.0]),
        tax=region.tax_rate.copy(),
        near=_near(region, parameters, minutes, daily, weekly),
        related=relatedness(parameters["relatedness_spread"]),
        unemployment_start=jobless,
    )
