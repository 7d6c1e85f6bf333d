"""The baseline beside official figures: on worlds made by hand, and through the command."""

from __future__ import annotations

import csv
import json
import math
import runpy
import shutil
from pathlib import Path

import fake_worlds as fake
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from rich.console import Console

from abm.baseline import (
    COLUMNS,
    COUNTY_COLUMNS,
    area_name,
    county_deviations,
    deviations,
    official_figures,
    run_baseline,
    worst,
)
from abm.cli import main
from abm.commands.baseline import as_json_text, county_table, worst_table
from abm.errors import OmlandError
from abm.population import Populations
from abm.region import load_region
from abm.scenario import load_scenario

REGION = fake.make_region()
ROOT = Path(__file__).resolve().parents[1]


def world(replicate: int = 0, months: int = 36):
    """The months are told apart by their figures: each stock and flow is the number of its month."""
    made = fake.baseline(replicate, months=months)
    for name, series in made.series.items():
        if name != "movers":
            shape = (months,) + (1,) * (series.ndim - 1)
            made.series[name] = np.broadcast_to(np.arange(1, months + 1).reshape(shape), series.shape).copy()
    return made


def official(*rows: tuple) -> pd.DataFrame:
    """Official figures: area, year, quantity, value."""
    frame = pd.DataFrame(rows, columns=["area", "year", "quantity", "official"])
    return frame.assign(source="a register")


def test_stocks_are_taken_in_the_month_of_their_statistic_and_flows_summed_over_the_year():
    table = deviations(
        world(),
        REGION,
        official(
            ("2480", 2021, "population", 20),
            ("2480", 2021, "unemployed", 48),
            ("2480", 2021, "employed_residents", 23),
            ("2480", 2021, "out_commuters", 23),
            ("2480", 2021, "births", 200),
        ),
    ).set_index("quantity")
    assert table.loc["population", "simulated_mean"] == 24  # December 2021
    assert table.loc["unemployed", "simulated_mean"] == 24
    assert table.loc["employed_residents", "deviation"] == 0  # November 2021
    assert table.loc["out_commuters", "deviation"] == 0
    assert table.loc["births", "simulated_mean"] == sum(range(13, 25))
    assert table.loc["population", "deviation"] == 4
    assert table.loc["population", "relative_deviation"] == pytest.approx(0.2)
    assert table.loc["unemployed", "relative_deviation"] == -0.5
    assert (table["source"] == "a register").all()


def test_columns_rows_and_what_is_left_out():
    figures = official(
        ("2482", 2020, "population", 12),
        ("2480", 2020, "population", 0),
        ("2480", 2019, "population", 5),  # before the first month
        ("2480", 2023, "population", 5),  # after the last
        ("2480", 2020, "happiness", 5),
    )
    table = deviations(world(), REGION, figures)
    assert tuple(table.columns) == COLUMNS
    assert list(table["municipality"]) == ["2480", "2482"]  # in zone order
    assert math.isnan(table["relative_deviation"][0])  # of nothing
    assert table["simulated_sd"].isna().all()  # of one world
    assert deviations(world(), REGION, figures[:0]).empty
    with pytest.raises(OmlandError, match="no world"):
        deviations([], REGION, figures)


def test_mean_and_spread_are_over_the_worlds():
    worlds = [world(r) for r in range(3)]
    for r, made in enumerate(worlds):
        made.series["population"][:] += 10 * r
    row = deviations(worlds, REGION, official(("2480", 2020, "population", 12))).iloc[0]
    assert row["simulated_mean"] == 22
    assert row["simulated_sd"] == 10
    assert row["deviation"] == 10


def test_movers_into_a_county_cross_its_border():
    made = world()
    movers = made.series["movers"]
    movers[:] = 0
    movers[12:24, fake.SUNDSVALL, fake.UMEA] = 1  # from another county
    movers[12:24, fake.SKELLEFTEA, fake.UMEA] = 10  # from the same
    movers[12:24, fake.RS, fake.SKELLEFTEA] = 100
    movers[12:24, fake.AB, fake.UMEA] = 1000
    movers[12:24, fake.UMEA, fake.AB] = 10_000  # out
    movers[0:12, fake.AB, fake.UMEA] = 5  # in another year
    table = county_deviations(
        made,
        REGION,
        official(("24", 2021, "in_migrants_to_county", 1), ("24", 2021, "immigrants", 1)),
    ).set_index("quantity")
    assert table.loc["in_migrants_to_county", "simulated_mean"] == 12 * 1101
    assert table.loc["immigrants", "simulated_mean"] == 12 * 1000


def test_counties_have_trends_and_the_county_of_the_factory_is_also_shown_without_it():
    figures = official(
        ("24", 2019, "population", 1000),
        ("24", 2021, "population", 1100),
        ("2482", 2019, "population", 300),
        ("2482", 2021, "population", 380),
        ("24", 2020, "unemployed", 10),
        ("24", 2021, "unemployed", 7),
        ("22", 2020, "immigrants", 5),
    )
    table = county_deviations(world(), REGION, figures)
    assert tuple(table.columns) == COUNTY_COLUMNS
    rows = table.set_index(["county", "quantity", "year"])
    whole, rest = rows.loc[("24", "population", 2021)], rows.loc[("24 without 2482", "population", 2021)]
    assert whole["official_trend"] == 50
    # two municipalities of 700 at the start, 24 each in December 2021
    assert whole["simulated_trend"] == (48 - 1400) / 2
    assert rest["official"] == 720
    assert rest["official_trend"] == 10
    assert rest["simulated_mean"] == 24
    assert rest["simulated_trend"] == (24 - 700) / 2
    assert "less Skellefteå" in rest["source"]
    assert rows.loc[("24", "unemployed", 2021), "official_trend"] == -3
    assert rows.loc[("24", "unemployed", 2021), "simulated_trend"] == 2 * 12
    assert math.isnan(rows.loc[("24", "unemployed", 2020), "official_trend"])
    assert ("24 without 2482", "unemployed", 2021) not in rows.index  # unknown for Skellefteå
    assert ("24 without 2482", "immigrants", 2020) not in rows.index
    assert area_name("24 without 2482", REGION) == "Västerbotten without Skellefteå"
    assert area_name("2480", REGION) == "Umeå"


def test_worst_are_those_of_the_last_year_that_most_have():
    table = pd.DataFrame(
        {
            "municipality": ["a", "b", "c", "a", "b", "c", "a"],
            "quantity": "population",
            "year": [2020, 2020, 2020, 2021, 2021, 2021, 2022],
            "relative_deviation": [9.0, 9.0, 9.0, 0.1, -0.3, 0.2, 0.9],
        }
    )
    assert list(worst(table, "population", 2)["municipality"]) == ["b", "c"]
    assert worst(table, "births", 2).empty


# --- The official figures of the shipped region ---------------------------------------------------


@pytest.fixture(scope="module")
def figures():
    return official_figures(load_region())


def test_official_figures_are_those_of_the_package(figures):
    found = figures.set_index(["area", "quantity", "year"])["official"]
    assert found["2482", "population", 2022] == 74_402
    assert found["2482", "out_commuters", 2020] == 2_099
    assert found["24", "population", 2022] == 276_295  # sum of 15 municipalities
    assert found["22", "population", 2020] == 244_554  # published: most municipalities are missing
    assert found["24", "immigrants", 2021] == 2_049
    assert ("22", "population", 2022) not in found.index
    assert not figures.duplicated(["area", "quantity", "year"]).any()
    assert (figures["source"].str.len() > 3).all()


def test_a_published_county_is_the_sum_of_its_municipalities(figures):
    """Two sources of one fact: they must not contradict each other."""
    region = load_region()
    municipal = region.series[region.series["quantity"] == "population"]
    people = municipal.set_index(["code", "year"])["value"]
    compared = 0
    for county in dict.fromkeys(region.county):
        codes = [c for c in region.codes if c[:2] == county]
        for year in range(2015, 2022):
            if all((code, year) in people.index for code in codes):
                total = sum(people[code, year] for code in codes)
                row = figures[
                    (figures["area"] == county)
                    & (figures["year"] == year)
                    & (figures["quantity"] == "population")
                ]
                assert row["official"].item() == total
                compared += 1
    assert compared >= 20


def test_employed_of_the_series_are_those_of_the_commuting_table():
    region = load_region()
    series = region.series[region.series["quantity"] == "employed_residents"]
    with (region.path / "official" / "commuting_by_residence.csv").open(encoding="utf-8") as file:
        table = {(r["code"], int(r["year"])): int(r["employed_residents"]) for r in csv.DictReader(file)}
    assert len(series) == len(table) == 88
    for row in series.itertuples():
        assert table[row.code, row.year] == row.value


def test_a_package_without_the_optional_tables_is_compared_by_what_it_has(tmp_path):
    folder = tmp_path / "region"
    shutil.copytree(load_region().path, folder)
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    optional = ("commuting_by_residence", "county_migration")
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] not in optional]
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    found = official_figures(load_region(folder))
    assert set(found["quantity"]) == set(load_region().series["quantity"])
    assert (found["area"] == "24").any()


# --- The command ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("baseline") / "new"
    told = []
    result = run_baseline(
        runs=2, scale=0.01, threads=2, out=out, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 2), (2, 2)]
    return result, out


def test_three_files_with_what_was_compared(finished):
    result, out = finished
    assert sorted(p.name for p in out.iterdir()) == ["baseline.csv", "counties.csv", "run.json"]
    table = pd.read_csv(out / "baseline.csv", dtype={"municipality": str})
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(result.table)
    assert {"2482", "2480", "2284"} <= set(table["municipality"])
    assert set(table["year"]) == {2020, 2021, 2022}
    np.testing.assert_allclose(table["deviation"], table["simulated_mean"] - table["official"], atol=1e-6)
    # at the start the residents are the official ones, and they stay near them
    population = table[table["quantity"] == "population"]
    assert population["simulated_mean"].sum() == pytest.approx(population["official"].sum(), rel=0.03)
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert run == result.run
    assert (run["runs"], run["worlds"], run["months"], run["scale"]) == (2, 2, 36, 0.01)
    assert {"version", "commit", "data_hash", "parameter_hash", "scenario_hash"} <= set(run)


def test_the_shorter_baseline_is_the_beginning_of_the_long_one(finished):
    """Only the years with official figures are simulated; nothing may depend on the last month."""
    import abm

    region = load_region()
    populations = Populations(region, 0.01)
    long = load_scenario("baseline").model_copy(update={"end": "2024-12"})
    worlds = [
        abm.simulate(region, populations(r), long, abm.Parameters(), seed=1, replicate=r) for r in range(2)
    ]
    pd.testing.assert_frame_equal(deviations(worlds, region), finished[0].table)


def test_tables_name_every_county_and_the_note_of_the_factory(finished):
    result, _ = finished
    screen = Console(width=120, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    screen.print(county_table(result))
    screen.print(worst_table(result))
    text = screen.export_text()
    for name in ("Västernorrland", "Jämtland", "Norrbotten", "Västerbotten without Skellefteå"):
        assert name in text
    assert "274,563" in text
    assert "commute out of their municipality" in text
    content = json.loads(as_json_text(result))
    assert len(content["municipalities"]) == len(result.table)
    assert content["counties"][0]["official_trend"] is not None
    assert "NaN" not in as_json_text(result)


def test_the_page_is_made_from_the_files(finished, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    make = runpy.run_path(str(ROOT / "docs" / "make_baseline.py"))
    result, _ = finished
    block = make["markdown"](result.table, result.counties, result.run, result.names)
    assert "2 worlds of " in block
    assert "| **Västerbotten without Skellefteå** |" in block
    assert "| residents | 2022 | 276,295 |" in block


def test_the_command_passes_its_options_on(monkeypatch, finished, tmp_path):
    asked = {}

    def run(**options):
        asked.update(options)
        return finished[0]

    monkeypatch.setattr("abm.baseline.run_baseline", run)
    options = [
        "--runs",
        "3",
        "--seed",
        "7",
        "--scale",
        "0.5",
        "--threads",
        "1",
        "--quiet",
        "--region",
        "somewhere",
        "--out",
    ]
    result = CliRunner().invoke(main, ["baseline", *options, str(tmp_path / "o")])
    assert result.exit_code == 0, result.output
    assert (asked["runs"], asked["seed"], asked["scale"], asked["threads"]) == (3, 7, 0.5, 1)
    assert asked["region_path"] == Path("somewhere")
    assert "the factory from 2020" in result.output
    assert "So few replicates" in result.output
    assert "Only 50\N{NO-BREAK SPACE}% of the residents" in result.output
    assert "Written to" in result.output


@pytest.mark.parametrize("changes", [{"runs": 0}, {"scale": 1.5}, {"threads": 0}])
def test_bad_arguments_are_told_in_a_sentence(changes):
    with pytest.raises(OmlandError, match=f"{next(iter(changes))} is"):
        run_baseline(**changes)


def test_a_region_without_later_figures_cannot_be_compared(monkeypatch, tmp_path):
    none = official(("2480", 2019, "population", 5))
    monkeypatch.setattr("abm.baseline.run.official_figures", lambda region: none)
    with pytest.raises(OmlandError, match="no figure from 2020 on"):
        run_baseline(runs=1, scale=0.01)
