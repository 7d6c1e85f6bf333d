"""Estimate everything for one region, hold it against what is known, and write it down."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.folder import forget
from abm.language import Language, language
from abm.provenance import (
    atomic_write,
    check_output,
    output_folder,
    peak_memory_bytes,
    provenance,
    write_text,
)
from abm.schema import NOVEMBER, START_YEAR

from .commuting import CommutingFits, estimate_commuting
from .figure import decay_figure
from .fit import Simulated, fit_summary, fit_table
from .labour import estimate_labour
from .migration import MigrationFits, estimate_migration
from .optional import statsmodels
from .rows import IDENTIFIED, estimate_table
from .sources import Sources
from .wages import estimate_wages

if TYPE_CHECKING:
    import pandas as pd

    from abm.parameters import Parameters
    from abm.region.region import Region

ESTIMATES, FIT, RECORD = "estimates.csv", "fit.csv", "run.json"
"""Names of the files; the figure is ``decay.svg``, ``decay.png`` and ``decay.csv``."""
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class EstimationResult:
    """Estimates of a region.

    Attributes:
        estimates: see :data:`abm.estimation.rows.COLUMNS`.
        fit: see :data:`abm.estimation.fit.COLUMNS`.
        run: content of ``run.json``.
        names: name of every municipality and county by code.
        commuting, migration: the fits behind the table and the figure.
    """

    estimates: pd.DataFrame
    fit: pd.DataFrame
    run: dict[str, Any]
    names: dict[str, str]
    commuting: CommutingFits
    migration: MigrationFits


def simulate_first_year(
    region: Region, *, seed: int, scale: float, parameters: Parameters, progress: Told | None = None
) -> Simulated:
    """Commuters and movers of the first year of a simulated baseline."""
    from abm.population import Populations
    from abm.scenario import find_scenario, load_scenario
    from abm.simulate import simulate

    scenario = load_scenario(find_scenario("baseline", region.path)).model_copy(
        update={"end": f"{START_YEAR}-12"}
    )
    population = Populations(region, scale)(0)
    world = simulate(region, population, scenario, parameters, seed=seed, progress=progress)
    commuters = np.asarray(world["commuters"], dtype=float)[NOVEMBER - 1]
    return Simulated(commuters, np.asarray(world["movers"], dtype=float).sum(axis=0), START_YEAR)


def run_estimation(
    *,
    region_path: Path | None = None,
    out: Path | None = None,
    lang: Language | None = None,
    simulated: bool = False,
    seed: int = 1,
    scale: float = 0.1,
    parameters: Parameters | None = None,
    progress: Told | None = None,
) -> EstimationResult:
    """Estimate what the tables of a region identify.

    Args:
        region_path: data package; the one of the project unless told.
        out: folder for the tables, the record and the figure; nothing is written without.
        lang: language of the figure; English unless told.
        simulated: simulate a year of the baseline too, for the table of fit.
        seed, scale, parameters: of that simulation; the parameters are the defaults unless told.
        progress: told of every simulated month, and of all.

    Raises:
        OmlandError: an input or the output folder is unusable, or statsmodels is not installed.
    """
    from abm.parameters import Parameters
    from abm.region import load_region
    from abm.study import check_arguments

    began = time.perf_counter()
    check_arguments(1, scale, 1)
    if out is not None:
        check_output(Path(out), "estimate")
    version = str(statsmodels("statsmodels").__version__)
    region = load_region() if region_path is None else load_region(region_path)
    sources = Sources(region)
    rows, commuting = estimate_commuting(sources)
    moving, migration = estimate_migration(sources)
    estimates = estimate_table([*rows, *moving, *estimate_labour(sources), *estimate_wages(sources)])
    chosen = Parameters.default() if parameters is None else parameters
    world = None
    if simulated:
        world = simulate_first_year(region, seed=seed, scale=scale, parameters=chosen, progress=progress)
    fit = fit_table(sources, commuting, migration, world)
    counts = estimates["identified"].value_counts()
    record: dict[str, Any] = {
        **provenance(),
        "statsmodels": version,
        "region": region.name,
        "data_hash": region.content_hash,
        "parameter_hash": chosen.hash,
        "simulated": {"seed": seed, "scale": scale, "months": 12} if simulated else None,
        "estimates": len(estimates),
        "identified": {key: int(counts.get(key, 0)) for key in IDENTIFIED},
        "verdicts": {key: int((estimates["verdict"] == key).sum()) for key in ("inside", "outside")},
        "fit": fit_summary(fit),
        "wall_seconds": time.perf_counter() - began,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    names = dict(zip(region.codes, region.names, strict=True))
    names |= {code: region.county_name(code) for code in region.county}
    result = EstimationResult(estimates, fit, record, names, commuting, migration)
    if out is not None:
        _write(result, sources, output_folder(Path(out)), lang or language("en"))
    return result


def _write(result: EstimationResult, sources: Sources, folder: Path, lang: Language) -> None:
    """Write tables, figure and record; the record comes last, so that it stands for a whole run."""
    from abm.report import drawing

    def csv(table: pd.DataFrame) -> str:
        return table.to_csv(index=False, lineterminator="\n", float_format="%.10g")

    forget(folder)
    for name, table in ((ESTIMATES, result.estimates), (FIT, result.fit)):
        write_text(folder / name, csv(table))
    figure = decay_figure(sources, result.commuting, result.migration, lang)
    if figure is not None:
        with drawing.style():
            sheet = figure.draw()
            drawing.lay_out(sheet)
            about = {"title": figure.title, "description": figure.alt, "source": figure.source}
            files = {
                "svg": drawing.as_svg(sheet, **about, language=lang.code),
                "png": drawing.as_png(sheet, **about),
                "csv": csv(figure.data).encode(),
            }
        for kind, content in files.items():
            with atomic_write(folder / f"{figure.name}.{kind}") as part:
                part.write_bytes(content)
    write_text(folder / RECORD, json.dumps(result.run, indent=2, ensure_ascii=False) + "\n")
