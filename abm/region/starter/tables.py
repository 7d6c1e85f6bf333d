"""The tables of the template: what is filled in, what is borrowed, what follows.

One declaration for the files, the descriptor, the README of a new region and the guide of ``omland check``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from abm.language import N_

RULES = "abm.region.derive.starter"
FIRST_AGES = (0, 6, 16, 20, 25, 35, 45, 55, 65, 75, 85)
"""First ages of the age groups that the template suggests."""


@dataclass(frozen=True)
class Column:
    """A column that is filled in, or names what is.

    Attributes:
        name: name of the column.
        kind: ``string``, ``integer`` or ``number``.
        about: what stands there, in plain words.
        unit: of a figure.
        rules: constraints of the descriptor on top of being required.
        optional: whether a cell may stay empty.
    """

    name: str
    kind: str
    about: str
    unit: str = ""
    rules: tuple[tuple[str, Any], ...] = ()
    optional: bool = False

    def field(self) -> dict[str, Any]:
        """The column as a field of the descriptor."""
        rules = {"required": not self.optional, **dict(self.rules)}
        out: dict[str, Any] = {"name": self.name, "type": self.kind, "description": self.about}
        return out | ({"unit": self.unit} if self.unit else {}) | {"constraints": rules}


@dataclass(frozen=True)
class Filled:
    """A table that is filled in.

    Attributes:
        name: name of the resource; its file is ``fill/NAME.csv``.
        title: what it holds.
        columns: its columns.
        key: columns that tell the rows apart.
        help: where the figures are found, and what to know about them.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    help: str


_COUNT = (("minimum", 0),)
_CODE = Column(
    "code", "string", N_("Code of the municipality, four digits."), rules=(("pattern", "[0-9]{4}"),)
)
_PERSONS = Column("persons", "integer", N_("How many."), N_("persons"), _COUNT)

FILLED: tuple[Filled, ...] = (
    Filled(
        "municipalities",
        N_("The municipalities of the region"),
        (
            _CODE,
            Column("name", "string", N_("Name of the municipality.")),
            Column(
                "county_code",
                "string",
                N_("Code of its county, two digits."),
                rules=(("pattern", "[0-9]{2}"),),
            ),
            Column("county", "string", N_("Name of its county.")),
            Column(
                "latitude",
                "number",
                N_("Latitude of its largest town, with a decimal point: 62.39"),
                N_("degrees north"),
                (("minimum", -90), ("maximum", 90)),
            ),
            Column(
                "longitude",
                "number",
                N_("Longitude of its largest town, with a decimal point: 17.31"),
                N_("degrees east"),
                (("minimum", -180), ("maximum", 180)),
            ),
        ),
        ("code",),
        "One row a municipality. A code is the official one (four digits; keep the made-up 9001 … for a trial, "
        "or begin again with --codes). Any online map tells latitude and longitude.",
    ),
    Filled(
        "residents_by_age_group",
        N_("Residents by municipality, sex and age group at the end of 2019"),
        (
            _CODE,
            Column("sex", "string", N_("woman or man."), rules=(("enum", ["woman", "man"]),)),
            Column(
                "age_from",
                "integer",
                N_("First age of the group."),
                N_("years"),
                (("minimum", 0), ("maximum", 100)),
            ),
            Column(
                "age_to",
                "integer",
                N_("Last age of the group."),
                N_("years"),
                (("minimum", 0), ("maximum", 100)),
            ),
            Column("residents", "integer", N_("Residents in the group."), N_("persons"), _COUNT),
        ),
        ("code", "sex", "age_from"),
        "Every statistics office publishes it (SCB: Folkmängden efter region, ålder och kön). The groups are "
        "suggestions: any will do, single years too, as long as they run from 0 to 100 without a gap. Years "
        "within a group are split as in all of Sweden. 100 stands for 100 and over.",
    ),
    Filled(
        "employed_residents",
        N_("Employed residents of each municipality, wherever they work"),
        (_CODE, _PERSONS),
        ("code",),
        "Employed by place of residence (SCB: förvärvsarbetande nattbefolkning), end of 2019 or the nearest year.",
    ),
    Filled(
        "unemployed",
        N_("Unemployed residents of each municipality"),
        (_CODE, _PERSONS),
        ("code",),
        "Registered unemployed at the end of 2019 (Arbetsförmedlingen: inskrivna arbetslösa).",
    ),
    Filled(
        "jobs",
        N_("Jobs in each municipality by sector, whoever holds them"),
        (
            _CODE,
            Column("sector", "string", N_("Code of the sector, see the list of sectors in README.md.")),
            Column("jobs", "integer", N_("Jobs at workplaces in the municipality."), N_("jobs"), _COUNT),
        ),
        ("code", "sector"),
        "Employed by place of work and industry (SCB: förvärvsarbetande dagbefolkning efter näringsgren). "
        "A sector that is not there has 0.",
    ),
    Filled(
        "movers",
        N_("People who move to and from each municipality in a year"),
        (
            _CODE,
            Column(
                "in_migrants", "integer", N_("Who moves in, from anywhere."), N_("persons a year"), _COUNT
            ),
            Column(
                "out_migrants", "integer", N_("Who moves out, to anywhere."), N_("persons a year"), _COUNT
            ),
        ),
        ("code",),
        "SCB: In- och utflyttningar. The mean of some years is better than one year. No more than half of the "
        "residents may move out.",
    ),
    Filled(
        "tax_rates",
        N_("Income tax of municipality and region"),
        (
            _CODE,
            Column(
                "rate",
                "number",
                N_("Share of income, not per cent; 33.5 per cent is 0.335"),
                N_("share"),
                (("minimum", 0), ("maximum", 1)),
            ),
        ),
        ("code",),
        "SCB: Kommunalskatterna, total rate; 33.5 per cent is written 0.335.",
    ),
    Filled(
        "network_links",
        N_("Roads and railways between the towns, and out of the region"),
        (
            Column("from", "string", N_("Code of a municipality, RS (rest of Sweden) or AB (abroad).")),
            Column("to", "string", N_("Where it leads: a code as in from.")),
            Column("mode", "string", N_("road or rail."), rules=(("enum", ["road", "rail"]),)),
            Column("name", "string", N_("Name of the road or railway.")),
            Column("km", "number", N_("Length."), N_("km"), _COUNT),
            Column("minutes", "number", N_("Time by car, or by train on a railway."), N_("minutes"), _COUNT),
            Column(
                "coach_minutes",
                "number",
                N_("Time by coach on a road; empty where none runs, and on a railway."),
                N_("minutes"),
                _COUNT,
                optional=True,
            ),
        ),
        ("from", "to", "mode", "name"),
        "Both ways at once, so one row a road. Each municipality, RS and AB must be within reach by road; "
        "delete rows that are not there, add rows that are. The row to AB is long on purpose: leave it.",
    ),
)
"""The tables that are filled in, in the order of the guide's steps."""

BORROWED: dict[str, str] = {
    "unemployed_by_age": "Risk of unemployment by age",
    "wages": "Monthly wage by sector and education",
    "io_domestic": "What each sector buys of which other",
    "sectors": "Imports, consumption, output per job and jobs elsewhere, by sector",
    "employer_sizes": "Jobs by size of the employer",
    "public_need_profile": "Need of public services by age",
    "population_sweden": "Residents of Sweden by sex and age",
}
"""Tables that are copied from the shipped region as they are."""

PROFILES: dict[str, tuple[str, tuple[Column, ...], tuple[str, ...]]] = {
    "education_profile": (
        N_("Highest education by sex and age"),
        (
            Column("sex", "string", N_("woman or man.")),
            Column("age", "integer", N_("Age."), N_("years")),
            *(
                Column(skill, "number", f"Share with {skill} education.", N_("share"))
                for skill in ("compulsory", "secondary", "tertiary")
            ),
        ),
        ("sex", "age"),
    ),
    "employment_profile": (
        N_("Share employed by sex and age"),
        (
            Column("sex", "string", N_("woman or man.")),
            Column("age", "integer", N_("Age."), N_("years")),
            Column("rate", "number", N_("Share employed."), N_("share")),
        ),
        ("sex", "age"),
    ),
    "income_by_sex_and_age": (
        N_("Earned income by sex and age"),
        (
            Column("sex", "string", N_("woman or man.")),
            Column("age", "integer", N_("Age."), N_("years")),
            Column("sek", "number", N_("Mean earned income."), N_("SEK a year 2018")),
        ),
        ("sex", "age"),
    ),
    "household_profile": (
        N_("Households by type and tenure"),
        (
            Column("household_type", "string", N_("Type of household.")),
            Column("tenure", "string", N_("Tenure of the dwelling.")),
            Column(
                "households_per_1000", "number", N_("Households for every 1000 residents."), N_("households")
            ),
        ),
        ("household_type", "tenure"),
    ),
    "household_size_profile": (
        N_("Residents by size of household"),
        (
            Column(
                "household_size", "integer", N_("Persons in the household, 7 is 7 and more."), N_("persons")
            ),
            Column("share", "number", N_("Share of the residents."), N_("share")),
        ),
        ("household_size",),
    ),
    "fertility_profile": (
        N_("Births a year per woman by age"),
        (
            Column("age", "integer", N_("Age."), N_("years")),
            Column("rate", "number", N_("Births per woman."), N_("births per woman and year")),
        ),
        ("age",),
    ),
    "mobility_profile": (
        N_("How much people move out, by age"),
        (
            Column("age", "integer", N_("Age."), N_("years")),
            Column(
                "intensity", "number", N_("Moves out relative to the mean of ages 16 to 64."), N_("ratio")
            ),
        ),
        ("age",),
    ),
    "in_mover_profile": (
        N_("Age of those who move in from outside"),
        (
            Column("origin", "string", N_("RS or AB.")),
            Column("age", "integer", N_("Age."), N_("years")),
            Column("share", "number", N_("Share of those who move in from there."), N_("share")),
        ),
        ("origin", "age"),
    ),
    "mortality_profile": (
        N_("Deaths a year by sex and age"),
        (
            Column("sex", "string", N_("woman or man.")),
            Column("age", "integer", N_("Age."), N_("years")),
            Column("rate", "number", N_("Deaths per resident."), N_("deaths per resident and year")),
        ),
        ("sex", "age"),
    ),
}
"""Profiles that are means over the shipped region."""

DERIVED: tuple[tuple[str, str, str], ...] = (
    ("network_nodes", N_("Towns and boundary zones"), f"{RULES}.network_nodes"),
    ("population", N_("Residents by single year of age"), f"{RULES}.population"),
    ("education", N_("Education by age"), f"{RULES}.education"),
    (
        "employment_rates",
        N_("Share employed by age; adds up to the employed residents"),
        f"{RULES}.employment_rates",
    ),
    ("households", N_("Households by type and tenure"), f"{RULES}.households"),
    ("persons_by_household_size", N_("Residents by size of household"), f"{RULES}.persons_by_household_size"),
    ("dwellings", N_("Dwellings: one for each household and the vacant ones"), f"{RULES}.dwellings"),
    ("dwellings_built", N_("Dwellings built in a year"), f"{RULES}.dwellings_built"),
    ("births", N_("Births by age of the mother"), f"{RULES}.births"),
    ("deaths", N_("Deaths by age"), f"{RULES}.deaths"),
    ("income", N_("Income by age"), f"{RULES}.income"),
    ("wage_level", N_("Wage level of each municipality: 1, the same everywhere"), f"{RULES}.wage_level"),
    ("commuting", N_("Commuters between the municipalities, and across the border"), f"{RULES}.commuting"),
    ("migration", N_("Movers between the municipalities, and across the border"), f"{RULES}.migration"),
    ("migration_age", N_("How much people move out, by age"), f"{RULES}.migration_age"),
    ("in_migrant_age", N_("Age of those who move in from outside"), f"{RULES}.in_migrant_age"),
    (
        "immigration",
        N_("Movers from abroad by year, relative to the table of movers"),
        f"{RULES}.immigration",
    ),
    ("employment_index", N_("Employed by year, relative to those at the start"), f"{RULES}.employment_index"),
    ("public_need", N_("Public services needed by age"), "abm.region.derive.economy.derive_need"),
    ("series", N_("Figures by year that a baseline is held against"), f"{RULES}.series"),
)
"""Tables that follow: name, title and rule, in the order in which they are made."""

OWN_PARAMETERS: tuple[tuple[str, float, float, float, str, str], ...] = (
    ("rest_of_sweden_latitude", 59.33, 55, 70, "degrees", "Stockholm; on maps only"),
    ("rest_of_sweden_longitude", 18.06, 10, 25, "degrees", "Stockholm; on maps only"),
    ("abroad_latitude", 60.17, 35, 71, "degrees", "Helsinki; on maps only"),
    ("abroad_longitude", 24.94, 0, 35, "degrees", "Helsinki; on maps only"),
)
"""Assumptions of the template that the shipped region has no figure for: key, value, low, high, unit, basis."""
