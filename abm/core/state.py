"""State of one world as arrays, and the few operations that change it.

Every count that the phases or the observer need is kept up to date by these
operations, in integers, so that it is exact and independent of the order of
events; `abm.core.invariants` recounts everything from scratch to prove it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.core.columns import Columns
from abm.core.jit import inline_kernel, kernel
from abm.core.prefetch import AHEAD, prefetch
from abm.core.rng import U64
from abm.parameters import PARAMETERS
from abm.schema import (
    ADULT_AGE,
    EMPLOYER_NONE,
    EMPLOYER_REST_OF_SWEDEN,
    N_SECTORS,
    PUBLIC_SECTORS,
    RETIREMENT_AGE,
    Status,
    Tenure,
    WorkMode,
)

ABSENT, CHILD, EMPLOYED = int(Status.ABSENT), int(Status.CHILD), int(Status.EMPLOYED)
UNEMPLOYED, OUTSIDE, RETIRED = int(Status.UNEMPLOYED), int(Status.OUTSIDE), int(Status.RETIRED)
LOCAL, DAILY, WEEKLY = int(WorkMode.LOCAL), int(WorkMode.DAILY), int(WorkMode.WEEKLY)
MOVE = 4  # the choice beside the modes of work: take the job and move there
RENTAL, OWNED = int(Tenure.RENTAL), int(Tenure.OWNED)
EMPLOYER_CODES = 3  # none, the rest of Sweden, abroad: -1, -2, -3
S = N_SECTORS
N_PUBLIC = len(PUBLIC_SECTORS)
REASONS = ("pay", "distance", "partner", "children", "dwelling")
"""Why residents decline an establishment's jobs in another municipality; see `abm.phases.recruitment`."""
PAY, DISTANCE, PARTNER, CHILDREN, DWELLING = range(len(REASONS))
HIRED_FROM = ("employment", "unemployment", "outside")
"""What those did before whom an establishment hires: EMPLOYED, UNEMPLOYED, OUTSIDE."""
AGE_GROUPS = ((0, 17), (18, 29), (30, 44), (45, 64), (65, 100))
ARRIVERS = tuple(f"age_{low}_{high}" for low, high in AGE_GROUPS)
"""Groups of those who move in to a municipality: age."""
LEAVERS = (
    *ARRIVERS,
    *(f"education_{level}" for level in ("compulsory", "secondary", "tertiary")),
    *(f"household_{kind}" for kind in ("single", "couple", "children")),
)
"""Groups of those who move away from a municipality: age, education of the adults, household that moves."""
ADULT, EARLY_RETIREMENT, RETIREMENT = ADULT_AGE, 62, RETIREMENT_AGE
"""Ages at which a resident may enter the labour force, and retires from it."""
SETTLED = 12
"""Months after which a job ends less often."""
KINDS_OF_JOB = ((False, False), (True, False), (False, True), (True, True))
"""Whether the employed commute, and whether the job began less than SETTLED months before the last January."""
N_CLASSES, NEW_JOBS = 4 * (RETIRED + len(KINDS_OF_JOB)), 4 * (RETIRED + 2)
"""Rows of the hazard tables, and the first of those in new jobs; see `hazard_class`."""
AGE_MONTHS = 101 * 12
"""Ages in months that bounds are kept for."""
MONTHS_A_CALL, DRAWS = 4, 4
"""Months that one call of the generator gives first bits for, and draws of a resident in a month."""
JANUARY = 2
"""Place in `Residents.meta` of the month of the last January."""
NEED_UNIT = 1_000_000
"""Public need is counted in millionths of a job, so that sums are exact integers."""


class Residents(Columns):
    """Residents, one row each; free rows have status ABSENT. Meaning and units as in `Population`."""

    uid: Any  # uint64
    cls: Any  # uint8, row of the hazard tables; see `hazard_class`
    mun: Any  # uint8
    sex: Any  # uint8
    status: Any  # uint8
    birth: Any  # int16, month
    skill: Any  # uint8
    sector: Any  # uint8
    employer: Any  # int32
    wage: Any  # int32, SEK/month
    mode: Any  # uint8
    household: Any  # int32
    partner: Any  # int32
    next: Any  # int32, ring of the household
    address: Any  # int16, month of the last move
    job: Any  # int16, month the job began
    origin: Any  # uint8
    contact: Any  # int32
    draws: Any  # uint32[4, N], first eight bits of the four draws, of four months; see abm.phases.hazards
    limit: Any  # uint32[N], bounds on these bits, a byte each, for the year that began with JANUARY
    limits: Any  # uint32[36, A12], where `limit` is looked up
    free: Any  # int32 stack of free rows
    meta: Any  # int64[3]: rows in use (high-water mark), free rows on the stack, month of the last January


class Households(Columns):
    """Households; a free row has size 0."""

    head: Any  # int32
    size: Any  # int32
    tenure: Any  # uint8
    free: Any  # int32 stack
    meta: Any  # int64[2]


class Employers(Columns):
    """Employers, sorted by cell (municipality x sector); establishments of events come last."""

    mun: Any  # uint8
    sector: Any  # uint8
    filled: Any  # int32, jobs held by residents
    boundary: Any  # int32, jobs held by commuters from the boundary zones
    base: Any  # float64, jobs at the start
    shift: Any  # float64, jobs added or removed by events
    contract: Any  # float64, jobs asked for by an establishment's orders
    rounding: Any  # float64 in [0, 1): fixed offset that turns fractions into whole jobs
    desired: Any  # int32
    vacancies: Any  # int32
    layoff: Any  # uint32, chance of dismissal this month as a threshold on 32 bits
    unit: Any  # int32, number of the establishment, or -1
    imposed: Any  # bool, establishment whose commuters and movers a scenario imposes
    premium: Any  # float64, pay above the going one, share; establishments of the scenario only
    remote: Any  # float64, share of days worked at home; establishments of the scenario only
    staff: Any  # int64[U, Z], residents who work at each establishment of the scenario, by home
    moved_in: Any  # int64[U, Z], its hires since the start who moved in, by where they lived
    cell_start: Any  # int32[M * S + 1], employers of each cell


class Counts(Columns):
    """Stocks and this month's flows by municipality (M) or zone (Z); int64."""

    status: Any  # [M, 6]
    need: Any  # [M, 3], public need by the ages in January, millionths of a job
    need_later: Any  # [M, 3], the same by the ages of the same residents a year later
    households: Any  # [M]
    dwellings: Any  # [M]
    wage_sum: Any  # [M], SEK/month
    filled: Any  # [M, S], filled jobs, boundary commuters included
    commuters: Any  # [Z, Z]
    establishment: Any  # [Z, Z], employees of establishments
    births: Any  # [M]
    deaths: Any  # [M]
    movers: Any  # [Z, Z]
    moving_households: Any  # [Z, Z]
    hires: Any  # [Z, Z]
    hire_persons: Any  # [Z, Z]
    leavers: Any  # [M, 11]: persons who moved away, by LEAVERS
    arrivers: Any  # [M, 5]: persons who moved in, by AGE_GROUPS
    declined: Any  # [M, 5]: residents who declined an establishment's jobs elsewhere, by REASONS
    hired: Any  # [M, 3]: residents whom establishments hired, by HIRED_FROM


class Tables(Columns):
    """Hazards and lookups that do not change within a world."""

    bound: Any  # uint32[36, 101, 4], thresholds of death, family, labour, moving by class and age in years
    death: Any  # float64[M, 2, 101], monthly
    birth: Any  # float64[M, 101], monthly
    birth_factor: Any  # float64[2, 101], without and with a partner
    pairing: Any  # float64[2, 101], monthly, singles
    separation: Any  # float64[101], monthly, couples
    leaving_home: Any  # float64[101]
    owning: Any  # float64[2, M, 101], owners among those in the labour force, without and with a partner
    buying: Any  # float64[2, 101], monthly, tenants in the labour force who buy
    exit: Any  # float64[2, 101], labour force to outside, monthly
    entry: Any  # float64[M, 2, 101], outside to labour force, monthly
    moving: Any  # float64[Y, M, 101], background moves by year, monthly, for a single without ties
    destination: Any  # float64[G, M, Z], cumulative shares by age group of the mover
    age_group: Any  # int64[101], group of `destination` of an age
    need: Any  # int64[3, 101]
    educated: Any  # float64[M, 2, 101, 3], cumulative shares by education of each age
    schooling: Any  # float64[M, 2, 101, 2], chance to reach the next education until the birthday of an age
    wage_base: Any  # float64[S + 1, 3], SEK/month; the last row is the mean of all jobs
    career: Any  # float64[3, 2, 101], pay by education, sex and age relative to the mean of the education
    raises: Any  # float64[3, 101], pay of an age relative to the age before
    wage_level: Any  # float64[M + 2]
    tax: Any  # float64[M]
    related: Any  # float64[S + 1, S]; the last row is for those who never worked
    jobs_end: Any  # float64[M], separations of residents relative to the region
    unemployment_start: Any  # float64[M], unemployed / (unemployed + employed)


class Travel(Columns):
    """Travel between zones; changes when a link opens or support begins."""

    minutes: Any  # float64[Z, Z], best of car and transit
    km: Any  # float64[Z, Z]
    daily: Any  # float64[Z, Z], SEK/month
    weekly: Any  # float64[Z, Z], SEK/month, without nights away
    partner_help: (
        Any  # float64[Z], share of what a move costs the partner at work that is removed at the destination
    )


class Market(Columns):
    """Wages, prices and open jobs."""

    wage_index: Any  # float64[M, S]
    price: Any  # float64[Z]
    open: Any  # int64[M, S], open jobs
    search_time: (
        Any  # float64[Z, S + 1], how long who lives there looks for a job, by sector, relative to the region
    )


KernelParameters: Any = type(
    "KernelParameters",
    (Columns,),
    {
        "__annotations__": {p.name: float for p in PARAMETERS},
        "__doc__": "The parameters as the kernels take them, float64 each.",
        "__module__": __name__,
    },
)


@kernel
def fetch(r, row):
    """Ask for the record and the employer of a resident; see `abm.core.prefetch`."""
    prefetch(r.status, row)  # any column of the record asks for all of it
    prefetch(r.employer, row)


@kernel
def fetch_household(r, h, row):
    """Ask for the household of a resident, and for partner and next member; the resident has been fetched."""
    prefetch(h.size, np.int64(r.household[row]))
    prefetch(r.status, np.int64(r.next[row]))
    if r.partner[row] >= 0:
        prefetch(r.status, np.int64(r.partner[row]))


@kernel
def fetch_ahead(r, rows, k):
    """For a loop over rows, at turn k: ask for the resident some turns ahead."""
    if k + AHEAD < rows.size:
        soon = np.int64(rows[k + AHEAD])
        fetch(r, soon)
        prefetch(r.limit, soon)


@kernel
def fetch_both(r, h, rows, k):
    """As `fetch_ahead`, and the household of the resident half as many turns ahead."""
    fetch_ahead(r, rows, k)
    if k + AHEAD // 2 < rows.size:
        fetch_household(r, h, np.int64(rows[k + AHEAD // 2]))


@kernel
def set_limits(r, row):
    """Look up the bounds on the first bits of a resident's draws, by class and age in January."""
    months = min(max(r.meta[JANUARY] - r.birth[row], 0), r.limits.shape[1] - 1)
    r.limit[row] = r.limits[r.cls[row], months]


@inline_kernel
def hazard_class(status, kind_of_job, sex, has_partner):
    """Row of the hazard tables: the better the class tells what can happen, the fewer are looked at for nothing.

    status * 4 + sex * 2 + has a partner; the employed of the kinds of job 1 to 3 come after all others, those whose
    job is new (from NEW_JOBS on) last.
    """
    later = (status == EMPLOYED) & (kind_of_job > 0)
    return (status + later * (RETIRED - EMPLOYED + kind_of_job)) * 4 + sex * 2 + has_partner


@inline_kernel
def kind_of_job_held(mode, began, january):
    """Place in KINDS_OF_JOB."""
    return (mode >= DAILY) + 2 * (january - began < SETTLED)


@kernel
def set_class(r, row):
    """Recompute the hazard class of a resident after a change of status, job or partner."""
    kind = kind_of_job_held(r.mode[row], r.job[row], r.meta[JANUARY])
    r.cls[row] = hazard_class(np.int64(r.status[row]), kind, np.int64(r.sex[row]), r.partner[row] >= 0)
    set_limits(r, row)


@kernel
def age_years(r, row, month):
    """Age in completed years, at most 100."""
    return min(max((month - r.birth[row]) // 12, 0), 100)


@inline_kernel
def age_group(age):
    """Place of an age in AGE_GROUPS."""
    group = 0
    while age > AGE_GROUPS[group][1]:
        group += 1
    return group


@kernel
def count_in(r, c, t, row, month, sign):
    """Add (or with -1 take away) a resident in the counts of the home municipality.

    Need of public services goes by the ages in the Januaries before and after, which do not change during
    the year, so that both stay exact until the yearly recount.
    """
    home = np.int64(r.mun[row])
    c.status[home, r.status[row]] += sign
    january = month - month % 12
    age, later = age_years(r, row, january), age_years(r, row, january + 12)
    for p in range(N_PUBLIC):
        c.need[home, p] += sign * t.need[p, age]
        c.need_later[home, p] += sign * t.need[p, later]


@kernel
def set_status(r, c, row, status):
    """Change the labour status of a resident."""
    home = np.int64(r.mun[row])
    c.status[home, r.status[row]] -= 1
    c.status[home, status] += 1
    r.status[row] = status
    set_class(r, row)


@kernel
def work_zone(r, e, row, n_mun):
    """Zone where an employed resident works."""
    employer = r.employer[row]
    if employer >= 0:
        return np.int64(e.mun[employer])
    return np.int64(n_mun + (EMPLOYER_REST_OF_SWEDEN - employer))


@inline_kernel
def days_away(r, e, row):
    """Share of the working days on which an employed resident travels to work."""
    employer = r.employer[row]
    return 1.0 - e.remote[employer] if employer >= 0 else 1.0


@kernel
def count_job(r, e, c, row, sign):
    """Add or take away the commute and wage of an employed resident."""
    home = np.int64(r.mun[row])
    work = work_zone(r, e, row, c.status.shape[0])
    c.commuters[home, work] += sign
    c.wage_sum[home] += sign * np.int64(r.wage[row])
    employer = r.employer[row]
    if employer >= 0 and e.unit[employer] >= 0:
        c.establishment[home, work] += sign
        e.staff[e.unit[employer], home] += sign


@kernel
def leave_job(r, e, c, row):
    """End the job of an employed resident; the caller sets the new status. A premium stays with the employer."""
    count_job(r, e, c, row, -1)
    employer = r.employer[row]
    if employer >= 0:
        r.wage[row] = np.int32(r.wage[row] / (1.0 + e.premium[employer]) + 0.5)
        e.filled[employer] -= 1
        c.filled[e.mun[employer], e.sector[employer]] -= 1
    r.employer[row] = EMPLOYER_NONE
    r.mode[row] = 0


@kernel
def take_job(r, e, c, row, employer, mode, sector, wage, month):
    """Begin a job (of an employer, or a boundary code) for a resident without one."""
    r.employer[row] = employer
    r.wage[row] = wage
    r.mode[row] = mode
    r.sector[row] = sector
    r.job[row] = month
    if employer >= 0:
        e.filled[employer] += 1
        c.filled[e.mun[employer], e.sector[employer]] += 1
    if r.status[row] != EMPLOYED:
        set_status(r, c, row, EMPLOYED)
    else:
        set_class(r, row)
    count_job(r, e, c, row, 1)


@kernel
def free_row(r, row):
    """Give a row back; the permanent identity goes with the person."""
    r.status[row] = ABSENT
    r.cls[row] = 0
    r.limit[row] = 0
    r.partner[row] = -1
    r.employer[row] = EMPLOYER_NONE
    r.uid[row] = U64(0)
    r.free[r.meta[1]] = row
    r.meta[1] += 1


@kernel
def new_row(r):
    """A free row, -1 when the world is full.

    Free rows lie anywhere: those that are taken next are asked for (measured: a tenth off the arrivals).
    """
    if r.meta[1] > 0:
        r.meta[1] -= 1
        if r.meta[1] >= AHEAD:
            soon = np.int64(r.free[r.meta[1] - AHEAD])
            fetch(r, soon)
            prefetch(r.uid, soon)
            prefetch(r.contact, soon)
            prefetch(r.limit, soon)
        return np.int64(r.free[r.meta[1]])
    row = r.meta[0]
    if row >= r.uid.size:
        return np.int64(-1)
    r.meta[0] += 1
    return row
