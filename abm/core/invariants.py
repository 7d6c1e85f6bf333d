"""Recount everything from the residents and compare with the running counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.core.state import (
    AGE_GROUPS,
    EMPLOYED,
    LEAVERS,
    N_PUBLIC,
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


def recount(
    r: Residents, h: Households, e: Employers, t: Tables, n_mun: int, n_zone: int, month: int
) -> Counts:
    """Stocks from scratch, without the boundary commuters; flows zero, dwellings zero."""
    used = int(r.meta[0])
    status = r.status[:used]
    here = status > 0
    mun = r.mun[:used].astype(np.int64)
    counts = np.zeros((n_mun, 6), np.int64)
    np.add.at(counts, (mun[here], status[here]), 1)

    def need(january: int) -> np.ndarray:
        age = np.clip((january - r.birth[:used].astype(np.int64)) // 12, 0, 100)
        by_service = [
            np.bincount(mun[here], t.need[k, age[here]], n_mun).astype(np.int64) for k in range(N_PUBLIC)
        ]
        return np.stack(by_service, axis=1)

    january = month - month % 12
    working = status == EMPLOYED
    employer = r.employer[:used].astype(np.int64)
    work = np.where(employer >= 0, e.mun[np.maximum(employer, 0)], n_mun - 2 - employer)
    commuters = np.zeros((n_zone, n_zone), np.int64)
    np.add.at(commuters, (mun[working], work[working]), 1)
    at_unit = working & (employer >= 0) & (e.unit[np.maximum(employer, 0)] >= 0)
    establishment = np.zeros((n_zone, n_zone), np.int64)
    np.add.at(establishment, (mun[at_unit], work[at_unit]), 1)
    filled = np.zeros((n_mun, N_SECTORS), np.int64)
    np.add.at(filled, (e.mun, e.sector), e.filled + e.boundary)
    house = r.household[:used][here]
    home_of = np.full(h.size.size, -1, np.int64)
    home_of[house] = mun[here]
    households = np.bincount(home_of[home_of >= 0], minlength=n_mun)
    zero = np.zeros((n_zone, n_zone), np.int64)
    return Counts(
        status=counts,
        need=need(january),
        need_later=need(january + 12),
        households=households.astype(np.int64),
        dwellings=np.zeros(n_mun, np.int64),
        wage_sum=np.bincount(mun[working], r.wage[:used][working].astype(np.float64), n_mun).astype(np.int64),
        filled=filled,
        commuters=commuters,
        establishment=establishment,
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
    employer = r.employer[:used]
    working = r.status[:used] == EMPLOYED
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
    hold(bool((r.household[coupled] == r.household[partner[coupled]]).all()), "partners share a household")
    rows = np.flatnonzero(r.status[:used] > 0)
    following = r.next[rows].astype(np.int64)
    hold(
        bool((r.household[rows] == r.household[following]).all()), "household rings stay within the household"
    )
    hold(np.array_equal(np.sort(following), rows), "every resident is once in a household ring")
    hold(
        np.array_equal(np.bincount(r.household[rows], minlength=h.size.size), h.size),
        "household sizes equal members",
    )
    hold(bool((r.mun[h.head[h.size > 0]] < m).all()), "heads live in the region")
    received = world.demand.received
    hold(
        bool(np.allclose(received, world.demand.sent, rtol=1e-12, atol=1e-6)),
        "orders sent equal orders received",
    )
