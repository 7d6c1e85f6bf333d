"""Published ranges that estimates are held against, each with its source.

A range is that of the project's table of evidence. ``grade`` says how it is known: A, read in the
source; B, computed from figures read there; C, sign or order of size confirmed only; D, remembered.
"""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """A published figure.

    Attributes:
        central: central value; NaN where only a range is known.
        low, high: ends of the range.
        unit: unit of the three.
        source: where it is from.
        grade: A to D, see the module.
    """

    central: float
    low: float
    high: float
    unit: str
    source: str
    grade: str


_P = Published
_VB17 = "SCB RAMS 2017 via regionfakta.com"
PUBLISHED: dict[str, Published] = {
    "decay_daily_km": _P(0.046, 0.03, 0.07, "1/km", "six flows Umeå-Nordmaling-Örnsköldsvik 2012/13", "B"),
    "decay_daily_power": _P(3.7, 2.5, 4.5, "exponent on km", "the same six flows", "B"),
    "decay_long_power": _P(2.2, 1.6, 2.8, "exponent on km", f"county flows from Västerbotten, {_VB17}", "B"),
    "kink_minutes": _P(45.0, 40.0, 60.0, "minutes", "Sandow & Westin 2010", "A"),
    "share_inter_municipal": _P(0.15, 0.13, 0.17, "share of employed residents", "Trafikanalys 2013:5", "A"),
    "share_out_skelleftea": _P(0.06, 0.05, 0.08, "share of employed residents", "Siren 2015", "A"),
    "share_cross_county": _P(0.049, 0.045, 0.055, "share of employed residents", _VB17, "B"),
    "share_non_neighbouring": _P(0.0275, 0.01, 0.03, "share of employed residents", _VB17, "B"),
    "share_beyond_30": _P(0.11, 0.09, 0.13, "share of employed residents", "Sandow 2011", "A"),
    "share_beyond_200": _P(0.015, 0.008, 0.025, "share of employed residents", "remembered", "D"),
    "men_cross_county": _P(0.64, 0.60, 0.70, "share of commuters", _VB17, "A"),
    "vn_to_vb": _P(785.0, 760.0, 810.0, "commuters", "implied by the study", "B"),
    "vb_to_vn": _P(1110.0, 1080.0, 1140.0, "commuters", _VB17, "A"),
    "moves_municipal": _P(0.044, 0.04, 0.055, "1/year", "LO, Andersson & Pettersson", "A"),
    "migration_power": _P(1.1, 0.8, 1.5, "exponent on km", "subregional gravity models; order of size", "C"),
    "moves_18_19": _P(1.5, 1.05, 1.95, "ratio to 16–64", "pattern SCB; sizes remembered", "C"),
    "moves_20_24": _P(3.0, 2.1, 3.9, "ratio to 16–64", "pattern SCB; sizes remembered", "C"),
    "moves_25_29": _P(2.5, 1.75, 3.25, "ratio to 16–64", "pattern SCB; sizes remembered", "C"),
    "moves_30_34": _P(1.4, 0.98, 1.82, "ratio to 16–64", "pattern SCB; sizes remembered", "C"),
    "moves_35_44": _P(0.7, 0.49, 0.91, "ratio to 16–64", "pattern SCB; sizes remembered", "C"),
    "moves_45_54": _P(0.4, 0.28, 0.52, "ratio to 16–64", "pattern SCB; sizes remembered", "C"),
    "moves_55_64": _P(0.35, 0.245, 0.455, "ratio to 16–64", "pattern SCB; sizes remembered", "C"),
    "odds_partner": _P(0.6, 0.4, 0.8, "odds ratio", "remembered; direction Jans", "C"),
    "odds_dual_earner": _P(0.7, 0.5, 0.85, "odds ratio", "Vidal, Perales, Lersch & Brandén 2017", "D"),
    "odds_school_child": _P(0.45, 0.3, 0.65, "odds ratio", "Jans; size remembered", "C"),
    "odds_unemployed": _P(1.6, 1.2, 2.2, "odds ratio, no children", "Andersson & Håkansson", "D"),
    "separation": _P(0.0046, 0.003, 0.008, "1/month", "Swedish labour force survey 1987–2000", "B"),
    "job_finding": _P(0.08, 0.05, 0.12, "1/month", "from δ(1−u)/u at u of 5–7 %", "B"),
    "job_to_job": _P(0.125, 0.10, 0.14, "1/year", "SCB 2013:32", "A"),
    "wage_curve": _P(0.0, -0.06, 0.0, "elasticity", "Carlsson, Häkkinen Skans & Nordström Skans 2026", "A"),
    "regional_wage": _P(-0.03, -0.06, 0.0, "log points to the nation", "remembered", "D"),
}
"""Published figures by key."""
