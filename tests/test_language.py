"""Two languages: every message translated, and figures and dates as each writes them."""

from __future__ import annotations

import ast
import gettext
import re
import runpy
from pathlib import Path

import pytest

from abm import terms
from abm.language import LANGUAGES, Language, language
from abm.schema import SECTORS
from abm.targets import EVALUATED_KINDS, load_targets

ROOT = Path(__file__).resolve().parents[1]
MAKE = ROOT / "docs" / "make_catalogue.py"
TRANSLATED = LANGUAGES[1:]
NBSP = "\N{NO-BREAK SPACE}"

pytestmark = pytest.mark.skipif(not MAKE.is_file(), reason="the script is not beside the tests")


@pytest.fixture(scope="module")
def make() -> dict:
    return runpy.run_path(str(MAKE))


def ids(catalog) -> set[str | tuple[str, ...]]:
    return {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in catalog if m.id}


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
    text = make["po_file"](code)
    assert text.with_suffix(".mo").read_bytes() == make["compiled"](make["read"](code)), (
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


def test_branches_and_scenarios_have_names():
    assert set(terms.BRANCHES) == {sector.branch for sector in SECTORS}
    swedish = language("sv")
    assert terms.scenario(swedish, "outmigration") == "Utflyttning"
    assert terms.scenario(swedish, "outmigration", inline=True) == "utflyttning"
    assert terms.scenario(swedish, "My-Own", inline=True) == "My-Own"
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
