"""The study's figures, and what the worlds say to each of them.

The table ``targets.csv`` lists every number and every ordering of the study with
the interval that its wording allows. Rows of kind ``result`` and ``ordering`` are
evaluated; how is looked up by ``quantity`` in :data:`MEASURES`, where by
``geography`` and when by ``year``, so rows can be added without code.

When (:func:`windows`):

* ``2030``: stocks at the end of December 2030, flows over the twelve months of 2030;
* ``mean 2020-2030``: over all months of those years; a ratio is the ratio of the sums
  over the months, as in the first months its denominator is tiny;
* ``full operation``: the Decembers of 2027-2030 (ratios: of the sums over them);
* ``each of 2027-2030``: each December by itself; the row's mean is the mean over the
  years, and it is inside only if the mean of every single year is;
* ``cumulative 2020-2030``: flows summed over all months, stocks at the last.

No quantity is a yearly average of monthly stocks. All are effects against the
baseline of the same seed and replicate; :mod:`abm.effects.pairs` says how direct
and indirect jobs and jobs lost with residents are counted.

Shares of the new jobs or commuters of one place in a whole, where the interval
ends at 0 or 1 ("almost all"), are shares of the gains: a place that loses counts
as zero, so such a share stays between 0 and 1. Whatever is undefined (a zero
denominator, a series or month that the worlds do not hold, a quantity without a
measure) is left out of a row's figures; a row that fewer than half of the replicates define
has no mean, and is not inside. An ordering of undefined shares does not hold.
"""

from __future__ import annotations

from .catalogue import MEASURES, Measure
from .evaluation import (
    BASELINE,
    ORDERING_SHARE,
    TABLE_COLUMNS,
    Evaluation,
    Replicate,
    evaluate_targets,
)
from .measures import share_of_gains
from .orderings import clearly_below
from .reading import EVALUATED_KINDS, Target, load_targets
from .views import View, Window, windows

__all__ = [
    "BASELINE",
    "EVALUATED_KINDS",
    "MEASURES",
    "ORDERING_SHARE",
    "TABLE_COLUMNS",
    "Evaluation",
    "Measure",
    "Replicate",
    "Target",
    "View",
    "Window",
    "clearly_below",
    "evaluate_targets",
    "load_targets",
    "share_of_gains",
    "windows",
]
