"""The employment multiplier, and what it is made of."""

from __future__ import annotations

import pandas as pd

from abm import terms
from abm.language import Language
from abm.report.content import Column, Figure, Section, Table
from abm.report.effects import Effects, FloatArray, spread
from abm.report.run import Run
from abm.report.sections.common import (
    bar_of,
    between,
    cited,
    county_name,
    factory_county,
    focus,
    mean_of,
    source,
    spread_of,
)
from abm.report.sections.movers import grouped_bars
from abm.results import CHANNELS


def multiplier(run: Run, lang: Language) -> Section | None:
    """Jobs from orders, consumption and public services, by county, and the multiplier."""
    effects, _ = run.effects, lang.text
    if effects is None or effects.factory() is None:
        return None
    work, home = factory_county(effects), focus(effects)
    counties = tuple(dict.fromkeys((work, home)))
    prose = (
        _(
            "A direct job is at the establishment, builders included. Indirect jobs come from orders to other "
            "firms; induced jobs from what residents and commuters buy, and from public services to residents. "
            "The multiplier is all jobs for each direct one. As in the study, it is counted before the jobs that "
            "departing residents take along as customers, users and workers."
        ),
    )
    return Section(
        "multiplier",
        _("The multiplier, split"),
        prose=prose,
        figures=(_figure(run, lang, effects, counties),),
        tables=(_table(run, lang, effects, counties),),
    )


def _parts(effects: Effects, name: str, county: str) -> dict[str, FloatArray]:
    """Jobs by channel in the last month, float64[replicates] each."""
    return {c: effects.county(name, f"jobs_from_{c}", county)[:, -1] for c in CHANNELS}


def _labels(lang: Language) -> dict[str, str]:
    _ = lang.text
    return {
        "orders": _("indirect: orders"),
        "consumption": _("induced: consumption"),
        "public": _("induced: public services"),
    }


def _figure(run: Run, lang: Language, effects: Effects, counties: tuple[str, ...]) -> Figure:
    _ = lang.text
    channels = _labels(lang)
    labels = {
        f"{c}_{k}": f"{label} ({county_name(run, c)})" for c in counties for k, label in channels.items()
    }
    parts = {
        name: {f"{c}_{k}": v for c in counties for k, v in _parts(effects, name, c).items()}
        for name in effects.scenarios
    }
    unit = _("jobs, difference from the baseline in {month}").format(month=lang.month(effects.months[-1]))
    said = source(run, lang)
    listed = [
        f"{terms.scenario(lang, name)}: "
        + ", ".join(
            f"{labels[key]} {between(lang, spread(values), signed=True, digits=0)}"
            for key, values in mine.items()
        )
        for name, mine in parts.items()
    ]
    data = pd.DataFrame(
        [
            {"scenario": name, "county": c, "channel": k, **vars(spread(v))}
            for name in effects.scenarios
            for c in counties
            for k, v in _parts(effects, name, c).items()
        ]
    )
    return Figure(
        name="multiplier",
        title=_("Jobs beside the direct ones, by how they come about"),
        unit=unit,
        source=said,
        alt=_("Bars for each scenario, {unit}, {mean}. {listed}.").format(
            unit=unit, listed=". ".join(listed), mean=mean_of(lang, spread_of(lang, effects))
        ),
        caption=bar_of(lang, spread_of(lang, effects)),
        data=data,
        draw=lambda: grouped_bars(lang, effects, parts, labels, unit, cited(lang, said)),
    )


def _table(run: Run, lang: Language, effects: Effects, counties: tuple[str, ...]) -> Table:
    _ = lang.text
    rows: list[tuple[str, ...]] = []
    groups: dict[int, str] = {}
    lines = {
        "direct": _("direct jobs"),
        **_labels(lang),
        "other": _("not filled, or crowded out"),
        "jobs": _("change in jobs"),
        "indirect": _("indirect and induced, before losses with residents"),
    }
    places = [(c,) for c in counties] + ([counties] if len(counties) > 1 else [])
    for place in places:
        groups[len(rows)] = lang.listing([county_name(run, c) for c in place])
        values = {name: _figures(effects, name, place) for name in effects.scenarios}
        for key, label in lines.items():
            rows.append(
                (label, *(between(lang, spread(v[key]), signed=True, digits=0) for v in values.values()))
            )
        rows.append(
            (_("multiplier"), *(between(lang, spread(v["multiplier"]), digits=2) for v in values.values()))
        )
    return Table(
        _("Jobs in {month}, difference from the baseline, {mean}; the multiplier is per direct job").format(
            month=lang.month(effects.months[-1]), mean=mean_of(lang, spread_of(lang, effects))
        ),
        (Column(_("jobs"), numeric=False), *(Column(terms.scenario(lang, n)) for n in effects.scenarios)),
        tuple(rows),
        groups,
    )


def _figures(effects: Effects, name: str, counties: tuple[str, ...]) -> dict[str, FloatArray]:
    """All lines of the table for some counties, float64[replicates] each."""
    parts: dict[str, FloatArray] = {
        c: effects.county(name, f"jobs_from_{c}", *counties)[:, -1] for c in CHANNELS
    }
    jobs = effects.county(name, "jobs", *counties)[:, -1]
    direct = effects.county(name, "direct_jobs", *counties)[:, -1]
    everywhere = effects.county(name, "direct_jobs", *effects.counties)[:, -1]
    indirect = effects.indirect(name, *counties)[:, -1]
    per_direct = indirect / everywhere if everywhere.all() else everywhere * float("nan")
    return {
        "direct": direct,
        **parts,
        "other": jobs - direct - sum(parts.values()),
        "jobs": jobs,
        "indirect": indirect,
        "multiplier": 1.0 + per_direct,
    }
