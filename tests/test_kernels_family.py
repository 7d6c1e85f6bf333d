"""Families: births, separations, leaving home, buying and pairing, on both sides of their thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import (
    a_single,
    alone,
    around,
    give_member,
    give_partner,
    make_world,
    of_age,
    own_tables,
    rows_of,
    zone,
)

from abm.core.households import new_tenure
from abm.core.state import OUTSIDE, leave_job, set_status
from abm.phases.family import family_events, pair_singles

HOME, OTHER = "Örnsköldsvik", "Umeå"
MONTH = 7
RENTAL, OWNED = 0, 2


def a_resident(*, sex=0, years=30):
    """A single who lives alone, in a world where nothing happens to families yet."""
    world = make_world()
    t = own_tables(world)
    for table in (t.birth, t.separation, t.pairing, t.leaving_home, t.buying):
        table[:] = 0.0
    r = world.residents
    row = a_single(world, home=HOME)
    r.sex[row] = sex
    of_age(world, row, years, MONTH)
    world.households.tenure[r.household[row]] = RENTAL
    world.counts.dwellings[:] += 100
    return world, row


def events(world, row, word):
    """Let a draw decide; returns who looks for a partner, and how many were born."""
    singles = np.full(4, -1, np.int32)
    n, full = family_events(
        world.residents, world.households, world.counts, world.tables, np.array([row], np.int32),
        np.array([word], np.uint64), MONTH, world.key, singles,
    )  # fmt: skip
    assert full == 0
    return singles[:n].tolist(), int(world.counts.births.sum())


@pytest.mark.parametrize(("coupled", "factor"), [(False, 0.4), (True, 1.5)])
def test_births_are_those_of_age_and_place_times_the_factor_of_having_a_partner(coupled, factor):
    """Guards birth[m, age] * birth_factor[with a partner], of women alone."""
    for sex in (0, 1):
        for word, born in zip(around(0.02 * factor), (1, 0), strict=True):
            world, row = a_resident(sex=sex)
            world.tables.birth[zone(HOME), 30] = 0.02
            world.tables.birth_factor[:] = 0.0
            world.tables.birth_factor[int(coupled), 30] = factor
            if coupled:
                give_partner(world, row, employed=True)
            assert events(world, row, word)[1] == (born if sex == 0 else 0)


def test_a_newborn_lives_with_the_mother():
    """Guards that a birth adds a child to the household, born this month, of the place of the mother."""
    world, row = a_resident()
    world.tables.birth[:] = 0.5
    world.tables.birth_factor[:] = 1.0
    events(world, row, 0)
    r = world.residents
    child = int(r.next[row])
    assert child != row
    assert r.next[child] == row
    assert world.households.size[r.household[row]] == 2
    assert (r.birth[child], r.mun[child], r.status[child], r.partner[child]) == (MONTH, zone(HOME), 1, -1)


def test_each_of_a_couple_stands_for_half_of_a_separation():
    """Guards u < separation / 2 of who draws, so that a couple parts with its hazard."""
    for word, parts in zip(around(0.5 * 0.04), (True, False), strict=True):
        world, row = a_resident()
        other = give_partner(world, row, employed=True)
        world.tables.separation[30] = 0.04
        events(world, row, word)
        r = world.residents
        assert (r.partner[row] < 0) == parts == (r.partner[other] < 0)
        assert (r.household[row] != r.household[other]) == parts


def test_without_a_dwelling_nobody_parts():
    """Guards that who leaves needs a dwelling."""
    world, row = a_resident()
    give_partner(world, row, employed=True)
    world.tables.separation[:] = 1.0
    world.counts.dwellings[:] = world.counts.households
    events(world, row, 0)
    assert world.residents.partner[row] >= 0


@pytest.mark.parametrize(("years", "hazard"), [(20, 0.05), (25, 0.02)])
def test_leaving_home_goes_by_age(years, hazard):
    """Guards leaving_home[age] of those who live with their parents and do not head the household."""
    for word, leaves in zip(around(hazard), (True, False), strict=True):
        world, parent = a_resident(years=50)
        young = give_member(world, parent, MONTH - 12 * years - 5)
        world.tables.leaving_home[20], world.tables.leaving_home[25] = 0.05, 0.02
        events(world, young, word)
        r = world.residents
        assert (r.household[young] != r.household[parent]) == leaves
        events(world, parent, 0)
        assert world.households.head[r.household[parent]] == parent


def test_singles_look_for_a_partner_with_the_hazard_of_sex_and_age():
    """Guards pairing[sex, age]; who looks does nothing else this month."""
    for sex, hazard in ((0, 0.03), (1, 0.06)):
        for word, looks in zip(around(hazard), (True, False), strict=True):
            world, row = a_resident(sex=sex)
            world.tables.pairing[:, 30] = 0.03, 0.06
            assert events(world, row, word)[0] == ([row] if looks else [])


@pytest.mark.parametrize(("coupled", "hazard"), [(False, 0.02), (True, 0.5 * 0.06)])
def test_tenants_in_the_labour_force_buy_with_the_hazard_of_singles_or_half_that_of_couples(coupled, hazard):
    """Guards buying[with a partner, age], half of it for each of a couple, and none of those outside the labour force."""
    for word, buys in zip(around(hazard), (True, False), strict=True):
        world, row = a_resident()
        world.tables.buying[:, 30] = 0.02, 0.06
        if coupled:
            give_partner(world, row, employed=True)
        events(world, row, word)
        assert world.households.tenure[world.residents.household[row]] == (OWNED if buys else RENTAL)
    world, row = a_resident()
    world.tables.buying[:] = 0.5
    leave_job(world.residents, world.employers, world.counts, row)
    set_status(world.residents, world.counts, row, OUTSIDE)
    events(world, row, 0)
    assert world.households.tenure[world.residents.household[row]] == RENTAL


def test_new_homes_are_owned_as_often_as_those_of_such_people():
    """Guards owning[with a partner, m, age]: where all couples own and no single, a couple buys and a single rents."""
    for coupled in (False, True):
        world, row = a_resident()
        world.tables.owning[:] = 0.5
        world.tables.owning[:, zone(HOME), 30] = 0.0, 1.0
        if coupled:
            give_partner(world, row, employed=True)
        assert new_tenure(world.residents, world.tables, row, MONTH, world.key) == (
            OWNED if coupled else RENTAL
        )


# --- Couples ----------------------------------------------------------------------------------------


def singles(*people):
    """Singles who live alone, by sex and months that they were born after the first; all look for a partner."""
    world = make_world()
    own_tables(world)
    r = world.residents
    rows = []
    for sex, later, home in people:
        homes = {int(r.household[k]) for k in rows}
        row = next(int(k) for k in rows_of(world, home=zone(home)) if int(r.household[k]) not in homes)
        alone(world, row)
        r.sex[row], r.birth[row] = sex, -420 + later
        rows.append(row)
    pairs = pair_singles(
        r, world.households, world.counts, world.tables, np.array(rows, np.int32), MONTH, world.key
    )  # fmt: skip
    couples = {frozenset((i, rows.index(int(r.partner[k])))) for i, k in enumerate(rows) if r.partner[k] >= 0}
    assert len(couples) == pairs
    return couples


WOMAN, MAN = 0, 1


def test_the_man_is_usually_the_older():
    """Guards the sign of the usual gap: of a man two years older and one two years younger she takes the older.

    The younger is 48 months from the usual gap and taste makes up for 36 at most.
    """
    assert singles((WOMAN, 0, HOME), (MAN, -24, HOME), (MAN, 24, HOME)) == {frozenset((0, 1))}
    assert singles((MAN, 0, HOME), (WOMAN, -24, HOME), (WOMAN, 24, HOME)) == {frozenset((0, 2))}


@pytest.mark.parametrize(
    ("later", "suits"), [(-96, True), (-97, False), (48, True), (49, False), (-24, True), (0, True)]
)
def test_those_too_far_apart_in_age_do_not_pair(later, suits):
    """Guards that the man is up to eight years older or four years younger, however few there are."""
    assert bool(singles((WOMAN, 0, HOME), (MAN, later, HOME))) == suits


def test_couples_are_of_one_place_and_of_both_sexes():
    """Guards that nobody pairs across municipalities, or more than once."""
    assert singles((WOMAN, 0, HOME), (MAN, -24, OTHER)) == set()
    assert singles((WOMAN, 0, HOME), (WOMAN, -24, HOME)) == set()
    assert (
        len(singles((WOMAN, 0, HOME), (MAN, -24, HOME), (WOMAN, 3, HOME), (MAN, -20, HOME), (MAN, 0, HOME)))
        == 2
    )
