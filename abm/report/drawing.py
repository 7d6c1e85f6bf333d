"""How figures look, and how they become files: the same figures give the same bytes."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from abm.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

# After Okabe and Ito: told apart with every kind of colour vision; darkened to 4.5:1 on white.
PALETTE = ("#B34700", "#0072B2", "#00795A", "#9A4A7C", "#6B5B00", "#444444")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
"""Colours and dashes of the scenarios, in their order; dashes tell them apart in grey."""
MARKS = ("o", "s", "^", "D", "v", "P")
GAIN, LOSS = "#0072B2", "#B34700"
GREY, DARK = "#6B6B6B", "#333333"
DIVERGING = "PuOr"
"""Colour map of effects: orange below zero, purple above; safe for colour-blind readers."""
PNG_DPI = 200
ACROSS = 3
"""Panels side by side."""
LETTER = 4.2
"""Mean width in points of a letter below a drawing."""
HEAD_LETTER = 6.4
"""And of one in a title above it."""

STYLE: Any = {
    "svg.hashsalt": "omland",
    "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
    "text.parse_math": False,  # a name with a dollar sign is a name
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": DARK,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
}
FONTS = "'DejaVu Sans', Verdana, 'Bitstream Vera Sans', Arial, Helvetica, sans-serif"
"""Fonts of the text in SVG files, widest first: where one is missing, the next one fits as well."""


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of the report; what was set before is set again afterwards."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcParams.update(mpl.rcParamsDefault)
        mpl.rcParams["backend"] = "agg"
        mpl.rcParams.update(STYLE)
        yield


def colour(i: int) -> str:
    """Colour of the scenario with a number."""
    return PALETTE[i % len(PALETTE)]


def ink(fill: Iterable[float]) -> str:
    """Colour of text on a fill (red, green, blue, each 0 to 1): the one of black and white with more contrast."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in list(fill)[:3])
    luminance = sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "black" if luminance > 0.179 else "white"  # equal contrast with both there (WCAG 2.2)


def dash(i: int) -> Any:
    """Dashes of the scenario with a number."""
    return DASHES[i % len(DASHES)]


def mark(i: int) -> str:
    """Marker of the scenario with a number."""
    return MARKS[i % len(MARKS)]


def figures_of(axis: Any, lang: Language, *, signed: bool = False) -> None:
    """Write the ticks of an axis in a language."""
    from matplotlib.ticker import FuncFormatter

    def tick(value: float, _position: int) -> str:
        shown = f"{value:.6f}".rstrip("0")
        return lang.number(value, signed=signed, digits=len(shown.partition(".")[2]))

    axis.set_major_formatter(FuncFormatter(tick))


def labels_apart(axes: Axes, ends: Sequence[tuple[float, str, str]], x: float, share: float = 0.085) -> None:
    """Labels at the ends of lines, pushed apart where they would touch.

    Args:
        axes: the axes, with their limits set.
        ends: height, text and colour of each label.
        x: where they begin.
        share: least distance, as a share of the height of the axes.
    """
    bottom, top = axes.get_ylim()
    gap = share * (top - bottom)
    ordered = sorted(ends, reverse=True)
    heights: list[float] = []
    for value, _, _ in ordered:
        heights.append(min(value, heights[-1] - gap) if heights else value)
    below = bottom - heights[-1]
    if below > 0:  # the lowest label would hang out: lift them all
        heights = [height + below for height in heights]
    for height, (_, text, tint) in zip(heights, ordered, strict=True):
        axes.text(x, height, text, color=tint, va="center", clip_on=False)


def panels(n: int, width: float, height: float, *, beside: float = 0.0) -> tuple[Drawing, list[Axes]]:
    """A drawing of panels with the same axes, at most :data:`ACROSS` side by side.

    Args:
        n: panels.
        width: inches of a panel.
        height: inches of a row of panels.
        beside: inches for what stands beside the panels.

    Returns:
        The drawing and its panels, row by row.
    """
    from matplotlib.figure import Figure as Drawing

    across = min(n, ACROSS)
    down = -(-n // across)
    drawing = Drawing(figsize=(width * across + beside, height * down))
    every = drawing.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
    for axes in every[n:]:
        axes.set_visible(False)
    if n < len(every):  # the lowest panel of a column shows its ticks
        for axes in every[n - across : n]:
            axes.tick_params(labelbottom=True)
    return drawing, list(every[:n])


def head(drawing: Drawing, text: str) -> None:
    """A title above all panels, so that the file says by itself what it shows."""
    letters = int(drawing.get_figwidth() * 72 / HEAD_LETTER)
    drawing.suptitle(textwrap.fill(text, letters), x=0.01, ha="left", fontsize=11)


def foot(drawing: Drawing, text: str) -> None:
    """Lines below the drawing, none wider than it."""
    letters = int(drawing.get_figwidth() * 72 / LETTER)
    lines = [textwrap.fill(line, letters) for line in text.splitlines()]
    drawing.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7.5, color=DARK)


def lay_out(drawing: Drawing) -> None:
    """Find the place of everything once, for all files of the drawing."""
    drawing.draw_without_rendering()
    drawing.set_layout_engine("none")


def as_svg(drawing: Drawing, *, title: str, description: str, source: str, language: str) -> bytes:
    """The drawing as SVG, without a date."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    about = {
        "Date": None,
        "Creator": "Omland",
        "Title": title,
        "Description": description,
        "Source": source,
        "Language": language,
    }
    buffer = io.BytesIO()
    FigureCanvasSVG(drawing).print_svg(buffer, metadata=about)
    return buffer.getvalue().replace(b"'DejaVu Sans'", FONTS.encode())


def as_png(drawing: Drawing, *, title: str, description: str, source: str) -> bytes:
    """The drawing as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    about = {"Software": None, "Title": title, "Description": description, "Source": source}
    drawing.set_dpi(PNG_DPI)
    buffer = io.BytesIO()
    FigureCanvasAgg(drawing).print_png(buffer, metadata=about)
    return buffer.getvalue()
