"""Bad files through the command line: one sentence that names file and field, exit code 2, nothing written.

What the loaders say to every fault is tested in test_region_bad_input.py and test_scenario.py; here
each kind of fault goes the way a user goes, through every command that reads such a file.
"""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from processes import OMLAND, environment

from abm.cli import main
from abm.commands.inputs import read_parameters
from abm.parameters import PARAMETERS, Parameters, possible
from abm.resources import data_path

PACKAGE = data_path("norrland")
PEOPLE, JOBS, FLOWS = "official/population.csv", "derived/jobs.csv", "derived/commuting.csv"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A sound copy of the region."""
    folder = tmp_path / "region"
    shutil.copytree(PACKAGE, folder)
    return folder


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def findings(tmp_path: Path, *arguments: object) -> list[str]:
    """Run a command that must fail, and return the sentences it says, one a line."""
    before = files(tmp_path)
    result = CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert files(tmp_path) == before, "something was written"
    told = result.output.splitlines()
    assert all(line.endswith((".", "?")) for line in told), told
    return [line.removeprefix("Error: ") for line in told]


def sentence(tmp_path: Path, *arguments: object) -> str:
    """The one sentence of a command that stops at the first fault."""
    (told,) = findings(tmp_path, *arguments)
    return told


def replace(name: str, old: str, new: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def first_row(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8").splitlines()[1]


def folder_instead(folder: Path) -> None:
    (folder / JOBS).unlink()
    (folder / JOBS).mkdir()


# --- Regions --------------------------------------------------------------------------------------

REGION_FAULTS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "missing column": (
        replace(PEOPLE, "residents", "people"),
        ("population.csv, line 1", "'residents'", "missing"),
    ),
    "negative count": (
        replace(PEOPLE, first_row(PEOPLE), "2260,woman,0,-44"),
        ("population.csv, line 2", "residents", "-44", "at least 0"),
    ),
    "unknown municipality": (
        replace(JOBS, first_row(JOBS), "9999,A,5"),
        ("jobs.csv, line 2", "municipality 9999", "(code)", "only the codes", "are allowed"),
    ),
    "commuting whose totals disagree": (
        replace(FLOWS, first_row(FLOWS), "2260,2260,3513"),
        ("commuting.csv", "employed_residents.csv", "Ånge (2260)", "4368", "4367", "must be equal"),
    ),
    "empty file": (lambda f: (f / JOBS).write_text(""), ("jobs.csv is empty",)),
    "binary file": (lambda f: (f / JOBS).write_bytes(b"\x89PNG\r\n\0\0"), ("jobs.csv", "binary")),
    "folder for a file": (folder_instead, ("jobs.csv is a folder", "a file is expected")),
    "missing file": (lambda f: (f / JOBS).unlink(), ("jobs.csv", "does not exist")),
}


@pytest.mark.parametrize("fault", REGION_FAULTS)
def test_a_bad_region(package, tmp_path, fault):
    edit, parts = REGION_FAULTS[fault]
    edit(package)
    told = sentence(tmp_path, "run", "baseline", "--region", package, "--out", tmp_path / "out", "--quiet")
    for part in parts:
        assert part in told, told
    assert told in findings(tmp_path, "check", package)


@pytest.mark.parametrize("command", ["study", "baseline"])
def test_a_bad_region_in_other_commands(package, tmp_path, command):
    edit, parts = REGION_FAULTS["negative count"]
    edit(package)
    told = sentence(tmp_path, command, "--region", package, "--out", tmp_path / "a" / "out", "--quiet")
    for part in parts:
        assert part in told, told


def test_a_bad_table_that_only_the_baseline_is_held_against(package, tmp_path):
    replace("official/county_migration.csv", "22,2015,immigrants,", "22,2015,immigrants,-")(package)
    told = sentence(tmp_path, "baseline", "--region", package, "--out", tmp_path / "out", "--quiet")
    for part in ("county_migration.csv, line 2", "persons", "at least 0"):
        assert part in told, told


@pytest.mark.parametrize("command", [["run", "baseline"], ["study"], ["baseline"], ["check", "baseline"]])
def test_a_region_that_is_none(tmp_path, command):
    (tmp_path / "file.csv").write_text("x\n")
    for path, part in (
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path, "has no datapackage.json"),
        (tmp_path / "file.csv", "the folder of a data package is expected"),
    ):
        told = sentence(tmp_path, *command, "--region", path)
        assert str(path) in told
        assert part in told


# --- Scenarios ------------------------------------------------------------------------------------

GOOD = """mode = "behavioural"

[[event]]
kind = "layoff"
municipality = "Umeå"
sector = "G"
month = "2022-03"
jobs = 20
"""
SCENARIO_FAULTS: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "misspelt key": (
        GOOD.replace("jobs", "jbos"),
        ("line 8: event 1", 'unknown key "jbos"', 'did you mean "jobs"?'),
    ),
    "misspelt setting": (
        GOOD.replace("mode", "mod"),
        ("line 1", 'unknown key "mod"', 'did you mean "mode"?'),
    ),
    "month that does not exist": (
        GOOD.replace("2022-03", "2022-13"),
        ("line 7: event 1, month", '"2022-13" is not a month', "01 to 12"),
    ),
    "month after the end": (GOOD.replace("2022-03", "2031-03"), ("line 7", "2031-03", "2020-01 to 2030-12")),
    "negative count": (GOOD.replace("20\n", "-20\n"), ("line 8: event 1, jobs", "-20", "more than 0")),
    "unknown municipality": (GOOD.replace("Umeå", "Umea"), ("line 5", '"Umea"', 'did you mean "Umeå"?')),
    "missing key": (GOOD.replace("jobs = 20\n", ""), ("event 1, jobs is missing",)),
    "empty file": ("", ("is empty", "mode")),
    "binary file": (bytes(range(256)), ("not a text file",)),
    "not TOML": (GOOD + "jobs = \n", ("not valid TOML", "line 9")),
}


@pytest.mark.parametrize("fault", SCENARIO_FAULTS)
def test_a_bad_scenario(tmp_path, fault):
    content, parts = SCENARIO_FAULTS[fault]
    path = tmp_path / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    told = sentence(tmp_path, "run", path, "--out", tmp_path / "out", "--quiet")
    assert str(path) in told
    for part in parts:
        assert part in told, told
    assert told in findings(tmp_path, "check", path)


def test_a_scenario_that_is_not_there_or_no_file(tmp_path):
    out = ("--out", tmp_path / "out", "--quiet")
    told = sentence(tmp_path, "run", "outmigratoin", *out)
    assert 'did you mean "outmigration"?' in told
    assert "baseline" in told  # what there is
    assert str(tmp_path / "x.toml") in sentence(tmp_path, "run", tmp_path / "x.toml", *out)
    assert "is a folder" in sentence(tmp_path, "run", tmp_path, *out)


# --- Parameters -----------------------------------------------------------------------------------

PARAMETER_FAULTS: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "misspelt name": ("choice_scal = 3000\n", ("unknown parameter 'choice_scal'", "did you mean 'choice_scale'?")),
    "text for a number": ('choice_scale = "many"\n', ("'choice_scale'", "finite number", "'many'")),
    "not finite": ("choice_scale = inf\n", ("'choice_scale'", "finite number")),
    "negative cost": ("moving_cost = -5\n", ("'moving_cost'", "SEK/month", "at least 0, not -5")),
    "rate above one": ("separation_rate = 3\n", ("'separation_rate'", "between 0 and 1, not 3")),
    "share above one": ("consumption_share = 1.5\n", ("'consumption_share'", "between 0 and 1, not 1.5")),
    "nothing to divide by": ("choice_scale = 0\n", ("'choice_scale'", "above 0, not 0")),
    "empty file": ("\n", ("is empty", "name = value")),
    "binary file": (bytes(range(256)), ("not a text file",)),
    "not TOML": ("choice_scale: 3\n", ("not valid TOML", "line 1")),
}  # fmt: skip


@pytest.mark.parametrize("fault", PARAMETER_FAULTS)
def test_bad_parameters(tmp_path, fault):
    content, parts = PARAMETER_FAULTS[fault]
    path = tmp_path / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for command in (["run", "baseline"], ["study"], ["baseline"]):
        told = sentence(tmp_path, *command, "--params", path, "--out", tmp_path / "out", "--quiet")
        assert str(path) in told
        for part in parts:
            assert part in told, told


def test_the_declared_ranges_are_possible_and_beyond_them_is_told_but_runs(tmp_path, capsys):
    for ends in ("low", "high", "default"):
        assert not Parameters({p.name: getattr(p, ends) for p in PARAMETERS}).unusual()
    path = tmp_path / "mine.toml"
    path.write_text("moving_cost = 99999\nwage_curve = -0.03\n")
    ends = {p.name: possible(p) for p in PARAMETERS}
    assert ends["purchase_share"] == (0, math.inf)
    assert ends["export_growth"] == (-math.inf, math.inf)
    assert ends["search_unemployed"] == (0, 1)
    values = read_parameters(path)
    assert values["moving_cost"] == 99999
    told = capsys.readouterr()
    assert told.err == f"{path}: moving_cost is 99999, outside its range of 10000 to 25000 SEK/month.\n"
    assert not told.out


def test_parameters_that_are_a_folder(tmp_path):
    assert f"{tmp_path} is a folder" in sentence(tmp_path, "run", "baseline", "--params", tmp_path)


# --- Output ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["run", "baseline"], ["study"], ["baseline"]])
def test_an_output_that_cannot_be_a_folder(tmp_path, command):
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        told = sentence(tmp_path, *command, "--out", out)
        assert str(out) in told
        assert "is a file" in told


def test_as_a_process(tmp_path):
    """The whole way once: what a shell sees."""
    (tmp_path / "mine.toml").write_text(GOOD.replace("jobs", "jbos"), encoding="utf-8")
    done = subprocess.run(
        [*OMLAND, "run", "mine.toml", "--out", "out"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: mine.toml, line 8: event 1")
    assert len(done.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]
