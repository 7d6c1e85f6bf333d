"""What all benchmarks share: the shipped region and its whole population."""

from __future__ import annotations

import pytest

from abm.parameters import Parameters
from abm.population import population_for
from abm.region import load_region
from abm.scenario import load_scenario


def pytest_addoption(parser):
    parser.addoption("--scale", type=float, default=1.0, help="share of the residents that is simulated")


@pytest.fixture(scope="session")
def scale(request):
    return request.config.getoption("--scale")


@pytest.fixture(scope="session")
def region():
    return load_region()


@pytest.fixture(scope="session")
def people(region, scale):
    return population_for(region, 0, scale)


@pytest.fixture(scope="session")
def parameters():
    return Parameters()


@pytest.fixture(scope="session")
def scenario():
    return load_scenario("outmigration")
