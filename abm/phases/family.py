"""Births, deaths, couples that form and part, young people who leave home."""

from __future__ import annotations

import numpy as np

from abm.core.jit import allocating_kernel, kernel
from abm.core.rng import Stream, draw4, new_uid, unit
from abm.core.state import (
    CHILD,
    age_years,
    count_in,
    join,
    live_alone,
    new_row,
    part_from_partner,
    remove_resident,
    set_class,
    unlink,
)

BIRTH, FAMILY = int(Stream.BIRTH), int(Stream.FAMILY)
RENTAL = 0
MAX_AGE_GAP = 8 * 12  # months between partners who find each other


@kernel
def deaths(r, h, e, c, t, rows, words, month):
    """Remove those who die: draw < monthly death rate of municipality, sex and age."""
    for k in range(rows.size):
        row = rows[k]
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
def _lives_with_parents(r, h, row):
    """Whether someone at least sixteen years older is in the household."""
    walk = r.next[row]
    while walk != row:
        if r.birth[walk] <= r.birth[row] - 192:
            return True
        walk = r.next[walk]
    return False


@kernel
def family_events(r, h, c, t, rows, words, month, key, singles):
    """Births, separations and leaving home; collect the singles who look for a partner.

    One draw u decides between disjoint events:
    u < birth, then u < birth + separation (couples) or birth + pairing + leaving home (singles).

    Returns:
        Number of singles written to `singles`, and of births that found the world full.
    """
    n = 0
    full = 0
    for k in range(rows.size):
        row = rows[k]
        if r.status[row] == 0:
            continue
        u = unit(words[k])
        home = r.mun[row]
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
            if u < at and c.dwellings[home] > c.households[home]:
                a, _, _, _ = draw4(r.uid[row], month, FAMILY, 0, key)
                leaver = row if unit(a) < 0.5 else r.partner[row]
                part_from_partner(r, row)
                live_alone(r, h, c, leaver, RENTAL)
            continue
        at += t.pairing[r.sex[row], age]
        if u < at:
            singles[n] = row
            n += 1
            continue
        at += t.leaving_home[age]
        if (
            u < at
            and c.dwellings[home] > c.households[home]
            and h.head[r.household[row]] != row
            and _lives_with_parents(r, h, row)
        ):
            live_alone(r, h, c, row, RENTAL)
    return n, full


@kernel
def _merge(r, h, c, a, b):
    """Two singles of one municipality become a couple in one household.

    The smaller household's newcomer moves; a single parent brings the own household along.
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
        home = r.mun[a]
        if c.dwellings[home] <= c.households[home]:
            return
        live_alone(r, h, c, a, RENTAL)
        home_a = r.household[a]
    movers = np.int64(1)
    if h.head[home_b] == b and h.size[home_b] > 1:
        walk = r.next[b]
        movers = h.size[home_b]
        for _ in range(movers - 1):
            following = r.next[walk]
            unlink(r, h, c, walk)
            join(r, h, walk, a)
            walk = following
    unlink(r, h, c, b)
    join(r, h, b, a)
    r.partner[a] = b
    r.partner[b] = a
    set_class(r, a)
    set_class(r, b)


@allocating_kernel
def pair_singles(r, h, c, singles):
    """Pair women and men of a municipality who look for a partner, nearest ages first.

    Both lists run by age; whoever is too young for the other waits for the next.
    A change in one place shifts pairs near that age only.
    """
    if singles.size < 2:
        return 0
    keys = np.empty(singles.size, np.int64)
    for k in range(singles.size):
        row = singles[k]
        keys[k] = (
            (np.int64(r.mun[row]) << 40)
            | (np.int64(r.sex[row]) << 39)
            | (np.int64(r.birth[row] + 4096) << 20)
        ) + np.int64(r.uid[row] & np.uint64(0xFFFFF))
    order = np.argsort(keys, kind="mergesort")
    pairs = 0
    at = 0
    while at < order.size:
        home = r.mun[singles[order[at]]]
        end = at
        men = -1
        while end < order.size and r.mun[singles[order[end]]] == home:
            if men < 0 and r.sex[singles[order[end]]] == 1:
                men = end
            end += 1
        if men > at:
            w, m = at, men
            while w < men and m < end:
                woman, man = singles[order[w]], singles[order[m]]
                gap = np.int64(r.birth[woman]) - np.int64(r.birth[man])
                if gap > MAX_AGE_GAP:
                    m += 1
                elif gap < -MAX_AGE_GAP // 2:
                    w += 1
                else:
                    _merge(r, h, c, woman, man)
                    pairs += 1
                    w += 1
                    m += 1
        at = end
    return pairs
