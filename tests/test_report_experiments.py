"""The reports of Monte Carlo experiments and of sensitivity analyses, on results made by hand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from abm import montecarlo, risk, sensitivity
from abm.cli import main
from abm.language import language
from abm.montecarlo.results import KIND, build, write
from abm.report import drawing, load_run, write_report
from abm.report import sections as report_sections
from abm.report.places import load_places
from abm.report.run import Run
from abm.report.sections.risk import _grid, answer
from abm.report.sections.risk_places import risk_map
from abm.report.sections.risk_words import loss_or_gain, study_losses
from abm.sensitivity.design import Problem
from abm.sensitivity.run import analyse
from abm.units import UnitStore, to_parquet

pytest.importorskip("SALib")

RUNS = 24
LANGUAGES = ("en", "sv")
LOST = 50.0 * np.arange(RUNS) - 200.0
"""Residents of Västernorrland lost in each replicate."""
PLACES = {"2281": 0.75, "2282": 0.25, "2482": -1.0}
"""Share of that loss by municipality."""
GROUPS = ("age_0_17", "age_18_29", "education_tertiary", "household_single")


def unit_rows(replicate: int, scenario: str) -> pd.DataFrame:
    lost, rows = LOST[replicate], []
    for place, share in {**PLACES, "22": 1.0, "24": -1.0, "all": 0.0}.items():
        rows += [
            ("population", place, "2030", 10_000.0, -share * lost),
            ("jobs", place, "2030", 5_000.0, 40.0),
        ]
        rows.append(("direct_jobs", place, "2030", 0.0, 300.0 if place == "2482" else 0.0))
        for year in ("2029", "2030"):
            rows += [(f"out_migrants_{g}", place, year, 100.0, 10.0 * (i + 1)) for i, g in enumerate(GROUPS)]
    table = pd.DataFrame(rows, columns=["quantity", "place", "when", "baseline", "effect"])
    return table.assign(replicate=replicate, scenario=scenario)


def make_experiment(folder, groups=("behavioural",), values=lambda replicate: {}):
    """The folder of a finished experiment."""
    import pyarrow as pa

    about = {
        "name": "mine", "title": "A <b>title</b>", "groups": list(groups), "baseline": "baseline",
        "against": None, "outcomes": ["population:22:2030", "jobs:2281:2030"],
    }  # fmt: skip
    record = {"experiment": about, "replicates": None, "provenance": {"version": "0.1.0"}}
    store = UnitStore(folder, KIND)
    with store.opened({"seed": 7, "scale": 0.5}, record):
        for k in range(RUNS):
            rows = pd.concat([unit_rows(k, g) for g in groups], ignore_index=True)
            details = {
                "replicate": k, "scenarios": {g: g for g in groups}, "values": values(k),
                "outcomes": {g: [-LOST[k], 40.0] for g in groups},
            }  # fmt: skip
            store.write(k, to_parquet(pa.Table.from_pandas(rows, preserve_index=False), details))
        write(build(store, list(range(RUNS))), store)
        store.amend_record(replicates=RUNS)
    return folder


def line(values, replicate):
    """A known model: residents lost with a dear move, and luck."""
    luck = float(np.random.default_rng([replicate, int(1e6 * values["b"])]).normal())
    return {
        "x | population:22:2030": -1000.0 * values["a"] + 100.0 * values["b"] + luck,
        "x | births:22:2030": 0.0,
    }


def dice(values, replicate):
    """The same, of jobs; residents are luck."""
    told = line(values, replicate)["x | population:22:2030"]
    return {"x | population:22:2030": told % 1.0, "x | jobs:22:2030": told}


def only_dice(values, replicate):
    """Nothing but luck."""
    return {"x | population:22:2030": dice(values, replicate)["x | population:22:2030"]}


def make_analysis(folder, method="sobol", replicates=2, compare=None, model=line, tell=None):
    problem = Problem({"a": (0.0, 1.0), "b": (0.0, 1.0), "moving_cost": (0.0, 10.0)})
    record = {"experiment": {"name": "mine", "title": "Mine"}, "provenance": {"version": "0.1.0"}}
    size = {"sobol": 32, "morris": 10, "surrogate": 24}[method]
    analyse(
        model, problem, out=folder, method=method, size=size, replicates=replicates, workers=0,
        identity={"seed": 7}, record=record, compare=compare, tell=tell,
    )  # fmt: skip
    return folder


# --- results that somebody edited -----------------------------------------------------------------


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """The folder of an experiment, to copy."""
    return make_experiment(tmp_path_factory.mktemp("intact") / "rp", ("behavioural", "outmigration"))


def edited(file, **columns):
    """A table with some columns replaced, or without them."""
    table = pd.read_csv(file, dtype=object)
    for name, value in columns.items():
        table = table.drop(columns=name) if value is None else table.assign(**{name: value})
    table.to_csv(file, index=False)


def cut(file, rows):
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:rows]))


def tell_otherwise(file, **changes):
    record = json.loads(file.read_text(encoding="utf-8"))
    for key, value in changes.items():
        record[key] = {**record[key], **value} if key in ("experiment", "identity", "sensitivity") else value
    file.write_text(json.dumps(record), encoding="utf-8")


EDITS = {
    "no column of risk": ("risk.csv", lambda f: edited(f, place=None), 'the column "place" is missing.'),
    "text for a risk": ("risk.csv", lambda f: edited(f, high="x"), 'the column "high" holds what is no number.'),
    "empty place": ("risk.csv", lambda f: edited(f, place=""), 'the column "place" has an empty cell.'),
    "other scenario": ("risk.csv", lambda f: edited(f, scenario="x"), "does not have all the rows"),
    "other loss": ("risk.csv", lambda f: edited(f, loss="x"), "does not have all the rows"),
    "half of the risk": ("risk.csv", lambda f: cut(f, 200), "does not have all the rows"),
    "header of the risk": ("risk.csv", lambda f: cut(f, 1), "has no rows"),
    "header of the inputs": ("inputs.csv", lambda f: cut(f, 1), "has no rows"),
    "other inputs": ("inputs.csv", lambda f: f.write_text("a,b\n1,2\n"), 'the column "replicate" is missing.'),
    "text for a replicate": ("inputs.csv", lambda f: edited(f, replicate="x"), "holds what is no number"),
    "half of the outcomes": ("outcomes.csv", lambda f: cut(f, 9), "does not have all the rows"),
    "text for titles": (
        "experiment.json", lambda f: tell_otherwise(f, scenario_titles="x"), "is not as Omland wrote it."
    ),
    "text for a title": (
        "experiment.json", lambda f: tell_otherwise(f, scenario_titles={"x": 1}), "is not as Omland wrote it."
    ),
    "text for a scale": (
        "experiment.json", lambda f: tell_otherwise(f, identity={"scale": "x"}), "is not as Omland wrote it."
    ),
    "number for groups": (
        "experiment.json", lambda f: tell_otherwise(f, experiment={"groups": 3}), "is not as Omland wrote it."
    ),
    "number for outcomes": (
        "experiment.json", lambda f: tell_otherwise(f, experiment={"outcomes": 3}), "is not as Omland wrote it."
    ),
}  # fmt: skip


def told_of_the_edit(folder, name, edit, part):
    """The report of a folder in which a file is edited ends with one sentence on that file."""
    edit(folder / name)
    result = CliRunner().invoke(main, ["report", str(folder)], prog_name="omland")
    assert result.exit_code == 2, (result.output, result.exception)
    (told,) = result.output.splitlines()
    assert told.startswith(f"Error: {folder / name}")
    assert part in told


@pytest.mark.parametrize("what", EDITS)
def test_a_report_of_edited_results(intact, tmp_path, what):
    folder = shutil.copytree(intact, tmp_path / "rp")
    told_of_the_edit(folder, *EDITS[what])
    assert not (folder / "report.html").exists()


ANALYSIS_EDITS = {
    "half of the indices": ("indices.csv", lambda f: cut(f, 3), "does not have all the rows"),
    "header of the indices": ("indices.csv", lambda f: cut(f, 1), "has no rows"),
    "text for an index": ("indices.csv", lambda f: edited(f, value="x"), 'the column "value" holds what is no number.'),
    "other luck": ("luck.csv", lambda f: edited(f, outcome="x"), "does not have all the rows"),
    "no luck": ("luck.csv", lambda f: edited(f, outcome=None), 'the column "outcome" is missing.'),
    "half of the surface": ("surface.csv", lambda f: cut(f, 4), "does not have all the rows"),
    "header of the points": ("points.csv", lambda f: cut(f, 1), "has no rows"),
    "other method": (
        "experiment.json", lambda f: tell_otherwise(f, sensitivity={"method": "x"}), "is not as Omland wrote it."
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    """The folder of an analysis, to copy."""
    return make_analysis(tmp_path_factory.mktemp("analysed") / "se", "morris")


@pytest.mark.parametrize("what", ANALYSIS_EDITS)
def test_a_report_of_an_edited_analysis(analysed, tmp_path, what):
    folder = shutil.copytree(analysed, tmp_path / "se")
    told_of_the_edit(folder, *ANALYSIS_EDITS[what])


@pytest.fixture(scope="module", autouse=True)
def coarse():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "PNG_DPI", 40)
        yield


@pytest.fixture(scope="module")
def places():
    return load_places()


@pytest.fixture(scope="module")
def experiment(tmp_path_factory, places):
    return load_run(make_experiment(tmp_path_factory.mktemp("mc")), places)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory, places):
    """An analysis by a surrogate, beside one by Morris."""
    folder = tmp_path_factory.mktemp("surrogate")
    make_analysis(folder / "morris", "morris")
    return load_run(make_analysis(folder / "out", "surrogate", compare=folder / "morris"), places)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory, places):
    return load_run(make_analysis(tmp_path_factory.mktemp("sobol")), places)


def made(run, code="en"):
    with drawing.style():
        return [
            s for function in report_sections.SECTIONS if (s := function(run, language(code))) is not None
        ]


def named(run, code="en"):
    return {section.name: section for section in made(run, code)}


def test_a_range_is_said_to_tell_what_the_replicates_draw(experiment, analysis, places, tmp_path):
    def said(run):
        return " ".join(named(run)["methods"].prose)

    assert "varies with chance alone" in said(experiment)
    assert "A range tells" not in said(analysis)
    folder = make_experiment(
        tmp_path / "drawn", values=lambda k: {"moving_cost": 1.0 * k, "workers": 2.0 * k}
    )
    told = said(load_run(folder, places))
    assert "draws anew: the parameters of behaviour and the levers." in told
    assert "chance alone" not in told
    for drawn, words in ((True, "draws anew: the parameters of behaviour."), (False, "chance alone")):
        study = tmp_path / str(drawn)
        study.mkdir()
        (study / "run.json").write_text(json.dumps({"parameters_drawn": drawn}))
        assert words in said(load_run(study, places))


def test_each_kind_of_run_has_its_own_sections(experiment, analysis):
    assert list(named(experiment)) == ["answer", "risk", "risk_map", "leavers", "methods", "provenance"]
    assert list(named(analysis)) == ["answer", "decisive", "methods", "provenance"]
    assert analysis.montecarlo is None
    assert experiment.sensitivity is None


@pytest.mark.parametrize("kind", ["experiment", "analysis"])
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_figure_stands_alone_and_no_text_hangs_out(request, kind, code):
    figures = [f for s in made(request.getfixturevalue(kind), code) for f in s.figures]
    assert len(figures) == {"experiment": 6, "analysis": 7}[kind]
    for figure in figures:
        assert len(figure.unit) > 3
        assert "Omland 0.1.0" in figure.source
        assert sum(letter.isdigit() for letter in figure.alt) > 5
        assert "nan" not in figure.alt
        assert len(figure.data)
        with drawing.style():
            picture = figure.draw()
            drawing.lay_out(picture)
            for axes in picture.axes:
                low, high = axes.get_xlim()
                ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True) if axes.axison else ()
                labels = [t for x, t in ticks if low <= x <= high and t.get_visible() and t.get_text()]
                for text in [*axes.texts, axes._left_title, axes.xaxis.label, axes.yaxis.label, *labels]:
                    box = text.get_window_extent()
                    if axes.get_visible() and text.get_text().strip():
                        assert -1 <= box.x0 <= box.x1 <= picture.bbox.x1 + 1, (figure.name, text.get_text())
                        assert -1 <= box.y0 <= box.y1 <= picture.bbox.y1 + 1, (figure.name, text.get_text())
                if axes.get_visible() and len(labels) > 1:
                    boxes = sorted((t.get_window_extent() for t in labels), key=lambda b: b.x0)
                    assert all(a.x1 <= b.x0 + 1 for a, b in pairwise(boxes)), (figure.name, "ticks overlap")


def test_the_risk_is_that_of_the_replicates(experiment):
    section = named(experiment)["answer"]
    lost = LOST[LOST > 0].size / RUNS
    assert f"in {100 * lost:.0f}\N{NO-BREAK SPACE}% of the replicates" in section.lead[0]
    assert f"a loss of {LOST.mean():,.0f} (" in section.lead[0]
    assert f"{risk.expected_shortfall(LOST):,.0f} (" in section.lead[0]
    assert "50\N{NO-BREAK SPACE}% of the residents were simulated" in section.prose[-1]
    curve, jobs = named(experiment)["risk"].figures
    ours = curve.data[curve.data["scenario"] == "behavioural"].set_index("threshold")["value"]
    assert ours[400.0] == pytest.approx((LOST > 400).mean())
    gained = jobs.data[jobs.data["scenario"] == "behavioural"]  # forty jobs in every replicate
    assert (gained["value"] == (gained["threshold"] < -40)).all()
    assert gained["threshold"].min() <= -300  # the study's gain of its suppliers' scenario
    beside = curve.table.rows
    assert [row[1] for row in beside] == ["1,900", "100", "90"]
    assert beside[0][2].startswith("0\N{NO-BREAK SPACE}% (0–")
    assert beside[1][2].startswith(f"{100 * (LOST > 100).mean():.0f}\N{NO-BREAK SPACE}% (")
    worst = named(experiment)["risk_map"].figures[0].data.set_index("municipality")
    assert worst.loc["2281", "expected_shortfall"] == pytest.approx(0.75 * risk.expected_shortfall(LOST))
    assert worst.loc["2281", "per_1000"] == pytest.approx(75 * risk.expected_shortfall(LOST) / 1000)
    # where it also compares with another scenario, the level is still that of the baseline
    result = experiment.montecarlo
    more = result.summary.assign(against="outmigration", baseline=1.1 * result.summary["baseline"])
    both = replace(result, summary=pd.concat([result.summary, more], ignore_index=True))
    changed = type("Changed", (Run,), {"montecarlo": property(lambda self: both)})
    fields = {name: getattr(experiment, name) for name in ("folder", "record_name", "record", "places")}
    again = risk_map(changed(**fields), language("en")).figures[0].data
    assert again.set_index("municipality")["per_1000"].equals(worst["per_1000"])
    assert "a gain of" in loss_or_gain(language("en"), {"value": -5.0, "low": -9.0, "high": 2.0})


def test_the_study_is_marked_only_where_nothing_of_it_is_imposed(experiment, tmp_path, places):
    marked = named(experiment)["risk"].figures[0].data
    study = marked[marked["scenario"].str.startswith("study")].set_index("scenario")["threshold"]
    assert study.to_dict() == {
        "study: outmigration": 1900,
        "study: outcommuting": 100,
        "study: suppliers": 90,
    }
    jobs = study_losses(experiment.montecarlo, "jobs", "22")
    assert jobs == {"outmigration": 170, "outcommuting": -40, "suppliers": -300}
    imposed = SimpleNamespace(
        risk=experiment.montecarlo.risk.assign(scenario="suppliers"), record=experiment.montecarlo.record
    )
    assert study_losses(imposed, "jobs", "22") == {}
    titles = {"plant": {"en": "A closure", "sv": "En nedläggning"}}
    other = SimpleNamespace(
        risk=experiment.montecarlo.risk, record={**experiment.montecarlo.record, "scenario_titles": titles}
    )
    assert study_losses(other, "jobs", "22") == {}  # not about the study's factory


def test_who_leaves_is_the_sum_over_the_years(experiment):
    effect, shares = named(experiment)["leavers"].figures
    mean = effect.data.set_index("group")
    assert mean["mean"].to_dict() == {g: 20.0 * (i + 1) for i, g in enumerate(GROUPS)}
    assert (mean["baseline"] == 200).all()
    share = shares.data.set_index("group")
    assert share.loc["age_18_29", "share_mean"] == pytest.approx(2 / 3)
    assert share.loc["age_18_29", "share_in_baseline"] == 0.5


def test_what_decides_is_told_with_the_corner_and_luck(analysis):
    section = named(analysis)["answer"]
    decides, luck, corner = section.lead
    assert "What decides most, for number of residents, Västernorrland, 2030 – x: a" in decides
    assert "comes from the uncertain figures" in luck
    assert "a is above 0." in corner
    assert "a loss above" in corner
    assert section.tables[0].rows[1][1] == "never changes"
    total = named(analysis)["decisive"].figures[0].data
    assert total[(total["input"] == "a") & (total["index"] == "ST")]["value"].iloc[0] > 0.9


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_surrogate_is_told_as_one_and_beside_the_other_method(stand_in, code):
    section = named(stand_in, code)["answer"]
    agreement, surrogate = section.lead[3], section.prose[1]
    assert "Morris" in agreement
    assert "1.00" in agreement or "1,00" in agreement
    assert ("not of the model itself" if code == "en" else "inte modellens egna") in surrogate
    assert section.tables[0].columns[3].title.endswith("(Q²)")
    assert float(section.tables[0].rows[0][3].replace(",", ".")) > 0.8
    assert section.tables[0].rows[1][3] == ""  # an outcome that never changes has no surrogate


def test_the_worst_replicates_are_told_by_what_they_drew(tmp_path, places, monkeypatch):
    from abm.sensitivity import discovery

    run = load_run(make_experiment(tmp_path), places)
    assert "gather where" not in " ".join(named(run)["answer"].lead)
    drawn = run.montecarlo.inputs.assign(mixture=["failure" if lost > 400 else "restart" for lost in LOST])
    monkeypatch.setattr(discovery, "ENOUGH", RUNS)
    monkeypatch.setattr(discovery, "PEEL", 0.1)
    object.__setattr__(run.montecarlo, "inputs", drawn)
    told = named(run)["answer"].lead[-1]
    assert "gather where the scenario is" in told
    assert "samlas där scenariot är" in named(run, "sv")["answer"].lead[-1]
    box, words = run.montecarlo.discover(exceeds=400)
    assert words.startswith(
        "The loss of residents in Västernorrland until 2030 exceeds 400 in 100\N{NO-BREAK SPACE}%"
    )
    assert "when the scenario is failure" in words or "the scenario is not restart" in words
    assert box.coverage == 1


def test_one_replicate_and_morris_are_reported_too(tmp_path, places):
    run = load_run(make_analysis(tmp_path, "morris", replicates=1), places)
    section = named(run, "sv")
    assert "går inte att veta med en körning" in section["answer"].lead[1]
    assert [f.name for f in section["decisive"].figures] == [
        f"sensitivity_{name}"
        for name in ("indices", "tornado", "surface", "surface_2", "surface_3", "convergence")
    ]


def test_a_mark_far_beyond_the_losses_makes_no_curve_coarse():
    losses = np.arange(-60.0, 41.0)
    near, far = _grid([losses], []), _grid([losses], [1900.0])
    assert set(far) - set(near) == {1900.0}
    assert 0.0 in near
    assert np.diff(near).max() <= 10
    assert near.min() <= -60
    assert near.max() >= 40


def test_an_outcome_that_is_mostly_luck_is_said_to_be_and_passed_over(tmp_path, places):
    run = load_run(make_analysis(tmp_path, "morris", model=dice), places)
    section = named(run)["answer"]
    assert "What decides most, for jobs" in section.lead[0]
    assert section.lead[-1].startswith("Too much is luck to tell what decides number of residents")
    assert next(row[1] for row in section.tables[0].rows) == "too much luck to tell"
    assert "För mycket är slump" in named(run, "sv")["answer"].lead[-1]


def test_the_outcome_that_was_asked_for_is_the_one_that_is_told(tmp_path, places):
    asked = "x | population:22:2030"
    run = load_run(make_analysis(tmp_path, "morris", model=dice, tell=asked), places)
    section = named(run)
    assert "What decides most" not in section["answer"].lead[0]
    assert "All figures are of number of residents" in section["decisive"].prose[0]
    make_analysis(tmp_path, "morris", model=dice)  # gone on with, and nothing asked for
    assert "All figures are of jobs" in named(load_run(tmp_path, places))["decisive"].prose[0]


def test_where_all_is_luck_nothing_is_said_to_decide(tmp_path, places):
    run = load_run(make_analysis(tmp_path, "morris", model=only_dice), places)
    lead = named(run)["answer"].lead
    assert not any("What decides most" in line for line in lead)
    assert "Where the bad cases lie is left to luck too." in lead


def test_the_page_escapes_and_is_the_same_again(experiment):
    first = write_report(experiment, language("en"), (answer, risk_map))
    page = first.page.read_text(encoding="utf-8")
    assert "A &lt;b&gt;title" in page
    assert "<b>title" not in page
    pictures = {file.name: file.read_bytes() for file in first.figures}
    again = CliRunner().invoke(main, ["report", str(experiment.folder), "--lang", "sv"])
    assert again.exit_code == 0, again.output
    assert "Risken för förlust" in first.page.read_text(encoding="utf-8")
    third = write_report(experiment, language("en"), (answer, risk_map))
    assert {file.name: file.read_bytes() for file in third.figures} == pictures


@pytest.mark.parametrize(("code", "title", "question"), [
    ("en", "A quarry in Berg", "large employer"), ("sv", "Ett &lt;stenbrott&gt; i Berg", "stor arbetsgivare"),
])  # fmt: skip
def test_a_scenario_of_ones_own_has_its_title_in_the_language(tmp_path, places, code, title, question):
    folder = make_experiment(tmp_path / "out", groups=("quarry",))
    record = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    record["scenario_titles"] = {"quarry": {"en": "A quarry in Berg", "sv": "Ett <stenbrott> i Berg"}}
    (folder / "experiment.json").write_text(json.dumps(record), encoding="utf-8")
    page = write_report(load_run(folder, places), language(code)).page.read_text(encoding="utf-8")
    assert title in page
    assert ">quarry<" not in page
    assert question in page


def test_text_in_cells_is_read_on_every_fill():
    def luminance(rgb):
        return sum(w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
                   for w, c in zip((0.2126, 0.7152, 0.0722), rgb, strict=True))  # fmt: skip

    from matplotlib import colormaps

    for fill in colormaps["PuOr"](np.linspace(0, 1, 101)):
        light, dark = sorted((luminance(fill[:3]), float(drawing.ink(fill) == "white")), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, fill  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("module", [montecarlo, sensitivity])
def test_a_damaged_experiment_is_told_in_a_sentence(tmp_path, module):
    make = make_experiment if module is montecarlo else make_analysis
    make(tmp_path)
    (tmp_path / ("risk.csv" if module is montecarlo else "tornado.csv")).unlink()
    result = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
