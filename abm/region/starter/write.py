"""Writing the template of a region: tables to fill in, tables borrowed from the shipped region, a README."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from abm.errors import OmlandError
from abm.language import N_, say
from abm.paths import reachable
from abm.region.descriptor import DESCRIPTOR, Package, open_package
from abm.region.files import read_bytes
from abm.region.package import load_region
from abm.region.region import Region
from abm.region.starter.tables import (
    BORROWED,
    DERIVED,
    FILLED,
    FIRST_AGES,
    OWN_PARAMETERS,
    PROFILES,
    Column,
    Filled,
)
from abm.resources import data_path
from abm.schema import ADULT_AGE, BOUNDARY_ZONES, HOUSEHOLD_TYPES, MAX_AGE, SECTOR_CODES, SECTORS, Tenure

SEXES = ("woman", "man")
LARGEST = 290
"""Most municipalities of a template: as many as Sweden has."""
_SAME_PARAMETERS = (
    "migration_distance_exponent",
    "migration_distance_softening_km",
    "vacancy_tenant_owned",
    "vacancy_owned",
    "vacancy_other",
)
_BASIS = N_("mean of the region that comes with Omland")
_ABROAD_KM, _ABROAD_MINUTES = 1000, 600

Row = Sequence[Any]


def new_region(folder: Path, municipalities: int = 3, codes: Sequence[str] = ()) -> list[str]:
    """Write the template of a region data package.

    All files appear at once: they are written beside and the folder is put in place when it is whole.

    Args:
        folder: folder to make; it may exist if it is empty.
        municipalities: number of municipalities.
        codes: their codes, instead of that number and made-up codes from 9001.

    Returns:
        Names of the files, within the folder.

    Raises:
        OmlandError: the folder holds something, cannot be written, or a code is none.
    """
    codes = _codes(municipalities, codes)
    if reachable(folder).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OmlandError(
            say(
                "{folder} exists and is not empty; nothing was written. Name a new folder, or empty this one.",
                folder=folder,
            )
        )
    shipped = open_package(data_path("norrland"))
    files = _files(codes, load_region(), shipped)
    parent = folder.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=parent))
    except OSError as error:
        raise OmlandError(
            say("{folder} cannot be written to: {why}.", folder=folder, why=error.strerror or error)
        ) from None
    try:
        for name, text in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        beside.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        os.replace(beside, folder)
    except OSError as error:
        raise OmlandError(
            say("{folder} cannot be written to: {why}.", folder=folder, why=error.strerror or error)
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return sorted(files)


def _codes(municipalities: int, codes: Sequence[str]) -> list[str]:
    if not codes:
        if not 1 <= municipalities <= LARGEST:
            raise OmlandError(
                say(
                    "a region has 1 to {most} municipalities, not {municipalities}.",
                    most=LARGEST,
                    municipalities=municipalities,
                )
            )
        return [str(9001 + i) for i in range(municipalities)]
    for code in codes:
        if not re.fullmatch("[0-9]{4}", code):
            raise OmlandError(
                say('the code "{code}" is no code of a municipality; four digits are expected.', code=code)
            )
        if codes.count(code) > 1:
            raise OmlandError(
                say("the code {code} is given twice; every municipality has its own.", code=code)
            )
    return sorted(codes)


def _files(codes: list[str], region: Region, shipped: Package) -> dict[str, str]:
    """All files of the template: name to text."""
    files = {f"fill/{table.name}.csv": _csv(table.columns, _rows(table.name, codes)) for table in FILLED}
    for name in BORROWED:
        files[f"borrowed/{name}.csv"] = read_bytes(shipped.file(name)).decode("utf-8-sig")
    profiles = _profiles(region)
    for name, (_, columns, _key) in PROFILES.items():
        files[f"borrowed/{name}.csv"] = _csv(columns, profiles[name])
    files["borrowed/parameters.csv"] = _text(
        ("key", "value", "low", "high", "unit", "basis"), _parameters(region, shipped)
    )
    files[DESCRIPTOR] = json.dumps(_descriptor(shipped), indent=2, ensure_ascii=False) + "\n"
    files["README.md"] = _readme()
    files["scenarios/baseline.toml"] = _BASELINE
    files["scenarios/employer.toml"] = _EMPLOYER.format(code=codes[0])
    files["experiment.toml"] = _EXPERIMENT.format(code=codes[0])
    return files


def _rows(name: str, codes: list[str]) -> Iterable[Row]:
    """Rows of a table to fill in: the keys are there, the figures are empty."""
    if name == "municipalities":
        return [(code, "", code[:2], "", "", "") for code in codes]
    if name == "residents_by_age_group":
        ends = [*(first - 1 for first in FIRST_AGES[1:]), MAX_AGE]
        groups = list(zip(FIRST_AGES, ends, strict=True))
        return [(code, sex, low, high, "") for code in codes for sex in SEXES for low, high in groups]
    if name == "jobs":
        return [(code, sector, "") for code in codes for sector in SECTOR_CODES]
    if name == "movers":
        return [(code, "", "") for code in codes]
    if name == "network_links":
        chain = [(a, b, "road", f"road {a} to {b}", "", "", "") for a, b in pairwise(codes)]
        chain.append((codes[0], "RS", "road", "road out of the region", "", "", ""))
        abroad = ("RS", "AB", "road", "air and sea", _ABROAD_KM, _ABROAD_MINUTES, _ABROAD_MINUTES)
        return [*chain, abroad]
    return [(code, "") for code in codes]


def _profiles(region: Region) -> dict[str, list[Row]]:
    """Means over the shipped region, weighted by residents."""
    people = region.population.astype(float)
    adults = people[:, :, ADULT_AGE:]

    def mean(values: np.ndarray[Any, Any], by: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return (values * by).sum(axis=0) / np.maximum(by.sum(axis=0), 1e-12)

    education = mean(region.education[:, :, ADULT_AGE:], adults[..., None])
    education /= education.sum(axis=-1, keepdims=True)
    rate = mean(region.employment_rate, people)
    income = mean(region.income, people)
    births = mean(region.births, people[:, 0])
    deaths = mean(region.deaths, people)
    residents = people.sum(axis=(1, 2))[:, None]
    mobility = mean(region.migration_age, residents)
    mobility /= mobility[16:65].mean()
    coming = [mean(ages, residents) for ages in region.in_migrant_age]
    homes = 1000 * region.households.sum(axis=0) / people.sum()
    sizes = region.persons_by_household_size.sum(axis=0)
    by_age = [(s, a) for s in range(2) for a in range(MAX_AGE + 1)]
    tenures = [tenure.name.lower() for tenure in Tenure]
    return {
        "education_profile": [
            (SEXES[s], a, *(f"{v:.7f}" for v in education[s, a - ADULT_AGE]))
            for s, a in by_age
            if a >= ADULT_AGE
        ],
        "employment_profile": [(SEXES[s], a, f"{rate[s, a]:.6f}") for s, a in by_age],
        "income_by_sex_and_age": [(SEXES[s], a, f"{income[s, a]:.0f}") for s, a in by_age],
        "household_profile": [
            (kind, tenure, f"{homes[i, j]:.5f}")
            for i, kind in enumerate(HOUSEHOLD_TYPES)
            for j, tenure in enumerate(tenures)
        ],
        "household_size_profile": [(i + 1, f"{n / sizes.sum():.6f}") for i, n in enumerate(sizes)],
        "fertility_profile": [(a, f"{births[a]:.7f}") for a in range(MAX_AGE + 1)],
        "mobility_profile": [(a, f"{mobility[a]:.6f}") for a in range(MAX_AGE + 1)],
        "in_mover_profile": [
            (origin, a, f"{v:.9f}")
            for origin, ages in zip(BOUNDARY_ZONES, coming, strict=True)
            for a, v in enumerate(ages / ages.sum())
        ],
        "mortality_profile": [(SEXES[s], a, f"{deaths[s, a]:.7f}") for s, a in by_age],
    }


def _parameters(region: Region, shipped: Package) -> list[Row]:
    """Scalar assumptions of the rules, with the range in which they may be varied."""
    text = io.StringIO(read_bytes(shipped.file("parameters")).decode("utf-8-sig"))
    known = {row["key"]: row for row in csv.DictReader(text)}
    m = region.n_municipalities
    flows = region.commuting
    out = flows[:m, m:].sum() / region.employed_residents.sum()
    abroad = flows[:m, m + 1].sum() / max(flows[:m, m:].sum(), 1)
    built = region.dwellings_built.sum() / region.population.sum()
    nodes = [data for node, data in region.network.nodes(data=True) if node in region.codes[:m]]
    rows: list[Row] = [
        (
            "commuting_decay",
            *(known["commuting_daily_decay"][k] for k in ("value", "low", "high", "unit", "basis")),
        ),
        ("commuting_far", 0.0005, 0.0001, 0.002, "weight", "weekly commuters over any distance; no source"),
        ("commuting_out_share", f"{out:.4f}", 0.005, 0.2, "share of the employed who work outside", _BASIS),
        ("commuting_abroad_share", f"{abroad:.4f}", 0, 1, "share of those who cross the border", _BASIS),
        ("dwellings_built_per_resident", f"{built:.5f}", 0, 0.02, "dwellings per resident and year", _BASIS),
    ]
    for key in ("within_km", "within_minutes", "within_transit_minutes"):
        value = float(np.mean([data[key] for data in nodes]))
        unit = "km" if key == "within_km" else "minutes"
        rows.append((key, f"{value:.1f}", f"{value / 2:.1f}", f"{value * 2:.1f}", unit, _BASIS))
    fields = ("key", "value", "low", "high", "unit", "basis")
    rows += [tuple(known[key][k] for k in fields) for key in _SAME_PARAMETERS]
    rental = known["vacancy_rental_other"]
    rows.append(("vacancy_rental", *(rental[k] for k in fields[1:])))
    return [*rows, *OWN_PARAMETERS]


def _descriptor(shipped: Package) -> dict[str, Any]:
    def resource(name: str, folder: str, title: str, status: str) -> dict[str, Any]:
        return {
            "profile": "tabular-data-resource",
            "name": name,
            "path": f"{folder}/{name}.csv",
            "title": title,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "omland:status": status,
        }

    def schema(columns: Sequence[Column], key: Sequence[str]) -> dict[str, Any]:
        return {"fields": [column.field() for column in columns], "primaryKey": list(key)}

    def same(name: str) -> dict[str, Any]:
        out = copy.deepcopy(shipped.resources[name]["schema"])
        out.pop("foreignKeys", None)
        return dict(out)

    listed = []
    for step, table in enumerate(FILLED, 1):
        listed.append(
            resource(table.name, "fill", table.title, "official")
            | {
                "sources": [{"title": "name the source of the figures here"}],
                "omland:step": step,
                "description": table.help,
                "schema": schema(table.columns, table.key),
            }
        )
    for name, title in BORROWED.items():
        origin = {
            key: shipped.resources[name][key]
            for key in ("sources", "licenses")
            if key in shipped.resources[name]
        }
        listed.append(resource(name, "borrowed", title, "assumed") | origin | {"schema": same(name)})
    for name, (title, columns, key) in PROFILES.items():
        extra = {"sources": [{"title": _BASIS}], "schema": schema(columns, key)}
        listed.append(resource(name, "borrowed", title, "assumed") | extra)
    listed.append(
        resource("parameters", "borrowed", "Figures of the rules, each with its range", "assumed")
        | {"schema": same("parameters")}
    )
    for name, title, rule in DERIVED:
        extra = {"omland:rule": rule, "schema": same(name)}
        listed.append(resource(name, "derived", title, "derived") | extra)
    return {
        "profile": "data-package",
        "name": "my-region",
        "title": "A region of one's own",
        "description": "Begun with omland new-region. README.md tells what each table is; omland check tells what "
        "to do next.",
        "version": "0.1.0",
        "licenses": [{"name": "CC0-1.0", "title": "Creative Commons Zero 1.0"}],
        "omland:zones": shipped.descriptor["omland:zones"],
        "resources": listed,
    }


def _csv(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    return _text([column.name for column in columns], rows)


def _text(header: Sequence[str], rows: Iterable[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def _readme() -> str:
    """README of the template: every table, its columns and units."""
    parts = [_README_HEAD]
    for step, table in enumerate(FILLED, 1):
        parts.append(
            f"### {step}. {table.title}: `fill/{table.name}.csv`\n\n{table.help}\n\n{_column_table(table)}"
        )
    sectors = "\n".join(f"| {s.code} | {s.name} | {s.sni} |" for s in SECTORS)
    parts.append(f"### Codes of the sectors\n\n| code | sector | SNI 2007 |\n| :-- | :-- | :-- |\n{sectors}")
    borrowed = {**BORROWED, **{name: title for name, (title, _, _) in PROFILES.items()}}
    borrowed["parameters"] = "Figures of the rules, each with its range and what it rests on"
    parts.append(
        _README_BORROWED + "\n".join(f"| `{name}.csv` | {title} |" for name, title in borrowed.items())
    )
    parts.append(_README_DERIVED + "\n".join(f"| `{name}.csv` | {title} |" for name, title, _ in DERIVED))
    return "\n\n".join([*parts, _README_END]) + "\n"


def _column_table(table: Filled) -> str:
    rows = [
        f"| `{c.name}` | {c.about} | {c.unit} | {'may be left out' if c.optional else 'needed'} |"
        for c in table.columns
    ]
    return "\n".join(["| column | what stands there | unit | |", "| :-- | :-- | :-- | :-- |", *rows])


_README_HEAD = """# A region of your own

You fill in the eight small tables in `fill/`. All else is there or is computed:

| folder | what it holds | what you do |
| :-- | :-- | :-- |
| `fill/` | the figures of your municipalities | fill in |
| `borrowed/` | profiles by age, sector and household: means of the region that comes with Omland | leave, or replace |
| `derived/` | the large tables that follow from the two | made by `omland derive` |
| `scenarios/` | a baseline, and a first scenario with a new employer | change |
| `experiment.toml` | a first experiment: the two against each other, ten times | change |

Run `omland check` on this folder after every step: it says where you stand, what is wrong in which file
and line, what is allowed, and what to do next. When it asks for it, run `omland derive` on the folder.

Files are text in UTF-8, columns separated by commas, decimals with a point. A spreadsheet that writes
semicolons or decimal commas has to be told so when it exports. You can change the order of the rows.

## Tables to fill in"""
_README_BORROWED = """## Borrowed tables

In `borrowed/`. They need no change. Where your region differs (wages, mining, age at birth of the first
child) put your own figures in the same columns.

| file | what it holds |
| :-- | :-- |
"""
_README_DERIVED = """## Tables that follow

In `derived/`, and not there before `omland derive`. If you have an official table in place of one (commuters between
municipalities above all): put it there with the same columns, set its `omland:status` in `datapackage.json`
to `official`, delete its `omland:rule`, and run `omland derive` again: it leaves official tables alone, and the
others follow.

| file | what it holds |
| :-- | :-- |
"""
_README_END = """## What may be left out

A coach time where no coach runs. Sectors without jobs have 0, rows cannot be left out. A map with borders
(GeoJSON polygons with a property `code`; see `municipalities_map` in the package that comes with Omland) is
optional: without it maps have a dot at each town. Official figures of later years in `derived/series.csv` (and its
status set to `official`) are only needed to hold a baseline against them.

## What this cannot do

The scenarios that come with Omland speak of places in northern Sweden; yours are in `scenarios/`. What is imposed by
county (mode "study") knows the counties of the shipped region only: use mode "behavioural"."""

_BASELINE = """# The region as it is, without anything new: what every scenario is compared with.
mode = "behavioural"

[title]
en = "Baseline"
sv = "Basscenario"

[description]
en = "Nothing new happens."
sv = "Inget nytt händer."
"""
_EMPLOYER = """# A first scenario: a new employer. Change place, sector, months and jobs as you like.
extends = "baseline.toml"
mode = "behavioural"

[title]
en = "A new employer"
sv = "En ny arbetsgivare"

[description]
en = "A new employer with 300 employees."
sv = "En ny arbetsgivare med 300 anställda."

[[event]]
kind = "establishment"
name = "New employer"
municipality = "{code}"             # a name or a code from fill/municipalities.csv
sector = "CO"                     # see the codes in README.md
month = "2021-01"                 # announced
operation = [                     # employees at the end of the month, linear between the points
    {{ month = "2021-06", jobs = 0 }},
    {{ month = "2023-12", jobs = 300 }},
]
wage_premium = 0.05               # pays 5 % over the regional wage of the sector
"""
_EXPERIMENT = """# A first experiment: what the new employer does, ten times with other chance. With it comes a report.
title = "A new employer in the region"
scenarios = ["employer"]          # of the folder scenarios; the baseline is the one that stands there
outcomes = [                      # quantity:place:time; a place is a name or a code, or all
    "population:all:2030",
    "jobs:all:2030",
    "population:{code}:2030",
]
replicates = 10
"""
