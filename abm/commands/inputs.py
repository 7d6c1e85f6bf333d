"""Inputs that several commands read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abm.parameters import Parameters
    from abm.region import Region
    from abm.scenario import Scenario


def read_parameters(path: Path | None) -> Parameters:
    """The parameters of a file, or the declared defaults."""
    from abm.parameters import Parameters, load_parameters

    return Parameters.default() if path is None else load_parameters(path)


def read_region(path: Path | None) -> Region:
    """The region of a folder, or the one that is shipped."""
    from abm.region import load_region

    return load_region() if path is None else load_region(path)


def place_names(region: Region) -> dict[str, str]:
    """Names of the municipalities, counties and boundary zones of a region, by code."""
    return {**region.county_names, **dict(zip(region.codes, region.names, strict=True))}


def read_scenario(name: str, region: Path | None) -> Scenario:
    """The scenario of a name or file, see :func:`abm.scenario.find_scenario`."""
    from abm.scenario import find_scenario, load_scenario

    return load_scenario(find_scenario(name, region))
