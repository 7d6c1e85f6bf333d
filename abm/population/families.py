"""Families: who lives with whom, given everyone's role and the list of households.

People meet by rank: those who look for a partner, a parent or a child are sorted
by age with some noise, and matched in that order. Sorting keeps realistic age
gaps without any search, and what it leaves impossible (a mother of 15) is mended
by swapping children between households.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from abm.population import profiles
from abm.population.households import (
    FAMILY_TYPES,
    OTHER_WITH,
    PAIR,
    PARENT_TYPES,
    Plan,
    Role,
)
from abm.population.residents import Residents
from abm.population.rounding import (
    group_starts,
    largest_remainder,
    order_within,
    pick_within,
    shuffled_within,
)

IntArray = NDArray[np.int64]

MIN_PARENT_GAP, MAX_PARENT_GAP = 18, 50
"""Years between a child and the younger parent at least, and the mother at most."""


class Families(NamedTuple):
    """Households with their members.

    Attributes:
        household: int64[N], row of the plan.
        partner: int64[N], row of the partner, or -1.
        type: int64[H], household type; families change theirs with the number of children.
        head_age: int64[H], age of the oldest adult of the couple, or of the adult.
    """

    household: IntArray
    partner: IntArray
    type: IntArray
    head_age: IntArray


def form_families(
    residents: Residents, role: IntArray, plan: Plan, births: NDArray[np.float64], rng: np.random.Generator
) -> Families:
    """Put every resident into a household of the plan.

    Args:
        residents: everyone.
        role: int64[N], from `assign_roles`.
        plan: households whose places match the roles exactly.
        births: births a year per woman by age, float64[A]: how old mothers are.
        rng: source of the draws.
    """
    n, h = len(role), len(plan.mun)
    household = np.full(n, -1)
    partner = np.full(n, -1)
    mother_age = np.zeros(h, np.int64)
    younger_age = np.zeros(h, np.int64)
    M = int(residents.mun.max()) + 1
    types = plan.type.copy()
    children = plan.children.copy()

    for household_type in range(PAIR):
        who_role = (
            (Role.ALONE_YOUNG, Role.ALONE_OLD)[household_type % 2] if household_type < 4 else Role.PARENT
        )
        sex = household_type // 2 if household_type < 4 else household_type - 4
        who = np.flatnonzero((role == who_role) & (residents.sex == sex))
        where = np.flatnonzero(plan.type == household_type)
        who = who[shuffled_within(residents.mun[who], rng)]
        household[who] = where
        mother_age[where] = younger_age[where] = residents.age[who]

    for which, place in ((Role.PAIR, plan.type == PAIR), (Role.FAMILY, np.isin(plan.type, FAMILY_TYPES))):
        women, men = _couples(residents, role == which, rng)
        where = np.flatnonzero(place)
        household[women] = household[men] = where
        partner[women], partner[men] = men, women
        mother_age[where] = residents.age[women]
        younger_age[where] = np.minimum(residents.age[women], residents.age[men])

    families = np.flatnonzero(np.isin(plan.type, FAMILY_TYPES))
    children[families] = _children_by_age(
        plan.mun[families], mother_age[families], children[families], M, rng
    )

    _fill_others(residents, role, plan, household, partner, mother_age, younger_age, rng)
    _place_children(residents, role, plan.mun, children, mother_age, younger_age, household, births, rng)

    # Where the plan had to give way, households have other numbers of children than their type says.
    couple = (types >= PAIR) & (types < OTHER_WITH)
    types = np.where(couple, PAIR + np.minimum(children, 3), types)
    lonely = np.isin(types, PARENT_TYPES) & (children == 0)
    types = np.where(lonely, 2 * (types - PARENT_TYPES[0]) + (mother_age >= 65), types)

    head_age = np.zeros(h, np.int64)
    adult = role != Role.CHILD
    np.maximum.at(head_age, household[adult], residents.age[adult])
    return Families(household, partner, types, head_age)


def _couples(
    residents: Residents, chosen: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Pair the chosen women and men of each municipality by age, men two years older on average."""
    pair = []
    for sex in (0, 1):
        rows = np.flatnonzero(chosen & (residents.sex == sex))
        # Gaps are small among the young and spread with age.
        noise = rng.standard_normal(len(rows)) * np.minimum(1.2 + 0.08 * (residents.age[rows] - 18), 3.6)
        pair.append(rows[order_within(residents.mun[rows], residents.age[rows] + noise)])
    return pair[0], pair[1]


def _children_by_age(
    mun: IntArray, mother_age: IntArray, children: IntArray, M: int, rng: np.random.Generator
) -> IntArray:
    """Deal the planned numbers of children to the couples, by the age of the woman."""
    share = profiles.CHILDREN_BY_MOTHERS_AGE[:, mother_age]
    out = np.zeros_like(children)
    left = np.arange(len(children))
    for n, at_least in ((3, children >= 3), (2, children == 2), (1, children == 1)):
        wanted = np.bincount(mun[at_least], minlength=M)
        weight = share[n - 1, left] / np.maximum(share[: n - 1, left].sum(axis=0), 1e-6)
        drawn = left[pick_within(mun[left], weight, wanted, rng)]
        numbers = np.flatnonzero(at_least)
        out[drawn[shuffled_within(mun[drawn], rng)]] = children[numbers[shuffled_within(mun[numbers], rng)]]
        left = np.setdiff1d(left, drawn)
    return out


def _fill_others(
    residents: Residents,
    role: IntArray,
    plan: Plan,
    household: IntArray,
    partner: IntArray,
    mother_age: IntArray,
    younger_age: IntArray,
    rng: np.random.Generator,
) -> None:
    """Fill 'other' households, in place: parents with grown-up children, and adults who share."""
    where = np.flatnonzero(plan.type >= OTHER_WITH)
    adults = plan.adults[where]
    mun = plan.mun[where]
    with_children = plan.type[where] == OTHER_WITH
    who = np.flatnonzero(role == Role.OTHER)
    young = residents.age[who] <= profiles.CHILD_MAX_AGE
    # Flats shared by students and other young people; living with older adults they would count as children.
    shared = _enough(mun, np.where(with_children, 0, adults), np.bincount(residents.mun[who[young]]), rng)
    alike_home = shared | ((rng.random(len(where)) < 0.15) & ~with_children)
    head = np.where(with_children, rng.normal(42, 6, len(where)), rng.normal(64, 9, len(where)))
    head = np.where(alike_home, rng.uniform(30, 75, len(where)), head)
    slot_home = np.repeat(where, adults)
    slot = np.arange(len(slot_home)) - np.repeat(group_starts(adults)[:-1], adults)
    base, has_child, alike, many = (
        np.repeat(a, adults) for a in (head, with_children, alike_home, adults >= 3)
    )
    partner_like = alike | ((slot == 1) & many)
    parent_of_head = has_child & (base < 46)
    years = np.where(
        parent_of_head, rng.normal(28, 3, len(slot)), -np.maximum(rng.normal(30, 4, len(slot)), 19)
    )
    years = np.where(partner_like, rng.normal(0, 3, len(slot)), years)
    wanted = np.maximum(base + np.where(slot == 0, 0.0, years), profiles.CHILD_MAX_AGE + 1.5)
    wanted = np.where(np.repeat(shared, adults), np.repeat(rng.uniform(18, 25, len(where)), adults), wanted)
    who = who[order_within(residents.mun[who], residents.age[who] + rng.random(len(who)))]
    places = order_within(plan.mun[slot_home], wanted)
    resident_of = np.empty(len(slot), np.int64)
    resident_of[places] = who
    household[resident_of] = slot_home

    first = group_starts(adults)[:-1]
    a = resident_of[first]
    has_second = adults >= 2
    b = resident_of[np.minimum(first + 1, len(slot) - 1)] if len(slot) else a
    gap = np.abs(residents.age[a] - residents.age[b])
    couple = has_second & (adults >= 3) & (residents.sex[a] != residents.sex[b]) & (gap <= 12) & ~alike_home
    partner[a[couple]], partner[b[couple]] = b[couple], a[couple]
    # The parent of the children is the adult of the most fitting age.
    misfit = np.abs(residents.age[resident_of] - 42)
    order = order_within(slot_home, misfit.astype(np.float64))
    parent = resident_of[order[first]] if len(first) else a
    mother_age[where] = younger_age[where] = residents.age[parent]


def _enough(mun: IntArray, places: IntArray, wanted: IntArray, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose random households of each municipality until their places suffice, bool[len(mun)]."""
    order = shuffled_within(mun, rng)
    before = np.cumsum(places[order]) - places[order]
    starts = group_starts(np.bincount(mun, minlength=len(wanted)))[:-1]
    before -= np.append(before, 0)[starts][mun[order]]
    chosen = np.zeros(len(mun), bool)
    need = np.append(wanted, np.zeros(max(int(mun.max(initial=0)) + 1 - len(wanted), 0), np.int64))
    chosen[order] = (before < need[mun[order]]) & (places[order] > 0)
    return chosen


def _place_children(
    residents: Residents,
    role: IntArray,
    mun: IntArray,
    children: IntArray,
    mother_age: IntArray,
    younger_age: IntArray,
    household: IntArray,
    births: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Give every child a household with parents of a fitting age, in place."""
    home = np.repeat(np.arange(len(children)), children)
    ideal = _ideal_ages(mother_age, children, births, rng)
    kids = np.flatnonzero(role == Role.CHILD)
    kids = kids[order_within(residents.mun[kids], residents.age[kids] + rng.random(len(kids)))]
    places = order_within(mun[home], ideal)
    child_age = np.empty(len(home), np.int64)
    child = np.empty(len(home), np.int64)
    child[places] = kids
    child_age[:] = residents.age[child]
    low = younger_age[home] - MIN_PARENT_GAP
    high = mother_age[home] - MAX_PARENT_GAP
    starts = group_starts(np.bincount(mun[home], minlength=int(residents.mun.max()) + 1))
    _swap_misfits(child_age, child, low, high, starts, rng.random(200_000))
    household[child] = home


def _ideal_ages(
    mother_age: IntArray, children: IntArray, births: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Ages that the children of a household would have if mothers gave birth as the table says.

    Returns:
        float64[sum of children], children of a household side by side.
    """
    ages = np.arange(profiles.CHILD_MAX_AGE + 1)
    at_birth = profiles.AGES[:, None] - ages[None, :]
    density = np.where(
        (at_birth >= MIN_PARENT_GAP) & (at_birth < MAX_PARENT_GAP),
        births[np.maximum(at_birth, 0)] + 1e-6,
        1e-12,
    )
    cumulative = np.cumsum(density, axis=1)
    cumulative /= cumulative[:, -1:]
    # First the child that anchors the family, then its siblings around it.
    u = rng.random(len(children))
    anchor = (u[:, None] >= cumulative[mother_age, :-1]).sum(axis=1) + rng.random(len(children))
    home = np.repeat(np.arange(len(children)), children)
    place = np.arange(len(home)) - np.repeat(group_starts(children)[:-1], children)
    spread = place - (children[home] - 1) * rng.random(len(children))[home]
    spacing = rng.uniform(1.8, 3.8, len(home))
    ideal = anchor[home] + spread * spacing
    return np.clip(
        ideal, 0.0, np.minimum(profiles.CHILD_MAX_AGE + 1.0, np.maximum(mother_age[home] - 17.0, 1.0))
    )


@njit(cache=True)
def _swap_misfits(child_age, child, low, high, starts, luck):  # type: ignore[no-untyped-def]
    """Swap children between households of a municipality until parents' ages fit.

    Args:
        child_age: int64[C], age of the child in each place; changed.
        child: int64[C], row of the child in each place; changed.
        low: int64[C], oldest child that the place admits (age of the younger parent minus 18).
        high: int64[C], youngest child that it admits (age of the mother minus 50).
        starts: int64[M + 1], places of each municipality.
        luck: float64, random numbers in [0, 1), used in turn.
    """
    next_luck = 0
    for m in range(len(starts) - 1):
        a, b = starts[m], starts[m + 1]
        for place in range(3 * (b - a)):  # three rounds: a swap may leave a smaller misfit behind
            i = a + place % (b - a)
            if child_age[i] <= low[i] and child_age[i] >= high[i]:
                continue
            best, best_gain = -1, 0
            now_i = max(child_age[i] - low[i], 0) + max(high[i] - child_age[i], 0)
            for _ in range(80):
                j = a + int(luck[next_luck] * (b - a))
                next_luck = (next_luck + 1) % len(luck)
                now = now_i + max(child_age[j] - low[j], 0) + max(high[j] - child_age[j], 0)
                then = max(child_age[j] - low[i], 0) + max(high[i] - child_age[j], 0)
                then += max(child_age[i] - low[j], 0) + max(high[j] - child_age[i], 0)
                if now - then > best_gain:
                    best, best_gain = j, now - then
            if best >= 0:
                child_age[i], child_age[best] = child_age[best], child_age[i]
                child[i], child[best] = child[best], child[i]


def assign_tenure(
    families: Families, plan: Plan, households: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Deal tenures to the households of each type so that the official table is met.

    Among households of one type the older own rather than rent, and special housing (students',
    elderly people's) goes to the youngest of those under 65 and the oldest of those over.

    Args:
        families: households with their members.
        plan: the same households.
        households: official households by type and tenure, int64[M, 12, 4].
        rng: source of the draws.

    Returns:
        uint8[H], :class:`abm.schema.Tenure`.
    """
    M, T, _ = households.shape
    group = plan.mun * T + families.type
    number = np.bincount(group, minlength=M * T).reshape(M, T)
    # A type that the municipality officially lacks borrows the tenures of all types there.
    table = np.where(
        households.sum(axis=2, keepdims=True) > 0, households, households.sum(axis=1, keepdims=True)
    )
    wanted = largest_remainder(table, number).reshape(M * T, -1)
    age = np.minimum(families.head_age, 80).astype(np.float64)
    tenure = np.full(len(group), 255, np.uint8)
    left = np.arange(len(group))
    special = np.where(
        families.head_age >= 65, np.exp((families.head_age - 80) / 6.0), np.exp((24 - age) / 6.0)
    )
    weights = {3: special, 2: np.exp((age - 40) / 25.0), 1: np.ones(len(age))}
    for kind in (3, 2, 1):
        drawn = left[pick_within(group[left], weights[kind][left], wanted[:, kind], rng)]
        tenure[drawn] = kind
        left = left[tenure[left] == 255]
    tenure[left] = 0
    return tenure
