"""Recount everything from the residents and compare with the running counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.core.state import (
    AGE_GROUPS,
    EMPLOYED,
    LEAVERS,
    REASONS,
    Counts,
    Employers,
    Households,
    Residents,
    Tables,
)
from abm.errors import OmlandError
from abm.schema import N_SECTORS

if TYPE_CHECKING:
    from abm.core.world import World


def _tally(shape: tuple[int, int], first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How often each pair of values comes, int64 of the shape."""
    found = np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1])
    return np.asarray(found.astype(np.int64).reshape(shape))


def recount(
    r: Residents, h: Households, e: Employers, t: Tables, n_mun: int, n_zone: int, month: int
) -> Counts:
    """Stocks from scratch, without the boundary commuters; flows zero, dwellings zero."""
    used = int(r.meta[0])
    status = r.status[:used]
    rows = np.flatnonzero(status > 0)
    mun, birth = r.mun[rows].astype(np.int64), r.birth[rows].astype(np.int64)

    def need(january: int) -> np.ndarray:
        age = np.clip((january - birth) // 12, 0, t.need.shape[1] - 1)
        return np.asarray(_tally((n_mun, t.need.shape[1]), mun, age) @ t.need.T)

    january = month - month % 12
    working = np.flatnonzero(status == EMPLOYED)
    employer = r.employer[working].astype(np.int64)
    home = r.mun[working].astype(np.int64)
    work = np.where(employer >= 0, e.mun[np.maximum(employer, 0)], n_mun - 2 - employer)
    at_unit = (employer >= 0) & (e.unit[np.maximum(employer, 0)] >= 0)
    filled = np.zeros((n_mun, N_SECTORS), np.int64)
    np.add.at(filled, (e.mun, e.sector), e.filled + e.boundary)
    home_of = np.full(h.size.size, -1, np.int64)
    home_of[r.household[rows]] = mun
    households = np.bincount(home_of[home_of >= 0], minlength=n_mun)
    zero = np.zeros((n_zone, n_zone), np.int64)
    return Counts(
        status=_tally((n_mun, 6), mun, status[rows]),
        need=need(january),
        need_later=need(january + 12),
        households=households.astype(np.int64),
        dwellings=np.zeros(n_mun, np.int64),
        wage_sum=np.bincount(home, r.wage[working].astype(np.float64), n_mun).astype(np.int64),
        filled=filled,
        commuters=_tally((n_zone, n_zone), home, work),
        establishment=_tally((n_zone, n_zone), home[at_unit], work[at_unit]),
        births=np.zeros(n_mun, np.int64),
        deaths=np.zeros(n_mun, np.int64),
        movers=zero.copy(),
        moving_households=zero.copy(),
        hires=zero.copy(),
        hire_persons=zero.copy(),
        hires_total=zero.copy(),
        leavers=np.zeros((n_mun, len(LEAVERS)), np.int64),
        declined=np.zeros((n_mun, len(REASONS)), np.int64),
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
    again = recount(r, h, e, world.tables, m, world.n_zone, month)

    def hold(ok: bool, what: str) -> None:
        if not ok:
            raise OmlandError(f"month {month}: invariant broken: {what}")

    for name in ("status", "need", "need_later", "households", "wage_sum", "filled", "establishment"):
        hold(
            np.array_equal(getattr(c, name), getattr(again, name)),
            f"running count of {name} differs from a recount",
        )
    hold(np.array_equal(c.commuters[:m], again.commuters[:m]), "commuters differ from a recount")
    population = c.status[:, 1:].sum(axis=1)
    balance = population_before + c.births - c.deaths + c.movers[:, :m].sum(axis=0) - c.movers[:m].sum(axis=1)
    hold(np.array_equal(population, balance), "start + births - deaths + in - out = end")
    left = c.movers[:m].sum(axis=1)
    ages, households = c.leavers[:, : len(AGE_GROUPS)], c.leavers[:, -3:]
    hold(np.array_equal(ages.sum(axis=1), left), "those who left by age add up to all who left")
    hold(np.array_equal(households.sum(axis=1), left), "those who left by household add up to all who left")
    hold(
        np.array_equal(c.commuters[:, :m].sum(axis=0), c.filled.sum(axis=1)),
        "commuters by workplace = filled jobs",
    )
    hold(
        np.array_equal(c.commuters[:m].sum(axis=1), c.status[:, 2]), "commuters by home = employed residents"
    )
    used = int(r.meta[0])
    status, household = np.array(r.status[:used]), np.array(r.household[:used])
    employer = r.employer[:used]
    working = status == EMPLOYED
    hold(bool((employer[working] != -1).all()), "every employed resident has a job")
    hold(bool((employer[~working] == -1).all()), "nobody else has a job")
    held = np.bincount(employer[employer >= 0], minlength=e.mun.size)
    hold(np.array_equal(held, e.filled), "every filled job has one resident")
    for name, stock in (
        ("filled jobs", e.filled),
        ("boundary commuters", e.boundary),
        ("households", c.households),
        ("commuters", c.commuters),
        ("vacancies", world.vacancies),
        ("wages", c.wage_sum),
        ("vacant dwellings", c.dwellings - c.households),
    ):
        hold(bool((stock >= 0).all()), f"no negative stock of {name}")
    partner = r.partner[:used].astype(np.int64)
    coupled = np.flatnonzero(partner >= 0)
    hold(bool((partner[partner[coupled]] == coupled).all()), "partner links are mutual")
    hold(bool((household[coupled] == household[partner[coupled]]).all()), "partners share a household")
    rows = np.flatnonzero(status > 0)
    following = r.next[rows]
    hold(bool(((following >= 0) & (following < used)).all()), "household rings stay among the residents")
    hold(bool((household[rows] == household[following]).all()), "household rings stay within the household")
    followed = np.bincount(following, minlength=used)
    hold(bool((followed[rows] == 1).all()), "every resident is once in a household ring")
    hold(
        np.array_equal(np.bincount(household[rows], minlength=h.size.size), h.size),
        "household sizes equal members",
    )
    hold(bool((r.mun[h.head[h.size > 0]] < m).all()), "heads live in the region")
    received = world.demand.received
    hold(
        bool(np.allclose(received, world.demand.sent, rtol=1e-12, atol=1e-6)),
        "orders sent equal orders received",
    )
