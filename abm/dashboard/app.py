"""The page of the dashboard. The server of Solara imports it by its name."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import solara
from mesa.visualization import Slider
from mesa.visualization.solara_viz import UserInputs

from abm import terms
from abm.commands.inputs import read_region
from abm.dashboard import levers, show
from abm.dashboard.job import Job, Snapshot
from abm.dashboard.levers import LAST_YEAR, Settings
from abm.dashboard.options import OPTIONS
from abm.dashboard.pair import QUANTITIES
from abm.errors import OmlandError
from abm.language import Language, duration, language
from abm.region.region import Region
from abm.report.places import Places, load_places
from abm.scenario import Scenario, find_scenario, list_scenarios, load_scenario
from abm.schema import START_YEAR

SCALES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of the residents to choose from; all of them are on demand."""
HIDDEN = ("baseline", "template")
"""Scenarios with nothing to compare."""
STYLE = """
.omland-all { display: grid; grid-template-columns: 340px minmax(0, 1fr); gap: 16px; padding: 12px 16px; }
.omland-results { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 12px; }
@media (max-width: 1100px) { .omland-all, .omland-results { grid-template-columns: minmax(0, 1fr); } }
.omland-all h1 { font-size: 1.4rem; margin: 0; }
.omland-all .v-card { margin: 0 0 10px 0 !important; }
.omland-all .v-slider .v-label { max-width: none !important; overflow: visible !important; white-space: nowrap; }
.omland-all .v-slider.v-input { display: block; }
.omland-choice { display: block; margin: 0 0 12px 0; color: #333333; }
.omland-choice select { display: block; width: 100%; margin-top: 2px; padding: 6px 8px; color: #222222;
  background: #FFFFFF; border: 1px solid #767676; border-radius: 4px; appearance: auto; }
.omland-status { font-size: 1rem; padding: 4px 0; }
.omland-scroll { max-height: 460px; overflow: auto; border: 1px solid #BBBBBB; }
a.omland-download { display: inline-block; margin: 8px 0; padding: 6px 14px; border: 1px solid #333333;
  border-radius: 4px; color: #222222 !important; text-decoration: none; }
table.omland { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
table.omland caption { text-align: left; padding: 4px 8px; font-weight: 600; }
table.omland th, table.omland td { padding: 3px 8px; text-align: right; }
table.omland thead th { position: sticky; top: 0; background: #FFFFFF; border-bottom: 2px solid #444444; }
table.omland th[scope=row], table.omland thead th:first-child { text-align: left; font-weight: 400; }
table.omland tr.county th, table.omland tr.county td { font-weight: 700; background: #EFEFEF; }
table.omland tr.municipality th { padding-left: 20px; }
.omland-all .v-label, .omland-all .v-field-label { color: #333333 !important; opacity: 1 !important; }
.omland-all *:focus-visible, .omland-scroll:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
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


def scenario_title(lang: Language, name: str) -> str:
    """Title of a scenario: that of its file, if the region brings it."""
    found = find_scenario(name, OPTIONS.region)
    if found == name:  # shipped
        return terms.scenario(lang, name)
    try:
        title = load_scenario(found).title
    except OmlandError:  # told when it is picked
        return name
    return (title.sv if lang.code == "sv" else title.en) or name


def told_apart(lang: Language, names: Sequence[str]) -> dict[str, str]:
    """Names of scenarios by title, and where several have the same, by title and name."""
    titles = {name: scenario_title(lang, name) for name in names}
    often = Counter(titles.values())
    return {f"{title} ({name})" if often[title] > 1 else title: name for name, title in titles.items()}


def sliders(settings: Settings, scenario: Scenario | None, region: Region, lang: Language) -> dict[str, Any]:
    """The levers as Mesa's sliders, in per cent, minutes and dwellings."""
    _ = lang.text
    out: dict[str, Any] = {}
    of = None if scenario is None else levers.plant(scenario)
    if of is not None:
        premium = of.wage_premium if settings.wage_premium is None else settings.wage_premium
        bought = levers.supplier_share(of) if settings.supplier_share is None else settings.supplier_share
        out["wage_premium"] = _slider(_("Wage premium: {n} %"), round(100 * premium), 50, 1, lang)
        out["supplier_share"] = _slider(
            _("Inputs bought from suppliers: {n} %"), round(100 * bought), 100, 5, lang
        )
        here = region.index(of.municipality)
        other = levers.town_beside(region, of.municipality)
        if other is not None:
            faster = (
                _("New railway to {town}: {n} minutes")
                if settings.link_minutes
                else _("New railway to {town}: none")
            )
            slowest = max(int(region.car_minutes[here, other]), 10)
            out["link_minutes"] = _slider(
                faster, round(settings.link_minutes), slowest, 5, lang, region.names[other]
            )
        built = _("Dwellings built in {town}: {n}")
        out["housing"] = _slider(built, round(settings.housing), 5000, 100, lang, region.names[here])
    out["ties"] = _slider(_("Ties to home: {n} % of today's"), round(100 * settings.ties), 200, 10, lang)
    return out


def _slider(label: str, value: int, largest: int, step: int, lang: Language, town: str = "") -> Any:
    """A slider of Mesa from 0 that shows its figure in its label."""
    shown = label.format(n=lang.number(value, digits=0), town=town)
    return Slider(shown, value, 0, largest, step, dtype=int)


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


@solara.component_vue("labels.vue")
def _Labels(lang: str, progress: str) -> None:
    """Names of the controls for screen readers; see the file."""


@solara.component_vue("choice.vue")
def _Choice(label: str, values: list[str], value: str, event_choose: Callable[[str], None]) -> None:
    """A list to choose from, with its name; see the file."""


_NOTHING: Any = None


@solara.component
def Layout(children: Any = ()) -> None:
    """Nothing around the page: no bar, no drawer."""
    solara.Column(children=list(children), gap="0px")


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
    snapshot, set_snapshot = solara.use_state(_NOTHING)
    error, set_error = solara.use_state("")
    running, set_running = solara.use_state(False)
    quantity, set_quantity = solara.use_state(QUANTITIES[0])
    current: Any = solara.use_ref(None)

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
        current.current.start()

    solara.Title(_("Omland dashboard"))
    solara.Style(STYLE)
    _Labels(lang=lang.code, progress=_("Progress"))
    with solara.v.Html(tag="main", class_="omland-all"):
        with solara.Div():
            solara.HTML(tag="h1", unsafe_innerHTML="Omland")
            with solara.Card(_("Scenario")):
                titles = solara.use_memo(lambda: told_apart(lang, names), [names])
                _Choice(
                    label=_("Scenario to start from"),
                    values=list(titles),
                    value=next(t for t, name in titles.items() if name == settings.scenario),
                    event_choose=lambda title: set_settings(picked(settings, titles[title])),
                )
                if scenario is not None:
                    about = scenario.description.sv if lang.code == "sv" else scenario.description.en
                    solara.Text(about, style="display:block; color:#333333; margin-bottom:8px")
                _Editor(settings, set_settings, lang)
            with solara.Card(_("What is changed")):
                UserInputs(
                    sliders(settings, scenario, region, lang),
                    on_change=lambda name, value: set_settings(moved(settings, name, value)),
                )
            with solara.Card(_("How much is simulated")):
                years = [str(year) for year in range(START_YEAR, LAST_YEAR + 1)]
                _Choice(
                    label=_("Until the end of"),
                    values=years,
                    value=settings.end[:4],
                    event_choose=lambda year: set_settings(dataclasses.replace(settings, end=f"{year}-12")),
                )
                shares = {lang.percent(s): s for s in SCALES}
                _Choice(
                    label=_("Share of the residents"),
                    values=list(shares),
                    value=next(text for text, share in shares.items() if share == settings.scale),
                    event_choose=lambda text: set_settings(dataclasses.replace(settings, scale=shares[text])),
                )
                cannot = running or scenario is None
                solara.Button(
                    _("Run"),
                    color="primary",
                    block=True,
                    disabled=cannot,
                    on_click=lambda: start(settings.scale),
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
        with solara.Div():
            _Progress(snapshot, running, error or wrong, lang)
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

    solara.Button(
        _("Close the editor") if draft else _("Edit the scenario"), outlined=True, on_click=show_text
    )
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


def progress_words(snapshot: Snapshot, running: bool, lang: Language) -> str:
    """How far a run is, and of whom."""
    _ = lang.text
    done = lang.number(snapshot.done, digits=0)
    message = _("{done} of {months} months").format(done=done, months=snapshot.months)
    left = snapshot.seconds_left
    if running:
        if left is not None:  # not known in the first months, which may compile
            message += ", " + _("{time} left").format(time=duration(left))
    elif snapshot.done < snapshot.months:
        message += ", " + _("stopped")
    else:
        message += ", " + _("finished in {time}").format(time=duration(snapshot.seconds))
    share = snapshot.settings.scale
    if share >= 1:
        return f"{message}. " + _(
            "All residents, in one pair of worlds: ranges come from a study or an experiment."
        )
    return f"{message}. " + _(
        "{share} of the residents, each for {n}: small differences are chance, so run all residents before using one."
    ).format(share=lang.percent(share), n=lang.number(1 / share, digits=0))


@solara.component
def _Progress(snapshot: Snapshot | None, running: bool, error: str, lang: Language) -> None:
    """What goes on, for the eye and for a screen reader."""
    _ = lang.text
    if error:
        solara.Error(error)
        return
    if snapshot is None:
        message = (
            _(
                "Preparing the population and the two worlds … "
                "The very first run compiles the model, which takes minutes."
            )
            if running
            else _("Choose a scenario on the left, move the controls, and press Run.")
        )
        share = None
    else:
        share = snapshot.done / snapshot.months
        message = progress_words(snapshot, running, lang)
    with solara.Column(gap="4px"):
        solara.HTML(
            tag="div",
            unsafe_innerHTML=show.escape(message),
            classes=["omland-status"],
            attributes={"role": "status"},
        )
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
    with solara.Div(classes=["omland-results"]):
        with solara.Card():
            _Choice(
                label=_("Shown on the map"),
                values=list(words),
                value=_(show.NAMES[quantity]),
                event_choose=lambda word: set_quantity(words[word]),
            )
            _html(show.map_html(snapshot, quantity, places, lang))
        with solara.Div():
            with solara.Card():
                _html(show.curves_html(snapshot, places, lang))
            with solara.Card():
                solara.HTML(
                    tag="div",
                    classes=["omland-scroll"],
                    attributes={"tabindex": "0", "role": "region", "aria-label": _("Table of effects")},
                    unsafe_innerHTML=show.table_html(snapshot, places, lang),
                )
                if not running:
                    _html(show.download_html(snapshot, places, lang))
