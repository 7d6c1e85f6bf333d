"""Demand: no money is made or lost on the way from wages to shops and offices."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import make_world, zone

from abm.schema import PUBLIC_SECTORS

A, B = "Örnsköldsvik", "Skellefteå"
PUBLIC = list(PUBLIC_SECTORS)


def consumption(world, counts):
    return world.demand._consumption(counts)


def test_commuters_move_spending_and_make_none():
    """Guards that all of the residents' spending is somewhere: who commutes spends elsewhere, not more or less."""
    world = make_world()
    m, c = world.n_mun, world.counts
    crossing = c.commuters[:m, :m].sum() - np.trace(c.commuters[:m, :m])
    assert crossing > 100
    at_home = c.copy()
    at_home.commuters[:m, :m] = 0
    with_commuters, without = consumption(world, c), consumption(world, at_home)
    assert with_commuters.sum() == pytest.approx(without.sum(), rel=1e-12)
    assert np.abs(with_commuters - without).max() > 1e-3 * without.max()


def test_a_commuter_takes_a_share_of_the_spending_along():
    """Guards the amount: n commuters * mean net wage at home * share consumed * share spent at work, from A to B."""
    world = make_world(consumption_share=0.6, workplace_spending=0.25)
    c, a, b, n = world.counts, zone(A), zone(B), 50
    more = c.copy()
    more.commuters[a, b] += n
    change = consumption(world, more) - consumption(world, c)
    mean = c.wage_sum[a] * 12 / 1e6 / c.status[a, 2]
    amount = n * mean * (1.0 - world.region.tax_rate[a]) * 0.6 * 0.25
    expected = np.zeros(world.n_mun)
    expected[a], expected[b] = -amount, amount
    assert change == pytest.approx(expected, abs=1e-9)


def test_visitors_bring_money_along():
    """Guards what commuters from the boundary zones spend: their mean wage is that of the region."""
    world = make_world(consumption_share=0.6, workplace_spending=0.25)
    c, b, n = world.counts, zone(B), 50
    more = c.copy()
    more.commuters[world.n_mun, b] += n
    change = consumption(world, more) - consumption(world, c)
    mean = c.wage_sum.sum() * 12 / 1e6 / world.region.employed_residents.sum()
    tax = world.region.tax_rate.mean()
    assert change[b] == pytest.approx(n * mean * (1 - tax) * 0.6 * 0.25)
    assert np.delete(change, b) == pytest.approx(0.0, abs=1e-9)


def test_households_spend_of_what_they_have():
    """Guards consumption_share * (net wages + benefits + pensions + child allowance), person by person."""
    world = make_world(consumption_share=0.5, unemployment_benefit=0.6, workplace_spending=0.0)
    c, a = world.counts, zone(A)
    reference = c.wage_sum.sum() * 12 / 1e6 / world.region.employed_residents.sum()
    net = 1.0 - world.region.tax_rate[a]
    # child, employed (paid by wage_sum alone), unemployed, outside the labour force, retired
    worth = {1: 0.04, 2: 0.0, 3: net * 0.6 * 0.8, 4: net * 0.35, 5: net * 0.55}
    for status, each in worth.items():
        more = c.copy()
        more.status[a, status] += 10
        change = consumption(world, more) - consumption(world, c)
        assert change[a] == pytest.approx(10 * 0.5 * each * reference)
    more = c.copy()
    more.wage_sum[a] += 1_000_000
    assert (consumption(world, more) - consumption(world, c))[a] == pytest.approx(0.5 * net * 12.0)


def test_half_of_the_spending_at_home_is_half_the_demand():
    """Guards local_consumption as the share of the spending that meets local suppliers."""
    some, all_ = (make_world(local_consumption=x) for x in (0.4, 0.8))
    parts = [w.demand._endogenous(w.counts, 0)["consumption"] for w in (some, all_)]
    assert parts[1].sum() > 0
    assert 2 * parts[0] == pytest.approx(parts[1])


def test_suppliers_get_what_households_spend_less_what_the_rest_of_sweden_gets():
    """Guards that no more is demanded than spent, product by product."""
    world = make_world(local_consumption=1.0)
    found = world.demand._endogenous(world.counts, 0)["consumption"].sum(axis=0)
    spent = consumption(world, world.counts).sum() * world.region.household_consumption
    assert (found <= spent + 1e-9).all()
    assert found.sum() > 0.3 * spent.sum()


@pytest.mark.parametrize("kept", [0.0, 0.3, 1.0])
def test_a_municipality_keeps_its_share_of_further_tax(kept):
    """Guards tax_retention * tax rate * rise of gross wages as what public services get more, in that place alone."""
    world = make_world(tax_retention=kept)
    c, a = world.counts, zone(A)
    more = c.copy()
    more.wage_sum[a] += 3_000_000
    change = (
        world.demand._endogenous(more, 0)["public"] - world.demand._endogenous(c, 0)["public"]
    )[:, PUBLIC].sum(axis=1)  # fmt: skip
    expected = np.zeros(world.n_mun)
    expected[a] = kept * world.region.tax_rate[a] * 3_000_000 * 12 / 1e6
    assert change == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("speed", [0.1, 0.5, 1.0])
def test_output_goes_a_share_of_the_way_to_demand(speed):
    """Guards adjustment_speed: the step is so much of the gap, month after month."""
    world = make_world(adjustment_speed=speed, jobs_follow_people=0.0, export_growth=0.0)
    demand, c = world.demand, world.counts.copy()
    nothing = np.zeros_like(demand.ordinary)
    start = demand.ordinary.copy()
    c.wage_sum[:] *= 2
    demand.output = start.copy()  # orders are those of the output before
    final = demand.fit * sum(demand._endogenous(c, 0).values()) + demand.exogenous
    demand.step(c, 0, nothing, nothing)
    assert np.abs(final - start).max() > 1.0
    assert demand.ordinary - start == pytest.approx(speed * (final - start), abs=1e-9)


def test_the_first_month_is_an_equilibrium():
    """Guards that with the counts of the start nothing moves."""
    world = make_world(jobs_follow_people=0.0)
    start = world.demand.ordinary.copy()
    nothing = np.zeros_like(start)
    index = world.demand.step(world.counts, 0, nothing, nothing)
    assert world.demand.ordinary == pytest.approx(start, rel=1e-9)
    assert index == pytest.approx(1.0)
