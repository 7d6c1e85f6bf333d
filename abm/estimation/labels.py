"""What estimates, units and groupings are called, in the words of official statistics."""

from __future__ import annotations

from collections.abc import Mapping

from abm import terms
from abm.language import N_, Language

GROUPS = {
    "commuting": N_("Commuting"),
    "migration": N_("Moving"),
    "labour market": N_("Separation and job finding"),
    "wages": N_("Pay"),
}
IDENTIFIED = {
    "official": N_("official"),
    "derived": N_("derived"),
    "conditional": N_("conditional"),
    "not identified": N_("nothing"),
}
VERDICTS = {"": "", "inside": "✓", "outside": "✗"}
NAMES = {
    "vn_to_vb": N_("Västernorrland to Västerbotten"),
    "vb_to_vn": N_("Västerbotten to Västernorrland"),
    "decay_daily_km": N_("decay with distance (parts)"),
    "decay_minutes_parts": N_("decay with time (parts)"),
    "decay_power_parts": N_("power of distance (parts)"),
    "size_exponent_parts": N_("pull of a larger place (parts)"),
    "kink_parts": N_("steeper beyond 45 minutes (parts)"),
    "kink_time": N_("time of the kink (parts)"),
    "decay_daily_mixture": N_("daily decay beside a tail (parts)"),
    "decay_long": N_("power of the long tail (parts)"),
    "decay_daily_moments": N_("daily decay, round figure too (parts)"),
    "share_out_region": N_("work elsewhere, whole region"),
    "share_out_north": N_("work elsewhere, northern counties"),
    "share_out_skelleftea": N_("work elsewhere, Skellefteå"),
    "share_cross_county": N_("work in another county"),
    "share_non_neighbouring": N_("work in no neighbouring county"),
    "share_beyond_30": N_("work more than 30 km away (table)"),
    "share_beyond_200": N_("work more than 200 km away (table)"),
    "men_cross_county": N_("men among county commuters"),
    "decay_minutes_table": N_("decay with time (table)"),
    "decay_daily_table": N_("daily decay with distance (table)"),
    "decay_power_table": N_("power of distance (table)"),
    "decay_car_table": N_("decay with minutes by car (table)"),
    "decay_transit_table": N_("more minutes by transit (table)"),
    "kink_table": N_("steeper beyond 45 minutes (table)"),
    "kink_time_table": N_("time of the kink (table)"),
    "mode_split": N_("decay by means of travel"),
    "weekly_share": N_("used to weekly commuting"),
    "long_commute_separation": N_("separation of long commuters"),
    "out_rate_quarter": N_("move out of a municipality"),
    "out_rate_size": N_("how moving out falls with size"),
    "migration_power": N_("power of distance (movers)"),
    "migration_decay_km": N_("decay with distance (movers)"),
    "moves_municipal": N_("moves between municipalities"),
    "odds_partner": N_("odds of moving, partner"),
    "odds_dual_earner": N_("odds of moving, both work"),
    "odds_child": N_("odds of moving, small children"),
    "odds_school_child": N_("odds of moving, school children"),
    "odds_unemployed": N_("odds of moving, unemployed"),
    "odds_owner": N_("odds of moving, owners"),
    "separation": N_("jobs that end in unemployment"),
    "job_finding": N_("unemployed who find a job"),
    "job_to_job": N_("changes of job"),
    "income_men": N_("income, men over women"),
    "income_tertiary": N_("income and education, by place"),
    "income_unemployment": N_("income and unemployment, by place"),
    "wage_by_sector": N_("wages by sector"),
    "regional_wage": N_("regional wages to the nation's"),
    "wage_curve": N_("wages and unemployment over time"),
    "wage_response": N_("wages and open jobs over time"),
}
"""Names of estimates; those by band, age, year or county are put together by :func:`estimate_name`."""
UNITS = {
    "1/km": N_("per km"),
    "1/minute": N_("per minute"),
    "1/month": N_("a month"),
    "1/year": N_("a year"),
    "minutes": N_("minutes"),
    "commuters": N_("persons"),
    "exponent on km": N_("exponent"),
    "exponent on employed residents": N_("exponent"),
    "elasticity": N_("elasticity"),
    "elasticity to residents": N_("elasticity"),
    "share of employed residents": N_("share"),
    "share of commuters": N_("share"),
    "ratio to 16–64": N_("ratio"),
    "ratio, δ/f": N_("ratio"),
    "log of flow to the first band": N_("log"),
    "log points to women": N_("log"),
    "log points to the region": N_("log"),
    "log points, share of 1 to share of 0": N_("log"),
}
COLUMNS = {
    "observed": N_("observed"),
    "fitted_effects": N_("effects"),
    "fitted_sizes": N_("sizes"),
    "fitted_parts": N_("published"),
    "simulated": N_("model"),
}
"""Heads of the columns of the table of fit."""


def estimate_name(lang: Language, name: str, names: Mapping[str, str] | None = None) -> str:
    """Name of an estimate; `names` are those of the region's places by code."""
    _ = lang.text
    if name in NAMES:
        return _(NAMES[name])
    kind, _rest, last = name.rpartition("_")
    if kind == "band":
        return _("flow at {band} minutes (table)").format(band=last.replace("-", "–"))
    if kind.startswith("moves"):
        return _("moving at ages {ages}").format(ages=f"{kind.removeprefix('moves_')}–{last}")
    if kind == "in_rate":
        return _("move into {county}").format(county=terms.zone(lang, last, names))
    if kind == "income":
        return _("income, {county}").format(county=terms.zone(lang, last, names))
    forms = {
        "unemployed_per_employed": N_("unemployed per employed, {year}"),
        "separation": N_("jobs that end, {year}"),
        "job_finding": N_("unemployed who find a job, {year}"),
    }
    if kind in forms:
        return _(forms[kind]).format(year=last)
    return name.replace("_", " ")


def unit_name(lang: Language, unit: str) -> str:
    """Name of a unit, short."""
    return lang.text(UNITS[unit]) if unit in UNITS else unit
