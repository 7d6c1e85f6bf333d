"""Partners look for work where the household is about to move, and know how long that takes there."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import G, a_single, fire, give_partner, hire, make_world, rows_of, seekers, zone

from abm.core.invariants import check_world
from abm.core.seekers import cost_of_moving
from abm.core.state import DAILY, EMPLOYED, LOCAL, OUTSIDE, UNEMPLOYED, WEEKLY, S, set_status
from abm.phases.moves import job_moves
from abm.phases.partners import look_from_there, partners_who_look
from abm.phases.prospects import LONGEST, MEMORY, SHORTEST, update_prospects
from abm.phases.search import open_chance
from abm.schema import N_SECTORS

HOME, AWAY = "Sundsvall", "Skellefteå"


def couple(*, where=HOME, mode=LOCAL, status=EMPLOYED, **parameters):
    """A resident who is to move from HOME to AWAY, and the partner."""
    world = make_world(**parameters)
    row = a_single(world, home=HOME)
    other = give_partner(world, row, employed=True)
    hire(world, other, where, G, mode=mode)
    if status == UNEMPLOYED:
        fire(world, other)
    elif status == OUTSIDE:
        fire(world, other)
        set_status(world.residents, world.counts, other, OUTSIDE)
    return world, row, other


def who_look(world, rows, dest=AWAY):
    moves = np.array([rows, [dest if isinstance(dest, int) else zone(dest)] * len(rows)], np.int32)
    out = np.empty_like(moves)
    n = partners_who_look(world.residents, world.employers, world.counts, world.travel, world.p, moves, out)
    return out[:, :n].T.tolist()


@pytest.mark.parametrize(
    ("where", "mode", "status", "looks"),
    [
        (HOME, LOCAL, EMPLOYED, True),
        (HOME, LOCAL, UNEMPLOYED, True),
        (HOME, LOCAL, OUTSIDE, False),
        (AWAY, WEEKLY, EMPLOYED, False),  # works there already
        ("Luleå", WEEKLY, EMPLOYED, False),  # is away for the week wherever home is
        ("Umeå", DAILY, EMPLOYED, True),
    ],
)
def test_who_needs_a_job_at_the_destination_looks_for_one(where, mode, status, looks):
    """Guards who of the partners looks: those in the labour force whose job does not go on from the new home."""
    world, row, other = couple(where=where, mode=mode, status=status)
    assert who_look(world, [row]) == ([[other, zone(AWAY)]] if looks else [])


def test_a_job_within_daily_reach_of_the_new_home_goes_on():
    world, row, other = couple(where="Umeå", mode=DAILY)
    world.travel.minutes[zone(AWAY), zone("Umeå")] = world.p.daily_limit
    assert who_look(world, [row]) == []
    world.travel.minutes[zone(AWAY), zone("Umeå")] += 1.0
    assert who_look(world, [row]) == [[other, zone(AWAY)]]


def test_who_leaves_the_region_has_no_partner_who_looks():
    world, row, _ = couple()
    assert who_look(world, [row], world.n_mun) == []
    assert who_look(world, [a_single(world, home="Umeå")]) == []


def test_partners_look_as_if_they_lived_there_and_had_lost_their_job():
    """Guards home, what declining is worth, nights away of a couple, and that they move nowhere else."""
    world, _, other = couple()
    t = world.tables
    tax = t.tax.copy()
    q = seekers(world, [other])
    nights = q.nights[0]
    q.partner_worth[0], q.partner_work[0], q.partner_own[0] = np.nan, 32_000, 255  # as memory is found
    look_from_there(q, 1, world.residents, world.employers, t, world.p, np.array([zone(AWAY)], np.int32))
    assert q.home[0] == zone(AWAY)
    pay = world.residents.wage[other]
    assert q.keep[0] == pytest.approx((1.0 - tax[zone(AWAY)]) * world.p.reservation_wage * pay)
    assert q.nights[0] - nights == pytest.approx(17.3 * world.p.night_cost_family)
    assert q.ties[0] == np.inf
    assert cost_of_moving(q, 0, world.travel, world.market, world.p, zone("Umeå")) == np.inf


def moved(months_open, help_there=0.0):
    """Couples of HOME of whom one moves for a job: what the partners did before and what they do after the month."""
    world = make_world()
    world.travel.partner_help[:] = help_there
    r, e, c = world.residents, world.employers, world.counts
    before = c.status[:, 1:].sum(axis=1)
    rows = rows_of(world, home=zone(HOME), low=28, high=50)
    first = rows[(r.partner[rows] > rows) & (r.status[r.partner[rows]] == EMPLOYED) & (r.mode[rows] == LOCAL)]
    first = first[r.mode[r.partner[first]] == LOCAL][:60]
    partners = r.partner[first].copy()
    c.dwellings[:] += 500
    ordinary = e.unit < 0
    e.vacancies[ordinary] = months_open
    cell = e.mun[ordinary].astype(int) * N_SECTORS + e.sector[ordinary]
    world.market.open[:] = np.bincount(cell, e.vacancies[ordinary], world.market.open.size).reshape(
        -1, N_SECTORS
    )
    world._job_moves = np.array([first, np.full(first.size, zone(AWAY))], np.int32)
    world._n_moves = first.size
    world._partners_search()
    assert world._n_moves == first.size  # no partner moves anywhere else
    job_moves(
        r,
        world.households,
        e,
        c,
        world.tables,
        world.travel,
        world.p,
        world._job_moves,
        first.size,
        world.month,
    )
    assert (r.mun[partners] == zone(AWAY)).all()
    e.desired[ordinary] = e.filled[ordinary] + e.boundary[ordinary] + e.vacancies[ordinary]
    world.month += 1
    check_world(world, before)
    return world, partners


def test_partners_take_jobs_there_where_there_are_some():
    """Guards that partners who look find work at the destination in the month of the move, and none where none is open.

    Of 60 who look three times at four jobs, all open, nearly all find one they like above the reservation wage.
    """
    world, partners = moved(50)
    r, e = world.residents, world.employers
    works = r.status[partners] == EMPLOYED
    assert works.mean() > 0.6
    at = e.mun[r.employer[partners[works]]]
    assert (r.mode[partners[works]][at == zone(AWAY)] == LOCAL).all()
    assert (at == zone(AWAY)).mean() > 0.5
    assert (r.job[partners[works]] == 0).all()
    world, partners = moved(0)
    assert (world.residents.employer[partners] < 0).all()  # a few found one in the rest of Sweden
    assert (world.residents.status[partners] == UNEMPLOYED).mean() > 0.8


def test_who_is_helped_looks_more_often():
    """Guards that help at the destination brings partners into work there, and half a help fewer than a whole one."""
    working = [
        (moved(2, strength)[0].residents.status[moved(2)[1]] == EMPLOYED).sum()
        for strength in (0.0, 0.5, 1.0)
    ]
    assert working[0] < working[1] < working[2]


def test_where_the_household_finds_no_dwelling_the_partner_commutes_too():
    """Guards that both go on from the old home: weekly where it is far, and daily or locally where it is not."""
    world, row, other = couple()
    r, e, c = world.residents, world.employers, world.counts
    e.vacancies[e.unit < 0] = 50
    world.market.open[:] = 1_000
    r.job[other] = -1
    for k in range(40):  # luck of several months: some are offered nothing they like
        world.month = k
        world._job_moves, world._n_moves = np.array([[row], [zone(AWAY)]], np.int32), 1
        world._partners_search()
        if r.job[other] == k:
            break
    assert r.mode[other] == WEEKLY
    c.dwellings[zone(AWAY)] = c.households[zone(AWAY)]
    assert (
        job_moves(r, world.households, e, c, world.tables, world.travel, world.p, world._job_moves, 1, k) == 0
    )
    assert r.mun[other] == zone(HOME)
    work = e.mun[r.employer[other]] if r.employer[other] >= 0 else world.n_mun
    near = world.travel.minutes[zone(HOME), work] <= world.p.daily_limit
    assert r.mode[other] == (LOCAL if work == zone(HOME) else DAILY if near else WEEKLY)
    world._partners_search()
    assert r.job[other] == k  # where no dwelling is left the partner does not look


@pytest.mark.parametrize(("minutes", "mode"), [(45.0, DAILY), (900.0, WEEKLY)])
def test_who_finds_no_dwelling_commutes_as_far_as_it_is(minutes, mode):
    """Guards the mode of a hire who was to move and cannot: nobody stays the week half an hour from home."""
    world = make_world()
    r, e, c = world.residents, world.employers, world.counts
    row = a_single(world, home=HOME)
    hire(world, row, AWAY, G, mode=WEEKLY)
    world.travel.minutes[zone(HOME), zone(AWAY)] = minutes
    c.dwellings[zone(AWAY)] = c.households[zone(AWAY)]
    moves = np.array([[row], [zone(AWAY)]], np.int32)
    assert job_moves(r, world.households, e, c, world.tables, world.travel, world.p, moves, 1, 1) == 0
    assert r.mode[row] == mode


def test_a_household_moves_once_a_month():
    """Guards that where both partners took a job to move for, the second keeps it from the new home."""
    world, row, other = couple()
    r, e, c = world.residents, world.employers, world.counts
    r.address[[row, other]] = -1
    hire(world, row, AWAY, G, mode=WEEKLY)
    hire(world, other, "Luleå", G, mode=WEEKLY)
    moves = np.array([[row, other], [zone(AWAY), zone("Luleå")]], np.int32)
    c.dwellings[:] += 10
    assert job_moves(r, world.households, e, c, world.tables, world.travel, world.p, moves, 2, 0) == 1
    assert r.mun[[row, other]].tolist() == [zone(AWAY)] * 2
    assert r.status[[row, other]].tolist() == [EMPLOYED] * 2
    assert c.movers.sum() == 2


# --- How long it takes to find a job ----------------------------------------------------------------


def prospects(world, share, known=None, times=None):
    """Prospects after months in which each cell has so many times the usual open jobs."""
    open_jobs = np.rint(share * world._usual_open * 1_000).astype(np.int64)
    open_chance(open_jobs, world._usual_open * 1_000, world._chance)
    known = np.zeros((world.n_mun, S + 1)) if known is None else known
    time = np.full((world.n_zone, S + 1), np.nan)
    time[world.n_mun :] = 1.0
    for _ in range(times or 1):
        update_prospects(world._chance, world._usual_open, world.near, world.tables.related, known, time)
    return known, time


def test_where_all_is_alike_it_takes_as_long_everywhere():
    world = make_world()
    known, time = prospects(world, np.ones_like(world._usual_open))
    assert known == pytest.approx(0.2, abs=1e-4)  # a fifth of the ceiling is usual
    assert time == pytest.approx(1.0, abs=1e-6)


def test_fewer_open_jobs_around_mean_a_longer_search_for_those_of_the_trade():
    """Guards that the time goes by open jobs near and related, and by how much."""
    world = make_world()
    share = np.ones_like(world._usual_open)
    share[zone(HOME), G] = 0.2
    _, time = prospects(world, share)
    assert time[zone(HOME), G] > time[zone(HOME), :S][np.arange(S) != G].max() > 1.0
    assert time[zone(HOME), G] > time[zone("Örnsköldsvik"), G] > time[zone("Luleå"), G]
    by_hand = (world.near[:, :-2, None] * world._usual_open)[zone(HOME)]
    weight = by_hand * world.tables.related[G]
    assert prospects(world, share)[0][zone(HOME), G] == pytest.approx(
        (weight * share).sum() / weight.sum() / 5, rel=1e-3
    )


def test_the_times_have_bounds():
    world = make_world()
    share = np.ones_like(world._usual_open)
    share[: world.n_mun // 2] = 0.0
    share[world.n_mun // 2 :] = 5.0
    _, time = prospects(world, share)
    assert time.min() >= SHORTEST
    assert time.max() == LONGEST


def test_what_is_known_of_open_jobs_follows_with_a_memory_of_a_year():
    """Guards the weight of a month: after n months (1 - 1/12)^n of a change is still to come."""
    world = make_world()
    known, _ = prospects(world, np.ones_like(world._usual_open))
    prospects(world, 2.0 * np.ones_like(world._usual_open), known, 7)
    assert known == pytest.approx(0.4 - 0.2 * (1 - 1 / MEMORY) ** 7, abs=1e-4)


def test_a_world_keeps_its_prospects():
    """Guards that the month hands on what it takes to find a job, and that places differ."""
    world = make_world()
    assert (world.market.search_time == 1.0).all()
    for _ in range(3):
        world.step()
    time = world.market.search_time
    assert (time[world.n_mun :] == 1.0).all()
    assert time[: world.n_mun].std() > 0.01
    assert (world.prospects > 0.0).all()
