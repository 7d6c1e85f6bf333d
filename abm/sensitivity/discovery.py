"""Scenario discovery: in which corner of the uncertain figures the bad cases lie (PRIM, by the EMA workbench).

The patient rule induction method (Friedman and Fisher 1999) peels thin slices off the box of all points, each
time the one that leaves the rest with the most bad cases, and so finds a box that is told in a sentence.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abm import terms
from abm.errors import OmlandError
from abm.language import EN_DASH, N_, Language, language, say
from abm.risk import exact_interval

if TYPE_CHECKING:
    import pandas as pd

PEEL = 0.05
"""Share of the points that a slice has."""
SMALLEST = 0.1
"""Smallest share of all points that a box may have."""
ALIKE = 0.05
"""A limit is told if it takes away at least this share of the range."""
ENOUGH = 100
"""Replicates of an experiment, or points of an analysis, from which on the corner of its worst ones is told."""
WORST = 0.25
"""Share of the cases that are called bad unless a threshold is given."""
LOST = {"population": N_("residents"), "jobs": N_("jobs"), "employed_residents": N_("employed residents")}
"""Quantities whose decline is a loss, and what is lost; of all others more is looked for."""
LEAVING = ("out_migrants", "movers")
"""Quantities that count those who move away."""
IS = "="
"""Stands between a column of names and one of its names, where that is an input that is 0 or 1."""
FOLDS = 5
"""Parts of the cases, each left out in turn."""
SEED = 20200101
MOST_NAMES = 12
"""Columns with more names than that are no inputs."""


Limits = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Box:
    """A corner of the uncertain figures with many bad cases.

    Attributes:
        limits: lower and upper bound of each restricted figure; None where it is not bounded.
        coverage: share of bad cases that lie in a box found without them.
        density: share of bad cases among those in a box found without them.
        base: share of bad cases among all.
        mass: share of all points that lie in it.
    """

    limits: Limits
    coverage: float
    density: float
    base: float
    mass: float

    def words(self, what: str, lang: Language | None = None) -> str:
        """The box in a sentence.

        Args:
            what: what a bad case is, such as "the loss of residents exceeds 500".
            lang: language of the sentence, English unless told.
        """
        lang = lang or language("en")
        _ = lang.text
        begin = f"{what[:1].upper()}{what[1:]}"
        if not self.limits:
            return _("{what} in {base} of the cases; no corner of the inputs stands out.").format(
                what=begin, base=lang.percent(self.base)
            )
        return _(
            "{what} in {density} of the cases when {conditions} ({base} of all cases; {coverage} of the bad ones "
            "lie there)."
        ).format(
            what=begin,
            density=lang.percent(self.density),
            conditions=lang.listing(
                [condition(lang, name, low, high) for name, (low, high) in self.limits.items()]
            ),
            base=lang.percent(self.base),
            coverage=lang.percent(self.coverage),
        )


def _figure(lang: Language, value: float) -> str:
    return lang.number(value) if abs(value) < 1 else lang.number(float(f"{value:.3g}"))


def condition(
    lang: Language,
    name: str,
    low: float | None,
    high: float | None,
    figure: Callable[[Language, float], str] = _figure,
) -> str:
    """One bound of a box in words; `figure` writes the values."""
    _ = lang.text
    if IS in name:
        text = _("the scenario is not {scenario}") if low is None else _("the scenario is {scenario}")
        return text.format(scenario=terms.scenario(lang, name.partition(IS)[2], inline=True))
    if high is None:
        text = _("{input} is above {low}")
    elif low is None:
        text = _("{input} is below {high}")
    else:
        text = _("{input} is between {low} and {high}")
    ends = {key: "" if v is None else figure(lang, v) for key, v in (("low", low), ("high", high))}
    return text.format(input=name.replace("_", " "), **ends)


def discover(inputs: pd.DataFrame, bad: ArrayLike, *, exclude: tuple[str, ...] = ("replicate",)) -> Box:
    """Find the corner of the inputs where bad cases are common.

    Of the boxes on PRIM's way from all points to few, the one with the best balance (harmonic mean) of density and
    coverage is taken, and limits that hardly cut anything are dropped. A box fits the luck of the cases it was found
    on, the more so the more inputs there are: in pure luck it finds corners with twice as many bad cases as elsewhere.
    So what is told of it is measured on cases that boxes were found without, fold by fold; and if there bad cases are
    not more common than among all (Clopper and Pearson's bound at 95 %), no corner stands out.

    Args:
        inputs: a row a case, a column an uncertain figure, such as ``MonteCarloResult.inputs``.
        bad: whether each case is bad, bool[n].
        exclude: columns that are no inputs.

    Raises:
        OmlandError: the EMA workbench is not installed, or all or none of the cases are bad.
    """
    bad = np.asarray(bad, dtype=bool)
    share = float(bad.mean()) if bad.size else 0.0
    if not 0 < share < 1:
        raise OmlandError(
            say("all of the {n} cases are bad, so there is no corner", n=bad.size)
            if share
            else say("none of the {n} cases are bad, so there is no corner", n=bad.size)
        )
    numbers = _numbers(inputs.drop(columns=[c for c in exclude if c in inputs]))
    held = np.zeros(len(bad), dtype=bool)
    fold = _folds(bad)
    for k in range(FOLDS):
        out = fold == k
        if 0 < bad[~out].sum() < (~out).sum():
            held[out] = _inside(numbers[out], _corner(numbers[~out], bad[~out]))
    limits = _corner(numbers, bad)
    # one-sided at 95 % is the lower end of 90 %
    if not limits or exact_interval((bad & held).sum(), int(held.sum()), 0.9)[0] <= share:
        return Box({}, 1.0, share, share, 1.0)
    return Box(
        limits=limits,
        coverage=float((bad & held).sum() / bad.sum()),
        density=float(bad[held].mean()),
        base=share,
        mass=float(_inside(numbers, limits).mean()),
    )


def _folds(bad: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Fold of each case, with as many bad ones in each."""
    by_lot = np.random.default_rng(SEED).permutation(len(bad))
    fold = np.empty(len(bad), np.int64)
    fold[by_lot[np.argsort(bad[by_lot], kind="stable")]] = np.arange(len(bad)) % FOLDS
    return fold


def _corner(numbers: pd.DataFrame, bad: NDArray[np.bool_]) -> Limits:
    """Limits of the box on PRIM's way with the best balance of density and coverage."""
    box = _prim(numbers, bad)
    path = box.peeling_trajectory
    balance = 2 * path["density"] * path["coverage"] / (path["density"] + path["coverage"])
    return _limits(numbers, box.box_lims[int(balance.fillna(0.0).idxmax())])


def _inside(numbers: pd.DataFrame, limits: Limits) -> NDArray[np.bool_]:
    """Which cases lie within the limits."""
    inside = np.ones(len(numbers), dtype=bool)
    for name, (low, high) in limits.items():
        column = numbers[name].to_numpy()
        inside &= (column >= (-np.inf if low is None else low)) & (
            column <= (np.inf if high is None else high)
        )
    return inside


def too_few(lang: Language, cases: int) -> str:
    """That no corner is told of so few cases; empty if there are enough."""
    _ = lang.text
    if cases >= ENOUGH:
        return ""
    return _("Where the bad cases lie is not told of {n} cases: it takes {least}.").format(
        n=cases, least=ENOUGH
    )


def loss_or_effect(quantity: str, value: ArrayLike) -> NDArray[np.float64]:
    """What is bad when it is large: the loss of residents and jobs, the effect on all else."""
    amount = np.asarray(value, dtype=np.float64)
    return 0.0 - amount if quantity in LOST else amount


def bad_case(
    text: str, limit: float, names: Mapping[str, str] | None = None, lang: Language | None = None
) -> str:
    """What a bad case of an outcome is, in words: "the loss of residents in Västernorrland until 2030 exceeds 500".

    Args:
        text: an outcome ``quantity:place:time``, or any other name.
        limit: above which it is bad.
        names: names of places by code, beside those of the counties.
        lang: language of the words, English unless told.
    """
    lang = lang or language("en")
    _ = lang.text
    most = lang.number(limit)
    if text.count(":") != 2:
        return _("the effect on {what} exceeds {limit}").format(what=text, limit=most)
    quantity, places, when = text.split(":")
    place, when = terms.places(lang, places, names), when.replace("..", EN_DASH)
    if quantity in LOST and limit < 0:
        return _("the gain of {what} in {place} until {when} is below {limit}").format(
            what=_(LOST[quantity]), place=place, when=when, limit=lang.number(-limit)
        )
    if quantity in LOST:
        return _("the loss of {what} in {place} until {when} exceeds {limit}").format(
            what=_(LOST[quantity]), place=place, when=when, limit=most
        )
    if quantity in LEAVING:
        return _("out-migration from {place} {when}, beyond the baseline's, exceeds {limit}").format(
            place=place, when=when, limit=most
        )
    return _("the effect on {what}, {place}, {when}, exceeds {limit}").format(
        what=terms.recorded(lang, quantity), place=place, when=when, limit=most
    )


def bad_above(
    outcome: str, value: ArrayLike, exceeds: float | None = None
) -> tuple[NDArray[np.float64], float]:
    """Loss or effect of each case of an outcome, and above what it is bad: `exceeds`, or else the worst quarter."""
    amount = loss_or_effect(outcome.split(":")[0], value)
    return amount, float(np.quantile(amount, 1 - WORST)) if exceeds is None else exceeds


def tell(
    inputs: pd.DataFrame,
    value: ArrayLike,
    outcome: str,
    exceeds: float | None = None,
    names: Mapping[str, str] | None = None,
    lang: Language | None = None,
) -> tuple[Box, str]:
    """Where the bad cases of an outcome lie, and that in a sentence.

    Args:
        inputs: a row a case, a column an uncertain figure.
        value: effect on the outcome in each case.
        outcome: the outcome, ``quantity:place:time``.
        exceeds: a case is bad above it; the worst quarter of the cases unless told. Of residents and jobs it is
            the loss that counts, of all else the effect.
        names: names of places by code, for the sentence.
        lang: language of the sentence, English unless told.

    Raises:
        OmlandError: all or none of the cases are bad, or the EMA workbench is not installed.
    """
    amount, limit = bad_above(outcome, value, exceeds)
    box = discover(inputs, amount > limit)
    return box, box.words(bad_case(outcome, limit, names, lang), lang)


def _numbers(inputs: pd.DataFrame) -> pd.DataFrame:
    """Inputs as numbers; a column of names, such as the scenario that was drawn, becomes one of 0 and 1 for each."""
    import pandas as pd

    columns = {}
    for name in inputs.columns:
        column = inputs[name]
        if pd.api.types.is_numeric_dtype(column):
            columns[str(name)] = column.astype(float)
        elif 1 < column.nunique() <= MOST_NAMES:
            for one in sorted(column.astype(str).unique()):
                columns[f"{name}{IS}{one}"] = (column.astype(str) == one).astype(float)
    return pd.DataFrame(columns)


def _prim(numbers: pd.DataFrame, bad: np.ndarray) -> Any:
    """The first box of PRIM with all steps of its way."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about engines that are not asked for
            from ema_workbench.analysis import prim
    except ImportError:
        raise OmlandError(
            say(
                'Scenario discovery needs the package "ema_workbench"; install it with '
                'pip install "omland[sensitivity]".'
            )
        ) from None
    logging.getLogger("EMA").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A case counts as bad from the threshold on, and a box is given back from this share of bad cases on:
        # above 0, so that good cases are not counted, and low enough for every box.
        search = prim.Prim(numbers, bad, threshold=1e-9, peel_alpha=PEEL, mass_min=SMALLEST)
        return search.find_box()


def _limits(numbers: pd.DataFrame, box: pd.DataFrame) -> Limits:
    """Bounds that cut something off, by input."""
    limits: dict[str, tuple[float | None, float | None]] = {}
    for name in numbers.columns:
        smallest, largest = numbers[name].min(), numbers[name].max()
        low, high = (float(value) for value in box[name])
        span = largest - smallest
        kept = (
            low if low - smallest > ALIKE * span else None,
            high if largest - high > ALIKE * span else None,
        )
        if span > 0 and kept != (None, None):
            limits[str(name)] = kept
    return limits
