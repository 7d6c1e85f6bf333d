"""How fast: population, month, world, four worlds; a plain Mesa loop and the streaming floor beside them.

    pytest benchmarks --benchmark-json=speed.json
    python benchmarks/report.py speed.json

All in one run, because only ratios within a run mean something on a shared machine.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from floor import state_columns, stream
from plain_mesa import PlainModel

from abm.core.world import World
from abm.population import build_population
from abm.scenario import load_scenario
from abm.simulate import simulate

MESA_RESIDENTS = 10_000


@pytest.fixture(scope="module")
def compiled(region, people, parameters, scenario):
    """A world some months on, so that nothing is compiled while the clock runs."""
    world = World(region, people, scenario, parameters, seed=1)
    for _ in range(24):
        world.step()
    world.phase_seconds = dict.fromkeys(world.phase_seconds, 0.0)
    return world


def test_start_of_the_command(benchmark):
    command = [sys.executable, "-m", "abm", "--help"]
    benchmark.pedantic(
        subprocess.run, (command,), {"check": True, "capture_output": True}, rounds=5, warmup_rounds=1
    )


def test_build_of_the_population(benchmark, region, scale):
    build_population(region, 0, 0.01)
    people = benchmark.pedantic(build_population, (region, 0, scale), rounds=1)
    benchmark.extra_info["residents"] = int(people.uid.size)


def test_streaming_floor(benchmark, compiled):
    columns = state_columns(compiled.residents)
    stream(columns)
    benchmark.pedantic(stream, (columns,), rounds=50, warmup_rounds=5)
    benchmark.extra_info["residents"] = int(columns[0].size)
    benchmark.extra_info["bytes"] = int(sum(c.nbytes for c in columns))


def test_month(benchmark, compiled):
    months = 36
    benchmark.pedantic(compiled.step, rounds=months)
    benchmark.extra_info["residents"] = int(compiled.counts.status[:, 1:].sum())
    benchmark.extra_info["phases"] = {k: v / months for k, v in compiled.phase_seconds.items()}


@pytest.mark.parametrize("name", ["baseline", "outmigration"])
def test_world(benchmark, compiled, region, people, parameters, name):
    asked = (region, people, load_scenario(name), parameters)
    world = benchmark.pedantic(simulate, asked, {"seed": 1}, rounds=3, warmup_rounds=1)
    benchmark.extra_info["residents"] = int(people.uid.size)
    benchmark.extra_info["months"] = world.n_months
    benchmark.extra_info["set_up"] = world.info["set_up_seconds"]


def test_four_paired_worlds(benchmark, compiled, region, people, parameters):
    chosen = [load_scenario(name) for name in ("baseline", "outmigration", "outcommuting", "suppliers")]

    def four():
        return [simulate(region, people, s, parameters, seed=1) for s in chosen]

    worlds = benchmark.pedantic(four, rounds=1)
    benchmark.extra_info["residents"] = int(people.uid.size)
    benchmark.extra_info["months"] = sum(w.n_months for w in worlds)


def test_plain_mesa(benchmark, region, parameters, scenario):
    people = build_population(region, 0, MESA_RESIDENTS / region.population.sum())
    model = PlainModel(World(region, people, scenario, parameters, seed=1))
    started = len(model.agents)
    model.step()
    benchmark.pedantic(model.step, rounds=11)
    assert 0.9 * started < len(model.agents) < 1.1 * started
    benchmark.extra_info["residents"] = started
