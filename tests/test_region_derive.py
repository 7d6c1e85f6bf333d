"""The derivations: same files again, official tables left alone, and the tools they use."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from processes import environment

from abm.errors import OmlandError
from abm.region import load_region
from abm.region.derive import derive_package, rules, write_atomically
from abm.region.derive.fitting import fit
from abm.region.derive.inputs import Inputs
from abm.region.derive.rounding import largest_remainder
from abm.resources import data_path

PACKAGE = data_path("norrland")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "region"
    shutil.copytree(PACKAGE, folder)
    return folder


def test_derived_files_come_out_the_same_again(package: Path) -> None:
    """The shipped tables are what the rules make of the official and assumed ones."""
    before = {name: file.read_text(encoding="utf-8") for name, (file, _) in rules(package).items()}
    for file in (package / "derived").iterdir():
        file.unlink()
    done = subprocess.run(
        [sys.executable, "-m", "abm.region.derive", str(package)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == list(before)
    for name, (file, _) in rules(package).items():
        assert file.read_text(encoding="utf-8") == before[name], name
    assert sorted(f.name for f in (package / "derived").iterdir()) == sorted(f"{name}.csv" for name in before)


def test_an_official_table_is_left_alone(package: Path) -> None:
    file = package / "datapackage.json"
    descriptor = json.loads(file.read_text(encoding="utf-8"))
    entry = next(r for r in descriptor["resources"] if r["name"] == "unemployed")
    entry["omland:status"] = "official"
    del entry["omland:rule"]
    file.write_text(json.dumps(descriptor), encoding="utf-8")
    table = package / "derived" / "unemployed.csv"
    own = table.read_text(encoding="utf-8").replace("2260,", "2260,1", 1)
    table.write_text(own, encoding="utf-8")
    written = derive_package(package)
    assert "unemployed" not in written
    assert table.read_text(encoding="utf-8") == own
    assert load_region(package).unemployed[0] > 1000


def test_an_assumption_moves_what_depends_on_it(package: Path) -> None:
    parameters = package / "assumed" / "parameters.csv"
    text = parameters.read_text(encoding="utf-8")
    parameters.write_text(
        text.replace("commuting_vn_to_vb,800.0", "commuting_vn_to_vb,760.0"), encoding="utf-8"
    )
    derive_package(package, "commuting")
    derive_package(package, "jobs")
    region = load_region(package)
    m = region.n_municipalities
    flow = region.commuting[:m, :m][region.county_mask("22")][:, region.county_mask("24")].sum()
    assert flow == 760
    assert (region.commuting[:, :m].sum(axis=0) == region.jobs.sum(axis=1)).all()


def test_one_table_can_be_derived_alone(package: Path) -> None:
    assert derive_package(package, "tax_rates") == ["tax_rates"]


@pytest.mark.parametrize(
    "rule", ["abm.region.derive.nothing.derive", "abm.region.derive.jobs.nothing", "nothing"]
)
def test_unknown_rule_is_told(package: Path, rule: str) -> None:
    file = package / "datapackage.json"
    file.write_text(
        file.read_text(encoding="utf-8").replace("abm.region.derive.jobs.derive", rule), encoding="utf-8"
    )
    with pytest.raises(OmlandError, match=r"jobs.*rule"):
        derive_package(package, "jobs")


def test_rule_that_cannot_work_is_told(package: Path) -> None:
    file = package / "official" / "registered_unemployed.csv"
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if ",2022-12," not in line]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(OmlandError, match=r"'unemployed'.*cannot be derived"):
        derive_package(package, "unemployed")


def test_command_ends_with_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "abm.region.derive", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 2
    assert "datapackage.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_writing_leaves_the_old_file_on_failure(tmp_path: Path) -> None:
    class Broken:
        def to_csv(self, stream, **_: object) -> None:
            stream.write("half a table")
            raise OSError("disk full")

    file = tmp_path / "table.csv"
    file.write_text("whole\n", encoding="utf-8")
    with pytest.raises(OmlandError, match=r"table\.csv cannot be written: disk full"):
        write_atomically(Broken(), file)  # type: ignore[arg-type]
    assert file.read_text(encoding="utf-8") == "whole\n"
    assert [f.name for f in tmp_path.iterdir()] == ["table.csv"]


def test_parameters_are_found_by_key() -> None:
    inputs = Inputs(PACKAGE)
    assert inputs.parameter("commuting_vn_to_vb") == 800
    with pytest.raises(OmlandError, match="no_such_key"):
        inputs.parameter("no_such_key")
    with pytest.raises(OmlandError, match="no_such_table"):
        inputs.table("no_such_table")


def test_fit_gives_the_classic_table() -> None:
    """A two-way table with known margins has the closed-form answer of independence for a flat prior."""
    rows, columns = np.array([30.0, 70.0]), np.array([50.0, 30.0, 20.0])
    margins = [(np.outer(np.arange(2) == i, np.ones(3, bool)), float(v)) for i, v in enumerate(rows)]
    margins += [(np.outer(np.ones(2, bool), np.arange(3) == j), float(v)) for j, v in enumerate(columns)]
    table, miss = fit(np.ones((2, 3)), margins)
    assert miss < 1e-7
    assert table == pytest.approx(np.outer(rows, columns) / 100)


def test_fit_keeps_odds_ratios_of_the_prior() -> None:
    prior = np.array([[8.0, 1.0], [2.0, 4.0]])
    margins = [(np.outer(np.arange(2) == i, np.ones(2, bool)), 10.0) for i in range(2)]
    margins += [(np.outer(np.ones(2, bool), np.arange(2) == j), 10.0) for j in range(2)]
    table, _ = fit(prior, margins)
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(16.0)


def test_fit_respects_ceilings() -> None:
    margins = [(np.ones((1, 3), bool), 90.0)]
    table, miss = fit(np.array([[8.0, 1.0, 1.0]]), margins, ceiling=np.array([[40.0, np.inf, np.inf]]))
    assert miss < 1e-6
    assert table[0] == pytest.approx([40.0, 25.0, 25.0], rel=1e-4)


def test_fit_reports_what_cannot_be_met() -> None:
    whole = np.ones((1, 2), bool)
    _, miss = fit(np.ones((1, 2)), [(whole, 10.0), (whole, 20.0)], rounds=50)
    assert miss > 0.4


@pytest.mark.parametrize(
    ("weights", "total", "expected"),
    [
        ([1, 1, 1], 10, [4, 3, 3]),
        ([0.5, 0.3, 0.2], 7, [4, 2, 1]),
        ([0, 0], 3, [2, 1]),
        ([5], 0, [0]),
        ([0, 1], 4, [0, 4]),
    ],
)
def test_largest_remainder(weights: list[float], total: int, expected: list[int]) -> None:
    assert largest_remainder(weights, total).tolist() == expected


def test_largest_remainder_stays_within_one_of_the_share() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        weights = rng.gamma(0.3, size=30)
        total = int(rng.integers(0, 500))
        whole = largest_remainder(weights, total)
        assert whole.sum() == total
        assert np.abs(whole - weights / weights.sum() * total).max() < 1
