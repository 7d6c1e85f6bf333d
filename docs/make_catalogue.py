"""Collect the messages of the code and of its data, bring the catalogues up to date, and compile them.

    python docs/make_catalogue.py

writes ``abm/locale/sv/LC_MESSAGES/omland.po`` and ``omland.mo``. New messages come in without a
translation, and those that are gone are dropped: fill in the empty ones, and run it again. The
tests fail while a translation is missing, or while the compiled file is not of the text. Needs Babel.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from abm import __version__
from abm.calibration.settings import load_calibration
from abm.experiment import list_experiments, load_experiment
from abm.language import CATALOGUES, DOMAIN, LANGUAGES
from abm.parameters import PARAMETERS
from abm.region.descriptor import open_package
from abm.resources import data_path

PACKAGE = CATALOGUES.parent
METHODS = [("**.py", "python"), ("**.jinja", "jinja2.ext.babel_extract")]
KEYWORDS = {**DEFAULT_KEYWORDS, "plural": (1, 2), "say": (1,)}
HEADER = "# Swedish messages of Omland, in the terms of Swedish official statistics.\n"


def template() -> Catalog:
    """All messages of the code, without translations."""
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(
        PACKAGE, method_map=METHODS, keywords=KEYWORDS, options_map={"**.jinja": {"trimmed": "true"}}
    )
    for file, _line, message, _comments, _context in sorted(found, key=lambda row: (row[0], row[1])):
        catalog.add(message, locations=[(f"abm/{file}", None)])
    for file, text in data():
        catalog.add(text, locations=[(file, None)])
    return catalog


def data() -> Iterator[tuple[str, str]]:
    """Texts that are data, with their files: on the parameters, the shipped experiments and the region's tables."""
    for parameter in PARAMETERS:
        for text in (parameter.group, parameter.unit, parameter.description):
            yield "abm/parameters.py", text
    for name in list_experiments():
        experiment = load_experiment(name)
        for text in (experiment.title, experiment.description):
            yield f"experiments/{name}.toml", text
    yield "experiments/calibration.toml", load_calibration("calibration").title
    for resource in open_package(data_path("norrland")).resources.values():
        for text in (resource["title"], *(source["title"] for source in resource["sources"])):
            yield "data/norrland/datapackage.json", text


def po_file(code: str) -> Path:
    """Catalogue of a language."""
    return CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(code: str) -> Catalog:
    """The catalogue as it is on disk."""
    with po_file(code).open("rb") as file:
        return read_po(file, locale=code, domain=DOMAIN)


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def updated(code: str) -> Catalog:
    """The catalogue with the messages of the code, and the translations it had."""
    old = read(code) if po_file(code).exists() else Catalog(locale=code)
    catalog = Catalog(
        locale=code,
        domain=DOMAIN,
        project="Omland",
        version=__version__,
        charset="utf-8",
        header_comment=HEADER.rstrip(),
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator="The Omland developers",
        language_team="sv",
        fuzzy=False,
    )
    for message in template():
        if message.id:
            known = old.get(message.id)
            string = known.string if known is not None and known.id == message.id else None
            catalog.add(message.id, string, locations=message.locations)
    return catalog


def translated(message: Message) -> bool:
    """Whether all forms of a message have a translation."""
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(forms)


def main() -> None:
    """Bring all catalogues up to date."""
    for code in LANGUAGES[1:]:
        catalog = updated(code)
        path = po_file(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        write_po(buffer, catalog, width=100, include_lineno=False, sort_by_file=True)
        path.write_bytes(buffer.getvalue())
        path.with_suffix(".mo").write_bytes(compiled(read(code)))
        missing = [m.id for m in catalog if m.id and not translated(m)]
        print(f"{code}: {len(catalog)} messages, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
