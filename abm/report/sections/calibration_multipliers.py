"""The employment multipliers in the posterior, beside the range of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.language import Language
from abm.report.content import Column, Figure, Table
from abm.report.drawing import DARK, colour, figures_of, foot, panels
from abm.report.run import Run
from abm.report.sections.calibration_figures import ALLOWED, row_key, row_name, study_source
from abm.report.sections.common import cited

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.calibration import CalibrationResult

STUDY_RANGE = (1.4, 1.6)
"""Employment multipliers that the study gives as the range of its scenarios."""


def multiplier_rows(result: CalibrationResult) -> pd.DataFrame:
    """The rows with the employment multiplier of a scenario."""
    return result.rows[result.rows["quantity"] == "employment_multiplier"]


def multiplier_figures(run: Run, lang: Language, result: CalibrationResult) -> tuple[Figure, ...]:
    """The posterior predictive distribution of each scenario's employment multiplier; nothing without multipliers."""
    rows = multiplier_rows(result)
    return (_multipliers(run, lang, result, rows),) if len(rows) else ()


def _multipliers(run: Run, lang: Language, result: CalibrationResult, rows: pd.DataFrame) -> Figure:
    _ = lang.text
    weight = result.posterior["weight"].to_numpy()
    parts, cells = [], []
    for row in rows.to_dict("records"):
        mean = result.posterior[row_key(row)].to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "row": row["id"],
                    "scenario": row["scenario"],
                    "weight": weight,
                    "mean": mean,
                    "luck_sd": row["luck_sd"],
                }
            )
        )
        within = float(weight[(mean >= STUDY_RANGE[0]) & (mean <= STUDY_RANGE[1])].sum())
        single = float((weight * normal_between(mean, row["luck_sd"])).sum())
        cells.append(
            (
                row_name(lang, row_key(row)),
                lang.interval(row["low"], row["high"], digits=2),
                lang.number(row["posterior_mean"], digits=2),
                lang.interval(row["posterior_p05"], row["posterior_p95"], digits=2),
                lang.percent(row["posterior_inside"]),
                lang.percent(within),
                lang.percent(single),
            )
        )
    said, unit = study_source(run, lang), _("jobs in all per job at the factory")
    columns = (
        Column(_("row"), numeric=False),
        Column(_("allowed")),
        Column(_("mean")),
        Column(_("5–95 %")),
        Column(_("inside what is allowed")),
        Column(_("within 1.4 to 1.6")),
        Column(_("single replicate within 1.4 to 1.6")),
    )
    data = pd.concat(parts, ignore_index=True)
    listed = "; ".join(f"{c[0]}: {c[2]} ({c[3]}), {c[5]}" for c in cells)
    return Figure(
        name="calibration_multipliers",
        title=_("The employment multiplier of each scenario in the posterior"),
        unit=unit,
        source=said,
        alt=_(
            "Histograms of the multiplier by scenario; mean, 5 to 95 per cent, share within 1.4 to 1.6. {listed}."
        ).format(listed=listed),
        caption=_(
            "Bars: draws of the posterior by weight, as foretold by the surrogates for the mean of many replicates. "
            "Line: with the luck of a single replicate added. Grey: 1.4 to 1.6, the range of the study; dashed: what "
            "the row allows."
        ),
        data=data,
        draw=lambda: _draw_multipliers(lang, data, rows, unit, cited(lang, said)),
        table=Table(_("Employment multipliers in the posterior"), columns, tuple(cells)),
    )


def normal_between(mean: np.ndarray, sd: float) -> np.ndarray:
    """Chance that a normal figure lies in the study's range."""
    from math import erf

    low, high = ((edge - mean) / (max(sd, 1e-12) * np.sqrt(2.0)) for edge in STUDY_RANGE)
    return np.array([0.5 * (erf(b) - erf(a)) for a, b in zip(low, high, strict=True)])


def _draw_multipliers(
    lang: Language, data: pd.DataFrame, rows: pd.DataFrame, unit: str, note: str
) -> Drawing:
    _ = lang.text
    drawing, axes = panels(len(rows), 3.1, 2.9)
    low, high = data["mean"].min() - 0.06, data["mean"].max() + 0.06
    bins = np.linspace(low, high, 33)
    grid = np.linspace(low, high, 200)
    for i, (panel, row) in enumerate(zip(axes, rows.to_dict("records"), strict=True)):
        mine = data[data["scenario"] == row["scenario"]]
        weight, mean = mine["weight"].to_numpy(), mine["mean"].to_numpy()
        panel.axvspan(*STUDY_RANGE, color=ALLOWED, linewidth=0)
        for edge in (row["low"], row["high"]):
            panel.axvline(edge, color=DARK, linewidth=0.9, linestyle="--")
        panel.hist(mean, bins=list(bins), weights=100 * weight, color=colour(i), alpha=0.85)
        sd = max(float(row["luck_sd"]), 1e-3)
        spread = np.exp(-0.5 * ((grid[:, None] - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        panel.plot(grid, 100 * (bins[1] - bins[0]) * (spread @ weight), color="black", linewidth=1.3)
        panel.set_title(row_name(lang, row_key(row)))
        panel.set_xlim(low, high)
        figures_of(panel.xaxis, lang)
        figures_of(panel.yaxis, lang)
    axes[0].set_ylabel(_("per cent of the posterior"))
    axes[len(axes) // 2].set_xlabel(unit)
    foot(drawing, note)
    return drawing
