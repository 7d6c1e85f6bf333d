"""Scenarios: what the shipped ones say, how paths and inheritance work, and what bad files are told."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_region import tiny_region

from abm.accounting import STUDY as ACCOUNTS
from abm.accounting import Decoding
from abm.errors import OmlandError
from abm.scenario import (
    Closure,
    Establishment,
    Housing,
    JobPoint,
    Layoff,
    Link,
    Scenario,
    SharePoint,
    check_scenario,
    county_code,
    list_scenarios,
    load_scenario,
    month_index,
    own_titles,
    path_values,
)
from abm.targets import load_targets

STUDY = ("outmigration", "outcommuting", "suppliers")
SHIPPED = (
    "baseline",
    "behavioural",
    "failure",
    "lever_bus",
    "lever_housing",
    "lever_link",
    "lever_partner",
    "lever_suppliers",
    "outcommuting",
    "outmigration",
    "restart",
    "suppliers",
    "template",
)

BEHAVIOURAL = 'mode = "behavioural"\n'
FACTORY = """
[[event]]
kind = "establishment"
name = "Factory"
municipality = "Skellefteå"
sector = "CO"
month = "2021-01"
operation = [
    { month = "2021-01", jobs = 0 },
    { month = "2022-01", jobs = 120 },
]
"""
RECRUITMENT = """
[event.recruitment]
in_commuter_multiple = 2
mover_share = 0.25
"""


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="mine.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


# --- Months and paths ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "index"), [("2020-01", 0), ("2020-12", 11), ("2024-03", 50), ("2030-12", 131), ("2019-12", -1)]
)
def test_month_index(month, index):
    assert month_index(month) == index
    assert Scenario.month_index(month) == index


@pytest.mark.parametrize("month", ["2020-00", "2020-13", "2020", "2020-1", "20-01", "2020-01-01", "9999-01"])
def test_month_that_does_not_exist(month):
    with pytest.raises(ValueError, match=re.escape(month)):
        month_index(month)


def test_path_is_linear_between_points_zero_before_and_constant_after():
    points = [JobPoint(month="2020-03", jobs=10), JobPoint(month="2020-07", jobs=50)]
    assert path_values(points, 9).tolist() == [0, 0, 10, 20, 30, 40, 50, 50, 50]


def test_share_path_holds_before_its_first_point():
    points = [SharePoint(month="2020-03", share=0.5), SharePoint(month="2020-05", share=0.1)]
    np.testing.assert_allclose(path_values(points, 6, before=None), [0.5, 0.5, 0.5, 0.3, 0.1, 0.1])


def test_path_without_points():
    assert path_values([], 3).tolist() == [0, 0, 0]


@given(
    st.lists(st.integers(0, 131), min_size=1, max_size=8, unique=True).map(sorted),
    st.lists(st.integers(0, 5000), min_size=8, max_size=8),
)
def test_path_meets_its_points_and_stays_between_them(months, jobs):
    points = [
        JobPoint(month=f"{2020 + t // 12}-{t % 12 + 1:02d}", jobs=j)
        for t, j in zip(months, jobs, strict=False)
    ]
    values = path_values(points, 132)
    assert [values[t] for t in months] == [float(j) for j, _ in zip(jobs, months, strict=False)]
    assert (values[: months[0]] == 0).all()
    assert (values[months[-1] :] == jobs[len(months) - 1]).all()
    assert values.min() >= 0
    assert values.max() <= max(jobs[: len(months)])


# --- Shipped scenarios --------------------------------------------------------------------------


def test_every_shipped_scenario_loads_under_its_file_name():
    assert list_scenarios() == SHIPPED
    for name in SHIPPED:
        scenario = load_scenario(name)
        assert scenario.name == name
        assert scenario.n_months == 132
        assert scenario.title.en
        assert scenario.title.sv
        assert scenario.title.en != scenario.title.sv


def test_parts_are_not_listed_but_can_be_looked_at():
    assert not any(name.startswith("_") for name in list_scenarios())
    assert len(load_scenario("_northvolt").establishments) == 1


@pytest.mark.parametrize("name", SHIPPED)
def test_ortviken_releases_800_jobs_in_every_scenario(name):
    events = [
        e for e in load_scenario(name).events if isinstance(e, Layoff) and e.municipality == "Sundsvall"
    ]
    assert sum(e.jobs for e in events) == 800
    assert {e.sector for e in events} == {"CP"}
    assert min(e.month for e in events) == "2020-11"
    assert max(e.month for e in events) == "2021-02"


def test_baseline_has_no_establishment():
    assert load_scenario("baseline").establishments == ()


@pytest.mark.parametrize("name", [*STUDY, "behavioural"])
def test_direct_jobs_of_the_study(name):
    scenario = load_scenario(name)
    operation, construction = scenario.job_paths("Northvolt")
    assert (operation[month_index("2026-12") :] == 3000).all()  # A01
    assert (np.diff(operation) >= 0).all()  # A03
    assert construction[: month_index("2026-12")].min() >= 0
    assert (construction[month_index("2026-12") :] == 0).all()  # A02
    assert construction.max() == 1000
    assert [operation[month_index(f"{y}-12")] for y in range(2020, 2026)] == [50, 500, 1200, 1800, 2300, 2700]


def test_assumptions_of_the_study():
    s1, s2, s3 = (load_scenario(name).establishment("Northvolt") for name in STUDY)
    vn = county_code("Västernorrland")
    assert {e.recruitment.in_commuter_multiple for e in (s1, s2, s3)} == {2.0}  # A04, A13
    assert {e.recruitment.in_commuters_from[vn] for e in (s1, s2, s3)} == {0.5}  # A05, A13
    assert [e.recruitment.mover_share for e in (s1, s2, s3)] == [0.8, 0.25, 0.25]  # A06, A09, A14
    assert [e.recruitment.movers_from[vn] for e in (s1, s2, s3)] == [0.75, 0.14, 0.14]  # A07, A10, A14
    assert [e.recruitment.extra_out_commuters for e in (s1, s2, s3)] == [{}, {vn: 0.5}, {}]  # A08
    assert [e.suppliers[vn] for e in (s1, s2, s3)] == [0.04, 0.04, 0.23]  # A11


IN_A_SCENARIO = {
    "in_commuter_share_of_direct": lambda e, vn: e.recruitment.in_commuter_multiple,
    "share_of_in_commuters_from_vasternorrland": lambda e, vn: e.recruitment.in_commuters_from[vn],
    "share_of_non_commuters_moving_in": lambda e, vn: e.recruitment.mover_share,
    "share_of_in_movers_from_vasternorrland": lambda e, vn: e.recruitment.movers_from[vn],
    "extra_out_commuters": lambda e, vn: e.recruitment.extra_out_commuters[vn],
    "supplier_share_vasternorrland": lambda e, vn: e.suppliers[vn],
    "direct_jobs_operation": lambda e, vn: e.operation[-1].jobs,
}
"""Where a scenario has what the study assumes."""
IN_THE_ACCOUNT = {
    "in_commuter_share_of_direct": lambda a: Decoding().in_commuter_factor,
    "share_of_in_commuters_from_vasternorrland": lambda a: Decoding().in_commuters_from_vn,
    "share_of_non_commuters_moving_in": lambda a: a.moving_in,
    "share_of_in_movers_from_vasternorrland": lambda a: a.movers_from_vn,
    "extra_out_commuters": lambda a: a.extra_commuters,
    "supplier_share_vasternorrland": lambda a: a.indirect_in_vn,
    "direct_jobs_operation": lambda a: a.direct_jobs,
}
"""Where the closed form has it."""
with (Path(__file__).parents[1] / "data" / "study" / "targets.csv").open(encoding="utf-8") as file:
    FIGURES = {row["id"]: row["value"] for row in csv.DictReader(file)}
ASSUMED = [
    pytest.param(row, name, id=f"{row.id}-{name}")
    for row in load_targets()
    if row.kind == "assumption" and row.quantity in IN_A_SCENARIO
    for name in (STUDY if row.scenarios == ("all",) else row.scenarios)
    if name in STUDY
]


@pytest.mark.parametrize(("row", "name"), ASSUMED)
def test_what_the_study_assumes_is_what_scenario_and_closed_form_have(row, name):
    """Guards that the table of the study, the scenario files and the closed form do not drift apart."""
    event = load_scenario(name).establishment("Northvolt")
    assert IN_A_SCENARIO[row.quantity](event, county_code("Västernorrland")) == float(FIGURES[row.id])
    assert IN_THE_ACCOUNT[row.quantity](ACCOUNTS[name]) == float(FIGURES[row.id])


def test_the_assumptions_of_the_study_are_all_looked_at():
    assert len(ASSUMED) >= 12
    assert {row.values[0].quantity for row in ASSUMED} == set(IN_A_SCENARIO)


def test_the_three_scenarios_differ_in_recruitment_and_suppliers_only():
    def rest(name):
        scenario = load_scenario(name)
        return scenario.mode, [
            e.model_copy(update={"recruitment": None, "suppliers": {}}) if isinstance(e, Establishment) else e
            for e in scenario.events
        ]

    assert rest("outmigration") == rest("outcommuting") == rest("suppliers")
    housing = [e for e in load_scenario("suppliers").events if isinstance(e, Housing)]
    assert [e.dwellings for e in housing] == [2400]


def test_behavioural_imposes_nothing():
    scenario = load_scenario("behavioural")
    assert scenario.mode == "behavioural"
    assert scenario.establishment("Northvolt").recruitment is None
    assert not scenario.establishment("Northvolt").suppliers
    assert not any(isinstance(e, Housing) for e in scenario.events)


def test_failure_goes_as_planned_until_september_2024_and_ends_in_march_2025():
    failing, planned = load_scenario("failure"), load_scenario("behavioural")
    operation, construction = failing.job_paths("Northvolt")
    before, closed = month_index("2024-09"), month_index("2025-03")
    assert (operation[:before] == planned.job_paths("Northvolt").operation[:before]).all()
    assert (np.diff(operation[before - 1 : closed + 1]) <= 0).all()
    assert operation[closed - 1] > 0
    assert (operation[closed:] == 0).all()
    assert (construction[closed:] == 0).all()


def test_restart_is_partial_and_from_2026():
    operation, construction = load_scenario("restart").job_paths("Northvolt")
    assert (operation[month_index("2025-03") : month_index("2026-01") + 1] == 0).all()
    assert operation[month_index("2026-06")] > 0
    assert operation[-1] == 1200
    assert construction[month_index("2025-03") :].sum() == 0


def test_template_is_the_baseline_until_it_is_filled_in(write):
    assert load_scenario("template").events == load_scenario("baseline").events
    path = next(p for p in [load_source_path("template")] if p.is_file())
    text = path.read_text(encoding="utf-8")
    body = text[text.index("# --- A new employer") :]
    examples = "\n".join(
        line.removeprefix("# ").removeprefix("#")
        for line in body.splitlines()
        if not line.startswith("# ---")
    )
    study_only = examples[examples.index("[event.recruitment]") : examples.index("[[event]]", 20)]
    head = text[: text.index("# --- A new employer")]
    kinds = {e.kind for e in load_scenario(write(head + examples.replace(study_only, ""))).events}
    assert kinds == {"establishment", "expansion", "layoff", "closure", "link", "housing", "support"}
    both = head.replace('mode = "behavioural"', 'mode = "study"') + examples
    assert load_scenario(write(both)).establishment("My factory").recruitment.mover_share == 0.25


def load_source_path(name):
    from abm.resources import data_path

    return data_path("scenarios", f"{name}.toml")


# --- Changes of an establishment ----------------------------------------------------------------


def test_layoff_stops_growth_and_expansion_starts_it_again(write):
    scenario = load_scenario(
        write(
            BEHAVIOURAL
            + FACTORY
            + '[[event]]\nkind = "layoff"\nestablishment = "Factory"\nmonth = "2021-07"\njobs = 20\n'
            + '[[event]]\nkind = "expansion"\nestablishment = "Factory"\n'
            + 'operation = [{ month = "2021-10", jobs = 100 }, { month = "2021-12", jobs = 140 }]\n'
        )
    )
    operation, _ = scenario.job_paths("Factory")
    assert operation[12:26].tolist() == [0, 10, 20, 30, 40, 50, 30, 30, 30, 100, 120, 140, 140, 140]


def test_layoff_takes_no_more_than_there_is(write):
    text = (
        BEHAVIOURAL
        + FACTORY
        + '[[event]]\nkind="layoff"\nestablishment="Factory"\nmonth="2021-03"\njobs=500\n'
    )
    assert load_scenario(write(text)).job_paths("Factory").operation[14:].max() == 0


def test_events_out_of_order_in_the_file_take_effect_by_month(write):
    late = '[[event]]\nkind="layoff"\nestablishment="Factory"\nmonth="2021-09"\njobs=5\n'
    early = '[[event]]\nkind="layoff"\nestablishment="Factory"\nmonth="2021-05"\njobs=10\n'
    paths = [
        load_scenario(write(BEHAVIOURAL + FACTORY + x)).job_paths("Factory")
        for x in (late + early, early + late)
    ]
    assert (paths[0].operation == paths[1].operation).all()
    assert paths[0].operation[-1] == 30 - 10 - 5


def test_housing_is_spread_over_its_months():
    built = Housing(
        kind="housing", municipality="Umeå", first="2020-03", last="2020-06", dwellings=100
    ).monthly(12)
    assert built.tolist() == [0, 0, 25, 25, 25, 25, 0, 0, 0, 0, 0, 0]


def test_in_house_share_as_figure_and_as_path(write):
    figure = load_scenario(write(BEHAVIOURAL + FACTORY + "in_house_share = 0.25\n")).establishments[0]
    assert (figure.in_house(5) == 0.25).all()
    path = 'in_house_share = [{ month = "2021-01", share = 0.2 }, { month = "2021-03", share = 0.6 }]\n'
    values = load_scenario(write(BEHAVIOURAL + FACTORY + path)).establishments[0].in_house(16)
    np.testing.assert_allclose(values[11:], [0.2, 0.2, 0.4, 0.6, 0.6])


# --- Inheritance and hash -----------------------------------------------------------------------


def test_child_replaces_fields_of_the_named_event_and_appends_others(write):
    write(BEHAVIOURAL + 'end = "2025-12"\ntitle = "Parent"\n' + FACTORY, "parent.toml")
    child = load_scenario(
        write(
            'extends = "parent.toml"\n[[event]]\nkind = "establishment"\nname = "Factory"\nvisibility = 4.0\n'
            + '[[event]]\nkind = "closure"\nestablishment = "Factory"\nmonth = "2024-01"\n'
        )
    )
    assert child.name == "mine"
    assert child.title.en == ""
    assert (child.mode, child.end, child.n_months) == ("behavioural", "2025-12", 72)
    assert [type(e) for e in child.events] == [Establishment, Closure]
    assert child.establishments[0].visibility == 4.0
    assert child.establishments[0].operation[1].jobs == 120


def test_hash_is_of_the_content_and_not_of_the_words(write):
    def hash_of(more="", name="mine.toml", factory=FACTORY):
        return load_scenario(write(BEHAVIOURAL + 'name = "a"\n' + more + factory, name)).hash

    assert re.fullmatch(r"[0-9a-f]{64}", hash_of())
    assert hash_of() == hash_of('title = "Other words"\n')
    assert hash_of() == hash_of("# a comment\n", "other.toml")
    assert hash_of() != hash_of(factory=FACTORY.replace("120", "121"))
    assert hash_of() != hash_of('end = "2029-12"\n')
    assert len({load_scenario(name).hash for name in SHIPPED}) == len(SHIPPED)


def test_byte_order_mark_and_windows_line_ends(write):
    text = (BEHAVIOURAL + FACTORY).replace("\n", "\r\n")
    assert len(load_scenario(write(b"\xef\xbb\xbf" + text.encode())).events) == 1


def test_scenario_is_immutable():
    with pytest.raises(ValueError, match="frozen"):
        load_scenario("baseline").end = "2029-12"


# --- Places -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def region():
    return tiny_region(4)


def test_resolve_puts_codes_for_names(region):
    scenario = load_scenario("outcommuting").resolve(region)
    establishment = scenario.establishment("Northvolt")
    assert establishment.municipality == "2482"
    assert establishment.suppliers == {"22": 0.04}
    assert establishment.recruitment.movers_from == {"22": 0.14}
    assert {e.municipality for e in scenario.events if isinstance(e, Layoff)} == {"2281"}
    again = scenario.resolve(region)
    assert again == scenario
    assert again.hash == scenario.hash


def test_resolve_finds_ends_of_links(region, write):
    text = BEHAVIOURAL + (
        '[[event]]\nkind = "link"\nname = "x"\nmonth = "2025-01"\nfrom = "Umeå"\nto = "Skellefteå"\n'
        'mode = "rail"\nminutes = 40\nkm = 126\n'
    )
    (link,) = load_scenario(write(text)).resolve(region).events
    assert isinstance(link, Link)
    assert (link.from_, link.to) == ("2480", "2482")


def test_a_link_from_a_place_to_itself_is_told_by_name_and_by_code(region, write):
    text = BEHAVIOURAL + (
        '[[event]]\nkind = "link"\nname = "x"\nmonth = "2025-01"\nfrom = "Umeå"\nto = "2480"\n'
        'mode = "rail"\nminutes = 40\nkm = 126\n'
    )
    (told,) = check_scenario(write(text), region)
    assert 'to: is "2480", the same place as "from"' in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Skellefteå", "Skelleftea", 'line 6: event 1, municipality: unknown municipality "Skelleftea"; did you mean "Skellefteå"'),
        ("Skellefteå", "Stockholm", 'unknown municipality "Stockholm"'),
        ("Skellefteå", "RS", 'unknown municipality "RS"'),
    ],
)  # fmt: skip
def test_unknown_municipality(region, write, old, new, told):
    scenario = load_scenario(write(BEHAVIOURAL + FACTORY.replace(old, new)))
    with pytest.raises(OmlandError, match=re.escape(told)):
        scenario.resolve(region)
    assert told in check_scenario(write(BEHAVIOURAL + FACTORY.replace(old, new)), region)[0]


def test_county_outside_the_region(region, write):
    text = 'mode = "study"\n' + FACTORY + RECRUITMENT + 'movers_from = { "Jämtland" = 0.1 }\n'
    scenario = load_scenario(write(text))
    with pytest.raises(OmlandError, match=r'recruitment\.movers_from: unknown county "Jämtland"'):
        scenario.resolve(region)


def test_county_code():
    assert county_code("Västernorrland") == county_code("22") == "22"
    with pytest.raises(ValueError, match="did you mean"):
        county_code("Västernorland")


# --- Bad files ----------------------------------------------------------------------------------

B, F = BEHAVIOURAL, FACTORY
CLOSURE = '[[event]]\nkind = "closure"\nestablishment = "{}"\nmonth = "{}"\n'
BAD = {
    "misspelt key": ("mod" + B[4:], ['line 1: unknown key "mod"', 'did you mean "mode"?']),
    "misspelt key of an event": (
        B + F.replace("operation", "operatoin"),
        ["line 9: event 1", 'unknown key "operatoin"', 'did you mean "operation"?'],
    ),
    "misspelt key of a point": (B + F.replace("jobs = 120", "job = 120"), ["line 11", "operation[2]", '"job"', '"jobs"']),
    "misspelt mode": ('mode = "studdy"', ['"studdy"', 'did you mean "study"?']),
    "mode missing": ('title = "x"', ["mode is missing"]),
    "misspelt kind": (B + F.replace('"establishment"', '"establisment"'), ['"establisment"', 'did you mean "establishment"?']),
    "no kind": (B + '[[event]]\nname = "x"\n', ['needs the key "kind"', "closure"]),
    "event that is no table": (B + "event = 3\n", ["[[event]]"]),
    "key missing": (B + F.replace('sector = "CO"\n', ""), ["event 1, sector is missing"]),
    "text for a number": (B + F.replace("120", '"120"'), ["line 11", "must be a number", '"120"']),
    "truth for a number": (B + F.replace("120", "true"), ["must be a number", "true"]),
    "number for a text": (B + F.replace('"Factory"', "7"), ["line 5", "must be text", "7"]),
    "list for a table": (B + "title = [1]\n", ["title must be a table"]),
    "negative jobs": (B + F.replace("120", "-5"), ["line 11", "operation[2].jobs", "at least 0", "-5"]),
    "jobs that are not a number": (B + F.replace("120", "nan"), ["finite"]),
    "no points": (B + re.sub(r"(?s)operation = \[.*?\n\]", "operation = []", F), ["operation must have at least one point"]),
    "share above one": (B + F + "remote_share = 1.5\n", ["line 13", "remote_share", "at most 1", "1.5"]),
    "shares above one together": (
        'mode = "study"\n' + F + RECRUITMENT + 'movers_from = { "Västernorrland" = 0.7, "Jämtland" = 0.6 }\n',
        ["movers_from", "1.3"],
    ),
    "county twice": ('mode = "study"\n' + F + '[event.suppliers]\n22 = 0.1\n"Västernorrland" = 0.1\n', ["twice"]),
    "month 13": (B + F.replace("2022-01", "2022-13"), ["line 11", '"2022-13" is not a month', "01 to 12"]),
    "month in another form": (B + F.replace("2022-01", "Jan 2022"), ["Jan 2022", "2024-03"]),
    "date for a month": (B + F.replace('"2022-01"', "2022-01-01"), ["must be text"]),
    "month after the end": (B + F.replace("2022-01", "2031-01"), ["line 11", "operation[2].month", "2020-01 to 2030-12"]),
    "month before the start": (B + F.replace('"2021-01"\nop', '"2019-12"\nop'), ["line 8", "2019-12", "outside"]),
    "months in disorder": (B + F.replace("2022-01", "2020-06"), ["increasing", "2020-06"]),
    "point before the announcement": (B + F.replace('month = "2021-01"\nop', 'month = "2021-02"\nop'), ["2021-01", "before"]),
    "start": (B + 'start = "2019-01"\n', ["line 2: start", '"2020-01"']),
    "end before start": (B + 'end = "2019-12"\n', ["line 2: end", "2019-12"]),
    "unknown sector": (B + F.replace('"CO"', '"XX"'), ["line 7", 'unknown sector "XX"', "CP"]),
    "unknown county": ('mode = "study"\n' + F + RECRUITMENT + 'movers_from = { "Norbotten" = 0.1 }\n', ['did you mean "Norrbotten"?']),
    "closure of an unknown establishment": (B + F + CLOSURE.format("Factori", "2023-01"), ["event 2", '"Factori"', 'did you mean "Factory"?']),
    "closure before opening": (B + F + CLOSURE.format("Factory", "2020-05"), ["2020-05", "Factory", "2021-01"]),
    "closure of two things": (B + F + CLOSURE.format("Factory", "2023-01") + 'sector = "CP"\n', ['either "establishment"']),
    "layoff nowhere": (B + '[[event]]\nkind = "layoff"\nmonth = "2022-01"\njobs = 5\n', ['either "establishment"']),
    "layoff of nobody": (B + '[[event]]\nkind = "layoff"\nestablishment = "x"\nmonth = "2022-01"\njobs = 0\n', ["more than 0"]),
    "two establishments of a name": (B + F + F, ["event 2, name", "Factory"]),
    "recruitment in behavioural mode": (B + F + RECRUITMENT, ["line 14: event 1, recruitment", "study mode only"]),
    "suppliers in behavioural mode": (B + F + '[event.suppliers]\n"Norrbotten" = 0.1\n', ["suppliers", "study mode only"]),
    "study mode without recruitment": ('mode = "study"\n' + F, ["recruitment is missing"]),
    "recruiting abroad in study mode": (
        'mode = "study"\n' + F + "recruit_abroad_share = 0.5\n" + RECRUITMENT,
        ["recruit_abroad_share", "behavioural mode only"],
    ),
    "unknown support": (B + '[[event]]\nkind = "support"\nsupport = "bus"\nmonth = "2022-01"\n', ['"bus"', "commuter_bus"]),
    "support that ends before it starts": (
        B + '[[event]]\nkind = "support"\nsupport = "partner"\nmonth = "2022-01"\nuntil = "2021-01"\nmunicipality = "Umeå"\nstrength = 1\n',
        ["until", "2021-01"],
    ),
    "link to itself": (
        B + '[[event]]\nkind="link"\nname="x"\nmonth="2022-01"\nfrom="Umeå"\nto="Umeå"\nmode="rail"\nminutes=4\nkm=1\n',
        ["same place"],
    ),
    "housing backwards": (
        B + '[[event]]\nkind="housing"\nmunicipality="Umeå"\nfirst="2022-01"\nlast="2021-01"\ndwellings=5\n',
        ["2021-01", "2022-01"],
    ),
    "parent that is not there": (B + 'extends = "baselin"\n', ["line 2: extends", "baselin"]),
    "parent that is itself": (B + 'extends = "mine.toml"\n', ["extends", "same file"]),
    "parent that is no text": (B + "extends = 3\n", ["extends must be text", "3"]),
    "name with a blank": (B + 'name = "a b"\n', ["line 2: name", '"a b"']),
    "invalid TOML": (B + "end = \n", ["not valid TOML", "line 2"]),
    "month without quotes": (B + "end = 2029-12\n", ["not valid TOML", "line 2"]),
    "empty file": ("", ["is empty", "mode"]),
    "blank file": (" \n\n", ["is empty"]),
    "binary file": (bytes(range(256)), ["not a text file"]),
    "zeros": (b"\0" * 50, ["not a text file"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_file_gets_one_clear_sentence(write, case):
    text, told = BAD[case]
    path = write(text)
    with pytest.raises(OmlandError) as caught:
        load_scenario(path)
    message = str(caught.value)
    assert str(path) in message or "baselin" in message
    assert "\n" not in message
    assert message.endswith((".", "?"))
    for part in told:
        assert part in message
    assert message in check_scenario(path)


def test_check_tells_everything_that_is_wrong(write):
    path = write(B + "colour = 3\n" + F.replace("120", "-5").replace('"CO"', '"XX"'))
    found = check_scenario(path)
    assert len(found) == 3
    assert check_scenario("baseline") == []


def test_folder(tmp_path):
    with pytest.raises(OmlandError, match="is a folder"):
        load_scenario(tmp_path)


def test_scenario_that_is_not_there(tmp_path):
    with pytest.raises(OmlandError, match=r'no scenario "baselin"; did you mean "baseline"\?.*outmigration'):
        load_scenario("baselin")
    with pytest.raises(OmlandError, match=r"no scenario file.*baseline, behavioural"):
        load_scenario(tmp_path / "x.toml")


def test_scenario_made_in_python_is_checked_too():
    factory = load_scenario("outmigration").establishment("Northvolt")
    with pytest.raises(ValueError, match="study mode only"):
        Scenario(name="x", mode="behavioural", events=(factory,))
    made = Scenario.model_validate(load_scenario("outmigration").model_dump(by_alias=True))
    assert made.hash == load_scenario("outmigration").hash


def test_only_scenarios_of_one_s_own_have_titles_to_keep(tmp_path):
    """Guards that one with the name of a shipped scenario is told apart by its title."""
    path = tmp_path / "suppliers.toml"
    path.write_text(
        'mode = "behavioural"\ntitle = { en = "A mill", sv = "Fagersta sågverk" }\n', encoding="utf-8"
    )
    mine, shipped = load_scenario(path), load_scenario("suppliers")
    assert own_titles({"suppliers": shipped, "outmigration": load_scenario("outmigration")}) == {}
    assert own_titles({"suppliers": mine})["suppliers"]["sv"] == "Fagersta sågverk"
    assert list(own_titles({"mine": shipped})) == ["mine"]
