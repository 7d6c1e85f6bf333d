"""The sections of a report, in order.

A section is a function of a loaded run and a language. It returns None if the run does not hold
what it needs, so one list serves every kind of run: sections of a further kind (risk curves,
sensitivity) read their own files with :meth:`abm.report.run.Run.csv` and are added to
:data:`SECTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable

from abm.language import Language
from abm.report.content import Section
from abm.report.run import Run
from abm.report.sections import (
    answer,
    maps,
    methods,
    movers,
    multiplier,
    networks,
    provenance,
    study_table,
    time,
)

SectionFunction = Callable[[Run, Language], Section | None]

SECTIONS: tuple[SectionFunction, ...] = (
    answer.answer,
    study_table.study_table,
    time.over_time,
    maps.maps,
    networks.flows,
    movers.movers,
    movers.declined,
    multiplier.multiplier,
    networks.suppliers,
    methods.methods,
    provenance.provenance,
)
"""What a report holds."""
