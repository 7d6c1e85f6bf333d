"""Run one world from the first month to the last."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.core.invariants import check_world
from abm.core.state import ARRIVERS, HIRED_FROM, LEAVERS, REASONS
from abm.core.world import World
from abm.networks import order_jobs
from abm.parameters import Parameters
from abm.population.population import Population
from abm.region.region import Region
from abm.results import CHANNELS, QUANTITIES, WorldResult
from abm.scenario import Scenario


class Recorder:
    """Collects the monthly series of a world, weighted to official size."""

    def __init__(self, world: World, n_months: int) -> None:
        m, z, s = world.n_mun, world.n_zone, world.market.open.shape[1]
        shapes = {"M": (m,), "MS": (m, s), "ZZ": (z, z)}
        whole = float(world.weight).is_integer()
        self._float = {"house_price", *(f"jobs_from_{channel}" for channel in CHANNELS)}
        self.series: dict[str, NDArray[Any]] = {
            q.name: np.zeros(
                (n_months, *shapes[q.shape]), np.float64 if q.name in self._float or not whole else np.int64
            )
            for q in QUANTITIES
        }

    def record(self, world: World) -> None:
        """Phase 9: write down the month that `step` has just ended."""
        t = world.month - 1
        c, e, m, w = world.counts, world.employers, world.n_mun, world.weight
        off_diagonal = c.commuters.copy()
        np.fill_diagonal(off_diagonal, 0)
        direct = np.zeros(m)
        building = np.zeros(m)
        for u in world.units:
            jobs = e.filled[u.employer] + e.boundary[u.employer]
            direct[u.municipality] += jobs
            if u.builders:
                building[u.municipality] += jobs
        counts = {
            "population": c.status[:, 1:].sum(axis=1),
            "births": c.births,
            "deaths": c.deaths,
            "in_migrants": c.movers[:, :m].sum(axis=0),
            "out_migrants": c.movers[:m].sum(axis=1),
            "households": c.households,
            "employed_residents": c.status[:, 2],
            "unemployed": c.status[:, 3],
            "in_commuters": off_diagonal[:, :m].sum(axis=0),
            "out_commuters": off_diagonal[:m].sum(axis=1),
            "dwellings": c.dwellings,
            "vacant_dwellings": c.dwellings - c.households,
            "wage_sum": c.wage_sum,
            "direct_jobs": direct,
            "construction_jobs": building,
            "jobs": c.filled,
            "vacancies": world.vacancies,
            "commuters": c.commuters,
            "movers": c.movers,
            "moving_households": c.moving_households,
            "hires_who_moved": c.hires,
            "persons_with_hires": c.hire_persons,
            "establishment_commuters": c.establishment,
        }
        counts |= {f"declined_{reason}": c.declined[:, k] for k, reason in enumerate(REASONS)}
        counts |= {f"hired_from_{status}": c.hired[:, k] for k, status in enumerate(HIRED_FROM)}
        counts |= {f"out_migrants_{group}": c.leavers[:, k] for k, group in enumerate(LEAVERS)}
        counts |= {f"in_migrants_{group}": c.arrivers[:, k] for k, group in enumerate(ARRIVERS)}
        for name, values in counts.items():
            # a product would be of floats, all of them (measured: a third of the phase)
            self.series[name][t] = values if w == 1.0 else values * w
        self.series["house_price"][t] = world.market.price[:m]
        for channel in CHANNELS:
            self.series[f"jobs_from_{channel}"][t] = world.demand.jobs_from[channel]


def simulate(
    region: Region,
    population: Population,
    scenario: Scenario,
    parameters: Parameters,
    *,
    seed: int,
    replicate: int = 0,
    threads: int = 1,
    check: bool = False,
    progress: Callable[[int, int], None] | None = None,
    months: int | None = None,
) -> WorldResult:
    """Simulate one world.

    Args:
        region: the region.
        population: its synthetic population.
        scenario: what happens from outside.
        parameters: behaviour.
        seed: experiment seed.
        replicate: number of the replicate; with the seed it keys every random number.
        threads: threads for the pass over all residents; the result does not depend on it.
        check: check the invariants in every month.
        progress: called with months done and months in all.
        months: simulate only the first so many months of the scenario, all of them unless told; they are the
            same bits as those of the whole.

    Returns:
        The monthly series, the same bits for the same arguments.

    Raises:
        OmlandError: an invariant is broken (with `check`), or a place is unknown.
    """
    started = time.perf_counter()
    pool = ThreadPoolExecutor(threads) if threads > 1 else None
    try:
        world = World(
            region,
            population,
            scenario,
            parameters,
            seed=seed,
            replicate=replicate,
            pool=pool,
            threads=threads,
        )
        set_up = time.perf_counter() - started
        n_months = scenario.n_months if months is None else min(months, scenario.n_months)
        recorder = Recorder(world, n_months)
        for t in range(n_months):
            before = world.counts.status[:, 1:].sum(axis=1)
            world.step()
            clock = time.perf_counter()
            recorder.record(world)
            world.phase_seconds["observation"] += time.perf_counter() - clock
            if check:
                check_world(world, before)
            if progress is not None:
                progress(t + 1, n_months)
    finally:
        if pool is not None:
            pool.shutdown()
    info = {
        "wall_seconds": time.perf_counter() - started,
        "set_up_seconds": set_up,
        "phase_seconds": dict(world.phase_seconds),
        "supplier_constants": {u.name: u.constant for u in world.units},
        "turned_away": int(world.turned_away),
    }
    return WorldResult(
        scenario=scenario.name,
        replicate=replicate,
        seed=seed,
        codes=region.codes,
        series=recorder.series,
        initial_population=world.initial_population,
        info=info,
        orders=order_jobs(world),
    )
