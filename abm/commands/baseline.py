"""``omland baseline``: how near the baseline stays to the official figures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.cautions import few_runs, small_scale
from abm.commands.records import records
from abm.console import console, progress, styled
from abm.language import Language, language, say
from abm.provenance import holding

if TYPE_CHECKING:
    from rich.table import Table

    from abm.baseline import BaselineResult

WORST = ("population", "employed_residents", "out_commuters", "unemployed")
"""Quantities for which the municipalities that deviate most are shown."""


@holding("baseline")
def baseline(
    *,
    runs: int,
    seed: int,
    scale: float,
    threads: int,
    out: Path | None,
    as_json: bool,
    params: Path | None,
    region: Path | None,
    check: bool,
    quiet: bool,
    lang: str,
) -> None:
    """Simulate the baseline, and print it beside the official figures."""
    from abm.baseline import NOTES, run_baseline
    from abm.commands.inputs import read_parameters

    parameters = read_parameters(params)
    with progress(say("Baseline"), say("worlds"), quiet=quiet) as report:
        result = run_baseline(
            runs=runs,
            seed=seed,
            scale=scale,
            threads=threads,
            out=out,
            parameters=parameters,
            region_path=region,
            check=check,
            progress=report,
        )
    if as_json:
        print(as_json_text(result))
        return
    screen, words = console(), language(lang)
    screen.print(county_table(result, words))
    screen.print(worst_table(result, words))
    for note in NOTES:
        screen.print(f"· {words.text(note)}", soft_wrap=True)
    for line in (*few_runs(words, runs), *small_scale(words, scale)):
        screen.print(line, soft_wrap=True)
    if out is not None:
        files = "baseline.csv, counties.csv, run.json"
        screen.print(say("Written to {folder}: {files}.", folder=out, files=files), soft_wrap=True)


def as_json_text(result: BaselineResult) -> str:
    """Run and both tables as JSON; undefined figures are null."""
    content = {
        "run": result.run,
        "counties": records(result.counties),
        "municipalities": records(result.table),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


ENGLISH = language("en")


def percent(share: float, lang: Language = ENGLISH) -> str:
    """A deviation in per cent with its sign; empty where it is undefined."""
    return "" if math.isnan(share) else f"{lang.number(100 * share, signed=True, digits=1)} %"


def county_cells(row: Mapping[Any, Any], lang: Language = ENGLISH) -> tuple[str, ...]:
    """Year, official and simulated level, deviation, and both trends of a row by county."""
    trends = (float(row[key]) for key in ("official_trend", "simulated_trend"))
    return (*level_cells(row, lang), *(lang.number(trend, signed=True, digits=0) for trend in trends))


def level_cells(row: Mapping[Any, Any], lang: Language = ENGLISH) -> tuple[str, ...]:
    """Year, official and simulated level, and deviation of a row."""
    levels = (float(row[key]) for key in ("official", "simulated_mean"))
    return (
        str(row["year"]),
        *(lang.number(level, digits=0) for level in levels),
        percent(float(row["relative_deviation"]), lang),
    )


def county_table(result: BaselineResult, lang: Language = ENGLISH) -> Table:
    """Counties: level, deviation and trend of every quantity and year."""
    from rich import box
    from rich.table import Table

    from abm.baseline.compare import LABELS

    _ = lang.text
    title = _("Baseline beside official figures, mean of {worlds}, seed {seed}").format(
        worlds=lang.plural("{n} world", "{n} worlds", result.run["runs"]), seed=result.run["seed"]
    )
    shown = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=title,
        title_justify="left",
    )
    shown.add_column(_("county, quantity"))
    headings = (
        _("year"),
        _("official"),
        _("simulated"),
        _("deviation"),
        _("official a year"),
        _("simulated a year"),
    )
    for heading in headings:
        shown.add_column(heading, justify="right", no_wrap=True)
    for code, rows in result.counties.groupby("county", sort=False):
        shown.add_section()
        shown.add_row(styled(result.names[str(code)], "bold"))
        before = ""
        for row in rows.to_dict(orient="records"):
            label = _(LABELS[str(row["quantity"])])
            shown.add_row("" if label == before else f"  {label}", *county_cells(row, lang))
            before = label
    return shown


def worst_table(result: BaselineResult, lang: Language = ENGLISH, n: int = 4) -> Table:
    """Municipalities that deviate most, by quantity."""
    from rich import box
    from rich.table import Table

    from abm.baseline import worst
    from abm.baseline.compare import LABELS

    _ = lang.text
    title = _("Municipalities that deviate most")
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    shown.add_column(_("quantity, municipality"))
    for heading in (_("year"), _("official"), _("simulated"), _("deviation")):
        shown.add_column(heading, justify="right", no_wrap=True)
    for quantity in WORST:
        shown.add_section()
        shown.add_row(styled(_(LABELS[quantity]), "bold"))
        for row in worst(result.table, quantity, n).to_dict(orient="records"):
            shown.add_row(f"  {result.names[str(row['municipality'])]}", *level_cells(row, lang))
    return shown
