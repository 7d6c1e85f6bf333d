"""Loading a region from a data package, and telling what is wrong with one.

A package is a folder with a ``datapackage.json`` (Frictionless Data Package) and the files it lists.
The loader needs the resources of :data:`NEEDED`; what else a package holds (the inputs of the
derivations) is checked by :func:`check_package` only. Any set of municipalities will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import N_, say
from abm.region.checks import Problem, check_region
from abm.region.network import build_network, travel_matrices
from abm.region.region import SIZE_CLASSES, Region
from abm.region.tables import (
    DESCRIPTOR,
    Complain,
    Package,
    Table,
    Unusable,
    open_package,
    read_bytes,
    read_table,
)
from abm.resources import data_path
from abm.schema import (
    ABROAD,
    ADULT_AGE,
    BOUNDARY_ZONES,
    HOUSEHOLD_TYPES,
    MAX_AGE,
    N_TENURES,
    PUBLIC_SECTORS,
    REST_OF_SWEDEN,
    SECTOR_CODES,
    SECTOR_INDEX,
    START_YEAR,
    Skill,
    Tenure,
)

SEXES = ("woman", "man")
SKILLS = tuple(skill.name.lower() for skill in Skill)
TENURES = tuple(tenure.name.lower() for tenure in Tenure)
SIZE_CLASS_NAMES = tuple(str(low) if low == high else f"{low}-{high}" for low, high in SIZE_CLASSES)
_AGES = tuple(range(MAX_AGE + 1))

NEEDED: dict[str, tuple[str, ...]] = {
    "municipalities": ("code", "name", "county_code", "latitude", "longitude"),
    "population": ("code", "sex", "age", "residents"),
    "education": ("code", "sex", "age", *SKILLS),
    "households": ("code", "household_type", "tenure", "households"),
    "persons_by_household_size": ("code", "household_size", "persons"),
    "dwellings": ("code", "tenure", "dwellings"),
    "dwellings_built": ("code", "dwellings"),
    "employment_rates": ("code", "sex", "age", "rate"),
    "employed_residents": ("code", "persons"),
    "jobs": ("code", "sector", "jobs"),
    "unemployed": ("code", "persons"),
    "unemployed_by_age": ("age_from", "age_to", "relative_risk"),
    "commuting": ("from", "to", "persons"),
    "migration": ("from", "to", "persons"),
    "migration_age": ("code", "age", "intensity"),
    "in_migrant_age": ("origin", "code", "age", "share"),
    "immigration": ("county_code", "year", "relative"),
    "births": ("code", "age", "rate"),
    "deaths": ("county_code", "sex", "age", "rate"),
    "income": ("code", "sex", "age", "sek"),
    "wages": ("sector", "skill", "sek_per_month"),
    "wage_level": ("code", "level"),
    "tax_rates": ("code", "rate"),
    "io_domestic": ("supplier", "user", "coefficient"),
    "sectors": ("sector", "imported", "household_consumption", "output_per_job", "national_jobs"),
    "public_need": ("sector", "age", "jobs_per_resident"),
    "employer_sizes": ("sector", "size_class", "share"),
    "network_nodes": (
        "code",
        "name",
        "kind",
        "latitude",
        "longitude",
        "within_km",
        "within_minutes",
        "within_transit_minutes",
    ),
    "network_links": ("from", "to", "mode", "name", "km", "minutes", "coach_minutes"),
    "series": ("code", "year", "quantity", "value", "source"),
}
"""Resources that a region is made of, with the columns they must have."""

_WORDS = {
    "code": N_("municipality"),
    "from": N_("zone"),
    "to": N_("zone"),
    "county_code": N_("county"),
    "sex": N_("sex"),
    "age": N_("age"),
    "year": N_("year"),
    "sector": N_("sector"),
    "supplier": N_("sector"),
    "user": N_("sector"),
}


def load_region(path: str | Path | None = None) -> Region:
    """Read and check a region.

    Args:
        path: folder of a data package; None for the one that is shipped.

    Returns:
        The region.

    Raises:
        OmlandError: the first thing that is wrong, in one sentence.
    """
    folder = data_path("norrland") if path is None else Path(path)

    def fail(sentence: str) -> NoReturn:
        raise OmlandError(sentence)

    package = open_package(folder)
    return _Loader(package, fail).region()


def check_package(path: str | Path | None = None) -> list[str]:
    """Look for everything that is wrong with a data package.

    Args:
        path: folder of a data package; None for the one that is shipped.

    Returns:
        One sentence per problem; empty if the package is sound.
    """
    problems: list[str] = []
    try:
        package = open_package(data_path("norrland") if path is None else Path(path))
    except OmlandError as problem:
        return [str(problem)]
    loader = _Loader(package, problems.append)
    for name in NEEDED:
        loader.table(name)
    for name, resource in package.resources.items():
        if name not in NEEDED:
            try:
                if "schema" in resource:
                    loader.check_total(name, read_table(package, name, problems.append))
                else:
                    read_bytes(package.file(name))
            except Unusable:
                continue
            except OmlandError as problem:
                problems.append(str(problem))
    if not problems:
        try:
            loader.region()
        except (OmlandError, Unusable) as problem:
            problems.append(str(problem))
    return list(dict.fromkeys(sentence for sentence in problems if sentence))


class _Loader:
    """Turns the tables of a package into arrays, telling `complain` what is wrong."""

    def __init__(self, package: Package, complain: Complain) -> None:
        self.package = package
        self.complain = complain
        self._tables: dict[str, Table | None] = {}
        self._axes: dict[str, Sequence[Any]] = {}

    def table(self, name: str) -> Table | None:
        """A needed table, read once; None after complaints."""
        if name not in self._tables:
            self._tables[name] = None
            if name not in self.package.resources:
                self.complain(
                    say(
                        "{file}: the resource {name!r} is missing; a region is not complete without it.",
                        file=self.package.path / DESCRIPTOR,
                        name=name,
                    )
                )
                return None
            try:
                self._tables[name] = read_table(self.package, name, self.complain, NEEDED[name])
            except Unusable:
                return None
            except OmlandError as problem:
                self.complain(str(problem))
                return None
            table = self._tables[name]
            if table is not None:
                self.check_total(name, table)
        return self._tables[name]

    def check_total(self, name: str, table: Table) -> None:
        """Compare the last number column with the total that the descriptor declares."""
        total = self.package.resources[name].get("omland:total")
        counts = [c for c, v in table.columns.items() if isinstance(v, np.ndarray)]
        if total is None or not counts:
            return
        if not isinstance(total, int | float):
            self.complain(
                say(
                    "{file}: omland:total of resource {name!r} must be a number.",
                    file=self.package.path / DESCRIPTOR,
                    name=name,
                )
            )
            return
        found = float(table.numbers(counts[-1]).sum())
        if abs(found - float(total)) > 1e-6:
            self.complain(
                say(
                    "{file}: {column} adds up to {found:.10g}; {descriptor} declares a total of {total}.",
                    file=table.file,
                    column=counts[-1],
                    found=found,
                    descriptor=DESCRIPTOR,
                    total=total,
                )
            )

    def need(self, name: str) -> Table:
        table = self.table(name)
        if table is None:
            raise Unusable
        return table

    def spread(
        self,
        name: str,
        keys: Sequence[tuple[str, Sequence[Any]]],
        value: str,
        *,
        dense: bool = True,
    ) -> NDArray[np.float64]:
        """Spread a column over an array with one axis per key.

        Args:
            name: resource.
            keys: column and allowed labels of each axis.
            value: column with the numbers.
            dense: whether every cell must have a row; otherwise cells without one are zero.
        """
        table = self.need(name)
        index = []
        for column, labels in keys:
            position = {label: i for i, label in enumerate(labels)}
            raw = table.columns[column]
            values = raw.tolist() if isinstance(raw, np.ndarray) else raw
            where = np.fromiter((position.get(v, -1) for v in values), dtype=np.int64, count=len(values))
            for row in np.flatnonzero(where < 0):
                self.complain(self._unknown(table, int(row), column, values[row], labels))
            if (where < 0).any():
                raise Unusable
            index.append(where)
        shape = [len(labels) for _, labels in keys]
        # The descriptor may not declare the key: a cell must not be filled twice all the same.
        cells = np.ravel_multi_index(index, shape)
        _, first_rows = np.unique(cells, return_index=True)
        if len(first_rows) < len(cells):
            again = int(np.setdiff1d(np.arange(len(cells)), first_rows)[0])
            first = int(np.flatnonzero(cells == cells[again])[0])
            labelled = zip(keys, index, strict=True)
            what = ", ".join(f"{column} {labels[i[again]]}" for (column, labels), i in labelled)
            self.complain(
                say(
                    "{file}, line {line}: the row for {what} repeats line {earlier}; every row must be different.",
                    file=table.file,
                    line=table.lines[again],
                    what=what,
                    earlier=table.lines[first],
                )
            )
            raise Unusable
        out = np.zeros(shape)
        out[tuple(index)] = table.numbers(value)
        if dense:
            present = np.zeros(shape, dtype=bool)
            present[tuple(index)] = True
            if not present.all():
                first = np.argwhere(~present)[0]
                what = ", ".join(
                    f"{column} {labels[i]}" for (column, labels), i in zip(keys, first, strict=True)
                )
                self.complain(
                    say(
                        "{file}: there is no row for {what}; every combination needs one.",
                        file=table.file,
                        what=what,
                    )
                )
                raise Unusable
        return out

    def _unknown(self, table: Table, row: int, column: str, value: Any, labels: Sequence[Any]) -> str:
        shown = f"{value:g}" if isinstance(value, float) else value
        word = _WORDS.get(column, column)
        if column in ("code", "from", "to"):
            allowed = say("only the codes of the table municipalities are allowed")
            if column != "code":
                allowed = say(
                    "only the codes of the table municipalities, {zones} are allowed",
                    zones=" and ".join(BOUNDARY_ZONES),
                )
        elif len(labels) > 20:
            allowed = say("{first} to {last} is allowed", first=labels[0], last=labels[-1])
        else:
            allowed = say("one of {names} is allowed", names=", ".join(map(str, labels)))
        return say(
            "{file}, line {line}: the {word} {shown} ({column}) is unknown; {allowed}.",
            file=table.file,
            line=table.lines[row],
            word=say(word),
            shown=shown,
            column=column,
            allowed=allowed,
        )

    def bands(self, name: str, value: str) -> NDArray[np.float64]:
        """Spread age bands over single years, float64[A]; every age must lie in exactly one band or none."""
        table = self.need(name)
        out = np.zeros(len(_AGES))
        taken = np.zeros(len(_AGES), dtype=bool)
        rows = zip(
            table.numbers("age_from"), table.numbers("age_to"), table.numbers(value), table.lines, strict=True
        )
        for low, high, number, line in rows:
            if not 0 <= low <= high <= MAX_AGE or taken[int(low) : int(high) + 1].any():
                self.complain(
                    say(
                        "{file}, line {line}: the ages {low:g} to {high:g} run backwards, leave 0 to {oldest}, or "
                        "overlap another band; bands must follow each other.",
                        file=table.file,
                        line=line,
                        low=low,
                        high=high,
                        oldest=MAX_AGE,
                    )
                )
                raise Unusable
            taken[int(low) : int(high) + 1] = True
            out[int(low) : int(high) + 1] = number
        return out

    def region(self) -> Region:
        """Build the region from the tables, and check how they fit together."""
        places = self.need("municipalities")
        order = sorted(range(len(places)), key=lambda i: places.texts("code")[i])
        codes = [places.texts("code")[i] for i in order]
        county = [places.texts("county_code")[i] for i in order]
        clash = [code for code in codes if code in BOUNDARY_ZONES]
        if clash:
            self.complain(
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
        by_code, by_age = ("code", codes), ("age", _AGES)
        by_sex, by_sector = ("sex", SEXES), ("sector", SECTOR_CODES)
        by_county = ("county_code", counties)
        adults = _AGES[ADULT_AGE:]

        education = np.zeros((len(codes), 2, len(_AGES), len(SKILLS)))
        education[:, :, :ADULT_AGE, 0] = 1.0
        for k, skill in enumerate(SKILLS):
            education[:, :, ADULT_AGE:, k] = self.spread(
                "education", [by_code, by_sex, ("age", adults)], skill
            )

        need = np.zeros((len(SECTOR_CODES), len(_AGES)))
        public = [SECTOR_CODES[i] for i in PUBLIC_SECTORS]
        rows = self.spread("public_need", [("sector", public), by_age], "jobs_per_resident")
        for code, row in zip(public, rows, strict=True):
            need[SECTOR_INDEX[code]] = row

        def by_sectors(column: str) -> NDArray[np.float64]:
            return self.spread("sectors", [by_sector], column)

        def whole(array: NDArray[np.float64]) -> NDArray[np.int64]:
            return np.rint(array).astype(np.int64)

        network, matrices = self._travel(zones)
        places_by_zone = {code: i for i, code in zip(order, codes, strict=True)}
        names = [places.texts("name")[places_by_zone[code]] for code in codes]
        region = Region(
            name=str(self.package.descriptor.get("name", self.package.path.name)),
            path=self.package.path,
            content_hash=self._hash(),
            codes=tuple(zones),
            names=(*names, *self._zone_names()),
            county=tuple(county),
            latitude=places.numbers("latitude")[order],
            longitude=places.numbers("longitude")[order],
            population=whole(self.spread("population", [by_code, by_sex, by_age], "residents")),
            education=education,
            households=whole(
                self.spread(
                    "households",
                    [by_code, ("household_type", HOUSEHOLD_TYPES), ("tenure", TENURES)],
                    "households",
                )
            ),
            persons_by_household_size=whole(
                self.spread(
                    "persons_by_household_size", [by_code, ("household_size", tuple(range(1, 8)))], "persons"
                )
            ),
            dwellings=whole(self.spread("dwellings", [by_code, ("tenure", TENURES)], "dwellings")),
            dwellings_built=self.spread("dwellings_built", [by_code], "dwellings"),
            employment_rate=self.spread("employment_rates", [by_code, by_sex, by_age], "rate"),
            employed_residents=whole(self.spread("employed_residents", [by_code], "persons")),
            jobs=whole(self.spread("jobs", [by_code, by_sector], "jobs")),
            unemployed=whole(self.spread("unemployed", [by_code], "persons")),
            unemployed_by_age=self.bands("unemployed_by_age", "relative_risk"),
            commuting=whole(
                self.spread("commuting", [("from", zones), ("to", zones)], "persons", dense=False)
            ),
            migration=self.spread("migration", [("from", zones), ("to", zones)], "persons", dense=False),
            migration_age=self.spread("migration_age", [by_code, by_age], "intensity"),
            in_migrant_age=self.spread(
                "in_migrant_age", [("origin", BOUNDARY_ZONES), by_code, by_age], "share"
            ),
            immigration=self._immigration(counties)[:, county_row],
            births=self.spread("births", [by_code, by_age], "rate"),
            deaths=self.spread("deaths", [by_county, by_sex, by_age], "rate")[county_row],
            income=self.spread("income", [by_code, by_sex, by_age], "sek"),
            wages=self.spread("wages", [by_sector, ("skill", SKILLS)], "sek_per_month"),
            wage_level=self.spread("wage_level", [by_code], "level"),
            tax_rate=self.spread("tax_rates", [by_code], "rate"),
            io_domestic=self.spread(
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
            employer_sizes=self.spread(
                "employer_sizes", [by_sector, ("size_class", SIZE_CLASS_NAMES)], "share"
            ),
            distance_km=matrices[0],
            car_minutes=matrices[1],
            transit_minutes=matrices[2],
            network=network,
            series=self._series(codes),
        )
        assert region.dwellings.shape[1] == N_TENURES
        for problem in check_region(region):
            self.complain(self._located(problem))
        return region

    def _immigration(self, counties: list[str]) -> NDArray[np.float64]:
        """Immigrants by year and county; the years follow each other from the first simulated one on."""
        last = int(self.need("immigration").numbers("year").max())
        years = tuple(range(START_YEAR, max(last, START_YEAR) + 1))
        return self.spread("immigration", [("year", years), ("county_code", counties)], "relative")

    def _located(self, problem: Problem) -> str:
        files = say(" and ").join(str(self.package.file(name)) for name in problem.resources)
        return f"{files}: {problem.sentence}"

    def _hash(self) -> str:
        try:
            return self.package.content_hash()
        except OmlandError as problem:
            self.complain(str(problem))
            raise Unusable from None

    def _zone_names(self) -> list[str]:
        zones = self.package.descriptor.get("omland:zones", {})
        listed = list(zones.values()) if isinstance(zones, dict) else []
        named = {z.get("code"): z.get("name") for z in listed if isinstance(z, dict)}
        return [str(named.get(REST_OF_SWEDEN) or "Rest of Sweden"), str(named.get(ABROAD) or "Abroad")]

    def _travel(self, zones: list[str]) -> tuple[Any, tuple[NDArray[np.float64], ...]]:
        import pandas as pd

        nodes, links = self.need("network_nodes"), self.need("network_links")
        known = set(nodes.texts("code"))
        for zone in zones:
            if zone not in known:
                self.complain(
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
                    self.complain(
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
                self.complain(
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
            self.complain(
                say(
                    "{file}: no road leads from {a} to {b}; every zone must be within reach by road.",
                    file=links.file,
                    a=a,
                    b=b,
                )
            )
            raise Unusable
        return network, matrices

    def _series(self, codes: list[str]) -> Any:
        import pandas as pd

        table = self.need("series")
        for line, code in zip(table.lines, table.texts("code"), strict=True):
            if code not in codes:
                self.complain(
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
