"""``omland new-region`` and ``omland derive``: a region of one's own."""

from __future__ import annotations

from pathlib import Path

from abm.console import console
from abm.errors import OmlandError
from abm.language import say


def new_region(folder: Path, *, municipalities: int, codes: str | None) -> None:
    """Write the template of a region, and say what to do next."""
    from abm.region.starter import new_region as write_it

    given = [] if codes is None else [code.strip() for code in codes.split(",")]
    files = write_it(folder, municipalities, given)
    screen = console()
    screen.print(say("Written to {folder}: {n} files.", folder=folder, n=len(files)), soft_wrap=True)
    screen.print(
        say("Read {file}, and run: omland check {folder}", file=folder / "README.md", folder=folder),
        soft_wrap=True,
    )


def derive(folder: Path, *, only: str | None) -> None:
    """Derive the tables of a package in place, and say what to do next."""
    from abm.region.derive import derive_package, rules
    from abm.region.descriptor import open_package
    from abm.region.starter import Stage, guide, is_started

    open_package(folder)  # tells what is wrong with it in one sentence
    known = rules(folder)
    if only is not None and only not in known:
        raise OmlandError(
            say(
                '{folder} has no derived table "{only}"; it has {known}.',
                folder=folder,
                only=only,
                known=", ".join(known) or say("none"),
            )
        )
    if is_started(folder) and (stands := guide(folder)).stage is Stage.FILL:
        raise OmlandError("\n".join([say("{folder} is not ready for it.", folder=folder), *stands.told]))
    written = derive_package(folder, only)
    screen = console()
    screen.print(
        say("Written to {folder}: {files}.", folder=folder, files=", ".join(written) or say("nothing")),
        soft_wrap=True,
    )
    screen.print(say("Next: run: omland check {folder}", folder=folder), soft_wrap=True)
