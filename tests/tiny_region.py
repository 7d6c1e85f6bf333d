"""A small region that is consistent with itself, for tests of everything built on a region.

It borrows names, codes and places of real municipalities, so that a scenario can
speak of Skellefteå, but every figure is made up.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse.csgraph import floyd_warshall

from abm.region.region import SIZE_CLASSES, Region
from abm.schema import COUNTIES, HOUSEHOLD_TYPES, MAX_AGE, N_SECTORS, N_SKILLS, N_TENURES, SECTOR_INDEX

# Code, name, latitude, longitude, relative size; the first n of them make up the region.
_PLACES = (
    ("2482", "Skellefteå", 64.75, 20.95, 1.2),
    ("2284", "Örnsköldsvik", 63.29, 18.72, 1.0),
    ("2480", "Umeå", 63.83, 20.26, 1.8),
    ("2281", "Sundsvall", 62.39, 17.31, 1.4),
    ("2580", "Luleå", 65.58, 22.15, 1.2),
    ("2380", "Östersund", 63.18, 14.64, 1.1),
    ("2283", "Sollefteå", 63.17, 17.27, 0.5),
    ("2282", "Kramfors", 62.93, 17.78, 0.5),
)
_BOUNDARY = (("RS", "Rest of Sweden", 59.33, 18.06), ("AB", "Abroad", 60.17, 24.94))
_AGES = np.arange(MAX_AGE + 1)
_JOB_SHARES = dict(
    A=2, B=1.5, CP=7, CO=7, DE=2, F=8, G=10, H=5, I=3.5, J=3, K=1.5, L=2, MN=9.5, O=6.5, P=11, Q=17, RS=4
)  # fmt: skip
# Share of households of each type.
_TYPE_SHARES = np.array([10.5, 11.5, 16, 7, 4.5, 2, 25, 8, 10, 3.5, 1, 4]) / 103.0
_SIZE_OF_TYPE = np.array(
    [  # share of the households of each type with 1, 2, ... 7 or more persons
        *[[1, 0, 0, 0, 0, 0, 0]] * 4,
        *[[0, 0.55, 0.33, 0.09, 0.03, 0, 0]] * 2,
        [0, 1, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0],
        [0, 0, 0, 0, 0.8, 0.15, 0.05],
        [0, 0, 0.3, 0.35, 0.2, 0.1, 0.05],
        [0, 0.5, 0.35, 0.1, 0.05, 0, 0],
    ]
)
_TENURE_SHARES = np.array(
    [[45, 22, 28, 5]] * 4 + [[50, 20, 28, 2]] * 2 + [[12, 12, 75, 1]] * 4 + [[40, 15, 40, 5]] * 2
)


def tiny_region(n_municipalities: int = 4, residents: int = 4000, seed: int = 0) -> Region:
    """Make a region of up to eight municipalities.

    Args:
        n_municipalities: 2 to 8; Skellefteå and Örnsköldsvik are always among them.
        residents: residents of the whole region.
        seed: of the random population cells and flows.

    Returns:
        A region whose tables agree: commuting adds up to employed residents and jobs, persons by
        household size add up to the population, there is a dwelling for every household.
    """
    rng = np.random.default_rng([20, n_municipalities, residents, seed])
    places = sorted(_PLACES[:n_municipalities])
    M, Z, A = n_municipalities, n_municipalities + 2, MAX_AGE + 1
    codes = (*(p[0] for p in places), "RS", "AB")
    names = (*(p[1] for p in places), "Rest of Sweden", "Abroad")
    county = tuple(code[:2] for code in codes[:M])
    assert set(county) <= set(COUNTIES)

    # Residents.
    pyramid = 1.0 / (1.0 + np.exp((_AGES - 82) / 6.0)) * (1 + 0.25 * np.exp(-(((_AGES - 27) / 7.0) ** 2)))
    size = np.array([p[4] for p in places])
    cells = np.stack([np.stack([pyramid * 1.02, pyramid]) * s for s in size])
    population = rng.multinomial(residents, (cells / cells.sum()).ravel()).reshape(cells.shape)

    # Households and dwellings.
    persons = population.sum((1, 2))
    mean_size = _TYPE_SHARES @ (_SIZE_OF_TYPE @ np.arange(1, 8))
    type_tenure = _TYPE_SHARES[:, None] * _TENURE_SHARES / _TENURE_SHARES.sum(1, keepdims=True)
    households = np.stack([_round(type_tenure * (p / mean_size)) for p in persons])
    by_size = (households.sum(2) @ _SIZE_OF_TYPE) * np.arange(1, 8)
    persons_by_size = np.stack(
        [_round(row / row.sum() * p, p) for row, p in zip(by_size, persons, strict=True)]
    )
    dwellings = np.ceil(households.sum(1) * 1.03).astype(np.int64) + 1

    # Education and work.
    education = np.zeros((M, 2, A, N_SKILLS))
    tertiary = np.clip(np.interp(_AGES, [18, 22, 30, 45, 65, 90], [0, 0.1, 0.42, 0.42, 0.3, 0.12]), 0, 1)
    compulsory = np.interp(_AGES, [16, 19, 22, 40, 65, 90], [1, 0.8, 0.14, 0.09, 0.2, 0.55])
    for sex, shift in ((0, 0.12), (1, -0.1)):  # uneven, so that a table of the other sex would show
        high = np.clip(tertiary + shift * (tertiary > 0.06), 0, 0.9)
        education[:, sex] = np.stack([compulsory, 1 - compulsory - high, high], axis=-1)
    education[:, :, :16] = (1.0, 0.0, 0.0)
    rate = np.interp(
        _AGES,
        [15, 16, 20, 27, 50, 60, 64, 65, 70, 75, 80],
        [0, 0.15, 0.6, 0.82, 0.86, 0.78, 0.6, 0.25, 0.12, 0.03, 0],
    )
    rate[:16] = 0.0
    employment_rate = np.broadcast_to(np.stack([rate * 0.98, rate]), (M, 2, A)).copy()
    employed = np.rint((population * employment_rate).sum((1, 2))).astype(np.int64)
    unemployed = np.rint(employed * 0.06).astype(np.int64)
    distance, minutes, transit, network = _travel(places)
    pull = size[None, :] * np.exp(-0.06 * minutes[:M, :M]) * 3 + 2e-3 * size[None, :] / (
        minutes[:M, :M] / 60 + 1
    )
    pull[np.arange(M), np.arange(M)] = size * 1.5
    pull = np.hstack([pull / pull.sum(1, keepdims=True), np.full((M, 1), 0.02), np.full((M, 1), 0.004)])
    commuting = np.zeros((Z, Z), np.int64)
    commuting[:M] = np.stack([_round(row / row.sum() * e, e) for row, e in zip(pull, employed, strict=True)])
    commuting[M, :M] = np.rint(employed * 0.012)
    commuting[M + 1, :M] = np.rint(employed * 0.003)
    job_shares = np.array(list(_JOB_SHARES.values()))
    noise = rng.uniform(0.8, 1.25, (M, N_SECTORS)) * job_shares
    jobs = np.stack(
        [
            _round(row / row.sum() * total, total)
            for row, total in zip(noise, commuting.sum(0)[:M], strict=True)
        ]
    )

    # Moves, births and deaths.
    mass = np.concatenate([persons, [5.0 * residents, residents]])
    migration = persons.mean() * np.outer(mass, mass) / mass[:M].sum() ** 2 / np.maximum(distance, 30) ** 1.1
    migration[M:, M:] = 0.0
    np.fill_diagonal(migration, 0.0)
    out = migration[:M].sum(1)
    migration[:M] *= (0.044 * persons / out)[:, None]
    migration[M:, :M] *= (0.044 * persons * 0.6 / migration[M:, :M].sum(0))[None, :]
    migration_age = np.interp(
        _AGES, [0, 10, 17, 20, 24, 30, 40, 50, 80], [1, 0.5, 0.6, 2.5, 2.8, 1.6, 0.7, 0.4, 0.3]
    )
    migration_age = np.broadcast_to(migration_age / migration_age[16:65].mean(), (M, A)).copy()
    in_migrant_age = np.stack([pyramid * migration_age, pyramid * migration_age])
    in_migrant_age /= in_migrant_age.sum(-1, keepdims=True)
    fertility = 0.13 * np.exp(-(((_AGES - 30.5) / 6.5) ** 2)) * ((_AGES >= 15) & (_AGES <= 49))
    mortality = np.minimum(6e-5 * np.exp(0.092 * _AGES), 0.5)

    # Money, production and public services.
    wages = 27_000 * np.outer(np.linspace(0.95, 1.15, N_SECTORS), [0.95, 1.05, 1.35])
    experience = np.interp(_AGES, [15, 16, 20, 30, 50, 64, 66, 75], [0, 0.05, 0.5, 0.9, 1.15, 1.0, 0.35, 0.1])
    income = np.broadcast_to(330_000 * experience * np.array([[0.88], [1.0]]), (M, 2, A)).copy()
    io_domestic = 0.3 * np.outer(job_shares / job_shares.sum(), rng.uniform(0.7, 1.3, N_SECTORS))
    need = np.zeros((N_SECTORS, A))
    need[SECTOR_INDEX["O"]] = 1.0
    need[SECTOR_INDEX["P"]] = np.where(_AGES < 19, 4.0, 0.2)
    need[SECTOR_INDEX["Q"]] = np.interp(_AGES, [0, 20, 60, 80, 100], [1.0, 0.6, 1.0, 5.0, 10.0])
    bought = [SECTOR_INDEX[c] for c in ("CO", "DE", "G", "H", "I", "J", "K", "L", "MN", "Q", "RS")]
    consumption = np.zeros(N_SECTORS)
    consumption[bought] = 0.6 * job_shares[bought] / job_shares[bought].sum()
    sizes = np.broadcast_to(
        np.array([6, 9, 10, 13, 18, 14, 15, 15]) / 100.0, (N_SECTORS, len(SIZE_CLASSES))
    ).copy()

    now = {"population": persons, "employed_residents": employed, "unemployed": unemployed}
    now |= {"in_migrants": migration.sum(0)[:M], "out_migrants": migration.sum(1)[:M]}
    now |= {"births": (population[:, 0] * fertility).sum(1), "deaths": (population * mortality).sum((1, 2))}
    series = pd.DataFrame(
        [
            (codes[m], year, quantity, float(np.rint(values[m] * (1 + 0.002 * (year - 2019)))), "made up")
            for quantity, values in now.items()
            for year in range(2015, 2021)
            for m in range(M)
        ],
        columns=["code", "year", "quantity", "value", "source"],
    )
    return Region(
        name="tiny",
        path=Path("tiny"),
        content_hash=hashlib.sha256(f"tiny {n_municipalities} {residents} {seed}".encode()).hexdigest(),
        codes=codes,
        names=names,
        county=county,
        latitude=np.array([p[2] for p in places]),
        longitude=np.array([p[3] for p in places]),
        population=population,
        education=education,
        households=households,
        persons_by_household_size=persons_by_size,
        dwellings=dwellings,
        dwellings_built=persons * 0.003,
        employment_rate=employment_rate,
        employed_residents=employed,
        employment_index=np.ones((1, M)),
        jobs=jobs,
        unemployed=unemployed,
        unemployed_by_age=np.interp(_AGES, [15, 16, 22, 30, 60, 64, 65], [0, 0.5, 2.0, 1.1, 0.9, 0.8, 0]),
        commuting=commuting,
        migration=migration,
        migration_age=migration_age,
        in_migrant_age=in_migrant_age,
        immigration=np.outer([1.0, 1.5, 0.8], np.linspace(1.05, 0.95, M)),
        births=np.broadcast_to(fertility, (M, A)).copy(),
        deaths=np.broadcast_to(np.stack([mortality * 0.9, mortality * 1.1]), (M, 2, A)).copy(),
        income=income,
        wages=wages,
        wage_level=np.linspace(0.97, 1.03, M),
        tax_rate=np.linspace(0.335, 0.345, M),
        io_domestic=io_domestic,
        io_imported=np.full(N_SECTORS, 0.15),
        household_consumption=consumption,
        output_per_job=np.linspace(2.5, 1.0, N_SECTORS),
        public_need=need,
        national_jobs=job_shares * 45_000.0,
        employer_sizes=sizes,
        distance_km=distance,
        car_minutes=minutes,
        transit_minutes=transit,
        network=network,
        series=series,
    )


def _round(shares: np.ndarray, total: float | None = None) -> np.ndarray:
    """Largest remainder: whole numbers near `shares` that add up to `total`."""
    total = round(shares.sum() if total is None else total)
    whole = np.floor(shares).astype(np.int64)
    order = np.argsort(-(shares - whole).ravel(), kind="stable")
    whole.ravel()[order[: total - whole.sum()]] += 1
    return whole


def _travel(places: list[tuple]) -> tuple[np.ndarray, np.ndarray, np.ndarray, nx.MultiGraph]:
    """Straight roads between all zones, and a railway between the first two municipalities."""
    nodes = [(p[0], p[1], p[2], p[3], "seat") for p in places] + [(*b, "boundary") for b in _BOUNDARY]
    lat, lon = (np.radians([n[i] for n in nodes]) for i in (2, 3))
    chord = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    km = 1.22 * 2 * 6371 * np.arcsin(np.sqrt(chord))
    minutes = km / 85 * 60
    network = nx.MultiGraph()
    for code, name, latitude, longitude, kind in nodes:
        network.add_node(
            code, name=name, kind=kind, latitude=latitude, longitude=longitude,
            within_km=12.0, within_minutes=15.0, within_transit_minutes=25.0,
        )  # fmt: skip
    for i in range(len(nodes)):
        for j in range(i):
            link = dict(km=float(km[i, j]), minutes=float(minutes[i, j]))
            coach = 1.25 * link["minutes"]
            network.add_edge(nodes[i][0], nodes[j][0], mode="road", name="road", coach_minutes=coach, **link)
    direct = 1.25 * minutes
    direct[0, 1] = direct[1, 0] = 0.6 * minutes[0, 1]
    transit = floyd_warshall(direct) + 20
    network.add_edge(
        nodes[0][0], nodes[1][0], mode="rail", name="railway",
        km=float(km[0, 1]), minutes=float(0.6 * minutes[0, 1]), coach_minutes=float("nan"),
    )  # fmt: skip
    for matrix, inside in ((km, 12.0), (minutes, 15.0), (transit, 25.0)):
        np.fill_diagonal(matrix, inside)
    return km, minutes, transit, network


assert len(_TYPE_SHARES) == len(HOUSEHOLD_TYPES)
assert _TENURE_SHARES.shape[1] == N_TENURES
