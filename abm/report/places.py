"""Where the municipalities of a region lie, and where its tables come from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import OmlandError
from abm.language import Language, say
from abm.region.complaints import fail
from abm.region.descriptor import Package, open_package
from abm.region.files import read_text
from abm.region.needed import NEEDED
from abm.region.tables import county_names, read_table
from abm.resources import data_path
from abm.schema import COUNTIES

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Origin:
    """Where one table of the region comes from.

    Attributes:
        title: what it holds.
        sources: who published it.
        year: year it is about.
        licence: licences.
        status: official, derived or assumed.
    """

    title: str
    sources: tuple[str, ...]
    year: str
    licence: str
    status: str

    def source(self, lang: Language) -> str:
        """The sources in a line, in a language if they are those of a package that travels with Omland."""
        return "; ".join(lang.text(name) for name in self.sources)


@dataclass(frozen=True)
class Places:
    """The municipalities of a region on a map.

    Positions are in degrees of latitude; east-west distances are shrunk by the cosine of the
    latitude (a sinusoidal projection), so areas are true.

    Attributes:
        names: name by code.
        seats: position of the seat by code, float64[2].
        rings: outer rings of the borders by code, each float64[n, 2]; empty without a map.
        map_origin: where the borders come from; none without a map.
        content_hash: of the data package.
        origins: where its tables come from.
        counties: name of each county by code, where the region gives it.
    """

    names: dict[str, str]
    seats: dict[str, FloatArray]
    rings: dict[str, list[FloatArray]]
    content_hash: str
    map_origin: Origin | None = None
    origins: tuple[Origin, ...] = field(default=())
    counties: dict[str, str] = field(default_factory=dict)

    def county(self, code: str) -> str:
        """Name of a county: the region's own, else the official one, else the code."""
        return self.counties.get(code) or COUNTIES.get(code, code)


def load_places(path: Path | None = None) -> Places:
    """Read names, seats and borders from a data package.

    Args:
        path: folder of the package; the shipped one unless told.

    Raises:
        OmlandError: it cannot be read, or its map is none.
    """
    package = open_package(data_path("norrland") if path is None else Path(path))
    if "municipalities" not in package.resources:
        fail(say("{path}: the data package has no table of municipalities.", path=package.path))
    table = read_table(package, "municipalities", fail, NEEDED["municipalities"])
    codes = table.texts("code")
    position = np.column_stack([table.numbers("longitude"), table.numbers("latitude")])
    centre = float(position[:, 0].mean())
    rings, map_origin = _borders(package, centre)
    return Places(
        names=dict(zip(codes, map(_plain, table.texts("name")), strict=True)),
        seats=dict(zip(codes, _project(position, centre), strict=True)),
        rings=rings,
        content_hash=package.content_hash(),
        map_origin=map_origin,
        origins=tuple(_origin(resource) for resource in package.resources.values()),
        counties={code: _plain(name) for code, name in county_names(table).items()},
    )


def _plain(text: str) -> str:
    """A text without control characters, which no document may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _project(degrees: FloatArray, centre: float) -> FloatArray:
    """Longitude and latitude in degrees, float64[n, 2], as positions on the map."""
    east = (degrees[:, 0] - centre) * np.cos(np.radians(degrees[:, 1]))
    return np.column_stack([east, degrees[:, 1]])


def _borders(package: Package, centre: float) -> tuple[dict[str, list[FloatArray]], Origin | None]:
    """Outer rings by municipality, and their source; nothing if the package has no map."""
    for name in package.resources:
        resource = package.resources[name]
        if str(resource.get("format", "")).lower() == "geojson":
            break
    else:
        return {}, None
    file = package.file(name)
    rings: dict[str, list[FloatArray]] = {}
    try:
        for feature in json.loads(read_text(file))["features"]:
            geometry = feature["geometry"]
            shapes = geometry["coordinates"]
            for polygon in shapes if geometry["type"] == "MultiPolygon" else [shapes]:
                ring = np.asarray(polygon[0], dtype=float)[:, :2]
                rings.setdefault(str(feature["properties"]["code"]), []).append(_project(ring, centre))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise OmlandError(
            say(
                "{file}: this is no map of municipalities; GeoJSON polygons with a property code are "
                "expected.",
                file=file,
            )
        ) from error
    return rings, _origin(resource)


def _origin(resource: dict[str, Any]) -> Origin:
    def told(key: str, *fields: str) -> tuple[str, ...]:
        listed = resource.get(key)
        found = [
            next((str(item[f]) for f in fields if item.get(f)), "")
            for item in (listed if isinstance(listed, list) else [])
            if isinstance(item, dict)
        ]
        return tuple(_plain(text) for text in dict.fromkeys(found) if text)

    return Origin(
        title=_plain(str(resource.get("title", resource["name"]))),
        sources=told("sources", "title", "path"),
        year=_plain(str(resource.get("year", ""))),
        licence="; ".join(told("licenses", "name", "title")),
        status=_plain(str(resource.get("omland:status", ""))),
    )
