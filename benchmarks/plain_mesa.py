"""The same monthly decisions as a plain Mesa model: an agent a resident, attributes, and Python.

It reads its rates from the tables of a world and makes the decisions of a month in the
order of the model: death, birth, separation, pairing, leaving home and buying one; separation, exit,
entry and search in three rounds of up to four looks, of which one may be a contact's tip, with the choice between
declining, commuting daily, commuting weekly and moving; background moves and the second thoughts of long
commuters; the valuation of an establishment's jobs by those who consider them, and recruitment of the best;
matching by cell. It leaves out what is done for municipalities rather than residents (demand, wages,
prices, arrivals) and lay-offs, and uses Python's own random numbers, so the comparison is in favour of Mesa.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right

import mesa
import numpy as np

from abm.core.choice import NIGHTS_A_MONTH
from abm.core.state import (
    CHILD,
    DAILY,
    EMPLOYED,
    LOCAL,
    MOVE,
    OUTSIDE,
    OWNED,
    RETIRED,
    SETTLED,
    UNEMPLOYED,
    WEEKLY,
    S,
)
from abm.core.tables.labour import FIRST_YEAR, LATER_YEARS
from abm.core.world import ROUNDS
from abm.phases.moves import EXP_LIMIT
from abm.phases.search import CEILING, LOOKS


class Person(mesa.Agent):
    """One resident."""

    def __init__(self, model, row, r):
        super().__init__(model)
        self.sex = int(r.sex[row])
        self.birth = int(r.birth[row])
        self.status = int(r.status[row])
        self.home = int(r.mun[row])
        self.skill = int(r.skill[row])
        self.sector = min(int(r.sector[row]), S)
        self.wage = float(r.wage[row])
        self.mode = int(r.mode[row])
        self.work = -1
        self.address = int(r.address[row])
        self.job_since = int(r.job[row])
        self.origin = int(r.origin[row])
        self.partner = None
        self.contact = None
        self.household = [self]
        self.owner = False
        self.habitual = model.luck.random() < model.p.weekly_type_share
        self.amenities = {}

    def decide(self):
        """One month."""
        m, luck = self.model, self.model.luck
        age = min(max((m.month - self.birth) // 12, 0), 100)
        if luck.random() < m.death[self.home][self.sex][age]:
            m.dying.append(self)
            return
        self.family(m, luck, age)
        self.labour(m, luck, age)
        self.background(m, luck, age)
        if 18 <= age < 65 and m.month - self.address >= 3 and luck.random() < m.awareness:
            self.consider(m, luck)

    def consider(self, m, luck):
        """Value a job at the establishment, commuting or moving there; the best are hired."""
        if not EMPLOYED <= self.status <= OUTSIDE or self.work == m.where:
            return
        choice, wage = self.choose(m, luck, m.where, m.industry)
        if choice:
            m.candidates.append((luck.random(), self, choice, wage))

    def family(self, m, luck, age):
        """Births, separations, looking for a partner, leaving home."""
        u = luck.random()
        at = 0.0
        if self.sex == 0:
            at = m.birth_rate[self.home][age] * m.birth_factor[self.partner is not None][age]
            if u < at:
                m.born.append(self)
                return
        if self.partner is not None:
            at += 0.5 * m.separation[age]
            if u < at:
                self.partner.partner = None
                self.partner = None
                self.leave()
            elif u < at + 0.5 * m.buying[1][age]:
                self.buy()
            return
        at += m.pairing[self.sex][age]
        if u < at:
            m.singles.append(self)
            return
        at += m.leaving_home[age]
        if u < at:
            if len(self.household) > 1:
                self.leave()
        elif u < at + m.buying[0][age]:
            self.buy()

    def buy(self):
        """Buy a home, if someone of the couple is in the labour force."""
        if any(a is not None and a.status in (EMPLOYED, UNEMPLOYED) for a in (self, self.partner)):
            for member in self.household:
                member.owner = True

    def leave(self):
        """Set up a household of one."""
        self.household.remove(self)
        self.household = [self]
        self.owner = False

    def labour(self, m, luck, age):
        """Separation, exit, entry, and whether to look for a job."""
        u, p = luck.random(), m.p
        if self.status == EMPLOYED:
            at = p.separation_rate * m.jobs_end[self.home]
            at *= FIRST_YEAR if m.month - self.job_since < SETTLED else LATER_YEARS
            if self.mode == WEEKLY:
                at *= p.long_commute_separation
            if u < at:
                self.quit_job(RETIRED if age >= 65 else UNEMPLOYED)
                return
            at += m.exit[self.sex][age]
            if u < at:
                self.quit_job(RETIRED if age >= 62 else OUTSIDE)
                return
            if u < at + p.search_on_the_job and age < 62:
                self.search(m, luck)
        elif self.status == UNEMPLOYED:
            if age >= 65:
                self.status = RETIRED
            elif u < m.exit[self.sex][age]:
                self.status = OUTSIDE
            elif u < m.exit[self.sex][age] + p.search_unemployed:
                self.search(m, luck)
        elif self.status == OUTSIDE:
            if age >= 65:
                self.status = RETIRED
            elif u < m.entry[self.home][self.sex][age]:
                self.status = UNEMPLOYED
                self.search(m, luck)
        elif self.status == CHILD and age >= 16:
            self.status = OUTSIDE
            self.wage = 25_000.0

    def quit_job(self, status):
        """Leave the job; it becomes open."""
        if 0 <= self.work < m_size(self.model):
            self.model.open[self.work][min(self.sector, S - 1)] += 1
        self.work, self.mode, self.status = -1, 0, status

    def search(self, m, luck):
        """In each round look at jobs until one is open, and apply if it is better than declining."""
        for _ in range(ROUNDS):
            seen = self.look(m, luck)
            if seen is None:
                continue
            choice, wage = self.choose(m, luck, *seen)
            if choice:
                m.applications.setdefault(seen, []).append((luck.random(), self, choice, wage))

    def look(self, m, luck):
        """The first open job of up to four that are looked at: zone and sector; the first may be a contact's tip."""
        for k in range(LOOKS):
            other = self.contact
            if k == 0 and other is not None and luck.random() < m.p.contact_share and other.work >= 0:
                zone, sector = other.work, min(other.sector, S - 1)
            else:
                cdf = m.zone_cdf[self.home][self.sector]
                if cdf[-1] <= 0:
                    return None
                zone = min(bisect_right(cdf, luck.random() * cdf[-1]), len(cdf) - 1)
                cdf = m.sector_cdf[self.sector][zone]
                sector = min(bisect_right(cdf, luck.random() * cdf[-1]), S - 1)
            if luck.random() * CEILING < 1.0:  # the chance where as many jobs are open as usual
                return zone, sector
        return None

    def amenity(self, m, luck, zone, sector):
        """What a kind of job is worth beside pay, fixed for life."""
        key = zone * 32 + sector
        if key not in self.amenities:
            self.amenities[key] = luck.gauss(0.0, m.p.amenity_spread)
        return self.amenities[key]

    def choose(self, m, luck, zone, sector):
        """Decline, or take the job and live here, commute daily, commute weekly, or move."""
        p, home = m.p, self.home
        base = m.wage_base
        ratio = base[sector][self.skill] / base[self.sector][self.skill] if self.sector < S else 1.0
        held = self.work if self.status == EMPLOYED and self.work >= 0 else home
        wage = self.wage * ratio * m.wage_level[zone] / m.wage_level[held]
        present = self.wage * (1.0 if self.status == EMPLOYED else p.unemployment_benefit)
        gain = (1.0 - m.tax[home]) * (wage - present) + self.amenity(m, luck, zone, sector)
        if self.status == EMPLOYED and self.sector < S:
            gain -= self.amenity(m, luck, home, self.sector)
        scale, u = p.choice_scale, luck.random()
        if zone == home:
            value = math.exp(min(gain / scale, 50.0))
            return (LOCAL if u * (1.0 + value) >= 1.0 else 0), wage
        daily = 0.0
        if m.minutes[home][zone] <= p.daily_limit:
            daily = math.exp(min((gain - m.daily[home][zone]) / scale, 50.0))
        small, school = self.children(m)
        weekly = math.exp(min((gain - m.weekly[home][zone] - self.nights(p, small or school)) / scale, 50.0))
        move = math.exp(min((gain - self.ties(m, zone, small, school)) / scale, 50.0))
        target = u * (1.0 + daily + weekly + move)
        if target < 1.0:
            return 0, wage
        if target < 1.0 + daily:
            return DAILY, wage
        return (WEEKLY if target < 1.0 + daily + weekly else MOVE), wage

    def nights(self, p, children):
        """Cost of the nights away of a weekly commuter."""
        night = p.night_cost_habitual if self.habitual else p.night_cost
        if children or self.partner is not None:
            night += p.night_cost_family
        return NIGHTS_A_MONTH * night

    def children(self, m):
        """Children below and of school age in the household."""
        small = school = False
        for other in self.household:
            age = m.month - other.birth
            if other is not self and age < 216:
                if age < 84:
                    small = True
                else:
                    school = True
        return small, school

    def ties(self, m, zone, small, school):
        """Cost of moving the home."""
        p = m.p
        cost = p.moving_cost
        if self.partner is not None:
            cost += p.tie_partner + (p.tie_partner_employed if self.partner.status == EMPLOYED else 0.0)
        if school:
            cost += p.tie_school_child
        elif small:
            cost += p.tie_child
        if self.owner:
            cost += p.tie_owner
        cost += p.tie_years * math.sqrt(max(m.month - self.address, 0) / 12.0)
        if self.origin == self.home:
            cost += p.tie_origin
        elif self.origin == zone:
            cost -= p.tie_origin
        age = (m.month - self.birth) / 12.0
        return cost + (p.tie_age * (age - 25.0) if age > 25.0 else 0.0)

    def background(self, m, luck, age):
        """A move for other reasons than a job, or second thoughts on a long commute."""
        u, p = luck.random(), m.p
        commuting = self.status == EMPLOYED and self.mode >= DAILY
        if u >= m.moving[self.home][age] + (p.reconsider_rate if commuting else 0.0):
            return
        factor = 1.0
        if self.partner is not None:
            factor *= 0.5 * p.odds_partner
            if self.status == EMPLOYED and self.partner.status == EMPLOYED:
                factor *= p.odds_dual_earner
        small, school = self.children(m)
        if school:
            factor *= p.odds_school_child
        elif small:
            factor *= p.odds_child
        elif self.status == UNEMPLOYED:
            factor *= p.odds_unemployed
        if self.owner:
            factor *= p.odds_owner
        at = m.moving[self.home][age] * factor
        if u < at:
            upto = m.destination[m.age_group[age]][self.home]
            self.move(m, min(bisect_right(upto, luck.random()), len(upto) - 1))
        elif commuting and u < at + p.reconsider_rate and 0 <= self.work < m.n_mun:
            self.reconsider(m, luck, small, school)

    def reconsider(self, m, luck, small, school):
        """A long commuter keeps on, moves to where the work is, or quits."""
        p, home, work = m.p, self.home, self.work
        if m.month - self.job_since < 6 or (self.mode == DAILY and m.minutes[home][work] <= p.time_kink):
            return
        cost = m.daily[home][work]
        if self.mode == WEEKLY:
            cost = m.weekly[home][work] + self.nights(p, small or school)
        move = cost - self.ties(m, work, small, school) + p.known_place * p.moving_cost
        quits = (p.unemployment_benefit - 1.0) * (1.0 - m.tax[home]) * self.wage
        b, d = math.exp(min(move / p.choice_scale, EXP_LIMIT)), math.exp(quits / p.choice_scale)
        target = luck.random() * (1.0 + b + d)
        if 1.0 <= target < 1.0 + b:
            self.move(m, work)
        elif target >= 1.0 + b:
            self.quit_job(UNEMPLOYED)

    def move(self, m, dest):
        """Take the household along."""
        for other in self.household:
            if dest < m_size(m):
                other.home, other.address = dest, m.month
            else:
                m.dying.append(other)


def m_size(model):
    """Number of municipalities."""
    return model.n_mun


class PlainModel(mesa.Model):
    """Residents of a small world as Mesa agents.

    Args:
        world: a world with an establishment, whose residents and tables are copied.
        seed: seed.
    """

    def __init__(self, world, seed=1):
        super().__init__(rng=seed)
        self.luck = random.Random(seed)
        r, t, p = world.residents, world.tables, world.p
        self.p, self.n_mun, self.month = p, world.n_mun, 0
        used = int(r.meta[0])
        people = [Person(self, row, r) for row in range(used)]
        for row, person in enumerate(people):
            if r.partner[row] >= 0:
                person.partner = people[r.partner[row]]
            if r.contact[row] >= 0:
                person.contact = people[r.contact[row]]
            person.owner = bool(world.households.tenure[r.household[row]] == OWNED)
            if r.employer[row] >= 0:
                person.work = int(world.employers.mun[r.employer[row]])
            if r.next[row] != row and len(person.household) == 1:
                ring, walk = [person], int(r.next[row])
                while walk != row:
                    ring.append(people[walk])
                    walk = int(r.next[walk])
                for member in ring:
                    member.household = ring
        for name in (
            "death",
            "birth_factor",
            "separation",
            "pairing",
            "leaving_home",
            "buying",
            "exit",
            "entry",
            "jobs_end",
            "age_group",
        ):
            setattr(self, name, getattr(t, name).tolist())
        self.birth_rate, self.destination = t.birth.tolist(), t.destination.tolist()
        self.moving = t.moving[0].tolist()
        self.tax, self.wage_base = t.tax.tolist(), t.wage_base.tolist()
        self.wage_level, self.minutes = t.wage_level.tolist(), world.travel.minutes.tolist()
        self.daily, self.weekly = world.travel.daily.tolist(), world.travel.weekly.tolist()
        self.near, self.related = world.near, t.related
        unit = next(u for u in world.units if not u.builders)
        self.where, self.industry, self.jobs_a_month = unit.municipality, unit.sector, 1
        self.awareness = p.awareness * unit.event.visibility
        jobs = world.counts.filled
        self.open = (jobs * 0.02 + 0.5).astype(int).tolist()

    def step(self):
        """One month."""
        self.dying, self.born, self.singles, self.applications, self.candidates = [], [], [], {}, []
        # where jobs are open, as in so small a world most kinds of job have none in a month
        open_jobs = np.zeros((self.near.shape[1], S))
        open_jobs[: self.n_mun] = self.open
        seen = np.einsum("os,zs->ozs", self.related, open_jobs).cumsum(axis=2)
        self.sector_cdf = seen.tolist()
        self.zone_cdf = np.einsum("hz,oz->hoz", self.near, seen[:, :, -1]).cumsum(axis=2).tolist()
        self.agents.do("decide")
        self.recruit()
        self.match()
        self.pair()
        for mother in self.born:
            mother.household.append(self.child(mother))
        for person in self.dying:
            if person.partner is not None:
                person.partner.partner = None
            if person in person.household:
                person.household.remove(person)
            if person.model is not None:
                person.remove()
        self.month += 1

    def recruit(self):
        """The establishment takes the best of its candidates."""
        self.candidates.sort(key=lambda a: a[0])
        for _, person, choice, wage in self.candidates[: self.jobs_a_month]:
            self.hire(person, choice, wage, self.where, self.industry)

    def hire(self, person, choice, wage, zone, sector):
        """Give somebody a job."""
        if person.status == EMPLOYED:
            person.quit_job(UNEMPLOYED)
        person.status, person.work, person.sector = EMPLOYED, zone, sector
        person.wage, person.job_since, person.mode = wage, self.month, choice
        if choice == MOVE:
            person.move(self, zone)
            person.mode = LOCAL

    def match(self):
        """Fill the open jobs of each cell with the best applicants."""
        for (zone, sector), applicants in self.applications.items():
            applicants.sort(key=lambda a: a[0])
            for _, person, choice, wage in applicants:
                if zone >= self.n_mun or self.open[zone][sector] <= 0:
                    break
                self.open[zone][sector] -= 1
                self.hire(person, choice, wage, zone, sector)

    def pair(self):
        """Pair singles of a municipality by age."""
        places = {}
        for person in self.singles:
            places.setdefault((person.home, person.sex), []).append(person)
        for home in range(self.n_mun):
            women = sorted(places.get((home, 0), []), key=lambda a: a.birth)
            men = sorted(places.get((home, 1), []), key=lambda a: a.birth)
            for woman, man in zip(women, men, strict=False):
                if woman.household is not man.household:
                    woman.partner, man.partner = man, woman
                    man.household.remove(man)
                    woman.household.append(man)
                    man.household, man.owner = woman.household, woman.owner

    def child(self, mother):
        """A newborn."""
        row = Person.__new__(Person)
        mesa.Agent.__init__(row, self)
        row.__dict__.update(
            sex=int(self.luck.random() < 0.514), birth=self.month, status=CHILD, home=mother.home, skill=0, sector=S,
            wage=0.0, mode=0, work=-1, address=self.month, job_since=0, origin=mother.home, partner=None,
            contact=None, household=mother.household, owner=mother.owner, habitual=False, amenities={},
        )  # fmt: skip
        return row
