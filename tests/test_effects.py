"""Effects of worlds whose effects are known."""

from __future__ import annotations

import hashlib

import fake_worlds as fake
import numpy as np
import pyarrow.parquet as pq
import pytest

from abm.effects import (
    EffectsWriter,
    Pair,
    headline_levels,
    month_index,
    month_labels,
    multipliers,
    paired_effects,
    summary,
    variance_reduction,
)
from abm.effects.table import RESOLUTION, counties_of, destination_groups
from abm.results import QUANTITIES, QUANTITY
from abm.schema import SECTOR_INDEX

REGION = fake.make_region()
BASE = fake.baseline()


def test_months_are_named_and_found():
    labels = month_labels(132)
    assert (labels[0], labels[month_index(2030)], labels[month_index(2027, 1)]) == (
        "2020-01",
        "2030-12",
        "2027-01",
    )


def test_a_world_equal_to_its_baseline_has_no_effect_at_all():
    table = paired_effects(fake.copy_as("same", BASE), BASE).to_pandas()
    assert (table["effect"] == 0.0).all()
    assert (table["value"] == table["baseline"]).all()
    assert table["value"].abs().sum() > 0


def test_every_row_is_where_the_worlds_have_it():
    """Independent of the layout: look single rows up in the arrays."""
    world = fake.study_world(BASE, "outmigration")
    table = paired_effects(world, BASE).to_pandas()
    assert list(table.columns) == [
        "scenario",
        "replicate",
        "month",
        "municipality",
        "sector",
        "quantity",
        "baseline",
        "value",
        "effect",
    ]
    assert set(table["scenario"]) == {"outmigration"}
    keys = ["month", "municipality", "sector", "quantity"]
    assert not table.duplicated(keys).any()
    labels = month_labels(fake.N_MONTHS)
    rng = np.random.default_rng(0)
    for row in table.iloc[rng.choice(len(table), 3000, replace=False)].itertuples():
        t, z = labels.index(row.month), fake.CODES.index(row.municipality)
        name, _, group = row.quantity.partition("_to_")
        for source, found in ((BASE, row.baseline), (world, row.value)):
            series = source[name]
            if group:
                zones = [
                    j for j, c in enumerate(fake.CODES) if (c[:2] == group if len(c) == 4 else c == group)
                ]
                expected = sum(series[t, z, j] for j in zones if j != z)
            elif QUANTITY[name].shape == "M":
                expected = series[t, z]
            elif row.sector == "":
                expected = series[t, z].sum()
            else:
                assert row.month[5:] in ("03", "06", "09", "12")
                expected = series[t, z, SECTOR_INDEX[row.sector]]
            assert found == pytest.approx(expected)
        assert row.effect == pytest.approx(row.value - row.baseline)


def test_counts_are_exact_and_other_figures_to_their_resolution():
    base = fake.baseline()
    for name in RESOLUTION:
        base.series[name] = base.series[name] + np.pi / 10
    world = fake.copy_as("x", base)
    world.series["jobs_from_orders"][:] += 1e-7  # far below the resolution
    table = paired_effects(world, base).to_pandas()
    for name, step in RESOLUTION.items():
        rows = table[(table["quantity"] == name) & (table["sector"] == "")]
        exact = base[name].T if base[name].ndim == 2 else base[name].sum(axis=2).T
        # a total is the sum of rounded sectors
        sectors = 1 if base[name].ndim == 2 else base[name].shape[2]
        assert rows["baseline"].to_numpy() == pytest.approx(exact.ravel(), rel=0, abs=sectors * step / 2)
        assert (rows["baseline"] / step % 1 == 0).all()
    assert (table["effect"] == table["value"] - table["baseline"]).all()
    assert (table["effect"] == 0).all()
    counts = table[table["quantity"] == "population"]["value"].to_numpy()
    assert (counts == base["population"].T.ravel()).all()


def test_nothing_recorded_is_left_out():
    table = paired_effects(fake.study_world(BASE, "suppliers"), BASE).to_pandas()
    names = {name.partition("_to_")[0] for name in table["quantity"].unique()}
    assert names == {q.name for q in QUANTITIES}
    # every mover between zones is in one of the destination groups
    movers = table[table["quantity"].astype(str).str.startswith("movers_to_")]["value"].sum()
    series = fake.study_world(BASE, "suppliers")["movers"]
    assert movers == pytest.approx(series.sum() - np.einsum("tzz->", series))


def test_worlds_of_different_luck_are_no_pair():
    with pytest.raises(ValueError, match="replicate"):
        paired_effects(fake.copy_as("x", BASE), fake.baseline(replicate=1))
    with pytest.raises(ValueError, match="seed"):
        Pair(fake.copy_as("x", BASE), fake.baseline(seed=2), REGION)


def test_indirect_jobs_are_gross_of_those_lost_with_residents():
    acc = fake.account(fake.STUDY["outmigration"])
    pair = Pair(fake.study_world(BASE, "outmigration", acc), BASE, REGION)
    last = -1
    assert pair.county("jobs", "22")[last] == pytest.approx(acc.employment_change_vn)
    assert pair.lost_with_residents("22")[last] == pytest.approx(-acc.jobs_lost_with_residents_vn)
    assert pair.indirect("22")[last] == pytest.approx(acc.indirect_jobs_vn)
    assert pair.indirect("24", "22")[last] == pytest.approx(acc.indirect_jobs)
    assert (pair.lost_with_residents("24") == 0).all()
    by_sector = pair.asked_for_by_sector("24")
    assert by_sector[last].sum() == pytest.approx(acc.indirect_jobs - acc.indirect_jobs_vn)
    assert by_sector[0].sum() == pytest.approx(pair.indirect("24")[0])  # while builders are there


def test_the_loss_with_residents_is_what_the_suppliers_do_not_make_up_for():
    """The study's sum: the change of jobs is that without local suppliers, and theirs; also with jobs left unfilled."""
    acc = fake.account(fake.STUDY["outmigration"])
    world = fake.study_world(BASE, "outmigration", acc)
    world.series["jobs"][:, fake.OVIK, fake.sector_of("public_services")] -= 30  # nobody to be had for them
    pair = Pair(world, BASE, REGION)
    without_suppliers = pair.county("jobs", "22") - pair.county("jobs_from_orders", "22")
    assert pair.county("jobs", "22") == pytest.approx(without_suppliers + pair.indirect("22"))
    assert pair.indirect("22")[-1] == pytest.approx(acc.indirect_jobs_vn)
    assert pair.lost_with_residents("22")[-1] == pytest.approx(-acc.jobs_lost_with_residents_vn - 30)
    # all that is asked for is filled, but in the county that loses residents
    for county in ("22", "24"):
        assert pair.asked_for_by_sector(county).sum(axis=1) == pytest.approx(pair.indirect(county))
    # a county that has not lost residents has lost none with them: what is unfilled there is not made up for
    world.series["jobs"][:, fake.UMEA, fake.sector_of("trade")] -= 30
    assert Pair(world, BASE, REGION).indirect("24") == pytest.approx(pair.indirect("24") - 30)


def test_multipliers_by_year():
    acc = fake.account(fake.STUDY["outcommuting"])
    table = multipliers(fake.study_world(BASE, "outcommuting", acc), BASE, REGION)
    study = table[table["place"] == "24+22"].set_index("year")
    assert study.loc["2030", "multiplier"] == pytest.approx(acc.multiplier)
    assert study.loc["2020", "multiplier"] < study.loc["2030", "multiplier"]  # builders dilute it
    assert study.loc["2030", "other"] == pytest.approx(0, abs=1e-6)
    vn = table[(table["place"] == "22") & (table["year"] == "2030")].iloc[0]
    assert vn["multiplier"] == pytest.approx(acc.multiplier_vn)
    assert vn["direct"] == 0
    nothing = multipliers(fake.copy_as("same", BASE), BASE, REGION)
    assert nothing["multiplier"].isna().all()


def test_summary_takes_stocks_in_december_and_sums_flows():
    world = fake.study_world(BASE, "outmigration")
    table = summary(world, BASE, REGION).set_index(["year", "county", "quantity"])
    vn = [i for i, c in enumerate(REGION.county) if c == "22"]
    december = month_index(2025)
    assert table.loc[("2025", "22", "population"), "value"] == world["population"][december, vn].sum()
    births = BASE["births"][december - 11 : december + 1, vn].sum()
    assert table.loc[("2025", "22", "births"), "baseline"] == births
    commuters = table.loc[("2030", "22", "commuters_to_24"), "effect"]
    assert commuters == pytest.approx(
        Pair(world, BASE, REGION).flow("commuters", REGION.county_mask("22"), REGION.county_mask("24"))[-1]
    )


def test_writer_gives_the_same_bytes_and_one_row_group_a_pair(tmp_path):
    digests = []
    for name in ("a.parquet", "b.parquet"):
        with EffectsWriter(tmp_path / name) as writer:
            for replicate in range(2):
                base = fake.baseline(replicate)
                for scenario in ("outmigration", "suppliers"):
                    writer.write(fake.study_world(base, scenario), base)
        digests.append(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert digests[0] == digests[1]
    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert file.num_row_groups == 4
    first = file.read_row_group(2).to_pandas()
    assert set(first["replicate"]) == {1}
    assert first.equals(
        paired_effects(fake.study_world(fake.baseline(1), "outmigration"), fake.baseline(1)).to_pandas()
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_writer_leaves_nothing_behind_when_it_fails(tmp_path):
    def fail() -> None:
        with EffectsWriter(tmp_path / "x.parquet") as writer:
            writer.write(fake.copy_as("same", BASE), BASE)
            assert len(list(tmp_path.iterdir())) == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_variance_reduction_finds_what_pairing_gains():
    rng = np.random.default_rng(3)
    common, own = rng.normal(0, 30, 4000), rng.normal(0, 1, (2, 4000))
    worlds = [{"population": c + x} for c, x in zip(common, own[0], strict=True)]
    baselines = [{"population": c + x} for c, x in zip(common, own[1], strict=True)]
    assert variance_reduction(worlds, baselines)["population"] == pytest.approx(901, rel=0.1)
    unrelated = [{"population": x} for x in rng.normal(0, 30, 4000)]
    assert variance_reduction(unrelated, baselines)["population"] == pytest.approx(1, rel=0.1)
    assert variance_reduction(baselines, baselines)["population"] == float("inf")
    assert np.isnan(variance_reduction(worlds[:1], baselines[:1])["population"])


def test_headline_levels_are_those_of_vasternorrland():
    levels = headline_levels(BASE, REGION)
    vn = [i for i, c in enumerate(REGION.county) if c == "22"]
    assert levels["population"] == BASE["population"][-1, vn].sum()
    assert levels["commuters"] == BASE["commuters"][-1][np.ix_(vn, [fake.UMEA, fake.SKELLEFTEA])].sum()


def test_counties_that_omland_does_not_know_are_counted_too():
    """Guards regions of one's own: their flows have destinations, and none is lost."""
    assert counties_of(["90", "22", "90", "24"])[-1] == "90"
    assert set(counties_of(["90", "22", "90", "24"])) == {"22", "24", "90"}
    groups = destination_groups(("9001", "9002", "2280", "RS", "AB"))
    assert {name: mask.sum() for name, mask in groups.items()} == {"22": 1, "90": 2, "RS": 1, "AB": 1}
    assert np.sum(list(groups.values()), axis=0).tolist() == [1] * 5
