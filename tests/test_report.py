"""The report: what it says is in the files, it opens without network, and nothing in a file can break it."""

from __future__ import annotations

import base64
import json
import math
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import fake_worlds as fake
import matplotlib as mpl
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from abm import study as study_module
from abm import terms
from abm.cli import main
from abm.effects import EffectsWriter
from abm.effects.table import RESOLUTION
from abm.errors import OmlandError
from abm.language import language
from abm.report import Column, Figure, Section, Table, drawing, load_run, write_report
from abm.report import sections as report_sections
from abm.report.build import LARGEST_PAGE
from abm.report.effects import Spread, clear, spread
from abm.report.maps import filled_map, star, symmetric_norm, ticks
from abm.report.places import Places, load_places
from abm.report.sections import answer, common, leavers, maps, movers, multiplier, study_table, time
from abm.study import StudyInputs, run_study
from abm.targets import TABLE_COLUMNS

INPUTS = StudyInputs(
    region=fake.make_region(),
    populations=lambda replicate: SimpleNamespace(weight=1.0),
    scenarios={name: SimpleNamespace(name=name, hash=f"0{name}") for name in study_module.WORLDS},
    parameters=SimpleNamespace(hash="1"),
)
HOSTILE = '<script>alert("1")</script>'
DOLLARS = "$\\frac{1}{"  # would be mathematics to matplotlib
LANGUAGES = ("en", "sv")
FIGURES = 22
"""Figures in the report of a study."""


def omland(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


@pytest.fixture(scope="module", autouse=True)
def coarse():
    """Coarse PNG files, which are quicker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "PNG_DPI", 40)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a finished study on worlds made by hand."""
    out = tmp_path_factory.mktemp("finished")
    run_study(runs=3, seed=5, inputs=INPUTS, simulate=fake.fake_simulate, out=out)
    return out


@pytest.fixture(scope="module")
def places():
    return load_places()


@pytest.fixture(scope="module")
def loaded(finished, places):
    return load_run(finished, places)


@pytest.fixture(scope="module")
def reports(finished, places, tmp_path_factory) -> dict[str, Path]:
    """Folders with a report, by language."""
    out = {}
    for code in LANGUAGES:
        out[code] = tmp_path_factory.mktemp("report") / code
        shutil.copytree(finished, out[code])
        write_report(load_run(out[code], places), language(code))
    return out


class Page(HTMLParser):
    """What a page holds: elements with their attributes, and text by element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "img", "br", "link"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open
        assert self._open.pop() == tag, f"{tag} closes what is not open"

    def handle_data(self, data):
        if self._open and data.strip():
            self.texts.append((self._open[-1], " ".join(data.split())))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(text for tag, text in self.texts if tag != "style")


def page_of(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


# --- The page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_needs_no_network_and_is_small(reports, code):
    source = (reports[code] / "report.html").read_text(encoding="utf-8")
    assert len(source.encode()) < LARGEST_PAGE
    page = Page(source)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "video", "audio", "source"}
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.all("img"))
    assert not re.search(r"url\(|@import|https?://", re.sub(r'href="[^"]*"', "", source))
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_is_in_order(reports, code):
    page = page_of(reports[code])
    assert page.all("html")[0]["lang"] == code
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    for link in page.all("a"):
        target = link["href"]
        assert target[1:] in ids if target.startswith("#") else (reports[code] / target).is_file()
    assert page.elements[[tag for tag, _ in page.elements].index("a")][1]["class"] == "skip"
    assert {head["scope"] for head in page.all("th")} == {"col", "row", "rowgroup"}
    assert len(page.all("caption")) == len(page.all("table")) > 10


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_figure_has_alternative_unit_source_and_files(reports, code):
    page = page_of(reports[code])
    images = page.all("img")
    assert len(images) == len(page.all("figure")) == len(page.all("figcaption")) == FIGURES
    for image in images:
        assert len(re.findall(r"\d", image["alt"])) > 5
        assert not re.search(r"\bnan\b", image["alt"])
    words = language(code).text
    for word in ("Unit", "Source"):
        assert page.text.count(f"{words(word)}: ") >= len(images)
    names = sorted(p.stem for p in (reports[code] / "figures").glob("*.svg"))
    assert len(names) == len(images)
    for name in names:
        folder = reports[code] / "figures"
        data = pd.read_csv(folder / f"{name}.csv")
        assert len(data)
        assert (data["unit"].str.len() > 3).all()
        assert data["source"].str.contains("Omland 0.").all()
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        for element in ElementTree.fromstring(svg).iter():
            for key, value in element.attrib.items():
                if key.endswith("href"):
                    assert value.startswith(("#", "data:"))
        assert "<dc:description>" in svg
        assert "<dc:date>" not in svg


def test_the_two_languages_differ_in_words_and_figures_not_in_data(reports, places):
    english, swedish = (page_of(reports[code]) for code in LANGUAGES)
    assert "Effects over time" in english.text
    assert "Effekter över tid" in swedish.text
    for term in ("dagbefolkning", "flyttnetto", "födelseöverskott", "Utpendlare", "Folkmängd"):
        assert term in swedish.text
    assert "1,56" in swedish.text
    assert "1.56" in english.text
    english_words = {"the", "and", "of", "jobs", "residents", "baseline"}
    words = re.findall(r"\w+", swedish.text)
    assert english_words.isdisjoint(words), re.findall(r".{60}\bof\b.{20}", swedish.text)
    for name in ("multiplier", "map_jobs", "effect_population"):
        data = [pd.read_csv(reports[code] / "figures" / f"{name}.csv") for code in LANGUAGES]
        pd.testing.assert_frame_equal(*(d.drop(columns=["unit", "source"]) for d in data))


def test_the_same_run_gives_the_same_bytes(reports, places, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    for name in ("run.json", "table.csv", "effects.parquet", "orders.csv"):
        shutil.copy(reports["sv"] / name, again)
    stray = again / "figures" / ".map_jobs.svg.4711.part"  # of a process that was killed
    stray.parent.mkdir()
    stray.write_text("<svg")
    write_report(load_run(again, places), language("sv"))
    files = sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(reports["sv"]) for p in reports["sv"].rglob("*") if p.is_file())
    assert len(files) == 5 + 3 * FIGURES
    for file in files:
        assert (again / file).read_bytes() == (reports["sv"] / file).read_bytes(), file


def test_drawing_leaves_the_settings_of_others_alone(loaded):
    before = dict(mpl.rcParams)
    with drawing.style():
        assert mpl.rcParams["svg.hashsalt"] == "omland"
        assert mpl.rcParams["text.parse_math"] is False
    assert dict(mpl.rcParams) == before


def test_no_text_hangs_out_of_a_drawing(loaded):
    """In Swedish, whose words are longer."""
    made = [function(loaded, language("sv")) for function in report_sections.SECTIONS]
    figures = [figure for section in made if section is not None for figure in section.figures]
    assert len(figures) == FIGURES
    for figure in figures:
        with drawing.style():
            picture = figure.draw()
            drawing.lay_out(picture)
            texts = [*picture.texts, picture._supxlabel]
            for axes in picture.axes:
                texts += [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
            for text in texts:
                box = text.get_window_extent()
                if text.get_text().strip():
                    assert box.x0 >= -1, (figure.name, text.get_text())
                    assert box.y0 >= -1, (figure.name, text.get_text())
                    assert box.x1 <= picture.bbox.x1 + 1, (figure.name, text.get_text())
                    assert box.y1 <= picture.bbox.y1 + 1, (figure.name, text.get_text())


# --- What it says -------------------------------------------------------------------------------


def test_cubes_are_the_effects_of_the_worlds(loaded):
    effects = loaded.effects
    assert effects.scenarios == ("outmigration", "outcommuting", "suppliers")
    assert [effects.replicates(name) for name in effects.scenarios] == [3, 3, 3]
    for replicate in range(3):
        base = fake.baseline(replicate, 5)
        world = fake.fake_simulate(
            None, None, SimpleNamespace(name="suppliers"), None, seed=5, replicate=replicate
        )
        got = effects.effect("suppliers", "population")[replicate]
        np.testing.assert_allclose(got[:, : fake.M], world["population"] - base["population"])
        assert (got[:, fake.M :] == 0).all()
        orders = effects.by_sector("suppliers", "jobs_from_orders")[replicate]
        wanted = (world["jobs_from_orders"] - base["jobs_from_orders"])[-1]
        np.testing.assert_allclose(orders[: fake.M], wanted, atol=RESOLUTION["jobs_from_orders"])
    levels = np.mean([fake.baseline(r, 5)["jobs"].sum(axis=2) for r in range(3)], axis=0)
    np.testing.assert_allclose(effects.baseline("jobs")[:, : fake.M], levels)
    assert not effects.effect("suppliers", "declined_pay").any()
    assert not effects.effect("suppliers", "never recorded").any()
    assert effects.factory() == "2482"


def test_sections_agree_with_the_study_table(loaded):
    effects, mean = loaded.effects, loaded.table.set_index(["id", "scenario"])["mean"]
    rows = {
        "outmigration": ("B01", "B05", "B15", "B16", "B17"),
        "suppliers": ("B03", "B07", "B23", None, "B24"),
    }
    for name, (ratio, indirect, people, jobs, commuters) in rows.items():
        figures = multiplier._figures(effects, name, ("24", "22"))
        assert figures["indirect"].mean() == pytest.approx(mean[indirect, name])
        assert figures["multiplier"].mean() == pytest.approx(mean[ratio, name])
        assert effects.county(name, "population", "22")[:, -1].mean() == pytest.approx(mean[people, name])
        flow = effects.county(name, "commuters_to_24", "22")[:, -1]
        assert flow.mean() == pytest.approx(mean[commuters, name])
        if jobs:
            assert effects.county(name, "jobs", "22")[:, -1].mean() == pytest.approx(mean[jobs, name])
    hires = effects.county("outmigration", "hires_who_moved_to_24", "22").sum(axis=1)
    assert hires.mean() == pytest.approx(mean["B14", "outmigration"])


def test_the_answer_is_three_sentences_of_figures(loaded):
    section = answer.answer(loaded, language("en"))
    assert len(section.lead) == 3
    assert all(sentence.count(". ") == 0 and sentence.endswith(".") for sentence in section.lead)
    residents, jobs, inside = section.lead
    effects, table = loaded.effects, loaded.table
    lost = -effects.county("outmigration", "population", "22")[:, -1].mean()
    assert "At the end of December 2030" in residents
    assert f"{lost:,.0f} fewer residents with out-migration" in residents
    assert "0.56 with out-migration" in jobs
    assert "+92" in jobs
    assert f"Of {len(table)} rows of the study's table" in inside
    assert f"{table['inside'].sum()} come out inside" in inside
    first = table[table["priority"].astype(str) == "1"]
    assert f"{first['inside'].sum()} of the {len(first)} most important" in inside
    assert "3 replicates" in section.prose[0]
    assert "So few replicates" in section.prose[0]
    assert "simulated" not in section.prose[0]


@pytest.mark.parametrize(
    ("low", "high", "study", "mean", "told"),
    [
        (1.4, 1.47, 1.42, 1.3976, "1.398"),
        (300, 335, 310, 299.7, "299.7"),
        (-190, -150, -170, -190.04, "−190.04"),
        (-190, -150, -170, -192.8, "−193"),
        (0.28, 0.333, 0.32, 0.3334, "0.3334"),
        (1.4, 1.47, 1.42, 1.4004, "1.40"),
        (math.nan, math.nan, math.nan, 0.946, "94.6\N{NO-BREAK SPACE}%"),
        (math.nan, math.nan, math.nan, 0.8, "80\N{NO-BREAK SPACE}%"),
    ],
)
def test_a_mean_has_the_decimals_that_tell_it_from_the_bound_it_misses(low, high, study, mean, told):
    row = {"low": low, "high": high, "study": study, "mean": mean}
    assert study_table.ours(language("en"), row) == told


def test_a_year_that_puts_a_row_outside_is_told(loaded):
    run = load_run(loaded.folder, loaded.places)
    table = run.table
    run.__dict__["table"] = table.assign(inside=table["inside"] & (table["id"] != "B13"))
    run.record["worst_years"] = {"B13 suppliers": {"year": 2029, "mean": 289.2}}
    section = study_table.study_table(run, language("en"))
    rows = {(r[0], r[1]): r for r in section.tables[0].rows}
    assert [r[-1] for key, r in rows.items() if key[0] == "B13"] == ["✗ outside (289 in 2029)"]
    figure = next(f for f in section.figures if f.name == "study_suppliers")
    assert "outside (289 in 2029)" in figure.alt
    with drawing.style():
        texts = [t.get_text() for t in figure.draw().axes[0].texts]
    assert sum(t.endswith("\n289 in 2029") for t in texts) == 1


def test_figures_over_time_and_maps_say_by_themselves_what_they_show(loaded):
    """Whoever gets the file alone has no heading and no caption."""
    with drawing.style():
        jobs = next(f for f in time.over_time(loaded, language("en")).figures if f.name == "effect_jobs")
        (axes,) = jobs.draw().axes
        hollow = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
        picture = next(f for f in maps.maps(loaded, language("en")).figures if f.name == "map_jobs").draw()
    assert axes.get_title(loc="left") == "Jobs in Västernorrland (employed by workplace)"
    assert len(hollow) == 3  # B13 tells of each of 2027-2030
    assert picture.get_suptitle() == "Jobs by municipality (employed by workplace)"
    assert "Grey: no clear change" in picture.get_supxlabel()
    assert "★: municipality of the establishment" in picture.get_supxlabel()


def test_what_may_be_chance_is_not_told_as_a_change():
    english = language("en")
    assert (
        answer._change(english, np.linspace(-7.5, 42.5, 101), "x") == "no clear change with x (+18; −5 to 40)"
    )
    assert (
        answer._change(english, np.linspace(-31.1, -8.9, 101), "x")
        == "20 fewer residents with x (−30 to −10)"
    )
    assert answer._change(english, np.linspace(8.9, 31.1, 101), "x") == "20 more residents with x (10–30)"


def test_a_small_scale_is_told(loaded):
    run = load_run(loaded.folder, loaded.places)
    run.record["scale"] = 0.025
    assert "Only 2.5\N{NO-BREAK SPACE}% of the residents" in answer.answer(run, language("en")).prose[0]


def test_spread_of_replicates():
    assert spread(np.arange(101.0)) == Spread(50.0, 5.0, 95.0)
    assert np.isnan(spread(np.empty(0)).mean)
    few = np.array([3.0, 1.0, 2.0])
    assert spread(few) == Spread(2.0, 1.0, 3.0)


def test_few_replicates_are_not_taken_for_a_clear_change():
    """Of pure luck a change is clear in 1 per cent, whatever the number of replicates; of two it was in half."""
    rng = np.random.default_rng(6)
    assert not clear(np.full((1, 3), 7.0)).any()
    for n in (2, 3, 5, 9, 10):
        assert clear(rng.normal(size=(n, 4000))).mean() < 0.015
    assert clear(rng.normal(-1800.0, 40.0, (5, 4000))).all()


def test_colours_of_a_map_reach_as_far_as_the_effects():
    assert [symmetric_norm(x).vmax for x in (0.1, 1, 3, 84, 100, 101)] == [1, 1, 5, 100, 100, 200]
    assert ticks(100.0) == [-100, -50, -5, -0.5, 0, 0.5, 5, 50, 100]


def test_a_map_of_a_few_dots_names_them_and_cuts_none():
    seats = {c: np.array([x, 62.0]) for c, x in (("9001", 7.0), ("9002", 9.0), ("9003", 8.0))}
    names = {"9001": "Storå", "9002": "Mellanvik", "9003": "Lillby"}
    few = Places(names=names, seats=seats, rings={}, content_hash="")
    axes = mpl.figure.Figure().subplots()
    drawn = filled_map(axes, few, dict.fromkeys(names, 1.0), symmetric_norm(1.0))
    star(axes, few, "9001")
    assert sorted(text.get_text() for text in axes.texts) == sorted(names.values())
    assert not drawn.get_clip_on()


def test_a_county_has_the_name_that_its_region_gives_it():
    here = Places({}, {}, {}, "", "", counties={"90": "Ådalen"})
    assert [here.county(code) for code in ("90", "22", "91")] == ["Ådalen", "Västernorrland", "91"]


def test_a_narrow_drawing_is_not_blown_up(reports):
    for image in page_of(reports["en"]).all("img"):
        svg = base64.b64decode(image["src"].partition(",")[2])
        points = float(ElementTree.fromstring(svg).get("width").removesuffix("pt"))
        widest = float(re.fullmatch(r"--widest: (\d+)px", image["style"])[1])
        assert widest < 1.3 * points * 96 / 72


def renamed(folder: Path, out: Path, names: dict[str, str]) -> Path:
    """A copy of the effects with other names of quantities."""
    shutil.copy(folder / "run.json", out)
    source = pq.ParquetFile(folder / "effects.parquet")
    with pq.ParquetWriter(out / "effects.parquet", source.schema_arrow) as writer:
        for i in range(source.num_row_groups):
            group = source.read_row_group(i)
            words = group["quantity"].combine_chunks()
            named = pa.array(
                [names.get(word, word) for word in words.dictionary.to_pylist()], words.dictionary.type
            )
            other = pa.DictionaryArray.from_arrays(words.indices, named)
            table = group.set_column(group.column_names.index("quantity"), "quantity", other)
            writer.write_table(table, row_group_size=table.num_rows)
    return out


def test_declined_jobs_are_shown_by_reason_for_the_county_and_for_all(loaded, tmp_path):
    """The hires who moved from Västernorrland and the deaths of Umeå stand in for those who declined."""
    swapped = {
        "hires_who_moved_to_24": "declined_children",
        "deaths": "declined_partner",
        "declined_children": "hires_who_moved_to_24",
        "declined_partner": "deaths",
    }
    run = load_run(renamed(loaded.folder, tmp_path, swapped), loaded.places)
    section = movers.declined(run, language("sv"))
    (figure,) = section.figures
    assert section.title == "Varför andra inte flyttar"
    assert "partnerns band" in figure.alt
    assert "det som binder dem mest, partner eller barn" in " ".join(section.prose)
    mean = figure.data.set_index(["scenario", "place", "reason"])["mean"]
    assert set(figure.data["reason"]) == {"pay", "distance", "partner", "children", "dwelling"}
    moved = loaded.effects.county("outmigration", "hires_who_moved_to_24", "22").sum(axis=1).mean()
    assert moved > 1000
    assert mean["outmigration", "22", "children"] == mean["outmigration", "all", "children"]
    assert mean["outmigration", "all", "children"] == pytest.approx(moved)
    assert mean["outmigration", "22", "partner"] == 0
    assert mean["outmigration", "all", "partner"] == pytest.approx(3)
    assert figure.table.groups == {0: "Västernorrland", 5: "alla län i regionen"}
    with drawing.style():
        figure.draw()


def test_who_is_hired_is_told_by_what_they_did_before(loaded, tmp_path):
    """The hires who moved from Västernorrland stand in for those who had another job."""
    swapped = {
        "hires_who_moved_to_24": "hired_from_employment",
        "hired_from_employment": "hires_who_moved_to_24",
    }
    run = load_run(renamed(loaded.folder, tmp_path, swapped), loaded.places)
    section = movers.hired(run, language("en"))
    (figure,) = section.figures
    assert section.title == "Who is hired"
    assert "had another job" in figure.alt
    mean = figure.data.set_index(["scenario", "place", "before"])["mean"]
    assert set(figure.data["before"]) == {"employment", "unemployment", "outside"}
    moved = loaded.effects.county("outmigration", "hires_who_moved_to_24", "22").sum(axis=1).mean()
    assert mean["outmigration", "22", "employment"] == pytest.approx(moved)
    with drawing.style():
        figure.draw()
    names = {f"hired_from_{status}": f"x_{status}" for status in terms.HIRED_FROM}
    (tmp_path / "none").mkdir()
    run = load_run(renamed(loaded.folder, tmp_path / "none", names), loaded.places)
    assert movers.hired(run, language("en")) is None


def test_who_leaves_is_told_by_group_and_beside_those_who_leave_anyway(loaded, tmp_path):
    """The hires who moved stand in for leavers of 18 to 29 years, the movers to Västerbotten for those older."""
    swapped = {
        "hires_who_moved_to_24": "out_migrants_age_18_29",
        "out_migrants_age_18_29": "hires_who_moved_to_24",
        "persons_with_hires_to_24": "out_migrants_age_30_44",
        "out_migrants_age_30_44": "persons_with_hires_to_24",
    }
    run = load_run(renamed(loaded.folder, tmp_path, swapped), loaded.places)
    section = leavers.leavers(run, language("en"))
    effect, shares = (figure.data.set_index(["scenario", "group"]) for figure in section.figures)
    moved = loaded.effects.county("outmigration", "hires_who_moved_to_24", "22").sum(axis=1).mean()
    assert effect.loc[("outmigration", "age_18_29"), "mean"] == pytest.approx(moved)
    assert effect.loc[("outmigration", "age_0_17"), "mean"] == 0
    by_age = shares.loc["outmigration"].filter(like="age_", axis=0)
    assert by_age["share_mean"].sum() == pytest.approx(1)
    assert by_age["share_in_baseline"].sum() == pytest.approx(1)
    assert by_age.loc["age_18_29", "share_mean"] == pytest.approx(1 / 2.3)
    assert shares.filter(like="education", axis=0)["share_mean"].isna().all()
    assert "30–44 years (57\N{NO-BREAK SPACE}% against 0\N{NO-BREAK SPACE}%)" in section.lead[0]
    assert "age" in section.figures[0].table.groups.values()


def test_shares_are_not_told_where_nothing_is_clear_or_groups_go_opposite_ways():
    def found(old: float, young: list[float]) -> leavers.Leavers:
        effect = {"x": {"age_18_29": np.array(young), "age_30_44": np.full(len(young), old)}}
        return leavers.Leavers("22", "", {"age_18_29": 30.0, "age_30_44": 10.0}, effect)

    assert found(10.0, [28.0, 32.0]).share("x", "age_18_29").mean == pytest.approx(0.75)
    assert found(10.0, [28.0, 32.0]).usual("age_18_29") == 0.75
    assert np.isnan(found(0.0, [-20.0, 40.0]).share("x", "age_18_29").mean)
    assert np.isnan(found(-15.0, [28.0, 32.0]).share("x", "age_18_29").mean)
    assert np.isnan(found(10.0, [30.0]).share("x", "age_18_29").mean)


def test_shares_are_of_a_total_well_away_from_zero_and_never_beyond_the_whole():
    """In one replicate of ten the total is a person: its groups would be a hundred times as many."""
    young = np.array([-35.0, *np.linspace(20, 60, 9)])
    effect = {"x": {"age_18_29": young, "age_30_44": np.full(10, 36.0)}}
    found = leavers.Leavers("22", "", {"age_18_29": 30.0, "age_30_44": 10.0}, effect)
    assert found.clear("x", "age_18_29")
    assert np.isnan(found.share("x", "age_18_29").mean)
    said = leavers._sentence(language("en"), found, "x")
    assert said.endswith("who move out; who they are is not clear.")
    assert "%" not in said
    few = np.array([-9.0, -5.0, -1.0, 2.0])
    effect = {"x": {"age_18_29": few, "age_30_44": np.array([100.0, 105.0, 98.0, 102.0])}}
    found = leavers.Leavers("22", "", {"age_18_29": 30.0, "age_30_44": 10.0}, effect)
    shares = [found.share("x", g) for g in found.groups]
    assert sum(s.mean for s in shares) == pytest.approx(1)
    assert all(0 <= s.low <= s.mean <= s.high <= 1 for s in shares)
    assert leavers.SHARES[0] < 0
    assert leavers.SHARES[1] > 100


def test_declined_jobs_are_shown_only_if_they_were_recorded(loaded, tmp_path):
    names = {f"declined_{reason}": f"x_{reason}" for reason in terms.REASONS}
    run = load_run(renamed(loaded.folder, tmp_path, names), loaded.places)
    assert movers.declined(run, language("en")) is None


# --- What is in files cannot break it -----------------------------------------------------------


def hostile_region(folder: Path) -> Path:
    """A data package of municipalities with hostile names, and no map."""
    names = [HOSTILE, DOLLARS, "&amp;\x07<b>", '" onerror="alert(1)', *("ÅÄÖ" * n for n in range(1, 5))]
    rows = [
        f'{code},"{name.replace(chr(34), chr(34) * 2)}",{code[:2]},{62 + k / 3},{15 + k / 2}'
        for k, (code, name) in enumerate(zip(fake.MUNICIPALITIES, names, strict=True))
    ]
    folder.mkdir()
    (folder / "m.csv").write_text(
        "\n".join(["code,name,county_code,latitude,longitude", *rows]) + "\n", encoding="utf-8"
    )
    fields = [{"name": name, "type": "string"} for name in ("code", "name", "county_code")]
    fields += [{"name": name, "type": "number"} for name in ("latitude", "longitude")]
    resource = {
        "name": "municipalities",
        "path": "m.csv",
        "title": HOSTILE,
        "sources": [{"title": HOSTILE}],
        "schema": {"fields": fields},
    }
    descriptor = {"name": "hostile", "resources": [resource]}
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


def test_text_from_files_is_escaped(loaded, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    base = fake.baseline(0, 5)
    with EffectsWriter(out / "effects.parquet") as writer:
        for name in (HOSTILE, DOLLARS):
            world = fake.study_world(base, "outmigration", None)
            world.scenario = name
            writer.write(world, base)
    table = loaded.table[loaded.table["scenario"] == "outmigration"].assign(
        scenario=HOSTILE, quantity=HOSTILE
    )
    (out / "table.csv").write_text(study_module.table_csv(table[list(TABLE_COLUMNS)]), encoding="utf-8")
    (out / "run.json").write_text(
        json.dumps(
            {"version": HOSTILE, "seed": HOSTILE, "data_hash": "0", "scenario_hashes": {HOSTILE: HOSTILE}}
        )
    )
    written = write_report(load_run(out, load_places(hostile_region(tmp_path / "region"))), language("en"))
    source = written.page.read_text(encoding="utf-8")
    assert "<script" not in source
    assert "&lt;script&gt;" in source
    assert "\x07" not in source
    page = Page(source)
    assert not [
        attributes for _, attributes in page.elements if any(key.startswith("on") for key in attributes)
    ]
    assert DOLLARS in page.text
    assert "each dot is the seat" in page.text  # the region has no map
    assert "is not, to the byte" in page.text
    for file in written.figures:
        assert re.fullmatch(r"[a-z0-9_-]+", file.stem)
        if file.suffix == ".svg":
            assert not [e for e in ElementTree.parse(file).iter() if e.tag.endswith("script")]


@pytest.mark.parametrize("mapped", [True, False])
def test_a_scenario_without_effects_is_reported_as_such(places, tmp_path, mapped):
    base = fake.baseline(0, 5)
    with EffectsWriter(tmp_path / "effects.parquet") as writer:
        writer.write(fake.copy_as("my-own", base), base)
    (tmp_path / "run.json").write_text("{}")
    run = load_run(tmp_path, places if mapped else load_places(hostile_region(tmp_path / "region")))
    assert run.effects.factory() is None
    residents, jobs = answer.answer(run, language("en")).lead
    assert "Västernorrland has no clear change with my-own (0; 0–0)" in residents
    assert jobs == "No scenario has direct jobs in December 2030."
    page = Page(write_report(run, language("en")).page.read_text(encoding="utf-8"))
    assert "Where it happens" in page.text
    assert "The multiplier, split" not in page.text
    assert len(page.all("img")) == 3 + 3 + 1 + 1 + 2 + 2 + 2
    assert (
        sum("clear change in 0 of 8; up most none; down most none" in i["alt"] for i in page.all("img")) == 3
    )


def test_the_county_asked_about_is_the_first_where_there_is_no_vasternorrland(loaded, tmp_path):
    """Another region: the same worlds, with municipalities of Norrbotten in place of Västernorrland."""
    source = pq.ParquetFile(loaded.folder / "effects.parquet")
    with pq.ParquetWriter(tmp_path / "effects.parquet", source.schema_arrow) as writer:
        group = source.read_row_group(0)
        zones = group["municipality"].combine_chunks()
        elsewhere = {"2281": "2505", "2282": "2506", "2283": "2510", "2284": "2513"}
        named = pa.array([elsewhere.get(z, z) for z in zones.dictionary.to_pylist()], zones.dictionary.type)
        moved = pa.DictionaryArray.from_arrays(zones.indices, named)
        table = group.set_column(group.column_names.index("municipality"), "municipality", moved)
        writer.write_table(table, row_group_size=table.num_rows)
    (tmp_path / "run.json").write_text("{}")
    run = load_run(tmp_path, loaded.places)
    assert common.focus(run.effects) == "23"
    assert common.factory_county(run.effects) == "24"
    assert "Jämtland has" in answer.answer(run, language("en")).lead[0]


# --- The seam for other kinds of runs -----------------------------------------------------------


def test_a_run_of_another_kind_is_reported_by_its_own_sections(tmp_path, places):
    (tmp_path / "experiment.json").write_text("{}")
    (tmp_path / "sobol.csv").write_text("parameter,total\nmoving_cost,0.6\nnight_cost,0.2\n")

    def sobol(run, lang):
        data = run.csv("sobol.csv")
        if data is None:
            return None

        def draw():
            picture = mpl.figure.Figure()
            picture.subplots().barh(data["parameter"], data["total"])
            return picture

        figure = Figure("sobol", "Sobol", "share", "Omland", "moving_cost 0.6", "", data, draw)
        table = Table("x", (Column("p", numeric=False), Column("t")), (("moving_cost", "0.6"),))
        return Section("sensitivity", "What matters most", figures=(figure,), tables=(table,))

    run = load_run(tmp_path, places)
    assert run.csv("none.csv") is None
    written = write_report(run, language("en"), (*report_sections.SECTIONS, sobol))
    assert [p.name for p in written.figures] == ["sobol.svg", "sobol.png", "sobol.csv"]
    assert "What matters most" in written.page.read_text(encoding="utf-8")
    assert "Where it happens" not in written.page.read_text(encoding="utf-8")


def test_every_section_leaves_out_what_a_run_does_not_hold(tmp_path, places):
    (tmp_path / "run.json").write_text("{}")
    made = [function(load_run(tmp_path, places), language("en")) for function in report_sections.SECTIONS]
    assert [section.name for section in made if section is not None] == ["methods", "provenance"]


# --- The command --------------------------------------------------------------------------------


@pytest.fixture
def short(monkeypatch):
    """A report of the answer alone, which needs no drawing."""
    monkeypatch.setattr(report_sections, "SECTIONS", (answer.answer,))


def test_report_is_made_again_in_another_language(short, finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    english = omland("report", tmp_path / "run")
    assert english.exit_code == 0, english.output
    assert "report.html" in english.stdout
    first = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    swedish = omland("report", tmp_path / "run", "--lang", "sv")
    assert swedish.stdout.startswith("Sparat i")
    second = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert ("fewer residents" in first, "färre invånare" in second) == (True, True)


def test_study_writes_the_report_unless_told(short, monkeypatch, tmp_path):
    def run(**options):
        options.pop("region_path"), options.pop("parameters")
        return run_study(**options, inputs=INPUTS, simulate=fake.fake_simulate)

    monkeypatch.setattr(study_module, "run_study", run)
    told = omland("study", "--runs", 1, "--out", tmp_path / "a", "--lang", "sv", "--quiet")
    assert told.exit_code == 0, told.output
    assert "Utflyttning" in told.stdout
    assert "1 körning av fyra parade världar" in told.stdout
    assert "report.html" in told.stdout
    assert "ingen tydlig förändring" in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    silent = omland("study", "--runs", 1, "--out", tmp_path / "b", "--no-report", "--quiet")
    assert silent.exit_code == 0, silent.output
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == [
        "effects.parquet",
        "orders.csv",
        "run.json",
        "table.csv",
    ]


def break_effects(folder: Path) -> None:
    (folder / "effects.parquet").write_bytes(b"PAR1 no PAR1")


def other_effects(folder: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), folder / "effects.parquet")


def break_table(folder: Path) -> None:
    (folder / "table.csv").write_text("id,priority\nB01,1\n")


def words_for_figures(folder: Path) -> None:
    table = pd.read_csv(folder / "table.csv").astype({"mean": object})
    table.loc[0, "mean"] = "much"
    table.to_csv(folder / "table.csv", index=False)


def break_record(folder: Path) -> None:
    (folder / "run.json").write_text("{")


def no_results(folder: Path) -> None:
    (folder / "effects.parquet").unlink()
    (folder / "table.csv").unlink()


def no_record(folder: Path) -> None:
    (folder / "run.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (break_effects, "effects cannot be read"),
        (other_effects, "not the effects of a study"),
        (break_table, "the column 'scenario' is missing"),
        (words_for_figures, "the column 'mean' holds what is no number"),
        (break_record, "run.json cannot be read"),
        (no_results, "no results to report"),
        (no_record, "holds no finished run"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(finished, tmp_path, spoil, told):
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    spoil(out)
    result = omland("report", out)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert isinstance(result.exception, SystemExit)
    assert not (out / "report.html").exists()


def test_wrong_arguments_are_told(finished, tmp_path):
    assert "There is no folder" in omland("report", tmp_path / "none").stderr
    assert omland("report", finished, "--lang", "fi").exit_code == 2
    other = hostile_region(tmp_path / "region")
    text = (other / "m.csv").read_text(encoding="utf-8")
    (other / "m.csv").write_text(text.replace("2482,", "2481,"), encoding="utf-8")
    result = omland("report", finished, "--region", other)
    assert (result.exit_code, "another region" in result.stderr) == (2, True)


def test_a_map_that_is_none_is_told(tmp_path):
    folder = hostile_region(tmp_path / "region")
    descriptor = json.loads((folder / "datapackage.json").read_text())
    descriptor["resources"].append({"name": "map", "path": "map.geojson", "format": "geojson"})
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    for content in ("[]", "{", '{"features": [{"geometry": null}]}'):
        (folder / "map.geojson").write_text(content)
        with pytest.raises(OmlandError, match="no map of municipalities"):
            load_places(folder)


def test_the_shipped_map_has_every_municipality(places):
    assert set(places.rings) == set(places.names)
    assert "MIT" in places.map_origin.licence
    (luleå,) = (seat for code, seat in places.seats.items() if places.names[code] == "Luleå")
    assert luleå[1] == pytest.approx(65.58, abs=0.1)


# --- In a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    """Chromium; needs the extra ``browser``."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = own if os.path.exists(own) else shutil.which("chromium") or shutil.which("google-chrome")
        if path is None:
            pytest.skip("there is no Chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def test_the_report_in_a_browser(reports, browser):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    file = reports["sv"] / "report.html"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True, bypass_csp=True)
    page, asked, complaints = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert not complaints
    sizes = page.eval_on_selector_all(
        "img", "all => all.map(i => [i.complete, i.naturalWidth, i.naturalHeight])"
    )
    assert len(sizes) == FIGURES
    assert all(complete and width > 300 and height > 100 for complete, width, height in sizes)
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    found = axe.Axe().run(page).response["violations"]
    assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    context.close()
