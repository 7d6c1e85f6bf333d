"""Calibration: a known truth through the whole pipeline, its stops and its bad input, and the posterior that comes of it."""

from __future__ import annotations

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import fake_worlds as fake
import numpy as np
import pandas as pd
import pytest
from calibration_models import NAMES, TRUTH, rows, stand_in, surface
from click.testing import CliRunner
from folders import differences

from abm.calibration import Calibration, calibrate, load, load_calibration
from abm.calibration.diagnosis import conflicts, identification
from abm.calibration.finalists import LAST, Finalists, candidates, judge, peak
from abm.calibration.matching import explore, implausibility, next_wave
from abm.calibration.prior import Prior, spread
from abm.calibration.recovery import summary
from abm.calibration.refine import Corrected, Measured, expected_inside
from abm.calibration.report import TABLES, _spread
from abm.calibration.rows import Row, all_rows, distance, select, share_inside, weights_of
from abm.calibration.run import prepare, run
from abm.calibration.sampling import echoes, log_inside, sample
from abm.calibration.settings import Sampling, Wave
from abm.calibration.surrogate import FORMS, Bank, Process, _gaussian, learn
from abm.cli import main
from abm.errors import OmlandError
from abm.experiment import load_experiment, make_plan
from abm.language import language
from abm.parameters import PARAMETER, Parameters, load_parameters
from abm.posterior import load_posterior
from abm.region import load_region
from abm.report import load_run, write_report
from abm.scenario import load_scenario
from abm.study import StudyInputs, run_study
from abm.targets import load_targets

pytest.importorskip("emcee")
pytest.importorskip("sklearn")
pytest.importorskip("arviz")

PRIOR = Prior.declared(NAMES)
STUDY = all_rows(load_targets())


def omland(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


def settings(**changes) -> Calibration:
    posterior = {"draws": 80, "check": 8, "steps": 150, "recovery": 50} | changes.pop("posterior", {})
    content = {
        "name": "known",
        "parameters": NAMES,
        "rows": ["B01", "B05", "B16"],
        "wave": [{"points": 50}, {"points": 20, "cut_off": 2.0}],
        "also_fit": {"one": ["B01"]},
        "posterior": posterior,
    }
    return Calibration.model_validate(content | changes)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Three parameters whose truth is known."""
    out = tmp_path_factory.mktemp("known") / "out"
    return calibrate(stand_in, settings(), rows(), out=out, workers=0)[0]


# --- a known truth ------------------------------------------------------------------------------


def test_the_posterior_holds_the_truth_and_is_narrower_than_the_prior(known):
    found = known.identification.set_index("parameter")
    for name, truth in zip(NAMES, PRIOR.values(np.array(TRUTH)), strict=True):
        assert found.loc[name, "low"] < truth < found.loc[name, "high"]
    assert (found["sd_ratio"] < 0.7).all()
    assert set(found["identified"]) == {"yes"}
    assert found.loc["moving_cost", "kl"] > found.loc["services_decay", "kl"] > 0.1
    chains = known.record["chains"]
    assert max(chains["r_hat"].values()) < 1.05
    assert min(chains["effective"].values()) > 100


def test_known_truths_are_found_again(known):
    told = summary(known.recovery)
    assert told["truths"] == 50
    assert told["coverage"] >= 0.85
    assert all(part["rank_p"] > 0.001 for part in told["parameters"].values())
    assert known.recovery["rank"].between(0, 1).all()


def test_the_distance_falls_from_wave_to_wave(known):
    waves = known.record["waves"]
    assert [w["wave"] for w in waves] == [0, 1, 2, 3]
    far = [w["expected_distance"] for w in waves]
    assert far[3] < far[2] < far[1]
    assert waves[2]["share_of_prior"] < 0.7
    assert len(known.points) == 1 + 50 + 20 + 8
    assert known.points["point"].tolist() == list(range(79))


def better(told):
    return sorted(told, key=lambda f: (-f["inside"], f["distance"]))


def unit_of(result, key):
    return pd.read_parquet(result.folder / "units" / f"point={key:06d}.parquet")


def test_all_candidates_are_tried_under_the_same_luck_that_no_point_has_had(known):
    likely = known.posterior.sort_values("log_likelihood", ascending=False, kind="stable")["draw"]
    told = [f["which"] for f in known.record["finalists"]]
    assert told == [*(f"draw {k}" for k in likely[:2]), "peak", "defaults"]
    first = len(known.points)
    before = max(unit_of(known, k)["replicate"].max() for k in range(first))
    for candidate in range(4):
        for k in range(4):  # a unit for each replicate
            replicates = unit_of(known, first + 8 * candidate + k)["replicate"]
            assert set(replicates) == {before + 1 + k}


@pytest.mark.parametrize("fixture", ["known", "small"])
def test_the_best_is_judged_under_luck_that_no_candidate_was_chosen_by(fixture, request):
    result = request.getfixturevalue(fixture)
    tried, judged = result.record["finalists"], result.record["judged"]
    which = [f["which"] for f in tried]
    order = [f["which"] for f in better(tried)]
    assert {f["which"] for f in judged} == {*[w for w in order if w != "defaults"][:2], "defaults"}
    best = result.record["best"]
    assert best == best | better(judged)[0]
    # what is said of the best is what its fresh replicates gave, and nothing else
    fitted = [row for row in rows() if row.name in result.record["rows"]]
    weights = {row.name: 1.0 for row in fitted}
    first = len(result.points)
    chosen = {
        unit_of(result, first + 8 * c + k)["replicate"].iloc[0] for c in range(len(which)) for k in range(4)
    }
    for told in judged:
        units = [unit_of(result, first + 8 * which.index(told["which"]) + 4 + k) for k in range(4)]
        assert not chosen & {unit["replicate"].iloc[0] for unit in units}
        means = pd.concat(units).groupby("row")["value"].mean()
        figures = np.array([[means[row.name] for row in fitted]])
        assert told["distance"] == pytest.approx(distance(figures, fitted, weights)[0])
        assert told["inside"] == pytest.approx(share_inside(figures, fitted, weights)[0])


def test_the_defaults_are_judged_however_they_did():
    which = ("draw 7", "draw 8", "peak", "defaults")
    found = Finalists(np.zeros((4, 2)), which, np.array([0.5, 0.7, 0.6, 0.1]), np.zeros(4))
    assert found.last == [1, 2, 3]
    assert replace(found, inside=np.array([0.5, 0.7, 0.6, 0.65])).last == [1, 3, 2]


def test_the_peak_is_found_where_no_draw_lies():
    top = np.array([0.3, 0.9995, 0.6])

    def density(unit):
        return -((unit - top) ** 2).sum(axis=1)

    draws = np.random.default_rng(5).random((40, 3))
    found = peak(density, draws, 1)
    np.testing.assert_allclose(found, [0.3, 0.999, 0.6], atol=1e-6)
    np.testing.assert_array_equal(found, peak(density, draws, 1))
    middle = np.full(3, 0.5)
    unit, which = candidates(density, draws, density(draws), middle, 4, 1)
    first = np.argsort(-density(draws))[:2]
    assert which == (f"draw {first[0]}", f"draw {first[1]}", "peak", "defaults")
    np.testing.assert_array_equal(unit, [*draws[first], found, middle])


def test_the_finalist_with_most_inside_wins_and_the_nearest_of_equals():
    two = (row("B01", 0.0, 2.0), row("B02", 10.0, 14.0))
    weights = {"B01 | s": 1.0, "B02 | s": 0.5}
    figures = np.array([[1.0, 30.0], [1.0, 15.0], [2.1, 14.1], [2.1, 12.0]])
    found = judge(np.zeros((4, 2)), ("draw 7", "draw 8", "peak", "defaults"), figures, two, weights)
    assert found.best == 1
    assert found.told()[1] == {
        "which": "draw 8",
        "inside": pytest.approx(2 / 3),
        "distance": pytest.approx(0.5 / 3),
    }


def test_a_mean_is_never_beyond_its_figures():
    for k in range(50):
        told = _spread("row", np.ones(400), np.random.default_rng(k).dirichlet(np.ones(400)))
        assert told == {"row_mean": 1.0, "row_p05": 1.0, "row_p95": 1.0}


def line_bank(points=40, slope=10.0, luck=3.0):
    """Surrogates of a row that is a line in the first parameter, little known."""
    chance = np.random.default_rng(3)
    unit = chance.random((points, 2))
    figures = (slope * unit[:, :1]) + chance.normal(0.0, luck, (points, 1))
    return Bank.learn(("B01 | s",), unit, figures, seed=1, luck=np.array([0.01]), thorough={"B01 | s"})


def test_the_level_of_a_line_is_known_to_the_luck_of_its_points():
    bank = line_bank()
    assert bank.rows[0].kind == "linear"
    variance = bank.predict(np.array([[0.5, 0.5]]))[1][0, 0]
    assert 0.5 * 9.0 / 40 < variance < 2.0 * 9.0 / 40  # of the mean of forty figures with a luck of 3


def test_what_the_candidates_gave_corrects_the_surrogates():
    bank, luck = line_bank(), np.array([0.01])
    at = np.array([[0.2, 0.5], [0.8, 0.5]])
    measured = Measured(at, bank.predict(at)[0] - 1.0, 6)
    new = np.array([[0.5, 0.5]])
    before, unsure = bank.predict(new)
    mean, variance = Corrected(bank, measured, luck).predict(new)
    assert mean[0, 0] == pytest.approx(before[0, 0] - 1.0, abs=0.1)
    assert variance[0, 0] < 0.02 * unsure[0, 0]
    # what candidates of much luck gave teaches little
    lucky = Corrected(bank, measured, np.array([1e4])).predict(new)[0]
    assert lucky[0, 0] == pytest.approx(before[0, 0], abs=0.05)


def test_a_refinement_is_where_most_is_expected_inside():
    bank = line_bank()
    at = np.array([[0.2, 0.5], [0.8, 0.5]])
    # the line itself, which the surrogate has learnt only roughly
    measured = Measured(at, 10.0 * at[:, :1], 6)
    corrected = Corrected(bank, measured, np.array([0.01]))
    wanted = (row("B01", 4.0, 5.0),)  # 10 a: a from 0.4 to 0.5
    score = expected_inside(corrected, wanted, {"B01 | s": 1.0}, np.array([0.001]))
    found = peak(score, at, 1, "refinement 1")
    assert 0.41 < found[0] < 0.49
    np.testing.assert_array_equal(found, peak(score, at, 1, "refinement 1"))
    assert score(found[None])[0] == pytest.approx(1.0, abs=0.02)
    out = score(np.array([[0.6, 0.5], [0.9, 0.5]]))
    assert 0.0 > out[0] > out[1]  # the farther outside, the worse


def test_refinements_follow_the_finalists_and_may_win(small):
    told = small.record["finalists"]
    assert [f["which"] for f in told[-2:]] == ["refinement 1", "refinement 2"]
    assert len(told) == 6
    assert small.record["cost"]["points"] == len(small.points) + 6


@pytest.mark.parametrize("code", ["en", "sv"])
def test_the_report_shows_what_is_reached_and_what_is_known(known, tmp_path, code):
    folder = tmp_path / "run"
    shutil.copytree(known.folder, folder)
    read = load(folder)
    assert read.record == json.loads(json.dumps(known.record))
    for name in (*TABLES, "posterior", "points"):
        pd.testing.assert_frame_equal(
            getattr(read, name), getattr(known, name), check_dtype=False, check_exact=False
        )
    written = write_report(load_run(folder), language(code))
    names = {path.stem for path in written.figures}
    assert names >= {f"calibration_{n}" for n in ("multipliers", "rows", "parameters", "waves", "recovery")}
    page = written.page.read_text(encoding="utf-8")
    best = known.identification.sort_values("sd_ratio")["parameter"].iloc[0]
    says = language(code).text("The employment multiplier of each scenario in the posterior")
    for words in (best, says, "B05"):
        assert words in page
    table = pd.read_csv(folder / "figures" / "calibration_multipliers.csv")
    assert table.groupby("scenario")["weight"].sum().round(6).eq(1.0).all()
    assert set(table["scenario"]) == {"outmigration"}


def test_a_folder_without_a_calibration_is_told(tmp_path):
    with pytest.raises(OmlandError, match="holds no finished calibration"):
        load(tmp_path)


def test_every_row_is_foretold_fitted_or_not(known):
    table = known.rows.set_index(["id", "scenario"])
    fitted = table[table["weight"] > 0]
    assert ((fitted["posterior_mean"] > fitted["low"]) & (fitted["posterior_mean"] < fitted["high"])).all()
    assert (fitted["posterior_inside"] > 0.7).all()
    assert (fitted["explained"] > 0.8).all()
    # the luck that was put in: a point's own 20 and a common 10
    luck = table.loc[("B05", "outmigration"), "luck_sd"]
    assert luck == pytest.approx(math.hypot(20, 10), rel=0.5)
    imposed = table.loc[("B20", "outcommuting")]
    assert imposed["surrogate"] == "constant"
    assert imposed["posterior_mean"] == pytest.approx(84.0)
    best = surface(PRIOR.unit(np.array([known.record["best"]["values"][n] for n in NAMES])))
    assert best["B05 | outmigration"] == pytest.approx(table.loc[("B05", "outmigration"), "best"], abs=20)


def test_rows_that_are_left_out_are_foretold_beside_the_whole_fit(known):
    table = known.heldout.set_index(["id", "scenario"])
    assert table["one_fitted"].sum() == 1
    left_out = table.loc[("B05", "outmigration")]
    assert left_out["all_p95"] - left_out["all_p05"] < 0.5 * (left_out["one_p95"] - left_out["one_p05"])
    assert table.loc[("B01", "outmigration"), "one_inside"]


def test_the_files_say_the_same_as_the_result(known):
    posterior = load_posterior(known.folder)
    assert len(posterior) == 80
    assert sum(posterior.weights) == pytest.approx(1.0)
    assert posterior.parameters["moving_cost"] == tuple(known.posterior["moving_cost"])
    assert posterior.metadata["rows"] == ["B01 | outmigration", "B05 | outmigration", "B16 | outmigration"]
    assert load_parameters(known.folder / "best.toml") == posterior.best()
    assert posterior.best().hash == known.record["best"]["parameter_hash"]
    record = json.loads((known.folder / "calibration.json").read_text())
    assert record["cost"]["worlds"] == 12 + 78 + (4 + 3) * 4
    frame = pd.read_csv(known.folder / "rows.csv")
    assert list(frame["id"]) == [row.id for row in rows()]
    checked = known.posterior[known.posterior["point"].notna()]
    assert len(checked) == 8
    assert checked["distance_measured"].notna().all()


def test_arviz_reads_the_posterior(known):
    data = load_posterior(known.folder).to_arviz()
    assert set(data.posterior.data_vars) == set(NAMES)
    assert data.posterior["awareness"].shape == (1, 80)
    assert float(data.sample_stats["weight"].sum()) == pytest.approx(1.0)


# --- the same bytes -----------------------------------------------------------------------------

SMALL = {
    "rows": ["B01", "B05-B21"],
    "wave": [{"points": 16}, {"points": 8, "cut_off": 3.0}],
    "posterior": {"steps": 60, "draws": 20, "check": 4, "recovery": 2, "refinements": 2},
    "also_fit": {},
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Rows that exclude each other, in two processes."""
    out = tmp_path_factory.mktemp("small") / "out"
    return calibrate(stand_in, settings(**SMALL), rows(), out=out, workers=2)[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "part"),
    [
        ("rows.csv", "scenario,", "place,", 'the column "scenario" is missing.'),
        ("identification.csv", "sd_ratio", "sd", 'the column "sd_ratio" is missing.'),
        ("conflicts.csv", "kind,", "sort,", 'the column "kind" is missing.'),
        ("pareto.csv", "row,", "line,", 'the column "row" is missing.'),
        ("recovery.csv", "parameter,", "name,", 'the column "parameter" is missing.'),
        ("heldout.csv", "id,", "number,", 'the column "id" is missing.'),
        ("calibration.json", '"r_hat"', '"rhat"', "is not as Omland wrote it."),
        ("calibration.json", '"inside_90_percent"', '"inside"', "is not as Omland wrote it."),
        ("calibration.json", '"parameters"', '"names"', "is not as Omland wrote it."),
        ("calibration.json", '"waves"', '"others"', "is not as Omland wrote it."),
    ],
)
def test_edited_results_are_not_loaded(small, tmp_path, name, old, new, part):
    folder = shutil.copytree(small.folder, tmp_path / "edited")
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(OmlandError, match=re.escape(part)) as told:
        load(folder)
    assert str(told.value).startswith(str(folder / name))


def test_no_two_points_share_their_luck(small):
    drawn: set[int] = set()
    for point in small.points["point"]:
        unit = small.folder / "units" / f"point={point:06d}.parquet"
        numbers = set(pd.read_parquet(unit)["replicate"])
        assert not drawn & numbers
        drawn |= numbers


def test_conflicts_are_told(small):
    table = small.conflicts.set_index(["kind", "row", "other"])["gap"]
    assert table["out of reach", "B21 | outcommuting", ""] == pytest.approx(45, abs=1)
    # the two want 1596 and 1396 of one figure, give or take 60: the best compromise is 40 off
    assert table["trade-off", "B05 | outmigration", "B06 | outcommuting"] == pytest.approx(40 / 60, abs=0.1)
    curve = small.pareto.query("other == 'B06 | outcommuting'")
    assert curve["gap"].is_monotonic_increasing
    assert curve["gap_other"].is_monotonic_decreasing


def test_interrupted_and_alone_it_ends_with_the_same_bytes(small, tmp_path):
    out = tmp_path / "out"

    def stop_at(where):
        def watch(done, total, pace, note):
            if where in note or done == where:
                raise KeyboardInterrupt

        return watch

    for where in ("wave 1", "wave 2", "sampling posterior, 50%", "check", "most rows", "recovery"):
        with pytest.raises(KeyboardInterrupt):
            calibrate(stand_in, settings(**SMALL), rows(), out=out, workers=0, watch=stop_at(where))
        assert not (out / "posterior.parquet").exists()
    (out / "units" / "point=000003.parquet").write_bytes(b"damaged")
    (out / "units" / "point=000020.parquet").unlink()
    _, pace = calibrate(stand_in, settings(**SMALL), rows(), out=out, workers=0)
    assert pace.computed == 2
    assert not differences(out, small.folder)


def test_a_folder_takes_no_other_calibration(small, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(small.folder, out)
    for changes, told in (({"seed": 2}, "seed 1 and not 2"), ({"replicates": 2}, "differs in calibration")):
        with pytest.raises(OmlandError, match=told):
            calibrate(stand_in, settings(**SMALL | changes), rows(), out=out, workers=0)
    (out / "wave-2.json").write_text("{")
    with pytest.raises(OmlandError, match=r"wave-2\.json cannot be read"):
        calibrate(stand_in, settings(**SMALL), rows(), out=out, workers=0)


def test_more_refinements_go_on_where_fewer_ended(small, tmp_path):
    out = tmp_path / "out"
    fewer = SMALL | {"posterior": SMALL["posterior"] | {"refinements": 1}}
    calibrate(stand_in, settings(**fewer), rows(), out=out, workers=0)
    _, pace = calibrate(stand_in, settings(**SMALL), rows(), out=out, workers=0)
    # the new refinement is tried, and judged if it is among the last three
    judged = "refinement 2" in {f["which"] for f in small.record["judged"]}
    assert pace.computed == (1 + judged) * settings(**SMALL).posterior.final_replicates
    # whoever was judged before keeps its units, and all else is as if nothing had been there
    there = {path.name for path in (small.folder / "units").iterdir()}
    for path in (out / "units").iterdir():
        if path.name not in there:
            path.unlink()
    assert not differences(out, small.folder)


def fails(values, replicate):
    if values["moving_cost"] < 12000:
        raise ValueError("nobody moves")
    return stand_in(values, replicate)


def test_failed_points_are_told(tmp_path):
    with pytest.raises(OmlandError, match=r"of 17 points failed, the first with: nobody moves"):
        calibrate(fails, settings(**SMALL), rows(), out=tmp_path, workers=0)
    assert not (tmp_path / "posterior.parquet").exists()


# --- parts --------------------------------------------------------------------------------------


def test_the_likelihood_is_flat_inside_and_falls_outside():
    x = np.linspace(-3, 3, 601)
    low, high = np.full(601, -1.0), np.full(601, 1.0)
    sharp = log_inside(x, np.full(601, 0.05), low, high)
    assert np.abs(sharp[np.abs(x) < 0.7]).max() < 0.01
    assert sharp[x == 1.0].item() == pytest.approx(math.log(0.5), abs=1e-6)
    assert (np.diff(sharp[x > 0.9]) < 0).all()
    np.testing.assert_allclose(sharp, sharp[::-1], rtol=1e-9, atol=1e-12)
    far = log_inside(np.array([1e4]), np.array([0.05]), np.array([-1.0]), np.array([1.0]))
    assert -80 < far.item() < -40  # falls like a power: no row outvotes all others
    wide = log_inside(x, np.full(601, 50.0), low, high)
    assert np.ptp(wide) < 0.01  # nothing known, nothing said


def test_implausibility_leaves_the_worst_rows_out():
    mean = np.array([[0.0, 5.0, 30.0]])
    one = np.ones(3)
    for spare, told in ((0, 30.0), (1, 5.0), (2, 0.0)):
        value = implausibility(mean, 0 * mean, np.zeros(3), one, np.zeros(3), spare)
        assert value.item() == pytest.approx(told)
    softer = implausibility(mean, np.full((1, 3), 2.0), np.zeros(3), one, one, 1)
    assert softer.item() == pytest.approx(5.0 / 2.0)


def test_a_small_space_is_found_and_spread_over():
    prior = Prior.declared(("moving_cost", "awareness", "services_decay", "choice_scale", "tie_child"))
    middle = np.array([0.8, 0.2, 0.5, 0.7, 0.3])

    def score(unit):
        return np.sqrt(((unit - middle) ** 2).sum(axis=1))

    space = explore(prior, score, 0.1, 1, "test")
    assert score(space.points).max() <= 0.1 == space.cut_off
    volume = 8 * math.pi**2 / 15 * 0.1**5
    assert space.share == pytest.approx(volume, rel=0.6)
    wave = next_wave(space, 20, np.array([middle]), prior, 1, "test")
    assert len(np.unique(wave, axis=0)) == 20
    assert score(wave).min() > 0.05  # away from the point that is there already
    nowhere = explore(prior, lambda unit: 1.0 + score(unit), 0.5, 1, "test")
    assert nowhere.cut_off < 1.1


def test_spread_takes_the_corners_first():
    grid = np.array([[x, y] for x in np.linspace(0, 1, 5) for y in np.linspace(0, 1, 5)])
    chosen = spread(grid, 4, np.array([[0.5, 0.5]]))
    assert {tuple(p) for p in chosen} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_surrogate_of_nothing_but_luck_explains_nothing():
    """Guards that no fold is foretold by a form that has seen it: a process with 12 lengths would explain a fifth."""
    rng = np.random.default_rng(8)
    told = [learn(rng.random((90, 12)), rng.normal(size=90), k, 0.0, ("process",)) for k in range(4)]
    assert max(t.explained for t in told) < 0.05
    assert np.mean([t.stretch for t in told]) > 1.1


def test_surrogates_know_luck_from_ignorance():
    rng = np.random.default_rng(1)
    unit = rng.random((120, 3))
    curved = 3 * unit[:, 0] ** 2 - unit[:, 1]
    fitted = learn(unit, 100 + curved + rng.normal(0, 0.2, 120), 1, 0.0, FORMS[:2])
    assert fitted.kind == "quadratic"
    assert fitted.noise == pytest.approx(0.04, rel=0.4)
    mean, variance = fitted.predict(unit)
    assert np.abs(mean - 100 - curved).mean() < 0.08
    assert variance.mean() < 0.04 / 4
    error = (mean - 100 - curved) / np.sqrt(variance)
    assert 0.5 < np.sqrt((error**2).mean()) < 1.6
    by_library, elsewhere = _gaussian(unit, curved), unit[:9] * 0.9
    mean, variance = Process.of(by_library).predict(elsewhere)
    theirs, deviation = by_library.predict(elsewhere - 0.5, return_std=True)
    np.testing.assert_allclose(mean, theirs, atol=1e-7)
    luck = by_library.kernel_.k2.noise_level  # which the library has in its deviation
    np.testing.assert_allclose(variance, deviation**2 - luck, atol=1e-7)
    waves = np.sin(9 * unit[:, 0]) + unit[:, 2]
    wavy = learn(unit, waves + rng.normal(0, 0.05, 120), 1, 0.0, FORMS)
    assert wavy.kind == "process"
    assert wavy.explained > 0.9
    assert wavy.refit(unit[:60], waves[:60]).n == 60
    assert learn(unit, np.full(120, 7.0), 1, 0.0, FORMS).predict(unit)[0][0] == 7.0
    gaps = np.where(np.arange(120) % 2, np.nan, curved)
    assert learn(unit, gaps, 1, 0.0, FORMS[:1]).n == 60


def test_rows_that_share_their_luck_are_one_witness():
    rng = np.random.default_rng(1)
    unit, luck = rng.random((200, 2)), rng.normal(size=(200, 2))
    figures = np.stack([unit[:, 0] + luck[:, 0], 100 * unit[:, 1] + 5 * luck[:, 0], luck[:, 1]], axis=1)
    bank = Bank.learn(tuple("abc"), unit, figures, seed=1, luck=np.zeros(3))
    echo = echoes(bank, unit, figures)
    assert echo[:2] == pytest.approx(2.0, abs=0.2)
    assert echo[2] == pytest.approx(1.0, abs=0.1)


def test_chains_follow_a_known_density():
    prior = Prior.declared(("moving_cost", "awareness"))

    def density(unit):
        a, b = (unit[:, 0] - 0.4) / 0.1, (unit[:, 1] - 0.6) / 0.1
        return -0.5 * (a * a + b * b - 1.6 * a * b) / 0.36

    chains = sample(density, prior, 400, 3)
    flat = chains.unit.reshape(-1, 2)
    assert flat.mean(axis=0) == pytest.approx([0.4, 0.6], abs=0.02)
    assert flat.std(axis=0) == pytest.approx([0.1, 0.1], rel=0.15)
    assert np.corrcoef(flat.T)[0, 1] == pytest.approx(0.8, abs=0.08)
    weights = np.full(len(flat), 1 / len(flat))
    table = identification(prior, flat, weights)
    assert table["ridge_with"].tolist() == ["awareness", "moving_cost"]
    assert table["sd_ratio"].to_numpy() == pytest.approx(0.1 * math.sqrt(12), rel=0.15)
    even = np.random.default_rng(1).random((400, 2))
    table = identification(prior, even, np.full(400, 1 / 400))
    assert table["identified"].tolist() == ["no", "no"]
    assert table["kl"].max() < 0.03


def row(name, low, high):
    return Row(name, "s", "q", 1, "result", 0.5 * (low + high), low, high)


def test_distance_is_zero_inside_and_counts_half_widths_outside():
    two = (row("B01", 0.0, 2.0), row("B02", 10.0, 14.0))
    weights = {"B01 | s": 1.0, "B02 | s": 0.5}
    values = np.array([[1.9, 10.1], [4.0, 18.0], [4.0, np.nan]])
    assert distance(values, two, weights) == pytest.approx([0.0, (2.0 + 0.5 * 2.0) / 1.5, 2.0])
    values = np.array([[1.9, 10.1], [4.0, 12.0], [0.0, np.nan]])  # an edge is inside
    assert share_inside(values, two, weights) == pytest.approx([1.0, 0.5 / 1.5, 1.0 / 1.5])


def test_what_is_held_is_a_share_of_the_posterior_by_weight():
    two = (row("B01", 0.0, 2.0), row("B02", 10.0, 14.0))
    draws = np.array([[1.0, 20.0], [1.0, 12.0], [5.0, 12.0]])
    # the figures of one draw rule out those of the other: a trade-off
    found, _ = conflicts(draws[[0, 2]], draws, np.array([0.7, 0.2, 0.1]), two)
    assert found["kind"].tolist() == ["trade-off"]
    assert found["held"].tolist() == pytest.approx([0.9])
    assert found["held_other"].tolist() == pytest.approx([0.3])


def test_rows_apart_are_no_conflict():
    cloud = np.random.default_rng(1).uniform(0, 3, (500, 2))
    even = np.full(len(cloud), 1.0 / len(cloud))
    found, curve = conflicts(cloud, cloud, even, (row("B01", 0.0, 1.0), row("B02", 1.0, 2.0)))
    assert found.empty
    assert curve.empty


# --- the file -----------------------------------------------------------------------------------

GOOD = """
parameters = ["moving_cost", "awareness"]
rows = ["B01-B03"]
[[wave]]
points = 8
"""
BAD = {
    "unknown parameter": (GOOD.replace("moving_cost", "moving_costs"), 'did you mean "moving_cost"?'),
    "parameter twice": (GOOD.replace("awareness", "moving_cost"), 'names "moving_cost" twice'),
    "one parameter": (GOOD.replace(', "awareness"', ""), "parameters must have at least"),
    "no rows": (GOOD.replace('rows = ["B01-B03"]', ""), "rows is missing"),
    "unknown row": (GOOD.replace("B01-B03", "B99"), 'rows names row "B99", which is not a result'),
    "unknown end": (GOOD.replace("B01-B03", "B01-B88"), 'names row "B88"'),
    "row in words": (GOOD.replace("B01-B03", "multiplier"), 'is written "B01", "B01-B12"'),
    "other scenario": (GOOD.replace("B01-B03", "B01:suppliers"), "no such row in that scenario"),
    "no wave": (GOOD.split("[[")[0], "wave is missing"),
    "few points": (GOOD.replace("= 8", "= 2"), "must be at least 4, not 2"),
    "cut-off at first": (GOOD + "cut_off = 3.0", 'has a "cut_off" in its first wave'),
    "no cut-off": (GOOD + "[[wave]]\npoints = 8", 'needs a "cut_off" in every wave but the first'),
    "rising": (
        GOOD + "[[wave]]\npoints=8\ncut_off=2.0\n[[wave]]\npoints=8\ncut_off=3.0",
        "rises from one wave",
    ),
    "heavy": (GOOD.replace("[[", '[weights]\n"B01" = 2.0\n[[', 1), "must be at most 1, not 2.0"),
    "weight of nobody": (GOOD.replace("[[", '[weights]\n"B77" = 1.0\n[[', 1), 'weights names row "B77"'),
    "also nobody": (GOOD + '[also_fit]\nmine = ["B98"]', 'also_fit.mine names row "B98"'),
    "check above draws": (GOOD + "[posterior]\ndraws = 20\ncheck = 30", '"check" (30) above "draws" (20)'),
    "misspelt": (GOOD + "[posterior]\ndraw = 20", 'did you mean "draws"?'),
    "no toml": ("parameters =", "is not valid TOML"),
    "empty": ("", "is empty; a calibration needs at least"),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD)
def test_bad_calibrations_are_told_in_a_sentence(text, told, tmp_path):
    file, out = tmp_path / "mine.toml", tmp_path / "out"
    file.write_text(text, encoding="utf-8")
    result = omland("calibrate", file, "--out", out)
    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert not out.exists()


def test_good_ones_pass_the_check_and_need_a_folder(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    for path in (file, "calibration"):
        assert "nothing wrong found" in omland("check", path).output
    assert "needs --out DIR" in omland("calibrate", file).stderr
    assert "There is no calibration file" in omland("calibrate", "mine", "--out", tmp_path / "x").stderr
    file.write_text(GOOD.replace("B01", "B99"))
    assert omland("check", file).exit_code == 2


def test_the_shipped_calibration_puts_multipliers_and_jobs_first():
    shipped = prepare("calibration")
    fitted = select(shipped.rows, STUDY, "rows")
    weights = weights_of(shipped, fitted, STUDY)
    assert weights["B01 | outmigration"] == weights["B12 | suppliers"] == 1.0
    assert weights["B15 | outmigration"] == 0.6
    assert weights["B32 | outmigration"] == weights["B07 | suppliers"] == 0.3
    assert {row.name for row in STUDY if row.priority == 1} - set(weights) == {
        "B14 | outmigration",
        "B20 | outcommuting",
    }
    last = shipped.posterior
    final = (last.finalists + last.refinements + LAST) * last.final_replicates
    points = sum(wave.points for wave in shipped.wave) + shipped.posterior.check
    runs = shipped.noise_replicates + shipped.replicates * points + final
    assert runs * 12 < 3 * 3600  # seconds at full size, on two cores
    assert len(shipped.parameters) >= 14
    assert load_calibration("calibration") == shipped


def test_a_real_run_at_a_tiny_scale(tmp_path):
    file, out = tmp_path / "mine.toml", tmp_path / "out"
    text = GOOD.replace("rows =", "noise_replicates = 2\nscale = 0.01\nrows =").replace("= 8", "= 4")
    file.write_text(
        text
        + "[posterior]\ndraws = 20\ncheck = 2\nsteps = 60\nrecovery = 0\nfinalists = 2\nfinal_replicates = 3\n"
    )
    run(file, out=out, workers=0)
    result = omland("calibrate", file, "--out", out, "--workers", 1, "--json", "--quiet")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["calibration"]["cost"] == told["calibration"]["cost"] | {"points": 9, "worlds": 80}
    assert [row["id"] for row in told["rows"]] == [row.id for row in STUDY]
    points = pd.read_parquet(out / "points.parquet")
    assert points["B05 | outmigration"].between(-3000, 9000).all()
    assert points["B35 | suppliers"].eq(1.0).all()
    again = omland("calibrate", file, "--out", out, "--workers", 1)
    assert again.exit_code == 0, again.output
    for words in (
        "19 finished units were there already",
        "employment multiplier",
        "moving_cost",
        "Written to",
    ):
        assert words in again.output


def test_the_page_tells_every_key_and_file():
    page = Path(__file__).resolve().parents[1] / "docs" / "calibration.md"
    if not page.is_file():
        pytest.skip("the documents are not beside the tests")
    text = page.read_text(encoding="utf-8")
    for key in (*Calibration.model_fields, *Sampling.model_fields, *Wave.model_fields, *TABLES):
        assert f"`{key}`" in text or f"`{key}.csv`" in text, key


# --- what draws from it -------------------------------------------------------------------------


def test_the_study_draws_anew_in_each_replicate(known):
    posterior = load_posterior(known.folder)
    asked = []

    def simulate(region, population, scenario, parameters, **options):
        asked.append((options["replicate"], parameters.hash))
        return fake.fake_simulate(region, population, scenario, parameters, **options)

    inputs = StudyInputs(
        fake.make_region(),
        lambda replicate: SimpleNamespace(weight=1.0),
        {name: load_scenario(name) for name in ("baseline", "outmigration", "outcommuting", "suppliers")},
        Parameters.default(),
        posterior,
    )
    result = run_study(runs=4, inputs=inputs, simulate=simulate)
    by_replicate = {r: {h for k, h in asked if k == r} for r in range(4)}
    assert all(
        len(hashes) == 1 for hashes in by_replicate.values()
    )  # one behaviour for all worlds of a replicate
    assert len(set.union(*by_replicate.values())) > 1
    assert result.run["parameter_hash"] == posterior.hash
    assert result.run["parameters_drawn"]


def test_draws_are_picked_by_their_weight(known):
    posterior = load_posterior(known.folder)
    picked = pd.Series([posterior.drawn(1, r)["awareness"] for r in range(3000)]).value_counts(normalize=True)
    heavy = max(range(len(posterior)), key=posterior.weights.__getitem__)
    value = posterior.parameters["awareness"][heavy]
    here = (
        np.asarray(posterior.parameters["awareness"]) == value
    )  # a chain that stays put has the same draw twice
    assert picked[value] == pytest.approx(np.asarray(posterior.weights)[here].sum(), rel=0.4)
    assert posterior.pick(0.0) != posterior.pick(0.999999)
    assert posterior.replicate(1, 5) == Parameters(posterior.drawn(1, 5))
    assert posterior.replicate(1, 5)["night_cost"] == PARAMETER["night_cost"].default


def test_what_a_calibration_held_goes_with_its_draws(known):
    """A draw means something beside the values that the others had then; the defaults may have moved since."""
    then = {"night_cost": 99.0, "awareness": 0.001, "gone_since": 1.0}
    posterior = replace(load_posterior(known.folder), metadata={"identity": {"defaults": then}})
    assert posterior.held == {"night_cost": 99.0}
    other = replace(posterior, metadata={"identity": {"defaults": then | {"night_cost": 98.0}}})
    assert other.hash != posterior.hash  # units of the one are not taken for those of the other
    untouched = replace(posterior, metadata={"identity": {"defaults": then | {"gone_since": 2.0}}})
    assert untouched.hash == posterior.hash
    assert posterior.replicate(1, 5) == Parameters({**posterior.drawn(1, 5), "night_cost": 99.0})
    plan = replace(make_plan(load_experiment("behavioural"), load_region()), posterior=posterior)
    inputs = plan.inputs(5)
    assert inputs.parameters["night_cost"] == 99.0
    assert "night_cost" not in inputs.values  # not drawn, so nothing to be sensitive to
    assert replace(plan, posterior=None).inputs(5).parameters["night_cost"] == PARAMETER["night_cost"].default


def test_of_two_parameters_that_were_one_both_get_its_value(known):
    file = load_posterior(known.folder)
    for then, both in (
        ({"unemployment_benefit": 0.7}, 0.7),
        ({"unemployment_benefit": 0.7, "reservation_wage": 0.9}, 0.9),
    ):
        posterior = replace(file, metadata={"identity": {"defaults": then}})
        assert posterior.held == {"unemployment_benefit": 0.7, "reservation_wage": both}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pd.DataFrame({"moving_cost": [1.0]}), "is no posterior"),
        (pd.DataFrame({"weight": [1.0], "x": [1.0]}), "is no posterior"),
        (
            pd.DataFrame({"weight": [1.0, 0.0], "moving_cost": [1.0, math.nan]}),
            "a finite number in every cell",
        ),
        (pd.DataFrame({"weight": [0.0], "moving_cost": [1.0]}), "weights that are not negative"),
    ],
)
def test_posteriors_that_are_none(table, told, tmp_path):
    file = tmp_path / "posterior.parquet"
    table.to_parquet(file)
    with pytest.raises(OmlandError, match=told):
        load_posterior(tmp_path)
    file.write_bytes(b"nothing")
    with pytest.raises(OmlandError, match="cannot be read as a posterior"):
        load_posterior(file)
    with pytest.raises(OmlandError, match="There is no posterior"):
        load_posterior(tmp_path / "none.parquet")


def test_the_study_says_that_there_is_no_posterior(monkeypatch, tmp_path):
    monkeypatch.setattr("abm.posterior.SHIPPED", ("posterior", "none.parquet"))
    result = omland("study", "--posterior", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "--posterior: this copy of Omland comes without calibrated draws" in result.stderr
    result = omland("study", "--posterior", "--params", tmp_path / "x.toml")
    assert "exclude each other" in result.stderr
