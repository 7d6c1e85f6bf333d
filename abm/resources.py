"""Files that travel with the package: the region, the study's figures, the scenarios, the experiments.

In a source checkout they lie in ``data`` and ``experiments``; in an installed wheel the
build puts them under ``abm/_data``.
"""

from __future__ import annotations

from pathlib import Path

from abm.errors import OmlandError
from abm.language import say

_PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """Path of a shipped file or folder.

    Args:
        parts: ``("norrland", ...)``, ``("study", ...)``, ``("scenarios", ...)`` or ``("experiments", ...)``.

    Returns:
        The file in the source checkout if there is one, else the one in the installed package.

    Raises:
        OmlandError: there is no such file in either place.
    """
    checkout = _PACKAGE.parent
    if parts and parts[0] == "scenarios":
        source = checkout.joinpath("experiments", *parts)
    elif parts and parts[0] == "experiments":
        source = checkout.joinpath(*parts)
    else:
        source = checkout.joinpath("data", *parts)
    # The neighbour folders of an installed package may be called `data` too: only trust a checkout.
    if (checkout / "pyproject.toml").is_file() and source.exists():
        return source
    installed = _PACKAGE.joinpath("_data", *parts)
    if installed.exists():
        return installed
    raise OmlandError(
        say(
            "{parts} is not among the files shipped with Omland (looked in {source} and {installed}).",
            parts="/".join(parts),
            source=source,
            installed=installed,
        )
    )
