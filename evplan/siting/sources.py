"""What a siting file may say of its data: demand areas, counts that are spread over them, sites, zones of the grid, and distances."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evplan.instance.base import Count, NotNegative, Noun, Positive, Text

Longitude = Annotated[float, Field(strict=True, ge=-180, le=180)]
Latitude = Annotated[float, Field(strict=True, ge=-85, le=85)]
Metres = Annotated[float, Field(strict=True, ge=50, le=100_000)]


class Places(Noun):
    """A file of points or polygons: GeoJSON, GeoPackage, GeoParquet, tables with latitude and longitude, Open Charge Map's JSON."""

    file: Text
    """Path relative to the siting file."""
    layer: Text | None = None
    """Of a GeoPackage; left out, its first."""
    crs: Text | None = None
    """Coordinate reference of a file that does not say its own, as EPSG:4326; left out, latitude and longitude."""
    columns: dict[Text, Text] = Field(default_factory=dict)
    """What the file calls a field, where it uses names of its own: {population: POP_2021}."""


class Spread(Noun):
    """Counts of larger or other areas that are spread over the demand areas inside them."""

    file: Text
    """Polygons with a column of counts, or a table of counts by a key where `shapes` holds the polygons."""
    value: Text
    """Column of the counts."""
    to: Text = "evs"
    """Field of the demand areas that they are: evs, population, or another that `weights` names."""
    key: Text | None = None
    """Column that names the polygon of each row of a table."""
    shapes: Text | None = None
    """File of the polygons of a table."""
    shapes_key: Text | None = None
    """Column of their names; left out, as in the table."""
    within: Text | None = None
    """Polygons of the region: a count is cut to the part of its polygon's area that lies inside."""


class Areas(Places):
    """Demand areas: polygons, or points that stand for them. Fields: name, population, evs, income, group, transit, land_use, area_km2."""

    spread: tuple[Spread, ...] = ()
    """Counts that come from other areas."""
    grid_m: Metres | None = None
    """Points are joined in cells of this size; left out, each is an area of its own."""
    within: Text | None = None
    """Polygons outside of which areas are left out."""
    stops: Text | None = None
    """Stops of public transport, a GTFS stops.txt: their number within 500 m is the field transit."""
    groups: Annotated[int, Field(strict=True, ge=2, le=20)] | None = None
    """Areas are put in this many groups of equal weight by `income`; left out, the field `group` says them."""


class Existing(Places):
    """Stations that stand. Fields: name, ports of each type as NAME_ports, and zone; of Open Charge Map, its connections by power."""

    removable: bool = True
    """Whether ports may be taken away."""
    upgradable: bool = True
    """Whether other types may be added at their sites; ports of a type that stands may always be."""


class Candidates(Noun):
    """Where stations may be opened: places of a file, or a grid."""

    places: Places | None = None
    """Of a file. Fields: name, zone, and the most ports of each type as most_NAME."""
    grid_m: Metres | None = None
    """A site at every crossing of a grid of this size."""
    near_m: Metres = 1500.0
    """Crossings farther from every demand area are left out."""
    within: Text | None = None
    """And those outside of these polygons."""


class Zones(Places):
    """Zones of the grid: polygons with the power that is left. Fields: name, capacity_kw."""

    step_kw: Positive | None = None
    """Power that one step of reinforcement adds; left out, nothing can be added."""
    step_cost: NotNegative = 0.0
    """Cost of a step."""
    most_steps: Count = 4
    """Steps in a zone."""
    coincidence: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.6
    """Part of the ports' power that a zone must carry at once."""


class Distances(Noun):
    """How far sites are: straight, times a detour; or a table."""

    detour: Annotated[float, Field(strict=True, ge=1, le=3)] = 1.3
    """Length of a way by road per straight distance."""
    file: Text | None = None
    """Table of ways: columns area, site, km (or minutes with `km_per_minute`); a pair it leaves out is too far."""
    km_per_minute: Positive | None = None
    """Where the table holds minutes."""
