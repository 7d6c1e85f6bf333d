"""The command: what it prints and writes, how it fails, and that it starts light."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import fake_worlds as fake
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from processes import OMLAND, environment

import abm
from abm import study as study_module
from abm import terms
from abm.cli import main
from abm.commands.study import as_json_text, study_table, summary
from abm.console import PLAIN_WIDTH, progress
from abm.errors import OmlandError
from abm.language import duration, language
from abm.parameters import GROUPS, PARAMETER, PARAMETERS
from abm.provenance import atomic_write, output_folder, provenance
from abm.results import QUANTITIES
from abm.scenario import load_scenario
from abm.series import COLUMNS

HEAVY = (
    *("numpy", "pandas", "numba", "mesa", "networkx", "scipy", "pyarrow", "pydantic", "rich", "matplotlib"),
    *("babel", "jinja2", "sklearn", "emcee", "arviz", "statsmodels"),
)


def omland(*arguments: str):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


@pytest.fixture
def fake_model(monkeypatch):
    """Stands in for region, population and model, and remembers how it was asked."""
    asked = []

    def simulate(region, population, scenario, parameters, **options):
        asked.append({"population": population, "scenario": scenario, "parameters": parameters, **options})
        options["progress"] and options["progress"](1, 132)
        return fake.fake_simulate(region, population, scenario, parameters, **options)

    region = fake.make_region()
    region.name = "fake"
    monkeypatch.setitem(sys.modules, "abm.simulate", types.SimpleNamespace(simulate=simulate))
    monkeypatch.setattr("abm.region.load_region", lambda path=None: region)
    monkeypatch.setattr(
        "abm.population.several.population_for",
        lambda region, seed, scale: types.SimpleNamespace(weight=1 / scale, seed=seed, scale=scale),
        raising=False,
    )
    return asked


# --- Starting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        *(
            [c, "--help"]
            for c in ("study", "run", "baseline", "estimate", "montecarlo", "sensitivity", "report")
        ),
    ],
)
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys\n"
        "from abm.cli import main\n"
        f"try: main({arguments!r}, prog_name='omland')\n"
        "except SystemExit as end: code = end.code\n"
        f"heavy = sorted(m for m in {HEAVY!r} if m in sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(COLUMNS="100")
    )
    assert done.returncode == 0, done.stderr
    assert "omland" in done.stdout


def test_python_dash_m():
    done = subprocess.run(
        [*OMLAND, "--version"], capture_output=True, text=True, env=environment(COLUMNS="100")
    )
    assert done.stdout == f"omland {abm.__version__}\n"


def test_processes_run_the_package_under_test_wherever_they_are_started(tmp_path):
    """What the other tests of processes stand on; in a checkout there is another copy of the package."""
    (tmp_path / "abm").mkdir()
    (tmp_path / "abm" / "__init__.py").write_text("raise SystemExit('another copy')\n")
    code = "import abm; print(abm.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment()
    )
    assert Path(done.stdout.strip()).resolve() == Path(abm.__file__).resolve(), done.stderr


def test_help_names_every_command():
    result = omland("--help")
    assert result.exit_code == 0
    for command in (
        "study",
        "run",
        "report",
        "baseline",
        "estimate",
        "montecarlo",
        "sensitivity",
        "experiments",
        "params",
        "check",
        "scenarios",
        "new-experiment",
        "new-region",
        "derive",
        "dashboard",
    ):
        assert re.search(rf"(?m)^  {command}  +\S", result.output)


# --- Study --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study_result():
    inputs = study_module.StudyInputs(
        region=fake.make_region(),
        populations=lambda replicate: types.SimpleNamespace(weight=1.0),
        scenarios={name: types.SimpleNamespace(name=name, hash=name) for name in study_module.WORLDS},
        parameters=types.SimpleNamespace(hash="p"),
    )
    return study_module.run_study(runs=2, seed=3, inputs=inputs, simulate=fake.fake_simulate)


def test_study_passes_its_options_on(monkeypatch, study_result, tmp_path):
    asked = {}

    def run_study(**options):
        asked.update(options)
        options["progress"](1, 8)
        return study_result

    monkeypatch.setattr(study_module, "run_study", run_study)
    out, params = tmp_path / "out", tmp_path / "p.toml"
    params.write_text("choice_scale = 3000\n")
    result = omland(
        *("study", "--runs", 2, "--seed", 7, "--scale", 0.5, "--threads", 3, "--check"),
        *("--out", out, "--params", params, "--region", "somewhere", "--no-report"),
    )
    assert result.exit_code == 0, result.output
    assert asked.pop("parameters")["choice_scale"] == 3000
    assert callable(asked.pop("progress"))
    assert asked == {
        "runs": 2,
        "seed": 7,
        "scale": 0.5,
        "threads": 3,
        "check": True,
        "out": out,
        "region_path": Path("somewhere"),
        "posterior": None,
    }
    assert "B01" in result.stdout
    assert str(out) in result.stdout


def test_study_defaults(monkeypatch, study_result):
    asked = {}
    monkeypatch.setattr(study_module, "run_study", lambda **options: asked.update(options) or study_result)
    assert omland("study").exit_code == 0
    assert (asked["runs"], asked["seed"], asked["scale"], asked["out"]) == (10, 1, 1.0, None)
    assert asked["threads"] == len(os.sched_getaffinity(0))


def test_study_json_is_the_whole_table(monkeypatch, study_result):
    monkeypatch.setattr(study_module, "run_study", lambda **options: study_result)
    result = omland("study", "--json", "--quiet")
    content = json.loads(result.stdout)
    assert content["run"]["seed"] == 3
    assert len(content["table"]) == len(study_result.table)
    for row, (_, expected) in zip(content["table"], study_result.table.iterrows(), strict=True):
        assert row["id"] == expected["id"]
        assert row["inside"] is bool(expected["inside"])
        assert row["mean"] == (None if math.isnan(expected["mean"]) else expected["mean"])
    assert "NaN" not in as_json_text(study_result)


def test_table_has_every_row_under_its_scenario(study_result):
    from rich.console import Console

    console = Console(width=PLAIN_WIDTH, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(study_table(study_result.table))
    text = console.export_text()
    order = [text.index(title) for title in ("Out-migration", "Out-commuting", "Suppliers")]
    assert order == sorted(order)
    assert len(re.findall(r"(?m)^ ?B\d\d ", text)) == len(study_result.table)
    assert text.count("✓") == study_result.table["inside"].sum()
    assert text.count("✗") == (~study_result.table["inside"]).sum()
    (b15,) = [line for line in text.splitlines() if "B15" in line]
    assert "−1,900" in b15
    assert "−1,950 to −1,800" in b15
    assert max(len(line) for line in text.splitlines()) <= PLAIN_WIDTH


def test_summary_counts_what_is_inside(study_result):
    first, second, third = summary(study_result)
    table = study_result.table
    assert "2 replicates" in first
    assert f"{table['inside'].sum()} of {len(table)}" in second
    assert f"{table['inside'][table['priority'] == 1].sum()} of {(table['priority'] == 1).sum()}" in second
    mean = table.set_index("id")["mean"]
    assert f"out-migration {mean['B01']:.2f}" in third


def test_few_replicates_and_a_small_scale_are_told_as_in_the_report(monkeypatch, study_result):
    monkeypatch.setattr(study_module, "run_study", lambda **options: study_result)
    few = omland("study", "--quiet", "--runs", 2, "--scale", 0.05).stdout
    enough = omland("study", "--quiet", "--runs", 10).stdout
    for said in ("So few replicates", "Only 5\N{NO-BREAK SPACE}% of the residents", "min to max"):
        assert said in few
        assert said not in enough
    assert "5–95\N{NO-BREAK SPACE}%" in enough
    assert "5–95" not in few


def test_replicates_left_out_and_the_year_that_is_outside_are_told(monkeypatch, study_result):
    run = {**study_result.run, "runs": 10, "replicates_left_out": {"B18 outmigration": 3}}
    run["worst_years"] = {"B13 suppliers": {"year": 2029, "mean": 289.2}}
    result = study_module.StudyResult(study_result.table, run)
    monkeypatch.setattr(study_module, "run_study", lambda **options: result)
    told = omland("study", "--quiet").stdout
    assert "(289 in 2029)" in told
    assert told.index("3 for B18 with out-migration, of 10.") > told.index("B39")


def test_summary_says_nothing_of_what_is_undefined(study_result):
    table = study_result.table.assign(mean=math.nan)
    assert len(summary(study_module.StudyResult(table, study_result.run))) == 2


# --- Run ----------------------------------------------------------------------------------------


def test_run_writes_series_and_record(fake_model, tmp_path):
    result = omland(
        "run", "outmigration", "--seed", 7, "--scale", 0.5, "--threads", 2, "--out", tmp_path / "a" / "b"
    )
    assert result.exit_code == 0, result.output
    (asked,) = fake_model
    assert (asked["seed"], asked["replicate"], asked["threads"], asked["check"]) == (7, 0, 2, False)
    assert (asked["population"].seed, asked["population"].scale) == (0, 0.5)
    assert asked["scenario"].name == "outmigration"
    out = tmp_path / "a" / "b"
    assert sorted(p.name for p in out.iterdir()) == ["run.json", "series.parquet"]
    record = json.loads((out / "run.json").read_text())
    assert record["scenario"] == "outmigration"
    assert record["scenario_hash"] == load_scenario("outmigration").hash
    assert record["months"] == 132
    assert record["version"] == abm.__version__
    assert {"commit", "data_hash", "parameter_hash", "wall_seconds", "peak_memory_bytes", "residents"} <= set(
        record
    )
    assert "Västerbotten" in result.stdout
    assert "Only 50\N{NO-BREAK SPACE}% of the residents" in result.stdout


def test_series_are_the_world_in_tidy_form(fake_model, tmp_path):
    assert omland("run", "suppliers", "--seed", 4, "--out", tmp_path).exit_code == 0
    table = pd.read_parquet(tmp_path / "series.parquet")
    assert tuple(table.columns) == COLUMNS
    world = fake.fake_simulate(None, None, load_scenario("suppliers"), None, seed=4, replicate=0)
    assert set(table["quantity"]) == {q.name for q in QUANTITIES}

    def value(quantity, month, zone, **where):
        rows = table[(table["quantity"] == quantity) & (table["month"] == month) & (table["zone"] == zone)]
        for key, wanted in where.items():
            rows = rows[rows[key] == wanted]
        return rows["value"].sum()

    assert value("population", "2020-01", "2281") == world["population"][0, fake.SUNDSVALL]
    assert value("jobs", "2030-12", "2482", sector="CO") == world["jobs"][131, fake.SKELLEFTEA, 3]
    commuters = world["commuters"][50, fake.OVIK, fake.UMEA]
    assert value("commuters", "2024-03", "2284", other_zone="2480") == commuters
    by_quantity = table.groupby("quantity", observed=True)["value"].sum()
    for quantity in QUANTITIES:
        assert by_quantity[quantity.name] == pytest.approx(world[quantity.name].sum())


def test_same_run_gives_the_same_bytes_whatever_the_threads(fake_model, tmp_path):
    contents = []
    for name, threads in (("a", 1), ("b", 2), ("c", 1)):
        assert (
            omland(
                "run", "outmigration", "--seed", 7, "--threads", threads, "--out", tmp_path / name
            ).exit_code
            == 0
        )
        contents.append((tmp_path / name / "series.parquet").read_bytes())
    assert contents[0] == contents[1] == contents[2]
    assert omland("run", "outmigration", "--seed", 8, "--out", tmp_path / "d").exit_code == 0
    assert (tmp_path / "d" / "series.parquet").read_bytes() != contents[0]


def test_run_json_has_counties_at_start_and_end(fake_model):
    result = omland("run", "baseline", "--json", "--quiet")
    content = json.loads(result.stdout)
    world = fake.baseline(0, 1)
    region = fake.make_region()
    assert [row["code"] for row in content["counties"]] == ["22", "23", "24", "25"]
    for row in content["counties"]:
        inside = np.flatnonzero(region.county_mask(row["code"]))
        assert row["start"]["population"] == world["population"][0][inside].sum()  # as in the report
        assert row["end"]["population"] == world["population"][-1][inside].sum()
        last = world["commuters"][-1]
        within = last[np.ix_(inside, inside)].sum()
        assert row["end"]["out_commuters"] == last[inside].sum() - within
        assert row["end"]["in_commuters"] == last[:, inside].sum() - within


def test_run_writes_nothing_without_out(fake_model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert omland("run", "baseline").exit_code == 0
    assert list(tmp_path.iterdir()) == []


# --- Params, scenarios, check -------------------------------------------------------------------


def test_params_in_three_forms():
    plain = omland("params")
    assert plain.exit_code == 0
    listed = json.loads(omland("params", "--json").stdout)
    assert [p["name"] for p in listed] == [p.name for p in PARAMETERS]
    assert set(listed[0]) == {"name", "default", "low", "high", "unit", "group", "description", "source"}
    lines = omland("params", "--markdown").stdout.splitlines()
    assert len(lines) == 2 + len(PARAMETERS)
    assert {line.replace("\\|", "").count("|") for line in lines} == {8}
    for p in PARAMETERS:
        assert p.name in plain.stdout


def test_params_of_one_group():
    group = GROUPS[-1]
    listed = json.loads(omland("params", "--json", "--group", group).stdout)
    assert [p["name"] for p in listed] == [p.name for p in PARAMETERS if p.group == group]


def test_scenarios():
    plain = omland("scenarios")
    assert plain.exit_code == 0
    for row in json.loads(omland("scenarios", "--json").stdout):
        assert row["name"] in plain.stdout
        assert row["hash"] == load_scenario(row["name"]).hash


def test_check_of_scenarios(tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('mode = "behavioural"\n')
    assert omland("check", good).exit_code == 0
    assert omland("check", "outmigration").exit_code == 0
    bad.write_text('mode = "behavioural"\ncolour = 1\nend = "2020-13"\n[[event]]\nkind = "x"\n')
    result = omland("check", bad)
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 2
    assert all(str(bad) in line for line in result.stdout.splitlines())
    elsewhere = '[[event]]\nkind = "housing"\nmunicipality = "Ume"\nfirst = "2021-01"\nlast = "2021-02"\ndwellings = 5\n'
    bad.write_text('mode = "behavioural"\n' + elsewhere)
    result = omland("check", bad)
    assert result.exit_code == 2
    assert 'did you mean "Umeå"?' in result.stdout


def test_check_of_the_shipped_region():
    from abm.resources import data_path

    assert omland("check", data_path("norrland")).exit_code == 0
    assert omland("check", data_path("norrland", "datapackage.json")).exit_code == 0


# --- Bad input ----------------------------------------------------------------------------------

BAD = {
    "no command of that name": (["stduy"], 'did you mean "study"?'),
    "no such command at all": (["xyzzy"], "commands: "),
    "no such option": (["study", "--seeed", "3"], "--seed"),
    "no runs": (["study", "--runs", "0"], "--runs"),
    "runs that are no number": (["study", "--runs", "many"], "many"),
    "negative seed": (["study", "--seed", "-1"], "--seed"),
    "scale of nothing": (["study", "--scale", "0"], "--scale"),
    "scale over one": (["run", "baseline", "--scale", "1.1"], "--scale"),
    "scale not a number": (["run", "baseline", "--scale", "nan"], "finite"),
    "no threads": (["run", "baseline", "--threads", "0"], "--threads"),
    "negative replicate": (["run", "baseline", "--replicate", "-1"], "--replicate"),
    "no scenario": (["run"], "SCENARIO"),
    "scenario that is not there": (["run", "outmigratoin"], 'did you mean "outmigration"?'),
    "scenario file that is not there": (["run", "no/such.toml"], "no/such.toml"),
    "scenario that is a folder": (["run", "."], "is a folder"),
    "parameters that are not there": (["study", "--params", "no/such.toml"], "no/such.toml"),
    "region that is not there": (["run", "baseline", "--region", "no/such"], "no/such"),
    "group that is not there": (["params", "--group", "movin"], 'did you mean "moving"?'),
    "two formats": (["params", "--json", "--markdown"], "exclude"),
    "nothing to check": (["check", "no/such"], "no/such"),
    "no scenario to check": (["check", "no/such.toml"], "no/such.toml"),
    "folder without a package": (["check", "."], "datapackage.json"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_exit_code_2(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, told = BAD[case]
    result = omland(*arguments)
    assert result.exit_code == 2, result.output
    assert told in result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit | None)
    assert len([line for line in result.output.splitlines() if line.startswith("Error: ")]) <= 1


def test_check_of_what_is_neither(tmp_path):
    (tmp_path / "x.bin").write_bytes(bytes(range(256)))
    result = omland("check", tmp_path / "x.bin")
    assert result.exit_code == 2
    assert "neither a region" in result.stderr


@pytest.mark.parametrize("command", [["study"], ["run", "baseline"]])
def test_unwritable_out_is_found_before_the_work(command, fake_model, tmp_path):
    file = tmp_path / "file"
    file.write_text("in the way")
    for out in (file, file / "below"):
        result = omland(*command, "--out", out)
        assert result.exit_code == 2
        assert str(out) in result.stderr
    assert fake_model == []
    assert file.read_text() == "in the way"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OmlandError, match="cannot be written to"):
        output_folder(tmp_path)


@pytest.mark.parametrize(
    ("command", "file"), [(["run", "baseline"], "series.parquet"), (["study"], "effects.parquet")]
)
def test_a_full_disk_is_told(fake_model, monkeypatch, tmp_path, command, file):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("abm.provenance.os.replace", full)
    result = omland(*command, "--out", tmp_path / "out", "--quiet")
    assert result.exit_code == 2
    assert result.output == f"Error: {tmp_path / 'out' / file} cannot be written: the disk is full.\n"
    assert not (tmp_path / "out").exists()  # nothing was written, so it is taken away


@pytest.mark.parametrize("command", [["run", "baseline"], ["study"]])
def test_no_report_of_an_earlier_run_is_left(fake_model, tmp_path, command):
    out = tmp_path / "out"
    extra = ["--no-report"] if command[0] == "study" else []
    omland(*command, "--out", out, "--quiet", *extra)
    (out / "report.html").write_text("of the earlier run")
    assert omland(*command, "--out", out, "--quiet", *extra).exit_code == 0
    assert not (out / "report.html").exists()
    assert (out / "run.json").is_file()


def test_interrupt_ends_with_130_and_a_sentence(monkeypatch):
    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(study_module, "run_study", interrupted)
    result = omland("study")
    assert result.exit_code == 130
    assert result.stderr.startswith("Interrupted")
    assert "Traceback" not in result.output


def test_a_run_that_is_terminated_ends_as_if_interrupted(monkeypatch):
    def terminated(**_):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(study_module, "run_study", terminated)
    result = omland("study")
    assert result.exit_code == 143
    assert result.stderr.startswith("Interrupted")
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_programming_error_is_not_hidden(monkeypatch):
    def broken(**_):
        raise ZeroDivisionError

    monkeypatch.setattr(study_module, "run_study", broken)
    assert isinstance(omland("study").exception, ZeroDivisionError)


# --- Files, progress, words ---------------------------------------------------------------------


def test_atomic_write_leaves_the_old_file_when_interrupted(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")

    def half():
        with atomic_write(path) as part:
            part.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert path.read_text() == "old"
    with atomic_write(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


def test_provenance():
    record = provenance()
    assert record["version"] == abm.__version__
    assert record["commit"] is None or re.fullmatch(r"[0-9a-f]{40}\+?", record["commit"])
    assert record["libraries"]["numpy"] == np.__version__
    json.dumps(record)


class _Stream(io.StringIO):
    """A stream that says whether it is a terminal."""

    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


def test_progress_without_a_terminal_is_a_line_every_ten_seconds(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("abm.console.time.monotonic", lambda: now[0])
    stream = _Stream(False)
    with progress("Study", "worlds", stream=stream) as report:
        for done in range(1, 81):
            now[0] += 1.0
            report(done, 80)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 8
    assert lines[1] == "Study: 20 of 80 worlds, 20 s gone, about 1 min left"


def test_time_left_is_by_the_pace_of_what_this_call_did(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("abm.console.time.monotonic", lambda: now[0])
    stream = _Stream(False)
    with progress("study", "replicates", stream=stream) as report:
        now[0] = 10.0
        report(900, 1000, "", 900)  # gone on with, and nothing done yet
        now[0] = 20.0
        report(901, 1000, "", 900)  # the first may have compiled
        now[0] = 40.0
        report(902, 1000, "", 900)
        now[0] = 50.0
        report(0, 4)  # another task
        now[0] = 60.0
        report(1, 4)
        now[0] = 70.0
        report(2, 4)
    assert stream.getvalue().splitlines() == [
        "study: 900 of 1000 replicates, 10 s gone",
        "study: 901 of 1000 replicates, 20 s gone",
        "study: 902 of 1000 replicates, 40 s gone, about 32 min 40 s left",
        "study: 1 of 4 replicates, 10 s gone",
        "study: 2 of 4 replicates, 20 s gone, about 20 s left",
    ]


def test_progress_on_a_terminal_is_a_bar(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    stream = _Stream(True)
    with progress("Study", "worlds", stream=stream) as report:
        report(20, 80)
    assert "20/80" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_progress_says_nothing(terminal):
    stream = _Stream(terminal)
    with progress("Study", "worlds", quiet=True, stream=stream) as report:
        report(80, 80)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h 0 min"),
        (3900, "1 h 5 min"),
    ],
)
def test_duration(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [(1684.3, "1,684"), (-1900, "−1,900"), (1.567, "1.57"), (12.34, "12.3"), (0.032, "0.032"), (0, "0"), (None, ""), (math.nan, "")],
)  # fmt: skip
def test_number(value, text):
    assert language("en").number(value) == text


def test_signed_number_interval_and_label():
    english, swedish = language("en"), language("sv")
    assert english.number(90, signed=True) == "+90"
    assert english.interval(0.08, 0.1) == "0.08–0.10"
    assert english.interval(-190, -150) == "−190 to −150"
    assert english.interval(math.nan, 3) == ""
    assert swedish.interval(-1900, -1805.5) == "−1\N{NO-BREAK SPACE}900 till −1\N{NO-BREAK SPACE}806"
    share = ("share_of_indirect_in_vasternorrland", "Västernorrland", "2030")
    assert terms.row_label(english, *share) == "share of indirect in Västernorrland, 2030"
    assert terms.row_label(swedish, *share) == "andel av de indirekta i Västernorrland, 2030"
    both = ("indirect_jobs", "Västerbotten+Västernorrland", "cumulative 2020-2030")
    assert terms.row_label(english, *both) == "indirect jobs, both counties, cumulative 2020–2030"
    assert terms.row_label(swedish, *both) == "indirekta arbetstillfällen, båda länen, ackumulerat 2020–2030"


# --- In Swedish ---------------------------------------------------------------------------------

SWEDISH = {
    "scenario": (["run", "nowhere"], 'Fel: Det finns inget scenario "nowhere"; kända: '),
    "study": (["study", "--posterior", "--params", "x.toml"], "Fel: --posterior och --params utesluter varandra.\n"),
    "report": (["report", "none"], "Fel: Det finns ingen mapp none; mappen från en avslutad körning väntas.\n"),
    "region": (["run", "baseline", "--region", "none"], "Fel: none finns inte; ett datapakets mapp väntas.\n"),
    "file": (["check", "none.toml"], 'Det finns ingen scenariofil "none.toml"; medföljande scenarier: '),
    "experiment": (["montecarlo", "nowhere", "--out", "x"], 'Fel: Det finns inget experiment "nowhere"; kända: '),
    "no folder": (["sensitivity", "study"], "Fel: sensitivity behöver --out MAPP för sina resultat.\n"),
    "calibration": (["calibrate", "none.toml", "--out", "x"], 'Fel: Det finns ingen kalibreringsfil "none.toml"; '),
    "baseline": (["baseline", "--params", "none.toml"], "Fel: none.toml: filen finns inte; en parameterfil är TOML med rader 'namn = värde'.\n"),
    "group": (["params", "--group", "movin"], 'Fel: okänd parametergrupp "movin"; menade du "moving"?\n'),
    "template": (["new-experiment", "mine.txt"], 'Fel: "mine.txt" är inget namn på ett experiment; det måste sluta med .toml.\n'),
    "lever": (["check", "mine.toml"], 'mine.toml, rad 3: outcomes[1] har tiden "soon"; skriv ett år, en månad "2030-06" eller ett spann'),
    "typo": (["check", "typo.toml"], 'typo.toml, rad 4: händelse 1, month måste vara en månad som "2024-03", inte "soon".\n'),
    "key": (["check", "key.toml"], 'key.toml, rad 1: okänd nyckel "moode"; menade du "mode"?\n'),
}  # fmt: skip


@pytest.mark.parametrize("case", SWEDISH)
def test_errors_and_findings_in_swedish(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("typo.toml").write_text(
        'mode = "behavioural"\n[[event]]\nkind = "closure"\nmonth = "soon"\nestablishment = "a"\n', "utf-8"
    )
    Path("mine.toml").write_text(
        'scenarios = ["study"]\nreplicates = 2\noutcomes = ["population:22:soon"]\n', "utf-8"
    )
    Path("key.toml").write_text('moode = "behavioural"\n', "utf-8")
    arguments, told = SWEDISH[case]
    result = omland(*arguments, "--lang", "sv")
    assert result.exit_code == 2, result.output
    assert told in result.output
    english = omland(*arguments)
    assert english.exit_code == 2
    assert told not in english.output  # the language is that of the command, not of the one before


SEPARATION = f"{PARAMETER['separation_rate'].default:g}".replace(".", ",")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("scenarios", ("vad det frågar", "läge")),
        (
            "experiments",
            ("Risken för utflyttning", "20 till", "körningar", "Ett eget: omland new-experiment"),
        ),
        ("params", ("standardvärde", "flyttning (moving)", "kronor/månad", SEPARATION)),
    ],
)
def test_lists_in_swedish(command, told):
    result = omland(command, "--lang", "sv")
    assert result.exit_code == 0, result.output
    for words in told:
        assert words in result.output, words


def test_parameters_in_swedish_as_markdown():
    lines = omland("params", "--markdown", "--lang", "sv").output.splitlines()
    assert lines[0] == "| namn | standardvärde | spann | enhet | grupp | vad den gör | källa |"
    assert len(lines) == 2 + len(PARAMETERS)


def test_an_experiment_is_begun_in_swedish(tmp_path):
    told = omland("new-experiment", tmp_path / "mitt.toml", "--lang", "sv").output
    assert "Ändra frågeställningen och kör:" in told.replace("\n", " ")


def test_a_template_is_guided_in_swedish(tmp_path):
    folder = tmp_path / "my"
    assert "Läs " in omland("new-region", folder, "--lang", "sv").output
    told = omland("check", folder, "--lang", "sv").output
    assert told.startswith("Steg 1 av ")
    assert "fyll i kolumnen" in told
    assert " är tomt; " in told
    assert "är inte klar för det.\nSteg 1" in omland("derive", folder, "--lang", "sv").output
