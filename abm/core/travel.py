"""Times, distances and money costs of travel between zones, and what changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.core.state import EMPLOYED, Travel
from abm.phases.modes import revise_modes
from abm.scenario import Link
from abm.schema import EMPLOYER_NONE, EMPLOYER_REST_OF_SWEDEN

if TYPE_CHECKING:
    from abm.core.world import World

WORKDAYS, WEEKS = 21.0, 4.33
CAR_OCCUPANCY = 0.7
"""Share of the car's cost per kilometre that falls on a commuter (shared rides, deduction); assumption 0.5-1."""


def start_travel(world: World) -> Travel:
    """Travel with no link added yet."""
    z = world.n_zone
    travel = Travel(
        minutes=world.ordinary_minutes.copy(),
        km=world.region.distance_km.copy(),
        daily=np.zeros((z, z)),
        weekly=np.zeros((z, z)),
        partner_help=np.zeros(z),
    )
    price_travel(world, travel)
    return travel


def price_travel(world: World, travel: Travel) -> None:
    """Money cost of commuting.

    daily  = workdays * 2 * (time value * t + kink cost * max(0, t - kink) + km cost * d)
    weekly = weeks * min(2 * (time value * t + km cost * d), boundary trip) + second home
    """
    p = world.parameters
    t = world.ordinary_minutes * world.time_factor
    travel.minutes[:] = t
    money = p["travel_cost_km"] * CAR_OCCUPANCY * travel.km * world.cost_factor
    late = np.maximum(t - p["time_kink"], 0.0)
    travel.daily[:] = WORKDAYS * 2 * (t / 60 * p["time_value_daily"] + late / 60 * p["kink_cost"] + money)
    trip = 2 * (t / 60 * p["time_value_weekly"] + money)
    trip[:, world.n_mun :] = np.minimum(trip[:, world.n_mun :], p["boundary_trip"])
    travel.weekly[:] = WEEKS * trip + p["second_home_rent"]


def travel_anew(world: World) -> None:
    """Price travel after an event; who commutes where it has changed takes the mode that is now the better."""
    before = [values.copy() for values in (world.travel.minutes, world.travel.daily, world.travel.weekly)]
    price_travel(world, world.travel)
    now = (world.travel.minutes, world.travel.daily, world.travel.weekly)
    changed = np.any([new != old for new, old in zip(now, before, strict=True)], axis=0)
    revise_modes(
        world.residents, world.households, world.employers, world.travel, world.p, changed, world.n_mun, world.month,
        world.key,
    )  # fmt: skip


def commute_km(world: World) -> NDArray[np.float64]:
    """How far from home everybody works, km, float64[rows of residents].

    Zero for who works in the own municipality, and for who does not work.
    """
    r, e, m = world.residents, world.employers, world.n_mun
    n = int(r.meta[0])
    at = r.employer[:n].astype(np.int64)
    work = np.where(at >= 0, e.mun[np.maximum(at, 0)], np.clip(m + EMPLOYER_REST_OF_SWEDEN - at, 0, m + 1))
    home = np.minimum(r.mun[:n].astype(np.int64), m - 1)
    away = (r.status[:n] == EMPLOYED) & (at != EMPLOYER_NONE) & (work != home)
    return np.where(away, world.travel.km[home, work], 0.0)


def open_link(world: World, event: Link) -> None:
    """Add or speed up a link of the travel network, and find the shortest paths anew."""
    from abm.region.network import travel_matrices

    region, km_now = world.region, world.travel.km
    if world.network is None:
        world.network = region.network.copy()
    codes = list(region.codes)
    ends = [codes[region.index(x)] if x in codes or x in region.names else x for x in (event.from_, event.to)]
    world.network.add_edge(*ends, mode=event.mode, minutes=event.minutes, km=event.km, name=event.name)
    km, car, transit = travel_matrices(world.network, region.codes)
    inside = np.diag_indices(world.n_zone)
    keep_minutes, keep_km = world.ordinary_minutes[inside].copy(), km_now[inside].copy()
    world.ordinary_minutes[:] = np.minimum(car, transit)
    km_now[:] = km
    world.ordinary_minutes[inside], km_now[inside] = keep_minutes, keep_km
