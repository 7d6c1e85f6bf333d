"""Tasks for tests of units, importable by workers."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from abm.language import spoken
from abm.units import to_parquet


def payload(key: int) -> bytes:
    return to_parquet(pa.table({"key": [key], "square": [key * key]}), {"key": key})


@dataclass(frozen=True)
class Task:
    """Squares, with mishaps.

    Attributes:
        raises: keys that raise.
        kills: keys whose worker dies, every time.
        kills_once: keys whose worker dies the first time.
        marks: folder for marks of what happened.
        seconds: how long each takes.
    """

    marks: str
    raises: tuple[int, ...] = ()
    kills: tuple[int, ...] = ()
    kills_once: tuple[int, ...] = ()
    seconds: float = 0.0

    def __call__(self, key: int) -> bytes:
        with (Path(self.marks) / f"{key}-{os.getpid()}-{time.monotonic_ns()}").open("w"):
            pass
        time.sleep(self.seconds)
        if key in self.raises:
            raise ValueError(f"no square of {key} ({spoken().code})")
        tried = len(list(Path(self.marks).glob(f"{key}-*")))
        if key in self.kills or (key in self.kills_once and tried == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        return payload(key)


def ishigami(values: Mapping[str, float], replicate: int) -> dict[str, float]:
    """Ishigami's function with a = 7 and b = 0.1, the same for every replicate."""
    a, b, c = values["a"], values["b"], values["c"]
    return {"y": math.sin(a) + 7.0 * math.sin(b) ** 2 + 0.1 * c**4 * math.sin(a)}


def lucky(values: Mapping[str, float], replicate: int) -> dict[str, float]:
    """A linear function with luck: the same at every point, and another that is not."""
    other = math.sin(1e4 * (values["a"] + 3.0 * values["b"]) + 77.0 * replicate)
    return {"y": 3.0 * values["a"] + values["b"] + 2.0 * math.sin(13.0 * replicate) + other}


def failing(values: Mapping[str, float], replicate: int) -> dict[str, float]:
    """Fails where `a` is large."""
    if values["a"] > 0.9:
        raise ValueError("a is too large")
    return {"y": values["a"]}


def constant(values: Mapping[str, float], replicate: int) -> dict[str, float]:
    """The same everywhere."""
    return {"y": 1.0}
