"""A scenario and its baseline as one Mesa model: a month a step of both, and what differs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import mesa
from mesa.datacollection import DataCollector

from abm.dashboard.levers import Settings, choose
from abm.effects.pairs import Pair
from abm.model import LabourMarketModel
from abm.population.several import Populations
from abm.region.package import load_region
from abm.region.region import Region
from abm.scenario.fields import month_index

QUANTITIES = ("population", "jobs", "in_commuters", "out_commuters")
"""What is shown and downloaded; commuters are those across the border of the municipality."""


class PairedModel(mesa.Model):
    """A world of a scenario beside its baseline; the two share all chance.

    The arguments are plain values, so that Mesa's own tools can make the model anew: ``SolaraViz`` when
    a slider is moved (:mod:`abm.dashboard.viz`), :func:`mesa.batch_run` in a study of one's own.

    Args:
        region: folder of a region, or a region; the shipped one unless told.
        folder: folder in which scenarios of its own are looked up, if `region` is not a folder.
        **kwargs: fields of :class:`abm.dashboard.levers.Settings` (Mesa's page knows them by this name only).

    Attributes:
        settings: what was asked for.
        baseline, world: the two models.
        months: number of months.
        running: whether there is another month.
        plant: code of the municipality of the first establishment; None without any.
        datacollector: effects on the region, all municipalities together, at the end of each month.

    Raises:
        OmlandError: the scenario, the region or a lever is not usable.
    """

    def __init__(
        self, region: str | Path | Region | None = None, folder: Path | None = None, **kwargs: Any
    ) -> None:
        self.settings = Settings(**kwargs)
        super().__init__(rng=self.settings.seed)
        if isinstance(region, str | Path):
            folder = Path(region)
        place = region if isinstance(region, Region) else load_region(folder)
        chosen = choose(self.settings, place, folder)
        people = Populations(place, self.settings.scale)(0)
        parameters: Any = chosen.parameters
        self.baseline, self.world = (
            LabourMarketModel(one, region=place, seed=self.settings.seed, population=people, **parameters)
            for one in (chosen.baseline, chosen.scenario)
        )
        plants = chosen.scenario.establishments
        self.plant = plants[0].municipality if plants else None
        last = month_index(self.settings.end) + 1
        self.months = min(self.baseline.n_months, self.world.n_months, last)
        reporters: dict[str, Any] = {name: partial(_effect, name) for name in QUANTITIES}
        self.datacollector = DataCollector(model_reporters={"month": _date, **reporters})

    @property
    def month(self) -> int:
        """Months simulated so far."""
        return self.world.month

    def step(self) -> None:
        """Simulate a month of both worlds; nothing happens after the last one."""
        if self.month >= self.months:
            self.running = False
            return
        self.baseline.step()
        self.world.step()
        self.datacollector.collect(self)
        self.running = self.month < self.months

    def pair(self) -> Pair:
        """Both worlds so far."""
        return Pair(self.world.result(), self.baseline.result(), self.world.world.region)


def _date(model: PairedModel) -> str:
    return model.world.date


def _effect(name: str, model: PairedModel) -> float:
    """What the two worlds differ by in their last month."""
    world, baseline = (m.datacollector.model_vars[name][-1] for m in (model.world, model.baseline))
    return float(world - baseline)
