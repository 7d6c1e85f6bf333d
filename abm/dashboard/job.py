"""A pair of worlds simulated month by month in the background, with progress and a stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.dashboard.levers import Settings
from abm.dashboard.pair import PairedModel
from abm.effects.pairs import Pair
from abm.errors import OmlandError
from abm.language import say
from abm.region.region import Region
from abm.results import month_labels

EVERY_SECONDS = 0.7
"""So often the page is told of new months, at most."""
THINKING = 4.0
"""The page draws on the thread of the worlds: they get so many times the time that it took to draw."""


@dataclass(frozen=True)
class Snapshot:
    """What is known so far.

    Attributes:
        settings: what was asked for.
        done, months: months that are simulated, and all months.
        seconds: how long that took.
        pace: seconds that a month has taken lately; None before that is known.
        pair: both worlds so far; None before the first month.
        plant: code of the municipality of the establishment, if there is one.
    """

    settings: Settings
    done: int
    months: int
    seconds: float
    pace: float | None
    pair: Pair | None
    plant: str | None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at the pace of late; None before there is one."""
        return None if self.pace is None else self.pace * (self.months - self.done)

    def effect(self, quantity: str) -> NDArray[np.float64]:
        """Effect on a quantity by month and municipality, float64[T, M]."""
        return self._by_municipality(self._pair.effect(quantity))

    def levels(self, quantity: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A quantity in the baseline and in the scenario, each float64[T, M]."""
        worlds = (self._pair.baseline, self._pair.world)
        base, world = (self._by_municipality(np.asarray(w[quantity], dtype=float)) for w in worlds)
        return base, world

    def county(self, quantity: str, code: str) -> NDArray[np.float64]:
        """Effect on a quantity of a county by month, float64[T]; commuters are those across its border."""
        region = self._pair.region
        inside = region.county_mask(code)
        if not quantity.endswith("_commuters"):
            return np.asarray(self.effect(quantity)[:, inside].sum(axis=1))
        zones = np.append(inside, np.zeros(region.n_zones - region.n_municipalities, bool))
        homes, works = (~zones, zones) if quantity == "in_commuters" else (zones, ~zones)
        return np.asarray(self._pair.effect("commuters")[:, homes][:, :, works].sum(axis=(1, 2)))

    @property
    def month(self) -> str:
        """The last simulated month."""
        return month_labels(self.done)[-1]

    @property
    def _pair(self) -> Pair:
        if self.pair is None:
            raise LookupError("no month has been simulated yet")
        return self.pair

    @staticmethod
    def _by_municipality(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values.reshape(*values.shape[:2], -1).sum(axis=2)


class Job:
    """Simulates a pair of worlds on a thread of its own.

    Args:
        settings: what to simulate.
        region: where.
        region_path: folder of the region; None for the one that is shipped.
        told: called on the thread with every snapshot.
        ended: called on the thread at the end, with what went wrong in one sentence, or an empty text.
    """

    def __init__(
        self,
        settings: Settings,
        region: Region,
        region_path: Path | None,
        told: Callable[[Snapshot], None],
        ended: Callable[[str], None],
    ) -> None:
        self.settings, self.region, self.region_path = settings, region, region_path
        self._told, self._ended = told, ended
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="omland-worlds", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end; it comes after the month that is simulated now."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    @property
    def running(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._simulate()
        except OmlandError as error:
            self._ended(str(error))
        except MemoryError:
            self._ended(say("There is not enough memory for this many residents; choose a smaller share."))
        except Exception as error:  # a thread that just died would leave the page running for ever
            logging.getLogger(__name__).exception("the worlds of the dashboard ended with an error")
            self._ended(
                say(
                    "The worlds ended with an error of Omland itself ({kind}: {why}); the terminal that Omland was "
                    "started in tells more.",
                    kind=type(error).__name__,
                    why=error,
                )
            )
        else:
            self._ended("")

    def _simulate(self) -> None:
        settings = self.settings
        model = PairedModel(self.region, self.region_path, **vars(settings))
        began = told = time.perf_counter()
        pause, before = EVERY_SECONDS, 0
        for done in range(1, model.months + 1):
            if self._stop.is_set():
                return
            model.step()
            now = time.perf_counter()
            if now - told >= pause or done == model.months:
                # The first months may compile the model: they say nothing about the others.
                pace = (now - told) / (done - before) if before else None
                self._told(
                    Snapshot(settings, done, model.months, now - began, pace, model.pair(), model.plant)
                )
                told, before = time.perf_counter(), done
                pause = max(EVERY_SECONDS, THINKING * (told - now))
