"""Who leaves: those who move away by age, education and household."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm import terms
from abm.cautions import spread_label
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.drawing import DARK, GREY, colour, figures_of, foot, mark, panels
from abm.report.effects import LEAVERS, FloatArray, Spread, clear, ends, spread
from abm.report.run import Run
from abm.report.sections.common import bar_of, between, cited, county_name, focus, mean_of, source

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

PREFIX = "out_migrants_"
OPPOSITE = 0.1
"""Shares are told unless a group changes the other way by more than this share of the whole change."""
FROM_ZERO = 3.0
"""Standard deviations over the replicates by which a total must differ from zero to be divided among groups.

Nearer, the total of some replicates is a few persons, and a share of a few persons can be anything. At three
the totals of nine in ten replicates lie between half and one and a half times their mean.
"""
SHARES = (-5.0, 105.0)
"""Limits of the axis of shares: whole marks at 0 and 100."""
GAP = 0.7
"""Distance between the groups of one trait and those of the next, in bars."""


@dataclass(frozen=True)
class Leavers:
    """Those who move out of the municipalities of a county, summed over the run, by group.

    Attributes:
        county: the county.
        period: first and last year or month, in words.
        baseline: in the baseline, mean of the replicates, by group.
        effect: effects by scenario and group, float64[replicates].
    """

    county: str
    period: str
    baseline: Mapping[str, float]
    effect: Mapping[str, Mapping[str, FloatArray]]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, those of a trait together."""
        return tuple(self.baseline)

    def trait(self, group: str) -> tuple[str, ...]:
        """All groups that are told apart by the same trait as one."""
        return tuple(g for g in self.groups if g.split("_")[0] == group.split("_")[0])

    def usual(self, group: str) -> float:
        """Share of all leavers in the baseline; NaN without any."""
        total = sum(self.baseline[g] for g in self.trait(group))
        return self.baseline[group] / total if total > 0 else np.nan

    def total(self, scenario: str, group: str) -> FloatArray:
        """Effect on all leavers of whom the trait is known, float64[replicates]."""
        return np.asarray(np.sum([self.effect[scenario][g] for g in self.trait(group)], axis=0))

    def clear(self, scenario: str, group: str) -> bool:
        """Whether the number of leavers changes clearly: nine in ten replicates on one side of zero."""
        return bool(clear(self.total(scenario, group)))

    def ends(self, lang: Language) -> str:
        """What the two ends of a spread are, see :func:`~abm.report.sections.common.spread_of`."""
        return spread_label(lang, len(next(iter(next(iter(self.effect.values())).values()))))

    def divisible(self, scenario: str, group: str) -> bool:
        """Whether the change in leavers is far enough from zero to say who they are, see :data:`FROM_ZERO`."""
        total = self.total(scenario, group)
        return len(total) > 1 and abs(total.mean()) >= max(FROM_ZERO * total.std(ddof=1), 1.0)

    def share(self, scenario: str, group: str) -> Spread:
        """Share of the change in leavers; NaN where that is near zero, or groups change in opposite ways.

        A group that changes the other way by little has no share, so the shares of a trait lie between zero
        and one and add up to one, those of the means as those of each replicate.
        """
        total = float(self.total(scenario, group).mean())
        parts = np.array([self.effect[scenario][g] for g in self.trait(group)])  # [groups, replicates]
        means = parts.mean(axis=1)
        if not self.divisible(scenario, group) or (means / total).min() < -OPPOSITE:
            return Spread(np.nan, np.nan, np.nan)
        mine = self.trait(group).index(group)
        same, same_means = np.maximum(parts * np.sign(total), 0.0), np.maximum(means * np.sign(total), 0.0)
        told = same.sum(axis=0) > 0
        low, high = ends(same[mine, told] / same[:, told].sum(axis=0))
        return Spread(float(same_means[mine] / same_means.sum()), float(low), float(high))


def leavers(run: Run, lang: Language) -> Section | None:
    """Who leaves in the scenarios of a study; None if the run did not record it."""
    effects, _ = run.effects, lang.text
    if effects is None:
        return None
    recorded = [q for q in LEAVERS if q in effects]
    if not recorded:
        return None
    home = focus(effects)
    inside = effects.inside(home)
    found = Leavers(
        county=home,
        period=_("{first} to {last}").format(
            first=lang.month(effects.months[0]), last=lang.month(effects.months[-1])
        ),
        baseline={
            q.removeprefix(PREFIX): float(effects.baseline(q)[:, inside].sum()) for q in recorded
        },
        effect={
            name: {q.removeprefix(PREFIX): effects.county(name, q, home).sum(axis=1) for q in recorded}
            for name in effects.scenarios
        },
    )  # fmt: skip
    return section(run, lang, found)


def section(run: Run, lang: Language, found: Leavers) -> Section:
    """The section on who leaves, from whatever kind of run."""
    _ = lang.text
    county = county_name(run, found.county)
    lead = tuple(_sentence(lang, found, name) for name in found.effect)
    prose = _(
        "Who moves out of a municipality of {county}, also to another one of the county, sums over {period}. The "
        "first figure tells how many more or fewer leave than without the establishment; the second who those are, "
        "beside those who leave anyway. Education is told of adults only."
    ).format(county=county, period=found.period)
    return Section(
        "leavers",
        _("Who leaves"),
        lead=lead,
        prose=(prose,),
        figures=(_effect_figure(run, lang, found), _share_figure(run, lang, found)),
    )


def _sentence(lang: Language, found: Leavers, name: str) -> str:
    """Change in all leavers, and the group of each trait whose share is furthest above the usual one."""
    _ = lang.text
    first = found.groups[0]
    total = spread(found.total(name, first))
    title = terms.scenario(lang, name)
    many = between(lang, total, signed=True, digits=0)
    if not found.clear(name, first):
        return _("{scenario}: no clear change in the number of those who move out ({mean}; {ends}).").format(
            scenario=title,
            mean=lang.number(total.mean, signed=True, digits=0),
            ends=lang.interval(total.low, total.high, digits=0),
        )
    most = []
    for groups in dict.fromkeys(found.trait(g) for g in found.groups):
        above = {g: found.share(name, g).mean - found.usual(g) for g in groups}
        known = {g: value for g, value in above.items() if not np.isnan(value)}
        if known:
            group = max(known, key=lambda g: known[g])
            most.append(
                _("{group} ({share} against {usual})").format(
                    group=terms.leavers(lang, group),
                    share=lang.percent(found.share(name, group).mean),
                    usual=lang.percent(found.usual(group)),
                )
            )
    if not most:
        return _("{scenario}: {many} who move out; who they are is not clear.").format(
            scenario=title, many=many
        )
    return _(
        "{scenario}: {many} who move out. More common among them than among those who leave anyway: {most}."
    ).format(scenario=title, many=many, most=lang.listing(most))


def _rows(found: Leavers) -> tuple[FloatArray, dict[int, str]]:
    """Heights of the groups in a drawing, and the trait by the number of its first group."""
    y, heads, at, last = [], {}, 0.0, ""
    for i, group in enumerate(found.groups):
        trait = group.split("_")[0]
        if trait != last:
            at, last = at + (GAP if last else 0.0), trait
            heads[i] = trait
        y.append(at)
        at += 1.0
    return np.array(y), heads


def _effect_figure(run: Run, lang: Language, found: Leavers) -> Figure:
    _ = lang.text
    said = source(run, lang)
    title = _("Change in those who move out of the municipalities of {county}").format(
        county=county_name(run, found.county)
    )
    unit = _("persons, difference from the baseline, sum over {period}").format(period=found.period)
    values = {name: {g: spread(v) for g, v in parts.items()} for name, parts in found.effect.items()}
    listed = [
        f"{terms.scenario(lang, name)}: "
        + ", ".join(
            f"{terms.leavers(lang, g)} {between(lang, v, signed=True, digits=0)}" for g, v in parts.items()
        )
        for name, parts in values.items()
    ]
    data = [
        {"scenario": n, "group": g, "baseline": found.baseline[g], **vars(v)}
        for n, parts in values.items()
        for g, v in parts.items()
    ]
    rows = tuple(
        (
            terms.leavers(lang, g),
            lang.number(found.baseline[g], digits=0),
            *(between(lang, values[n][g], signed=True, digits=0) for n in values),
        )
        for g in found.groups
    )
    columns = (
        Column(_("group"), numeric=False),
        Column(_("in the baseline")),
        *(Column(terms.scenario(lang, n)) for n in values),
    )
    heads = {i: terms.trait(lang, trait) for i, trait in _rows(found)[1].items()}
    return Figure(
        name="leavers",
        title=title,
        unit=unit,
        source=said,
        alt=_("Bars for each scenario, {unit}. {listed}.").format(unit=unit, listed=". ".join(listed)),
        caption=bar_of(lang, found.ends(lang)),
        data=pd.DataFrame(data),
        draw=lambda: _draw_effect(lang, found, values, cited(lang, said)),
        table=Table(f"{title}: {unit}; " + mean_of(lang, found.ends(lang)), columns, rows, groups=heads),
    )


def _draw_effect(
    lang: Language, found: Leavers, values: Mapping[str, Mapping[str, Spread]], note: str
) -> Drawing:
    _ = lang.text
    drawing, all_axes = panels(len(values), 2.5, 4.3, beside=1.9)
    y, _heads = _rows(found)
    for i, (axes, (name, parts)) in enumerate(zip(all_axes, values.items(), strict=True)):
        axes.barh(y, [v.mean for v in parts.values()], color=colour(i), height=0.7, alpha=0.8)
        axes.hlines(
            y, [v.low for v in parts.values()], [v.high for v in parts.values()], color="black", linewidth=1.4
        )
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_title(terms.scenario(lang, name))
        axes.locator_params(axis="x", nbins=4, min_n_ticks=3)
        axes.tick_params(axis="x", labelsize=8.5)
        figures_of(axes.xaxis, lang, signed=True)
    _group_axis(lang, found, all_axes[0])
    key = _("Scale: persons, difference from the baseline, sum over {period}.").format(period=found.period)
    foot(drawing, f"{key}\n{note}")
    return drawing


def _group_axis(lang: Language, found: Leavers, axes: Axes) -> None:
    """Names of the groups beside the first panel, whose axis all share."""
    y, _heads = _rows(found)
    axes.set_yticks(y, [terms.leavers(lang, g) for g in found.groups])
    axes.set_ylim(y[-1] + 0.6, -0.6)


def _share_figure(run: Run, lang: Language, found: Leavers) -> Figure:
    _ = lang.text
    said = source(run, lang)
    title = _("Who they are, beside those who leave anyway")
    unit = _("per cent of all who move out, by age, by education of adults and by household")
    shares = {name: {g: found.share(name, g) for g in found.groups} for name in found.effect}
    usual = {g: found.usual(g) for g in found.groups}

    unclear = _("not clear")

    def words(name: str) -> str:
        known = [
            _("{group} {share}, usually {usual}").format(
                group=terms.leavers(lang, g),
                share=lang.percent(v.mean),
                usual=lang.percent(usual[g]) if not np.isnan(usual[g]) else "–",
            )
            for g, v in shares[name].items()
            if not np.isnan(v.mean)
        ]
        return f"{terms.scenario(lang, name)}: {', '.join(known) or unclear}"

    anyway = ", ".join(
        f"{terms.leavers(lang, g)} {lang.percent(v)}" for g, v in usual.items() if not np.isnan(v)
    )
    data = [
        {"scenario": n, "group": g, "share_in_baseline": usual[g], **{f"share_{k}": x for k, x in vars(v).items()}}
        for n, parts in shares.items()
        for g, v in parts.items()
    ]  # fmt: skip

    def cell(v: Spread) -> str:
        if np.isnan(v.mean):
            return _("not clear")
        return f"{lang.percent(v.mean)} ({lang.interval(100 * v.low, 100 * v.high, digits=0)})"

    rows = tuple(
        (terms.leavers(lang, g), lang.percent(usual[g]), *(cell(shares[n][g]) for n in shares))
        for g in found.groups
    )
    columns = (
        Column(_("group"), numeric=False),
        Column(_("leave anyway")),
        *(Column(terms.scenario(lang, n)) for n in shares),
    )
    heads = {i: terms.trait(lang, trait) for i, trait in _rows(found)[1].items()}
    return Figure(
        name="leavers_shares",
        title=title,
        unit=unit,
        source=said,
        alt=_("Dots for each scenario, {unit}. Those who leave anyway: {anyway}. {listed}.").format(
            unit=unit, anyway=anyway, listed=". ".join(words(name) for name in shares)
        ),
        caption=_(
            "Hollow: of those who leave in the baseline; filled: of those who leave more, or less, because of the "
            "establishment, with {spread} of the replicates. Filled only where the change in their number is at least "
            "three times its standard deviation over the replicates, and no group changes much the other way."
        ).format(spread=found.ends(lang)),
        data=pd.DataFrame(data),
        draw=lambda: _draw_shares(lang, found, shares, usual, cited(lang, said)),
        table=Table(f"{title}: {unit}; " + mean_of(lang, found.ends(lang)), columns, rows, groups=heads),
    )


def _draw_shares(
    lang: Language,
    found: Leavers,
    shares: Mapping[str, Mapping[str, Spread]],
    usual: Mapping[str, float],
    note: str,
) -> Drawing:
    from matplotlib.lines import Line2D

    _ = lang.text
    unclear = _("not clear")
    drawing, all_axes = panels(len(shares), 2.5, 4.3, beside=1.9)
    y, _heads = _rows(found)
    for i, (axes, (name, parts)) in enumerate(zip(all_axes, shares.items(), strict=True)):
        axes.plot(
            [100 * usual[g] for g in found.groups], y, "o", color=DARK, markerfacecolor="white", markersize=7
        )
        ends = [(100 * v.low, 100 * v.high) for v in parts.values()]
        axes.hlines(y, [a for a, _b in ends], [b for _a, b in ends], color=colour(i), linewidth=1.6)
        axes.plot([100 * v.mean for v in parts.values()], y, mark(i), color=colour(i), markersize=5.5)
        axes.axvline(0, color=GREY, linewidth=0.8)
        clear = any(not np.isnan(v.mean) for v in parts.values())
        axes.set_title(terms.scenario(lang, name) + ("" if clear else f"\n({unclear})"))
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.locator_params(axis="x", nbins=5)
        figures_of(axes.xaxis, lang)
    _group_axis(lang, found, all_axes[0])
    all_axes[0].set_xlim(*SHARES)
    handles = [
        Line2D(
            [], [], marker="o", linestyle="", color=DARK, markerfacecolor="white", label=_("leave anyway")
        ),
        Line2D([], [], marker="o", linestyle="-", color=DARK, label=_("change because of the establishment")),
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    key = _("Scale: per cent; the groups of a trait add up to 100.")
    foot(drawing, f"{key}\n{note}")
    return drawing
