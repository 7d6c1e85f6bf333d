"""Levels of pay: regressions of the logarithm of mean earned income of municipality and sex.

Income is that of residents from 20 years, so it holds hours, transfers and pensions as well as wages: a
difference of income is an upper bound of one of wages more often than not. Weighted least squares, weights
the residents behind each mean, errors clustered by municipality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .optional import statsmodels
from .rows import Estimate, missing

if TYPE_CHECKING:
    import pandas as pd

    from .sources import Sources

GROUP = "wages"
INCOME, EDUCATION, UNEMPLOYED = "income_by_age_group", "education_by_age_group", "registered_unemployed"
AGE_GROUP, FIRST_AGE = "20+", 20
SEXES = ("woman", "man")
METHOD = "weighted least squares, errors clustered by municipality"


def income_rows(sources: Sources) -> pd.DataFrame | None:
    """Mean income by municipality and sex, with what explains it; None if the package does not have it.

    Returns:
        Columns ``code, county, man, log_income, residents``, and, where the tables are there, ``tertiary``
        (share of those aged 25 to 64 whose education is known) and ``log_unemployment``.
    """
    table = sources.table(INCOME, "code", "sex", "age_group", "measure", "sek")
    if table is None:
        return None
    region, m = sources.region, sources.region.n_municipalities
    codes = list(region.codes[:m])
    rows = table[(table["measure"] == "mean") & (table["age_group"] == AGE_GROUP) & table["sex"].isin(SEXES)]
    rows = rows[rows["code"].isin(codes)].copy()
    if rows["code"].nunique() < m or len(rows) < 2 * m or not (rows["sek"].astype(float) > 0).all():
        return None
    zone = rows["code"].map({code: i for i, code in enumerate(codes)}).to_numpy()
    man = (rows["sex"] == "man").to_numpy(dtype=int)
    people = np.asarray(region.population, dtype=float)[:, :, FIRST_AGE:].sum(axis=2)
    rows["county"] = np.array(region.county)[zone]
    rows["man"] = man
    rows["log_income"] = np.log(rows["sek"].astype(float))
    rows["residents"] = people[zone, man]
    schooling = sources.table(EDUCATION, "code", "sex", "age_group", "level", "persons")
    if schooling is not None:
        grown = schooling[
            schooling["age_group"].isin(["25-34", "35-44", "45-54", "55-64"])
            & (schooling["level"] != "unknown")
        ]
        high = grown["level"].str.startswith("tertiary") | (grown["level"] == "doctoral")
        sums = grown.assign(high=grown["persons"].astype(float) * high).groupby(["code", "sex"])
        ratio = sums["high"].sum() / sums["persons"].sum()
        rows["tertiary"] = [
            float(ratio.get((c, s), np.nan)) for c, s in zip(rows["code"], rows["sex"], strict=True)
        ]
    stock = sources.table(UNEMPLOYED, "code", "period", "persons")
    if stock is not None:
        year = str(sources.package.resources[INCOME].get("year", ""))
        mean = stock[stock["period"].astype(str).str.startswith(year)].groupby("code")["persons"].mean()
        employed = dict(zip(codes, np.asarray(region.employed_residents, dtype=float), strict=True))
        rows["log_unemployment"] = [
            float(np.log(mean[c] / (mean[c] + employed[c]))) if mean.get(c, 0) > 0 else np.nan
            for c in rows["code"]
        ]
    return rows


def regress(rows: pd.DataFrame, design: NDArray[np.float64]) -> Any:
    """Log income on a design with a constant, weighted and clustered."""
    api = statsmodels()
    groups = rows["code"].astype("category").cat.codes.to_numpy()
    model = api.WLS(
        rows["log_income"].to_numpy(dtype=float), design, weights=rows["residents"].to_numpy(dtype=float)
    )
    return model.fit(cov_type="cluster", cov_kwds={"groups": groups})


def estimate_wages(sources: Sources) -> list[Estimate]:
    """Men to women, counties to the region, higher education, unemployment; and what is not identified."""
    unknown = [
        missing("wage_by_sector", GROUP, "no table of wages by sector: sector_wages is assumed"),
        missing("regional_wage", GROUP, "no income or wage of the nation in the package", published="regional_wage"),
        missing("wage_curve", GROUP, "one year of income: places cannot be held against themselves",
                parameter="wage_curve", published="wage_curve"),
        missing("wage_response", GROUP, "no wages beside open jobs over time", parameter="wage_response"),
    ]  # fmt: skip
    rows = income_rows(sources)
    if rows is None:
        return [missing("income_men", GROUP, f"the package has no complete table {INCOME}"), *unknown]
    status, identified = sources.status(INCOME), sources.identified(INCOME)
    n, one = len(rows), np.ones(len(rows))
    man = rows["man"].to_numpy(dtype=float)
    weight = rows["residents"].to_numpy(dtype=float)
    year = sources.package.resources[INCOME].get("year", "")
    about = f"mean earned income from {FIRST_AGE} years, {year}; hours and transfers included"
    out: list[Estimate] = []

    def add(name: str, value: float, error: float, unit: str, more: str = "", table: str = INCOME) -> None:
        note = "; ".join(part for part in (about, more) if part)
        out.append(
            Estimate(name, GROUP, value, error, unit, n, METHOD, table, status, identified, "", "", note)
        )

    counties = list(dict.fromkeys(rows["county"]))
    if rows["code"].nunique() > len(counties) + 2:
        # Contrasts to the weighted mean of the region, so that no county is the yardstick.
        columns = []
        for county in counties[1:]:
            here, base = (rows["county"] == county).to_numpy(), (rows["county"] == counties[0]).to_numpy()
            columns.append(here.astype(float) - base * weight[here].sum() / weight[base].sum())
        fit = regress(rows, np.column_stack([one, man, *columns]))
        add("income_men", float(fit.params[1]), float(fit.bse[1]), "log points to women")
        cov = np.asarray(fit.cov_params())
        first = np.zeros(len(fit.params))
        for i, county in enumerate(counties[1:], 2):
            here, base = rows["county"] == county, rows["county"] == counties[0]
            first[i] = -weight[here].sum() / weight[base].sum()
        if len(counties) > 1:
            add(f"income_{counties[0]}", float(first @ fit.params), float(np.sqrt(first @ cov @ first)),
                "log points to the region")  # fmt: skip
        for i, county in enumerate(counties[1:], 2):
            add(f"income_{county}", float(fit.params[i]), float(fit.bse[i]), "log points to the region")
    else:
        out.append(missing("income_men", GROUP, "too few municipalities for errors clustered by them"))
        return [*out, *unknown]
    if "tertiary" in rows and rows["tertiary"].notna().all():
        fit = regress(rows, np.column_stack([one, man, rows["tertiary"].to_numpy(dtype=float)]))
        add("income_tertiary", float(fit.params[2]), float(fit.bse[2]), "log points, share of 1 to share of 0",
            "between places, not between persons", f"{INCOME} + {EDUCATION}")  # fmt: skip
        if "log_unemployment" in rows and rows["log_unemployment"].notna().all():
            design = np.column_stack([one, man, rows["tertiary"], rows["log_unemployment"]]).astype(float)
            fit = regress(rows, design)
            add("income_unemployment", float(fit.params[3]), float(fit.bse[3]), "elasticity",
                "across places in one year: low income and unemployment share causes, so this is no wage curve",
                f"{INCOME} + {EDUCATION} + {UNEMPLOYED}")  # fmt: skip
    return [*out, *unknown]
