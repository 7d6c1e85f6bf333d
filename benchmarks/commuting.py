"""How today's commuting goes on in the baseline: by distance, who takes up commuting, and how long it lasts.

    python benchmarks/commuting.py

Printed are the employed by distance from home to work after some years, the share of each band among those who
were hired within the last year, and what ends a commute: chances a year, by what became of the commuter.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm import Parameters, load_region, load_scenario, population_for
from abm.core.state import EMPLOYED, UNEMPLOYED
from abm.core.travel import commute_km
from abm.core.world import World
from abm.schema import EMPLOYER_NONE

BANDS = ((1, 30), (30, 60), (60, 110), (110, 300), (300, 10_000))
"""Distance bands, km; the rest of Sweden lies in the last."""
YEARS = (0, 1, 3, 5, 8, 11)
STEADY = 36
"""Months before spells are counted, so that those of the start are not all."""
CAUSES = (
    "job nearer home",
    "unemployed",
    "outside the labour force",
    "moved nearer",
    "died or left the region",
)
MONTHS_A_YEAR = 12


class Commuters(NamedTuple):
    """All rows of residents: who is there, where they live and work, and how far that is."""

    uid: NDArray[np.uint64]
    status: NDArray[np.int64]
    home: NDArray[np.int64]
    km: NDArray[np.float64]
    hired: NDArray[np.bool_]


def commuters(world: World) -> Commuters:
    """The residents of a world now; distance is zero for who works in the own municipality or not at all."""
    r = world.residents
    n = int(r.meta[0])
    working = (r.status[:n] == EMPLOYED) & (r.employer[:n] != EMPLOYER_NONE)
    hired = working & (r.job[:n] > 0) & (r.job[:n] > world.month - MONTHS_A_YEAR)
    home = r.mun[:n].astype(np.int64)
    return Commuters(r.uid[:n].copy(), r.status[:n].astype(np.int64), home, commute_km(world), hired)


def ended(before: Commuters, after: Commuters, least: float, most: float) -> NDArray[np.int64]:
    """Commutes of a band, and how many of them ended in a month by cause, int64[1 + causes]."""
    n = before.uid.size
    at = np.flatnonzero((before.km >= least) & (before.km < most))
    gone = (after.uid[:n][at] != before.uid[at]) | (after.status[:n][at] == 0)
    over = ~gone & (after.km[:n][at] < BANDS[1][0])
    moved = over & (after.home[:n][at] != before.home[at])
    status = np.where(over & ~moved, after.status[:n][at], 0)
    return np.array(
        [
            at.size,
            (status == EMPLOYED).sum(),
            (status == UNEMPLOYED).sum(),
            (status > UNEMPLOYED).sum(),
            moved.sum(),
            gone.sum(),
        ]
    )


def main() -> None:
    """Simulate the baseline and print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the residents")
    asked = parser.parse_args()
    region = load_region()
    people = population_for(region, 0, asked.scale)
    world = World(region, people, load_scenario("baseline"), Parameters(), seed=1, replicate=0)
    spells = np.zeros((len(BANDS), 1 + len(CAUSES)), np.int64)
    names = [f"{least}–{most} km" for least, most in BANDS[:-1]] + [f"over {BANDS[-1][0]} km"]
    print("| after | " + " | ".join(names) + " |")
    print("| :-- |" + " --: |" * len(BANDS))
    now = commuters(world)
    for month in range(MONTHS_A_YEAR * YEARS[-1] + 1):
        if month % MONTHS_A_YEAR == 0 and month // MONTHS_A_YEAR in YEARS:
            in_band = [(now.km >= least) & (now.km < most) for least, most in BANDS]
            cells = [
                f"{band.sum() * world.weight:,.0f}"
                + (f" ({(band & now.hired).sum() / now.hired.sum():.1%})" if month else "")
                for band in in_band
            ]
            print(f"| {month // MONTHS_A_YEAR} years | " + " | ".join(cells) + " |")
        if month == MONTHS_A_YEAR * YEARS[-1]:
            break
        world.step()
        before, now = now, commuters(world)
        if month >= STEADY:
            spells += [ended(before, now, least, most) for least, most in BANDS]
    print("\n| | all | " + " | ".join(CAUSES) + " |")
    print("| :-- |" + " --: |" * (1 + len(CAUSES)))
    for name, (months, *causes) in list(zip(names, spells, strict=True))[1:]:
        yearly = MONTHS_A_YEAR * np.array([sum(causes), *causes]) / months
        print(f"| {name} | " + " | ".join(f"{chance:.3f}" for chance in yearly) + " |")


if __name__ == "__main__":
    main()
