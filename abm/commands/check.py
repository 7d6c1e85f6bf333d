"""``omland check``: everything that is wrong with a region, a scenario, an experiment or a calibration."""

from __future__ import annotations

from pathlib import Path

from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable
from abm.region.descriptor import DESCRIPTOR

CALIBRATION = "calibration"
"""Name of the shipped calibration."""


def findings(path: str, region: Path | None) -> list[str]:
    """Look a region package, a scenario or an experiment over.

    Args:
        path: folder of a region, its ``datapackage.json``, the file or shipped name of a
            scenario or an experiment.
        region: region in which the places of a scenario are looked up; the shipped one unless told.

    Returns:
        One sentence for each finding.

    Raises:
        OmlandError: the path is none of them.
    """
    target = reachable(Path(path))
    if target.is_dir() or target.name == "datapackage.json":
        return _check_region(target if target.is_dir() else target.parent)
    from abm.commands.inputs import read_region
    from abm.experiment import list_experiments
    from abm.scenario import check_scenario, find_scenario, list_scenarios

    own = find_scenario(path, region)  # a region's own scenarios come before those of the same name
    if own != path:
        return check_scenario(own, read_region(region))
    if path in list_scenarios() or path in list_experiments():  # or both
        found = check_scenario(path, read_region(region)) if path in list_scenarios() else []
        return found + (_check_experiment(path, region) if path in list_experiments() else [])
    if path == CALIBRATION or _has_key(target, {"wave"}):
        return _check_calibration(path)
    if _has_key(target, {"scenarios", "outcomes", "replicates", "stop"}):
        return _check_experiment(path, region)
    if target.suffix == ".toml":
        return check_scenario(path, read_region(region))
    if not target.exists():
        raise OmlandError(say("There is no file or folder {path}.", path=path))
    raise OmlandError(
        say(
            "{path} is neither a region (a folder with datapackage.json) nor a scenario or an experiment "
            "(a .toml file).",
            path=path,
        )
    )


def _check_region(folder: Path) -> list[str]:
    """What is wrong with a region; step by step if it was begun with the template."""
    from abm.region import check_package, load_region
    from abm.region.starter import guide, is_started
    from abm.scenario import SCENARIOS, check_scenario

    found = list(guide(folder).told) if is_started(folder) else check_package(folder)
    own = sorted((folder / SCENARIOS).glob("*.toml"))
    if not found and own:
        region = load_region(folder)
        found = [finding for file in own for finding in check_scenario(file, region)]
    if found and not (folder / DESCRIPTOR).exists():
        found.append(
            say(
                "Next: to begin a region in a new folder, run: omland new-region {folder}",
                folder=folder / "my-region",
            )
        )
    return found


def _has_key(path: Path, keys: set[str]) -> bool:
    """Whether a TOML file has one of some keys, which tell what kind of file it is."""
    from abm.toml_file import read_toml

    if path.suffix != ".toml" or not path.is_file():
        return False
    try:
        _, tables = read_toml(path, "", "")
    except OmlandError:
        return False  # told by the check of a scenario
    return bool(keys & set(tables))


def _check_calibration(path: str) -> list[str]:
    """What is wrong with a calibration: at most one sentence."""
    from abm.calibration.run import prepare

    try:
        prepare(path)
    except OmlandError as error:
        return [str(error)]
    return []


def _check_experiment(path: str, region: Path | None) -> list[str]:
    """What is wrong with an experiment: at most one sentence."""
    from abm.montecarlo.run import prepare

    try:
        prepare(path, region=region)
    except OmlandError as error:
        return [str(error)]
    return []
