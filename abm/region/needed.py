"""What the loader needs of a data package, whatever its descriptor says."""

from __future__ import annotations

import sys

from abm.schema import MAX_AGE, Skill

SKILLS = tuple(skill.name.lower() for skill in Skill)

NEEDED: dict[str, tuple[str, ...]] = {
    "municipalities": ("code", "name", "county_code", "latitude", "longitude"),
    "population": ("code", "sex", "age", "residents"),
    "education": ("code", "sex", "age", *SKILLS),
    "households": ("code", "household_type", "tenure", "households"),
    "persons_by_household_size": ("code", "household_size", "persons"),
    "dwellings": ("code", "tenure", "dwellings"),
    "dwellings_built": ("code", "dwellings"),
    "employment_rates": ("code", "sex", "age", "rate"),
    "employed_residents": ("code", "persons"),
    "employment_index": ("county_code", "year", "relative"),
    "jobs": ("code", "sector", "jobs"),
    "unemployed": ("code", "persons"),
    "unemployed_by_age": ("age_from", "age_to", "relative_risk"),
    "commuting": ("from", "to", "persons"),
    "migration": ("from", "to", "persons"),
    "migration_age": ("code", "age", "intensity"),
    "in_migrant_age": ("origin", "code", "age", "share"),
    "immigration": ("county_code", "year", "relative"),
    "births": ("code", "age", "rate"),
    "deaths": ("county_code", "sex", "age", "rate"),
    "income": ("code", "sex", "age", "sek"),
    "wages": ("sector", "skill", "sek_per_month"),
    "wage_level": ("code", "level"),
    "tax_rates": ("code", "rate"),
    "io_domestic": ("supplier", "user", "coefficient"),
    "sectors": ("sector", "imported", "household_consumption", "output_per_job", "national_jobs"),
    "public_need": ("sector", "age", "jobs_per_resident"),
    "employer_sizes": ("sector", "size_class", "share"),
    "network_nodes": (
        "code",
        "name",
        "kind",
        "latitude",
        "longitude",
        "within_km",
        "within_minutes",
        "within_transit_minutes",
    ),
    "network_links": ("from", "to", "mode", "name", "km", "minutes", "coach_minutes"),
    "series": ("code", "year", "quantity", "value", "source"),
}
"""Resources that a region is made of, with the columns they must have."""
TEXT = frozenset(
    {
        "code",
        "county_code",
        "from",
        "household_type",
        "kind",
        "measure",
        "mode",
        "name",
        "origin",
        "quantity",
        "sector",
        "sex",
        "size_class",
        "skill",
        "source",
        "supplier",
        "tenure",
        "to",
        "user",
    }
)
"""Needed columns that hold text; all others hold numbers."""
OPTIONAL = frozenset({"coach_minutes"})
"""Needed columns whose values may be missing."""
LARGEST = 1e12
"""No figure of a region is larger, whatever its unit."""
LIMITS: dict[str, tuple[float, float]] = {
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "age": (0, MAX_AGE),
    "rate": (0, 1),
    "share": (0, 1),
    "year": (1990, 2100),
}
"""What numbers of needed columns may be; all others from 0 to :data:`LARGEST`."""


def is_number(value: object) -> bool:
    """Whether a value of a descriptor is a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
