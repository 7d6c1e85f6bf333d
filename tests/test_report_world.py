"""The report of one world: its levels are those of the world, and a file that is none is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import fake_worlds as fake
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from abm.cli import main
from abm.language import Language, language
from abm.report import drawing, load_run, write_report
from abm.report.sections import world as section
from abm.results import month_labels
from abm.series import SERIES, Levels, write_series

RECORD = """{"version": "9.9", "scenario": "mine", "scenario_titles": {"mine": {"en": "Mill", "sv": "Bruk"}},
"seed": 4, "replicate": 2, "scale": 0.25}"""


def omland(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


@pytest.fixture(scope="module")
def world():
    return fake.baseline(replicate=2, seed=4)


@pytest.fixture
def finished(world, tmp_path, monkeypatch) -> Path:
    """Folder of a world."""
    monkeypatch.setattr(drawing, "PNG_DPI", 40)
    write_series(world, tmp_path / SERIES)
    (tmp_path / "run.json").write_text(RECORD)
    return tmp_path


def test_levels_are_those_of_the_world(world, finished):
    levels = Levels(finished / SERIES)
    municipal = [i for i, code in enumerate(world.codes) if len(code) == 4]
    order = sorted(municipal, key=lambda i: world.codes[i])
    assert levels.codes == [world.codes[i] for i in order]
    assert levels.months == month_labels(world.n_months)
    assert (levels.level("population") == world["population"][:, order]).all()
    assert (levels.level("jobs") == world["jobs"][:, order].sum(axis=2)).all()
    for county in levels.counties:
        home = np.array([code[:2] == county and len(code) == 4 for code in world.codes])
        away = world["commuters"][:, home][:, :, ~home].sum(axis=(1, 2))
        assert levels.out_commuters(county) == pytest.approx(away)


def test_the_answer_tells_first_and_last_level(world, finished):
    run = load_run(finished)
    made = section.answer(run, Language("en", run.fact("scenario_titles")))
    residents, jobs, away = made.lead
    inside = np.array([code.startswith("22") for code in fake.MUNICIPALITIES])
    first, last = world["population"][[0, -1]][:, inside].sum(axis=1)
    assert f"the residents of Västernorrland go from {first:,.0f} to {last:,.0f}" in residents
    assert residents.startswith("From January 2020 to December 2030")
    assert jobs.startswith("Jobs there go from ")
    assert away.startswith("Those who live there and work outside the county")
    assert "This is one world, Mill" in made.prose[0]
    assert "Only 25 % of the residents" in made.prose[1].replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("code", ["en", "sv"])
def test_the_report_holds_counties_and_municipalities(world, finished, code):
    written = write_report(load_run(finished), language(code))
    page = written.page.read_text(encoding="utf-8")
    names = {path.stem for path in written.figures}
    assert names == {
        "world_residents", "world_jobs", "world_unemployment", "world_out_commuters", "map_world_residents",
    }  # fmt: skip
    title = {"en": "Mill, January 2020 to December 2030", "sv": "Bruk, januari 2020 till december 2030"}[code]
    assert title in page
    assert all(name in page for name in fake.MUNICIPALITIES.values())
    table = pd.read_csv(written.folder / "map_world_residents.csv", dtype={"municipality": str})
    assert table["residents_end"].sum() == pytest.approx(world["population"][-1].sum())
    change = 100 * (table["residents_end"] / table["residents_start"] - 1)
    assert table["residents_change_per_cent"].to_numpy() == pytest.approx(change.to_numpy())


def test_the_command_makes_it_in_another_language(finished):
    result = omland("report", finished, "--lang", "sv")
    assert result.exit_code == 0, result.output
    assert "Kommunerna" in (finished / "report.html").read_text(encoding="utf-8")


def test_the_same_world_gives_the_same_bytes(finished, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "run"
    shutil.copytree(finished, other)
    pages = [write_report(load_run(folder), language("en")).page.read_bytes() for folder in (finished, other)]
    assert pages[0] == pages[1]


def no_parquet(path: Path) -> None:
    path.write_bytes(b"PAR1 no PAR1")


def other_columns(path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), path)


def nobody(path: Path) -> None:
    pq.write_table(pq.read_table(path).slice(0, 0), path)


def elsewhere(path: Path) -> None:
    table = pq.read_table(path).to_pandas().astype({"zone": str})
    pq.write_table(
        pa.Table.from_pandas(table.replace({"zone": {"2281": "0180"}}), preserve_index=False), path
    )


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_parquet, "the series cannot be read"),
        (other_columns, "not the series of a world"),
        (nobody, "there are no residents in it"),
        (elsewhere, "there is no municipality 0180"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(finished, spoil, told):
    spoil(finished / SERIES)
    result = omland("report", finished)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (finished / "report.html").exists()
