"""A guide for those who fill in a template: one step at a time, and what to do next."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from abm.errors import OmlandError
from abm.language import say
from abm.region.complaints import Unusable
from abm.region.derive import derive_package, rules
from abm.region.descriptor import DESCRIPTOR, Package, open_package
from abm.region.package import check_package
from abm.region.tables import Table, read_table
from abm.schema import BOUNDARY_ZONES, MAX_AGE, SECTOR_CODES

MOST = 6
"""So many findings are told at a time."""


def is_started(path: Path) -> bool:
    """Whether a folder is a package that was begun with the template."""
    try:
        return bool(_steps(open_package(path)))
    except OmlandError:
        return False


def guide(path: Path) -> list[str]:
    """Where a package stands: what is wrong in the first step that is not done, and what to do next.

    Args:
        path: folder of a package that was begun with ``omland new-region``.

    Returns:
        Sentences, the last of which says what to do next; empty if the package is valid.

    Raises:
        OmlandError: the descriptor cannot be read.
    """
    package = open_package(path)
    steps = _steps(package)
    tables: dict[str, Table] = {}
    for number, name in enumerate(steps, 1):
        found: list[str] = []
        with suppress(Unusable):
            try:
                tables[name] = read_table(package, name, found.append)
            except OmlandError as error:
                found.append(str(error))
        if not found:
            found = list(_unfit(name, tables))
        if found:
            resource = package.resources[name]
            return [
                say(
                    "Step {number} of {steps}: {title}.",
                    number=number,
                    steps=len(steps) + 1,
                    title=_lower(say(str(resource.get("title", name)))),
                ),
                *_shortened(found),
                say(
                    "Next: {advice} Then run: omland check {path}",
                    advice=_next(package, name, found[0]),
                    path=path,
                ),
            ]
    head = say(
        "Step {number} of {steps}: the tables that follow.", number=len(steps) + 1, steps=len(steps) + 1
    )
    stale = _stale(path, package)
    if isinstance(stale, str):
        return [
            head,
            stale,
            say("Next: correct the tables it names. Then run: omland check {path}", path=path),
        ]
    if stale:
        absent = all(not package.file(n).exists() for n in stale)
        what = say("are not there yet") if absent else say("are out of date")
        named = ", ".join(str(package.file(name)) for name in stale[:3])
        more = say(" and {n} more", n=len(stale) - 3) if len(stale) > 3 else ""
        return [
            head,
            say(
                "All tables to fill in are sound; those that follow {what}: {named}{more}.",
                what=what,
                named=named,
                more=more,
            ),
            say("Next: run: omland derive {path}", path=path),
        ]
    found = check_package(path)
    if not found:
        return []
    return [
        head,
        *_shortened(found),
        say("Next: correct the tables named. Then run: omland derive {path}", path=path),
    ]


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


_PLACE = re.compile(
    r"^(?P<file>.+?), (?:line|rad) (?P<line>\d+): (?P<column>\w+) (?:is|är) (?P<rest>.*)$", re.DOTALL
)


def _shortened(found: list[str]) -> list[str]:
    """Findings, with those of one column that say the same told once."""
    out: list[str] = []
    seen: dict[tuple[str, str, str], list[str]] = {}
    for sentence in found:
        match = _PLACE.match(sentence)
        key = (match["file"], match["column"], match["rest"]) if match else (sentence, "", "")
        seen.setdefault(key, []).append(match["line"] if match else "")
    for (file, column, rest), lines in seen.items():
        if not column:
            out.append(file)
        elif len(lines) == 1:
            out.append(
                say(
                    "{file}, line {line}: {column} is {rest}",
                    file=file,
                    line=lines[0],
                    column=column,
                    rest=rest,
                )
            )
        else:
            out.append(
                say(
                    "{file}, lines {lines}: {column} is {rest}",
                    file=file,
                    lines=_ranges([int(n) for n in lines]),
                    column=column,
                    rest=rest,
                )
            )
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


def _next(package: Package, name: str, finding: str) -> str:
    """What to do about the first finding of a table."""
    file = package.file(name)
    match = _PLACE.match(finding)
    fields = {f["name"]: f for f in package.resources[name]["schema"]["fields"]}
    if not file.exists():
        return say("put the file {file} back; README.md in the folder tells its columns.", file=file)
    field = fields.get(match["column"]) if match else None
    if field is None:
        return say("correct {file}; README.md in the folder tells what belongs there.", file=file)
    about = str(field.get("description", ""))
    about = say(about).rstrip(".") if about else ""
    unit = say(", in {unit}", unit=say(str(field["unit"]))) if field.get("unit", "share") != "share" else ""
    empty = match is not None and match["rest"].startswith(say("missing"))
    verb = say("fill in") if empty else say("correct")
    return say(
        '{verb} the column "{field}" of {file} ({about}{unit}).',
        verb=verb,
        field=field["name"],
        file=file,
        about=_lower(about),
        unit=unit,
    )


# --- What a schema cannot say -------------------------------------------------------------------


def _unfit(name: str, tables: dict[str, Table]) -> Iterator[str]:
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


def _unknown(table: Table, column: str, allowed: list[str]) -> Iterator[str]:
    for line, value in zip(table.lines, table.texts(column), strict=True):
        if value not in allowed:
            shown = ", ".join(allowed[:8]) + (" …" if len(allowed) > 8 else "")
            yield say(
                "{file}, line {line}: {column} is {value!r}; one of {shown} is expected.",
                file=table.file,
                line=line,
                column=column,
                value=value,
                shown=shown,
            )


def _age_groups(table: Table) -> Iterator[str]:
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
                    yield (
                        say(
                            "{file}, line {line}: age_from is {low}; {expected} is expected, as the groups of {code}, "
                            "{sex}, must follow each other from 0 to {oldest} without gap or overlap.",
                            file=table.file,
                            line=line,
                            low=low,
                            expected=expected,
                            code=code,
                            sex=sex,
                            oldest=MAX_AGE,
                        )
                    )
                    break
                if high < low:
                    yield say(
                        "{file}, line {line}: age_to is {high}; at least {low} is expected.",
                        file=table.file,
                        line=line,
                        high=high,
                        low=low,
                    )
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


def _too_many(table: Table, tables: dict[str, Table], codes: list[str]) -> Iterator[str]:
    for line, code, persons in zip(table.lines, table.texts("code"), table.numbers("persons"), strict=True):
        if code in codes and "residents_by_age_group" in tables:
            people = _total(tables["residents_by_age_group"], code, "residents")
            if not 0.1 * people <= persons <= 0.75 * people:
                yield (
                    say(
                        "{file}, line {line}: persons is {persons:.0f}; {least:.0f} to {most:.0f} is expected, a "
                        "tenth to three quarters of the {people:.0f} residents of {code}.",
                        file=table.file,
                        line=line,
                        persons=persons,
                        least=0.1 * people,
                        most=0.75 * people,
                        people=people,
                        code=code,
                    )
                )


def _sectors(table: Table, codes: list[str]) -> Iterator[str]:
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


def _movers(table: Table, tables: dict[str, Table], codes: list[str]) -> Iterator[str]:
    for column in ("in_migrants", "out_migrants"):
        for line, code, moved in zip(table.lines, table.texts("code"), table.numbers(column), strict=True):
            people = _total(tables["residents_by_age_group"], code, "residents") if code in codes else 0.0
            if people and moved > people / 2:
                yield (
                    say(
                        "{file}, line {line}: {column} is {moved:.0f}; at most {most:.0f} is expected, half of the "
                        "residents of {code}.",
                        file=table.file,
                        line=line,
                        column=column,
                        moved=moved,
                        most=people / 2,
                        code=code,
                    )
                )


def _roads(table: Table, zones: list[str]) -> Iterator[str]:
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
                yield say(
                    "{file}, line {line}: {column} is {value:g}; a number above 0 is expected.",
                    file=table.file,
                    line=line,
                    column=column,
                    value=value,
                )
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
