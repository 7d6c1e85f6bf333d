"""The synthetic populations that replicates begin with.

A population is drawn: many meet the same official margins, and which employers there are, how large they
are and who works where differ between them. One alone would be a luck that all replicates share, and no spread
would tell of it (measured: the indirect jobs of Västernorrland in the suppliers' scenario differ by a tenth). So
replicates take a few populations in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abm.population.cache import population_for

if TYPE_CHECKING:
    from abm.population.population import Population
    from abm.region.region import Region

POPULATIONS = 5
"""How many there are. Each takes seconds to build, once; more would tell their spread better."""


class Populations:
    """The populations of a region, loaded when a replicate asks for them, and kept.

    Args:
        region: the region.
        scale: share of the residents that is simulated.
    """

    def __init__(self, region: Region, scale: float = 1.0) -> None:
        self._region, self._scale = region, scale
        self._kept: dict[int, Population] = {}

    def __call__(self, replicate: int) -> Population:
        """The population of a replicate: that of the seed `replicate` modulo :data:`POPULATIONS`.

        It does not depend on the seed of the run, which varies what happens to it. The worlds of a replicate
        have the same, whatever their scenarios and parameters.
        """
        seed = replicate % POPULATIONS
        if seed not in self._kept:
            self._kept[seed] = population_for(self._region, seed, self._scale)
        return self._kept[seed]
