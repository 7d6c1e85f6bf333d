"""Partners look for work where the household is about to move."""

from __future__ import annotations

import math

import numpy as np

from abm.core.choice import NIGHTS_A_MONTH
from abm.core.jit import kernel
from abm.core.state import EMPLOYED, UNEMPLOYED
from abm.phases.moves import goes_on


@kernel
def partners_who_look(r, e, c, tr, p, moves, partners):
    """The partners of those who move for a job who need one there themselves.

    They are in the labour force, and the job they may have is neither within daily reach of the new home nor one
    for which they are away for the week already. Nobody looks where no dwelling is left.

    Args:
        moves: int32[2, n], rows and destinations of those who move for a job.
        partners: int32[2, n], out: rows and destinations.

    Returns:
        Their number.
    """
    n = 0
    n_mun = tr.minutes.shape[0] - 2
    for k in range(moves.shape[1]):
        row, dest = np.int64(moves[0, k]), np.int64(moves[1, k])
        partner = np.int64(r.partner[row])
        if partner < 0 or dest >= n_mun:
            continue
        if r.mun[row] != dest and c.dwellings[dest] <= c.households[dest]:
            continue
        if r.status[partner] == EMPLOYED:
            if goes_on(r, e, tr, p, partner, dest) > 0:
                continue
        elif r.status[partner] != UNEMPLOYED:
            continue
        partners[0, n] = partner
        partners[1, n] = dest
        n += 1
    return n


@kernel
def look_from_there(q, n, r, e, t, p, dest):
    """Let seekers look as somebody who lives at the destination and has lost the present job; they move only there.

    Args:
        q, n: partners as seekers, see `abm.core.seekers.gather`, and how many.
        dest: int32[n], where the household is about to move.
    """
    for k in range(n):
        row = np.int64(q.row[k])
        pay = float(r.wage[row])
        if r.status[row] == EMPLOYED and r.employer[row] >= 0:
            pay /= 1.0 + e.premium[r.employer[row]]
        q.home[k] = dest[k]
        q.keep[k] = (1.0 - t.tax[dest[k]]) * p.reservation_wage * pay
        q.ties[k] = math.inf
        q.partner_worth[k] = 0.0
        q.nights[k] += NIGHTS_A_MONTH * p.night_cost_family
