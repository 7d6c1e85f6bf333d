"""Places of a scenario, looked up in a region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from abm.language import say
from abm.scenario.events import AnyEvent, CommuterBus, Establishment, Link
from abm.scenario.fields import unknown
from abm.schema import COUNTIES

if TYPE_CHECKING:
    from abm.region.region import Region


class PlaceError(Exception):
    """A place that the region does not have, with the key that names it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def _municipality(region: Region, key: str, name: str) -> str:
    try:
        index = region.index(name)
    except KeyError:
        index = region.n_municipalities
    if index >= region.n_municipalities:
        raise PlaceError(key, unknown("municipality", name, region.names[: region.n_municipalities]))
    return region.codes[index]


def _node(region: Region, key: str, name: str) -> str:
    try:
        return region.codes[region.index(name)]
    except KeyError:
        if name in region.network:
            return name
        junctions = [str(n) for n in region.network if n not in region.codes]
        raise PlaceError(key, unknown("place", name, [*region.names, *junctions])) from None


def _check_counties(region: Region, key: str, shares: Mapping[str, float]) -> None:
    present = [COUNTIES[code] for code in dict.fromkeys(region.county) if code in COUNTIES]
    for code in shares:
        if code not in region.county:
            raise PlaceError(key, unknown("county", COUNTIES[code], present))


def resolve_event(event: AnyEvent, region: Region) -> AnyEvent:
    """An event with codes instead of names."""
    update: dict[str, Any] = {}
    if getattr(event, "municipality", None) is not None:
        update["municipality"] = _municipality(region, "municipality", event.municipality)  # type: ignore[union-attr, arg-type]
    if isinstance(event, Link):
        update |= {"from_": _node(region, "from", event.from_), "to": _node(region, "to", event.to)}
    if isinstance(event, CommuterBus):
        update |= {
            "from_": _municipality(region, "from", event.from_),
            "to": _municipality(region, "to", event.to),
        }
    if isinstance(event, Link | CommuterBus) and update["from_"] == update["to"]:
        raise PlaceError("to", say('is "{to}", the same place as "from"', to=event.to))
    if isinstance(event, Establishment):
        _check_counties(region, "suppliers", event.suppliers)
        if event.recruitment is not None:
            for key in ("in_commuters_from", "extra_out_commuters", "movers_from"):
                _check_counties(region, f"recruitment.{key}", getattr(event.recruitment, key))
    return event.model_copy(update=update)
