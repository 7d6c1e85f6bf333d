"""A finished run as a report that opens without network: plain answers first, figures, sources.

:func:`write_report` reads the files that a run left in its folder and writes ``report.html``
and ``figures/`` beside them. Nothing is simulated. A report is a list of functions
(:data:`abm.report.sections.SECTIONS`), each of which takes the loaded run and a language and
returns a :class:`~abm.report.content.Section`, or None if the run does not hold what it needs.
"""

from __future__ import annotations

from abm.report.build import write_report
from abm.report.content import Column, Figure, Section, Table
from abm.report.run import Run, load_run

__all__ = ["Column", "Figure", "Run", "Section", "Table", "load_run", "write_report"]
