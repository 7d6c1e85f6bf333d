"""The region as arrays: what the population builder and the model read.

A :class:`Region` is the checked content of one data package. It holds no
behaviour. Shapes use ``M`` municipalities, ``Z`` = ``M`` + 2 zones (rest of
Sweden, abroad), ``S`` sectors, ``K`` skill groups and ``A`` = 101 ages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.schema import COUNTIES

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Region:
    """One region, read from a data package and checked.

    Attributes:
        name: name of the package.
        path: folder it was read from.
        content_hash: SHA-256 over the files of the package.
        codes: municipality codes in zone order, length M, then ``RS`` and ``AB``.
        names: names of the zones, in the same order.
        county: county code of each municipality, length M.
        latitude, longitude: of the seats (WGS84 degrees), float64[M].
        population: residents at the end of 2019, int64[M, 2, A] (sex: woman, man).
        education: share of residents by skill, float64[M, 2, A, K]; sums to 1 from age 16.
        households: int64[M, 12 types, 4 tenures].
        persons_by_household_size: int64[M, 7], persons living in households of 1..7+.
        dwellings: dwelling stock at the end of 2019, int64[M, 4 tenures].
        dwellings_built: dwellings completed a year in the baseline, float64[M].
        employment_rate: share employed of residents, float64[M, 2, A]; zero below 16.
        employed_residents: employed by residence (nattbefolkning), int64[M].
        employment_index: employed residents in November over those of the first simulated year, float64[Y, M],
            a row a year from that one on; the last row holds for all later years.
        jobs: jobs by workplace (dagbefolkning), int64[M, S].
        unemployed: registered unemployed at the end of 2019, int64[M].
        unemployed_by_age: relative risk of unemployment by age, float64[A].
        commuting: employed by residence (row) and workplace (column), int64[Z, Z];
            rows sum to `employed_residents`, columns to `jobs` for municipalities;
            the block of boundary zones with themselves is zero.
        migration: movers a year by origin and destination, float64[Z, Z], zero diagonal.
        migration_age: relative intensity of moving out by age, float64[M, A], mean 1 over 16-64.
        in_migrant_age: share of in-migrants from the boundary zones by age, float64[2, M, A] (RS, AB).
        immigration: immigrants over those of `migration`, float64[Y, M], a row a year from the first
            simulated one on; the last row holds for all later years.
        births: births a year per woman by age, float64[M, A].
        deaths: deaths a year per resident, float64[M, 2, A].
        income: mean earned income, float64[M, 2, A], SEK a year 2018.
        wages: mean monthly wage, float64[S, K], SEK 2019.
        wage_level: municipal wage level relative to the region, float64[M].
        tax_rate: municipal and regional income tax, float64[M].
        io_domestic: input coefficients, float64[S, S] (row supplies column), share of output.
        io_imported: imported inputs per output, float64[S].
        household_consumption: share of household consumption by domestic sector, float64[S]
            (the rest, to one, is imported).
        output_per_job: MSEK a year per job, 2019 prices, float64[S].
        public_need: relative need of public services per resident by age, float64[S, A]; zero but for O, P, Q.
        national_jobs: jobs in the rest of Sweden by sector, float64[S].
        employer_sizes: share of jobs by size class of employer, float64[S, 8]; see `SIZE_CLASSES`.
        distance_km: road distance between zones, float64[Z, Z].
        car_minutes: travel time by car, float64[Z, Z].
        transit_minutes: travel time by rail or coach, float64[Z, Z]; inf where there is none.
        network: travel network; nodes are zone codes and junctions, edges have
            ``mode`` (road or rail), ``km``, ``minutes``, ``name``.
        series: official yearly series the baseline is held against, columns
            ``code, year, quantity, value, source`` (quantity: population,
            employed_residents, unemployed, in_migrants, out_migrants, births, deaths).
        county_names: name of each county by code, as far as the table of municipalities tells them.
    """

    name: str
    path: Path
    content_hash: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    county: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    population: IntArray
    education: FloatArray
    households: IntArray
    persons_by_household_size: IntArray
    dwellings: IntArray
    dwellings_built: FloatArray
    employment_rate: FloatArray
    employed_residents: IntArray
    employment_index: FloatArray
    jobs: IntArray
    unemployed: IntArray
    unemployed_by_age: FloatArray
    commuting: IntArray
    migration: FloatArray
    migration_age: FloatArray
    in_migrant_age: FloatArray
    immigration: FloatArray
    births: FloatArray
    deaths: FloatArray
    income: FloatArray
    wages: FloatArray
    wage_level: FloatArray
    tax_rate: FloatArray
    io_domestic: FloatArray
    io_imported: FloatArray
    household_consumption: FloatArray
    output_per_job: FloatArray
    public_need: FloatArray
    national_jobs: FloatArray
    employer_sizes: FloatArray
    distance_km: FloatArray
    car_minutes: FloatArray
    transit_minutes: FloatArray
    network: nx.MultiGraph
    series: pd.DataFrame
    county_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_municipalities(self) -> int:
        """Number of municipalities simulated one to one, M."""
        return len(self.county)

    @property
    def n_zones(self) -> int:
        """Municipalities and the two boundary zones, Z."""
        return len(self.codes)

    def index(self, name_or_code: str) -> int:
        """Zone index of a municipality given by name or code.

        Raises:
            KeyError: no such zone.
        """
        if name_or_code in self.codes:
            return self.codes.index(name_or_code)
        if name_or_code in self.names:
            return self.names.index(name_or_code)
        raise KeyError(name_or_code)

    def county_name(self, county_code: str) -> str:
        """Name of a county, as the table of municipalities has it; else the one that Omland knows, or the code."""
        return self.county_names.get(county_code) or COUNTIES.get(county_code, county_code)

    def county_mask(self, county_code: str) -> NDArray[np.bool_]:
        """Which municipalities belong to a county, bool[M]."""
        return np.array([c == county_code for c in self.county])

    def county_zones(self, county_code: str) -> NDArray[np.bool_]:
        """The same over zones, bool[Z], not to be written to: the boundary zones belong to no county."""
        found = self._zones_of_counties.get(county_code)
        if found is None:
            boundary = [False] * (self.n_zones - self.n_municipalities)
            found = self._zones_of_counties[county_code] = np.append(self.county_mask(county_code), boundary)
            found.flags.writeable = False
        return found

    @cached_property
    def _zones_of_counties(self) -> dict[str, NDArray[np.bool_]]:
        """What has been asked for: every establishment asks for several in every month."""
        return {}


SIZE_CLASSES = ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 249), (250, 1500))
"""Smallest and largest number of jobs of an employer in each size class."""
