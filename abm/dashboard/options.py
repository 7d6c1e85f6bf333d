"""What the command line tells the page, which the server imports by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from abm.language import LANGUAGES


@dataclass
class Options:
    """Language and region of the dashboard.

    Attributes:
        lang: code of the language.
        region: folder of a region; the one that is shipped unless told.
    """

    lang: str = LANGUAGES[0]
    region: Path | None = None


OPTIONS = Options()
"""Set before the server starts, and only read afterwards."""
