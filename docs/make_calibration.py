"""Put a calibration and the study runs at the defaults between the marks in calibration.md, and copy the figures.

    omland calibrate calibration --out CALIBRATION
    omland study --runs 30 --out STUDY
    python docs/make_calibration.py CALIBRATION STUDY [STUDY …]

With several study runs (other seeds) each has its column, and the last one has the mean of all.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from make_readme_table import digits_for, figure, interval, mark
from marks import fill

from abm import terms
from abm.calibration.diagnosis import weighted_quantiles
from abm.language import language
from abm.report.sections.calibration_multipliers import STUDY_RANGE, normal_between
from abm.targets import ORDERING_SHARE, load_targets

PAGE = Path(__file__).with_name("calibration.md")
FIGURES = {"calibration_multipliers": "multipliers", "calibration_tradeoffs": "tradeoffs"}
IMAGES = Path(__file__).parent / "img"
MULTIPLIERS = {"B01": "outmigration", "B02": "outcommuting", "B03": "suppliers"}
PICTURE = (
    "![Histograms of the employment multiplier of each scenario in the posterior, against 1.4 to 1.6]"
    "(img/multipliers.svg)"
)
CONFLICTS = (
    "![For pairs of rows that pull against each other, what can be had of both: the curve of best points, and what is "
    "allowed](img/tradeoffs.svg)"
)


def _table(head: Sequence[str], align: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table; `align` has l, r or c for each column."""
    rule = {"l": ":--", "r": "--:", "c": ":-:"}
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(rule[a] for a in align) + " |"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def run_of(told: Mapping[str, Any]) -> list[str]:
    """What was run, what it cost and how good it is, from ``calibration.json``."""
    waves = ", ".join(f"{w['expected_distance']:.1f}" for w in told["waves"])
    last = [w for w in told["waves"] if "share_of_prior" in w][-1]
    cost, recovery = told["cost"], told["recovery"]
    best = told["best"]
    rows = [
        ("distance but for luck: defaults, wave by wave, check (medians)", waves),
        ("share of the prior that the last wave did not rule out", f"{100 * last['share_of_prior']:.2g} %"),
        (
            "draws, worth, worlds for each",
            f"{cost['draws']}, {cost['effective_draws']:.0f}, {cost['worlds_per_effective_draw']:.1f}",
        ),
        ("largest R-hat", f"{max(told['chains']['r_hat'].values()):.3f}"),
        (
            "checked figures in the 90 % interval foretold",
            f"{100 * told['check']['inside_90_percent']:.0f} %",
        ),
        (
            f"90 % intervals of {recovery['truths']} known truths that hold them",
            f"{100 * recovery['coverage']:.0f} %",
        ),
        ("Pareto k of the weights", f"{told['check']['pareto_k']:.2f}"),
        (
            "fitted rows inside in the mean of the posterior",
            f"{told['fitted_rows_inside']} of {told['fitted_rows']}",
        ),
        (f"fitted weight inside at the best ({best['which']})", f"{100 * best['inside']:.0f} %"),
    ]
    defaults = [f["inside"] for f in told["judged"] if f["which"] == "defaults"]
    rows.append(("… at the defaults of then", f"{100 * defaults[0]:.0f} %"))
    tried = sorted(f["inside"] for f in told["finalists"])
    rows.append(
        (
            "… at all candidates under the luck of the search",
            f"{100 * tried[0]:.0f} to {100 * tried[-1]:.0f} %",
        )
    )
    said = (
        f"Run at commit `{told['provenance']['commit'][:7]}`: {len(told['parameters'])} parameters, "
        f"{told['fitted_rows']} fitted rows, {cost['points']} points, {cost['worlds']:,} worlds."
    )
    return [said, "", *_table(("", ""), "lr", rows)]


def multipliers(draws: pd.DataFrame, fitted: pd.DataFrame) -> list[str]:
    """The employment multiplier of each scenario in the posterior, from ``posterior.parquet``.

    The draws have what is expected over all luck; `fitted`, from ``rows.csv``, how much luck a replicate adds.
    """
    luck = fitted.set_index("id")["luck_sd"]
    weight = draws["weight"].to_numpy(float)
    weight = weight / weight.sum()
    rows = []
    for row, scenario in MULTIPLIERS.items():
        value = draws[f"{row} | {scenario}"].to_numpy(float)
        low, middle, high = weighted_quantiles(value, weight, (0.05, 0.5, 0.95))
        within = weight[(value >= STUDY_RANGE[0]) & (value <= STUDY_RANGE[1])].sum()
        rows.append(
            (
                terms.scenario(language("en"), scenario),
                f"{weight @ value:.2f}",
                f"{middle:.2f}",
                f"{low:.2f} to {high:.2f}",
                f"{100 * within:.0f} %",
                f"{100 * weight @ normal_between(value, luck[row]):.0f} %",
            )
        )
    head = (
        "multiplier in the posterior, expected over luck", "mean", "median", "5 % to 95 %", "within 1.4 to 1.6",
        "of single replicates",
    )  # fmt: skip
    return _table(head, "lrrrrr", rows)


def identification(table: pd.DataFrame) -> list[str]:
    """Each parameter: prior, posterior and what it is tied to, from ``identification.csv``."""
    rows = []
    for row in table.sort_values("sd_ratio").to_dict(orient="records"):
        tied = row["ridge_with"] if isinstance(row["ridge_with"], str) else ""
        digits = 5 if row["prior_high"] < 0.1 else 2 if row["prior_high"] < 20 else 0
        rows.append(
            (
                f"`{row['parameter']}`",
                interval(row["prior_low"], row["prior_high"], digits),
                figure(row["mean"], digits),
                interval(row["low"], row["high"], digits),
                f"{row['sd_ratio']:.2f}",
                str(row["identified"]),
                f"`{tied}` {figure(row['correlation'], 2)}" if tied else "",
            )
        )
    head = ("parameter", "prior", "mean", "90 % interval", "sd / prior's", "identified", "strongest ridge")
    return _table(head, "lrrrrll", rows)


def out_of_reach(table: pd.DataFrame) -> str:
    """Rows that no point brings inside by themselves, from ``conflicts.csv``; they are in no pair."""
    alone = table[table["kind"] == "out of reach"]
    listed = "; ".join(
        f"{row} (at the nearest {value:.3g})"
        for row, value in zip(alone["row"], alone["nearest"], strict=True)
    )
    return f"Grey: what is allowed. Out of reach by themselves: {listed or 'none'}."


def held_out(table: pd.DataFrame, name: str) -> list[str]:
    """Rows that a fit to others foretells, beside the fit to all, from ``heldout.csv``."""
    lang = language("en")
    target = {t.id: t for t in load_targets()}
    rows = []
    for row in table[table["all_fitted"] & ~table[f"{name}_fitted"]].to_dict(orient="records"):
        digits = digits_for(row["study"], row["low"], row["high"])
        cells = [
            row["id"],
            terms.scenario(lang, row["scenario"]),
            terms.row_label(lang, row["quantity"], target[row["id"]].geography, target[row["id"]].year),
            interval(row["low"], row["high"], digits),
        ]
        for fit in ("all", name):
            mean, low, high = (row[f"{fit}_{part}"] for part in ("mean", "p05", "p95"))
            cells.append(
                f"{figure(mean, digits)} ({interval(low, high, digits)}) {mark(row[f'{fit}_inside'])}"
            )
        rows.append(cells)
    head = ("", "scenario", "what", "allowed", "fitted to all", "foretold from B01 to B12")
    return _table(head, "lllrrr", rows)


def study(tables: Sequence[pd.DataFrame], seeds: Sequence[int], runs: Sequence[int]) -> list[str]:
    """Every row of the study at the defaults: a column a run, and the mean over all replicates."""
    lang = language("en")
    keys = ["id", "scenario"]
    low, high = tables[0]["low"], tables[0]["high"]
    pooled = tables[0].copy()
    pooled["mean"] = np.average([t["mean"] for t in tables], axis=0, weights=runs)
    order = low.isna() & high.isna()
    pooled["inside"] = np.where(
        order, pooled["mean"] >= ORDERING_SHARE, (pooled["mean"] >= low) & (pooled["mean"] <= high)
    )
    columns = [*tables, pooled] if len(tables) > 1 else list(tables)
    heads = [f"seed {seed}" for seed in seeds] + (["all"] if len(tables) > 1 else [])
    counts = []
    for priority in (1, 2, 3):
        chosen = tables[0]["priority"] == priority
        counts.append(
            [f"**priority {priority} inside**", "", "", f"{chosen.sum()}"]
            + [str(int(t.loc[chosen, "inside"].sum())) for t in columns]
        )
    counts.append(
        ["**all inside**", "", "", str(len(tables[0]))] + [str(int(t["inside"].sum())) for t in columns]
    )
    rows = []
    for k, row in enumerate(tables[0].to_dict(orient="records")):
        digits = digits_for(row["study"], row["low"], row["high"])
        what = terms.row_label(lang, row["quantity"], row["geography"], row["year"])
        cells = [
            row["id"], terms.scenario(lang, row["scenario"]), f"{what} ({row['priority']})",
            "≥ 95 % of runs" if order[k] else interval(row["low"], row["high"], digits),
        ]  # fmt: skip
        for table in columns:
            mean = float(table["mean"].iloc[k])
            shown = f"{100 * mean:.0f} %" if order[k] else figure(mean, digits + (digits > 0))
            cells.append(f"{shown} {mark(bool(table['inside'].iloc[k]))}")
        rows.append(cells)
    assert all((t[keys] == tables[0][keys]).all().all() for t in tables)
    head = ("", "scenario", "what (priority)", "allowed", *heads)
    return _table(head, "lllr" + "r" * len(columns), [*counts, *rows])


def markdown(folder: Path, studies: Sequence[Path]) -> str:
    """The block between the marks.

    Args:
        folder: output of a calibration.
        studies: outputs of study runs at the defaults.
    """
    told = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    tables = [pd.read_csv(s / "table.csv", keep_default_na=True) for s in studies]
    runs = [json.loads((s / "run.json").read_text(encoding="utf-8")) for s in studies]
    replicates = sum(int(r["runs"]) for r in runs)
    parts = [
        *run_of(told), "",
        *multipliers(pd.read_parquet(folder / "posterior.parquet"), pd.read_csv(folder / "rows.csv")), "",
        PICTURE, "",
        "### How well each parameter is known", "",
        *identification(pd.read_csv(folder / "identification.csv")), "",
        "### Held out", "",
        "Fitted to the multipliers and jobs alone (B01 to B12), the posterior foretells the other rows; "
        "beside it the fit to all. Mean, and 5 % to 95 % of the draws.", "",
        *held_out(pd.read_csv(folder / "heldout.csv"), "multipliers_and_jobs"), "",
        "### What pulls against what", "",
        CONFLICTS, "",
        out_of_reach(pd.read_csv(folder / "conflicts.csv")), "",
        "### The study's table at the defaults", "",
        f"{replicates} replicates of four paired worlds at full size, commit `{runs[0]['commit'][:7]}`, "
        f"one set of parameters (`{runs[0]['parameter_hash'][:12]}`).", "",
        *study(tables, [int(r["seed"]) for r in runs], [int(r["runs"]) for r in runs]),
    ]  # fmt: skip
    return "\n".join(parts)


def main() -> None:
    """Read the files of the runs, write calibration.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="CALIBRATION")
    parser.add_argument("studies", type=Path, nargs="+", metavar="STUDY")
    given = parser.parse_args()
    fill(PAGE, markdown(given.folder, given.studies))
    for name, image in FIGURES.items():
        shutil.copyfile(given.folder / "figures" / f"{name}.svg", IMAGES / f"{image}.svg")


if __name__ == "__main__":
    main()
