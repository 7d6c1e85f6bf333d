"""How often an offer somewhere else is taken, worked out over the labour force itself.

Whether an offer is taken depends on who looks: on the last wage, the present job, nights away and family. The
chance lies far out on the slope of the logit for a distant zone, where the mean over persons and the chance of a mean
person differ by half. So it is worked out for persons: all unemployed and a fixed part of the employed, each
with the weight of how often such a person looks.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from abm.core.choice import tax_saved
from abm.core.jit import kernel
from abm.core.rng import make_key
from abm.core.seekers import (
    cost_of_moving,
    gather,
    net_gain,
    odds,
    odds_daily,
    odds_weekly,
    offered_wage,
    scratch,
    seekers_of,
    weigh_home,
)
from abm.core.state import EMPLOYED, UNEMPLOYED, S, Tables
from abm.core.tables.ages import Array

if TYPE_CHECKING:
    from abm.core.world import World

EVERY = 40
"""Of the employed, one in so many is asked."""
LIKINGS = np.array([NormalDist().inv_cdf((k + 0.5) / 4) for k in range(4)])
"""How a kind of job is liked, in standard deviations: the middles of four classes of equal chance."""
NEVER = -9.0
"""Value, in units of the scale, below which an offer is not worked out: e^-9 is a fiftieth of `LEAST_ACCEPTED`."""
LEAST_ACCEPTED = 0.005
"""Chance that an offer from very far is taken, at the least: bounds the correction for acceptance. Assumption."""


@kernel
def add_taken(q, n, looks, r, h, e, t, tr, mk, p, likings, taken, looked):
    """Add up over those who look in what share of cases an offer of each zone, in the own sector, is taken.

    P(taken) = mean over likings of V / (1 + V + V_move), V = exp(gain / scale) at home, else
    exp((gain - daily cost) / scale), if within a daily reach, + exp((gain - weekly cost - nights) / scale); see
    `abm.phases.search.choose`. Who takes the job and moves does not commute.

    Args:
        q, n: those who look, and how many.
        looks: float64[n], how often each looks.
        likings: float64[K], standard deviations, ascending.
        taken: float64[M, Z], out: added to.
        looked: float64[M], out: sum of `looks`, added to.
    """
    most_liked = likings[-1] * p.amenity_spread
    for k in range(n):
        weigh_home(q, k, r, h, e, t, tr, p, 0)
        home = q.home[k]
        looked[home] += looks[k]
        sector = min(np.int64(q.own[k]), S - 1)
        for z in range(taken.shape[1]):
            wage = offered_wage(q, k, t, mk, z, sector)
            way = 0.0
            if z != home:
                way = tr.weekly[home, z] + q.nights[k]
                if tr.minutes[home, z] <= p.daily_limit:
                    way = min(way, tr.daily[home, z])
            if net_gain(q, k, t, wage, most_liked) - way < NEVER * p.choice_scale:
                continue
            ties = cost_of_moving(q, k, tr, mk, p, z) - tax_saved(t, home, z, wage)
            share = 0.0
            for i in range(likings.size):
                gain = net_gain(q, k, t, wage, likings[i] * p.amenity_spread)
                if z == home:
                    value, move = odds(gain, p), 0.0
                else:
                    value = odds_weekly(q, k, tr, p, z, gain) + odds_daily(q, k, tr, p, z, gain)
                    move = odds(gain - ties, p)
                share += value / (1.0 + value + move)
            taken[home, z] += looks[k] * share / likings.size


def chance_taken(world: World, tables: Tables) -> Array:
    """Chance that an offer is taken by those who look and live in a municipality, float64[M, Z].

    It is a property of population and parameters: personal draws are those of a key of its own, so that
    all worlds of the same parameters share the table.

    Args:
        world: a world before its first month, with residents, households, employers, travel and market.
        tables: its tables.
    """
    r, p = world.residents, world.p
    status = r.status[: int(r.meta[0])]
    rows = np.concatenate(
        [np.flatnonzero(status == UNEMPLOYED), np.flatnonzero(status == EMPLOYED)[::EVERY]]
    ).astype(np.int32)
    looks = np.where(status[rows] == UNEMPLOYED, p.search_unemployed, p.search_on_the_job * EVERY)
    q = seekers_of(rows.size)
    gather(
        q, r, world.households, world.employers, tables, world.travel, world.market, p, rows, False, scratch(), 0,
        make_key(0, 0),
    )  # fmt: skip
    taken, looked = np.zeros((world.n_mun, world.n_zone)), np.zeros(world.n_mun)
    add_taken(
        q, rows.size, looks, r, world.households, world.employers, tables, world.travel, world.market, p, LIKINGS,
        taken, looked,
    )  # fmt: skip
    return np.maximum(taken / np.maximum(looked, 1e-12)[:, None], LEAST_ACCEPTED)
