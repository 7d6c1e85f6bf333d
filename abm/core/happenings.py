"""What a scenario lets happen in a month: lay-offs and closures, links, dwellings, support, attraction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from abm.core.rng import Stream, draw4, unit
from abm.core.travel import open_link, price_travel
from abm.phases.adjust import recount_need
from abm.scenario import Closure, CommuterBus, Housing, Layoff, Link, PartnerHelp, month_index
from abm.schema import MONTHS_PER_YEAR, N_SECTORS, SECTOR_INDEX

if TYPE_CHECKING:
    from abm.core.world import World

ATTRACTION_KM = 200.0
"""Distance over which the attraction of a success fades; assumption 100-400 km."""


def happen(world: World) -> None:
    """Begin the month: its flows are zero, and the scenario's events and what they attract come about."""
    c = world.counts
    for flow in (
        c.births,
        c.deaths,
        c.movers,
        c.moving_households,
        c.hires,
        c.hire_persons,
        c.leavers,
        c.declined,
    ):
        flow[...] = 0
    if world.month % MONTHS_PER_YEAR == 0:
        recount_need(world.residents, c, world.tables, world.month)
    events(world)
    if world.month % MONTHS_PER_YEAR == 0 and world.scenario.mode == "behavioural":
        follow_on(world)


def events(world: World) -> None:
    """All events of the scenario that fall in this month."""
    t, region = world.month, world.region
    repriced = False
    for event in world.scenario.events:
        if isinstance(event, Layoff | Closure) and event.municipality and month_index(event.month) == t:
            m, s = region.index(event.municipality), SECTOR_INDEX[str(event.sector)]
            jobs = event.jobs if isinstance(event, Layoff) else math.inf
            cut_jobs(world, m, s, jobs / world.weight)
        elif isinstance(event, Link) and month_index(event.month) == t:
            open_link(world, event)
            repriced = True
        elif isinstance(event, Housing):
            world.dwellings_owed[region.index(event.municipality)] += (
                event.monthly(world.scenario.n_months)[t] / world.weight
            )
        elif isinstance(event, CommuterBus):
            last = month_index(event.until) + 1 if event.until else -1
            if t in (month_index(event.month), last):
                a, b = region.index(event.from_), region.index(event.to)
                start = t != last
                for i, j in ((a, b), (b, a)):
                    world.time_factor[i, j] = event.time_factor if start else 1.0
                    world.cost_factor[i, j] = event.cost_factor if start else 1.0
                repriced = True
        elif isinstance(event, PartnerHelp):
            last = month_index(event.until) if event.until else world.scenario.n_months
            where = region.index(event.municipality)
            if month_index(event.month) <= t <= last:
                world.travel.partner_help[where] = event.strength
            else:
                world.travel.partner_help[where] = 0.0
    if repriced:
        price_travel(world, world.travel)


def cut_jobs(world: World, m: int, s: int, jobs: float) -> None:
    """Take jobs away at the largest employers of a cell; its output falls with them."""
    e = world.employers
    cell = m * N_SECTORS + s
    first, last = int(e.cell_start[cell]), int(e.cell_start[cell + 1])
    rows = np.arange(first, last)
    rows = rows[e.unit[first:last] < 0]
    left = jobs
    for k in rows[np.argsort(-e.base[rows], kind="stable")]:
        cut = min(left, e.base[k] + e.shift[k])
        if cut <= 0:
            continue
        e.shift[k] -= cut
        world.exogenous[m, s] -= cut * world.weight
        left -= cut
        if left <= 0:
            break


def follow_on(world: World) -> None:
    """Attraction: follow-on establishments in related sectors near a running one, without a supply link.

    Expected number a year in a cell = follow_on_rate * share of jobs * relatedness * exp(-km / 200);
    after a failure (no jobs left) none comes. Each adds `follow_on_jobs` at one employer of the cell.
    """
    e, p, region, month = world.employers, world.p, world.region, world.month
    for u in world.units:
        if u.builders or u.jobs[month] <= 0:
            continue
        related = world.tables.related[:N_SECTORS, u.sector]
        near = np.exp(-region.distance_km[u.municipality, : world.n_mun] / ATTRACTION_KM)
        pull = region.jobs * related[None, :] * near[:, None]
        upto = np.cumsum(pull.ravel() / pull.sum())
        size = float(p.follow_on_rate * u.jobs[month] / max(u.jobs.max(), 1.0))
        first = draw4(u.number, month, int(Stream.FOLLOW_ON), 0, world.key)
        for k in range(math.floor(size + unit(first[0]))):
            word = draw4(u.number, month, int(Stream.FOLLOW_ON), 1 + k, world.key)[0]
            cell = int(np.searchsorted(upto, unit(word)))
            rows = np.arange(e.cell_start[cell], e.cell_start[cell + 1])
            rows = rows[e.unit[rows] < 0]
            if rows.size:
                jobs = p.follow_on_jobs / world.weight
                e.shift[rows[np.argmax(e.base[rows])]] += jobs
                world.exogenous[cell // N_SECTORS, cell % N_SECTORS] += p.follow_on_jobs
