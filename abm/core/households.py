"""Households: how they form, gain and lose members, and close; couples; who leaves the region."""

from __future__ import annotations

import numpy as np

from abm.core.jit import kernel
from abm.core.prefetch import AHEAD, prefetch
from abm.core.rng import Stream, draw4, unit
from abm.core.state import (
    EMPLOYED,
    OWNED,
    RENTAL,
    UNEMPLOYED,
    age_years,
    count_in,
    free_row,
    leave_job,
    set_class,
)

TENURE = int(Stream.TENURE)


@kernel
def new_household(h, c, row, tenure, home):
    """Open a household of one with its dwelling; returns its row."""
    if h.meta[1] > 0:
        h.meta[1] -= 1
        if h.meta[1] >= AHEAD:  # as in `new_row`
            prefetch(h.size, np.int64(h.free[h.meta[1] - AHEAD]))
        house = h.free[h.meta[1]]
    else:
        house = np.int32(h.meta[0])
        h.meta[0] += 1
    h.head[house] = row
    h.size[house] = 1
    h.tenure[house] = tenure
    c.households[home] += 1
    return house


@kernel
def wants_to_buy(r, row):
    """Whether a household has someone in the labour force: an adult or the partner works or seeks work."""
    partner = np.int64(r.partner[row])
    found = r.status[row] == EMPLOYED or r.status[row] == UNEMPLOYED
    if partner >= 0:
        found = found or r.status[partner] == EMPLOYED or r.status[partner] == UNEMPLOYED
    return found


@kernel
def new_tenure(r, t, row, month, key):
    """Tenure of a household that forms: owned with the chance that such people of the municipality own.

    u < owning[partner, m, age], u keyed by the adult and the month; the others rent.
    """
    if not wants_to_buy(r, row):
        return RENTAL
    a, _, _, _ = draw4(r.uid[row], month, TENURE, 0, key)
    pair = 1 if r.partner[row] >= 0 else 0
    return OWNED if unit(a) < t.owning[pair, r.mun[row], age_years(r, row, month)] else RENTAL


@kernel
def close_household(h, c, house, home):
    """Free a household without members."""
    h.size[house] = 0
    h.free[h.meta[1]] = house
    h.meta[1] += 1
    c.households[home] -= 1


@kernel
def unlink(r, h, c, row):
    """Take a resident out of the household; the household closes with its last member."""
    house = np.int64(r.household[row])
    home = np.int64(r.mun[row])
    if h.size[house] == 1:
        close_household(h, c, house, home)
        return
    before = row
    while r.next[before] != row:
        before = r.next[before]
    r.next[before] = r.next[row]
    h.size[house] -= 1
    if h.head[house] == row:
        # the oldest of those who stay
        head = r.next[row]
        walk = np.int64(r.next[head])
        while walk != r.next[row]:
            if r.birth[walk] < r.birth[head]:
                head = walk
            walk = r.next[walk]
        h.head[house] = head
    r.next[row] = row


@kernel
def live_alone(r, h, c, row, tenure):
    """Move a resident into a household of their own in the same municipality."""
    unlink(r, h, c, row)
    r.next[row] = row
    r.household[row] = new_household(h, c, row, np.int64(tenure), np.int64(r.mun[row]))


@kernel
def join(r, h, row, other):
    """Add a resident without household to the household of another."""
    r.next[row] = r.next[other]
    r.next[other] = row
    house = r.household[other]
    r.household[row] = house
    h.size[house] += 1


@kernel
def part_from_partner(r, row):
    """End the partner link of a resident, on both sides."""
    partner = np.int64(r.partner[row])
    if partner >= 0:
        r.partner[partner] = -1
        r.partner[row] = -1
        set_class(r, partner)
        set_class(r, row)


@kernel
def remove_resident(r, h, e, c, t, row, month):
    """Take a resident out of the region (death or departure), with job and household."""
    if r.status[row] == EMPLOYED:
        leave_job(r, e, c, row)
    part_from_partner(r, row)
    unlink(r, h, c, row)
    count_in(r, c, t, row, month, -1)
    free_row(r, row)
