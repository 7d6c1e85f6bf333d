"""Kinds of events: what can happen to the region from outside, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from abm.language import say
from abm.scenario.fields import (
    Count,
    CountyShares,
    FloatArray,
    JobPath,
    Model,
    Month,
    Positive,
    Premium,
    SectorCode,
    Share,
    SharePath,
    Text,
    month_index,
    path_values,
)


class Recruitment(Model):
    """Where the staff of an establishment comes from, imposed as the study does (study mode only).

    Counties may be given by name or code; they are kept by code.

    Attributes:
        in_commuter_multiple: in-commuters from other counties, as a multiple of the average share of
            such in-commuters in the jobs of the establishment's county (A04).
        in_commuters_from: share of those in-commuters by home county (A05); the rest comes as behaviour has it.
        extra_out_commuters: further commuters, as a share of today's commuters from a county to the
            county of the establishment (A08).
        mover_share: share of the staff not commuting in that moves in from other counties (A06, A09).
        movers_from: share of those movers by county of origin (A07, A10).
    """

    in_commuter_multiple: Count
    in_commuters_from: CountyShares = Field(default_factory=dict)
    extra_out_commuters: CountyShares = Field(default_factory=dict)
    mover_share: Share
    movers_from: CountyShares = Field(default_factory=dict)


FigureOrPath = Annotated[
    Annotated[Share, Tag("a number")] | Annotated[SharePath, Tag("a path")],
    Discriminator(lambda value: "a path" if isinstance(value, list | tuple) else "a number"),
]


class Establishment(Model):
    """A new employer with paths of operating and construction jobs.

    Attributes:
        name: name, by which other events refer to it.
        municipality: where it settles, name or code.
        sector: code of its sector.
        month: month of the announcement; no point of a path may come earlier.
        operation: employees who operate it; no one before the first point.
        construction: builders; none before the first point.
        construction_sector: sector of the builders.
        construction_from_outside: share of the builders who come from outside the region.
        wage_premium: wage above the regional wage of the sector and skill, as a share of it.
        in_house_share: share of its inputs that it makes itself (vertical integration), a figure or a path.
        recruit_abroad_share: share of those it hires for operation who come from abroad (behavioural mode only).
        remote_share: share of its work that can be done at home.
        visibility: how many times as often as an ordinary vacancy its vacancies are seen.
        related_sectors: sectors whose workers have skills close to those it needs.
        recruitment: imposed origin of the staff (study mode only).
        suppliers: imposed share of a county in what the establishment buys from other counties than its own (study
            mode only).
    """

    kind: Literal["establishment"]
    name: Text
    municipality: Text
    sector: SectorCode
    month: Month
    operation: Annotated[JobPath, Field(min_length=1)]
    construction: JobPath = ()
    construction_sector: SectorCode = "F"
    construction_from_outside: Share = 0.0
    wage_premium: Premium = 0.0
    in_house_share: FigureOrPath = 0.0
    recruit_abroad_share: Share = 0.0
    remote_share: Share = 0.0
    visibility: Positive = 1.0
    related_sectors: tuple[SectorCode, ...] = ()
    recruitment: Recruitment | None = None
    suppliers: CountyShares = Field(default_factory=dict)

    def in_house(self, n_months: int) -> FloatArray:
        """Share of inputs made in-house at the end of each month, float64[T]."""
        if isinstance(self.in_house_share, float | int):
            return np.full(n_months, float(self.in_house_share))
        return path_values(self.in_house_share, n_months, before=None)


class Expansion(Model):
    """A new path of operating jobs of an establishment, from its first point on.

    Up to the month before the first point the earlier path holds. An expansion
    after a closure is a restart.
    """

    kind: Literal["expansion"]
    name: Text | None = None
    establishment: Text
    operation: Annotated[JobPath, Field(min_length=1)]


class Layoff(Model):
    """Jobs that end in a month, at an establishment or in a sector of a municipality.

    An establishment stays at what is left until an expansion says otherwise.
    """

    kind: Literal["layoff"]
    name: Text | None = None
    establishment: Text | None = None
    municipality: Text | None = None
    sector: SectorCode | None = None
    month: Month
    jobs: Positive

    @model_validator(mode="after")
    def _place(self) -> Layoff:
        _check_place(self)
        return self


class Closure(Model):
    """The end of an establishment, or of a whole sector in a municipality, in a month."""

    kind: Literal["closure"]
    name: Text | None = None
    establishment: Text | None = None
    municipality: Text | None = None
    sector: SectorCode | None = None
    month: Month

    @model_validator(mode="after")
    def _place(self) -> Closure:
        _check_place(self)
        return self


def _check_place(event: Layoff | Closure) -> None:
    """Either an establishment, or a municipality and a sector."""
    place = event.municipality is not None and event.sector is not None
    partial = (event.municipality is not None) != (event.sector is not None)
    if partial or place == (event.establishment is not None):
        raise ValueError(say('needs either "establishment", or both "municipality" and "sector"'))


class Link(Model):
    """A link of the travel network that opens, or gets faster, in a month.

    ``from`` and ``to`` are zones by name or code, or junctions of the network.
    """

    kind: Literal["link"]
    name: Text
    month: Month
    from_: Text = Field(alias="from")
    to: Text
    mode: Literal["road", "rail"]
    minutes: Positive
    km: Positive


class Housing(Model):
    """Dwellings completed in equal parts from the first to the last month, on top of the ordinary ones."""

    kind: Literal["housing"]
    name: Text | None = None
    municipality: Text
    first: Month
    last: Month
    dwellings: Count

    @model_validator(mode="after")
    def _order(self) -> Housing:
        if self.last < self.first:
            raise ValueError(
                say('has "last" ({last}) before "first" ({first})', last=self.last, first=self.first)
            )
        return self

    def monthly(self, n_months: int) -> FloatArray:
        """Dwellings completed in each month, float64[T]."""
        built = np.zeros(n_months)
        first, last = month_index(self.first), month_index(self.last)
        built[first : last + 1] = self.dwellings / (last - first + 1)
        return built


class CommuterBus(Model):
    """A bus or subsidy that makes travelling between two municipalities cheaper or faster, both ways.

    Attributes:
        month: first month.
        until: last month; to the end if not given.
        cost_factor: money cost of travel, as a multiple of the ordinary cost.
        time_factor: time of travel, as a multiple of the ordinary time.
    """

    kind: Literal["support"]
    support: Literal["commuter_bus"]
    name: Text | None = None
    month: Month
    until: Month | None = None
    from_: Text = Field(alias="from")
    to: Text
    cost_factor: Annotated[float, Field(strict=True, ge=0, le=1)] = 1.0
    time_factor: Annotated[float, Field(strict=True, ge=0.01, le=1)] = 1.0


class PartnerHelp(Model):
    """Help for the partners of those who move to a municipality to find a job there.

    Attributes:
        month: first month.
        until: last month; to the end if not given.
        strength: share of what the move costs the partner at work that the help removes, and of the partners who
            look for a job there twice as often.
    """

    kind: Literal["support"]
    support: Literal["partner"]
    name: Text | None = None
    month: Month
    until: Month | None = None
    municipality: Text
    strength: Share


AnyEvent = Establishment | Expansion | Layoff | Closure | Link | Housing | CommuterBus | PartnerHelp

CLASSES: dict[str, type[Model]] = {
    "establishment": Establishment,
    "expansion": Expansion,
    "layoff": Layoff,
    "closure": Closure,
    "link": Link,
    "housing": Housing,
}
SUPPORT: dict[str, type[Model]] = {"commuter_bus": CommuterBus, "partner": PartnerHelp}
KINDS = (*CLASSES, "support")
"""Values of ``kind`` of an event."""


def _tag(event: Any) -> str | None:
    """Which class an event belongs to, by its ``kind`` and, for support, its ``support``."""
    get = event.get if isinstance(event, Mapping) else lambda key: getattr(event, key, None)
    return get("support") if get("kind") == "support" else get("kind")


Event = Annotated[
    Annotated[Establishment, Tag("establishment")]
    | Annotated[Expansion, Tag("expansion")]
    | Annotated[Layoff, Tag("layoff")]
    | Annotated[Closure, Tag("closure")]
    | Annotated[Link, Tag("link")]
    | Annotated[Housing, Tag("housing")]
    | Annotated[CommuterBus, Tag("commuter_bus")]
    | Annotated[PartnerHelp, Tag("partner")],
    Discriminator(_tag),
]
