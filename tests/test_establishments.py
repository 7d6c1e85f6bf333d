"""What a scenario imposes on an establishment's staff is met month by month, and no more than that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import IMPOSED, PLANT, scenario
from small_worlds import a_single, factory, make_world, region, seekers, zone

from abm.core.establishments import channels
from abm.core.seekers import made_up_for
from abm.core.state import DAILY, days_away, leave_job, take_job
from abm.core.world import World
from abm.errors import OmlandError
from abm.parameters import Parameters

VN, VB = "22", "24"  # of Örnsköldsvik and Sundsvall; of Skellefteå, where the plant is, and Umeå
HERE = "Skellefteå"


def in_commuter_share(place):
    """Share of jobs in the plant's county that are held by those who live outside it."""
    inside = np.array([c == VB for c in place.county] + [False, False])
    into = place.commuting[:, inside].sum(axis=1)
    return into[~inside].sum() / into.sum()


@pytest.mark.parametrize("seed", [1, 2])
def test_movers_are_never_more_than_the_study_imposes(tiny, tiny_population, seed):
    """Guards the quota of movers as one since the start: it is filled once, not anew every month.

    floor(share of the county * share who move * (largest staff so far - in-commuters) + 1/2), by county of origin.
    """
    world = World(
        tiny, tiny_population, scenario({**PLANT, **IMPOSED}, mode="study"), Parameters(), seed=seed
    )
    plant = next(u for u in world.units if not u.builders)
    at = tiny.index(HERE)
    origins = {
        "county": np.array([c == VN for c in tiny.county] + [False, False]),
        "elsewhere": np.array([False] * tiny.n_municipalities + [True, True]),
    }
    hired = dict.fromkeys(origins, 0)
    steady = 1.0 - 1.5 * in_commuter_share(tiny)
    assert 0.5 < steady < 1.0
    for month in range(24):
        world.step()
        most = int(0.5 * 0.3 * plant.jobs[: month + 1].max() * steady + 0.5)
        for name, zones in origins.items():
            hired[name] += int(world.counts.hires[zones, at].sum())
            assert hired[name] <= most
    assert hired == dict.fromkeys(origins, most)
    assert most >= 7


def test_in_commuters_are_as_many_as_the_study_imposes(tiny, tiny_population):
    """Guards the stocks of in-commuters at the plant's size of the month: by residents of the county named, and the rest
    by commuters from the boundary zones, who are the only others here; one who quits is replaced the month after.
    """
    rule = {
        "in_commuter_multiple": 20.0,
        "in_commuters_from": {VN: 0.4},
        "mover_share": 0.1,
        "movers_from": {VN: 1.0},
    }
    event = {**PLANT, "recruitment": rule, "construction": ()}
    world = World(tiny, tiny_population, scenario(event, mode="study"), Parameters(), seed=1)
    plant, at = world.units[0], tiny.index(HERE)
    there = np.array([c == VN for c in tiny.county] + [False, False])
    wanting = []
    for month in range(24):
        world.step()
        target = 20.0 * in_commuter_share(tiny) * plant.jobs[month]
        assert world.employers.boundary[plant.employer] == int(0.6 * target + 0.5)
        wanting.append(int(0.4 * target + 0.5) - int(world.counts.establishment[there, at].sum()))
    assert int(0.4 * target + 0.5) >= 8
    assert min(wanting[12:]) >= 0
    assert max(wanting[12:]) <= 2


def plans(*path, weight=1.0, **recruitment):
    """Imposed channels month by month at a plant with a path of jobs."""
    points = [{"month": month, "jobs": jobs} for month, jobs in path]
    rule = {"in_commuter_multiple": 1.5, "mover_share": 0.3, "movers_from": {VN: 0.5}, **recruitment}
    world = make_world(factory(operation=points, recruitment=rule), mode="study")
    unit = world.units[0]
    return [channels(unit, region(), month, weight) for month in range(36)], unit.jobs


RISE_AND_FALL = (("2020-01", 0), ("2020-07", 60), ("2021-06", 60), ("2022-01", 30))


def test_movers_never_fall():
    """Guards that who has moved stays: the target goes by the largest staff so far, not by today's."""
    found, jobs = plans(*RISE_AND_FALL)
    movers = np.array([[plan.movers[VN], plan.movers[""]] for plan in found])
    assert jobs[-1] == 30
    assert (np.diff(movers, axis=0) >= -1e-9).all()
    steady = 60 * (1.0 - 1.5 * in_commuter_share(region()))
    assert movers[-1] == pytest.approx(0.3 * 0.5 * steady)
    assert movers[0] == pytest.approx(0.0)


def test_in_commuters_go_with_the_jobs():
    """Guards multiple * average share * jobs, which does fall when jobs do."""
    found, jobs = plans(*RISE_AND_FALL, in_commuters_from={VN: 0.8})
    share = in_commuter_share(region())
    for plan, now in zip(found, jobs, strict=True):
        assert plan.commuters[VN] == pytest.approx(0.8 * 1.5 * share * now)
        assert plan.commuters[""] == pytest.approx(0.2 * 1.5 * share * now)


def test_extra_out_commuters_go_with_the_size_of_the_plant():
    """Guards A08: so much of today's commuters at full size, half of it at half the size, none without jobs."""
    plain, _ = plans(*RISE_AND_FALL)
    more, jobs = plans(*RISE_AND_FALL, extra_out_commuters={VN: 0.25})
    place = region()
    inside = np.array([c == VB for c in place.county] + [False, False])
    there = np.array([c == VN for c in place.county] + [False, False])
    today = place.commuting[there][:, inside].sum()
    assert today > 5
    extra = np.array([b.commuters[VN] - a.commuters.get(VN, 0.0) for a, b in zip(plain, more, strict=True)])
    assert extra == pytest.approx(0.25 * today * jobs / 60.0)
    assert extra[0] == 0.0
    assert extra[12] == pytest.approx(0.25 * today)
    assert extra[-1] == pytest.approx(0.5 * 0.25 * today)


def test_channels_count_in_simulated_workers():
    """Guards that all targets of a world of two fifths of the residents are two fifths."""
    whole, _ = plans(*RISE_AND_FALL, extra_out_commuters={VN: 0.25})
    part, _ = plans(*RISE_AND_FALL, weight=2.5, extra_out_commuters={VN: 0.25})
    for a, b in zip(whole, part, strict=True):
        for all_, some in ((a.commuters, b.commuters), (a.movers, b.movers)):
            assert {k: 2.5 * v for k, v in some.items()} == pytest.approx(all_)


def test_a_plant_that_has_closed_has_nobody(tiny, tiny_population):
    """Guards that a closed plant keeps no commuters from the boundary zones, who leave in the month of the closure."""
    rule = {**IMPOSED, "recruitment": {**IMPOSED["recruitment"], "in_commuters_from": {}}}
    closing = {"kind": "closure", "establishment": "Plant", "month": "2021-01"}
    more_abroad = tiny.commuting.copy()
    more_abroad[4, tiny.index("Umeå")] += 300  # or hardly anybody of the boundary zones comes
    place = replace(tiny, commuting=more_abroad)
    world = World(
        place,
        tiny_population,
        scenario({**PLANT, **rule, "construction": ()}, closing, mode="study"),
        Parameters(),
        seed=1,
    )
    k = world.units[0].employer
    boundary, staff = [], []
    for _ in range(24):
        world.step()
        boundary.append(int(world.employers.boundary[k]))
        staff.append(int(world.employers.filled[k]) + boundary[-1])
    assert boundary[11] > 5
    assert boundary[12:] == [0] * 12
    assert staff[11] > 50
    assert staff[-1] == 0


def test_one_county_at_most_has_an_imposed_share_of_the_supplies():
    """Guards that a second share is refused: only one constant is solved for."""
    recruitment = {"in_commuter_multiple": 1.0, "mover_share": 0.2}
    for suppliers, refused in (({VN: 0.3, "25": 0.2}, True), ({VN: 0.3, "25": 0.0}, False)):
        event = factory(recruitment=recruitment, suppliers=suppliers)
        if refused:
            with pytest.raises((ValueError, OmlandError), match="several counties"):
                make_world(event, mode="study")
        else:
            assert make_world(event, mode="study").units[0].event.suppliers[VN] == 0.3


def test_the_imposed_share_of_supplies_is_met():
    """Guards the constant of the favoured county: its part of all that other counties could supply is the share."""
    recruitment = {"in_commuter_multiple": 1.0, "mover_share": 0.2}
    path = ({"month": "2020-01", "jobs": 100},)
    world = make_world(
        factory(operation=path, recruitment=recruitment, suppliers={VN: 0.3}), mode="study"
    )  # fmt: skip
    world.step()
    unit, e = world.units[0], world.employers
    purchases = region().io_domestic[:, unit.sector]
    county = np.array(region().county)[e.mun]
    value = unit.bid_weight * purchases[e.sector]
    own, theirs = value[county == VB].sum(), value[county == VN].sum()
    assert theirs / (purchases.sum() - own) == pytest.approx(0.3, abs=1e-3)
    assert zone(HERE) == unit.municipality


def test_two_establishments_in_a_municipality_have_each_its_own_movers():
    """Guards that what a scenario imposes is imposed on each establishment, wherever another one is."""
    rule = {"in_commuter_multiple": 0.0, "mover_share": 0.5, "movers_from": {VN: 1.0}}
    path = ({"month": "2020-01", "jobs": 40},)
    one = factory(operation=path, recruitment=rule)
    other = {**one, "name": "Another"}
    world = make_world(one, other, mode="study")
    world.counts.dwellings[zone(HERE)] += 200
    for _ in range(12):
        world.step()
    there = np.array([c == VN for c in region().county] + [False, False])
    assert world.employers.moved_in[:, there].sum(axis=1).tolist() == [20, 20]


def test_a_premium_stays_with_the_employer():
    """Guards that pay before an establishment and pay after it are the same, but for the coin that is rounded."""
    world = make_world(factory(wage_premium=0.5))
    r, e, k = world.residents, world.employers, world.units[0].employer
    row = a_single(world, home=HERE)
    leave_job(r, e, world.counts, row)
    before = int(r.wage[row])
    take_job(r, e, world.counts, row, k, 1, e.sector[k], np.int32(1.5 * before), 0)
    leave_job(r, e, world.counts, row)
    assert r.wage[row] == pytest.approx(before, abs=1)


@pytest.mark.parametrize("remote", [0.0, 0.6])
def test_who_works_at_home_some_days_commutes_the_less(remote):
    """Guards that the cost of the present commute counts the days on which one travels, as when the job was taken."""
    world = make_world(factory(remote_share=remote), amenity_spread=3000.0)
    r, e, k = world.residents, world.employers, world.units[0].employer
    row = a_single(world, home="Umeå")
    leave_job(r, e, world.counts, row)
    take_job(r, e, world.counts, row, k, DAILY, e.sector[k], np.int32(30_000), 0)
    assert days_away(r, e, row) == pytest.approx(1.0 - remote)
    travel = world.travel.daily[zone("Umeå"), zone(HERE)]
    kept = seekers(world, [row]).keep[0]
    world.travel.daily[zone("Umeå"), zone(HERE)] = 0.0
    free = seekers(world, [row]).keep[0]
    assert free - kept == pytest.approx(made_up_for(world.p) * travel * (1.0 - remote))
