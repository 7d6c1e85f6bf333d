"""Simulate the baseline some times and set it beside the official figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OmlandError
from ..folder import forget
from ..language import say
from ..provenance import check_output, output_folder, peak_memory_bytes, provenance, write_text
from ..results import WorldResult
from ..schema import START_YEAR
from .compare import FLOWS, STOCKS, county_deviations, deviations
from .official import official_figures

if TYPE_CHECKING:
    import pandas as pd

    from ..parameters import Parameters
    from ..population import Population

TABLE, COUNTY_TABLE, RECORD = "baseline.csv", "counties.csv", "run.json"
"""Names of the files."""


@dataclass(frozen=True)
class BaselineResult:
    """The baseline beside the official figures.

    Attributes:
        table: by municipality, see :func:`abm.baseline.deviations`.
        counties: by county, see :func:`abm.baseline.county_deviations`.
        run: content of ``run.json``.
        names: name of every area of the tables, by code.
    """

    table: pd.DataFrame
    counties: pd.DataFrame
    run: dict[str, Any]
    names: dict[str, str]


def run_baseline(
    *,
    runs: int = 4,
    seed: int = 1,
    scale: float = 1.0,
    threads: int = 1,
    out: Path | None = None,
    parameters: Parameters | None = None,
    region_path: Path | None = None,
    check: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> BaselineResult:
    """Simulate the baseline up to the last year with official figures, and compare.

    Args:
        runs: replicates.
        seed: experiment seed.
        scale: share of the population that is simulated, above 0 up to 1.
        threads: worlds at a time. The results do not depend on it.
        out: folder for ``baseline.csv``, ``counties.csv`` and ``run.json``; nothing is written without.
        parameters: behavioural parameters; the defaults unless told.
        region_path: data package; the one of the project unless told.
        check: check the invariants in every month.
        progress: told of every finished world, and of all.

    Raises:
        OmlandError: an argument, an input or the output folder is unusable, or there is nothing to compare with.
    """
    from ..parameters import Parameters
    from ..population import POPULATIONS, Populations
    from ..region import load_region
    from ..scenario import find_scenario, load_scenario
    from ..simulate import simulate
    from ..study import check_arguments
    from .compare import area_name

    began = time.perf_counter()
    check_arguments(runs, scale, threads)
    if out is not None:
        check_output(Path(out), "baseline")
    region = load_region() if region_path is None else load_region(region_path)
    official = official_figures(region)
    comparable = official["quantity"].isin([*STOCKS, *FLOWS]) & (official["year"] >= START_YEAR)
    if not comparable.any():
        raise OmlandError(
            say(
                "{path}: the table series has no figure from {year} on; there is nothing to compare "
                "the baseline with.",
                path=region.path,
                year=START_YEAR,
            )
        )
    last = int(official.loc[comparable, "year"].max())
    scenario = load_scenario(find_scenario("baseline", region.path)).model_copy(update={"end": f"{last}-12"})
    chosen = Parameters.default() if parameters is None else parameters
    populations = Populations(region, scale)
    folder = None if out is None else output_folder(Path(out))

    def world(replicate: int, population: Population) -> WorldResult:
        return simulate(
            region, population, scenario, chosen, seed=seed, replicate=replicate, threads=1, check=check
        )

    with ThreadPoolExecutor(max_workers=threads) as pool:
        # the first world compiles the kernels, so it runs alone
        worlds = {0: world(0, populations(0))}
        if progress is not None:
            progress(1, runs)
        waiting = {pool.submit(world, k, populations(k)): k for k in range(1, runs)}
        for future in as_completed(waiting):
            worlds[waiting[future]] = future.result()
            if progress is not None:
                progress(len(worlds), runs)
    replicates = [worlds[replicate] for replicate in range(runs)]
    table = deviations(replicates, region, official)
    counties = county_deviations(replicates, region, official)
    record = {
        **provenance(),
        "scenario": scenario.name,
        "seed": seed,
        "runs": runs,
        "scale": scale,
        "threads": threads,
        "checked": check,
        "populations": min(runs, POPULATIONS),
        "residents": round(float(replicates[0].initial_population.sum())),
        "months": scenario.n_months,
        "worlds": runs,
        "wall_seconds": time.perf_counter() - began,
        "peak_memory_bytes": peak_memory_bytes(),
        "data_hash": region.content_hash,
        "parameter_hash": chosen.hash,
        "scenario_hash": scenario.hash,
    }
    areas = [*table["municipality"].unique(), *counties["county"].unique()]
    result = BaselineResult(table, counties, record, {code: area_name(code, region) for code in areas})
    if folder is not None:
        _write(result, folder)
    return result


def _write(result: BaselineResult, folder: Path) -> None:
    """Write the two tables and the record."""
    import json

    forget(folder)
    for name, table in ((TABLE, result.table), (COUNTY_TABLE, result.counties)):
        write_text(folder / name, table.to_csv(index=False, lineterminator="\n", float_format="%.10g"))
    write_text(folder / RECORD, json.dumps(result.run, indent=2, ensure_ascii=False) + "\n")
