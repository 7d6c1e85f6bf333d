"""Every behavioural parameter, declared once: unit, default, prior range and source.

The kernels, the command line, the docs, the sensitivity analysis and the
calibration all read :data:`PARAMETERS`. Facts about the region are not here but
in the region data package; facts about a scenario are in its TOML file.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from abm.errors import OmlandError
from abm.language import say
from abm.paths import reachable


class Parameter(NamedTuple):
    """One parameter of the model.

    Attributes:
        name: name in code, tables and TOML files.
        default: value used unless another is given.
        low: lower end of the prior range.
        high: upper end of the prior range.
        unit: unit of the three figures.
        group: part of the model it belongs to.
        description: what it does, in the field's terms.
        source: where the figure comes from; "assumption" where there is no measurement.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    group: str
    description: str
    source: str


_P = Parameter

PARAMETERS: tuple[Parameter, ...] = (
    # --- choice ------------------------------------------------------------------------------
    _P("choice_scale", 2_277.0, 1500.0, 5000.0, "SEK/month", "choice",
       "scale of the random utility (logit): taste differences between residents in money",
       "assumption; sets the odds ratios of the ties in money terms"),
    _P("reservation_wage", 0.6922, 0.6, 1.0, "share of the last wage", "choice",
       "pay below which someone without a job would rather go on looking; what being without a job counts for in every choice",
       "0.8-1.0, IFAU 2014:21 and Socialvetenskaplig forskning 2008; range widened downwards, as costs of commuting and liking count beside"),
    # --- commuting ---------------------------------------------------------------------------
    _P("time_value_daily", 90.0, 60.0, 130.0, "SEK/hour", "commuting",
       "value of travel time on the daily commute", "ASEK 6-7, Trafikverket (value remembered, range wide)"),
    _P("time_value_weekly", 145.7, 80.0, 150.0, "SEK/hour", "commuting",
       "value of travel time on a long weekly trip", "ASEK 6-7, Trafikverket (value remembered, range wide)"),
    _P("travel_cost_km", 1.85, 1.5, 3.0, "SEK/km", "commuting",
       "private cost of a kilometre by car", "Skatteverket, deduction for travel to work 2020"),
    _P("time_kink", 45.0, 40.0, 60.0, "minutes", "commuting",
       "one-way time beyond which willingness to commute daily falls sharply", "Sandow & Westin 2010"),
    _P("kink_cost", 150.0, 50.0, 300.0, "SEK/hour", "commuting",
       "extra cost of daily travel time beyond the kink", "assumption; gives the decay measured round Örnsköldsvik-Umeå"),
    _P("daily_limit", 90.0, 75.0, 110.0, "minutes", "commuting",
       "one-way time up to which a commute can be daily", "assumption after Sandow & Westin 2010"),
    _P("night_cost", 284.0, 120.0, 450.0, "SEK/night", "commuting",
       "cost of a night away from home for those not used to weekly commuting", "assumption"),
    _P("night_cost_habitual", 60.0, 20.0, 150.0, "SEK/night", "commuting",
       "the same for the latent weekly commuters", "assumption"),
    _P("night_cost_family", 113.0, 40.0, 250.0, "SEK/night", "commuting",
       "added with a partner or children at home", "sign: Öhman & Lindgren 2003; size assumed"),
    _P("weekly_type_share", 0.06, 0.02, 0.12, "share of workers", "commuting",
       "residents used to weekly commuting (twice as many among men, whatever their trade)",
       "upper bound of long-distance commuters, Västerbotten 2017 (Regionfakta)"),
    _P("second_home_rent", 3640.0, 2500.0, 6000.0, "SEK/month", "commuting",
       "rent near the workplace when commuting weekly", "assumption"),
    _P("boundary_trip", 1200.0, 500.0, 4000.0, "SEK/week", "commuting",
       "most that a week's trip to a workplace in the boundary zones costs, time included; low, as many registered there fly, work in rotation or at home",
       "assumption; keeps today's commuters to the rest of Sweden"),
    _P("long_commute_separation", 1.4, 1.2, 1.5, "ratio", "commuting",
       "job separation of long-distance commuters relative to others", "Sandow 2011"),
    _P("reconsider_rate", 0.02658, 0.005, 0.04, "1/month", "commuting",
       "monthly chance that a long-distance commuter of some months reconsiders: keep on, move or quit",
       "implied by exit hazards of long-distance commuters, Sandow 2011"),
    _P("known_place", 0.33, 0.0, 0.8, "share of moving_cost", "commuting",
       "what a long-distance commuter saves who moves to where the work is, as the place is known",
       "sign: the study, moving comes after commuting; target 0.05 a year (0.02-0.10) who move to the work region, the model has 0.03 at 110 to 300 km"),
    # --- moving ------------------------------------------------------------------------------
    _P("moving_cost", 22_180.0, 10000.0, 25000.0, "SEK/month", "moving",
       "fixed cost of moving to another labour market, spread over the expected stay",
       "assumption; of the unemployed 4-7 % move in a year (LO)"),
    _P("tie_partner", 1_067.0, 500.0, 2500.0, "SEK/month", "moving",
       "tie of a partner", "odds ratio of couples to singles about 0.6 (0.4-0.8)"),
    _P("tie_partner_employed", 2267.0, 500.0, 4000.0, "SEK/month", "moving",
       "further tie of a partner whose job, at the mean pay of upper secondary education, the move would end",
       "Vidal, Perales, Lersch & Brandén 2017 (sign; size assumed)"),
    _P("tie_child", 1600.0, 500.0, 3000.0, "SEK/month", "moving",
       "tie of children below school age at home", "odds ratio about 0.6 (Jans; size assumed)"),
    _P("tie_school_child", 2600.0, 1000.0, 4000.0, "SEK/month", "moving",
       "tie of children of school age at home", "odds ratio about 0.45 (0.3-0.65)"),
    _P("tie_owner", 1200.0, 0.0, 2500.0, "SEK/month", "moving",
       "tie of an owned dwelling", "assumption"),
    _P("tie_years", 350.0, 0.0, 800.0, "SEK/month per square root of years", "moving",
       "tie of the years at the address", "assumption"),
    _P("tie_origin", 1200.0, 0.0, 2500.0, "SEK/month", "moving",
       "tie to the municipality where one grew up", "return migration, Saarensilta 2016 (sign; size assumed)"),
    _P("tie_age", 10.98, 0.0, 120.0, "SEK/month per year over 25", "moving",
       "tie that grows with age", "age profile of migration, SCB"),
    _P("housing_cost", 6000.0, 4000.0, 9000.0, "SEK/month", "moving",
       "monthly housing cost at price level one", "assumption"),
    _P("odds_partner", 0.4439, 0.4, 0.8, "odds ratio", "moving",
       "background mobility of couples relative to singles", "evidence table, size assumed"),
    _P("odds_dual_earner", 0.7, 0.5, 0.85, "odds ratio", "moving",
       "and of couples where both work", "Vidal, Perales, Lersch & Brandén 2017 (sign; size assumed)"),
    _P("odds_child", 0.6, 0.4, 0.85, "odds ratio", "moving",
       "and with children below school age", "evidence table, size assumed"),
    _P("odds_school_child", 0.45, 0.3, 0.65, "odds ratio", "moving",
       "and with children of school age", "Jans (sign; size assumed)"),
    _P("odds_unemployed", 1.15, 1.1, 2.0, "odds ratio", "moving",
       "background mobility of the unemployed without children relative to others; no difference with children",
       "Andersson & Håkansson (sign; size assumed)"),
    _P("odds_owner", 0.5315, 0.4, 0.8, "odds ratio", "moving",
       "background mobility of those who own their dwelling", "assumption"),
    _P("in_migration_elasticity", 0.2977, 0.0, 1.5, "elasticity", "moving",
       "moves from the rest of Sweden to a municipality as its jobs per resident of working age change",
       "sign: Blanchard & Katz 1992; size assumed; study: 310 jobs more bring about 20 residents"),
    # --- search and matching -----------------------------------------------------------------
    _P("separation_rate", 0.004957, 0.003, 0.008, "1/month", "labour market",
       "jobs that end in unemployment", "Swedish labour force survey, quarterly transition rates"),
    _P("search_on_the_job", 0.03668, 0.015, 0.06, "1/month", "labour market",
       "employed who look for another job in a month", "fitted to job changes of 1 % a month (SCB 2013:32)"),
    _P("search_unemployed", 0.42, 0.2, 0.8, "1/month", "labour market",
       "unemployed who look at a vacancy in a month",
       "assumption; a fifth of the unemployed then find a job in a month, half of them entrants (published 0.05-0.12, without entrants)"),
    _P("amenity_spread", 2335.0, 1000.0, 4000.0, "SEK/month", "labour market",
       "spread of what a job is worth to a person beside pay", "assumption"),
    _P("contact_share", 0.291, 0.1, 0.5, "share of vacancies seen", "labour market",
       "vacancies heard of through a former workmate or friend", "Eriksson, Hane-Weijman & Henning 2018 (sign)"),
    _P("relatedness_spread", 0.134, 0.03, 0.3, "weight", "labour market",
       "visibility of vacancies in an unrelated sector, the own sector being one", "assumption"),
    _P("participation_elasticity", 1.16, 0.0, 1.5, "elasticity", "labour market",
       "entry to the labour force when local unemployment falls", "assumption"),
    _P("newcomer_vacancy_share", 5.008e-05, 0.0, 0.05, "share of open jobs a month", "labour market",
       "jobs still open that are filled by someone moving in from the boundary zones", "assumption"),
    _P("boundary_commuting", 0.7496, 0.3, 1.5, "ratio", "labour market",
       "vacancies in the boundary zones relative to what keeps today's out-commuting", "assumption"),
    _P("in_commuting_elasticity", 0.728, 0.0, 3.0, "elasticity", "labour market",
       "commuters from the boundary zones as a municipality's jobs per resident of working age change",
       "assumption; one as in a gravity model: as many more as there are jobs, fewer where more residents want them"),
    _P("open_jobs", 0.00859, 0.008, 0.025, "share of jobs", "labour market",
       "jobs open at the start, beside those filled",
       "recruiting per 100 employees: industry 1.2, services 2.2, all private 1.9, SCB AM46SM1601, 2015 Q4; as many as the model has later on"),
    _P("industry_shortage", 1.65, 1.0, 3.0, "ratio", "labour market",
       "open jobs of industry at the start relative to those of other sectors",
       "sign: the study, industry lacks skilled people; size assumed"),
    # --- recruitment by establishments -------------------------------------------------------
    _P("awareness", 0.005722, 0.003, 0.02, "share a month", "recruitment",
       "residents of working age who come to consider an establishment's jobs in a month", "assumption"),
    _P("awareness_decay", 0.003326, 0.0, 0.015, "1/km", "recruitment",
       "how word of an establishment's jobs thins out with distance", "assumption; sign: Manning & Petrongolo 2017"),
    _P("related_skill_boost", 1702.0, 500.0, 3000.0, "SEK/month", "recruitment",
       "advantage of experience in the establishment's own or a related sector", "study: process skills resemble; size assumed"),
    _P("targeted_recruitment", 2000.0, 0.0, 4000.0, "SEK/month", "recruitment",
       "advantage of job seekers with related experience whom the establishment approaches",
       "study: approach to the displaced of Ortviken; size assumed"),
    # --- demand ------------------------------------------------------------------------------
    _P("unemployment_benefit", 0.641, 0.55, 0.8, "share of the last wage", "demand",
       "income of the unemployed after benefit ceilings, of which they spend", "assumption after benefit rules: 80 % up to a ceiling"),
    _P("consumption_share", 0.882, 0.82, 0.93, "share of net income", "demand",
       "propensity to consume", "remembered; range 0.82-0.93"),
    _P("local_consumption", 0.349, 0.3, 0.65, "share of consumption", "demand",
       "household consumption that meets producers in Sweden's regions by their location", "remembered, 0.35-0.60; range widened, and the fitted default lies just below what is remembered"),
    _P("consumption_decay", 0.03, 0.015, 0.06, "1/km", "demand",
       "distance decay of shopping and services to households", "assumption"),
    _P("goods_decay", 0.002526, 0.002, 0.01, "1/km", "demand",
       "distance decay of orders of goods", "assumption"),
    _P("services_decay", 0.009556, 0.004, 0.03, "1/km", "demand",
       "distance decay of orders of services", "assumption"),
    _P("workplace_spending", 0.5903, 0.05, 0.6, "share", "demand",
       "share of commuters' consumption spent where they work", "assumption"),
    _P("purchase_share", 0.9173, 0.3, 1.2, "share", "demand",
       "establishment's purchases relative to the average column of its sector, after what it makes in-house",
       "assumption: vertical integration"),
    _P("northern_nest", 0.2008, 0.2, 1.0, "dissimilarity", "demand",
       "how closely northern suppliers replace each other (one: as closely as any other)", "assumption"),
    _P("bid_distance_cost", 0.01386, 0.002, 0.015, "1/km", "demand",
       "how distance lowers the chance that an employer bids for an establishment's orders", "assumption"),
    _P("bid_size", 0.7652, 0.2, 1.0, "per log of jobs", "demand",
       "how the size of an employer raises that chance", "assumption"),
    _P("adjustment_speed", 0.4913, 0.1, 0.6, "1/month", "demand",
       "how fast output follows demand", "assumption"),
    _P("public_response", 0.4897, 0.4, 1.0, "share", "demand",
       "public services that follow the number and age of the residents; the rest serves the state or other places",
       "assumption; study: 0.116 jobs a resident lost, with 0.16 public jobs a resident"),
    _P("tax_retention", 0.3246, 0.05, 0.5, "share", "demand",
       "further local tax revenue that is left after equalisation and spent on public services", "assumption"),
    _P("jobs_follow_people", 1.0, 0.0, 1.0, "elasticity", "demand",
       "demand from outside for what a municipality makes, as its projected residents of working age change",
       "assumption; one keeps unemployment and open jobs where they are, nought lets them drift as residents age"),
    _P("export_growth", 0.0, -0.01, 0.01, "1/year", "demand",
       "growth of final demand from outside the region, in jobs", "assumption"),
    # --- wages and housing -------------------------------------------------------------------
    _P("wage_response", 0.01488, 0.0, 0.1, "log wage a year per unit of excess vacancy rate", "wages",
       "how offers rise where posts stay open", "Carlsson, Häkkinen Skans & Nordström Skans 2026 (sign; size assumed)"),
    _P("wage_curve", -0.004977, -0.06, 0.0, "elasticity", "wages",
       "wage level to local unemployment", "about zero since 2015: Carlsson et al. 2026"),
    _P("price_response", 0.4, 0.1, 1.0, "log price a year per unit of missing vacancy rate", "housing",
       "how dwelling prices follow scarcity", "assumption"),
    _P("building_response", 2.0, 0.5, 4.0, "1/year", "housing",
       "share of the missing free dwellings that is built in a year", "assumption"),
    _P("dwelling_reserve", 0.08, 0.03, 0.12, "share of households", "housing",
       "homes that can be had beyond the counted vacancies: second homes, lodging, rooms", "assumption"),
    # --- attraction --------------------------------------------------------------------------
    _P("outside_applicants", 0.1, 0.0, 0.3, "share of the month's need", "attraction",
       "hires of an establishment from the rest of Sweden, ahead of the residents (behavioural mode)", "assumption"),
    _P("follow_on_rate", 0.5, 0.0, 2.0, "establishments a year", "attraction",
       "follow-on establishments in related sectors near a successful one (behavioural mode)",
       "Luleå and Reno cases of the study (sign; size assumed)"),
    _P("follow_on_jobs", 15.0, 5.0, 40.0, "jobs", "attraction",
       "jobs of a follow-on establishment", "assumption"),
    _P("spin_off_rate", 0.001, 0.0, 0.004, "1/year per employee", "attraction",
       "firms founded by employees of an establishment after three years there (behavioural mode)",
       "the study names spin-offs (sign; size assumed)"),
    _P("spin_off_jobs", 4.0, 1.0, 10.0, "jobs", "attraction", "jobs of such a firm", "assumption"),
)  # fmt: skip

PARAMETER = {p.name: p for p in PARAMETERS}
POSSIBLE = {
    "share": (0.0, 1.0),
    "weight": (0.0, 1.0),
    "dissimilarity": (0.0, 1.0),
    "1/month": (0.0, 1.0),  # a chance in a month, or what is caught up in one
    "1/km": (0.0, math.inf),
    "1/year": (0.0, math.inf),
    "SEK/": (0.0, math.inf),
    "minutes": (0.0, math.inf),
    "jobs": (0.0, math.inf),
    "establishments": (0.0, math.inf),
    "ratio": (0.0, math.inf),
    "odds ratio": (0.0, math.inf),
}
"""Values that a unit allows, by how the unit begins; others, such as elasticities, allow any."""
ABOVE_ZERO = ("choice_scale", "northern_nest", *(p.name for p in PARAMETERS if p.unit == "odds ratio"))
"""Parameters that something is divided by, or whose logarithm is taken."""
GROUPS = tuple(dict.fromkeys(p.group for p in PARAMETERS))


def possible(parameter: Parameter) -> tuple[float, float]:
    """Lowest and highest value that a parameter can have: those of its unit.

    No end that the declared range exceeds is one: what an establishment buys relative to its sector
    (``purchase_share``) may be more than all of it, and a yearly growth below zero.
    """
    low, high = next(
        (ends for start, ends in POSSIBLE.items() if parameter.unit.startswith(start)), (-math.inf, math.inf)
    )
    return low if low <= parameter.low else -math.inf, high if parameter.high <= high else math.inf


def _check_possible(name: str, value: float) -> None:
    """Refuse a value that cannot be.

    Raises:
        OmlandError: it cannot.
    """
    parameter = PARAMETER[name]
    low, high = possible(parameter)
    if low <= value <= high and (value > 0 or name not in ABOVE_ZERO):
        return
    told = {"name": name, "unit": say(parameter.unit), "value": f"{value:g}"}
    if name in ABOVE_ZERO and value <= 0:
        raise OmlandError(say("parameter '{name}' ({unit}) must be above 0, not {value}", **told))
    if math.isinf(high):
        raise OmlandError(
            say("parameter '{name}' ({unit}) must be at least {low}, not {value}", low=f"{low:g}", **told)
        )
    ends = {"low": f"{low:g}", "high": f"{high:g}"}
    raise OmlandError(
        say("parameter '{name}' ({unit}) must be between {low} and {high}, not {value}", **ends, **told)
    )


class Parameters(Mapping[str, float]):
    """One immutable set of parameter values.

    Args:
        values: values that differ from the defaults.

    Raises:
        OmlandError: an unknown name, or a value that is not a finite number or cannot be, see :func:`possible`.
    """

    def __init__(self, values: Mapping[str, float] | None = None) -> None:
        merged = {p.name: p.default for p in PARAMETERS}
        for name, value in (values or {}).items():
            if name not in merged:
                hint = get_close_matches(name, merged, n=1)
                if hint:
                    raise OmlandError(
                        say("unknown parameter '{name}'; did you mean '{meant}'?", name=name, meant=hint[0])
                    )
                raise OmlandError(say("unknown parameter '{name}'; see 'omland params'", name=name))
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not abs(value) <= sys.float_info.max
            ):
                raise OmlandError(
                    say("parameter '{name}' must be a finite number, not {value!r}", name=name, value=value)
                )
            _check_possible(name, value)
            merged[name] = float(value)
        self._values = merged

    @classmethod
    def default(cls) -> Parameters:
        """The declared defaults."""
        return cls()

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def replace(self, **changes: float) -> Parameters:
        """A copy with some values changed."""
        return Parameters({**self._values, **changes})

    def unusual(self) -> tuple[Parameter, ...]:
        """Parameters with a value outside their declared range, which nothing is known of."""
        return tuple(p for p in PARAMETERS if not p.low <= self[p.name] <= p.high)

    @property
    def hash(self) -> str:
        """SHA-256 of names and values."""
        text = json.dumps(self._values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load_parameters(path: str | Path) -> Parameters:
    """Read changed values from a TOML file of ``name = value`` lines.

    Raises:
        OmlandError: the file cannot be read, is not TOML, or names an unknown parameter or a value that cannot be.
    """
    path = Path(path)
    expected = say("a parameter file is TOML with lines 'name = value'")
    if reachable(path).is_dir():
        raise OmlandError(say("{path} is a folder; {expected}.", path=path, expected=expected))
    if not path.exists():
        raise OmlandError(say("{path}: no such file; {expected}.", path=path, expected=expected))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise OmlandError(
            say("{path} cannot be read: {why}.", path=path, why=error.strerror or error)
        ) from None
    except UnicodeDecodeError:
        raise OmlandError(
            say("{path} is not a text file in UTF-8; {expected}.", path=path, expected=expected)
        ) from None
    if not text.strip():
        raise OmlandError(say("{path} is empty; {expected}.", path=path, expected=expected))
    try:
        values = tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # no TOML, a number of thousands of digits, nested without end
        why = str(error).partition(";")[0]
        raise OmlandError(say("{path} is not valid TOML: {why}.", path=path, why=why)) from None
    try:
        return Parameters(values)
    except OmlandError as error:
        sentence = str(error)
        raise OmlandError(f"{path}: {sentence}{'' if sentence.endswith('?') else '.'}") from None
