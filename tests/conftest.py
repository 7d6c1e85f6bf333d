"""Small worlds that several tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import worker_cache  # before all that brings numba
from tiny_region import tiny_region

from abm.language import speak
from abm.parameters import Parameters
from abm.population import Population, build_population
from abm.region.region import Region
from abm.results import WorldResult
from abm.scenario import Scenario
from abm.simulate import simulate


@pytest.fixture(autouse=True)
def english() -> None:
    """One language a process: what a test has spoken is no matter of the next."""
    speak("en")


PLANT = {
    "kind": "establishment",
    "name": "Plant",
    "municipality": "Skellefteå",
    "sector": "CO",
    "month": "2020-01",
    "operation": [{"month": "2020-03", "jobs": 5}, {"month": "2020-12", "jobs": 60}],
    "construction": [{"month": "2020-02", "jobs": 12}, {"month": "2021-03", "jobs": 0}],
    "construction_from_outside": 0.5,
    "visibility": 3.0,
}
IMPOSED = {
    "recruitment": {
        "in_commuter_multiple": 1.5,
        "in_commuters_from": {"22": 0.5},
        "mover_share": 0.3,
        "movers_from": {"22": 0.5},
    },
    "suppliers": {"22": 0.3},
}
ABROAD = {"recruit_abroad_share": 0.4, "wage_premium": 0.05, "remote_share": 0.1, "related_sectors": ["CP"]}


def scenario(
    *events: dict[str, Any], mode: str = "behavioural", end: str = "2021-12", name: str = "made-up"
) -> Scenario:
    """A scenario with some events."""
    return Scenario.model_validate(
        {"name": name, "mode": mode, "start": "2020-01", "end": end, "events": list(events)}
    )


# One scenario for each kind of event, all on the tiny region.
KINDS: dict[str, Scenario] = {
    "baseline": scenario(),
    "plant, behavioural": scenario({**PLANT, **ABROAD}),
    "plant, study": scenario({**PLANT, **IMPOSED}, mode="study"),
    "expansion": scenario(
        PLANT,
        {"kind": "expansion", "establishment": "Plant", "operation": [{"month": "2021-01", "jobs": 90}]},
    ),
    "plant closes": scenario(
        PLANT,
        {"kind": "layoff", "establishment": "Plant", "month": "2021-02", "jobs": 30},
        {"kind": "closure", "establishment": "Plant", "month": "2021-06"},
    ),
    "layoff": scenario(
        {"kind": "layoff", "municipality": "Umeå", "sector": "G", "month": "2020-03", "jobs": 20}
    ),
    "closure": scenario({"kind": "closure", "municipality": "Umeå", "sector": "G", "month": "2020-03"}),
    "link": scenario(
        {
            "kind": "link",
            "name": "Norrbotniabanan",
            "month": "2020-06",
            "from": "Umeå",
            "to": "Skellefteå",
            "mode": "rail",
            "minutes": 40.0,
            "km": 130.0,
        }
    ),
    "housing": scenario(
        {"kind": "housing", "municipality": "Umeå", "first": "2020-02", "last": "2020-08", "dwellings": 100}
    ),
    "bus": scenario(
        {
            "kind": "support",
            "support": "commuter_bus",
            "month": "2020-02",
            "until": "2020-12",
            "from": "Umeå",
            "to": "Skellefteå",
            "cost_factor": 0.5,
            "time_factor": 0.8,
        }
    ),
    "partner": scenario(
        PLANT,
        {
            "kind": "support",
            "support": "partner",
            "month": "2020-02",
            "until": "2021-06",
            "municipality": "Skellefteå",
            "strength": 0.8,
        },
    ),
}


FIRST = ("test_full_size.py", "test_region_bad_input.py")
"""Where the first two workers begin: one compiles all kernels, the other needs none meanwhile."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: workers take file after file, and none should take the longest last."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path.name not in FIRST, item.path not in slow))


begun: set[Path] = set()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before the first test of a file, and before the fixtures that it shares with other files."""
    if item.path not in begun:
        begun.add(item.path)
        worker_cache.take_over()


@pytest.fixture(scope="session")
def tiny() -> Region:
    """Four municipalities, 4,000 residents."""
    return tiny_region()


@pytest.fixture(scope="session")
def tiny_population(tiny: Region) -> Population:
    return build_population(tiny, 0, 1.0)


@pytest.fixture(scope="session")
def run_tiny(tiny: Region, tiny_population: Population) -> Callable[..., WorldResult]:
    """Simulate a scenario on the tiny region with all invariants checked."""

    def run(
        chosen: Scenario, seed: int = 1, values: dict[str, float] | None = None, **more: Any
    ) -> WorldResult:
        return simulate(
            tiny, tiny_population, chosen, Parameters(values), seed=seed, **{"check": True, **more}
        )

    return run
