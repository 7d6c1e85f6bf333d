"""Movers a year between municipalities, the rest of Sweden and abroad, and their ages.

Rules. Out-movers of a municipality follow from its size (fitted to Västerbotten's quarter of 2017, which
has all 15; the own rate of a small place counts less), scaled so that moves between Swedish municipalities
are the national rate per resident. Skellefteå has its published count of 2019, Örnsköldsvik the rate of its
press figures. In-movers are out-movers plus the net of 2019: the change of the population less births plus
deaths. The matrix is a gravity prior (power of road distance) fitted to these totals, to the county
in-movers from Sweden and from abroad (2019), and to the study's share of Västernorrland in the movers to
Västerbotten.

Movers by age. The common profile is declared. What a place has of its own is read off its ages: if nothing
but moving made them differ from the nation's, and they stay what they are, then its net of movers of age a
is N (q(a + 1) / q(a) - 1), with N its residents of that age and q its share of the nation's residents of
that age over its share of all. In- and out-movers by age are those nearest to the common profile
that leave this net.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.region.derive.commuting import VASTERBOTTEN, VASTERNORRLAND
from abm.region.derive.fitting import Margin, fit
from abm.region.derive.inputs import AGES, SEXES, Inputs, bands, cube
from abm.region.network import build_network, travel_matrices
from abm.schema import ABROAD, REST_OF_SWEDEN, START_YEAR

ORNSKOLDSVIK = "2284"
MIGRATION_YEAR = 2019
"""Year of the table of movers."""
FIRST_OWN_AGE, LAST_OWN_AGE = 18, 69
"""Ages at which a place may have movers of its own; before them children move with their parents."""
QUARTER_PRIOR_MOVERS = 150
"""Movers of a quarter at which the own rate of a municipality weighs as much as the fitted one."""


def _series(inputs: Inputs, quantity: str, year: int) -> pd.Series[float]:
    table = inputs.table("series")
    table = table[(table["quantity"] == quantity) & (table["year"] == year)]
    return table.set_index("code")["value"].astype(float)


def start_population(inputs: Inputs) -> NDArray[np.float64]:
    """Residents at the end of 2018, float64[M].

    Where unpublished: midway between 2017 and 2019, shifted so that the county's published total of
    2018 is met.
    """
    known = _series(inputs, "population", 2018)
    before, after = _series(inputs, "population", 2017), _series(inputs, "population", 2019)
    codes, counties = inputs.codes, inputs.counties
    out = np.array([known.get(code, np.nan) for code in codes])
    middle = np.array([(before[code] + after[code]) / 2 for code in codes])
    totals = inputs.table("county_migration")
    totals = totals[(totals["measure"] == "population") & (totals["year"] == 2018)].set_index("county_code")[
        "persons"
    ]
    for county in sorted(set(counties)):
        gap = (counties == county) & np.isnan(out)
        if gap.any():
            rest = totals[county] - np.nansum(out[counties == county])
            out[gap] = middle[gap] + (rest - middle[gap].sum()) * middle[gap] / middle[gap].sum()
    return out


def net_movers(inputs: Inputs) -> NDArray[np.float64]:
    """In-movers less out-movers in 2019, float64[M]."""
    people = inputs.population().astype(float)
    births = inputs.table("births")
    deaths = inputs.table("deaths")
    counties = sorted(set(inputs.counties))
    row = np.array([counties.index(c) for c in inputs.counties])
    birth_rate = cube(births, [inputs.codes, list(AGES)], "rate")
    death_rate = cube(deaths, [counties, list(SEXES), list(AGES)], "rate")[row]
    natural = (people[:, 0] * birth_rate).sum(1) - (people * death_rate).sum((1, 2))
    published_births, published_deaths = _series(inputs, "births", 2019), _series(inputs, "deaths", 2019)
    for i, code in enumerate(inputs.codes):
        if code in published_births.index and code in published_deaths.index:
            natural[i] = published_births[code] - published_deaths[code]
    return people.sum((1, 2)) - start_population(inputs) - natural


def out_movers(inputs: Inputs) -> NDArray[np.float64]:
    """Movers a year out of each municipality, to Sweden and abroad, float64[M]."""
    codes = inputs.codes
    residents = inputs.population().sum((1, 2)).astype(float)
    quarter = inputs.table("population_change_quarter").set_index("code")
    sample = [code for code in codes if code in quarter.index]
    size = np.log(quarter.loc[sample, "population_end"].to_numpy(float))
    rate = quarter.loc[sample, "out_migrants"].to_numpy(float) * 4 / np.exp(size)
    slope, level = np.polyfit(size, np.log(rate), 1)
    fitted = np.exp(level + slope * np.log(residents))
    position = {code: i for i, code in enumerate(codes)}
    # One quarter of a small place is mostly luck: the own rate counts as far as it rests on movers.
    for code, value, movers in zip(sample, rate, quarter.loc[sample, "out_migrants"], strict=True):
        weight = movers / (movers + QUARTER_PRIOR_MOVERS)
        fitted[position[code]] += weight * (value - fitted[position[code]])
    published = _series(inputs, "out_migrants", 2019)
    fixed = np.array([code in published.index for code in codes])
    emigrants = inputs.parameter("migration_emigration_rate") * residents
    wanted = inputs.parameter("migration_rate") * residents.sum() + emigrants.sum()
    out = fitted * residents
    out[fixed] = [published[code] for code in codes if code in published.index]
    if ORNSKOLDSVIK in position:
        i = position[ORNSKOLDSVIK]
        leaving = inputs.parameter("migration_ornskoldsvik_out_rate") * residents[i]
        out[i] = leaving / (1 - inputs.parameter("migration_ornskoldsvik_own_county_share")) + emigrants[i]
        fixed[i] = True
    out[~fixed] *= (wanted - out[fixed].sum()) / out[~fixed].sum()
    return out


def fitted(inputs: Inputs) -> tuple[NDArray[np.float64], float]:
    """Movers between zones, float64[Z, Z], and the largest relative miss of a total."""
    codes, counties = inputs.codes, inputs.counties
    m, z = len(codes), len(codes) + 2
    abroad = m + 1
    residents = inputs.population().sum((1, 2)).astype(float)
    network = build_network(inputs.table("network_nodes"), inputs.table("network_links"))
    km = travel_matrices(network, [*codes, REST_OF_SWEDEN, ABROAD])[0]
    elsewhere = float(inputs.table("population_sweden")["residents"].sum()) - residents.sum()
    # Abroad has totals of its own in both directions; its mass only has to be positive.
    mass = np.append(
        residents, [elsewhere * inputs.parameter("migration_rest_of_sweden_weight"), residents.sum()]
    )
    soft = np.hypot(km, inputs.parameter("migration_distance_softening_km"))
    prior = mass[:, None] * mass[None, :] * soft ** -inputs.parameter("migration_distance_exponent")
    np.fill_diagonal(prior, 0.0)
    prior[m:, m:] = 0.0

    out = out_movers(inputs)
    net = net_movers(inputs)
    prior *= out.sum() / prior[:m].sum()
    zone_county = np.append(counties, [REST_OF_SWEDEN, ABROAD])
    table = inputs.table("county_migration")
    table = table[table["year"] == 2019].set_index(["measure", "county_code"])["persons"]
    every = np.ones(z, dtype=bool)
    domestic = np.arange(z) != abroad

    def cells(rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return rows[:, None] & columns[None, :]

    one = np.eye(z, dtype=bool)
    margins: list[Margin] = []
    emigrants = inputs.parameter("migration_emigration_rate") * residents.sum()
    margins.append((cells(every, one[abroad]), emigrants))
    for county in sorted(set(counties)):
        here = zone_county == county
        abroad_in = float(table["immigrants", county])
        margins.append((cells(one[abroad], here), abroad_in))
        margins.append((cells(domestic & ~here, here), float(table["in_migrants", county]) - abroad_in))
    within_sweden = float(table["in_migrants", VASTERBOTTEN]) - float(table["immigrants", VASTERBOTTEN])
    margins.append(
        (
            cells(zone_county == VASTERNORRLAND, zone_county == VASTERBOTTEN),
            inputs.parameter("migration_vn_share_of_vb_in") * within_sweden,
        )
    )
    if ORNSKOLDSVIK in codes:
        i = codes.index(ORNSKOLDSVIK)
        leaving = cells(one[i], domestic & (zone_county != counties[i]))
        margins.append((leaving, inputs.parameter("migration_ornskoldsvik_out_rate") * residents[i]))
    for i in range(m):
        margins.append((cells(one[i], every), float(out[i])))
        margins.append((cells(every, one[i]), float(out[i] + net[i])))
    return fit(prior, margins, rounds=3000, tolerance=1e-5)


def derive(inputs: Inputs) -> pd.DataFrame:
    """Movers a year by origin and destination."""
    flows, _ = fitted(inputs)
    names = [*inputs.codes, REST_OF_SWEDEN, ABROAD]
    flows = flows.round(3)
    origin, destination = np.nonzero(flows)
    return pd.DataFrame(
        {
            "from": [names[i] for i in origin],
            "to": [names[j] for j in destination],
            "persons": flows[origin, destination],
        }
    )


def intensity(inputs: Inputs) -> NDArray[np.float64]:
    """Intensity of moving by age, float64[A], mean one over the ages 16 to 64."""
    profile = bands(inputs.table("migration_by_age"), "intensity")
    return profile / profile[16:65].mean()


def ageing_net(inputs: Inputs) -> NDArray[np.float64]:
    """In-movers less out-movers a year by age that keep the ages of a place as they are, float64[M, A].

    N (q(a + 1) / q(a) - 1), the quotient q smoothed over five ages (1, 2, 3, 2, 1); for a small place, whose
    quotients are mostly luck, times n / (n + migration_age_prior_residents) of its n residents.
    """
    residents = inputs.population().sum(axis=1).astype(float)
    national = cube(inputs.table("population_sweden"), [list(SEXES), list(AGES)], "residents").sum(0)
    kernel = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
    padded = np.pad(residents / national, ((0, 0), (2, 2)), mode="edge")
    quotient = np.array([np.convolve(row, kernel, "valid") for row in padded])
    later = np.append(quotient[:, 1:], quotient[:, -1:], axis=1)
    net = residents * (later / quotient - 1.0)
    size = residents.sum(axis=1)
    net *= (size / (size + inputs.parameter("migration_age_prior_residents")))[:, None]
    net[:, (AGES < FIRST_OWN_AGE) | (AGES > LAST_OWN_AGE)] = 0.0
    return net


def movers_by_age(inputs: Inputs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Grown-up movers by age over those of the common profile, out of and into places, float64[M, A] twice.

    With o and i the movers of the common profile and d their net, in-movers are i x and out-movers o / x, where
    i x - o / x = d: of all pairs with that net the nearest in relative entropy. What the totals of the
    municipality leave of its net beside that of its ages has the common profile. Children, who move
    with their parents, have one throughout.
    """
    residents = inputs.population().sum(axis=1).astype(float)
    national = cube(inputs.table("population_sweden"), [list(SEXES), list(AGES)], "residents").sum(0)
    grown = np.where(AGES >= FIRST_OWN_AGE, intensity(inputs), 0.0)
    share = inputs.parameter("migration_grown_share")
    gross_out = share * out_movers(inputs)
    gross_in = gross_out + share * net_movers(inputs)
    leaving, coming = grown * residents, np.broadcast_to(grown * national, residents.shape)
    leaving = leaving / leaving.sum(axis=1, keepdims=True)
    coming = coming / coming.sum(axis=1, keepdims=True)
    net = ageing_net(inputs)
    net += leaving * (gross_in - gross_out - net.sum(axis=1))[:, None]
    scale = np.ones_like(gross_in)
    ratio = np.ones_like(net)
    for _ in range(200):
        i = coming * (gross_in * scale)[:, None]
        o = leaving * (gross_out * scale)[:, None]
        ratio = np.where(
            (i > 0) & (o > 0), (net + np.sqrt(net**2 + 4 * i * o)) / np.maximum(2 * i, 1e-12), 1.0
        )
        # the net is met, so that the total of those who come meets the other one as well
        scale *= gross_in / (i * ratio).sum(axis=1)
    return scale[:, None] / ratio, scale[:, None] * ratio


def derive_age(inputs: Inputs) -> pd.DataFrame:
    """Intensity of moving out by municipality and age: common profile times that of the place."""
    leaving, _ = movers_by_age(inputs)
    profile = intensity(inputs) * np.where(AGES >= FIRST_OWN_AGE, leaving, 1.0)
    profile /= profile[:, 16:65].mean(axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "code": np.repeat(inputs.codes, len(AGES)),
            "age": np.tile(AGES, len(inputs.codes)),
            "intensity": profile.ravel().round(6),
        }
    )


def derive_in_age(inputs: Inputs) -> pd.DataFrame:
    """Share of in-movers by age, from the rest of Sweden and from abroad, to each municipality."""
    national = cube(inputs.table("population_sweden"), [list(SEXES), list(AGES)], "residents").sum(0)
    sweden = intensity(inputs) * (national - inputs.population().sum((0, 1)))
    profile = inputs.table("immigrants_by_age")
    profile["share"] /= profile["age_to"] - profile["age_from"] + 1
    foreign = bands(profile, "share")
    _, coming = movers_by_age(inputs)
    grown = AGES >= FIRST_OWN_AGE
    rows = []
    for origin, common in ((REST_OF_SWEDEN, sweden / sweden.sum()), (ABROAD, foreign / foreign.sum())):
        own = common * np.where(grown, coming, 1.0)
        # children keep their share of all movers
        own *= np.where(grown, common[grown].sum() / own[:, grown].sum(axis=1, keepdims=True), 1.0)
        for code, shares in zip(inputs.codes, own, strict=True):
            rows.append(pd.DataFrame({"origin": origin, "code": code, "age": AGES, "share": shares.round(9)}))
    return pd.concat(rows, ignore_index=True)


def derive_immigration(inputs: Inputs) -> pd.DataFrame:
    """Immigrants of a county in a year over those of 2019, the year of the table of movers.

    The row after the last published year holds from then on: the mean of the last
    ``migration_immigration_years`` published years. The last one alone was a year of the pandemic.
    """
    table = inputs.table("county_migration")
    table = (
        table[table["measure"] == "immigrants"].set_index(["county_code", "year"])["persons"].astype(float)
    )
    counties = sorted(set(inputs.counties))
    last = min(int(table[county].index.max()) for county in counties)
    window = int(inputs.parameter("migration_immigration_years"))
    rows = []
    for county in counties:
        base = table[county, MIGRATION_YEAR]
        for year in range(START_YEAR, last + 1):
            rows.append((county, year, table[county, year] / base))
        later = np.mean([table[county, year] for year in range(last + 1 - window, last + 1)])
        rows.append((county, last + 1, later / base))
    out = pd.DataFrame(rows, columns=["county_code", "year", "relative"])
    return out.round({"relative": 6})
