"""What a fuzzing session found: hostile files, folders and options, each answered by one sentence."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from abm import cli
from abm.calibration.points import read_design
from abm.console import console
from abm.errors import OmlandError
from abm.folder import forget, forget_report
from abm.provenance import check_output
from abm.resources import data_path
from abm.units import UnitStore, to_parquet


def omland(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(a) for a in arguments], prog_name="omland")


def sentence(*arguments: object) -> str:
    """The one sentence of a command that must fail."""
    result = omland(*arguments)
    assert result.exit_code == 2, (result.output, result.exception)
    assert isinstance(result.exception, SystemExit), result.exception
    (told,) = result.output.splitlines()
    assert told.endswith((".", "?")), told
    return told.removeprefix("Error: ")


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


# --- the last net ---------------------------------------------------------------------------------

UNFORESEEN = {
    "no memory": (MemoryError(), "there is not enough memory"),
    "too deep": (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
    "code page": (UnicodeEncodeError("cp1252", "→", 0, 1, "undefined"), "cannot be written as cp1252"),
    "file": (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/x/y"), "/x/y cannot be read or written"),
    "disk": (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the disk is full"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNFORESEEN)
def test_what_nobody_foresaw_is_a_sentence(monkeypatch, what):
    error, part = UNFORESEEN[what]

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("abm.commands.tables.scenarios", fail)
    monkeypatch.delenv(cli.TRACEBACK, raising=False)
    assert part in sentence("scenarios")
    monkeypatch.setenv(cli.TRACEBACK, "1")
    assert omland("scenarios").exception is error


# --- folders of another run -----------------------------------------------------------------------

RECORDS: dict[str, tuple[str, dict[str, object]]] = {
    "study": ("run.json", {"runs": 1, "rows_inside": 3}),
    "run": ("run.json", {"scenario": "baseline", "replicate": 0}),
    "baseline": ("run.json", {"scenario": "baseline", "runs": 4}),
    "estimate": ("run.json", {"identified": {}, "verdicts": {}}),
    "montecarlo": ("experiment.json", {"identity": {}}),
    "sensitivity": ("experiment.json", {"identity": {}, "sensitivity": {}}),
    "calibrate": ("experiment.json", {"identity": {"calibration": {}}}),
}


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("command", [["run", "baseline"], ["study"], ["baseline"], ["estimate"]])
def test_results_of_another_command_are_not_written_over(tmp_path, kind, command):
    name, record = RECORDS[kind]
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text(json.dumps(record), encoding="utf-8")
    if kind == command[0]:
        check_output(out, kind)
        return
    told = sentence(*command, "--out", out)
    assert f"{out} holds the results of omland {kind} ({name})" in told
    assert f"those of omland {command[0]}" in told
    assert files(out) == {out / name}


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"name": "mine"}', "[" * 100_000])
def test_a_foreign_record_is_not_written_over(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    told = sentence("run", "baseline", "--out", tmp_path)
    assert told.startswith(f"{tmp_path / 'run.json'} cannot be read as what Omland wrote")
    assert (tmp_path / "run.json").read_text() == content


def test_an_earlier_report_is_taken_away_and_nothing_else(tmp_path):
    (tmp_path / "figures").mkdir()
    ours = [
        tmp_path / "report.html",
        *(tmp_path / "figures" / f"map.{kind}" for kind in ("svg", "png", "csv")),
    ]
    mine = [tmp_path / "notes.txt", tmp_path / "figures" / "photo.png"]
    for file in (*ours, *mine, tmp_path / "run.json"):
        file.write_text("x")
    forget_report(tmp_path)
    assert files(tmp_path) == {*mine, tmp_path / "figures", tmp_path / "run.json"}
    mine[1].unlink()
    forget(tmp_path)
    assert files(tmp_path) == {mine[0]}


# --- experiments and calibrations -----------------------------------------------------------------

SCENARIO = """mode = "behavioural"
end = "2021-06"
[[event]]
kind = "establishment"
name = "F"
municipality = "Skellefteå"
sector = "CP"
month = "2020-02"
operation = [{month = "2020-03", jobs = 900}]
"""
EXPERIMENT = """scenarios = ["s.toml"]
baseline = "b.toml"
outcomes = ["population:Västernorrland:2020-12", "jobs:Västerbotten:2021-06"]
replicates = 4
[parameters]
prior = ["moving_cost", "night_cost"]
"""
LEVER = '[[lever]]\nname = "{name}"\nevent = "F"\nkey = "{key}"\nlow = 0.5\nhigh = 1.5\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario, its baseline and an experiment."""
    (tmp_path / "s.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "b.toml").write_text('mode = "behavioural"\nend = "2021-06"\n')
    (tmp_path / "e.toml").write_text(EXPERIMENT, encoding="utf-8")
    return tmp_path


def test_a_sound_experiment(folder):
    assert omland("check", folder / "e.toml").exit_code == 0


EXPERIMENT_FAULTS = {
    "lever called as a column": (
        EXPERIMENT + LEVER.format(name="replicate", key="operation"),
        ('lever[1] is called "replicate" as a column of the results is; choose another name.',),
    ),
    "lever called as a quantity": (
        EXPERIMENT + LEVER.format(name="population", key="operation"),
        ('is called "population" as a column of the results is',),
    ),
    "two levers on one figure": (
        EXPERIMENT
        + LEVER.format(name="a", key="suppliers.22")
        + LEVER.format(name="b", key="suppliers.Västernorrland"),
        ('has two levers, "a" and "b", on "suppliers.Västernorrland" of the event "F".',),
    ),
    "unknown name in fixed": (
        EXPERIMENT + "fixed = {wage_curv = -0.01}\n",
        ("line 5: parameters", "unknown parameter 'wage_curv'"),
    ),
    "text in fixed": (
        EXPERIMENT + 'fixed = {wage_curve = "x"}\n',
        ("'wage_curve' must be a finite number, not 'x'",),
    ),
    "fixed and beside it": (
        EXPERIMENT + "tie_age = 3.0\nfixed = {wage_curve = -0.01}\n",
        ('has the table "fixed" and further values beside it',),
    ),
    "figure too large": (
        EXPERIMENT + f"wage_curve = {10**400}\n",
        ("'wage_curve' must be a finite number",),
    ),
    "place of an outcome": (
        EXPERIMENT.replace("Västernorrland", "Vasternorrland"),
        ('line 3: outcome "population:Vasternorrland:2020', 'did you mean "Västernorrland"?'),
    ),
    "outcome after the end": (EXPERIMENT.replace("2020-12", "2022"), ("line 3: outcome", "after the last month")),
    "scenario that is not there": (EXPERIMENT.replace("s.toml", "q.toml"), ("line 1: ", '"q.toml"')),
    "lever without event": (
        EXPERIMENT + LEVER.format(name="a", key="operation").replace('"F"', '"Q"'),
        ('line 8: lever "a": no scenario has an event "Q"',),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", EXPERIMENT_FAULTS)
def test_a_bad_experiment(folder, fault):
    text, parts = EXPERIMENT_FAULTS[fault]
    path = folder / "e.toml"
    path.write_text(text, encoding="utf-8")
    told = sentence("check", path)
    assert told.startswith(str(path))
    for part in parts:
        assert part in told, told


CALIBRATION = """parameters = ["purchase_share", "northern_nest"]
rows = ["B01-B06"]
[weights]
"B01" = 1.0
[[wave]]
points = 6
[also_fit]
others = ["B02"]
"""


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("B01-B06", "B99", ', line 2: rows names row "B99"'),
        ('"B01" =', '"B99" =', ', line 3: weights names row "B99"'),
        ("B02", "B99", ', line 8: also_fit.others names row "B99"'),
    ],
)
def test_unknown_rows_are_told_with_their_line(tmp_path, old, new, part):
    path = tmp_path / "c.toml"
    path.write_text(CALIBRATION.replace(old, new, 1), encoding="utf-8")
    assert f"{path}{part}" in sentence("check", path)


# --- paths ----------------------------------------------------------------------------------------

LONG = "x" * 5000
BY_PATH = {
    "scenario": lambda p: ("run", p),
    "scenario in a region": lambda p: ("run", p, "--region", data_path("norrland")),
    "experiment": lambda p: ("montecarlo", p, "--out", "nowhere"),
    "calibration": lambda p: ("calibrate", p, "--out", "nowhere"),
    "anything": lambda p: ("check", p),
    "scenario file": lambda p: ("check", f"{p}.toml"),
    "region": lambda p: ("run", "baseline", "--region", p),
    "parameters": lambda p: ("run", "baseline", "--params", p),
    "output": lambda p: ("run", "baseline", "--out", p),
    "new experiment": lambda p: ("new-experiment", f"{p}.toml"),
    "new region": lambda p: ("new-region", p),
    "run": lambda p: ("report", p),
    "package": lambda p: ("derive", p),
}


@pytest.mark.parametrize("what", BY_PATH)
@pytest.mark.parametrize(
    ("path", "part"), [("", "must not be empty."), ("a\0b", "must not hold a NUL character.")]
)
def test_a_path_that_names_nothing(monkeypatch, tmp_path, what, path, part):
    monkeypatch.chdir(tmp_path)
    arguments = [path if a in (f"{path}.toml", path) else a for a in BY_PATH[what](path)]
    result = omland(*arguments)
    assert result.exit_code == 2
    assert "Invalid value for" in result.output
    assert result.output.endswith(f": {part}\n")
    assert not files(tmp_path)


@pytest.mark.parametrize("what", BY_PATH)
def test_a_path_that_cannot_be(monkeypatch, tmp_path, what):
    monkeypatch.chdir(tmp_path)
    told = sentence(*BY_PATH[what](LONG))
    assert "xxx…" in told
    assert told.endswith("cannot be read: File name too long.")
    assert len(told) < 300  # wherever the package lies
    assert not files(tmp_path)


@pytest.mark.parametrize("what", BY_PATH)
def test_a_folder_that_may_not_be_entered(monkeypatch, tmp_path, what):
    closed, stat = str(tmp_path / "closed"), Path.stat

    def refused(path: Path, **options: bool) -> os.stat_result:
        if str(path).startswith(f"{closed}{os.sep}"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refused)
    told = sentence(*BY_PATH[what](f"{closed}/inside"))
    assert "closed/inside" in told
    assert told.endswith("cannot be read: Permission denied.")


def test_names_within_files_that_cannot_be(folder):
    scenario = folder / "s.toml"
    for name, part in ((LONG, "File name too long"), ("a\\u0000b", "holds a NUL character")):
        scenario.write_text(f'extends = "{name}.toml"\nmode = "behavioural"\n')
        assert part in sentence("check", scenario)
    experiment = folder / "e.toml"
    experiment.write_text(EXPERIMENT.replace("b.toml", f"{LONG}.toml"), encoding="utf-8")
    assert "File name too long" in sentence("check", experiment)


def test_a_link_to_nothing_is_no_output(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    told = sentence("run", "baseline", "--out", tmp_path / "link")
    assert told == f"{tmp_path / 'link'} is a link to a folder that is not there."


@pytest.mark.parametrize("path", [LONG, "a\0b"])
def test_a_resource_with_a_path_that_cannot_be(tmp_path, path):
    region = tmp_path / "region"
    shutil.copytree(data_path("norrland"), region)
    file = region / "datapackage.json"
    package = json.loads(file.read_text(encoding="utf-8"))
    next(r for r in package["resources"] if r["name"] == "jobs")["path"] = path
    file.write_text(json.dumps(package), encoding="utf-8")
    assert sentence("check", region)


# --- TOML and JSON without end --------------------------------------------------------------------

ENDLESS = {
    "list": ("a = " + "[" * 3000 + "]" * 3000, "nested too deeply"),
    "table": ("a = " + "{a=" * 2000 + "1" + "}" * 2000, "nested too deeply"),
    "number": ("a = " + "9" * 5000, "is not valid TOML: exceeds the limit (4300 digits)"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_toml_without_end(tmp_path, what):
    text, part = ENDLESS[what]
    path = tmp_path / "x.toml"
    path.write_text(text)
    for command in (
        ("check",),
        ("run",),
        ("montecarlo", "--out", tmp_path / "out"),
        ("calibrate", "--out", "out"),
    ):
        told = sentence(*command, path)
        assert str(path) in told
        assert part in told
    assert "is not valid TOML" in sentence("run", "baseline", "--params", path)


@pytest.mark.parametrize(
    ("text", "part"), [("[" * 100_000, "nested too deeply"), ('{"a": ' + "9" * 5000 + "}", "too many digits")]
)
def test_json_without_end(tmp_path, text, part):
    (tmp_path / "datapackage.json").write_text(text)
    assert part in sentence("check", tmp_path)
    (tmp_path / "run.json").write_text(text)
    assert "run.json cannot be read" in sentence("report", tmp_path)


# --- damaged folders of units ---------------------------------------------------------------------

DAMAGED = "cannot be read as what Omland wrote; give a new folder."


@pytest.fixture
def store(tmp_path: Path) -> UnitStore:
    """A folder with one unit and its record."""
    store = UnitStore(tmp_path / "out", "replicate")
    with store.opened({"seed": 1}, {"experiment": {}}):
        store.write(0, to_parquet(pa.table({"row": ["a"], "value": [1.0]}), {"values": {"x": 1.0}}))
    return store


@pytest.mark.parametrize(
    "content", ["", "{", "{}", "[]", '{"replicate": "x"}', '{"replicate": 1}', "[" * 100_000]
)
def test_a_damaged_failure(store, content):
    store.failures.mkdir()
    file = store.failures / "replicate=000001.json"
    file.write_text(content)
    with pytest.raises(OmlandError, match=rf"{file.name} {DAMAGED}"):
        store.failed()


@pytest.mark.parametrize(
    "content", ['{"identity": 3}', '{"identity": [1]}', '{"experiment": "x"}', "[]", "[" * 100_000]
)
def test_a_damaged_record(store, content):
    (store.folder / "experiment.json").write_text(content)
    for read in (store.record, lambda: store.opened({"seed": 1}, {}).__enter__()):
        with pytest.raises(OmlandError, match=rf"experiment\.json {DAMAGED}"):
            read()


@pytest.mark.parametrize("name", ["units", "failures"])
def test_a_file_in_place_of_a_folder(store, name):
    shutil.rmtree(store.folder / name, ignore_errors=True)
    (store.folder / name).write_text("x")
    with pytest.raises(OmlandError, match=f"{name} {DAMAGED}"), store.opened({"seed": 1}, {}):
        pass


def test_a_folder_in_place_of_a_unit(store):
    store.path(1).mkdir()
    with pytest.raises(
        OmlandError, match=r"replicate=000001\.parquet cannot be written: Is a directory; 1 finished"
    ):
        store.write(1, b"x")


def test_a_unit_of_something_else(store):
    store.write(1, b"junk with a checksum")
    for read in (store.read, store.details):
        with pytest.raises(OmlandError, match=rf"replicate=000001\.parquet {DAMAGED}"):
            read(1)
    assert store.read(0, ("row", "value")).num_rows == 1
    with pytest.raises(OmlandError, match=DAMAGED):
        store.read(0, ("row", "effect"))
    assert store.details(0, ("values",)) == {"values": {"x": 1.0}}
    with pytest.raises(OmlandError, match=DAMAGED):
        store.details(0, ("values", "outcomes"))


@pytest.mark.parametrize(
    "content",
    [
        *(
            "",
            "[]",
            "{}",
            '{"space": {}}',
            '{"space": 3, "points": [[0.1, 0.2]]}',
            '{"space": {}, "points": 3}',
        ),
        '{"space": {}, "points": [[0.1, 0.2]]}',
        '{"space": {}, "points": [[0.1, 0.2], [0.1, 0.2], [0.1, 0.2]]}',
        '{"space": {}, "points": [[0.1], [0.2]]}',
        '{"space": {}, "points": [[0.1, 0.2], [0.1, 1.2]]}',
        '{"space": {}, "points": [[0.1, 0.2], [0.1, NaN]]}',
        '{"space": {}, "points": [[0.1, 0.2], ["a", 0.1]]}',
        '{"space": {"cut_off": "x"}, "points": [[0.1, 0.2], [0.3, 0.4]]}',
    ],
)
def test_a_damaged_wave(tmp_path, content):
    path = tmp_path / "wave-2.json"
    path.write_text(content)
    with pytest.raises(OmlandError, match=rf"wave-2\.json {DAMAGED}"):
        read_design(path, 2, 2)
    path.write_text('{"space": {"cut_off": 3.0}, "points": [[0.0, 1.0], [0.3, 0.4]]}')
    space, unit = read_design(path, 2, 2)
    assert space == {"cut_off": 3.0}
    assert unit.tolist() == [[0.0, 1.0], [0.3, 0.4]]


# --- figures without end --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["run", "baseline"], ["study"], ["montecarlo", "study"], ["calibrate", "calibration"]]
)
def test_a_share_that_leaves_nobody(tmp_path, command):
    told = sentence(*command, "--scale", "1e-9", "--out", tmp_path / "out")
    assert told.startswith("scale is 1e-09, which leaves 0 of 897986 residents; at least 0.00011 is allowed")
    assert not files(tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--replicate", 2**31, "0<=x<=2147483647"),
        ("--threads", 1_000_000, "1<=x<=1024"),
    ],
)
def test_an_option_too_large(option, value, allowed):
    result = omland("run", "baseline", option, value)
    assert result.exit_code == 2
    assert f"{value} is not in the range {allowed}." in result.output


LARGE = {
    "jobs": (SCENARIO.replace("jobs = 900", "jobs = 1e308"), "jobs must be at most 1000000, not 1e+308."),
    "lay-off": (
        SCENARIO + '[[event]]\nkind = "layoff"\nmunicipality = "Umeå"\nsector = "G"\nmonth = "2020-03"\njobs = 1e9\n',
        "jobs must be at most 1000000, not 1000000000.0.",
    ),
    "dwellings": (
        SCENARIO
        + '[[event]]\nkind = "housing"\nmunicipality = "Umeå"\nfirst = "2020-03"\nlast = "2020-04"\ndwellings = 1e12\n',
        "dwellings must be at most 1000000, not 1000000000000.0.",
    ),
    "bus": (
        SCENARIO
        + '[[event]]\nkind = "support"\nsupport = "commuter_bus"\nfrom = "Umeå"\nto = "Skellefteå"\nmonth = "2020-03"\n'
        "time_factor = 1e-300\n",
        "time_factor must be at least 0.01, not 1e-300.",
    ),
    "digits": (SCENARIO.replace("jobs = 900", f"jobs = {'9' * 400}"), f"jobs must be a number, not {'9' * 36}…."),
    "no path": (
        SCENARIO.replace('[{month = "2020-03", jobs = 900}]', "[]"), "operation must have at least one point.",
    ),
    "a folder to extend": ('extends = "."\n' + SCENARIO, "extends must be the name or the file of a scenario"),
}  # fmt: skip


@pytest.mark.parametrize("what", LARGE)
def test_a_figure_too_large_in_a_scenario(tmp_path, what):
    text, part = LARGE[what]
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    told = sentence("check", path)
    assert told.startswith(f"{path}, line ")
    assert part in told


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('["s.toml"]', "[]", "scenarios must have at least one entry."),
        (
            '["population:Västernorrland:2020-12", "jobs:Västerbotten:2021-06"]',
            "[]",
            "outcomes must have at least one",
        ),
        (
            "replicates = 4",
            "replicates = 1000000000000",
            "replicates must be at most 1000000, not 1000000000000.",
        ),
        (
            "replicates = 4",
            "replicates = 4\nseed = 4294967296",
            "seed must be less than 4294967296, not 4294967296.",
        ),
    ],
)
def test_a_figure_too_large_in_an_experiment(folder, old, new, part):
    path = folder / "e.toml"
    path.write_text(EXPERIMENT.replace(old, new), encoding="utf-8")
    assert part in sentence("check", path)


def test_a_calibration_needs_two_parameters(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(CALIBRATION.replace(', "northern_nest"', ""), encoding="utf-8")
    assert "parameters must have at least 2 entries." in sentence("check", path)


# --- one column too many, no cluster, a narrow terminal --------------------------------------------


def test_a_column_too_many_is_told_once(tmp_path):
    region = tmp_path / "region"
    shutil.copytree(data_path("norrland"), region)
    file = region / "derived" / "jobs.csv"
    file.write_text(file.read_text().replace("code,sector,jobs", "code,sector,jobs,note", 1))
    told = sentence("check", region)
    assert told == f"{file}, line 1: there are 4 columns, but 3 values in every line below."


def test_a_cluster_that_is_none_leaves_nothing(folder):
    out = folder / "out"
    told = sentence("montecarlo", folder / "e.toml", "--scale", "0.02", "--dask", "nonsense", "--out", out)
    assert "Dask" in told
    assert not (out / "experiment.json").exists()


def test_a_table_goes_to_a_terminal_of_few_letters(monkeypatch):
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", narrow)
    console().print("1 → 2")
    narrow.flush()
    assert narrow.buffer.getvalue() == b"1 ? 2\n"
