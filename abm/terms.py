"""What scenarios, quantities, places and branches are called, in the words of official statistics."""

from __future__ import annotations

import re
from collections.abc import Mapping

from abm.language import EN_DASH, N_, Language
from abm.schema import ABROAD, COUNTIES, REST_OF_SWEDEN, SECTORS

SCENARIOS = {
    "baseline": N_("Baseline"),
    "mixture": N_("All scenarios by weight"),
    "outmigration": N_("Out-migration"),
    "outcommuting": N_("Out-commuting"),
    "suppliers": N_("Suppliers"),
    "behavioural": N_("Own choices"),
    "failure": N_("Failure"),
    "restart": N_("Restart"),
    "lever_bus": N_("Commuter bus"),
    "lever_housing": N_("More dwellings"),
    "lever_link": N_("Faster link"),
    "lever_partner": N_("Help for partners"),
    "lever_suppliers": N_("Supplier programme"),
}
BOTH = "Västerbotten+Västernorrland"
NORTH = "Örnsköldsvik, Kramfors, Sollefteå"
"""Geographies of the targets that are said in fewer words (the quantity names the north)."""
QUANTITIES = {
    "employment_multiplier": N_("employment multiplier"),
    "employment_multiplier_vasternorrland": N_("employment multiplier Västernorrland"),
    "indirect_jobs": N_("indirect jobs"),
    "indirect_jobs_vasternorrland": N_("indirect jobs Västernorrland"),
    "share_of_indirect_in_vasternorrland": N_("share of indirect in Västernorrland"),
    "employment_change": N_("employment change"),
    "employment_change_without_local_suppliers": N_("employment change without local suppliers"),
    "hires_who_moved": N_("hires who moved"),
    "population_change": N_("population change"),
    "out_commuting_change": N_("out commuting change"),
    "share_of_new_commuters_from_the_north": N_("share of new commuters from the north"),
    "public_services_share_of_indirect": N_("public services share of indirect"),
    "vasterbotten_share_of_smallest_branches": N_("Västerbotten share of smallest branches"),
    "vasternorrland_share_of_manufacturing_indirect": N_("Västernorrland share of manufacturing indirect"),
    "vasternorrland_share_of_local_branches": N_("Västernorrland share of local branches"),
    "jobs_lost_per_resident_lost": N_("jobs lost per resident lost"),
    "public_services_share_below_outmigration": N_(
        "public services share of indirect lower than with out-migration, by 0.01 to 0.10"
    ),
    "business_services_and_trade_lead": N_(
        "business services and trade are the branches with most indirect jobs, public services apart"
    ),
    "manufacturing_has_largest_vasternorrland_share": N_(
        "of the indirect jobs in manufacturing a larger share is in Västernorrland than in any other branch"
    ),
    "scenario_ordering": N_(
        "residents: out-migration ≪ out-commuting < suppliers; jobs: out-migration < 0 < out-commuting ≪ suppliers; "
        "commuters: suppliers < out-migration ≪ out-commuting"
    ),
    "zero_sum_nationally": N_("changes in residents of all zones add up to births less deaths"),
    "labour_shortage": N_("more vacancies in manufacturing per unemployed resident than in the baseline"),
    "commuter_person_km": N_("person-kilometres of new commuters: out-commuting > out-migration ≥ suppliers"),
    "employed_residents_change": N_("employed residents increase, and by more than jobs"),
}
"""Quantities of the study's table; of an ordering, what is claimed."""
BRANCHES = {
    "agriculture": N_("agriculture, forestry"),
    "manufacturing": N_("manufacturing, mining"),
    "energy": N_("energy, environment"),
    "construction": N_("construction"),
    "trade": N_("trade"),
    "transport": N_("transport"),
    "hotels_restaurants": N_("hotels, restaurants"),
    "business_services": N_("business services"),
    "public_services": N_("public services"),
    "personal_services": N_("personal services"),
}
"""Branches of the study, see `abm.schema.Sector`."""
BRANCH_CODES = tuple(dict.fromkeys(sector.branch for sector in SECTORS))
REASONS = {
    "pay": N_("the job is not worth it"),
    "distance": N_("too far to commute or move"),
    "partner": N_("ties of the partner"),
    "children": N_("ties of the children"),
    "dwelling": N_("no dwelling found"),
}
"""Main reasons for which a resident declines a job in another municipality; see :mod:`abm.results`."""


HIRED_FROM = {
    "employment": N_("had another job"),
    "unemployment": N_("were unemployed"),
    "outside": N_("were outside the labour force"),
}
"""What those did before whom an establishment hires: the names of quantities after ``hired_from_``."""
LEAVERS = {
    "age_0_17": N_("under 18 years"),
    "age_18_29": N_("18–29 years"),
    "age_30_44": N_("30–44 years"),
    "age_45_64": N_("45–64 years"),
    "age_65_100": N_("65 years or older"),
    "education_compulsory": N_("compulsory school"),
    "education_secondary": N_("upper secondary school"),
    "education_tertiary": N_("higher education"),
    "household_single": N_("moves alone"),
    "household_couple": N_("couple without children"),
    "household_children": N_("family with children"),
}
"""Groups of those who move away: the names of quantities after ``out_migrants_``."""
TRAITS = {"age": N_("age"), "education": N_("education of adults"), "household": N_("household")}
"""What the groups of those who move away are told apart by."""
RECORDED = {
    "population": N_("number of residents"),
    "births": N_("births"),
    "deaths": N_("deaths"),
    "in_migrants": N_("moved in"),
    "out_migrants": N_("moved out"),
    "households": N_("households"),
    "employed_residents": N_("employed residents"),
    "unemployed": N_("unemployed"),
    "in_commuters": N_("in-commuters"),
    "out_commuters": N_("out-commuters"),
    "dwellings": N_("dwellings"),
    "vacant_dwellings": N_("vacant dwellings"),
    "wage_sum": N_("sum of wages"),
    "house_price": N_("price of dwellings"),
    "direct_jobs": N_("direct jobs"),
    "construction_jobs": N_("construction jobs"),
    "jobs": N_("jobs"),
    "vacancies": N_("vacancies"),
    "jobs_from_orders": N_("jobs from orders"),
    "jobs_from_consumption": N_("jobs from consumption"),
    "jobs_from_public": N_("jobs from public services"),
    "commuters": N_("commuters"),
    "movers": N_("movers"),
    "moving_households": N_("households that move"),
    "hires_who_moved": N_("hires who moved"),
    "persons_with_hires": N_("persons in the households of hires who moved"),
    "establishment_commuters": N_("commuters to the establishment"),
    "indirect_jobs": N_("indirect jobs"),
}
"""Quantities that the model records, see :mod:`abm.results`; those by group are named by their group."""


def scenario(lang: Language, name: str, *, inline: bool = False) -> str:
    """Title of a scenario; a name that is not known stays as it is.

    Within a sentence those that travel with Omland begin in lower case; others may be proper names.
    """
    if name in lang.titles or name not in SCENARIOS:
        return lang.titles.get(name, name)
    title = lang.text(SCENARIOS[name])
    return title[0].lower() + title[1:] if inline and not title[1:2].isupper() else title


def titled(title: str, description: str) -> str:
    """A title and what follows it, with a full stop between unless the title ends a sentence itself."""
    return f"{title} {description}" if title.endswith(("?", "!", ".")) else f"{title}. {description}"


def zone(lang: Language, code: str, names: Mapping[str, str] | None = None) -> str:
    """Name of a municipality, county or boundary zone."""
    if code == REST_OF_SWEDEN:
        return lang.text(N_("rest of Sweden"))
    if code == ABROAD:
        return lang.text(N_("abroad"))
    return (names or {}).get(code, COUNTIES.get(code, code))


def branch(lang: Language, name: str) -> str:
    """Name of a branch."""
    return lang.text(BRANCHES[name]) if name in BRANCHES else name


def reason(lang: Language, name: str) -> str:
    """Main reason for which a resident declines a job."""
    return lang.text(REASONS[name]) if name in REASONS else name.replace("_", " ")


def hired_from(lang: Language, status: str) -> str:
    """What those did before whom an establishment hires."""
    return lang.text(HIRED_FROM[status]) if status in HIRED_FROM else status.replace("_", " ")


def leavers(lang: Language, group: str) -> str:
    """A group of those who move away."""
    return lang.text(LEAVERS[group]) if group in LEAVERS else group.replace("_", " ")


def trait(lang: Language, name: str) -> str:
    """What groups of those who move away are told apart by."""
    return lang.text(TRAITS[name]) if name in TRAITS else name


def recorded(lang: Language, name: str) -> str:
    """A quantity that the model records."""
    if name in RECORDED:
        return lang.text(RECORDED[name])
    for start, what, named in (
        ("out_migrants_", N_("moved out"), leavers),
        ("in_migrants_", N_("moved in"), leavers),
        ("declined_", N_("declined a job"), reason),
        ("hired_from_", N_("hired by the establishment"), hired_from),
    ):
        if name.startswith(start):
            return f"{lang.text(what)}: {named(lang, name.removeprefix(start))}"
    return name.replace("_", " ")


def places(lang: Language, text: str, names: Mapping[str, str] | None = None) -> str:
    """Places by code in words: ``"2281+2284"`` as a list, ``"22>24"`` as from one to the other."""

    def one(code: str) -> str:
        return lang.text(N_("the whole region")) if code == "all" else zone(lang, code, names)

    sides = [lang.listing([one(code) for code in side.split("+")]) for side in text.split(">")]
    return sides[0] if len(sides) == 1 else lang.text("{home} to {work}").format(home=sides[0], work=sides[1])


def outcome(lang: Language, text: str, names: Mapping[str, str]) -> str:
    """An outcome of an experiment in words, from ``quantity:place:when`` with codes of places."""
    name, place, when = text.split(":")
    sides = (places(lang, side, names) for side in place.split(">"))
    return f"{recorded(lang, name)}, {' → '.join(sides)}, {when.replace('..', EN_DASH)}"


def outcome_digits(text: str) -> int | None:
    """Decimals of an outcome of an experiment: none of what is counted, by its size of a price."""
    return None if text.partition(":")[0] == "house_price" else 0


def period(lang: Language, year: str) -> str:
    """The ``year`` of a row of the study's table; see :mod:`abm.targets`."""
    _ = lang.text
    if year == "full operation":
        return _("full operation")
    match = re.fullmatch(r"(mean|each of|cumulative) (\d{4}-\d{4})", year)
    if match is None:
        return year
    form = {
        "mean": N_("mean {years}"),
        "each of": N_("each of {years}"),
        "cumulative": N_("cumulative {years}"),
    }
    return _(form[match[1]]).format(years=match[2].replace("-", EN_DASH))


def geography(lang: Language, text: str) -> str:
    """The ``geography`` of a row of the study's table."""
    _ = lang.text
    if text == BOTH:
        return _("both counties")
    if text == NORTH:
        return ""
    if text == "Sweden":
        return _("Sweden")
    home, to, work = text.partition(" to ")
    return _("{home} to {work}").format(home=home, work=work) if to else text


def quantity(lang: Language, name: str) -> str:
    """A quantity of the study's table; one that is not known says its name."""
    return lang.text(QUANTITIES[name]) if name in QUANTITIES else name.replace("_", " ")


def row_label(lang: Language, name: str, where: str, year: str) -> str:
    """What a row of the study's table is about, in as few words as will do."""
    words, place = quantity(lang, name), geography(lang, where)
    parts = (words, "" if place in words else place, period(lang, year))
    return ", ".join(part for part in parts if part)
