"""The pair of worlds in Mesa's own page: ``SolaraViz`` with its plots, sliders and play button.

For those who know Mesa; ``omland dashboard --mesa`` serves it. The words of the page around our
components are Mesa's, in English. The components work in a ``SolaraViz`` of one's own too::

    from mesa.visualization import SolaraViz
    from abm.dashboard import viz
    from abm.dashboard.pair import PairedModel

    SolaraViz(PairedModel(scale=0.01), components=viz.COMPONENTS, model_params=viz.parameters())
"""

from __future__ import annotations

from typing import Any

import solara
from mesa.visualization import Slider, SolaraViz, make_plot_component, solara_viz

from abm.commands.inputs import read_region
from abm.dashboard import show
from abm.dashboard.job import Snapshot
from abm.dashboard.options import OPTIONS
from abm.dashboard.pair import QUANTITIES, PairedModel
from abm.language import language
from abm.report.drawing import PALETTE
from abm.report.places import load_places

FIRST_SCALE = 0.01
"""Share of the residents to begin with."""


def snapshot(model: PairedModel) -> Snapshot | None:
    """A pair as the drawings of the dashboard take it; None before the first month."""
    if not model.month:
        return None
    return Snapshot(model.settings, model.month, model.months, 0.0, None, model.pair(), model.plant)


def map_of_residents(model: PairedModel) -> Any:
    """Map of the effect on residents, as a component of Mesa's."""
    return _shown(model, lambda now: show.map_html(now, "population", load_places(OPTIONS.region), _lang()))


def table_of_effects(model: PairedModel) -> Any:
    """Table of all effects, as a component of Mesa's."""
    return _shown(model, lambda now: show.table_html(now, load_places(OPTIONS.region), _lang()))


def _lang() -> Any:
    return language(OPTIONS.lang)


def _shown(model: PairedModel, draw: Any) -> Any:
    now = snapshot(model)
    if now is None:
        return solara.Text(_lang().text("Nothing has been simulated yet."))
    return solara.HTML(tag="div", unsafe_innerHTML=draw(now), style="max-height:640px; overflow:auto")


COMPONENTS: list[Any] = [
    map_of_residents,
    make_plot_component(dict(zip(QUANTITIES, PALETTE, strict=False))),
    table_of_effects,
]
"""Map, curves and table; the curves are Mesa's, of what the data collector of the pair holds."""


def parameters() -> dict[str, Any]:
    """The levers as Mesa's sliders; the names are those of the arguments of the model."""
    return {
        "region": None if OPTIONS.region is None else str(OPTIONS.region),
        "scale": Slider("Share of the residents", FIRST_SCALE, 0.005, 0.05, 0.005),
        "seed": Slider("Seed", 1, 1, 100, 1),
        "wage_premium": Slider("Wage premium", 0.0, 0.0, 0.5, 0.01),
        "supplier_share": Slider("Inputs bought from suppliers", 0.7, 0.0, 1.0, 0.05),
        "link_minutes": Slider("New railway, minutes (0: none)", 0, 0, 120, 5),
        "housing": Slider("Dwellings built", 0, 0, 5000, 100),
        "ties": Slider("Ties to home, of today's", 1.0, 0.0, 2.0, 0.1),
    }


@solara.component
def _Stacked(components: list[Any], model: PairedModel) -> None:
    """Components one below the other, beside the side bar, which lies over the page with Vuetify 3."""
    solara.Style(
        ".omland-stacked img { display: block; width: auto !important; max-width: 640px; height: auto; }"
    )
    with solara.Div(classes=["omland-stacked"], style="padding:12px 12px 12px 412px"):
        for one in components:
            shown = one[0] if isinstance(one, tuple) else one
            with solara.Div(style="max-width:680px"):
                solara_viz._wrap_component(shown)(model)


if not hasattr(solara.v, "TabsItems"):
    # Mesa 3.3 sets components into tabs of Vuetify 2, which version 3 does not have (mesa pull request
    # 2919), and into a grid that comes over the network.
    solara_viz.ComponentsView = _Stacked


@solara.component
def Page() -> None:
    """Mesa's page."""
    first = solara.use_memo(
        lambda: PairedModel(read_region(OPTIONS.region), OPTIONS.region, scale=FIRST_SCALE), []
    )
    SolaraViz(first, components=COMPONENTS, model_params=parameters(), name="Omland")
