"""The evaluation of the study's table on worlds whose effects are known."""

from __future__ import annotations

import dataclasses
import math

import fake_worlds as fake
import numpy as np
import pytest

from abm.accounting import SCENARIOS
from abm.errors import OmlandError
from abm.schema import SECTOR_INDEX
from abm.targets import (
    MEASURES,
    TABLE_COLUMNS,
    Evaluation,
    clearly_below,
    evaluate_targets,
    load_targets,
    share_of_gains,
    windows,
)

REGION = fake.make_region()
TARGETS = load_targets()
EVALUATED = [t for t in TARGETS if t.kind in ("result", "ordering")]
REPLICATES = [fake.study_replicate(r) for r in range(3)]


@pytest.fixture(scope="module")
def table():
    return evaluate_targets(REPLICATES, REGION)


def one(table, identity, scenario=None):
    rows = table[table["id"] == identity]
    if scenario is not None:
        rows = rows[rows["scenario"] == scenario]
    assert len(rows) == 1
    return rows.iloc[0]


def evaluate(identity, replicates, **changes):
    chosen = [dataclasses.replace(t, **changes) for t in TARGETS if t.id == identity]
    return evaluate_targets(replicates, REGION, chosen)


def test_no_row_is_left_out(table):
    expected = [(t.id, s) for t in EVALUATED for s in t.scenarios]
    assert list(zip(table["id"], table["scenario"], strict=True)) == expected
    assert tuple(table.columns) == TABLE_COLUMNS
    assert {t.quantity for t in EVALUATED} <= set(MEASURES)
    assert not table["mean"].isna().any()
    assert len(table[table["id"] == "B08"]) == 3


def test_worlds_made_by_the_studys_arithmetic_reproduce_the_study(table):
    outside = table[~table["inside"]]
    # B21: the study's own arithmetic leaves its interval, see test_accounting.
    assert set(outside["id"]) == {"B21"}, outside


def test_known_effects_come_back(table):
    s1 = fake.account(fake.STUDY["outmigration"])
    s2 = fake.account(fake.STUDY["outcommuting"])
    s3 = fake.account(fake.STUDY["suppliers"])
    assert one(table, "B01")["mean"] == pytest.approx(s1.multiplier)
    assert one(table, "B04")["mean"] == pytest.approx(s3.multiplier_vn)
    assert one(table, "B05")["mean"] == pytest.approx(s1.indirect_jobs)
    assert one(table, "B14")["mean"] == pytest.approx(s1.movers_from_vn)
    assert one(table, "B15")["mean"] == pytest.approx(s1.population_change_vn)
    assert one(table, "B16")["mean"] == pytest.approx(s1.employment_change_vn)
    assert one(table, "B18")["mean"] == pytest.approx(0.97)
    assert one(table, "B22")["mean"] == pytest.approx(s2.out_commuting_change)
    assert one(table, "B29")["mean"] == pytest.approx(1.0)
    assert one(table, "B32")["mean"] == pytest.approx(s1.as_targets()["jobs_lost_per_resident_lost"])
    assert one(table, "B33")["mean"] == pytest.approx(s1.employment_change_vn_without_suppliers)
    assert one(table, "B16")["study"] == -170
    assert one(table, "B16")["standard_error"] == pytest.approx(0, abs=1e-9)


def test_mean_multiplier_is_the_ratio_of_the_sums(table):
    pair_world, base = REPLICATES[0]["outcommuting"], REPLICATES[0]["baseline"]
    direct = (pair_world["direct_jobs"] - base["direct_jobs"]).sum()
    acc = fake.account(fake.STUDY["outcommuting"])
    ramp = np.minimum(1.0, np.arange(1, 133) / 85.0)
    assert one(table, "B02")["mean"] == pytest.approx(1 + acc.indirect_jobs * ramp.sum() / direct)


def test_worlds_without_effects_reproduce_nothing():
    base = fake.baseline()
    replicate = {"baseline": base, **{s: fake.copy_as(s, base) for s in SCENARIOS}}
    table = evaluate_targets([replicate], REGION)
    zero_sum = table["quantity"] == "zero_sum_nationally"
    assert table[zero_sum]["inside"].all()  # nothing moves, and nothing is lost
    local = table["quantity"] == "vasternorrland_share_of_local_branches"
    assert not table[~zero_sum]["inside"].any()
    undefined = table["quantity"].str.startswith(("employment_multiplier", "share_of", "jobs_lost")) | local
    assert table[undefined]["mean"].isna().all()
    assert table["standard_error"].isna().all()


def test_what_the_worlds_do_not_hold_stays_empty():
    replicate = {
        name: dataclasses.replace(w, series={k: v for k, v in w.series.items() if k != "commuters"})
        for name, w in REPLICATES[0].items()
    }
    table = evaluate_targets([replicate], REGION)
    for identity in ("B17", "B18", "B22", "B24"):
        assert math.isnan(one(table, identity)["mean"])
        assert not one(table, identity)["inside"]
    assert math.isnan(one(table, "B34", "suppliers")["mean"])
    assert one(table, "B15")["inside"]
    # other gaps: a scenario that was not run, worlds that end too early, an unknown quantity
    alone = {k: REPLICATES[0][k] for k in ("baseline", "suppliers")}
    assert evaluate("B15", [alone])["mean"].isna().all()
    assert evaluate("B12", [alone])["mean"].notna().all()
    base = fake.baseline(months=24)
    short = {"baseline": base, "suppliers": fake.study_world(base, "suppliers")}
    assert evaluate("B12", [short])["mean"].isna().all()
    unknown = evaluate("B12", [alone], quantity="happiness")
    assert unknown["mean"].isna().all()
    assert not unknown["inside"].any()
    assert evaluate("B12", [alone], year="soon")["mean"].isna().all()


def test_statistics_are_over_the_replicates():
    replicates = [fake.study_replicate(r) for r in range(5)]
    for r, replicate in enumerate(replicates):
        replicate["suppliers"].series["population"][:, fake.OVIK] += 10.0 * r
    row = one(evaluate("B23", replicates), "B23")
    first = fake.account(fake.STUDY["suppliers"]).population_change_vn
    assert row["mean"] == pytest.approx(first + 20)
    assert row["p05"] == pytest.approx(first)  # smallest and largest of so few
    assert row["p95"] == pytest.approx(first + 40)
    assert row["standard_error"] == pytest.approx(np.std([0, 10, 20, 30, 40], ddof=1) / np.sqrt(5))
    assert not row["inside"]
    row = one(evaluate("B23", [*replicates, *replicates]), "B23")
    assert row["p05"] > first - 1e-9
    assert row["p95"] == pytest.approx(first + np.quantile([0, 10, 20, 30, 40] * 2, 0.95))


def test_a_replicate_without_a_figure_is_left_out():
    """In one replicate nobody of the county starts to commute, so no share of the new commuters exists."""
    replicates = [fake.study_replicate(r) for r in range(4)]

    def nobody(replicate):
        base, world = replicate["baseline"], replicate["outmigration"]
        world.series["commuters"] = base.series["commuters"].copy()

    nobody(replicates[0])
    evaluation = Evaluation(REGION, [t for t in load_targets() if t.id == "B18"])
    for replicate in replicates:
        evaluation.add(replicate)
    alone = one(evaluate("B18", replicates[1:]), "B18")
    row = evaluation.table().iloc[0]
    assert row[["mean", "p05", "p95", "inside"]].equals(alone[["mean", "p05", "p95", "inside"]])
    assert row["inside"]
    assert evaluation.left_out() == {"B18 outmigration": 1}
    for replicate in replicates[1:3]:
        nobody(replicate)
    row = one(evaluate("B18", replicates), "B18")  # three of four are undefined
    assert math.isnan(row["mean"])
    assert not row["inside"]


def test_one_bad_year_puts_a_yearly_row_outside():
    replicate = fake.study_replicate()
    world = replicate["suppliers"]
    world.series["jobs"][84:108, fake.SUNDSVALL, 0] += 20.0  # 2027 and 2028
    world.series["jobs"][108:, fake.SUNDSVALL, 0] += 2.0
    assert one(evaluate("B13", [replicate]), "B13")["inside"]
    world.series["jobs"][108:120, fake.SUNDSVALL, 0] -= 10.0  # the mean is fine, 2029 is not
    evaluation = Evaluation(REGION, [t for t in TARGETS if t.id == "B13"])
    assert evaluation.worst_years() == {}
    evaluation.add(replicate)
    row = evaluation.table().iloc[0]
    assert row["low"] <= row["mean"] <= row["high"]
    assert not row["inside"]
    (worst,) = evaluation.worst_years().values()
    assert worst["year"] == 2029
    assert worst["mean"] < row["low"]


def test_the_north_without_ornskoldsvik_is_not_enough():
    replicate = fake.study_replicate()
    assert one(evaluate("B18", [replicate]), "B18")["inside"]
    s = replicate["outmigration"].series["commuters"]
    s[:, fake.OVIK, fake.SKELLEFTEA] -= 30.0
    s[:, fake.KRAMFORS, fake.SKELLEFTEA] += 30.0
    row = one(evaluate("B18", [replicate]), "B18")
    assert row["mean"] == pytest.approx(0.97)
    assert not row["inside"]


BREAKERS = {
    "B26": (
        "outcommuting",
        lambda s: s["jobs_from_public"][:, fake.SKELLEFTEA, SECTOR_INDEX["Q"]].__iadd__(400),
    ),
    "B27": ("suppliers", lambda s: s["jobs_from_orders"][:, fake.UMEA, SECTOR_INDEX["H"]].__iadd__(900)),
    "B28": ("outmigration", lambda s: s["jobs_from_orders"][:, fake.OVIK, SECTOR_INDEX["DE"]].__iadd__(5)),
    "B34": ("suppliers", lambda s: s["population"][:, fake.OVIK].__isub__(5)),
    "B35": ("outmigration", lambda s: s["population"][:, fake.UMEA].__iadd__(1)),
    "B37": ("outcommuting", lambda s: s["vacancies"][:, fake.SUNDSVALL, SECTOR_INDEX["CP"]].__isub__(200)),
    "B38": ("suppliers", lambda s: s["commuters"][:, fake.SUNDSVALL, fake.SKELLEFTEA].__iadd__(40)),
    "B39": ("outcommuting", lambda s: s["employed_residents"][:, fake.OVIK].__isub__(510)),
}


@pytest.mark.parametrize("identity", BREAKERS)
def test_an_ordering_can_fail(identity):
    replicates = [fake.study_replicate(r) for r in range(4)]
    scenario, spoil = BREAKERS[identity]
    assert evaluate(identity, replicates)["inside"].all()
    spoil(replicates[0][scenario].series)
    rows = evaluate(identity, replicates)
    row = rows[rows["scenario"] == scenario].iloc[0]
    assert row["mean"] == 0.75
    assert not row["inside"]


@pytest.mark.parametrize("identity", ["B25", "B26", "B27", "B28", "B29", "B30", "B31"])
def test_whom_a_branch_finds_does_not_change_where_jobs_are_called_forth(identity):
    """The study's model has no jobs that nobody fills: shares of branches are of the jobs asked for."""
    replicate = fake.study_replicate()
    before = evaluate(identity, [replicate])["mean"]
    for scenario in SCENARIOS:
        replicate[scenario].series["jobs"][:, fake.UMEA] -= 3.0
    np.testing.assert_array_equal(evaluate(identity, [replicate])["mean"], before)


def test_a_branch_that_loses_in_all_is_no_rival_of_manufacturing():
    """A fraction of a job in one county and a loss in the other is no share of a gain."""
    replicate = fake.study_replicate()
    s = replicate["outmigration"].series
    s["jobs_from_orders"][:, fake.OVIK, SECTOR_INDEX["A"]] += 0.5
    s["jobs_from_orders"][:, fake.UMEA, SECTOR_INDEX["A"]] -= 100
    assert one(evaluate("B28", [replicate]), "B28", "outmigration")["mean"] == 1.0


def test_boundary_zones_are_in_the_national_sum():
    replicate = fake.study_replicate()
    world = replicate["outmigration"]
    world.series["movers"][100, fake.RS, fake.AB] += 7  # between the boundary zones: no matter
    assert one(evaluate("B35", [replicate]), "B35", "outmigration")["mean"] == 1.0
    world.series["movers"][100, fake.RS, fake.UMEA] += 7  # left there, arrived nowhere
    assert one(evaluate("B35", [replicate]), "B35", "outmigration")["mean"] == 0.0


def test_years_are_read_as_documented():
    (at,) = windows("2030")
    assert list(at.stocks) == [131]
    assert list(at.span) == list(range(120, 132))
    (mean,) = windows("mean 2020-2030")
    assert list(mean.stocks) == list(range(132))
    (total,) = windows("cumulative 2020-2030")
    assert (len(total.span), list(total.stocks)) == (132, [131])
    (full,) = windows("full operation")
    assert list(full.stocks) == [95, 107, 119, 131]
    assert [list(w.stocks) for w in windows("each of 2027-2030")] == [[95], [107], [119], [131]]


def test_shares_and_gaps():
    assert share_of_gains(3, 1) == 0.75
    assert share_of_gains(3, -1) == 1.0
    assert share_of_gains(-3, 1) == 0.0
    assert math.isnan(share_of_gains(-1, 0))
    assert clearly_below(-1900, -95)
    assert clearly_below(30, 300)
    assert not clearly_below(80, 100)
    assert not clearly_below(100, 80)


def test_a_replicate_needs_its_own_baseline():
    with pytest.raises(ValueError, match="baseline"):
        Evaluation(REGION).add({"suppliers": REPLICATES[0]["suppliers"]})
    mixed = {"baseline": REPLICATES[0]["baseline"], "suppliers": REPLICATES[1]["suppliers"]}
    with pytest.raises(ValueError, match="replicate"):
        Evaluation(REGION).add(mixed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,priority\nB01,1\n", "no column"),
        (
            "id,priority,scenario,kind,quantity,geography,year,value,low,high,unit\n"
            "B01,1,all,result,indirect_jobs,Sweden,2030,1.6,many,2,jobs\n",
            "row B01: low is 'many'",
        ),
    ],
)
def test_a_bad_table_is_told_in_a_sentence(tmp_path, text, message):
    path = tmp_path / "targets.csv"
    path.write_text(text)
    with pytest.raises(OmlandError, match=message):
        load_targets(path)


def test_an_unreadable_table_is_told_in_a_sentence(tmp_path):
    with pytest.raises(OmlandError, match="cannot be read"):
        load_targets(tmp_path)
