"""How far two worlds with the same luck drift apart after one more open job: what pairing cannot take out.

    python benchmarks/drift.py --replicates 6

The two worlds are the baseline; in one of them an employer in Umeå wants one more employee from the second
month on. Whoever takes the job leaves another one open, which somebody else takes, and so on. Printed are, at
the end of some years, the residents who are not the same in both, and the spread of what this makes of
Västernorrland, which is a floor for the spread of any effect there.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm import Parameters, load_region, load_scenario, population_for
from abm.core.world import World
from abm.population.population import Population
from abm.region.region import Region

WHERE, COUNTY = "Umeå", "22"
SIZE = 50
"""Jobs, at least, of the employer that wants one more."""
MONTHS = (12, 24, 36, 60, 96, 132)


class Residents(NamedTuple):
    """Residents by rising identity: where they live, whether and in which cell they work."""

    uid: NDArray[np.uint64]
    home: NDArray[np.int64]
    status: NDArray[np.int64]
    job: NDArray[np.int64]


def residents(world: World) -> Residents:
    """The residents of a world now; a job is a municipality and a sector."""
    r, e = world.residents, world.employers
    live = np.flatnonzero(r.status > 0)
    live = live[np.argsort(r.uid[live])]
    at = r.employer[live].astype(np.int64)
    cell = e.mun[np.maximum(at, 0)].astype(np.int64) * 100 + e.sector[np.maximum(at, 0)]
    return Residents(
        r.uid[live],
        r.mun[live].astype(np.int64),
        r.status[live].astype(np.int64),
        np.where(at >= 0, cell, at),
    )


def difference(one: Residents, other: Residents) -> tuple[int, ...]:
    """Residents with another job, another status, another home, and who live in one of the worlds only."""
    both, i, j = np.intersect1d(one.uid, other.uid, assume_unique=True, return_indices=True)
    return (
        int((one.job[i] != other.job[j]).sum()),
        int((one.status[i] != other.status[j]).sum()),
        int((one.home[i] != other.home[j]).sum()),
        one.uid.size + other.uid.size - 2 * both.size,
    )


def drift(region: Region, people: Population, replicate: int) -> NDArray[np.int64]:
    """Differences by month, and effects on residents and jobs of the county, int64[months, 6]."""
    baseline = load_scenario("baseline")
    worlds = [World(region, people, baseline, Parameters(), seed=1, replicate=replicate) for _ in range(2)]
    county = region.county_mask(COUNTY)
    e, rows = worlds[1].employers, []
    large = np.flatnonzero((e.mun == region.index(WHERE)) & (e.base >= SIZE))
    for month in range(MONTHS[-1]):
        for world in worlds:
            world.step()
        if month == 0:
            e.shift[large[replicate % large.size]] += 1.0
        if month + 1 in MONTHS:
            found = difference(*(residents(world) for world in worlds))
            counts = [
                (w.counts.status[county, 1:].sum(), w.counts.filled[county].sum()) for w in reversed(worlds)
            ]
            rows.append((*found, *np.subtract(*counts)))
    return np.array(rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--replicates", type=int, default=6, help="pairs of worlds")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the residents")
    asked = parser.parse_args()
    region = load_region()
    people = population_for(region, 0, asked.scale)
    found = np.array([drift(region, people, k) for k in range(asked.replicates)])
    means, spread = found.mean(axis=0), found[..., 4:].std(axis=0, ddof=1)
    print("| after | another job | another status | another home | in one only | residents, sd | jobs, sd |")
    print("| :-- |" + " --: |" * 6)
    for month, mean, sd in zip(MONTHS, means, spread, strict=True):
        cells = [f"{value:,.0f}" for value in mean[:4]] + [f"{value:.1f}" for value in sd]
        print(f"| {month // 12} years | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
