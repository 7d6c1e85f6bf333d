"""Residents, households, employers and municipalities as Mesa agents.

The state of a world is a set of arrays. A view is a :class:`mesa.Agent` that knows
its row and reads the arrays when asked, so it is always up to date and nothing is
stored twice. Views are made on demand, and once made the model keeps them: Mesa's
agent sets hold their members weakly.

Views read; they do not decide. The compiled phases of :mod:`abm.phases` act for all
residents, so removing a view from a set, or from the model, removes nobody from the
world. Rows of residents who are gone are used again: a view of somebody who died or left
has :attr:`present` false, and its other properties raise `LookupError`. A household has no identity of its own:
its row is given up when it moves or dissolves, and may belong to others later. Take households anew every month, or
follow a resident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from abm.core.state import age_years
from abm.schema import (
    EMPLOYER_NONE,
    EMPLOYER_REST_OF_SWEDEN,
    NO_SECTOR,
    SECTOR_CODES,
    Sex,
    Skill,
    Status,
    Tenure,
    WorkMode,
)

if TYPE_CHECKING:
    from abm.core.world import World
    from abm.model import LabourMarketModel


class View(mesa.Agent):
    """A row of the state as a Mesa agent.

    `mesa.Agent.__init__` is left out on purpose: it would register the view with the
    model, and Mesa 3.3 would then never free the model.

    Args:
        model: the model.
        row: row of the arrays.
        unique_id: identity within the model.

    Attributes:
        row: row of the arrays.
    """

    def __init__(self, model: LabourMarketModel, row: int, unique_id: int) -> None:
        self.model = model
        self.row = row
        self.unique_id = unique_id
        self.pos = None

    @property
    def world(self) -> World:
        """The world whose arrays are read."""
        world: World = self.model.world
        return world

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}>"


class ResidentAgent(View):
    """A resident.

    Args:
        model: the model.
        row: row of the resident arrays.
    """

    def __init__(self, model: LabourMarketModel, row: int) -> None:
        super().__init__(model, row, int(model.world.residents.uid[row]))

    @property
    def uid(self) -> int:
        """Permanent identity, the key of the resident's luck."""
        return int(self.unique_id)

    @property
    def present(self) -> bool:
        """Whether the resident lives in the region."""
        r = self.world.residents
        return bool(r.status[self.row] != Status.ABSENT and int(r.uid[self.row]) == self.unique_id)

    def _here(self) -> int:
        """The row, if it is still that of this resident."""
        if not self.present:
            raise LookupError(f"resident {self.unique_id} has died or left the region")
        return self.row

    @property
    def age(self) -> int:
        """Age in completed years at the end of the last simulated month."""
        return int(age_years(self.world.residents, self._here(), max(self.world.month - 1, 0)))

    @property
    def sex(self) -> Sex:
        """Legal sex."""
        return Sex(int(self.world.residents.sex[self._here()]))

    @property
    def status(self) -> Status:
        """Labour status; ``Status.ABSENT`` for somebody who is gone."""
        return Status(int(self.world.residents.status[self.row])) if self.present else Status.ABSENT

    @property
    def skill(self) -> Skill:
        """Highest completed education."""
        return Skill(int(self.world.residents.skill[self._here()]))

    @property
    def sector(self) -> str | None:
        """Code of the sector of the present or last job."""
        sector = int(self.world.residents.sector[self._here()])
        return None if sector == NO_SECTOR else SECTOR_CODES[sector]

    @property
    def wage(self) -> int:
        """Present wage, or the one that someone without a job could get, SEK a month."""
        return int(self.world.residents.wage[self._here()])

    @property
    def employer(self) -> EmployerAgent | None:
        """The employer, if it is in the region."""
        employer = int(self.world.residents.employer[self._here()])
        return None if employer < 0 else self.model.employer(employer)

    @property
    def workplace(self) -> str | None:
        """Code of the zone of the workplace; None without a job."""
        employer = int(self.world.residents.employer[self._here()])
        if employer == EMPLOYER_NONE:
            return None
        world = self.world
        zone = (
            int(world.employers.mun[employer])
            if employer >= 0
            else world.n_mun + EMPLOYER_REST_OF_SWEDEN - employer
        )
        return world.region.codes[zone]

    @property
    def work_mode(self) -> WorkMode:
        """How the workplace is reached."""
        return WorkMode(int(self.world.residents.mode[self._here()]))

    @property
    def household(self) -> HouseholdAgent:
        """The household."""
        return self.model.household(int(self.world.residents.household[self._here()]))

    @property
    def partner(self) -> ResidentAgent | None:
        """The partner, who lives in the same household."""
        partner = int(self.world.residents.partner[self._here()])
        return None if partner < 0 else self.model.resident(partner)

    @property
    def home(self) -> MunicipalityAgent:
        """The municipality of residence."""
        return self.model.municipality(int(self.world.residents.mun[self._here()]))


class HouseholdAgent(View):
    """The household that has a row this month; another may have it later, see :mod:`abm.views`.

    Args:
        model: the model.
        row: row of the household arrays.
    """

    def __init__(self, model: LabourMarketModel, row: int) -> None:
        super().__init__(model, row, row)

    @property
    def present(self) -> bool:
        """Whether there is a household in this row."""
        return bool(self.world.households.size[self.row] > 0)

    def _here(self) -> int:
        if not self.present:
            raise LookupError(f"household {self.row} is no more")
        return self.row

    @property
    def size(self) -> int:
        """Members."""
        return int(self.world.households.size[self.row])

    @property
    def tenure(self) -> Tenure:
        """Tenure of the dwelling."""
        return Tenure(int(self.world.households.tenure[self._here()]))

    @property
    def head(self) -> ResidentAgent:
        """The member whose moves are those of the household."""
        return self.model.resident(int(self.world.households.head[self._here()]))

    @property
    def members(self) -> list[ResidentAgent]:
        """All members, the head first."""
        head = int(self.world.households.head[self._here()])
        following = self.world.residents.next
        rows = [head]
        while (row := int(following[rows[-1]])) != head:
            rows.append(row)
        return [self.model.resident(row) for row in rows]

    @property
    def home(self) -> MunicipalityAgent:
        """The municipality of residence."""
        return self.head.home


class EmployerAgent(View):
    """An employer: a firm, an authority, or an establishment of the scenario. Figures are simulated jobs.

    Args:
        model: the model.
        row: row of the employer arrays.
    """

    def __init__(self, model: LabourMarketModel, row: int) -> None:
        super().__init__(model, row, row)

    @property
    def name(self) -> str | None:
        """Name of an establishment of the scenario; None for all others."""
        unit = int(self.world.employers.unit[self.row])
        return None if unit < 0 else self.world.units[unit].name

    @property
    def municipality(self) -> MunicipalityAgent:
        """The municipality of the workplace."""
        return self.model.municipality(int(self.world.employers.mun[self.row]))

    @property
    def sector(self) -> str:
        """Code of the sector."""
        return SECTOR_CODES[int(self.world.employers.sector[self.row])]

    @property
    def jobs(self) -> int:
        """Filled jobs, commuters from beyond the region included."""
        e = self.world.employers
        return int(e.filled[self.row] + e.boundary[self.row])

    @property
    def desired(self) -> int:
        """Jobs that the demand of the month asks for."""
        return int(self.world.employers.desired[self.row])

    @property
    def vacancies(self) -> int:
        """Open jobs after the month's hiring and quitting."""
        return max(self.desired - self.jobs, 0)

    @property
    def contract(self) -> float:
        """Jobs that orders of establishments ask for."""
        return float(self.world.employers.contract[self.row])


class MunicipalityAgent(View):
    """A municipality. Figures are official residents and jobs, as in the tables.

    Args:
        model: the model.
        row: zone index.
    """

    def __init__(self, model: LabourMarketModel, row: int) -> None:
        super().__init__(model, row, row)

    @property
    def code(self) -> str:
        """Official code."""
        return self.world.region.codes[self.row]

    @property
    def name(self) -> str:
        """Name."""
        return self.world.region.names[self.row]

    @property
    def county(self) -> str:
        """Code of the county."""
        return self.world.region.county[self.row]

    @property
    def population(self) -> float:
        """Residents."""
        return float(self.world.counts.status[self.row, 1:].sum() * self.world.weight)

    @property
    def employed(self) -> float:
        """Employed residents."""
        return float(self.world.counts.status[self.row, Status.EMPLOYED] * self.world.weight)

    @property
    def unemployed(self) -> float:
        """Unemployed residents."""
        return float(self.world.counts.status[self.row, Status.UNEMPLOYED] * self.world.weight)

    @property
    def jobs(self) -> float:
        """Filled jobs."""
        return float(self.world.counts.filled[self.row].sum() * self.world.weight)

    @property
    def vacancies(self) -> float:
        """Open jobs."""
        return float(self.world.vacancies[self.row].sum() * self.world.weight)

    @property
    def households(self) -> float:
        """Households."""
        return float(self.world.counts.households[self.row] * self.world.weight)

    @property
    def dwellings(self) -> float:
        """Dwellings."""
        return float(self.world.counts.dwellings[self.row] * self.world.weight)

    @property
    def in_commuters(self) -> float:
        """Jobs held by residents of other zones."""
        c = self.world.counts.commuters
        return float((c[:, self.row].sum() - c[self.row, self.row]) * self.world.weight)

    @property
    def out_commuters(self) -> float:
        """Residents with a job in another zone."""
        c = self.world.counts.commuters
        return float((c[self.row].sum() - c[self.row, self.row]) * self.world.weight)

    @property
    def house_price(self) -> float:
        """Price level of dwellings, start = 1."""
        return float(self.world.market.price[self.row])
