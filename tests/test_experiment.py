"""Experiment files: what they say, how bad ones are told, and the chance they draw by."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from abm.cli import main
from abm.errors import OmlandError
from abm.experiment import Experiment, list_experiments, load_experiment, make_plan, parse_outcome
from abm.experiment.chance import between, one_of, uniform
from abm.experiment.files import NO_EXPERIMENTS
from abm.experiment.levers import pull
from abm.experiment.model import MIXTURE
from abm.parameters import PARAMETER
from abm.region import load_region
from abm.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("behavioural", "migration_risk", "policy_levers", "study")
GOOD = """
scenarios = ["behavioural"]
outcomes = ["population:Västernorrland:2030"]
replicates = 3
"""


@pytest.fixture(scope="module")
def region():
    return load_region()


def omland(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


def write(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return file


# --- shipped ------------------------------------------------------------------------------------


def test_shipped_experiments_are_sound(region):
    assert list_experiments() == SHIPPED
    for name in (*SHIPPED, ROOT / "experiments" / "template.toml"):
        experiment = load_experiment(name)
        assert experiment.title
        assert experiment.description
        plan = make_plan(experiment, region)
        assert plan.outcomes


def test_every_shipped_experiment_is_in_the_wheel_and_documented():
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("not a checkout")
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    page = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    for file in (ROOT / "experiments").glob("*.toml"):
        assert wheel["force-include"][f"experiments/{file.name}"] == f"abm/_data/experiments/{file.name}"
        assert file.stem in NO_EXPERIMENTS or f"## `{file.stem}`" in page
    for key in Experiment.model_fields:
        assert f"`{key}`" in page, key


def test_levers_of_policy_are_each_the_factory_with_one_thing_more():
    plain = load_scenario("behavioural").events
    for name in load_experiment("policy_levers").scenario_names[1:]:
        events = load_scenario(name).events
        differing = [e for e in events if e not in plain]
        assert 1 <= len(differing) <= 2, name


def test_listing_and_check():
    result = omland("experiments")
    assert result.exit_code == 0
    for name in SHIPPED:
        assert name in result.output
    assert omland("check", "migration_risk").exit_code == 0


# --- bad files ----------------------------------------------------------------------------------

BAD = {
    "empty": ("", "is empty; an experiment needs at least scenarios"),
    "not TOML": (GOOD + "x = [", "is not valid TOML"),
    "unknown key": (GOOD + "replicate = 2", 'unknown key "replicate"; did you mean "replicates"?'),
    "no scenarios": (GOOD.replace('scenarios = ["behavioural"]', ""), "scenarios is missing"),
    "empty scenarios": (GOOD.replace('["behavioural"]', "[]"), "scenarios must have at least one"),
    "unknown scenario": (GOOD.replace('"behavioural"', '"behavioral"'), 'did you mean "behavioural"?'),
    "scenario twice": (GOOD.replace('"behavioural"', '"failure", "failure"'), 'names "failure" twice'),
    "baseline among them": (GOOD.replace('"behavioural"', '"baseline"'), 'has its baseline "baseline" among'),
    "weights of zero": (GOOD.replace('["behavioural"]', "{ behavioural = 0.0 }"), "a weight above 0"),
    "negative weight": (GOOD.replace('["behavioural"]', "{ behavioural = -1.0 }"), "must be at least 0, not -1.0"),
    "no number": (GOOD.replace("replicates = 3", ""), 'needs either "replicates" or the table [stop]'),
    "zero replicates": (GOOD.replace("= 3", "= 0"), "line 4: replicates must be at least 1, not 0"),
    "replicates in words": (GOOD.replace("= 3", '= "3"'), "replicates must be a whole number"),
    "scale of zero": (GOOD + "scale = 0.0", "scale must be more than 0, not 0.0"),
    "negative seed": (GOOD + "seed = -1", "seed must be at least 0"),
    "no outcomes": (GOOD.replace('["population:Västernorrland:2030"]', "[]"), "outcomes must have at least one"),
    "outcome in words": (GOOD.replace("population:Västernorrland:2030", "residents"), 'must be written "quantity:'),
    "unknown quantity": (GOOD.replace("population:", "populatoin:"), 'did you mean "population"?'),
    "unknown place": (GOOD.replace(":Västernorrland", ":Vasternorrland"), 'did you mean "Västernorrland"?'),
    "no flow": (GOOD.replace(":Västernorrland", ":22>24"), "are between two places"),
    "bad time": (GOOD.replace(":2030", ":2030-13"), 'has the time "2030-13"'),
    "time runs backwards": (GOOD.replace(":2030", ":2030..2025"), "runs forwards"),
    "before the start": (GOOD.replace(":2030", ":2019"), "it starts with 2020-01"),
    "after the end": (GOOD.replace(":2030", ":2031"), "is after the last month, 2030-12"),
    "index of a county": (GOOD.replace("population:", "house_price:"), "does not add up over municipalities"),
    "indirect of a municipality": (GOOD.replace("population:Västernorrland", "indirect_jobs:Umeå"), "is for counties"),
    "unknown parameter": (GOOD + "[parameters]\nmoving_costs = 1.0", "did you mean 'moving_cost'?"),
    "parameter in words": (GOOD + '[parameters]\nmoving_cost = "high"', "must be a finite number"),
    "unknown prior": (GOOD + '[parameters]\nprior = ["tie_partners"]', 'did you mean "tie_partner"?'),
    "fixed and prior": (
        GOOD + '[parameters]\nmoving_cost = 1.0\nprior = ["moving_cost"]',
        'has "moving_cost" both fixed and in "prior"',
    ),
    "from elsewhere": (GOOD + '[parameters]\nfrom = "prior"', 'unknown value "prior"'),
    "against nobody": (GOOD + 'against = "failure"', "which is not one of its scenarios: behavioural"),
    "stop and number": (
        GOOD + '[stop]\noutcome = "population:Västernorrland:2030"\nhalf_width = 1.0',
        'needs either "replicates" or the table [stop]',
    ),
    "stop at another outcome": (
        GOOD.replace("replicates = 3", "") + '[stop]\noutcome = "jobs:22:2030"\nhalf_width = 1.0',
        "which is not one of its outcomes",
    ),
    "stop without width": (
        GOOD.replace("replicates = 3", "") + '[stop]\noutcome = "population:Västernorrland:2030"',
        "stop.half_width is missing",
    ),
    "stop before it starts": (
        GOOD.replace("replicates = 3", "")
        + '[stop]\noutcome = "population:Västernorrland:2030"\nhalf_width = 1.0\nmaximum = 5',
        'has "maximum" (5) below "minimum" (20)',
    ),
    "stop in one of two": (
        GOOD.replace("replicates = 3", "").replace('"behavioural"', '"behavioural", "failure"')
        + '[stop]\noutcome = "population:Västernorrland:2030"\nhalf_width = 1.0',
        'needs "stop.scenario", one of behavioural, failure',
    ),
    "lever without event": (
        GOOD + '[[lever]]\nname = "x"\nevent = "Northvalt"\nkey = "visibility"\nlow = 1.0\nhigh = 2.0',
        'no scenario has an event "Northvalt"; events with a name: Northvolt',
    ),
    "lever without figure": (
        GOOD + '[[lever]]\nname = "x"\nevent = "Northvolt"\nkey = "visible"\nlow = 1.0\nhigh = 2.0',
        'has no key "visible"; its figures:',
    ),
    "lever of a word": (
        GOOD + '[[lever]]\nname = "x"\nevent = "Northvolt"\nkey = "sector"\nlow = 1.0\nhigh = 2.0',
        "is not a figure",
    ),
    "lever out of range": (
        GOOD + '[[lever]]\nname = "x"\nevent = "Northvolt"\nkey = "remote_share"\nlow = 0.0\nhigh = 2.0',
        'lever "x": remote_share must be at most 1',
    ),
    "lever upside down": (
        GOOD + '[[lever]]\nname = "x"\nevent = "Northvolt"\nkey = "visibility"\nlow = 2.0\nhigh = 1.0',
        'needs "low" (2) below "high" (1)',
    ),
    "lever called a parameter": (
        GOOD + '[[lever]]\nname = "night_cost"\nevent = "Northvolt"\nkey = "visibility"\nlow = 1.0\nhigh = 2.0',
        "as a parameter is",
    ),
    "lever misspelt": (
        GOOD + '[[lever]]\nname = "x"\nevent = "Northvolt"\nkeys = "visibility"\nlow = 1.0\nhigh = 2.0',
        'unknown key "keys"; did you mean "key"?',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_told_in_one_sentence(text, told, tmp_path):
    file = write(tmp_path, text)
    out = tmp_path / "out"
    result = omland("montecarlo", file, "--out", out)
    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("like", [None, "policy_levers", "migration_risk"])
def test_an_experiment_of_ones_own_begins_sound(like, tmp_path):
    file = tmp_path / "mine.toml"
    result = omland("new-experiment", file, *([] if like is None else ["--like", like]))
    assert result.exit_code == 0, result.output
    assert f"omland check {file.as_posix()}" in result.output.replace("\n", "")
    assert omland("check", file).output.endswith("nothing wrong found.\n")
    again = omland("new-experiment", file)
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    if like is None:
        assert f"omland montecarlo {file.as_posix()} --out mine-full" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["mine"], "has to end with .toml"),
        (["none/mine.toml"], "cannot be written: No such file or directory"),
        (["mine.toml", "--like", "none"], 'There is no experiment "none"; shipped experiments: behavioural'),
    ],
)
def test_beginnings_that_cannot_be(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = omland("new-experiment", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not list(tmp_path.iterdir())


def test_posterior_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr("abm.posterior.SHIPPED", ("posterior", "none.parquet"))
    file = write(tmp_path, GOOD + '[parameters]\nfrom = "posterior"')
    result = omland("montecarlo", file, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "comes without calibrated draws" in result.stderr


@pytest.fixture
def plan_of_draws(tmp_path, monkeypatch, region):
    """A plan whose calibrated draws have two parameters in step, the odd ones twice as likely."""
    draws = tmp_path / "draws.parquet"
    rows = {
        "weight": 1.0 + np.arange(50) % 2,
        "moving_cost": 10000.0 + np.arange(50),
        "night_cost": 200.0 + np.arange(50),
    }
    pd.DataFrame(rows).to_parquet(draws)
    monkeypatch.setattr("abm.posterior.data_path", lambda *parts: draws)
    return lambda more: make_plan(
        load_experiment(write(tmp_path, f'{GOOD}[parameters]\nfrom = "posterior"\n{more}')), region
    )


def test_posterior_draws_are_rows_and_fixed_values_stand(plan_of_draws):
    plan = plan_of_draws("wage_curve = -0.05")
    seen = set()
    for replicate in range(40):
        inputs = plan.inputs(replicate)
        assert inputs.values["moving_cost"] - 10000 == inputs.values["night_cost"] - 200
        assert inputs.parameters["moving_cost"] == inputs.values["moving_cost"]
        assert inputs.parameters["wage_curve"] == -0.05
        seen.add(inputs.values["moving_cost"])
    assert len(seen) > 15


def test_what_the_posterior_has_is_drawn_with_it_and_varied_in_a_sensitivity_analysis(plan_of_draws):
    plan = plan_of_draws('prior = ["moving_cost", "tie_owner"]')
    ties = set()
    for replicate in range(20):
        inputs = plan.inputs(replicate)
        assert inputs.parameters["moving_cost"] - 10000 == inputs.parameters["night_cost"] - 200
        assert inputs.values["moving_cost"] == inputs.parameters["moving_cost"]
        ties.add(inputs.parameters["tie_owner"])
    assert len(ties) == 20
    assert list(plan.bounds) == ["moving_cost", "tie_owner"]
    point = plan.point({"moving_cost": 20000.0, "tie_owner": 500.0})
    assert point.parameters["moving_cost"] == 20000.0
    assert point.parameters["night_cost"] == PARAMETER["night_cost"].default


@pytest.mark.parametrize("name", ["nothing", "behavioral", "folder/none.toml"])
def test_experiments_that_do_not_exist(name, tmp_path):
    result = omland("montecarlo", name, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "There is no experiment" in result.stderr
    assert "migration_risk" in result.stderr


def test_out_is_needed(tmp_path):
    for command in ("montecarlo", "sensitivity"):
        result = omland(command, "study")
        assert result.exit_code == 2
        assert "needs --out DIR" in result.stderr


# --- what is drawn ------------------------------------------------------------------------------


def experiment(**changes):
    base = {
        "name": "x",
        "scenarios": ["behavioural"],
        "outcomes": ["population:Västernorrland:2030"],
        "replicates": 3,
    }
    return Experiment.model_validate(base | changes)


def test_draws_depend_on_seed_replicate_and_purpose_only():
    assert uniform(1, 2, "a") == uniform(1, 2, "a")
    assert len({uniform(s, r, p) for s in (1, 2) for r in (1, 2) for p in ("a", "b")}) == 8
    assert uniform(1, 12, "a") != uniform(11, 2, "a")
    sample = [uniform(5, r, "x") for r in range(2000)]
    assert stats.kstest(sample, "uniform").pvalue > 0.01
    chosen = [one_of(5, r, "s", {"a": 1.0, "b": 3.0, "c": 0.0}) for r in range(2000)]
    assert chosen.count("c") == 0
    assert stats.binomtest(chosen.count("a"), 2000, 0.25).pvalue > 0.01
    assert all(2 <= between(5, r, "x", 2, 3) <= 3 for r in range(100))


def test_a_further_input_leaves_the_others_as_they_were(region):
    few = make_plan(experiment(parameters={"prior": ["moving_cost"]}), region)
    more = make_plan(experiment(parameters={"prior": ["night_cost", "moving_cost"]}), region)
    for replicate in range(5):
        a, b = few.inputs(replicate), more.inputs(replicate)
        assert a.values["moving_cost"] == b.values["moving_cost"]
        low, high = PARAMETER["night_cost"].low, PARAMETER["night_cost"].high
        assert low < b.parameters["night_cost"] < high
        assert a.parameters["night_cost"] == PARAMETER["night_cost"].default


def test_a_mixture_draws_one_scenario_a_replicate(region):
    plan = make_plan(experiment(scenarios={"behavioural": 0.5, "failure": 0.5}), region)
    drawn = [plan.inputs(r).scenarios for r in range(60)]
    assert all(list(d) == [MIXTURE] for d in drawn)
    assert {d[MIXTURE] for d in drawn} == {"behavioural", "failure"}
    assert plan.worlds_per_unit == 2


def test_levers_set_figures_and_multiply_paths(region):
    def levered(key, low, high):
        lever = {"name": "x", "event": "Northvolt", "key": key, "low": low, "high": high}
        return make_plan(experiment(lever=[lever]), region)

    plan = levered("operation", 0.5, 1.5)
    inputs = plan.point({"x": 0.5})
    half = plan.scenario("behavioural", inputs).job_paths("Northvolt").operation
    assert np.allclose(half, 0.5 * plan.scenarios["behavioural"].job_paths("Northvolt").operation)
    assert plan.scenario("baseline", inputs) is plan.scenarios["baseline"]
    plan = levered("wage_premium", 0.0, 0.1)
    assert (
        plan.scenario("behavioural", plan.point({"x": 0.07})).establishment("Northvolt").wage_premium == 0.07
    )
    assert 0.0 < plan.inputs(4).levers["x"] < 0.1


def test_levers_reach_into_tables(region):
    lever = {"name": "x", "event": "Northvolt", "low": 0.1, "high": 0.2}
    study = load_scenario("outmigration").resolve(region)
    model = experiment(lever=[{**lever, "key": "recruitment.mover_share"}]).lever[0]
    assert pull(study, model, 0.15).establishment("Northvolt").recruitment.mover_share == 0.15
    model = experiment(lever=[{**lever, "key": "suppliers.Västernorrland"}]).lever[0]
    assert pull(study, model, 0.15).establishment("Northvolt").suppliers["22"] == 0.15


def test_worlds_of_different_length_are_refused(tmp_path, region):
    (tmp_path / "short.toml").write_text('mode = "behavioural"\nend = "2021-12"\n')
    file = write(tmp_path, GOOD.replace('"behavioural"', '"short.toml"').replace(":2030", ":2021"))
    with pytest.raises(OmlandError, match='scenario "short" ends with 2021-12 and the baseline with 2030-12'):
        make_plan(load_experiment(file), region)


def test_worlds_shorter_than_a_year_are_refused_before_the_work(tmp_path, region):
    (tmp_path / "short.toml").write_text('mode = "behavioural"\nend = "2020-06"\n')
    (tmp_path / "base.toml").write_text('mode = "behavioural"\nend = "2020-06"\n')
    text = GOOD.replace('"behavioural"', '"short.toml"').replace(":2030", ":2020-06")
    file = write(tmp_path, f'baseline = "base.toml"{text}')
    with pytest.raises(
        OmlandError, match="ends with 2020-06; the worlds of an experiment need a year at least"
    ):
        make_plan(load_experiment(file), region)


def test_a_place_told_twice_counts_once(region):
    once, twice = (parse_outcome(f"indirect_jobs:{p}:2020") for p in ("24", "24+Västerbotten"))
    assert twice.resolve(region) == once.resolve(region)


def test_the_hash_tells_content_and_not_words_or_numbers_of_replicates():
    plain = experiment()
    assert experiment(title="other", replicates=9).hash == plain.hash
    assert experiment(parameters={"wage_curve": -0.03}).hash != plain.hash
    assert experiment(outcomes=["jobs:22:2030"]).hash != plain.hash


# --- outcomes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last", "when"),
    [
        ("population:22:2030", 131, 131, "2030"),
        ("population:22:2030-12", 131, 131, "2030"),
        ("population:22:2030-06", 125, 125, "2030-06"),
        ("population:22:2029..2030", 108, 131, "2029..2030"),
        ("births:22:2030", 120, 131, "2030"),
        ("births:22:2030-12", 131, 131, "2030-12"),
        ("births:22:2020-06..2021-02", 5, 13, "2020-06..2021-02"),
    ],
)
def test_times(text, first, last, when):
    outcome = parse_outcome(text)
    assert (outcome.first, outcome.last, outcome.when) == (first, last, when)
    assert parse_outcome(outcome.text) == outcome
