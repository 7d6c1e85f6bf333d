"""How an establishment of the scenario fills its open jobs in a month.

In study mode the numbers recruited through each channel are imposed (see `abm.core.establishments.channels`): the
constant of a channel is solved for, so those who value the job most come. In behavioural mode whoever prefers the job
applies, and the establishment takes the applicants by relatedness of skills + luck, both from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.core.establishments import Channels, Unit, channels
from abm.core.rng import WORDS, Stream, draw4, uniforms, unit
from abm.core.seekers import gather, room_for
from abm.core.state import MOVE
from abm.phases.newcomers import recruit_from_zone
from abm.phases.recruitment import candidates, hire_selected, value_offers, without
from abm.schema import SECTOR_INDEX

if TYPE_CHECKING:
    from abm.core.world import World

Array = NDArray[np.float64]
RANKING = 1 << 16
"""Draws of the stream of recruitment from here on rank applicants."""


@dataclass(frozen=True)
class _Quota:
    """How many more an establishment takes through one channel of the study."""

    zones: NDArray[np.bool_]
    moving: bool
    number: int
    from_outside: float
    """Share that comes from the rest of Sweden, for which there are no residents to choose from."""


def _quotas(
    world: World, u: Unit, plan: Channels, home: NDArray[np.bool_], others: NDArray[np.bool_]
) -> list[_Quota]:
    """What is missing in each channel this month: movers first, then commuters.

    Args:
        home: bool[Z], zones of the establishment's county.
        others: bool[Z], zones of the counties without a channel of commuters of their own.
    """
    e, m = world.employers, world.n_mun
    hired = e.moved_in[u.number]
    migration = world.region.migration[:, home].sum(axis=1).copy()
    migration[home] = 0.0
    migration[m + 1 :] = 0.0  # the study counts movers from other counties only
    found = []
    for name, target in plan.movers.items():
        zones = world.region.county_zones(name) if name else ~(_zones(world, plan.movers) | home)
        flow = np.where(zones, migration, 0.0)
        outside = 0.0 if name else flow[m] / max(flow.sum(), 1e-9)
        found.append(_Quota(zones, True, math.floor(target + 0.5) - int(hired[zones].sum()), float(outside)))
    for name, target in plan.commuters.items():
        zones = world.region.county_zones(name) if name else others
        here = int(e.staff[u.number][zones].sum())
        here += 0 if name else int(e.boundary[u.employer])
        found.append(_Quota(zones, False, math.floor(target + 0.5) - here, 0.0))
    return found


def _zones(world: World, counties: Iterable[str]) -> NDArray[np.bool_]:
    """Zones of several counties, bool[Z]."""
    found = np.zeros(world.n_zone, bool)
    for county in counties:
        found |= world.region.county_zones(county)
    return found


def recruit(world: World, u: Unit) -> None:
    """One establishment fills its open jobs for the month."""
    r, h, e, c, t, p = world.residents, world.households, world.employers, world.counts, world.tables, world.p
    k = u.employer
    m = world.n_mun
    study = world.scenario.mode == "study"
    plan = channels(u, world.region, world.month, world.weight)
    home_county = world.region.county_zones(world.region.county[u.municipality])
    others = ~(_zones(world, plan.commuters if plan else []) | home_county)
    _fill_boundary(world, u, plan, home_county, others)
    need = int(e.desired[k] - e.boundary[k] - e.filled[k])
    if need <= 0:
        return
    quotas = _quotas(world, u, plan, home_county, others) if plan else []
    # the study has no channels for builders: those who are not from outside come from the county
    wanted = home_county.copy() if study else np.ones(m + 2, bool)
    for quota in quotas:
        if quota.number > 0:
            wanted |= quota.zones
    out, score, suited, uid, home = _candidates(world, u, wanted)
    taken = np.zeros(home.size, bool)
    mode = out[1].copy()

    def best(values: Array, eligible: NDArray[np.bool_], number: int) -> NDArray[np.int64]:
        pick = np.flatnonzero(eligible & ~taken & (values > -1e17))
        if 0 < number < pick.size:  # only those near the top are put in order, a few of some thousand
            least = np.partition(values[pick], -number)[-number]
            pick = pick[values[pick] >= least]
        order = np.lexsort((uid[pick], -values[pick]))[: max(number, 0)]
        return pick[order]

    chosen: list[NDArray[np.int64]] = []
    for number, quota in enumerate(quotas):
        want = min(quota.number, need)
        if want <= 0:
            continue
        # by chance up or down: rounded, the few of a month would be all from outside or none
        luck = unit(draw4(k, world.month, int(Stream.ARRIVALS), 8 + number, world.key)[0])
        outside = math.floor(want * quota.from_outside + luck)
        if outside:
            ages = world.age_cdf[0, u.municipality]
            need -= recruit_from_zone(
                r, h, e, c, t, world.market, ages, m, k, outside, world.month, world.key
            )
        pick = best(score[1 if quota.moving else 0], quota.zones[home], want - outside)
        taken[pick] = True
        if quota.moving:
            mode[pick] = MOVE
        chosen.append(pick)
        need -= pick.size
    if not study and not u.builders:
        need = _from_elsewhere(world, u, need)
    value = np.maximum(score[0], score[1])
    if study:
        pick = best(value, home_county[home], need)
    else:
        luck_of_each = uniforms(uid, world.month, int(Stream.RECRUIT), RANKING + u.number, world.key)
        pick = best(suited + luck_of_each, value > 0.0, need)
    mode[pick] = np.where(score[1, pick] > score[0, pick], MOVE, out[1, pick])
    chosen.append(pick)
    index = np.concatenate(chosen)
    movers = np.empty((2, index.size), np.int32)
    moved = hire_selected(
        r,
        h,
        e,
        c,
        t,
        world.travel,
        p,
        out[0, index],
        mode[index],
        out[2, index],
        k,
        u.sector,
        world.month,
        movers,
    )
    world.moved_for_a_job.append(movers[:, :moved])
    left = without(world._searchers, np.sort(out[0, index]))
    world._searchers = world._searchers[:left]


def _fill_boundary(
    world: World, u: Unit, plan: Channels | None, home: NDArray[np.bool_], others: NDArray[np.bool_]
) -> None:
    """Commuters from the boundary zones: a stock of jobs held, since nobody there is modelled one by one."""
    e, c, m, k = world.employers, world.counts, world.n_mun, u.employer
    number = round(u.event.construction_from_outside * e.desired[k]) if u.builders else 0
    if plan:
        to_county = world.region.commuting[:, home].sum(axis=1).astype(float)
        to_county[home] = 0.0
        share = to_county[m:].sum() / max(to_county[others].sum(), 1.0)
        number = math.floor(plan.commuters[""] * share + 0.5)
    change = min(number, int(e.desired[k])) - int(e.boundary[k])
    e.boundary[k] += change
    c.commuters[m, u.municipality] += change
    c.filled[u.municipality, u.sector] += change


def _candidates(
    world: World, u: Unit, wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Array, Array, NDArray[np.uint64], NDArray[np.uint8]]:
    """Aware residents of the wanted zones.

    Returns:
        Row, mode and wage; value without moving and of moving; relatedness of their skills; identity; home.
    """
    r, t, p = world.residents, world.tables, world.p
    rows, words = world._list(4)
    near = np.exp(-p.awareness_decay * world.travel.km[:, u.municipality])
    aware = np.minimum(p.awareness * u.event.visibility, 0.5) * near
    threshold = (WORDS * (1.0 - aware)).astype(np.uint64)
    related = t.related[:, u.sector].copy()
    for s in u.event.related_sectors:
        related[SECTOR_INDEX[s]] = max(related[SECTOR_INDEX[s]], 0.8)
    found = np.empty(rows.size, np.int32)
    n = candidates(r, world.employers, rows, words, threshold, wanted, world.month, found)
    q = world._seekers = room_for(world._seekers, n)  # free until the searchers of the month are gathered
    gather(
        q, r, world.households, world.employers, t, world.travel, world.market, p, found[:n], False, world._scratch,
        world.month, world.key,
    )  # fmt: skip
    out = np.empty((3, n), np.int64)
    score = np.empty((2, n))
    value_offers(
        q, n, r, world.households, world.employers, world.counts, t, world.travel, world.market, p, u.municipality,
        u.sector, related, u.event.wage_premium, u.event.remote_share, world.month, world.key, u.number,
        world._scratch, out, score,
    )  # fmt: skip
    return out, score, related[q.own[:n]], q.uid[:n], q.home[:n]


def _from_elsewhere(world: World, u: Unit, need: int) -> int:
    """Behavioural mode: those who apply from the rest of Sweden and abroad; returns the jobs still open."""
    r, h, e, c, t = world.residents, world.households, world.employers, world.counts, world.tables
    m, k = world.n_mun, u.employer
    for zone, share in ((m + 1, u.event.recruit_abroad_share), (m, world.p.outside_applicants)):
        luck = unit(draw4(zone, world.month, int(Stream.ARRIVALS), 7 + 16 * u.number, world.key)[0])
        number = math.floor(share * need + luck)
        if number:
            ages = world.age_cdf[zone - m, u.municipality]
            recruit_from_zone(r, h, e, c, t, world.market, ages, zone, k, number, world.month, world.key)
    return int(e.desired[k] - e.boundary[k] - e.filled[k])
