"""The page of the dashboard. The server of Solara imports it by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import solara
from mesa.visualization import Slider
from mesa.visualization.solara_viz import UserInputs

from abm.commands.inputs import find_scenario, read_region
from abm.dashboard import levers, show
from abm.dashboard.job import QUANTITIES, Job, Snapshot
from abm.dashboard.levers import LAST_YEAR, Settings
from abm.dashboard.options import OPTIONS
from abm.errors import OmlandError
from abm.language import Language, duration, language
from abm.region.region import Region
from abm.report.places import Places, load_places
from abm.scenario import Scenario, list_scenarios
from abm.schema import START_YEAR

SCALES = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Shares of the residents to choose from; all of them are on demand."""
HIDDEN = ("baseline", "template")
"""Scenarios with nothing to compare."""
STYLE = """
.omland-page { padding: 8px 16px; max-width: 1500px; }
.omland-page h2 { font-size: 1.15rem; margin: 4px 0; }
.omland-scroll { max-height: 460px; overflow: auto; border: 1px solid #BBBBBB; }
table.omland { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
table.omland caption { text-align: left; padding: 4px 8px; font-weight: 600; }
table.omland th, table.omland td { padding: 3px 8px; text-align: right; }
table.omland thead th { position: sticky; top: 0; background: #FFFFFF; border-bottom: 2px solid #444444; }
table.omland th[scope=row], table.omland thead th:first-child { text-align: left; font-weight: 400; }
table.omland tr.county th, table.omland tr.county td { font-weight: 700; background: #EFEFEF; }
table.omland tr.municipality th { padding-left: 20px; }
.omland-page .v-label { color: #333333 !important; }
.omland-page *:focus-visible, .omland-scroll:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
"""


@cache
def _region() -> Region:
    return read_region(OPTIONS.region)


@cache
def _places() -> Places:
    return load_places(OPTIONS.region)


def scenario_names() -> list[str]:
    """Scenarios to pick: those that the region brings, or the shipped ones."""
    own = None if OPTIONS.region is None else OPTIONS.region / "scenarios"
    names = sorted(p.stem for p in own.glob("*.toml")) if own is not None and own.is_dir() else []
    return [name for name in (names or list_scenarios()) if name not in HIDDEN]


def sliders(settings: Settings, scenario: Scenario | None, region: Region, lang: Language) -> dict[str, Any]:
    """The levers as Mesa's sliders, in per cent, minutes and dwellings."""
    _ = lang.text
    out: dict[str, Any] = {}
    of = None if scenario is None else levers.plant(scenario)
    if of is not None:
        premium = of.wage_premium if settings.wage_premium is None else settings.wage_premium
        bought = levers.supplier_share(of) if settings.supplier_share is None else settings.supplier_share
        out["wage_premium"] = Slider(_("Wage premium, %"), round(100 * premium), 0, 50, 1, dtype=int)
        out["supplier_share"] = Slider(
            _("Inputs bought from suppliers, %"), round(100 * bought), 0, 100, 5, dtype=int
        )
        here = region.index(of.municipality)
        other = region.names[levers.town_beside(region, of.municipality)]
        out["link_minutes"] = Slider(
            _("New railway to {town}, minutes (0: none)").format(town=other),
            round(settings.link_minutes),
            0,
            max(int(region.car_minutes[here, region.index(other)]), 10),
            5,
            dtype=int,
        )
        out["housing"] = Slider(
            _("Dwellings built in {town}").format(town=region.names[here]),
            round(settings.housing),
            0,
            5000,
            100,
            dtype=int,
        )
    out["ties"] = Slider(_("Ties to home, % of today's"), round(100 * settings.ties), 0, 200, 10, dtype=int)
    return out


def moved(settings: Settings, name: str, value: float) -> Settings:
    """The settings after a slider was moved."""
    shares = ("wage_premium", "supplier_share", "ties")
    change: dict[str, Any] = {name: value / 100 if name in shares else float(value)}
    return dataclasses.replace(settings, **change)


def picked(settings: Settings, scenario: str, text: str = "") -> Settings:
    """The settings after another scenario was picked or edited: its own figures hold again."""
    return dataclasses.replace(settings, scenario=scenario, text=text, wage_premium=None, supplier_share=None)


def _html(content: str) -> None:
    solara.HTML(tag="div", unsafe_innerHTML=content)


@solara.component
def Page() -> None:
    """The dashboard."""
    lang = language(OPTIONS.lang)
    _ = lang.text
    region = solara.use_memo(_region, [])
    places = solara.use_memo(_places, [])
    names = solara.use_memo(scenario_names, [])
    first = "behavioural" if "behavioural" in names else names[0] if names else "baseline"
    settings, set_settings = solara.use_state(Settings(scenario=first))
    snapshot, set_snapshot = solara.use_state(None)
    error, set_error = solara.use_state("")
    job, set_job = solara.use_state(None)
    running, set_running = solara.use_state(False)
    quantity, set_quantity = solara.use_state(QUANTITIES[0])
    current = solara.use_ref(None)

    def leave() -> Callable[[], None]:
        return lambda: current.current.stop() if current.current is not None else None

    solara.use_effect(leave, [])

    def read() -> tuple[Scenario | None, str]:
        try:
            return levers.read_scenario(settings, OPTIONS.region).resolve(region), ""
        except OmlandError as problem:
            return None, str(problem)

    scenario, wrong = solara.use_memo(read, [settings.scenario, settings.text])

    def start(scale: float) -> None:
        if current.current is not None and current.current.running:
            return

        def ended(problem: str) -> None:
            set_error(problem)
            set_running(False)

        wanted = dataclasses.replace(settings, scale=scale)
        current.current = Job(wanted, region, OPTIONS.region, set_snapshot, ended)
        set_error("")
        set_snapshot(None)
        set_running(True)
        set_job(current.current)
        current.current.start()

    solara.Title(_("Omland dashboard"))
    solara.Style(STYLE)
    with solara.Sidebar():
        solara.HTML(tag="h1", unsafe_innerHTML="Omland", style="font-size:1.4rem")
        with solara.Card(_("Scenario")):
            solara.Select(
                _("Scenario"),
                values=names,
                value=settings.scenario,
                on_value=lambda name: set_settings(picked(settings, name)),
            )
            if scenario is not None:
                about = scenario.description.sv if lang.code == "sv" else scenario.description.en
                solara.Text(about, style="color:#333333")
            _Editor(settings, set_settings, lang)
        with solara.Card(_("What is changed")):
            UserInputs(
                sliders(settings, scenario, region, lang),
                on_change=lambda name, value: set_settings(moved(settings, name, value)),
            )
        with solara.Card(_("How much is simulated")):
            years = [str(year) for year in range(START_YEAR, LAST_YEAR + 1)]
            solara.Select(
                _("Until the end of"),
                values=years,
                value=settings.end[:4],
                on_value=lambda year: set_settings(dataclasses.replace(settings, end=f"{year}-12")),
            )
            shares = {f"{lang.number(100 * s, digits=1)} %": s for s in SCALES}
            solara.Select(
                _("Share of the residents"),
                values=list(shares),
                value=next(text for text, share in shares.items() if share == settings.scale),
                on_value=lambda text: set_settings(dataclasses.replace(settings, scale=shares[text])),
            )
            cannot = running or scenario is None
            solara.Button(
                _("Run"), color="primary", block=True, disabled=cannot, on_click=lambda: start(settings.scale)
            )
            solara.Button(
                _("Run with all residents"),
                outlined=True,
                block=True,
                disabled=cannot,
                on_click=lambda: start(1.0),
                style="margin-top:8px",
            )
            solara.Button(
                _("Stop"),
                outlined=True,
                block=True,
                disabled=not running,
                on_click=lambda: current.current.stop() if current.current is not None else None,
                style="margin-top:8px",
            )
    with solara.Column(classes=["omland-page"]):
        _Progress(snapshot, running, error or wrong, job is not None, lang)
        if snapshot is not None:
            _Results(snapshot, quantity, set_quantity, running, places, lang)


@solara.component
def _Editor(settings: Settings, set_settings: Callable[[Settings], None], lang: Language) -> None:
    """The scenario as text, to be edited."""
    _ = lang.text
    draft, set_draft = solara.use_state("")

    def show_text() -> None:
        path = find_scenario(settings.scenario, OPTIONS.region)
        set_draft("" if draft else settings.text or scenario_text(path))

    solara.Button(_("Close the editor") if draft else _("Edit the scenario"), outlined=True, on_click=show_text)
    if draft:
        solara.InputTextArea(_("Scenario as TOML"), value=draft, on_value=set_draft, rows=12)
        solara.Button(
            _("Use this text"),
            outlined=True,
            on_click=lambda: set_settings(picked(settings, settings.scenario, draft)),
        )
    if settings.text:
        solara.Text(_("The edited text is in use."))


def scenario_text(name_or_path: Any) -> str:
    """Text of the file of a scenario."""
    from pathlib import Path

    from abm.resources import data_path

    shipped = data_path("scenarios") / f"{name_or_path}.toml"
    path = shipped if isinstance(name_or_path, str) and shipped.is_file() else Path(name_or_path)
    return path.read_text(encoding="utf-8")


@solara.component
def _Progress(snapshot: Snapshot | None, running: bool, error: str, asked: bool, lang: Language) -> None:
    """What goes on, for the eye and for a screen reader."""
    _ = lang.text
    if error:
        solara.Error(error)
        return
    if snapshot is None:
        message = (
            _("Preparing the population and the two worlds …")
            if running
            else _("Choose a scenario on the left, move the controls, and press Run.")
        )
        share = None
    else:
        share = snapshot.done / snapshot.months
        done = lang.number(snapshot.done, digits=0)
        message = _("{done} of {months} months").format(done=done, months=snapshot.months)
        left = snapshot.seconds_left
        if running and left is not None:
            message += ", " + _("{time} left").format(time=duration(left))
        elif share < 1:
            message += ", " + _("stopped")
        else:
            message += ", " + _("finished in {time}").format(time=duration(snapshot.seconds))
        full = snapshot.settings.scale
        message += ". " + _("{share} of the residents, weighted up.").format(share=lang.percent(full, 1))
    with solara.Column(gap="4px"):
        solara.HTML(tag="div", unsafe_innerHTML=show.escape(message), attributes={"role": "status"})
        if running:
            solara.ProgressLinear(True if share is None else 100 * share)


@solara.component
def _Results(
    snapshot: Snapshot,
    quantity: str,
    set_quantity: Callable[[str], None],
    running: bool,
    places: Places,
    lang: Language,
) -> None:
    """Map, curves, table and download."""
    _ = lang.text
    words = {_(show.NAMES[q]): q for q in QUANTITIES}
    with solara.Columns([5, 7]):
        with solara.Card():
            solara.Select(
                _("Shown on the map"),
                values=list(words),
                value=_(show.NAMES[quantity]),
                on_value=lambda word: set_quantity(words[word]),
            )
            _html(show.map_html(snapshot, quantity, places, lang))
        with solara.Column():
            with solara.Card():
                _html(show.curves_html(snapshot, lang))
            with solara.Card():
                solara.HTML(
                    tag="div",
                    classes=["omland-scroll"],
                    attributes={"tabindex": "0", "role": "region", "aria-label": _("Table of effects")},
                    unsafe_innerHTML=show.table_html(snapshot, places, lang),
                )
                if not running:
                    solara.FileDownload(
                        lambda: show.csv_text(snapshot, places),
                        filename="omland.csv",
                        label=_("Download as CSV"),
                        mime_type="text/csv",
                    )
