"""What an experiment file may say, and what must hold within it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from abm.errors import OmlandError
from abm.experiment.outcomes import INDIRECT, Outcome, parse_outcome
from abm.language import say
from abm.parameters import PARAMETER, Parameters
from abm.results import QUANTITY
from abm.scenario.fields import Above, Model, Text, county_code, unknown

MIXTURE = "mixture"
"""Name under which the replicates of a mixture of scenarios are taken together."""
COLUMNS = (
    *("replicate", "point", "scenario", MIXTURE, "baseline", "outcome", "effect"),
    *("place", "when", "input", "index", "value", "low", "high"),
)
"""Columns and dimensions of results, beside which levers stand under their names."""


def _check_outcome(text: str) -> str:
    parse_outcome(text)
    return text


def _check_parameter(name: str) -> str:
    if name not in PARAMETER:
        raise ValueError(unknown("parameter", name, PARAMETER))
    return name


def once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list that names something twice."""
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ValueError(say('names "{name}" twice', name=name))
    return names


def _weights(weights: dict[str, float]) -> dict[str, float]:
    if not sum(weights.values()) > 0:
        raise ValueError(say("needs at least one scenario with a weight above 0"))
    return weights


OutcomeText = Annotated[str, Field(strict=True), AfterValidator(_check_outcome)]
ParameterName = Annotated[str, Field(strict=True), AfterValidator(_check_parameter)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
MOST = 1_000_000
"""No number of replicates, points or draws is larger."""
Whole = Annotated[int, Field(strict=True, ge=1, le=MOST)]
Weight = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Scenarios = Annotated[
    Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(once), Tag("a list")]
    | Annotated[dict[Text, Weight], AfterValidator(_weights), Tag("a mixture")],
    Discriminator(lambda value: "a mixture" if isinstance(value, dict) else "a list"),
]


class ParameterChoice(Model):
    """Where the behavioural parameters come from; the declared defaults unless told.

    Attributes:
        fixed: values that differ from the defaults.
        prior: parameters drawn evenly from their declared range, anew in each replicate.
        source: ``"posterior"`` to draw the calibrated ones together from their distribution, those in `prior` too.
            A sensitivity analysis, which needs figures that are independent, varies those in `prior` over their ranges.
    """

    fixed: dict[str, float] = Field(default_factory=dict)
    prior: Annotated[tuple[ParameterName, ...], AfterValidator(once)] = ()
    source: Literal["posterior"] | None = Field(default=None, alias="from")

    @model_validator(mode="before")
    @classmethod
    def _split(cls, table: Any) -> Any:
        """Fixed values stand beside ``prior`` and ``from`` in the file."""
        if not isinstance(table, dict) or not isinstance(table.get("fixed", {}), dict):
            return table
        others = ("prior", "from", "source") if "fixed" in table else ("prior", "from")
        if "fixed" in table and not table.keys() <= {"fixed", *others}:
            raise ValueError(say('has the table "fixed" and further values beside it; one or the other'))
        fixed = table.get("fixed", {key: value for key, value in table.items() if key not in others})
        try:
            Parameters(fixed)
        except OmlandError as error:
            raise ValueError(str(error)) from None
        rest = {key: value for key, value in table.items() if key in others}
        return {**rest, "fixed": {key: float(value) for key, value in fixed.items()}}

    @model_validator(mode="after")
    def _not_twice(self) -> ParameterChoice:
        for name in self.prior:
            if name in self.fixed:
                raise ValueError(say('has "{name}" both fixed and in "prior"', name=name))
        return self


class Lever(Model):
    """An uncertain or chosen figure of a scenario, between two bounds.

    Attributes:
        name: name in tables.
        event: name of the event in the scenarios; every scenario that has it is changed.
        key: key of the event, with dots into its tables (``recruitment.mover_share``). A path of jobs is
            multiplied by the figure, everything else becomes the figure.
        low: lower bound.
        high: upper bound.
    """

    name: Annotated[str, Field(strict=True, pattern=r"^\w[\w.-]*$")]
    event: Text
    key: Text
    low: Number
    high: Number

    @model_validator(mode="after")
    def _range(self) -> Lever:
        if not self.low < self.high:
            raise ValueError(
                say(
                    'of "{name}" needs "low" ({low:g}) below "high" ({high:g})',
                    name=self.name,
                    low=self.low,
                    high=self.high,
                )
            )
        if self.name in PARAMETER:
            raise ValueError(say('is called "{name}" as a parameter is; choose another name', name=self.name))
        if self.name in COLUMNS or self.name in QUANTITY or self.name == INDIRECT:
            raise ValueError(
                say('is called "{name}" as a column of the results is; choose another name', name=self.name)
            )
        return self


class Stop(Model):
    """Replicates until the mean of an outcome is known well enough.

    It is looked at after `minimum` replicates and then after every further `batch`, so that the number does not
    depend on how many were under way at a time.

    Attributes:
        outcome: outcome whose mean is estimated, one of the experiment's.
        scenario: scenario in which; may be left out if there is only one.
        half_width: half the width of the confidence interval that is small enough, in units of the outcome.
        confidence: level of the interval.
        minimum: replicates before the first look.
        maximum: replicates at which it ends in any case.
        batch: replicates between looks.
    """

    outcome: OutcomeText
    scenario: Text | None = None
    half_width: Above
    confidence: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.95
    minimum: Annotated[int, Field(strict=True, ge=2)] = 20
    maximum: Whole = 1000
    batch: Whole = 20

    @model_validator(mode="after")
    def _order(self) -> Stop:
        if self.maximum < self.minimum:
            raise ValueError(
                say(
                    'has "maximum" ({maximum}) below "minimum" ({minimum})',
                    maximum=self.maximum,
                    minimum=self.minimum,
                )
            )
        return self

    def looks(self) -> tuple[int, ...]:
        """Numbers of replicates at which the interval is looked at; the last is the maximum."""
        return (*range(self.minimum, self.maximum, self.batch), self.maximum)


def _as_text(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class Experiment(Model):
    """A Monte Carlo experiment: which worlds, what is uncertain, what is looked at, how often.

    Attributes:
        name: short name.
        title: one line.
        description: what it teaches.
        scenarios: scenarios that every replicate runs, or a mixture: weights, by which each replicate draws one.
        baseline: scenario that every other is paired with.
        against: one of the scenarios, from which the differences of the others are told too.
        outcomes: what is looked at, see :mod:`abm.experiment.outcomes`.
        replicates: how often, unless `stop` says so.
        stop: or until an outcome is known well enough.
        seed: seed of all chance.
        scale: share of the residents that is simulated.
        parameters: behaviour.
        lever: uncertain figures of the scenarios, drawn evenly anew in each replicate.
    """

    name: Annotated[str, Field(strict=True, pattern=r"^\w[\w.-]*$")]
    title: Annotated[str, Field(strict=True), BeforeValidator(_as_text)] = ""
    description: Annotated[str, Field(strict=True), BeforeValidator(_as_text)] = ""
    scenarios: Scenarios
    baseline: Text = "baseline"
    against: Text | None = None
    outcomes: Annotated[tuple[OutcomeText, ...], Field(min_length=1), AfterValidator(once)]
    replicates: Whole | None = None
    stop: Stop | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 1
    scale: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0
    parameters: ParameterChoice = ParameterChoice()
    lever: tuple[Lever, ...] = ()

    # Folder of the file, in which its own scenario files lie.
    _folder: Path | None = PrivateAttr(default=None)
    # The file and its text, to tell where something stands.
    _file: tuple[Path, str] | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _consistent(self) -> Experiment:
        if len(set(self.scenario_names)) < len(self.scenarios):
            raise ValueError(say("has two scenarios of the same name"))
        if (self.replicates is None) == (self.stop is None):
            raise ValueError(say('needs either "replicates" or the table [stop]'))
        if label(self.baseline) in self.scenario_names:
            raise ValueError(
                say('has its baseline "{baseline}" among the scenarios too', baseline=self.baseline)
            )
        if self.against is not None and (self.mixture or label(self.against) not in self.scenario_names):
            allowed = () if self.mixture else self.scenario_names
            raise ValueError(_not_one_of("against", self.against, say("its scenarios"), allowed))
        if self.stop is not None:
            if self.stop.outcome not in self.outcomes:
                raise ValueError(
                    _not_one_of("stop.outcome", self.stop.outcome, say("its outcomes"), self.outcomes)
                )
            given = None if self.stop.scenario is None else label(self.stop.scenario)
            if given is not None and given not in self.groups:
                raise ValueError(_not_one_of("stop.scenario", given, say("its scenarios"), self.groups))
            if given is None and len(self.groups) > 1:
                raise ValueError(say('needs "stop.scenario", one of {names}', names=", ".join(self.groups)))
        names = [lever.name for lever in self.lever]
        if len(set(names)) < len(names):
            raise ValueError(say("has two levers of the same name"))
        for i, lever in enumerate(self.lever):
            for earlier in self.lever[:i]:
                if (earlier.event, _same_key(earlier.key)) == (lever.event, _same_key(lever.key)):
                    raise ValueError(
                        say(
                            'has two levers, "{first}" and "{second}", on "{key}" of the event "{event}"',
                            first=earlier.name,
                            second=lever.name,
                            key=lever.key,
                            event=lever.event,
                        )
                    )
        return self

    @property
    def mixture(self) -> bool:
        """Whether each replicate draws one of the scenarios."""
        return isinstance(self.scenarios, dict)

    @property
    def scenario_names(self) -> tuple[str, ...]:
        """Names of the scenarios beside the baseline."""
        return tuple(label(text) for text in self.scenarios)

    @property
    def groups(self) -> tuple[str, ...]:
        """What results are told for: the scenarios, or the mixture as a whole."""
        return (MIXTURE,) if self.mixture else self.scenario_names

    @property
    def stop_group(self) -> str:
        """Scenario of the stopping rule, else the first."""
        return label(self.stop.scenario) if self.stop and self.stop.scenario else self.groups[0]

    def narrowed(self, names: Sequence[str]) -> Experiment:
        """The same experiment with some of its scenarios only.

        What is left of a mixture keeps its weights to each other; a single one is no mixture any more.

        Args:
            names: names of the scenarios that are kept.

        Raises:
            OmlandError: the experiment has no such scenario.
        """
        for name in names:
            if name not in self.scenario_names:
                raise OmlandError(
                    say(
                        'Experiment "{experiment}" has no scenario "{name}"; its scenarios: {names}.',
                        experiment=self.name,
                        name=name,
                        names=", ".join(self.scenario_names),
                    )
                )
        kept = tuple(text for text in self.scenarios if label(text) in names)
        scenarios: Any = kept
        if isinstance(self.scenarios, dict) and len(kept) > 1:
            scenarios = {text: self.scenarios[text] for text in kept}
        against = self.against if self.against is not None and label(self.against) in names else None
        return self.model_copy(update={"scenarios": scenarios, "against": against})

    @property
    def parsed_outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes, read; places not yet resolved."""
        return tuple(parse_outcome(text) for text in self.outcomes)

    @property
    def content(self) -> dict[str, Any]:
        """What decides the content of a unit beside seed, scale and data."""
        others = {"name", "title", "description", "replicates", "stop", "against", "seed", "scale"}
        content = self.model_dump(mode="json", by_alias=True, exclude=others)
        # The folder of a scenario file says nothing about what is in it: its hash is kept beside this one.
        content["scenarios"] = (
            {label(text): weight for text, weight in self.scenarios.items()}
            if isinstance(self.scenarios, dict)
            else list(self.scenario_names)
        )
        return content | {"baseline": label(self.baseline)}

    @property
    def hash(self) -> str:
        """SHA-256 of :attr:`content`."""
        text = json.dumps(self.content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _same_key(key: str) -> str:
    """A key with a county by its code, however it is given."""
    table, dot, last = key.rpartition(".")
    with suppress(ValueError):
        last = county_code(last)
    return f"{table}{dot}{last}"


def label(text: str) -> str:
    """Name of a scenario that is given by its shipped name or as a file."""
    return Path(text).stem if text.endswith(".toml") else text


def _not_one_of(key: str, given: str, whole: str, allowed: tuple[str, ...]) -> str:
    words = say('has "{key}", "{given}", which is not one of {whole}', key=key, given=given, whole=whole)
    return words + (f": {', '.join(allowed)}" if allowed else "")


NESTED: dict[str, type[Model]] = {"stop": Stop, "lever": Lever, "parameters": ParameterChoice}
"""Tables within an experiment, by the key that holds them."""
