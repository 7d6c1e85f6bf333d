"""``omland check``: everything that is wrong with a region or a scenario."""

from __future__ import annotations

from pathlib import Path

from abm.errors import OmlandError


def findings(path: str, region: Path | None) -> list[str]:
    """Look a region package or a scenario over.

    Args:
        path: folder of a region, its ``datapackage.json``, a scenario file or a shipped scenario's name.
        region: region in which the places of a scenario are looked up; the shipped one unless told.

    Returns:
        One sentence for each finding.

    Raises:
        OmlandError: the path is neither.
    """
    target = Path(path)
    if target.is_dir() or target.name == "datapackage.json":
        from abm.region import check_package

        return check_package(target if target.is_dir() else target.parent)
    from abm.commands.inputs import read_region
    from abm.scenario import check_scenario, list_scenarios

    if target.suffix == ".toml" or path in list_scenarios():
        return check_scenario(path, read_region(region))
    if not target.exists():
        raise OmlandError(f"There is no file or folder {path}.")
    raise OmlandError(
        f"{path} is neither a region (a folder with datapackage.json) nor a scenario (a .toml file)."
    )
