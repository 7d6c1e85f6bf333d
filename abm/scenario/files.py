"""Scenario files: finding, reading and merging them, with everything wrong told by file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable
from abm.resources import data_path
from abm.scenario.checks import check_events, key_path
from abm.scenario.events import CLASSES, KINDS, SUPPORT, AnyEvent
from abm.scenario.fields import is_unknown, unknown
from abm.scenario.model import Scenario
from abm.scenario.wording import lower_first, sentences, shown
from abm.toml_file import known_names, read_toml

SCENARIOS = "scenarios"
"""Folder within a region in which it may bring scenarios of its own."""

if TYPE_CHECKING:
    from abm.region.region import Region


@dataclass(frozen=True)
class _Source:
    """A scenario file: where it is, its text and its tables."""

    path: Path
    text: str
    tables: dict[str, Any]

    def where(self, event: int | None = None, key: str = "", named: str | None = None) -> str:
        """File, line if it can be found, and key path (or what is named instead) to begin a sentence with."""
        line = self._line(event, key)
        place = say("{path}, line {line}", path=self.path, line=line) if line else f"{self.path}"
        named = key if named is None else named
        path = key_path(event, named) if event is not None else named
        return f"{place}: {path}".rstrip().rstrip(":")

    def _line(self, event: int | None, key: str) -> int | None:
        """Line of a key, or of its table or event where the layout hides the key."""
        lines = [line.split("#")[0] for line in self.text.splitlines()]
        heads = [i for i, line in enumerate(lines) if re.match(r"\s*\[\[\s*event\s*\]\]", line)]
        if event is None:
            first, last = 0, heads[0] if heads and key != "event" else len(lines)
        elif event < len(heads):
            first, last = heads[event], heads[event + 1] if event + 1 < len(heads) else len(lines)
        else:
            return None
        found = None if event is None else first
        for name, index in re.findall(r"([^.\[\]]+)(?:\[(\d+)\])?", key):
            pattern = re.compile(rf"""(^|[\s{{,.\["'])["']?{re.escape(name)}["']?\s*[=.\]]""")
            hit = next((i for i in range(first, last) if pattern.search(lines[i])), None)
            if hit is None:
                break
            found = first = hit
            heading = lines[found].lstrip().startswith("[")
            end = re.compile(r"\s*\[" if heading else r"\s*(\[|[\w\"'-]+\s*=)")
            last = next((i for i in range(found + 1, last) if end.match(lines[i])), last)
            if index:  # the line on which the table of that number begins
                tables = [i for i in range(first, last) for _ in range(lines[i].count("{"))]
                found = first = tables[int(index) - 1] if len(tables) >= int(index) else first
        return None if found is None else found + 1


@dataclass
class _Problem:
    """Something wrong in a file."""

    source: _Source
    message: str
    key: str = ""
    event: int | None = None

    def sentence(self) -> str:
        """What is wrong and where, as one sentence."""
        stop = "" if self.message.endswith("?") else "."
        message = self.message.rstrip(".") + stop
        if not is_unknown(self.message):
            joint = " " if self.key or self.event is not None else ": "
            return f"{self.source.where(self.event, self.key)}{joint}{message}"
        # The table rather than the key itself, which the message names.
        table = self.key.rpartition(".")[0] if is_unknown(self.message, "key") else self.key
        return f"{self.source.where(self.event, self.key, table)}: {message}"


@dataclass
class _Draft:
    """A scenario while it is read: settings, raw events with their origin, problems."""

    settings: dict[str, Any]
    events: list[tuple[dict[str, Any], _Source, int]] = field(default_factory=list)
    problems: list[_Problem] = field(default_factory=list)


def list_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that travel with Omland."""
    folder = data_path("scenarios")
    return tuple(sorted(p.stem for p in folder.glob("*.toml") if not p.name.startswith("_")))


def find_scenario(name: str, region: Path | None) -> str | Path:
    """The scenario of a name: one that the region brings comes before the shipped one."""
    own = None if region is None or "/" in name else reachable(region / SCENARIOS / f"{name}.toml")
    return own if own is not None and own.is_file() else name


def own_titles(scenarios: Mapping[str, Scenario]) -> dict[str, dict[str, str]]:
    """Titles, by name and code of language, of the scenarios that do not travel with Omland.

    One of somebody's own may have the name of one that does; it has a title of its own.
    """
    shipped = set(list_scenarios())
    return {
        name: scenario.title.model_dump()
        for name, scenario in scenarios.items()
        if name not in shipped or scenario.title != load_scenario(name).title
    }


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a scenario by its shipped name or from a file.

    Args:
        name_or_path: one of :func:`list_scenarios`, or the path of a TOML file.

    Returns:
        The checked scenario; places are checked by :meth:`Scenario.resolve`.

    Raises:
        OmlandError: the file or something in it is not usable.
    """
    scenario, problems = _read(name_or_path)
    if scenario is None:
        raise OmlandError(problems[0].sentence())
    return scenario


def check_scenario(path: str | Path, region: Region | None = None) -> list[str]:
    """Everything that is wrong with a scenario file, one sentence each.

    Args:
        path: shipped name or path of a TOML file.
        region: region in which its places are looked up, if any.

    Returns:
        The findings; an empty list if the scenario can run.
    """
    try:
        scenario, problems = _read(path)
        if scenario is not None and region is not None:
            scenario.resolve(region)
    except OmlandError as error:
        return [str(error)]
    return [p.sentence() for p in problems]


def _read(name_or_path: str | Path) -> tuple[Scenario | None, list[_Problem]]:
    """A scenario, or what is wrong with it."""
    path = _find(name_or_path)
    draft = _collect(path, ())
    settings = draft.settings
    settings.setdefault("name", path.stem)
    events = [_parse_event(raw, source, i, draft.problems) for raw, source, i in draft.events]
    top = _load_source(path)
    if not draft.problems:
        try:
            head = Scenario.model_validate(settings)
        except ValidationError as error:
            draft.problems += [_Problem(top, words, key) for key, words in sentences(error, Scenario)]
        else:
            parsed = [e for e in events if e is not None]
            for finding in check_events(head.mode, head.start, head.end, parsed):
                _, source, i = draft.events[finding.event]
                draft.problems.append(_Problem(source, finding.message, finding.key, i))
            if not draft.problems:
                scenario = head.model_copy(update={"events": tuple(parsed)})
                scenario._origins = tuple((source, i) for _, source, i in draft.events)
                return scenario, []
    return None, draft.problems


def _find(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """The file of a scenario: a shipped name, or a path (relative to the file that extends it)."""
    text = str(name_or_path)
    shipped = data_path("scenarios") / f"{text}.toml"
    if re.fullmatch(r"\w[\w.-]*", text) and reachable(shipped).is_file():
        return shipped
    path = Path(text) if beside is None else beside.parent / text
    if reachable(path).exists():
        return path
    names = list_scenarios()
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise OmlandError(
            say(
                'There is no scenario file "{path}"; shipped scenarios: {names}.',
                path=path,
                names=", ".join(names),
            )
        )
    raise OmlandError(
        say(
            'There is no scenario "{text}"; {known}, or the path of a TOML file.',
            text=text,
            known=known_names(text, names),
        )
    )


def _load_source(path: Path) -> _Source:
    """Read and parse one TOML file."""
    text, tables = read_toml(path, say("a scenario"), say('a mode, for instance mode = "behavioural"'))
    return _Source(path, text, tables)


def _collect(path: Path, children: tuple[Path, ...]) -> _Draft:
    """Read a file with all that it extends, and merge their settings and events."""
    source = _load_source(path)
    tables = dict(source.tables)
    own: _Draft = _Draft({})
    for key in tables:
        if key not in Scenario.TOP_KEYS:
            own.problems.append(_Problem(source, unknown("key", key, Scenario.TOP_KEYS), key))
    extends = tables.pop("extends", None)
    raw_events = tables.pop("event", [])
    draft = _Draft({})
    if extends is not None:
        if not isinstance(extends, str):
            raise OmlandError(
                _Problem(
                    source, say("must be text, not {extends}", extends=shown(extends)), "extends"
                ).sentence()
            )
        try:
            parent = _find(extends, beside=path)
        except OmlandError as error:
            raise OmlandError(f"{source.where(None, 'extends')}: {lower_first(str(error))}.") from None
        if parent.is_dir():
            words = say("must be the name or the file of a scenario, not a folder")
            raise OmlandError(_Problem(source, words, "extends").sentence())
        if parent.resolve() in {p.resolve() for p in (*children, path)}:
            raise OmlandError(_Problem(source, say("leads back to the same file"), "extends").sentence())
        draft = _collect(parent, (*children, path))
        for inherited in ("name", "title", "description"):
            draft.settings.pop(inherited, None)
    draft.problems += own.problems
    draft.settings |= {k: v for k, v in tables.items() if k in Scenario.TOP_KEYS}
    if not isinstance(raw_events, list) or not all(isinstance(e, dict) for e in raw_events):
        draft.problems.append(_Problem(source, say("must be tables, each headed [[event]]"), "event"))
        return draft
    for i, raw in enumerate(raw_events):
        _merge_event(draft.events, raw, source, i)
    return draft


def _merge_event(
    events: list[tuple[dict[str, Any], _Source, int]], raw: dict[str, Any], source: _Source, index: int
) -> None:
    """Append an event, or let it replace fields of the inherited one of the same kind and name."""
    for position, (earlier, earlier_source, _) in enumerate(events):
        same = earlier_source is not source and earlier.get("kind") == raw.get("kind")
        if same and raw.get("name") is not None and earlier.get("name") == raw["name"]:
            events[position] = ({**earlier, **raw}, source, index)
            return
    events.append((raw, source, index))


def _parse_event(
    raw: dict[str, Any], source: _Source, index: int, problems: list[_Problem]
) -> AnyEvent | None:
    """One event, or None with what is wrong added to the problems."""
    for key, classes in (("kind", dict.fromkeys(KINDS)), ("support", SUPPORT)):
        if key == "support" and raw.get("kind") != "support":
            break
        given = raw.get(key)
        if given is None:
            problems.append(
                _Problem(
                    source,
                    say('needs the key "{key}": {classes}', key=key, classes=", ".join(classes)),
                    "",
                    index,
                )
            )
            return None
        if not isinstance(given, str) or given not in classes:
            problems.append(_Problem(source, unknown(key, str(given), classes), key, index))
            return None
    kind = SUPPORT[raw["support"]] if raw["kind"] == "support" else CLASSES[raw["kind"]]
    try:
        return kind.model_validate(raw)  # type: ignore[return-value]
    except ValidationError as error:
        problems += [_Problem(source, words, key, index) for key, words in sentences(error, kind)]
        return None
