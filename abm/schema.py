"""Codes that every part of Omland shares: counties, zones, sectors, statuses.

Everything here is plain Python and imports nothing heavy, so that the command
line, the data loader and the compiled kernels read the same declaration.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

START_YEAR = 2020
"""Month 0 of the model is January of this year; stocks start at the end of the year before."""

MONTHS_PER_YEAR = 12

NOVEMBER = 11
"""Month at whose end the register of the employed (RAMS) counts; those of the first year are the start."""

COUNTIES = {"22": "Västernorrland", "23": "Jämtland", "24": "Västerbotten", "25": "Norrbotten"}
"""Code and name of the counties (län) that are simulated one to one."""
VASTERNORRLAND, JAMTLAND, VASTERBOTTEN, NORRBOTTEN = COUNTIES
"""Their codes; the study was made for the first, and the factory is in the third."""

FACTORY_MUNICIPALITY = "2482"
"""Skellefteå: its real figures from 2020 on are not without the factory, and no baseline takes them from there."""

REST_OF_SWEDEN = "RS"
ABROAD = "AB"
BOUNDARY_ZONES = (REST_OF_SWEDEN, ABROAD)
"""Codes of the boundary zones; in zone order they follow the municipalities."""


class Sector(NamedTuple):
    """One branch of the economy.

    Attributes:
        code: short code used in every table of the project.
        name: English name.
        sni: sections of SNI 2007 (NACE rev. 2) that it holds.
        wiod: industries of the WIOD 2013 release (NACE rev. 1) it is made of.
        branch: branch of the study's bar charts it belongs to.
    """

    code: str
    name: str
    sni: str
    wiod: tuple[int, ...]
    branch: str


SECTORS: tuple[Sector, ...] = (
    Sector("A", "Agriculture, forestry, fishing", "A", (1,), "agriculture"),
    Sector("B", "Mining", "B", (2,), "manufacturing"),
    Sector("CP", "Process industry", "C17-C25", (7, 8, 9, 10, 11, 12), "manufacturing"),
    Sector(
        "CO",
        "Other manufacturing",
        "C10-C16, C26-C33",
        (3, 4, 5, 6, 13, 14, 15, 16),
        "manufacturing",
    ),
    Sector("DE", "Energy and environment", "D+E", (17,), "energy"),
    Sector("F", "Construction", "F", (18,), "construction"),
    Sector("G", "Trade", "G", (19, 20, 21), "trade"),
    Sector("H", "Transport", "H", (23, 24, 25, 26), "transport"),
    Sector("I", "Hotels and restaurants", "I", (22,), "hotels_restaurants"),
    Sector("J", "Information and communication", "J", (27,), "business_services"),
    Sector("K", "Finance and insurance", "K", (28,), "business_services"),
    Sector("L", "Real estate", "L", (29,), "business_services"),
    Sector("MN", "Business services", "M+N", (30,), "business_services"),
    Sector("O", "Public administration", "O", (31,), "public_services"),
    Sector("P", "Education", "P", (32,), "public_services"),
    Sector("Q", "Health and social care", "Q", (33,), "public_services"),
    Sector("RS", "Culture and other services", "R-U", (34, 35), "personal_services"),
)
N_SECTORS = len(SECTORS)
SECTOR_CODES = tuple(s.code for s in SECTORS)
SECTOR_INDEX = {code: i for i, code in enumerate(SECTOR_CODES)}
PUBLIC_SECTORS = tuple(i for i, s in enumerate(SECTORS) if s.branch == "public_services")
INDUSTRY = tuple(i for i, s in enumerate(SECTORS) if s.branch == "manufacturing")
"""Mining and manufacturing (industri)."""
NO_SECTOR = 255
"""`sector` of a resident who never worked."""


class Sex(IntEnum):
    """Legal sex as in the population register."""

    WOMAN = 0
    MAN = 1


class Status(IntEnum):
    """Labour status of a resident; `ABSENT` marks a free row."""

    ABSENT = 0
    CHILD = 1  # under 16
    EMPLOYED = 2
    UNEMPLOYED = 3
    OUTSIDE = 4  # 16 or older, outside the labour force, not retired
    RETIRED = 5


class Skill(IntEnum):
    """Highest completed education."""

    COMPULSORY = 0  # förgymnasial
    SECONDARY = 1  # gymnasial
    TERTIARY = 2  # eftergymnasial


N_SKILLS = len(Skill)


class WorkMode(IntEnum):
    """How an employed resident reaches the workplace."""

    NONE = 0
    LOCAL = 1  # lives and works in the same municipality
    DAILY = 2  # commutes daily across a municipal border
    WEEKLY = 3  # stays near the workplace during the working week


class Tenure(IntEnum):
    """Tenure of a dwelling (upplåtelseform)."""

    RENTAL = 0  # hyresrätt
    TENANT_OWNED = 1  # bostadsrätt
    OWNED = 2  # äganderätt
    OTHER = 3  # specialbostad, övrigt boende, uppgift saknas


N_TENURES = len(Tenure)

ADULT_AGE = 16
"""Age from which a resident can be in the labour force."""
RETIREMENT_AGE = 65
"""Age from which a resident without a job counts as retired."""
MAX_AGE = 100
"""Single years of age run from 0 to this one, which is open."""

HOUSEHOLD_TYPES = (
    "single_woman_under65",
    "single_woman_65plus",
    "single_man_under65",
    "single_man_65plus",
    "single_woman_with_children",
    "single_man_with_children",
    "couple_without_children",
    "couple_1_child",
    "couple_2_children",
    "couple_3plus_children",
    "other_with_children",
    "other_without_children",
)
"""Household types of the official table (children are 0-24 and living at home)."""

EMPLOYER_NONE = -1
EMPLOYER_REST_OF_SWEDEN = -2
EMPLOYER_ABROAD = -3
"""Values of `employer` that are not a row of the employer table."""
