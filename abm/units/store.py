"""A folder of units that survives whatever stops the work.

::

    experiment.json                      what was run, on what, by which code
    units/replicate=000012.parquet       one file a unit
    units/replicate=000012.parquet.sha256
    failures/replicate=000013.json       units that could not be computed

A unit's file is written to the side and renamed, then its checksum in the same way: a unit counts only
with a checksum that agrees. No file tells a time or a name of a machine's user, so that the folder is the same
bytes however often the work was stopped.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import OmlandError
from abm.language import say, spoken
from abm.paths import reachable
from abm.provenance import NotWrittenError, atomic_write, because, locked, output_folder, sweep
from abm.tabular import DAMAGE

if TYPE_CHECKING:
    import pyarrow as pa

RECORD = "experiment.json"


@contextmanager
def as_written(path: Path) -> Iterator[None]:
    """Tell of a file that is read in the block if it is not as it was written.

    Raises:
        OmlandError: it is not.
    """
    try:
        yield
    except DAMAGE as error:
        raise OmlandError(
            say("{path} cannot be read as what Omland wrote; give a new folder.", path=path)
        ) from error


def to_parquet(table: pa.Table, details: Mapping[str, Any]) -> bytes:
    """The bytes of a unit's file; the same for the same content.

    Args:
        table: its rows.
        details: what is told about the unit as a whole, kept as JSON in the file's metadata.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = json.dumps(details, ensure_ascii=False, separators=(",", ":"))
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata({"omland": text}),
        sink,
        compression="zstd",
        row_group_size=max(1, table.num_rows),
    )
    return sink.getvalue().to_pybytes()


class UnitStore:
    """The units of one experiment in a folder.

    Args:
        folder: the folder; made when it is opened, if it is not there.
        kind: what a unit is called in file names, such as ``"replicate"``.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = Path(folder)
        self.kind = kind
        self.units = self.folder / "units"
        self.failures = self.folder / "failures"

    @contextmanager
    def opened(self, identity: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[None]:
        """Make the folder if need be, and hold it for one experiment: nobody else writes to it meanwhile.

        Args:
            identity: what decides the content of the units.
            record: what else is kept in ``experiment.json`` when it is first written.

        Raises:
            OmlandError: the folder cannot be made or written to, belongs to another experiment, or is in use.
        """
        output_folder(self.folder)
        with locked(self.folder):
            kept = self._record()
            if kept is None:
                if any(not p.name.endswith(".part") for p in self.folder.iterdir()):
                    raise OmlandError(
                        say(
                            "{folder} holds other files and no {file}; give an empty or a new folder.",
                            folder=self.folder,
                            file=RECORD,
                        )
                    )
                self._write_json(self.folder / RECORD, {"identity": identity, **record})
            else:
                self._check_identity(kept, identity)
            for folder in (self.units, self.failures):
                with as_written(folder):
                    if folder.exists() and not folder.is_dir():
                        raise NotADirectoryError(folder)
            for folder in (self.folder, self.units, self.failures):
                sweep(folder)
            yield

    def _record(self) -> dict[str, Any] | None:
        path = self.folder / RECORD
        with as_written(path):
            try:
                text = path.read_text(encoding="utf-8")
            except FileNotFoundError:
                return None
            record = json.loads(text)
            for table in (record, record.get("identity", {}), record.get("experiment", {})):
                if not isinstance(table, dict):
                    raise TypeError(table)
        return dict(record)

    def record(self) -> dict[str, Any]:
        """Content of ``experiment.json``.

        Raises:
            OmlandError: there is none, or it cannot be read.
        """
        self._check_there()
        record = self._record()
        if record is None:
            raise OmlandError(
                say("{folder} holds no results: there is no {file} in it.", folder=self.folder, file=RECORD)
            )
        return record

    def _check_there(self) -> None:
        if not reachable(self.folder).is_dir():
            raise OmlandError(say("There is no folder {folder}.", folder=self.folder))

    def amend_record(self, **changes: Any) -> None:
        """Write ``experiment.json`` anew with some keys changed."""
        self._write_json(self.folder / RECORD, {**self.record(), **changes})

    def _check_identity(self, record: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
        kept = record.get("identity", {})
        differing = [k for k in {**kept, **identity} if kept.get(k) != identity.get(k)]
        if not differing:
            return
        told = [
            say("{key} {kept} and not {asked}", key=k, kept=kept.get(k), asked=identity.get(k))
            if k in ("seed", "scale")
            else k.replace("_", " ")
            for k in differing
        ]
        raise OmlandError(
            say(
                "{folder} holds the results of another experiment (it differs in {told}); give "
                "another folder, or take this one away.",
                folder=self.folder,
                told=", ".join(told),
            )
        )

    # --- units ----------------------------------------------------------------------------------

    def path(self, key: int) -> Path:
        """File of a unit."""
        return self.units / f"{self.kind}={key:06d}.parquet"

    def present(self) -> list[int]:
        """Numbers of the units that have a file, increasing; whether they are whole is not looked at."""
        pattern = re.compile(rf"{re.escape(self.kind)}=(\d+)\.parquet")
        found = self.units.iterdir() if self.units.is_dir() else ()
        return sorted(int(m[1]) for p in found if (m := pattern.fullmatch(p.name)))

    def whole(self, key: int) -> bool:
        """Whether a unit is there and agrees with its checksum."""
        path = self.path(key)
        try:
            return _sum_path(path).read_text(encoding="ascii") == _sum_line(path.name, path.read_bytes())
        except (OSError, ValueError):
            return False

    def write(self, key: int, payload: bytes) -> None:
        """Keep a unit and its checksum, and forget an earlier failure of it.

        Raises:
            OmlandError: the disk is full or the file cannot be written; no part of it is left.
        """
        path = self.path(key)
        try:
            self.units.mkdir(parents=True, exist_ok=True)
            _write(path, payload)
            _write(_sum_path(path), _sum_line(path.name, payload).encode("ascii"))
            self._failure(key).unlink(missing_ok=True)
            with suppress(OSError):
                self.failures.rmdir()
        except (OSError, NotWrittenError) as error:
            # A unit without its checksum would not count, so its room is given back; one of before that is whole stays.
            if not self.whole(key):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                    _sum_path(path).unlink(missing_ok=True)
            raise self._sentence(path, error) from None

    def read(self, key: int, columns: Sequence[str] = ()) -> pa.Table:
        """Rows of a unit.

        Args:
            key: its number.
            columns: columns that it needs to have.

        Raises:
            OmlandError: there is no folder, or the file is none of a unit.
        """
        import pyarrow.parquet as pq

        self._check_there()
        with as_written(self.path(key)):
            # A single file, whose name must not be read as a column "replicate".
            table = pq.ParquetFile(self.path(key)).read()
            for name in columns:
                table.column(name)
        return table

    def details(self, key: int, keys: Sequence[str] = ()) -> dict[str, Any]:
        """What is told about a unit as a whole.

        Args:
            key: its number.
            keys: what it needs to tell.

        Raises:
            OmlandError: the file is none of a unit.
        """
        import pyarrow.parquet as pq

        with as_written(self.path(key)):
            metadata = pq.read_metadata(self.path(key)).metadata or {}
            details: dict[str, Any] = dict(json.loads(metadata[b"omland"]))
            for name in keys:
                details[name]
        return details

    # --- failures -------------------------------------------------------------------------------

    def _failure(self, key: int) -> Path:
        return self.failures / f"{self.kind}={key:06d}.json"

    def write_failure(self, key: int, error: Mapping[str, Any]) -> None:
        """Record that a unit could not be computed; it is tried again by the next run.

        Raises:
            OmlandError: the record cannot be written.
        """
        try:
            self.failures.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise self._sentence(self.failures, problem) from None
        self._write_json(self._failure(key), {self.kind: key, **error})

    def failed(self) -> dict[int, dict[str, Any]]:
        """Recorded failures by number of the unit.

        Raises:
            OmlandError: one of the files is no record of a failure.
        """
        failures: dict[int, dict[str, Any]] = {}
        for file in sorted(self.failures.glob(f"{self.kind}=*.json")):
            with as_written(file):
                record = dict(json.loads(file.read_text(encoding="utf-8")))
                failures[int(record[self.kind])] = {
                    **record,
                    **{name: str(record[name]) for name in ("error", "message")},
                }
        return failures

    # --- files ----------------------------------------------------------------------------------

    def _write_json(self, path: Path, content: Any) -> None:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        self.write_file(path.relative_to(self.folder).as_posix(), text.encode())

    def write_file(self, name: str, content: bytes) -> None:
        """Write another file of the folder, whole or not at all.

        Raises:
            OmlandError: the disk is full or the file cannot be written.
        """
        path = self.folder / name
        try:
            _write(path, content)
        except NotWrittenError as error:
            raise self._sentence(path, error) from None

    def _sentence(self, path: Path, error: OSError | NotWrittenError) -> OmlandError:
        why = error.why if isinstance(error, NotWrittenError) else because(error)
        n = sum(1 for key in self.present() if self.whole(key))
        return OmlandError(
            say(
                "{path} cannot be written: {why}; {units} are kept, and the same command goes on from there.",
                path=path,
                why=why,
                units=finished(self.kind, n),
            )
        )


def finished(kind: str, n: int) -> str:
    """So many finished units, in words."""
    plural = spoken().plural
    if kind == "replicate":
        return plural("{n} finished replicate", "{n} finished replicates", n)
    return plural("{n} finished point", "{n} finished points", n)


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as part:
        part.write_bytes(content)


def _sum_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _sum_line(name: str, content: bytes) -> str:
    """A line as `sha256sum -c` reads it."""
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"
