"""The synthetic populations that replicates begin with.

A population is drawn: many meet the same official margins, and which employers there are, how large they
are and who works where differ between them. One alone would be a luck that all replicates share, and no spread
would tell of it (measured: the indirect jobs of Västernorrland in the suppliers' scenario differ by a tenth). So
replicates take a number of populations in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abm.population.cache import population_for
from abm.scale import check_scale

if TYPE_CHECKING:
    from abm.population.population import Population
    from abm.region.region import Region

POPULATIONS = 30
"""How many there are. Each takes seconds to build, once; up to so many replicates are independent."""
KEPT = 2
"""How many a process keeps loaded: the replicates of a worker follow one another."""


class Populations:
    """The populations of a region, loaded when a replicate asks for them; the latest are kept.

    Args:
        region: the region.
        scale: share of the residents that is simulated.
    """

    def __init__(self, region: Region, scale: float = 1.0) -> None:
        check_scale(region, scale)
        self._region, self._scale = region, scale
        self._kept: dict[int, Population] = {}

    def __call__(self, replicate: int) -> Population:
        """The population of a replicate: that of the seed `replicate` modulo :data:`POPULATIONS`.

        It does not depend on the seed of the run, which varies what happens to it. The worlds of a replicate
        have the same, whatever their scenarios and parameters.
        """
        seed = replicate % POPULATIONS
        found = self._kept.pop(seed, None)
        if found is None:
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            found = population_for(self._region, seed, self._scale)
        self._kept[seed] = found  # last, so that the one asked for longest ago goes first
        return found
