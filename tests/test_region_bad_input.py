"""Broken packages: each fault gives one clear sentence that names file, place and what is allowed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from abm.errors import OmlandError
from abm.region import check_package, load_region
from abm.resources import data_path

PACKAGE = data_path("norrland")
Edit = Callable[[Path], object]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "region"
    shutil.copytree(PACKAGE, folder)
    return folder


def complaint(folder: Path) -> str:
    """The one sentence with which loading ends; the checker must find it too."""
    with pytest.raises(OmlandError) as caught:
        load_region(folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    assert sentence in check_package(folder)
    return sentence


def replace(name: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def append(name: str, line: str) -> Edit:
    def edit(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(line)

    return edit


def first_row(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8").splitlines()[1]


def describe(change: Callable[[dict], object]) -> Edit:
    def edit(folder: Path) -> None:
        file = folder / "datapackage.json"
        descriptor = json.loads(file.read_text(encoding="utf-8"))
        change(descriptor)
        file.write_text(json.dumps(descriptor), encoding="utf-8")

    return edit


def resource(descriptor: dict, name: str) -> dict:
    return next(r for r in descriptor["resources"] if r["name"] == name)


def both(*edits: Edit) -> Edit:
    return lambda folder: [edit(folder) for edit in edits]


def loosened(name: str, field: str) -> Edit:
    """Let the descriptor allow more than the loader can bear."""
    return describe(lambda d: constraints(d, name, field).update(minimum=-1, maximum=1e9))


def unlimited(name: str, field: str) -> Edit:
    return describe(lambda d: constraints(d, name, field).clear())


def constraints(descriptor: dict, name: str, field: str) -> dict:
    fields = resource(descriptor, name)["schema"]["fields"]
    return next(f for f in fields if f["name"] == field)["constraints"]


def cell(name: str, row: int, column: int, value: str) -> Edit:
    def edit(folder: Path) -> None:
        lines = [line.split(",") for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        lines[row][column] = value
        (folder / name).write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8")

    return edit


JOBS = "derived/jobs.csv"
PEOPLE = "official/population.csv"
FLOWS = "derived/commuting.csv"

FAULTS: dict[str, tuple[Edit, list[str]]] = {
    "missing column": (
        replace(PEOPLE, "residents", "people"),
        ["population.csv, line 1", "'residents'", "missing"],
    ),
    "negative count": (
        replace(PEOPLE, first_row(PEOPLE), "2260,woman,0,-44"),
        ["population.csv, line 2", "residents", "-44", "at least 0"],
    ),
    "text in a number": (
        replace(PEOPLE, first_row(PEOPLE), "2260,woman,0,many"),
        ["population.csv, line 2", "residents", "'many'", "a whole number"],
    ),
    "a half person": (
        replace(PEOPLE, first_row(PEOPLE), "2260,woman,0,44.5"),
        ["line 2", "'44.5'", "a whole number"],
    ),
    "nan": (
        replace(JOBS, first_row(JOBS), "2260,A,nan"),
        ["jobs.csv, line 2", "jobs is 'nan'", "a whole number"],
    ),
    "infinite": (
        replace("derived/wage_level.csv", "2260,0", "2260,inf0"),
        ["wage_level.csv, line 2", "a number"],
    ),
    "missing value": (replace(JOBS, first_row(JOBS), "2260,A,"), ["jobs.csv, line 2", "jobs is missing"]),
    "underscore": (replace(JOBS, first_row(JOBS), "2260,A,1_0"), ["line 2", "'1_0'"]),
    "too few values": (
        replace(JOBS, first_row(JOBS), "2260,A"),
        ["jobs.csv, line 2", "2 values", "3 values"],
    ),
    "too many values": (replace(JOBS, first_row(JOBS), "2260,A,1,1"), ["jobs.csv, line 2", "4 values"]),
    "empty line": (replace(JOBS, first_row(JOBS), ""), ["jobs.csv, line 2", "is empty"]),
    "unknown municipality": (
        append(JOBS, "9999,A,5\n"),
        ["jobs.csv, line 750", "municipality 9999", "unknown"],
    ),
    "unknown zone": (append(FLOWS, "2260,9999,5\n"), ["commuting.csv", "zone 9999", "RS and AB are allowed"]),
    "unknown sector": (append(JOBS, "2260,X,5\n"), ["jobs.csv, line 750", "sector X", "one of A, B, CP"]),
    "unknown municipality in the series": (
        append("official/series.csv", "9999,2019,births,5,x\n"),
        ["9999", "series.csv"],
    ),
    "unknown node": (
        append("assumed/network_links.csv", "2480,J99,road,x,1,1,,x\n"),
        ["network_links.csv, line 119", "J99", "network_nodes"],
    ),
    "wrong sex": (replace(PEOPLE, "2260,woman,0,", "2260,kvinna,0,"), ["'kvinna'", "woman, man"]),
    "age out of range": (
        replace(PEOPLE, "2260,woman,100,", "2260,woman,101,"),
        ["age is '101'", "at most 100"],
    ),
    "duplicate row": (
        append(JOBS, first_row(JOBS) + "\n"),
        ["jobs.csv, line 750", "repeats line 2", "code 2260, sector A"],
    ),
    "missing row": (
        replace(JOBS, first_row(JOBS) + "\n", ""),
        ["jobs.csv", "no row for code 2260, sector A"],
    ),
    "commuting to itself differs": (
        replace(FLOWS, first_row(FLOWS), "2260,2260,3513"),
        ["Ånge (2260)", "4368", "4367", "must be equal", "commuting.csv", "employed_residents.csv"],
    ),
    "jobs differ from commuting": (
        replace(JOBS, first_row(JOBS), "2260,A,99999"),
        ["Ånge (2260)", "commuters to", "jobs to", "must be equal"],
    ),
    "commuters between boundary zones": (append(FLOWS, "RS,AB,5\n"), ["between RS and AB", "must be empty"]),
    "total of the descriptor": (
        replace(PEOPLE, first_row(PEOPLE), "2260,woman,0,45"),
        ["population.csv", "897987", "897986"],
    ),
    "shares that miss one": (
        replace("assumed/employer_sizes.csv", "A,1,0.42", "A,1,0.52"),
        ["employer_sizes.csv", "sector A", "1.1", "must add up to 1"],
    ),
    "education misses one": (
        replace("derived/education.csv", "2260,woman,16,", "2260,woman,16,0.5"),
        ["education.csv"],
    ),
    "fewer dwellings than households": (
        replace("derived/dwellings.csv", "2260,rental,", "2260,rental,-"),
        ["dwellings.csv, line 2", "at least 0"],
    ),
    "too few dwellings": (
        lambda f: replace(
            "derived/dwellings.csv", (f / "derived/dwellings.csv").read_text().split()[1], "2260,rental,5"
        )(f),
        ["Ånge (2260)", "5 dwellings", "every household needs a dwelling"],
    ),
    "child at work": (
        lambda f: replace("derived/employment_rates.csv", "2260,woman,10,0", "2260,woman,10,0.5")(f),
        ["employment_rates.csv", "0.5 at age 10", "below 16"],
    ),
    "rate above one": (
        replace("derived/employment_rates.csv", "2260,woman,10,0", "2260,woman,10,1.5"),
        ["employment_rates.csv", "'1.5'", "at most 1"],
    ),
    "movers to itself": (
        append("derived/migration.csv", "2260,2260,5\n"),
        ["migration.csv", "Ånge (2260)", "itself"],
    ),
    "overlapping bands": (
        replace("assumed/unemployed_by_age.csv", "18,19,", "17,19,"),
        ["unemployed_by_age.csv", "17 to 19", "overlap"],
    ),
    "link without length": (
        append("assumed/network_links.csv", "2480,2482,road,x,0,1,,x\n"),
        ["repeats line"],
    ),
    "empty file": (lambda f: (f / JOBS).write_text(""), ["jobs.csv is empty"]),
    "only a header": (lambda f: (f / JOBS).write_text("code,sector,jobs\n"), ["jobs.csv has no rows"]),
    "binary file": (lambda f: (f / JOBS).write_bytes(b"\x89PNG\r\n\0\0"), ["jobs.csv", "binary"]),
    "not utf-8": (
        lambda f: (f / JOBS).write_bytes("code,sector,jobs\n2260,Å,1\n".encode("latin-1")),
        ["jobs.csv, line 2", "UTF-8"],
    ),
    "quote left open": (replace(JOBS, "2260,A,", '2260,"A,'), ["jobs.csv"]),
    "missing file": (lambda f: (f / JOBS).unlink(), ["jobs.csv", "does not exist"]),
    "folder for a file": (
        lambda f: ((f / JOBS).unlink(), (f / JOBS).mkdir()),
        ["jobs.csv is a folder", "a file is expected"],
    ),
    "missing descriptor": (lambda f: (f / "datapackage.json").unlink(), ["has no datapackage.json"]),
    "invalid json": (
        lambda f: (f / "datapackage.json").write_text('{"a": 1,}'),
        ["datapackage.json, line 1", "JSON"],
    ),
    "json of another kind": (
        lambda f: (f / "datapackage.json").write_text("[1]"),
        ["resources must be a list"],
    ),
    "empty descriptor": (lambda f: (f / "datapackage.json").write_text(""), ["datapackage.json is empty"]),
    "missing resource": (
        describe(lambda d: d["resources"].remove(resource(d, "jobs"))),
        ["datapackage.json", "'jobs' is missing"],
    ),
    "resource twice": (
        describe(lambda d: d["resources"].append(d["resources"][0])),
        ["two resources are named"],
    ),
    "resource without path": (
        describe(lambda d: resource(d, "jobs").pop("path")),
        ["needs a name and a path"],
    ),
    "path that leaves the package": (
        describe(lambda d: resource(d, "jobs").update(path="../jobs.csv")),
        ["must stay inside the package"],
    ),
    "no schema": (describe(lambda d: resource(d, "jobs").pop("schema")), ["'jobs'", "schema.fields"]),
    "undeclared field": (
        describe(lambda d: resource(d, "jobs")["schema"]["fields"].pop()),
        ["'jobs'", "must declare the field 'jobs'"],
    ),
    "limit that is no number": (
        describe(lambda d: resource(d, "jobs")["schema"]["fields"][2]["constraints"].update(minimum="low")),
        ["minimum must be a number"],
    ),
    "limit that is true": (
        describe(lambda d: resource(d, "jobs")["schema"]["fields"][2]["constraints"].update(minimum=True)),
        ["minimum must be a number"],
    ),
    "limit that is NaN": (
        describe(
            lambda d: resource(d, "jobs")["schema"]["fields"][2]["constraints"].update(minimum=float("nan"))
        ),
        ["minimum must be a number"],
    ),
    "limit that is looser than what is needed": (
        both(loosened("births", "rate"), cell("derived/births.csv", 30, 2, "-0.5")),
        ["births.csv, line 31", "rate", "at least 0"],
    ),
    "births without a limit": (
        both(unlimited("births", "rate"), cell("derived/births.csv", 30, 2, "50")),
        ["births.csv, line 31", "rate", "at most 1"],
    ),
    "deaths without a limit": (
        both(unlimited("deaths", "rate"), cell("derived/deaths.csv", 90, 3, "50")),
        ["deaths.csv, line 91", "rate", "at most 1"],
    ),
    "taxes in per cent": (
        both(unlimited("tax_rates", "rate"), cell("derived/tax_rates.csv", 1, 1, "33")),
        ["tax_rates.csv, line 2", "rate", "at most 1"],
    ),
    "year far away": (
        both(unlimited("immigration", "year"), append("derived/immigration.csv", "22,99999999999,1")),
        ["immigration.csv", "year", "at most 2100"],
    ),
    "total that is NaN": (
        describe(lambda d: resource(d, "population").update({"omland:total": float("nan")})),
        ["omland:total", "must be a number"],
    ),
    "total that is true": (
        describe(lambda d: resource(d, "population").update({"omland:total": True})),
        ["omland:total", "must be a number"],
    ),
    "total that is no number": (
        describe(lambda d: resource(d, "population").update({"omland:total": "many"})),
        ["omland:total", "must be a number"],
    ),
    "municipality called as a zone": (
        replace("official/municipalities.csv", "2260,Ånge,22", "RS,Ånge,22"),
        ["municipalities.csv"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_gives_one_sentence(package: Path, fault: str) -> None:
    edit, parts = FAULTS[fault]
    edit(package)
    sentence = complaint(package)
    for part in parts:
        assert part in sentence, sentence


def test_limits_hold_without_the_descriptor(package: Path) -> None:
    """A descriptor that says less does not make the loader accept more."""

    def loosen(descriptor: dict) -> None:
        for field in resource(descriptor, "jobs")["schema"]["fields"]:
            field.pop("constraints", None)
            field["type"] = "string"

    describe(loosen)(package)
    replace(JOBS, first_row(JOBS), "2260,A,-5")(package)
    assert "at least 0" in complaint(package)


def test_repeated_rows_are_found_without_a_key(package: Path) -> None:
    describe(lambda d: resource(d, "jobs")["schema"].pop("primaryKey"))(package)
    append(JOBS, first_row(JOBS) + "\n")(package)
    assert "line 750: the row for code 2260, sector A repeats line 2" in complaint(package)


def test_unused_tables_are_checked_too(package: Path) -> None:
    replace("official/started_dwellings.csv", "24,2015Q1,", "24,2015Q1,-")(package)
    load_region(package)
    problems = check_package(package)
    assert len(problems) == 1
    assert "started_dwellings.csv, line 2" in problems[0]


def test_checker_finds_all_problems(package: Path) -> None:
    replace(JOBS, first_row(JOBS), "2260,A,-5")(package)
    replace(PEOPLE, first_row(PEOPLE), "2260,woman,0,x")(package)
    (package / FLOWS).unlink()
    assert len(check_package(package)) == 3


def test_folder_that_is_no_package(tmp_path: Path) -> None:
    assert "does not exist" in complaint(tmp_path / "nowhere")
    assert "has no datapackage.json" in complaint(tmp_path)
    file = tmp_path / "file.txt"
    file.write_text("text")
    assert "the folder of a data package is expected" in complaint(file)


def test_descriptor_may_be_named_itself(package: Path) -> None:
    assert load_region(package / "datapackage.json").path == package


def test_byte_order_mark_is_accepted(package: Path) -> None:
    file = package / JOBS
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load_region(package).jobs.sum() == load_region().jobs.sum()


def test_windows_line_ends_are_accepted(package: Path) -> None:
    file = package / JOBS
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert (load_region(package).jobs == load_region().jobs).all()


def test_rows_and_columns_may_come_in_any_order(package: Path) -> None:
    import csv

    file = package / JOBS
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["jobs", "code", "sector"])
        writer.writeheader()
        writer.writerows(reversed(rows))
    assert (load_region(package).jobs == load_region().jobs).all()


def test_another_region_loads(package: Path) -> None:
    """Two municipalities with codes of their own are a region too."""
    import csv

    keep = {"2480": "U1", "2482": "S1"}
    descriptor = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["name"] = "coast"
    for entry in descriptor["resources"]:
        entry.pop("omland:total", None)
        for field in entry.get("schema", {}).get("fields", []):
            field.get("constraints", {}).pop("pattern", None)
    (package / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    wide = load_region()
    for file in package.rglob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            columns, rows = list(reader.fieldnames or []), list(reader)
        kept = []
        for row in rows:
            for column in ("code", "from", "to"):
                if (
                    column in row
                    and row[column] in wide.codes[:-2]
                    and file.stem not in ("network_nodes", "network_links")
                ):
                    row[column] = keep.get(row[column], "")
            elsewhere = file.parent.name == "derived" and row.get("county_code", "24") != "24"
            if not elsewhere and "" not in [row.get(c, "x") for c in ("code", "from", "to")]:
                kept.append(row)
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns)
            writer.writeheader()
            writer.writerows(kept)
    for name in ("network_nodes", "network_links"):
        file = package / "assumed" / f"{name}.csv"
        text = file.read_text(encoding="utf-8")
        for old, new in keep.items():
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    rows = ["from,to,persons"]
    jobs = {code: sum(wide.jobs[wide.index(code)]) for code in keep}
    for code, new in keep.items():
        employed = wide.employed_residents[wide.index(code)]
        home = wide.commuting[wide.index(code), wide.index(code)]
        rows += [f"{new},{new},{home}", f"{new},RS,{employed - home}", f"RS,{new},{jobs[code] - home}"]
    (package / FLOWS).write_text("\n".join(rows) + "\n", encoding="utf-8")
    replace_need(package, wide, list(keep))
    region = load_region(package)
    assert region.codes == ("S1", "U1", "RS", "AB")
    assert region.names[:2] == ("Skellefteå", "Umeå")
    assert region.name == "coast"
    assert (region.population[0] == wide.population[wide.index("2482")]).all()
    assert region.car_minutes[0, 1] == wide.car_minutes[wide.index("2482"), wide.index("2480")]


def replace_need(package: Path, wide, codes: list[str]) -> None:
    """Rescale the need for public services to the municipalities that are left."""
    from abm.schema import PUBLIC_SECTORS, SECTOR_CODES

    rows = ["sector,age,jobs_per_resident"]
    where = [wide.index(code) for code in codes]
    people = wide.population[where].sum(axis=(0, 1))
    for s in PUBLIC_SECTORS:
        need = wide.public_need[s] * wide.jobs[where, s].sum() / (wide.public_need[s] @ people)
        rows += [f"{SECTOR_CODES[s]},{age},{value:.9f}" for age, value in enumerate(need)]
    (package / "derived" / "public_need.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
