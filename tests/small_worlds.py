"""Worlds of a small region, and residents of them made as a test needs them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from tiny_region import tiny_region

from abm.core.choice import AMENITY, kind_of_job, moving_ties
from abm.core.rng import draw4, near_normal
from abm.core.seekers import gather, net_gain, seekers_of
from abm.core.state import EMPLOYED, UNEMPLOYED, leave_job, set_class, set_status, take_job
from abm.core.world import World
from abm.parameters import Parameters
from abm.phases.recruitment import candidates, value_offers
from abm.phases.search import choose
from abm.population import build_population
from abm.scenario import Scenario
from abm.schema import SECTOR_INDEX

CP, CO, F, G, Q = (SECTOR_INDEX[s] for s in ("CP", "CO", "F", "G", "Q"))
HALF = np.uint64(1) << np.uint64(31)


@cache
def region():
    return tiny_region(8, 6000, seed=3)


@cache
def people():
    return build_population(region())


def scenario(*events, mode="behavioural", end="2022-12"):
    return Scenario.model_validate({"name": "test", "mode": mode, "end": end, "events": list(events)})


def factory(**changes):
    return {
        "kind": "establishment",
        "name": "Factory",
        "municipality": "Skellefteå",
        "sector": "CO",
        "month": "2020-01",
        "operation": ({"month": "2020-01", "jobs": 0}, {"month": "2020-06", "jobs": 120}),
        "visibility": 10.0,
        **changes,
    }


def make_world(*events, mode="behavioural", place=None, **parameters):
    return World(
        place or region(),
        people(),
        scenario(*events, mode=mode),
        Parameters(parameters),
        seed=11,
        replicate=2,
    )


def region_with_travel(a, b, minutes):
    """The region with another travel time between two municipalities."""
    times = region().car_minutes.copy()
    times[zone(a), zone(b)] = times[zone(b), zone(a)] = minutes
    return replace(region(), car_minutes=times, transit_minutes=np.maximum(times, region().transit_minutes))


def zone(name):
    return region().index(name)


def rows_of(world, *, home, status=EMPLOYED, low=25, high=55):
    """Rows of residents of a municipality with a status and an age."""
    r = world.residents
    age = -r.birth.astype(int) // 12
    return np.flatnonzero((r.mun == home) & (r.status == status) & (age >= low) & (age < high))


def alone(world, row):
    """Make a resident a single who lives alone, by leaving everyone else out of the links."""
    r, h = world.residents, world.households
    if r.partner[row] >= 0:
        r.partner[r.partner[row]] = -1
        r.partner[row] = -1
    before = row
    while r.next[before] != row:
        before = r.next[before]
    r.next[before] = r.next[row]
    r.next[row] = row
    h.size[r.household[row]] = 1
    h.head[r.household[row]] = row
    set_class(r, row)


def a_single(world, home="Örnsköldsvik", status=EMPLOYED):
    row = int(rows_of(world, home=zone(home), status=status)[0])
    alone(world, row)
    return row


def give_member(world, row, birth):
    """Let somebody with a month of birth live in the household."""
    r, h = world.residents, world.households
    others = rows_of(world, home=r.mun[row])
    other = int(others[r.household[others] != r.household[row]][-1])
    alone(world, other)
    r.birth[other] = birth
    r.household[other] = r.household[row]
    r.next[other], r.next[row] = r.next[row], other
    h.size[r.household[row]] += 1
    return other


def give_partner(world, row, *, employed):
    r = world.residents
    other = give_member(world, row, r.birth[row])
    if not employed:
        leave_job(r, world.employers, world.counts, other)
        set_status(r, world.counts, other, UNEMPLOYED)
    r.partner[row], r.partner[other] = other, row
    set_class(r, row)
    set_class(r, other)
    return other


def ties(world, row, dest="Skellefteå", month=0):
    return moving_ties(
        world.residents, world.households, world.employers, world.tables, world.travel, world.market, world.p, row,
        zone(dest), month,
    )  # fmt: skip


def choices(world, rows, where, sector, *, draws=40):
    """Choices of residents on an offer, over evenly spread luck, int[rows, draws]."""
    us = (np.arange(draws) + 0.5) / draws
    q = seekers(world, rows)
    liking = [amenity(q.uid[k], world.p, where, sector, world.key) for k in range(len(rows))]
    return np.array(
        [
            [
                choose(
                    q, k, world.residents, world.households, world.employers, world.tables, world.travel, world.market,
                    world.p, where, sector, liking[k], 0, u,
                )[0]
                for u in us
            ]
            for k in range(len(rows))
        ]
    )  # fmt: skip


def seekers(world, rows):
    q = seekers_of(len(rows))
    gather(
        q, world.residents, world.households, world.employers, world.tables, world.travel, world.market, world.p,
        np.asarray(rows, np.int32), True, world._scratch, world.month, world.key,
    )  # fmt: skip
    return q


def offers(world, rows, *, where="Skellefteå", sector=CO, premium=0.0, remote=0.0, related=None, luck=0):
    """Values of an establishment's job: rows, mode without moving, wage; value without moving and of moving.

    `luck` is the month whose draws are used.
    """
    out, score = np.zeros((3, len(rows)), np.int64), np.zeros((2, len(rows)))
    if related is None:
        related = world.tables.related[:, sector].copy()
    found = np.zeros(len(rows), np.int32)
    n = candidates(
        world.residents, world.employers, np.asarray(rows, np.int32), np.full(len(rows), HALF),
        np.zeros(world.n_zone, np.uint64), np.ones(world.n_zone, bool), 0, found,
    )  # fmt: skip
    value_offers(
        seekers(world, found[:n]), n, world.residents, world.households, world.employers, world.counts, world.tables,
        world.travel, world.market, world.p, zone(where), sector, related, premium, remote, luck, world.key, 0,
        world._scratch, out, score,
    )  # fmt: skip
    return out[:, :n], score[:, :n]


def amenity(uid, p, where, sector, key):
    """What a kind of job is worth to a person beside pay, drawn one by one."""
    words = draw4(uid, 0, AMENITY, kind_of_job(where, sector), key)
    return p.amenity_spread * near_normal(*words)


def gain_of(world, row):
    """What an offer of 30,000 SEK a month is worth."""
    return net_gain(seekers(world, [row]), 0, world.tables, 30_000.0, 0.0)


def fire(world, row):
    leave_job(world.residents, world.employers, world.counts, row)
    set_status(world.residents, world.counts, row, UNEMPLOYED)


def every_adult(world, month=0):
    r = world.residents
    age = (month - r.birth.astype(int)) // 12
    return np.flatnonzero(
        (r.status >= EMPLOYED) & (r.status <= UNEMPLOYED) & (age >= 18) & (age < 65)
    ).astype(np.int32)


def commuter(world, row, work, *, mode, since):
    """Give a resident a job in another municipality."""
    r, e, c = world.residents, world.employers, world.counts
    leave_job(r, e, c, row)
    k = int(np.flatnonzero((e.mun == zone(work)) & (e.unit < 0))[0])
    take_job(r, e, c, row, k, mode, e.sector[k], r.wage[row], since)


def own_tables(world):
    """Give a world tables of its own to write into: worlds with the same parameters share theirs."""
    world.tables = world.tables.copy()
    return world.tables


def around(chance, by=4):
    """Draws of 32 bits just below and just above a chance: what has it happens with the first alone."""
    at = int(np.ceil(chance * 2.0**32))
    return np.uint64(at - by), np.uint64(at + by)


def of_age(world, row, years, month=0):
    """Let a resident be so many years and five months old in a month."""
    world.residents.birth[row] = month - 12 * years - 5
    set_class(world.residents, row)


def hire(world, row, where, sector, *, since=0, mode=1, wage=None):
    """Give a resident a job at the first ordinary employer of a cell; returns the employer."""
    r, e = world.residents, world.employers
    if r.status[row] == EMPLOYED:
        leave_job(r, e, world.counts, row)
    cell = zone(where) * len(SECTOR_INDEX) + sector
    here = np.arange(e.cell_start[cell], e.cell_start[cell + 1])
    k = int(here[e.unit[here] < 0][0])
    take_job(r, e, world.counts, row, k, mode, sector, np.int32(r.wage[row] if wage is None else wage), since)
    return k
