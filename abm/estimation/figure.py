"""The figure: how commuting thins out with time and moving with distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.intervals import HALF_WIDTH
from abm.language import Language
from abm.report import drawing
from abm.report.content import Figure

from .commuting import CommutingFits, matrices
from .forms import KINK_MINUTES, KM_BANDS, KNOTS, MINUTE_BANDS, Matrix, band_index, band_name
from .gravity import DecayFit
from .migration import MigrationFits, movers_and_km

if TYPE_CHECKING:
    import pandas as pd

    from .sources import Sources

NAME = "decay"
"""Name of the files."""
LONGEST_MINUTES, LONGEST_KM = 450.0, 800.0
"""Ends of the curves."""
DAILY = 110.0
"""End of the curve of published parts, minutes."""

Line = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Place, value, and ends of the 95 % interval, each float64[n]."""


def steps(fit: DecayFit, x: Matrix, edges: tuple[float, ...]) -> Line:
    """Flows by band over those of the first band, at the mean place of the pairs of each band."""
    index = band_index(x, edges)
    off = ~np.eye(len(x), dtype=bool)
    present = sorted(set(index[off]))
    at = np.array([x[off & (index == i)].mean() for i in present])
    pairs = [(0.0, 0.0), *(fit.at(band_name(edges, int(i))) for i in present[1:])]
    value, error = (np.array(column) for column in zip(*pairs, strict=True))
    return at, np.exp(value), np.exp(value - HALF_WIDTH * error), np.exp(value + HALF_WIDTH * error)


def curve(at: NDArray[np.float64], terms: Matrix, beta: NDArray[np.float64], covariance: Matrix) -> Line:
    """A curve of decay over its value at the first place: exp of terms times coefficients, with its interval.

    Args:
        at: places, float64[n].
        terms: terms at the places, float64[n, K].
        beta: coefficients, float64[K].
        covariance: theirs, float64[K, K].
    """
    gap = terms - terms[0]
    value = gap @ beta
    error = np.sqrt(np.maximum(np.einsum("ik,kl,il->i", gap, covariance, gap), 0.0))
    return at, np.exp(value), np.exp(value - HALF_WIDTH * error), np.exp(value + HALF_WIDTH * error)


def lines(sources: Sources, commuting: CommutingFits, migration: MigrationFits) -> dict[str, Line]:
    """What is drawn, by name; lines without a fit are left out."""
    out: dict[str, Line] = {}
    car, km = matrices(sources)[2], movers_and_km(sources)[1]
    start = KM_BANDS[0]
    if commuting.bands is not None:
        out["commuting_bands"] = steps(commuting.bands, car, MINUTE_BANDS)
        start = float(out["commuting_bands"][0][0])
    if commuting.effects is not None:
        at = np.linspace(start, LONGEST_MINUTES, 140)
        terms = np.column_stack([at, *(np.maximum(at - knot, 0.0) for knot in KNOTS)])
        out["commuting_table"] = curve(at, terms, commuting.effects.beta, commuting.effects.covariance)
    if commuting.parts_minutes is not None:
        at = np.linspace(start, DAILY, 60)
        terms = -np.column_stack([at, np.maximum(at - KINK_MINUTES, 0.0)])
        fit = commuting.parts_minutes
        out["commuting_parts"] = curve(at, terms, fit.beta[:2], fit.covariance[:2, :2])
    if migration.bands is not None and migration.effects is not None:
        out["migration_bands"] = steps(migration.bands, km, KM_BANDS)
        start = float(out["migration_bands"][0][0])
        at = np.linspace(start, LONGEST_KM, 140)
        out["migration_table"] = curve(
            at, np.log(at)[:, None], migration.effects.beta, migration.effects.covariance
        )
    return out


def line_table(drawn: dict[str, Line]) -> pd.DataFrame:
    """What is drawn as a table: line, place (minutes or km), relative flow, ends of its interval."""
    import pandas as pd

    return pd.concat(
        [
            pd.DataFrame(dict(zip(("at", "relative_flow", "low", "high"), line, strict=True))).assign(
                line=name
            )
            for name, line in drawn.items()
        ],
        ignore_index=True,
    )[["line", "at", "relative_flow", "low", "high"]]


def decay_figure(
    sources: Sources, commuting: CommutingFits, migration: MigrationFits, lang: Language
) -> Figure | None:
    """The figure of decay; None if nothing could be fitted."""
    _ = lang.text
    drawn = lines(sources, commuting, migration)
    if not drawn:
        return None

    def panel(axes: Any, parts: tuple[tuple[str, str], ...], title: str, unit: str) -> None:
        for i, (name, label) in enumerate(parts):
            if name not in drawn:
                continue
            at, value, low, high = drawn[name]
            if name.endswith("_bands"):
                spread = np.vstack([value - low, high - value])
                axes.errorbar(
                    at, value, yerr=spread, fmt=drawing.mark(0), color=drawing.DARK, ms=5, capsize=3, lw=1, label=label,
                    zorder=3,
                )  # fmt: skip
                continue
            axes.plot(at, value, color=drawing.colour(i - 1), ls=drawing.dash(i - 1), lw=1.8, label=label)
            axes.fill_between(at, low, high, color=drawing.colour(i - 1), alpha=0.18, lw=0)
        axes.set_yscale("log")
        axes.set_title(title)
        axes.set_xlabel(unit)
        axes.set_xlim(left=0)
        drawing.figures_of(axes.xaxis, lang)
        drawing.figures_of(axes.yaxis, lang)
        axes.legend(frameon=False, fontsize=8.5)

    def draw() -> Any:
        from matplotlib.figure import Figure as Drawing

        sheet = Drawing(figsize=(9.4, 4.3))
        left, right = sheet.subplots(1, 2)
        panel(
            left,
            (
                ("commuting_bands", _("table of commuters, by band")),
                ("commuting_table", _("table of commuters, curve")),
                ("commuting_parts", _("published figures alone")),
            ),
            _("Commuting"),
            _("minutes by car, one way"),
        )
        left.axvline(KINK_MINUTES, color=drawing.GREY, lw=0.8, ls=":")
        left.set_ylabel(_("flow over that of the shortest band"))
        panel(
            right,
            (
                ("migration_bands", _("table of movers, by band")),
                ("migration_table", _("table of movers, curve")),
            ),
            _("Moving"),
            _("km by road"),
        )
        drawing.foot(sheet, note())
        return sheet

    def note() -> str:
        rule = _("The table is derived by a rule with distance in it: its curve returns the rule.")
        made = [_("95 % intervals. Dotted: 45 minutes.")]
        if "derived" in (sources.identified("commuting"), sources.identified("migration")):
            made.append(rule)
        return " ".join(made)

    return Figure(
        name=NAME,
        title=_("How commuting and moving thin out"),
        unit=_("ratio of flows between places of the same size"),
        source=_("the region's tables; see estimates.csv"),
        alt=note(),
        caption=note(),
        data=line_table(drawn),
        draw=draw,
    )
