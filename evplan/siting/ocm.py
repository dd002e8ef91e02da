"""Stations of Open Charge Map, as its JSON has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from evplan.errors import InputError
from evplan.paths import sized

if TYPE_CHECKING:
    import geopandas


def is_ocm(path: Path) -> bool:
    """Return whether a file is JSON of Open Charge Map: a list of places with AddressInfo."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open(encoding="utf-8-sig") as handle:
        return "AddressInfo" in handle.read(20_000)


def read_ocm(path: Path) -> geopandas.GeoDataFrame:
    """Return the stations of Open Charge Map's JSON; `connections` holds their kW and numbers."""
    import geopandas

    try:
        own = json.loads(sized(path).read_text(encoding="utf-8-sig"))
        rows = [
            {
                "name": str(one["AddressInfo"].get("Title") or one.get("ID")),
                "lat": float(one["AddressInfo"]["Latitude"]),
                "lon": float(one["AddressInfo"]["Longitude"]),
                "connections": [
                    (float(c.get("PowerKW") or 7.0), max(int(c.get("Quantity") or 1), 0))
                    for c in one.get("Connections") or []
                ],
            }
            for one in own
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is not as Open Charge Map writes stations ({error})") from None
    points = geopandas.points_from_xy([row["lon"] for row in rows], [row["lat"] for row in rows])
    return geopandas.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
