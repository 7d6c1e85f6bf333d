"""Births, deaths, couples that form and part, young people who leave home."""

from __future__ import annotations

import numpy as np

from abm.core.households import (
    join,
    live_alone,
    new_tenure,
    part_from_partner,
    remove_resident,
    unlink,
    wants_to_buy,
)
from abm.core.jit import allocating_kernel, kernel
from abm.core.rng import Stream, draw4, new_uid, unit
from abm.core.state import CHILD, OWNED, RENTAL, age_years, count_in, fetch_both, new_row, set_class
from abm.phases.hazards import draw_first_bits

BIRTH, FAMILY = int(Stream.BIRTH), int(Stream.FAMILY)
USUAL_AGE_GAP = 24  # months that the woman is younger
FARTHEST_APART = 72  # months from the usual gap: the woman is up to eight years younger or four years older
A_GENERATION = 16  # years at least between parent and child
TASTE = 36.0  # months of age gap that taste makes up for
NEVER = 1e9  # a mismatch beyond any
NOBODY = -1  # the choice of a single whom none of those left suits
_MIX_A, _MIX_B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@kernel
def deaths(r, h, e, c, t, rows, words, month):
    """Remove those who die: draw < monthly death rate of municipality, sex and age."""
    for k in range(rows.size):
        fetch_both(r, h, rows, k)
        row = np.int64(rows[k])
        if unit(words[k]) < t.death[r.mun[row], r.sex[row], age_years(r, row, month)]:
            c.deaths[r.mun[row]] += 1
            remove_resident(r, h, e, c, t, row, month)


@kernel
def _give_birth(r, h, c, t, mother, month, key):
    """A newborn in the household of the mother; identity keyed by mother and month."""
    row = new_row(r)
    if row < 0:
        return False
    uid = new_uid(r.uid[mother], month, 0)
    a, _, _, _ = draw4(uid, month, BIRTH, 0, key)
    r.uid[row] = uid
    draw_first_bits(r, row, month, key)
    r.sex[row] = 1 if unit(a) < 0.514 else 0  # 106 boys to 100 girls
    r.mun[row] = r.mun[mother]
    r.status[row] = CHILD
    r.birth[row] = month
    r.skill[row] = 0
    r.sector[row] = 255
    r.employer[row] = -1
    r.wage[row] = 0
    r.mode[row] = 0
    r.partner[row] = -1
    r.address[row] = month
    r.job[row] = 0
    r.origin[row] = r.mun[mother]
    r.contact[row] = -1
    join(r, h, row, mother)
    set_class(r, row)
    count_in(r, c, t, row, month, 1)
    c.births[r.mun[row]] += 1
    return True


@kernel
def _lives_with_parents(r, row):
    """Whether someone old enough to be a parent is in the household."""
    walk = np.int64(r.next[row])
    while walk != row:
        if r.birth[walk] <= r.birth[row] - 12 * A_GENERATION:
            return True
        walk = r.next[walk]
    return False


@kernel
def family_events(r, h, c, t, rows, words, month, key, singles):
    """Births, separations and leaving home; collect the singles who look for a partner.

    One draw u decides between disjoint events:
    u < birth, then u < birth + separation + buying (couples) or birth + pairing + leaving home + buying
    (singles); those who buy are tenants in the labour force.

    Returns:
        Number of singles written to `singles`, and of births that found the world full.
    """
    n = 0
    full = 0
    for k in range(rows.size):
        fetch_both(r, h, rows, k)
        row = np.int64(rows[k])
        if r.status[row] == 0:
            continue
        u = unit(words[k])
        home = np.int64(r.mun[row])
        age = age_years(r, row, month)
        coupled = 1 if r.partner[row] >= 0 else 0
        at = 0.0
        if r.sex[row] == 0:
            at = t.birth[home, age] * t.birth_factor[coupled, age]
            if u < at:
                if not _give_birth(r, h, c, t, row, month, key):
                    full += 1
                continue
        if coupled:
            # both partners draw, so each stands for half of the hazard
            at += 0.5 * t.separation[age]
            if u < at:
                if c.dwellings[home] > c.households[home]:
                    a, _, _, _ = draw4(r.uid[row], month, FAMILY, 0, key)
                    leaver = row if unit(a) < 0.5 else r.partner[row]
                    part_from_partner(r, row)
                    live_alone(r, h, c, leaver, RENTAL)
                continue
            if u < at + 0.5 * t.buying[1, age] and wants_to_buy(r, row):
                h.tenure[r.household[row]] = OWNED
            continue
        at += t.pairing[r.sex[row], age]
        if u < at:
            singles[n] = row
            n += 1
            continue
        head = h.head[r.household[row]] == row
        at += t.leaving_home[age]
        if u < at:
            if c.dwellings[home] > c.households[home] and not head and _lives_with_parents(r, row):
                live_alone(r, h, c, row, new_tenure(r, t, row, month, key))
        elif u < at + t.buying[0, age] and head and wants_to_buy(r, row):
            h.tenure[r.household[row]] = OWNED
    return n, full


@kernel
def _merge(r, h, c, t, a, b, month, key):
    """Two singles of one municipality become a couple in one household.

    The smaller household's newcomer moves; a single parent brings the own household along. Those who do not
    own the home may buy one.
    """
    home_a, home_b = r.household[a], r.household[b]
    if home_a == home_b:
        return
    if h.size[home_b] > h.size[home_a]:
        a, b = b, a
        home_a, home_b = home_b, home_a
    if h.head[home_a] != a and h.head[home_b] == b:
        a, b = b, a
        home_a, home_b = home_b, home_a
    if h.head[home_a] != a:
        # both live with others: they set up a home of their own if there is a dwelling
        home = np.int64(r.mun[a])
        if c.dwellings[home] <= c.households[home]:
            return
        live_alone(r, h, c, a, RENTAL)
        home_a = r.household[a]
    movers = np.int64(1)
    if h.head[home_b] == b and h.size[home_b] > 1:
        walk = np.int64(r.next[b])
        movers = h.size[home_b]
        for _ in range(movers - 1):
            following = np.int64(r.next[walk])
            unlink(r, h, c, walk)
            join(r, h, walk, a)
            walk = following
    unlink(r, h, c, b)
    join(r, h, b, a)
    r.partner[a] = b
    r.partner[b] = a
    set_class(r, a)
    set_class(r, b)
    if h.tenure[home_a] != OWNED and new_tenure(r, t, a if r.sex[a] == 0 else b, month, key) == OWNED:
        h.tenure[home_a] = OWNED


@kernel
def _mismatches(birth, uid, house, women, out):
    """How little women and men suit each other: distance from the usual age gap, and taste; months.

    NEVER for those too far apart in age or of one household. Row by row over plain arrays, so that it is compiled to
    vector instructions.

    Args:
        birth, uid, house: of the women, who come first, and of the men.
        women: how many women.
        out: float64[women, men], out.
    """
    men = birth.size - women
    for i in range(women):
        for j in range(men):
            man = women + j
            apart = abs(birth[i] - birth[man] - USUAL_AGE_GAP)
            mixed = (uid[i] * _MIX_A) ^ (uid[man] * _MIX_B)
            mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX_A
            value = apart + TASTE * unit(mixed >> np.uint64(32))
            out[i, j] = value if (apart <= FARTHEST_APART) & (house[i] != house[man]) else NEVER


@kernel
def _first_choices(mismatch, choice, least):
    """Whom every woman and man likes best, by place among all of them; of equals the first.

    Args:
        mismatch: float64[women, men].
        choice: int64[women + men], out.
        least: float64[men], scratch.
    """
    women, men = mismatch.shape
    chosen_by_men = choice[women:]
    for j in range(men):
        chosen_by_men[j] = NOBODY
        least[j] = NEVER
    for i in range(women):
        best = NEVER
        choice[i] = NOBODY
        for j in range(men):
            if mismatch[i, j] < best:
                best = mismatch[i, j]
                choice[i] = women + j
        for j in range(men):
            better = mismatch[i, j] < least[j]
            least[j] = mismatch[i, j] if better else least[j]
            chosen_by_men[j] = i if better else chosen_by_men[j]


@kernel
def _choose_again(r, mismatch, order, choice):
    """New choices for those whose first one has married or joined the household; `order` is -1 for the married."""
    women, men = mismatch.shape
    for k in range(women + men):
        j = choice[k]
        if order[k] < 0 or j == NOBODY:
            continue
        if order[j] >= 0 and r.household[order[k]] != r.household[order[j]]:
            continue
        choice[k] = NOBODY
        best = NEVER
        first, last = (women, women + men) if k < women else (0, women)
        for j in range(first, last):
            value = mismatch[k, j - women] if k < women else mismatch[j, k - women]
            if value < best and order[j] >= 0 and r.household[order[k]] != r.household[order[j]]:
                best = value
                choice[k] = j


@allocating_kernel
def pair_singles(r, h, c, t, singles, month, key):
    """Pair women and men of a municipality who look for a partner.

    Time and again, those who suit each other best of all who are left become a couple (the
    stable matching under common tastes). One single more or less changes the few pairs
    around, so that worlds sharing their random numbers stay close.

    Whose choice is gone chooses again; for the others nothing changes, since nobody is added, and those of one
    household stay together.
    """
    n_mun = c.status.shape[0]
    start = np.zeros(2 * n_mun + 1, np.int64)
    for k in range(singles.size):
        start[2 * r.mun[singles[k]] + r.sex[singles[k]] + 1] += 1
    for i in range(2 * n_mun):
        start[i + 1] += start[i]
    order = np.empty(singles.size, np.int64)
    at = start.copy()
    for k in range(singles.size):
        i = 2 * r.mun[singles[k]] + r.sex[singles[k]]
        order[at[i]] = singles[k]
        at[i] += 1
    # side by side, since everyone is compared with everyone of the other sex
    birth = np.empty(singles.size, np.int64)
    uid = np.empty(singles.size, np.uint64)
    house = np.empty(singles.size, np.int32)
    for k in range(singles.size):
        birth[k] = r.birth[order[k]]
        uid[k] = r.uid[order[k]]
        house[k] = r.household[order[k]]
    pairs = 0
    choice = np.empty(singles.size, np.int64)
    least = np.empty(singles.size)
    for home in range(n_mun):
        first, last = start[2 * home], start[2 * home + 2]
        women = start[2 * home + 1] - first
        mismatch = np.empty((women, last - first - women))
        here = order[first:last]
        _mismatches(birth[first:last], uid[first:last], house[first:last], women, mismatch)
        _first_choices(mismatch, choice, least)
        found = True
        while found:
            found = False
            for k in range(women):
                j = choice[k]
                if here[k] >= 0 and j >= 0 and choice[j] == k:
                    _merge(r, h, c, t, here[k], here[j], month, key)
                    here[k] = here[j] = -1
                    pairs += 1
                    found = True
            if found:
                _choose_again(r, mismatch, here, choice)
    return pairs
