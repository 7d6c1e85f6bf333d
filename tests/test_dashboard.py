"""The dashboard: its levers, its worlds in the background, and the page in a browser."""

from __future__ import annotations

import csv
import io
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from processes import OMLAND, environment

from abm.cli import main
from abm.commands import dashboard as command
from abm.dashboard import job as job_module
from abm.dashboard import pair as pair_module
from abm.dashboard import show
from abm.dashboard.job import Job
from abm.dashboard.levers import TIES, Settings, choose, plant, supplier_share
from abm.dashboard.pair import QUANTITIES, PairedModel
from abm.errors import OmlandError
from abm.language import LANGUAGES, language
from abm.parameters import PARAMETER
from abm.report.places import Places
from abm.scenario import load_scenario
from abm.scenario.events import Housing, Link

COLD_SECONDS = 900
"""A first run compiles: five minutes have been seen on two busy cores."""
ROOT = Path(__file__).resolve().parents[1]


def omland(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="omland")


# --- Levers -------------------------------------------------------------------------------------


def test_untouched_controls_leave_the_scenario_as_it_is(tiny):
    chosen = choose(Settings(), tiny)
    assert chosen.scenario.name == "behavioural"
    assert plant(chosen.scenario).wage_premium == 0.0
    assert supplier_share(plant(chosen.scenario)) == pytest.approx(0.7)
    assert not [e for e in chosen.scenario.events if isinstance(e, Link | Housing)]
    assert chosen.parameters == {name: p.default for name, p in PARAMETER.items()}


def test_every_lever_changes_what_it_says(tiny):
    moved = Settings(wage_premium=0.12, ties=0.5, link_minutes=40, housing=800, supplier_share=0.9)
    chosen = choose(moved, tiny)
    of = plant(chosen.scenario)
    assert of.wage_premium == 0.12
    assert of.in_house_share == pytest.approx(0.1)
    (link,) = [e for e in chosen.scenario.events if isinstance(e, Link)]
    assert (tiny.names[tiny.index(link.from_)], link.minutes) == ("Umeå", 40.0)  # the largest other town
    (built,) = [e for e in chosen.scenario.events if isinstance(e, Housing)]
    assert (built.municipality, built.dwellings) == (of.municipality, 800.0)
    assert TIES
    assert all(chosen.parameters[name] == PARAMETER[name].default * 0.5 for name in TIES)
    assert not [e for e in chosen.baseline.events if isinstance(e, Link | Housing)]


def test_a_region_of_one_municipality_has_no_railway_to_another():
    app = pytest.importorskip("abm.dashboard.app")
    alone = SimpleNamespace(
        codes=("2482",), names=("Skellefteå",), n_municipalities=1, index=lambda code: 0,
        population=np.ones((1, 2, 101)), car_minutes=np.zeros((3, 3)),
    )  # fmt: skip
    scenario = load_scenario("behavioural")
    of = plant(scenario).model_copy(update={"municipality": alone.codes[0]})
    scenario = scenario.model_copy(update={"events": (of,)})
    shown = app.sliders(Settings(), scenario, alone, language("en"))
    assert set(shown) == {"wage_premium", "supplier_share", "housing", "ties"}


def test_an_edited_scenario_counts_and_what_is_wrong_is_one_sentence(tiny):
    text = 'extends = "behavioural"\nmode = "behavioural"\n[[event]]\nkind = "establishment"\nname = "Northvolt"\n'
    assert plant(choose(Settings(text=text + "wage_premium = 0.2\n"), tiny).scenario).wage_premium == 0.2
    with pytest.raises(OmlandError, match=r"edited scenario, line 6: .*wage_premium"):
        choose(Settings(text=text + 'wage_premium = "much"\n'), tiny)


# --- Worlds in the background -------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch, tiny_population):
    monkeypatch.setattr(pair_module, "Populations", lambda region, scale: lambda replicate: tiny_population)
    monkeypatch.setattr(job_module, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(job_module, "THINKING", 0.0)


def test_a_pair_is_simulated_and_told(tiny, quick):
    told, ended = [], []
    job = Job(Settings(end="2021-06", wage_premium=0.3), tiny, None, told.append, ended.append)
    job.start()
    job.wait(COLD_SECONDS)  # the first world compiles
    assert ended == [""]
    assert [s.done for s in told] == list(range(1, 19))
    last = told[-1]
    assert (last.month, last.seconds_left) == ("2021-06", 0.0)
    assert told[0].seconds_left is None  # it may have compiled
    assert tiny.names[tiny.index(last.plant)] == "Skellefteå"
    names = tiny.names[: tiny.n_municipalities]
    codes = tiny.codes[: tiny.n_municipalities]
    places = Places(
        names=dict(zip(codes, names, strict=True)),
        seats={c: (x, y) for c, x, y in zip(codes, tiny.longitude, tiny.latitude, strict=True)},
        rings={},
        content_hash="",
    )
    rows = list(csv.DictReader(io.StringIO(show.csv_text(last, places))))
    assert len(rows) == 18 * len(names) * len(QUANTITIES)
    end = sum(float(r["effect"]) for r in rows if r["quantity"] == "jobs" and r["month"] == "2021-06")
    assert end == pytest.approx(last.effect("jobs")[-1].sum())
    for code in LANGUAGES:
        lang = language(code)
        table = show.table_html(last, places, lang)
        assert table.count("<tr") == 1 + len(names) + len(set(tiny.county))
        assert all(f">{name}<" in table for name in names)
        assert "Västernorrland" in show.curves_html(last, places, lang)
        assert 'alt="' in show.map_html(last, "jobs", places, lang)


def test_a_stop_ends_it_after_the_month(tiny, quick):
    told, ended, seen = [], [], threading.Event()

    def first(snapshot):
        told.append(snapshot)
        job.stop()
        seen.set()

    job = Job(Settings(end="2030-12"), tiny, None, first, ended.append)
    job.start()
    assert seen.wait(COLD_SECONDS)
    job.wait(COLD_SECONDS)  # the first world compiles
    assert not job.running
    assert (len(told), ended) == (1, [""])


def test_what_goes_wrong_is_a_sentence(tiny, quick):
    ended: list[str] = []
    job = Job(Settings(scenario="none such"), tiny, None, lambda s: None, ended.append)
    job.start()
    job.wait(COLD_SECONDS)  # the first world compiles
    assert ended[0].startswith('There is no scenario "none such"')


def test_an_error_of_omland_itself_ends_the_run_and_is_told(tiny, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise IndexError("list index out of range")

    monkeypatch.setattr(job_module, "PairedModel", broken)
    ended: list[str] = []
    job = Job(Settings(), tiny, None, lambda s: None, ended.append)
    job.start()
    job.wait(COLD_SECONDS)
    (told,) = ended
    assert told.startswith("The worlds ended with an error of Omland itself (IndexError: list index out of")
    assert "Traceback" in caplog.text


def test_a_run_that_has_just_begun_is_not_stopped():
    app = pytest.importorskip("abm.dashboard.app")
    words = {
        (running, done): app.progress_words(
            job_module.Snapshot(Settings(scale=0.01), done, 84, 20.0, pace, None, None),
            running,
            language("en"),
        )
        for running, done, pace in ((True, 1, None), (True, 2, 0.5), (False, 2, 0.5), (False, 84, 0.5))
    }
    assert words[True, 1].startswith("1 of 84 months. 1\N{NO-BREAK SPACE}% of the residents, each for 100: ")
    assert "chance" in words[False, 84]
    assert words[True, 2].startswith("2 of 84 months, 41 s left.")
    assert words[False, 2].startswith("2 of 84 months, stopped.")
    assert words[False, 84].startswith("84 of 84 months, finished in 20 s.")


def test_a_scenario_of_the_region_has_its_own_title(tmp_path, monkeypatch):
    app = pytest.importorskip("abm.dashboard.app")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.toml").write_text(
        'mode = "behavioural"\n[title]\nen = "A mill"\nsv = "Ett bruk"\n', encoding="utf-8"
    )
    monkeypatch.setattr(app.OPTIONS, "region", tmp_path)
    assert app.scenario_title(language("en"), "mine") == "A mill"
    assert app.scenario_title(language("sv"), "mine") == "Ett bruk"
    assert app.scenario_title(language("sv"), "lever_bus") == "Pendlarbuss"
    shutil.copy(tmp_path / "scenarios" / "mine.toml", tmp_path / "scenarios" / "copy.toml")
    both = app.told_apart(language("en"), ["copy", "mine", "lever_bus"])
    assert list(both.values()) == ["copy", "mine", "lever_bus"]
    assert list(both)[:2] == ["A mill (copy)", "A mill (mine)"]


# --- The command --------------------------------------------------------------------------------


def test_without_the_extra_it_is_one_sentence(monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    told = omland("dashboard")
    assert told.exit_code == 2
    assert told.output == (
        'Error: the dashboard needs solara, which is not installed: pip install "omland[dashboard]".\n'
    )


def test_a_port_in_use_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OmlandError, match="choose another port"):
            command.check_port("127.0.0.1", taken.getsockname()[1])


# --- In a browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    """Chromium; needs the extras ``dashboard`` and ``browser``."""
    sync_api = pytest.importorskip("playwright.sync_api")
    try:
        if version("solara-server") != version("solara-assets"):
            pytest.skip("solara-assets is of another version than solara: the page would need the network")
    except PackageNotFoundError:
        pytest.skip("the extra dashboard is not installed")
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = own if os.path.exists(own) else shutil.which("chromium") or shutil.which("google-chrome")
        if path is None:
            pytest.skip("there is no Chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def served(chromium: Any, *options: str) -> Iterator[Any]:
    """A page of a dashboard of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [*OMLAND, "dashboard", "--port", str(port), *options]
    with tempfile.TemporaryFile("w+") as told:
        server = subprocess.Popen(
            arguments,
            env=environment(),
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 180
            while not _listens(port):
                told.seek(0)
                assert server.poll() is None, f"the server ended: {told.read()}"
                assert time.monotonic() < deadline, f"the server does not listen: {told.read()}"
                time.sleep(0.1)
            view = chromium.new_page(viewport={"width": 1440, "height": 1000})
            view.set_default_timeout(60_000)
            view.goto(f"http://127.0.0.1:{port}/")
            yield view
            view.close()
        finally:
            server.terminate()
            server.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def page(chromium):
    with served(chromium) as view:
        yield view


def assert_nothing_found_by_axe(page) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    assert not [(v["id"], v["impact"], v["nodes"][0]["html"]) for v in found]


def choose_in(page, label: str, option: str) -> None:
    page.get_by_label(label).select_option(option)


def run(page) -> tuple[str, str]:
    """Press Run with the keyboard, and return map and table."""
    page.get_by_role("button", name="Run", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Download as CSV").wait_for(state="hidden")  # of the run before
    # the first run of all compiles the kernels, which takes minutes on a busy machine
    page.get_by_role("link", name="Download as CSV").wait_for(timeout=COLD_SECONDS * 1000)
    assert "84 of 84 months, finished" in page.get_by_role("status").first.inner_text()
    picture = page.get_by_role("img", name="Map of residents")
    return str(picture.get_attribute("src")), page.locator("table.omland").inner_text()


def test_raise_the_wage_premium_run_and_download(page):
    page.get_by_role("slider", name="Wage premium").wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    choose_in(page, "Until the end of", "2026")
    choose_in(page, "Share of the residents", "1\N{NO-BREAK SPACE}%")
    assert_nothing_found_by_axe(page)
    before = run(page)
    assert_nothing_found_by_axe(page)
    assert "Difference from the baseline, December 2026" in before[1]
    slider = page.get_by_role("slider", name="Wage premium")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.get_by_role("slider", name="Wage premium: 30").wait_for()
    after = run(page)
    assert after[0] != before[0]
    assert after[1] != before[1]
    size = page.get_by_role("img", name="Map of residents").bounding_box()
    assert size["width"] > 250
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download as CSV").click()
    with open(caught.value.path(), encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 84 * 44 * len(QUANTITIES)
    assert any(float(row["effect"]) for row in rows)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_the_page_in_swedish(chromium):
    with served(chromium, "--lang", "sv") as page:
        page.get_by_role("slider", name="Lönepåslag").wait_for()
        assert page.evaluate("document.documentElement.lang") == "sv"
        assert page.get_by_label("Scenario att utgå från").input_value() == "Egna val"
        assert_nothing_found_by_axe(page)


def test_the_pair_in_the_page_of_mesa(chromium):
    with served(chromium, "--mesa") as page:
        page.get_by_text("Nothing has been simulated yet.").first.wait_for()
        page.get_by_role("button", name="Step").click()
        page.get_by_text("Difference from the baseline, January 2020").wait_for(timeout=COLD_SECONDS * 1000)
        assert page.get_by_text("Wage premium").count()


def test_a_pair_is_a_mesa_model(tiny, quick):
    model = PairedModel(tiny, end="2020-03", scale=0.01, wage_premium=0.3)
    while model.running:
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame["month"]) == ["2020-01", "2020-02", "2020-03"]
    assert frame["population"].to_numpy() == pytest.approx(model.pair().effect("population").sum(axis=1))
    assert frame["jobs"].to_numpy() == pytest.approx(model.pair().effect("jobs").sum(axis=(1, 2)))
    model.step()
    assert model.month == 3
