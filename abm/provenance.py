"""Where results come from, and how files get written whole or not at all.

What the environment does not tell (commit, version of a library, memory) is None, null in JSON.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, wraps
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from abm import __version__
from abm.errors import OmlandError
from abm.folder import check_kind
from abm.language import say
from abm.paths import reachable

LIBRARIES = ("mesa", "networkx", "numba", "numpy", "pandas", "pyarrow", "scipy")
"""Libraries that results may depend on."""


def source_commit() -> str | None:
    """Commit of the code, with ``+`` if files of the package were changed since.

    Returns:
        The hash; None unless the package is run from a checkout that tracks it: an
        installed copy inside somebody else's checkout must not claim that commit.
    """
    package = Path(__file__).resolve().parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(package), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "__init__.py")
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None


MODEL_SOURCES = (
    "accounting.py",
    "calibration/unit.py",
    "core",
    "effects",
    "experiment",
    "montecarlo/unit.py",
    "parameters.py",
    "phases",
    "population",
    "posterior.py",
    "region",
    "results.py",
    "scenario",
    "schema.py",
    "sensitivity/design.py",
    "sensitivity/points.py",
    "simulate.py",
    "study.py",
    "targets",
)
"""Modules and packages that decide what a world and a unit of an experiment hold."""


@cache
def model_hash() -> str:
    """SHA-256 of the sources that decide results.

    Unlike the commit it is the same for an installed copy, and does not change with documents or the command line.
    """
    package = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for name in MODEL_SOURCES:
        place = package / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def computed_by() -> dict[str, Any]:
    """What computed the results: version, commit, interpreter, machine, libraries."""
    libraries: dict[str, str | None] = {}
    for name in LIBRARIES:
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            libraries[name] = None
    return {
        "version": __version__,
        "commit": source_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "libraries": libraries,
    }


def provenance() -> dict[str, Any]:
    """What computed the results, and when."""
    return {
        **computed_by(),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def available_cores() -> int:
    """All cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def peak_memory_bytes() -> int | None:
    """Largest resident memory of this process so far; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # not a Unix
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def check_output(path: Path, command: str | None = None) -> None:
    """Make sure that a folder for results can be made and written to, without making it.

    So that a mistake elsewhere leaves nothing behind, and one here is told before the work.

    Args:
        path: the folder.
        command: the command whose results there may be replaced; nothing is looked at unless told.

    Raises:
        OmlandError: it cannot.
    """
    if reachable(path).is_symlink() and not path.exists():
        raise OmlandError(say("{path} is a link to a folder that is not there.", path=path))
    there = path
    while not reachable(there).exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise OmlandError(
            say(
                "{there} is a file; --out is a folder for the results, {path} cannot be one.",
                there=there,
                path=path,
            )
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise OmlandError(say("{path} cannot be written to: Permission denied.", path=path))
    if command is not None:
        check_kind(path, command)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make a folder for results and hold it for one command: nobody else writes to it meanwhile.

    What killed commands left half-written in it is taken away. A folder made for a command that fails before it has
    written anything is taken away too.

    Raises:
        OmlandError: the folder cannot be made or written to, or another command is writing there.
    """
    made = [p for p in (folder, *folder.parents) if not reachable(p).exists()]
    try:
        output_folder(folder)
        with locked(folder):
            sweep(folder)
            yield
    except BaseException:
        with suppress(OSError):  # it holds something
            for path in made:
                path.rmdir()
        raise


def holding(command: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command hold its folder of results, its keyword `out`, while it runs; see :func:`held`.

    Args:
        command: the command whose results there may be replaced.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def run(*, out: Path | None, **options: Any) -> None:
            if out is not None:
                check_output(out, command)
            with nullcontext() if out is None else held(out):
                function(out=out, **options)

        return run

    return decorate


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder itself, which leaves no file and ends with the process.

    Raises:
        OmlandError: another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # not a Unix
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OmlandError(
                say("{folder} is being written to by another omland; wait for it.", folder=folder)
            ) from None
        except OSError:  # file systems without locks
            pass
        yield
    finally:
        os.close(handle)


def output_folder(path: Path) -> Path:
    """Make a folder for results, and make sure that files can be written there.

    Raises:
        OmlandError: the folder cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except FileExistsError:
        raise OmlandError(say("{path} is a file; --out is a folder for the results.", path=path)) from None
    except OSError as error:
        raise OmlandError(
            say("{path} cannot be written to: {why}.", path=path, why=error.strerror or error)
        ) from None
    return path


def because(error: OSError) -> str:
    """Why a file cannot be read or written, in words that follow a colon."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return say("the disk is full")
    return error.strerror or str(error)


class NotWrittenError(OmlandError):
    """A file that cannot be written; nothing of it is left.

    Attributes:
        path: the file.
        why: in words that follow a colon.
    """

    def __init__(self, path: Path, error: OSError) -> None:
        self.path, self.why = path, because(error)
        super().__init__(say("{path} cannot be written: {why}.", path=path, why=self.why))


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Write a file to the side, and put it in place when it is whole.

    Args:
        path: the file to be.

    Yields:
        A path in the same folder to write to. If the block ends with an exception,
        an earlier file stays as it was.

    Raises:
        NotWrittenError: the disk is full, or the file cannot be written for another reason.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    except BrokenPipeError:  # a reader of what is printed that went away
        raise
    except OSError as error:
        raise NotWrittenError(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Take away what killed processes left in a folder of files that they were writing."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, as a whole or not at all, with line feeds on every system."""
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
