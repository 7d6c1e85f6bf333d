"""How an establishment of the scenario fills its open jobs in a month.

In study mode the numbers recruited through each channel are imposed (see
`abm.core.establishments.channels`); in behavioural mode nothing is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.core.establishments import Unit, channels
from abm.core.rng import Stream, draw4, unit
from abm.phases.newcomers import recruit_from_zone
from abm.phases.recruitment import MOVE, hire_selected, value_offers
from abm.schema import SECTOR_INDEX

if TYPE_CHECKING:
    from abm.core.world import World

Array = NDArray[np.float64]
TWO32 = 4294967296.0
OUTSIDE_APPLICANTS = 0.1
"""Behavioural mode: hires of an establishment from the rest of Sweden, share; assumption 0-0.3."""


def recruit(world: World, u: Unit) -> None:
    """One establishment fills its open jobs for the month."""
    r, h, e, c, t, p = world.residents, world.households, world.employers, world.counts, world.tables, world.p
    k = u.employer
    m = world.n_mun
    outside = int(round(u.event.construction_from_outside * e.desired[k])) if u.builders else 0
    plan = channels(u, world.region, world.month, world.weight) if world.scenario.mode == "study" else None
    county_of = np.append(np.array(world.region.county), ["RS", "AB"])
    home_county = world.region.county[u.municipality]
    inflow = np.append(world.region.county_mask(home_county), [False, False])
    to_county = world.region.commuting[:, inflow].sum(axis=1).astype(float)
    to_county[inflow] = 0.0
    named = list(plan.commuters) + list(plan.movers) if plan else []
    other = ~np.isin(county_of, [*named, home_county])
    if plan:
        rest = other.copy()
        rest[:m] = False
        share = to_county[rest].sum() / max(to_county[other].sum(), 1.0)
        outside = int(math.floor(plan.commuters[""] * share + 0.5))
    # commuters from the boundary zones hold a stock of jobs here
    change = min(outside, int(e.desired[k])) - int(e.boundary[k])
    e.boundary[k] += change
    c.commuters[m, u.municipality] += change
    c.filled[u.municipality, u.sector] += change
    need = int(e.desired[k] - e.boundary[k] - e.filled[k])
    if need <= 0:
        return
    rows, words = world._list(4)
    threshold = np.uint64(TWO32 * (1.0 - min(p.awareness * u.event.visibility, 0.5)))
    out = np.empty((3, rows.size), np.int64)
    score = np.empty((2, rows.size))
    related = world.tables.related[:, u.sector].copy()
    for s in u.event.related_sectors:
        related[SECTOR_INDEX[s]] = max(related[SECTOR_INDEX[s]], 0.8)
    n = value_offers(
        r, h, e, t, world.travel, world.market, p, rows, words, threshold, u.municipality, u.sector, related,
        u.event.wage_premium, u.event.remote_share, world.month, world.key, u.number, out, score,
    )  # fmt: skip
    out, score = out[:, :n], score[:, :n]
    home = r.mun[out[0]]
    uid = r.uid[out[0]]
    taken = np.zeros(n, bool)
    mode = out[1].copy()

    def best(values: Array, eligible: NDArray[np.bool_], number: int) -> NDArray[np.int64]:
        pick = np.flatnonzero(eligible & ~taken & (values > -1e17))
        order = np.lexsort((uid[pick], -values[pick]))[: max(number, 0)]
        return pick[order]

    chosen: list[NDArray[np.int64]] = []
    if plan:
        hired = c.hires_total[:, u.municipality]
        migration = world.region.migration[:, inflow].sum(axis=1).copy()
        migration[inflow] = 0.0
        migration[m + 1 :] = 0.0  # the study counts movers from other counties only
        for county, target in plan.movers.items():
            zones = county_of == county if county else ~np.isin(county_of, [*plan.movers, home_county])
            goal = int(math.floor(target + 0.5))
            want = min(goal - int(hired[zones].sum()), need)
            if want <= 0:
                continue
            flow = np.where(zones, migration, 0.0)
            from_outside = int(round(want * flow[m] / max(flow.sum(), 1e-9))) if not county else 0
            if from_outside:
                need -= recruit_from_zone(
                    r, h, e, c, t, world.age_cdf[0], m, k, from_outside, world.month, world.key
                )
            pick = best(score[1], zones[home], want - from_outside)
            taken[pick] = True
            mode[pick] = MOVE
            chosen.append(pick)
            need -= pick.size
        for county, target in plan.commuters.items():
            zones = county_of == county if county else other
            goal = int(math.floor(target + 0.5)) - (int(e.boundary[k]) if not county else 0)
            want = min(goal - int(c.establishment[:m, u.municipality][zones[:m]].sum()), need)
            pick = best(score[0], zones[home], want)
            taken[pick] = True
            chosen.append(pick)
            need -= pick.size
        local = inflow[home]
    else:
        # the study has no channels for builders: those who are not from outside come from the county
        local = inflow[home] if world.scenario.mode == "study" else np.ones(n, bool)
        if not u.builders:
            for zone, share in ((m + 1, u.event.recruit_abroad_share), (m, OUTSIDE_APPLICANTS)):
                number = int(
                    math.floor(
                        share * need + unit(draw4(zone, world.month, int(Stream.ARRIVALS), 7, world.key)[0])
                    )
                )
                if number:
                    recruit_from_zone(
                        r, h, e, c, t, world.age_cdf[zone - m], zone, k, number, world.month, world.key
                    )
            need = int(e.desired[k] - e.boundary[k] - e.filled[k])
    value = np.maximum(score[0], score[1])
    if world.scenario.mode != "study":
        local = local & (value > 0.0)
    pick = best(value, local, need)
    mode[pick] = np.where(score[1, pick] > score[0, pick], MOVE, out[1, pick])
    chosen.append(pick)
    index = np.concatenate(chosen)
    hire_selected(
        r, h, e, c, t, world.travel, p, out[0, index], mode[index], out[2, index], k, u.sector, world.month
    )
    gone = np.isin(world._searchers, out[0, index])
    world._searchers = world._searchers[~gone]
