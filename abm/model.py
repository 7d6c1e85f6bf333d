"""The model for users of Mesa: one world, a month a step."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import mesa
import numpy as np
from mesa.agent import AgentSet
from mesa.datacollection import DataCollector

from abm import networks
from abm.core.invariants import check_world
from abm.core.world import World
from abm.errors import OmlandError
from abm.parameters import Parameters
from abm.population.population import Population
from abm.population.several import Populations
from abm.region.package import load_region
from abm.region.region import Region
from abm.results import WorldResult
from abm.scenario import Scenario, load_scenario
from abm.schema import MONTHS_PER_YEAR, START_YEAR, Status
from abm.simulate import Recorder
from abm.views import EmployerAgent, HouseholdAgent, MunicipalityAgent, ResidentAgent, View

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

V = TypeVar("V", bound=View)

_COUNTY_STOCKS = {
    "population": "population",
    "employed": "employed_residents",
    "unemployed": "unemployed",
    "households": "households",
    "dwellings": "dwellings",
    "births": "births",
    "deaths": "deaths",
}


class LabourMarketModel(mesa.Model):
    """Labour markets around a large employer, as a Mesa model.

    A step is a month. The work is done by :class:`abm.core.world.World` over arrays, and the
    results are those of :func:`abm.simulate.simulate`, bit for bit. Municipalities are the
    registered agents; residents, households and employers come as agents on demand::

        model = abm.LabourMarketModel("outmigration", scale=0.05, seed=7)
        model.run_model()
        model.datacollector.get_model_vars_dataframe()
        model.sample_residents(1000).agg("age", np.mean)

    All arguments are plain values, so the model can be given to :func:`mesa.batch_run`. Repeat a run
    with ``parameters={"replicate": range(20)}``, which works with every version of Mesa: replicates
    take thirty synthetic populations in turn and differ in all chance. Newer versions of Mesa (3.5) set ``seed``
    themselves from the ``rng`` argument of `batch_run`.

    Args:
        scenario: name of a shipped scenario, path of a file, or a scenario (within a list for `batch_run`).
        region: folder of a region data package, or a region; the shipped one by default.
        scale: share of the residents that is simulated; 1 is everyone (some 900,000).
        seed: seed of all chance; None, which Mesa may pass, is 0.
        replicate: number of the replicate.
        check: check the invariants in every month.
        population: population to start from; that of the region and scale by default.
        **parameters: any parameter of :mod:`abm.parameters` by its name.

    Attributes:
        world: the state.
        month: months simulated so far.
        running: whether there is another month.
        datacollector: totals of the region at the end of each month.
        municipalities: all municipalities, in zone order.

    Raises:
        OmlandError: the scenario, the region or a parameter is not usable, or (with `check`) an
            invariant is broken.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario = "baseline",
        region: str | Path | Region | None = None,
        scale: float = 1.0,
        seed: int | None = 0,
        replicate: int = 0,
        check: bool = False,
        population: Population | None = None,
        **parameters: float,
    ) -> None:
        seed, replicate = int(seed or 0), int(replicate)
        if seed < 0 or replicate < 0:
            raise OmlandError(f"seed and replicate must be 0 or more, not {seed} and {replicate}")
        # Mesa's own generators serve sampling and shuffling only; the world keys its chance by itself.
        super().__init__(rng=seed)
        chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        place = (
            region if isinstance(region, Region) else load_region() if region is None else load_region(region)
        )
        people = Populations(place, float(scale))(replicate) if population is None else population
        self.world = World(
            place,
            people,
            chosen,
            Parameters({name: _plain(value) for name, value in parameters.items()}),
            seed=seed,
            replicate=replicate,
        )
        self.check = check
        self.n_months = chosen.n_months
        self._recorder = Recorder(self.world, self.n_months)
        self._views: dict[tuple[type[View], int], View] = {}
        for row in range(self.world.n_mun):
            self.register_agent(self._view(MunicipalityAgent, row))
        self.municipalities: AgentSet = self._set(MunicipalityAgent, range(self.world.n_mun))
        self.datacollector = DataCollector(
            model_reporters={
                "month": "date",
                # no lambdas: a model with them cannot be pickled
                "population": partial(LabourMarketModel._residents, status=slice(1, None)),
                "employed": partial(LabourMarketModel._residents, status=int(Status.EMPLOYED)),
                "unemployed": partial(LabourMarketModel._residents, status=int(Status.UNEMPLOYED)),
                "jobs": _jobs,
                "vacancies": _vacancies,
                "in_commuters": partial(LabourMarketModel._crossings, inward=True),
                "out_commuters": partial(LabourMarketModel._crossings, inward=False),
            }
        )

    # --- time ----------------------------------------------------------------------------------

    @property
    def month(self) -> int:
        """Months simulated so far."""
        return self.world.month

    @property
    def date(self) -> str:
        """The last simulated month, ``"YYYY-MM"``; that before the first one at the start."""
        year, month = divmod(self.world.month - 1, MONTHS_PER_YEAR)
        return f"{START_YEAR + year}-{month + 1:02d}"

    def step(self) -> None:
        """Simulate a month.

        Raises:
            OmlandError: there is no further month, or (with `check`) an invariant is broken.
        """
        world = self.world
        if world.month >= self.n_months:
            raise OmlandError(f"the scenario ends with month {self.date}; there is no further step")
        before = world.counts.status[:, 1:].sum(axis=1)
        world.step()
        self._recorder.record(world)
        if self.check:
            check_world(world, before)
        self.datacollector.collect(self)
        if world.month >= self.n_months:
            self.running = False

    # --- results -------------------------------------------------------------------------------

    def result(self) -> WorldResult:
        """The monthly series so far, as :func:`abm.simulate.simulate` returns them; a copy."""
        world = self.world
        return WorldResult(
            scenario=world.scenario.name,
            replicate=world.replicate,
            seed=world.seed,
            codes=world.region.codes,
            series={name: values[: world.month].copy() for name, values in self._recorder.series.items()},
            initial_population=world.initial_population.copy(),
            info={
                "phase_seconds": dict(world.phase_seconds),
                "supplier_constants": {u.name: u.constant for u in world.units},
                "turned_away": int(world.turned_away),
            },
            orders=networks.order_jobs(world),
        )

    @property
    def county_series(self) -> pd.DataFrame:
        """Figures of each county at the end of each month, indexed by month and county code.

        Commuters are those across the county's border.
        """
        import pandas as pd

        series, region, m = self._recorder.series, self.world.region, self.world.n_mun
        now = self.world.month
        counties = tuple(dict.fromkeys(region.county))
        commuters = series["commuters"][:now]
        columns: dict[str, list[Any]] = {}
        for county in counties:
            inside = region.county_mask(county)
            zones = np.append(inside, np.zeros(self.world.n_zone - m, bool))
            figures = {
                name: series[source][:now][:, inside].sum(axis=1) for name, source in _COUNTY_STOCKS.items()
            }
            figures["jobs"] = series["jobs"][:now][:, inside].sum(axis=(1, 2))
            figures["vacancies"] = series["vacancies"][:now][:, inside].sum(axis=(1, 2))
            figures["in_commuters"] = commuters[:, ~zones][:, :, zones].sum(axis=(1, 2))
            figures["out_commuters"] = commuters[:, zones][:, :, ~zones].sum(axis=(1, 2))
            for name, values in figures.items():
                columns.setdefault(name, []).append(values)
        months = [f"{START_YEAR + t // MONTHS_PER_YEAR}-{t % MONTHS_PER_YEAR + 1:02d}" for t in range(now)]
        index = pd.MultiIndex.from_product([months, counties], names=["month", "county"])
        return pd.DataFrame(
            {name: np.stack(values, axis=1).ravel() for name, values in columns.items()}, index=index
        )

    def _residents(self, status: int | slice) -> float:
        """Residents of a status, official size."""
        return float(self.world.counts.status[:, status].sum() * self.world.weight)

    def _crossings(self, inward: bool) -> float:
        """Commuters into, or out of, the municipalities of the region, official size."""
        commuters, m = self.world.counts.commuters, self.world.n_mun
        flows = commuters[:, :m] if inward else commuters[:m]
        return float((flows.sum() - np.trace(commuters[:m, :m])) * self.world.weight)

    # --- networks ------------------------------------------------------------------------------

    @property
    def travel_network(self) -> nx.MultiGraph:
        """Roads and railways that are open now; see :func:`abm.networks.travel_network`."""
        return networks.travel_network(self.world)

    @property
    def supplier_network(self) -> nx.DiGraph:
        """Establishments and their suppliers; see :func:`abm.networks.supplier_network`."""
        return networks.supplier_network(self.world)

    def order_network(self, sector: str | None = None) -> nx.DiGraph:
        """Orders between municipalities; see :func:`abm.networks.order_network`."""
        return networks.order_network(self.world, sector)

    # --- agents --------------------------------------------------------------------------------

    def _view(self, kind: type[V], row: int) -> V:
        """The view of a row; the same object while it stands for the same resident."""
        found = self._views.get((kind, row))
        if found is None or (
            isinstance(found, ResidentAgent) and found.uid != int(self.world.residents.uid[row])
        ):
            found = self._views[kind, row] = kind(self, row)  # type: ignore[call-arg]
        return found

    def _set(self, kind: type[V], rows: Iterable[int]) -> AgentSet:
        return AgentSet([self._view(kind, int(row)) for row in rows], random=self.random)

    def forget_views(self) -> None:
        """Let go of all views made so far, but those of municipalities; sets that held them are then empty."""
        self._views = {key: view for key, view in self._views.items() if key[0] is MunicipalityAgent}

    def resident(self, row: int) -> ResidentAgent:
        """The resident of a row.

        Raises:
            LookupError: nobody is there.
        """
        r = self.world.residents
        if not 0 <= row < int(r.meta[0]) or r.status[row] == Status.ABSENT:
            raise LookupError(f"there is no resident in row {row}")
        return self._view(ResidentAgent, row)

    def household(self, row: int) -> HouseholdAgent:
        """The household of a row."""
        _check_row(row, int(self.world.households.meta[0]), "household")
        return self._view(HouseholdAgent, row)

    def employer(self, row: int) -> EmployerAgent:
        """The employer of a row."""
        _check_row(row, self.world.employers.mun.size, "employer")
        return self._view(EmployerAgent, row)

    def municipality(self, which: int | str) -> MunicipalityAgent:
        """A municipality by zone index, name or code."""
        row = self.world.region.index(which) if isinstance(which, str) else which
        _check_row(row, self.world.n_mun, "municipality")
        return self._view(MunicipalityAgent, row)

    def residents(self, rows: Iterable[int]) -> AgentSet:
        """Residents of some rows as an agent set."""
        return AgentSet([self.resident(int(row)) for row in rows], random=self.random)

    def households(self, rows: Iterable[int] | None = None) -> AgentSet:
        """Households of some rows, or all, as an agent set."""
        chosen = np.flatnonzero(self.world.households.size > 0).tolist() if rows is None else rows
        return AgentSet([self.household(int(row)) for row in chosen], random=self.random)

    def employers(self, rows: Iterable[int] | None = None) -> AgentSet:
        """Employers of some rows, or all, as an agent set."""
        chosen = range(self.world.employers.mun.size) if rows is None else rows
        return AgentSet([self.employer(int(row)) for row in chosen], random=self.random)

    def sample_residents(self, k: int) -> AgentSet:
        """`k` residents drawn at random without replacement, by Mesa's generator of the model.

        Raises:
            ValueError: there are fewer residents.
        """
        r = self.world.residents
        here = np.flatnonzero(r.status[: int(r.meta[0])] != Status.ABSENT)
        return self.residents(np.sort(self.rng.choice(here, k, replace=False)).tolist())


def _jobs(model: LabourMarketModel) -> float:
    return float(model.world.counts.filled.sum() * model.world.weight)


def _vacancies(model: LabourMarketModel) -> float:
    return float(model.world.vacancies.sum() * model.world.weight)


def _plain(value: Any) -> Any:
    """NumPy's numbers, as `batch_run` passes them, as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _check_row(row: int, n: int, what: str) -> None:
    if not 0 <= row < n:
        raise LookupError(f"there is no {what} in row {row}")
