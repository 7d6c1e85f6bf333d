"""Few figures from many: multipliers by year, effects by county, the gain of pairing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..results import CHANNELS, QUANTITIES, WorldResult
from ..schema import MONTHS_PER_YEAR, START_YEAR
from .pairs import FloatArray, NotRecordedError, Pair
from .table import counties_of, destination_groups

if TYPE_CHECKING:
    import pandas as pd

    from ..region.region import Region

STUDY_COUNTIES = ("24", "22")
"""The two counties of the study: Västerbotten and Västernorrland."""


def multipliers(world: WorldResult, baseline: WorldResult, region: Region) -> pd.DataFrame:
    """Direct, indirect and induced jobs and the employment multiplier, by year and place.

    Args:
        world: world of the scenario.
        baseline: world without it, same seed and replicate.
        region: region of both.

    Returns:
        One row a year and place, and one with ``year`` "mean" over all months.
        ``place`` is a county code, ``"24+22"`` for the study's two counties or
        ``"all"``. Jobs are means over the months. ``orders`` (indirect),
        ``consumption`` and ``public`` (induced) are what each channel asks for;
        ``other`` is the rest of the effect on jobs (posts not filled, crowding out).
        ``indirect`` is gross of ``lost_with_residents``. ``multiplier`` is 1 + indirect
        jobs of the place per direct job anywhere; NaN while there are no direct jobs.
    """
    import pandas as pd

    pair = Pair(world, baseline, region)
    present = counties_of(region.county)
    places: dict[str, tuple[str, ...]] = {c: (c,) for c in present}
    study = tuple(c for c in STUDY_COUNTIES if c in present)
    if len(study) == len(STUDY_COUNTIES):
        places["+".join(study)] = study
    places["all"] = present
    direct_all = pair.direct(*present)
    n_years = -(-pair.n_months // MONTHS_PER_YEAR)
    spans = [
        (str(START_YEAR + y), slice(y * MONTHS_PER_YEAR, (y + 1) * MONTHS_PER_YEAR)) for y in range(n_years)
    ]
    spans.append(("mean", slice(None)))
    rows = []
    for place, counties in places.items():
        jobs = pair.county("jobs", *counties)
        direct = pair.direct(*counties)
        lost = sum((pair.lost_with_residents(c) for c in counties), np.zeros(pair.n_months))
        channel = {name: pair.county(f"jobs_from_{name}", *counties) for name in CHANNELS}
        other = jobs - direct - sum(channel.values(), np.zeros(pair.n_months))
        indirect = pair.indirect(*counties)
        for year, span in spans:
            denominator = direct_all[span].sum()
            rows.append(
                {
                    "year": year,
                    "place": place,
                    "direct": direct[span].mean(),
                    **{name: series[span].mean() for name, series in channel.items()},
                    "other": other[span].mean(),
                    "jobs": jobs[span].mean(),
                    "lost_with_residents": lost[span].mean(),
                    "indirect": indirect[span].mean(),
                    "multiplier": 1.0 + indirect[span].sum() / denominator if denominator else np.nan,
                }
            )
    return pd.DataFrame(rows)


def summary(world: WorldResult, baseline: WorldResult, region: Region) -> pd.DataFrame:
    """Effects by county and year: stocks in December, flows over the year.

    Args:
        world: world of the scenario.
        baseline: world without it, same seed and replicate.
        region: region of both.

    Returns:
        Columns ``year, county, quantity, baseline, value, effect``. Wages and prices,
        which do not add up over municipalities, are left out but for the sum of wages.
        Origin-destination quantities are split by destination (``commuters_to_24``),
        by county of origin or home. The last year is left out unless it is complete.
    """
    import pandas as pd

    pair = Pair(world, baseline, region)
    n_years = pair.n_months // MONTHS_PER_YEAR
    groups = destination_groups(world.codes)
    m = region.n_municipalities
    rows = []
    for q in QUANTITIES:
        if q.name not in world.series or q.name not in baseline.series or q.unit.startswith("index"):
            continue
        for county in counties_of(region.county):
            mask = region.county_mask(county)
            both: dict[str, list[FloatArray]] = {}
            for source in (baseline, world):
                series = np.asarray(source[q.name], dtype=np.float64)
                if q.shape == "ZZ":
                    own = np.einsum("tzz->tz", series)
                    for group, zones in groups.items():
                        flow = (series[:, :, zones].sum(axis=2) - own * zones)[:, :m][:, mask].sum(axis=1)
                        both.setdefault(f"{q.name}_to_{group}", []).append(flow)
                else:
                    total = series[:, mask].reshape(len(series), -1).sum(axis=1)
                    both.setdefault(q.name, []).append(total)
            for name, (before, after) in both.items():
                for y in range(n_years):
                    last = (y + 1) * MONTHS_PER_YEAR
                    span = slice(last - MONTHS_PER_YEAR if q.kind == "flow" else last - 1, last)
                    b, v = float(before[span].sum()), float(after[span].sum())
                    rows.append((str(START_YEAR + y), county, name, b, v, v - b))
    return pd.DataFrame(rows, columns=["year", "county", "quantity", "baseline", "value", "effect"])


def headline_levels(world: WorldResult, region: Region) -> dict[str, float]:
    """Levels of Västernorrland in the last month: residents, jobs, commuters to Västerbotten.

    Raises:
        NotRecordedError: the world does not hold one of the series.
    """
    for name in ("population", "jobs", "commuters"):
        if name not in world.series:
            raise NotRecordedError(name)
    vn, vb = region.county_mask("22"), region.county_mask("24")
    m = region.n_municipalities
    return {
        "population": float(world["population"][-1, vn].sum()),
        "employment": float(world["jobs"][-1, vn].sum()),
        "commuters": float(world["commuters"][-1, :m, :m][np.ix_(vn, vb)].sum()),
    }


def variance_reduction(
    worlds: Sequence[Mapping[str, float]], baselines: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    """How much pairing narrows the effects: variance of unpaired over variance of paired differences.

    The paired difference is scenario minus baseline of the same replicate. The
    unpaired one puts replicate i's scenario against the baseline of replicate j,
    j other than i; the two are independent, so its variance is the sum of the two
    variances, which uses every such combination and not one arbitrary re-pairing.

    Args:
        worlds: levels of the scenario by replicate, see :func:`headline_levels`.
        baselines: levels of the baseline, same replicates in the same order.

    Returns:
        Ratio by quantity; 1 says that pairing gains nothing. Infinite where the
        paired difference does not vary but the worlds do; NaN where nothing varies
        or with fewer than two replicates.

    Raises:
        ValueError: the sequences differ in length.
    """
    if len(worlds) != len(baselines):
        raise ValueError(f"{len(worlds)} worlds cannot be paired with {len(baselines)} baselines")
    ratios: dict[str, float] = {}
    for name in worlds[0] if worlds else ():
        value = np.array([w[name] for w in worlds])
        before = np.array([b[name] for b in baselines])
        if len(value) < 2:
            ratios[name] = float("nan")
            continue
        unpaired = value.var(ddof=1) + before.var(ddof=1)
        paired = (value - before).var(ddof=1)
        if paired > 0:
            ratios[name] = float(unpaired / paired)
        else:
            ratios[name] = float("inf") if unpaired > 0 else float("nan")
    return ratios
