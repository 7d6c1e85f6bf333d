"""Estimates of moving: rates from published movers, and what the table of movers and its ages return."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.errors import OmlandError

from .commuting import RETURNS_THE_RULE, size_terms
from .forms import KM_BANDS, Matrix, bands, linear, power
from .gravity import DecayFit, fit_ppml
from .optional import statsmodels
from .rates import poisson_rate
from .rows import OFFICIAL_ROW, Estimate, missing

if TYPE_CHECKING:
    from .sources import Sources

GROUP = "migration"
TABLE, AGE, QUARTER, COUNTY = "migration", "migration_age", "population_change_quarter", "county_migration"
QUARTERS = 4
BEFORE = 2020
"""First year of the pandemic, whose movers are left out."""
AGE_BANDS = ((18, 19), (20, 24), (25, 29), (30, 34), (35, 44), (45, 54), (55, 64))
"""Ages whose rates are held against the published profile, first and last."""
WORKING = (16, 64)
"""Ages whose mean rate is one."""


class MigrationFits(NamedTuple):
    """Fits that the table of fit and the figure need; None where there is none.

    Attributes:
        effects: PPML with effects of origin and destination, a power of km.
        sizes: PPML with sizes in their place.
        bands: PPML with steps by band of km.
    """

    effects: DecayFit | None
    sizes: DecayFit | None
    bands: DecayFit | None


def movers_and_km(sources: Sources) -> tuple[Matrix, Matrix]:
    """Movers a year and km by road between municipalities, float64[M, M]."""
    region, m = sources.region, sources.region.n_municipalities
    return (
        np.asarray(region.migration[:m, :m], dtype=float),
        np.asarray(region.distance_km[:m, :m], dtype=float),
    )


def published_rates(sources: Sources) -> list[Estimate]:
    """Rates of moving from published counts."""
    out: list[Estimate] = []
    poisson = "Poisson, sandwich errors over {}"
    table = sources.table(QUARTER, "code", "quarter", "population_end", "out_migrants")
    if table is not None and len(table) > 2:
        people = table["population_end"].to_numpy(dtype=float)
        moved = table["out_migrants"].to_numpy(dtype=float) * QUARTERS
        status, identified = sources.status(QUARTER), sources.identified(QUARTER)
        quarter = str(table["quarter"].iloc[0])
        rate = poisson_rate(moved, people)
        out.append(
            Estimate(
                "out_rate_quarter", GROUP, rate.value, rate.error, "1/year", rate.n, poisson.format("municipalities"),
                QUARTER, status, identified, "", "moves_municipal",
                f"four times the movers of {quarter}, those abroad included; one quarter has its own season",
                rate.low, rate.high,
            )
        )  # fmt: skip
        # How the rate falls with size: a large town keeps within it moves that cross a border elsewhere.
        api = statsmodels()
        design = api.add_constant(np.log(people))
        fit = api.GLM(moved, design, family=api.families.Poisson(), offset=np.log(people)).fit(cov_type="HC1")
        out.append(
            Estimate(
                "out_rate_size", GROUP, float(fit.params[1]), float(fit.bse[1]), "elasticity to residents", len(people),
                poisson.format("municipalities"), QUARTER, status, identified, "", "", f"movers of {quarter}",
            )
        )  # fmt: skip
    else:
        out.append(
            missing(
                "out_rate_quarter", GROUP, f"the package has no table {QUARTER}", published="moves_municipal"
            )
        )
    counts = sources.table(COUNTY, "county_code", "year", "measure", "persons")
    if counts is not None:
        wide = counts.pivot_table(index=["county_code", "year"], columns="measure", values="persons")
        for county in dict.fromkeys(sources.region.county):
            if county not in wide.index.get_level_values(0):
                continue
            rows = wide.loc[county].dropna()
            rows = rows[rows.index < BEFORE]
            if len(rows) < 2 or not {"in_migrants", "immigrants", "population"} <= set(rows.columns):
                continue
            moved = (rows["in_migrants"] - rows["immigrants"]).to_numpy(dtype=float)
            rate = poisson_rate(moved, rows["population"].to_numpy(dtype=float))
            out.append(
                Estimate(
                    f"in_rate_{county}", GROUP, rate.value, rate.error, "1/year", rate.n, poisson.format("years"),
                    COUNTY, sources.status(COUNTY), sources.identified(COUNTY), "", "",
                    f"movers from other counties over residents, {int(rows.index.min())} to {int(rows.index.max())}",
                    rate.low, rate.high,
                )
            )  # fmt: skip
    return out


def distance_estimates(sources: Sources) -> tuple[list[Estimate], MigrationFits]:
    """Decay of moving with distance by the table of movers."""
    movers, km = movers_and_km(sources)
    status, identified = sources.status(TABLE), sources.identified(TABLE)
    note = "" if identified == OFFICIAL_ROW else RETURNS_THE_RULE
    people = np.asarray(sources.region.population, dtype=float).sum(axis=(1, 2))
    method = "PPML, effects of origin and destination; errors clustered by both"
    try:
        by_power, by_km = fit_ppml(movers, power(km)), fit_ppml(movers, linear(km))
        sizes = fit_ppml(movers, power(km), sizes=size_terms(people, people))
        steps = fit_ppml(movers, bands(km, KM_BANDS))
    except OmlandError as problem:
        none = missing("migration_power", GROUP, str(problem), published="migration_power")
        return [none], MigrationFits(None, None, None)
    out = []
    for name, fit, term, unit, published in (
        ("migration_power", by_power, "exponent", "exponent on km", "migration_power"),
        ("migration_decay_km", by_km, "slope", "1/km", ""),
    ):
        value, error = fit.at(term)
        out.append(
            Estimate(
                name, GROUP, -value, error, unit, fit.n, method, TABLE, status, identified, "", published, note
            )
        )  # fmt: skip
    total = np.asarray(sources.region.migration, dtype=float)
    m = len(people)
    within = total[:m, :-1].sum(axis=1)
    if m > 1:
        rate = poisson_rate(within, people)
        out.append(
            Estimate(
                "moves_municipal", GROUP, rate.value, rate.error, "1/year", rate.n,
                "Poisson, sandwich errors over municipalities", TABLE, status, identified, "", "moves_municipal",
                note and "the level of the table is a declared national rate", rate.low, rate.high,
            )
        )  # fmt: skip
    return out, MigrationFits(by_power, sizes, steps)


def age_estimates(sources: Sources) -> list[Estimate]:
    """Rates of moving out by age over those of 16 to 64: Poisson with effects of municipality, clustered.

    The movers of an age are the out-movers of a municipality shared by its residents of that age and their
    intensity; with an official table of intensities that is the published pattern, with a derived one the rule.
    """
    region, m = sources.region, sources.region.n_municipalities
    people = np.asarray(region.population, dtype=float).sum(axis=1)
    weight = people * np.asarray(region.migration_age, dtype=float)
    moved = np.asarray(region.migration, dtype=float)[:m].sum(axis=1)
    if m < 2 or not (weight.sum(axis=1) > 0).all() or moved.sum() <= 0:
        return [missing("moves_20_24", GROUP, "movers by age need two municipalities or more")]
    movers = weight / weight.sum(axis=1, keepdims=True) * moved[:, None]
    ages = np.arange(people.shape[1])
    working = (ages >= WORKING[0]) & (ages <= WORKING[1])
    named = [(f"{low}_{high}", (ages >= low) & (ages <= high)) for low, high in AGE_BANDS]
    status, identified = sources.status(AGE), sources.identified(AGE)
    note = (
        ""
        if identified == OFFICIAL_ROW
        else "ages follow a declared profile and the ages of residents: a rule"
    )
    api = statsmodels()
    out = []
    for name, chosen in named:
        y = np.concatenate([movers[:, working].sum(axis=1), movers[:, chosen].sum(axis=1)])
        exposure = np.concatenate([people[:, working].sum(axis=1), people[:, chosen].sum(axis=1)])
        design = np.column_stack([np.ones(2 * m), np.repeat([0.0, 1.0], m)])
        some = exposure > 0
        fit = api.GLM(
            y[some], design[some], family=api.families.Poisson(), offset=np.log(exposure[some])
        ).fit(cov_type="cluster", cov_kwds={"groups": np.tile(np.arange(m), 2)[some]})
        ratio, error = math.exp(fit.params[1]), float(fit.bse[1])
        low, high = np.exp(np.asarray(fit.conf_int())[1])
        out.append(
            Estimate(
                f"moves_{name}", GROUP, ratio, ratio * error, "ratio to 16–64", int(some.sum()),
                "Poisson, errors clustered by municipality", f"{AGE} + {TABLE} + population", status, identified, "",
                f"moves_{name}", note, float(low), float(high),
            )
        )  # fmt: skip
    return out


def estimate_migration(sources: Sources) -> tuple[list[Estimate], MigrationFits]:
    """All estimates of moving."""
    distance, fits = distance_estimates(sources)
    reason = "no table of movers by {}"
    unknown = [
        missing(name, GROUP, reason.format(what), parameter=name, published=published)
        for name, what, published in (
            ("odds_partner", "household", "odds_partner"),
            ("odds_dual_earner", "household and employment of both partners", "odds_dual_earner"),
            ("odds_child", "household and age of children", ""),
            ("odds_school_child", "household and age of children", "odds_school_child"),
            ("odds_unemployed", "employment", "odds_unemployed"),
            ("odds_owner", "tenure", ""),
        )
    ]
    return [*published_rates(sources), *distance, *age_estimates(sources), *unknown], fits
