"""``omland calibrate``: fit the behavioural parameters to the study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm import terms
from abm.calibration.diagnosis import KNOWN
from abm.cautions import small_scale
from abm.commands.montecarlo import speed
from abm.commands.records import records
from abm.commands.report import places_for, written_by
from abm.console import console, progress, verdict
from abm.errors import OmlandError
from abm.language import Language, duration, language, say
from abm.provenance import check_output

if TYPE_CHECKING:
    from rich.table import Table

    from abm.calibration import CalibrationResult
    from abm.units import Pace


def calibrate(
    *,
    calibration: str,
    out: Path | None,
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
    """Run a calibration, print what it found, and write its report."""
    if out is None:
        raise OmlandError(say("calibrate needs --out DIR for its results."))
    check_output(out)
    from abm.calibration.run import prepare, run

    settings = prepare(calibration, seed=seed, scale=scale)
    places = places_for(region, wanted=with_report)
    with progress(settings.name, say("units"), quiet=quiet) as report:
        result, pace = run(
            settings,
            out=out,
            workers=workers,
            dask=dask,
            region=region,
            watch=lambda done, total, pace, note: report(done, total, note, pace.reused),
        )
    report_files = written_by(out, places, lang)
    if as_json:
        print(as_json_text(result, pace))
        return
    screen, words = console(), language(lang)
    for line in lines(result, pace, words):
        screen.print(line, soft_wrap=True)
    screen.print(row_table(result, words))
    screen.print(parameter_table(result, words))
    for line in (*conflict_lines(result, words), *small_scale(words, settings.scale)):
        screen.print(line, soft_wrap=True)
    from abm.calibration.report import BEST, POINTS, POSTERIOR, RECORD, TABLES

    tables = [f"{name}.csv" for name in TABLES]
    files = [POSTERIOR, POINTS, BEST, RECORD, *tables, "units/", *report_files]
    screen.print(say("Written to {folder}: {files}.", folder=out, files=", ".join(files)), soft_wrap=True)


def as_json_text(result: CalibrationResult, pace: Pace) -> str:
    """Record and tables as JSON; undefined figures are null."""
    content: dict[str, Any] = {"calibration": result.record, "run": pace.as_dict()}
    for name in ("rows", "identification", "conflicts", "heldout"):
        content[name] = records(getattr(result, name))
    return json.dumps(content, indent=2, ensure_ascii=False)


def lines(result: CalibrationResult, pace: Pace, lang: Language) -> list[str]:
    """What was computed, how near it came, and how well that is known."""
    _, number, percent = lang.text, lang.number, lang.percent
    record = result.record
    cost, chains, check = record["cost"], record["chains"], record["check"]
    told = _("{points} points, {worlds}").format(
        points=number(cost["points"], digits=0), worlds=lang.plural("{n} world", "{n} worlds", cost["worlds"])
    )
    if pace.reused:
        told += _(", {n} finished units were there already").format(n=number(pace.reused, digits=0))
    if pace.computed:
        told += _("; {worlds} in {time}, {speed}").format(
            worlds=lang.plural("{n} world", "{n} worlds", pace.worlds),
            time=duration(pace.seconds),
            speed=speed(pace, lang),
        )
    waves = [_("wave {k}").format(k=w["wave"]) for w in record["waves"][1:-1]]
    steps = [
        f"{name} {number(w['expected_distance'], digits=2)}"
        for name, w in zip([_("defaults"), *waves, _("check")], record["waves"], strict=True)
    ]
    known = _(
        "{draws} draws worth {worth}, {worlds} worlds each; largest R-hat {r_hat}; {inside} of the checked figures are "
        "in the 90 % interval that was foretold"
    ).format(
        draws=number(cost["draws"], digits=0),
        worth=number(cost["effective_draws"], digits=0),
        worlds=number(cost["worlds_per_effective_draw"], digits=1),
        r_hat=number(max(chains["r_hat"].values()), digits=3),
        inside=percent(check["inside_90_percent"]),
    )
    recovery = record["recovery"]
    if recovery:
        known += _("; {share} of the 90 % intervals of {truths} known truths hold them").format(
            share=percent(recovery["coverage"]), truths=recovery["truths"]
        )
    return [
        told + ".",
        _(
            "Distance from the study's intervals, in half-widths, of the median point but for luck: {steps}."
        ).format(steps="; ".join(steps)),
        _("{inside} of {all} fitted rows are inside in the mean of the posterior.").format(
            inside=record["fitted_rows_inside"], all=record["fitted_rows"]
        ),
        known + ".",
    ]


def row_table(result: CalibrationResult, lang: Language) -> Table:
    """The study's rows: allowed, before and after."""
    from rich import box
    from rich.table import Table

    _ = lang.text
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column(_("row"), no_wrap=True)
    shown.add_column(_("what"))
    for title in (_("allowed"), _("prior"), _("posterior"), _("5–95 %"), _("best")):
        shown.add_column(title, justify="right", no_wrap=True)
    for title in (_("fitted"), _("inside")):
        shown.add_column(title, justify="center", no_wrap=True)
    for row in result.rows.to_dict(orient="records"):
        inside = row["low"] <= row["posterior_mean"] <= row["high"]
        shown.add_row(
            row["id"],
            f"{terms.quantity(lang, row['quantity'])}, {terms.scenario(lang, row['scenario'], inline=True)}",
            lang.interval(row["low"], row["high"]),
            lang.number(row["prior_mean"]),
            lang.number(row["posterior_mean"]),
            lang.interval(row["posterior_p05"], row["posterior_p95"]),
            lang.number(row["best"]),
            "•" if row["weight"] > 0 else "",
            verdict(inside),
        )
    return shown


def parameter_table(result: CalibrationResult, lang: Language) -> Table:
    """Parameters: prior, posterior, and whether the study tells them apart."""
    from rich import box
    from rich.table import Table

    _ = lang.text
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column(_("parameter"), no_wrap=True)
    for title in (_("prior"), _("best"), _("mean"), _("5–95 %"), _("ratio of standard deviations")):
        shown.add_column(title, justify="right", no_wrap=True)
    shown.add_column(_("identified"))
    shown.add_column(_("ridge with"))
    best = result.record["best"]["values"]
    for row in result.identification.sort_values("sd_ratio").to_dict(orient="records"):
        ridge = ""
        if row["ridge_with"]:
            ridge = f"{row['ridge_with']} ({lang.number(row['correlation'], digits=2)})"
        shown.add_row(
            row["parameter"],
            _("{first} to {last}").format(
                first=lang.compact(row["prior_low"]), last=lang.compact(row["prior_high"])
            ),
            lang.compact(best[row["parameter"]]),
            lang.compact(row["mean"]),
            _("{first} to {last}").format(first=lang.compact(row["low"]), last=lang.compact(row["high"])),
            lang.number(row["sd_ratio"], digits=2),
            _(KNOWN[row["identified"]]),
            ridge,
        )
    return shown


def conflict_lines(result: CalibrationResult, lang: Language) -> list[str]:
    """The rows out of reach and the leading trade-offs, in words."""
    _, number = lang.text, lang.number
    told = []
    for row in result.conflicts.to_dict(orient="records"):
        if row["kind"] == "out of reach":
            told.append(
                _("Out of reach: {row}, nearest {nearest}, {gap} half-widths outside.").format(
                    row=row["row"], nearest=number(row["nearest"]), gap=number(row["gap"], digits=1)
                )
            )
        elif len(told) < 12:
            told.append(
                _(
                    "Trade-off: {row} and {other}, at best {gap} half-widths outside ({first} and {second})."
                ).format(
                    row=row["row"],
                    other=row["other"],
                    gap=number(row["gap"], digits=1),
                    first=number(row["nearest"]),
                    second=number(row["nearest_other"]),
                )
            )
    return told or [_("No row is out of reach, and no two rows exclude each other.")]
