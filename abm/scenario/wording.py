"""Findings of the validation library, put into plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from abm.language import N_, say
from abm.scenario.events import Recruitment
from abm.scenario.fields import JobPoint, SharePoint, is_unknown, unknown
from abm.scenario.model import Words


def _keys_of(model: type[BaseModel]) -> list[str]:
    return [f.alias or name for name, f in model.model_fields.items()]


NESTED: Mapping[str, type[BaseModel]] = {
    "operation": JobPoint,
    "construction": JobPoint,
    "in_house_share": SharePoint,
    "recruitment": Recruitment,
    "title": Words,
    "description": Words,
}
"""Tables within a scenario, by the key that holds them."""


def sentences(
    error: ValidationError, model: type[BaseModel], nested: Mapping[str, type[BaseModel]] = NESTED
) -> list[tuple[str, str]]:
    """Key path of each finding, and what is wrong there in words that follow the key path.

    Args:
        error: what the validation library found.
        model: what was validated.
        nested: tables within it, by the key that holds them.
    """
    result = []
    for item in error.errors(include_url=False):
        location = [p for p in item["loc"] if not (isinstance(p, str) and _is_branch(p))]
        key = ""
        for part in location:
            key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else str(part)
        result.append((key, _words(item, _owner(location, model, nested))))
    # A misspelt key explains why another one is missing.
    return sorted(result, key=lambda r: not is_unknown(r[1], "key"))


def _is_branch(part: str) -> bool:
    """Whether a part of a location names a branch of a union or a validator, not a key."""
    return " " in part or "[" in part


def _owner(
    location: Sequence[str | int], model: type[BaseModel], nested: Mapping[str, type[BaseModel]]
) -> type[BaseModel]:
    """The table that a key belongs to."""
    for part in location[:-1]:
        model = nested.get(str(part), model)
    return model


_WANTED = {
    "string_type": N_("text in quotes"),
    "float_type": N_("a number"),
    "int_type": N_("a whole number"),
    "bool_type": N_("true or false"),
    "dict_type": N_("a table { key = value }"),
    "tuple_type": N_("a list [ ... ]"),
    "model_type": N_("a table { key = value }"),
    "model_attributes_type": N_("a table { key = value }"),
}
_BOUND = {
    "greater_than": (N_("more than"), "gt"),
    "greater_than_equal": (N_("at least"), "ge"),
    "less_than": (N_("less than"), "lt"),
    "less_than_equal": (N_("at most"), "le"),
}


def _words(item: Any, owner: type[BaseModel]) -> str:
    """One of pydantic's errors in plain words, to follow the key path."""
    kind, given, context = item["type"], item.get("input"), item.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown("key", str(item["loc"][-1]), _keys_of(owner))
    if kind == "missing":
        return say("is missing")
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return unknown("value", str(given), allowed)
    if kind in _BOUND:
        words, bound = _BOUND[kind]
        return say(
            "must be {words} {bound}, not {given}",
            words=say(words),
            bound=f"{context[bound]:.12g}",
            given=shown(given),
        )
    if kind in _WANTED:
        return say("must be {wanted}, not {given}", wanted=say(_WANTED[kind]), given=shown(given))
    if kind == "too_short":
        least = context.get("min_length", 1)
        if least > 1:
            return say("must have at least {n} entries", n=least)
        return say("must have at least one point") if _is_path(item) else say("must have at least one entry")
    if kind == "string_too_short":
        return say("must not be empty")
    if kind == "string_pattern_mismatch":
        return say("must be letters, digits, dots, dashes and underscores, not {given}", given=shown(given))
    if kind == "finite_number":
        return say("must be a finite number")
    if kind == "value_error":
        return str(context["error"])
    return lower_first(str(item["msg"]))


def _is_path(item: Any) -> bool:
    """Whether something is a path of points over time."""
    return any(part in NESTED for part in item["loc"])


def shown(value: Any) -> str:
    """A value as a reader of the file wrote it, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) < 40 else f'"{value[:36]}…"'
    if isinstance(value, int | float):
        text = f"{value}"
        return text if len(text) < 40 else f"{text[:36]}…"
    if isinstance(value, Mapping):
        return say("a table")
    if isinstance(value, list | tuple):
        return say("a list")
    return str(value)


def lower_first(text: str) -> str:
    """A sentence as the continuation of another one: no capital, no full stop."""
    return text[:1].lower() + text[1:].rstrip(".")
