"""Everyone of northern Sweden: invariants in every month of the study's worlds, and the same bytes on any threads."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from processes import OMLAND, environment

import abm
from abm.study import WORLDS

pytestmark = pytest.mark.slow
MONTHS = 132


@pytest.fixture(scope="module")
def region():
    return abm.load_region()


@pytest.fixture(scope="module")
def everyone(region):
    return abm.population_for(region, 0, 1.0)


@pytest.mark.parametrize("name", WORLDS)
def test_invariants_hold_in_every_month(name, region, everyone):
    result = abm.simulate(
        region, everyone, abm.load_scenario(name), abm.Parameters(), seed=7, check=True, threads=2
    )
    assert result.n_months == MONTHS
    assert result.initial_population.sum() == region.population.sum()


def test_same_bytes_on_one_thread_and_two(tmp_path: Path):
    digests = []
    for folder, threads in (("one", 1), ("two", 2), ("again", 1)):
        out = tmp_path / folder
        command = [*OMLAND, "run", "outmigration", "--seed", "7", "--threads", str(threads), "--quiet"]
        subprocess.run([*command, "--out", str(out)], check=True, capture_output=True, env=environment())
        digests.append(hashlib.sha256((out / "series.parquet").read_bytes()).hexdigest())
    assert len(set(digests)) == 1
