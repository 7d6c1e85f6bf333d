"""The cache of populations: found again, mended when damaged, harmless when it cannot be written."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest
from tiny_region import tiny_region

import abm.population.build as build
from abm.population import Population, Populations, build_population, population_for, several
from abm.population.cache import cache_folder, cache_key


@pytest.fixture
def region():
    return tiny_region(2, 400)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("OMLAND_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def builds(monkeypatch):
    """Seeds of the populations that were really built."""
    seen = []

    def counted(region, seed=0, scale=1.0):
        seen.append(seed)
        return build_population(region, seed, scale)

    monkeypatch.setattr(build, "build_population", counted)
    return seen


def same(a, b):
    return a.weight == b.weight and all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name))
        for f in fields(Population)
        if f.name != "weight"
    )


def test_the_second_call_reads_what_the_first_built(region, folder, builds):
    first, second = population_for(region, 5), population_for(region, 5)
    assert builds == [5]
    assert same(first, second)
    assert same(first, build_population(region, 5))
    assert isinstance(second.uid, np.memmap)
    assert not second.wage.flags.writeable


def test_region_seed_and_scale_have_their_own_entries(region, folder, builds):
    population_for(region, 1)
    population_for(region, 2)
    assert population_for(region, 1, 0.5).weight == 2.0
    population_for(replace(region, content_hash="a" * 64), 1)
    assert builds == [1, 2, 1, 1]
    assert cache_key(region, 1, 1.0) == cache_key(region, 1, 1)


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "manifest", "weight"])
def test_a_damaged_entry_is_built_anew(region, folder, builds, damage):
    good = build_population(region, 1)
    population_for(region, 1)
    entry = next((folder / "population").iterdir())
    file = entry / ("manifest.json" if damage in ("manifest", "weight") else "wage.npy")
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[-1] ^= 1
    elif damage == "weight":
        content = bytearray(content.replace(b'"weight"', b'"height"'))
    else:
        content = content[: len(content) // 2]
    file.write_bytes(content)
    if damage == "remove":
        file.unlink()
    assert same(population_for(region, 1), good)
    assert builds == [1, 1]
    population_for(region, 1)
    assert builds == [1, 1]


def test_a_cache_that_cannot_be_written_is_done_without(region, tmp_path, monkeypatch, builds):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("OMLAND_CACHE", str(tmp_path / "file" / "cache"))
    assert same(population_for(region, 1), population_for(region, 1))
    assert builds == [1, 1]


def test_builders_at_the_same_time_agree(region, folder):
    build_population(region, 9)  # compiled code is not what is raced for here
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: population_for(region, 9), range(12)))
    assert all(same(found[0], other) for other in found)
    assert [p.name for p in (folder / "population").iterdir()] == [cache_key(region, 9, 1.0)]


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("OMLAND_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("OMLAND_CACHE")
    assert "omland" in str(cache_folder()).lower()


def test_replicates_take_several_populations_in_turn(region, monkeypatch):
    asked = []

    def population(region, seed, scale):
        asked.append((seed, scale))
        return object()

    monkeypatch.setattr(several, "population_for", population)
    populations = Populations(region, 0.5)
    first = [populations(replicate) for replicate in range(several.POPULATIONS)]
    assert asked == [(seed, 0.5) for seed in range(several.POPULATIONS)]
    assert len({id(p) for p in first}) == several.POPULATIONS > 1
    # the worlds of a replicate have the same, and those of the one before are at hand
    last = several.POPULATIONS - 1
    assert [populations(last), populations(last - 1), populations(last)] == [
        first[last],
        first[last - 1],
        first[last],
    ]
    assert len(asked) == several.POPULATIONS
    # in turn, and no more are kept than two
    populations(several.POPULATIONS)
    assert asked[-1] == (0, 0.5)


def test_what_a_killed_builder_left_is_removed_once_it_is_a_day_old(region, folder):
    entries = folder / "population"
    (entries / ".draft-old").mkdir(parents=True)
    (entries / ".draft-old" / "uid.npy").write_bytes(b"x")
    (entries / ".draft-new").mkdir()
    two_days_ago = time.time() - 2 * 86_400
    os.utime(entries / ".draft-old", (two_days_ago, two_days_ago))
    population_for(region, 1)
    assert not (entries / ".draft-old").exists()
    assert (entries / ".draft-new").exists()
