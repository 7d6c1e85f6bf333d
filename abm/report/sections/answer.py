"""The answer, in three sentences that are computed from the figures."""

from __future__ import annotations

from abm import terms
from abm.cautions import FEW_RUNS, few_runs
from abm.language import Language
from abm.report.content import Section
from abm.report.effects import Effects, FloatArray, clear, spread
from abm.report.run import Run
from abm.report.sections.common import county_name, factory_county, focus, last_month, small_scale


def answer(run: Run, lang: Language) -> Section | None:
    """What happens to residents, to jobs and commuters, and how close the model comes to the study."""
    effects, table, _ = run.effects, run.table, lang.text
    if effects is None:
        return None
    lead = [_residents(run, lang, effects), _jobs(run, lang, effects)]
    if table is not None and len(table):
        inside, first = table["inside"], table["priority"].astype(str) == "1"
        lead.append(
            _(
                "Of {all} rows of the study's table (figures and orderings, each once for every scenario it is said "
                "of), {inside} come out inside what its wording allows, among them {first_inside} of the {first} most "
                "important ones; the others, marked below, show where the two models disagree, not which of them is "
                "right."
            ).format(
                all=lang.number(len(table), digits=0),
                inside=lang.number(int(inside.sum()), digits=0),
                first=lang.number(int(first.sum()), digits=0),
                first_inside=lang.number(int(inside[first].sum()), digits=0),
            )
        )
    return Section("answer", _("The answer"), lead=tuple(lead), prose=(_cautions(run, lang, effects),))


def _residents(run: Run, lang: Language, effects: Effects) -> str:
    """First sentence: residents of the county."""
    _ = lang.text
    county = focus(effects)
    clauses = [
        _change(
            lang,
            effects.county(name, "population", county)[:, -1],
            terms.scenario(lang, name, inline=True),
        )
        for name in effects.scenarios
    ]
    return _(
        "At the end of {month}, compared with the same region without the establishment, {county} has {clauses}."
    ).format(
        month=lang.month(effects.months[-1]), county=county_name(run, county), clauses=lang.listing(clauses)
    )


def _change(lang: Language, runs: FloatArray, scenario: str) -> str:
    """Residents gained or lost in a scenario, or neither if that is not clear; of float64[replicates]."""
    _ = lang.text
    value = spread(runs)
    ends = lang.interval(value.low, value.high, digits=0)
    if not clear(runs):
        mean = lang.number(value.mean, signed=True, digits=0)
        return _("no clear change with {scenario} ({mean}; {ends})").format(
            mean=mean, ends=ends, scenario=scenario
        )
    said = (
        _("{mean} more residents with {scenario} ({ends})")
        if value.mean > 0
        else _("{mean} fewer residents with {scenario} ({ends})")
    )
    return said.format(mean=lang.number(abs(value.mean), digits=0), ends=ends, scenario=scenario)


def _jobs(run: Run, lang: Language, effects: Effects) -> str:
    """Second sentence: further jobs per direct job, and commuters."""
    _ = lang.text
    home, work = focus(effects), factory_county(effects)
    jobs, commuters = [], []
    for name in effects.scenarios:
        direct = effects.county(name, "direct_jobs", *effects.counties)[:, -1]
        if not direct.all():
            continue
        further = effects.indirect(name, *dict.fromkeys((work, home)))[:, -1]
        clause = _("{jobs} with {scenario}").format(
            jobs=lang.number(spread(further / direct).mean, digits=2),
            scenario=terms.scenario(lang, name, inline=True),
        )
        jobs.append(clause)
        change = last_month(effects.county(name, f"commuters_to_{work}", home)).mean
        commuters.append(lang.number(change, signed=True, digits=0))
    if not jobs:
        return _("No scenario has direct jobs in {month}.").format(month=lang.month(effects.months[-1]))
    if home == work:
        return _("Each direct job goes with further jobs in {work}: {jobs}.").format(
            work=county_name(run, work), jobs=lang.listing(jobs)
        )
    return _(
        "Each direct job goes with further jobs in {work} and {home} together: {jobs}; the number of commuters "
        "from {home} to {work} changes by {commuters}, in the same order."
    ).format(
        work=county_name(run, work),
        home=county_name(run, home),
        jobs=lang.listing(jobs),
        commuters=lang.listing(commuters),
    )


def _cautions(run: Run, lang: Language, effects: Effects) -> str:
    """What the reader should know before using the figures."""
    _ = lang.text
    runs = effects.replicates(effects.scenarios[0])
    held = (
        _("Figures are means over {runs}; brackets hold the smallest and the largest of them.")
        if runs < FEW_RUNS
        else _("Figures are means over {runs}; brackets hold nine in ten of them (5–95 %).")
    )
    said = [held.format(runs=lang.plural("{n} replicate", "{n} replicates", runs))]
    return " ".join([*said, *few_runs(lang, runs), *small_scale(run, lang)])
