"""Scenarios: dated events and assumptions, read from TOML and checked.

A scenario says what happens to the region from outside: an employer settles,
grows, lays off or closes, a link opens, dwellings are built, support is given.
The months of a path are month *ends*, like the stocks of the model; month 0 is
January of :data:`abm.schema.START_YEAR`.

A file may extend another one (``extends = "baseline"``). It then has all events
of the other file, followed by its own; an event of the same kind with the same
``name`` replaces those fields of the earlier event that it gives.

Everything wrong in a file is told as one :class:`~abm.errors.OmlandError`
sentence that names the file, the line, the key, and what is allowed.
"""

from abm.scenario.events import (
    AnyEvent,
    Closure,
    CommuterBus,
    Establishment,
    Expansion,
    Housing,
    Layoff,
    Link,
    PartnerHelp,
    Recruitment,
)
from abm.scenario.fields import JobPoint, SharePoint, county_code, month_index, path_values
from abm.scenario.files import (
    SCENARIOS,
    check_scenario,
    find_scenario,
    list_scenarios,
    load_scenario,
    own_titles,
)
from abm.scenario.model import JobPaths, Scenario, Words

__all__ = [
    "SCENARIOS",
    "AnyEvent",
    "Closure",
    "CommuterBus",
    "Establishment",
    "Expansion",
    "Housing",
    "JobPaths",
    "JobPoint",
    "Layoff",
    "Link",
    "PartnerHelp",
    "Recruitment",
    "Scenario",
    "SharePoint",
    "Words",
    "check_scenario",
    "county_code",
    "find_scenario",
    "list_scenarios",
    "load_scenario",
    "month_index",
    "own_titles",
    "path_values",
]
