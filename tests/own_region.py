"""A second region for tests: three municipalities that do not exist. Every figure is invented.

Älvnäs is a small town with a hospital, Bruksby lives from its mill, Granfors is a place in the forest.
"""

from __future__ import annotations

import csv
from pathlib import Path

# Code, name, latitude, longitude, residents, employed, unemployed, jobs, in-migrants, out-migrants, tax.
PLACES = (
    ("9001", "Älvnäs", 60.60, 15.60, 12_000, 5_700, 380, 6_100, 620, 560, 0.334),
    ("9002", "Bruksby", 60.40, 15.10, 6_000, 2_750, 240, 2_500, 270, 300, 0.341),
    ("9003", "Granfors", 60.95, 15.05, 3_000, 1_300, 130, 1_050, 120, 160, 0.348),
)
AGES = {0: 6.2, 6: 11.5, 16: 4.5, 20: 5.0, 25: 11.0, 35: 11.2, 45: 12.5, 55: 13.0, 65: 13.2, 75: 8.7, 85: 3.2}
"""Residents of a hundred by first age of their group; the same for women and men."""
JOBS = dict(
    A=3, B=0, CP=8, CO=9, DE=1, F=8, G=10, H=5, I=3, J=2, K=1, L=2, MN=8, O=6, P=12, Q=19, RS=3
)  # fmt: skip
LINKS = {
    ("9001", "9002"): ("60", "45", "60"),
    ("9002", "9003"): ("80", "62", ""),
    ("9001", "RS"): ("110", "80", "95"),
}


def fill(folder: Path) -> None:
    """Fill in the template of three municipalities."""
    place = {row[0]: row for row in PLACES}
    for step in ("municipalities", "residents_by_age_group", "employed_residents", "unemployed"):
        fill_table(folder, step, place)
    for step in ("jobs", "movers", "tax_rates", "network_links"):
        fill_table(folder, step, place)


def fill_table(folder: Path, name: str, place: dict[str, tuple]) -> None:
    """Put the figures into the empty cells of one table."""
    path = folder / "fill" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        of = place.get(row.get("code", ""), ())
        if name == "municipalities":
            row |= {"name": of[1], "county": "Dellen", "latitude": str(of[2]), "longitude": str(of[3])}
        elif name == "residents_by_age_group":
            share = AGES[int(row["age_from"])] / sum(AGES.values()) / 2
            row["residents"] = str(round(share * of[4]))
        elif name in ("employed_residents", "unemployed"):
            row["persons"] = str(of[5] if name == "employed_residents" else of[6])
        elif name == "jobs":
            row["jobs"] = str(round(JOBS[row["sector"]] / sum(JOBS.values()) * of[7]))
        elif name == "movers":
            row |= {"in_migrants": str(of[8]), "out_migrants": str(of[9])}
        elif name == "tax_rates":
            row["rate"] = str(of[10])
        elif (row["from"], row["to"]) in LINKS:
            km, minutes, coach = LINKS[row["from"], row["to"]]
            row |= {"km": km, "minutes": minutes, "coach_minutes": coach}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
