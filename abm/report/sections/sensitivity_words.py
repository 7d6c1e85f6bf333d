"""Words and rows that the sections of a sensitivity analysis share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm import terms
from abm.errors import OmlandError
from abm.language import Language
from abm.report.run import Run
from abm.sensitivity.discovery import condition
from abm.sensitivity.points import BETWEEN

if TYPE_CHECKING:
    from abm.sensitivity import Box, SensitivityResult


def chosen_outcome(result: SensitivityResult) -> str:
    """The outcome that is told in full: the one asked for, else the first that changes and not mostly by luck."""
    known = set(result.indices["outcome"])
    asked = result.record["sensitivity"].get("tell")
    if asked in known:
        return str(asked)
    changing = [str(name) for name in result.luck["outcome"] if name in known]
    return next((name for name in changing if not result.mostly_luck(name)), changing[0])


def rows_of(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Rows of one outcome."""
    return table[table["outcome"] == outcome].drop(columns="outcome").reset_index(drop=True)


def outcome_name(run: Run, lang: Language, outcome: str) -> str:
    """An outcome in words, with its scenario."""
    scenario, _between, text = outcome.rpartition(BETWEEN)
    words = terms.outcome(lang, text, run.places.names) if text.count(":") == 2 else text
    return f"{words} – {terms.scenario(lang, scenario)}" if scenario else words


def quantity_name(lang: Language, outcome: str) -> str:
    """What an outcome counts."""
    return terms.recorded(lang, outcome.rpartition(BETWEEN)[2].split(":")[0])


def outcome_digits(outcome: str) -> int | None:
    """Decimals of a figure of an outcome; see :func:`abm.terms.outcome_digits`."""
    return terms.outcome_digits(outcome.rpartition(BETWEEN)[2])


def index_heading(lang: Language, index: str) -> str:
    """An index in words."""
    _ = lang.text
    return {
        "mu_star": _("mean absolute effect (μ*)"),
        "mu": _("mean effect (μ)"),
        "sigma": _("its spread (σ)"),
        "S1": _("by itself (first order)"),
        "ST": _("with all interactions (total)"),
    }.get(index, index)


def input_name(name: str) -> str:
    """An input in words."""
    return name.replace("_", " ")


def input_value(lang: Language, value: float) -> str:
    """A value of an input: three significant digits."""
    return lang.number(float(f"{value:.3g}"))


def corner_sentence(
    run: Run,
    lang: Language,
    inputs: pd.DataFrame,
    value: np.ndarray,
    outcome: str,
    exceeds: float | None = None,
) -> str:
    """The corner of the inputs in which the worst cases gather, in a sentence: those above a limit, or a quarter."""
    from abm.sensitivity.discovery import LEAVING, LOST, bad_above, tell

    _ = lang.text
    quantity = outcome.split(":")[0]
    _amount, limit = bad_above(outcome, value, exceeds)
    try:
        box, _english = tell(inputs, value, outcome, limit)
    except OmlandError:
        return _("The bad cases lie in no corner that could be told.")
    name = terms.outcome(lang, outcome, run.places.names) if outcome.count(":") == 2 else outcome
    if quantity in LOST and limit < 0:
        text, limit = _("{outcome}: a gain below {limit}"), -limit
    elif quantity in LOST:
        text = _("{outcome}: a loss above {limit}")
    elif quantity in LEAVING:
        text = _("{outcome}: out-migration above {limit}")
    else:
        text = _("{outcome}: an effect above {limit}")
    what = text.format(outcome=name, limit=lang.number(limit, digits=outcome_digits(outcome)))
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
    return [condition(lang, name, low, high, input_value) for name, (low, high) in box.limits.items()]
