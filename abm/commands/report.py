"""``omland report``: the report of a finished run, made again from its files."""

from __future__ import annotations

from pathlib import Path

from abm.console import console
from abm.language import language
from abm.provenance import output_folder


def report(folder: Path, *, lang: str, region: Path | None) -> None:
    """Write ``report.html`` and ``figures/`` into the folder of a run."""
    from abm.report import load_run, write_report
    from abm.report.places import load_places

    run = load_run(folder, load_places(region))
    output_folder(folder)
    words = language(lang)
    _ = words.text
    written = write_report(run, words)
    said = _("Written to {folder}: {page}, {n} files in {figures}.").format(
        folder=folder, page=written.page.name, n=len(written.figures), figures=written.folder.name
    )
    console().print(said, soft_wrap=True, markup=False)
