"""Recount everything from the residents and compare with the running counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.core.establishments import jobs_ordered
from abm.core.recount import (
    APART,
    ASTRAY,
    JOB_OF_NOBODY,
    NO_JOB,
    NOT_ONCE,
    ONE_SIDED,
    OUT_OF_RING,
    Recount,
    add_up,
)
from abm.core.state import (
    AGE_GROUPS,
    HIRED_FROM,
    LEAVERS,
    REASONS,
    Counts,
    Employers,
    Tables,
)
from abm.errors import OmlandError
from abm.schema import N_SECTORS

if TYPE_CHECKING:
    from abm.core.world import World


def recount(found: Recount, e: Employers, t: Tables) -> Counts:
    """The stocks as counts, without the boundary commuters; flows zero, dwellings zero."""
    n_mun, n_zone = found.people.shape[0], found.commuters.shape[0]
    filled = np.zeros((n_mun, N_SECTORS), np.int64)
    np.add.at(filled, (e.mun, e.sector), e.filled + e.boundary)
    zero = np.zeros((n_zone, n_zone), np.int64)
    return Counts(
        status=found.status,
        need=found.people @ t.need.T,
        need_later=found.people_later @ t.need.T,
        households=np.bincount(found.home[found.home >= 0], minlength=n_mun).astype(np.int64),
        dwellings=np.zeros(n_mun, np.int64),
        wage_sum=found.wage_sum,
        filled=filled,
        commuters=found.commuters,
        establishment=found.establishment,
        births=np.zeros(n_mun, np.int64),
        deaths=np.zeros(n_mun, np.int64),
        movers=zero.copy(),
        moving_households=zero.copy(),
        hires=zero.copy(),
        hire_persons=zero.copy(),
        leavers=np.zeros((n_mun, len(LEAVERS)), np.int64),
        arrivers=np.zeros((n_mun, len(AGE_GROUPS)), np.int64),
        declined=np.zeros((n_mun, len(REASONS)), np.int64),
        hired=np.zeros((n_mun, len(HIRED_FROM)), np.int64),
    )


def check_world(world: World, population_before: np.ndarray) -> None:
    """Check every invariant of a world at the end of a month.

    Args:
        world: the world, after `step`.
        population_before: int64[M], residents at the end of the month before.

    Raises:
        OmlandError: naming the first invariant that does not hold.
    """
    r, h, e, c = world.residents, world.households, world.employers, world.counts
    month = world.month - 1
    m = world.n_mun
    found = add_up(r, h, e, world.tables, m, world.n_zone, month)
    again = recount(found, e, world.tables)

    def hold(ok: Any, what: str) -> None:
        if not ok:
            raise OmlandError(f"month {month}: invariant broken: {what}")

    for name in ("status", "need", "need_later", "households", "wage_sum", "filled", "establishment"):
        hold(
            np.array_equal(getattr(c, name), getattr(again, name)),
            f"running count of {name} differs from a recount",
        )
    hold(np.array_equal(e.staff, found.staff), "staff of an establishment by home differs from a recount")
    hold(np.array_equal(c.commuters[:m], again.commuters[:m]), "commuters differ from a recount")
    population = c.status[:, 1:].sum(axis=1)
    balance = population_before + c.births - c.deaths + c.movers[:, :m].sum(axis=0) - c.movers[:m].sum(axis=1)
    hold(np.array_equal(population, balance), "start + births - deaths + in - out = end")
    left = c.movers[:m].sum(axis=1)
    ages, households = c.leavers[:, : len(AGE_GROUPS)], c.leavers[:, -3:]
    hold(np.array_equal(ages.sum(axis=1), left), "those who left by age add up to all who left")
    hold(np.array_equal(households.sum(axis=1), left), "those who left by household add up to all who left")
    hold(
        np.array_equal(c.arrivers.sum(axis=1), c.movers[:, :m].sum(axis=0)),
        "those who moved in by age add up to all who moved in",
    )
    hold(
        np.array_equal(c.commuters[:, :m].sum(axis=0), c.filled.sum(axis=1)),
        "commuters by workplace = filled jobs",
    )
    hold(
        np.array_equal(c.commuters[:m].sum(axis=1), c.status[:, 2]), "commuters by home = employed residents"
    )
    hold(not found.broken[NO_JOB], "every employed resident has a job")
    hold(not found.broken[JOB_OF_NOBODY], "nobody else has a job")
    hold(np.array_equal(found.held, e.filled), "every filled job has one resident")
    for name, stock in (
        ("filled jobs", e.filled),
        ("boundary commuters", e.boundary),
        ("households", c.households),
        ("commuters", c.commuters),
        ("vacancies", e.vacancies),
        ("open jobs", world.market.open),
        ("wages", c.wage_sum),
        ("vacant dwellings", c.dwellings - c.households),
    ):
        hold(bool((stock >= 0).all()), f"no negative stock of {name}")
    ordinary = np.zeros_like(world.market.open)
    np.add.at(ordinary, (e.mun, e.sector), np.where(e.unit < 0, e.vacancies, 0))
    hold(np.array_equal(world.market.open, ordinary), "open jobs of a cell = vacancies of its employers")
    hold(not found.broken[ONE_SIDED], "partner links are mutual")
    hold(not found.broken[APART], "partners share a household")
    hold(not found.broken[OUT_OF_RING], "household rings stay among the residents")
    hold(not found.broken[ASTRAY], "household rings stay within the household")
    hold(not found.broken[NOT_ONCE], "every resident is once in a household ring")
    hold(np.array_equal(found.members, h.size), "household sizes equal members")
    hold(bool((r.mun[h.head[h.size > 0]] < m).all()), "heads live in the region")
    shares = world.demand.order_shares.sum(axis=2)
    hold(
        bool((world.demand.order_shares >= 0.0).all() and (shares <= 1.0 + 1e-9).all()),
        "orders of a buyer are split over suppliers in the region and elsewhere",
    )
    received = np.bincount(e.sector, e.contract, minlength=N_SECTORS) * world.weight
    sent = np.zeros(N_SECTORS)
    for u in world.units:
        if u.jobs[month] > 0:
            kept = np.bincount(e.sector, u.bid_weight, minlength=N_SECTORS)
            hold(
                bool((u.bid_weight >= 0.0).all() and (kept <= 1.0 + 1e-9).all()),
                f"{u.name} splits its orders",
            )
            sent += kept * jobs_ordered(u, world.region, world.parameters, month)
    hold(bool(np.allclose(received, sent, rtol=1e-9, atol=1e-6)), "orders sent equal orders received")
