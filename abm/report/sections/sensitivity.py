"""Sensitivity analyses: which uncertain figures decide, how much is luck, and where the bad cases lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.errors import OmlandError
from abm.language import Language
from abm.parameters import PARAMETER
from abm.report.content import Column, Section, Table
from abm.report.run import Run
from abm.report.sections.risk_words import cautions, experiment_title
from abm.report.sections.sensitivity_bars import indices, luck, tornado
from abm.report.sections.sensitivity_design import convergence, surface
from abm.report.sections.sensitivity_words import chosen_outcome, input_name, input_value, outcome_name
from abm.sensitivity.indices import ranking
from abm.sensitivity.points import BETWEEN

if TYPE_CHECKING:
    from abm.sensitivity import Box, SensitivityResult


def sensitivity(run: Run, lang: Language) -> Section | None:
    """The answer of an analysis in words."""
    result, _ = run.sensitivity, lang.text
    if result is None:
        return None
    chosen, asked = chosen_outcome(result), result.record["sensitivity"]
    method = str(asked["method"])
    order = ranking(result.indices[result.indices["outcome"] == chosen], method)
    name = outcome_name(run, lang, chosen)
    lead = [
        _("What decides most, for {outcome}: {inputs}.").format(
            outcome=name, inputs=lang.listing([input_name(n) for n in order[:3]])
        ),
        _luck_sentence(lang, result, chosen),
        corner(run, lang, result, chosen),
    ]
    prose = [
        _(
            "Experiment: {title}. {points} points of {inputs} uncertain figures ({method}), {replicates} at each "
            "point, the same chance at all of them."
        ).format(
            title=experiment_title(run).rstrip("."),
            points=lang.number(len(result.points), digits=0),
            inputs=lang.number(len(asked["bounds"]), digits=0),
            method={"morris": "Morris", "sobol": "Sobol"}.get(method, method),
            replicates=lang.plural("{n} replicate", "{n} replicates", int(asked["replicates"])),
        )
    ]
    caution = cautions(run, lang, len(result.points))
    if caution:
        prose.append(caution)
    tables = (_outcomes(run, lang, result, method), _inputs(lang, result))
    return Section("answer", _("The answer"), lead=tuple(lead), prose=tuple(prose), tables=tables)


def _luck_sentence(lang: Language, result: SensitivityResult, outcome: str) -> str:
    _ = lang.text
    row = result.luck[result.luck["outcome"] == outcome].iloc[0]
    if np.isnan(row["share_of_luck"]):
        return _("How much is luck is not known from one replicate at each point.")
    return _(
        "Of the variance of a single replicate {inputs} comes from the uncertain figures and {luck} is luck; of the "
        "variance of the means that are analysed {noise} is luck still."
    ).format(
        inputs=lang.percent(row["share_of_inputs"]),
        luck=lang.percent(row["share_of_luck"]),
        noise=lang.percent(row["noise_in_means"]),
    )


def corner(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> str:
    """The corner of the bad cases in a sentence, or why there is none."""
    from abm.sensitivity.run import LOST, WORST

    _ = lang.text
    value = result.points[outcome].to_numpy(dtype=np.float64)
    lost = outcome.rpartition(BETWEEN)[2].split(":")[0] in LOST
    limit = float(np.quantile(0.0 - value if lost else value, 1 - WORST))
    try:
        box, _english = result.discover(outcome, limit)
    except OmlandError:
        return _("The bad cases lie in no corner that could be told.")
    what = (
        _("a loss above {limit}").format(limit=lang.number(limit, digits=0))
        if lost
        else _("an effect above {limit}").format(limit=lang.number(limit, digits=0))
    )
    if not box.limits:
        return _("The worst cases ({what}, {base} of all) lie in no corner of the uncertain figures.").format(
            what=what, base=lang.percent(box.base)
        )
    return _(
        "The worst cases ({what}, {base} of all) gather where {conditions}: there they are {density} of the cases, "
        "and {coverage} of all bad ones lie there."
    ).format(
        what=what,
        base=lang.percent(box.base),
        conditions=lang.listing(_conditions(lang, box)),
        density=lang.percent(box.density),
        coverage=lang.percent(box.coverage),
    )


def _conditions(lang: Language, box: Box) -> list[str]:
    _ = lang.text
    said = []
    for name, (low, high) in box.limits.items():
        if low is not None and high is not None:
            text = _("{input} is between {low} and {high}")
        elif low is not None:
            text = _("{input} is above {low}")
        else:
            text = _("{input} is below {high}")
        ends = {k: "" if v is None else input_value(lang, v) for k, v in (("low", low), ("high", high))}
        said.append(text.format(input=input_name(name), **ends))
    return said


def _outcomes(run: Run, lang: Language, result: SensitivityResult, method: str) -> Table:
    """The three leading inputs and the share of luck of every outcome."""
    _ = lang.text
    rows = []
    for row in result.luck.to_dict("records"):
        mine = result.indices[result.indices["outcome"] == row["outcome"]]
        leading = [input_name(n) for n in ranking(mine, method)[:3]] if len(mine) else []
        luck = row["share_of_luck"]
        rows.append(
            (
                outcome_name(run, lang, str(row["outcome"])),
                ", ".join(leading) or _("never changes"),
                "" if np.isnan(luck) else lang.percent(luck),
            )
        )
    columns = (
        Column(_("outcome"), numeric=False),
        Column(_("what decides most"), numeric=False),
        Column(_("share of luck")),
    )
    return Table(_("All outcomes; their indices are in indices.csv"), columns, tuple(rows))


def _inputs(lang: Language, result: SensitivityResult) -> Table:
    """The uncertain figures and their ranges."""
    _ = lang.text
    rows = []
    for name, (low, high) in result.record["sensitivity"]["bounds"].items():
        known = PARAMETER.get(name)
        kind = _("parameter") if known else _("lever of the scenario")
        rows.append(
            (name, kind, f"{input_value(lang, low)} – {input_value(lang, high)}", known.unit if known else "")
        )
    columns = (
        Column(_("uncertain figure"), numeric=False),
        Column(_("kind"), numeric=False),
        Column(_("range")),
        Column(_("unit"), numeric=False),
    )
    return Table(_("The uncertain figures"), columns, tuple(rows))


def decisive(run: Run, lang: Language) -> Section | None:
    """Indices, tornado, convergence, response surface and luck, of one outcome."""
    result, _ = run.sensitivity, lang.text
    if result is None:
        return None
    chosen = chosen_outcome(result)
    figures = (
        indices(run, lang, result, chosen),
        tornado(run, lang, result, chosen),
        surface(run, lang, result, chosen),
        convergence(run, lang, result, chosen),
        *luck(run, lang, result),
    )
    prose = _(
        "All figures are of {outcome}, except the last. An index whose line crosses zero, or that still moves as "
        "the design grows, is not known yet: a larger size tells more."
    ).format(outcome=outcome_name(run, lang, chosen))
    return Section("decisive", _("What decides, and how surely"), prose=(prose,), figures=figures)
