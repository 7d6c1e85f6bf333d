"""The sections of a report, in order.

A section is a function of a loaded run and a language. It returns None if the run does not hold
what it needs, so one list serves every kind of run: those of a study ask for its effects, those of
one world for its levels, those of an experiment for :attr:`abm.report.run.Run.montecarlo` or
``sensitivity``, those of a calibration for :attr:`abm.report.run.Run.calibration`.
"""

from __future__ import annotations

from collections.abc import Callable

from abm.language import Language
from abm.report.content import Section
from abm.report.run import Run
from abm.report.sections import (
    answer,
    calibration,
    leavers,
    maps,
    methods,
    movers,
    multiplier,
    networks,
    provenance,
    risk,
    risk_places,
    sensitivity,
    study_table,
    suppliers,
    time,
    world,
)

SectionFunction = Callable[[Run, Language], Section | None]

SECTIONS: tuple[SectionFunction, ...] = (
    answer.answer,
    world.answer,
    risk.answer,
    sensitivity.sensitivity,
    calibration.calibration,
    calibration.reached,
    calibration.parameters,
    risk.risk,
    risk_places.risk_map,
    risk_places.leavers,
    sensitivity.decisive,
    study_table.study_table,
    world.counties,
    world.municipalities,
    time.over_time,
    maps.maps,
    networks.flows,
    movers.movers,
    movers.hired,
    leavers.leavers,
    movers.declined,
    multiplier.multiplier,
    suppliers.suppliers,
    methods.methods,
    provenance.provenance,
)
"""What a report holds."""
