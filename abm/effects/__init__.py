"""Effects of a scenario against its paired baseline: series, tables, multipliers."""

from __future__ import annotations

from ..results import month_labels
from .pairs import NotRecordedError, Pair, month_index
from .summaries import headline_levels, multipliers, summary, variance_reduction
from .table import EffectsWriter, paired_effects

__all__ = [
    "EffectsWriter",
    "NotRecordedError",
    "Pair",
    "headline_levels",
    "month_index",
    "month_labels",
    "multipliers",
    "paired_effects",
    "summary",
    "variance_reduction",
]
