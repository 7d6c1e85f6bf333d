"""Results with named dimensions, as xarray knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from abm.units import UnitStore

BASELINE = "_baseline"
"""How the names of variables end that hold the level of the baseline."""
DIMENSIONS = ("scenario", "replicate", "place", "when")


def effects(
    store: UnitStore, units: Iterable[int], inputs: pd.DataFrame, record: Mapping[str, Any]
) -> xr.Dataset:
    """The effects of all replicates on the places and years that are kept for every one.

    Args:
        store: the units.
        units: numbers of those to use, increasing.
        inputs: what each was run with, see :func:`abm.montecarlo.summary.inputs_table`.
        record: content of ``experiment.json``.

    Returns:
        A variable ``quantity[scenario, replicate, place, when]`` for each quantity, the effect, and
        ``quantity_baseline[replicate, place, when]``, the level of the baseline. Flows to one county are variables of
        their own (``commuters_to_24``). Single months, spans and sums of places are named outcomes and are left to
        the tables. What a replicate drew is a coordinate along ``replicate``.
    """
    import xarray as xr

    units = [int(unit) for unit in units]
    scenarios = [str(name) for name in record["experiment"]["groups"]]
    layout: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    for i, unit in enumerate(units):
        rows = _rows(store.read(unit).to_pandas())
        if not layout:
            layout = {
                "scenario": scenarios,
                "replicate": units,
                "place": [str(p) for p in dict.fromkeys(rows["place"])],
                "when": [int(w) for w in dict.fromkeys(rows["when"])],
            }
            shape = tuple(len(layout[name]) for name in DIMENSIONS)
            for name in dict.fromkeys(rows["variable"]):
                arrays[str(name)] = np.full(shape, np.nan)
                arrays[f"{name}{BASELINE}"] = np.full(shape[1:], np.nan)
        at = {
            name: rows[name].map({value: k for k, value in enumerate(layout[name])}).to_numpy()
            for name in ("scenario", "place", "when")
        }
        for name, index in rows.groupby("variable", sort=False, observed=True).indices.items():
            place, when = at["place"][index], at["when"][index]
            arrays[str(name)][at["scenario"][index], i, place, when] = rows["effect"].to_numpy()[index]
            arrays[f"{name}{BASELINE}"][i, place, when] = rows["baseline"].to_numpy()[index]
    drawn = inputs.set_index("replicate").loc[units]
    coordinates = {**layout, **{str(name): ("replicate", drawn[name].to_numpy()) for name in drawn}}
    return xr.Dataset(
        {
            name: (DIMENSIONS[1:] if name.endswith(BASELINE) else DIMENSIONS, values)
            for name, values in arrays.items()
        },
        coords=coordinates,
        attrs=_attributes(record),
    )


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of whole years at single places, with the name of their variable."""
    table = table.astype({"scenario": str, "quantity": str, "place": str, "when": str})
    place, _, to = (table["place"].str.partition(">")[k] for k in range(3))
    table = table.assign(place=place, variable=table["quantity"] + to.where(to == "", "_to_" + to))
    single = ~(place + to).str.contains("+", regex=False) & table["when"].str.fullmatch(r"\d{4}")
    grid = table[single]
    # A variable that is there for one place only is a named outcome and not of the grid.
    places = grid.groupby("variable")["place"].transform("nunique")
    grid = grid[places == places.max()]
    return grid.assign(when=grid["when"].astype(int)).reset_index(drop=True)


def _attributes(record: Mapping[str, Any]) -> dict[str, Any]:
    identity, made = record.get("identity", {}), record.get("provenance", {})
    found = {
        "title": record["experiment"].get("title"),
        "baseline": record["experiment"].get("baseline"),
        "seed": identity.get("seed"),
        "scale": identity.get("scale"),
        "version": made.get("version"),
    }
    return {name: value for name, value in found.items() if value is not None}
