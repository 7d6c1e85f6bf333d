"""Maps: municipalities coloured by an effect, and flows as lines between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.language import Language
from abm.report.drawing import DARK, DIVERGING, GAIN, GREY, LOSS, figures_of
from abm.report.places import Places

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import SymLogNorm
    from matplotlib.figure import Figure as Drawing

FloatArray = NDArray[np.float64]
LAND = "#E6E6E6"
LINEAR = 0.5
"""Below this size of an effect the colours of a map are linear, above logarithmic."""
WIDEST = 9.0
"""Width in points of the line of the largest flow."""
LEAST_WIDTH = 0.4
MOST_NAMED = 12
"""Municipalities that are all named on a map of dots."""


def symmetric_norm(largest: float) -> SymLogNorm:
    """Colours from minus to plus the next of 1, 2, 5, 10 … that no effect exceeds."""
    from matplotlib.colors import SymLogNorm

    exponent = np.floor(np.log10(max(largest, 1.0)))
    steps = [m * 10**exponent for m in (1, 2, 5, 10)]
    limit = float(next(step for step in steps if step >= max(largest, 1.0) - 1e-9))
    return SymLogNorm(linthresh=LINEAR, linscale=0.5, vmin=-limit, vmax=limit, base=10)


def ticks(limit: float) -> list[float]:
    """Figures to write beside the colours."""
    inner = [t for t in (0.5, 5.0, 50.0, 500.0) if t < limit * 0.75]
    return [-limit, *(-t for t in reversed(inner)), 0.0, *inner, limit]


def colour_scale(drawing: Drawing, drawn: Any, axes: Axes | list[Axes], lang: Language, label: str) -> None:
    """The colours of `filled_map` with their figures, beside the maps that share them."""
    bar = drawing.colorbar(drawn, ax=axes, shrink=0.8, aspect=28, ticks=ticks(float(drawn.norm.vmax)))
    bar.minorticks_off()
    figures_of(bar.ax.yaxis, lang, signed=True)
    bar.set_label(label)


def plain_map(axes: Axes, places: Places) -> None:
    """The municipalities in light grey, as ground for something else."""
    from matplotlib.collections import PolyCollection

    rings = [ring for listed in places.rings.values() for ring in listed]
    if rings:
        axes.add_collection(PolyCollection(rings, facecolors=LAND, edgecolors="#BBBBBB", linewidths=0.4))
    else:
        seats = np.array(list(places.seats.values()))
        axes.scatter(seats[:, 0], seats[:, 1], s=18, color="#CCCCCC", zorder=1)
    _frame(axes)


def filled_map(axes: Axes, places: Places, values: Mapping[str, float], norm: SymLogNorm) -> Any:
    """The municipalities coloured by a figure; those without one stay light grey.

    With borders areas are coloured, without them a dot at each seat.

    Returns:
        What a colour bar is drawn for.
    """
    from matplotlib.collections import PolyCollection

    if places.rings:
        plain_map(axes, places)
        shown = [
            (ring, values[code]) for code, rings in places.rings.items() if code in values for ring in rings
        ]
        drawn: Any = PolyCollection(
            [ring for ring, _ in shown], cmap=DIVERGING, norm=norm, edgecolors="#777777", linewidths=0.3
        )
        drawn.set_array(np.array([value for _, value in shown]))
        axes.add_collection(drawn)
        return drawn
    plain_map(axes, places)
    seats = np.array([places.seats[code] for code in values]).reshape(-1, 2)
    drawn = axes.scatter(
        seats[:, 0],
        seats[:, 1],
        c=list(values.values()),
        s=110,
        cmap=DIVERGING,
        norm=norm,
        edgecolors="#555555",
        zorder=2,
        clip_on=False,
    )
    if _all_named(places):
        for code in values:
            _name(axes, places, code)
    return drawn


def star(axes: Axes, places: Places, code: str | None) -> None:
    """A star at the seat of the municipality with the factory, and its name."""
    if code is None or code not in places.seats:
        return
    x, y = places.seats[code]
    axes.plot(x, y, "*", color="black", markersize=9, markeredgecolor="white", markeredgewidth=0.7, zorder=5)
    if not _all_named(places):
        _name(axes, places, code)


def _all_named(places: Places) -> bool:
    """Whether every municipality is named: dots tell nobody where they are, and a few leave room."""
    return not places.rings and len(places.names) <= MOST_NAMED


def _name(axes: Axes, places: Places, code: str) -> None:
    """The name of a municipality beside its seat."""
    x, y = places.seats[code]
    axes.annotate(
        places.names[code],
        (x, y),
        xytext=(7, 5),
        textcoords="offset points",
        fontsize=8.5,
        zorder=6,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
    )


def lines_map(
    axes: Axes,
    places: Places,
    flows: Mapping[str, float],
    target: str,
    largest: float,
    outside: Mapping[str, str],
) -> None:
    """Lines from seats to one municipality; their width is the flow, dashes and colour tell a loss.

    Args:
        axes: where.
        places: the municipalities.
        flows: flow by zone of origin; those below half a person are left out.
        target: municipality where the lines end.
        largest: flow of the widest line, so that panels can be compared.
        outside: text beside the flow of a boundary zone, by zone.
    """
    plain_map(axes, places)
    end = places.seats[target]
    margin = _outside_positions(places)
    for code, flow in sorted(flows.items(), key=lambda item: -abs(item[1])):
        start = margin.get(code, places.seats.get(code))
        if start is None or code == target or abs(flow) < 0.5:
            continue
        width = max(LEAST_WIDTH, WIDEST * abs(flow) / max(largest, 1e-9))
        axes.plot(
            *zip(start, end, strict=True),
            color=GAIN if flow > 0 else LOSS,
            linestyle="-" if flow > 0 else (0, (3, 1.5)),
            linewidth=width,
            alpha=0.75,
            zorder=3,
            solid_capstyle="butt",
            dash_capstyle="butt",
        )
        if code not in margin:
            axes.plot(*start, "o", color=DARK, markersize=2.2, zorder=4)
    for code, text in outside.items():
        if code in margin:
            x, y = margin[code]
            axes.plot(x, y, "s", color=GREY, markersize=5, zorder=4)
            axes.annotate(
                text, (x, y), xytext=(0, -7), textcoords="offset points", ha="center", va="top", fontsize=8
            )


def _outside_positions(places: Places) -> dict[str, FloatArray]:
    """Where the boundary zones stand: below the map, and abroad to the right of it."""
    seats = np.array(list(places.seats.values()))
    (left, bottom), (right, top) = seats.min(axis=0), seats.max(axis=0)
    low = bottom - 0.14 * (top - bottom)
    return {
        "RS": np.array([left + 0.2 * (right - left), low]),
        "AB": np.array([left + 0.85 * (right - left), low]),
    }


def _frame(axes: Axes) -> None:
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.axis("off")
