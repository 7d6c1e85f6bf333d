"""``omland estimate``: what the region's own figures say about behaviour."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm import terms
from abm.commands.records import records
from abm.console import console, progress, styled
from abm.language import Language, language, say
from abm.provenance import holding

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from abm.estimation import EstimationResult

SHOWN = ("moment", "published county flow", "county pair")
"""Groupings of the table of fit that are printed; the others are in the file."""


@holding("estimate")
def estimate(
    *,
    region: Path | None,
    out: Path | None,
    lang: str,
    as_json: bool,
    simulate: bool,
    seed: int,
    scale: float,
    params: Path | None,
    quiet: bool,
) -> None:
    """Estimate, and print the answer, the estimates and how they fit."""
    from abm.commands.inputs import read_parameters
    from abm.estimation import run_estimation

    words = language(lang)
    with progress(say("Estimation"), say("months"), quiet=quiet or not simulate) as report:
        result = run_estimation(
            region_path=region,
            out=out,
            lang=words,
            simulated=simulate,
            seed=seed,
            scale=scale,
            parameters=read_parameters(params),
            progress=report,
        )
    if as_json:
        print(as_json_text(result))
        return
    screen = console()
    for sentence in answer(result, words):
        screen.print(sentence, soft_wrap=True)
    screen.print(estimates_table(result, words))
    screen.print(fit_table(result, words))
    for note in notes(words):
        screen.print(f"· {note}", soft_wrap=True)
    if out is not None:
        screen.print(
            words.text("Written to {folder}: {files}.").format(
                folder=out, files=", ".join(sorted(p.name for p in out.iterdir() if p.is_file()))
            ),
            soft_wrap=True,
        )


def notes(lang: Language) -> list[str]:
    """What has to be known to read the two tables."""
    _ = lang.text
    return [
        _(
            "official: figures of the region that are published; distances and times are those of the network, assumed."
        ),
        _(
            "derived: the table is made by a rule, the estimate returns the rule, and its error is no sampling error."
        ),
        _("conditional: official figures and one that is published elsewhere or only as a round figure."),
        _(
            "(parts): totals, largest flows and flows between counties; (table): every pair of municipalities."
        ),
        _(
            "Fit: effects of each origin and destination, which meet the sums of municipalities; sizes in their place; "
            "published parts, which know no other flow than those published."
        ),
    ]


def as_json_text(result: EstimationResult) -> str:
    """Run and both tables as JSON; undefined figures are null."""
    content = {"run": result.run, "estimates": records(result.estimates), "fit": records(result.fit)}
    return json.dumps(content, indent=2, ensure_ascii=False)


def answer(result: EstimationResult, lang: Language) -> list[str]:
    """The short answer: what is identified, what lies outside what is published, the two flows."""
    from abm.estimation.labels import estimate_name

    _ = lang.text
    count = {key: lang.number(n, digits=0) for key, n in result.run["identified"].items()}
    sentences = [
        _(
            "Of {all} quantities {official} are estimated from official figures, {conditional} from these and one "
            "figure published elsewhere, {derived} from tables made by a rule; {unknown} the region's data "
            "cannot identify."
        ).format(
            all=lang.number(len(result.estimates), digits=0),
            official=count["official"],
            conditional=count["conditional"],
            derived=count["derived"],
            unknown=count["not identified"],
        )
    ]
    told = result.estimates[result.estimates["identified"].isin(["official", "conditional"])]
    outside = told[told["verdict"] == "outside"]
    inside = int((told["verdict"] == "inside").sum())
    if inside or len(outside):
        sentence = _(
            "Of the first two kinds, {inside} lie inside their published range and {outside} outside, {meets} of these "
            "with an interval that reaches into it"
        ).format(
            inside=lang.number(inside, digits=0),
            outside=lang.number(len(outside), digits=0),
            meets=lang.number(int((outside["interval_meets_range"] == "yes").sum()), digits=0),
        )
        names = "; ".join(estimate_name(lang, str(name), result.names) for name in outside["name"])
        sentences.append(f"{sentence}: {names}." if names else f"{sentence}.")
    for row in moments(result).to_dict(orient="records"):
        sentences.append(
            _("{pair}: {observed} commuters observed, {fitted} fitted by published figures.").format(
                pair=pair(row, result.names, lang),
                observed=lang.number(float(row["observed"]), digits=0),
                fitted=lang.number(float(row["fitted_parts"]), digits=0) or "–",
            )
        )
    return sentences


def moments(result: EstimationResult) -> pd.DataFrame:
    """The rows of the flows that stand first."""
    return result.fit[result.fit["by"] == "moment"]


def pair(row: Mapping[Any, Any], names: Mapping[str, str], lang: Language) -> str:
    """Origin and destination of a row in words."""
    known = dict(names)
    return " → ".join(terms.zone(lang, str(row[key]), known) for key in ("origin", "destination"))


def estimate_cells(row: Mapping[Any, Any], lang: Language) -> tuple[str, ...]:
    """Estimate, error, interval, unit, what it rests on, published range and verdict of a row."""
    from abm.estimation.labels import IDENTIFIED, VERDICTS, unit_name

    digits = places(float(row["estimate"]), float(row["standard_error"]))
    ends = (float(row["published_low"]), float(row["published_high"]))
    largest = max(abs(end) for end in ends)
    span = lang.interval(*ends, digits=places(largest, largest))
    return (
        lang.number(float(row["estimate"]), digits=digits),
        lang.number(float(row["standard_error"]), digits=digits),
        lang.interval(float(row["low"]), float(row["high"]), digits=digits),
        unit_name(lang, str(row["unit"])),
        lang.text(IDENTIFIED[str(row["identified"])]),
        f"{span} {VERDICTS[str(row['verdict'])]}".strip(),
    )


def places(value: float, error: float) -> int:
    """Decimals that show two digits of the error, or of the figure where it has none."""
    size = error if error > 0 else abs(value)
    if not math.isfinite(size) or size == 0:
        return 0
    return min(max(1 - math.floor(math.log10(size)), 0), 6)


def estimates_table(result: EstimationResult, lang: Language) -> Table:
    """Every estimate by group."""
    from rich import box
    from rich.table import Table

    from abm.estimation.labels import GROUPS, estimate_name

    _ = lang.text
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=_("Estimates"), title_justify="left")
    shown.add_column("", min_width=28)
    for title in (_("estimate"), _("error"), _("95 % interval")):
        shown.add_column(title, justify="right", no_wrap=True)
    shown.add_column(_("unit"), no_wrap=True)
    shown.add_column(_("rests on"), no_wrap=True)
    shown.add_column(_("published"), no_wrap=True)
    for group, rows in result.estimates.groupby("group", sort=False):
        shown.add_section()
        shown.add_row(styled(_(GROUPS[str(group)]), "bold"))
        for row in rows.to_dict(orient="records"):
            shown.add_row(
                f"  {estimate_name(lang, str(row['name']), result.names)}", *estimate_cells(row, lang)
            )
    return shown


def fit_cells(row: Mapping[Any, Any], lang: Language) -> tuple[str, ...]:
    """Observed, fitted and simulated flow of a row."""
    from abm.estimation.labels import COLUMNS

    return tuple(lang.number(float(row[key]), digits=0) for key in COLUMNS)


def fit_table(result: EstimationResult, lang: Language) -> Table:
    """Observed and fitted flows between counties, the two that stand first on top."""
    from rich import box
    from rich.table import Table

    from abm.estimation.labels import COLUMNS, GROUPS, IDENTIFIED

    _ = lang.text
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=_("Fit, persons"), title_justify="left")
    shown.add_column("")
    shown.add_column(_("observed is"))
    for title in COLUMNS.values():
        shown.add_column(_(title), justify="right", no_wrap=True)
    chosen = result.fit[result.fit["by"].isin(SHOWN)]
    for flow, rows in chosen.groupby("flow", sort=False):
        shown.add_section()
        shown.add_row(styled(_(GROUPS[str(flow)]), "bold"))
        for row in rows.to_dict(orient="records"):
            status = str(row["source_status"])
            kind = _(IDENTIFIED[status]) if status in IDENTIFIED else status
            if status == "assumed":
                kind = _("assumed")
            shown.add_row(f"  {pair(row, result.names, lang)}", kind, *fit_cells(row, lang))
    return shown
