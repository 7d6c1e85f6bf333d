"""Levers: one figure of a scenario's events set to another value."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from abm.errors import OmlandError
from abm.experiment.model import Lever
from abm.language import say
from abm.scenario import Scenario, county_code
from abm.scenario.checks import check_events
from abm.scenario.events import AnyEvent
from abm.scenario.wording import sentences


def has_event(scenario: Scenario, lever: Lever) -> bool:
    """Whether a scenario has the event of a lever."""
    return any(getattr(event, "name", None) == lever.event for event in scenario.events)


def pull(scenario: Scenario, lever: Lever, value: float) -> Scenario:
    """A scenario with a lever at a value; the same scenario if it has no such event.

    Raises:
        OmlandError: the event has no such figure, or the value is not allowed there.
    """
    if not has_event(scenario, lever):
        return scenario
    events = tuple(
        _changed(event, lever, value) if getattr(event, "name", None) == lever.event else event
        for event in scenario.events
    )
    for finding in check_events(scenario.mode, scenario.start, scenario.end, events):
        raise OmlandError(
            say('lever "{lever}": {key} {what}.', lever=lever.name, key=finding.key, what=finding.message)
        )
    return scenario.model_copy(update={"events": events})


def _changed(event: AnyEvent, lever: Lever, value: float) -> AnyEvent:
    content = event.model_dump(mode="json", by_alias=True)
    table, (*path, last) = content, lever.key.split(".")
    for part in path:
        table = table.get(part) if isinstance(table, dict) else None  # type: ignore[assignment]
    if isinstance(table, dict) and last not in table:
        with suppress(ValueError):
            last = county_code(last)
    if not isinstance(table, dict) or (last not in table and not _shares(path or [last])):
        numbers = ", ".join(k for k, v in content.items() if _is_figure(v))
        raise OmlandError(
            say(
                'lever "{lever}": event "{event}" has no key "{key}"; its figures: {numbers}.',
                lever=lever.name,
                event=lever.event,
                key=lever.key,
                numbers=numbers,
            )
        )
    old = table.get(last, 0.0)
    if not _is_figure(old):
        raise OmlandError(
            say(
                'lever "{lever}": {key} of "{event}" is not a figure.',
                lever=lever.name,
                key=lever.key,
                event=lever.event,
            )
        )
    if isinstance(old, list):  # a path keeps its shape and months
        table[last] = [{key: _times(v, value) for key, v in point.items()} for point in old]
    else:
        table[last] = value
    try:
        return type(event).model_validate(content)
    except ValidationError as error:
        key, words = sentences(error, type(event))[0]
        raise OmlandError(
            say('lever "{lever}": {key} {what}.', lever=lever.name, key=key, what=words)
        ) from None


def _times(value: Any, factor: float) -> Any:
    return value * factor if isinstance(value, float | int) else value


def _shares(path: list[str]) -> bool:
    """Whether a key leads into a table of counties, which may get a further county."""
    return path[-1] in ("suppliers", "in_commuters_from", "extra_out_commuters", "movers_from")


def _is_figure(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, list):
        return bool(value) and all(isinstance(p, dict) and "month" in p for p in value)
    return isinstance(value, float | int)
