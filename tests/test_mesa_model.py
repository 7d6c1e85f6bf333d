"""The model as a user of Mesa meets it."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import warnings
import weakref

import mesa
import networkx as nx
import numpy as np
import pytest
from conftest import IMPOSED, KINDS, PLANT, scenario
from mesa.agent import AgentSet
from mesa.batchrunner import batch_run
from processes import environment

import abm
from abm import LabourMarketModel, networks
from abm.errors import OmlandError
from abm.parameters import Parameters
from abm.schema import Status

STUDY = KINDS["plant, study"]
MESA = tuple(int(part) for part in mesa.__version__.split(".")[:2])


@pytest.fixture
def make(tiny, tiny_population):
    def make(chosen=STUDY, **more):
        return LabourMarketModel(
            chosen, region=tiny, population=tiny_population, **{"seed": 1, "check": True, **more}
        )

    return make


@pytest.fixture
def done(make):
    model = make()
    model.run_model()
    return model


def test_package_exports_are_lazy():
    light = (
        "import sys, abm; assert not {'numpy', 'mesa', 'numba', 'pandas'} & set(sys.modules); abm.__version__"
    )
    subprocess.run([sys.executable, "-c", light], check=True, env=environment())
    assert set(abm.__all__) <= set(dir(abm))
    for name in abm.__all__:
        assert getattr(abm, name) is not None
    with pytest.raises(AttributeError):
        _ = abm.nothing_of_the_kind


def test_simulate_stays_a_function_when_its_module_is_imported():
    code = "import abm.simulate; from abm.simulate import Recorder; import abm; assert callable(abm.simulate)"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment())


def test_step_is_a_month_and_the_last_one_ends_the_run(make):
    model = make(scenario(end="2020-03"))
    assert (model.month, model.date, model.running) == (0, "2019-12", True)
    model.step()
    assert (model.month, model.date, model.running) == (1, "2020-01", True)
    model.run_model()
    assert (model.month, model.date, model.running) == (3, "2020-03", False)
    assert model.steps == 3
    with pytest.raises(OmlandError, match="2020-03"):
        model.step()


def test_same_bits_as_simulate(make, run_tiny):
    model = make()
    for _ in range(7):
        model.step()
    early = model.result()
    model.run_model()
    ours, theirs = model.result(), run_tiny(STUDY)
    assert ours.series.keys() == theirs.series.keys()
    for name, values in theirs.series.items():
        assert ours[name].dtype == values.dtype
        np.testing.assert_array_equal(ours[name], values, err_msg=name)
        np.testing.assert_array_equal(early[name], values[:7], err_msg=name)
    np.testing.assert_array_equal(ours.initial_population, theirs.initial_population)
    assert (ours.scenario, ours.seed, ours.codes) == (theirs.scenario, theirs.seed, theirs.codes)
    assert ours.info["supplier_constants"] == theirs.info["supplier_constants"]


def test_data_collector_has_a_row_a_month(done):
    frame = done.datacollector.get_model_vars_dataframe()
    result = done.result()
    assert frame.shape == (STUDY.n_months, 8)
    assert frame["month"].iloc[0] == "2020-01"
    np.testing.assert_array_equal(frame["population"], result["population"].sum(axis=1))
    np.testing.assert_array_equal(frame["employed"], result["employed_residents"].sum(axis=1))
    np.testing.assert_array_equal(frame["unemployed"], result["unemployed"].sum(axis=1))
    np.testing.assert_array_equal(frame["jobs"], result["jobs"].sum(axis=(1, 2)))
    np.testing.assert_array_equal(frame["vacancies"], result["vacancies"].sum(axis=(1, 2)))
    for way in ("in_commuters", "out_commuters"):
        np.testing.assert_array_equal(frame[way], result[way].sum(axis=1))


def test_county_series(done, tiny):
    frame, result = done.county_series, done.result()
    counties = set(tiny.county)
    assert frame.shape[0] == STUDY.n_months * len(counties)
    assert frame.index.names == ["month", "county"]
    by_month = frame.groupby("month").sum()
    np.testing.assert_array_equal(by_month["population"], result["population"].sum(axis=1))
    one = frame.xs("24", level="county")
    inside = tiny.county_mask("24")
    np.testing.assert_array_equal(one["jobs"], result["jobs"][:, inside].sum(axis=(1, 2)))
    zones = np.append(inside, [False, False])
    assert one["in_commuters"].iloc[-1] == result["commuters"][-1][~zones][:, zones].sum()


def test_parameters_by_name(make):
    assert make(wage_response=np.float64(0.03)).world.parameters["wage_response"] == 0.03
    with pytest.raises(OmlandError, match="wage_response"):
        make(wage_respnse=0.03)
    with pytest.raises(OmlandError, match="0 or more"):
        make(seed=-1)
    assert make(seed=None).world.seed == 0


def test_seed_and_replicate_change_chance(make):
    runs = [make(scenario(end="2020-06"), **more) for more in ({}, {}, {"seed": 2}, {"replicate": 1})]
    for model in runs:
        model.run_model()
    same, again, seed, replicate = (
        m.result()["births"].tolist() + m.result()["movers"].tolist() for m in runs
    )
    assert same == again
    assert same != seed
    assert same != replicate


def test_municipalities_are_agents(done, tiny):
    result = done.result()
    assert isinstance(done.municipalities, AgentSet)
    assert len(done.municipalities) == len(done.agents) == tiny.n_municipalities
    assert done.municipalities.get("name") == list(tiny.names[:4])
    assert done.municipalities.agg("population", sum) == result["population"][-1].sum()
    for name, series in (
        ("in_commuters", "in_commuters"),
        ("house_price", "house_price"),
        ("dwellings", "dwellings"),
    ):
        assert done.municipalities.get(name) == result[series][-1].tolist()
    assert done.municipalities.get("jobs") == result["jobs"][-1].sum(axis=1).tolist()
    largest = done.municipalities.select(at_most=1).get("county")
    assert largest[0] in tiny.county
    assert done.municipality("Umeå") is done.municipality(done.municipality("Umeå").row)


def test_agent_sets_of_residents(done):
    world = done.world
    people = done.sample_residents(500)
    assert len(people) == len(set(people.get("uid"))) == 500
    assert np.mean(people.get("age")) == pytest.approx(people.agg("age", np.mean))
    working = people.select(lambda a: a.status == Status.EMPLOYED)
    assert 0 < len(working) < 500
    assert working.agg("wage", min) > 0
    seen = []
    working.do(lambda a: seen.append(a.workplace)).shuffle_do(lambda a: seen.append(a.workplace))
    assert len(seen) == 2 * len(working)
    assert None not in seen
    assert set(people.groupby("sex").count().values()) != {0}
    for a in people:
        assert a in a.household.members
        assert a.household.size == len(a.household.members)
        assert a.household.home is a.home
        assert a.partner is None or (a.partner.partner is a and a.partner.household is a.household)
        assert (a.status == Status.EMPLOYED) == (a.workplace is not None)
        if a.employer is not None:
            assert a.employer.municipality.code == a.workplace
            assert a.employer.sector == a.sector
        assert a.age == min((world.month - 1 - int(world.residents.birth[a.row])) // 12, 100)


def test_sampling_leaves_the_world_alone(make, run_tiny):
    model = make(scenario(end="2020-08"))
    while model.running:
        model.step()
        model.sample_residents(50).shuffle_do(lambda a: a.wage)
    expected = run_tiny(scenario(end="2020-08"))
    np.testing.assert_array_equal(model.result()["movers"], expected["movers"])


def test_views_follow_the_person_not_the_row(make):
    model = make(scenario(end="2021-12"))
    everyone = model.sample_residents(4000)
    model.run_model()
    gone = everyone.select(lambda a: not a.present)
    assert 0 < len(gone) < len(everyone)
    assert set(gone.get("status")) == {Status.ABSENT}
    with pytest.raises(LookupError, match="died or left"):
        _ = next(iter(gone)).wage
    present = everyone.select(lambda a: a.present)
    uids = model.world.residents.uid
    assert all(int(uids[a.row]) == a.uid for a in present)
    for a in gone:  # a row that is used again belongs to somebody else
        if model.world.residents.status[a.row]:
            assert model.resident(a.row) is not a


def test_views_on_demand_only(make):
    model = make()
    assert len(model._views) == model.world.n_mun
    a = model.resident(5)
    assert model.resident(5) is a
    assert len(model.agents) == model.world.n_mun
    a.remove()  # removes nobody
    assert a.present
    model.forget_views()
    assert model.resident(5) is not a
    for wrong in (-1, 10**7):
        for get in (model.resident, model.household, model.employer, model.municipality):
            with pytest.raises(LookupError):
                get(wrong)
    with pytest.raises(ValueError, match=r"larger|sample"):
        model.sample_residents(10**6)


def test_employers_and_households(done):
    employers, result = done.employers(), done.result()
    assert employers.agg("jobs", sum) == result["jobs"][-1].sum()
    assert employers.agg("vacancies", sum) == result["vacancies"][-1].sum()
    plant = employers.select(lambda e: e.name == "Plant")
    assert plant.get("jobs") == [result["direct_jobs"][-1].sum()]
    assert next(iter(plant)).municipality.name == "Skellefteå"
    assert len(done.households()) == result["households"][-1].sum()
    assert done.households().agg("size", sum) == result["population"][-1].sum()


def test_travel_network_has_the_links_of_the_month(make, tiny):
    model = make(KINDS["link"])
    links = []
    while model.month < 7:
        model.step()
        links.append(model.travel_network.number_of_edges())
    assert links == [tiny.network.number_of_edges()] * 5 + [tiny.network.number_of_edges() + 1] * 2
    new = [d for *_, d in model.travel_network.edges(data=True) if d["name"] == "Norrbotniabanan"]
    assert new[0]["minutes"] == 40.0
    model.travel_network.clear()  # a copy
    assert model.travel_network.number_of_edges() == links[-1]


def test_supplier_network(done):
    network, world = done.supplier_network, done.world
    assert isinstance(network, nx.DiGraph)
    names = nx.get_node_attributes(network, "name")
    plant = next(node for node, name in names.items() if name == "Plant")
    assert network.out_degree(plant) > 0
    weights = [d["weight"] for *_, d in network.out_edges(plant, data=True)]
    assert min(weights) > 0
    assert sum(weights) == pytest.approx(world.employers.contract.sum() * world.weight)
    large = networks.supplier_network(world, minimum=0.1)
    assert 0 < large.number_of_edges() < network.number_of_edges()
    assert min(d["weight"] for *_, d in large.edges(data=True)) > 0.1
    for node, data in network.nodes(data=True):
        assert done.employer(node).sector == data["sector"]
        assert done.employer(node).municipality.code == data["municipality"]


def test_supplier_network_without_establishments_is_empty(make):
    model = make(scenario())
    model.step()
    assert model.supplier_network.number_of_nodes() == 0


def test_order_network_adds_up(done):
    world = done.world
    network = done.order_network()
    total = sum(d["weight"] for *_, d in network.edges(data=True))
    assert total == pytest.approx((world.demand.output @ world.region.io_domestic.T).sum())
    parts = [done.order_network(s.code) for s in abm.schema.SECTORS]
    assert total == pytest.approx(sum(d["weight"] for g in parts for *_, d in g.edges(data=True)))


def test_batch_run(tiny, tiny_population):
    short = scenario({**PLANT, **IMPOSED, "construction": []}, mode="study", end="2020-12")
    rows = batch_run(
        LabourMarketModel,
        parameters={
            "scenario": [short],
            "region": [tiny],
            "population": [tiny_population],
            "replicate": [0, 1],
            "wage_response": 0.03,
        },
        number_processes=1,
        data_collection_period=1,
        display_progress=False,
    )
    assert len(rows) == 24
    assert {row["RunId"] for row in rows} == {0, 1}
    assert [row["month"] for row in rows[:12]] == [f"2020-{k:02d}" for k in range(1, 13)]
    for replicate in (0, 1):
        expected = abm.simulate(
            tiny, tiny_population, short, Parameters({"wage_response": 0.03}), seed=0, replicate=replicate
        )
        got = [row["population"] for row in rows if row["replicate"] == replicate]
        assert got == expected["population"].sum(axis=1).tolist()


def test_a_finished_model_is_freed(make):
    model = make(scenario(end="2020-02"))
    model.run_model()
    model.sample_residents(10)
    world = weakref.ref(model.world)
    del model
    gc.collect()
    assert world() is None


def test_nothing_deprecated(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make(scenario(end="2020-02"))
        model.run_model()
        model.sample_residents(5).do(lambda a: a.age)


def test_a_model_can_be_kept_and_goes_on_with_the_same_bits(make):
    model = make(scenario(end="2020-04"))
    model.step()
    kept = pickle.loads(pickle.dumps(model))
    for one in (model, kept):
        one.run_model()
    first, second = (one.datacollector.get_model_vars_dataframe() for one in (model, kept))
    assert first.equals(second)
    assert len(first) > 2


def test_class_can_be_sent_to_workers():
    assert pickle.loads(pickle.dumps(LabourMarketModel)) is LabourMarketModel
