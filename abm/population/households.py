"""Households: how many of each type and size, and in which role everyone lives in one.

The order of work:

1. :func:`plan_households`: the official types and sizes, reconciled, give a list of
   households with so many adults and children each.
2. :func:`assign_roles`: every resident gets a role (child, living alone, single
   parent, in a couple, ...) so that ages, sexes and types agree.
3. :func:`settle_plan`: where the age structure does not permit the plan, the plan
   gives way: types lose households, and 'other' households take whoever is left.

Who lives with whom is decided in :mod:`abm.population.families`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say
from abm.population import profiles
from abm.population.margins import Margins
from abm.population.residents import Residents
from abm.population.rounding import fit_table_to_margins, integer_table, largest_remainder, pick_within

IntArray = NDArray[np.int64]

N_TYPES = 12
PARENT_TYPES = (4, 5)
PAIR, ONE_CHILD, TWO_CHILDREN, THREE_CHILDREN = 6, 7, 8, 9
FAMILY_TYPES = (ONE_CHILD, TWO_CHILDREN, THREE_CHILDREN)
OTHER_WITH, OTHER_WITHOUT = 10, 11
"""Positions of `abm.schema.HOUSEHOLD_TYPES`."""
_MEAN_SIZE = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5])


class Role(IntEnum):
    """Place of a person in the household; the adult roles are columns of `profiles.role_shares`."""

    CHILD = 0
    ALONE_YOUNG = 1
    ALONE_OLD = 2
    PARENT = 3
    PAIR = 4
    FAMILY = 5
    OTHER = 6


class Plan(NamedTuple):
    """Households before anyone lives in them, sorted by municipality.

    Attributes:
        mun: int64[H].
        type: int64[H], position in `HOUSEHOLD_TYPES`.
        adults: int64[H].
        children: int64[H], members of at most 24 years who live with parents.
    """

    mun: IntArray
    type: IntArray
    adults: IntArray
    children: IntArray


def plan_households(margins: Margins, rng: np.random.Generator) -> Plan:
    """Reconcile household types and sizes, and list the households they make up.

    Single people, couples without children and couples with one or two children have a known size.
    The sizes of the others are fitted to what the table of persons by household size leaves.
    """
    parts = []
    for m, (types, persons) in enumerate(
        zip(margins.households.sum(axis=2), margins.persons_by_household_size, strict=True)
    ):
        single_parents = types[4] + types[5]
        open_types = np.array([single_parents, types[9], types[10], types[11]])
        by_size = persons[1:] / _MEAN_SIZE[1:]
        by_size[:3] -= types[6:9]
        by_size = np.maximum(by_size, 0.0)
        fixed = types[:4].sum() + types[6:9] @ np.array([2, 3, 4])
        by_size = _tilt(by_size, int(open_types.sum()), float(margins.population[m].sum() - fixed))
        table = fit_table_to_margins(profiles.SIZE_SEED * open_types[:, None], open_types, by_size)
        sizes = integer_table(table, open_types, largest_remainder(table.sum(axis=0), open_types.sum()))
        per_type = {
            10: np.repeat(np.arange(2, 8), sizes[2]),
            11: np.repeat(np.arange(2, 8), sizes[3]),
            9: np.maximum(np.repeat(np.arange(2, 8), sizes[1]), 5),
        }
        parents = rng.permutation(np.repeat(np.arange(2, 8), sizes[0]))
        per_type[4], per_type[5] = parents[: types[4]], parents[types[4] :]
        for t in range(N_TYPES):
            if t in per_type:
                size = per_type[t]
            else:
                size = np.full(types[t], {6: 2, 7: 3, 8: 4}.get(t, 1))
            # Seven is an open class: every second of its households has one member more.
            size = size + (size == 7) * (np.arange(len(size)) % 2)
            children = _children(t, size, rng)
            parts.append(np.stack([np.full(len(size), m), np.full(len(size), t), size - children, children]))
    return Plan(*np.concatenate(parts, axis=1))


def _tilt(by_size: NDArray[np.float64], n_households: int, persons: float) -> NDArray[np.float64]:
    """Shift households towards larger or smaller sizes until their members add up.

    The two official tables do not quite agree (small counts are blurred in both), and everyone has
    to live somewhere. Each size is multiplied by a power of one factor, the least change in the
    sense of relative entropy.

    Args:
        by_size: households of 2, 3, ... 7 or more persons that the table of sizes leaves, float64[6].
        n_households: number of households that there are.
        persons: number of people who live in them.

    Returns:
        float64[6], adding up to `n_households`.
    """
    sizes = _MEAN_SIZE[1:]
    shares = by_size + 1e-3
    low, high = 1e-2, 1e2
    for _ in range(50):
        factor = np.sqrt(low * high)
        tilted = shares * factor**sizes
        tilted *= n_households / tilted.sum()
        low, high = (factor, high) if tilted @ sizes < persons else (low, factor)
    return np.asarray(tilted)


def _children(household_type: int, size: IntArray, rng: np.random.Generator) -> IntArray:
    """Children among the members of households of one type."""
    if household_type in PARENT_TYPES:
        return size - 1
    if household_type in FAMILY_TYPES:
        return size - 2
    if household_type == OTHER_WITH:
        # Mostly two or three adults (a parent, a grown-up child, a grandparent, a friend).
        adults = 2 + (rng.random(len(size)) < 0.4) * (size >= 4)
        return np.maximum(size - adults, 1)
    return np.zeros_like(size)


def assign_roles(
    residents: Residents, plan: Plan, n_municipalities: int, rng: np.random.Generator
) -> IntArray:
    """Give everyone a :class:`Role` such that the plan's places are filled as far as ages permit.

    Children up to 17 live with adults; of those aged 18 to 24 as many as the plan has places, the
    younger rather than the older. The table of age by role is fitted for each municipality and sex.

    Returns:
        int64[N], role of each resident.
    """
    M, A = n_municipalities, profiles.AGES.size
    adult_age = profiles.HOME_LEAVING_AGE
    small = residents.age < adult_age
    youth = (residents.age >= adult_age) & (residents.age <= profiles.CHILD_MAX_AGE)
    n_small = np.bincount(residents.mun[small], minlength=M)
    n_youth = np.bincount(residents.mun[youth], minlength=M)
    places = np.bincount(plan.mun, plan.children, minlength=M).astype(np.int64)
    at_home = np.clip(places - n_small, 0, np.floor(0.9 * n_youth).astype(np.int64))
    rows = np.flatnonzero(youth)
    stays = profiles.LIVES_WITH_PARENTS[residents.sex[rows], residents.age[rows] - adult_age]
    role = np.full(len(residents.age), -1)
    role[small] = Role.CHILD
    drawn = pick_within(residents.mun[rows], -np.log1p(-stays), at_home, rng)
    role[rows[drawn]] = Role.CHILD

    count = np.zeros((M, N_TYPES), np.int64)
    np.add.at(count, (plan.mun, plan.type), 1)
    families = count[:, list(FAMILY_TYPES)].sum(axis=1)
    adults = np.flatnonzero(role < 0)
    cell = (residents.mun[adults] * 2 + residents.sex[adults]) * A + residents.age[adults]
    by_age = np.bincount(cell, minlength=M * 2 * A).reshape(M, 2, A)
    shares = profiles.role_shares()
    table = np.zeros((M, 2, A, len(Role) - 1), np.int64)
    for m in range(M):
        for sex in (0, 1):
            wanted = np.array(
                [*count[m, 2 * sex : 2 * sex + 2], count[m, 4 + sex], count[m, PAIR], families[m]]
            )
            partners = table[m, 0] if sex == 1 else None
            table[m, sex] = _ages_of_roles(shares[sex], by_age[m, sex], wanted, partners)
    role[adults] = np.repeat(np.tile(np.arange(1, len(Role)), M * 2 * A), table.ravel())
    _even_couples(residents, role, M, rng)
    return role


def _ages_of_roles(
    shares: NDArray[np.float64], people: IntArray, wanted: IntArray, partners: IntArray | None
) -> IntArray:
    """Fit how many adults of one municipality and sex have each role at each age.

    Args:
        shares: float64[A, 6], how common the roles are; zero where impossible.
        people: int64[A], adults by age.
        wanted: int64[5], people in each role but the last, which takes all others.
        partners: int64[A, 6], the same table of the other sex, if those in couples shall suit it.

    Returns:
        int64[A, 6]; ages are met exactly, roles as far as ages permit.
    """
    if wanted.sum() > people.sum():  # too few adults of this sex: every type gives way alike
        wanted = np.floor(wanted * (people.sum() / wanted.sum())).astype(np.int64)
    wanted = np.append(wanted, people.sum() - wanted.sum())
    present = people > 0
    people, seed = people[present], shares[present]
    fitted = fit_table_to_margins(seed, people, wanted, tolerance=1e-3)
    if partners is not None:
        # The ages of partners are a margin, too, but one that is only approached: two rounds
        # make men 2.0 years older than women on average, and hardly disturb those who live alone.
        gaps = profiles.partner_ages()[present]
        for _ in range(2):
            seed = seed.copy()
            for r in (Role.PAIR - 1, Role.FAMILY - 1):
                seed[:, r] *= np.clip((gaps @ partners[:, r] + 0.5) / (fitted[:, r] + 0.5), 0.2, 5.0)
            fitted = fit_table_to_margins(seed, people, wanted, tolerance=1e-3)
    fitted = np.where(seed > 0, np.maximum(fitted, 1e-9), 0.0)
    whole = integer_table(fitted, people, wanted, strict=False)
    # Whoever found no place joins an 'other' household, and may yet fill one that is short.
    whole[:, -1] += people - whole.sum(axis=1)
    for r in range(len(Role) - 2):
        for i in np.flatnonzero(seed[:, r]):
            step = max(min(wanted[r] - whole[:, r].sum(), whole[i, -1]), 0)
            whole[i, r] += step
            whole[i, -1] -= step
    out = np.zeros(shares.shape, np.int64)
    out[present] = whole
    return out


def _even_couples(residents: Residents, role: IntArray, M: int, rng: np.random.Generator) -> None:
    """Move the surplus sex of the couples of a municipality to 'other' households, in place."""
    for r in (Role.PAIR, Role.FAMILY):
        rows = np.flatnonzero(role == r)
        group = residents.mun[rows] * 2 + residents.sex[rows]
        number = np.bincount(group, minlength=M * 2).reshape(M, 2)
        surplus = number - number.min(axis=1, keepdims=True)
        drawn = pick_within(group, np.ones(len(rows)), surplus.ravel(), rng)
        role[rows[drawn]] = Role.OTHER


def settle_plan(plan: Plan, residents: Residents, role: IntArray, M: int, rng: np.random.Generator) -> Plan:
    """Adapt the plan to the people there are, municipality by municipality.

    Returns:
        A plan whose places are exactly the roles of :func:`assign_roles`.

    Raises:
        OmlandError: a municipality has children but no adult to live with.
    """
    have = np.zeros((M, len(Role), 2), np.int64)
    np.add.at(have, (residents.mun, role, residents.sex), 1)
    parts = []
    for m in range(M):
        mine = plan.mun == m
        types, adults, children = plan.type[mine], plan.adults[mine], plan.children[mine]
        keep = np.zeros(len(types), bool)
        limits = {
            0: have[m, Role.ALONE_YOUNG, 0],
            1: have[m, Role.ALONE_OLD, 0],
            2: have[m, Role.ALONE_YOUNG, 1],
            3: have[m, Role.ALONE_OLD, 1],
            4: have[m, Role.PARENT, 0],
            5: have[m, Role.PARENT, 1],
            6: have[m, Role.PAIR, 0],
        }
        for t, limit in limits.items():
            keep[np.flatnonzero(types == t)[:limit]] = True
        families = np.flatnonzero(np.isin(types, FAMILY_TYPES))
        keep[rng.permutation(families)[: have[m, Role.FAMILY, 0]]] = True
        keep |= types >= OTHER_WITH
        types, adults, children = types[keep], adults[keep], children[keep]
        types, adults, children = _fit_others(types, adults, children, int(have[m, Role.OTHER].sum()), rng)
        children = _fit_children(types, children, int(have[m, Role.CHILD].sum()), rng)
        types = np.where(types >= OTHER_WITH, np.where(children > 0, OTHER_WITH, OTHER_WITHOUT), types)
        parts.append(np.stack([np.full(len(types), m), types, adults, children]))
    return Plan(*np.concatenate(parts, axis=1))


def _fit_others(
    types: IntArray, adults: IntArray, children: IntArray, n_people: int, rng: np.random.Generator
) -> tuple[IntArray, IntArray, IntArray]:
    """Let the adults of 'other' households add up to the people who live in one."""
    others = np.flatnonzero(types >= OTHER_WITH)
    if others.size == 0 and n_people > 0:
        types, adults, children = (
            np.append(a, v) for a, v in ((types, OTHER_WITHOUT), (adults, 2), (children, 0))
        )
        others = np.array([len(types) - 1])
    adults = adults.copy()
    # Drop households, from the back, when there are not two people for each of them.
    while others.size > 1 and 2 * others.size > n_people:
        dropped, others = others[-1], others[:-1]
        adults[dropped] = 0
    if others.size == 1 and n_people == 0:
        adults[others] = 0
        others = others[:0]
    rest = n_people - adults[others].sum()
    while rest != 0 and others.size:
        candidates = others if rest > 0 else others[adults[others] > min(2, n_people)]
        chosen = rng.permutation(candidates)[: abs(rest)]
        adults[chosen] += np.sign(rest)
        rest = n_people - adults[others].sum()
    keep = adults > 0
    return types[keep], adults[keep], children[keep]


def _fit_children(types: IntArray, children: IntArray, n_children: int, rng: np.random.Generator) -> IntArray:
    """Let the children of the households add up to the children there are."""
    children = children.copy()
    open_ended = np.isin(types, (*PARENT_TYPES, THREE_CHILDREN, OTHER_WITH))
    least = np.where(types == THREE_CHILDREN, 3, np.where(open_ended, 1, 0))
    while (rest := n_children - children.sum()) != 0:
        tiers: tuple[NDArray[np.bool_], ...]
        if rest > 0:
            tiers = (open_ended, np.isin(types, FAMILY_TYPES), types == PAIR, types >= OTHER_WITH)
        else:
            tiers = (
                open_ended & (children > least),
                np.isin(types, FAMILY_TYPES) & (children > 0),
                children > 0,
            )
        candidates = next((np.flatnonzero(tier) for tier in tiers if tier.any()), None)
        if candidates is None:
            raise OmlandError(
                say(
                    "{n} children of a municipality have no couple, parent or other adult to live with; "
                    "use a larger share of the population",
                    n=n_children,
                )
            )
        chosen = rng.permutation(candidates)[: abs(rest)]
        children[chosen] += np.sign(rest)
    return children
