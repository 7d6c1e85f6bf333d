"""``omland run``: one world, its monthly series and a short summary."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.commands.study import plain
from abm.console import console, progress
from abm.language import N_, Language, language, say
from abm.provenance import (
    atomic_write,
    check_output,
    output_folder,
    peak_memory_bytes,
    provenance,
    write_text,
)
from abm.results import QUANTITIES, WorldResult
from abm.schema import COUNTIES, MONTHS_PER_YEAR, SECTOR_CODES, START_YEAR

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.table import Table

    from abm.region import Region

SERIES = "series.parquet"
COLUMNS = ("month", "zone", "other_zone", "sector", "quantity", "value")
"""Columns of the series: home zone or origin, then for flows work zone or destination."""


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
    if out is not None:
        check_output(out)
    from abm.commands.inputs import read_parameters, read_region, read_scenario

    began = time.perf_counter()
    chosen = read_scenario(scenario, region)
    parameters = read_parameters(params)
    place = read_region(region)
    chosen.resolve(place)
    if out is not None:
        output_folder(out)

    from abm.population import population_for
    from abm.simulate import simulate
    from abm.study import POPULATION_SEED

    population = population_for(place, POPULATION_SEED, scale)
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
        "info": world.info,
    }
    if out is not None:
        write_series(world, out / SERIES)
        write_text(out / "run.json", json_text(record) + "\n")
    rows = county_rows(world, place)
    if as_json:
        print(json_text({"run": record, "counties": rows}))
        return
    screen = console()
    screen.print(summary_table(chosen.name, chosen.end, rows, language(lang)))
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


# --- Series -------------------------------------------------------------------------------------


def month_names(n_months: int) -> list[str]:
    """The months of a world as ``"YYYY-MM"``."""
    return [f"{START_YEAR + t // MONTHS_PER_YEAR}-{t % MONTHS_PER_YEAR + 1:02d}" for t in range(n_months)]


def series_table(world: WorldResult) -> pa.Table:
    """All series of a world as one tidy table.

    Zones are codes. Quantities by sector have one row a sector; those between two
    zones have the home zone or origin in ``zone`` and the work zone or destination in
    ``other_zone``, and only their non-zero figures. Elsewhere these columns are empty.

    Returns:
        A table with the columns :data:`COLUMNS`, in a fixed order of rows.
    """
    import pyarrow as pa

    parts: list[tuple[NDArray[Any], ...]] = []
    names: list[str] = []
    for quantity in QUANTITIES:
        if quantity.name not in world.series:
            continue
        values = np.asarray(world[quantity.name], dtype=np.float64)
        kept = values != 0 if quantity.shape == "ZZ" else np.ones(values.shape, dtype=bool)
        where = [axis.astype(np.int32) for axis in np.nonzero(kept)]
        empty = np.full(where[0].size, -1, dtype=np.int32)
        other = where[2] if quantity.shape == "ZZ" else empty
        sector = where[2] if quantity.shape == "MS" else empty
        number_ = np.full(where[0].size, len(names), dtype=np.int32)
        names.append(quantity.name)
        parts.append((where[0], where[1], other, sector, number_, values[kept]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    words = (month_names(world.n_months), list(world.codes), list(world.codes), list(SECTOR_CODES), names)
    keys = [
        pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), pa.array(word, type=pa.string()))
        for index, word in zip(columns, words, strict=False)
    ]
    return pa.table([*keys, pa.array(columns[-1])], names=list(COLUMNS))


def write_series(world: WorldResult, path: Path) -> None:
    """Write the series as Parquet; the same world gives the same bytes."""
    import pyarrow.parquet as pq

    with atomic_write(path) as part:
        pq.write_table(series_table(world), part, compression="zstd", row_group_size=1 << 20)


# --- Summary ------------------------------------------------------------------------------------


def county_rows(world: WorldResult, region: Region) -> list[dict[str, Any]]:
    """Levels of each county at the start and at the end.

    The start is the state before the first month for the population, and the end of
    the first month for all else.
    """
    rows = []
    m = region.n_municipalities
    commuters = world["commuters"]
    for code in dict.fromkeys(region.county):
        inside = region.county_mask(code)
        zones = np.zeros(len(world.codes), dtype=bool)
        zones[:m] = inside
        row: dict[str, Any] = {"code": code, "county": COUNTIES.get(code, code)}
        for label, t in (("start", 0), ("end", world.n_months - 1)):
            row[label] = {
                "population": float(
                    (world.initial_population if label == "start" else world["population"][t])[inside].sum()
                ),
                "jobs": float(world["jobs"][t][inside].sum()),
                "unemployed": float(world["unemployed"][t][inside].sum()),
                "in_commuters": float(commuters[t][~zones][:, zones].sum()),
                "out_commuters": float(commuters[t][zones][:, ~zones].sum()),
            }
        rows.append(row)
    return rows


def summary_table(name: str, end: str, rows: list[dict[str, Any]], lang: Language) -> Table:
    """Counties at the start and at the end of a world."""
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=f"{name}, {START_YEAR}-01 → {end}", title_justify="left"
    )
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
        cells = (f"{lang.number(row['start'][key])} → {lang.number(row['end'][key])}" for key in keys)
        table.add_row(row["county"], *cells)
    return table
