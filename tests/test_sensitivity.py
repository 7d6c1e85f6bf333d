"""Sensitivity: known indices through the same pipeline, luck told apart, resumption, and the corner of bad cases."""

from __future__ import annotations

import io
import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from test_montecarlo import contents, file  # noqa: F401 - the experiment is shared
from unit_tasks import constant, failing, ishigami, lucky

from abm import sensitivity
from abm.cli import main
from abm.commands.sensitivity import too_much_luck
from abm.errors import OmlandError
from abm.experiment import load_experiment
from abm.language import Language, language
from abm.montecarlo.run import prepare
from abm.montecarlo.unit import pairs
from abm.provenance import model_hash
from abm.report import drawing
from abm.sensitivity import Problem, analyse, discover, points
from abm.sensitivity import surrogate as surrogates
from abm.sensitivity.design import make_design
from abm.sensitivity.discovery import ENOUGH, bad_case, too_few
from abm.sensitivity.indices import _error, indices, luck, of_luck, ranking, surely_ranked, tornado
from abm.sensitivity.points import ExperimentModel, PointTask
from abm.sensitivity.surrogate import trusted

pytest.importorskip("SALib")

CIRCLE = Problem({name: (-math.pi, math.pi) for name in "abc"})
SQUARE = Problem({"a": (0.0, 1.0), "b": (0.0, 1.0)})


def omland(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


def by_input(table, index):
    return table[table["index"] == index].set_index("input")


# --- known indices ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Ishigami's function through two processes and the store of units."""
    out = tmp_path_factory.mktemp("ishigami")
    result, _ = analyse(ishigami, CIRCLE, out=out, method="sobol", size=512, seed=3, workers=2)
    return result


def analytic():
    """First-order and total indices of Ishigami's function, from its variance part by part."""
    a, b = 7.0, 0.1
    parts = {
        "a": 0.5 * (1 + b * math.pi**4 / 5) ** 2,
        "b": a**2 / 8,
        "ac": b**2 * math.pi**8 * 8 / 225,
    }
    variance = sum(parts.values())
    first = {"a": parts["a"], "b": parts["b"], "c": 0.0}
    total = {"a": parts["a"] + parts["ac"], "b": parts["b"], "c": parts["ac"]}
    return {
        index: {n: part / variance for n, part in parts.items()}
        for index, parts in (("S1", first), ("ST", total))
    }


def test_ishigami_has_its_analytic_indices(known):
    for index, truth in analytic().items():
        table = by_input(known.indices, index)
        for name, share in truth.items():
            row = table.loc[name]
            assert row["value"] == pytest.approx(share, abs=0.06), (index, name)
            assert row["low"] - 0.02 <= share <= row["high"] + 0.02
    assert ranking(known.indices, "sobol") == ["a", "b", "c"]


def test_indices_and_points_have_named_dimensions(known):
    data = known.dataset()
    assert data["value"].dims == ("outcome", "index", "input")
    first = float(data["value"].sel(outcome="y", index="S1", input="b"))
    assert first == by_input(known.indices, "S1").loc["b", "value"]
    assert data["design"].dims == ("point", "input")
    assert float(data["mean"].sel(outcome="y", point=7)) == known.points["y"][7]


def test_indices_settle_as_the_design_grows(known):
    widths = known.convergence.assign(width=lambda t: t["high"] - t["low"]).groupby("size")["width"].mean()
    assert list(widths.index) == [64, 128, 256, 512]
    assert widths.iloc[-1] < 0.7 * widths.iloc[0]


def test_tornado_and_surface_are_means_of_the_points(known):
    points = known.points
    lowest = points[points["a"] < -math.pi + 2 * math.pi / 5]["y"].mean()
    row = known.tornado.set_index("input").loc["a"]
    assert row["at_low"] == pytest.approx(lowest)
    assert known.tornado["input"][0] == "a"  # the only one with a swing
    assert row["swing"] > 2 > abs(known.tornado["swing"][1]) * 5
    pairs = known.surface.groupby(["input_1", "input_2"], sort=False)["n"].sum()
    assert list(pairs.index) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert (pairs == len(points)).all()
    cell = known.surface.iloc[7]
    here = points[points[cell["input_1"]].between(cell["low_1"], cell["high_1"]) & points[cell["input_2"]].between(cell["low_2"], cell["high_2"])]  # fmt: skip
    assert cell["mean"] == pytest.approx(here["y"].mean())


def test_morris_ranks_a_linear_function_by_its_slopes(tmp_path):
    problem = Problem({"a": (0.0, 2.0), "b": (0.0, 2.0)})
    result, _ = analyse(linear, problem, out=tmp_path, method="morris", size=6, workers=0)
    stars = by_input(result.indices, "mu_star")["value"]
    # going through the whole range of 2
    assert stars["a"] == pytest.approx(10.0)
    assert stars["b"] == pytest.approx(2.0)
    assert by_input(result.indices, "mu")["value"]["b"] == pytest.approx(-2.0)
    assert by_input(result.indices, "sigma")["value"].abs().max() < 1e-6


def test_an_interval_of_absolute_effects_does_not_go_below_zero(tmp_path):
    problem = Problem({"a": (-1.0, 1.0), "b": (-1.0, 1.0)})
    result, _ = analyse(product, problem, out=tmp_path, method="morris", size=2, workers=0)
    stars = by_input(result.indices, "mu_star")
    assert (stars["low"] >= 0).all()
    assert (stars["value"] < stars["high"] - stars["value"]).any()  # an interval that would have gone below


def product(values, replicate):
    return {"y": 5.0 * values["a"] * values["b"] ** 3}


def linear(values, replicate):
    return {"y": 5.0 * values["a"] - values["b"]}


# --- a surrogate --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def surrogate(tmp_path_factory):
    """Ishigami's function by a surrogate of a quarter of the points of the design above."""
    out = tmp_path_factory.mktemp("surrogate")
    return analyse(ishigami, CIRCLE, out=out, method="surrogate", size=256, seed=3, workers=0)[0]


def test_a_surrogate_of_ishigami_has_its_analytic_indices(surrogate):
    for index, truth in analytic().items():
        table = by_input(surrogate.indices, index)
        for name, share in truth.items():
            row = table.loc[name]
            assert row["value"] == pytest.approx(share, abs=0.04), (index, name)
            assert row["low"] <= share <= row["high"], (index, name)
            assert row["high"] - row["low"] < 0.15
    row = surrogate.surrogate.iloc[0]
    assert row["points"] == 256
    assert row["q2"] > 0.85
    assert row["noise"] < 0.01
    assert trusted(row["q2"], row["noise"])


def test_a_surrogate_of_too_few_points_says_so(surrogate):
    few = surrogates.fit(CIRCLE, *designed(surrogate, 40))
    q2 = surrogates.foretold(CIRCLE, few)
    assert q2 < 0.7
    assert not trusted(q2, 0.0)
    sizes = surrogate.convergence.assign(width=lambda t: t["high"] - t["low"]).groupby("size")["width"].mean()
    assert list(sizes.index) == [32, 64, 128, 256]
    assert sizes.iloc[-1] < 0.5 * sizes.iloc[0]


def test_luck_alone_is_not_foretold():
    """Seventeen length scales fit luck in 48 points well, unless the judge has not seen them."""
    rng = np.random.default_rng(3)
    problem = Problem({f"x{i}": (0.0, 1.0) for i in range(17)})
    points = make_design(problem, "surrogate", 48, 1)
    value = rng.normal(size=48)
    fitted = surrogates.fit(problem, points, value)
    q2 = surrogates.foretold(problem, fitted)
    assert q2 < 0.2
    assert not trusted(q2, min(1.0, fitted.noise))
    told = surrogates.fit(problem, points, value, noise=0.9)
    assert told.noise >= 0.45
    assert not trusted(0.0, 1.0)


def designed(result, n):
    return result.points[list("abc")].to_numpy()[:n], result.points["y"].to_numpy()[:n]


def test_what_a_surrogate_takes_for_luck_is_what_was_put_in():
    rng = np.random.default_rng(5)
    points = make_design(SQUARE, "surrogate", 128, 1)
    smooth = 3.0 * points[:, 0] + points[:, 1]
    value = smooth + rng.normal(scale=0.5, size=128)
    table = surrogates.indices(SQUARE, points, value)
    assert table.attrs["noise"] == pytest.approx(0.25 / value.var(), rel=0.35)
    assert table.attrs["q2"] == pytest.approx(smooth.var() / value.var(), abs=0.1)
    first = by_input(table, "S1")
    assert first.loc["a", "low"] <= 0.9 <= first.loc["a", "high"]  # as though there were no luck


def test_a_point_drawn_twice_is_the_point_twice():
    """The short cut of the bootstrap beside the long way: both points in the matrix."""
    points, value = designed_line()
    fitted = surrogates.fit(SQUARE, points, value)
    times = np.r_[2.0, 0.0, np.ones(len(value) - 2)]
    weights, centre = surrogates._weights(fitted, times)
    rows = np.r_[0, 0, np.arange(2, len(value))]
    scaled = (value[rows] - fitted.mean) / fitted.spread - centre
    matrix = fitted.smooth(fitted.points[rows]) + (fitted.noise + 1e-10) * np.eye(len(rows))
    new = np.random.default_rng(1).random((5, 2))
    slow = fitted.smooth(new, fitted.points[rows]) @ np.linalg.solve(matrix, scaled)
    assert fitted.smooth(new, fitted.points) @ weights == pytest.approx(slow, abs=1e-6)


def designed_line():
    points = make_design(SQUARE, "surrogate", 32, 2)
    return points, points[:, 0] + np.random.default_rng(2).normal(scale=0.3, size=32)


def test_a_smaller_design_of_a_surrogate_is_the_beginning_of_a_larger_one():
    few, many = (make_design(CIRCLE, "surrogate", n, 4) for n in (20, 32))
    assert np.array_equal(few, many[:20])
    assert not np.array_equal(few, make_design(CIRCLE, "surrogate", 20, 5))


def test_a_surrogate_grows_in_its_folder(tmp_path):
    small, fresh = tmp_path / "grown", tmp_path / "fresh"
    common = {"method": "surrogate", "seed": 4, "workers": 0}
    analyse(ishigami, CIRCLE, out=small, size=16, **common)
    grown, pace = analyse(ishigami, CIRCLE, out=small, size=24, **common)
    analyse(ishigami, CIRCLE, out=fresh, size=24, **common)
    assert (pace.reused, pace.computed) == (16, 8)
    assert grown.record["sensitivity"]["size"] == 24
    assert contents(small) == contents(fresh)
    with pytest.raises(OmlandError, match="design"):
        analyse(ishigami, CIRCLE, out=small, size=24, replicates=2, **common)


def test_a_screening_does_not_grow(tmp_path):
    """Its trajectories are others when there are more of them."""
    common = {"out": tmp_path, "method": "morris", "workers": 0}
    analyse(ishigami, CIRCLE, size=2, **common)
    with pytest.raises(OmlandError, match="design"):
        analyse(ishigami, CIRCLE, size=4, **common)


# --- two methods --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """A function of four inputs of falling importance by two methods."""
    out = tmp_path_factory.mktemp("four")
    problem = Problem(dict.fromkeys("pqrs", (0.0, 1.0)))
    morris, _ = analyse(falling, problem, out=out / "morris", method="morris", size=8, workers=0)
    sobol, _ = analyse(
        falling, problem, out=out / "sobol", method="sobol", size=64, workers=0, compare=morris.folder
    )
    return morris, sobol


def falling(values, replicate):
    return {"y": 8.0 * values["p"] + 4.0 * values["q"] + 2.0 * values["r"] + values["s"] * values["p"]}


def test_two_methods_agree_on_the_ranking(four):
    morris, sobol = four
    row = sobol.agreement.iloc[0]
    assert (row["method"], row["other"], row["inputs"]) == ("sobol", "morris", 4)
    assert row["spearman"] == 1
    assert 0.7 < row["low"] <= row["high"] == 1
    assert row["shared_leaders"] == row["leaders"] == 3
    pd.testing.assert_frame_equal(sensitivity.load(sobol.folder).agreement, sobol.agreement)
    assert morris.agreement is None
    reverse = replace(morris, indices=morris.indices.assign(value=-morris.indices["value"]))
    assert sensitivity.agreement(sobol, reverse)["spearman"][0] == -1


def test_what_has_nothing_in_common_is_not_compared(four, known):
    with pytest.raises(OmlandError, match="0 of the uncertain figures"):
        sensitivity.agreement(four[1], known)


# --- luck ---------------------------------------------------------------------------------------


def test_shares_of_luck_are_those_put_in():
    rng = np.random.default_rng(1)
    n, k = 4000, 12
    values = 3.0 * rng.normal(size=(n, 1)) + 1.0 * rng.normal(size=(n, k)) + 2.0 * np.linspace(-1, 1, k)
    common = np.var(2.0 * np.linspace(-1, 1, k), ddof=1)
    shares = luck(values)
    total = 9 + 1 + common
    assert shares["share_of_inputs"] == pytest.approx(9 / total, abs=0.02)
    assert shares["share_of_other_luck"] == pytest.approx(1 / total, abs=0.02)
    assert shares["share_of_common_luck"] == pytest.approx(common / total, abs=0.02)
    assert shares["share_of_luck"] == pytest.approx(1 - shares["share_of_inputs"])
    assert shares["noise_in_means"] == pytest.approx(1 / 12 / (9 + 1 / 12), rel=0.1)
    assert all(math.isnan(v) for v in luck(values[:, :1]).values())


LOOSE, FIRM = "plant | population:2482:2021", "plant | jobs:2482:2021"


def mostly_luck(values, replicate):
    """An outcome that is luck but for a little, and one that is not."""
    return {
        LOOSE: 0.01 * values["a"] + lucky(values, replicate)["y"] % 0.7,
        FIRM: lucky(values, replicate)["y"],
    }


def test_what_is_mostly_luck_is_not_told(tmp_path):
    result, _ = analyse(mostly_luck, SQUARE, out=tmp_path, method="morris", size=32, replicates=2, workers=0)
    assert result.noise(LOOSE) > 0.5 > result.noise(FIRM)
    with pytest.raises(OmlandError, match="corner would be one of luck"):
        result.discover(LOOSE)
    assert result.discover(FIRM)[0].limits
    english = Language("en")
    assert not too_much_luck(result, FIRM, {}, english)
    (line,) = too_much_luck(result, LOOSE, {}, english)
    assert "any order of them is one of luck" in line
    assert 'look at "jobs:2482:2021"' in line


def test_a_surrogate_is_not_fitted_to_luck(tmp_path):
    common = {"method": "surrogate", "size": 32, "replicates": 2, "workers": 0}
    told = []
    result, _ = analyse(
        mostly_luck, SQUARE, out=tmp_path / "both", telling=lambda *n: told.append(n), **common
    )
    assert set(result.indices["outcome"]) == set(result.surrogate["outcome"]) == {FIRM}
    assert set(result.luck["outcome"]) == {LOOSE, FIRM}
    assert told == [(0, 2), (1, 2)]
    with pytest.raises(OmlandError, match="Too much of every outcome is luck"):
        analyse(only_luck, SQUARE, out=tmp_path / "one", **common)


def only_luck(values, replicate):
    return {LOOSE: mostly_luck(values, replicate)[LOOSE]}


def test_common_luck_does_not_reach_the_indices(tmp_path):
    one, _ = analyse(lucky, SQUARE, out=tmp_path / "one", method="sobol", size=128, replicates=4, workers=0)
    total = by_input(one.indices, "ST")["value"]
    assert total["a"] > 0.75
    row = one.luck.iloc[0]
    assert row["share_of_common_luck"] > 0.3
    assert 0.05 < row["noise_in_means"] < 0.5


# --- design and bad input -----------------------------------------------------------------------


def test_designs_stay_in_range_and_are_the_same_for_the_same_seed():
    problem = Problem({"a": (1.0, 2.0), "b": (-5.0, 5.0), "c": (0.0, 0.1)})
    for method, size, n in (("morris", 4, 16), ("sobol", 8, 40)):
        design = make_design(problem, method, size, 1)
        assert design.shape == (n, 3)
        assert np.array_equal(design, make_design(problem, method, size, 1))
        assert not np.array_equal(design, make_design(problem, method, size, 2))
        for column, (low, high) in zip(design.T, problem.bounds.values(), strict=True):
            assert low <= column.min() < column.max() <= high


@pytest.mark.parametrize(
    ("problem", "method", "size", "told"),
    [
        (Problem({"a": (0.0, 1.0)}), "morris", 4, "at least two uncertain figures"),
        (SQUARE, "sobol", 48, "has to be a power of two"),
        (SQUARE, "morris", 1, "has to be at least 2"),
        (SQUARE, "fast", 4, "allowed: morris, sobol, surrogate"),
        (SQUARE, "surrogate", 8, "has to be at least 16"),
    ],
)
def test_bad_designs(problem, method, size, told, tmp_path):
    with pytest.raises(OmlandError, match=told):
        analyse(linear, problem, out=tmp_path / "out", method=method, size=size, workers=0)
    assert not (tmp_path / "out").exists()


def test_failed_points_are_told_and_tried_again(tmp_path):
    with pytest.raises(OmlandError, match=r"points failed, the first with: a is too large"):
        analyse(failing, SQUARE, out=tmp_path, method="morris", size=4, workers=0)
    assert list((tmp_path / "failures").iterdir())
    assert not (tmp_path / "indices.csv").exists()


def test_an_outcome_that_never_changes(tmp_path):
    with pytest.raises(OmlandError, match="Every outcome is the same at every point"):
        analyse(constant, SQUARE, out=tmp_path, method="morris", size=4, workers=0)


# --- an experiment ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def analysed(file, tmp_path_factory):  # noqa: F811
    out = tmp_path_factory.mktemp("morris") / "out"
    return sensitivity.run(file, out=out, size=2, replicates=2, workers=0)


def test_an_experiment_is_analysed_on_its_paired_effects(analysed):
    assert len(analysed.points) == 6
    assert set(analysed.indices["input"]) == {"moving_cost", "size"}
    hires = by_input(analysed.indices.query("outcome == 'plant | indirect_jobs:24:2020..2021'"), "mu")
    assert hires.loc["size", "value"] > 0  # a larger plant has more suppliers
    luck = analysed.luck["share_of_luck"].dropna()  # no share of an outcome that never changes
    assert len(luck) > 4
    assert luck.between(0, 1).all()


def test_only_what_is_needed_is_run(file, monkeypatch):  # noqa: F811
    plan = prepare(file, only=["plant"])
    assert plan.experiment.scenario_names == ("plant",)
    assert plan.experiment.against is None
    short = replace(plan, outcomes=tuple(o for o in plan.outcomes if o.last < 18))
    seen = []
    monkeypatch.setattr(points, "pairs", lambda *a: seen.append(pairs(*a)) or seen[-1])
    values = {"moving_cost": 15_000.0, "size": 1.0}
    found = ExperimentModel(short, model_hash())(values, 0)
    assert list(seen[0]) == ["plant"]
    assert seen[0]["plant"].n_months == 18  # June 2021 is the last month that is looked at
    whole = ExperimentModel(prepare(file), model_hash())(values, 0)
    assert seen[1]["plant"].n_months == 24
    assert found
    assert found.items() <= whole.items()
    with pytest.raises(OmlandError, match='has no scenario "none"; its scenarios: plant, closed'):
        prepare(file, only=["none"])


def test_of_a_mixture_the_weights_are_kept():
    mixed = load_experiment("migration_risk")
    assert mixed.narrowed(["failure"]).scenarios == ("failure",)
    assert not mixed.narrowed(["failure"]).mixture
    two = mixed.narrowed(["restart", "behavioural"])
    assert dict(two.scenarios) == {"behavioural": 0.5, "restart": 0.25}
    assert mixed.narrowed(["failure"]).hash != mixed.hash


def test_the_same_values_have_the_same_luck_at_every_point(file):  # noqa: F811
    plan = prepare(file)
    values = {"moving_cost": 15_000.0, "size": 1.0}
    task = PointTask(
        ExperimentModel(plan, model_hash()), {0: values, 7: values, 8: {**values, "size": 1.5}}, 2
    )
    tables = {key: pq.read_table(io.BytesIO(task.part(key)(key))).to_pandas() for key in (0, 7, 8)}
    assert tables[0]["value"].tolist() == tables[7]["value"].tolist()
    assert tables[0]["value"].tolist() != tables[8]["value"].tolist()
    first, second = (rows["value"].tolist() for _, rows in tables[0].groupby("replicate"))
    assert first != second


def test_an_analysis_goes_on_and_ends_with_the_same_bytes(analysed, file, tmp_path):  # noqa: F811
    out = tmp_path / "out"
    shutil.copytree(analysed.folder, out)
    (out / "units" / "point=000003.parquet").write_bytes(b"damaged")
    (out / "units" / "point=000005.parquet").unlink()
    (out / "indices.csv").unlink()
    sensitivity.run(file, out=out, size=2, replicates=2, workers=0)
    assert contents(out) == contents(analysed.folder)
    with pytest.raises(OmlandError, match="differs in design"):
        sensitivity.run(file, out=out, size=3, replicates=2, workers=0)
    again = sensitivity.load(out)
    pd.testing.assert_frame_equal(again.indices, analysed.indices)


def test_the_command_tells_indices_luck_and_corner(analysed, file, monkeypatch):  # noqa: F811
    common = ("sensitivity", file, "--out", analysed.folder, "--size", 2, "--replicates", 2)
    monkeypatch.setattr(drawing, "PNG_DPI", 40)
    result = omland(
        *common, "--workers", 1, "--scenario", "closed", "--outcome", "population:2482:2021", "--lang", "sv"
    )
    assert result.exit_code == 0, result.output
    for words in (
        "folkmängd, Skellefteå, 2021, closed",
        "medel av effektens belopp",
        "är slump",
        "moving_cost",
        "punkter fanns redan",
    ):
        assert words in result.output
    assert "Vad som avgör" in (analysed.folder / "report.html").read_text(encoding="utf-8")
    told = json.loads(omland(*common, "--json", "--no-report").output)
    assert told["outcome"] == "plant | population:2482:2021"
    assert len(told["luck"]) == 8
    for option, told_so in (("--outcome", "jobs:22:2021"), ("--scenario", "none")):
        result = omland(*common, option, told_so)
        assert result.exit_code == 2
        assert f'has no {option[2:]} "{told_so}"' in result.stderr


def test_nothing_uncertain_is_told(tmp_path):
    result = omland("sensitivity", "study", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "at least two uncertain figures" in result.stderr
    assert not (tmp_path / "out").exists()


# --- corner of bad cases ------------------------------------------------------------------------


def test_the_corner_that_was_put_in_is_found():
    rng = np.random.default_rng(1)
    inputs = pd.DataFrame(rng.random((600, 5)), columns=["premium", "ties", "x", "y", "z"])
    inputs.insert(0, "replicate", np.arange(600))
    bad = ((inputs["premium"] > 0.6) & (inputs["ties"] < 0.5)).to_numpy()
    box = discover(inputs, bad)
    assert set(box.limits) == {"premium", "ties"}
    assert box.limits["premium"] == (pytest.approx(0.6, abs=0.04), None)
    assert box.limits["ties"] == (None, pytest.approx(0.5, abs=0.04))
    assert box.density > 0.9
    assert box.coverage > 0.85
    inside = (inputs["premium"] >= box.limits["premium"][0]) & (inputs["ties"] <= box.limits["ties"][1])
    # told is what boxes hold of cases that they were found without
    assert 0.9 < box.density <= bad[inside].mean()
    assert 0.8 < box.coverage <= 1.0
    words = box.words("the loss of residents exceeds 500")
    assert words.startswith("The loss of residents exceeds 500 in ")
    assert "when premium is above 0." in words
    assert " and ties is below 0." in words


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("population:22:2030", "the loss of residents in Västernorrland until 2030 exceeds 500"),
        ("jobs:2281:2030", "the loss of jobs in Sundsvall until 2030 exceeds 500"),
        (
            "movers:22>24:2020..2030",
            "out-migration from Västernorrland to Västerbotten 2020–2030, beyond the baseline's, exceeds 500",
        ),
        ("vacancies:all:2030", "the effect on vacancies, the whole region, 2030, exceeds 500"),
        ("y", "the effect on y exceeds 500"),
    ],
)
def test_bad_cases_are_told_in_plain_words(outcome, told):
    assert bad_case(outcome, 500.0, {"2281": "Sundsvall"}) == told


def test_a_loss_below_zero_is_a_gain():
    told = bad_case("population:22:2030", -40.0)
    assert told == "the gain of residents in Västernorrland until 2030 is below 40"


def test_a_scenario_that_was_drawn_is_an_input_too():
    rng = np.random.default_rng(1)
    inputs = pd.DataFrame(
        {"mixture": rng.choice(["thrives", "fails", "restarts"], 400), "x": rng.random(400)}
    )
    bad = ((inputs["mixture"] == "fails") & (inputs["x"] > 0.4)).to_numpy()
    box = discover(inputs, bad)
    assert box.density > 0.9
    assert "the scenario is fails" in box.words("it is bad")
    assert "x is above 0.4" in box.words("it is bad")


def test_of_few_cases_no_corner_is_told():
    assert too_few(language("en"), ENOUGH) == ""
    assert f"{ENOUGH - 1} cases" in too_few(language("en"), ENOUGH - 1)


def test_what_may_not_matter_is_not_ranked():
    rows = [
        ("a", "mu_star", 5.0, 3.0, 7.0),
        ("b", "mu_star", 6.0, 0.0, 13.0),
        ("c", "mu_star", 8.0, 1.0, 15.0),
    ]
    table = pd.DataFrame(rows, columns=["input", "index", "value", "low", "high"])
    assert ranking(table, "morris") == ["c", "b", "a"]
    assert surely_ranked(table, "morris") == ["c", "a"]


@pytest.mark.parametrize(("method", "size"), [("morris", 10), ("sobol", 64)])
def test_what_does_nothing_is_not_said_to_decide(method, size):
    """Guards the floor of luck: a mean of absolute differences is above zero, and its interval, for an inert input.

    Each of five designs has seven inert inputs and as much luck as inputs; without the floor all seven were told in
    every design.
    """
    problem = Problem({name: (0.0, 1.0) for name in "abcdefgh"})
    told = 0
    for seed in range(5):
        design = make_design(problem, method, size, seed)
        rng = np.random.default_rng(seed)
        values = 3.0 * design[:, :1] + rng.normal(0.0, 0.8, (len(design), 2))
        value, noise = values.mean(axis=1), luck(values)["noise_in_means"]
        sure = surely_ranked(
            indices(problem, method, design, value, noise), method, of_luck(method, value, noise)
        )
        assert sure[:1] == ["a"]
        told += len(sure) - 1
    assert told <= 4  # of thirty-five


def test_errors_of_means_know_that_points_of_a_block_are_alike():
    rng = np.random.default_rng(4)
    own = rng.normal(size=50)
    assert _error(np.repeat(own, 8), np.repeat(np.arange(50), 8)) == pytest.approx(
        own.std(ddof=1) / math.sqrt(50)
    )
    assert _error(own, np.arange(50)) == pytest.approx(own.std(ddof=1) / math.sqrt(50))
    assert math.isnan(_error(own, np.zeros(50, np.int64)))


def test_errors_of_a_tornado_are_as_large_as_the_means_vary():
    """40 designs of Morris with 18 inputs: the errors told were two fifths of what the means vary by."""
    problem = Problem({f"x{k}": (0.0, 1.0) for k in range(18)})
    means, errors = [], []
    for seed in range(40):
        design = make_design(problem, "morris", 20, seed)
        table = tornado(problem, "morris", design, design.sum(axis=1)).set_index("input")
        means.append(table.loc["x0", "at_low"])
        errors.append(table.loc["x0", "at_low_error"])
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.4)  # a standard deviation of 40: 0.11


def test_in_pure_luck_no_corner_stands_out():
    """Each of five times 18 inputs and 25 bad cases in a hundred; on the cases it was found on, half were bad."""
    told = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        inputs = pd.DataFrame(rng.random((100, 18)), columns=[f"x{k}" for k in range(18)])
        told += bool(discover(inputs, rng.permutation(100) < 25).limits)
    assert told <= 1


@pytest.mark.parametrize(("bad", "told"), [(np.zeros(5), "none of the 5"), (np.ones(5), "all of the 5")])
def test_there_is_no_corner_without_both_kinds(bad, told):
    with pytest.raises(OmlandError, match=told):
        discover(pd.DataFrame({"a": np.arange(5.0)}), bad)
