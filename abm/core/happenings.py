"""What a scenario lets happen in a month: lay-offs and closures, links, dwellings, support, attraction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.core.rng import Stream, draw4, unit
from abm.core.travel import open_link, travel_anew
from abm.phases.adjust import turn_of_year
from abm.phases.employers import jobs_wanted
from abm.scenario import Closure, CommuterBus, Housing, Layoff, Link, PartnerHelp, month_index
from abm.schema import MONTHS_PER_YEAR, N_SECTORS, SECTOR_INDEX

if TYPE_CHECKING:
    from abm.core.establishments import Unit
    from abm.core.world import World

Array = NDArray[np.float64]

ATTRACTION_KM = 200.0
"""Distance over which the attraction of a success fades; assumption 100-400 km."""
SPIN_OFF_YEARS = 3
"""Years at an establishment after which employees found firms of their own; assumption 2-5."""


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
        c.arrivers,
        c.declined,
        c.hired,
    ):
        flow[...] = 0
    if world.month % MONTHS_PER_YEAR == 0:
        turn_of_year(world.residents, c, world.tables, world.month)
    events(world)
    if world.month % MONTHS_PER_YEAR == 0 and world.scenario.mode == "behavioural":
        follow_on(world)
        spin_offs(world)


def events(world: World) -> None:
    """All events of the scenario that fall in this month."""
    t, region = world.month, world.region
    repriced = supported = False
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
        elif isinstance(event, CommuterBus | PartnerHelp) and t in (month_index(event.month), _after(event)):
            supported = True
    if supported:
        support(world)
    if repriced or supported:
        travel_anew(world)


def _after(event: CommuterBus | PartnerHelp) -> int:
    """Month from which support is over; -1 if never."""
    return month_index(event.until) + 1 if event.until else -1


def support(world: World) -> None:
    """Buses and help for partners that run this month; where several do, the strongest counts."""
    region = world.region
    world.time_factor[...] = 1.0
    world.cost_factor[...] = 1.0
    world.travel.partner_help[...] = 0.0
    for event in world.scenario.events:
        if not isinstance(event, CommuterBus | PartnerHelp):
            continue
        if not month_index(event.month) <= world.month or world.month >= _after(event) > -1:
            continue
        if isinstance(event, PartnerHelp):
            where = region.index(event.municipality)
            world.travel.partner_help[where] = max(world.travel.partner_help[where], event.strength)
            continue
        a, b = region.index(event.from_), region.index(event.to)
        for i, j in ((a, b), (b, a)):
            world.time_factor[i, j] = min(world.time_factor[i, j], event.time_factor)
            world.cost_factor[i, j] = min(world.cost_factor[i, j], event.cost_factor)


def cut_jobs(world: World, m: int, s: int, jobs: float) -> None:
    """Take jobs away at the largest employers of a cell; its output falls with them.

    What an employer has left grows and shrinks with its market as before; one that closes has none to grow from. It
    loses at once the orders of establishments, who ask for bids anew.

    Args:
        jobs: of those that the employers have this month, at the weight of the world.
    """
    e = world.employers
    cell = m * N_SECTORS + s
    first, last = int(e.cell_start[cell]), int(e.cell_start[cell + 1])
    rows = np.arange(first, last)
    rows = rows[e.unit[first:last] < 0]
    left = jobs
    index = world.index[m, s]
    for k in rows[np.argsort(-e.base[rows], kind="stable")]:
        now = e.base[k] * index + e.shift[k] + e.contract[k]
        cut = min(left, now)
        if cut <= 0:
            continue
        kept = 1.0 - cut / now
        world.exogenous[m, s] -= (1.0 - kept) * (e.base[k] * index + e.shift[k]) * world.weight
        e.base[k] *= kept
        e.shift[k] *= kept
        if kept <= 0.0:
            e.rounding[k] = 0.0
        e.desired[k] = jobs_wanted(e, k, index)  # who is too many is dismissed in this month
        left -= cut
        if left <= 0:
            break
    for u in world.units:
        u.bid_jobs = np.empty(0)
        u.bid_weight = np.empty(0)


def follow_on(world: World) -> None:
    """Attraction: follow-on establishments in related sectors near a running one, without a supply link.

    Expected number a year in a cell = follow_on_rate * share of jobs * relatedness * exp(-km / 200);
    after a failure (no jobs left) none comes. Each adds `follow_on_jobs` at one employer of the cell.
    """
    p, region, month = world.p, world.region, world.month
    for u in world.units:
        if u.builders or u.jobs[month] <= 0:
            continue
        near = np.exp(-region.distance_km[u.municipality, : world.n_mun] / ATTRACTION_KM)
        size = float(p.follow_on_rate * u.jobs[month] / max(u.jobs.max(), 1.0))
        _found(world, u, int(Stream.FOLLOW_ON), size, near, p.follow_on_jobs)


def spin_offs(world: World) -> None:
    """Firms that employees of an establishment found, where they live, in its own and related sectors.

    Expected number a year = spin_off_rate * employees of three years or more, who are as many as the fewest
    jobs of the last three years. A failure does not end it at once: its last employees found too.
    """
    p, month = world.p, world.month
    since = month - SPIN_OFF_YEARS * MONTHS_PER_YEAR
    for u in world.units:
        if u.builders or since < 0:
            continue
        experienced = float(u.jobs[since : month + 1].min())
        if u.jobs[month] <= 0.0 < u.jobs[month - MONTHS_PER_YEAR]:
            experienced = float(u.jobs[since : month - MONTHS_PER_YEAR + 1].min())
        homes = world.employers.staff[u.number, : world.n_mun].astype(float)
        homes[u.municipality] += 1.0  # there is somewhere to found even when all have been dismissed
        _found(world, u, int(Stream.SPIN_OFF), p.spin_off_rate * experienced, homes, p.spin_off_jobs)


def _found(world: World, u: Unit, stream: int, expected: float, place: Array, jobs: float) -> None:
    """Establishments that come about because of another: floor(expected + u) of them this year.

    Each adds `jobs` at the largest employer of a cell, drawn with chances ~ jobs * relatedness to the
    establishment's sector * `place` of the municipality.
    """
    e, month = world.employers, world.month
    related = world.tables.related[:N_SECTORS, u.sector]
    pull = world.region.jobs * related[None, :] * place[:, None]
    upto = np.cumsum(pull.ravel() / pull.sum())
    first = draw4(u.number, month, stream, 0, world.key)
    for k in range(math.floor(expected + unit(first[0]))):
        word = draw4(u.number, month, stream, 1 + k, world.key)[0]
        cell = int(np.searchsorted(upto, unit(word)))
        rows = np.arange(e.cell_start[cell], e.cell_start[cell + 1])
        rows = rows[e.unit[rows] < 0]
        if rows.size:
            e.shift[rows[np.argmax(e.base[rows])]] += jobs / world.weight
            world.exogenous[cell // N_SECTORS, cell % N_SECTORS] += jobs
