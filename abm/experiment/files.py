"""Experiment files: finding and reading them, with everything wrong told by file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from abm.errors import OmlandError
from abm.experiment.model import NESTED, Experiment
from abm.language import say
from abm.paths import reachable
from abm.resources import data_path
from abm.scenario.fields import Model, is_unknown
from abm.scenario.wording import sentences
from abm.toml_file import known_names, read_toml

NO_EXPERIMENTS = ("calibration", "template")
"""Shipped files beside the experiments: the calibration, and one that is there to be copied."""

AnyModel = TypeVar("AnyModel", bound=Model)


def list_experiments() -> tuple[str, ...]:
    """Names of the experiments that travel with Omland."""
    return tuple(
        sorted(p.stem for p in data_path("experiments").glob("*.toml") if p.stem not in NO_EXPERIMENTS)
    )


def experiment_path(name_or_path: str | Path) -> Path:
    """The file of an experiment: a shipped name, or a path.

    Raises:
        OmlandError: there is none.
    """
    text = str(name_or_path)
    shipped = data_path("experiments") / f"{text}.toml"
    if re.fullmatch(r"\w[\w-]*", text) and reachable(shipped).is_file():
        return shipped
    path = Path(text)
    if reachable(path).exists():
        return path
    names = list_experiments()
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise OmlandError(
            say(
                'There is no experiment file "{path}"; shipped experiments: {names}.',
                path=path,
                names=", ".join(names),
            )
        )
    raise OmlandError(
        say(
            'There is no experiment "{text}"; {known}, or the path of a TOML file.',
            text=text,
            known=known_names(text, names),
        )
    )


def load_experiment(name_or_path: str | Path) -> Experiment:
    """Read an experiment by its shipped name or from a file.

    Args:
        name_or_path: one of :func:`list_experiments`, or the path of a TOML file.

    Returns:
        The experiment; scenarios, places and levers are checked by :func:`abm.experiment.plan.make_plan`.
        Scenario files are looked for beside the experiment's file.

    Raises:
        OmlandError: the file or something in it is not usable.
    """
    path = experiment_path(name_or_path)
    text, tables = read_toml(path, say("an experiment"), say("scenarios, outcomes and replicates"))
    tables.setdefault("name", path.stem)
    experiment = validated(Experiment, tables, path, text, NESTED)
    experiment._folder, experiment._file = path.parent, (path, text)
    return experiment


def validated(
    model: type[AnyModel], tables: Mapping[str, Any], path: Path, text: str, nested: Mapping[str, type[Model]]
) -> AnyModel:
    """Validate the tables of a file.

    Args:
        model: what they have to be.
        tables: content of the file.
        path: the file, for the sentence.
        text: its text, to find the line.
        nested: tables within the model, by the key that holds them.

    Raises:
        OmlandError: they are not; one sentence with file, line and key.
    """
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        key, words = sentences(error, model, nested)[0]
        shown = key.rpartition(".")[0] if is_unknown(words, "key") else key
        place = ", ".join([str(path), *line_of(text, key)])
        joint = (f": {shown}: " if shown else ": ") if is_unknown(words) else f": {shown} ".rstrip() + " "
        raise OmlandError(f"{place}{joint}{words}{'' if words.endswith('?') else '.'}") from None


def place_of(file: tuple[Path, str], *, key: str = "", given: str = "") -> str:
    """A file, with the line on which a key or a text in quotes stands, to begin a sentence with.

    Args:
        file: path and text of the file.
        key: key that stands once in the file.
        given: text that somebody wrote; the first line that has it counts.
    """
    path, text = file
    if not given:
        return ", ".join([str(path), *line_of(text, key)])
    pattern = re.compile(rf"""["']{re.escape(given)}["']""")
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.search(line.split("#")[0]):
            return say("{path}, line {line}", path=path, line=number)
    return str(path)


def line_of(text: str, key: str) -> list[str]:
    """Where a key stands, as ``["line 3"]``; nothing where the layout hides it."""
    name = re.sub(r"\[\d+\]", "", key).rpartition(".")[2]
    pattern = re.compile(rf"""(^|[\s{{,\[])["']?{re.escape(name)}["']?\s*[=\]]""")
    lines = [line.split("#")[0] for line in text.splitlines()]
    hits = [i for i, line in enumerate(lines, start=1) if name and pattern.search(line)]
    return [say("line {line}", line=hits[0])] if len(hits) == 1 else []
