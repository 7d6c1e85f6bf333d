"""The study from end to end, on worlds made by hand."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import fake_worlds as fake
import pandas as pd
import pyarrow.parquet as pq
import pytest
from processes import environment

from abm import study
from abm.errors import OmlandError
from abm.provenance import write_text
from abm.study import StudyInputs, run_study
from abm.targets import TABLE_COLUMNS

INPUTS = StudyInputs(
    region=fake.make_region(),
    populations=lambda replicate: SimpleNamespace(weight=10.0),
    scenarios={name: SimpleNamespace(name=name, hash=f"hash of {name}") for name in study.WORLDS},
    parameters=SimpleNamespace(hash="hash of parameters"),
)


def run(**changes):
    arguments = {"runs": 3, "seed": 5, "inputs": INPUTS, "simulate": fake.fake_simulate} | changes
    return run_study(**arguments)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("study") / "new" / "folder"
    return run(out=out, threads=2), out


def test_three_files_and_nothing_else(finished):
    _, out = finished
    assert sorted(p.name for p in out.iterdir()) == ["effects.parquet", "orders.csv", "run.json", "table.csv"]


def test_table_csv_is_the_table(finished):
    result, out = finished
    with (out / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == TABLE_COLUMNS
    assert len(rows) == len(result.table)
    assert {row["inside"] for row in rows} == {"true", "false"}
    by_id = {row["id"]: row for row in rows}
    assert by_id["B01"]["inside"] == "true"
    assert by_id["B21"]["inside"] == "false"
    assert by_id["B34"]["study"] == ""
    again = pd.read_csv(out / "table.csv")
    assert again["inside"].dtype == bool
    assert again["mean"].to_numpy() == pytest.approx(result.table["mean"].to_numpy(), rel=1e-9)


def test_run_json_says_what_was_run(finished):
    result, out = finished
    run_json = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert run_json == result.run
    assert run_json["worlds"] == 12
    assert (run_json["seed"], run_json["runs"], run_json["months"]) == (5, 3, 132)
    assert run_json["residents"] == 700 * fake.M
    assert run_json["simulated_residents"] == 70 * fake.M
    assert run_json["data_hash"] == "0" * 64
    assert run_json["parameter_hash"] == "hash of parameters"
    assert run_json["scenario_hashes"]["suppliers"] == "hash of suppliers"
    assert run_json["agent_months_per_second"] > 0
    assert run_json["wall_seconds"] > 0
    assert run_json["peak_memory_bytes"] is None or run_json["peak_memory_bytes"] > 2**20
    assert run_json["rows_inside"] == int(result.table["inside"].sum()) > 40
    assert set(run_json["variance_reduction"]["suppliers"]) == {"population", "employment", "commuters"}
    assert run_json["variance_reduction"]["suppliers"]["population"] > 100
    for key in ("version", "commit", "libraries", "finished", "compile_seconds", "accounting"):
        assert key in run_json


def test_effects_are_in_order_of_replicate_and_scenario(finished):
    _, out = finished
    file = pq.ParquetFile(out / "effects.parquet")
    seen = []
    for i in range(file.num_row_groups):
        group = file.read_row_group(i, columns=["scenario", "replicate"]).to_pandas().drop_duplicates()
        seen += list(zip(group["replicate"], group["scenario"], strict=True))
    assert seen == [(r, s) for r in range(3) for s in ("outmigration", "outcommuting", "suppliers")]


def test_files_do_not_depend_on_threads_or_their_timing(finished, tmp_path):
    def slow_at_first(*arguments, **options):
        time.sleep(0.05 if options["replicate"] == 0 else 0.0)
        return fake.fake_simulate(*arguments, **options)

    _, out = finished
    run(out=tmp_path, threads=5, simulate=slow_at_first)
    for name in ("table.csv", "effects.parquet"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_another_seed_gives_another_result(finished):
    spread = "standard_error"
    assert (run(seed=6).table[spread] != finished[0].table[spread]).any()


def test_few_worlds_are_under_way_however_many_replicates():
    started, reduced, most = [], [], []

    def simulate(*arguments, **options):
        started.append(options["replicate"])
        most.append(max(started) - len(reduced))
        return fake.fake_simulate(*arguments, **options)

    class Counting(study.Evaluation):
        def add(self, replicate):
            reduced.append(1)
            super().add(replicate)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "Evaluation", Counting)
        run(runs=8, threads=2, simulate=simulate)
    assert sorted(started) == sorted(list(range(8)) * 4)  # every world once
    assert max(most) <= 2


def test_first_world_runs_alone():
    running, overlaps, lock = set(), [], threading.Lock()

    def simulate(*arguments, **options):
        key = (arguments[2].name, options["replicate"])
        with lock:
            running.add(key)
        time.sleep(0.02)
        with lock:
            overlaps.append((key, len(running)))
            running.discard(key)
        return fake.fake_simulate(*arguments, **options)

    run(runs=1, threads=4, simulate=simulate)
    assert overlaps[0] == (("outmigration", 0), 1)
    assert max(n for _, n in overlaps[1:]) > 1


def test_progress_counts_to_the_end():
    told = []
    run(runs=2, threads=2, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (8, 8)


def test_a_failing_world_leaves_no_files(tmp_path):
    def simulate(*arguments, **options):
        if options["replicate"] == 1:
            raise RuntimeError("lost")
        return fake.fake_simulate(*arguments, **options)

    with pytest.raises(RuntimeError, match="lost"):
        run(out=tmp_path, simulate=simulate)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"runs": 0}, "runs is 0"), ({"threads": 0}, "threads is 0"), ({"scale": 1.5}, "scale is 1.5")],
)
def test_bad_arguments_are_told_in_a_sentence(changes, message):
    with pytest.raises(OmlandError, match=message):
        run(**changes)


def test_an_output_folder_that_is_a_file_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OmlandError, match="taken"):
        run(out=tmp_path / "taken", simulate=None)


def test_one_run_has_no_spread():
    result = run(runs=1)
    assert result.table["standard_error"].isna().all()
    assert result.run["variance_reduction"]["suppliers"]["population"] is None


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x.txt"
    write_text(path, "å\n")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text(encoding="utf-8") == "å\n"
    assert len(list(tmp_path.iterdir())) == 1


def test_importing_the_package_stays_light():
    code = (
        "import sys, abm, abm.targets, abm.effects; print('pandas' in sys.modules, 'pyarrow' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    assert done.stdout.split() == ["False", "False"]


def test_all_worlds_of_a_replicate_have_its_population():
    met = {}

    def simulate(region, population, scenario, parameters, **options):
        met.setdefault(options["replicate"], set()).add(population.weight)
        return fake.fake_simulate(region, population, scenario, parameters, **options)

    inputs = replace(INPUTS, populations=lambda replicate: SimpleNamespace(weight=10.0 + replicate))
    result = run(inputs=inputs, simulate=simulate, threads=2)
    assert met == {replicate: {10.0 + replicate} for replicate in range(3)}
    assert result.run["populations"] == 3
