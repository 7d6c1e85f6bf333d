"""Risk measures against closed forms, and intervals against what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from abm.risk import (
    STATISTICS,
    TAIL_LEAST,
    exceedance,
    expected_shortfall,
    measures,
    thresholds,
    value_at_risk,
)

N = 200_000


def quantile_sample(distribution, n=N):
    """A sample whose empirical distribution is the distribution's own, to 1/n."""
    return distribution.ppf((np.arange(n) + 0.5) / n)


@pytest.mark.parametrize(
    ("distribution", "var", "shortfall"),
    [
        (stats.uniform(0, 100), 95.0, 97.5),
        (stats.norm(0, 1), stats.norm.ppf(0.95), stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05),
        (stats.expon(scale=10), -10 * math.log(0.05), 10 * (1 - math.log(0.05))),
    ],
    ids=["uniform", "normal", "exponential"],
)
def test_closed_forms(distribution, var, shortfall):
    losses = quantile_sample(distribution)
    assert value_at_risk(losses) == pytest.approx(var, rel=1e-3)
    assert expected_shortfall(losses) == pytest.approx(shortfall, rel=1e-3)


def test_small_samples_by_hand():
    losses = np.arange(1.0, 31.0)  # the worst 5 % are one and a half of thirty
    assert expected_shortfall(losses) == pytest.approx((30 + 0.5 * 29) / 1.5)
    assert value_at_risk(losses) == 29
    assert value_at_risk([3.0]) == expected_shortfall([3.0]) == 3.0
    assert expected_shortfall(np.arange(1.0, 11.0)) == 10  # less than one replicate: the worst one


def test_order_and_axis_do_not_matter():
    rng = np.random.default_rng(1)
    losses = rng.normal(size=(3, 57))
    shuffled = rng.permuted(losses, axis=1)
    assert expected_shortfall(shuffled) == pytest.approx(expected_shortfall(losses))
    assert expected_shortfall(losses.T, axis=0) == pytest.approx(expected_shortfall(losses))
    assert value_at_risk(losses.T, axis=0) == pytest.approx(value_at_risk(losses))


def test_shortfall_is_never_below_value_at_risk_nor_that_below_the_mean_of_a_skewed_loss():
    losses = np.random.default_rng(2).exponential(size=(20, 300))
    found = measures(losses, resamples=50)[0]
    assert (found[2] >= found[1]).all()
    assert (found[1] >= found[0]).all()


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(3)
    truth = np.array([10.0, -10 * math.log(0.05), 10 * (1 - math.log(0.05))])
    inside = np.zeros(3)
    trials = 150
    for _ in range(trials):
        found = measures(rng.exponential(10.0, size=(1, 400)), resamples=400)[:, :, 0]
        inside += (found[1] <= truth) & (truth <= found[2])
    assert len(STATISTICS) == 3
    # Tails of percentile intervals are a little short at n = 400; far from 95 % would be a mistake.
    assert (inside / trials > 0.87).all()
    assert inside[0] / trials < 1.0


def test_intervals_are_the_same_each_time_and_nan_without_a_sample():
    losses = np.random.default_rng(4).normal(size=(2, 140))
    assert np.array_equal(measures(losses), measures(losses))
    alone = measures(losses[:, :1])
    assert np.isnan(alone[1:]).all()
    assert not np.isnan(alone[0]).any()


def test_a_mean_has_students_interval_and_a_tail_needs_enough_replicates():
    """One interval for the same mean everywhere in an experiment, and none for a tail of a few replicates."""
    losses = np.random.default_rng(5).normal(50.0, 10.0, size=(2, TAIL_LEAST))
    for n in (20, TAIL_LEAST - 1, TAIL_LEAST):
        value, low, high = measures(losses[:, :n], resamples=50)
        for k in range(2):
            sample = losses[k, :n]
            expected = stats.t.interval(0.95, n - 1, sample.mean(), stats.sem(sample))
            assert (low[0, k], high[0, k]) == pytest.approx(expected)
        assert np.isnan(low[1:]).all() == np.isnan(high[1:]).all() == (n < TAIL_LEAST)
        assert not np.isnan(value).any()


def test_exceedance_is_the_share_beyond_with_the_exact_interval():
    losses = np.array([0.0] * 7 + [5.0, 10.0, 20.0])
    curve = exceedance(losses, [0, 5, 10, 20])
    assert curve["probability"].tolist() == [0.3, 0.2, 0.1, 0.0]
    for count, low, high in zip([3, 2, 1, 0], curve["low"], curve["high"], strict=True):
        exact = stats.binomtest(count, 10).proportion_ci(0.95, method="exact")
        assert (low, high) == (pytest.approx(exact.low), pytest.approx(exact.high))
    assert curve["high"][3] == pytest.approx(1 - 0.025**0.1)
    everyone = exceedance(np.ones(10), [0])
    assert (everyone["high"][0], everyone["low"][0]) == (1, pytest.approx(0.025**0.1))
    assert curve["low"][3] == 0


@pytest.mark.parametrize(
    ("losses", "first", "last_at_least", "n_at_most"),
    [([-5, -1], 0, 0, 1), ([0, 1950], 0, 1950, 22), ([3e-4, 7e-4], 0, 7e-4, 22), ([100.0], 0, 100, 22)],
)
def test_thresholds_are_round_and_reach_the_largest_loss(losses, first, last_at_least, n_at_most):
    points = thresholds(losses)
    assert points[0] == first
    assert points[-1] >= last_at_least
    assert len(points) <= n_at_most
    assert (np.diff(points) > 0).all()
