"""A guide for those who fill in a template: one step at a time, and what to do next."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import numpy as np

from abm.errors import OmlandError
from abm.language import say
from abm.region.complaints import Finding, Told, Unusable
from abm.region.derive import derive_package, rules
from abm.region.descriptor import DESCRIPTOR, Package, open_package
from abm.region.package import package_findings
from abm.region.tables import Table, read_table
from abm.schema import BOUNDARY_ZONES, MAX_AGE, SECTOR_CODES

MOST = 6
"""So many findings are told at a time."""


class Stage(Enum):
    """How far a package is."""

    FILL = auto()
    """Tables that are to be filled in are not sound yet."""
    DERIVE = auto()
    """These are sound; those that follow are to be made, or made again."""
    DONE = auto()
    """The package is valid."""


@dataclass(frozen=True)
class Guidance:
    """Where a package stands.

    Attributes:
        stage: how far it is.
        told: what is wrong in the first step that is not done, in sentences, the last of which says what to do
            next; empty if the package is valid.
    """

    stage: Stage
    told: tuple[str, ...] = ()


def is_started(path: Path) -> bool:
    """Whether a folder is a package that was begun with the template."""
    try:
        return bool(_steps(open_package(path)))
    except OmlandError:
        return False


def guide(path: Path) -> Guidance:
    """Where a package stands: what is wrong in the first step that is not done, and what to do next.

    Args:
        path: folder of a package that was begun with ``omland new-region``.

    Raises:
        OmlandError: the descriptor cannot be read.
    """
    package = open_package(path)
    steps = _steps(package)
    tables: dict[str, Table] = {}
    for number, name in enumerate(steps, 1):
        found: list[Told] = []
        with suppress(Unusable):
            try:
                tables[name] = read_table(package, name, found.append)
            except OmlandError as error:
                found.append(str(error))
        if not found:
            found = list(_unfit(name, tables))
        if found:
            resource = package.resources[name]
            step = say(
                "Step {number} of {steps}: {title}.",
                number=number,
                steps=len(steps) + 1,
                title=_lower(say(str(resource.get("title", name)))),
            )
            then = say(
                "Next: {advice} Then run: omland check {path}",
                advice=_next(package, name, found[0]),
                path=path,
            )
            return Guidance(Stage.FILL, (step, *_shortened(found), then))
    head = say(
        "Step {number} of {steps}: the tables that follow.", number=len(steps) + 1, steps=len(steps) + 1
    )
    stale = _stale(path, package)
    if isinstance(stale, str):
        then = say("Next: correct the tables it names. Then run: omland check {path}", path=path)
        return Guidance(Stage.FILL, (head, stale, then))
    if stale:
        absent = all(not package.file(n).exists() for n in stale)
        what = say("are not there yet") if absent else say("are out of date")
        named = ", ".join(str(package.file(name)) for name in stale[:3])
        more = say(" and {n} more", n=len(stale) - 3) if len(stale) > 3 else ""
        sound = say(
            "All tables to fill in are sound; those that follow {what}: {named}{more}.",
            what=what,
            named=named,
            more=more,
        )
        return Guidance(Stage.DERIVE, (head, sound, say("Next: run: omland derive {path}", path=path)))
    found = package_findings(path)
    if not found:
        return Guidance(Stage.DONE)
    then = say("Next: correct the tables named. Then run: omland derive {path}", path=path)
    return Guidance(Stage.DERIVE, (head, *_shortened(found), then))


def _steps(package: Package) -> list[str]:
    numbered = {
        name: resource["omland:step"]
        for name, resource in package.resources.items()
        if isinstance(resource.get("omland:step"), int)
    }
    return sorted(numbered, key=lambda name: numbered[name])


def _lower(text: object) -> str:
    words = str(text)
    return words[:1].lower() + words[1:]


def _shortened(found: list[Told]) -> list[str]:
    """Sentences of the findings, with those of one column that say the same told once."""
    out: list[str] = []
    alike: dict[str | tuple[str, str, str], list[Told]] = {}
    for told in found:
        key = (told.file, told.column, told.text) if isinstance(told, Finding) else told
        alike.setdefault(key, []).append(told)
    for first, *others in alike.values():
        lines = [told.line for told in (first, *others) if isinstance(told, Finding)]
        if isinstance(first, Finding) and len(lines) > 1:
            out.append(
                say(
                    "{file}, lines {lines}: {column} is {rest}",
                    file=first.file,
                    lines=_ranges(lines),
                    column=first.column,
                    rest=first.text,
                )
            )
        else:
            out.append(str(first))
    more = [say("… and {n} more of the kind.", n=len(out) - MOST)] if len(out) > MOST else []
    return [*out[:MOST], *more]


def _ranges(lines: list[int]) -> str:
    parts: list[list[int]] = []
    for line in sorted(lines):
        if parts and line == parts[-1][1] + 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    shown = [str(a) if a == b else say("{a} to {b}", a=a, b=b) for a, b in parts]
    return ", ".join(shown[:4]) + (" …" if len(shown) > 4 else "")


def _next(package: Package, name: str, finding: Told) -> str:
    """What to do about the first finding of a table."""
    file = package.file(name)
    fields = {f["name"]: f for f in package.resources[name]["schema"]["fields"]}
    if not file.exists():
        return say("put the file {file} back; README.md in the folder tells its columns.", file=file)
    field = fields.get(finding.column) if isinstance(finding, Finding) else None
    if not isinstance(finding, Finding) or field is None:
        return say("correct {file}; README.md in the folder tells what belongs there.", file=file)
    about = str(field.get("description", ""))
    about = say(about).rstrip(".") if about else ""
    unit = say(", in {unit}", unit=say(str(field["unit"]))) if field.get("unit", "share") != "share" else ""
    verb = say("fill in") if finding.missing else say("correct")
    return say(
        '{verb} the column "{field}" of {file} ({about}{unit}).',
        verb=verb,
        field=field["name"],
        file=file,
        about=_lower(about),
        unit=unit,
    )


# --- What a schema cannot say -------------------------------------------------------------------


def _unfit(name: str, tables: dict[str, Table]) -> Iterator[Told]:
    """What does not fit in a table by itself, or with those of the steps before."""
    table = tables[name]
    codes = sorted(tables["municipalities"].texts("code")) if "municipalities" in tables else []
    if name == "municipalities" or not codes:
        return
    if "code" in table.columns:
        yield from _unknown(table, "code", codes)
        for code in codes:
            if code not in table.columns["code"]:
                yield say(
                    "{file}: there is no row for the municipality {code}; every municipality needs one.",
                    file=table.file,
                    code=code,
                )
    if name == "residents_by_age_group":
        yield from _age_groups(table)
    elif name == "employed_residents":
        yield from _too_many(table, tables, codes)
    elif name == "jobs":
        yield from _sectors(table, codes)
    elif name == "movers":
        yield from _movers(table, tables, codes)
    elif name == "network_links":
        yield from _unknown(table, "from", [*codes, *BOUNDARY_ZONES])
        yield from _unknown(table, "to", [*codes, *BOUNDARY_ZONES])
        yield from _roads(table, [*codes, *BOUNDARY_ZONES])


def _unknown(table: Table, column: str, allowed: list[str]) -> Iterator[Told]:
    for line, value in zip(table.lines, table.texts(column), strict=True):
        if value not in allowed:
            shown = ", ".join(allowed[:8]) + (" …" if len(allowed) > 8 else "")
            what = say("{value!r}; one of {shown} is expected.", value=value, shown=shown)
            yield Finding(table.file, line, column, what)


def _age_groups(table: Table) -> Iterator[Told]:
    groups: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    rows = zip(
        table.texts("code"),
        table.texts("sex"),
        table.numbers("age_from").astype(int),
        table.numbers("age_to").astype(int),
        table.lines,
        strict=True,
    )
    for code, sex, low, high, line in rows:
        groups.setdefault((code, sex), []).append((int(low), int(high), line))
    for code in dict.fromkeys(table.texts("code")):
        for sex in ("woman", "man"):
            expected = 0
            if (code, sex) not in groups:
                yield say(
                    "{file}: there is no row for {code}, {sex}; groups from 0 to {oldest} are expected.",
                    file=table.file,
                    code=code,
                    sex=sex,
                    oldest=MAX_AGE,
                )
                continue
            for low, high, line in sorted(groups[code, sex]):
                if low != expected:
                    what = say(
                        "{low}; {expected} is expected, as the groups of {code}, {sex}, must follow each other from "
                        "0 to {oldest} without gap or overlap.",
                        low=low,
                        expected=expected,
                        code=code,
                        sex=sex,
                        oldest=MAX_AGE,
                    )
                    yield Finding(table.file, line, "age_from", what)
                    break
                if high < low:
                    what = say("{high}; at least {low} is expected.", high=high, low=low)
                    yield Finding(table.file, line, "age_to", what)
                    break
                expected = high + 1
            else:
                if expected != MAX_AGE + 1:
                    yield (
                        say(
                            "{file}: the last group of {code}, {sex}, ends at {end}; {oldest} is expected.",
                            file=table.file,
                            code=code,
                            sex=sex,
                            end=expected - 1,
                            oldest=MAX_AGE,
                        )
                    )
    residents = table.numbers("residents")
    for code in dict.fromkeys(table.texts("code")):
        if residents[np.array(table.texts("code")) == code].sum() == 0:
            yield say(
                "{file}: the municipality {code} has no residents; at least one is expected.",
                file=table.file,
                code=code,
            )


def _total(table: Table, code: str, column: str, low: int = 0) -> float:
    chosen = np.array(table.texts("code")) == code
    if low:
        chosen &= table.numbers("age_from") >= low
    return float(table.numbers(column)[chosen].sum())


def _too_many(table: Table, tables: dict[str, Table], codes: list[str]) -> Iterator[Told]:
    for line, code, persons in zip(table.lines, table.texts("code"), table.numbers("persons"), strict=True):
        if code in codes and "residents_by_age_group" in tables:
            people = _total(tables["residents_by_age_group"], code, "residents")
            if not 0.1 * people <= persons <= 0.75 * people:
                what = say(
                    "{persons:.0f}; {least:.0f} to {most:.0f} is expected, a tenth to three quarters of the "
                    "{people:.0f} residents of {code}.",
                    persons=persons,
                    least=0.1 * people,
                    most=0.75 * people,
                    people=people,
                    code=code,
                )
                yield Finding(table.file, line, "persons", what)


def _sectors(table: Table, codes: list[str]) -> Iterator[Told]:
    yield from _unknown(table, "sector", list(SECTOR_CODES))
    rows = set(zip(table.texts("code"), table.texts("sector"), strict=True))
    for code in codes:
        missing = [sector for sector in SECTOR_CODES if (code, sector) not in rows]
        if missing:
            yield (
                say(
                    "{file}: {code} has no row for the sector {sector}; every municipality needs one for each "
                    "sector, with 0 where there is none.",
                    file=table.file,
                    code=code,
                    sector=missing[0],
                )
            )
        elif _total(table, code, "jobs") == 0:
            yield say(
                "{file}: the municipality {code} has no jobs; at least one is expected.",
                file=table.file,
                code=code,
            )
    for sector in ("O", "P", "Q"):
        chosen = np.array(table.texts("sector")) == sector
        if chosen.any() and table.numbers("jobs")[chosen].sum() == 0:
            yield say(
                "{file}: nobody works in the sector {sector} (public services); some jobs are expected.",
                file=table.file,
                sector=sector,
            )


def _movers(table: Table, tables: dict[str, Table], codes: list[str]) -> Iterator[Told]:
    for column in ("in_migrants", "out_migrants"):
        for line, code, moved in zip(table.lines, table.texts("code"), table.numbers(column), strict=True):
            people = _total(tables["residents_by_age_group"], code, "residents") if code in codes else 0.0
            if people and moved > people / 2:
                what = say(
                    "{moved:.0f}; at most {most:.0f} is expected, half of the residents of {code}.",
                    moved=moved,
                    most=people / 2,
                    code=code,
                )
                yield Finding(table.file, line, column, what)


def _roads(table: Table, zones: list[str]) -> Iterator[Told]:
    import networkx as nx

    roads: nx.Graph = nx.Graph()
    roads.add_nodes_from(zones)
    for line, a, b, mode, km, minutes in zip(
        table.lines,
        table.texts("from"),
        table.texts("to"),
        table.texts("mode"),
        table.numbers("km"),
        table.numbers("minutes"),
        strict=True,
    ):
        for column, value in (("km", km), ("minutes", minutes)):
            if not value > 0:
                what = say("{value:g}; a number above 0 is expected.", value=value)
                yield Finding(table.file, line, column, what)
        if mode == "road":
            roads.add_edge(a, b)
    reached = nx.node_connected_component(roads, zones[0])
    for zone in zones:
        if zone not in reached:
            yield say(
                "{file}: no road leads from {origin} to {zone}; add a row with the mode road.",
                file=table.file,
                origin=zones[0],
                zone=zone,
            )


# --- What follows -------------------------------------------------------------------------------


def _stale(path: Path, package: Package) -> list[str] | str:
    """Derived tables that are missing or not what their rules make today, or why they cannot be made."""
    made = list(rules(path))
    missing = [name for name in made if not package.file(name).exists()]
    with tempfile.TemporaryDirectory() as scratch:
        copied = Path(scratch) / "package"
        for name in [DESCRIPTOR, *(str(r["path"]) for r in package.resources.values())]:
            if (path / name).exists():
                (copied / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path / name, copied / name)
        try:
            derive_package(copied)
        except OmlandError as error:
            return str(error).replace(str(copied), str(path))
        stale = [
            name
            for name in made
            if name not in missing
            and package.file(name).read_bytes()
            != (copied / str(package.resources[name]["path"])).read_bytes()
        ]
    return missing + stale
