"""The answer, in three sentences that are computed from the figures."""

from __future__ import annotations

from abm import terms
from abm.language import Language
from abm.report.content import Section
from abm.report.effects import Effects, Spread, spread
from abm.report.run import Run
from abm.report.sections.common import county_name, factory_county, focus, last_month

FEW_RUNS = 8
"""With fewer replicates the range of 5-95 % is hardly more than smallest and largest."""


def answer(run: Run, lang: Language) -> Section | None:
    """What happens to residents, to jobs and commuters, and how close the model comes to the study."""
    effects, table, _ = run.effects, run.table, lang.text
    if effects is None:
        return None
    prose = [_residents(lang, effects), _jobs(lang, effects)]
    if table is not None and len(table):
        inside, first = table["inside"], table["priority"].astype(str) == "1"
        prose.append(
            _(
                "Of {all} figures and orderings of the study {inside} come out inside what its wording allows, "
                "and {first_inside} of the {first} most important ones; the others, marked below, are "
                "differences between two models, not findings."
            ).format(
                all=lang.number(len(table)),
                inside=lang.number(int(inside.sum())),
                first=lang.number(int(first.sum())),
                first_inside=lang.number(int(inside[first].sum())),
            )
        )
    return Section("answer", _("The answer"), (" ".join(prose), *_cautions(run, lang)))


def _residents(lang: Language, effects: Effects) -> str:
    """First sentence: residents of the county."""
    _ = lang.text
    county = focus(effects)
    clauses = []
    for name in effects.scenarios:
        value = last_month(effects.county(name, "population", county))
        clauses.append(_change(lang, value).format(scenario=terms.scenario(lang, name, inline=True)))
    return _(
        "At the end of {month}, compared with the same region without the factory, {county} has {clauses}."
    ).format(month=lang.month(effects.months[-1]), county=county_name(county), clauses=lang.listing(clauses))


def _change(lang: Language, value: Spread) -> str:
    """Residents gained or lost, or neither if the range holds zero; the scenario is still to be filled in."""
    _ = lang.text
    if value.low <= 0 <= value.high:
        said = _("no clear change of its residents in the scenario {scenario} ({mean}; {ends})")
        mean = lang.number(value.mean, signed=True, digits=0)
    else:
        said = (
            _("{mean} more residents in the scenario {scenario} ({ends})")
            if value.mean > 0
            else _("{mean} fewer residents in the scenario {scenario} ({ends})")
        )
        mean = lang.number(abs(value.mean), digits=0)
    ends = lang.interval(value.low, value.high, digits=0)
    return said.format(mean=mean, ends=ends, scenario="{scenario}")


def _jobs(lang: Language, effects: Effects) -> str:
    """Second sentence: further jobs per direct job, and commuters."""
    _ = lang.text
    home, work = focus(effects), factory_county(effects)
    clauses = []
    for name in effects.scenarios:
        direct = effects.county(name, "direct_jobs", *effects.counties)[:, -1]
        further = effects.indirect(name, *dict.fromkeys((work, home)))[:, -1]
        commuters = last_month(effects.county(name, f"commuters_to_{work}", home))
        if not direct.all():
            continue
        clauses.append(
            _("{jobs} and {commuters} in the scenario {scenario}").format(
                jobs=lang.number(spread(further / direct).mean, digits=2),
                commuters=lang.number(commuters.mean, signed=True, digits=0),
                scenario=terms.scenario(lang, name, inline=True),
            )
        )
    if not clauses:
        return _("No scenario has direct jobs in {month}.").format(month=lang.month(effects.months[-1]))
    return _(
        "Further jobs in {work} and {home} for each direct job, and the change in the number of commuters "
        "from {home} to {work}, are {clauses}."
    ).format(work=county_name(work), home=county_name(home), clauses=lang.listing(clauses))


def _cautions(run: Run, lang: Language) -> list[str]:
    """What the reader should know before using the figures."""
    _ = lang.text
    effects, scale = run.effects, float(run.record.get("scale", 1.0))
    runs = effects.replicates(effects.scenarios[0]) if effects is not None else 0
    said = [
        _("Figures are means over {runs}; brackets hold nine in ten of them (5–95 %).").format(
            runs=lang.plural("{n} replicate", "{n} replicates", runs)
        )
    ]
    if runs < FEW_RUNS:
        said.append(_("So few replicates tell little about the spread: use ten or more before quoting a range."))
    if scale < 1:
        said.append(
            _(
                "Only {share} of the residents were simulated and weighted up, so small figures are mostly "
                "chance: run the whole population before using them."
            ).format(share=lang.percent(scale, digits=0 if scale >= 0.1 else 1))
        )
    return [" ".join(said)]
