"""A finished run, as its folder holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.effects.orders import COLUMNS as ORDER_COLUMNS
from abm.effects.orders import ORDERS
from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable
from abm.report.effects import Effects
from abm.report.places import Places, load_places
from abm.series import SERIES, Levels
from abm.tabular import sound
from abm.targets import TABLE_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from abm.calibration import CalibrationResult
    from abm.montecarlo import MonteCarloResult
    from abm.sensitivity import SensitivityResult

RECORDS = ("run.json", "experiment.json")
"""Records that runs leave behind: of a study or one world, and of an experiment of many; the first one counts."""
TABLE = "table.csv"
EFFECTS = "effects.parquet"


@dataclass(frozen=True)
class Run:
    """What a run left in its folder; files are read when a section asks for them.

    Attributes:
        folder: the folder.
        record_name: name of the file of its record.
        record: content of that file.
        places: names, seats and borders of the region.
    """

    folder: Path
    record_name: str
    record: dict[str, Any]
    places: Places

    def file(self, name: str) -> Path | None:
        """A file of the run, or None if it has none of that name."""
        path = self.folder / name
        return path if path.is_file() else None

    def csv(self, name: str) -> pd.DataFrame | None:
        """A table of the run, or None if it has none of that name.

        Raises:
            OmlandError: the file is no table.
        """
        import pandas as pd

        path = self.file(name)
        if path is None:
            return None
        try:
            return pd.read_csv(path, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise OmlandError(
                say("{path} cannot be read as a table ({why}).", path=path, why=str(error).splitlines()[0])
            ) from error

    @cached_property
    def table(self) -> pd.DataFrame | None:
        """The study's table, or None."""
        table = self.csv(TABLE)
        if table is None:
            return None
        missing = [name for name in TABLE_COLUMNS if name not in table.columns]
        if missing:
            raise OmlandError(
                say("{file}: the column {column!r} is missing.", file=self.folder / TABLE, column=missing[0])
            )
        numbers = ("study", "low", "high", "mean", "p05", "p95")
        wrong = [name for name in numbers if table[name].dtype.kind not in "fi"]
        if wrong:
            raise OmlandError(
                say(
                    "{file}: the column {column!r} holds what is no number.",
                    file=self.folder / TABLE,
                    column=wrong[0],
                )
            )
        return table.assign(inside=table["inside"].astype(str).str.lower() == "true")

    @cached_property
    def effects(self) -> Effects | None:
        """The effects, or None."""
        path = self.file(EFFECTS)
        if path is None:
            return None
        effects = Effects(path)
        unknown = [z for z in effects.zones if len(z) == 4 and z not in self.places.names]
        if unknown:
            raise self._elsewhere(path, unknown[0])
        return effects

    @staticmethod
    def _elsewhere(path: Path, code: str) -> OmlandError:
        return OmlandError(
            say(
                "{path} is of another region: there is no municipality {code} in the one at hand; name the "
                "region of the run with --region.",
                path=path,
                code=code,
            )
        )

    @cached_property
    def levels(self) -> Levels | None:
        """The levels of a single world, or None."""
        path = self.file(SERIES)
        if path is None:
            return None
        levels = Levels(path)
        unknown = [code for code in levels.codes if code not in self.places.names]
        if unknown:
            raise self._elsewhere(path, unknown[0])
        return levels

    @cached_property
    def orders(self) -> pd.DataFrame | None:
        """Orders between municipalities, or None if the run did not keep them."""
        orders = self.csv(ORDERS)
        if orders is None:
            return None
        missing = [name for name in ORDER_COLUMNS if name not in orders.columns]
        if missing:
            raise OmlandError(
                say("{file}: the column {column!r} is missing.", file=self.folder / ORDERS, column=missing[0])
            )
        return orders.astype({"buyer": str, "supplier": str})

    def fact(self, key: str) -> Any:
        """What the record tells, wherever in it: records of experiments keep identity and provenance apart."""
        for part in (self.record, self.record.get("identity"), self.record.get("provenance")):
            if isinstance(part, dict) and part.get(key) is not None:
                return part[key]
        return None

    def _is_experiment(self) -> bool:
        return self.record_name == RECORDS[1] and isinstance(self.record.get("experiment"), dict)

    @cached_property
    def montecarlo(self) -> MonteCarloResult | None:
        """The results of a Monte Carlo experiment, finished or not; None if the run is none."""
        if not self._is_experiment() or "sensitivity" in self.record:
            return None
        from abm.montecarlo import load

        return load(self.folder)

    @cached_property
    def sensitivity(self) -> SensitivityResult | None:
        """The results of a sensitivity analysis; None if the run is none."""
        if not self._is_experiment() or "sensitivity" not in self.record:
            return None
        from abm.sensitivity import load

        return load(self.folder)

    @cached_property
    def calibration(self) -> CalibrationResult | None:
        """The results of a calibration; None if the run is none."""
        identity = self.record.get("identity")
        if not isinstance(identity, dict) or "calibration" not in identity:
            return None
        from abm.calibration import load

        return load(self.folder)

    @property
    def same_region(self) -> bool:
        """Whether the region at hand is, to the byte, the one of the run, if its record names one."""
        named = self.fact("data_hash")
        return named is None or bool(named == self.places.content_hash)


def _look_at(record: dict[str, Any]) -> None:
    """Raise TypeError or ValueError for what a report would stumble over, wherever it stands in a record."""
    titles = record.get("scenario_titles") or {}
    if not all(isinstance(words, dict) for words in (titles, *dict(titles).values())):
        raise TypeError(titles)
    for part in (record, record.get("identity"), record.get("provenance")):
        if isinstance(part, dict) and part.get("scale") is not None:
            float(part["scale"])
    experiment = record.get("experiment")
    if isinstance(experiment, dict):
        for key, kind in (("groups", list), ("outcomes", list), ("baseline", str)):
            if not isinstance(experiment.get(key, kind()), kind):
                raise TypeError(experiment[key])
        if not all(
            isinstance(text, str) for key in ("groups", "outcomes") for text in experiment.get(key, ())
        ):
            raise TypeError(experiment)
        if not all(isinstance(experiment.get(key, ""), str) for key in ("name", "title", "description")):
            raise TypeError(experiment)


def load_run(folder: Path, places: Places | None = None) -> Run:
    """Read the record of a finished run.

    Args:
        folder: folder of the run.
        places: municipalities of its region; those of the shipped one unless told.

    Raises:
        OmlandError: the folder holds no finished run.
    """
    if not reachable(folder).is_dir():
        raise OmlandError(
            say("There is no folder {folder}; the folder of a finished run is expected.", folder=folder)
        )
    found = [name for name in RECORDS if (folder / name).exists()]
    if not found:
        raise OmlandError(
            say(
                "{folder} holds no finished run: there is no {files}.",
                folder=folder,
                files=say(" or ").join(RECORDS),
            )
        )
    path = folder / found[0]
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise OmlandError(
            say("{path} cannot be read; JSON that omland wrote is expected.", path=path)
        ) from error
    if not isinstance(record, dict):
        raise OmlandError(say("{path} is no record of a run; a JSON object is expected.", path=path))
    with sound(path):
        _look_at(record)
    return Run(folder, path.name, record, load_places() if places is None else places)
