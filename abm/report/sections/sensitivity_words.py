"""Words and rows that the sections of a sensitivity analysis share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.run import Run
from abm.sensitivity.points import BETWEEN

if TYPE_CHECKING:
    from abm.sensitivity import SensitivityResult


def chosen_outcome(result: SensitivityResult) -> str:
    """The outcome that is told in full: the first that changes at all."""
    known = set(result.indices["outcome"])
    return next(str(name) for name in result.luck["outcome"] if name in known)


def rows_of(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Rows of a table that are of an outcome."""
    return table[table["outcome"] == outcome].drop(columns="outcome").reset_index(drop=True)


def outcome_name(run: Run, lang: Language, outcome: str) -> str:
    """An outcome in words, with its scenario."""
    scenario, _between, text = outcome.rpartition(BETWEEN)
    words = terms.outcome(lang, text, run.places.names) if text.count(":") == 2 else text
    return f"{words} – {terms.scenario(lang, scenario)}" if scenario else words


def quantity(lang: Language, outcome: str) -> str:
    """What an outcome counts."""
    return terms.recorded(lang, outcome.rpartition(BETWEEN)[2].split(":")[0])


def heading(lang: Language, index: str) -> str:
    """What an index is called."""
    _ = lang.text
    return {
        "mu_star": _("mean absolute effect (μ*)"),
        "mu": _("mean effect (μ)"),
        "sigma": _("its spread (σ)"),
        "S1": _("by itself (first order)"),
        "ST": _("with all interactions (total)"),
    }.get(index, index)


def input_name(name: str) -> str:
    """An uncertain figure in words."""
    return name.replace("_", " ")


def input_value(lang: Language, value: float) -> str:
    """A value of an input: three significant digits."""
    return lang.number(float(f"{value:.3g}"))
