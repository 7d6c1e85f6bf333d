"""Calibrations: which figures of the study can be had, how well the parameters are known, and what pulls apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm import terms
from abm.calibration.diagnosis import KNOWN
from abm.cautions import small_scale
from abm.language import Language
from abm.report.content import Column, Section, Table
from abm.report.run import Run
from abm.report.sections.calibration_figures import (
    parameters_figure,
    recovery_figures,
    row_key,
    row_name,
    rows_figure,
    tradeoff_figures,
    waves_figure,
)
from abm.report.sections.calibration_multipliers import multiplier_figures, multiplier_rows

if TYPE_CHECKING:
    from abm.calibration import CalibrationResult


def calibration(run: Run, lang: Language) -> Section | None:
    """The answer of a calibration in words."""
    result, _ = run.calibration, lang.text
    if result is None:
        return None
    record = result.record
    lead = [
        _("{inside} of {all} fitted rows are inside in the mean of the posterior.").format(
            inside=record["fitted_rows_inside"], all=record["fitted_rows"]
        ),
        *_multipliers(lang, result),
        _known(lang, result),
        *_beyond(lang, result),
    ]
    cost = record["cost"]
    prose = [
        _(
            "Which values of the uncertain parameters agree with the study's figures, with one set of parameters for "
            "the baseline and all scenarios: {points} points with {worlds} were computed, and {draws} draws of the "
            "posterior are worth {worth} independent ones."
        ).format(
            points=lang.number(cost["points"], digits=0),
            worlds=lang.plural("{n} world", "{n} worlds", cost["worlds"]),
            draws=lang.number(cost["draws"], digits=0),
            worth=lang.number(cost["effective_draws"], digits=0),
        ),
        _trust(lang, record),
        *small_scale(lang, float(run.fact("scale") or 1.0)),
    ]
    return Section("answer", _("The answer"), lead=tuple(lead), prose=tuple(prose))


def _multipliers(lang: Language, result: CalibrationResult) -> list[str]:
    """The multipliers of the scenarios in the posterior."""
    _ = lang.text
    rows = multiplier_rows(result)
    if not len(rows):
        return []
    said = _("Employment multipliers in the posterior, mean and 5 to 95 per cent: {listed}.").format(
        listed=lang.listing(
            [
                f"{terms.scenario(lang, row['scenario'], inline=True)} {lang.number(row['posterior_mean'], digits=2)} "
                f"({lang.interval(row['posterior_p05'], row['posterior_p95'], digits=2)})"
                for row in rows.to_dict("records")
            ]
        )
    )
    return [said]


def _known(lang: Language, result: CalibrationResult) -> str:
    """Which parameters the study tells apart."""
    _ = lang.text
    table = result.identification.sort_values("sd_ratio")
    told = list(table.loc[table["identified"] != "no", "parameter"])
    if not told:
        return _("The study tells none of the {n} parameters apart.").format(n=len(table))
    return _(
        "Of {n} parameters the study tells {k} apart at least barely: {names}. About each of the others it says "
        "nothing."
    ).format(n=len(table), k=len(told), names=lang.listing(told))


def _beyond(lang: Language, result: CalibrationResult) -> list[str]:
    """Rows that no values of the parameters reach."""
    _ = lang.text
    rows = result.conflicts[result.conflicts["kind"] == "out of reach"]
    if not len(rows):
        return []
    listed = [
        _("{row} (nearest {nearest})").format(
            row=row_name(lang, row["row"]), nearest=lang.number(row["nearest"])
        )
        for row in rows.to_dict("records")
    ]
    return [_("Out of reach whatever the parameters: {rows}.").format(rows=lang.listing(listed))]


def _trust(lang: Language, record: Any) -> str:
    """Whether the procedure holds what it promises."""
    _ = lang.text
    said = _(
        "Largest R-hat of the chains: {r_hat}. {inside} of the figures that the model then computed at draws of the "
        "posterior lie in the 90 % interval that was foretold for them."
    ).format(
        r_hat=lang.number(max(record["chains"]["r_hat"].values()), digits=3),
        inside=lang.percent(record["check"]["inside_90_percent"]),
    )
    if record["recovery"]:
        said += " " + _("Of {truths} known truths {share} of the 90 % intervals hold the truth.").format(
            truths=record["recovery"]["truths"], share=lang.percent(record["recovery"]["coverage"])
        )
    return said


def reached(run: Run, lang: Language) -> Section | None:
    """What of the study's table can be had."""
    result, _ = run.calibration, lang.text
    if result is None:
        return None
    prose = _(
        "A row is the mean over many replicates; its interval is what the study's wording allows. The posterior "
        "does not say that the study is right, but which of its figures the model can give together."
    )
    return Section(
        "reached",
        _("What of the study can be had"),
        prose=(prose,),
        figures=(
            *multiplier_figures(run, lang, result),
            rows_figure(run, lang, result),
            *tradeoff_figures(run, lang, result),
        ),
        tables=_heldout(lang, result),
    )


def parameters(run: Run, lang: Language) -> Section | None:
    """How well the parameters are known, and whether the procedure can be trusted."""
    result, _ = run.calibration, lang.text
    if result is None:
        return None
    return Section(
        "parameters",
        _("How well the parameters are known"),
        figures=(
            parameters_figure(run, lang, result),
            waves_figure(run, lang, result),
            *recovery_figures(run, lang, result),
        ),
        tables=(_parameter_table(lang, result),),
    )


def _parameter_table(lang: Language, result: CalibrationResult) -> Table:
    """Prior, posterior and best draw of each parameter."""
    _ = lang.text
    best = result.record["best"]["values"]
    rows = []
    for row in result.identification.sort_values("sd_ratio").to_dict("records"):
        ridge = row["ridge_with"]
        rows.append(
            (
                row["parameter"],
                f"{lang.compact(row['prior_low'])} – {lang.compact(row['prior_high'])}",
                lang.compact(row["mean"]),
                f"{lang.compact(row['low'])} – {lang.compact(row['high'])}",
                lang.compact(best[row["parameter"]]),
                _(KNOWN[row["identified"]]),
                f"{ridge} ({lang.number(row['correlation'], digits=2)})" if ridge else "",
            )
        )
    columns = (
        Column(_("parameter"), numeric=False),
        Column(_("prior")),
        Column(_("mean")),
        Column(_("5–95 %")),
        Column(_("best")),
        Column(_("identified"), numeric=False),
        Column(_("ridge with"), numeric=False),
    )
    return Table(_("Parameters before and after; units in docs/parameters.md"), columns, tuple(rows))


def _heldout(lang: Language, result: CalibrationResult) -> tuple[Table, ...]:
    """Rows as foretold by fits that have not seen them, beside the whole fit."""
    _ = lang.text
    table, told = result.heldout, []
    for fit in [
        c.removesuffix("_fitted") for c in table.columns if c.endswith("_fitted") and c != "all_fitted"
    ]:
        rows = []
        for row in table[~table[f"{fit}_fitted"].astype(bool)].to_dict("records"):
            if not np.isfinite(row[f"{fit}_mean"]):
                continue
            cells = [
                row_name(lang, row_key(row)),
                lang.interval(row["low"], row["high"]),
            ]
            for which in (fit, "all"):
                ends = lang.interval(row[f"{which}_p05"], row[f"{which}_p95"])
                cells += [
                    lang.number(row[f"{which}_mean"]),
                    ends,
                    _("yes") if row[f"{which}_inside"] else _("no"),
                ]
            rows.append(tuple(cells))
        columns = (
            Column(_("row held out"), numeric=False),
            Column(_("allowed")),
            Column(_("foretold without it")),
            Column(_("5–95 %")),
            Column(_("inside"), numeric=False),
            Column(_("foretold by all rows")),
            Column(_("5–95 %")),
            Column(_("inside"), numeric=False),
        )
        title = _("Rows that the fit “{fit}” has not seen, beside the fit to all rows").format(fit=fit)
        told.append(Table(title, columns, tuple(rows)))
    return tuple(told)
