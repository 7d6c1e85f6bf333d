"""Maps of the municipalities: residents, jobs and out-commuters."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import foot, head
from abm.report.effects import Effects, FloatArray
from abm.report.effects import clear as is_clear
from abm.report.effects import ends as ends_of
from abm.report.maps import colour_scale, filled_map, star, symmetric_norm
from abm.report.run import Run
from abm.report.sections.common import cited, scenario_list, source

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

NAMED = 3
"""Municipalities that the text alternative names at either end."""
LABEL = 36
"""Letters in a line beside the colours."""


class _Mapped(NamedTuple):
    """One quantity on the map.

    Attributes:
        name: of the figure's files.
        quantity: the effect.
        base: level in the baseline that it is related to.
        title: what is shown.
        unit: its unit.
    """

    name: str
    quantity: str
    base: str
    title: str
    unit: str


def maps(run: Run, lang: Language) -> Section | None:
    """One figure a quantity, one panel a scenario."""
    effects, _ = run.effects, lang.text
    if effects is None:
        return None
    mapped = (
        _Mapped(
            "map_residents", "population", "population",
            _("Residents by municipality"), _("per 1,000 residents in the baseline"),
        ),
        _Mapped(
            "map_jobs", "jobs", "jobs",
            _("Jobs by municipality (employed by workplace)"), _("per 1,000 jobs in the baseline"),
        ),
        _Mapped(
            "map_out_commuters", "out_commuters", "employed_residents",
            _("Out-commuters by municipality of residence"), _("per 1,000 employed residents in the baseline"),
        ),
    )  # fmt: skip
    prose = _(
        "Where residents, jobs and commuters go up and down, in {month}. Purple is more than in the baseline, "
        "orange is fewer; the scale is logarithmic, so that small municipalities can be seen beside the "
        "municipality of the establishment (★)."
    ).format(month=lang.month(effects.months[-1]))
    figures = tuple(_figure(run, lang, effects, m) for m in mapped)
    return Section("maps", _("Where it happens"), prose=(prose,), figures=figures)


def _figure(run: Run, lang: Language, effects: Effects, mapped: _Mapped) -> Figure:
    _ = lang.text
    chosen = effects.municipal
    codes = [code for code, is_one in zip(effects.zones, chosen, strict=True) if is_one]
    base = effects.baseline(mapped.base)[-1, chosen]
    runs = {name: effects.effect(name, mapped.quantity)[:, -1][:, chosen] for name in effects.scenarios}
    effect = {name: values.mean(axis=0) for name, values in runs.items()}
    ends = {name: ends_of(values) for name, values in runs.items()}
    clear = {name: is_clear(values) for name, values in runs.items()}
    rates = {name: 1000.0 * values / np.where(base > 0, base, np.nan) for name, values in effect.items()}
    names = run.places.names
    data = pd.DataFrame(
        [
            {
                "scenario": name,
                "municipality": code,
                "name": names[code],
                "baseline": base[k],
                "effect": effect[name][k],
                "p05": ends[name][0][k],
                "p95": ends[name][1][k],
                "per_1000": rates[name][k],
            }
            for name in effects.scenarios
            for k, code in enumerate(codes)
        ]
    )
    said = source(run, lang, with_map=True)
    how = _("Areas are the municipalities.") if run.places.rings else _(
        "The region has no map of borders: each dot is the seat of a municipality."
    )  # fmt: skip
    largest = [
        _("{scenario}: clear change in {n} of {all}; up most {most}; down most {least}").format(
            scenario=terms.scenario(lang, name),
            n=lang.number(int(clear[name].sum()), digits=0),
            all=lang.number(len(codes), digits=0),
            most=_extremes(lang, names, codes, rates[name], effect[name], clear[name], up=True),
            least=_extremes(lang, names, codes, rates[name], effect[name], clear[name], up=False),
        )
        for name in effects.scenarios
    ]
    return Figure(
        name=mapped.name,
        title=mapped.title,
        unit=mapped.unit,
        source=said,
        alt=_("Map, one panel for each scenario, {month}, {unit} (and number). {largest}.").format(
            month=lang.month(effects.months[-1]), unit=mapped.unit, largest=". ".join(largest)
        ),
        caption=how
        + " "
        + _(
            "Coloured by the mean of the replicates; grey where no change is clear: fewer than nine in ten "
            "of them lie on one side of zero, or there are too few to tell."
        ),
        data=data,
        draw=lambda: _draw(run, lang, effects, mapped, codes, rates, clear, cited(lang, said)),
        table=_table(lang, effects, mapped, codes, names, effect, rates),
    )


def _extremes(
    lang: Language,
    names: dict[str, str],
    codes: list[str],
    rate: FloatArray,
    effect: FloatArray,
    clear: NDArray[np.bool_],
    *,
    up: bool,
) -> str:
    """The municipalities that clearly gain, or lose, most, with their figures."""
    _ = lang.text
    moving = np.flatnonzero(clear & (rate > 0 if up else rate < 0))
    order = sorted(moving, key=lambda k: float(rate[k]), reverse=up)[:NAMED]
    if not order:
        return _("none")
    return ", ".join(
        f"{names[codes[k]]} {lang.number(rate[k], signed=True, digits=1)}"
        f" ({lang.number(effect[k], signed=True, digits=0)})"
        for k in order
    )


def _draw(
    run: Run,
    lang: Language,
    effects: Effects,
    mapped: _Mapped,
    codes: list[str],
    rates: dict[str, FloatArray],
    clear: dict[str, NDArray[np.bool_]],
    note: str,
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    panels = len(effects.scenarios)
    drawing = Drawing(figsize=(2.75 * panels + 1.1, 4.3))
    all_axes = drawing.subplots(1, panels, squeeze=False)[0]
    sizes = [abs(v) for n, rate in rates.items() for v in rate[clear[n]] if np.isfinite(v)]
    norm = symmetric_norm(max(sizes, default=1.0))
    for axes, (_i, name, title) in zip(all_axes, scenario_list(lang, effects), strict=True):
        known = zip(codes, rates[name], clear[name] & np.isfinite(rates[name]), strict=True)
        values = {code: float(rate) for code, rate, is_known in known if is_known}
        drawn = filled_map(axes, run.places, values, norm)
        star(axes, run.places, effects.factory())
        axes.set_title(title)
    colour_scale(drawing, drawn, list(all_axes), lang, textwrap.fill(mapped.unit, LABEL))
    head(drawing, mapped.title)
    _ = lang.text
    key = _("Grey: no clear change over the replicates. ★: municipality of the establishment.")
    foot(drawing, f"{key}\n{note}")
    return drawing


def _table(
    lang: Language,
    effects: Effects,
    mapped: _Mapped,
    codes: list[str],
    names: dict[str, str],
    effect: dict[str, FloatArray],
    rates: dict[str, FloatArray],
) -> Table:
    _ = lang.text
    columns = (Column(_("municipality"), numeric=False), *(Column(terms.scenario(lang, n)) for n in effect))
    rows = tuple(
        (
            names[code],
            *(
                f"{lang.number(effect[n][k], signed=True, digits=0)}"
                f" ({lang.number(rates[n][k], signed=True, digits=1)})"
                for n in effect
            ),
        )
        for k, code in enumerate(codes)
    )
    caption = _("{title}, {month}: number, and in brackets {unit}").format(
        title=mapped.title, month=lang.month(effects.months[-1]), unit=mapped.unit
    )
    return Table(caption, columns, rows)
