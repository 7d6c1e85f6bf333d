"""The scenario itself: settings and events, checked against each other and against a region."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field, PrivateAttr, field_validator, model_validator

from abm.errors import OmlandError
from abm.language import say
from abm.scenario.checks import check_events, first_month, key_path
from abm.scenario.events import Closure, Establishment, Event, Expansion, Layoff
from abm.scenario.fields import START, FloatArray, Model, Month, month_index, path_values
from abm.scenario.places import PlaceError, resolve_event

if TYPE_CHECKING:
    from abm.region.region import Region


class Words(Model):
    """A text in English and in Swedish."""

    en: Annotated[str, Field(strict=True)]
    sv: Annotated[str, Field(strict=True)]

    @model_validator(mode="before")
    @classmethod
    def _same_in_both(cls, value: Any) -> Any:
        return {"en": value, "sv": value} if isinstance(value, str) else value


class JobPaths(NamedTuple):
    """Jobs of an establishment at the end of each month, after every event that concerns it.

    Attributes:
        operation: employees who operate it, float64[T].
        construction: builders, float64[T].
    """

    operation: FloatArray
    construction: FloatArray


class Scenario(Model):
    """A named set of assumptions and dated events.

    Attributes:
        name: short name, used in tables and file names.
        title: one line, English and Swedish.
        description: a paragraph, English and Swedish.
        mode: ``"study"`` imposes the channels of the study's assumptions, ``"behavioural"`` nothing.
        start: first month; the stocks of the region are those of the month before.
        end: last month.
        events: what happens, in the order of the file (with what it extends first).
    """

    name: Annotated[str, Field(strict=True, pattern=r"^\w[\w.-]*$")]
    title: Words = Words(en="", sv="")
    description: Words = Words(en="", sv="")
    mode: Literal["study", "behavioural"]
    start: Month = START
    end: Month = "2030-12"
    events: tuple[Event, ...] = ()

    # Where each event stands in a file: an object with `where(event, key)`, and the position there.
    _origins: tuple[tuple[Any, int], ...] = PrivateAttr(default=())

    TOP_KEYS: ClassVar[tuple[str, ...]] = (
        "name",
        "title",
        "description",
        "extends",
        "mode",
        "start",
        "end",
        "event",
    )

    @field_validator("start")
    @classmethod
    def _first(cls, start: str) -> str:
        if start != START:
            raise ValueError(say('must be "{month}", as the region is that of the month before', month=START))
        return start

    @field_validator("end")
    @classmethod
    def _last(cls, end: str) -> str:
        if end < START:
            raise ValueError(say('is "{end}", before the first month "{month}"', end=end, month=START))
        return end

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        for finding in check_events(self.mode, self.start, self.end, self.events):
            raise ValueError(f"{key_path(finding.event, finding.key)} {finding.message}")
        return self

    @property
    def n_months(self) -> int:
        """Number of simulated months, T."""
        return month_index(self.end) + 1

    @staticmethod
    def month_index(month: str) -> int:
        """Index of a month, 0 for January of the start year; see :func:`month_index`."""
        return month_index(month)

    @property
    def hash(self) -> str:
        """SHA-256 of everything but the title and the description."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"title", "description"})
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def establishments(self) -> tuple[Establishment, ...]:
        """The establishments, in the order of the events."""
        return tuple(e for e in self.events if isinstance(e, Establishment))

    def establishment(self, name: str) -> Establishment:
        """The establishment with a name.

        Raises:
            KeyError: no such establishment.
        """
        for event in self.establishments:
            if event.name == name:
                return event
        raise KeyError(name)

    def job_paths(self, name: str) -> JobPaths:
        """Jobs of an establishment at the end of each month, with expansions, lay-offs and closure."""
        own = self.establishment(name)
        operation = path_values(own.operation, self.n_months)
        construction = path_values(own.construction, self.n_months)
        changes = [
            e
            for e in self.events
            if isinstance(e, Expansion | Layoff | Closure) and e.establishment == own.name
        ]
        for change in sorted(changes, key=first_month):
            month = month_index(first_month(change))
            if isinstance(change, Expansion):
                operation[month:] = path_values(change.operation, self.n_months)[month:]
            elif isinstance(change, Layoff):
                before = operation[month - 1] if month else 0.0
                operation[month:] = max(before - change.jobs, 0.0)
            else:
                operation[month:] = 0.0
                construction[month:] = 0.0
        return JobPaths(operation, construction)

    def resolve(self, region: Region) -> Scenario:
        """The same scenario with codes for every municipality, county and zone.

        Args:
            region: the region in which the scenario shall run.

        Returns:
            The scenario with the codes of the region instead of names.

        Raises:
            OmlandError: a place is not in the region.
        """
        resolved = []
        for i, event in enumerate(self.events):
            try:
                resolved.append(resolve_event(event, region))
            except PlaceError as error:
                where = say('Scenario "{name}": {key}', name=self.name, key=key_path(i, error.key))
                if self._origins:
                    source, position = self._origins[i]
                    where = source.where(position, error.key)
                raise OmlandError(f"{where}: {error}") from None
        return self.model_copy(update={"events": tuple(resolved)})
