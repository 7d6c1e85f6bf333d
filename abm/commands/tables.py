"""``omland params``, ``omland scenarios`` and ``omland experiments``: what can be set, and what there is."""

from __future__ import annotations

import json

from abm import terms
from abm.console import console, styled
from abm.errors import OmlandError
from abm.language import MINUS, language


def params(*, group: str | None, as_json: bool, as_markdown: bool, lang: str = "en") -> None:
    """Print the behavioural parameters."""
    from abm.parameters import GROUPS, PARAMETERS
    from abm.scenario.fields import unknown

    if group is not None and group not in GROUPS:
        raise OmlandError(unknown("group of parameters", group, GROUPS))
    chosen = [p for p in PARAMETERS if group in (None, p.group)]
    if as_json:
        print(json.dumps([p._asdict() for p in chosen], indent=2, ensure_ascii=False))
        return
    words = language(lang)
    _ = words.text
    if as_markdown:
        heads = (
            _("name"),
            _("default"),
            _("range"),
            _("unit"),
            _("group"),
            _("what it does"),
            _("source"),
        )
        print(f"| {' | '.join(heads)} |")
        print("| --- | ---: | ---: | --- | --- | --- | --- |")
        for p in chosen:
            cells = (
                f"`{p.name}`",
                plain(p.default, lang),
                _("{first} to {last}").format(first=plain(p.low, lang), last=plain(p.high, lang)),
                _(p.unit),
                _(p.group),
                _(p.description),
                p.source,
            )
            print("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_("name"), no_wrap=True)
    table.add_column(_("default"), justify="right", no_wrap=True)
    table.add_column(_("range"), justify="right", no_wrap=True)
    table.add_column(_("unit"))
    table.add_column(_("what it does; source"))
    for title in dict.fromkeys(p.group for p in chosen):
        table.add_section()
        here = title if _(title) == title else f"{_(title)} ({title})"
        table.add_row(styled(here, "bold"))
        for p in (p for p in chosen if p.group == title):
            span = _("{first} to {last}").format(first=plain(p.low, lang), last=plain(p.high, lang))
            what = Text.assemble(f"{_(p.description)}; ", (p.source, "dim"))
            table.add_row(p.name, plain(p.default, lang), span, _(p.unit), what)
    console().print(table)


def plain(value: float, lang: str) -> str:
    """A figure as a parameter file has it, in Swedish with its decimal comma."""
    text = f"{value:g}"
    return text.replace(".", ",").replace("-", MINUS) if lang == "sv" else text


def scenarios(*, as_json: bool, lang: str) -> None:
    """Print the scenarios that travel with Omland."""
    from abm.scenario import list_scenarios, load_scenario

    found = [load_scenario(name) for name in list_scenarios()]
    if as_json:
        rows = [
            {
                "name": s.name,
                "mode": s.mode,
                "title": s.title.model_dump(),
                "description": s.description.model_dump(),
                "events": len(s.events),
                "hash": s.hash,
            }
            for s in found
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich import box
    from rich.table import Table

    _ = language(lang).text
    table = Table(_("name"), _("mode"), _("what it asks"), box=box.SIMPLE_HEAD, pad_edge=False)
    for s in found:
        title, description = getattr(s.title, lang), getattr(s.description, lang)
        table.add_row(s.name, s.mode, terms.titled(title, description))
    console().print(table)


def experiments(*, as_json: bool, lang: str) -> None:
    """Print the experiments that travel with Omland."""
    from abm.experiment import list_experiments, load_experiment

    found = [load_experiment(name) for name in list_experiments()]
    if as_json:
        print(
            json.dumps(
                [e.model_dump(mode="json", by_alias=True) for e in found], indent=2, ensure_ascii=False
            )
        )
        return
    from rich import box
    from rich.table import Table

    _ = language(lang).text
    table = Table(_("name"), _("replicates"), _("what it teaches"), box=box.SIMPLE_HEAD, pad_edge=False)
    for e in found:
        often = str(e.replicates)
        if e.stop is not None:
            often = _("{first} to {last}").format(first=e.stop.minimum, last=e.stop.maximum)
        table.add_row(e.name, often, terms.titled(_(e.title), _(e.description)))
    console().print(table)
    console().print(_("One of your own: omland new-experiment mine.toml"), highlight=False)
