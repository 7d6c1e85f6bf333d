"""Let a crew compute the units that are missing, and keep each as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing

from abm.units.crew import Crew, Finished, Task
from abm.units.store import UnitStore


def fill(
    store: UnitStore,
    crew: Crew,
    task: Task,
    keys: Iterable[int],
    seen: Callable[[Finished], None] = lambda finished: None,
) -> None:
    """Compute units and keep them.

    Args:
        store: where to.
        crew: who computes.
        task: what a unit is.
        keys: numbers of the units.
        seen: told of every unit that came back, after it was kept.

    Raises:
        OmlandError: a file cannot be written, or the workers are lost; what was finished is kept.
    """
    with closing(crew.run(task, keys)) as finished_units:
        for finished in finished_units:
            if finished.payload is not None:
                store.write(finished.key, finished.payload)
            else:
                store.write_failure(finished.key, finished.error or {})
            seen(finished)
