"""The supplier network: who orders from whom, and the jobs that it brings by municipality and branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from abm import terms
from abm.effects.orders import ESTABLISHMENTS
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, DIVERGING, GAIN, LOSS, PALETTE, foot, ink
from abm.report.effects import Effects, FloatArray
from abm.report.maps import plain_map, star
from abm.report.run import Run
from abm.report.sections.common import cited, scenario_list, source
from abm.report.sections.study_table import file_name
from abm.schema import SECTORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

NAMED = 5
"""Suppliers, and orders between others, that the text alternative names."""
LABELLED = 3
"""Suppliers that are named on the map, beside the place of the factory."""
SHOWN = 8
"""Municipalities in the chart of suppliers."""
NODE = 420.0
"""Area in square points of the largest circle."""
WIDEST, LEAST_WIDTH = 8.0, 0.35
"""Width in points of the lines of the largest and the smallest orders."""
LINES = 40
"""Lines in a panel, at most; all orders are in the CSV file."""
LEAST_JOBS = 1.0
"""Orders for fewer jobs are not drawn."""
ONWARD = PALETTE[3]
"""Colour of the orders that are not the factory's own."""


class _Order(NamedTuple):
    """Orders from one municipality to another.

    Attributes:
        buyer: code of the municipality, that of the factory for its own orders.
        supplier: code of the municipality.
        jobs: effect on the jobs that they ask for.
        own: whether they are the factory's.
    """

    buyer: str
    supplier: str
    jobs: float
    own: bool


def suppliers(run: Run, lang: Language) -> Section | None:
    """The network of orders, and the jobs they bring by municipality and by branch."""
    effects, _ = run.effects, lang.text
    if effects is None or "jobs_from_orders" not in effects:
        return None
    jobs = {n: effects.by_sector(n, "jobs_from_orders").mean(axis=0) for n in effects.scenarios}
    prose = _(
        "What deliveries bring: jobs that orders from the establishment and from its suppliers ask for. These are the "
        "indirect jobs in the narrow sense. Whether they are filled is another matter: see the multiplier above."
    )
    branches = [
        _branch_figure(run, lang, effects, i, name, jobs[name])
        for i, name, _t in scenario_list(lang, effects)
    ]
    figures = (_network(run, lang, effects, jobs), *branches)
    return Section("suppliers", _("The supplier network"), prose=(prose,), figures=figures)


# --- the network ----------------------------------------------------------------------------------


def _orders(run: Run, effects: Effects) -> dict[str, list[_Order]]:
    """Orders between municipalities by scenario, the largest first; none if the run did not keep them."""
    table, factory = run.orders, effects.factory()
    if table is None or factory is None:
        return {name: [] for name in effects.scenarios}
    known = run.places.seats
    out: dict[str, list[_Order]] = {name: [] for name in effects.scenarios}
    for row in table.to_dict(orient="records"):
        scenario, buyer, supplier = str(row["scenario"]), str(row["buyer"]), str(row["supplier"])
        own = buyer == ESTABLISHMENTS
        buyer = factory if own else buyer
        if scenario in out and buyer in known and supplier in known:
            out[scenario].append(_Order(buyer, supplier, float(row["effect"]), own))
    return {name: sorted(listed, key=lambda o: -abs(o.jobs)) for name, listed in out.items()}


def _network(run: Run, lang: Language, effects: Effects, jobs: dict[str, FloatArray]) -> Figure:
    _ = lang.text
    names = run.places.names
    totals = {name: values.sum(axis=1) for name, values in jobs.items()}
    orders = _orders(run, effects)
    said = source(run, lang, with_map=True)
    unit = _("jobs from orders, difference from the baseline in {month}").format(
        month=lang.month(effects.months[-1])
    )
    return Figure(
        name="suppliers_map",
        title=_("Who supplies whom: jobs from orders, by municipality of buyer and supplier"),
        unit=unit,
        source=said,
        alt=_(
            "Map with circles and lines, one panel for each scenario. Circles are the jobs from orders of a "
            "municipality, lines the orders between two; {unit}. {listed}."
        ).format(
            unit=unit, listed=". ".join(_told(lang, effects, n, totals[n], orders[n], names) for n in totals)
        ),
        caption=_(
            "A line leads from the municipality that orders to the one that supplies. "
            "Blue lines are orders of the establishment itself, purple ones those of other firms; dashed "
            "orange ones have become fewer. The {n} largest in each panel are drawn, orders within a "
            "municipality are only in its circle, and all of them are in the CSV file."
        ).format(n=LINES),
        data=_network_data(effects, totals, orders, names),
        draw=lambda: _draw_network(run, lang, effects, totals, orders, cited(lang, said)),
        table=_network_table(lang, effects, totals, names, unit),
    )


def _told(
    lang: Language,
    effects: Effects,
    name: str,
    totals: FloatArray,
    orders: list[_Order],
    names: dict[str, str],
) -> str:
    """One scenario in words: its largest suppliers, and the largest orders among the other firms."""
    _ = lang.text
    largest = [k for k in np.argsort(-np.abs(totals), kind="stable") if effects.zones[k] in names][:NAMED]
    text = _("{scenario}: {total} in all, the largest in {flows}").format(
        scenario=terms.scenario(lang, name),
        total=lang.number(float(totals.sum()), signed=True, digits=0),
        flows=", ".join(
            f"{names[effects.zones[k]]} {lang.number(totals[k], signed=True, digits=0)}" for k in largest
        ),
    )
    onward = [o for o in orders if not o.own and o.buyer != o.supplier and abs(o.jobs) >= LEAST_JOBS][:NAMED]
    if onward:
        text += _("; the largest orders of other firms lead from {flows}").format(
            flows=", ".join(
                _("{buyer} to {supplier} {jobs}").format(
                    buyer=names[o.buyer],
                    supplier=names[o.supplier],
                    jobs=lang.number(o.jobs, signed=True, digits=0),
                )
                for o in onward
            )
        )
    return text


def _network_data(
    effects: Effects, totals: dict[str, FloatArray], orders: dict[str, list[_Order]], names: dict[str, str]
) -> pd.DataFrame:
    """Circles and lines in one table: a circle has no buyer."""
    columns = ("what", "scenario", "buyer", "buyer_name", "supplier", "supplier_name", "effect")
    rows: list[tuple[object, ...]] = [
        ("all orders", name, "", "", code, names[code], totals[name][k])
        for name in totals
        for k, code in enumerate(effects.zones)
        if code in names
    ]
    rows += [
        ("of the establishment" if o.own else "of other firms", name, o.buyer, names[o.buyer], o.supplier,
         names[o.supplier], o.jobs)
        for name, listed in orders.items()
        for o in listed
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def _network_table(
    lang: Language, effects: Effects, totals: dict[str, FloatArray], names: dict[str, str], unit: str
) -> Table:
    _ = lang.text
    return Table(
        _("Jobs from orders by municipality: {unit}").format(unit=unit),
        (Column(_("municipality"), numeric=False), *(Column(terms.scenario(lang, n)) for n in totals)),
        tuple(
            (names[code], *(lang.number(values[k], signed=True, digits=0) for values in totals.values()))
            for k, code in enumerate(effects.zones)
            if code in names
        ),
    )


def _draw_network(
    run: Run,
    lang: Language,
    effects: Effects,
    totals: dict[str, FloatArray],
    orders: dict[str, list[_Order]],
    note: str,
) -> Drawing:
    from matplotlib.figure import Figure as Drawing

    panels = len(totals)
    drawing = Drawing(figsize=(3.0 * panels, 5.2))
    all_axes = drawing.subplots(1, panels, squeeze=False)[0]
    most = max(float(np.abs(v).max()) for v in totals.values()) or 1.0
    lines = {name: _drawn(listed) for name, listed in orders.items()}
    widest = max((abs(o.jobs) for listed in lines.values() for o in listed), default=0.0)
    for axes, (_i, name, title) in zip(all_axes, scenario_list(lang, effects), strict=True):
        plain_map(axes, run.places)
        for order in lines[name]:
            _line(axes, run, order, widest)
        for k in np.argsort(-np.abs(totals[name]), kind="stable"):
            code, value = effects.zones[k], float(totals[name][k])
            if code in run.places.seats and abs(value) >= LEAST_JOBS:
                _circle(axes, run.places.seats[code], value, most)
        _names(axes, run, effects, totals[name])
        star(axes, run.places, effects.factory())
        axes.set_title(title)
    _legend(drawing, lang, most, widest, any(o.jobs < 0 for listed in lines.values() for o in listed))
    foot(drawing, note)
    return drawing


def _drawn(orders: list[_Order]) -> list[_Order]:
    """The orders that become lines, the largest first."""
    return [o for o in orders if o.buyer != o.supplier and abs(o.jobs) >= LEAST_JOBS][:LINES]


def _width(jobs: float, widest: float) -> float:
    return max(LEAST_WIDTH, WIDEST * abs(jobs) / widest)


def _line(axes: Axes, run: Run, order: _Order, widest: float) -> None:
    """A line from buyer to supplier; those of other firms are bent, so that both directions show."""
    from matplotlib.patches import FancyArrowPatch

    more = order.jobs > 0
    axes.add_patch(
        FancyArrowPatch(
            tuple(run.places.seats[order.buyer]),
            tuple(run.places.seats[order.supplier]),
            connectionstyle="arc3,rad=0" if order.own else "arc3,rad=0.22",
            arrowstyle="-",
            shrinkA=0,
            shrinkB=0,
            color=(GAIN if order.own else ONWARD) if more else LOSS,
            linestyle="-" if more else (0, (3, 1.5)),
            linewidth=_width(order.jobs, widest),
            alpha=0.6,
            zorder=3,
            capstyle="butt",
        )
    )


def _circle(axes: Axes, seat: FloatArray, jobs: float, most: float) -> None:
    more, (x, y) = jobs > 0, seat
    axes.scatter(
        x,
        y,
        s=NODE * abs(jobs) / most,
        facecolor=DARK if more else "white",
        edgecolor="white" if more else LOSS,
        alpha=0.8 if more else 1.0,
        linewidth=0.6 if more else 1.2,
        zorder=4,
    )


def _names(axes: Axes, run: Run, effects: Effects, totals: FloatArray) -> None:
    """Names of the largest suppliers, on the side of the land; the factory's is told by its star."""
    order = [k for k in np.argsort(-np.abs(totals), kind="stable") if effects.zones[k] in run.places.seats]
    for code in [effects.zones[k] for k in order if effects.zones[k] != effects.factory()][:LABELLED]:
        axes.annotate(
            run.places.names[code],
            tuple(run.places.seats[code]),
            xytext=(-13, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7.5,
            zorder=6,
            bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6},
        )


def _round(value: float) -> float:
    """The largest of 1, 2, 5, 10 … that is not above a figure."""
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    return max(float(m * power) for m in (1, 2, 5) if m * power <= max(value, 1.0))


def _legend(drawing: Drawing, lang: Language, most: float, widest: float, fewer: bool) -> None:
    """What circles and lines mean, with round figures and their unit."""
    from matplotlib.lines import Line2D

    _ = lang.text
    jobs = _("{n} jobs")

    def shown(n: float) -> str:
        return jobs.format(n=lang.number(n, digits=0))

    handles = [
        Line2D([], [], linestyle="", marker="o", color=DARK, alpha=0.8, markeredgecolor="white",
               markersize=float(np.sqrt(NODE * n / most)), label=_("at suppliers: {jobs}").format(jobs=shown(n)))
        for n in (_round(most), _round(most / 10))
    ]  # fmt: skip
    if widest:
        kinds = ((GAIN, _("ordered by the establishment: {jobs}")), (ONWARD, _("by other firms: {jobs}")))
        handles += [
            Line2D(
                [], [], color=colour, alpha=0.6, linewidth=_width(n, widest), label=text.format(jobs=shown(n))
            )
            for n, (colour, text) in zip((_round(widest), _round(widest / 10)), kinds, strict=True)
        ]
    if fewer:
        handles.append(Line2D([], [], color=LOSS, linestyle=(0, (3, 1.5)), linewidth=1.5, label=_("fewer")))
    drawing.legend(
        handles=handles, loc="outside upper center", ncols=2 + fewer, frameon=False, fontsize=8.5,
        handlelength=2.6, labelspacing=1.0,
    )  # fmt: skip


# --- by branch ------------------------------------------------------------------------------------


def _branch_figure(
    run: Run, lang: Language, effects: Effects, i: int, name: str, orders: FloatArray
) -> Figure:
    """Jobs from orders by municipality and branch, for one scenario."""
    _ = lang.text
    member = np.array([[s.branch == b for b in terms.BRANCH_CODES] for s in SECTORS], dtype=float)
    by_branch = orders @ member
    totals = by_branch.sum(axis=1)
    municipal = np.flatnonzero(effects.municipal)
    top = sorted(municipal, key=lambda k: (-abs(totals[k]), k))[:SHOWN]
    names = run.places.names
    said = source(run, lang)
    unit = _("jobs from orders, difference from the baseline in {month}").format(
        month=lang.month(effects.months[-1])
    )
    data = pd.DataFrame(
        [
            {
                "municipality": effects.zones[k],
                "name": names[effects.zones[k]],
                "branch": b,
                "effect": by_branch[k, j],
            }
            for k in municipal
            for j, b in enumerate(terms.BRANCH_CODES)
        ]
    )
    largest = sorted(
        ((by_branch[k, j], k, j) for k in top for j in range(len(terms.BRANCH_CODES))), reverse=True
    )
    listed = ", ".join(
        f"{names[effects.zones[k]]}, {terms.branch(lang, terms.BRANCH_CODES[j])}: "
        f"{lang.number(value, signed=True, digits=0)}"
        for value, k, j in largest[:NAMED]
    )
    title = terms.scenario(lang, name)
    columns = (
        Column(_("municipality"), numeric=False),
        *(Column(terms.branch(lang, b)) for b in terms.BRANCH_CODES),
        Column(_("all")),
    )
    rows = tuple(
        (
            names[effects.zones[k]],
            *(lang.number(v, signed=True, digits=0) for v in by_branch[k]),
            lang.number(totals[k], signed=True, digits=0),
        )
        for k in top
    )
    return Figure(
        name=f"suppliers_{file_name(name, i)}",
        title=_("{scenario}: jobs from orders by municipality and branch").format(scenario=title),
        unit=unit,
        source=said,
        alt=_(
            "Table of coloured cells for the {n} municipalities with the largest effects; {unit}. Largest: {listed}."
        ).format(n=len(top), unit=unit, listed=listed),
        caption=_("The municipalities with the largest effects; all of them are in the CSV file."),
        data=data,
        draw=lambda: _draw_branches(
            lang, [names[effects.zones[k]] for k in top], by_branch[top], cited(lang, said)
        ),
        table=Table(f"{title}: {unit}", columns, rows),
    )


def _draw_branches(lang: Language, rows: list[str], values: FloatArray, note: str) -> Drawing:
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(9.6, 1.7 + 0.34 * len(rows)))
    axes = drawing.subplots()
    limit = max(float(np.abs(values).max()), 1.0)
    shown = axes.imshow(values, cmap=DIVERGING, norm=TwoSlopeNorm(0.0, -limit, limit), aspect="auto")
    for (r, c), value in np.ndenumerate(values):
        text = lang.number(value, signed=True, digits=0)
        on = ink(shown.to_rgba(np.array(value)))
        axes.text(c, r, text, ha="center", va="center", fontsize=8.5, color=on)
    axes.set_xticks(
        range(len(terms.BRANCH_CODES)),
        [terms.branch(lang, b).replace(", ", ",\n").replace(" ", "\n", 1) for b in terms.BRANCH_CODES],
        fontsize=7.8,
    )
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    foot(drawing, note)
    return drawing
