"""Two languages: every message translated, and figures and dates as each writes them."""

from __future__ import annotations

import ast
import gettext
import io
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from babel.messages.mofile import read_mo
from rich.console import Console

from abm import montecarlo, sensitivity, terms
from abm.commands import baseline, calibrate
from abm.commands.montecarlo import outcome_table, risk_tables, summary_lines
from abm.commands.sensitivity import index_table, luck_line
from abm.language import LANGUAGES, Language, language
from abm.scenario import list_scenarios
from abm.schema import SECTORS
from abm.sensitivity.discovery import Box, bad_case
from abm.targets import EVALUATED_KINDS, load_targets
from abm.units import Pace

ROOT = Path(__file__).resolve().parents[1]
MAKE = ROOT / "docs" / "make_catalogue.py"
TRANSLATED = LANGUAGES[1:]
NBSP = "\N{NO-BREAK SPACE}"

pytestmark = pytest.mark.skipif(not MAKE.is_file(), reason="the script is not beside the tests")


@pytest.fixture(scope="module")
def make() -> dict:
    return runpy.run_path(str(MAKE))


def messages(catalog) -> dict:
    """Translation by message; of messages with a plural, tuples of both."""

    def forms(text):
        return tuple(text) if isinstance(text, list | tuple) else text

    return {forms(m.id): forms(m.string) for m in catalog if m.id}


def ids(catalog) -> set[str | tuple[str, ...]]:
    return set(messages(catalog))


# --- Catalogues ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_message_is_without_its_translation(make, code):
    catalog, wanted = make["read"](code), ids(make["template"]())
    assert len(wanted) > 200
    assert ids(catalog) == wanted, "run docs/make_catalogue.py"
    assert not [m.id for m in catalog if m.id and not make["translated"](m)]
    assert not [m.id for m in catalog if m.id and m.fuzzy]
    assert not catalog.obsolete


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_gaps_of_its_message(make, code):
    for message in make["read"](code):
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[0]
            for form in [message.string] if isinstance(message.string, str) else message.string:
                assert sorted(re.findall(r"{(\w+)}", one)) == sorted(re.findall(r"{(\w+)}", form)), one


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_compiled_catalogue_is_of_the_text(make, code):
    """In its messages: the header also names the version of Babel that compiled it."""
    text = make["po_file"](code)
    with text.with_suffix(".mo").open("rb") as file:
        shipped = messages(read_mo(file))
    assert shipped == messages(read_mo(io.BytesIO(make["compiled"](make["read"](code))))), (
        "run docs/make_catalogue.py"
    )
    with text.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("net migration") == make["read"](code)["net migration"].string


def test_every_marked_text_is_collected(make):
    """Also where the collector does not look, as inside formatted strings."""
    known = {text for one in ids(make["template"]()) for text in ([one] if isinstance(one, str) else one)}
    for file in sorted((ROOT / "abm").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                mine = name in ("_", "N_", "plural", "say") or (
                    name == "text"
                    and getattr(getattr(node.func, "value", None), "id", "") in ("lang", "words")
                )
                assert not mine or node.args[0].value in known, f"{file.name}: {node.args[0].value!r}"


def test_a_missing_catalogue_is_told():
    with pytest.raises(FileNotFoundError):
        Language("fi")


# --- Terms --------------------------------------------------------------------------------------


def test_every_figure_of_the_study_has_a_name_in_both_languages():
    for target in load_targets():
        if target.kind in EVALUATED_KINDS:
            assert target.quantity in terms.QUANTITIES
            said = [
                terms.row_label(language(c), target.quantity, target.geography, target.year)
                for c in LANGUAGES
            ]
            assert all("_" not in text for text in said)
            assert said[0] != said[1]


def test_an_ordering_says_what_is_claimed():
    """Its label is all that a reader has: there is no figure beside it."""
    claims = {
        "B26": ("lower than with out-migration", "lägre än vid utflyttning"),
        "B27": ("business services and trade are", "företagstjänster och handel är"),
        "B28": ("larger share is in Västernorrland than", "större andel i Västernorrland än"),
        "B34": ("jobs: out-migration < 0 < out-commuting", "arbetstillfällen: utflyttning < 0 < utpendling"),
        "B35": ("births less deaths", "födda minus döda"),
        "B37": (
            "more vacancies in manufacturing per unemployed",
            "fler lediga jobb i tillverkningsindustrin per arbetslös",
        ),
        "B38": ("out-commuting > out-migration ≥ suppliers", "utpendling > utflyttning ≥ underleverantörer"),
        "B39": ("by more than jobs", "mer än arbetstillfällena"),
    }
    orderings = [t for t in load_targets() if t.kind == "ordering"]
    assert {t.id for t in orderings} == set(claims)
    for target in orderings:
        for code, claim in zip(LANGUAGES, claims[target.id], strict=True):
            label = terms.row_label(language(code), target.quantity, target.geography, target.year)
            assert claim in label


def test_swedish_has_one_word_for_chance_and_one_for_a_replicate(make):
    text = make["po_file"]("sv").read_text(encoding="utf-8").casefold()
    assert re.findall(r"\b(?:tur|turen|replikat\w*)\b", text) == []


def test_persons_and_jobs_are_whole_numbers():
    english = language("en")
    row = {"outcome": "population:22:2030", "scenario": "plant", "against": "baseline", "effect": 15.0, "low": 2.0,
           "high": 38.4, "p05": -1.25, "p95": 40.0}  # fmt: skip

    def told(runs):
        console = Console(width=140, record=True, file=io.StringIO())
        console.print(outcome_table(pd.DataFrame([{**row, "n": runs}]), {}, english))
        return console.export_text()

    text = told(10)
    assert "5–95\N{NO-BREAK SPACE}% of the replicates" in text
    assert "min to max of the replicates" in told(9)  # too few for a range of 5 to 95 %
    for figures in ("+15 ", "+2 to +38", "−1 to +40"):
        assert figures in text
    assert terms.outcome_digits("house_price:2482:2030") is None


def test_a_share_that_is_not_known_is_a_dash():
    assert language("sv").percent(None) == language("en").percent(float("nan")) == "–"
    assert language("en").percent(0.125, digits=1) == "12.5\N{NO-BREAK SPACE}%"


def test_branches_and_scenarios_have_names():
    assert set(terms.BRANCHES) == {sector.branch for sector in SECTORS}
    swedish = language("sv")
    assert terms.scenario(swedish, "outmigration") == "Utflyttning"
    assert terms.scenario(swedish, "outmigration", inline=True) == "utflyttning"
    assert terms.scenario(language("en"), "mixture", inline=True) == "all scenarios by weight"
    assert terms.scenario(swedish, "mixture") == "Blandning av scenarier"
    assert terms.scenario(swedish, "My-Own", inline=True) == "My-Own"
    mine = Language("sv", {"suppliers": {"en": "A mill", "sv": "Fagersta sågverk"}})  # a name that is taken
    assert terms.scenario(mine, "suppliers", inline=True) == "Fagersta sågverk"
    assert terms.scenario(mine, "outmigration", inline=True) == "utflyttning"
    assert set(list_scenarios()) - {"template"} <= set(terms.SCENARIOS)
    assert terms.zone(swedish, "RS") == "övriga Sverige"
    assert terms.zone(swedish, "22") == "Västernorrland"
    assert terms.reason(swedish, "dwelling") == "ingen bostad hittades"
    assert terms.reason(swedish, "made_up") == "made up"


# --- Figures and dates --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "options", "english", "swedish"),
    [
        (1684.3, {}, "1,684", f"1{NBSP}684"),
        (-1234567.0, {}, "−1,234,567", f"−1{NBSP}234{NBSP}567"),
        (0.032, {}, "0.032", "0,032"),
        (90, {"signed": True}, "+90", "+90"),
        (-0.2, {"digits": 0, "signed": True}, "0", "0"),
        (0.5, {"digits": 2}, "0.50", "0,50"),
        (None, {}, "", ""),
        (float("nan"), {}, "", ""),
    ],
)
def test_figures(value, options, english, swedish):
    assert language("en").number(value, **options) == english
    assert language("sv").number(value, **options) == swedish


def test_dates_lists_shares_and_counts():
    english, swedish = language("en"), language("sv")
    assert (english.month("2030-12"), swedish.month("2030-12")) == ("December 2030", "december 2030")
    assert swedish.moment("2026-11-24T01:59:00Z") == "24 november 2026 01:59 UTC"
    assert english.moment("<b>") == "<b>"
    assert english.listing(["a", "b", "c"]) == "a, b and c"
    assert swedish.listing(["a", "b", "c"]) == "a, b och c"
    assert swedish.percent(0.025, 1) == f"2,5{NBSP}%"
    assert [swedish.plural("{n} replicate", "{n} replicates", n) for n in (1, 10)] == [
        "1 körning",
        "10 körningar",
    ]
    assert [english.plural("{n} replicate", "{n} replicates", n) for n in (1, 10)] == [
        "1 replicate",
        "10 replicates",
    ]


def test_no_per_cent_sign_begins_a_line():
    assert "5–95 %" not in language("sv").text("mean (5–95 %)")
    assert f"5–95{NBSP}%" in language("sv").text("mean (5–95 %)")


def test_figures_with_so_many_significant_digits():
    values = (23000.0, 0.0046, 1.5, 0.0, -0.02, 1234.5)
    assert [language("en").compact(v) for v in values] == ["23,000", "0.0046", "1.5", "0", "−0.02", "1,230"]
    assert language("sv").compact(0.0046) == "0,0046"


# --- Tables of the commands ---------------------------------------------------------------------


def shown(*tables, width: int = 200) -> str:
    screen = Console(width=width, file=io.StringIO())
    for table in tables:
        screen.print(table)
    return screen.file.getvalue()


def test_tables_of_an_experiment_in_swedish(tmp_path):
    from test_report_experiments import make_experiment

    swedish, result = language("sv"), montecarlo.load(make_experiment(tmp_path))
    region = SimpleNamespace(
        codes=("2281", "2282", "2482"),
        names=("Sundsvall", "Kramfors", "Skellefteå"),
        county=("22", "22", "24"),
        county_names={},
    )
    named = outcome_table(result.named, dict(zip(region.codes, region.names, strict=True)), swedish)
    text = shown(named, *risk_tables(result.risk, region, swedish))
    for words in (
        "effekt på", "folkmängd, Västernorrland, 2030", "arbetstillfällen, Sundsvall, 2030", "Egna val", "−375",
        "5–95\N{NO-BREAK SPACE}% av körningarna", "Minskad folkmängd till slutet av 2030", "förväntad förlust", "0,79\N{NO-BREAK SPACE}(0,",
        "Minskat antal arbetstillfällen till slutet av 2030", "Kramfors",
    ):  # fmt: skip
        assert words in text, words
    assert " to " not in text
    narrow = shown(*risk_tables(result.risk, region, swedish), width=120)
    assert "…" not in narrow  # names are not cut short
    assert summary_lines(result, Pace(2, reused=24), swedish) == [
        "A <b>title</b>: 24 körningar, varav 24 fanns redan."
    ]


def test_tables_of_an_analysis_in_swedish(tmp_path):
    from test_report_experiments import make_analysis

    swedish, result = language("sv"), sensitivity.load(make_analysis(tmp_path, "morris"))
    chosen = "x | population:22:2030"
    name = f"{terms.outcome(swedish, 'population:22:2030', {})}, x"
    text = shown(index_table(result.indices[result.indices["outcome"] == chosen], "morris", name, swedish))
    for words in ("Effekt på folkmängd, Västernorrland, 2030", "osäker storhet", "medel av effektens belopp",
                  f"1{NBSP}000", "till", "moving_cost"):  # fmt: skip
        assert words in text, words
    told = luck_line(result.luck[result.luck["outcome"] == chosen].iloc[0], swedish)
    assert told.startswith("Av variansen i en enskild körning kommer ")


def test_the_corner_of_the_bad_cases_in_swedish():
    swedish = language("sv")
    box = Box({"moving_cost": (5000.0, None), "tie_age": (10.0, 20.5)}, 0.8, 0.9, 0.25, 0.2)
    told = box.words(bad_case("population:22:2030", 500.0, lang=swedish), swedish)
    assert told.replace(NBSP, " ") == (
        "Minskningen av antalet invånare i Västernorrland till 2030 överstiger 500 i 90 % av fallen när moving cost är "
        "över 5 000 och tie age är mellan 10,0 och 20 (25 % av alla fall; 80 % av de dåliga ligger där)."
    )
    moved = bad_case("movers:22>24:2020..2030", 500.0, lang=swedish)
    assert moved == (
        "utflyttningen från Västernorrland till Västerbotten 2020–2030, utöver basscenariots, överstiger 500"
    )


def test_tables_of_the_baseline_in_swedish():
    swedish = language("sv")
    row = {"year": 2021, "quantity": "out_commuters", "official": 1234.0, "simulated_mean": 1200.0,
           "relative_deviation": -0.0276, "official_trend": 12.0, "simulated_trend": -3.0}  # fmt: skip
    counties = pd.DataFrame([{"county": "22", **row}])
    result = SimpleNamespace(run={"runs": 1, "seed": 7}, counties=counties, names={"22": "Västernorrland"})
    text = shown(baseline.county_table(result, swedish))
    for words in (
        "medelvärde av 1 värld, frö 7",
        "utpendlare över kommungräns",
        f"1{NBSP}234",
        "−2,8 %",
        "avvikelse",
    ):
        assert words in text, words


def test_tables_of_a_calibration_in_swedish():
    swedish = language("sv")
    row = {"id": "B05", "scenario": "outmigration", "quantity": "population_change", "low": -1900.0, "high": -1800.0,
           "prior_mean": -1500.5, "posterior_mean": -1850.0, "posterior_p05": -1880.0, "posterior_p95": -1810.0,
           "best": -1840.0, "weight": 1.0}  # fmt: skip
    figure = {"parameter": "moving_cost", "prior_low": 10000.0, "prior_high": 25000.0, "mean": 0.0125, "low": 0.01,
              "high": 0.015, "sd_ratio": 0.5, "identified": "barely", "ridge_with": "", "correlation": np.nan}  # fmt: skip
    record = {
        "best": {"values": {"moving_cost": 23000.0}},
        "cost": {
            "points": 7,
            "worlds": 1032,
            "draws": 20,
            "effective_draws": 10.0,
            "worlds_per_effective_draw": 3.25,
        },
        "chains": {"r_hat": {"moving_cost": 1.01}},
        "check": {"inside_90_percent": 0.9},
        "waves": [{"wave": w, "expected_distance": 1.5} for w in range(4)],
        "recovery": {"coverage": 0.8, "truths": 60},
        "fitted_rows_inside": 3,
        "fitted_rows": 4,
    }
    conflict = {"kind": "out of reach", "row": "B01", "other": "", "nearest": 1.25, "gap": 2.5}
    result = SimpleNamespace(record=record, rows=pd.DataFrame([row]), identification=pd.DataFrame([figure]),
                             conflicts=pd.DataFrame([conflict]))  # fmt: skip
    text = shown(calibrate.row_table(result, swedish), calibrate.parameter_table(result, swedish))
    for words in (
        "förändrad folkmängd, utflyttning",
        f"−1{NBSP}900 till",
        "knappt",
        f"23{NBSP}000",
        "0,01 till 0,015",
    ):
        assert words in text, words
    told = calibrate.lines(result, Pace(2, reused=7), swedish)
    assert told[0] == f"7 punkter, 1{NBSP}032 världar, 7 färdiga enheter fanns redan."
    assert "standardvärden 1,50; våg 1 1,50; våg 2 1,50; kontroll 1,50." in told[1]
    assert f"80{NBSP}% av 90{NBSP}%-intervallen för 60 kända sanningar" in told[3]
    assert calibrate.conflict_lines(result, swedish) == [
        "Utom räckhåll: B01, närmast 1,25, 2,5 halva bredder utanför."
    ]
