"""An experiment made ready to run: its scenarios read, its places looked up, what each replicate gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import OmlandError
from abm.experiment.chance import between, one_of
from abm.experiment.files import place_of
from abm.experiment.levers import has_event, pull
from abm.experiment.model import MIXTURE, Experiment, label
from abm.experiment.outcomes import Outcome
from abm.language import say
from abm.parameters import PARAMETER, Parameters
from abm.paths import reachable
from abm.posterior import Posterior, load_posterior
from abm.scale import check_scale
from abm.scenario import Scenario, find_scenario, load_scenario, own_titles
from abm.schema import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from abm.region.region import Region


@dataclass(frozen=True)
class Inputs:
    """What a replicate, or a point of a design, is run with.

    Attributes:
        scenarios: scenarios to run beside the baseline, by the name they have in the results.
        values: the uncertain figures: parameters, then levers, by name.
        parameters: all parameters.
        levers: levers by name.
    """

    scenarios: Mapping[str, str]
    values: Mapping[str, float]
    parameters: Parameters
    levers: Mapping[str, float]


@dataclass(frozen=True)
class Plan:
    """An experiment with all that its units need; small, and sent to the workers as it is.

    Attributes:
        experiment: the experiment, with seed and scale as they are used.
        scenarios: scenarios with the baseline, by name; resolved.
        outcomes: the outcomes, resolved; each once.
        positions: position of each outcome by its text, with names or with codes.
        posterior: draws of the calibrated parameters; None unless asked for.
        region_path: data package; the shipped one if None.
        data_hash: content hash of the region.
    """

    experiment: Experiment
    scenarios: Mapping[str, Scenario]
    outcomes: tuple[Outcome, ...]
    positions: Mapping[str, int]
    posterior: Posterior | None
    region_path: Path | None
    data_hash: str

    @cached_property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """Range of every uncertain figure by name: parameters with a prior, then levers."""
        ranges = {
            name: (PARAMETER[name].low, PARAMETER[name].high) for name in self.experiment.parameters.prior
        }
        return ranges | {lever.name: (lever.low, lever.high) for lever in self.experiment.lever}

    @property
    def watched(self) -> int:
        """Position of the outcome that the stopping rule looks at, else of the first."""
        stop = self.experiment.stop
        return self.positions[stop.outcome if stop else self.experiment.outcomes[0]]

    @property
    def worlds_per_unit(self) -> int:
        """Worlds of a replicate, the baseline among them."""
        return 2 if self.experiment.mixture else 1 + len(self.experiment.scenarios)

    @property
    def titles(self) -> dict[str, dict[str, str]]:
        """Titles of the scenarios that do not travel with Omland, by name and code of language."""
        return own_titles(self.scenarios)

    def inputs(self, replicate: int) -> Inputs:
        """What a replicate is run with, by its own chance."""
        e = self.experiment
        names = e.scenario_names
        if isinstance(e.scenarios, dict):
            weights = {label(text): weight for text, weight in e.scenarios.items()}
            chosen = {MIXTURE: one_of(e.seed, replicate, "scenario", weights)}
        else:
            chosen = {name: name for name in names}
        drawn = {} if self.posterior is None else self.posterior.drawn(e.seed, replicate)
        values = {
            name: between(e.seed, replicate, f"input {name}", low, high)
            for name, (low, high) in self.bounds.items()
            if name not in drawn
        }
        return self._with(chosen, values, drawn)

    def point(self, values: Mapping[str, float]) -> Inputs:
        """What a point of a design is run with: every scenario, the uncertain figures as given."""
        return self._with({name: name for name in self.experiment.scenario_names}, values, {})

    def _with(
        self, scenarios: Mapping[str, str], values: Mapping[str, float], drawn: Mapping[str, float]
    ) -> Inputs:
        held = self.posterior.held if self.posterior is not None and drawn else {}
        parameters = {
            **held,
            **drawn,
            **self.experiment.parameters.fixed,
            **{name: v for name, v in values.items() if name in PARAMETER},
        }
        return Inputs(
            scenarios=scenarios,
            values={**drawn, **values},
            parameters=Parameters(parameters),
            levers={name: v for name, v in values.items() if name not in PARAMETER},
        )

    def scenario(self, name: str, inputs: Inputs) -> Scenario:
        """A scenario with the levers where they are."""
        scenario = self.scenarios[name]
        for lever in self.experiment.lever:
            if lever.name in inputs.levers:
                scenario = pull(scenario, lever, inputs.levers[lever.name])
        return scenario

    def identity(self) -> dict[str, Any]:
        """What decides the content of every unit, as it is kept with the results."""
        return {
            "experiment_hash": self.experiment.hash,
            "seed": self.experiment.seed,
            "scale": self.experiment.scale,
            "data_hash": self.data_hash,
            "parameter_hash": Parameters(self.experiment.parameters.fixed).hash,
            "posterior_hash": None if self.posterior is None else self.posterior.hash,
            "scenario_hashes": {name: s.hash for name, s in self.scenarios.items()},
        }


def make_plan(
    experiment: Experiment,
    region: Region,
    *,
    region_path: Path | None = None,
    seed: int | None = None,
    scale: float | None = None,
) -> Plan:
    """Read and check all that an experiment names.

    Args:
        experiment: the experiment.
        region: region in which places are looked up.
        region_path: where the region was loaded from, for the workers.
        seed: seed instead of the experiment's.
        scale: scale instead of the experiment's.

    Raises:
        OmlandError: a scenario, place, time, lever or posterior is not usable.
    """
    changes = {key: v for key, v in (("seed", seed), ("scale", scale)) if v is not None}
    experiment = experiment.model_copy(update=changes)
    check_scale(region, experiment.scale)
    texts = (experiment.baseline, *experiment.scenarios)
    scenarios = {label(text): _scenario(text, experiment, region_path).resolve(region) for text in texts}
    end = scenarios[label(experiment.baseline)].end
    if scenarios[label(experiment.baseline)].n_months < MONTHS_PER_YEAR:
        raise OmlandError(
            say(
                '{where}: scenario "{name}" ends with {its}; the worlds of an experiment need a year at least.',
                where=_where(experiment, "baseline"),
                name=label(experiment.baseline),
                its=end,
            )
        )
    for name, scenario in scenarios.items():
        if scenario.end != end:
            raise OmlandError(
                say(
                    '{where}: scenario "{name}" ends with {its} and the baseline with {end}; worlds that '
                    "are compared need the same months.",
                    where=_where(experiment, next(text for text in texts if label(text) == name)),
                    name=name,
                    its=scenario.end,
                    end=end,
                )
            )
    outcomes = []
    for given, outcome in zip(experiment.outcomes, experiment.parsed_outcomes, strict=True):
        where = _where(experiment, given)
        try:
            outcomes.append(outcome.resolve(region))
        except OmlandError as error:
            told = say(
                '{where}: outcome "{outcome}": {why}.',
                where=where,
                outcome=outcome.text,
                why=str(error).rstrip("."),
            )
            raise OmlandError(told.replace("?.", "?")) from None
        if outcome.last >= scenarios[label(experiment.baseline)].n_months:
            raise OmlandError(
                say(
                    '{where}: outcome "{outcome}" is after the last month, {end}.',
                    where=where,
                    outcome=outcome.text,
                    end=end,
                )
            )
    for lever in experiment.lever:
        where = _where(experiment, lever.name)
        if not any(has_event(s, lever) for s in scenarios.values()):
            events = {n for s in scenarios.values() for e in s.events if (n := getattr(e, "name", None))}
            raise OmlandError(
                say(
                    '{where}: lever "{lever}": no scenario has an event "{event}"; events with a name: '
                    "{names}.",
                    where=where,
                    lever=lever.name,
                    event=lever.event,
                    names=", ".join(sorted(events)),
                )
            )
        for scenario in scenarios.values():
            for value in (lever.low, lever.high):
                try:
                    pull(scenario, lever, value)
                except OmlandError as error:
                    raise OmlandError(f"{where}: {error}") from None
    posterior = (
        _posterior(_where(experiment, "posterior")) if experiment.parameters.source == "posterior" else None
    )
    unique = tuple(dict.fromkeys(outcomes))
    texts_of = {text: unique.index(o) for text, o in zip(experiment.outcomes, outcomes, strict=True)}
    return Plan(
        experiment=experiment,
        scenarios=scenarios,
        outcomes=unique,
        positions={**{o.text: i for i, o in enumerate(unique)}, **texts_of},
        posterior=posterior,
        region_path=region_path,
        data_hash=region.content_hash,
    )


def _where(experiment: Experiment, given: str) -> str:
    """Where in its file an experiment has a text; the experiment's name if it is from no file."""
    if experiment._file is None:
        return say('Experiment "{name}"', name=experiment.name)
    return place_of(experiment._file, given=given)


def _scenario(text: str, experiment: Experiment, region_path: Path | None) -> Scenario:
    """A file beside the experiment's, or a scenario by its name: the region's own, else the shipped one."""
    if experiment._folder is not None and text.endswith(".toml"):
        beside = reachable(experiment._folder / text)
        if beside.is_file():
            return load_scenario(beside)
    try:
        return load_scenario(find_scenario(text, region_path))
    except OmlandError as error:
        raise OmlandError(f"{_where(experiment, text)}: {error}") from None


def _posterior(where: str) -> Posterior:
    """The calibrated parameters.

    Raises:
        OmlandError: none are shipped, or they are not usable.
    """
    try:
        return load_posterior()
    except OmlandError as error:
        raise OmlandError(
            say(
                '{where}: parameters.from is "posterior", but {why}; use prior = ["name", ...] or '
                "fixed values.",
                where=where,
                why=str(error).rstrip("."),
            )
        ) from None
