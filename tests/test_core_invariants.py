"""Every invariant in every month, for every kind of event, on a small region."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import ABROAD, IMPOSED, KINDS, PLANT, scenario

from abm.core.invariants import check_world
from abm.core.recruiting import recruit
from abm.core.world import World
from abm.errors import OmlandError
from abm.parameters import Parameters
from abm.population import build_population
from abm.schema import SECTOR_INDEX


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_invariants_hold_for_every_kind_of_event(kind, seed, run_tiny):
    result = run_tiny(KINDS[kind], seed=seed)
    assert result.n_months == KINDS[kind].n_months


@pytest.mark.parametrize(
    "chosen",
    [
        scenario({**PLANT, **ABROAD}, end="2030-12"),
        scenario({**PLANT, **IMPOSED}, mode="study", end="2030-12"),
    ],
)
def test_invariants_hold_for_eleven_years(chosen, run_tiny):
    run_tiny(chosen, seed=3)


@pytest.mark.parametrize("n", [2, 8])
def test_invariants_hold_on_other_regions(n):
    from tiny_region import tiny_region

    from abm.simulate import simulate

    region = tiny_region(n, 2000 * n, seed=n)
    people = build_population(region, 0, 1.0)
    simulate(region, people, KINDS["plant, behavioural"], Parameters(), seed=1, check=True)


def test_invariants_hold_for_a_share_of_the_residents(tiny):
    from abm.simulate import simulate

    people = build_population(tiny, 0, 0.4)
    result = simulate(tiny, people, KINDS["plant, behavioural"], Parameters(), seed=1, check=True)
    assert result.initial_population.sum() == pytest.approx(tiny.population.sum(), rel=0.01)


def test_the_series_agree_with_each_other(run_tiny, tiny):
    m = tiny.n_municipalities
    s = run_tiny(KINDS["plant, study"]).series
    before = np.vstack([run_tiny(KINDS["plant, study"]).initial_population, s["population"][:-1]])
    net = s["births"] - s["deaths"] + s["in_migrants"] - s["out_migrants"]
    np.testing.assert_array_equal(s["population"], before + net)
    np.testing.assert_array_equal(s["commuters"][:, :m].sum(axis=2), s["employed_residents"])
    np.testing.assert_array_equal(s["commuters"][:, :, :m].sum(axis=1), s["jobs"].sum(axis=2))
    np.testing.assert_array_equal(s["movers"][:, :, :m].sum(axis=1), s["in_migrants"])
    np.testing.assert_array_equal(s["movers"][:, :m].sum(axis=2), s["out_migrants"])
    assert (s["moving_households"] <= s["movers"]).all()
    assert (s["hires_who_moved"] <= s["persons_with_hires"]).all()
    assert (s["vacant_dwellings"] >= 0).all()
    np.testing.assert_array_equal(s["dwellings"] - s["households"], s["vacant_dwellings"])


@pytest.mark.parametrize("kind", ["plant, study", "plant, behavioural"])
def test_the_plant_gets_its_jobs(kind, run_tiny, tiny):
    direct = run_tiny(KINDS[kind])["direct_jobs"][-1]
    assert direct[tiny.index("Skellefteå")] == pytest.approx(60, abs=3)
    assert direct.sum() == direct[tiny.index("Skellefteå")]


def test_a_closure_ends_the_sector(run_tiny, tiny):
    umea, trade = tiny.index("Umeå"), SECTOR_INDEX["G"]
    jobs = run_tiny(KINDS["closure"])["jobs"][:, umea, trade]
    assert jobs[0] > 50
    assert jobs[-1] < 0.15 * jobs[0]


def test_more_dwellings_where_they_are_built(run_tiny, tiny):
    umea = tiny.index("Umeå")
    more = run_tiny(KINDS["housing"])["dwellings"] - run_tiny(KINDS["baseline"])["dwellings"]
    assert 95 <= more[-1, umea] <= 100
    assert np.abs(np.delete(more[-1], umea)).max() <= 2


def a_couple(w):
    """Row of somebody whose partner is the other of two at home."""
    r, h = w.residents, w.households
    return int(np.flatnonzero((r.partner >= 0) & (h.size[r.household] == 2))[0])


def elsewhere(w, row):
    """Row of somebody in another household of the same municipality."""
    r = w.residents
    return int(np.flatnonzero((r.mun == r.mun[row]) & (r.household != r.household[row]) & (r.status > 0))[0])


def of_three(w):
    """Row of somebody at home with two others or more."""
    return int(np.flatnonzero((w.households.size[w.residents.household] >= 3) & (w.residents.status > 0))[0])


def work_for_a_neighbour(w):
    """Somebody works for another employer of the same municipality and sector, which is told of neither."""
    r, e = w.residents, w.employers
    row = next(
        int(k)
        for k in np.flatnonzero(r.employer >= 0)
        if ((e.mun == e.mun[r.employer[k]]) & (e.sector == e.sector[r.employer[k]])).sum() > 1
    )
    same = (e.mun == e.mun[r.employer[row]]) & (e.sector == e.sector[r.employer[row]])
    r.employer[row] = next(int(k) for k in np.flatnonzero(same) if k != r.employer[row])


BREAKS = {
    "nobody else has a job": lambda w: w.residents.employer.__setitem__(
        int(np.flatnonzero(w.residents.status == 1)[0]), 0
    ),
    "every filled job": work_for_a_neighbour,
    "partners share": lambda w: w.residents.household.__setitem__(
        a_couple(w), w.residents.household[elsewhere(w, a_couple(w))]
    ),
    "stay among": lambda w: w.residents.next.__setitem__(of_three(w), -1),
    "stay within": lambda w: w.residents.next.__setitem__(of_three(w), elsewhere(w, of_three(w))),
    "once in": lambda w: w.residents.next.__setitem__(
        of_three(w), w.residents.next[w.residents.next[of_three(w)]]
    ),
    "need": lambda w: w.counts.need.__setitem__((0, 0), w.counts.need[0, 0] + 1),
    "establishment": lambda w: w.counts.establishment.__setitem__((0, 1), 1),
    "staff": lambda w: w.employers.staff.__setitem__((0, 1), 1),
    "no negative stock of vacancies": lambda w: w.employers.vacancies.__setitem__(0, -1),
    "open jobs of a cell": lambda w: w.market.open.__setitem__((0, 0), w.market.open[0, 0] + 1),
    "status": lambda w: w.counts.status.__setitem__((0, 2), w.counts.status[0, 2] + 1),
    "wage_sum": lambda w: w.counts.wage_sum.__setitem__(0, 0),
    "households": lambda w: w.counts.households.__setitem__(0, 1),
    "commuters": lambda w: w.counts.commuters.__setitem__((0, 1), w.counts.commuters[0, 1] + 1),
    "start [+] births": lambda w: w.counts.births.__setitem__(0, w.counts.births[0] + 1),
    "vacant dwellings": lambda w: w.counts.dwellings.__setitem__(0, 0),
    "partner links": lambda w: w.residents.partner.__setitem__(
        int(np.flatnonzero(w.residents.partner >= 0)[0]), int(np.flatnonzero(w.residents.partner >= 0)[2])
    ),
    "household sizes": lambda w: w.households.size.__setitem__(0, w.households.size[0] + 1),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_world_is_noticed(what, tiny, tiny_population):
    world = World(tiny, tiny_population, scenario(), Parameters(), seed=1)
    before = world.counts.status[:, 1:].sum(axis=1)
    world.step()
    check_world(world, before)
    BREAKS[what](world)
    with pytest.raises(OmlandError, match=f"month 0: invariant broken.*{what}"):
        check_world(world, before)


@pytest.mark.parametrize("kind", ["plant, study", "plant, behavioural"])
def test_only_the_plant_itself_recruits_for_the_plant(kind, tiny, tiny_population, monkeypatch):
    world = World(tiny, tiny_population, KINDS[kind], Parameters(), seed=3)
    e = world.employers
    rows = [u.employer for u in world.units]
    staff: set[int] = set()

    def at_the_plant() -> set[int]:
        return set(world.residents.uid[np.isin(world.residents.employer, rows)].tolist())

    def recruiting(world, unit):
        recruit(world, unit)
        staff.update(at_the_plant())

    monkeypatch.setattr("abm.core.world.recruit", recruiting)
    for _ in range(KINDS[kind].n_months):
        world.step()
        assert at_the_plant() <= staff
    assert e.filled[rows].sum() > 40


def test_a_link_opens_while_a_bus_runs(tiny, tiny_population):
    bus = {
        "kind": "support",
        "support": "commuter_bus",
        "month": "2020-02",
        "until": "2020-04",
        "from": "Umeå",
        "to": "Skellefteå",
        "cost_factor": 0.5,
        "time_factor": 0.8,
    }
    link = {
        "kind": "link",
        "name": "detour",
        "month": "2020-03",
        "from": "Umeå",
        "to": "Skellefteå",
        "mode": "road",
        "minutes": 900.0,
        "km": 900.0,
    }
    world = World(tiny, tiny_population, scenario(bus, link), Parameters(), seed=1)
    trip = tiny.index("Umeå"), tiny.index("Skellefteå")
    ordinary = world.travel.minutes[trip]
    minutes = []
    for _ in range(6):
        world.step()
        minutes.append(world.travel.minutes[trip] / ordinary)
    assert minutes == pytest.approx([1, 0.8, 0.8, 0.8, 1, 1])


def test_luck_of_employers_does_not_depend_on_the_establishments(tiny, tiny_population):
    plain = World(tiny, tiny_population, scenario(), Parameters(), seed=1)
    plant = World(tiny, tiny_population, KINDS["plant, behavioural"], Parameters(), seed=1)
    ordinary = plant.employers.unit < 0
    np.testing.assert_array_equal(plain._employer_luck(), plant._employer_luck()[ordinary])
