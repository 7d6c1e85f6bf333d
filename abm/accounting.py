"""The study's own arithmetic in closed form: the yardstick beside the agents.

The study (a Raps calculation) prints results, not formulas. They can be
decoded: a handful of constants reproduces nearly every printed figure. This
module is that decoding. It knows nothing of residents or firms, so the agent
model can be held against it, and it shows where the study's figures follow
from its assumptions alone.

The steps, for one scenario::

    in-commuters      = 2 x average in-commuter share x direct jobs (+ half of today's commuters)
    hires not in-commuting = direct jobs - in-commuters
    movers in         = share moving in x hires not in-commuting
    movers from VN    = share from VN x movers in
    indirect jobs     = a x direct jobs + b x movers in
    population in VN  = - natural loss factor x movers from VN + attraction x indirect jobs in VN
    employment in VN  = indirect jobs in VN - k x residents lost

VN is Västernorrland, VB is Västerbotten. All figures are differences from the
baseline at full operation (2030).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

SCENARIOS = ("outmigration", "outcommuting", "suppliers")
"""The study's three scenarios, in its order."""


@dataclass(frozen=True)
class Decoding:
    """Constants common to all scenarios; one set reproduces all three.

    Attributes:
        average_in_commuter_share: share of the jobs in VB held by residents of other
            counties. Not printed; "just below 100" commuters from VN at twice the share,
            half of them from VN, implies 3.0-3.3 % (A04, D2).
        in_commuter_factor: in-commuters among the hires relative to that average (A04).
        in_commuters_from_vn: share of those in-commuters who come from VN (A05).
        present_commuters: commuters VN to VB today, persons. Not printed; "close to 500"
            less the first 95 is half of it, which implies 760-810 (A08, D3).
        indirect_per_direct: indirect jobs per direct job that do not depend on who moves.
            Solves 1700 and 1320 indirect jobs with the next constant (D1).
        indirect_per_mover: further indirect jobs per worker who moves into VB, through
            consumption and public services; 330-470 jobs for 1640 movers (B36).
        natural_loss: residents lost by 2030 per mover from VN, forgone births included:
            1900/1700 (D6). The study counts one person a mover (D4).
        attracted_per_job: residents attracted or kept per indirect job in VN: about 20
            for 310 jobs in the supplier scenario (D6).
        commuters_kept_per_job: commuters to VB who stay at home per indirect job in VN:
            25 for 310 jobs in the supplier scenario (D7).
        jobs_per_resident: jobs in VN lost per resident lost: (51 + 170) / 1900 (D5).
    """

    average_in_commuter_share: float = 0.032
    in_commuter_factor: float = 2.0
    in_commuters_from_vn: float = 0.5
    present_commuters: float = 800.0
    indirect_per_direct: float = 0.39
    indirect_per_mover: float = 0.23
    natural_loss: float = 1.12
    attracted_per_job: float = 0.065
    commuters_kept_per_job: float = 0.08
    jobs_per_resident: float = 0.116


@dataclass(frozen=True)
class Assumptions:
    """What one scenario of the study assumes; every field is printed in the study.

    Attributes:
        scenario: name of the scenario.
        direct_jobs: jobs in operation from 2027 (A01).
        extra_commuters: further commuters from VN as a share of today's (A08).
        moving_in: share of the hires who do not commute in that moves in from other counties (A06, A09).
        movers_from_vn: share of those movers who come from VN (A07, A10).
        indirect_in_vn: share of the indirect jobs that falls in VN. Proportional to the
            share of VN in the goods flows into VB, 4 % or 23 % (A11, D11).
    """

    scenario: str
    moving_in: float
    movers_from_vn: float
    indirect_in_vn: float
    extra_commuters: float = 0.0
    direct_jobs: float = 3000.0


STUDY: Mapping[str, Assumptions] = MappingProxyType(
    {
        "outmigration": Assumptions("outmigration", moving_in=0.80, movers_from_vn=0.75, indirect_in_vn=0.03),
        "outcommuting": Assumptions(
            "outcommuting", moving_in=0.25, movers_from_vn=0.14, indirect_in_vn=0.03, extra_commuters=0.5
        ),
        "suppliers": Assumptions("suppliers", moving_in=0.25, movers_from_vn=0.14, indirect_in_vn=0.23),
    }
)
"""Assumptions of the three scenarios."""


@dataclass(frozen=True)
class Account:
    """All steps of one scenario, in persons or jobs; changes are against the baseline.

    Attributes:
        scenario: name of the scenario.
        direct_jobs: jobs at the factory.
        in_commuters: hires who commute into VB from other counties.
        in_commuters_from_vn: those of them who live in VN.
        hires_not_commuting_in: hires who live in VB, before or after being hired.
        movers_in: hires who moved into VB.
        movers_from_vn: those of them who lived in VN; one person a mover.
        local_hires: hires who lived in VB already. Far more than the unemployed of
            Skellefteå in two of the scenarios, so they leave other employers (D9).
        indirect_jobs: indirect and induced jobs in VB and VN.
        indirect_jobs_vn: those of them in VN.
        multiplier: jobs in all per direct job, VB and VN.
        multiplier_vn: 1 + indirect jobs in VN per direct job.
        population_change_vn: change of the residents of VN.
        residents_lost_vn: the same as a loss, never negative.
        jobs_lost_with_residents_vn: jobs in VN that the lost residents' demand held.
        employment_change_vn: change of the jobs in VN (by workplace).
        employment_change_vn_without_suppliers: the same, had VN no indirect jobs.
        out_commuting_change: change of the commuters VN to VB.
        employed_residents_change_vn: change of the employed by residence: jobs in VN plus
            commuters out of it, as the commuters into VN do not change.
    """

    scenario: str
    direct_jobs: float
    in_commuters: float
    in_commuters_from_vn: float
    hires_not_commuting_in: float
    movers_in: float
    movers_from_vn: float
    local_hires: float
    indirect_jobs: float
    indirect_jobs_vn: float
    multiplier: float
    multiplier_vn: float
    population_change_vn: float
    residents_lost_vn: float
    jobs_lost_with_residents_vn: float
    employment_change_vn: float
    employment_change_vn_without_suppliers: float
    out_commuting_change: float
    employed_residents_change_vn: float

    def as_targets(self) -> dict[str, float]:
        """The results under the quantity names of the table of targets.

        Quantities that the arithmetic says nothing of (branches, home
        municipalities, vacancies) are not in it.
        """
        lost = -self.population_change_vn
        return {
            "employment_multiplier": self.multiplier,
            "employment_multiplier_vasternorrland": self.multiplier_vn,
            "indirect_jobs": self.indirect_jobs,
            "indirect_jobs_vasternorrland": self.indirect_jobs_vn,
            "share_of_indirect_in_vasternorrland": self.indirect_jobs_vn / self.indirect_jobs,
            "hires_who_moved": self.movers_from_vn,
            "population_change": self.population_change_vn,
            "employment_change": self.employment_change_vn,
            "employment_change_without_local_suppliers": self.employment_change_vn_without_suppliers,
            "out_commuting_change": self.out_commuting_change,
            "jobs_lost_per_resident_lost": -self.employment_change_vn / lost if lost else float("nan"),
        }

    def steps(self) -> dict[str, float]:
        """Every step by name, in order, without the scenario."""
        return {name: value for name, value in asdict(self).items() if name != "scenario"}


def account(assumptions: Assumptions, decoding: Decoding | None = None) -> Account:
    """Work out one scenario.

    Args:
        assumptions: of the scenario, see :data:`STUDY`.
        decoding: constants common to all scenarios.

    Returns:
        All steps and results.
    """
    c = decoding or Decoding()
    a = assumptions
    by_rule = c.in_commuter_factor * c.average_in_commuter_share * a.direct_jobs
    extra = a.extra_commuters * c.present_commuters
    in_commuters = by_rule + extra
    commuters_vn = c.in_commuters_from_vn * by_rule + extra
    not_commuting = a.direct_jobs - in_commuters
    movers = a.moving_in * not_commuting
    movers_vn = a.movers_from_vn * movers
    indirect = c.indirect_per_direct * a.direct_jobs + c.indirect_per_mover * movers
    indirect_vn = a.indirect_in_vn * indirect
    population = -c.natural_loss * movers_vn + c.attracted_per_job * indirect_vn
    lost = max(0.0, -population)
    jobs_lost = c.jobs_per_resident * lost
    employment = indirect_vn - jobs_lost
    commuting = commuters_vn - c.commuters_kept_per_job * indirect_vn
    return Account(
        scenario=a.scenario,
        direct_jobs=a.direct_jobs,
        in_commuters=in_commuters,
        in_commuters_from_vn=commuters_vn,
        hires_not_commuting_in=not_commuting,
        movers_in=movers,
        movers_from_vn=movers_vn,
        local_hires=not_commuting - movers,
        indirect_jobs=indirect,
        indirect_jobs_vn=indirect_vn,
        multiplier=1.0 + indirect / a.direct_jobs,
        multiplier_vn=1.0 + indirect_vn / a.direct_jobs,
        population_change_vn=population,
        residents_lost_vn=lost,
        jobs_lost_with_residents_vn=jobs_lost,
        employment_change_vn=employment,
        employment_change_vn_without_suppliers=employment - indirect_vn,
        out_commuting_change=commuting,
        employed_residents_change_vn=employment + commuting,
    )


def study_accounts(decoding: Decoding | None = None) -> dict[str, Account]:
    """The three scenarios of the study, worked out."""
    return {name: account(STUDY[name], decoding) for name in SCENARIOS}


def closed_form(scenario: str, quantity: str) -> float:
    """What the arithmetic says about a quantity of the study's table in a scenario; NaN where it says nothing."""
    if scenario not in SCENARIOS:
        return math.nan
    return account(STUDY[scenario]).as_targets().get(quantity, math.nan)
