"""Worlds made by hand: a small region, and scenarios with effects that are known."""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np

from abm.accounting import STUDY, Account, account
from abm.results import QUANTITIES, WorldResult
from abm.schema import COUNTIES, N_SECTORS, SECTOR_INDEX, SECTORS

MUNICIPALITIES = {
    "2281": "Sundsvall",
    "2282": "Kramfors",
    "2283": "Sollefteå",
    "2284": "Örnsköldsvik",
    "2380": "Östersund",
    "2480": "Umeå",
    "2482": "Skellefteå",
    "2580": "Luleå",
}
CODES = (*MUNICIPALITIES, "RS", "AB")
M, Z, S = len(MUNICIPALITIES), len(CODES), N_SECTORS
SUNDSVALL, KRAMFORS, SOLLEFTEA, OVIK, _, UMEA, SKELLEFTEA, _, RS, AB = range(Z)
N_MONTHS = 132


def make_region() -> Any:
    county = tuple(code[:2] for code in MUNICIPALITIES)
    region = SimpleNamespace(
        codes=CODES,
        names=(*MUNICIPALITIES.values(), "Rest of Sweden", "Abroad"),
        county=county,
        n_municipalities=M,
        distance_km=np.abs(np.subtract.outer(np.arange(Z), np.arange(Z))) * 100.0,
        content_hash="0" * 64,
        county_name=lambda c: COUNTIES.get(c, c),
        population=np.full((M, 2, 101), 50),
        county_mask=lambda c: np.array([x == c for x in county]),
    )
    region.index = lambda name: _index(region, name)
    return region


def _index(region: Any, name: str) -> int:
    for names in (region.codes, region.names):
        if name in names:
            return int(names.index(name))
    raise KeyError(name)


def baseline(replicate: int = 0, seed: int = 1, months: int = N_MONTHS) -> WorldResult:
    """A world of arbitrary whole numbers, the same for the same seed and replicate."""
    shapes = {"M": (months, M), "MS": (months, M, S), "ZZ": (months, Z, Z)}
    rng = np.random.default_rng([seed, replicate])
    series = {
        q.name: rng.integers(500, 1000, shapes[q.shape]).astype(np.float64 if q.name == "wage_sum" else int)
        for q in QUANTITIES
    }
    for name in ("direct_jobs", "construction_jobs", "hires_who_moved", "persons_with_hires"):
        series[name][:] = 0
    orders = rng.uniform(0.0, 20.0, (M + 1, M))
    orders[M] = 0.0
    return WorldResult("baseline", replicate, seed, CODES, series, np.full(M, 700.0), orders=orders)


def copy_as(scenario: str, world: WorldResult) -> WorldResult:
    """The same world under another name, with float series of its own."""
    series = {name: np.array(values, dtype=float) for name, values in world.series.items()}
    orders = None if world.orders is None else world.orders.copy()
    return WorldResult(
        scenario, world.replicate, world.seed, CODES, series, world.initial_population, orders=orders
    )


BRANCH_SECTORS = {"manufacturing": "CO", "trade": "G", "business_services": "MN", "public_services": "Q"}
VB_SHARES = {
    "trade": 0.24,
    "business_services": 0.30,
    "manufacturing": 0.015,
    "transport": 0.04,
    "hotels_restaurants": 0.03,
    "construction": 0.03,
    "agriculture": 0.01,
}


VN_SHARES = {"manufacturing": 0.45, "business_services": 0.35, "trade": 0.20}


def sector_of(branch: str) -> int:
    if branch in BRANCH_SECTORS:
        return SECTOR_INDEX[BRANCH_SECTORS[branch]]
    return next(i for i, s in enumerate(SECTORS) if s.branch == branch)


def study_world(base: WorldResult, scenario: str, acc: Account | None = None) -> WorldResult:
    """A world whose effects are those of the study's arithmetic, ramping up to January 2027."""
    acc = acc or account(STUDY[scenario])
    world = copy_as(scenario, base)
    s = world.series
    ramp = np.minimum(1.0, np.arange(1, world.n_months + 1) / 85.0)
    s["direct_jobs"][:, SKELLEFTEA] += ramp * acc.direct_jobs
    building = 100.0 * (ramp < 1)
    s["direct_jobs"][:, SKELLEFTEA] += building
    s["construction_jobs"][:, SKELLEFTEA] += building
    s["jobs"][:, SKELLEFTEA, SECTOR_INDEX["CO"]] += ramp * acc.direct_jobs
    s["jobs"][:, SKELLEFTEA, SECTOR_INDEX["F"]] += building

    def demand(channel: str, mun: int, sector: int, jobs: float) -> None:
        s[f"jobs_from_{channel}"][:, mun, sector] += ramp * jobs
        s["jobs"][:, mun, sector] += ramp * jobs
        if channel == "orders" and world.orders is not None:
            world.orders[M, mun] += 0.75 * jobs  # of the factory, and what its suppliers buy
            world.orders[UMEA, mun] += 0.25 * jobs

    for branch, share in VN_SHARES.items():
        demand("orders", SUNDSVALL, sector_of(branch), share * acc.indirect_jobs_vn)
    demand("consumption", OVIK, sector_of("trade"), -0.5 * acc.jobs_lost_with_residents_vn)
    demand("public", OVIK, sector_of("public_services"), -0.5 * acc.jobs_lost_with_residents_vn)
    vb = acc.indirect_jobs - acc.indirect_jobs_vn
    for branch, share in VB_SHARES.items():
        demand("orders", UMEA, sector_of(branch), share * vb)
    rest = 1.0 - sum(VB_SHARES.values())
    if scenario == "outcommuting":  # fewer movers: less public services, more trade
        demand("consumption", SKELLEFTEA, sector_of("trade"), 0.04 * vb)
        rest -= 0.04
    demand("public", SKELLEFTEA, sector_of("public_services"), rest * vb)

    step = np.diff(ramp, prepend=0.0)
    s["hires_who_moved"][:, OVIK, SKELLEFTEA] += step * acc.movers_from_vn
    s["persons_with_hires"][:, OVIK, SKELLEFTEA] += step * 1.3 * acc.movers_from_vn
    s["movers"][:, OVIK, SKELLEFTEA] += step * 0.9 * acc.residents_lost_vn
    s["movers"][:, OVIK, RS] += step * 0.1 * acc.residents_lost_vn
    s["movers"][:, AB, UMEA] += step * 50.0
    s["population"][:, OVIK] += ramp * acc.population_change_vn
    s["population"][:, SKELLEFTEA] += ramp * 0.9 * acc.residents_lost_vn
    s["population"][:, UMEA] += ramp * 50.0
    s["deaths"][:, UMEA] += step * 3.0
    s["population"][:, UMEA] -= ramp * 3.0
    s["commuters"][:, OVIK, SKELLEFTEA] += ramp * 0.92 * acc.out_commuting_change
    s["commuters"][:, KRAMFORS, UMEA] += ramp * 0.05 * acc.out_commuting_change
    s["commuters"][:, SUNDSVALL, UMEA] += ramp * 0.03 * acc.out_commuting_change
    s["employed_residents"][:, OVIK] += ramp * acc.employed_residents_change_vn
    if scenario == "outcommuting":
        s["vacancies"][:, SUNDSVALL, SECTOR_INDEX["CP"]] += 100.0 * ramp
    return world


def study_replicate(replicate: int = 0, seed: int = 1) -> dict[str, WorldResult]:
    base = baseline(replicate, seed)
    return {"baseline": base, **{name: study_world(base, name) for name in STUDY}}


def fake_simulate(
    region: Any,
    population: Any,
    scenario: Any,
    parameters: Any,
    *,
    seed: int,
    replicate: int,
    threads: int = 1,
    check: bool = False,
    progress: Any = None,
) -> WorldResult:
    """Stands in for the model: the study's arithmetic plus a little luck of the world's own."""
    world = copy_as(scenario.name, baseline(replicate, seed))
    if scenario.name != "baseline":
        world = study_world(world, scenario.name)
        luck = np.random.default_rng([seed, replicate, zlib.crc32(scenario.name.encode())]).normal()
        world.series["population"][:, OVIK] += np.round(luck)
    return world
