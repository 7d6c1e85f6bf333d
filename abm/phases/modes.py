"""How those who commute travel, after times or costs have changed."""

from __future__ import annotations

import numpy as np

from abm.core.choice import children_at_home, night_cost
from abm.core.jit import kernel
from abm.core.state import DAILY, EMPLOYED, WEEKLY, days_away, set_class, work_zone


@kernel
def revise_modes(r, h, e, tr, p, changed, n_mun, month, key):
    """Who commutes where travel has changed does so daily or weekly, whichever now costs less.

    Daily only up to `daily_limit`; the liking of the job is the same either way and takes no part. Everybody else
    keeps the mode that was chosen.

    Args:
        changed: bool[Z, Z], from where to where time or cost is another.

    Returns:
        How many take another mode.
    """
    n = 0
    for row in range(r.meta[0]):
        if r.status[row] != EMPLOYED or r.mode[row] < DAILY:
            continue
        home = np.int64(r.mun[row])
        work = work_zone(r, e, row, n_mun)
        if not changed[home, work]:
            continue
        mode = WEEKLY
        if tr.minutes[home, work] <= p.daily_limit:
            small, school = children_at_home(r, h, row, month)
            weekly = tr.weekly[home, work] + night_cost(
                r, p, row, small or school or r.partner[row] >= 0, key
            )
            if tr.daily[home, work] * days_away(r, e, row) <= weekly:
                mode = DAILY
        if mode != r.mode[row]:
            r.mode[row] = mode
            set_class(r, row)
            n += 1
    return n
