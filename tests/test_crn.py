"""Common random numbers: worlds that differ in nothing are equal, and those that differ in little differ in little."""

from __future__ import annotations

import numpy as np
import pytest
import small_worlds
from conftest import IMPOSED, KINDS, PLANT, scenario

from abm.core import start
from abm.core.world import World
from abm.parameters import Parameters
from abm.results import WorldResult
from abm.schema import N_SECTORS, SECTOR_CODES


def assert_equal(a: WorldResult, b: WorldResult) -> None:
    assert a.series.keys() == b.series.keys()
    for name in a.series:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@pytest.mark.parametrize("kind", ["baseline", "plant, study", "plant, behavioural"])
def test_the_same_arguments_give_the_same_bits(kind, run_tiny):
    assert_equal(run_tiny(KINDS[kind]), run_tiny(KINDS[kind]))


@pytest.mark.parametrize("kind", ["baseline", "plant, study", "plant, behavioural", "closure"])
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(kind, threads, run_tiny):
    assert_equal(run_tiny(KINDS[kind]), run_tiny(KINDS[kind], threads=threads))


@pytest.mark.parametrize("kind", ["plant, study", "plant, behavioural", "closure"])
def test_a_world_is_the_same_whatever_world_was_before_it(kind, run_tiny):
    """Worlds that follow one another begin with the same tables: none may write into them."""
    start._kept.clear()
    alone = run_tiny(KINDS["baseline"])
    start._kept.clear()
    run_tiny(KINDS[kind])
    assert start._kept
    assert_equal(run_tiny(KINDS["baseline"]), alone)


OTHER = {"dwelling_reserve": 0.03, "separation_rate": 0.02}
"""Values on which tables and first counts depend."""


def test_a_world_with_other_values_does_not_begin_like_the_one_before(run_tiny):
    start._kept.clear()
    alone = run_tiny(KINDS["baseline"], values=OTHER)
    start._kept.clear()
    run_tiny(KINDS["baseline"])
    assert_equal(run_tiny(KINDS["baseline"], values=OTHER), alone)


NOTHING = {
    "an establishment without jobs": [
        {**{k: v for k, v in PLANT.items() if "construction" not in k}, "operation": [{"month": "2020-03", "jobs": 0}]}
    ],
    "no dwellings": [
        {"kind": "housing", "municipality": "Umeå", "first": "2020-02", "last": "2020-08", "dwellings": 0}
    ],
    "a link slower than what there is": [
        {
            "kind": "link", "name": "detour", "month": "2020-06", "from": "Umeå", "to": "Skellefteå",
            "mode": "road", "minutes": 900.0, "km": 900.0,
        }
    ],
    "help of strength nought": [
        {"kind": "support", "support": "partner", "month": "2020-02", "municipality": "Umeå", "strength": 0.0}
    ],
    "a bus as fast and dear as before": [
        {"kind": "support", "support": "commuter_bus", "month": "2020-02", "until": "2020-12", "from": "Umeå", "to": "Skellefteå"}
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", NOTHING)
@pytest.mark.parametrize("mode", ["behavioural", "study"])
def test_an_event_of_no_size_has_no_effect(what, mode, run_tiny):
    events = [
        {**e, **(IMPOSED if mode == "study" and e["kind"] == "establishment" else {})} for e in NOTHING[what]
    ]
    assert_equal(run_tiny(scenario(mode=mode)), run_tiny(scenario(*events, mode=mode)))


def test_the_mode_alone_has_no_effect(run_tiny):
    assert_equal(run_tiny(scenario(mode="study")), run_tiny(scenario(mode="behavioural")))


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "baseline"])
def test_nothing_happens_before_the_first_event(kind, run_tiny):
    first = {"layoff": 2, "closure": 2, "link": 5, "housing": 1, "bus": 1}.get(kind, 1)
    ours, theirs = run_tiny(KINDS[kind]), run_tiny(KINDS["baseline"])
    for name in ours.series:
        np.testing.assert_array_equal(ours[name][:first], theirs[name][:first], err_msg=name)
    assert any((ours[name] != theirs[name]).any() for name in ours.series)


def test_seeds_and_replicates_differ(run_tiny):
    worlds = [run_tiny(KINDS["baseline"], **more) for more in ({}, {"seed": 2}, {"replicate": 1})]
    series = [w["movers"].tobytes() for w in worlds]
    assert len(set(series)) == 3


def test_the_same_people_have_the_same_luck(tiny, tiny_population):
    """In the first month of the plant nearly everybody does what they do without it."""
    worlds = [
        World(tiny, tiny_population, chosen, Parameters(), seed=1)
        for chosen in (
            scenario(),
            scenario({**PLANT, "construction": [], "operation": [{"month": "2020-01", "jobs": 6}]}),
        )
    ]
    for world in worlds:
        world.step()
    plain, plant = (w.residents for w in worlds)
    n = tiny_population.uid.size
    unlike = (plain.mun[:n] != plant.mun[:n]) | (plain.status[:n] != plant.status[:n])
    assert unlike.sum() <= 12  # the hires, their households, and who takes the jobs they leave
    births = [w.counts.births.tolist() for w in worlds]
    deaths = [w.counts.deaths.tolist() for w in worlds]
    assert births[0] == births[1]
    assert deaths[0] == deaths[1]


def test_pairing_takes_noise_away(run_tiny):
    """The effect of the plant varies far less between seeds than the level does, and less than unpaired."""
    seeds = range(6)
    with_plant = np.array(
        [run_tiny(KINDS["plant, study"], seed=s)["employed_residents"][-1].sum() for s in seeds]
    )
    without = np.array([run_tiny(KINDS["baseline"], seed=s)["employed_residents"][-1].sum() for s in seeds])
    paired = (with_plant - without).var(ddof=1)
    unpaired = with_plant.var(ddof=1) + without.var(ddof=1)
    assert paired < unpaired / 3.0
    assert (with_plant - without).mean() > 0


def test_an_establishment_without_jobs_changes_nothing_among_many_employers():
    """Guards that who asks whom for a job does not depend on the establishments of a scenario, which recruit for
    themselves; in the cell with most employers, for two years."""
    plain = small_worlds.make_world()
    e = plain.employers
    cell = int(np.argmax(np.diff(e.cell_start)))
    assert np.diff(e.cell_start)[cell] >= 10
    place, sector = plain.region.names[cell // N_SECTORS], SECTOR_CODES[cell % N_SECTORS]
    nothing = small_worlds.factory(
        municipality=place, sector=sector, operation=({"month": "2020-03", "jobs": 0},)
    )
    other = small_worlds.make_world(nothing)
    for _ in range(24):
        plain.step()
        other.step()
    for name in ("uid", "status", "mun", "wage", "sector", "mode"):
        np.testing.assert_array_equal(
            getattr(plain.residents, name), getattr(other.residents, name), err_msg=name
        )


def test_the_order_of_establishments_in_the_file_changes_no_bit(run_tiny):
    """Guards that of two establishments none is first by the file: they recruit in the order of the month's luck."""
    other = {**PLANT, "name": "Another plant", "municipality": "Umeå"}
    worlds = [run_tiny(scenario(*pair)) for pair in ((PLANT, other), (other, PLANT))]
    assert_equal(*worlds)
    assert worlds[0]["direct_jobs"][-1].sum() > 100
