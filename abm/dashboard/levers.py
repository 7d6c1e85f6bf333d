"""What can be changed on the dashboard, as changes of a scenario and of parameters."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.errors import OmlandError
from abm.experiment import Lever
from abm.experiment.levers import pull
from abm.language import say
from abm.parameters import PARAMETER, Parameters
from abm.region.region import Region
from abm.scenario import Scenario, check_scenario, find_scenario, load_scenario
from abm.scenario.events import Establishment, Housing, Link
from abm.schema import START_YEAR

TIES = tuple(name for name in PARAMETER if name.startswith("tie_"))
"""Parameters that hold residents where they live."""
LAST_YEAR = 2030
LINK_OPENS = f"{START_YEAR + 2}-01"
HOUSING_BUILT = (f"{START_YEAR + 1}-01", f"{START_YEAR + 7}-12")


@dataclass(frozen=True)
class Settings:
    """The positions of all controls; None leaves a figure as the scenario has it.

    Attributes:
        scenario: name of a scenario.
        text: the scenario as edited TOML, instead of the one of that name; empty if it was not edited.
        wage_premium: wage above the regional wage, as a share of it.
        ties: factor on all ties that hold residents where they live.
        link_minutes: minutes of a new railway between the establishment and the largest other town; 0 is none.
        housing: dwellings built in the municipality of the establishment, on top of the ordinary ones.
        supplier_share: share of its inputs that the establishment buys from suppliers.
        end: last month.
        scale: share of the residents that is simulated.
        seed: seed of all chance.
    """

    scenario: str = "behavioural"
    text: str = ""
    wage_premium: float | None = None
    ties: float = 1.0
    link_minutes: float = 0.0
    housing: float = 0.0
    supplier_share: float | None = None
    end: str = f"{LAST_YEAR}-12"
    scale: float = 0.1
    seed: int = 1


@dataclass(frozen=True)
class Chosen:
    """What is simulated.

    Attributes:
        scenario: the scenario with all changes.
        baseline: what it is compared with.
        parameters: parameters of both worlds.
    """

    scenario: Scenario
    baseline: Scenario
    parameters: dict[str, float]


def read_scenario(settings: Settings, region_path: Path | None) -> Scenario:
    """The scenario that was picked or edited, without the levers.

    Raises:
        OmlandError: what is wrong with it, in one sentence.
    """
    if not settings.text.strip():
        return load_scenario(find_scenario(settings.scenario, region_path))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edited.toml"
        path.write_text(settings.text, encoding="utf-8")
        own = None if region_path is None else region_path / "scenarios"
        for file in own.glob("*.toml") if own is not None and own.is_dir() else ():
            if file.name != path.name:
                (Path(folder) / file.name).write_bytes(file.read_bytes())
        found = check_scenario(path)
        if found:
            raise OmlandError(found[0].replace(str(path), say("edited scenario")))
        return load_scenario(path)


def plant(scenario: Scenario) -> Establishment | None:
    """The establishment that the levers are about: the first one."""
    return scenario.establishments[0] if scenario.establishments else None


def supplier_share(of: Establishment) -> float:
    """Share of its inputs that an establishment buys in the end."""
    share = of.in_house_share
    return 1.0 - float(share if isinstance(share, float | int) else share[-1].share)


def town_beside(region: Region, municipality: str) -> int | None:
    """The largest other municipality, to which a faster link leads; None where there is no other."""
    if region.n_municipalities == 1:
        return None
    here = region.index(municipality)
    residents = region.population.sum(axis=(1, 2)).astype(float)
    residents[here] = -1.0
    return int(np.argmax(residents))


def choose(settings: Settings, region: Region, region_path: Path | None = None) -> Chosen:
    """The worlds that the controls ask for.

    Raises:
        OmlandError: the scenario cannot be read or does not fit the region, or a figure is not allowed.
    """
    scenario = read_scenario(settings, region_path).resolve(region)
    baseline = load_scenario(find_scenario("baseline", region_path)).resolve(region)
    of = plant(scenario)
    if of is not None:
        for key, value in (
            ("wage_premium", settings.wage_premium),
            ("in_house_share", None if settings.supplier_share is None else 1.0 - settings.supplier_share),
        ):
            if value is not None:
                scenario = _set(scenario, of.name, key, round(value, 6))
        scenario = scenario.model_copy(
            update={"events": (*scenario.events, *_built(settings, region, of.municipality))}
        )
    ties = {name: PARAMETER[name].default * settings.ties for name in TIES if settings.ties != 1.0}
    return Chosen(scenario, baseline, dict(Parameters(ties)))


def _set(scenario: Scenario, event: str, key: str, value: float) -> Scenario:
    """A scenario with a figure of an event set, a path included."""
    events = tuple(
        e.model_copy(update={key: 0.0})
        if getattr(e, "name", None) == event and key == "in_house_share"
        else e
        for e in scenario.events
    )
    flat = scenario.model_copy(update={"events": events})
    return pull(flat, Lever(name=f"lever_{key}", event=event, key=key, low=0.0, high=1.0), value)


def _built(settings: Settings, region: Region, municipality: str) -> list[Link | Housing]:
    events: list[Link | Housing] = []
    here, other = region.index(municipality), town_beside(region, municipality)
    if settings.link_minutes > 0 and other is not None:
        events.append(
            Link.model_validate(
                {
                    "kind": "link",
                    "name": "Faster link",
                    "month": LINK_OPENS,
                    "from": region.codes[other],
                    "to": region.codes[here],
                    "mode": "rail",
                    "minutes": float(settings.link_minutes),
                    "km": float(region.distance_km[here, other]),
                }
            )
        )
    if settings.housing > 0:
        first, last = HOUSING_BUILT
        events.append(
            Housing(
                kind="housing",
                name="Dwellings",
                municipality=municipality,
                first=first,
                last=last,
                dwellings=float(settings.housing),
            )
        )
    return events
