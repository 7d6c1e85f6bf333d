"""What several sections say in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from abm import cautions, terms
from abm.language import Language
from abm.report.effects import Effects, FloatArray, Spread, spread
from abm.report.run import Run
from abm.schema import MONTHS_PER_YEAR
from abm.targets.views import VB, VN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEP = 0.016
"""Distance of what stands right of lines over time, as a share of the width of the axes."""


def focus(effects: Effects) -> str:
    """County that the report asks about: the study's, or else the first one of the run."""
    return VN if VN in effects.counties else effects.counties[0]


def factory_county(effects: Effects) -> str:
    """County of the factory; the study's, or else the first one, without a factory."""
    code = effects.factory()
    if code is not None:
        return code[:2]
    return VB if VB in effects.counties else effects.counties[0]


def county_name(run: Run, code: str) -> str:
    """Name of a county, as the region of the run has it."""
    return run.places.county(code)


def between(lang: Language, value: Spread, *, signed: bool = False, digits: int | None = None) -> str:
    """Mean and range in words: "−1,903 (−2,048 to −1,681)"."""
    mean = lang.number(value.mean, signed=signed, digits=digits)
    ends = lang.interval(value.low, value.high, digits=digits)
    return f"{mean} ({ends})" if ends else mean


def spread_of(lang: Language, effects: Effects) -> str:
    """What the two ends of a spread over the replicates of a run are: "5–95 %", or of few "min to max"."""
    return cautions.spread_label(lang, effects.replicates(effects.scenarios[0]))


def mean_of(lang: Language, spread: str) -> str:
    """Head of figures as :func:`between` writes them: "mean (5–95 %)"."""
    _ = lang.text
    return _("mean ({spread})").format(spread=spread)


def bar_of(lang: Language, spread: str) -> str:
    """Caption of bars with a line for the spread."""
    _ = lang.text
    return _("Bar: mean of the replicates; line: {spread}.").format(spread=spread)


def last_month(series: FloatArray) -> Spread:
    """The figure in the last month, of float64[replicates, months]."""
    return spread(series[:, -1])


def cumulated(series: FloatArray) -> Spread:
    """The sum over all months, of float64[replicates, months]."""
    return spread(series.sum(axis=1))


def decembers(months: Sequence[str]) -> list[int]:
    """Positions of the Decembers, and of the last month."""
    chosen = [i for i, label in enumerate(months) if label.endswith(f"-{MONTHS_PER_YEAR}")]
    return chosen if chosen and chosen[-1] == len(months) - 1 else [*chosen, len(months) - 1]


def years(months: Sequence[str]) -> FloatArray:
    """Months as positions on an axis of years: the end of December 2030 is 2031."""
    return np.array([int(m[:4]) + int(m[5:]) / MONTHS_PER_YEAR for m in months])


def told_of(year: str, row_year: str) -> bool:
    """Whether a row of the study's table with some ``year`` says something of one year.

    It does so of its own year, and of each year of ``"each of 2027-2030"``.
    """
    if not row_year.startswith("each of "):
        return row_year == year
    first, _dash, last = row_year.removeprefix("each of ").partition("-")
    return int(first) <= int(year) <= int(last or first)


def axis_of_years(axes: Axes, months: Sequence[str]) -> tuple[int, float]:
    """Let the horizontal axis span whole years around the months; where it begins and ends."""
    x = years(months)
    first, last = int(np.floor(x[0])), float(np.ceil(x[-1]))
    axes.set_xlim(first, last)
    axes.set_xticks(range(first, int(last) + 1, 2 if last - first > 6 else 1))
    return first, last


def source(run: Run, lang: Language, *, with_map: bool = False) -> str:
    """Where the figures of the effects come from."""
    _ = lang.text
    text = _("Omland {version}, scenario minus paired baseline, seed {seed}").format(
        version=run.fact("version") or "", seed=_known(run.fact("seed"))
    )
    return text + (_borders(run, lang) if with_map else "")


def source_of_levels(run: Run, lang: Language, *, with_map: bool = False) -> str:
    """Where the figures of one world come from."""
    _ = lang.text
    text = _("Omland {version}, {scenario}, seed {seed}, replicate {replicate}").format(
        version=run.fact("version") or "",
        scenario=terms.scenario(lang, str(run.fact("scenario") or "")),
        seed=_known(run.fact("seed")),
        replicate=_known(run.fact("replicate")),
    )
    return text + (_borders(run, lang) if with_map else "")


def _borders(run: Run, lang: Language) -> str:
    """Where the borders on a map come from, after what else is cited."""
    _ = lang.text
    borders = run.places.map_origin
    if borders is None:
        return ""
    licence = f" ({borders.licence})" if borders.licence else ""
    return "; " + _("borders: {source}").format(source=borders.source(lang) + licence)


def small_scale(run: Run, lang: Language) -> tuple[str, ...]:
    """What to know of a run that simulated a share of the residents; nothing of one that simulated all."""
    return cautions.small_scale(lang, float(run.fact("scale") or 1.0))


def _known(value: object) -> str:
    return "" if value is None else str(value)


def cited(lang: Language, text: str) -> str:
    """The line below a drawing that names its source."""
    _ = lang.text
    return _("Source: {source}.").format(source=text)


def scenario_list(lang: Language, effects: Effects) -> list[tuple[int, str, str]]:
    """Number, name and title of each scenario."""
    return [(i, name, terms.scenario(lang, name)) for i, name in enumerate(effects.scenarios)]
