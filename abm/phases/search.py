"""Search, choice and matching: searchers look at vacancies, choose, apply, and are ranked.

Each round, a searcher looks at one vacancy (two-step draw: zone, then sector) and
compares declining it with taking it and commuting daily, commuting weekly, or
moving. Applications to a cell (municipality x sector) with more applicants than
open jobs are ranked by a keyed score, so that the order of visits does not matter.
"""

from __future__ import annotations

import math

import numpy as np

from abm.core.choice import (
    amenity,
    children_at_home,
    job_amenity,
    moving_ties,
    net_gain,
    night_cost,
    offered_wage,
)
from abm.core.jit import allocating_kernel, kernel
from abm.core.rng import Stream, draw4, unit
from abm.core.state import DAILY, EMPLOYED, LOCAL, WEEKLY, S, leave_job, take_job

SEARCH, RANK = int(Stream.SEARCH), int(Stream.RANK)
MOVE = 4
BOUNDARY_OPEN = 0.015  # open jobs per job in the boundary zones, as in the official vacancy statistics


@kernel
def view_tables(open_jobs, near, related, national, boundary_commuting, zone_cdf, sector_cdf):
    """Chances of looking at a vacancy of a zone, and of a sector there, from those now open.

    P(zone z, sector s | home h, own sector o) ~ near[h, z] * related[o, s] * open[z, s]

    Args:
        zone_cdf: float64[M, S + 1, Z], out: cumulative over zones.
        sector_cdf: float64[S + 1, Z, S], out: cumulative over sectors.
    """
    n_mun, n_zone = near.shape
    for o in range(S + 1):
        for z in range(n_zone):
            total = 0.0
            for s in range(S):
                if z < n_mun:
                    jobs = float(open_jobs[z, s])
                elif z == n_mun:
                    jobs = boundary_commuting * BOUNDARY_OPEN * national[s]
                else:
                    jobs = 0.0
                total += related[o, s] * jobs
                sector_cdf[o, z, s] = total
    for home in range(n_mun):
        for o in range(S + 1):
            total = 0.0
            for z in range(n_zone):
                total += near[home, z] * sector_cdf[o, z, S - 1]
                zone_cdf[home, o, z] = total


@kernel
def _pick(cdf, u):
    """First index whose cumulative weight exceeds u times the total."""
    target = u * cdf[cdf.size - 1]
    low = 0
    high = cdf.size - 1
    while low < high:
        middle = (low + high) // 2
        if cdf[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def choose(r, h, t, tr, mk, p, row, zone, sector, month, key, u):
    """The choice on one offer: 0 decline, LOCAL, DAILY, WEEKLY or MOVE; and the offered wage.

    V(decline) = 0, V(daily) = gain - daily cost, V(weekly) = gain - weekly cost - nights,
    V(move) = gain - ties, all in SEK a month; P ~ exp(V / choice_scale). Inverse
    cumulative draw with declining first, so that a small change of V flips few choices.
    """
    home = r.mun[row]
    wage = offered_wage(r, t, mk, row, zone, sector)
    gain = (
        net_gain(r, t, p, row, wage)
        + amenity(r, p, row, zone * 32 + sector, key)
        - job_amenity(r, p, row, key)
    )
    scale = p.choice_scale
    if zone == home:
        value = math.exp(min(gain / scale, 50.0))
        return (LOCAL if u * (1.0 + value) >= 1.0 else 0), wage
    daily = 0.0
    if tr.minutes[home, zone] <= p.daily_limit:
        daily = math.exp(min((gain - tr.daily[home, zone]) / scale, 50.0))
    small, school = children_at_home(r, h, row, month)
    nights = night_cost(r, p, row, small or school or r.partner[row] >= 0, key)
    weekly = math.exp(min((gain - tr.weekly[home, zone] - nights) / scale, 50.0))
    move = math.exp(min((gain - moving_ties(r, h, tr, mk, p, row, zone, month)) / scale, 50.0))
    target = u * (1.0 + daily + weekly + move)
    if target < 1.0:
        return 0, wage
    if target < 1.0 + daily:
        return DAILY, wage
    if target < 1.0 + daily + weekly:
        return WEEKLY, wage
    return MOVE, wage


@kernel
def apply_round(r, h, e, c, t, tr, mk, p, open_jobs, searchers, month, key, rnd, zone_cdf, sector_cdf, app):
    """One round of looking and applying.

    Args:
        searchers: int32[n], rows still searching; taken ones are -1.
        app: int64[5, n], out: row, cell (or -1 - zone in a boundary zone), mode, wage, score.

    Returns:
        Number of applications.
    """
    n = 0
    n_mun = c.status.shape[0]
    for k in range(searchers.size):
        row = searchers[k]
        if row < 0:
            continue
        home = r.mun[row]
        own = min(np.int64(r.sector[row]), S)
        cdf = zone_cdf[home, own]
        if cdf[cdf.size - 1] <= 0.0:
            continue
        w0, w1, w2, w3 = draw4(r.uid[row], month, SEARCH, rnd, key)
        zone = _pick(cdf, unit(w0))
        sector = _pick(sector_cdf[own, zone], unit(w1))
        contact = r.contact[row]
        if contact >= 0 and unit(w3) < p.contact_share and r.status[contact] == EMPLOYED:
            employer = r.employer[contact]
            if employer >= 0 and open_jobs[e.mun[employer], e.sector[employer]] > 0:
                zone = np.int64(e.mun[employer])
                sector = np.int64(e.sector[employer])
        choice, wage = choose(r, h, t, tr, mk, p, row, zone, sector, month, key, unit(w2))
        if choice == 0:
            if zone != home and zone < n_mun:
                c.declined[home, 0] += 1
            continue
        if choice == MOVE and zone < n_mun and c.dwellings[zone] <= c.households[zone]:
            c.declined[home, 3] += 1
            continue
        s0, _, _, _ = draw4(r.uid[row], month, RANK, rnd, key)
        score = s0 + (np.uint64(1) << np.uint64(31) if own == sector else np.uint64(0))
        app[0, n] = row
        app[1, n] = zone * S + sector if zone < n_mun else -1 - zone
        app[2, n] = choice
        app[3, n] = np.int64(wage)
        app[4, n] = np.int64(score)
        n += 1
    return n


@kernel
def _hire(r, e, c, row, employer, sector, choice, wage, month):
    """Change jobs; a mover starts as a weekly commuter until the move phase brings the home along."""
    if r.status[row] == EMPLOYED:
        leave_job(r, e, c, row)
    take_job(r, e, c, row, employer, WEEKLY if choice == MOVE else choice, sector, wage, month)


@allocating_kernel
def match_round(r, e, c, app, n, open_jobs, searchers_of, searchers, month, moves, n_moves):
    """Rank applications by cell and fill open jobs; write down who has to move.

    Args:
        app: int64[5, n], applications of this round.
        open_jobs: int64[M, S], reduced by the jobs filled.
        searchers_of: int32[N], position of each resident in `searchers`.
        moves: int32[2, cap], rows and destinations of job moves, appended.

    Returns:
        Number of moves.
    """
    n_cells = open_jobs.size
    start = np.zeros(n_cells + 2, np.int64)
    for k in range(n):
        cell = app[1, k]
        start[(cell if cell >= 0 else n_cells) + 1] += 1
    for i in range(n_cells + 1):
        start[i + 1] += start[i]
    order = np.empty(n, np.int64)
    at = start.copy()
    for k in range(n):
        cell = app[1, k]
        i = cell if cell >= 0 else n_cells
        order[at[i]] = k
        at[i] += 1
    n_mun = open_jobs.shape[0]
    for cell in range(n_cells):
        first, last = start[cell], start[cell + 1]
        if first == last:
            continue
        m, s = cell // S, cell % S
        jobs = open_jobs[m, s]
        if jobs <= 0:
            continue
        if last - first > jobs:
            # highest score first; ties cannot matter, the identity breaks them
            scores = np.empty(last - first, np.int64)
            for i in range(first, last):
                scores[i - first] = -(
                    app[4, order[i]] * 1048576 + np.int64(r.uid[app[0, order[i]]] & np.uint64(0xFFFFF))
                )
            ranked = np.argsort(scores, kind="mergesort")
            chosen = order[first:last][ranked]
        else:
            chosen = order[first:last]
        e0, e1 = e.cell_start[cell], e.cell_start[cell + 1]
        span = e1 - e0
        offset = (month * 7919) % max(span, 1)
        step = np.int64(0)
        for i in range(min(jobs, last - first)):
            k = chosen[i]
            row = app[0, k]
            # establishments of the scenario recruit for themselves
            while step < span and (
                e.vacancies[e0 + (offset + step) % span] <= 0 or e.unit[e0 + (offset + step) % span] >= 0
            ):
                step += 1
            if step >= span:
                break
            employer = e0 + (offset + step) % span
            e.vacancies[employer] -= 1
            open_jobs[m, s] -= 1
            _hire(r, e, c, row, np.int32(employer), s, app[2, k], np.int32(app[3, k]), month)
            searchers[searchers_of[row]] = -1
            if app[2, k] == MOVE:
                moves[0, n_moves] = row
                moves[1, n_moves] = m
                n_moves += 1
    for i in range(start[n_cells], start[n_cells + 1]):
        k = order[i]
        row = app[0, k]
        zone = -1 - app[1, k]
        sector = r.sector[row]
        if sector >= S:
            sector = 6
        searchers[searchers_of[row]] = -1
        if app[2, k] == MOVE:
            moves[0, n_moves] = row
            moves[1, n_moves] = zone
            n_moves += 1
        else:
            _hire(r, e, c, row, np.int32(-2 - (zone - n_mun)), sector, app[2, k], np.int32(app[3, k]), month)
    return n_moves
