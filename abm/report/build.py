"""Putting a report together: sections, figures as files, and the page."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abm import terms
from abm.errors import OmlandError
from abm.folder import FIGURES, KINDS, PAGE
from abm.language import Language, say
from abm.provenance import atomic_write, sweep
from abm.report import drawing
from abm.report.content import Figure, Section
from abm.report.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from abm.report.sections import SectionFunction

WIDEST = 118
"""Pixels that an inch of a drawing may take in the page: a narrow drawing is not blown up to its width."""
LARGEST_PAGE = 10 * 2**20
"""Bytes that a page may have, so that it can be sent by mail."""


@dataclass(frozen=True)
class Written:
    """A report on disk.

    Attributes:
        page: the page.
        folder: folder of the figures.
        figures: their files; none if no section has a figure.
    """

    page: Path
    folder: Path
    figures: tuple[Path, ...]


@dataclass(frozen=True)
class _Drawn:
    """A figure, its files as bytes, and its greatest width in the page in pixels."""

    figure: Figure
    svg: bytes
    png: bytes
    csv: bytes
    width: float

    @property
    def uri(self) -> str:
        """The figure as the source of an image in the page."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode("ascii")


def write_report(run: Run, lang: Language, sections: Sequence[SectionFunction] | None = None) -> Written:
    """Write ``report.html`` and ``figures/`` into the folder of a run.

    Args:
        run: the run.
        lang: language of the report.
        sections: what it holds; :data:`abm.report.sections.SECTIONS` unless told.

    Raises:
        OmlandError: the run holds nothing to report, or the folder cannot be written to.
    """
    if sections is None:
        from abm.report.sections import SECTIONS

        sections = SECTIONS
    lang = Language(lang.code, run.fact("scenario_titles"))
    with drawing.style():
        made = [section for function in sections if (section := function(run, lang)) is not None]
        if not any(section.figures or section.name == "answer" for section in made):
            raise OmlandError(
                say(
                    "{folder} holds no results to report: there is no table.csv, effects.parquet or "
                    "series.parquet.",
                    folder=run.folder,
                )
            )
        drawn = {figure.name: _drawn(figure, lang) for section in made for figure in section.figures}
    page = render(run, lang, made, drawn)
    return _write(run.folder, page, drawn.values())


def _drawn(figure: Figure, lang: Language) -> _Drawn:
    picture = figure.draw()
    drawing.lay_out(picture)
    about = {"title": figure.title, "description": figure.alt, "source": figure.source}
    return _Drawn(
        figure,
        drawing.as_svg(picture, language=lang.code, **about),
        drawing.as_png(picture, **about),
        _csv(figure.data, figure.unit, figure.source),
        WIDEST * picture.get_figwidth(),
    )


def _csv(data: pd.DataFrame, unit: str, source: str) -> bytes:
    """The data of a figure, with unit and source in every row."""
    text = data.assign(unit=unit, source=source).to_csv(
        index=False, float_format="%.10g", lineterminator="\n"
    )
    return text.encode("utf-8")


def render(run: Run, lang: Language, sections: Sequence[Section], drawn: dict[str, _Drawn]) -> str:
    """The page. All text from files is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("abm.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["_"] = lang.text
    style = environment.loader.get_source(environment, "report.css")[0] if environment.loader else ""
    return environment.get_template("report.html.jinja").render(
        lang=lang,
        sections=sections,
        drawn=drawn,
        style=style,
        heading=_heading(run, lang),
        subtitle=_subtitle(run, lang),
        folder=FIGURES,
    )


def _heading(run: Run, lang: Language) -> str:
    """The question of the report; of a factory, if its scenarios are those that travel with Omland."""
    _ = lang.text
    if run.levels is not None:
        return _("What becomes of the labour markets of the region?")
    if not lang.titles:
        return _("What does the factory do to the labour markets around it?")
    return _("What does a large employer do to the labour markets around it?")


def _subtitle(run: Run, lang: Language) -> str:
    """What the report is about, in a line."""
    _ = lang.text
    effects = run.effects
    if run.levels is not None:
        return _("{scenarios}, {first} to {last}").format(
            scenarios=terms.scenario(lang, str(run.fact("scenario") or "")),
            first=lang.month(run.levels.months[0]),
            last=lang.month(run.levels.months[-1]),
        )
    if effects is None:
        about = run.record.get("experiment", run.record)
        return _(str(about.get("title") or about.get("name") or "")) if isinstance(about, dict) else ""
    return _("{scenarios}, {first} to {last}").format(
        scenarios=lang.listing([terms.scenario(lang, name) for name in effects.scenarios]),
        first=lang.month(effects.months[0]),
        last=lang.month(effects.months[-1]),
    )


def _write(folder: Path, page: str, drawn: Iterable[_Drawn]) -> Written:
    """Write all files, each aside first and then in place, the page last."""
    content = page.encode("utf-8")
    if len(content) > LARGEST_PAGE:
        raise OmlandError(
            say(
                "{page} would have {size:.0f} MiB; the limit is {limit} MiB.",
                page=folder / PAGE,
                size=len(content) / 2**20,
                limit=LARGEST_PAGE // 2**20,
            )
        )
    figures = folder / FIGURES
    files: list[Path] = []
    try:
        figures.mkdir(exist_ok=True)
        sweep(figures)
        for one in drawn:
            for kind, data in zip(KINDS, (one.svg, one.png, one.csv), strict=True):
                path = figures / f"{one.figure.name}.{kind}"
                with atomic_write(path) as part:
                    part.write_bytes(data)
                files.append(path)
        with atomic_write(folder / PAGE) as part:
            part.write_bytes(content)
    except OSError as error:
        raise OmlandError(
            say("{folder}: the report cannot be written ({why}).", folder=folder, why=error.strerror or error)
        ) from error
    return Written(folder / PAGE, figures, tuple(files))
