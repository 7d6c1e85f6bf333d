"""``omland new-experiment``: an experiment of one's own."""

from __future__ import annotations

from pathlib import Path

from abm.console import console
from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable

TEMPLATE = "template"


def new_experiment(file: Path, *, like: str | None) -> None:
    """Write the template of an experiment, or a copy of a shipped one, and say what to do next."""
    from abm.experiment import list_experiments
    from abm.provenance import write_text
    from abm.resources import data_path

    if file.suffix != ".toml":
        raise OmlandError(say('"{file}" is no name for an experiment; it has to end with .toml.', file=file))
    if reachable(file).exists():
        raise OmlandError(say("{file} is there already; choose another name.", file=file))
    if like is not None and like not in list_experiments():
        raise OmlandError(
            say(
                'There is no experiment "{like}"; shipped experiments: {names}.',
                like=like,
                names=", ".join(list_experiments()),
            )
        )
    text = (data_path("experiments") / f"{like or TEMPLATE}.toml").read_text(encoding="utf-8")
    name, results = file.as_posix(), file.with_suffix("").name
    for old, new in (
        ("my-experiment.toml", name),
        ("results-full", f"{results}-full"),
        ("--out results ", f"--out {results}-quick "),
    ):
        text = text.replace(old, new)
    write_text(file, text)
    screen = console()
    screen.print(say("Written: {file}. Change what it asks, and run:", file=file), soft_wrap=True)
    for command in (f"check {name}", f"montecarlo {name} --out {results}-quick --runs 4 --scale 0.05"):
        screen.print(f"  omland {command}", soft_wrap=True, highlight=False)
