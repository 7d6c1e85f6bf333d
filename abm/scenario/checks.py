"""What must hold between events, and between an event and its scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from abm.language import say
from abm.scenario.events import (
    AnyEvent,
    Closure,
    CommuterBus,
    Establishment,
    Expansion,
    Layoff,
    Link,
    PartnerHelp,
)
from abm.scenario.fields import unknown


class Finding(NamedTuple):
    """Something wrong in an event that only shows beside the others.

    Attributes:
        event: position of the event.
        key: key path within the event.
        message: what is wrong and what is allowed.
    """

    event: int
    key: str
    message: str


def first_month(event: Expansion | Layoff | Closure) -> str:
    """Month from which a change of an establishment holds."""
    return event.operation[0].month if isinstance(event, Expansion) else event.month


def _months_of(event: AnyEvent) -> Iterator[tuple[str, str]]:
    """Every month of an event, with its key path."""
    for key in ("month", "until", "first", "last"):
        month = getattr(event, key, None)
        if month is not None:
            yield key, month
    for key in ("operation", "construction", "in_house_share"):
        points = getattr(event, key, ())
        if isinstance(points, tuple):
            for i, point in enumerate(points, start=1):
                yield f"{key}[{i}].month", point.month


def check_events(mode: str, start: str, end: str, events: Sequence[AnyEvent]) -> Iterator[Finding]:
    """Everything that is wrong between events, or between an event and the scenario."""
    known: dict[str, Establishment] = {}
    for i, event in enumerate(events):
        if isinstance(event, Establishment):
            if event.name in known:
                yield Finding(
                    i, "name", say('is "{name}", which an earlier establishment is called', name=event.name)
                )
            known.setdefault(event.name, event)
    for i, event in enumerate(events):
        for key, month in _months_of(event):
            if not start <= month <= end:
                yield Finding(
                    i,
                    key,
                    say(
                        'is "{month}", outside the scenario ({start} to {end})',
                        month=month,
                        start=start,
                        end=end,
                    ),
                )
        if isinstance(event, Establishment):
            yield from _check_establishment(i, event, mode)
        elif isinstance(event, Expansion | Layoff | Closure) and event.establishment is not None:
            opened = known.get(event.establishment)
            if opened is None:
                yield Finding(i, "establishment", unknown("establishment", event.establishment, known))
            elif first_month(event) < opened.month:
                yield Finding(
                    i,
                    "operation[1].month" if isinstance(event, Expansion) else "month",
                    say(
                        'is "{month}", before "{name}" exists ({opened})',
                        month=first_month(event),
                        name=opened.name,
                        opened=opened.month,
                    ),
                )
        elif isinstance(event, CommuterBus | PartnerHelp) and (event.until or event.month) < event.month:
            yield Finding(
                i,
                "until",
                say('is "{until}", before the first month "{month}"', until=event.until, month=event.month),
            )
        if isinstance(event, Link | CommuterBus) and event.from_ == event.to:
            yield Finding(i, "to", say('is "{to}", the same place as "from"', to=event.to))


def _check_establishment(i: int, event: Establishment, mode: str) -> Iterator[Finding]:
    """What the mode asks of an establishment, and the order of its months."""
    if mode == "study":
        if event.recruitment is None:
            yield Finding(i, "recruitment", say("is missing; study mode imposes where the staff comes from"))
        if len([share for share in event.suppliers.values() if share > 0]) > 1:
            yield Finding(i, "suppliers", say("names several counties; the share of one can be imposed"))
        if event.recruit_abroad_share:
            yield Finding(
                i, "recruit_abroad_share", say("is for behavioural mode only; the study has no such channel")
            )
    else:
        for key in ("recruitment", "suppliers"):
            if getattr(event, key):
                yield Finding(
                    i,
                    key,
                    say('is for study mode only; behavioural mode (mode = "behavioural") imposes nothing'),
                )
    for key in ("operation", "construction"):
        points = getattr(event, key)
        if points and points[0].month < event.month:
            yield Finding(
                i,
                f"{key}[1].month",
                say(
                    'is "{month}", before the establishment\'s month "{announced}"',
                    month=points[0].month,
                    announced=event.month,
                ),
            )


def key_path(event: int, key: str) -> str:
    """Key path of a field of an event, counted from 1 as a reader of the file counts."""
    number = say("event {number}", number=event + 1)
    return f"{number}, {key}" if key else number
