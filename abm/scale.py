"""Which shares of the residents can be simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abm.errors import OmlandError
from abm.language import say

if TYPE_CHECKING:
    from abm.region.region import Region

LEAST = 100
"""Residents who have to be left: fewer make no labour market."""


def check_scale(region: Region, scale: float) -> None:
    """Refuse a share of the residents that leaves next to none of them.

    Raises:
        OmlandError: it does.
    """
    residents = int(region.population.sum())
    if scale * residents < LEAST <= residents:
        raise OmlandError(
            say(
                "scale is {scale:g}, which leaves {left:.0f} of {residents} residents; at least {least:.2g} is "
                "allowed here.",
                scale=scale,
                left=scale * residents,
                residents=residents,
                least=LEAST / residents,
            )
        )
