"""Hazard tables and lookups of a world, derived from the region, the population and the parameters.

Hazards that the statistics give directly (births, deaths) are used as they are.
Those they give only through stocks (pairing, entry to the labour force) are the
ones that keep the stocks by age as they were: a cohort that ages a year ends up
with the share of the next age.
"""

from abm.core.tables.bounds import first_bits
from abm.core.tables.build import build_tables

__all__ = ["build_tables", "first_bits"]
