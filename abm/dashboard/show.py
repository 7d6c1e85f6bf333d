"""The map, the curves, the table and the file of a pair of worlds."""

from __future__ import annotations

import base64
import csv
import html
import io
from typing import TYPE_CHECKING

import numpy as np

from abm.dashboard.job import Snapshot
from abm.dashboard.pair import QUANTITIES
from abm.language import N_, Language
from abm.report import drawing, maps
from abm.report.places import Places
from abm.results import month_labels
from abm.schema import START_YEAR, VASTERNORRLAND

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = {
    "population": N_("residents"),
    "jobs": N_("jobs"),
    "in_commuters": N_("commuters in"),
    "out_commuters": N_("commuters out"),
}
"""Quantities of the dashboard."""


def escape(text: str) -> str:
    """A text as HTML."""
    return html.escape(text)


def county_of(snapshot: Snapshot) -> str:
    """Code of the county of the curves: the one that asked the question; in other regions the first county."""
    counties = snapshot.pair.region.county if snapshot.pair else ()
    return VASTERNORRLAND if VASTERNORRLAND in counties else next(iter(counties), VASTERNORRLAND)


def county_name(places: Places, lang: Language, code: str) -> str:
    """Name of a county, or its code in words."""
    _ = lang.text
    name = places.county(code)
    return _("county {code}").format(code=code) if name == code else name


def draw_map(snapshot: Snapshot, quantity: str, places: Places, lang: Language) -> Figure:
    """Effect in the last month, by municipality."""
    from matplotlib.figure import Figure

    _ = lang.text
    effect = snapshot.effect(quantity)[-1]
    values = dict(zip(places.names, effect.tolist(), strict=True))
    norm = maps.symmetric_norm(float(np.abs(effect).max()) if effect.size else 1.0)
    figure = Figure(figsize=(5.2, 5.6))
    axes = figure.subplots()
    drawn = maps.filled_map(axes, places, values, norm)
    maps.star(axes, places, snapshot.plant)
    label = _("{quantity}, difference from the baseline").format(quantity=_(NAMES[quantity]))
    maps.colour_scale(figure, drawn, axes, lang, label)
    axes.set_title(lang.month(snapshot.month))
    return figure


def draw_curves(snapshot: Snapshot, places: Places, lang: Language) -> Figure:
    """Effects on the county over time."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    _ = lang.text
    code = county_of(snapshot)
    months = START_YEAR + (np.arange(snapshot.done) + 1) / 12
    figure = Figure(figsize=(7.4, 4.6))
    axes = figure.subplots()
    axes.axhline(0, color=drawing.GREY, linewidth=0.8)
    for i, quantity in enumerate(QUANTITIES):
        line = snapshot.county(quantity, code)
        axes.plot(
            months,
            line,
            color=drawing.colour(i),
            linestyle=drawing.dash(i),
            linewidth=1.8,
            label=_(NAMES[quantity]),
        )
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -1.0), max(high, 1.0))  # no tick for a hundredth of a person
    axes.set_xlim(START_YEAR, START_YEAR + snapshot.months / 12)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=11))
    axes.set_xlabel(_("year"))
    axes.set_ylabel(_("difference from the baseline, persons or jobs"))
    axes.set_title(county_name(places, lang, code))
    drawing.figures_of(axes.yaxis, lang, signed=True)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def as_image(figure: Figure, alt: str) -> str:
    """A drawing as an HTML image with its text alternative."""
    drawing.lay_out(figure)
    svg = drawing.as_svg(figure, title=alt, description=alt, source="Omland", language="")
    uri = "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
    return f'<img src="{uri}" alt="{html.escape(alt, quote=True)}" style="width:100%;height:auto">'


def map_html(snapshot: Snapshot, quantity: str, places: Places, lang: Language) -> str:
    """The map with its text alternative: where the effect is largest."""
    _ = lang.text
    effect = snapshot.effect(quantity)[-1]
    names = list(places.names.values())
    order = np.argsort(-np.abs(effect))[:3]
    largest = lang.listing(
        [f"{names[i]} {lang.number(float(effect[i]), signed=True, digits=0)}" for i in order]
    )
    alt = _("Map of {quantity}, {month}: {largest}").format(
        quantity=_(NAMES[quantity]), month=lang.month(snapshot.month), largest=largest
    )
    with drawing.style():
        return as_image(draw_map(snapshot, quantity, places, lang), alt)


def curves_html(snapshot: Snapshot, places: Places, lang: Language) -> str:
    """The curves with their text alternative: where they end."""
    _ = lang.text
    code = county_of(snapshot)
    ends = lang.listing(
        [
            f"{_(NAMES[q])} {lang.number(float(snapshot.county(q, code)[-1]), signed=True, digits=0)}"
            for q in QUANTITIES
        ]
    )
    alt = _("Curves of {county} until {month}: {ends}").format(
        county=county_name(places, lang, code), month=lang.month(snapshot.month), ends=ends
    )
    with drawing.style():
        return as_image(draw_curves(snapshot, places, lang), alt)


def table_html(snapshot: Snapshot, places: Places, lang: Language) -> str:
    """Effects in the last month, by county and municipality, as an HTML table."""
    _ = lang.text
    assert snapshot.pair is not None
    region = snapshot.pair.region
    effects = [snapshot.effect(quantity)[-1] for quantity in QUANTITIES]
    head = "".join(f'<th scope="col">{html.escape(_(NAMES[q]))}</th>' for q in QUANTITIES)
    caption = _("Difference from the baseline, {month}").format(month=lang.month(snapshot.month))
    rows = []

    def add(name: str, values: list[float], kind: str) -> None:
        cells = "".join(f"<td>{lang.number(value, signed=True, digits=0)}</td>" for value in values)
        rows.append(f'<tr class="{kind}"><th scope="row">{html.escape(name)}</th>{cells}</tr>')

    names = list(places.names.values())
    for county in dict.fromkeys(region.county):
        inside = region.county_mask(county)
        add(
            county_name(places, lang, county),
            [float(snapshot.county(q, county)[-1]) for q in QUANTITIES],
            "county",
        )
        for i in np.flatnonzero(inside):
            add(names[i], [float(e[i]) for e in effects], "municipality")
    place = html.escape(_("place"))
    return (
        f'<table class="omland"><caption>{html.escape(caption)}</caption><thead><tr><th scope="col">{place}</th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def csv_text(snapshot: Snapshot, places: Places) -> str:
    """Every month, municipality and quantity of both worlds as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("month", "code", "municipality", "quantity", "baseline", "scenario", "effect"))
    labels = month_labels(snapshot.done)
    for quantity in QUANTITIES:
        base, world = snapshot.levels(quantity)
        for t, month in enumerate(labels):
            for i, (code, name) in enumerate(places.names.items()):
                figures = (f"{v:.10g}" for v in (base[t, i], world[t, i], world[t, i] - base[t, i]))
                writer.writerow((month, code, name, quantity, *figures))
    return buffer.getvalue()


def download_html(snapshot: Snapshot, places: Places, lang: Language) -> str:
    """A link that saves the figures; it holds them, so nothing is left on the server."""
    content = base64.b64encode(csv_text(snapshot, places).encode("utf-8")).decode("ascii")
    _ = lang.text
    label = html.escape(_("Download as CSV"))
    uri = f"data:text/csv;charset=utf-8;base64,{content}"
    return f'<a class="omland-download" download="omland.csv" href="{uri}">{label}</a>'
