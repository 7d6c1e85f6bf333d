"""The synthetic population as arrays, before the first month.

Residents are sorted by municipality. Row numbers are positions only; the
permanent identity of a resident is `uid`, the key of all random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Population:
    """Residents (length N), households (H) and employers (E) at the end of 2019.

    Attributes:
        weight: official residents that one simulated resident stands for (1 at full scale).
        uid: uint64[N], unique; 0..N-1.
        mun: uint8[N], home municipality.
        sex: uint8[N], :class:`abm.schema.Sex`.
        birth_month: int16[N], month of birth counted from January 2020 (negative).
        status: uint8[N], :class:`abm.schema.Status`.
        skill: uint8[N], :class:`abm.schema.Skill`.
        sector: uint8[N], sector of the present or last job, else ``NO_SECTOR``.
        employer: int32[N], row of the employer, or one of the ``EMPLOYER_*`` codes.
        wage: int32[N], SEK a month: present wage, or last (potential) wage of those without a job; 0 for children.
        work_mode: uint8[N], :class:`abm.schema.WorkMode`.
        household: int32[N], row of the household.
        partner: int32[N], row of the partner or -1; symmetric, same household.
        next_member: int32[N], next resident of the same household; a ring.
        address_since: int16[N], month of the last move (<= 0).
        job_since: int16[N], month the present job began (<= 0), 0 without a job.
        origin: uint8[N], zone where the resident grew up.
        contact: int32[N], row of a friend or workmate, never oneself, or -1.
        household_head: int32[H], row of one adult member.
        household_tenure: uint8[H], :class:`abm.schema.Tenure`.
        employer_mun: uint8[E]; employer_sector: uint8[E].
        employer_jobs: int32[E], jobs, all filled at the start.
        employer_boundary: int32[E], jobs of them held by commuters from the boundary zones.
        employer_public: bool[E], public employer (municipality, region, state).
    """

    weight: float
    uid: NDArray[np.uint64]
    mun: NDArray[np.uint8]
    sex: NDArray[np.uint8]
    birth_month: NDArray[np.int16]
    status: NDArray[np.uint8]
    skill: NDArray[np.uint8]
    sector: NDArray[np.uint8]
    employer: NDArray[np.int32]
    wage: NDArray[np.int32]
    work_mode: NDArray[np.uint8]
    household: NDArray[np.int32]
    partner: NDArray[np.int32]
    next_member: NDArray[np.int32]
    address_since: NDArray[np.int16]
    job_since: NDArray[np.int16]
    origin: NDArray[np.uint8]
    contact: NDArray[np.int32]
    household_head: NDArray[np.int32]
    household_tenure: NDArray[np.uint8]
    employer_mun: NDArray[np.uint8]
    employer_sector: NDArray[np.uint8]
    employer_jobs: NDArray[np.int32]
    employer_boundary: NDArray[np.int32]
    employer_public: NDArray[np.bool_]
