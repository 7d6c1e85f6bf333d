"""``omland sensitivity``: which of the uncertain figures matter, and how much is luck."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from abm import terms
from abm.cautions import small_scale
from abm.commands.inputs import place_names, read_region
from abm.commands.montecarlo import span, speed
from abm.commands.records import records
from abm.commands.report import places_for, written_by
from abm.console import console, progress
from abm.errors import OmlandError
from abm.language import N_, Language, duration, say
from abm.montecarlo.run import prepare
from abm.sensitivity.discovery import too_few
from abm.sensitivity.indices import ranking
from abm.sensitivity.points import BETWEEN
from abm.sensitivity.results import FILES, OPTIONAL, SensitivityResult
from abm.sensitivity.run import analyse_plan, chosen_outcome
from abm.sensitivity.surrogate import trusted
from abm.units import Pace

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

HEADINGS = {
    "mu_star": N_("mean absolute effect (μ*)"),
    "mu": N_("mean effect (μ)"),
    "sigma": N_("its spread (σ)"),
    "S1": N_("by itself (first order)"),
    "ST": N_("with all interactions (total)"),
}
"""Headings of the indices."""


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
    words, names = Language(lang, plan.titles), place_names(place)
    chosen = chosen_outcome(plan, outcome, scenario)
    places = places_for(region, wanted=with_report)
    with progress(f"{plan.experiment.name}, {method}", say("points"), quiet=quiet) as report:
        result, pace = analyse_plan(
            plan,
            out=out,
            method=method,
            size=size,
            replicates=replicates,
            workers=workers,
            dask=dask,
            compare=compare,
            tell=None if outcome is None and scenario is None else chosen,
            exceeds=exceeds,
            watch=lambda done, total, pace: report(done, total, speed(pace, words), pace.reused),
            telling=lambda done, total: report(
                done, total, say("indices of the outcomes, one after another")
            ),
        )
    sentence = _sentence(result, chosen, exceeds, names, words)
    report_files = written_by(out, places, lang)
    if as_json:
        print(as_json_text(result, chosen, sentence, pace))
        return
    screen = console()
    group, _, text = chosen.partition(BETWEEN)
    name = f"{terms.outcome(words, text, names)}, {terms.scenario(words, group, inline=True)}"
    for line in _lines(result, pace, words):
        screen.print(line, soft_wrap=True)
    mine = result.indices[result.indices["outcome"] == chosen]
    if mine.empty and not result.mostly_luck(chosen):
        raise OmlandError(
            say(
                "{name}: the outcome is the same at every point, so that nothing can be told apart.",
                name=name,
            )
        )
    if not mine.empty:
        screen.print(index_table(mine, method, name, words))
    of_luck = result.luck[result.luck["outcome"] == chosen].iloc[0]
    lines = [
        *surrogate_lines(result, chosen, words),
        luck_line(of_luck, words),
        *too_much_luck(result, chosen, names, words),
        *agreement_lines(result, chosen, words),
        sentence,
        *small_scale(words, plan.experiment.scale),
    ]
    for line in lines:
        screen.print(line, soft_wrap=True)
    tables = [name for name in (*FILES, *OPTIONAL) if getattr(result, name) is not None]
    files = [*(f"{name}.csv" for name in tables), "units/", *report_files]
    screen.print(say("Written to {folder}: {files}.", folder=out, files=", ".join(files)), soft_wrap=True)


def _sentence(
    result: SensitivityResult, chosen: str, exceeds: float | None, names: Mapping[str, str], lang: Language
) -> str:
    """The corner of the bad cases, or why there is none."""
    if few := too_few(lang, len(result.points)):
        return few
    try:
        return result.discover(chosen, exceeds, names, lang)[1]
    except OmlandError as error:
        return say("No corner of bad cases is told: {why}.", why=str(error).rstrip("."))


def _lines(result: SensitivityResult, pace: Pace, lang: Language) -> list[str]:
    """What was run and how fast, in plain words."""
    _ = lang.text
    asked = result.record["sensitivity"]
    words = _("{points} points of {inputs} inputs, {replicates} at each").format(
        points=lang.number(len(result.points), digits=0),
        inputs=len(asked["bounds"]),
        replicates=lang.plural("{n} replicate", "{n} replicates", asked["replicates"]),
    )
    if pace.reused:
        words += _(", {n} points were there already").format(n=lang.number(pace.reused, digits=0))
    lines = [words + "."]
    if pace.computed:
        lines.append(
            _("{worlds} in {time}: {speed}.").format(
                worlds=lang.plural("{n} world", "{n} worlds", pace.worlds),
                time=duration(pace.seconds),
                speed=speed(pace, lang),
            )
        )
    return lines


def index_table(table: pd.DataFrame, method: str, name: str, lang: Language) -> Table:
    """Indices by falling importance.

    Args:
        table: the indices of one outcome.
        method: by which they are.
        name: the outcome in words.
        lang: the language.
    """
    from rich import box
    from rich.table import Table

    _ = lang.text
    title = _("Effect on {name}").format(name=name)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    shown.add_column(_("uncertain figure"))
    columns = list(dict.fromkeys(table["index"]))
    for index in columns:
        shown.add_column(_(HEADINGS[index]), justify="right", no_wrap=True)
        if index in ("mu_star", "S1", "ST"):
            shown.add_column(_("95 % interval"), justify="right", no_wrap=True)
    cell = {(row["input"], row["index"]): row for row in table.to_dict(orient="records")}
    digits = None if method == "morris" else 2
    for figure in ranking(table, method):
        cells = []
        for index in columns:
            row = cell[figure, index]
            cells.append(lang.number(row["value"], digits=digits, signed=index == "mu"))
            if index in ("mu_star", "S1", "ST"):
                cells.append(span(lang, row["low"], row["high"], digits=digits))
        shown.add_row(figure, *cells)
    return shown


def surrogate_lines(result: SensitivityResult, chosen: str, lang: Language) -> list[str]:
    """How far the surrogate may be trusted, in words."""
    table = result.surrogate
    rows = [] if table is None else table[table["outcome"] == chosen].to_dict("records")
    if not rows:
        return []
    _, row = lang.text, rows[0]
    words = _(
        "The indices are those of a surrogate of {points} points, which foretells {q2} of the variance of points "
        "it has not seen (Q²); {noise} it takes for luck."
    ).format(
        points=lang.number(row["points"], digits=0),
        q2=lang.percent(max(0.0, row["q2"])),
        noise=lang.percent(row["noise"]),
    )
    if not trusted(row["q2"], row["noise"]):
        words += " " + _("That is too little to trust its indices and their intervals: use a larger size.")
    return [words]


def agreement_lines(result: SensitivityResult, chosen: str, lang: Language) -> list[str]:
    """Whether another method ranks the inputs alike, in words."""
    if result.agreement is None:
        return []
    rows = result.agreement[result.agreement["outcome"] == chosen]
    _ = lang.text
    return [
        _(
            "Beside {other}: rank correlation {rho} ({interval}) over {inputs} inputs; {shared} of the first "
            "{leaders} are the same."
        ).format(
            other=row["other"],
            rho=lang.number(row["spearman"], digits=2),
            interval=span(lang, row["low"], row["high"], digits=2),
            inputs=row["inputs"],
            shared=row["shared_leaders"],
            leaders=row["leaders"],
        )
        for row in rows.to_dict(orient="records")
    ]


def luck_line(row: pd.Series, lang: Language) -> str:
    """The share of luck in words."""
    _ = lang.text
    if math.isnan(row["share_of_luck"]):
        return _(
            "The share of luck is not known from one replicate at each point; use --replicates 2 or more."
        )
    return _(
        "Of the variance of a single replicate {inputs} comes from the inputs and {luck} is luck ({common} the same "
        "at every point, which common random numbers take out); of the variance of the means that are analysed "
        "{noise} is luck still."
    ).format(
        inputs=lang.percent(row["share_of_inputs"]),
        luck=lang.percent(row["share_of_luck"]),
        common=lang.percent(row["share_of_common_luck"]),
        noise=lang.percent(row["noise_in_means"]),
    )


def too_much_luck(
    result: SensitivityResult, chosen: str, names: Mapping[str, str], lang: Language
) -> list[str]:
    """What to do where too much is luck to tell what decides."""
    if not result.mostly_luck(chosen):
        return []
    _ = lang.text
    words = _(
        "That is too much to rank the figures: any order of them is one of luck. Use more replicates or a "
        "larger --scale."
    )
    least = result.luck.sort_values("noise_in_means", kind="stable").iloc[0]
    if result.mostly_luck(least["outcome"]):
        return [words]
    text = str(least["outcome"]).rpartition(BETWEEN)[2]
    other = _('Or look at "{outcome}" ({words}), of which {noise} is luck.').format(
        outcome=text, words=terms.outcome(lang, text, names), noise=lang.percent(least["noise_in_means"])
    )
    return [f"{words} {other}"]


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
