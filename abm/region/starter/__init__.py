"""A region of one's own: a template of a data package, and a guide until it is valid."""

from __future__ import annotations

from abm.region.starter.guide import Stage, guide, is_started
from abm.region.starter.write import new_region

__all__ = ["Stage", "guide", "is_started", "new_region"]
