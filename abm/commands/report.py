"""``omland report``: the report of a finished run, made again from its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from abm.console import console
from abm.language import language
from abm.provenance import held

if TYPE_CHECKING:
    from abm.report.places import Places


def report(folder: Path, *, lang: str, region: Path | None) -> None:
    """Write ``report.html`` and ``figures/`` into the folder of a run."""
    from abm.report import load_run, write_report
    from abm.report.places import load_places

    run = load_run(folder, load_places(region))
    words = language(lang)
    _ = words.text
    with held(folder):
        written = write_report(run, words)
    said = _("Written to {folder}: {page}, {n} files in {figures}.").format(
        folder=folder, page=written.page.name, n=len(written.figures), figures=written.folder.name
    )
    console().print(said, soft_wrap=True)


def places_for(region: Path | None, *, wanted: bool) -> Places | None:
    """The municipalities for a report to come, so that a bad map is told before hours of simulation; None without."""
    if not wanted:
        return None
    from abm.report.places import load_places

    return load_places(region)


def written_by(folder: Path, places: Places | None, lang: str) -> list[str]:
    """Write the report of a run that has just ended; what was written, nothing without places."""
    if places is None:
        return []
    from abm.report import load_run, write_report

    written = write_report(load_run(folder, places), language(lang))
    return [written.page.name, f"{written.folder.name}/"]
