"""Search, choice and matching: searchers look at jobs, choose among the open ones, apply, and are ranked.

Each round, a searcher looks at up to four jobs drawn from where jobs usually open
within sight; such a job is open this month with a chance in proportion to the open jobs
of its cell (municipality x sector). The first that is open is compared with declining it:
taking it and commuting daily, commuting weekly, or moving. Applications to a cell with
more applicants than open jobs are ranked by a keyed score, so that the order of visits
does not matter.

Where a searcher looks depends on nothing that a scenario changes, and only whether the
job is open does. So one more open job somewhere changes what the few see who look at that
very cell, and nobody else: worlds that share their random numbers stay close.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.core.choice import AMENITY, kind_of_job, least_ties, tax_saved, ties_there
from abm.core.columns import Columns
from abm.core.jit import allocating_kernel, inline_kernel, kernel
from abm.core.prefetch import AHEAD, prefetch
from abm.core.rng import BLOCK, Stream, draw_block, draw_block_each, moment, near_normal, unit
from abm.core.seekers import (
    cost_of_moving,
    look_around,
    net_gain,
    odds,
    odds_daily,
    odds_weekly,
    offered_wage,
)
from abm.core.state import DAILY, EMPLOYED, LOCAL, MOVE, WEEKLY, S, fetch, leave_job, take_job

SEARCH = int(Stream.SEARCH)
LOOKS = 4  # jobs looked at in a round, until one is open
HALF, LOWER, CERTAIN = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFFFF)  # halves of a word
CHOOSING, RANKING = 6, 7  # words of the choice and of the rank; see `_see`
BOUNDARY_OPEN = 0.015
"""Open jobs per job, as in the official vacancy statistics: what is usual, here and in the boundary zones."""
AT_LEAST_OPEN = 0.3
"""Usual open jobs of the smallest cells: a single opening there must not be beyond the ceiling."""
CEILING = 5.0
"""Open jobs relative to the usual number, up to which being seen grows in proportion."""


@allocating_kernel
def _alias_table(weight, table):
    """Walker's alias table (Vose's construction) of one distribution over K outcomes.

    An outcome k is drawn with one word w: k = w K >> 32, then k or its alias, the lower half of table[k], by
    whether the fraction left lies below the threshold, its upper half.
    """
    size = weight.size
    total = weight.sum()
    scaled = weight * (size / total)
    small = np.empty(size, np.int64)
    large = np.empty(size, np.int64)
    n_small = 0
    n_large = 0
    for k in range(size):
        table[k] = (CERTAIN << HALF) | np.uint64(k)
        if scaled[k] < 1.0:
            small[n_small] = k
            n_small += 1
        else:
            large[n_large] = k
            n_large += 1
    while n_small > 0 and n_large > 0:
        n_small -= 1
        low = small[n_small]
        high = large[n_large - 1]
        table[low] = (np.uint64(scaled[low] * 4294967295.0) << HALF) | np.uint64(high)
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            n_large -= 1
            small[n_small] = high
            n_small += 1


@allocating_kernel
def sight_tables(usual, near, related, boundary, sight):
    """Where a searcher looks: alias tables over cells, the boundary zone last.

    P(zone z, sector s | home h, own sector o) ~ near[h, z] * related[o, s] * usual[z, s]

    Args:
        usual: float64[M, S], usual open jobs of each cell.
        near: float64[M, Z].
        related: float64[S + 1, S].
        boundary: float64[S], usual open jobs of the boundary zone by sector.
        sight: uint64[M, S + 1, M * S + S], out.
    """
    n_mun = usual.shape[0]
    weight = np.empty(n_mun * S + S)
    for home in range(n_mun):
        for own in range(S + 1):
            for z in range(n_mun + 1):
                for s in range(S):
                    jobs = usual[z, s] if z < n_mun else boundary[s]
                    weight[z * S + s] = near[home, z] * related[own, s] * jobs
            _alias_table(weight, sight[home, own])


@kernel
def open_chance(open_jobs, usual, chance):
    """Chance that a job looked at is open: min(1, open / (CEILING * usual)), as thresholds on 16 bits.

    Args:
        chance: uint32[M * S + S], out; the boundary zone keeps 1 / CEILING.
    """
    n_mun = open_jobs.shape[0]
    for m in range(n_mun):
        for s in range(S):
            share = min(open_jobs[m, s] / (CEILING * usual[m, s]), 1.0)
            chance[m * S + s] = np.uint32(math.ceil(share * 65536.0))
    for s in range(S):
        chance[n_mun * S + s] = np.uint32(65536.0 / CEILING)


@kernel
def choose(q, k, r, h, e, t, tr, mk, p, zone, sector, liking, month, u):
    """The choice on one offer: 0 decline, LOCAL, DAILY, WEEKLY or MOVE; and the offered wage.

    V(decline) = 0, V(daily) = gain - daily cost, V(weekly) = gain - weekly cost - nights,
    V(move) = gain + tax saved there - ties, all in SEK a month; P ~ exp(V / choice_scale). Inverse
    cumulative draw with declining first, so that a small change of V flips few choices.

    Args:
        liking: what that kind of job is worth to the seeker beside pay, SEK a month.
        u: uniform draw.
    """
    home = q.home[k]
    wage = offered_wage(q, k, t, mk, zone, sector)
    gain = net_gain(q, k, t, wage, liking)
    if zone == home:
        return (LOCAL if u * (1.0 + odds(gain, p)) >= 1.0 else 0), wage
    daily = odds_daily(q, k, tr, p, zone, gain)
    # most decline even if nothing tied them: then the household need not be looked up
    weekly = odds_weekly(q, k, tr, p, zone, gain)
    there = gain + tax_saved(t, home, zone, wage)
    move = odds(there - least_ties(p) - ties_there(home, -1, tr, mk, p, zone), p)
    if u * (1.0 + daily + weekly + move) < 1.0:
        return 0, wage
    look_around(q, k, r, h, e, t, tr, p, month)
    weekly = odds_weekly(q, k, tr, p, zone, gain)
    move = odds(there - cost_of_moving(q, k, tr, mk, p, zone), p)
    target = u * (1.0 + daily + weekly + move)
    if target < 1.0:
        return 0, wage
    if target < 1.0 + daily:
        return DAILY, wage
    if target < 1.0 + daily + weekly:
        return WEEKLY, wage
    return MOVE, wage


class Looks(Columns):
    """Scratch of a round: the draws of a block of seekers, and those of them who see an open job."""

    uid: Any  # uint64[BLOCK]
    kind: Any  # uint64[BLOCK], number of the kind of job seen
    words: Any  # uint32[8, BLOCK]
    seeker: Any  # int32[BLOCK], position of the seeker
    cell: Any  # int32[BLOCK]
    luck: Any  # uint32[BLOCK], draw of the choice
    rank: Any  # uint32[BLOCK], draw of the rank among applicants


def looks() -> Looks:
    """Room for one block."""
    return Looks(
        uid=np.empty(BLOCK, np.uint64),
        kind=np.empty(BLOCK, np.uint64),
        words=np.empty((8, BLOCK), np.uint32),
        seeker=np.empty(BLOCK, np.int32),
        cell=np.empty(BLOCK, np.int32),
        luck=np.empty(BLOCK, np.uint32),
        rank=np.empty(BLOCK, np.uint32),
    )


@inline_kernel
def _table_of(q, k, cells):
    """Where the alias table of a seeker's municipality and sector begins."""
    return (np.uint64(q.home[k]) * np.uint64(S + 1) + np.uint64(q.own[k])) * cells


@kernel
def _see(q, first, size, sight, chance, hearsay, v):
    """Which seekers of a block see an open job, and which; returns their number.

    The alias tables do not fit the first cache: the entries of a seeker are asked for some seekers ahead
    (measured: a third off the round).

    Each has the draws v.words: the jobs looked at (words 0 to 3), whether they are open (the halves
    of words 4 and 5), the choice (word 6) and the rank among applicants (word 7).
    """
    n = 0
    cells = np.uint64(chance.size)
    for j in range(size):
        k = first + j
        soon = min(j + AHEAD, size - 1)
        table = _table_of(q, first + soon, cells)
        for look in range(LOOKS):
            prefetch(sight, table + ((np.uint64(v.words[look, soon]) * cells) >> HALF))
        table = _table_of(q, k, cells)
        tip = q.contact[k] >= 0 and (v.words[RANKING, j] & np.uint32(0xFFFF)) < hearsay
        found = False
        seen = np.uint64(0)
        # all looks, the first one last, and without branches: which of them is open cannot be predicted (measured: a
        # tenth off the round)
        for look in range(LOOKS - 1, -1, -1):
            at = np.uint64(v.words[look, j]) * cells
            cell = at >> HALF
            entry = sight[table + cell]
            cell = cell if (at & LOWER) < (entry >> HALF) else entry & LOWER
            if look == 0 and tip:
                cell = np.uint64(q.contact[k])
            opened = v.words[LOOKS + (look >> 1), j] >> np.uint32(16 * (look & 1))
            is_open = (opened & np.uint32(0xFFFF)) < chance[cell]
            seen = cell if is_open else seen
            found |= is_open
        v.seeker[n] = k
        v.cell[n] = seen
        v.luck[n] = v.words[CHOOSING, j]
        v.rank[n] = v.words[RANKING, j]
        n += found & (q.row[k] >= 0)
    return n


@kernel
def apply_round(q, n_seekers, r, h, e, c, t, tr, mk, p, sight, chance, month, key, rnd, v, app):
    """One round of looking and applying.

    Args:
        q, n_seekers: the seekers; those with row -1 have found a job.
        sight: see `sight_tables`, as one row.
        chance: see `open_chance`.
        v: scratch.
        app: int64[n, 5], out: position of the seeker, cell (or -1 - cell in a boundary zone), mode, wage, score.

    Returns:
        Number of applications.
    """
    n = 0
    n_mun = c.status.shape[0]
    hearsay = np.uint32(p.contact_share * 65536.0)
    now = moment(month, SEARCH)
    for_life = moment(0, AMENITY)
    w = v.words
    for first in range(0, n_seekers, BLOCK):
        size = min(BLOCK, n_seekers - first)
        uid = q.uid[first : first + size]
        draw_block(uid, now, np.uint64(2 * rnd), key, w[0], w[1], w[4], w[6])
        draw_block(uid, now, np.uint64(2 * rnd + 1), key, w[2], w[3], w[5], w[7])
        seen = _see(q, first, size, sight, chance, hearsay, v)
        for j in range(seen):
            v.uid[j] = q.uid[v.seeker[j]]
            v.kind[j] = kind_of_job(v.cell[j] // S, v.cell[j] % S)
        draw_block_each(v.uid[:seen], for_life, v.kind, key, w[0], w[1], w[2], w[3])
        for j in range(seen):
            k = v.seeker[j]
            zone = np.int64(v.cell[j] // S)
            sector = np.int64(v.cell[j] % S)
            liking = p.amenity_spread * near_normal(w[0, j], w[1, j], w[2, j], w[3, j])
            choice, wage = choose(q, k, r, h, e, t, tr, mk, p, zone, sector, liking, month, unit(v.luck[j]))
            if choice == 0 or (choice == MOVE and zone < n_mun and c.dwellings[zone] <= c.households[zone]):
                continue
            own_sector = np.int64(q.own[k] == sector)
            app[n, 0] = k
            app[n, 1] = np.int64(v.cell[j]) if zone < n_mun else -1 - np.int64(v.cell[j])
            app[n, 2] = choice
            app[n, 3] = np.int64(wage)
            app[n, 4] = (np.int64(v.rank[j]) >> 1) + (own_sector << 31)
            n += 1
    return n


@kernel
def _hire(r, e, c, row, home, employer, sector, choice, wage, month):
    """Change jobs. Who is about to move is a weekly commuter until the move phase brings the home along.

    Args:
        home: from where the job was looked for; another than the present home is where the household is moving.
    """
    if r.status[row] == EMPLOYED:
        leave_job(r, e, c, row)
    moving = choice == MOVE or r.mun[row] != home
    take_job(r, e, c, row, employer, WEEKLY if moving else choice, sector, wage, month)


@kernel
def _point_to_open(e, first, last, later):
    """For each employer of a cell, the offset of the first from there on that has an open job; `last - first` if none.

    Establishments of the scenario recruit for themselves and are passed over.
    """
    span = last - first
    later[span] = span
    for j in range(span - 1, -1, -1):
        open_here = e.vacancies[first + j] > 0 and e.unit[first + j] < 0
        later[j] = j if open_here else later[j + 1]


@kernel
def _first_open(e, first, span, begin, later):
    """Offset of the first employer with an open job from `begin` on, going round; `span` if there is none."""
    for start in (begin, np.int64(0)):
        j = np.int64(later[start])
        while j < span and e.vacancies[first + j] <= 0:
            j = np.int64(later[j + 1])  # filled since the pointers were set
        later[start] = j
        if j < span:
            return j
    return span


def ranked(app: NDArray[np.int64], uid: NDArray[np.uint64], n_cells: int) -> NDArray[np.int64]:
    """Applications by cell, each cell's by score, highest first, int64[n]; the identity breaks ties.

    So neither who is hired nor by which employer depends on the order in which seekers are visited. Those to a
    boundary zone come last. One sort of keys by a library: cell, score turned round, and what is left of 63 bits.

    Args:
        app: int64[n, 5], see :func:`apply_round`.
        uid: uint64[seekers].
        n_cells: number of cells.
    """
    ties = min(20, 31 - n_cells.bit_length())
    cell = np.where(app[:, 1] < 0, n_cells, app[:, 1])
    identity = uid[app[:, 0]] & np.uint64((1 << ties) - 1)
    score = (app[:, 4] << ties) | identity.astype(np.int64)
    most = (1 << (32 + ties)) - 1
    return np.argsort((cell << (32 + ties)) | (most - score))


@allocating_kernel
def match_round(q, r, e, c, app, order, open_jobs, month, moves, n_moves):
    """Fill open jobs with those who come first; write down who has to move.

    Args:
        q: the seekers; those who find a job get row -1.
        app: int64[n, 5], applications of this round.
        order: int64[n], see :func:`ranked`.
        open_jobs: int64[M, S], reduced by the jobs filled.
        moves: int32[2, cap], rows and destinations of job moves, appended.

    Returns:
        Number of moves.
    """
    n, n_cells = order.size, open_jobs.size
    start = np.zeros(n_cells + 2, np.int64)
    for k in range(n):
        cell = app[k, 1]
        start[(cell if cell >= 0 else n_cells) + 1] += 1
    for i in range(n_cells + 1):
        start[i + 1] += start[i]
    n_mun = open_jobs.shape[0]
    later = np.empty(e.mun.size + 1, np.int32)
    for cell in range(n_cells):
        first, last = start[cell], start[cell + 1]
        if first == last:
            continue
        m, s = cell // S, cell % S
        jobs = open_jobs[m, s]
        for i in range(first, last):
            if i + AHEAD < n:
                fetch(r, np.int64(q.row[app[order[i + AHEAD], 0]]))
        if jobs <= 0:
            continue
        e0 = np.int64(e.cell_start[cell])
        span = np.int64(e.cell_start[cell + 1]) - e0
        # establishments of the scenario come last and recruit for themselves: without them, so that who asks whom
        # is the same in the baseline
        while span > 0 and e.unit[e0 + span - 1] >= 0:
            span -= 1
        if span == 0:
            continue
        _point_to_open(e, e0, e0 + span, later)
        for i in range(min(jobs, last - first)):
            k = order[first + i]
            row = np.int64(q.row[app[k, 0]])
            # the first with an open job from a place of one's own on, so that one more applicant
            # does not send everybody else to another employer
            place = _first_open(e, e0, span, np.int64(q.uid[app[k, 0]] % np.uint64(span)), later)
            if place == span:
                break
            employer = e0 + place
            e.vacancies[employer] -= 1
            open_jobs[m, s] -= 1
            home, wage = q.home[app[k, 0]], np.int32(app[k, 3])
            _hire(r, e, c, row, home, np.int32(employer), s, app[k, 2], wage, month)
            q.row[app[k, 0]] = -1
            if app[k, 2] == MOVE:
                moves[0, n_moves] = row
                moves[1, n_moves] = m
                n_moves += 1
    for i in range(start[n_cells], start[n_cells + 1]):
        k = order[i]
        row = np.int64(q.row[app[k, 0]])
        zone, sector = (-1 - app[k, 1]) // S, (-1 - app[k, 1]) % S
        q.row[app[k, 0]] = -1
        if app[k, 2] == MOVE:
            moves[0, n_moves] = row
            moves[1, n_moves] = zone
            n_moves += 1
        else:
            home, wage = q.home[app[k, 0]], np.int32(app[k, 3])
            _hire(r, e, c, row, home, np.int32(-2 - (zone - n_mun)), sector, app[k, 2], wage, month)
    return n_moves
