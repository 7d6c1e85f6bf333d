"""The shipped region: its totals, its fits, and its agreement with what is published."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from processes import environment

from abm.errors import OmlandError
from abm.region import Region, check_package, load_region
from abm.region.network import build_network, travel_matrices
from abm.resources import data_path
from abm.schema import ADULT_AGE, COUNTIES, PUBLIC_SECTORS, SECTOR_CODES, SECTOR_INDEX, Skill, Tenure

PACKAGE = data_path("norrland")


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region()


def between(region: Region, origin: str, destination: str) -> tuple[float, float, float]:
    """Road km, car and transit minutes between two zones."""
    i, j = region.index(origin), region.index(destination)
    return region.distance_km[i, j], region.car_minutes[i, j], region.transit_minutes[i, j]


def crossing(region: Region, origin: str, destination: str) -> int:
    """Commuters from one county to another."""
    m = region.n_municipalities
    block = region.commuting[:m, :m][region.county_mask(origin)][:, region.county_mask(destination)]
    return int(block.sum())


def test_population_is_the_official_one(region: Region) -> None:
    assert region.population.sum() == 897_986
    assert region.population[region.index("Skellefteå")].sum() == 72_589
    assert region.population[region.index("Umeå")].sum() == 128_901
    by_county = {c: int(region.population[region.county_mask(c)].sum()) for c in COUNTIES}
    assert by_county == {"22": 245_347, "23": 130_810, "24": 271_736, "25": 250_093}


def test_zones_are_in_order(region: Region) -> None:
    assert region.n_municipalities == 44
    assert list(region.codes[:-2]) == sorted(region.codes[:-2])
    assert region.codes[-2:] == ("RS", "AB")
    assert [c[:2] for c in region.codes[:-2]] == list(region.county)
    assert len(region.names) == region.n_zones == len(region.codes)


def test_shapes_follow_the_contract(region: Region) -> None:
    m, z, s, k, a = 44, 46, len(SECTOR_CODES), len(Skill), 101
    shapes = {
        "population": (m, 2, a),
        "education": (m, 2, a, k),
        "households": (m, 12, len(Tenure)),
        "persons_by_household_size": (m, 7),
        "dwellings": (m, len(Tenure)),
        "dwellings_built": (m,),
        "employment_rate": (m, 2, a),
        "employed_residents": (m,),
        "employment_index": (2, m),
        "jobs": (m, s),
        "unemployed": (m,),
        "unemployed_by_age": (a,),
        "commuting": (z, z),
        "migration": (z, z),
        "migration_age": (m, a),
        "in_migrant_age": (2, m, a),
        "immigration": (3, m),
        "births": (m, a),
        "deaths": (m, 2, a),
        "income": (m, 2, a),
        "wages": (s, k),
        "wage_level": (m,),
        "tax_rate": (m,),
        "io_domestic": (s, s),
        "io_imported": (s,),
        "household_consumption": (s,),
        "output_per_job": (s,),
        "public_need": (s, a),
        "national_jobs": (s,),
        "employer_sizes": (s, 8),
        "distance_km": (z, z),
        "car_minutes": (z, z),
        "transit_minutes": (z, z),
    }
    for name, shape in shapes.items():
        array = getattr(region, name)
        assert array.shape == shape, name
        assert np.isfinite(array).all(), name
        assert (array >= 0).all(), name
    for name in (
        "population",
        "households",
        "jobs",
        "commuting",
        "dwellings",
        "unemployed",
        "employed_residents",
    ):
        assert getattr(region, name).dtype == np.int64, name


def test_commuting_closes_exactly(region: Region) -> None:
    m = region.n_municipalities
    assert (region.commuting[:m].sum(axis=1) == region.employed_residents).all()
    assert (region.commuting[:, :m].sum(axis=0) == region.jobs.sum(axis=1)).all()
    assert region.commuting[m:, m:].sum() == 0
    assert region.employed_residents.sum() == 435_906


def test_commuting_keeps_what_is_known(region: Region) -> None:
    with (PACKAGE / "official" / "commuting_by_residence.csv").open(encoding="utf-8") as file:
        known = [row for row in csv.DictReader(file) if row["year"] == "2020"]
    m = region.n_municipalities
    for row in known:
        i = region.index(row["code"])
        assert region.commuting[i, i] == int(row["live_and_work"])
        inside = region.commuting[i, :m].copy()
        inside[i] = 0
        assert inside.max() <= int(row["largest_flow"])
        if row["largest_destination"] in region.codes:
            assert region.commuting[i, region.index(row["largest_destination"])] == int(row["largest_flow"])


def test_commuting_meets_county_flows(region: Region) -> None:
    assert crossing(region, "24", "22") == 1_110
    assert crossing(region, "24", "25") == 1_423
    assert crossing(region, "24", "23") == 273
    assert crossing(region, "22", "24") == 800
    vb, m = region.county_mask("24"), region.n_municipalities
    elsewhere = np.append(~vb, [True, True])
    assert region.commuting[:m][vb][:, elsewhere].sum() == 6_435
    held_by_others = region.commuting[elsewhere][:, :m][:, vb].sum() / region.jobs[vb].sum()
    assert 0.030 <= held_by_others <= 0.034
    # Most who commute north from Västernorrland live next to the border.
    north = region.commuting[region.index("Örnsköldsvik"), :m][vb].sum()
    assert north / crossing(region, "22", "24") > 0.6


def test_commuting_meets_single_facts(region: Region) -> None:
    def incoming(name: str) -> int:
        i = region.index(name)
        return int(region.commuting[:, i].sum() - region.commuting[i, i])

    umea = region.index("Umeå")
    outgoing = region.commuting[umea].sum() - region.commuting[umea, umea]
    assert incoming("Umeå") - outgoing == pytest.approx(2_317, abs=10)
    assert incoming("Örnsköldsvik") == pytest.approx(1_528, abs=10)


def test_jobs_agree_with_tables_left_out_of_the_fit(region: Region) -> None:
    nb = region.county_mask("25")
    industry = [SECTOR_INDEX[c] for c in ("B", "CP", "CO")]
    # RAMS 2019: 15,219 in mining and manufacturing.
    assert region.jobs[nb][:, industry].sum() == pytest.approx(15_219, rel=0.05)
    # BAS 2022: 4,433 residents of Västerbotten in farming, forestry and fishing.
    assert region.jobs[region.county_mask("24")][:, SECTOR_INDEX["A"]].sum() == pytest.approx(4_433, rel=0.12)
    # Örnsköldsvik had 26,584 jobs in 2015.
    assert region.jobs[region.index("Örnsköldsvik")].sum() == pytest.approx(26_584, rel=0.03)


def test_jobs_meet_the_published_industries(region: Region) -> None:
    middle = region.county_mask("22") | region.county_mask("23")
    upper = region.county_mask("24") | region.county_mask("25")
    for rows, sector, jobs in (
        (middle, "A", 7_827),
        (middle, "F", 13_560),
        (middle, "G", 17_497),
        (upper, "B", 6_104),
        (upper, "F", 21_996),
        (upper, "G", 23_271),
    ):
        assert region.jobs[rows][:, SECTOR_INDEX[sector]].sum() == pytest.approx(jobs, rel=0.01), sector
    umea = region.jobs[region.index("Umeå")] / region.jobs[region.index("Umeå")].sum()
    assert umea[SECTOR_INDEX["Q"]] == pytest.approx(14_266 / 65_278, abs=0.002)
    assert umea[SECTOR_INDEX["P"]] == pytest.approx(9_903 / 65_278, abs=0.002)


@pytest.mark.parametrize(
    ("name", "sector", "least"),
    [
        ("Kiruna", "B", 0.15),
        ("Gällivare", "B", 0.15),
        ("Sundsvall", "O", 0.10),
        ("Umeå", "P", 0.14),
        ("Åre", "I", 0.10),
    ],
)
def test_known_profiles_show(region: Region, name: str, sector: str, least: float) -> None:
    jobs = region.jobs[region.index(name)]
    assert jobs[SECTOR_INDEX[sector]] / jobs.sum() > least


def test_employment_rates_give_the_employed(region: Region) -> None:
    made = (region.employment_rate * region.population).sum(axis=(1, 2))
    assert np.abs(made - region.employed_residents).max() < 1
    assert (region.employment_rate[:, :, :ADULT_AGE] == 0).all()
    assert region.employment_rate.max() < 0.98
    adults = region.population[:, :, ADULT_AGE:].sum(axis=(1, 2))
    assert (region.employed_residents + region.unemployed < adults).all()


def test_households_and_persons_agree(region: Region) -> None:
    assert (region.persons_by_household_size.sum(axis=1) == region.population.sum(axis=(1, 2))).all()
    assert (region.dwellings >= region.households.sum(axis=1)).all()
    vacant = 1 - region.households.sum() / region.dwellings.sum()
    assert 0.002 < vacant < 0.03
    assert 50 <= region.dwellings_built[region.index("Skellefteå")] <= 150


def test_vital_rates_give_published_counts(region: Region) -> None:
    i = region.index("Skellefteå")
    births = (region.population[i, 0] * region.births[i]).sum()
    deaths = (region.population[i] * region.deaths[i]).sum()
    # Means of 2019 to 2022: 700 births and 813 deaths.
    assert births == pytest.approx(700, rel=0.07)
    assert deaths == pytest.approx(813, rel=0.07)
    assert 1.6 < region.births[i].sum() < 1.9
    assert region.deaths[i, 1, 80] > region.deaths[i, 0, 80] > region.deaths[i, 0, 40]


def test_migration_meets_its_totals(region: Region) -> None:
    m, moves = region.n_municipalities, region.migration
    ske = region.index("Skellefteå")
    assert moves[ske].sum() == pytest.approx(2_014, rel=1e-3)
    assert moves[:, ske].sum() == pytest.approx(2_173, rel=0.02)
    vb, vn = region.county_mask("24"), region.county_mask("22")
    assert moves[m + 1, :m][vb].sum() == pytest.approx(2_376, rel=1e-3)
    other = np.append(~vb, [True, False])
    inter = moves[other][:, :m][:, vb].sum()
    assert inter == pytest.approx(9_385 - 2_376, rel=1e-3)
    assert moves[:m][vn][:, :m][:, vb].sum() / inter == pytest.approx(0.14, abs=0.002)
    rate = moves[:m, : m + 1].sum() / region.population.sum()
    assert rate == pytest.approx(0.044, abs=0.001)
    assert np.diag(moves).sum() == 0
    # Every pair of counties exchanges movers: nothing is squeezed out by the totals.
    for a in COUNTIES:
        for b in COUNTIES:
            assert moves[:m][region.county_mask(a)][:, :m][:, region.county_mask(b)].sum() > 50


def test_movers_keep_the_ages_of_a_town_of_students(region: Region) -> None:
    """Umeå has students come and graduates leave; elsewhere the young leave."""
    umea, ske = region.index("Umeå"), region.index("Skellefteå")
    out, into = region.migration_age, region.in_migrant_age[0]
    assert into[umea, 18:22].sum() > 1.5 * into[ske, 18:22].sum()
    assert out[umea, 18:22].mean() < 0.7 * out[ske, 18:22].mean()
    # 2,304 of each age of 20 to 24, 1,871 of 30 to 39: those between leave on balance
    assert out[umea, 24:30].mean() / out[umea, 18:22].mean() > out[ske, 24:30].mean() / out[ske, 18:22].mean()


def test_births_follow_the_children_of_a_municipality(region: Region) -> None:
    born = (region.population[:, 0] * region.births).sum(axis=1)
    for name, aged_0 in (("Umeå", 1_538), ("Skellefteå", 708)):
        assert region.population[region.index(name), :, 0].sum() == aged_0
        assert born[region.index(name)] == pytest.approx(aged_0, rel=0.04)


def test_immigration_by_year_is_the_published_one(region: Region) -> None:
    """2,376 to Västerbotten in 2019, then 1,704 and 2,049; later the mean of the three years."""
    vb = region.county_mask("24")
    for year, persons in enumerate((1_704, 2_049, (2_376 + 1_704 + 2_049) / 3)):
        assert region.immigration[year][vb] == pytest.approx(persons / 2_376, abs=1e-6)


def test_employment_index_is_the_published_one_without_the_factory(region: Region) -> None:
    """Employed residents of November 2020 and 2021; Västerbotten's without those of Skellefteå."""
    for county, first, second in (("22", 115_104, 116_189), ("24", 98_706, 100_908)):
        index = region.employment_index[:, region.county_mask(county)]
        assert (index[0] == 1.0).all()
        assert index[1] == pytest.approx(second / first, abs=1e-6)


def test_age_profiles_are_normalised(region: Region) -> None:
    assert region.migration_age[:, 16:65].mean(axis=1) == pytest.approx(1, abs=1e-4)
    assert (region.migration_age[:, 25] > region.migration_age[:, 40]).all()
    assert (region.migration_age[:, 40] > region.migration_age[:, 60]).mean() > 0.9
    assert region.in_migrant_age.sum(axis=-1) == pytest.approx(1, abs=1e-6)
    need = region.public_need @ region.population.sum(axis=(0, 1))
    for s in range(len(SECTOR_CODES)):
        expected = region.jobs[:, s].sum() if s in PUBLIC_SECTORS else 0
        assert need[s] == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_money_has_the_right_size(region: Region) -> None:
    jobs = region.jobs.sum(axis=0)
    mean = np.average(region.wages[:, Skill.SECONDARY], weights=jobs)
    assert 28_000 < mean < 38_000
    assert (np.diff(region.wages, axis=1) > 0).all()
    assert np.average(region.wage_level, weights=region.employed_residents) == pytest.approx(1, abs=1e-3)
    assert region.tax_rate[region.index("Skellefteå")] == pytest.approx(0.344, abs=0.006)
    assert 1.2 < np.average(region.output_per_job, weights=region.national_jobs) < 2.6
    inputs = region.io_domestic.sum(axis=0) + region.io_imported
    assert inputs.max() < 0.85
    assert inputs.min() > 0.1
    assert region.household_consumption.sum() == pytest.approx(0.83, abs=1e-3)
    nation = region.national_jobs.sum() + region.jobs.sum()
    assert nation == pytest.approx(4_993_312, abs=5)


@pytest.mark.parametrize(
    ("origin", "destination", "minutes"),
    [("Umeå", "Skellefteå", 100), ("Örnsköldsvik", "Umeå", 80), ("Sundsvall", "Umeå", 180)],
)
def test_car_times(region: Region, origin: str, destination: str, minutes: float) -> None:
    assert between(region, origin, destination)[1] == pytest.approx(minutes, rel=0.10)


@pytest.mark.parametrize(
    ("name", "km"),
    [
        ("Umeå", 132),
        ("Piteå", 83),
        ("Luleå", 132),
        ("Lycksele", 134),
        ("Nordmaling", 182),
        ("Örnsköldsvik", 238),
        ("Sollefteå", 307),
        ("Kramfors", 312),
        ("Härnösand", 340),
        ("Timrå", 377),
        ("Sundsvall", 388),
        ("Ånge", 439),
        ("Norsjö", 80),
    ],
)
def test_road_km_to_skelleftea(region: Region, name: str, km: float) -> None:
    assert between(region, name, "Skellefteå")[0] == pytest.approx(km, rel=0.07)


def test_remembered_distances(region: Region) -> None:
    for a, b, km in [
        ("Umeå", "Örnsköldsvik", 112),
        ("Örnsköldsvik", "Sundsvall", 155),
        ("Umeå", "Lycksele", 128),
        ("Sundsvall", "Östersund", 190),
        ("Sundsvall", "Härnösand", 52),
    ]:
        assert between(region, a, b)[0] == pytest.approx(km, rel=0.07), (a, b)


def test_train_beats_car_only_where_there_is_one(region: Region) -> None:
    assert between(region, "Örnsköldsvik", "Umeå")[2] < 80
    _, car, transit = between(region, "Umeå", "Skellefteå")
    assert transit > 1.2 * car


def test_travel_matrices_are_sound(region: Region) -> None:
    for matrix in (region.distance_km, region.car_minutes, region.transit_minutes):
        assert (matrix == matrix.T).all()
        assert (matrix > 0).all()
    m = region.n_municipalities
    inside = np.diag(region.distance_km)[:m]
    assert inside.min() > 3
    assert inside.max() < 15
    assert region.car_minutes[m + 1, :m].min() >= 600
    # No road is shorter than the line through the air.
    lat, lon = np.radians(region.latitude), np.radians(region.longitude)
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    air = 2 * 6371 * np.arcsin(np.sqrt(half))
    apart = ~np.eye(m, dtype=bool)
    ratio = region.distance_km[:m, :m][apart] / air[apart]
    assert ratio.min() > 1.0
    assert np.median(ratio) < 1.4
    # Arjeplog and Jokkmokk: the mountains between them have no road.
    assert ratio.max() < 2.3


def test_a_scenario_can_add_a_railway(region: Region) -> None:
    network = region.network.copy()
    network.add_edge(
        region.codes[region.index("Umeå")],
        region.codes[region.index("Skellefteå")],
        mode="rail",
        km=137.0,
        minutes=40.0,
        name="Norrbotniabanan",
    )
    km, car, transit = travel_matrices(network, region.codes)
    i, j = region.index("Umeå"), region.index("Skellefteå")
    assert transit[i, j] == 60.0
    assert transit[i, j] < region.transit_minutes[i, j]
    assert (transit <= region.transit_minutes).all()
    assert (car == region.car_minutes).all()
    assert (km == region.distance_km).all()


def test_network_takes_the_faster_of_two_roads() -> None:
    import pandas as pd

    inside = {"within_km": 5.0, "within_minutes": 9.0, "within_transit_minutes": 20.0}
    nodes = pd.DataFrame([{"code": c, "name": c, "kind": "seat", **inside} for c in "ABC"])
    links = pd.DataFrame(
        [
            {
                "from": "A",
                "to": "B",
                "mode": "road",
                "name": "slow",
                "km": 10.0,
                "minutes": 30.0,
                "coach_minutes": 40.0,
            },
            {"from": "A", "to": "B", "mode": "road", "name": "fast", "km": 20.0, "minutes": 12.0},
            {"from": "B", "to": "C", "mode": "rail", "name": "line", "km": 10.0, "minutes": 8.0},
        ]
    )
    km, car, transit = travel_matrices(build_network(nodes, links), ["A", "B", "C"])
    assert (km[0, 1], car[0, 1]) == (20.0, 12.0)
    assert transit[0, 2] == 40.0 + 8.0 + 20.0
    assert np.isinf(car[0, 2])
    assert (km[0, 0], car[0, 0], transit[0, 0]) == (5.0, 9.0, 20.0)


def test_series_hold_official_figures(region: Region) -> None:
    series = region.series.set_index(["code", "year", "quantity"])["value"]
    assert series["2482", 2022, "population"] == 74_402
    assert series["2482", 2019, "in_migrants"] == 2_173
    assert not region.series.duplicated(["code", "year", "quantity"]).any()
    # Never scored because unpublished: most of Västernorrland 2018 and 2020.
    assert ("2281", 2020, "population") not in series.index


def test_imports_are_light() -> None:
    code = "import sys, abm.region; print([m for m in ('pandas', 'networkx', 'scipy', 'frictionless') if m in sys.modules])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    assert done.stdout.strip() == "[]"


def test_package_is_sound() -> None:
    assert check_package() == []


def test_package_is_a_frictionless_data_package() -> None:
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.validate(str(PACKAGE / "datapackage.json"))
    assert report.valid, report.to_summary()


def test_every_resource_says_what_it_is() -> None:
    descriptor = json.loads((PACKAGE / "datapackage.json").read_text(encoding="utf-8"))
    listed = set()
    for resource in descriptor["resources"]:
        listed.add(resource["path"])
        assert resource["omland:status"] in ("official", "derived", "assumed")
        assert Path(resource["path"]).parts[0] == resource["omland:status"]
        assert all(resource[key] for key in ("title", "year", "sources", "licenses"))
        assert ("omland:rule" in resource) == (resource["omland:status"] == "derived")
        for field in resource.get("schema", {}).get("fields", []):
            assert field["description"], (resource["name"], field["name"])
            if field["type"] == "number":
                assert field.get("unit") or field["name"] in ("low", "high"), (
                    resource["name"],
                    field["name"],
                )
        if resource["omland:status"] == "assumed":
            names = {field["name"] for field in resource["schema"]["fields"]}
            assert (
                {"low", "high"} <= names
                or {"low_factor", "high_factor"} <= names
                or "Range" in resource["description"]
            )
    files = {str(f.relative_to(PACKAGE)) for f in PACKAGE.rglob("*") if f.is_file()}
    assert files - listed == {"datapackage.json", "SOURCES.md"}


def test_assumptions_lie_in_their_ranges() -> None:
    for file in sorted((PACKAGE / "assumed").glob("*.csv")):
        with file.open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                if "low" in row:
                    columns = list(row)
                    value = float(row[columns[columns.index("low") - 1]])
                    assert float(row["low"]) <= value <= float(row["high"]), (file.name, row)


def test_map_shows_every_municipality(region: Region) -> None:
    shapes = json.loads(
        data_path("norrland", "official", "municipalities.geojson").read_text(encoding="utf-8")
    )
    assert sorted(f["properties"]["code"] for f in shapes["features"]) == list(region.codes[:-2])


def test_content_hash_follows_the_content(region: Region, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "norrland"
    shutil.copytree(PACKAGE, copy)
    assert load_region(copy).content_hash == region.content_hash
    with (copy / "official" / "started_dwellings.csv").open("a", encoding="utf-8") as file:
        file.write("24,2021Q3,1,1,2\n")
    assert load_region(copy).content_hash != region.content_hash


def test_shipped_files_are_found() -> None:
    assert data_path("study", "targets.csv").is_file()
    with pytest.raises(OmlandError, match="no_such_thing"):
        data_path("no_such_thing")
