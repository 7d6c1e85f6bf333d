"""Sensitivity analyses: which uncertain figures decide, how much is luck, and where the bad cases lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm import terms
from abm.errors import OmlandError
from abm.language import Language
from abm.parameters import PARAMETER
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GAIN, GREY, LOSS, colour, dash, figures_of, foot
from abm.report.run import Run
from abm.report.sections.common import cited, source
from abm.report.sections.risk import cautions, experiment_title
from abm.sensitivity.discovery import IS
from abm.sensitivity.indices import LEADING, ranking
from abm.sensitivity.points import BETWEEN
from abm.sensitivity.surrogate import trusted

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from abm.sensitivity import Box, SensitivityResult

SHOWN = 12
"""Inputs in a drawing; all of them are in the CSV file."""
LINES = 5
"""Inputs in the drawing of convergence."""


def _chosen(result: SensitivityResult) -> str:
    """The outcome that is told in full: the first that changes at all."""
    known = set(result.indices["outcome"])
    return next(str(name) for name in result.luck["outcome"] if name in known)


def _name(run: Run, lang: Language, outcome: str) -> str:
    """An outcome in words, with its scenario."""
    scenario, _between, text = outcome.rpartition(BETWEEN)
    words = terms.outcome(lang, text, run.places.names) if text.count(":") == 2 else text
    return f"{words} – {terms.scenario(lang, scenario)}" if scenario else words


def _quantity(lang: Language, outcome: str) -> str:
    """What an outcome counts."""
    return terms.recorded(lang, outcome.rpartition(BETWEEN)[2].split(":")[0])


def _heading(lang: Language, index: str) -> str:
    _ = lang.text
    return {
        "mu_star": _("mean absolute effect (μ*)"),
        "mu": _("mean effect (μ)"),
        "sigma": _("its spread (σ)"),
        "S1": _("by itself (first order)"),
        "ST": _("with all interactions (total)"),
    }.get(index, index)


def _input(name: str) -> str:
    return name.replace("_", " ")


def _figure_of(lang: Language, value: float) -> str:
    """A value of an input: three significant digits."""
    return lang.number(float(f"{value:.3g}"))


def sensitivity(run: Run, lang: Language) -> Section | None:
    """The answer of an analysis in words."""
    result, _ = run.sensitivity, lang.text
    if result is None:
        return None
    chosen, asked = _chosen(result), result.record["sensitivity"]
    method = str(asked["method"])
    order = ranking(result.indices[result.indices["outcome"] == chosen], method)
    name = _name(run, lang, chosen)
    lead = [
        _("What decides most, for {outcome}: {inputs}.").format(
            outcome=name, inputs=lang.listing([_input(n) for n in order[:3]])
        ),
        _luck_sentence(lang, result, chosen),
        corner(run, lang, result, chosen),
        *_agreement_sentence(lang, result, chosen),
    ]
    prose = [
        _(
            "Experiment: {title}. {points} points of {inputs} uncertain figures ({method}), {replicates} at each "
            "point, the same chance at all of them."
        ).format(
            title=experiment_title(run).rstrip("."),
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
    inputs = result.points[list(result.record["sensitivity"]["bounds"])]
    return corner_sentence(
        run, lang, inputs, result.points[outcome].to_numpy(dtype=np.float64), outcome.rpartition(BETWEEN)[2]
    )


def corner_sentence(run: Run, lang: Language, inputs: pd.DataFrame, value: np.ndarray, outcome: str) -> str:
    """The corner of the inputs in which the worst quarter of the cases gathers, in a sentence."""
    from abm.sensitivity.discovery import LEAVING, LOST, WORST, loss_or_effect, tell

    _ = lang.text
    quantity = outcome.split(":")[0]
    limit = float(np.quantile(loss_or_effect(quantity, value), 1 - WORST))
    try:
        box, _english = tell(inputs, value, outcome, limit)
    except OmlandError:
        return _("The bad cases lie in no corner that could be told.")
    name = terms.outcome(lang, outcome, run.places.names) if outcome.count(":") == 2 else outcome
    if quantity in LOST:
        text = _("{outcome}: a loss above {limit}")
    elif quantity in LEAVING:
        text = _("{outcome}: out-migration above {limit}")
    else:
        text = _("{outcome}: an effect above {limit}")
    what = text.format(outcome=name, limit=lang.number(limit, digits=0))
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
        if IS in name:
            scenario = terms.scenario(lang, name.partition(IS)[2], inline=True)
            text = _("the scenario is not {scenario}") if low is None else _("the scenario is {scenario}")
            said.append(text.format(scenario=scenario))
            continue
        if low is not None and high is not None:
            text = _("{input} is between {low} and {high}")
        elif low is not None:
            text = _("{input} is above {low}")
        else:
            text = _("{input} is below {high}")
        ends = {k: "" if v is None else _figure_of(lang, v) for k, v in (("low", low), ("high", high))}
        said.append(text.format(input=_input(name), **ends))
    return said


def _outcomes(run: Run, lang: Language, result: SensitivityResult, method: str) -> Table:
    """The three leading inputs and the share of luck of every outcome."""
    _ = lang.text
    rows = []
    known: dict[str, float] = {}
    if result.surrogate is not None:
        known = dict(zip(result.surrogate["outcome"], result.surrogate["q2"], strict=True))
    for row in result.luck.to_dict("records"):
        mine = result.indices[result.indices["outcome"] == row["outcome"]]
        leading = [_input(n) for n in ranking(mine, method)[:3]] if len(mine) else []
        luck = row["share_of_luck"]
        cells = [
            _name(run, lang, str(row["outcome"])),
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
        kind = _("parameter") if known else _("lever of the scenario")
        rows.append(
            (name, kind, f"{_figure_of(lang, low)} – {_figure_of(lang, high)}", known.unit if known else "")
        )
    columns = (
        Column(_("uncertain figure"), numeric=False),
        Column(_("kind"), numeric=False),
        Column(_("range")),
        Column(_("unit"), numeric=False),
    )
    return Table(_("The uncertain figures"), columns, tuple(rows))


# --- figures --------------------------------------------------------------------------------------


def decisive(run: Run, lang: Language) -> Section | None:
    """Indices, tornado, convergence, response surface and luck, of one outcome."""
    result, _ = run.sensitivity, lang.text
    if result is None:
        return None
    chosen = _chosen(result)
    figures = (
        _indices(run, lang, result, chosen),
        _tornado(run, lang, result, chosen),
        *_surfaces(run, lang, result, chosen),
        _convergence(run, lang, result, chosen),
        *_luck(run, lang, result),
    )
    prose = _(
        "All figures are of {outcome}, except the last. An index whose line crosses zero, or that still moves as "
        "the design grows, is not known yet: a larger size tells more."
    ).format(outcome=_name(run, lang, chosen))
    return Section("decisive", _("What decides, and how surely"), prose=(prose,), figures=figures)


def _mine(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return table[table["outcome"] == outcome].drop(columns="outcome").reset_index(drop=True)


def _indices(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> Figure:
    _ = lang.text
    method = str(result.record["sensitivity"]["method"])
    table = _mine(result.indices, outcome)
    order = ranking(table, method)
    kinds = ("mu_star",) if method == "morris" else ("S1", "ST")
    said = source(run, lang)
    unit = (
        _("{quantity}, mean absolute effect of going through the whole range").format(
            quantity=_quantity(lang, outcome)
        )
        if method == "morris"
        else _("share of the variance")
    )
    digits = 0 if method == "morris" else 2
    caption = _("Bar: the index; line: its 95 % interval by the bootstrap.")
    if method == "surrogate":
        caption += " " + _(
            "Indices of the surrogate; the interval holds the error that comes from fitting it to these points."
        )
    cell = {(r["input"], r["index"]): r for r in table.to_dict("records")}

    def shown(name: str, kind: str) -> str:
        row = cell[name, kind]
        ends = lang.interval(row["low"], row["high"], digits=digits)
        return lang.number(row["value"], digits=digits) + (f" ({ends})" if ends else "")

    listed = "; ".join(
        f"{_input(n)}: " + ", ".join(f"{_heading(lang, k)} {shown(n, k)}" for k in kinds) for n in order
    )
    every = list(dict.fromkeys(table["index"]))
    return Figure(
        name="sensitivity_indices",
        title=_("Which uncertain figures matter"),
        unit=unit,
        source=said,
        alt=_("Bars by falling importance, with 95 % intervals. {listed}.").format(listed=listed),
        caption=caption,
        data=table,
        draw=lambda: _draw_indices(lang, cell, order[:SHOWN], kinds, unit, cited(lang, said)),
        table=Table(
            _("Indices, with 95 % intervals"),
            (Column(_("uncertain figure"), numeric=False), *(Column(_heading(lang, k)) for k in every)),
            tuple((_input(n), *(shown(n, k) for k in every)) for n in order),
        ),
    )


def _draw_indices(
    lang: Language,
    cell: dict[tuple[Any, Any], dict[Any, Any]],
    order: list[str],
    kinds: tuple[str, ...],
    unit: str,
    note: str,
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(8.4, 1.6 + 0.36 * len(order) * (1 if len(kinds) == 1 else 1.4)))
    axes = drawing.subplots()
    y, height = np.arange(len(order)), 0.7 / len(kinds)
    for j, kind in enumerate(kinds):
        at = y + (j - (len(kinds) - 1) / 2) * height
        rows = [cell[name, kind] for name in order]
        axes.barh(
            at, [r["value"] for r in rows], height * 0.92, color=colour(j), hatch="" if j == 0 else "///",
            edgecolor="white", linewidth=0, label=_heading(lang, kind),
        )  # fmt: skip
        axes.hlines(at, [r["low"] for r in rows], [r["high"] for r in rows], color="black", linewidth=1.4)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(y, [_input(n) for n in order])
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang)
    if len(kinds) > 1:
        drawing.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing


def _tornado(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> Figure:
    _ = lang.text
    table = _mine(result.tornado, outcome)
    middle = float(result.points[outcome].mean())
    said = source(run, lang)
    unit = _("{quantity}, difference from the baseline").format(quantity=_quantity(lang, outcome))
    listed = "; ".join(
        _("{input}: {low} at its lowest, {high} at its highest").format(
            input=_input(r["input"]),
            low=lang.number(r["at_low"], signed=True, digits=0),
            high=lang.number(r["at_high"], signed=True, digits=0),
        )
        for r in table.to_dict("records")
    )

    def ends(value: float, error: float) -> str:
        return lang.number(value, signed=True, digits=0) + (
            "" if np.isnan(error) else f" ± {lang.number(error, digits=0)}"
        )

    rows = tuple(
        (
            _input(r["input"]),
            f"≤ {_figure_of(lang, r['low_until'])}",
            ends(r["at_low"], r["at_low_error"]),
            f"≥ {_figure_of(lang, r['high_from'])}",
            ends(r["at_high"], r["at_high_error"]),
        )
        for r in table.to_dict("records")
    )
    columns = (
        Column(_("uncertain figure"), numeric=False),
        Column(_("lowest")),
        Column(_("mean effect there")),
        Column(_("highest")),
        Column(_("mean effect there")),
    )
    return Figure(
        name="sensitivity_tornado",
        title=_("The outcome where each figure is lowest and highest"),
        unit=unit,
        source=said,
        alt=_("Tornado around a mean of {mean}, {unit}. {listed}.").format(
            mean=lang.number(middle, signed=True, digits=0), unit=unit, listed=listed
        ),
        caption=_(
            "Mean of the points where the figure is in the lowest (hollow) or highest (filled) part of its range, over "
            "all that the others may be; thin lines: two standard errors."
        ),
        data=table,
        draw=lambda: _draw_tornado(lang, table.head(SHOWN), middle, unit, cited(lang, said)),
        table=Table(f"{unit}; ± " + _("one standard error"), columns, rows),
    )


def _draw_tornado(lang: Language, table: pd.DataFrame, middle: float, unit: str, note: str) -> Drawing:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.patches import Patch

    _ = lang.text
    drawing = Drawing(figsize=(8.4, 1.9 + 0.42 * len(table)))
    axes = drawing.subplots()
    y = np.arange(len(table))
    for end, shift in (("low", -0.19), ("high", 0.19)):
        value = table[f"at_{end}"].to_numpy()
        error = 2 * table[f"at_{end}_error"].to_numpy()
        low = end == "low"
        axes.barh(
            y + shift, value - middle, 0.36, left=middle, linewidth=1.0,
            color="white" if low else GAIN, edgecolor=LOSS if low else GAIN, hatch="////" if low else "",
        )  # fmt: skip
        axes.hlines(y + shift, value - error, value + error, color="black", linewidth=1.0)
    axes.axvline(middle, color=DARK, linewidth=1.0)
    axes.set_yticks(y, [_input(n) for n in table["input"]])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang, signed=True)
    handles = [
        Patch(facecolor="white", edgecolor=LOSS, hatch="////", label=_("figure at its lowest")),
        Patch(facecolor=GAIN, label=_("figure at its highest")),
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    key = _("Upright line: mean of all points, {mean}.").format(
        mean=lang.number(middle, signed=True, digits=0)
    )
    foot(drawing, f"{key}\n{note}")
    return drawing


def _surfaces(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> list[Figure]:
    """A response surface for every two of the leading inputs."""
    table = _mine(result.surface, outcome)
    pairs = [part.reset_index(drop=True) for _pair, part in table.groupby(["input_1", "input_2"], sort=False)]
    return [_surface(run, lang, part, outcome, i) for i, part in enumerate(pairs)]


def _surface(run: Run, lang: Language, table: pd.DataFrame, outcome: str, number: int) -> Figure:
    _ = lang.text
    first, second = str(table["input_1"].iloc[0]), str(table["input_2"].iloc[0])
    said = source(run, lang)
    unit = _("{quantity}, difference from the baseline").format(quantity=_quantity(lang, outcome))
    known = table[table["mean"].notna()]
    lowest, highest = (
        dict(known.iloc[int(known["mean"].argmin())]),
        dict(known.iloc[int(known["mean"].argmax())]),
    )

    def where(row: dict[Any, Any]) -> str:
        return _("{value} where {first} is {a} and {second} is {b}").format(
            value=lang.number(row["mean"], signed=True, digits=0),
            first=_input(first),
            a=f"{_figure_of(lang, row['low_1'])}–{_figure_of(lang, row['high_1'])}",
            second=_input(second),
            b=f"{_figure_of(lang, row['low_2'])}–{_figure_of(lang, row['high_2'])}",
        )

    return Figure(
        name="sensitivity_surface" + (f"_{number + 1}" if number else ""),
        title=(
            _("Two that matter, together: {first} and {second}")
            if number
            else _("The two that matter most, together: {first} and {second}")
        ).format(first=_input(first), second=_input(second)),
        unit=unit,
        source=said,
        alt=_("Coloured cells of {first} and {second}, {unit}. Lowest: {lowest}. Highest: {highest}.").format(
            first=_input(first), second=_input(second), unit=unit, lowest=where(lowest), highest=where(highest)
        ),
        caption=_("Mean of the points in each cell, over all that the others may be; in brackets how many points."),
        data=table,
        draw=lambda: _draw_surface(lang, table, _input(first), _input(second), unit, cited(lang, said)),
    )  # fmt: skip


def _draw_surface(
    lang: Language, table: pd.DataFrame, first: str, second: str, unit: str, note: str
) -> Drawing:
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure as Drawing

    xs, ys = (sorted(set(table[f"low_{k}"])) for k in (1, 2))
    values = np.full((len(ys), len(xs)), np.nan)
    counts = np.zeros_like(values)
    for row in table.to_dict("records"):
        at = ys.index(row["low_2"]), xs.index(row["low_1"])
        values[at], counts[at] = row["mean"], row["n"]
    limit = max(float(np.nanmax(np.abs(values))), 1.0)
    drawing = Drawing(figsize=(7.6, 1.6 + 0.72 * len(ys)))
    axes = drawing.subplots()
    shown = axes.imshow(
        values, cmap="PuOr", norm=TwoSlopeNorm(0.0, -limit, limit), aspect="auto", origin="lower", alpha=0.85
    )
    for r, c in np.ndindex(values.shape):
        value = float(values[r, c])
        if np.isnan(value):
            axes.text(c, r, "–", ha="center", va="center", color=GREY)
            continue
        text = f"{lang.number(value, signed=True, digits=0)}\n({lang.number(float(counts[r, c]), digits=0)})"
        strong = abs(value) > 0.55 * limit
        axes.text(c, r, text, ha="center", va="center", fontsize=8.5, color="white" if strong else "black")
    for set_ticks, name, lows in ((axes.set_xticks, "1", xs), (axes.set_yticks, "2", ys)):
        edges = [*lows, float(table[f"high_{name}"].max())]
        set_ticks(np.arange(len(edges)) - 0.5, [_figure_of(lang, e) for e in edges])
    axes.set_xlabel(first)
    axes.set_ylabel(second)
    bar = drawing.colorbar(shown, ax=axes, shrink=0.9)
    bar.set_label(unit, fontsize=8.5)
    figures_of(bar.ax.yaxis, lang, signed=True)
    foot(drawing, note)
    return drawing


def _convergence(run: Run, lang: Language, result: SensitivityResult, outcome: str) -> Figure:
    _ = lang.text
    method = str(result.record["sensitivity"]["method"])
    table = _mine(result.convergence, outcome)
    order = ranking(_mine(result.indices, outcome), method)
    said, index = source(run, lang), _heading(lang, LEADING[method])
    sizes = sorted(set(table["size"]))
    digits = 0 if method == "morris" else 2
    listed = []
    for name in order[:LINES]:
        mine = table[table["input"] == name].sort_values("size")
        cells = (
            f"{lang.number(r['size'], digits=0)}: {lang.number(r['value'], digits=digits)}"
            for r in mine.to_dict("records")
        )
        listed.append(f"{_input(name)} {', '.join(cells)}")
    return Figure(
        name="sensitivity_convergence",
        title=_("Whether the design is large enough"),
        unit=index,
        source=said,
        alt=_("Lines of the leading index by size of the design ({sizes}). {listed}.").format(
            sizes=lang.listing([lang.number(s, digits=0) for s in sizes]), listed="; ".join(listed)
        ),
        caption=_(
            "The index from an eighth, a quarter, half and all of the design; bars: 95 % intervals, which may reach "
            "beyond the drawing for the smallest designs."
        ),
        data=table,
        draw=lambda: _draw_convergence(lang, table, order[:LINES], index, cited(lang, said)),
    )


def _draw_convergence(
    lang: Language, table: pd.DataFrame, order: list[str], index: str, note: str
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    _ = lang.text
    drawing = Drawing(figsize=(8.4, 3.9))
    axes = drawing.subplots()
    sizes = sorted(set(table["size"]))
    for i, name in enumerate(order):
        mine = table[table["input"] == name].sort_values("size")
        x = np.array([sizes.index(s) for s in mine["size"]]) + (i - (len(order) - 1) / 2) * 0.07
        value = mine["value"].to_numpy()
        axes.vlines(x, mine["low"], mine["high"], color=colour(i), linewidth=1.4, alpha=0.8)
        axes.plot(x, value, linestyle=dash(i), color=colour(i), marker="o", markersize=4, label=_input(name))
    axes.axhline(0, color=GREY, linewidth=0.8)
    # The smallest designs may have intervals that dwarf all else: the axis is that of the whole design.
    whole = table[(table["size"] == sizes[-1]) & table["input"].isin(order)]
    ends = np.array([*whole[["low", "high", "value"]].to_numpy().ravel(), 0.0])
    slack = 0.35 * float(np.nanmax(ends) - np.nanmin(ends))
    axes.set_ylim(float(np.nanmin(ends)) - slack, float(np.nanmax(ends)) + slack)
    axes.set_xticks(range(len(sizes)), [lang.number(s, digits=0) for s in sizes])
    axes.set_xlim(-0.4, len(sizes) - 0.6)
    axes.set_xlabel(_("size of the design"))
    axes.set_ylabel(index)
    figures_of(axes.yaxis, lang)
    drawing.legend(loc="outside right upper", frameon=False, fontsize=9)
    foot(drawing, note)
    return drawing


def _luck(run: Run, lang: Language, result: SensitivityResult) -> tuple[Figure, ...]:
    """Shares of the variance by outcome; nothing where no outcome has them."""
    _ = lang.text
    table = result.luck[result.luck["share_of_luck"].notna()].reset_index(drop=True)
    if not len(table):
        return ()
    labels = {
        "share_of_inputs": _("uncertain figures"),
        "share_of_common_luck": _("luck, the same at every point"),
        "share_of_other_luck": _("luck, different from point to point"),
    }
    names = [_name(run, lang, str(o)) for o in table["outcome"]]
    said, unit = source(run, lang), _("per cent of the variance of a single replicate")
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{label} {lang.percent(row[k])}" for k, label in labels.items())
        for name, row in zip(names, table.to_dict("records"), strict=True)
    )
    return (
        Figure(
            name="sensitivity_luck",
            title=_("How much is luck"),
            unit=unit,
            source=said,
            alt=_("Stacked bars by outcome, {unit}. {listed}.").format(unit=unit, listed=listed),
            caption=_(
                "Luck that is the same at every point does not reach the indices: all points have the same chance."
            ),
            data=table,
            draw=lambda: _draw_luck(lang, table, names, labels, unit, cited(lang, said)),
        ),
    )  # fmt: skip


def _draw_luck(
    lang: Language, table: pd.DataFrame, names: list[str], labels: dict[str, str], unit: str, note: str
) -> Drawing:
    import textwrap

    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(8.8, 1.7 + 0.5 * len(table)))
    axes = drawing.subplots()
    y, left = np.arange(len(table)), np.zeros(len(table))
    for (key, label), fill, hatch in zip(
        labels.items(), (GAIN, "#BBBBBB", "white"), ("", "", "////"), strict=True
    ):
        value = 100 * table[key].to_numpy()
        axes.barh(
            y, value, 0.6, left=left, color=fill, hatch=hatch, edgecolor=DARK, linewidth=0.6, label=label
        )
        left += value
    axes.set_yticks(y, [textwrap.fill(n, 34) for n in names], fontsize=8.5)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel(unit)
    figures_of(axes.xaxis, lang)
    drawing.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8.5)
    foot(drawing, note)
    return drawing
