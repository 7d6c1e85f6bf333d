"""Arithmetic of calibration and sensitivity analysis, by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from abm.calibration.points import Batch, read_points
from abm.calibration.prior import Prior
from abm.calibration.rows import Row
from abm.calibration.sampling import echoes, sample
from abm.calibration.surrogate import Bank, Form, Regression, Surrogate
from abm.sensitivity.indices import luck


def flat(level=0.0):
    """A surrogate that knows nothing but a level."""
    return Surrogate("constant", None, level, 0.0, 0.0, 0.0, 1.0, 4)


def test_errors_larger_than_told_stretch_the_variance():
    """Guards variance = stretch * scale^2 * that of the form; the mean does not know of the stretch."""
    form = Form("linear", Regression(1, np.zeros(1), np.array([2.0]), 0.5, np.array([[0.3]]), 0.04), 0.1)
    row = Surrogate("linear", form, 100.0, 10.0, 0.0, 0.0, 1.0, 20)
    points = np.array([[0.5], [1.0]])
    mean, variance = row.predict(points)
    assert mean == pytest.approx([105.0, 115.0])
    assert variance == pytest.approx([4.0, 100.0 * (0.15**2 + 0.04)])
    again, more = replace(row, stretch=2.5).predict(points)
    assert again == pytest.approx(mean)
    assert more == pytest.approx(2.5 * variance)


def test_an_echo_is_a_squared_correlation():
    """Guards how many witnesses a row is: of correlations 0.6 and -0.6 each counts 0.36, of none nothing."""
    x, z = np.array([1.0, -1.0, 1.0, -1.0]), np.array([1.0, 1.0, -1.0, -1.0])
    w = np.array([1.0, -1.0, -1.0, 1.0])
    figures = np.stack([x, 0.6 * x + 0.8 * z, -5.0 * (0.6 * x + 0.8 * w)], axis=1)
    bank = Bank(("a", "b", "c"), (flat(), flat(3.0), flat(-8.0)))
    assert echoes(bank, np.zeros((4, 1)), figures) == pytest.approx(
        [1 + 0.36 + 0.36, 1 + 0.36 + 0.36**2, 1 + 0.36 + 0.36**2]
    )


@pytest.mark.parametrize("steps", [30, 90])
def test_the_first_third_of_the_steps_is_thrown_away(steps):
    """Guards the burn-in: of each walker two thirds of the steps are kept."""
    pytest.importorskip("emcee")
    prior = Prior({"a": (0.0, 1.0)})
    chains = sample(lambda unit: np.zeros(len(unit)), prior, steps, 1, ensembles=1)
    assert chains.unit.shape == (16, steps * 2 // 3, 1)


def test_points_with_more_replicates_are_means_of_as_many_as_the_others():
    """Guards that the first replicates alone make the figures of a point, and all of them its luck."""
    values = {0: [1.0, 3.0, 11.0], 1: [4.0, 6.0]}
    store = SimpleNamespace(
        read=lambda key, columns=(): SimpleNamespace(
            to_pydict=lambda: {
                "replicate": list(range(len(values[key]))),
                "row": ["B01 | s"] * len(values[key]),
                "value": values[key],
            }
        )
    )
    rows = [Row("B01", "s", "q", 1, "result", 5.0, 4.0, 6.0)]
    batches = [
        Batch(0, 0, np.zeros((1, 1)), ((0, 1, 2),)),
        Batch(1, 1, np.ones((1, 1)), ((0, 1),)),
    ]
    points = read_points(store, batches, rows, 2)
    assert points.figures[:, 0].tolist() == [2.0, 5.0]
    assert points.luck[0] == pytest.approx((4**2 + 2**2 + 6**2 + 1 + 1) / (2 + 1))
    assert points.wave.tolist() == [0, 1]


def test_parts_of_the_variance_are_those_of_an_analysis_of_variance():
    """Guards the components from six points and four replicates, against statsmodels: (MS points - MS rest) / 4, (MS
    replicates - MS rest) / 6 and MS rest.
    """
    anova = pytest.importorskip("statsmodels.stats.anova")
    formula = pytest.importorskip("statsmodels.formula.api")
    n, k = 6, 4
    chance = np.random.default_rng(7)
    values = chance.normal(0, 3, (n, 1)) + chance.normal(0, 2, (1, k)) + chance.normal(0, 1, (n, k))
    long = pd.DataFrame(
        {"y": values.ravel(), "point": np.repeat(np.arange(n), k), "replicate": np.tile(np.arange(k), n)}
    )
    table = anova.anova_lm(formula.ols("y ~ C(point) + C(replicate)", long).fit())
    square = table["sum_sq"] / table["df"]
    rest = square["Residual"]
    inputs, common = (square["C(point)"] - rest) / k, (square["C(replicate)"] - rest) / n
    assert min(inputs, common, rest) > 0.3
    total = inputs + common + rest
    found = luck(values)
    assert found["share_of_inputs"] == pytest.approx(inputs / total)
    assert found["share_of_common_luck"] == pytest.approx(common / total)
    assert found["share_of_other_luck"] == pytest.approx(rest / total)
    assert found["share_of_luck"] == pytest.approx((common + rest) / total)
    assert found["noise_in_means"] == pytest.approx(rest / square["C(point)"])
