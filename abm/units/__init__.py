"""Units of work: computed anywhere, each kept in a file of its own, whatever happens on the way.

A unit is a number; a task is a picklable function of it that returns the bytes of its file. Nothing
else is known here about what a unit means: :mod:`abm.montecarlo` has one a replicate,
:mod:`abm.sensitivity` one a point of the design.
"""

from abm.units.crew import Crew, DaskCrew, Finished, OwnCrew, ProcessCrew, crew_for
from abm.units.pace import Pace
from abm.units.store import UnitStore, as_written, to_parquet
from abm.units.work import fill

__all__ = [
    "Crew",
    "DaskCrew",
    "Finished",
    "OwnCrew",
    "Pace",
    "ProcessCrew",
    "UnitStore",
    "as_written",
    "crew_for",
    "fill",
    "to_parquet",
]
