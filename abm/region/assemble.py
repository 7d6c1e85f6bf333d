"""A region from the arrays of a data package."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import say
from abm.region.arrays import AGES, Arrays
from abm.region.checks import Problem, check_region
from abm.region.complaints import Unusable
from abm.region.needed import NEEDED, SKILLS
from abm.region.network import build_network, travel_matrices
from abm.region.region import SIZE_CLASSES, Region
from abm.region.tables import county_names
from abm.schema import (
    ABROAD,
    ADULT_AGE,
    BOUNDARY_ZONES,
    HOUSEHOLD_TYPES,
    N_TENURES,
    PUBLIC_SECTORS,
    REST_OF_SWEDEN,
    SECTOR_CODES,
    SECTOR_INDEX,
    START_YEAR,
    Tenure,
)

SEXES = ("woman", "man")
TENURES = tuple(tenure.name.lower() for tenure in Tenure)
SIZE_CLASS_NAMES = tuple(str(low) if low == high else f"{low}-{high}" for low, high in SIZE_CLASSES)


def assemble(arrays: Arrays) -> Region:
    """Build the region from the tables, and check how they fit together.

    Raises:
        Unusable: after complaints.
    """
    places = arrays.need("municipalities")
    order = sorted(range(len(places)), key=lambda i: places.texts("code")[i])
    codes = [places.texts("code")[i] for i in order]
    county = [places.texts("county_code")[i] for i in order]
    clash = [code for code in codes if code in BOUNDARY_ZONES]
    if clash:
        arrays.complain(
            say(
                "{file}: {code} is the code of a boundary zone; a municipality needs another code.",
                file=places.file,
                code=clash[0],
            )
        )
        raise Unusable
    zones = [*codes, *BOUNDARY_ZONES]
    counties = sorted(set(county))
    county_row = np.array([counties.index(c) for c in county])
    by_code, by_age = ("code", codes), ("age", AGES)
    by_sex, by_sector = ("sex", SEXES), ("sector", SECTOR_CODES)
    by_county = ("county_code", counties)
    adults = AGES[ADULT_AGE:]

    education = np.zeros((len(codes), 2, len(AGES), len(SKILLS)))
    education[:, :, :ADULT_AGE, 0] = 1.0
    for k, skill in enumerate(SKILLS):
        education[:, :, ADULT_AGE:, k] = arrays.spread("education", [by_code, by_sex, ("age", adults)], skill)

    need = np.zeros((len(SECTOR_CODES), len(AGES)))
    public = [SECTOR_CODES[i] for i in PUBLIC_SECTORS]
    rows = arrays.spread("public_need", [("sector", public), by_age], "jobs_per_resident")
    for code, row in zip(public, rows, strict=True):
        need[SECTOR_INDEX[code]] = row

    def by_sectors(column: str) -> NDArray[np.float64]:
        return arrays.spread("sectors", [by_sector], column)

    def whole(array: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.rint(array).astype(np.int64)

    network, matrices = _travel(arrays, zones)
    places_by_zone = {code: i for i, code in zip(order, codes, strict=True)}
    names = [places.texts("name")[places_by_zone[code]] for code in codes]
    region = Region(
        name=str(arrays.package.descriptor.get("name", arrays.package.path.name)),
        path=arrays.package.path,
        content_hash=_hash(arrays),
        codes=tuple(zones),
        names=(*names, *_zone_names(arrays)),
        county=tuple(county),
        county_names=county_names(places),
        latitude=places.numbers("latitude")[order],
        longitude=places.numbers("longitude")[order],
        population=whole(arrays.spread("population", [by_code, by_sex, by_age], "residents")),
        education=education,
        households=whole(
            arrays.spread(
                "households",
                [by_code, ("household_type", HOUSEHOLD_TYPES), ("tenure", TENURES)],
                "households",
            )
        ),
        persons_by_household_size=whole(
            arrays.spread(
                "persons_by_household_size", [by_code, ("household_size", tuple(range(1, 8)))], "persons"
            )
        ),
        dwellings=whole(arrays.spread("dwellings", [by_code, ("tenure", TENURES)], "dwellings")),
        dwellings_built=arrays.spread("dwellings_built", [by_code], "dwellings"),
        employment_rate=arrays.spread("employment_rates", [by_code, by_sex, by_age], "rate"),
        employed_residents=whole(arrays.spread("employed_residents", [by_code], "persons")),
        employment_index=_by_year(arrays, "employment_index", counties)[:, county_row],
        jobs=whole(arrays.spread("jobs", [by_code, by_sector], "jobs")),
        unemployed=whole(arrays.spread("unemployed", [by_code], "persons")),
        unemployed_by_age=arrays.bands("unemployed_by_age", "relative_risk"),
        commuting=whole(arrays.spread("commuting", [("from", zones), ("to", zones)], "persons", dense=False)),
        migration=arrays.spread("migration", [("from", zones), ("to", zones)], "persons", dense=False),
        migration_age=arrays.spread("migration_age", [by_code, by_age], "intensity"),
        in_migrant_age=arrays.spread(
            "in_migrant_age", [("origin", BOUNDARY_ZONES), by_code, by_age], "share"
        ),
        immigration=_by_year(arrays, "immigration", counties)[:, county_row],
        births=arrays.spread("births", [by_code, by_age], "rate"),
        deaths=arrays.spread("deaths", [by_county, by_sex, by_age], "rate")[county_row],
        income=arrays.spread("income", [by_code, by_sex, by_age], "sek"),
        wages=arrays.spread("wages", [by_sector, ("skill", SKILLS)], "sek_per_month"),
        wage_level=arrays.spread("wage_level", [by_code], "level"),
        tax_rate=arrays.spread("tax_rates", [by_code], "rate"),
        io_domestic=arrays.spread(
            "io_domestic",
            [("supplier", SECTOR_CODES), ("user", SECTOR_CODES)],
            "coefficient",
            dense=False,
        ),
        io_imported=by_sectors("imported"),
        household_consumption=by_sectors("household_consumption"),
        output_per_job=by_sectors("output_per_job"),
        public_need=need,
        national_jobs=by_sectors("national_jobs"),
        employer_sizes=arrays.spread(
            "employer_sizes", [by_sector, ("size_class", SIZE_CLASS_NAMES)], "share"
        ),
        distance_km=matrices[0],
        car_minutes=matrices[1],
        transit_minutes=matrices[2],
        network=network,
        series=_series(arrays, codes),
    )
    assert region.dwellings.shape[1] == N_TENURES
    for problem in check_region(region):
        arrays.complain(_located(arrays, problem))
    return region


def _by_year(arrays: Arrays, name: str, counties: list[str]) -> NDArray[np.float64]:
    """A ratio by year and county; the years follow each other from the first simulated one on."""
    last = int(arrays.need(name).numbers("year").max())
    years = tuple(range(START_YEAR, max(last, START_YEAR) + 1))
    return arrays.spread(name, [("year", years), ("county_code", counties)], "relative")


def _located(arrays: Arrays, problem: Problem) -> str:
    files = say(" and ").join(str(arrays.package.file(name)) for name in problem.resources)
    return f"{files}: {problem.sentence}"


def _hash(arrays: Arrays) -> str:
    try:
        return arrays.package.content_hash()
    except OmlandError as problem:
        arrays.complain(str(problem))
        raise Unusable from None


def _zone_names(arrays: Arrays) -> list[str]:
    zones = arrays.package.descriptor.get("omland:zones", {})
    listed = list(zones.values()) if isinstance(zones, dict) else []
    named = {str(z.get("code")): z.get("name") for z in listed if isinstance(z, dict)}
    return [str(named.get(REST_OF_SWEDEN) or "Rest of Sweden"), str(named.get(ABROAD) or "Abroad")]


def _travel(arrays: Arrays, zones: list[str]) -> tuple[Any, tuple[NDArray[np.float64], ...]]:
    import pandas as pd

    nodes, links = arrays.need("network_nodes"), arrays.need("network_links")
    known = set(nodes.texts("code"))
    for zone in zones:
        if zone not in known:
            arrays.complain(
                say(
                    "{file}: there is no node for the zone {zone}; every zone needs one.",
                    file=nodes.file,
                    zone=zone,
                )
            )
            raise Unusable
    for column in ("from", "to"):
        for line, code in zip(links.lines, links.texts(column), strict=True):
            if code not in known:
                arrays.complain(
                    say(
                        "{file}, line {line}: the node {code} ({column}) is unknown; only codes of the table "
                        "network_nodes are allowed.",
                        file=links.file,
                        line=line,
                        code=code,
                        column=column,
                    )
                )
                raise Unusable
    for line, minutes, km in zip(links.lines, links.numbers("minutes"), links.numbers("km"), strict=True):
        if minutes <= 0 or km <= 0:
            arrays.complain(
                say(
                    "{file}, line {line}: a link must be longer than 0 km and 0 minutes.",
                    file=links.file,
                    line=line,
                )
            )
            raise Unusable
    network = build_network(pd.DataFrame(nodes.columns), pd.DataFrame(links.columns))
    matrices = travel_matrices(network, zones)
    unreached = np.argwhere(~np.isfinite(matrices[1]))
    if len(unreached):
        a, b = (zones[i] for i in unreached[0])
        arrays.complain(
            say(
                "{file}: no road leads from {a} to {b}; every zone must be within reach by road.",
                file=links.file,
                a=a,
                b=b,
            )
        )
        raise Unusable
    return network, matrices


def _series(arrays: Arrays, codes: list[str]) -> Any:
    import pandas as pd

    table = arrays.need("series")
    for line, code in zip(table.lines, table.texts("code"), strict=True):
        if code not in codes:
            arrays.complain(
                say(
                    "{file}, line {line}: the municipality {code} (code) is unknown; only the codes of the table "
                    "municipalities are allowed.",
                    file=table.file,
                    line=line,
                    code=code,
                )
            )
            raise Unusable
    frame = pd.DataFrame({column: table.columns[column] for column in NEEDED["series"]})
    return frame.astype({"year": "int64", "value": "float64"})
