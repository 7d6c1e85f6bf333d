"""What was run, by which version, on which data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from abm import terms
from abm.language import Language, duration
from abm.report.content import Column, Section, Table
from abm.report.run import Run


def provenance(run: Run, lang: Language) -> Section | None:
    """The record of the run."""
    _ = lang.text
    record = run.record
    details = record.get("provenance")  # records of experiments have it apart
    made: Mapping[str, Any] = details if isinstance(details, dict) else record
    hashes = run.fact("scenario_hashes")
    libraries = made.get("libraries")
    entries: list[tuple[str, str]] = [
        (_("Omland"), _text(run.fact("version"))),
        (_("commit of the code"), _text(run.fact("commit"))),
        (_("seed"), _text(run.fact("seed"))),
        (_("replicates"), _number(lang, record.get("runs", record.get("replicates")))),
        (_("worlds"), _number(lang, record.get("worlds"))),
        (_("months"), _number(lang, record.get("months"))),
        (_("residents at the start"), _number(lang, record.get("residents"))),
        (_("of them simulated"), _number(lang, record.get("simulated_residents"))),
        (_("share of the residents simulated"), _scale(lang, run.fact("scale"))),
        (_("invariants checked every month"), _yes_or_no(lang, record.get("checked"))),
        (_("SHA-256 of the data"), _text(run.fact("data_hash"))),
        (_("SHA-256 of the parameters"), _text(run.fact("parameter_hash"))),
        *(
            (
                _("SHA-256 of {scenario}").format(scenario=terms.scenario(lang, name, inline=True)),
                _text(value),
            )
            for name, value in (hashes.items() if isinstance(hashes, dict) else ())
        ),
        (_("finished"), lang.moment(_text(made.get("finished")))),
        (_("time"), _duration(record.get("wall_seconds"))),
        (_("Python"), _text(made.get("python"))),
        (
            _("libraries"),
            ", ".join(f"{n} {v}" for n, v in (libraries.items() if isinstance(libraries, dict) else ()) if v),
        ),
    ]
    prose = [
        _(
            "The same version, seed, data, parameters and scenarios give the same figures, on any number of "
            "threads. All of this is in {record}; every figure is also in the folder figures, as SVG, PNG and "
            "CSV."
        ).format(record=run.record_name)
    ]
    if not run.same_region:
        prose.append(
            _(
                "Note: the region package at hand is not, to the byte, the one of the run; names, borders and "
                "sources are those of the package at hand."
            )
        )
    columns = (Column(_("what"), numeric=False), Column(_("value"), numeric=False))
    rows = tuple((what, value) for what, value in entries if value)
    return Section(
        "provenance",
        _("Where these figures come from"),
        prose=tuple(prose),
        tables=(Table(_("The run"), columns, rows),),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(lang: Language, value: Any) -> str:
    return lang.number(float(value), digits=0) if isinstance(value, int | float) else ""


def _scale(lang: Language, value: Any) -> str:
    return (
        lang.percent(float(value), digits=0 if float(value) >= 0.1 else 1)
        if isinstance(value, int | float)
        else ""
    )


def _yes_or_no(lang: Language, value: Any) -> str:
    _ = lang.text
    return (_("yes") if value else _("no")) if isinstance(value, bool) else ""


def _duration(value: Any) -> str:
    return duration(float(value)) if isinstance(value, int | float) else ""
