"""The arrays of a world before the first month, from the synthetic population and the scenario."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.core.establishments import Unit
from abm.core.records import records, side_by_side, with_room, zeros
from abm.core.rng import Stream, uniforms
from abm.core.state import (
    AGE_MONTHS,
    MONTHS_A_CALL,
    N_CLASSES,
    Employers,
    Households,
    Residents,
    hazard_class,
    kind_of_job_held,
)
from abm.parameters import Parameters
from abm.population.population import Population
from abm.schema import INDUSTRY, N_SECTORS

Array = NDArray[np.float64]

SPARE_ROWS = 0.2
"""Room for births and newcomers beyond the initial residents; rows of those who left are used again."""


# The records of the last populations are kept: worlds follow one another, those of two replicates side by side, and
# a copy in one piece takes a third of what it takes column by column (measured).


@lru_cache(maxsize=2)
def _resident_records(population: Population) -> NDArray[Any]:
    pop = population
    kind = kind_of_job_held.py_func(pop.work_mode, pop.job_since, 0)
    classes = hazard_class.py_func(pop.status.astype(int), kind, pop.sex.astype(int), pop.partner >= 0)
    beside: dict[str, NDArray[Any]] = {
        "household": pop.household,
        "partner": pop.partner,
        "next": pop.next_member,
        "wage": pop.wage,
        "birth": pop.birth_month,
        # before the first month, so that whoever moves or is hired in it is told apart
        "address": np.minimum(pop.address_since, -1),
        "job": np.minimum(pop.job_since, -1),
        "mun": pop.mun,
        "sex": pop.sex,
        "status": pop.status,
        "skill": pop.skill,
        "sector": pop.sector,
        "mode": pop.work_mode,
        "origin": pop.origin,
        "cls": np.where(pop.status == 0, 0, classes).astype(np.uint8),
    }
    block = records(pop.uid.size, {name: values.dtype for name, values in beside.items()})
    for name, values in beside.items():
        block[name] = values
    return block


@lru_cache(maxsize=2)
def _household_records(population: Population) -> NDArray[Any]:
    n = population.household_head.size
    block = records(n, {"head": np.int32, "size": np.int32, "tenure": np.uint8})
    block["head"] = population.household_head
    block["size"] = np.bincount(population.household, minlength=n)
    block["tenure"] = population.household_tenure
    return block


def _with_spare(n: int) -> int:
    return int(n * (1.0 + SPARE_ROWS)) + 4096


def initial_residents(population: Population) -> Residents:
    """State arrays with room for births and newcomers."""
    pop = population
    n = pop.uid.size
    rows = _with_spare(n)
    apart: dict[str, NDArray[Any]] = {"uid": pop.uid, "employer": pop.employer, "contact": pop.contact}
    return Residents(
        **side_by_side(with_room(_resident_records(pop), rows)),
        **{name: with_room(values, rows) for name, values in apart.items()},
        draws=zeros((MONTHS_A_CALL, rows), np.uint32),
        limit=zeros(rows, np.uint32),
        limits=np.zeros((N_CLASSES, AGE_MONTHS), np.uint32),
        free=np.zeros(rows, np.int32),
        meta=np.array([n, 0, 0], np.int64),
    )


def initial_households(population: Population) -> Households:
    """Household arrays with room for those that form."""
    n = population.household_head.size
    rows = _with_spare(n)
    columns = side_by_side(with_room(_household_records(population), rows))
    return Households(**columns, free=np.zeros(rows, np.int32), meta=np.array([n, 0], np.int64))


def initial_employers(
    population: Population, units: list[Unit], n_mun: int, parameters: Parameters, key: NDArray[np.uint64]
) -> tuple[Employers, NDArray[np.int32]]:
    """Employers sorted by cell, with those of the scenario; and the new row of each employer.

    An employer has jobs to fill from the start, so that what is filled stays as the statistics have it:

        base = jobs * (1 + open_jobs), in industry jobs * (1 + open_jobs * industry_shortage)
    """
    pop = population
    mun = np.concatenate([pop.employer_mun, np.array([u.municipality for u in units], np.uint8)])
    sector = np.concatenate([pop.employer_sector, np.array([u.sector for u in units], np.uint8)])
    n = pop.employer_mun.size
    number = np.concatenate([np.full(n, -1), [u.number for u in units]]).astype(np.int32)
    jobs = np.concatenate([pop.employer_jobs, np.zeros(len(units), np.int32)])
    boundary = np.concatenate([pop.employer_boundary, np.zeros(len(units), np.int32)])
    cell = mun.astype(np.int64) * N_SECTORS + sector
    order = np.argsort(cell, kind="stable")
    row_of = np.empty(order.size, np.int32)
    row_of[order] = np.arange(order.size, dtype=np.int32)
    # the identity of an ordinary employer is its row in the population, the same in every scenario
    number_of = np.where(order < n, order, 10**6 + order).astype(np.uint64)
    rounding = uniforms(number_of, 0, int(Stream.EMPLOYER), 0, key)
    start = np.searchsorted(cell[order], np.arange(n_mun * N_SECTORS + 1)).astype(np.int32)
    filled = (jobs - boundary)[order].astype(np.int32)
    share_open = np.full(N_SECTORS, parameters["open_jobs"])
    share_open[list(INDUSTRY)] *= parameters["industry_shortage"]
    employers = Employers(
        mun=mun[order],
        sector=sector[order],
        filled=filled,
        boundary=boundary[order].astype(np.int32),
        base=jobs[order] * (1.0 + share_open[sector[order]]),
        shift=np.zeros(order.size),
        contract=np.zeros(order.size),
        rounding=np.where(number[order] < 0, rounding, 0.0),
        desired=jobs[order].astype(np.int32),
        vacancies=np.zeros(order.size, np.int32),
        layoff=np.zeros(order.size, np.uint32),
        unit=number[order],
        imposed=np.concatenate([np.zeros(n, bool), [u.imposed for u in units]]).astype(bool)[order],
        premium=np.concatenate([np.zeros(n), [u.event.wage_premium for u in units]]).astype(float)[order],
        remote=np.concatenate([np.zeros(n), [u.event.remote_share for u in units]]).astype(float)[order],
        staff=np.zeros((max(len(units), 1), n_mun + 2), np.int64),
        moved_in=np.zeros((max(len(units), 1), n_mun + 2), np.int64),
        cell_start=start,
    )
    return employers, row_of
