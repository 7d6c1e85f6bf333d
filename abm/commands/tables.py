"""``omland params``, ``omland scenarios`` and ``omland experiments``: what can be set, and what there is."""

from __future__ import annotations

import json

from abm.console import console
from abm.errors import OmlandError


def params(*, group: str | None, as_json: bool, as_markdown: bool) -> None:
    """Print the behavioural parameters."""
    from abm.parameters import GROUPS, PARAMETERS
    from abm.scenario.fields import unknown

    if group is not None and group not in GROUPS:
        raise OmlandError(unknown("group of parameters", group, GROUPS))
    chosen = [p for p in PARAMETERS if group in (None, p.group)]
    if as_json:
        print(json.dumps([p._asdict() for p in chosen], indent=2, ensure_ascii=False))
        return
    if as_markdown:
        print("| name | default | range | unit | group | what it does | source |")
        print("| --- | ---: | ---: | --- | --- | --- | --- |")
        for p in chosen:
            cells = (
                f"`{p.name}`",
                f"{p.default:g}",
                f"{p.low:g} to {p.high:g}",
                p.unit,
                p.group,
                p.description,
                p.source,
            )
            print("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("name", no_wrap=True)
    table.add_column("default", justify="right", no_wrap=True)
    table.add_column("range", justify="right", no_wrap=True)
    table.add_column("unit")
    table.add_column("what it does; source")
    for title in dict.fromkeys(p.group for p in chosen):
        table.add_section()
        table.add_row(f"[bold]{title}[/bold]")
        for p in (p for p in chosen if p.group == title):
            span = f"{p.low:g} to {p.high:g}"
            table.add_row(p.name, f"{p.default:g}", span, p.unit, f"{p.description}; [dim]{p.source}[/dim]")
    console().print(table)


def scenarios(*, as_json: bool) -> None:
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

    table = Table("name", "mode", "what it asks", box=box.SIMPLE_HEAD, pad_edge=False)
    for s in found:
        table.add_row(s.name, s.mode, f"{s.title.en}. {s.description.en}")
    console().print(table)


def experiments(*, as_json: bool) -> None:
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

    table = Table("name", "replicates", "what it teaches", box=box.SIMPLE_HEAD, pad_edge=False)
    for e in found:
        often = str(e.replicates) if e.stop is None else f"{e.stop.minimum} to {e.stop.maximum}"
        table.add_row(e.name, often, f"{e.title}. {e.description}")
    console().print(table)
    console().print("One of your own: omland new-experiment mine.toml", highlight=False)
