"""``omland sensitivity``: which of the uncertain figures matter, and how much is luck."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from abm.commands.inputs import read_region
from abm.commands.montecarlo import outcome_name, records
from abm.commands.report import places_for, written_by
from abm.console import console, duration, number, progress
from abm.errors import OmlandError
from abm.language import say
from abm.montecarlo.run import prepare
from abm.sensitivity.indices import ranking
from abm.sensitivity.points import BETWEEN
from abm.sensitivity.run import FILES, OPTIONAL, SensitivityResult, Watch, analyse_plan, chosen_outcome
from abm.sensitivity.surrogate import trusted
from abm.units import Pace

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from abm.console import Progress

HEADINGS = {
    "mu_star": "mean absolute effect (μ*)",
    "mu": "mean effect (μ)",
    "sigma": "its spread (σ)",
    "S1": "first order",
    "ST": "total",
}


def sensitivity(
    *,
    experiment: str,
    out: Path | None,
    method: str,
    size: int | None,
    replicates: int,
    only: tuple[str, ...],
    outcome: str | None,
    scenario: str | None,
    compare: Path | None,
    exceeds: float | None,
    seed: int | None,
    scale: float | None,
    workers: int,
    dask: str | None,
    region: Path | None,
    as_json: bool,
    quiet: bool,
    with_report: bool,
    lang: str,
) -> None:
    """Run an analysis and print its indices, the share of luck and the corner of the bad cases."""
    if out is None:
        raise OmlandError(say("sensitivity needs --out DIR for its results."))
    place = read_region(region)
    plan = prepare(experiment, seed=seed, scale=scale, region=region, loaded=place, only=only)
    chosen = chosen_outcome(plan, outcome, scenario)
    places = places_for(region, wanted=with_report)
    with progress(f"{plan.experiment.name}, {method}", "points", quiet=quiet) as report:
        result, pace = analyse_plan(
            plan,
            out=out,
            method=method,
            size=size,
            replicates=replicates,
            workers=workers,
            dask=dask,
            compare=compare,
            watch=_watch(report),
        )
    names = dict(zip(place.codes, place.names, strict=True))
    sentence = _sentence(result, chosen, exceeds, names)
    if as_json:
        print(as_json_text(result, chosen, sentence, pace))
        written_by(out, places, lang)
        return
    screen = console()
    group, _, text = chosen.partition(BETWEEN)
    name = f"{outcome_name(text, place)}, {group}"
    for line in _lines(result, pace):
        screen.print(line, soft_wrap=True)
    report_files = written_by(out, places, lang)
    if chosen not in set(result.indices["outcome"]):
        raise OmlandError(
            say(
                "{name}: the outcome is the same at every point, so that nothing can be told apart.",
                name=name,
            )
        )
    screen.print(index_table(result.indices[result.indices["outcome"] == chosen], method, name))
    of_luck = result.luck[result.luck["outcome"] == chosen].iloc[0]
    lines = [*surrogate_lines(result, chosen), luck_line(of_luck), *agreement_lines(result, chosen), sentence]
    for line in lines:
        screen.print(line, soft_wrap=True)
    tables = [name for name in (*FILES, *OPTIONAL) if getattr(result, name) is not None]
    files = [*(f"{name}.csv" for name in tables), "units/", *report_files]
    screen.print(f"Written to {out}: {', '.join(files)}.", soft_wrap=True)


def _watch(report: Progress) -> Watch:
    return lambda done, total, pace: report(done, total, f"{pace.worlds_per_minute:.0f} worlds a minute")


def _sentence(result: SensitivityResult, chosen: str, exceeds: float | None, names: Mapping[str, str]) -> str:
    """The corner of the bad cases, or why there is none."""
    try:
        return result.discover(chosen, exceeds, names)[1]
    except OmlandError as error:
        return f"No corner of bad cases is told: {error}."


def _lines(result: SensitivityResult, pace: Pace) -> list[str]:
    asked = result.record["sensitivity"]
    words = f"{len(result.points)} points of {len(asked['bounds'])} inputs, {asked['replicates']} replicates at each"
    if pace.reused:
        words += f", {pace.reused} points were there already"
    lines = [words + "."]
    if pace.computed:
        lines.append(
            f"{pace.worlds} worlds in {duration(pace.seconds)}: {pace.worlds_per_minute:.0f} a minute."
        )
    return lines


def index_table(table: pd.DataFrame, method: str, name: str) -> Table:
    """Indices by falling importance."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Effect on {name}", title_justify="left")
    shown.add_column("input")
    columns = list(dict.fromkeys(table["index"]))
    for index in columns:
        shown.add_column(HEADINGS[index], justify="right", no_wrap=True)
        if index in ("mu_star", "S1", "ST"):
            shown.add_column("95 % interval", justify="right", no_wrap=True)
    cell = {(row["input"], row["index"]): row for row in table.to_dict(orient="records")}
    digits = None if method == "morris" else 2
    for figure in ranking(table, method):
        cells = []
        for index in columns:
            row = cell[figure, index]
            cells.append(number(row["value"], digits=digits, signed=index == "mu"))
            if index in ("mu_star", "S1", "ST"):
                cells.append(f"{number(row['low'], digits=digits)} to {number(row['high'], digits=digits)}")
        shown.add_row(figure, *cells)
    return shown


def surrogate_lines(result: SensitivityResult, chosen: str) -> list[str]:
    """How far the surrogate may be trusted, in words."""
    if result.surrogate is None:
        return []
    row = result.surrogate[result.surrogate["outcome"] == chosen].iloc[0]
    words = (
        f"The indices are those of a surrogate of {row['points']} points, which foretells "
        f"{max(0.0, row['q2']):.0%} of the variance of points it has not seen (Q²); "
        f"{row['noise']:.0%} it takes for luck."
    )
    if not trusted(row["q2"], row["noise"]):
        words += " That is too little to trust its indices and their intervals: use a larger size."
    return [words]


def agreement_lines(result: SensitivityResult, chosen: str) -> list[str]:
    """Whether another method ranks the inputs alike, in words."""
    if result.agreement is None:
        return []
    rows = result.agreement[result.agreement["outcome"] == chosen]
    return [
        f"Beside {row['other']}: rank correlation {row['spearman']:.2f} ({row['low']:.2f} to {row['high']:.2f}) over "
        f"{row['inputs']} inputs; {row['shared_leaders']} of the first {row['leaders']} are the same."
        for row in rows.to_dict(orient="records")
    ]


def luck_line(row: pd.Series) -> str:
    """The share of luck in words."""
    if math.isnan(row["share_of_luck"]):
        return "The share of luck is not known from one replicate at each point; use --replicates 2 or more."
    return (
        f"Of the variance of a single replicate {row['share_of_inputs']:.0%} comes from the inputs and "
        f"{row['share_of_luck']:.0%} is luck ({row['share_of_common_luck']:.0%} the same at every point, which "
        f"common random numbers take out); of the variance of the means that are analysed {row['noise_in_means']:.0%} "
        f"is luck still."
    )


def as_json_text(result: SensitivityResult, chosen: str, sentence: str, pace: Pace) -> str:
    """Indices, luck and the corner, as JSON."""
    content = {
        "experiment": result.record,
        "run": pace.as_dict(),
        "indices": records(result.indices),
        "luck": records(result.luck),
        "surrogate": None if result.surrogate is None else records(result.surrogate),
        "agreement": None if result.agreement is None else records(result.agreement),
        "outcome": chosen,
        "discovery": sentence,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
