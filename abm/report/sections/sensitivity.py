"""Sensitivity analyses: which uncertain figures decide, how much is luck, and where the bad cases lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.language import Language
from abm.parameters import PARAMETER
from abm.report.content import Column, Section, Table
from abm.report.run import Run
from abm.report.sections.risk_words import cautions, experiment_title
from abm.report.sections.sensitivity_bars import indices_figure, luck_figures, tornado_figure
from abm.report.sections.sensitivity_design import convergence_figure, surface_figures
from abm.report.sections.sensitivity_words import (
    chosen_outcome,
    corner_sentence,
    input_name,
    input_value,
    outcome_name,
)
from abm.sensitivity.discovery import too_few
from abm.sensitivity.points import BETWEEN
from abm.sensitivity.surrogate import trusted

if TYPE_CHECKING:
    from abm.sensitivity import SensitivityResult


def sensitivity(run: Run, lang: Language) -> Section | None:
    """The answer of an analysis in words."""
    result, _ = run.sensitivity, lang.text
    if result is None:
        return None
    chosen, asked = chosen_outcome(result), result.record["sensitivity"]
    method = str(asked["method"])
    order = result.surely_ranked(chosen)
    decides = (
        _("What decides most, for {outcome}: {inputs}.")
        if order
        else _(
            "What decides most, for {outcome}, is not known yet: the intervals of all figures reach down to what "
            "luck alone gives."
        )
    ).format(outcome=outcome_name(run, lang, chosen), inputs=lang.listing([input_name(n) for n in order[:3]]))
    lead = [
        *([] if result.mostly_luck(chosen) else [decides]),
        _luck_sentence(lang, result, chosen),
        corner(run, lang, result, chosen),
        *_agreement_sentence(lang, result, chosen),
        *_left_to_luck(run, lang, result),
    ]
    prose = [
        _(
            "Experiment “{title}”: {points} points of {inputs} uncertain figures ({method}), {replicates} at each "
            "point, the same chance at all of them."
        ).format(
            title=experiment_title(run, lang),
            points=lang.number(len(result.points), digits=0),
            inputs=lang.number(len(asked["bounds"]), digits=0),
            method={"morris": "Morris", "sobol": "Sobol", "surrogate": _("Sobol, by a surrogate")}[method],
            replicates=lang.plural("{n} replicate", "{n} replicates", int(asked["replicates"])),
        ),
        *_surrogate_sentence(lang, result, chosen),
    ]
    caution = cautions(run, lang, len(result.points))
    if caution:
        prose.append(caution)
    tables = (_outcomes(run, lang, result, method), _inputs(lang, result))
    return Section("answer", _("The answer"), lead=tuple(lead), prose=tuple(prose), tables=tables)


def _left_to_luck(run: Run, lang: Language, result: SensitivityResult) -> list[str]:
    """Of which outcomes it cannot be told what decides."""
    _ = lang.text
    names = [outcome_name(run, lang, str(o)) for o in result.luck["outcome"] if result.mostly_luck(o)]
    if not names:
        return []
    return [
        _(
            "Too much is luck to tell what decides {outcomes}: more replicates or a larger scale would tell, unless "
            "the figures decide little."
        ).format(outcomes=lang.listing(names))
    ]


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


def _surrogate_sentence(lang: Language, result: SensitivityResult, outcome: str) -> list[str]:
    """How far the surrogate may be trusted; nothing without one."""
    _ = lang.text
    if result.surrogate is None:
        return []
    row = result.surrogate[result.surrogate["outcome"] == outcome].iloc[0]
    said = _(
        "The indices are those of a surrogate, a Gaussian process fitted to the points, and not of the model itself. "
        "It foretells {q2} of the variance of points it has not seen, and takes {noise} of it for luck."
    ).format(q2=lang.percent(max(0.0, row["q2"])), noise=lang.percent(row["noise"]))
    if not trusted(row["q2"], row["noise"]):
        said += " " + _("That is too little to trust its indices: use more points.")
    return [said]


def _agreement_sentence(lang: Language, result: SensitivityResult, outcome: str) -> list[str]:
    """Whether another method ranks the inputs alike; nothing if none was asked."""
    _ = lang.text
    rows = (
        []
        if result.agreement is None
        else result.agreement[result.agreement["outcome"] == outcome].to_dict("records")
    )
    return [
        _(
            "Another method, {other}, ranks the uncertain figures with a rank correlation of {rho} (Spearman; "
            "{interval} as far as the indices are known), and has {shared} of the first {leaders} in common."
        ).format(
            other={"morris": "Morris", "sobol": "Sobol", "surrogate": _("Sobol, by a surrogate")}[
                row["other"]
            ],
            rho=lang.number(row["spearman"], digits=2),
            interval=lang.interval(row["low"], row["high"], digits=2),
            shared=lang.number(row["shared_leaders"], digits=0),
            leaders=lang.number(row["leaders"], digits=0),
        )
        for row in rows
    ]


def corner(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> str:
    """The corner of the bad cases in a sentence, or why there is none."""
    if result.mostly_luck(outcome):
        _ = lang.text
        return _("Where the bad cases lie is left to luck too.")
    if few := too_few(lang, len(result.points)):
        return few
    inputs = result.points[list(result.record["sensitivity"]["bounds"])]
    value = result.points[outcome].to_numpy(dtype=np.float64)
    asked = result.record["sensitivity"].get("exceeds")
    return corner_sentence(run, lang, inputs, value, outcome.rpartition(BETWEEN)[2], asked)


def _outcomes(run: Run, lang: Language, result: SensitivityResult, method: str) -> Table:
    """The three leading inputs and the share of luck of every outcome."""
    _ = lang.text
    rows = []
    known: dict[str, float] = {}
    if result.surrogate is not None:
        known = dict(zip(result.surrogate["outcome"], result.surrogate["q2"], strict=True))
    for row in result.luck.to_dict("records"):
        mine = result.indices[result.indices["outcome"] == row["outcome"]]
        leading = [input_name(n) for n in result.surely_ranked(str(row["outcome"]))[:3]]
        if len(mine) and not leading:
            leading = [_("not known yet")]
        if result.mostly_luck(str(row["outcome"])):
            leading = [_("too much luck to tell")]
        luck = row["share_of_luck"]
        cells = [
            outcome_name(run, lang, str(row["outcome"])),
            ", ".join(leading) or _("never changes"),
            "" if np.isnan(luck) else lang.percent(luck),
        ]
        if known:
            cells.append(lang.number(known[row["outcome"]], digits=2) if row["outcome"] in known else "")
        rows.append(tuple(cells))
    columns: tuple[Column, ...] = (
        Column(_("outcome"), numeric=False),
        Column(_("what decides most"), numeric=False),
        Column(_("share of luck")),
    )
    if known:
        columns = (*columns, Column(_("foretold by the surrogate (Q²)")))
    return Table(_("All outcomes; their indices are in indices.csv"), columns, tuple(rows))


def _inputs(lang: Language, result: SensitivityResult) -> Table:
    """The uncertain figures and their ranges."""
    _ = lang.text
    rows = []
    for name, (low, high) in result.record["sensitivity"]["bounds"].items():
        known = PARAMETER.get(name)
        span = f"{input_value(lang, low)} – {input_value(lang, high)}"
        what, unit = (_(known.description), _(known.unit)) if known else (_lever(lang, result, name), "")
        rows.append((name, what, span, unit))
    columns = (
        Column(_("uncertain figure"), numeric=False),
        Column(_("what it does"), numeric=False),
        Column(_("range")),
        Column(_("unit"), numeric=False),
    )
    return Table(_("The uncertain figures"), columns, tuple(rows))


def _lever(lang: Language, result: SensitivityResult, name: str) -> str:
    """What a lever changes: the key of an event."""
    _ = lang.text
    levers = result.record["experiment"].get("content", {}).get("lever", ())
    for lever in levers:
        if lever["name"] == name:
            return _("{key} of “{event}”").format(key=lever["key"], event=lever["event"])
    return _("lever of the scenario")


# --- figures --------------------------------------------------------------------------------------


def decisive(run: Run, lang: Language) -> Section | None:
    """Indices, tornado, convergence, response surface and luck, of one outcome."""
    result, _ = run.sensitivity, lang.text
    if result is None:
        return None
    chosen = chosen_outcome(result)
    figures = (
        indices_figure(run, lang, result, chosen),
        tornado_figure(run, lang, result, chosen),
        *surface_figures(run, lang, result, chosen),
        convergence_figure(run, lang, result, chosen),
        *luck_figures(run, lang, result),
    )
    prose = _(
        "All figures are of {outcome}, except the last. An index whose line crosses zero, or that still moves as "
        "the design grows, is not known yet: a larger size tells more."
    ).format(outcome=outcome_name(run, lang, chosen))
    return Section("decisive", _("What decides, and how surely"), prose=(prose,), figures=figures)
