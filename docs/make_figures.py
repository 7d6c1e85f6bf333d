"""Draw the figures of README.md and the docs from the results of a study run.

    python docs/make_figures.py OUT

reads ``effects.parquet`` and ``table.csv`` there and writes ``docs/img/population.svg`` (effect on the
residents of Västernorrland, month by month) and ``docs/img/map.svg`` (effect on the
residents of every municipality). The same results give the same files.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from matplotlib.collections import PolyCollection
from matplotlib.colors import SymLogNorm

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "img"
MAP = ROOT / "data" / "norrland" / "official" / "municipalities.geojson"
VASTERNORRLAND = "22"
SCENARIOS = ("outmigration", "outcommuting", "suppliers")
TITLES = {"outmigration": "Out-migration", "outcommuting": "Out-commuting", "suppliers": "Suppliers"}
# Okabe and Ito: told apart with every kind of colour vision, and by their dashes in grey.
COLOURS = {"outmigration": "#D55E00", "outcommuting": "#0072B2", "suppliers": "#009E73"}
DASHES = {"outmigration": "-", "outcommuting": "--", "suppliers": "-."}
STUDY_ROWS = {"outmigration": "B15", "outcommuting": "B19", "suppliers": "B23"}
"""Rows of the study's table with the effect on the residents of Västernorrland in 2030."""
SOURCE = "Omland, scenario minus paired baseline; study: WSP Advisory for Region Västernorrland"

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "omland",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def population_effects(path: Path) -> pd.DataFrame:
    """Effects on the number of residents: scenario, replicate, month, municipality, baseline, effect."""
    table = pq.read_table(
        path,
        columns=["scenario", "replicate", "month", "municipality", "baseline", "effect"],
        filters=[("quantity", "==", "population")],
    )
    frame = table.to_pandas()
    for column in ("scenario", "month", "municipality"):
        frame[column] = frame[column].astype(str)
    return frame


def save(figure: Any, name: str) -> None:
    """Write an SVG file without a date, so that it only changes with the results."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    figure.savefig(IMAGES / name, metadata={"Date": None}, bbox_inches="tight")


def draw_series(effects: pd.DataFrame, table: pd.DataFrame) -> None:
    """Residents of Västernorrland by month: mean and 5-95 % of the replicates; the study's figure at the end."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.8))
    axes = figure.subplots()
    here = effects[effects["municipality"].str.startswith(VASTERNORRLAND)]
    months = sorted(here["month"].unique())
    years = np.array([int(m[:4]) + (int(m[5:]) - 0.5) / 12 for m in months])
    ends: list[tuple[float, str]] = []
    for name in SCENARIOS:
        runs = (
            here[here["scenario"] == name]
            .groupby(["replicate", "month"])["effect"]
            .sum()
            .unstack("month")[months]
            .to_numpy()
        )
        if runs.size == 0:
            continue
        low, high = np.quantile(runs, [0.05, 0.95], axis=0)
        axes.fill_between(years, low, high, color=COLOURS[name], alpha=0.2, linewidth=0)
        axes.plot(years, runs.mean(axis=0), DASHES[name], color=COLOURS[name], linewidth=1.8)
        said = table.loc[(table["id"] == STUDY_ROWS[name]) & (table["scenario"] == name), "study"]
        mark = {"color": COLOURS[name], "markersize": 5, "markerfacecolor": "none", "clip_on": False}
        axes.plot(np.full(len(said), 2031.1), said, "D", **mark)
        ends.append((float(runs[:, -1].mean()), name))
    gap = 0.075 * (axes.get_ylim()[1] - axes.get_ylim()[0])
    at = np.inf
    for value, name in sorted(ends, reverse=True):
        at = min(value, at - gap)
        axes.text(2031.4, at, TITLES[name], color=COLOURS[name], va="center")
    axes.axhline(0, color="#666666", linewidth=0.8)
    axes.set_xlim(2020, 2031)
    axes.set_xticks(range(2020, 2031, 2))
    axes.set_ylabel("residents, difference from baseline")
    axes.set_title("Västernorrland with and without the factory", loc="left", fontsize=11)
    figure.text(
        0.125,
        -0.03,
        f"Line: mean of the runs, band: 5–95 %; ◇: the study, 2030. {SOURCE}.",
        fontsize=7.5,
        color="#444444",
    )
    save(figure, "population.svg")


def shapes() -> tuple[list[np.ndarray], list[str]]:
    """Outer rings of all municipalities, scaled so that a degree east is as long as one north at 64.5°, and codes."""
    rings: list[np.ndarray] = []
    codes: list[str] = []
    stretch = np.array([np.cos(np.radians(64.5)), 1.0])
    for feature in json.loads(MAP.read_text(encoding="utf-8"))["features"]:
        geometry = feature["geometry"]
        polygons = (
            geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        )
        for polygon in polygons:
            rings.append(np.asarray(polygon[0], dtype=float)[:, :2] * stretch)
            codes.append(feature["properties"]["code"])
    return rings, codes


def draw_map(effects: pd.DataFrame) -> None:
    """A map a scenario: residents at the end, per 1000 in the baseline."""
    from matplotlib.figure import Figure

    last = effects[effects["month"] == effects["month"].max()]
    mean = last.groupby(["scenario", "municipality"])[["baseline", "effect"]].mean()
    mean["rate"] = 1000 * mean["effect"] / mean["baseline"]
    rings, codes = shapes()
    figure = Figure(figsize=(8.4, 4.6))
    panels = figure.subplots(1, len(SCENARIOS), gridspec_kw={"wspace": 0.0})
    norm = SymLogNorm(linthresh=0.5, vmin=-50, vmax=50, base=10)
    for axes, name in zip(panels, SCENARIOS, strict=True):
        if name not in mean.index.get_level_values(0):
            continue
        rate = mean.loc[name]["rate"]
        drawn = PolyCollection(rings, cmap="PuOr", norm=norm, edgecolors="#777777", linewidths=0.3)
        drawn.set_array(np.array([float(rate.get(code, 0.0)) for code in codes]))
        axes.add_collection(drawn)
        axes.autoscale_view()
        axes.set_aspect("equal")
        axes.axis("off")
        axes.set_title(TITLES[name], fontsize=10)
    bar = figure.colorbar(drawn, ax=list(panels), shrink=0.75, ticks=[-50, -5, -0.5, 0, 0.5, 5, 50])
    bar.ax.set_yticklabels(["−50", "−5", "−0.5", "0", "+0.5", "+5", "+50"])
    bar.set_label("residents, per 1000 in the baseline")
    month = str(effects["month"].max())
    figure.text(
        0.12,
        0.02,
        f"{month}, mean of the runs. {SOURCE}.\nBoundaries: SCB, simplified.",
        fontsize=7,
        color="#444444",
    )
    save(figure, "map.svg")


def main() -> None:
    """Draw all figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a study run")
    out: Path = parser.parse_args().out
    effects = population_effects(out / "effects.parquet")
    draw_series(effects, pd.read_csv(out / "table.csv"))
    draw_map(effects)


if __name__ == "__main__":
    main()
