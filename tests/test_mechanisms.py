"""Each mechanism that the study names moves the outcome the way it says.

One parameter or one condition is varied, all else (chance included) stays. The
identifiers E01 to E30 are those of docs/mechanisms.md. A mechanism that the model
lacks has no test here, and the document says so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_worlds import (
    CO,
    CP,
    F,
    G,
    Q,
    a_single,
    alone,
    amenity,
    choices,
    commuter,
    every_adult,
    factory,
    fire,
    gain_of,
    give_member,
    give_partner,
    make_world,
    offers,
    region,
    region_with_travel,
    rows_of,
    seekers,
    ties,
    zone,
)

from abm.core import happenings
from abm.core.choice import NIGHTS_A_MONTH, children_at_home, night_cost
from abm.core.demand import gravity
from abm.core.establishments import bidders, contract_jobs, units_of
from abm.core.seekers import made_up_for
from abm.core.state import (
    DAILY,
    LOCAL,
    MOVE,
    NEED_UNIT,
    REASONS,
    UNEMPLOYED,
    WEEKLY,
    S,
    leave_job,
    take_job,
)
from abm.core.tables.destinations import destinations
from abm.core.tables.labour import jobs_end
from abm.core.tables.mobility import mobility_kept
from abm.core.tables.projection import ages_ahead
from abm.core.tables.sight import relatedness
from abm.parameters import Parameters
from abm.phases.adjust import turn_of_year
from abm.phases.employers import count_vacancies, plan_jobs
from abm.phases.family import family_events
from abm.phases.in_commuters import in_commuters
from abm.phases.labour import labour_events
from abm.phases.moves import _mobility_factor, background_moves, move_home
from abm.phases.newcomers import arrivals
from abm.phases.partners import partners_who_look
from abm.phases.recruitment import hire_selected
from abm.phases.search import apply_round, open_chance
from abm.region import load_region
from abm.scenario import load_scenario
from abm.schema import EMPLOYER_REST_OF_SWEDEN, INDUSTRY, SECTOR_INDEX

# --- Jobs open at the start ---------------------------------------------------------------------


def open_at_the_start(**parameters):
    """Open jobs relative to all jobs before anything has happened: in industry, elsewhere."""
    world = make_world(**parameters)
    e = world.employers
    plan_jobs(e, world.index, np.zeros(1), world.market.open)
    industry = np.isin(e.sector, INDUSTRY)
    jobs = e.filled + e.boundary
    return [float(e.vacancies[k].sum() / jobs[k].sum()) for k in (industry, ~industry)]


def test_e29_industry_is_short_of_people_from_the_start():
    industry, others = open_at_the_start(open_jobs=0.02, industry_shortage=3.0)
    assert industry == pytest.approx(0.06, rel=0.25)
    assert others == pytest.approx(0.02, rel=0.25)
    assert open_at_the_start(open_jobs=0.02, industry_shortage=1.0)[0] < 0.5 * industry
    assert open_at_the_start(open_jobs=0.01, industry_shortage=3.0)[1] < 0.7 * others


def test_e29_jobs_do_not_fall_at_the_start_for_want_of_open_ones():
    few, enough = make_world(open_jobs=0.008), make_world(open_jobs=0.025)
    start = few.counts.filled.sum()
    for _ in range(12):
        few.step()
        enough.step()
    assert few.counts.filled.sum() < enough.counts.filled.sum()
    assert enough.counts.filled.sum() == pytest.approx(start, rel=0.015)


# --- Who moves ----------------------------------------------------------------------------------


def test_e01_few_move_and_unemployment_raises_it_only_moderately():
    world = make_world(moving_cost=8_000.0)  # at the default too few for a share
    rows = rows_of(world, home=zone("Sundsvall"))[:60]
    before = choices(world, rows, zone("Luleå"), CO)
    for row in rows:
        fire(world, row)
    after = choices(world, rows, zone("Luleå"), CO)
    assert (before == MOVE).mean() < (after == MOVE).mean() < 0.25
    assert (before == MOVE).mean() < 0.05


def test_e01_the_unemployed_without_children_move_more_readily_by_the_odds():
    """Guards the sign of `odds_unemployed` in choices and in background moves, and its size in both."""
    row = a_single(make_world(), status=UNEMPLOYED)
    tied, mobile = [], []
    for odds in (1.0, 1.6):
        world = make_world(odds_unemployed=odds)
        alone(world, row)
        tied.append(ties(world, row))
        mobile.append(_mobility_factor(world.residents, world.households, world.p, row, 0))
    assert tied[0] - tied[1] == pytest.approx(world.p.choice_scale * np.log(1.6))
    assert mobile[1] / mobile[0] == pytest.approx(1.6)
    assert 1.0 < Parameters()["odds_unemployed"] < 2.5


def test_e01_dearer_moves_are_fewer():
    cheap, dear = make_world(moving_cost=3000.0), make_world(moving_cost=16000.0)
    rows = rows_of(cheap, home=zone("Sundsvall"))[:60]
    assert (choices(cheap, rows, zone("Luleå"), CO) == MOVE).sum() > (
        choices(dear, rows, zone("Luleå"), CO) == MOVE
    ).sum()


def test_e02_a_partner_holds_and_a_partner_with_a_job_holds_more():
    cost, factor = [], []
    for kind in ("single", "partner without job", "partner with job"):
        world = make_world()
        row = a_single(world)
        if kind != "single":
            give_partner(world, row, employed=kind == "partner with job")
        cost.append(ties(world, row))
        factor.append(_mobility_factor(world.residents, world.households, world.p, row, 0))
    assert cost[0] < cost[1] < cost[2]
    assert (
        factor[0] > 2 * factor[1] > 2 * factor[2]
    )  # both partners draw, so a couple's hazard is twice theirs


def test_e02_a_partner_who_earns_more_or_has_worse_chances_there_holds_more():
    world = make_world()
    row = a_single(world)
    partner = give_partner(world, row, employed=True)
    before = ties(world, row)
    world.residents.wage[partner] *= 2
    richer = ties(world, row)
    world.market.search_time[zone("Skellefteå")] = 1.5
    assert before < richer < ties(world, row)


def test_e02_partners_look_for_work_where_the_household_moves():
    world = make_world()
    row = a_single(world)
    partner = give_partner(world, row, employed=True)
    moves = np.array([[row], [zone("Skellefteå")]], np.int32)
    looking = np.empty_like(moves)
    n = partners_who_look(
        world.residents, world.employers, world.counts, world.travel, world.p, moves, looking
    )
    assert looking[:, :n].T.tolist() == [[partner, zone("Skellefteå")]]


def test_e02_help_for_partners_brings_more_couples_among_the_movers():
    world = make_world()
    row = a_single(world)
    give_partner(world, row, employed=True)
    pay = world.residents.wage[world.residents.partner[row]] / world.tables.wage_base[S, 1]
    before = ties(world, row)
    world.travel.partner_help[zone("Skellefteå")] = 0.8
    assert before - ties(world, row) == pytest.approx(0.8 * world.p.tie_partner_employed * pay)
    single = a_single(make_world())
    alone_world = make_world()
    alone(alone_world, single)
    before = ties(alone_world, single)
    alone_world.travel.partner_help[:] = 1.0
    assert ties(alone_world, single) == before
    shares = []
    for strength in (0.0, 1.0):
        world = make_world(moving_cost=4_000.0, tie_partner_employed=3_000.0)
        world.travel.partner_help[:] = strength
        rows = rows_of(world, home=zone("Sundsvall"))[:200]
        moves = (choices(world, rows, zone("Luleå"), CO, draws=20) == MOVE).sum(axis=1)
        shares.append(moves[world.residents.partner[rows] >= 0].sum() / moves.sum())
    assert shares[1] > shares[0] + 0.02


def test_e03_children_hold_most_at_school_age():
    cost, factor = [], []
    for years in (None, 3, 10):
        world = make_world()
        row = a_single(world)
        if years is not None:
            give_member(world, row, -12 * years)
            assert children_at_home(world.residents, world.households, row, 0) == (years < 7, years >= 7)
        cost.append(ties(world, row))
        factor.append(_mobility_factor(world.residents, world.households, world.p, row, 0))
    assert cost[0] < cost[1] < cost[2]
    assert factor[0] > factor[1] > factor[2]


def test_e04_singles_without_children_are_over_represented_among_movers():
    world = make_world()
    r, h = world.residents, world.households
    rows = every_adult(world)
    single = np.array([r.partner[k] < 0 and not any(children_at_home(r, h, k, 0)) for k in rows])
    words = np.random.default_rng(0).integers(0, 2**32, rows.size).astype(np.uint64)
    world.tables.moving[:] = 0.6  # the same at every age, so that only ties tell people apart
    world.counts.dwellings[:] += 10_000
    background_moves(
        r, h, world.employers, world.counts, world.tables, world.travel, world.market, world.p, rows, words, 1,
        world.key,
    )  # fmt: skip
    moved = (r.address[rows] == 1) | (r.status[rows] == 0)
    assert moved.sum() > 100
    assert single[moved].mean() > 1.1 * single.mean()


# --- Commuting ----------------------------------------------------------------------------------


def second_thoughts(world, rows, month):
    """Everyone listed reconsiders if it applies to them; nobody moves for other reasons."""
    world.tables.moving[:] = 0.0
    background_moves(
        world.residents, world.households, world.employers, world.counts, world.tables, world.travel, world.market,
        world.p, np.asarray(rows, np.int32), np.full(len(rows), np.uint64(1)), month, world.key,
    )  # fmt: skip


@pytest.mark.parametrize(("since", "moves"), [(0, True), (9, False)])
def test_e05_after_commuting_comes_moving(since, moves):
    world = make_world(moving_cost=0.0)
    world.counts.dwellings[:] += 1000
    rows = rows_of(world, home=zone("Sundsvall"))[:60]
    far, local = rows[:30], rows[30:]
    for row in rows:
        alone(world, row)
    for row in far:
        commuter(world, row, "Skellefteå", mode=WEEKLY, since=since)
    stay_home = local[world.residents.mode[local] == LOCAL]
    second_thoughts(world, rows, 10)
    moved = world.residents.mun[far] == zone("Skellefteå")
    assert moved.any() == moves
    assert (world.residents.mun[stay_home] == zone("Sundsvall")).all()


def test_e05_who_knows_the_place_moves_there_more_readily():
    moved = []
    for known in (0.0, 0.8):
        world = make_world(known_place=known)
        world.counts.dwellings[:] += 1000
        rows = rows_of(world, home=zone("Sundsvall"))[:80]
        for row in rows:
            alone(world, row)
            commuter(world, row, "Skellefteå", mode=WEEKLY, since=0)
        second_thoughts(world, rows, 10)
        moved.append((world.residents.mun[rows] == zone("Skellefteå")).mean())
    assert 0.0 < moved[0] < moved[1] - 0.25  # three standard errors of a difference among 80


@pytest.mark.parametrize("imposed", [False, True])
def test_e05_where_commuters_are_imposed_they_do_not_become_movers(imposed):
    world = make_world(moving_cost=0.0, unemployment_benefit=0.8)
    world.counts.dwellings[:] += 1000
    r, e = world.residents, world.employers
    rows = rows_of(world, home=zone("Sundsvall"))[:80]
    for row in rows:
        alone(world, row)
        commuter(world, row, "Skellefteå", mode=WEEKLY, since=0)
    e.imposed[r.employer[rows]] = imposed
    second_thoughts(world, rows, 10)
    assert (r.mun[rows] == zone("Skellefteå")).any() == (not imposed)
    assert (r.status[rows] == UNEMPLOYED).any()  # who may not move can still quit


def test_e05_who_works_in_the_rest_of_sweden_moves_there_by_the_official_rates_alone():
    world = make_world(moving_cost=0.0, unemployment_benefit=0.8)
    r, e = world.residents, world.employers
    rows = rows_of(world, home=zone("Sundsvall"))[:80]
    for row in rows:
        alone(world, row)
        leave_job(r, e, world.counts, row)
        take_job(r, e, world.counts, row, EMPLOYER_REST_OF_SWEDEN, WEEKLY, G, np.int32(30_000), 0)
    second_thoughts(world, rows, 10)
    assert (r.mun[rows] == zone("Sundsvall")).all()
    assert 0 < (r.status[rows] == UNEMPLOYED).sum() < 40  # they keep on or quit


def test_only_operation_in_study_mode_has_imposed_channels():
    region = load_region()
    flags = {
        name: [u.imposed for u in units_of(load_scenario(name).resolve(region), region)]
        for name in ("outcommuting", "behavioural")
    }
    assert sorted(flags["outcommuting"]) == [False, True]  # builders and operation
    assert not any(flags["behavioural"])


def test_more_jobs_per_adult_bring_people_from_the_rest_of_sweden():
    came = []
    for elasticity, ratio in ((0.0, 1.0), (0.0, 2.0), (1.0, 1.0), (1.0, 2.0)):
        world = make_world(in_migration_elasticity=elasticity)
        world.counts.dwellings[:] += 1000
        world._jobs_per_adult_start /= ratio  # as if jobs had grown so much
        households = 0
        for _ in range(12):
            world.step()
            households += world.counts.moving_households[world.n_mun].sum()
        came.append(households)
    assert came[0] == came[1] == pytest.approx(came[2], rel=0.1)
    assert came[3] == pytest.approx(2.0 * came[2], rel=0.15)


def test_in_commuters_go_with_the_jobs_per_adult():
    """Commuters from the boundary zones keep their number, and grow where jobs are many, as the elasticity says."""
    number = {}
    for elasticity, ratio in ((0.0, 2.0), (1.0, 1.0), (1.0, 2.0)):
        world = make_world(in_commuting_elasticity=elasticity, open_jobs=0.025)
        world._jobs_per_adult_start /= ratio  # as if jobs had grown so much
        before = world.employers.boundary.sum()
        for _ in range(24):
            world.step()
        number[elasticity, ratio] = world.employers.boundary.sum() / before
        assert world.employers.boundary.sum() == world.counts.commuters[world.n_mun :].sum()
    assert 0.8 < number[0.0, 2.0] < 1.2
    assert 0.8 < number[1.0, 1.0] < 1.2
    assert number[1.0, 2.0] > number[1.0, 1.0] + 0.1


def test_in_commuters_change_jobs_one_by_one():
    """Each who comes fills an open job, each who leaves was there; establishments are left alone."""
    world = make_world(factory())
    for _ in range(8):
        world.step()
    e, c = world.employers, world.counts
    ordinary = e.unit < 0
    held, vacant, filled = e.boundary.copy(), e.vacancies.copy(), c.filled.copy()
    open_jobs = world.market.open.copy()
    wanted = world._in_commuters_start * 3.0
    more = in_commuters(e, c, world.p, wanted, open_jobs, world.month, world.key)
    assert (e.boundary - held).sum() == more == (c.filled - filled).sum()
    assert (e.boundary >= 0).all()
    assert (open_jobs >= 0).all()
    assert (e.vacancies >= 0).all()
    assert (vacant - e.vacancies >= 0).all()
    assert (vacant - e.vacancies).sum() > 0
    assert (world.market.open - open_jobs).sum() == (vacant - e.vacancies).sum()
    assert (e.boundary[~ordinary] == held[~ordinary]).all()


def test_e06_some_commute_weekly_beyond_reach_of_the_day():
    few, many = make_world(weekly_type_share=0.02), make_world(weekly_type_share=0.5)
    assert few.travel.km[zone("Sundsvall"), zone("Skellefteå")] > 150
    rows = rows_of(few, home=zone("Sundsvall"))
    for world in (few, many):
        world.market.wage_index[zone("Skellefteå"), CO] = 1.3  # a job worth a long way
    weekly = [(choices(w, rows, zone("Skellefteå"), CO, draws=20) == WEEKLY).mean() for w in (few, many)]
    assert 0 < weekly[0] < weekly[1]


def test_e06_men_are_more_often_used_to_it_and_a_family_makes_nights_dearer():
    world = make_world()
    r = world.residents
    rows = every_adult(world)
    cost = np.array([night_cost(r, world.p, k, False, world.key) for k in rows])
    assert cost[r.sex[rows] == 1].mean() < cost[r.sex[rows] == 0].mean()
    assert night_cost(r, world.p, rows[0], True, world.key) > cost[0]


def test_e07_nobody_commutes_daily_beyond_the_limit_and_few_near_it():
    share = {}
    for minutes in (20.0, 80.0, 95.0):
        world = make_world(place=region_with_travel("Sundsvall", "Kramfors", minutes))
        rows = rows_of(world, home=zone("Sundsvall"))
        share[minutes] = (choices(world, rows, zone("Kramfors"), CO) == DAILY).mean()
    assert share[20.0] > share[80.0] > share[95.0] == 0.0


def test_e08_work_at_home_makes_daily_commuting_worth_more():
    world = make_world(place=region_with_travel("Umeå", "Skellefteå", 70.0))
    rows = rows_of(world, home=zone("Umeå"))[:80]
    (at_work, none), (mixed, half) = offers(world, rows), offers(world, rows, remote=0.5)
    assert (half[0] >= none[0]).all()
    assert (half[0] > 0).sum() > (none[0] > 0).sum()
    assert (mixed[1] == DAILY).sum() >= (at_work[1] == DAILY).sum()


def test_e09_a_faster_link_brings_more_daily_commuters():
    link = dict(
        kind="link", name="railway", month="2020-02", mode="rail", minutes=35.0, km=125.0,
        **{"from": "Umeå", "to": "Skellefteå"},
    )  # fmt: skip
    worlds = make_world(), make_world(link)
    rows = rows_of(worlds[0], home=zone("Umeå"))[:80]
    a, b = zone("Umeå"), zone("Skellefteå")
    before = [w.travel.minutes[a, b] for w in worlds]
    assert before[0] == before[1]
    worlds[1].month = 1
    worlds[1]._events()
    assert worlds[1].travel.minutes[a, b] < before[0]
    assert worlds[1].travel.daily[a, b] < worlds[0].travel.daily[a, b]
    share = [(choices(w, rows, b, CO) == DAILY).mean() for w in worlds]
    assert share[1] > share[0]


def test_e10_higher_pay_reaches_farther():
    world = make_world()
    home = zone("Sundsvall")
    rows = rows_of(world, home=home)
    count = [(offers(world, rows, premium=x)[1].max(axis=0) > 0).sum() for x in (0.0, 0.5, 1.0)]
    assert count[0] < count[1] < count[2]


def test_e11_without_a_job_at_home_one_commutes_farther():
    world = make_world()
    rows = rows_of(world, home=zone("Umeå"))
    gain = [gain_of(world, rows[0])]
    with_job = offers(world, rows)[1][0]
    for row in rows:
        fire(world, row)
    gain.append(gain_of(world, rows[0]))
    without = offers(world, rows)[1][0]
    assert gain[1] > gain[0]
    assert (without > with_job).all()
    assert (without > 0).sum() > (with_job > 0).sum() + 20


def test_e11_who_holds_out_for_more_pay_takes_fewer_offers():
    """The jobless of Umeå see the same offers, at a reservation wage of 0.6 and of all of the last wage."""
    taken = []
    for share in (0.6, 1.0):
        world = make_world(reservation_wage=share)
        rows = rows_of(world, home=zone("Umeå"))
        for row in rows:
            fire(world, row)
        taken.append((offers(world, rows)[1][0] > 0).sum())
    assert taken[1] < taken[0] / 2


def test_e11_fewer_open_jobs_at_home_turn_the_eyes_elsewhere():
    world = make_world()
    home = zone("Kramfors")
    rows = rows_of(world, home=home)
    for row in rows:
        fire(world, row)
    away = []
    for at_home in (20, 2):
        jobs = np.full_like(world.market.open, 10)
        jobs[home] = at_home
        open_chance(jobs, np.full(jobs.shape, 10.0), world._chance)
        app = np.zeros((rows.size, 5), np.int64)
        cells = []
        for rnd in range(20):
            n = apply_round(
                seekers(world, rows), rows.size, world.residents, world.households, world.employers, world.counts,
                world.tables, world.travel, world.market, world.p, world._sight, world._chance, 0,
                world.key, rnd, world._looks, app,
            )  # fmt: skip
            cells.append(app[:n, 1].copy())
        cells = np.concatenate(cells)
        assert cells.size > 100
        away.append((cells // len(SECTOR_INDEX) != home).mean())
    assert away[1] > away[0]


def commuting(world, row, where, mode, since):
    """Let a resident commute to a municipality since a month; what declining an offer is then worth."""
    r, e = world.residents, world.employers
    leave_job(r, e, world.counts, row)
    employer = int(e.cell_start[zone(where) * len(SECTOR_INDEX) + G])
    take_job(r, e, world.counts, row, employer, mode, G, 30_000, since)
    return float(seekers(world, [row]).keep[0])


def test_e11_a_commute_counts_as_far_as_the_liking_of_the_job_makes_up_for_it():
    world = make_world(weekly_type_share=0.0)
    row = a_single(world, home="Örnsköldsvik")
    t, p, here, there = world.travel, world.p, zone("Örnsköldsvik"), zone("Skellefteå")
    share = made_up_for(p)
    nights = NIGHTS_A_MONTH * p.night_cost
    free = commuting(world, row, "Skellefteå", LOCAL, 1)
    daily = free - commuting(world, row, "Skellefteå", DAILY, 1)
    assert daily == pytest.approx(share * t.daily[here, there])
    weekly = free - commuting(world, row, "Skellefteå", WEEKLY, 1)
    assert weekly == pytest.approx(share * (t.weekly[here, there] + nights))
    give_partner(world, row, employed=True)
    with_partner = free - commuting(world, row, "Skellefteå", WEEKLY, 1)
    assert with_partner - weekly == pytest.approx(share * NIGHTS_A_MONTH * p.night_cost_family)


@pytest.mark.parametrize(("spread", "scale"), [(2500.0, 2200.0), (4000.0, 1500.0), (1000.0, 5000.0)])
def test_a_job_is_worth_nearly_the_same_in_the_mean_however_far_away_it_was_taken(spread, scale):
    """Liking less what it makes up for, over those who accept; counting all of the commute or none differs more.

    The standard error of a mean over some 100,000 is below a hundredth of the differences compared.
    """
    luck = np.random.default_rng(5)
    liking, taste = luck.normal(0.0, spread, 400_000), luck.logistic(0.0, scale, 400_000)
    commutes = np.hypot(spread, np.pi * scale / np.sqrt(3.0)) * np.array([0.0, 0.5, 1.0])
    liked = np.array([liking[liking + taste > cost].mean() for cost in commutes])
    share = made_up_for(make_world(amenity_spread=spread, choice_scale=scale).p)
    difference = [np.ptp(liked - counted * commutes) for counted in (0.0, share, 1.0)]
    assert difference[1] < 0.6 * difference[0]
    assert difference[1] < 0.6 * difference[2]


def test_e11_a_job_elsewhere_is_kept_for_what_it_was_liked_for():
    world = make_world()
    row = a_single(world, home="Örnsköldsvik")
    uid = world.residents.uid[row]
    for where in ("Skellefteå", "Umeå", "Sundsvall"):
        pay = (1.0 - world.tables.tax[zone("Örnsköldsvik")]) * 30_000
        liked = amenity(uid, world.p, zone(where), G, world.key)
        assert commuting(world, row, where, LOCAL, 1) == pytest.approx(pay + liked)


def test_e11_who_commuted_before_the_start_has_chosen_the_job_with_its_commute():
    world = make_world()
    row = a_single(world, home="Örnsköldsvik")
    assert commuting(world, row, "Skellefteå", WEEKLY, -1) == commuting(world, row, "Skellefteå", LOCAL, -1)


# --- Competition for labour, wages, prices ------------------------------------------------------


def test_e12_recruiting_employed_people_opens_jobs_at_other_employers():
    world = make_world(factory())
    r, e, c = world.residents, world.employers, world.counts
    k = world.units[0].employer
    rows = rows_of(world, home=zone("Skellefteå"))
    rows = rows[(r.employer[rows] >= 0)][:40]
    open_before, after = np.zeros_like(world.vacancies), np.zeros_like(world.vacancies)
    plan_jobs(e, world.index, np.array([0.0, 0.0]), world.market.open)
    count_vacancies(e, open_before)
    n = rows.size
    hire_selected(
        r, world.households, e, c, world.tables, world.travel, world.p, rows, np.full(n, LOCAL),
        r.wage[rows].astype(np.int64), k, CO, 0, np.empty((2, n), np.int32),
    )  # fmt: skip
    plan_jobs(e, world.index, np.array([float(n), 0.0]), world.market.open)
    count_vacancies(e, after)
    assert e.filled[k] == n
    assert after.sum() - open_before.sum() > 0.9 * n
    assert c.hired[zone("Skellefteå")].tolist() == [n, 0, 0]
    assert c.hired.sum() == n


def test_e12_a_large_recruiter_crowds_out_others():
    with_it, without = make_world(factory()), make_world()
    difference, elsewhere = 0, 0
    other = np.array([code != region().county[zone("Skellefteå")] for code in region().county])
    for _ in range(18):
        for world in (with_it, without):
            world.step()
        own = max(
            0, with_it.units[0].jobs[with_it.month - 1] - with_it.employers.filled[with_it.units[0].employer]
        )
        difference += with_it.vacancies.sum() - own - without.vacancies.sum()
        elsewhere += with_it.vacancies[other].sum() - without.vacancies[other].sum()
    assert with_it.employers.filled[with_it.units[0].employer] > 20
    assert difference > 0
    assert elsewhere > 0


def adjusted(world, vacant_jobs=0):
    """The wage index of one cell after a month in which so many of its jobs are open."""
    e, m = world.employers, zone("Sundsvall")
    world.month = 20
    first = int(e.cell_start[m * len(SECTOR_INDEX) + G])
    e.desired[:] = e.filled + e.boundary
    e.desired[first] += vacant_jobs
    world._adjust()
    return world.market.wage_index[m, G]


def test_e13_pay_rises_where_posts_stay_open():
    none, some = adjusted(make_world(wage_response=0.05)), adjusted(make_world(wage_response=0.05), 30)
    strong = adjusted(make_world(wage_response=0.1), 30)
    assert none < some < strong
    assert adjusted(make_world(wage_response=0.0)) == adjusted(make_world(wage_response=0.0), 30)


def test_e13_pay_falls_with_local_unemployment():
    worlds = make_world(wage_curve=-0.06), make_world(wage_curve=-0.06)
    for row in rows_of(worlds[1], home=zone("Sundsvall"))[:100]:
        fire(worlds[1], row)
    first, second = (adjusted(w) for w in worlds)
    assert second < first


def test_e14_scarce_dwellings_raise_prices_and_keep_people_away():
    worlds = make_world(), make_world()
    m = zone("Skellefteå")
    worlds[1].counts.dwellings[m] = worlds[1].counts.households[m]
    row = a_single(worlds[0])
    alone(worlds[1], row)
    for world in worlds:
        for _ in range(12):
            world._adjust()
    assert worlds[1].market.price[m] > worlds[0].market.price[m]
    assert ties(worlds[1], row) > ties(worlds[0], row)


# --- Suppliers ----------------------------------------------------------------------------------


def unit_and_employers(world):
    e = world.employers
    jobs = np.where(e.unit < 0, e.base, 0.0)
    luck = (np.arange(e.mun.size) * 0.61803398875) % 1.0
    return world.units[0], e.mun, e.sector, jobs, luck


def orders(world, month=20, **changes):
    """Jobs that the factory's orders ask for, by municipality."""
    unit, mun, sector, jobs, luck = unit_and_employers(world)
    p = world.parameters.replace(**changes)
    unit.bid_weight = bidders(unit, world.region, p, mun, sector, jobs, luck)
    asked = contract_jobs(unit, world.region, p, month, sector)
    return np.bincount(mun, asked, world.n_mun)


def test_e15_inputs_from_world_markets_are_no_local_jobs():
    world = make_world(factory())
    some = orders(world).sum()
    assert orders(world, purchase_share=0.2).sum() < some
    foreign = region().io_domestic.copy()
    foreign[F] = 0.0  # what used to be bought from builders now comes from abroad
    elsewhere = replace(region(), io_domestic=foreign)
    unit, _, sector, _, _ = unit_and_employers(world)
    asked, fewer = (
        contract_jobs(unit, place, world.parameters, 20, sector) for place in (region(), elsewhere)
    )
    assert (fewer[sector == F] == 0).all()
    assert 0 < fewer.sum() < asked.sum()


def test_e18_what_is_made_in_house_is_not_ordered():
    plain, whole = orders(make_world(factory())), orders(make_world(factory(in_house_share=0.6)))
    assert whole.sum() == pytest.approx(0.4 * plain.sum())
    path = ({"month": "2020-01", "share": 0.1}, {"month": "2022-12", "share": 0.7})
    growing = make_world(factory(in_house_share=path))
    assert orders(growing, month=10).sum() > orders(growing, month=34).sum() > 0


def test_e19_far_employers_bid_less_where_distance_costs_more_and_large_ones_more():
    far = [zone(x) for x in ("Sundsvall", "Östersund", "Kramfors")]
    world = make_world(factory())
    cheap, dear = orders(world, bid_distance_cost=0.002), orders(world, bid_distance_cost=0.015)
    assert cheap[far].sum() / cheap.sum() > dear[far].sum() / dear.sum()
    small, large = orders(world, bid_size=0.2), orders(world, bid_size=1.0)
    assert large.sum() > small.sum()


def test_e19_the_closer_the_north_competes_with_itself_the_less_it_takes_from_the_rest_of_sweden():
    """Guards the sign of `northern_nest`: the fewer independent bidders there are, the less falls to the north."""
    world = make_world(factory())
    alike, apart = orders(world, northern_nest=0.2), orders(world, northern_nest=0.8)
    assert 0.0 < alike.sum() < apart.sum()


@pytest.mark.parametrize(
    ("name", "sector", "shares"),
    [
        ("goods_decay", CP, "order_shares"),
        ("services_decay", G, "order_shares"),
        ("consumption_decay", G, "consumption_shares"),
    ],
)
def test_e19_e26_what_is_bought_is_bought_the_nearer_the_steeper_the_decay(name, sector, shares):
    """Guards that each decay sets the mean distance of the purchases it is for, and of no others."""
    region_, m = region(), region().n_municipalities
    km = region_.distance_km[:m, :m]
    found = []
    for value in (0.001, 0.02):
        demand = make_world(**{name: value}).demand
        far = {}
        for which in ("order_shares", "consumption_shares"):
            share = getattr(demand, which)
            far[which] = (share * km).sum(axis=(1, 2)) / share.sum(axis=(1, 2))
        found.append(far)
    assert found[1][shares][sector] < 0.8 * found[0][shares][sector]
    other = "consumption_shares" if shares == "order_shares" else "order_shares"
    assert (found[1][other] == found[0][other]).all()


def test_e20_a_related_sector_sees_and_values_the_jobs_more():
    table, wider = relatedness(0.12), relatedness(0.3)
    assert table[CP, CO] > table[G, CP]
    assert (wider >= table).all()
    assert wider[G, CP] > table[G, CP]
    assert wider[G, G] == table[G, G]
    world = make_world()
    rows = rows_of(world, home=zone("Skellefteå"))[:40]
    none, full = np.zeros(len(SECTOR_INDEX) + 1), np.ones(len(SECTOR_INDEX) + 1)
    assert (offers(world, rows, related=full)[1][0] > offers(world, rows, related=none)[1][0]).all()


def test_e26_what_one_municipality_supplies_another_does_not():
    jobs = region().jobs.astype(float)
    decay = np.full(jobs.shape[1], 0.004)
    before = gravity(jobs, region().national_jobs, region().distance_km, decay)
    m = zone("Sundsvall")
    jobs[m] *= 2
    after = gravity(jobs, region().national_jobs, region().distance_km, decay)
    others = np.arange(jobs.shape[0]) != m
    assert (after[:, :, m] > before[:, :, m]).all()
    assert (after[:, :, others] < before[:, :, others]).all()
    assert (after.sum(axis=2) <= 1.0).all()


def test_e21_a_running_establishment_attracts_others_and_a_failed_one_does_not():
    def attracted(mode, jobs, rate, size=20.0):
        path = ({"month": "2020-01", "jobs": jobs},)
        recruitment = {"in_commuter_multiple": 1.0, "mover_share": 0.2} if mode == "study" else None
        event = factory(operation=path, **({"recruitment": recruitment} if recruitment else {}))
        world = make_world(event, mode=mode, follow_on_rate=rate, follow_on_jobs=size)
        for _ in range(13):
            world.step()
        return world.exogenous

    more = attracted("behavioural", 120, 6.0)
    assert more.sum() > attracted("behavioural", 120, 1.0).sum() > 0.0
    assert (more >= 0.0).all()
    assert attracted("behavioural", 120, 6.0, 40.0).sum() == pytest.approx(2 * more.sum())
    assert attracted("behavioural", 0, 6.0).sum() == 0.0
    assert attracted("study", 120, 6.0).sum() == 0.0


# --- Those laid off, and staying on -------------------------------------------------------------


def displaced(world, number=20):
    """Process workers and others of Sundsvall who lost their jobs."""
    r = world.residents
    rows = rows_of(world, home=zone("Sundsvall"))
    process, other = rows[r.sector[rows] == CP][:number], rows[r.sector[rows] == Q][:number]
    for row in (*process, *other):
        fire(world, row)
    return process, other


def test_e22_employees_found_firms_after_some_years(monkeypatch):
    monkeypatch.setattr(happenings, "SPIN_OFF_YEARS", 1)

    def founded(mode, rate, months):
        path = ({"month": "2020-01", "jobs": 400},)
        recruitment = {"in_commuter_multiple": 1.0, "mover_share": 0.2} if mode == "study" else None
        event = factory(operation=path, **({"recruitment": recruitment} if recruitment else {}))
        world = make_world(event, mode=mode, follow_on_rate=0.0, spin_off_rate=rate, spin_off_jobs=4.0)
        for _ in range(months):
            world.step()
        return world.exogenous.sum()

    assert founded("behavioural", 0.02, 12) == 0.0  # nobody has been there for so long
    later = founded("behavioural", 0.02, 13)
    assert later == pytest.approx(4.0 * 0.02 * 400, abs=4.0)
    assert founded("behavioural", 0.005, 13) < later
    assert founded("study", 0.02, 13) == 0.0


def test_e16_displaced_process_workers_are_over_represented():
    world, without = make_world(), make_world(related_skill_boost=0.0, targeted_recruitment=0.0)
    process, other = displaced(world)
    displaced(without)
    related = world.tables.related[:, CO].copy()
    related[CP] = 0.8
    rows = np.concatenate([process, other])
    share, share_plain = [], []
    for luck in range(
        50
    ):  # whoever is in the better half is mostly chance: some forty people once are too few
        with_skill = offers(world, rows, related=related, luck=luck)[1].max(axis=0)
        plain = offers(without, rows, related=related, luck=luck)[1].max(axis=0)
        rise = with_skill - plain
        assert rise[: process.size].mean() > rise[process.size :].mean() > 0
        half = rows.size // 2
        share.append((np.argsort(-with_skill)[:half] < process.size).mean())
        share_plain.append((np.argsort(-plain)[:half] < process.size).mean())
    assert np.mean(share) > np.mean(share_plain) + 0.03


def test_e28_approaching_the_displaced_raises_the_value_of_the_job_for_them_only():
    world, off = make_world(targeted_recruitment=2000.0), make_world(targeted_recruitment=0.0)
    for w in (world, off):
        process, _ = displaced(w)
    working = rows_of(world, home=zone("Sundsvall"))[-20:]
    value = [offers(w, process)[1][0] for w in (world, off)]
    assert (value[0] > value[1]).all()
    np.testing.assert_array_equal(offers(world, working)[1], offers(off, working)[1])


def test_e17_weekly_commuting_fades():
    world = make_world(reconsider_rate=0.06)
    world.counts.dwellings[:] += 1000
    rows = rows_of(world, home=zone("Sundsvall"))[:80]
    for row in rows:
        commuter(world, row, "Skellefteå", mode=WEEKLY, since=0)
    left = []
    for month in (10, 11, 12):
        second_thoughts(world, rows, month)
        r = world.residents
        left.append(((r.mode[rows] == WEEKLY) & (r.mun[rows] == zone("Sundsvall"))).sum())
    assert 80 > left[0] >= left[1] >= left[2]
    assert 0 < left[2] < 40  # all reconsider in each of three months; more than half must have left, not all


def out_of_work(world, rows, most):
    """How many of the employed in `rows` lose their job in a month, of draws evenly spread from nought to `most`."""
    words = (np.linspace(0.0, most, rows.size) * 2**32).astype(np.uint64)
    labour_events(
        world.residents, world.employers, world.counts, world.tables, world.p, world.travel, rows, words, 1,
        world.key, np.ones(world.n_mun), np.empty(rows.size + 1, np.int32),
    )  # fmt: skip
    return (world.residents.status[rows] == UNEMPLOYED).sum()


def test_e17_long_commuters_leave_their_jobs_more_often():
    left = []
    for ratio in (1.0, 1.5):
        world = make_world(long_commute_separation=ratio)
        world.tables.exit[:] = 0.0
        rows = rows_of(world, home=zone("Sundsvall"))[:80].astype(np.int32)
        for row in rows:
            commuter(world, row, "Skellefteå", mode=WEEKLY, since=-60)
        left.append(out_of_work(world, rows, most=0.01))
    assert left[1] > left[0] > 0


def test_jobs_end_more_often_where_more_are_out_of_work():
    """As odds of unemployment stand to those of the region, and a resident's municipality decides."""
    jobless, force = np.array([0.03, 0.06, 0.12]), np.array([1000.0, 3000.0, 500.0])
    relative = jobs_end(jobless, force)
    assert relative / relative[0] == pytest.approx(jobless / (1 - jobless) * (0.97 / 0.03))
    assert jobs_end(np.full(3, 0.06), force) == pytest.approx(1.0)
    assert jobs_end(np.zeros(3), force) == pytest.approx(1.0)  # nobody is out of work
    lost = []
    for factor in (1.0, 2.0):
        # a parameter of its own: worlds with the same ones share their tables
        world = make_world(long_commute_separation=1.3)
        world.tables.jobs_end[:] = 1.0
        world.tables.exit[:] = 0.0
        rows = rows_of(world, home=zone("Sundsvall"))[:80].astype(np.int32)
        world.tables.jobs_end[zone("Sundsvall")] = factor
        lost.append(out_of_work(world, rows, most=0.03))
    assert lost[1] == pytest.approx(2 * lost[0], abs=2)
    assert lost[0] > 5


def test_jobs_follow_the_projected_residents_of_working_age():
    """Demand from outside goes their way with the elasticity, in a place that loses a third of them in two years."""
    here, other = zone("Umeå"), zone("Sundsvall")
    index = {}
    for elasticity in (0.0, 1.0):
        world = make_world(jobs_follow_people=elasticity)
        assert world.demand.workforce[0] == pytest.approx(1.0)
        world.demand.workforce = np.ones_like(world.demand.workforce)
        world.demand.workforce[2:, here] = 2.0 / 3.0
        world.demand.workforce[1, here] = 5.0 / 6.0
        start = 31.0 / 36.0  # in November of the first year, whose employed are the start
        assert world.demand._workforce(6)[here] == 1.0
        assert world.demand._workforce(18)[here] == pytest.approx(9.0 / 12.0 / start)
        for _ in range(36):
            world.step()
        index[elasticity] = world.index.mean(axis=1)
    assert index[1.0][here] < index[0.0][here] - 0.1
    assert index[1.0][other] == pytest.approx(index[0.0][other], abs=0.03)


def test_jobs_follow_the_published_employed_until_the_last_november():
    """Five per cent more from one November to the next: as much more output by then, on a line, nothing before."""
    base, more = (
        make_world(
            place=replace(
                region(), employment_index=np.outer([1.0, last], np.ones(region().n_municipalities))
            )
        )
        for last in (1.0, 1.05)
    )
    assert (more.demand._published(10) == 1.0).all()
    assert more.demand._published(16) == pytest.approx(1.025)
    assert (more.demand._published(22) == 1.05).all()
    assert (more.demand._published(130) == 1.05).all()
    risen = []
    for month in range(30):
        base.step()
        more.step()
        risen.append(more.demand.output.sum() / base.demand.output.sum())
        if month == 10:
            assert risen[-1] == 1.0
    assert risen[29] == pytest.approx(1.05, abs=0.01)
    assert 1.0 < risen[15] < risen[29]


def test_the_projection_does_not_know_the_scenario():
    from conftest import PLANT

    without, with_plant = make_world(), make_world(PLANT)
    assert (without.demand.workforce == with_plant.demand.workforce).all()


# --- People, services, dwellings ----------------------------------------------------------------


def test_e23_public_jobs_follow_residents():
    world = make_world()
    m = zone("Umeå")
    before = world.demand._endogenous(world.counts, 0)["public"][m].sum()
    world.counts.dwellings[zone("Luleå")] += 1000
    for row in rows_of(world, home=m)[:60]:
        if world.residents.mun[row] == m:
            move_home(
                world.residents, world.households, world.employers, world.counts, world.tables, world.travel, world.p,
                row, zone("Luleå"), 0,
            )  # fmt: skip
    turn_of_year(world.residents, world.counts, world.tables, 0)
    fewer = before - world.demand._endogenous(world.counts, 0)["public"][m].sum()
    assert fewer > 0.0


def test_e23_public_jobs_follow_residents_the_more_the_response_asks_for():
    """Guards the sign of `public_response`: what a tenth more need adds, apart from tax revenue."""
    added = []
    for response in (0.4, 0.8):
        world = make_world(public_response=response, tax_retention=0.0)
        before = world.demand._endogenous(world.counts, 0)["public"].sum()
        for need in (world.counts.need, world.counts.need_later):
            need[:] += need // 10
        added.append(world.demand._endogenous(world.counts, 0)["public"].sum() - before)
    assert added[1] == pytest.approx(2.0 * added[0])
    assert added[0] > 0.0


def test_hazards_of_moving_by_year_do_not_know_the_scenario():
    """They keep movers per resident as the ages go on, from a projection of the region alone."""
    from conftest import PLANT

    without, with_plant = make_world(), make_world(PLANT)
    assert (without.tables.moving == with_plant.tables.moving).all()
    moving, ages = without.tables.moving, ages_ahead(without.region)
    assert ages[0] == pytest.approx(without.region.population.sum(axis=1))
    factor = moving[:, :, 30] / moving[0, :, 30]
    assert factor[0] == pytest.approx(1.0)
    assert 0.5 < factor.min() < factor.max() < 2.0
    # with ties alike at all ages, movers per resident stay exactly what they were
    relative = without.region.migration_age
    kept = mobility_kept(relative, np.ones(101), ages)
    rate = (kept[:, :, None] * relative * ages).sum(axis=2) / ages.sum(axis=2)
    assert rate == pytest.approx(np.broadcast_to(rate[0], rate.shape))


def test_destinations_by_age_keep_the_table_of_movers():
    """Split over age groups, each pair of places keeps its movers, and movers the ages of who leaves."""
    region = make_world().region
    m = region.n_municipalities
    leaving = region.migration_age * region.population.sum(axis=1)
    upto, group = destinations(region, leaving)
    leaving[:, :18] = 0.0
    share = np.stack([leaving[:, group == g].sum(axis=1) for g in range(upto.shape[0])])
    share /= share.sum(axis=0)
    shares = np.diff(upto, axis=2, prepend=0.0)
    movers = (shares * share[:, :, None]).sum(axis=0) * region.migration[:m].sum(axis=1)[:, None]
    assert movers == pytest.approx(region.migration[:m], rel=0.02, abs=1e-6)


def test_care_needs_grow_month_by_month_as_residents_age():
    """In month k of a year, k twelfths of the step from this January's ages to the next one's."""
    world = make_world()
    c, r, t = world.counts, world.residents, world.tables
    steps = [world.demand._need(c, k) for k in range(12)]
    used = r.status > 0
    for m in range(world.n_mun):
        here = used & (r.mun == m)
        for p in range(3):
            ages = [np.clip((k - r.birth[here].astype(int)) // 12, 0, 100) for k in (0, 12)]
            first, last = (t.need[p, a].sum() * world.weight / NEED_UNIT for a in ages)
            for k in (0, 5, 11):
                assert steps[k][m, p] == pytest.approx(first + (last - first) * k / 12, rel=1e-12)
    turn_of_year(r, c, t, 12)
    again = world.demand._need(c, 12)
    assert again == pytest.approx(2 * steps[6] - steps[0], rel=1e-9)  # nothing jumps in January


def test_e24_children_are_born_where_their_parents_moved():
    world = make_world()
    r, c = world.residents, world.counts
    rows = rows_of(world, home=zone("Örnsköldsvik"), low=25, high=35)
    row = int(rows[r.sex[rows] == 0][0])
    c.dwellings[zone("Skellefteå")] += 10
    move_home(
        r,
        world.households,
        world.employers,
        c,
        world.tables,
        world.travel,
        world.p,
        row,
        zone("Skellefteå"),
        0,
    )
    family_events(
        r, world.households, c, world.tables, np.array([row], np.int32), np.array([0], np.uint64), 0, world.key,
        world._singles,
    )  # fmt: skip
    assert c.births[zone("Skellefteå")] == 1
    assert c.births.sum() == 1


def test_e25_builders_commute_from_outside_far_more_than_those_who_operate():
    jobs = ({"month": "2020-01", "jobs": 80},)
    world = make_world(factory(operation=jobs, construction=jobs, construction_from_outside=0.75))
    for _ in range(6):
        world.step()
    operation, construction = (next(u for u in world.units if u.builders == b) for b in (False, True))
    e = world.employers
    share = [e.boundary[u.employer] / (e.boundary + e.filled)[u.employer] for u in (operation, construction)]
    assert share[1] >= 0.7
    assert share[1] > share[0] + 0.3


def test_e27_without_dwellings_nobody_moves_in():
    world = make_world()
    c, m = world.counts, zone("Skellefteå")
    c.dwellings[m] = c.households[m]
    row = a_single(world)
    world.arrival_rate[:] = 2.0
    turned_away = arrivals(
        world.residents, world.households, c, world.tables, world.arrival_rate, world.age_cdf, 0, world.key
    )
    assert c.movers[:, m].sum() == 0
    assert turned_away >= 4
    args = (
        world.residents,
        world.households,
        world.employers,
        c,
        world.tables,
        world.travel,
        world.p,
        row,
        m,
        0,
    )
    assert move_home(*args) == 0
    c.dwellings[m] += 5
    assert move_home(*args) > 0


def test_e30_recruiting_abroad_brings_people_from_there():
    abroad = []
    for share in (0.0, 0.5):
        world = make_world(factory(recruit_abroad_share=share))
        world.counts.dwellings[zone("Skellefteå")] += 500
        for _ in range(8):
            world.step()
        abroad.append(world.employers.moved_in[0, world.n_mun + 1])
    assert abroad[0] == 0 < abroad[1]


# --- Why others do not ---------------------------------------------------------------------------


def reasons(world, rows, **offer):
    """Residents who decline the factory's jobs, by reason."""
    world.counts.declined[:] = 0
    offers(world, rows, **offer)
    return dict(zip(REASONS, world.counts.declined.sum(axis=0).tolist(), strict=True))


def test_who_declines_for_pay_comes_with_higher_pay_only():
    world = make_world()
    rows = rows_of(world, home=zone("Sundsvall"))
    pay = [reasons(world, rows, premium=x)["pay"] for x in (0.0, 0.3, 3.0)]
    assert pay[0] > pay[1] > pay[2]


@pytest.mark.parametrize(("reason", "tie"), [("partner", "tie_partner"), ("children", "tie_school_child")])
def test_a_tie_is_the_reason_where_it_alone_keeps(reason, tie):
    little, much = ({"moving_cost": 2000.0, tie: value} for value in (0.0, 20_000.0))
    count = []
    for parameters in (little, much):
        world = make_world(**parameters)
        count.append(reasons(world, rows_of(world, home=zone("Sundsvall")), premium=0.3)[reason])
    assert count[0] < count[1]


def test_nobody_has_a_reason_not_to_work_next_door():
    world = make_world()
    assert sum(reasons(world, rows_of(world, home=zone("Skellefteå"))).values()) == 0


def test_no_dwelling_is_the_reason_of_a_hire_who_cannot_move():
    world = make_world(factory())
    world.counts.dwellings[:] = world.counts.households
    row = a_single(world, home="Sundsvall")
    k = world.units[0].employer
    hire_selected(
        world.residents, world.households, world.employers, world.counts, world.tables, world.travel, world.p,
        np.array([row]), np.array([MOVE]), np.array([30_000]), k, CO, 0, np.empty((2, 1), np.int32),
    )  # fmt: skip
    assert world.counts.declined[zone("Sundsvall")].tolist() == [0, 0, 0, 0, 1]
    assert world.residents.mun[row] == zone("Sundsvall")
