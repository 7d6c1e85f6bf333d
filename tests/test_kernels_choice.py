"""What ties people to where they live and what an offer is worth to them, in SEK a month, term by term."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import (
    CO,
    G,
    a_single,
    alone,
    factory,
    fire,
    give_member,
    give_partner,
    hire,
    make_world,
    own_tables,
    rows_of,
    seekers,
    zone,
)

from abm.core.choice import (
    children_at_home,
    least_ties,
    partner_at_work,
    partner_loss,
    tax_saved,
    ties_here,
    ties_there,
)
from abm.core.seekers import offered_wage
from abm.core.state import DAILY, LOCAL, OUTSIDE, WEEKLY, S, leave_job, set_status, take_job
from abm.schema import N_SECTORS

HOME, AWAY, THIRD = "Örnsköldsvik", "Skellefteå", "Sundsvall"
TIES = {
    "tie_owner": 1111.0,
    "tie_years": 333.0,
    "tie_age": 44.0,
    "tie_origin": 1717.0,
    "tie_partner": 909.0,
    "tie_partner_employed": 2121.0,
    "tie_child": 1313.0,
    "tie_school_child": 2323.0,
    "housing_cost": 5000.0,
    "odds_unemployed": 1.5,
    "choice_scale": 2000.0,
}


def a_resident():
    """A single of 25, arrived this month, who rents."""
    world = make_world(**TIES)
    r = world.residents
    row = a_single(world, home=HOME)
    r.birth[row], r.address[row] = -25 * 12, 0
    world.households.tenure[r.household[row]] = 0
    return world, row


def here(world, row, month=0):
    small, school = children_at_home(world.residents, world.households, row, month)
    return ties_here(world.residents, world.households, world.p, row, small, school, month)


def added(change, month=0):
    """What a change of a resident adds to the ties, SEK a month."""
    world, row = a_resident()
    before = here(world, row)
    change(world, row)
    return here(world, row, month) - before


@pytest.mark.parametrize(("tenure", "sek"), [(0, 0.0), (1, 0.0), (2, 1111.0), (3, 0.0)])
def test_a_dwelling_owned_ties(tenure, sek):
    """Guards that `tie_owner` is of those who own (tenure 2) and of nobody else."""
    assert added(
        lambda w, k: w.households.tenure.__setitem__(w.residents.household[k], tenure)
    ) == pytest.approx(sek)


@pytest.mark.parametrize(("years", "sek"), [(0, 0.0), (1, 333.0), (9, 3 * 333.0), (25, 5 * 333.0)])
def test_years_at_the_address_tie_by_their_square_root(years, sek):
    """Guards tie_years * sqrt(years): four times as long ties twice as much."""
    assert added(lambda w, k: w.residents.address.__setitem__(k, -12 * years)) == pytest.approx(sek)


@pytest.mark.parametrize(("years", "sek"), [(18, 0.0), (25, 0.0), (26, 44.0), (65, 40 * 44.0)])
def test_age_ties_above_25(years, sek):
    """Guards tie_age for each year above 25, and none below."""
    assert added(lambda w, k: w.residents.birth.__setitem__(k, -12 * years)) == pytest.approx(sek)


def test_who_would_move_alone_is_not_tied_by_the_house_and_the_children_of_others():
    """Guards that a grown-up child at home is tied by neither brothers and sisters nor the parents' own house."""

    def at_home(world, row):
        parent = give_member(world, row, -45 * 12)
        give_member(world, row, -10 * 12)
        world.households.head[world.residents.household[row]] = parent
        world.households.tenure[world.residents.household[row]] = 2

    assert added(at_home) == 0.0


def test_the_tax_of_the_new_home_counts_where_one_moves():
    world, _ = a_resident()
    world.tables = own_tables(world)
    world.tables.tax[zone(HOME)], world.tables.tax[zone(AWAY)] = 0.34, 0.31
    assert tax_saved(world.tables, zone(HOME), zone(AWAY), 30_000.0) == pytest.approx(900.0)
    assert tax_saved(world.tables, zone(HOME), world.n_mun, 30_000.0) == 0.0


def test_partner_and_children_tie():
    """Guards the ties of partner and children; the older child counts, not both."""
    assert added(lambda w, k: give_partner(w, k, employed=True)) == pytest.approx(909.0)
    assert added(lambda w, k: give_member(w, k, -36)) == pytest.approx(1313.0)
    assert added(lambda w, k: give_member(w, k, -120)) == pytest.approx(2323.0)


def test_the_unemployed_without_children_are_tied_less():
    """Guards scale * ln(odds) off the ties of the unemployed, and none off those of unemployed parents."""
    assert added(fire) == pytest.approx(-2000.0 * np.log(1.5))
    assert added(lambda w, k: (fire(w, k), give_member(w, k, -36))) == pytest.approx(1313.0)


def there(world, row, dest=AWAY):
    r = world.residents
    return ties_there(r.mun[row], r.origin[row], world.travel, world.market, world.p, zone(dest))


@pytest.mark.parametrize(("origin", "sek"), [(HOME, 1717.0), (AWAY, -1717.0), (THIRD, 0.0)])
def test_the_place_of_origin_keeps_and_calls_back(origin, sek):
    """Guards the sign of `tie_origin`: dearer to leave it, cheaper to return to it."""
    world, row = a_resident()
    world.residents.origin[row] = zone(origin)
    assert there(world, row) == pytest.approx(sek)


def test_a_dearer_place_costs_the_difference_in_rent():
    """Guards housing_cost * (price there - price here)."""
    world, row = a_resident()
    world.residents.origin[row] = zone("Umeå")
    world.market.price[zone(AWAY)], world.market.price[zone(HOME)] = 1.3, 0.9
    assert there(world, row) == pytest.approx(5000.0 * 0.4)
    assert there(world, row, THIRD) == pytest.approx(5000.0 * 0.1)


# --- The work of a partner ---------------------------------------------------------------------------


def with_partner(*, employed=True, where=HOME, mode=LOCAL):
    """A resident whose partner earns the mean of the middle education, or did; the row of the partner too."""
    world, row = a_resident()
    other = give_partner(world, row, employed=True)
    wage = int(world.tables.wage_base[S, 1])
    hire(world, other, where, G, mode=mode, wage=wage)
    if not employed:
        fire(world, other)
    return world, row, other


def loss(world, row, dest=AWAY):
    r, tr = world.residents, world.travel
    worth, work, own = partner_at_work(r, world.employers, world.tables, world.p, row, world.n_mun)
    return partner_loss(worth, work, own, zone(HOME), zone(dest), tr, world.market, world.p)


def test_a_job_that_is_given_up_costs_its_pay_and_the_time_to_find_another():
    """Guards tie * pay / middle pay * search time at the destination in the partner's sector."""
    world, row, other = with_partner()
    assert loss(world, row) == pytest.approx(2121.0, rel=1e-4)
    world.residents.wage[other] //= 2
    assert loss(world, row) == pytest.approx(2121.0 / 2, rel=1e-4)
    world.market.search_time[zone(AWAY), G] = 1.4
    world.market.search_time[zone(HOME)] = 0.6  # does not matter to who has a job
    assert loss(world, row) == pytest.approx(1.4 * 2121.0 / 2, rel=1e-4)


@pytest.mark.parametrize(
    ("works", "mode", "moves", "kept"),
    [
        (HOME, LOCAL, "Umeå", True),
        (AWAY, WEEKLY, AWAY, True),
        (THIRD, WEEKLY, AWAY, True),
        (HOME, LOCAL, AWAY, False),
    ],
)
def test_a_job_within_reach_of_the_new_home_or_far_from_home_already_is_kept(works, mode, moves, kept):
    """Guards what a move costs a partner who keeps the job: the longer way at the most."""
    world, row, _ = with_partner(where=works, mode=mode)
    world.travel.minutes[zone("Umeå"), zone(HOME)] = world.p.daily_limit - 1.0
    world.travel.daily[zone("Umeå"), zone(HOME)] = 444.0
    world.travel.minutes[zone(AWAY), zone(THIRD)] = world.travel.minutes[zone(HOME), zone(THIRD)] = 900.0
    way = 444.0 if moves == "Umeå" else 0.0
    assert loss(world, row, moves) == pytest.approx(way if kept else 2121.0, rel=1e-4)


def test_the_longer_way_to_a_job_counts_from_the_present_way_and_up_to_giving_it_up():
    """Guards min(max(way there - way now, 0), what giving up costs)."""
    world, row, _ = with_partner(where="Umeå", mode=DAILY)
    tr, work = world.travel, zone("Umeå")
    for place in (HOME, AWAY):
        tr.minutes[zone(place), work] = world.p.daily_limit
    tr.daily[zone(HOME), work], tr.daily[zone(AWAY), work] = 1_000.0, 1_300.0
    assert loss(world, row) == pytest.approx(300.0)
    tr.daily[zone(AWAY), work] = 900.0
    assert loss(world, row) == 0.0
    tr.daily[zone(AWAY), work] = 10_000.0
    assert loss(world, row) == pytest.approx(2121.0, rel=1e-4)


def test_without_a_job_the_difference_in_chances_counts():
    """Guards search time there less search time at home for the unemployed, a gain up to the tie of a partner."""
    world, row, _ = with_partner(employed=False)
    assert loss(world, row) == 0.0
    world.market.search_time[zone(HOME), G] = 1.3
    assert loss(world, row) == pytest.approx(-0.3 * 2121.0, rel=1e-4)
    world.market.search_time[zone(AWAY), G] = 1.5
    assert loss(world, row) == pytest.approx(0.2 * 2121.0, rel=1e-4)
    world.market.search_time[zone(HOME), G] = 2.0
    assert loss(world, row) == pytest.approx(-909.0)


def test_who_is_outside_the_labour_force_has_no_job_to_lose():
    world, row, other = with_partner(employed=False)
    set_status(world.residents, world.counts, other, OUTSIDE)
    world.market.search_time[zone(AWAY)] = 1.5
    assert loss(world, row) == 0.0


@pytest.mark.parametrize(("time", "left"), [(1.0, 0.75), (0.6, 1.0)])
def test_help_for_partners_removes_its_share_of_a_loss_and_takes_nothing_from_a_gain(time, left):
    """Guards loss * (1 - help at the destination)."""
    employed = time == 1.0
    world, row, _ = with_partner(employed=employed)
    world.market.search_time[zone(AWAY), G] = time
    before = loss(world, row)
    world.travel.partner_help[zone(AWAY)] = 0.25
    assert before != 0.0
    assert loss(world, row) == pytest.approx(left * before)


def test_nobody_is_tied_less_than_the_least():
    """Guards the bound that lets most decline unseen: ties >= least ties + difference in rent, for everyone and everywhere."""
    world = make_world(**TIES)
    r, h, p = world.residents, world.households, world.p
    world.market.price[:] = np.linspace(0.7, 1.6, world.n_zone)
    world.market.search_time[:] = np.linspace(2.0, 0.5, world.n_zone)[:, None]
    rows = np.flatnonzero((r.status[: int(r.meta[0])] >= 2) & (r.status[: int(r.meta[0])] <= 4))[::3]
    least = np.inf
    for row in rows:
        small, school = children_at_home(r, h, row, 0)
        tied = ties_here(r, h, p, row, small, school, 0)
        worth, work, own = partner_at_work(r, world.employers, world.tables, p, row, world.n_mun)
        for z in range(world.n_zone):
            rent = p.housing_cost * (world.market.price[z] - world.market.price[r.mun[row]])
            found = tied + ties_there(r.mun[row], r.origin[row], world.travel, world.market, p, z)
            found += partner_loss(worth, work, own, r.mun[row], z, world.travel, world.market, p)
            least = min(least, found - rent - least_ties(p))
    assert rows.size > 1000
    assert -1e-6 <= least < 2000.0  # not far below what there is


# --- Pay position -----------------------------------------------------------------------------------


def pay(world, row):
    return float(seekers(world, [row]).pay[0])


def test_the_premium_of_an_establishment_is_no_part_of_the_pay_position():
    """Guards that who earns a fifth more at the plant is not taken for a fifth better."""
    world = make_world(factory(wage_premium=0.2))
    r, e = world.residents, world.employers
    row = a_single(world, home=AWAY)
    hire(world, row, AWAY, CO, wage=30_000)
    before = pay(world, row)
    leave_job(r, e, world.counts, row)
    take_job(r, e, world.counts, row, world.units[0].employer, 1, CO, np.int32(36_000), 0)
    assert pay(world, row) == pytest.approx(before)


def test_the_pay_position_of_a_commuter_is_that_of_the_place_of_work():
    """Guards wage / (level of the place * going wage of the sector and education * index of the cell)."""
    world = make_world()
    t, r = world.tables, world.residents
    row = a_single(world, home=HOME)
    world.market.wage_index[zone(AWAY), G] = 1.25
    world.market.wage_index[zone(HOME), G] = 0.8
    hire(world, row, AWAY, G, wage=33_000, mode=DAILY)
    going = t.wage_level[zone(AWAY)] * t.wage_base[G, r.skill[row]] * 1.25
    assert pay(world, row) == pytest.approx(33_000 / going)
    fire(world, row)
    at_home = t.wage_level[zone(HOME)] * t.wage_base[G, r.skill[row]] * 0.8
    assert pay(world, row) == pytest.approx(33_000 / at_home)


def test_a_contact_whose_row_has_somebody_else_is_none():
    """Guards that acquaintances are persons, not rows: who came later into the row is a stranger."""
    world = make_world()
    r = world.residents
    row, friend = (int(k) for k in rows_of(world, home=zone(HOME))[:2])
    alone(world, friend)
    hire(world, friend, AWAY, G)
    r.contact[row] = friend
    assert seekers(world, [row]).contact[0] == zone(AWAY) * N_SECTORS + G
    r.uid[friend] = np.uint64(2**63 + 5)
    assert seekers(world, [row]).contact[0] == -1
    r.uid[friend] = np.uint64(friend)
    fire(world, friend)
    assert seekers(world, [row]).contact[0] == -1


def offer(world, row, where=AWAY, sector=G):
    return offered_wage(seekers(world, [row]), 0, world.tables, world.market, zone(where), sector)


def test_an_offer_keeps_the_pay_position():
    """Guards last wage * going pay there / going pay here, level, sector, education and index of the cell."""
    world = make_world()
    t, r = world.tables, world.residents
    row = a_single(world, home=HOME)
    hire(world, row, HOME, CO, wage=33_000)
    world.market.wage_index[zone(HOME), CO], world.market.wage_index[zone(AWAY), G] = 0.9, 1.2
    skill = r.skill[row]
    ratio = t.wage_level[zone(AWAY)] * t.wage_base[G, skill] * 1.2 / (
        t.wage_level[zone(HOME)] * t.wage_base[CO, skill] * 0.9
    )  # fmt: skip
    assert offer(world, row) == pytest.approx(33_000 * ratio)


def test_who_never_worked_is_offered_the_own_pay_at_the_level_of_the_place():
    """Guards that without experience no sector pays more than another: wage * level there / level here."""
    world = make_world()
    t, r = world.tables, world.residents
    row = a_single(world, home=HOME)
    fire(world, row)
    r.sector[row], r.wage[row] = 255, 24_000
    expected = 24_000 * t.wage_level[zone(AWAY)] / t.wage_level[zone(HOME)]
    assert offer(world, row, sector=G) == pytest.approx(expected)
    assert offer(world, row, sector=CO) == pytest.approx(expected)


def test_there_is_no_wage_index_in_the_boundary_zones():
    """Guards that pay in the rest of Sweden has the level one and no index."""
    world = make_world()
    t, r = world.tables, world.residents
    row = a_single(world, home=HOME)
    hire(world, row, HOME, G, wage=30_000)
    world.market.wage_index[:] = 1.1
    q = seekers(world, [row])
    found = offered_wage(q, 0, t, world.market, world.n_mun, G)
    assert found == pytest.approx(30_000 / (t.wage_level[zone(HOME)] * 1.1))
    assert r.sector[row] == G
