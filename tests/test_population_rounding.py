"""Tools of the synthesis, against margins that must hold and twins that are slow and plain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.population.rounding import (
    draw_category,
    fit_table_to_margins,
    group_starts,
    integer_table,
    largest_remainder,
    order_within,
    pick_within,
    shuffled_within,
    systematic_rounding,
)

shares = arrays(np.float64, st.integers(1, 12), elements=st.floats(0.0, 50.0))


@given(shares, st.integers(0, 500))
def test_largest_remainder_adds_up_and_stays_within_one(values, total):
    whole = largest_remainder(values, np.array(total))
    assert whole.sum() == total
    assert (whole >= 0).all()
    if values.sum() > 1e-3:
        assert np.abs(whole - values / values.sum() * total).max() < 1.0 + 1e-6


def test_largest_remainder_gives_the_rest_to_the_largest_remainders():
    assert largest_remainder([2.9, 1.2, 0.9], 5).tolist() == [3, 1, 1]
    assert largest_remainder([0.0, 0.0, 0.0], 4).tolist() == [2, 1, 1]


@given(shares.filter(lambda v: v.sum() > 1e-3), st.integers(0, 500))
def test_systematic_rounding_keeps_every_run_of_cells_within_one(values, total):
    whole = systematic_rounding(values, np.array(total))
    assert whole.sum() == total
    exact = np.cumsum(values) / values.sum() * total
    assert np.abs(np.cumsum(whole) - exact).max() <= 0.5 + 1e-6


def test_systematic_rounding_spreads_small_shares():
    whole = systematic_rounding(np.linspace(0.2, 0.3, 100), 25)
    assert whole[:50].sum() in (11, 12)
    assert largest_remainder(np.linspace(0.2, 0.3, 100), 25)[:50].sum() == 0


@st.composite
def tables(draw):
    whole = draw(
        arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 30))
    )
    seed = draw(arrays(np.float64, whole.shape, elements=st.floats(0.01, 5.0)))
    return whole, seed


@settings(deadline=None)
@given(tables())
def test_fitted_and_rounded_tables_meet_both_margins(case):
    whole, seed = case
    rows, columns = whole.sum(axis=1), whole.sum(axis=0)
    fitted = fit_table_to_margins(seed, rows, columns, tolerance=1e-6)
    rounded = integer_table(fitted, rows, columns)
    assert (rounded >= 0).all()
    assert rounded.sum(axis=1).tolist() == rows.tolist()
    assert rounded.sum(axis=0).tolist() == columns.tolist()


def test_fitting_equals_plain_iterative_proportional_fitting():
    rng = np.random.default_rng(1)
    seed = rng.random((5, 7)) + 0.1
    target = rng.random((5, 7)) + 0.1
    rows, columns = target.sum(axis=1), target.sum(axis=0)
    plain = seed.copy()
    for _ in range(200):
        plain *= (rows / plain.sum(axis=1))[:, None]
        plain *= columns / plain.sum(axis=0)
    np.testing.assert_allclose(fit_table_to_margins(seed, rows, columns, 1e-9), plain, rtol=1e-6)


def test_fitting_leaves_out_what_has_no_total_or_no_seed():
    seed = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    fitted = fit_table_to_margins(seed, [4, 0, 3], [1, 3, 3])
    np.testing.assert_allclose(fitted, [[1, 3, 0], [0, 0, 0], [0, 0, 0]])


def test_rounding_that_is_not_strict_keeps_zeros_and_exceeds_nothing():
    table = np.array([[1.5, 0.0], [1.5, 0.0]])
    rounded = integer_table(table, [2, 2], [1, 3], strict=False)
    assert rounded[:, 1].tolist() == [0, 0]
    assert rounded.sum(axis=0)[0] == 1
    assert integer_table(table, [2, 2], [1, 3], strict=True).sum(axis=0).tolist() == [1, 3]


def test_picking_takes_the_wanted_number_and_prefers_the_heavy():
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], [2000, 10, 0])
    weight = np.tile([3.0, 1.0], 1005)
    taken = pick_within(group, weight, np.array([200, 50, 7]), rng)
    assert np.bincount(group, taken, minlength=3).tolist() == [200, 10, 0]
    # With a tenth drawn, odds are close to weights: 3 to 1.
    heavy = (taken & (weight == 3.0))[:2000].sum()
    assert 130 <= heavy <= 170


def test_weightless_rows_come_last():
    rng = np.random.default_rng(0)
    weight = np.array([0.0, 1.0, 0.0, 1.0])
    assert pick_within(np.zeros(4, int), weight, np.array([2]), rng).tolist() == [False, True, False, True]


def test_orders_keep_groups_together():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 9, 500)
    key = rng.random(500)
    order = order_within(group, key)
    assert order.tolist() == np.lexsort((key, group)).tolist()
    shuffled = shuffled_within(group, rng)
    assert sorted(shuffled.tolist()) == list(range(500))
    assert (np.diff(group[shuffled]) >= 0).all()
    assert shuffled.tolist() != np.lexsort((np.arange(500), group)).tolist()
    assert group_starts([2, 0, 3]).tolist() == [0, 2, 2, 5]


def test_categories_follow_their_shares():
    u = (np.arange(1000) + 0.5) / 1000
    drawn = draw_category(np.tile(np.cumsum([1.0, 0.0, 3.0]), (1000, 1)), u)
    assert np.bincount(drawn, minlength=3).tolist() == [250, 0, 750]


@pytest.mark.parametrize("u", [0.0, 1.0 - 1e-16])
def test_categories_without_share_are_never_drawn(u):
    assert draw_category(np.array([[0.0, 1.0, 1.0]]), np.array([u])).tolist() == [1]


@st.composite
def tables_with_room(draw):
    whole, _ = draw(tables())
    rows = draw(arrays(np.int64, whole.shape[0], elements=st.integers(0, 40)))
    columns = draw(arrays(np.int64, whole.shape[1], elements=st.integers(0, 40)))
    return whole, whole.sum(axis=1) + rows, whole.sum(axis=0) + columns


@settings(deadline=None)
@given(tables_with_room(), st.booleans())
def test_a_whole_table_within_its_margins_keeps_all_that_it_has(case, strict):
    """Guards that rounding takes nothing away where margins leave room: it adds, up to the margins, and where it may."""
    whole, rows, columns = case
    rounded = integer_table(whole.astype(float), rows, columns, strict=strict)
    assert (rounded >= whole).all()
    assert (rounded.sum(axis=1) <= rows).all()
    assert (rounded.sum(axis=0) <= columns).all()
    if not strict:
        assert (rounded[whole == 0] == 0).all()


@settings(deadline=None)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=10, unique_by=lambda v: v % 40), st.integers(0, 10))
def test_what_is_left_goes_to_the_largest_remainders_of_a_row(fortieths, less):
    """Guards the order in which rests are placed: where only the row binds, it is Hamilton's method."""
    row = np.array(fortieths) / 40.0
    total = max(int(row.sum()) - less, int(np.floor(row).sum()))
    values = row * min(1.0, total / row.sum()) if row.sum() > 0 else row
    rounded = integer_table(row[None], [total], np.ceil(row).astype(int) + 1, strict=False)[0]
    assert rounded.sum() == total
    raised = rounded > np.floor(values + 1e-9)
    rest = values - np.floor(values + 1e-9)
    if raised.any() and not raised.all():
        positive = (row > 0) & ~raised
        if positive.any():
            assert rest[raised].min() >= rest[positive].max() - 1e-9
