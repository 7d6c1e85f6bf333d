"""One world: a region, its population and a scenario, month by month.

`World.step` is the month: a fixed list of named phases over compiled kernels.
"""

from __future__ import annotations

import time
import zlib
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.core.demand import Demand
from abm.core.establishments import Unit, bidders, jobs_ordered, units_of
from abm.core.happenings import happen
from abm.core.initial import initial_employers, initial_households, initial_residents
from abm.core.recruiting import recruit
from abm.core.rng import BLOCK, WORDS, Stream, draw4, lottery, make_key, uniforms
from abm.core.seekers import gather, room_for, scratch, seekers_of
from abm.core.start import start_of
from abm.core.state import DRAWS, EMPLOYED, EMPLOYER_CODES, OUTSIDE, KernelParameters, Market, Tables
from abm.core.tables import first_bits
from abm.core.tables.labour import LEAST_JOBLESS
from abm.core.travel import start_travel
from abm.errors import OmlandError
from abm.language import say
from abm.parameters import Parameters
from abm.phases.adjust import revise_wages
from abm.phases.employers import count_contracts, count_vacancies, order, plan_dismissals, plan_jobs
from abm.phases.family import deaths, family_events, pair_singles
from abm.phases.hazards import hazard_pass, layoff_first_bits
from abm.phases.in_commuters import in_commuters
from abm.phases.labour import labour_events
from abm.phases.moves import background_moves, job_moves, may_move
from abm.phases.newcomers import arrivals, fill_from_outside, persons_per_arrival
from abm.phases.partners import look_from_there, partners_who_look
from abm.phases.prospects import update_prospects
from abm.phases.search import (
    AT_LEAST_OPEN,
    BOUNDARY_OPEN,
    apply_round,
    looks,
    match_round,
    open_chance,
    ranked,
    sight_tables,
)
from abm.population.checks import work_zone
from abm.population.population import Population
from abm.population.ties import DAILY_MINUTES, choose_work_mode
from abm.region.region import Region
from abm.scenario import Scenario
from abm.schema import MONTHS_PER_YEAR, N_SECTORS

if TYPE_CHECKING:
    import networkx as nx

Array = NDArray[np.float64]

ROUNDS = 3
"""Rounds of search and matching in a month."""
HELP = 1 << 16
"""Draw of the stream of search that says which partners are helped; those of the rounds come before."""
FREE_DWELLINGS = 0.02
"""Share of dwellings that are free in a market in balance; below it more is built. Assumption 0.01-0.03."""
PHASES = (
    "events",
    "demography",
    "demand",
    "employers",
    "search_and_matching",
    "moves",
    "adjustment",
    "observation",
)


class World:
    """State and behaviour of one world.

    Args:
        region: the region.
        population: its synthetic population; not changed.
        scenario: scenario, resolved against the region.
        parameters: parameter values.
        seed: experiment seed.
        replicate: number of the replicate.
        pool: threads for the pass over all residents; results do not depend on it.
        threads: number of parts that pass is cut into.
    """

    def __init__(
        self,
        region: Region,
        population: Population,
        scenario: Scenario,
        parameters: Parameters,
        *,
        seed: int,
        replicate: int = 0,
        pool: Executor | None = None,
        threads: int = 1,
    ) -> None:
        self.region = region
        self.scenario = scenario.resolve(region)
        self.parameters = parameters
        self.p = KernelParameters(**parameters)
        self.seed, self.replicate = seed, replicate
        self.key = make_key(seed, replicate)
        self.weight = float(population.weight)
        self.month = 0
        self.pool, self.threads = pool, max(1, threads)
        self.phase_seconds = dict.fromkeys(PHASES, 0.0)
        self.turned_away = 0
        m, z = region.n_municipalities, region.n_zones
        self.n_mun, self.n_zone = m, z
        self.units = units_of(self.scenario, region)
        self.residents = initial_residents(population)
        self.households = initial_households(population)
        self.employers, order = initial_employers(population, self.units, m, parameters, self.key)
        self._employer_row = order
        self._luck: Array | None = None  # made when an establishment first asks for bids
        held = self.residents.employer
        working = held >= 0
        held[working] = order[held[working]]
        for u in self.units:
            u.employer = int(np.flatnonzero(self.employers.unit == u.number)[0])
        self.ordinary_minutes: Array = np.minimum(region.car_minutes, region.transit_minutes)
        if parameters["daily_limit"] != DAILY_MINUTES:
            work = work_zone(population, m)
            modes = choose_work_mode(population.mun, work, region, parameters["daily_limit"])
            self.residents.mode[: modes.size] = modes
        self.time_factor, self.cost_factor = np.ones((z, z)), np.ones((z, z))
        self.network: nx.MultiGraph | None = None  # the region's own until a link opens
        self.travel = start_travel(self)
        self.market = Market(
            wage_index=np.ones((m, N_SECTORS)),
            price=np.ones(z),
            open=np.zeros((m, N_SECTORS), np.int64),
            search_time=np.ones((z, N_SECTORS + 1)),
        )
        start = start_of(self, population)
        self.tables: Tables = start.tables
        self.near = start.near
        self.residents.limits[:] = first_bits(self.tables.bound)
        self.counts = start.counts.copy()
        self.demand = Demand.at_start(region, parameters, self.counts, self.weight)
        self.index = np.ones((m, N_SECTORS))
        self.exogenous = np.zeros((m, N_SECTORS))
        self.contracts = np.zeros((m, N_SECTORS))
        self.vacancies = np.zeros((m, N_SECTORS), np.int64)
        self.revised = np.ones((m, N_SECTORS))
        self.vacancy_norm = np.full((m, N_SECTORS), 0.01)
        self.home_vacancy = self._dwelling_vacancy()
        self.age_cdf = np.cumsum(region.in_migrant_age, axis=-1)
        persons = persons_per_arrival(self.age_cdf)
        self.arrival_rate = region.migration[m:, :m] / (12.0 * persons * self.weight)
        self.dwellings_owed = np.zeros(m)
        rows = self.residents.uid.size
        self._lists = np.empty((5, rows), np.int32)
        self._words = np.empty((5, rows), np.uint64)
        self._whom = np.empty((self.threads, BLOCK), np.uint64)
        self._fine = np.empty((self.threads, 4, BLOCK), np.uint32)
        self._below = np.empty((self.threads, DRAWS * BLOCK), np.uint8)
        self._mark = np.empty((self.threads, BLOCK), np.uint8)
        self._pending = np.empty((self.threads, BLOCK), np.int32)
        self._layoff_bits = np.zeros(EMPLOYER_CODES + self.employers.mun.size, np.uint16)
        self._singles = np.empty(rows // 8 + 64, np.int32)
        self._set_sight()
        self.prospects = np.zeros((m, N_SECTORS + 1))
        self.moved_for_a_job: list[NDArray[np.int32]] = []
        self._jobs_per_adult_start = self._jobs_per_adult()
        self._in_commuters_start = self.counts.commuters[m:, :m].sum(axis=0).astype(np.float64)
        self.initial_population = self.counts.status[:, 1:].sum(axis=1) * self.weight

    # --- set-up ------------------------------------------------------------------------------

    def _set_sight(self) -> None:
        """Where searchers look, from where jobs usually open; see `abm.phases.search`."""
        region, m = self.region, self.n_mun
        self._usual_open = np.maximum(region.jobs * (BOUNDARY_OPEN / self.weight), AT_LEAST_OPEN)
        national = region.national_jobs / region.national_jobs.sum()
        boundary = self.p.boundary_commuting * BOUNDARY_OPEN / self.weight * national
        cells = (m + 1) * N_SECTORS
        sight = np.empty((m, N_SECTORS + 1, cells), np.uint64)
        sight_tables(self._usual_open, self.near, self.tables.related, boundary, sight)
        self._sight = sight.reshape(-1)
        self._chance = np.empty(cells, np.uint32)
        self._seekers = seekers_of(0)
        self._looks = looks()
        self._scratch = scratch()

    def _jobs_per_adult(self) -> Array:
        """Filled jobs per resident of working age (employed, unemployed or outside the labour force), float64[M]."""
        c = self.counts
        adults = c.status[:, EMPLOYED : OUTSIDE + 1].sum(axis=1)
        return np.maximum(c.filled.sum(axis=1), 1) / np.maximum(adults, 1)

    def _tightness(self) -> Array:
        """Filled jobs per resident of working age relative to the start, float64[M]."""
        return np.asarray(self._jobs_per_adult() / self._jobs_per_adult_start)

    def _dwelling_vacancy(self) -> Array:
        c = self.counts
        return np.asarray((c.dwellings - c.households) / np.maximum(c.dwellings, 1))

    # --- the month ---------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one month."""
        clock = time.perf_counter
        for name, phase in (
            ("events", self._events),
            ("demography", self._demography),
            ("demand", self._demand),
            ("employers", self._employers_plan),
            ("search_and_matching", self._search),
            ("moves", self._moves),
            ("adjustment", self._adjust),
        ):
            start = clock()
            phase()
            self.phase_seconds[name] += clock() - start
        self.month += 1

    def _events(self) -> None:
        """Phase 1: lay-offs and closures, links, dwellings, support."""
        happen(self)

    def _demography(self) -> None:
        """Phase 2: who may do anything this month; deaths, births, couples, leaving home."""
        r, h, e, c, t = self.residents, self.households, self.employers, self.counts, self.tables
        plan_dismissals(e, self._unit_jobs(), self.weight)
        self._hazards()
        deaths(r, h, e, c, t, *self._list(0), self.month)
        n, full = family_events(
            r, h, c, t, *self._by_lot(*self._list(1)), self.month, self.key, self._singles
        )
        if full:
            raise OmlandError(say("the world is full: more residents than the arrays have room for"))
        pair_singles(r, h, c, t, self._singles[:n], self.month, self.key)

    def _hazards(self) -> None:
        """The pass over all residents, in one or more parts; the lists do not depend on the parts."""
        r = self.residents
        aware = self.p.awareness * max((u.event.visibility for u in self._hiring()), default=0.0)
        self._aware_from = np.uint64(WORDS * (1.0 - min(aware, 0.5)))
        used = int(r.meta[0])
        edges = np.linspace(0, used, self.threads + 1).astype(np.int64)
        counts = np.zeros((self.threads, 5), np.int64)
        layoff_first_bits(self.employers.layoff, self._layoff_bits)

        def part(k: int) -> None:
            hazard_pass(
                r, self.employers.layoff, self._layoff_bits, self.tables, self.month, self.key, self._aware_from,
                edges[k], edges[k + 1], self._whom[k], self._fine[k], self._below[k], self._mark[k], self._pending[k],
                self._lists, self._words, counts[k],
            )  # fmt: skip

        if self.pool is None or self.threads == 1:
            for k in range(self.threads):
                part(k)
        else:
            list(self.pool.map(part, range(self.threads)))
        self._list_sizes = counts.sum(axis=0)
        for i in range(5):
            at = int(counts[0, i])
            for k in range(1, self.threads):
                n = int(counts[k, i])
                self._lists[i, at : at + n] = self._lists[i, edges[k] : edges[k] + n]
                self._words[i, at : at + n] = self._words[i, edges[k] : edges[k] + n]
                at += n

    def _list(self, which: int) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        n = int(self._list_sizes[which])
        return self._lists[which, :n], self._words[which, :n]

    def _by_lot(
        self, rows: NDArray[np.int32], words: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """A list in the order in which its residents get free dwellings."""
        by_lot = lottery(self.residents.uid[rows], words)
        return rows[by_lot], words[by_lot]

    def _unit_jobs(self) -> Array:
        """Jobs that the establishments plan for this month, in simulated ones; never empty."""
        return np.array([u.jobs[self.month] / self.weight for u in self.units] + [0.0])

    def _hiring(self) -> list[Unit]:
        """Units that have or plan jobs this month."""
        return [u for u in self.units if u.jobs[self.month] > 0]

    def _demand(self) -> None:
        """Phase 3: production, orders, consumption and public services ask for jobs."""
        e = self.employers
        e.contract[:] = 0.0
        for u in self._hiring():
            if self.month % 12 == 0 or u.bid_weight.size == 0:
                ordinary = np.where(e.unit < 0, e.base + e.shift, 0.0)
                if not np.array_equal(ordinary, u.bid_jobs):
                    luck = self._employer_luck()
                    u.bid_weight = bidders(
                        u, self.region, self.parameters, e.mun, e.sector, ordinary * self.weight, luck
                    )
                    u.bid_jobs = ordinary
            order(e, u.bid_weight, jobs_ordered(u, self.region, self.parameters, self.month), self.weight)
        count_contracts(e, self.weight, self.contracts)
        self.index = self.demand.step(self.counts, self.month, self.exogenous, self.contracts)

    def _employer_luck(self) -> Array:
        """Fixed luck of each employer in bidding, uniform."""
        if self._luck is None:
            # keyed by the row in the population, the same whatever establishments a scenario adds
            luck = uniforms(
                np.arange(self._employer_row.size, dtype=np.uint64), 0, int(Stream.EMPLOYER), 1, self.key
            )
            self._luck = np.empty_like(luck)
            self._luck[self._employer_row] = luck
        return self._luck

    def _employers_plan(self) -> None:
        """Phase 4: separations; employers plan jobs and open vacancies."""
        r, e, c, t = self.residents, self.employers, self.counts, self.tables
        labour_force = np.maximum(c.status[:, 2] + c.status[:, 3], 1)
        jobless = np.maximum(c.status[:, 3] / labour_force, LEAST_JOBLESS)
        start = np.maximum(t.unemployment_start, LEAST_JOBLESS)
        entry = np.clip((start / jobless) ** self.p.participation_elasticity, 0.5, 2.0)
        self._searchers = np.empty(int(self._list_sizes[2]) + 1, np.int32)
        n = labour_events(
            r, e, c, t, self.p, self.travel, *self._list(2), self.month, self.key, entry, self._searchers
        )
        self._searchers = self._searchers[:n]
        plan_jobs(e, self.index, self._unit_jobs(), self.market.open)

    def _search(self) -> None:
        """Phase 5 and 6: establishments and in-commuters; searchers look, choose, apply and are matched."""
        e, c, p = self.employers, self.counts, self.p
        self.moved_for_a_job = []
        for u in self._in_turn():
            if u.jobs[self.month] > 0 or e.boundary[u.employer] > 0:
                recruit(self, u)
        wanted = self._in_commuters_start * self._tightness() ** p.in_commuting_elasticity
        in_commuters(e, c, p, wanted, self.market.open, self.month, self.key)
        open_chance(self.market.open, self._usual_open, self._chance)
        update_prospects(
            self._chance,
            self._usual_open,
            self.near,
            self.tables.related,
            self.prospects,
            self.market.search_time,
        )
        self._job_moves = np.empty((2, self._searchers.size * ROUNDS + 1), np.int32)
        self._n_moves = 0
        self._gather(self._searchers)
        for rnd in range(ROUNDS):
            self._search_round(rnd, self._searchers.size)
        self._partners_search()

    def _gather(self, rows: NDArray[np.int32]) -> None:
        """Make residents the seekers of what comes."""
        self._seekers = room_for(self._seekers, rows.size)
        gather(
            self._seekers, self.residents, self.households, self.employers, self.tables, self.travel, self.market,
            self.p, rows, True, self._scratch, self.month, self.key,
        )  # fmt: skip

    def _in_turn(self) -> list[Unit]:
        """Units in the order in which they recruit: establishments by the month's luck, builders after operation."""
        luck = {
            u.event.name: draw4(zlib.crc32(u.event.name.encode()), self.month, int(Stream.TURN), 0, self.key)[
                0
            ]
            for u in self.units
        }
        return sorted(self.units, key=lambda u: (luck[u.event.name], u.number))

    def _search_round(self, rnd: int, n_seekers: int) -> None:
        """One round in which the seekers look, choose, apply and are matched."""
        r, e, c, q = self.residents, self.employers, self.counts, self._seekers
        open_chance(self.market.open, self._usual_open, self._chance)
        app = np.empty((n_seekers, 5), np.int64)
        n = apply_round(
            q, n_seekers, r, self.households, e, c, self.tables, self.travel, self.market, self.p, self._sight,
            self._chance, self.month, self.key, rnd, self._looks, app,
        )  # fmt: skip
        by_rank = ranked(app[:n], q.uid, self.market.open.size)
        self._n_moves = match_round(
            q, r, e, c, app, by_rank, self.market.open, self.month, self._job_moves, self._n_moves
        )  # fmt: skip

    def _partners_search(self) -> None:
        """Partners of those who move for a job look from there, in as many rounds as others and after them.

        Those who are helped there, a share as large as the help is strong, look in as many rounds again.
        """
        r, e = self.residents, self.employers
        moves = np.hstack([*self.moved_for_a_job, self._job_moves[:, : self._n_moves]])
        partners = np.empty_like(moves)
        n = partners_who_look(r, e, self.counts, self.travel, self.p, moves, partners)
        if n == 0:
            return
        self._gather(partners[0, :n])
        look_from_there(self._seekers, n, r, e, self.tables, self.p, partners[1])
        for rnd in range(ROUNDS, 2 * ROUNDS):
            self._search_round(rnd, n)
        strength = self.travel.partner_help[partners[1, :n]]
        if not strength.any():
            return
        alone = uniforms(self._seekers.uid[:n], self.month, int(Stream.SEARCH), HELP, self.key) >= strength
        self._seekers.row[:n][alone] = -1
        for rnd in range(2 * ROUNDS, 3 * ROUNDS):
            self._search_round(rnd, n)

    def _moves(self) -> None:
        """Phase 7: moves for jobs and for other reasons, arrivals, dwellings completed."""
        r, h, e, c, t, p = self.residents, self.households, self.employers, self.counts, self.tables, self.p
        moves = self._job_moves[:, : self._n_moves]
        by_lot = lottery(r.uid[moves[0]], np.full(self._n_moves, self.month, np.uint64))
        job_moves(r, h, e, c, t, self.travel, p, moves[:, by_lot], self._n_moves, self.month)
        rows, words = self._list(3)
        n = may_move(r, t, p, rows, words, self.month, rows, words)
        rows, words = self._by_lot(rows[:n], words[:n])
        background_moves(r, h, e, c, t, self.travel, self.market, p, rows, words, self.month, self.key)
        year = min(self.month // MONTHS_PER_YEAR, self.region.immigration.shape[0] - 1)
        rate = self.arrival_rate.copy()
        rate[0] *= self._tightness() ** p.in_migration_elasticity
        rate[1] *= self.region.immigration[year]
        self.turned_away += arrivals(r, h, c, t, rate, self.age_cdf, self.month, self.key)
        fill_from_outside(r, h, e, c, t, self.market, p, self.age_cdf[0], self.month, self.key)
        # scheduled dwellings, more where prices are high, and what a shortage of free dwellings calls for
        price = self.market.price[: self.n_mun]
        missing = np.maximum(FREE_DWELLINGS * c.dwellings - (c.dwellings - c.households), 0.0)
        scheduled = self.region.dwellings_built / self.weight * price
        self.dwellings_owed += (scheduled + p.building_response * missing) / 12.0
        done = np.floor(self.dwellings_owed)
        c.dwellings[:] += done.astype(np.int64)
        self.dwellings_owed -= done

    def _adjust(self) -> None:
        """Phase 8: wages follow open posts and unemployment, prices of dwellings follow scarcity."""
        p, c, e = self.p, self.counts, self.employers
        count_vacancies(e, self.vacancies)
        rate = self.vacancies / np.maximum(c.filled + self.vacancies, 1)
        if self.month < 12:
            self.vacancy_norm += (rate - self.vacancy_norm) * 0.2
        labour_force = np.maximum(c.status[:, 2] + c.status[:, 3], 1)
        jobless = np.maximum(c.status[:, 3] / labour_force, LEAST_JOBLESS)
        curve = p.wage_curve * np.log(jobless / np.maximum(self.tables.unemployment_start, LEAST_JOBLESS))
        w = self.market.wage_index
        w *= np.exp(
            (p.wage_response * (rate - self.vacancy_norm) + 0.5 * (curve[:, None] - np.log(w))) / 12.0
        )
        if self.month % 12 == 11:
            revise_wages(self.residents, e, c, self.tables, w / self.revised, self.month, self.key)
            self.revised = np.array(w)
        vacant = self._dwelling_vacancy()
        price = self.market.price[: self.n_mun]
        price *= np.exp(p.price_response * (self.home_vacancy - vacant) / 12.0)
        np.clip(price, 0.5, 3.0, out=price)
