"""Matching: who applies in what rank, who gets a job, at what pay, and that no order of visits matters."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import CO, G, hire, make_world, rows_of, seekers, zone

from abm.core.rng import lottery
from abm.core.state import EMPLOYED, LOCAL, MOVE, WEEKLY
from abm.phases.search import apply_round, match_round, open_chance, ranked
from abm.schema import N_SECTORS

HERE = "Sundsvall"
OWN_SECTOR = 2**31


def applied(world, rows, scores, *, open_jobs, sector=CO, order=None, mode=LOCAL, where=HERE):
    """Let residents apply for the jobs of a cell with these scores; returns open jobs and moves."""
    e, m = world.employers, zone(where)
    q = seekers(world, rows)
    n = len(rows)
    cell = m * N_SECTORS + sector
    app = np.zeros((n, 5), np.int64)
    app[:, 0] = np.arange(n)
    app[:, 1] = cell
    app[:, 2] = mode
    app[:, 3] = 20_000 + 1_000 * np.arange(n)
    app[:, 4] = scores
    app = app[np.arange(n) if order is None else order]
    e.vacancies[:] = 0
    here = np.arange(e.cell_start[cell], e.cell_start[cell + 1])
    here = here[e.unit[here] < 0]
    for k in range(open_jobs):
        e.vacancies[here[k % here.size]] += 1
    vacant = np.zeros((world.n_mun, N_SECTORS), np.int64)
    vacant[m, sector] = open_jobs
    moves = np.full((2, n + 1), -1, np.int32)
    order = ranked(app, q.uid, vacant.size)
    number = match_round(q, world.residents, e, world.counts, app, order, vacant, 3, moves, 0)
    return vacant, moves[:, :number]


def applicants(world, number=40):
    """Residents elsewhere, who have jobs."""
    return rows_of(world, home=zone("Umeå"))[:number]


def at_work(world, rows, sector=CO, where=HERE):
    """Which of some residents were hired in the cell in this month."""
    r = world.residents
    k = r.employer[rows]
    at = np.maximum(k, 0)
    here = (world.employers.mun[at] == zone(where)) & (world.employers.sector[at] == sector)
    return (k >= 0) & here & (r.job[rows] == 3)


@pytest.mark.parametrize("number", [5, 40])
def test_the_highest_scores_get_the_jobs_at_the_wages_offered(number):
    """Guards that a cell's jobs go to its best applicants, short lists and long, each at the wage of the application."""
    world = make_world()
    rows = applicants(world, number)
    scores = (np.arange(number) * 7919) % 1009  # no two alike
    vacant, _ = applied(world, rows, scores, open_jobs=4)
    best = np.argsort(-scores)[:4]
    assert set(np.flatnonzero(at_work(world, rows))) == set(best)
    assert vacant.sum() == 0
    assert (world.residents.wage[rows[best]] == 20_000 + 1_000 * best).all()
    assert (world.residents.status[rows[best]] == EMPLOYED).all()


def test_there_are_no_more_hires_than_applicants_or_jobs():
    """Guards that all who apply are hired where jobs suffice, and the rest of the jobs stays open."""
    world = make_world()
    rows = applicants(world, 3)
    vacant, _ = applied(world, rows, [3, 1, 2], open_jobs=5)
    assert at_work(world, rows).all()
    assert vacant.sum() == 2 == world.employers.vacancies.sum()


@pytest.mark.parametrize("number", [12, 60])
def test_the_order_of_applications_changes_nobodys_employer(number):
    """Guards that neither who is hired nor by whom depends on the order of visits, ties of scores included."""
    employers = []
    for order in (np.arange(number), np.arange(number)[::-1], np.random.default_rng(1).permutation(number)):
        world = make_world()
        rows = applicants(world, number)
        applied(world, rows, np.arange(number) // 3, open_jobs=number // 2, order=order, sector=G)
        employers.append(world.residents.employer[rows].copy())
    assert (employers[0] == employers[1]).all()
    assert (employers[0] == employers[2]).all()


def test_movers_are_written_down_and_commute_until_they_move():
    """Guards that a hire who is to move is at first a weekly commuter and on the list of moves."""
    world = make_world()
    rows = applicants(world, 3)
    _, moves = applied(world, rows, [3, 2, 1], open_jobs=2, mode=MOVE)
    assert moves.tolist() == [rows[:2].tolist(), [zone(HERE)] * 2]
    assert (world.residents.mode[rows[:2]] == WEEKLY).all()


def applications(world, rows):
    """Applications of a round, everything being open."""
    q = seekers(world, rows)
    open_chance(np.full_like(world.market.open, 10_000), world._usual_open, world._chance)
    app = np.zeros((rows.size, 5), np.int64)
    n = apply_round(
        q, rows.size, world.residents, world.households, world.employers, world.counts, world.tables, world.travel,
        world.market, world.p, world._sight, world._chance, 0, world.key, 0, world._looks, app,
    )  # fmt: skip
    return q, app[:n]


def test_who_has_worked_in_the_sector_comes_before_all_others():
    """Guards that the own sector counts for more than any luck of the rank."""
    world = make_world()
    rows = rows_of(world, home=zone(HERE))
    world.residents.wage[rows] = 10_000  # so that many apply
    q, app = applications(world, rows)
    inside = app[:, 1] >= 0
    own = q.own[app[:, 0]] == np.where(inside, app[:, 1], -1 - app[:, 1]) % N_SECTORS
    assert min(own.sum(), (~own).sum()) > 20
    assert (app[own, 4] >= OWN_SECTOR).all()
    assert (app[~own, 4] < OWN_SECTOR).all()


def test_what_is_heard_of_is_where_the_contact_works():
    """Guards contact_share: of those with a contact in one cell about so many apply there, and none without.

    Some 250 look, nine tenths by hearsay: were it the second look or none, the share would be below a fifth.
    """
    share = {}
    for known in (True, False):
        world = make_world(contact_share=0.5)
        rows = rows_of(world, home=zone(HERE))
        r = world.residents
        r.wage[rows] = 10_000
        friend = int(rows_of(world, home=zone("Umeå"))[0])
        hire(world, friend, HERE, CO)
        r.contact[rows] = friend if known else -1
        _, app = applications(world, rows)
        share[known] = (app[:, 1] == zone(HERE) * N_SECTORS + CO).mean()
    assert share[True] == pytest.approx(0.5 + 0.5 * share[False], abs=0.12)  # 0.032 a standard error of 250
    assert share[False] < 0.2


def test_being_seen_grows_with_open_jobs_up_to_five_times_the_usual():
    """Guards the chance min(1, open / (5 usual)), on 16 bits; the boundary zone keeps a fifth."""
    world = make_world()
    usual = np.full_like(world._usual_open, 4.0)
    open_jobs = np.zeros_like(world.market.open)
    open_jobs[0, :5] = 1, 4, 10, 20, 35
    open_chance(open_jobs, usual, world._chance)
    assert world._chance[:6] / 65536 == pytest.approx([0.05, 0.2, 0.5, 1.0, 1.0, 0.0], abs=1e-4)
    assert world._chance[world.n_mun * N_SECTORS :] / 65536 == pytest.approx(0.2, abs=1e-4)


def test_the_lottery_does_not_depend_on_the_order_of_rows():
    """Guards that who gets the last dwelling is decided by identity and draw alone."""
    luck = np.random.default_rng(3)
    uid = luck.integers(0, 2**63, 200).astype(np.uint64)
    words = luck.integers(0, 2**32, 200).astype(np.uint64)
    winners = uid[lottery(uid, words)]
    for _ in range(5):
        mixed = luck.permutation(200)
        assert (uid[mixed][lottery(uid[mixed], words[mixed])] == winners).all()
    assert (winners != uid).any()
    again = uid[lottery(uid, words + np.uint64(1))]
    assert (again != winners).any()  # another month, other winners
    month = np.full(200, 7, np.uint64)
    small = np.arange(200, dtype=np.uint64)
    assert set(lottery(small, month).tolist()) == set(range(200))


@pytest.mark.parametrize("n_cells", [40, 748, 5_000, 300_000])
def test_ranking_sorts_by_cell_then_score_then_identity_whatever_the_number_of_cells(n_cells):
    """Guards the key of the one sort: with few cells and with many, boundary zones last, the own sector first."""
    luck = np.random.default_rng(4)
    n = 3_000
    app = np.zeros((n, 5), np.int64)
    app[:, 0] = luck.permutation(n)
    app[:, 1] = luck.integers(-50, n_cells, n) if n_cells < 100 else luck.choice([-7, 0, 1, n_cells - 1], n)
    app[:, 4] = luck.choice([0, 5, 2**31 - 1, 2**31, 2**32 - 1], n)
    uid = luck.permutation(n).astype(np.uint64)  # told apart by their lowest bits
    cell = np.where(app[:, 1] < 0, n_cells, app[:, 1])
    ties = 1 << min(20, 31 - n_cells.bit_length())
    identity = uid[app[:, 0]].astype(np.int64) % ties
    by_hand = np.lexsort((-identity, -app[:, 4], cell))
    found = ranked(app, uid, n_cells)
    for column in (cell, app[:, 4], identity):
        assert (column[found] == column[by_hand]).all()
