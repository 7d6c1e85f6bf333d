"""Loading a region from a data package, and telling what is wrong with one.

A package is a folder with a ``datapackage.json`` (Frictionless Data Package) and the files it lists.
The loader needs the resources of :data:`~abm.region.needed.NEEDED`; what else a package holds (the
inputs of the derivations) is checked by :func:`check_package` only. Any set of municipalities will do.
"""

from __future__ import annotations

from pathlib import Path

from abm.errors import OmlandError
from abm.region.arrays import Arrays
from abm.region.assemble import assemble
from abm.region.complaints import Told, Unusable, fail
from abm.region.descriptor import open_package
from abm.region.files import read_bytes
from abm.region.needed import NEEDED
from abm.region.region import Region
from abm.region.tables import read_table
from abm.resources import data_path


def load_region(path: str | Path | None = None) -> Region:
    """Read and check a region.

    Args:
        path: folder of a data package; None for the one that is shipped.

    Returns:
        The region.

    Raises:
        OmlandError: the first thing that is wrong, in one sentence.
    """
    folder = data_path("norrland") if path is None else Path(path)
    package = open_package(folder)
    return assemble(Arrays(package, fail))


def check_package(path: str | Path | None = None) -> list[str]:
    """Look for everything that is wrong with a data package.

    Args:
        path: folder of a data package; None for the one that is shipped.

    Returns:
        One sentence per problem; empty if the package is sound.
    """
    return [str(told) for told in package_findings(path)]


def package_findings(path: str | Path | None = None) -> list[Told]:
    """What :func:`check_package` tells, with the place of each value that is wrong."""
    problems: list[Told] = []
    try:
        package = open_package(data_path("norrland") if path is None else Path(path))
    except OmlandError as problem:
        return [str(problem)]
    arrays = Arrays(package, problems.append)
    for name in NEEDED:
        arrays.table(name)
    for name, resource in package.resources.items():
        if name not in NEEDED:
            try:
                if "schema" in resource:
                    arrays.check_total(name, read_table(package, name, problems.append))
                else:
                    read_bytes(package.file(name))
            except Unusable:
                continue
            except OmlandError as problem:
                problems.append(str(problem))
    if not problems:
        try:
            assemble(arrays)
        except (OmlandError, Unusable) as problem:
            problems.append(str(problem))
    return list(dict.fromkeys(told for told in problems if told))
