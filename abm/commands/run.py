"""``omland run``: one world, its monthly series and a short summary."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.cautions import small_scale
from abm.commands.study import plain
from abm.console import console, progress
from abm.folder import forget
from abm.language import N_, Language, language, say
from abm.provenance import (
    holding,
    peak_memory_bytes,
    provenance,
    write_text,
)
from abm.results import WorldResult
from abm.scale import check_scale
from abm.schema import START_YEAR
from abm.series import SERIES, write_series

if TYPE_CHECKING:
    from rich.table import Table

    from abm.region import Region


@holding("run")
def run(
    *,
    scenario: str,
    seed: int,
    replicate: int,
    scale: float,
    threads: int,
    out: Path | None,
    as_json: bool,
    params: Path | None,
    region: Path | None,
    check: bool,
    quiet: bool,
    lang: str,
) -> None:
    """Simulate one world, write its series, and print a summary."""
    from abm.commands.inputs import read_parameters, read_region, read_scenario
    from abm.scenario import own_titles

    began = time.perf_counter()
    chosen = read_scenario(scenario, region)
    parameters = read_parameters(params)
    place = read_region(region)
    chosen.resolve(place)
    check_scale(place, scale)

    from abm.population import Populations
    from abm.simulate import simulate

    population = Populations(place, scale)(replicate)
    start = time.perf_counter()
    with progress(chosen.name, say("months"), quiet=quiet) as report:
        world = simulate(
            place,
            population,
            chosen,
            parameters,
            seed=seed,
            replicate=replicate,
            threads=threads,
            check=check,
            progress=report,
        )
    seconds = time.perf_counter() - start
    residents = float(world.initial_population.sum())
    record = {
        **provenance(),
        "scenario": chosen.name,
        "seed": seed,
        "replicate": replicate,
        "scale": scale,
        "threads": threads,
        "checked": check,
        "residents": round(residents),
        "months": world.n_months,
        "worlds": 1,
        "wall_seconds": time.perf_counter() - began,
        "world_seconds": seconds,
        "agent_months_per_second": residents * scale * world.n_months / max(seconds, 1e-9),
        "peak_memory_bytes": peak_memory_bytes(),
        "data_hash": place.content_hash,
        "parameter_hash": parameters.hash,
        "scenario_hash": chosen.hash,
        "scenario_titles": own_titles({chosen.name: chosen}),
        "info": world.info,
    }
    if out is not None:
        forget(out)
        write_series(world, out / SERIES)
        write_text(out / "run.json", json_text(record) + "\n")
    rows = county_rows(world, place)
    if as_json:
        print(json_text({"run": record, "counties": rows}))
        return
    screen = console()
    screen.print(summary_table(chosen.name, chosen.end, rows, language(lang)))
    for line in small_scale(language(lang), scale):
        screen.print(line, soft_wrap=True)
    if out is not None:
        screen.print(
            say("Written to {folder}: {files}.", folder=out, files=f"{SERIES}, run.json"), soft_wrap=True
        )


def json_text(content: Any) -> str:
    """Indented JSON, with NumPy's scalars and arrays as plain numbers and lists."""
    return json.dumps(
        content,
        indent=2,
        ensure_ascii=False,
        default=lambda v: v.tolist() if hasattr(v, "tolist") else plain(v),
    )


# --- Summary ------------------------------------------------------------------------------------


def county_rows(world: WorldResult, region: Region) -> list[dict[str, Any]]:
    """Levels of each county at the end of the first month and of the last one.

    The report of the same run begins with the first month too: of what was before, only the residents are known.
    """
    rows = []
    m = region.n_municipalities
    commuters = world["commuters"]
    for code in dict.fromkeys(region.county):
        inside = region.county_mask(code)
        zones = np.zeros(len(world.codes), dtype=bool)
        zones[:m] = inside
        row: dict[str, Any] = {"code": code, "county": region.county_name(code)}
        for label, t in (("start", 0), ("end", world.n_months - 1)):
            row[label] = {
                "population": float(world["population"][t][inside].sum()),
                "jobs": float(world["jobs"][t][inside].sum()),
                "unemployed": float(world["unemployed"][t][inside].sum()),
                "in_commuters": float(commuters[t][~zones][:, zones].sum()),
                "out_commuters": float(commuters[t][zones][:, ~zones].sum()),
            }
        rows.append(row)
    return rows


def summary_table(name: str, end: str, rows: list[dict[str, Any]], lang: Language) -> Table:
    """Counties at the end of the first month and of the last one."""
    from rich import box
    from rich.table import Table

    _ = lang.text
    title = _("{scenario}, end of {first} → end of {last}").format(
        scenario=name, first=lang.month(f"{START_YEAR}-01"), last=lang.month(end)
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    table.add_column(lang.text("county"))
    keys = {
        "population": N_("residents"),
        "jobs": N_("jobs"),
        "unemployed": N_("unemployed"),
        "in_commuters": N_("commuters in"),
        "out_commuters": N_("commuters out"),
    }
    for title in keys.values():
        table.add_column(lang.text(title), justify="right", no_wrap=True)
    for row in rows:
        cells = (
            " → ".join(lang.number(row[when][key], digits=0) for when in ("start", "end")) for key in keys
        )
        table.add_row(row["county"], *cells)
    return table
