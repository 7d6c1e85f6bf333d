"""``omland new-region`` and ``omland derive``: a region of one's own."""

from __future__ import annotations

from pathlib import Path

from abm.console import console
from abm.errors import OmlandError


def new_region(folder: Path, *, municipalities: int, codes: str | None) -> None:
    """Write the template of a region, and say what to do next."""
    from abm.region.starter import new_region as write_it

    given = [] if codes is None else [code.strip() for code in codes.split(",")]
    files = write_it(folder, municipalities, given)
    screen = console()
    screen.print(f"Written to {folder}: {len(files)} files.", soft_wrap=True)
    screen.print(f"Read {folder / 'README.md'}, and run: omland check {folder}", soft_wrap=True)


def derive(folder: Path, *, only: str | None) -> None:
    """Derive the tables of a package in place, and say what to do next."""
    from abm.region.derive import derive_package, rules
    from abm.region.starter import guide, is_started
    from abm.region.tables import open_package

    open_package(folder)  # tells what is wrong with it in one sentence
    known = rules(folder)
    if only is not None and only not in known:
        raise OmlandError(f'{folder} has no derived table "{only}"; it has {", ".join(known) or "none"}.')
    if (
        is_started(folder)
        and (told := guide(folder))
        and told[0].startswith("Step")
        and "derive" not in told[-1]
    ):
        raise OmlandError(f"{folder} is not ready for it.\n" + "\n".join(told))
    written = derive_package(folder, only)
    screen = console()
    screen.print(f"Written to {folder}: {', '.join(written) or 'nothing'}.", soft_wrap=True)
    screen.print(f"Next: run: omland check {folder}", soft_wrap=True)
