"""Who computes the units: this process, processes of this machine, or a Dask cluster.

Every crew takes the same task and gives back the same bytes. A unit that raises comes back as a record of
what went wrong, so does one whose worker was lost again and again; all others go on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from abm.errors import OmlandError
from abm.language import say, speak, spoken
from abm.provenance import peak_memory_bytes

Task = Callable[[int], bytes]
"""Computes the bytes of a unit's file from its number; has to be picklable. If it has a method ``part(key)``, what
that returns is sent to the worker in its place."""

RETRIES = 2
"""How often a unit whose worker was lost is tried again."""
GIVE_UP = 3
"""Units lost one after another, with none finished between, after which nothing will."""
ONE_THREAD = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)
"""Variables that keep a worker to one core: there are as many workers as cores."""


@dataclass(frozen=True)
class Finished:
    """A unit that came back.

    Attributes:
        key: its number.
        payload: bytes of its file; None if it failed.
        error: what went wrong; None if nothing.
        seconds: time it took.
        memory: largest memory of the worker so far, bytes; None where the system does not tell.
    """

    key: int
    payload: bytes | None
    error: Mapping[str, Any] | None
    seconds: float
    memory: int | None


def compute(task: Task, key: int, lang: str | None = None) -> Finished:
    """Compute a unit, or tell what went wrong; what a worker does.

    Args:
        task: what to compute.
        key: number of the unit.
        lang: code of the language to tell it in, which a worker does not know of itself; as it was without one.
    """
    if lang is not None:
        speak(lang)
    began = time.perf_counter()
    payload, error = None, None
    try:
        payload = task(key)
    except Exception as problem:
        error = told(problem)
    return Finished(key, payload, error, time.perf_counter() - began, peak_memory_bytes())


def part(task: Task, key: int) -> Task:
    """What of a task a worker needs for one unit."""
    return task.part(key) if hasattr(task, "part") else task


def told(problem: BaseException) -> dict[str, Any]:
    """An exception as a record, without paths of the machine."""
    frames = traceback.extract_tb(problem.__traceback__)
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(problem).__name__, "message": str(problem), "where": where}


def lost_worker(times: int | None = None) -> dict[str, Any]:
    """The record of a unit whose worker was lost so many times, or again and again."""
    if times is None:
        message = say("the worker was lost again and again: killed, or out of memory")
    else:
        message = say("the worker was lost {n} times: killed, or out of memory", n=times)
    return {"error": "LostWorker", "message": message, "where": []}


class Crew(Protocol):
    """Computes units; a context manager that lets go of its workers at the end."""

    size: int
    """Units at a time."""

    def __enter__(self) -> Crew: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def run(self, task: Task, keys: Iterable[int]) -> Generator[Finished, None, None]:
        """Compute units, in whatever order they finish."""
        ...


def crew_for(workers: int, address: str | None = None) -> Crew:
    """The crew asked for: a Dask cluster by its address, this process for 0 workers, else processes.

    Raises:
        OmlandError: there is no such cluster.
    """
    if address is not None:
        return DaskCrew(address)
    return ProcessCrew(workers) if workers > 0 else OwnCrew()


class OwnCrew:
    """Computes in this process, one unit after another."""

    size = 1

    def __enter__(self) -> OwnCrew:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def run(self, task: Task, keys: Iterable[int]) -> Generator[Finished, None, None]:
        """Compute units in order."""
        for key in keys:
            yield compute(task, key)


# --- processes ----------------------------------------------------------------------------------


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it: a killed parent cannot tell its workers to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


class ProcessCrew:
    """Processes of this machine, started afresh (`spawn`), each on one thread.

    The very first unit is computed alone: where nothing is compiled yet, one worker compiles and the
    others find the result on disk.

    When a worker dies, the pool dies with it and does not tell which unit it was. All units that were under way
    are then tried again one at a time, so that none is blamed for another.

    Args:
        workers: number of processes.
    """

    def __init__(self, workers: int) -> None:
        self.size = workers
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[Any] = set()
        self._warm = False
        self._environment: dict[str, str | None] = {}

    def __enter__(self) -> ProcessCrew:
        # The children read these when they import numpy, before any code of ours could tell them.
        self._environment = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
        self._others = set(multiprocessing.active_children())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop(at_once=kind is not None)
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def _stop(self, *, at_once: bool) -> None:
        """Let the workers go; at once if what they do is no longer wanted."""
        if self._pool is None:
            return
        if at_once:
            for child in set(multiprocessing.active_children()) - self._others:
                child.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None

    def _submit(self, task: Task, key: int) -> Future[Finished]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.size, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_worker
            )
        return self._pool.submit(compute, part(task, key), key, spoken().code)

    def run(self, task: Task, keys: Iterable[int]) -> Generator[Finished, None, None]:
        """Compute units, in whatever order they finish.

        Raises:
            OmlandError: workers are lost whatever they compute.
        """
        waiting, suspects = deque(keys), deque[int]()
        lost: Counter[int] = Counter()
        in_a_row = 0
        under_way: dict[Future[Finished], int] = {}
        try:
            while waiting or suspects or under_way:
                queue = suspects or waiting
                # One more than there are workers, so that none waits for this process.
                room = 1 if suspects or not self._warm else self.size + 1
                while queue and len(under_way) < room:
                    key = queue.popleft()
                    try:
                        under_way[self._submit(task, key)] = key
                    except BrokenProcessPool:  # it broke since the last look
                        queue.appendleft(key)
                        if not under_way:
                            self._stop(at_once=True)
                            continue
                        break
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                broken: list[int] = []
                alone = len(under_way) == 1
                for future in done:
                    key = under_way.pop(future)
                    try:
                        finished = future.result()
                    except BrokenProcessPool:
                        broken.append(key)
                        continue
                    self._warm, in_a_row = True, 0
                    yield finished
                if not broken:
                    continue
                broken += under_way.values()
                under_way.clear()
                self._stop(at_once=True)
                for key in sorted(broken):
                    lost[key] += alone
                    if lost[key] <= RETRIES:
                        suspects.append(key)
                        continue
                    in_a_row += 1
                    if in_a_row == GIVE_UP:
                        raise OmlandError(
                            say(
                                "Workers are lost whatever they compute (last {key}): they were killed, or there is "
                                "not enough memory for {n}; try fewer with --workers.",
                                key=key,
                                n=self.size,
                            )
                        )
                    yield Finished(key, None, lost_worker(lost[key]), 0.0, None)
        finally:
            if under_way:
                self._stop(at_once=True)


# --- Dask ---------------------------------------------------------------------------------------


class DaskCrew:
    """A Dask cluster: the same task sent through its scheduler, which also replaces lost workers.

    Omland has to be installed in the same version where the workers run, and the region has to be at
    the same path there. The files are written here.

    Args:
        address: address of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        OmlandError: `distributed` is not installed, or nobody answers.
    """

    PATIENCE = 30.0
    """Seconds to wait for the scheduler, and for the first worker."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
            from distributed.comm import get_address_host_port
        except ImportError:
            raise OmlandError(
                say(
                    'A Dask cluster needs the package "distributed"; install it with pip install "omland[cluster]".'
                )
            ) from None
        self.address = address
        try:
            get_address_host_port(address)  # or else the client tries for a minute
            self._client = Client(address, timeout=self.PATIENCE, set_as_default=False)
            self._client.wait_for_workers(1, timeout=self.PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise OmlandError(
                say("The Dask cluster {address} does not answer: {why}.", address=address, why=error)
            ) from None
        self.size = sum(self._client.nthreads().values())

    def __enter__(self) -> DaskCrew:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # the cluster may be gone, which run() has told
            self._client.close()

    def run(self, task: Task, keys: Iterable[int]) -> Generator[Finished, None, None]:
        """Compute units, in whatever order they finish.

        Raises:
            OmlandError: the cluster is lost.
        """
        from distributed import KilledWorker, as_completed

        waiting = deque(keys)
        under_way = as_completed(loop=self._client.loop)
        numbers: dict[Any, int] = {}

        def submit() -> None:
            key = waiting.popleft()
            future = self._client.submit(compute, part(task, key), key, spoken().code, pure=False)
            numbers[future.key] = key
            under_way.add(future)

        # Enough under way to keep the cluster busy, and no more: results wait for room on this machine.
        while waiting and len(numbers) < 2 * max(1, self.size):
            submit()
        for future in under_way:
            key = numbers.pop(future.key)
            try:
                finished = future.result()
            except KilledWorker:  # the scheduler has tried it on several workers
                finished = Finished(key, None, lost_worker(), 0.0, None)
            except Exception as error:
                raise OmlandError(
                    say(
                        "The Dask cluster {address} was lost ({kind}: {why}); what is finished is kept, and "
                        "the same command goes on from there.",
                        address=self.address,
                        kind=type(error).__name__,
                        why=error,
                    )
                ) from None
            if waiting:
                submit()
            yield finished
