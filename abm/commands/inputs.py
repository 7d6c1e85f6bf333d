"""Inputs that several commands read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abm.language import say

if TYPE_CHECKING:
    from abm.parameters import Parameters
    from abm.region import Region
    from abm.scenario import Scenario


def read_parameters(path: Path | None) -> Parameters:
    """The parameters of a file, or the declared defaults; values outside their range are told on standard error."""
    from abm.parameters import Parameters, load_parameters

    if path is None:
        return Parameters.default()
    parameters = load_parameters(path)
    for parameter in parameters.unusual():
        print(
            say(
                "{path}: {name} is {value}, outside its range of {low} to {high} {unit}.",
                path=path,
                name=parameter.name,
                value=f"{parameters[parameter.name]:g}",
                low=f"{parameter.low:g}",
                high=f"{parameter.high:g}",
                unit=say(parameter.unit),
            ),
            file=sys.stderr,
        )
    return parameters


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
