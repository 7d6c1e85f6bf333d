"""The documents say what is there: names, generated pages, links and the code of README.md."""

from __future__ import annotations

import json
import math
import re
import runpy
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.core.world import World
from abm.parameters import PARAMETER, Parameters
from abm.scenario import list_scenarios, load_scenario
from abm.scenario.events import CLASSES, CommuterBus, Establishment, PartnerHelp

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]

pytestmark = pytest.mark.skipif(not README.is_file(), reason="the documents are not beside the tests")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def script(name: str) -> dict:
    return runpy.run_path(str(DOCS / name))


# --- Mechanisms ---------------------------------------------------------------------------------


def mechanisms() -> list[dict[str, str]]:
    keys = ("id", "mechanism", "state", "code", "parameters", "tests")
    lines = [line for line in text(DOCS / "mechanisms.md").splitlines() if line.startswith("| E")]
    return [
        dict(zip(keys, (cell.strip() for cell in line.strip("|").split("|")), strict=True)) for line in lines
    ]


def test_every_mechanism_has_its_row():
    assert [row["id"] for row in mechanisms()] == [f"E{n:02d}" for n in range(1, 31)]


@pytest.mark.parametrize("row", mechanisms() if README.is_file() else [], ids=lambda row: row["id"])
def test_a_mechanism_names_code_parameters_and_tests_that_exist(row):
    if row["state"].startswith("**not yet**"):
        assert not row["tests"]
        return
    assert row["state"].startswith(("yes", "partly"))
    for place in row["code"].split(";"):
        if not (file := re.search(r"`(abm/[\w/]+\.py)`", place)):
            continue
        source = text(ROOT / file[1])
        for name in re.findall(r"`(\w+)`", place.split(":", 1)[1]):
            assert re.search(rf"def {name}\(", source), f"{name} is not in {file[1]}"
    settings, tables = (
        {*Establishment.model_fields, *CLASSES},
        {"io_domestic", "public_need", "births", "deaths"},
    )
    for name in re.findall(r"`(\w+)`", row["parameters"]):
        assert name in PARAMETER or name in settings or name in tables, f"{name} is no parameter or setting"
    written = text(ROOT / "tests" / "test_mechanisms.py")
    tests = re.findall(r"`(test_\w+)`", row["tests"])
    assert tests
    for name in tests:
        assert f"def {name}(" in written, f"there is no {name}"


def test_every_test_of_a_mechanism_is_in_the_table():
    written = set(re.findall(r"def (test_e\d\d_\w+)\(", text(ROOT / "tests" / "test_mechanisms.py")))
    told = {name for row in mechanisms() for name in re.findall(r"`(test_\w+)`", row["tests"])}
    assert written == told


# --- Generated pages ----------------------------------------------------------------------------


def test_the_page_of_parameters_is_current():
    assert text(DOCS / "parameters.md") == script("make_parameters.py")["page"](), (
        "run docs/make_parameters.py"
    )


def test_the_page_of_quantities_is_current():
    assert text(DOCS / "quantities.md") == script("make_quantities.py")["page"](), (
        "run docs/make_quantities.py"
    )


def test_the_scenario_page_tells_every_event_key_and_scenario():
    page = text(DOCS / "scenarios.md")
    for model in (*CLASSES.values(), CommuterBus, PartnerHelp):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in page, name
    for name in list_scenarios():
        assert f"`{name}`" in page


TABLE = [
    {"id": "B15", "priority": "1", "scenario": "outmigration", "quantity": "population", "geography": "Västernorrland",
     "year": "2030", "study": "-1900", "low": "-1900", "high": "-1805", "mean": "-1850.4", "p05": "-2000", "p95": "-1700",
     "standard_error": "3", "inside": "True"},
    {"id": "B34", "priority": "1", "scenario": "outmigration", "quantity": "ordering_of_population", "geography":
     "Västernorrland", "year": "2030", "study": "", "low": "", "high": "", "mean": "0.5", "p05": "", "p95": "",
     "standard_error": "", "inside": "False"},
    {"id": "B01", "priority": "1", "scenario": "suppliers", "quantity": "multiplier", "geography": "both", "year": "2030",
     "study": "1.6", "low": "1.55", "high": "1.65", "mean": "", "p05": "", "p95": "", "standard_error": "",
     "inside": "False"},
]  # fmt: skip


def test_the_table_of_the_readme_comes_from_the_results(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    make = script("make_readme_table.py")
    block = make["markdown"](TABLE, {"runs": 20, "residents": 897986, "seed": 1})
    assert "1 of 3 rows of the first priority are inside" in block
    assert "20 runs of four paired worlds, 897,986 residents, seed 1" in block
    assert "| −1,900 | −1,900 to −1,805 | −1,850 | −2,000 to −1,700 | ✓ |" in block
    assert "| holds | ≥ 95 % | 50 % of runs |  | ✗ |" in block
    assert "| 1.60 | 1.55 to 1.65 |  |  | ✗ |" in block


def test_the_tables_of_the_calibration_page_come_from_the_results(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    make = script("make_calibration.py")
    row = {"id": "B17", "priority": 1, "scenario": "outmigration", "quantity": "out_commuting", "geography":
           "Västernorrland->Västerbotten", "year": "2030", "study": 95.0, "low": 85.0, "high": 100.0}  # fmt: skip
    order = row | {"id": "B34", "priority": 2, "study": math.nan, "low": math.nan, "high": math.nan}
    first = pd.DataFrame([row | {"mean": 84.0, "inside": False}, order | {"mean": 1.0, "inside": True}])
    second = pd.DataFrame([row | {"mean": 90.0, "inside": True}, order | {"mean": 0.7, "inside": False}])
    lines = make["study"]([first, second], [1, 2], [10, 20])
    assert any(line.endswith("| 85 to 100 | 84 ✗ | 90 ✓ | 88 ✓ |") for line in lines)
    assert any(line.endswith("| ≥ 95 % of runs | 100 % ✓ | 70 % ✗ | 80 % ✗ |") for line in lines)
    assert "| **all inside** |  |  | 2 | 1 | 1 | 1 |" in lines

    draws = pd.DataFrame({"weight": [1.0, 3.0], "B01 | outmigration": [1.7, 1.5],
                          "B02 | outcommuting": [1.4, 1.5], "B03 | suppliers": [1.3, 1.3]})  # fmt: skip
    fitted = pd.DataFrame({"id": ["B01", "B02", "B03"], "luck_sd": [1e-6, 0.1, 0.1]})
    lines = [line.split("|") for line in make["multipliers"](draws, fitted)[2:]]
    assert [cells[-3].strip() for cells in lines] == ["75 %", "100 %", "0 %"]
    assert [cells[-2].strip() for cells in lines] == ["75 %", "63 %", "16 %"]  # with the luck of a replicate
    conflicts = pd.DataFrame(
        {"kind": ["out of reach", "trade-off"], "row": ["B24", "B18"], "nearest": [82.12, 0.9]}
    )
    assert "B24 (at the nearest 82.1)" in make["out_of_reach"](conflicts)
    assert "B18" not in make["out_of_reach"](conflicts)


def test_a_block_stands_between_the_marks_of_a_page(tmp_path):
    marks = script("marks.py")
    page = tmp_path / "page.md"
    page.write_text(f"a\n{marks['BEGIN']}\nold\n{marks['END']}\nb", encoding="utf-8")
    for _twice in range(2):
        marks["fill"](page, "− new")
        assert text(page) == f"a\n{marks['BEGIN']}\n\n− new\n\n{marks['END']}\nb"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"page\.md has no"):
        marks["fill"](page, "new")
    assert text(page) == "no marks"


@pytest.mark.parametrize(
    "page",
    [README, DOCS / "baseline.md", DOCS / "estimation.md", DOCS / "population.md"],
    ids=lambda p: p.name,
)
def test_a_page_with_a_table_has_its_marks(page):
    marks = script("marks.py")
    assert [text(page).count(marks[mark]) for mark in ("BEGIN", "END")] == [1, 1]


def test_the_page_of_speed_takes_either_part_anew(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import report
    import scaling

    turns = [
        {"workers": w, "worlds": 48, "seconds": 300.0 / w, "steady": 10.0 * s, "memory": 500 * 2**20}
        for w, s in ((1, 1.0), (2, 1.9), (2, 1.8), (1, 1.0))
    ]
    measured = {"experiment": "study", "scale": 1.0, "replicates": 12, "worlds_of_a_replicate": 4, "rounds": 2,
                "turns": turns, "machine_gives": 1.96}  # fmt: skip
    told = scaling.table(measured)
    assert "| 2 | 18.5 | 19.2 | 1.85 | 500 MiB |" in told
    assert "1.96 times" in told
    page, figures = tmp_path / "benchmarks.md", tmp_path / "scaling.json"
    page.write_text("# Speed\n\nas it was\n", encoding="utf-8")
    figures.write_text(json.dumps(measured), encoding="utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    for _ in range(2):
        monkeypatch.setattr("sys.argv", ["report.py", "--scaling", str(figures)])
        report.main()
        assert text(page) == f"# Speed\n\nas it was\n\n## Workers\n\n{told}\n"
    assert report.speed_of(text(page)) == "# Speed\n\nas it was\n"


def test_the_streaming_floor_touches_each_value_of_every_column_once(tiny, tiny_population, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import floor

    world = World(tiny, tiny_population, load_scenario("baseline"), Parameters(), seed=1, replicate=0)
    columns = floor.state_columns(world.residents)
    used = int(world.residents.meta[0])
    assert {column.ndim for column in columns} == {1}
    assert all(column.size % used == 0 for column in columns)
    before = [column.copy() for column in columns]
    floor.stream(columns)
    assert all(np.array_equal(column, was ^ 1) for column, was in zip(columns, before, strict=True))


def test_readme_has_the_marks_of_the_table():
    page = text(README)
    assert page.index("<!-- table -->") < page.index("<!-- /table -->")


# --- Links and code -----------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text(page)):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", text(README), flags=re.DOTALL)


@pytest.mark.parametrize("block", python_blocks() if README.is_file() else [])
def test_the_code_of_the_readme_runs(block, capsys):
    assert "0.05" in block
    code = compile(block.replace("0.05", "0.01"), str(README), "exec")
    exec(code, {"__name__": "readme"})
    assert capsys.readouterr().out.strip()


def test_readme_commands_are_those_of_the_package():
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    assert "omland" in project["scripts"]
    assert "test" in project["optional-dependencies"]
    page = text(README)
    assert "pip install .\nomland study --out results\n" in page
    assert 'pip install ".[test]" && pytest' in page


def test_figures_need_every_municipality_on_the_map():
    shapes = json.loads(text(ROOT / "data" / "norrland" / "official" / "municipalities.geojson"))
    assert len({f["properties"]["code"] for f in shapes["features"]}) == 44
