"""The tables of a region of one's own that follow from the few figures its makers fill in.

``omland new-region`` writes a package whose derived tables name the functions of this module as
their rules. They combine the filled-in figures with profiles that were borrowed from the shipped
region (by sex, age, household and so on), and meet every total that was filled in. An official
table can stand in place of any of them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from abm.errors import OmlandError
from abm.language import say
from abm.population.rounding import fit_table_to_margins, integer_table
from abm.region.derive.fitting import fit
from abm.region.derive.inputs import AGES, SEXES, Inputs, cube
from abm.region.derive.rounding import largest_remainder
from abm.region.network import build_network, travel_matrices
from abm.schema import ABROAD, ADULT_AGE, BOUNDARY_ZONES, HOUSEHOLD_TYPES, REST_OF_SWEDEN, START_YEAR, Tenure

FloatArray = NDArray[np.float64]
TENURES = tuple(tenure.name.lower() for tenure in Tenure)
_FLOOR = 1e-6
"""Least share of a prior, so that no total is out of its reach."""


def _of_codes(inputs: Inputs, table: str, column: str) -> FloatArray:
    """A column of a table with one row a municipality, in zone order."""
    return inputs.table(table).set_index("code").loc[inputs.codes, column].to_numpy(float)


def _by_sex_and_age(inputs: Inputs, table: str, column: str) -> FloatArray:
    """A borrowed profile, float64[2, A]."""
    rows = inputs.table(table)[["sex", "age", column]]
    return cube(rows, [list(SEXES), list(AGES)], column)


def _people(inputs: Inputs, column: str, values: NDArray[np.generic]) -> pd.DataFrame:
    """A table by municipality, sex and age from an array [M, 2, A]."""
    m = len(inputs.codes)
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, 2 * len(AGES)),
            "sex": np.tile(np.repeat(SEXES, len(AGES)), m),
            "age": np.tile(AGES, 2 * m),
            column: values.ravel(),
        }
    )


def network_nodes(inputs: Inputs) -> pd.DataFrame:
    """A node at each seat and one for each boundary zone."""
    places = inputs.table("municipalities").sort_values("code", key=lambda codes: codes.map(str))
    rows = [
        (row.code, row.name, "seat", row.latitude, row.longitude)
        for row in places.itertuples(index=False, name="Place")
    ]
    for code, name, key in (
        (REST_OF_SWEDEN, "Rest of Sweden", "rest_of_sweden"),
        (ABROAD, "Abroad", "abroad"),
    ):
        at = (inputs.parameter(f"{key}_latitude"), inputs.parameter(f"{key}_longitude"))
        rows.append((code, name, "boundary", *at))
    table = pd.DataFrame(rows, columns=["code", "name", "kind", "latitude", "longitude"])
    for column in ("within_km", "within_minutes", "within_transit_minutes"):
        table[column] = inputs.parameter(column)
    return table


def population(inputs: Inputs) -> pd.DataFrame:
    """Residents by single year: each age group is split as in all of Sweden."""
    sweden = _by_sex_and_age(inputs, "population_sweden", "residents")
    groups = inputs.table("residents_by_age_group")
    out = np.zeros((len(inputs.codes), 2, len(AGES)), np.int64)
    position = {code: i for i, code in enumerate(inputs.codes)}
    for row in groups.itertuples(index=False):
        ages = slice(int(row.age_from), int(row.age_to) + 1)
        sex = SEXES.index(str(row.sex))
        out[position[str(row.code)], sex, ages] += largest_remainder(sweden[sex, ages], int(row.residents))
    return _people(inputs, "residents", out)


def education(inputs: Inputs) -> pd.DataFrame:
    """Education by sex and age as in the shipped region."""
    profile = inputs.table("education_profile")
    return pd.concat([profile.assign(code=code) for code in inputs.codes], ignore_index=True)[
        ["code", *profile.columns]
    ]


def employment_rates(inputs: Inputs) -> pd.DataFrame:
    """Employment by sex and age: the borrowed profile, its odds scaled to the employed residents."""
    shape = np.clip(_by_sex_and_age(inputs, "employment_profile", "rate"), 0.0, 0.99)
    odds = shape / (1 - shape)
    people, employed = inputs.population(), _of_codes(inputs, "employed_residents", "persons")
    rates = np.zeros(people.shape)
    for i, code in enumerate(inputs.codes):

        def miss(log_factor: float, i: int = i) -> float:
            raised = odds * np.exp(log_factor)
            return float((people[i] * raised / (1 + raised)).sum() - employed[i])

        if miss(-8) > 0 or miss(8) < 0:
            adults = people[i, :, ADULT_AGE:].sum()
            raise OmlandError(
                say(
                    "Table employed_residents of {path}: {employed:.0f} employed among the {adults} residents "
                    "from {age} of municipality {code} cannot be spread over the ages; check both figures.",
                    path=inputs.path,
                    employed=employed[i],
                    adults=adults,
                    age=ADULT_AGE,
                    code=code,
                )
            )
        factor = np.exp(brentq(miss, -8, 8, xtol=1e-12))
        rates[i] = odds * factor / (1 + odds * factor)
    return _people(inputs, "rate", rates.round(7))


def households(inputs: Inputs) -> pd.DataFrame:
    """Households by type and tenure: as many per resident as in the shipped region."""
    profile = cube(
        inputs.table("household_profile"), [list(HOUSEHOLD_TYPES), list(TENURES)], "households_per_1000"
    )
    residents = inputs.population().sum(axis=(1, 2))
    rows = []
    for code, n in zip(inputs.codes, residents, strict=True):
        exact = profile * n / 1000
        whole = largest_remainder(exact.ravel(), round(float(exact.sum()))).reshape(exact.shape)
        rows += [
            (code, kind, tenure, int(whole[i, j]))
            for i, kind in enumerate(HOUSEHOLD_TYPES)
            for j, tenure in enumerate(TENURES)
        ]
    return pd.DataFrame(rows, columns=["code", "household_type", "tenure", "households"])


def persons_by_household_size(inputs: Inputs) -> pd.DataFrame:
    """Residents by the size of their household: shares as in the shipped region."""
    profile = inputs.table("household_size_profile")
    residents = inputs.population().sum(axis=(1, 2))
    rows = [
        (code, int(size), int(persons))
        for code, n in zip(inputs.codes, residents, strict=True)
        for size, persons in zip(
            profile["household_size"], largest_remainder(profile["share"], int(n)), strict=True
        )
    ]
    return pd.DataFrame(rows, columns=["code", "household_size", "persons"])


def dwellings(inputs: Inputs) -> pd.DataFrame:
    """A dwelling for every household, and the vacant ones on top."""
    table = inputs.table("households").groupby(["code", "tenure"], as_index=False)["households"].sum()
    rates = {tenure: inputs.parameter(f"vacancy_{tenure}") for tenure in TENURES}
    rate = table["tenure"].map(rates).to_numpy(float)
    homes = np.ceil(table["households"].to_numpy(float) / (1 - rate) - 1e-9).astype(np.int64)
    table = table.assign(dwellings=homes, order=table["tenure"].map(TENURES.index))
    return table.sort_values(["code", "order"])[["code", "tenure", "dwellings"]]


def dwellings_built(inputs: Inputs) -> pd.DataFrame:
    """Dwellings a year: so many per resident."""
    residents = inputs.population().sum(axis=(1, 2))
    built = residents * inputs.parameter("dwellings_built_per_resident")
    return pd.DataFrame({"code": inputs.codes, "dwellings": built.round(2)})


def _everywhere(inputs: Inputs, profile: str, column: str) -> pd.DataFrame:
    """A borrowed profile, the same in every municipality."""
    table = inputs.table(profile)
    keys = [name for name in table.columns if name != column and name != "age"]
    return pd.concat([table.assign(code=code) for code in inputs.codes], ignore_index=True)[
        [*keys, "code", "age", column]
    ]


def births(inputs: Inputs) -> pd.DataFrame:
    """Fertility by age of the shipped region, in every municipality."""
    return _everywhere(inputs, "fertility_profile", "rate")


def migration_age(inputs: Inputs) -> pd.DataFrame:
    """Who moves out by age as in the mean of the shipped region, in every municipality."""
    return _everywhere(inputs, "mobility_profile", "intensity")


def in_migrant_age(inputs: Inputs) -> pd.DataFrame:
    """Who moves in from outside by age as in the mean of the shipped region, in every municipality."""
    return _everywhere(inputs, "in_mover_profile", "share")


def _as_at_the_start(inputs: Inputs) -> pd.DataFrame:
    """A ratio by county and year that is one in the first year, and so from then on."""
    counties = sorted(set(inputs.counties))
    return pd.DataFrame({"county_code": counties, "year": START_YEAR, "relative": 1.0})


def immigration(inputs: Inputs) -> pd.DataFrame:
    """As many movers from abroad in every year as in the table of movers."""
    return _as_at_the_start(inputs)


def employment_index(inputs: Inputs) -> pd.DataFrame:
    """As many employed in every year as at the start, but for what the model itself makes of them."""
    return _as_at_the_start(inputs)


def deaths(inputs: Inputs) -> pd.DataFrame:
    """Mortality by sex and age of the shipped region, for every county."""
    profile = inputs.table("mortality_profile")
    counties = sorted(set(inputs.counties))
    return pd.concat([profile.assign(county_code=c) for c in counties], ignore_index=True)[
        ["county_code", "sex", "age", "rate"]
    ]


def income(inputs: Inputs) -> pd.DataFrame:
    """Earned income by sex and age as in the shipped region."""
    profile = _by_sex_and_age(inputs, "income_by_sex_and_age", "sek")
    return _people(inputs, "sek", np.broadcast_to(profile, (len(inputs.codes), *profile.shape)))


def wage_level(inputs: Inputs) -> pd.DataFrame:
    """The same wages in every municipality."""
    return pd.DataFrame({"code": inputs.codes, "level": np.ones(len(inputs.codes))})


def _distances(inputs: Inputs) -> FloatArray:
    network = build_network(inputs.table("network_nodes"), inputs.table("network_links"))
    km = travel_matrices(network, [*inputs.codes, *BOUNDARY_ZONES])[0]
    if not np.isfinite(km).all():
        a, b = np.argwhere(~np.isfinite(km))[0]
        zones = [*inputs.codes, *BOUNDARY_ZONES]
        raise OmlandError(
            say(
                "Table network_links of {path}: no road leads from {start} to {end}; add a row with the mode "
                "road.",
                path=inputs.path,
                start=zones[a],
                end=zones[b],
            )
        )
    return km


def commuting(inputs: Inputs) -> pd.DataFrame:
    """Commuters: a gravity table that meets employed residents and jobs.

    Out of the region commutes a fixed share of the employed, and more where there are fewer jobs
    than employed; into it come as many as the jobs then need.
    """
    codes, m = inputs.codes, len(inputs.codes)
    employed = _of_codes(inputs, "employed_residents", "persons").astype(np.int64)
    jobs = inputs.table("jobs").groupby("code")["jobs"].sum().loc[codes].to_numpy(np.int64)
    km = _distances(inputs)
    abroad = inputs.parameter("commuting_abroad_share")
    out = round(inputs.parameter("commuting_out_share") * int(employed.sum()))
    out = max(out, int(employed.sum() - jobs.sum()))
    into = int(jobs.sum() - employed.sum()) + out
    out_of, in_from = (
        largest_remainder([1 - abroad, abroad], out),
        largest_remainder([1 - abroad, abroad], into),
    )
    rows, columns = np.concatenate([employed, in_from]), np.concatenate([jobs, out_of])
    decay = inputs.parameter("commuting_decay")
    near = np.exp(-decay * np.minimum(km, 400.0)) + inputs.parameter("commuting_far")
    prior = np.maximum(rows, 1)[:, None] * np.maximum(columns, 1)[None, :] * near
    prior[m:, m:] = 0.0
    fitted = fit_table_to_margins(prior, rows, columns)
    # Across the border first, so that what is left inside is a full table, which always rounds.
    flows = np.zeros(fitted.shape, np.int64)
    for k in (m, m + 1):
        flows[:m, k] = largest_remainder(fitted[:m, k], int(columns[k]))
        flows[k, :m] = largest_remainder(fitted[k, :m], int(rows[k]))
    left, needed = employed - flows[:m, m:].sum(1), jobs - flows[m:, :m].sum(0)
    if (left < 0).any() or (needed < 0).any():
        short = codes[int(np.argmin(np.minimum(left, needed)))]
        raise OmlandError(
            say(
                "Tables employed_residents and jobs of {path}: no commuting table meets both; check both for "
                "municipality {short}.",
                path=inputs.path,
                short=short,
            )
        )
    inner = fit_table_to_margins(np.maximum(fitted[:m, :m], _FLOOR), left, needed)
    flows[:m, :m] = integer_table(inner, left, needed)
    return _flows([*codes, *BOUNDARY_ZONES], flows)


def migration(inputs: Inputs) -> pd.DataFrame:
    """Movers a year: a gravity table that meets those who move in and out of each municipality."""
    codes, m = inputs.codes, len(inputs.codes)
    km = _distances(inputs)
    residents = inputs.population().sum((1, 2)).astype(float)
    sweden = float(inputs.table("population_sweden")["residents"].sum()) - residents.sum()
    mass = np.concatenate([residents, [max(sweden, 1.0), residents.sum()]])
    soft = np.hypot(km, inputs.parameter("migration_distance_softening_km"))
    prior = mass[:, None] * mass[None, :] * soft ** -inputs.parameter("migration_distance_exponent")
    np.fill_diagonal(prior, 0.0)
    prior[m:, m:] = 0.0
    inward, outward = (_of_codes(inputs, "movers", f"{way}_migrants") for way in ("in", "out"))
    if not inward.sum() + outward.sum():
        raise ValueError(say("nobody moves in or out in the table of movers"))
    prior *= outward.sum() / max(prior[:m].sum(), 1e-300)
    margins = []
    for i in range(m):
        leaving, coming = np.zeros(prior.shape, bool), np.zeros(prior.shape, bool)
        leaving[i], coming[:, i] = True, True
        margins += [(leaving, float(outward[i])), (coming, float(inward[i]))]
    flows, _ = fit(np.maximum(prior, _FLOOR * (prior > 0)), margins)
    return _flows([*codes, *BOUNDARY_ZONES], flows.round(3))


def _flows(zones: list[str], flows: NDArray[np.generic]) -> pd.DataFrame:
    homes, works = np.nonzero(flows)
    return pd.DataFrame(
        {"from": [zones[i] for i in homes], "to": [zones[j] for j in works], "persons": flows[homes, works]}
    )


def series(inputs: Inputs) -> pd.DataFrame:
    """The state before the first month; official years stand beside it as soon as they are put in."""
    figures = {
        "population": inputs.population().sum((1, 2)).astype(float),
        "employed_residents": _of_codes(inputs, "employed_residents", "persons"),
        "unemployed": _of_codes(inputs, "unemployed", "persons"),
        "in_migrants": _of_codes(inputs, "movers", "in_migrants"),
        "out_migrants": _of_codes(inputs, "movers", "out_migrants"),
    }
    rows = [
        (code, START_YEAR - 1, quantity, values[i], "tables of this package")
        for quantity, values in figures.items()
        for i, code in enumerate(inputs.codes)
    ]
    return pd.DataFrame(rows, columns=["code", "year", "quantity", "value", "source"])
