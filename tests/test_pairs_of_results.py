"""What is told of pairs of worlds: differences between scenarios, flows between places, orders, commuters out of a county."""

from __future__ import annotations

import csv
import io

import fake_worlds as fake
import numpy as np
import pandas as pd
import pytest

from abm.effects import EffectsWriter
from abm.effects.orders import OrdersTable
from abm.experiment.outcomes import place_series
from abm.montecarlo.summary import Sample, difference
from abm.report.effects import Effects


def test_a_difference_starts_from_the_other_scenario_and_ends_at_this_one():
    """Guards baseline + effect of a difference as the level of the scenario itself, replicate by replicate."""
    luck = np.random.default_rng(1)
    keys = pd.DataFrame({"quantity": ["jobs"] * 4, "place": list("abcd"), "when": ["2030"] * 4})
    level = luck.normal(1000.0, 50.0, (5, 4))
    this, other = (Sample(keys, np.arange(5), level, luck.normal(size, 5.0, (5, 4))) for size in (40.0, 10.0))
    found = difference(this, other)
    assert found.baseline == pytest.approx(level + other.effect)
    assert found.baseline + found.effect == pytest.approx(this.baseline + this.effect)
    assert found.effect == pytest.approx(this.effect - other.effect)
    assert difference(this, this).effect == pytest.approx(0.0)


def a_world_of_movers():
    """A world whose movers between zones i and j are 10 i + j + 1 in every month."""
    world = fake.copy_as("moving", fake.baseline())
    zones = np.arange(fake.Z)
    world.series["movers"][:] = 10.0 * zones[:, None] + zones + 1.0
    return world


def counted(place):
    return place_series(a_world_of_movers(), "movers", place, fake.make_region())


VN, VB = (0, 1, 2, 3), (5, 6)


@pytest.mark.parametrize(
    ("place", "origins", "destinations"),
    [
        ("22>24", VN, VB),
        ("22>22", VN, VN),
        ("22>22+24", VN, (*VN, *VB)),
        ("2281+2282>2282+2283", (0, 1), (1, 2)),
        ("22", VN, tuple(z for z in range(fake.Z) if z not in VN)),
        ("RS>24", (fake.RS,), VB),
    ],
)
def test_who_stays_in_a_zone_is_in_no_flow_whatever_the_sides_have_in_common(place, origins, destinations):
    """Guards flows between places that overlap: from every zone of the one to every other of the other."""
    expected = sum(10 * i + j + 1 for i in origins for j in destinations if i != j)
    assert (counted(place) == expected).all()


def test_orders_are_told_with_the_mean_of_the_baselines():
    """Guards the level beside an effect on orders: that of all replicates, not of the first."""
    table = OrdersTable()
    for k, level in enumerate((10.0, 30.0)):
        base = fake.copy_as("baseline", fake.baseline(k))
        base.orders[:] = level
        world = fake.copy_as("mine", base)
        world.orders[fake.UMEA, fake.SUNDSVALL] += 1.0 + k
        table.add(world, base)
    (row,) = csv.DictReader(io.StringIO(table.csv()))
    assert (row["buyer"], row["supplier"]) == (fake.CODES[fake.UMEA], fake.CODES[fake.SUNDSVALL])
    assert (float(row["baseline"]), float(row["effect"])) == (20.0, 1.5)


def test_commuters_out_of_a_county_do_not_stay_in_it(tmp_path):
    """Guards that who commutes between municipalities of one county does not leave the county."""
    base = fake.copy_as("baseline", fake.baseline())
    world = fake.copy_as("mine", base)
    flows = world.series["commuters"]
    flows[:, fake.SUNDSVALL, fake.KRAMFORS] += 5.0
    flows[:, fake.SUNDSVALL, fake.UMEA] += 7.0
    flows[:, fake.OVIK, fake.RS] += 11.0
    flows[:, fake.UMEA, fake.OVIK] += 13.0
    with EffectsWriter(tmp_path / "effects.parquet") as writer:
        writer.write(world, base)
    effects = Effects(tmp_path / "effects.parquet")
    assert (effects.out_commuters("mine", "22") == 18.0).all()
    assert (effects.out_commuters("mine", "24") == 13.0).all()
    assert (effects.out_commuters("mine", "25") == 0.0).all()
