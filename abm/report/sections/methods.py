"""How the figures were made, and what they rest on."""

from __future__ import annotations

from abm.experiment.model import MIXTURE
from abm.language import N_, Language
from abm.parameters import PARAMETER
from abm.report.content import Column, Section, Table
from abm.report.run import Run
from abm.targets.views import VN

SCENARIO, PARAMETERS, LEVERS = N_("the scenario"), N_("the parameters of behaviour"), N_("the levers")
"""What replicates may draw."""


def methods(run: Run, lang: Language) -> Section | None:
    """The method in plain words, and the sources of the region's tables."""
    _ = lang.text
    prose = (
        _(
            "Omland simulates every resident, household and employer of the region month by month: people look "
            "for jobs, commute, move, are hired and retire; employers plan jobs and order from each other; "
            "public services follow the residents; wages and prices of dwellings follow scarcity."
        ),
        *(
            (
                _(
                    "Each replicate simulates the baseline and every scenario with the same chance: the same person "
                    "has the same luck in each world. An effect is the scenario minus its baseline."
                ),
                *_ranges(run, lang),
            )
            if run.levels is None
            else ()
        ),
        *(
            _the_study(lang)
            if VN in {code[:2] for code in run.places.names}
            else (
                _(
                    "Behaviour is that of parameters that were fitted to northern Sweden; those marked as assumptions "
                    "have no measurement behind them. What the model does not hold: suppliers that locate anew, and "
                    "prices of goods that follow local pay."
                ),
            )
        ),
    )
    statuses = {"official": _("official"), "derived": _("derived"), "assumed": _("assumed")}
    columns = tuple(
        Column(title, numeric=False)
        for title in (_("table"), _("source"), _("year"), _("licence"), _("kind"))
    )
    rows = tuple(
        (_(o.title), o.source(lang), o.year, o.licence, statuses.get(o.status, o.status))
        for o in run.places.origins
    )
    tables = (Table(_("Tables of the region's data package"), columns, rows),) if rows else ()
    return Section("methods", _("Methods and sources"), prose=prose, tables=tables)


def _ranges(run: Run, lang: Language) -> tuple[str, ...]:
    """What a range tells, by what each replicate draws; nothing of a run that has no ranges over replicates."""
    _ = lang.text
    drawn = _drawn(run)
    if drawn is None:
        return ()
    if not drawn:
        return (
            _(
                "A range tells how much it varies with chance alone. It does not tell how uncertain the "
                "assumptions are."
            ),
        )
    return (
        _(
            "A range tells how much it varies with chance and with what each replicate draws anew: {drawn}. It does "
            "not tell how uncertain all other assumptions are."
        ).format(drawn=lang.listing([_(what) for what in drawn])),
    )


def _drawn(run: Run) -> list[str] | None:
    """What each replicate draws beside its chance; None of an analysis whose points are chosen by design."""
    if run.sensitivity is not None or run.calibration is not None:
        return None
    if run.montecarlo is None:
        return [PARAMETERS] if run.record.get("parameters_drawn") else []
    inputs = run.montecarlo.inputs.columns.drop("replicate")
    kinds = [PARAMETERS if name in PARAMETER else SCENARIO if name == MIXTURE else LEVERS for name in inputs]
    return [kind for kind in (SCENARIO, PARAMETERS, LEVERS) if kind in kinds]


def _the_study(lang: Language) -> tuple[str, str]:
    """What holds of the study's region only."""
    _ = lang.text
    return (
        _(
            "In the scenarios of the study the staff's origin and the suppliers' share are imposed as the study "
            "assumes; who these people are, whom they bring, what they leave behind and what follows is the "
            "model's. Parameters marked as assumptions have no measurement behind them."
        ),
        _(
            "What the model does not hold: suppliers that locate anew, prices of goods that follow local pay, and a "
            "shortage of skilled people that differs between municipalities from the start."
        ),
    )
