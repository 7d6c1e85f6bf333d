"""How well a synthetic population meets the official margins, as a table, a summary and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.population.checks import age_in_years, work_zone
from abm.population.population import Population
from abm.region.region import SIZE_CLASSES, Region
from abm.schema import (
    ADULT_AGE,
    HOUSEHOLD_TYPES,
    MAX_AGE,
    N_SECTORS,
    N_SKILLS,
    N_TENURES,
    RETIREMENT_AGE,
    SECTOR_CODES,
    Sex,
    Skill,
    Status,
    Tenure,
)

if TYPE_CHECKING:
    import pandas as pd

_EDUCATION_BANDS = ((16, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 74), (75, MAX_AGE))


class Margin(NamedTuple):
    """One margin of the fit report.

    Attributes:
        name: as in the column ``margin`` of the table.
        unit: what is counted.
        source: where the target comes from.
    """

    name: str
    unit: str
    source: str


MARGINS = (
    Margin("population by sex and age", "residents", "population register"),
    Margin("households by type and tenure", "households", "household register"),
    Margin("persons by household size", "residents", "household register"),
    Margin("employed residents", "residents", "employment register"),
    Margin(
        "employed residents by sex and age",
        "residents",
        "employment register, rates by age assumed within bands",
    ),
    Margin("unemployed", "residents", "public employment service"),
    Margin("unemployed by age", "residents", "assumed relative risk by age"),
    Margin("jobs by sector", "jobs", "employment register"),
    Margin("commuting", "employed", "employment register, partly reconstructed"),
    Margin("education by sex and age", "residents", "education register"),
    Margin("private employers by size", "jobs", "assumed shares of jobs by size class"),
    Margin("dwellings not exceeded", "dwellings; households", "dwelling register"),
)


def household_types(population: Population) -> NDArray[np.int64]:
    """Official type of each household, position in `HOUSEHOLD_TYPES`, worked out from its members.

    Children are members of at most 24 years who have no partner in the household and at least one
    member 18 years older, or who are minors. What is neither one adult, nor a couple, with or
    without children, is an 'other' household.

    Returns:
        int64[H].
    """
    p, age = population, age_in_years(population)
    n = len(p.household_head)
    home = p.household
    eldest = np.zeros(n, np.int64)
    np.maximum.at(eldest, home, age)
    child = (age < 18) | ((age <= 24) & (p.partner < 0) & (eldest[home] - age >= 18))
    children = np.bincount(home[child], minlength=n)
    adults = np.bincount(home[~child], minlength=n)
    partnered = np.bincount(home[p.partner >= 0], minlength=n)
    women = np.bincount(home[~child & (p.sex == Sex.WOMAN)], minlength=n)
    with_children = children > 0
    single = (adults == 1) & (partnered == 0)
    kind = np.where(with_children, 10, 11)
    kind = np.where((adults == 2) & (partnered == 2), 6 + np.minimum(children, 3), kind)
    kind = np.where(single & with_children, np.where(women == 1, 4, 5), kind)
    alone = np.where(women == 1, 0, 2) + (eldest >= 65)
    return np.asarray(np.where(single & ~with_children, alone, kind))


def fit_table(region: Region, population: Population) -> pd.DataFrame:
    """Compare every margin of a region with the synthetic population.

    Args:
        region: official margins.
        population: built for it; counts are multiplied by its weight.

    Returns:
        Columns ``margin, geography, cell, target, synthetic, deviation`` (synthetic - target).
        Cells that are zero in both are left out of the commuting table. Of 'dwellings not
        exceeded' the target is the dwelling stock and the deviation is the shortage.
    """
    import pandas as pd

    p, M = population, region.n_municipalities
    places = list(region.names[:M])
    age = age_in_years(p)
    mun, sex = p.mun.astype(np.int64), p.sex.astype(np.int64)
    frames = []

    def add(margin: str, geography: list[str], cells: list[str], target: NDArray, made: NDArray) -> None:
        """One frame from two tables of shape (len(geography), len(cells))."""
        rows, columns = len(geography), len(cells)
        frames.append(
            pd.DataFrame(
                {
                    "margin": margin,
                    "geography": np.repeat(geography, columns),
                    "cell": np.tile(cells, rows),
                    "target": np.asarray(target, np.float64).ravel(),
                    "synthetic": np.asarray(made, np.float64).ravel() * p.weight,
                }
            )
        )

    def count(shape: tuple[int, ...], *index: NDArray, weight: NDArray | None = None) -> NDArray[np.float64]:
        flat = np.ravel_multi_index(index, shape)
        return np.bincount(flat, weight, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)

    n_ages = MAX_AGE + 1
    sexes = ("women", "men")
    add(
        "population by sex and age",
        places,
        [f"{s} {a}" for s in sexes for a in range(n_ages)],
        region.population,
        count((M, 2, n_ages), mun, sex, age),
    )
    home_mun = mun[p.household_head]
    kind = household_types(p)
    tenures = [t.name.lower() for t in Tenure]
    add(
        "households by type and tenure",
        places,
        [f"{k}, {t}" for k in HOUSEHOLD_TYPES for t in tenures],
        region.households,
        count((M, len(HOUSEHOLD_TYPES), N_TENURES), home_mun, kind, p.household_tenure.astype(np.int64)),
    )
    size = np.bincount(p.household, minlength=len(home_mun))
    add(
        "persons by household size",
        places,
        [*"123456", "7 or more"],
        region.persons_by_household_size,
        count((M, 7), mun, np.minimum(size, 7)[p.household] - 1),
    )
    works = p.status == Status.EMPLOYED
    add("employed residents", places, ["all"], region.employed_residents, count((M,), mun[works]))
    expected = (region.population * region.employment_rate).sum(axis=0)
    expected *= region.employed_residents.sum() / max(expected.sum(), 1.0)
    add(
        "employed residents by sex and age",
        ["region"],
        [f"{s} {a}" for s in sexes for a in range(n_ages)],
        expected,
        count((2, n_ages), sex[works], age[works]),
    )
    out_of_work = p.status == Status.UNEMPLOYED
    add("unemployed", places, ["all"], region.unemployed, count((M,), mun[out_of_work]))
    grown_up = slice(ADULT_AGE, RETIREMENT_AGE)
    at_risk = (region.population.sum(axis=1) * region.unemployed_by_age)[:, grown_up]
    at_risk *= (region.unemployed / np.maximum(at_risk.sum(axis=1), 1e-12))[:, None]
    add(
        "unemployed by age",
        ["region"],
        [str(a) for a in range(ADULT_AGE, RETIREMENT_AGE)],
        at_risk.sum(axis=0),
        count((n_ages,), age[out_of_work])[grown_up],
    )
    jobs_at = (p.employer_mun.astype(np.int64), p.employer_sector.astype(np.int64))
    jobs = count((M, N_SECTORS), *jobs_at, weight=p.employer_jobs)
    add("jobs by sector", places, list(SECTOR_CODES), region.jobs, jobs)
    zone = work_zone(p, M)
    # Whether a commuter from outside lives in Sweden or abroad is not recorded: one row for both.
    flows = np.zeros((M + 1, M + 2))
    flows[:M] = count((M, M + 2), mun[works], zone[works])
    flows[M, :M] = np.bincount(p.employer_mun, p.employer_boundary, minlength=M)
    official = np.vstack([region.commuting[:M], region.commuting[M:].sum(axis=0)])
    add("commuting", [*places, "boundary zones"], [f"to {name}" for name in region.names], official, flows)
    frames[-1] = frames[-1][(frames[-1]["target"] != 0) | (frames[-1]["synthetic"] != 0)]
    edges = np.array([low for low, _ in _EDUCATION_BANDS])
    grown = age >= edges[0]
    band = np.searchsorted(edges, age, side="right") - 1
    people = region.population[..., None] * region.education
    add(
        "education by sex and age",
        places,
        [f"{s} {a}-{b}, {k.name.lower()}" for s in sexes for a, b in _EDUCATION_BANDS for k in Skill],
        np.stack([people[:, :, a : b + 1].sum(axis=2) for a, b in _EDUCATION_BANDS], axis=2),
        count(
            (M, 2, len(edges), N_SKILLS), mun[grown], sex[grown], band[grown], p.skill[grown].astype(np.int64)
        ),
    )
    private = ~p.employer_public
    lows = np.array([low for low, _ in SIZE_CLASSES])
    size_class = np.searchsorted(lows, p.employer_jobs, side="right") - 1
    by_size = count(
        (N_SECTORS, len(lows)),
        jobs_at[1][private],
        size_class[private],
        weight=p.employer_jobs[private],
    )
    shares = region.employer_sizes / np.maximum(region.employer_sizes.sum(axis=1, keepdims=True), 1e-12)
    add(
        "private employers by size",
        [f"sector {code}" for code in SECTOR_CODES],
        [f"{a}-{b} jobs" for a, b in SIZE_CLASSES],
        by_size.sum(axis=1, keepdims=True) * shares * p.weight,
        by_size,
    )
    homes = count((M, N_TENURES), home_mun, p.household_tenure.astype(np.int64))
    add("dwellings not exceeded", places, tenures, region.dwellings, homes)

    table = pd.concat(frames, ignore_index=True)
    table["deviation"] = table["synthetic"] - table["target"]
    spare = table["margin"] == "dwellings not exceeded"
    table.loc[spare, "deviation"] = table.loc[spare, "deviation"].clip(lower=0.0)
    return table


def fit_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Summarise a fit table, one row per margin.

    Args:
        table: from :func:`fit_table`.

    Returns:
        Indexed by margin: ``cells``; ``total`` of the targets; ``max_abs`` deviation; ``tae``, the
        total absolute error, and ``tae_share`` of the total; ``rmse``; ``share_exact``, cells met to
        within rounding (half a unit); ``correlation`` of targets and synthetic counts (NaN if
        either does not vary).
    """
    import pandas as pd

    rows = {}
    for margin, part in table.groupby("margin", sort=False):
        off = part["deviation"].abs()
        varies = len(part) > 1 and part["target"].std() > 0 and part["synthetic"].std() > 0
        rows[margin] = {
            "cells": len(part),
            "total": part["target"].sum(),
            "max_abs": off.max(),
            "tae": off.sum(),
            "tae_share": off.sum() / part["target"].sum() if part["target"].sum() else 0.0,
            "rmse": float(np.sqrt((off**2).mean())),
            "share_exact": float((off <= 0.5).mean()),
            "correlation": float(np.corrcoef(part["target"], part["synthetic"])[0, 1])
            if varies
            else float("nan"),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("margin")


def plot_fit(table: pd.DataFrame, path: str | Path) -> None:
    """Draw target against synthetic count, one panel per margin.

    Args:
        table: from :func:`fit_table`.
        path: file to write; its suffix decides the format (png, svg, pdf).
    """
    from matplotlib.figure import Figure

    blue, grey = "#0072B2", "#000000"  # Okabe and Ito: told apart by everyone, also in print
    shown = [margin for margin in MARGINS if (table["margin"] == margin.name).any()]
    summary = fit_summary(table)
    columns = 3
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.9 * rows), layout="constrained")
    for place, margin in enumerate(shown):
        part = table[table["margin"] == margin.name]
        axes = figure.add_subplot(rows, columns, place + 1)
        top = max(part["target"].max(), part["synthetic"].max(), 1.0) * 1.5
        axes.plot([0, top], [0, top], color=grey, linewidth=0.8, zorder=1)
        axes.scatter(part["target"], part["synthetic"], s=9, alpha=0.5, color=blue, linewidths=0, zorder=2)
        # Counts span five orders of magnitude, and zero is one of them.
        axes.set_xscale("symlog", linthresh=10)
        axes.set_yscale("symlog", linthresh=10)
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        off = summary.loc[margin.name]
        axes.set_title(
            f"{margin.name}\n{off['cells']:.0f} cells, total error {off['tae_share']:.2%}", fontsize=9
        )
        axes.set_xlabel(f"official ({margin.unit})\nsource: {margin.source}", fontsize=7)
        axes.set_ylabel(f"synthetic ({margin.unit})", fontsize=8)
        axes.tick_params(labelsize=7)
    figure.savefig(Path(path), dpi=150)
