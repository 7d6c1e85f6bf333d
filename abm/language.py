"""English and Swedish: messages from gettext catalogues, figures and dates as Babel writes them.

Messages are written in English in the code, and marked with ``_("…")`` (or :func:`N_` where
they are translated later). ``docs/make_catalogue.py`` collects them into
``abm/locale/sv/LC_MESSAGES/omland.po`` and compiles that.
"""

from __future__ import annotations

import gettext
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "sv")
"""Codes of the languages there are, the language of the messages in the code first."""
CATALOGUES = Path(__file__).resolve().parent / "locale"
"""Folder of the catalogues."""
DOMAIN = "omland"
"""Name of the catalogues."""
_LOCALES = {"en": "en_GB", "sv": "sv_SE"}
MINUS, EN_DASH, SPACE = "−", "–", "\N{NO-BREAK SPACE}"


def N_(message: str) -> str:
    """Mark a message that is translated where it is used."""
    return message


def decimals(size: float) -> int:
    """Decimals that a figure of some size can bear in a table."""
    if size >= 20 or size == 0:
        return 0
    if size >= 10:
        return 1
    return 2 if size >= 0.1 else 3


class Language:
    """One language: its messages, and its way of writing figures and dates.

    Attributes:
        code: code of the language, one of :data:`LANGUAGES`.
        titles: titles of scenarios that do not travel with Omland, in this language, by name.
    """

    def __init__(self, code: str, titles: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Take up a language.

        Args:
            code: code of the language.
            titles: titles of scenarios by name and code of language, as records of runs keep them.
        """
        self.code = code
        self.titles = {name: title[code] for name, title in (titles or {}).items() if title.get(code)}
        if code == LANGUAGES[0]:
            self._catalogue = gettext.NullTranslations()
        else:
            self._catalogue = gettext.translation(DOMAIN, CATALOGUES, languages=[code])

    def text(self, message: str) -> str:
        """A message in this language, in which no per cent sign begins a line."""
        if not message:  # to gettext, the empty message is the head of the catalogue
            return ""
        return self._catalogue.gettext(message).replace(" %", f"{SPACE}%")

    def plural(self, one: str, many: str, n: int, **gaps: object) -> str:
        """The message for ``n`` of something, with the figure in place of ``{n}`` and other gaps filled in."""
        return self._catalogue.ngettext(one, many, n).format(n=self.number(n, digits=0), **gaps)

    def number(self, value: float | None, *, signed: bool = False, digits: int | None = None) -> str:
        """A figure, with a true minus sign.

        Args:
            value: the figure; None and NaN give an empty text.
            signed: show a plus too (not for zero).
            digits: decimals; by the size of the figure unless told.
        """
        from babel.numbers import format_decimal

        if value is None or math.isnan(value):
            return ""
        digits = decimals(abs(value)) if digits is None else digits
        rounded = Decimal(f"{value:.{digits}f}")
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(abs(rounded), format=pattern, locale=_LOCALES[self.code])
        if not rounded:
            return text
        return (MINUS if rounded < 0 else "+" if signed else "") + text

    def compact(self, value: float, figures: int = 3) -> str:
        """A figure with so many significant digits, and without zeros at its end."""
        exponent = Decimal(f"{value:.{figures}g}").as_tuple().exponent
        return self.number(float(f"{value:.{figures}g}"), digits=max(0, -int(exponent)))

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share as per cent, with a space that does not break; a dash for one that is not known."""
        if share is None or math.isnan(share):
            return EN_DASH
        return f"{self.number(100 * share, digits=digits)}{SPACE}%"

    def interval(self, low: float, high: float, *, digits: int | None = None) -> str:
        """Two ends of an interval: an en dash between positive figures, a word between others."""
        if math.isnan(low) or math.isnan(high):
            return ""
        _ = self.text
        word = _("to")
        joint = f" {word} " if low < 0 or high < 0 else EN_DASH
        digits = decimals(max(abs(low), abs(high))) if digits is None else digits
        return f"{self.number(low, digits=digits)}{joint}{self.number(high, digits=digits)}"

    def listing(self, items: Sequence[str]) -> str:
        """Items as a list in words: "a, b and c"."""
        from babel.lists import format_list

        return str(format_list(list(items), locale=_LOCALES[self.code]))

    def month(self, label: str) -> str:
        """A month given as ``"2030-12"``, in words."""
        from babel.dates import format_date

        year, month = (int(part) for part in label.split("-"))
        return str(format_date(date(year, month, 1), "LLLL yyyy", locale=_LOCALES[self.code]))

    def moment(self, label: str) -> str:
        """A time given as ``"2030-12-31T23:59:00Z"``, in words; as it is if it is none."""
        from babel.dates import format_datetime

        try:
            when = datetime.fromisoformat(label)
        except ValueError:
            return label
        return f"{format_datetime(when, 'd MMMM yyyy HH:mm', locale=_LOCALES[self.code])} UTC"


@cache
def language(code: str) -> Language:
    """The language with a code."""
    return Language(code)


def duration(seconds: float) -> str:
    """A time span with units that English and Swedish share: ``40 s``, ``3 min 20 s``, ``1 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


_spoken = LANGUAGES[0]


def speak(code: str) -> None:
    """Tell errors and findings in a language from now on; the command line does so, once."""
    global _spoken
    _spoken = code


def spoken() -> Language:
    """The language that was last asked for."""
    return language(_spoken)


def say(message: str, **gaps: object) -> str:
    """An error or finding in the language that was last asked for, its gaps filled in.

    Other text is translated by the :class:`Language` that its writer was handed. Errors rise from
    functions that know nothing of a language, so there is one for the process: that of ``--lang``.
    """
    text = spoken().text(message)
    return text.format(**gaps) if gaps else text
