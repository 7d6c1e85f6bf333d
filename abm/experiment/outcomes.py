"""Outcomes by name: what of a world is looked at, where and when, in one short text.

An outcome is written ``quantity:place:time``, for instance ``population:Västernorrland:2030``.

* **quantity**: a name of :data:`abm.results.QUANTITIES`, or ``indirect_jobs``
  (:meth:`abm.effects.pairs.Pair.indirect`, by county).
* **place**: a municipality or county by name or code, ``all``, or several joined by ``+``. A quantity
  between two zones (commuters, movers, hires who moved) takes ``from>to``, such as
  ``commuters:Västernorrland>Västerbotten:2030``; without ``>`` it is from the place to everywhere else.
  Whoever stays in the same zone is not counted.
* **time**: a year, a month ``2030-06``, or a span ``2020..2030``. A stock is that of the month, of December
  of the year, or the mean over the months of a span; a flow is summed over the months.

The value of an outcome is always the paired effect: the scenario's figure less that of the baseline with the
same chance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.effects.pairs import NotRecordedError, Pair, month_index
from abm.errors import OmlandError
from abm.language import say
from abm.results import QUANTITY, WorldResult
from abm.scenario.fields import unknown
from abm.schema import MONTHS_PER_YEAR, START_YEAR

if TYPE_CHECKING:
    from abm.region.region import Region

FloatArray = NDArray[np.float64]

ALL = "all"
"""Place that stands for every municipality of the region."""
INDIRECT = "indirect_jobs"
"""The one quantity that is defined for a pair of worlds only."""
_NAMES = tuple(q for q in QUANTITY)


@dataclass(frozen=True)
class Outcome:
    """One figure of a pair of worlds.

    Attributes:
        quantity: name of the quantity.
        place: places by code, ``"22"``, ``"2281+2284"``, ``"22>24"`` or ``"all"``; names until resolved.
        first: first month, 0 for January of the start year.
        last: last month.
        when: the time in its shortest form: ``"2030"`` for December of a stock or the year of a flow.
    """

    quantity: str
    place: str
    first: int
    last: int
    when: str

    @property
    def text(self) -> str:
        """The outcome in the notation of this module."""
        return f"{self.quantity}:{self.place}:{self.when}"

    @property
    def between(self) -> bool:
        """Whether it is between two zones."""
        return self.quantity in QUANTITY and QUANTITY[self.quantity].shape == "ZZ"

    def resolve(self, region: Region) -> Outcome:
        """The same outcome with codes instead of names.

        Raises:
            OmlandError: a place is not in the region, or is not one for this quantity.
        """
        sides = self.place.split(">")
        if self.quantity == INDIRECT and not all(_is_county(p, region) for p in sides[0].split("+")):
            raise OmlandError(
                say("{quantity} is for counties, not for {place}", quantity=INDIRECT, place=self.place)
            )
        codes = ["+".join(sorted({_code(p, region, self.between) for p in s.split("+")})) for s in sides]
        if not self.between and self._is_index() and not region_mask(codes[0], region).sum() == 1:
            raise OmlandError(
                say(
                    "{quantity} does not add up over municipalities; name a single one",
                    quantity=self.quantity,
                )
            )
        return Outcome(self.quantity, ">".join(codes), self.first, self.last, self.when)

    def value(self, pair: Pair) -> tuple[float, float]:
        """Level of the baseline and effect, of a resolved outcome.

        Raises:
            OmlandError: the worlds do not hold this quantity or end before the time of the outcome.
        """
        if self.last >= pair.n_months:
            raise OmlandError(say("{outcome} is after the last month of the scenarios", outcome=self.text))
        if self.quantity == INDIRECT:
            series = pair.indirect(*self.place.split("+"))
            return 0.0, float(series[self.first : self.last + 1].mean())
        before, after = (
            self._over_time(place_series(w, self.quantity, self.place, pair.region))
            for w in (pair.baseline, pair.world)
        )
        return before, after - before

    def _over_time(self, series: FloatArray) -> float:
        span = series[self.first : self.last + 1]
        return float(span.sum() if QUANTITY[self.quantity].kind == "flow" else span.mean())

    def _is_index(self) -> bool:
        return self.quantity in QUANTITY and QUANTITY[self.quantity].unit.startswith("index")


def parse_outcome(text: str) -> Outcome:
    """Read an outcome; its places are checked by :meth:`Outcome.resolve`.

    Raises:
        ValueError: says which part is wrong and what is allowed.
    """
    parts = text.split(":")
    if len(parts) != 3 or not all(part.strip() for part in parts):
        raise ValueError(
            say(
                'must be written "quantity:place:time", such as "population:Västernorrland:2030", '
                'not "{text}"',
                text=text,
            )
        )
    quantity, place, when = (part.strip() for part in parts)
    if quantity not in QUANTITY and quantity != INDIRECT:
        raise ValueError(unknown("quantity", quantity, (*_NAMES, INDIRECT)))
    between = quantity in QUANTITY and QUANTITY[quantity].shape == "ZZ"
    if ">" in place and not between:
        flows = ", ".join(q.name for q in QUANTITY.values() if q.shape == "ZZ")
        raise ValueError(
            say('has "{place}", but only {flows} are between two places', place=place, flows=flows)
        )
    if not all(p.strip() for side in place.split(">") for p in side.split("+")) or place.count(">") > 1:
        raise ValueError(
            say('has no place in "{place}"; write one, several joined by "+", or "from>to"', place=place)
        )
    place = ">".join("+".join(p.strip() for p in side.split("+")) for side in place.split(">"))
    flow = quantity in QUANTITY and QUANTITY[quantity].kind == "flow"
    return Outcome(quantity, place, *_time(when, flow))


def _time(when: str, flow: bool) -> tuple[int, int, str]:
    """First and last month, and the shortest text for them."""
    begin, _, end = when.partition("..")
    pattern = r"\d{4}(-(0[1-9]|1[0-2]))?"
    if not re.fullmatch(pattern, begin) or (".." in when and not re.fullmatch(pattern, end)):
        raise ValueError(
            say('has the time "{when}"; write a year, a month "2030-06" or a span "2020..2030"', when=when)
        )
    first, last = _month(begin, 1), _month(end or begin, MONTHS_PER_YEAR)
    if first < 0 or last < first:
        raise ValueError(
            say(
                'has the time "{when}"; it starts with {year}-01 and runs forwards',
                when=when,
                year=START_YEAR,
            )
        )
    if ".." not in when and not flow:
        first = last
        if last % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1:
            when = begin[:4]
    return first, last, when


def _month(text: str, of_year: int) -> int:
    year, _, month = text.partition("-")
    return month_index(int(year), int(month) if month else of_year)


# --- places -------------------------------------------------------------------------------------


def places(region: Region) -> tuple[str, ...]:
    """Codes of all municipalities, then of the counties, then ``all``."""
    return (*region.codes[: region.n_municipalities], *dict.fromkeys(region.county), ALL)


def _is_county(name: str, region: Region) -> bool:
    return any(name in (code, region.county_name(code)) for code in region.county)


def _code(name: str, region: Region, zones_too: bool) -> str:
    """Code of a place given by name or code; a county where both a county and a municipality bear the name."""
    if name == ALL:
        return ALL
    for code in dict.fromkeys(region.county):
        if name in (code, region.county_name(code)):
            return code
    last = len(region.codes) if zones_too else region.n_municipalities
    try:
        index = region.index(name)
    except KeyError:
        index = last
    if index >= last:
        names = [region.county_name(c) for c in dict.fromkeys(region.county)]
        raise OmlandError(unknown("place", name, [*names, *region.names[:last], ALL]))
    return region.codes[index]


def region_mask(place: str, region: Region) -> NDArray[np.bool_]:
    """Zones of a resolved place, bool[Z]."""
    mask = np.zeros(len(region.codes), dtype=bool)
    m = region.n_municipalities
    for part in place.split("+"):
        if part == ALL:
            mask[:m] = True
        elif part in region.codes:
            mask[region.codes.index(part)] = True
        else:
            mask[:m] |= region.county_mask(part)
    return mask


def place_series(world: WorldResult, quantity: str, place: str, region: Region) -> FloatArray:
    """A recorded quantity in a resolved place month by month, float64[T].

    Raises:
        NotRecordedError: the world has no such series.
    """
    if quantity not in world.series:
        raise NotRecordedError(quantity)
    series = world[quantity]
    sides = [region_mask(side, region) for side in place.split(">")]
    if QUANTITY[quantity].shape == "ZZ":
        origin, destination = sides if len(sides) == 2 else (sides[0], ~sides[0])
        flow = series[:, origin][:, :, destination].sum(axis=(1, 2))
        both = origin & destination
        found = flow - series[:, both, both].sum(axis=1)
    else:
        here = series[:, sides[0][: region.n_municipalities]]
        found = here.reshape(len(here), -1).sum(axis=1)
    return np.asarray(found, dtype=np.float64)
