"""Units of work: kept whole or not at all, computed by anybody, whatever happens on the way."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from folders import contents, differences
from processes import TESTS, environment
from unit_tasks import Task, payload

import abm.units.store as store_module
from abm.console import console
from abm.errors import OmlandError
from abm.language import speak
from abm.population.cache import cache_folder
from abm.provenance import held
from abm.units import OwnCrew, ProcessCrew, UnitStore, crew_for, fill


@pytest.fixture
def marks(tmp_path):
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def tried(marks, key):
    return len(list(marks.glob(f"{key}-*")))


def compute(store, crew, task, keys):
    with crew:
        fill(store, crew, task, keys)


# --- store --------------------------------------------------------------------------------------


def test_a_unit_counts_only_with_its_checksum(tmp_path):
    store = UnitStore(tmp_path, "replicate")
    for key in range(4):
        assert not store.whole(key)
        store.write(key, payload(key))
        assert store.whole(key)
    store.path(0).unlink()
    store.path(1).write_bytes(store.path(1).read_bytes()[:-1])
    Path(f"{store.path(2)}.sha256").unlink()
    flipped = bytearray(store.path(3).read_bytes())
    flipped[100] ^= 1
    store.path(3).write_bytes(flipped)
    assert not any(store.whole(key) for key in range(4))
    assert store.present() == [1, 2, 3]


def test_a_unit_that_is_whole_outlives_a_full_disk(tmp_path, monkeypatch):
    store = UnitStore(tmp_path, "replicate")
    store.write(1, payload(1))
    monkeypatch.setattr("abm.units.store._write", full)
    with pytest.raises(OmlandError):
        store.write(1, payload(1))
    assert store.whole(1)


def full(path, content):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_checksums_are_those_of_sha256sum(tmp_path):
    store = UnitStore(tmp_path, "replicate")
    store.write(7, payload(7))
    done = subprocess.run(
        ["sha256sum", "-c", "replicate=000007.parquet.sha256"], cwd=store.units, check=False
    )
    assert done.returncode == 0
    assert store.read(7).to_pydict() == {"key": [7], "square": [49]}
    assert store.details(7) == {"key": 7}


def test_the_same_unit_is_the_same_bytes():
    assert payload(3) == payload(3)
    assert payload(3) != payload(4)


def test_reading_makes_no_folder_and_needs_no_right_to_write(tmp_path, monkeypatch):
    missing = UnitStore(tmp_path / "missing", "replicate")
    assert missing.present() == []
    assert missing.failed() == {}
    for read in (missing.record, lambda: missing.read(0)):
        with pytest.raises(OmlandError, match=r"There is no folder .*missing\.$"):
            read()
    assert not missing.folder.exists()
    store = UnitStore(tmp_path / "out", "replicate")
    with store.opened({"seed": 1}, {}):
        store.write(1, payload(1))
    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    again = UnitStore(tmp_path / "out", "replicate")
    assert again.record()["identity"] == {"seed": 1}
    assert again.read(1).to_pydict() == {"key": [1], "square": [1]}
    with pytest.raises(OmlandError, match="cannot be written to"), again.opened({"seed": 1}, {}):
        pass


def refused(*args, **kwargs):
    raise PermissionError(13, "Permission denied")


def test_a_folder_belongs_to_one_experiment(tmp_path):
    store = UnitStore(tmp_path / "out", "replicate")
    with store.opened({"seed": 1, "data_hash": "a"}, {"title": "x"}):
        pass
    with store.opened({"seed": 1, "data_hash": "a"}, {}):
        assert store.record() == {"identity": {"seed": 1, "data_hash": "a"}, "title": "x"}
    before = contents(tmp_path)
    with (
        pytest.raises(OmlandError, match="differs in seed 1 and not 2, data hash"),
        store.opened({"seed": 2}, {}),
    ):
        pass
    assert contents(tmp_path) == before


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    store = UnitStore(tmp_path, "replicate")
    with pytest.raises(OmlandError, match="holds other files"), store.opened({}, {}):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_a_damaged_record_is_told(text, tmp_path):
    (tmp_path / "experiment.json").write_text(text)
    store = UnitStore(tmp_path, "replicate")
    with pytest.raises(OmlandError, match=r"experiment\.json cannot be read"), store.opened({}, {}):
        pass


def test_two_at_once_are_refused(tmp_path):
    pytest.importorskip("fcntl")
    one, two = UnitStore(tmp_path, "replicate"), UnitStore(tmp_path, "replicate")
    with one.opened({}, {}), pytest.raises(OmlandError, match="being written to"), two.opened({}, {}):
        pass
    with two.opened({}, {}):
        pass


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    store = UnitStore(tmp_path, "replicate")
    with store.opened({}, {}):
        store.write(1, payload(1))
    stray = store.units / ".replicate=000002.parquet.4711.part"
    stray.write_bytes(b"half")
    with store.opened({}, {}):
        assert not stray.exists()
    assert store.whole(1)


def test_killed_at_any_moment_of_writing_it_ends_with_the_same_bytes(tmp_path):
    """Kills a process at each of the files that it writes, and lets another one go on."""
    code = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from killed import kill_at
from unit_tasks import payload
from abm.units import UnitStore

payloads = [payload(key) for key in range(3)]

def work(folder):
    store = UnitStore(folder, "replicate")
    with store.opened({"seed": 1}, {"replicates": None}):
        for key in range(3):
            if not store.whole(key):
                store.write(key, payloads[key])
        store.write_file("summary.csv", b"n\\n3\\n")
        store.amend_record(replicates=3)

for number in range(10):
    folder = Path(sys.argv[2]) / str(number)
    child = os.fork()
    if child == 0:
        kill_at("", number)  # which is never, for 0
        work(folder)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    work(folder)
"""
    command = [sys.executable, "-c", code, TESTS, tmp_path]
    done = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
    # Nine files: the record, three units, their checksums, a table, the record again.
    assert [int(line) for line in done.stdout.split()] == [0] + 9 * [-signal.SIGKILL]
    for number in range(1, 10):
        assert not differences(tmp_path / str(number), tmp_path / "0")


@pytest.mark.parametrize("at", ["unit", "checksum"])
def test_full_disk(at, tmp_path, marks, monkeypatch):
    store = UnitStore(tmp_path / "out", "replicate")
    real, suffix = store_module.atomic_write, {"unit": "2.parquet", "checksum": "2.parquet.sha256"}[at]

    @contextlib.contextmanager
    def full(path):
        with real(path) as part:
            if path.name.endswith(suffix):
                part.write_bytes(b"as much as there was room for")
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            yield part

    monkeypatch.setattr(store_module, "atomic_write", full)
    with pytest.raises(OmlandError) as told, store.opened({}, {}):
        compute(store, OwnCrew(), Task(str(marks)), range(5))
    assert str(told.value).endswith(
        "replicate=000002.parquet cannot be written: the disk is full; 2 finished replicates are kept, and the same "
        "command goes on from there."
    )
    assert sorted(contents(tmp_path / "out")) == [
        "experiment.json",
        *(f"units/replicate=00000{k}.parquet{s}" for k in (0, 1) for s in ("", ".sha256")),
    ]
    monkeypatch.undo()
    compute(store, OwnCrew(), Task(str(marks)), [k for k in range(5) if not store.whole(k)])
    assert all(store.whole(k) for k in range(5))
    assert tried(marks, 0) == 1


# --- crews --------------------------------------------------------------------------------------


def test_a_unit_that_raises_is_a_record_and_is_forgotten_when_it_succeeds(tmp_path, marks):
    store = UnitStore(tmp_path / "out", "replicate")
    compute(store, OwnCrew(), Task(str(marks), raises=(1,)), range(3))
    assert [store.whole(k) for k in range(3)] == [True, False, True]
    record = json.loads((store.failures / "replicate=000001.json").read_text())
    assert (record["replicate"], record["error"], record["message"]) == (
        1,
        "ValueError",
        "no square of 1 (en)",
    )
    assert any("unit_tasks.py" in line for line in record["where"])
    assert str(TESTS) not in json.dumps(record)
    compute(store, OwnCrew(), Task(str(marks)), [1])
    assert store.whole(1)
    assert not store.failures.exists()


def test_processes_give_the_same_bytes_as_this_process(tmp_path, marks):
    own, many = UnitStore(tmp_path / "own", "replicate"), UnitStore(tmp_path / "many", "replicate")
    compute(own, OwnCrew(), Task(str(marks), raises=(5,)), range(8))
    compute(many, crew_for(2), Task(str(marks), raises=(5,), seconds=0.2), range(8))
    assert not differences(own.folder, many.folder)
    workers = {p.name.split("-")[1] for p in marks.iterdir()} - {str(os.getpid())}
    assert len(workers) == 2


def test_workers_tell_what_failed_in_the_language_asked_for(tmp_path, marks):
    store = UnitStore(tmp_path / "out", "replicate")
    speak("sv")
    try:
        compute(store, ProcessCrew(1), Task(str(marks), raises=(0,)), range(1))
    finally:
        speak("en")
    assert store.failed()[0]["message"] == "no square of 0 (sv)"


def test_a_lost_worker_costs_only_the_unit_that_kills_it(tmp_path, marks):
    store = UnitStore(tmp_path / "out", "replicate")
    compute(store, ProcessCrew(2), Task(str(marks), kills=(3,), kills_once=(5,)), range(9))
    assert [k for k in range(9) if not store.whole(k)] == [3]
    assert store.failed()[3]["error"] == "LostWorker"
    assert "killed, or out of memory" in store.failed()[3]["message"]
    assert 3 <= tried(marks, 3) <= 4  # alone three times, perhaps once beside others
    assert 2 <= tried(marks, 5) <= 3


def test_when_every_unit_kills_its_worker_it_ends(tmp_path, marks):
    store = UnitStore(tmp_path / "out", "replicate")
    with pytest.raises(OmlandError, match="Workers are lost whatever they compute"):
        compute(store, ProcessCrew(1), Task(str(marks), kills=tuple(range(20))), range(20))
    assert len(list(marks.iterdir())) <= 12


def test_workers_do_not_outlive_a_killed_parent(marks):
    code = (
        "import sys\n"
        f"sys.path.insert(0, {str(TESTS)!r})\n"
        "from unit_tasks import Task\n"
        "from abm.units import ProcessCrew\n"
        "if __name__ == '__main__':\n"
        f"    with ProcessCrew(2) as crew: list(crew.run(Task({str(marks)!r}, seconds=60.0), range(4)))\n"
    )
    script = marks.parent / "script.py"
    script.write_text(code)
    parent = subprocess.Popen([sys.executable, str(script)], env=environment())
    worker = _until(lambda: next((int(p.name.split("-")[1]) for p in marks.iterdir()), None))
    parent.kill()
    parent.wait()
    assert _until(lambda: not _alive(worker))


def _until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(FileNotFoundError):
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return not Path("/proc").exists()


def test_the_environment_is_given_back(marks):
    before = dict(os.environ)
    with ProcessCrew(1) as crew:
        assert os.environ["NUMBA_NUM_THREADS"] == "1"
        assert [f.key for f in crew.run(Task(str(marks)), [4])] == [4]
    assert dict(os.environ) == before


# --- Dask ---------------------------------------------------------------------------------------


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(tmp_path, marks):
    distributed = pytest.importorskip("distributed")
    own, cluster = UnitStore(tmp_path / "own", "replicate"), UnitStore(tmp_path / "cluster", "replicate")
    compute(own, OwnCrew(), Task(str(marks), raises=(2,)), range(12))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as local:
        killed = []

        def seen(finished):
            if not killed:
                pid = local.workers[0].process.process.pid
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

        task = Task(str(marks), raises=(2,), seconds=0.1)
        with crew_for(1, local.scheduler_address) as crew:
            assert crew.size == 2
            fill(cluster, crew, task, range(12), seen)
    assert killed
    assert not differences(own.folder, cluster.folder)


def test_a_cluster_that_is_not_there(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("abm.units.crew.DaskCrew.PATIENCE", 0.5)
    for address in ("tcp://127.0.0.1:9", "hello"):
        with pytest.raises(OmlandError, match=f"The Dask cluster {re.escape(address)} does not answer"):
            crew_for(1, address)


# --- folders of one command ---------------------------------------------------------------------


def test_a_folder_is_held_by_one_command_at_a_time(tmp_path):
    folder = tmp_path / "new" / "out"
    with held(folder):
        (folder / ".series.parquet.1.part").touch()
        code = f"from abm.provenance import held\nfrom pathlib import Path\nwith held(Path({str(folder)!r})): pass"
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert told.returncode != 0
    assert "is being written to by another omland" in told.stderr
    with held(folder):  # what was left half-written is gone
        assert not list(folder.iterdir())


def test_a_command_that_fails_leaves_no_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="no"), held(tmp_path / "new" / "out"):
        raise ValueError("no")
    assert not list(tmp_path.iterdir())


def test_brackets_in_names_are_printed_as_they_are(capsys):
    console().print("Written to res[draft]: [/b] and [bold]x[/bold]")
    assert capsys.readouterr().out.strip() == "Written to res[draft]: [/b] and [bold]x[/bold]"


def test_a_cache_folder_of_nobody_is_told(monkeypatch):
    monkeypatch.setenv("OMLAND_CACHE", "~nobody-of-that-name/x")
    with pytest.raises(OmlandError, match="OMLAND_CACHE is ~nobody-of-that-name/x"):
        cache_folder()
