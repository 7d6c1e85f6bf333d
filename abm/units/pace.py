"""How fast units come back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from abm.units.crew import Finished


@dataclass
class Pace:
    """What one call computed, and how fast; told to the user and kept in no file.

    Attributes:
        workers: units at a time.
        reused: units that were there already.
        computed: units computed now.
        failed: units that failed now.
        worlds: worlds simulated now.
        seconds: time since the first unit was sent out.
        memory: largest memory of a worker, bytes; None where the system does not tell.
    """

    workers: int
    reused: int = 0
    computed: int = 0
    failed: int = 0
    worlds: int = 0
    seconds: float = 0.0
    memory: int | None = None
    _began: float = field(default_factory=time.perf_counter, repr=False)

    def count(self, finished: Finished, worlds: int) -> None:
        """Take in a unit of some worlds that came back."""
        self.seconds = time.perf_counter() - self._began
        self.memory = max(self.memory or 0, finished.memory or 0) or None
        if finished.payload is None:
            self.failed += 1
        else:
            self.computed += 1
            self.worlds += worlds

    @property
    def worlds_per_minute(self) -> float:
        """Worlds simulated in a minute."""
        return 60.0 * self.worlds / self.seconds if self.seconds else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The figures by name, for ``--json``."""
        return {
            "workers": self.workers,
            "reused": self.reused,
            "computed": self.computed,
            "failed": self.failed,
            "worlds": self.worlds,
            "seconds": self.seconds,
            "worlds_per_minute": self.worlds_per_minute,
            "peak_memory_bytes_of_a_worker": self.memory,
        }
