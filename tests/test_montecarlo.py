"""Monte Carlo experiments from the file to the tables, and back from every kind of stop."""

from __future__ import annotations

import json
import math
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from folders import contents, differences
from processes import OMLAND, TESTS, environment
from scipy import stats

import abm
from abm import montecarlo
from abm.cli import main
from abm.commands.records import records
from abm.effects.pairs import Pair
from abm.errors import OmlandError
from abm.experiment import MIXTURE, load_experiment
from abm.montecarlo.run import prepare, run_plan, run_replicate
from abm.montecarlo.unit import LEAVERS, check_code, pairs
from abm.report import drawing
from abm.risk import expected_shortfall, value_at_risk
from abm.schema import MONTHS_PER_YEAR

SCALE = 0.01
BASELINE = """
mode = "behavioural"
end = "2021-12"
"""
PLANT = """
extends = "calm.toml"
mode = "behavioural"
[[event]]
kind = "establishment"
name = "Plant"
municipality = "Skellefteå"
sector = "CO"
month = "2020-01"
operation = [{ month = "2020-02", jobs = 500 }, { month = "2021-06", jobs = 3000 }]
visibility = 3.0
"""
CLOSED = """
extends = "plant.toml"
mode = "behavioural"
[[event]]
kind = "closure"
establishment = "Plant"
month = "2021-03"
"""
EXPERIMENT = f"""
title = "A plant"
scenarios = ["plant.toml", "closed.toml"]
baseline = "calm.toml"
against = "closed.toml"
replicates = 6
scale = {SCALE}
outcomes = [
    "population:Skellefteå:2021",
    "commuters:Umeå>Skellefteå:2021-06",
    "movers:all>RS:2020..2021",
    "indirect_jobs:Västerbotten:2020..2021",
]
[parameters]
prior = ["moving_cost"]
[[lever]]
name = "size"
event = "Plant"
key = "operation"
low = 0.5
high = 1.5
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """An experiment with its own short scenarios."""
    folder = tmp_path_factory.mktemp("experiment")
    for name, text in {"calm": BASELINE, "plant": PLANT, "closed": CLOSED, "mine": EXPERIMENT}.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder / "mine.toml"


@pytest.fixture(scope="module")
def finished(file, tmp_path_factory):
    """The experiment run undisturbed, in this process."""
    out = tmp_path_factory.mktemp("finished") / "out"
    return montecarlo.run(file, out=out, workers=0)


def variant(file, **changes):
    """The experiment with other lines."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        lines = [line for line in text.splitlines() if line.startswith(f"{old} ")]
        assert lines
        text = text.replace(lines[0], new)
    other = file.parent / f"variant{abs(hash(text))}.toml"
    other.write_text(text, encoding="utf-8")
    return other


def omland(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


# --- what is in the tables ----------------------------------------------------------------------


def test_rows_are_told_as_json_knows_them():
    table = pd.DataFrame({"name": ["a", "b", "c"], "value": [1.5, math.nan, math.inf]})
    told = records(table)
    assert told == [{"name": "a", "value": 1.5}, {"name": "b", "value": None}, {"name": "c", "value": None}]
    json.loads(json.dumps(told, allow_nan=False))


def test_files(finished):
    assert set(contents(finished.folder)) == {
        "experiment.json", "inputs.csv", "outcomes.csv", "risk.csv", "summary.csv", "summary.parquet",
        *(f"units/replicate=00000{k}.parquet{s}" for k in range(6) for s in ("", ".sha256")),
    }  # fmt: skip
    assert finished.record["replicates"] == 6
    assert finished.record["provenance"]["version"] == abm.__version__


def test_effects_are_those_of_worlds_run_one_by_one(finished, file):
    plan = prepare(file)
    inputs = plan.inputs(2)
    region = abm.load_region()
    people = abm.population_for(region, 2, SCALE)  # replicates take the populations in turn
    worlds = {
        name: abm.simulate(
            region, people, plan.scenario(name, inputs), inputs.parameters, seed=1, replicate=2, threads=1
        )
        for name in ("calm", "plant")
    }
    pair = Pair(worlds["plant"], worlds["calm"], region)
    o = finished.outcomes.query("replicate == 2 and scenario == 'plant'").set_index("outcome")["effect"]
    umea, skelleftea, rs = (region.index(n) for n in ("Umeå", "Skellefteå", "RS"))
    m = region.n_municipalities
    assert o["population:2482:2021"] == pair.effect("population")[23, skelleftea]
    assert o["commuters:2480>2482:2021-06"] == pair.effect("commuters")[17, umea, skelleftea]
    assert o["movers:all>RS:2020..2021"] == pair.effect("movers")[:, :m, rs].sum()
    assert o["indirect_jobs:24:2020..2021"] == pytest.approx(pair.indirect("24").mean())
    rows = (
        finished.effects()
        .query("replicate == 2 and scenario == 'plant'")
        .set_index(["quantity", "place", "when"])
    )
    assert (
        rows.loc[("population", "2482", "2021"), "baseline"] == worlds["calm"]["population"][23, skelleftea]
    )
    births = pair.effect("out_migrants")[MONTHS_PER_YEAR:, region.county_mask("24")].sum()
    assert rows.loc[("out_migrants", "24", "2021"), "effect"] == births
    inside = np.append(region.county_mask("22"), [False, False])
    out = pair.effect("commuters")[23][inside][:, ~inside].sum()
    assert rows.loc[("commuters", "22", "2021"), "effect"] == out
    assert (rows["effect"] != 0).any()


def test_inputs_are_drawn_and_told(finished, file):
    plan = prepare(file)
    assert list(finished.inputs) == ["replicate", "moving_cost", "size"]
    for row in finished.inputs.to_dict(orient="records"):
        assert plan.inputs(int(row["replicate"])).values == {k: row[k] for k in ("moving_cost", "size")}
    assert finished.inputs["size"].between(0.5, 1.5).all()


def test_the_summary_is_the_mean_with_students_interval(finished):
    sample = finished.outcomes.query("outcome == 'population:2482:2021' and scenario == 'plant'")["effect"]
    row = finished.named.query(
        "outcome == 'population:2482:2021' and scenario == 'plant' and against == 'calm'"
    ).iloc[0]
    low, high = stats.t.interval(0.95, 5, sample.mean(), stats.sem(sample))
    assert (row["n"], row["effect"]) == (6, pytest.approx(sample.mean()))
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    other = finished.outcomes.query("outcome == 'population:2482:2021' and scenario == 'closed'")["effect"]
    both = finished.named.query(
        "outcome == 'population:2482:2021' and scenario == 'plant' and against == 'closed'"
    ).iloc[0]
    assert both["effect"] == pytest.approx(sample.mean() - other.mean())
    paired = sample.to_numpy() - other.to_numpy()
    assert both["high"] - both["effect"] == pytest.approx(stats.sem(paired) * stats.t.ppf(0.975, 5))
    assert set(finished.summary["against"]) == {"calm", "closed"}


def test_risk_is_of_the_last_year_for_every_place(finished):
    risk = finished.risk
    region = abm.load_region()
    assert set(risk["place"]) == {*region.codes[:44], "22", "23", "24", "25", "all"}
    assert set(risk["when"]) == {"2021"}
    rows = finished.effects().query("scenario == 'plant' and quantity == 'population' and when == '2021'")
    losses = -rows[rows["place"] == "2480"]["effect"].to_numpy()
    here = risk.query("scenario == 'plant' and loss == 'residents' and place == '2480'").set_index(
        "statistic"
    )
    assert here.loc["expected loss", "value"] == pytest.approx(losses.mean())
    assert here.loc["value at risk", "value"] == value_at_risk(losses)
    assert here.loc["expected shortfall", "value"] == pytest.approx(expected_shortfall(losses))
    assert here.loc["expected loss", "low"] <= here.loc["expected loss", "value"]
    assert here.loc[["value at risk", "expected shortfall"], ["low", "high"]].isna().all(axis=None)  # of six
    curve = risk.query("scenario == 'plant' and loss == 'residents' and place == '2480' and threshold == 0")
    assert curve["value"].iloc[0] == pytest.approx((losses > 0).mean())


def test_places_that_are_joined_are_an_outcome_and_no_place_of_risk(file, tmp_path):
    other = variant(file, replicates="replicates = 2")
    text = other.read_text(encoding="utf-8").replace(
        '"population:Skellefteå:2021"', '"population:Umeå+Skellefteå:2021"'
    )
    other.write_text(text, encoding="utf-8")
    result = montecarlo.run(other, out=tmp_path / "out", workers=0)
    assert not result.risk["place"].str.contains("+", regex=False).any()
    assert montecarlo.load(tmp_path / "out").risk.equals(result.risk)
    parts = result.effects().query("scenario == 'plant' and quantity == 'population' and when == '2021'")
    joined = result.named.query(
        "outcome.str.startswith('population:') and against == 'calm' and scenario == 'plant'"
    )
    both = parts[parts["place"].isin(["2480", "2482"])]["effect"].sum() / 2
    assert joined["effect"].iloc[0] == pytest.approx(both)


def test_with_few_replicates_the_spread_goes_from_the_smallest_to_the_largest(finished):
    sample = finished.outcomes.query("outcome == 'population:2482:2021' and scenario == 'plant'")["effect"]
    row = finished.named.query(
        "outcome == 'population:2482:2021' and scenario == 'plant' and against == 'calm'"
    ).iloc[0]
    assert (row["p05"], row["p95"]) == (sample.min(), sample.max())


def test_named_dimensions_hold_what_the_tables_hold(finished):
    data = finished.dataset()
    assert data["population"].dims == ("scenario", "replicate", "place", "when")
    assert data["population_baseline"].dims == ("replicate", "place", "when")
    assert list(data["scenario"].values) == ["plant", "closed"]
    assert list(data["when"].values) == [2020, 2021]
    assert data.sizes["place"] == 49  # 44 municipalities, four counties, all
    assert not any(bool(data[name].isnull().any()) for name in data.data_vars)
    assert "movers" not in data  # a span between two places is a named outcome only
    rows = finished.effects().query("quantity == 'commuters' and place == '2480>24' and when == '2021'")
    for row in rows.to_dict("records"):
        cell = data.sel(scenario=row["scenario"], replicate=row["replicate"], place="2480", when=2021)
        assert float(cell["commuters_to_24"]) == row["effect"]
        assert float(cell["commuters_to_24_baseline"]) == row["baseline"]
    mean = data["population"].sel(place="2482", when=2021).mean("replicate")
    told = finished.named.query("outcome == 'population:2482:2021' and against == 'calm'").set_index(
        "scenario"
    )
    assert mean.sel(scenario="plant") == pytest.approx(told.loc["plant", "effect"])
    assert list(data["moving_cost"].values) == list(finished.inputs["moving_cost"])
    assert data.attrs["baseline"] == "calm"
    assert data.attrs["scale"] == SCALE


def test_loading_gives_what_running_gave(finished):
    again = montecarlo.load(finished.folder)
    for name in ("summary", "outcomes", "inputs", "risk", "failures", "named"):
        ours, theirs = getattr(finished, name), getattr(again, name)
        assert list(ours) == list(theirs)
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)
    assert again.record == finished.record


@pytest.mark.parametrize("prepared", [lambda p: p / "none", lambda p: p])
def test_loading_from_nowhere(prepared, tmp_path):
    with pytest.raises(OmlandError, match=r"There is no folder|holds no results"):
        montecarlo.load(prepared(tmp_path))
    assert list(tmp_path.iterdir()) == []


# --- stops --------------------------------------------------------------------------------------


def test_killed_again_and_again_it_ends_with_the_same_bytes(finished, file, tmp_path):
    out = tmp_path / "out"
    # No report: the run it is held against was made from Python, which writes none.
    arguments = ["montecarlo", file, "--out", out, "--workers", "2", "-q", "--no-report"]

    # First while it writes, at a moment that is known: one unit is whole, of the next one only the checksum is missing.
    killer = [sys.executable, TESTS / "killed.py", ".parquet.sha256", "2", *arguments]
    done = subprocess.run(killer, env=environment(), stdout=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL
    assert json.loads((out / "experiment.json").read_text())["replicates"] is None
    assert len(list(out.glob("units/*.parquet"))) == 2
    assert len(list(out.glob("units/.*.part"))) == 1
    assert len(montecarlo.load(out).inputs) == 1

    # Then from outside, wherever it may be.
    process = subprocess.Popen([*OMLAND, *arguments], env=environment(), stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 240
        while len(list(out.glob("units/*.parquet"))) < 3 and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()

    subprocess.run([*OMLAND, *arguments], env=environment(), check=True, stdout=subprocess.DEVNULL)
    assert not differences(out, finished.folder)


def test_damaged_and_missing_units_are_computed_again_and_no_others(finished, file, tmp_path, monkeypatch):
    out = tmp_path / "out"
    shutil.copytree(finished.folder, out)
    (out / "units" / "replicate=000001.parquet").write_bytes(b"PAR1")
    (out / "units" / "replicate=000004.parquet.sha256").unlink()
    (out / "risk.csv").unlink()
    computed = []
    import abm.montecarlo.unit as unit

    real = unit.pairs
    monkeypatch.setattr(
        unit, "pairs", lambda plan, inputs, k, **more: computed.append(k) or real(plan, inputs, k, **more)
    )
    montecarlo.run(file, out=out, workers=0)
    assert computed == [1, 4]
    assert not differences(out, finished.folder)


def test_more_replicates_later_are_the_same_as_at_once(finished, file, tmp_path):
    out = tmp_path / "out"
    montecarlo.run(file, out=out, runs=2, workers=0)
    assert json.loads((out / "experiment.json").read_text())["replicates"] == 2
    montecarlo.run(file, out=out, workers=0)
    assert not differences(out, finished.folder)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 2}, "seed 1 and not 2"),
        ({"scale": 0.02}, "scale 0.01 and not 0.02"),
    ],
)
def test_a_folder_takes_no_other_experiment(changes, told, finished, file):
    before = contents(finished.folder)
    with pytest.raises(OmlandError, match=told):
        montecarlo.run(file, out=finished.folder, workers=0, **changes)
    with pytest.raises(OmlandError, match="experiment hash"):
        montecarlo.run(variant(file, prior='prior = ["night_cost"]'), out=finished.folder, workers=0)
    assert contents(finished.folder) == before


def test_one_replicate_by_itself(finished, file, tmp_path):
    result = omland("montecarlo", file, "--replicate", 3, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    theirs = finished.outcomes.query("replicate == 3 and scenario == 'plant'").set_index("outcome")["effect"]
    assert told["outcomes"]["plant"] == theirs.to_dict()
    name = "units/replicate=000003.parquet"
    assert contents(tmp_path / "out")[name] == contents(finished.folder)[name]
    assert omland("montecarlo", file, "--replicate", 3, "--runs", 2).exit_code == 2


def test_one_replicate_tells_of_its_worlds(file):
    plan, seen = prepare(file), []
    run_replicate(plan, 3, watch=lambda done, total: seen.append((done, total)))
    assert seen == [(k + 1, plan.worlds_per_unit) for k in range(plan.worlds_per_unit)]


# --- failures -----------------------------------------------------------------------------------


def fail_in(monkeypatch, *replicates):
    import abm.montecarlo.unit as unit

    def failing(plan, inputs, replicate, **more):
        if replicate in replicates:
            raise OmlandError(f"replicate {replicate} broke an invariant")
        return pairs(plan, inputs, replicate, **more)

    monkeypatch.setattr(unit, "pairs", failing)


def test_a_failed_replicate_is_left_out_told_and_tried_again(finished, file, tmp_path, monkeypatch):
    out = tmp_path / "out"
    fail_in(monkeypatch, 2, 4)
    result = montecarlo.run(file, out=out, workers=0)
    assert result.failures["replicate"].tolist() == [2, 4]
    assert result.failures["message"][0] == "replicate 2 broke an invariant"
    assert result.inputs["replicate"].tolist() == [0, 1, 3, 5]
    assert set(result.summary["n"]) == {4}
    monkeypatch.undo()
    montecarlo.run(file, out=out, workers=0)
    assert not differences(out, finished.folder)


def test_when_all_fail_it_is_an_error(file, tmp_path, monkeypatch):
    fail_in(monkeypatch, 0, 1)
    with pytest.raises(OmlandError, match="Every replicate failed, the first with: replicate 0 broke"):
        montecarlo.run(file, out=tmp_path / "out", runs=2, workers=0)


def test_a_worker_with_other_code_or_data_refuses(file):
    import dataclasses

    from abm.provenance import model_hash

    plan = prepare(file)
    check_code(model_hash())
    with pytest.raises(OmlandError, match="another version of Omland"):
        check_code("0" * 64)
    with pytest.raises(OmlandError, match="other data"):
        pairs(dataclasses.replace(plan, data_hash="x"), plan.inputs(0), 0)


# --- stopping rule, mixture, seam ---------------------------------------------------------------


def with_stop(file, half_width, maximum=40):
    stop = f'[stop]\noutcome = "population:Skellefteå:2021"\nscenario = "plant"\nhalf_width = {half_width}\n'
    stop += f"minimum = 4\nmaximum = {maximum}\nbatch = 2\n[parameters]"
    text = file.read_text(encoding="utf-8").replace("replicates = 6\n", "").replace("[parameters]", stop)
    other = file.parent / f"stop{half_width:g}-{maximum}.toml"
    other.write_text(text, encoding="utf-8")
    return other


def test_it_stops_at_the_first_look_that_is_good_enough(finished, file, tmp_path):
    sample = finished.outcomes.query("outcome == 'population:2482:2021' and scenario == 'plant'")["effect"]
    widths = {n: stats.sem(sample[:n]) * stats.t.ppf(0.975, n - 1) for n in (4, 6)}
    assert widths[6] < widths[4]  # or else choose another experiment
    enough = with_stop(file, round(float(np.mean(list(widths.values()))), 3))
    result = montecarlo.run(enough, out=tmp_path / "a", workers=0)
    assert result.record["replicates"] == 6
    many = montecarlo.run(enough, out=tmp_path / "b", workers=2)
    assert len(many.inputs) == 6
    assert not differences(tmp_path / "a", tmp_path / "b")


def test_it_ends_at_the_maximum(file, tmp_path):
    result = montecarlo.run(with_stop(file, 0.001, maximum=5), out=tmp_path / "a", workers=0)
    assert result.record["replicates"] == 5


def test_a_mixture_is_taken_as_a_whole(file, tmp_path):
    text = file.read_text(encoding="utf-8").replace('against = "closed.toml"\n', "")
    mixed = file.parent / "mixed.toml"
    scenarios = '{ "plant.toml" = 0.5, "closed.toml" = 0.5 }'
    mixed.write_text(text.replace('["plant.toml", "closed.toml"]', scenarios), encoding="utf-8")
    result = montecarlo.run(mixed, out=tmp_path / "out", workers=0)
    assert set(result.summary["scenario"]) == {MIXTURE}
    assert set(result.inputs[MIXTURE]) == {"plant", "closed"}
    assert set(result.risk["scenario"]) == {MIXTURE}
    assert load_experiment(mixed).groups == (MIXTURE,)


def test_who_leaves_is_kept_where_the_model_records_it(file, monkeypatch):
    import abm.montecarlo.unit as unit
    from abm.results import QUANTITY, Quantity

    name = f"{LEAVERS}young"
    young = Quantity(name, "M", "flow", "persons", "moved out, 16 to 34 years old")
    monkeypatch.setitem(QUANTITY, name, young)
    monkeypatch.setattr(unit, "GRID", (*unit.GRID, (name, "")))
    plan = prepare(file)
    found = pairs(plan, plan.inputs(0), 0)
    for pair in found.values():
        for world in (pair.world, pair.baseline):
            world.series.setdefault(name, world["out_migrants"] // 2)
    table = unit.unit_table(plan, found, 0).to_pandas()
    assert len(table[table["quantity"] == name]) == 2 * 2 * 49


# --- the command --------------------------------------------------------------------------------


def test_the_command_prints_outcomes_and_risk(finished, file, monkeypatch):
    monkeypatch.setattr(drawing, "PNG_DPI", 40)
    result = omland("montecarlo", file, "--out", finished.folder, "--workers", 1)
    assert result.exit_code == 0, result.output
    for words in ("A plant: 6 replicates, 6 of them were there already", "plant − closed", "expected shortfall",
                  "(too\N{NO-BREAK SPACE}few)", "Umeå → Skellefteå", "Loss of residents until the end of 2021"):  # fmt: skip
        assert words in result.output
    assert "units/, report.html, figures/." in result.output
    assert "Where the risk is" in (finished.folder / "report.html").read_text(encoding="utf-8")
    told = json.loads(omland("montecarlo", file, "--out", finished.folder, "--json", "--no-report").output)
    assert told["run"]["reused"] == 6
    assert told["run"]["computed"] == 0
    assert {row["statistic"] for row in told["risk"]} >= {"expected loss", "exceedance"}


def test_progress_tells_the_estimate(file, tmp_path):
    told = []
    plan = prepare(file)
    run_plan(plan, out=tmp_path / "out", runs=3, workers=0, watch=lambda *a: told.append(a))
    assert [t[:2] for t in told] == [(1, 3), (2, 3), (3, 3)]
    assert math.isnan(told[0][4])
    assert told[2][2].worlds == 9
    result = montecarlo.load(tmp_path / "out")
    row = result.named.query("scenario == 'plant' and against == 'calm'").iloc[0]
    assert told[2][3] == pytest.approx(row["effect"])
    assert told[2][4] == pytest.approx(row["high"] - row["effect"])
