"""The region's map: its areas, and what becomes of each station."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.region.tables import READY, REFUSED, SUPPORTED, WAITS
from evplan.report.drawing import GIVE, GRID, INK, LOST, STORE, SUN, axes_of, svg
from evplan.siting.geo import plane_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

MARKS = {READY: (STORE, "o"), SUPPORTED: (GIVE, "D"), WAITS: (SUN, "^"), REFUSED: (LOST, "X")}
LEAST, MOST = 18.0, 160.0  # of a station's mark, by the energy that it serves
MANY = 5000


def states(folder: Path, stations: pd.DataFrame) -> str:
    """Return a map of what becomes of stations, their size by the energy that siting gives them. folder : of the region."""
    import geopandas as gpd

    areas = gpd.read_file(folder / "siting" / "plan.gpkg", layer="areas")
    plane = plane_of(areas)
    shapes = _km(areas.to_crs(plane))
    at = gpd.GeoSeries.from_xy(stations["lon"], stations["lat"], crs="EPSG:4326").to_crs(plane)
    x, y = at.x.to_numpy() / 1000, at.y.to_numpy() / 1000
    left, low, right, top = shapes.total_bounds
    figure, axes = axes_of(float(np.clip(6.6 * (top - low) / max(right - left, 1e-3) + 0.9, 2.4, 7.5)))
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    if (shapes.geom_type == "Point").all():
        axes.scatter(shapes.x, shapes.y, s=5, color=GRID, linewidth=0, alpha=0.6)
    else:
        shapes.boundary.plot(ax=axes, color=GRID, linewidth=0.3, aspect=None, rasterized=len(shapes) > MANY)
        axes.set(xlabel="", ylabel="")
    kwh = stations["siting_kwh_day"].to_numpy(float)
    size = LEAST + (MOST - LEAST) * kwh / max(kwh.max(initial=0.0), 1e-9)
    for state, (colour, mark) in MARKS.items():
        here = (stations["state"] == state).to_numpy()
        if here.any():
            axes.scatter(x[here], y[here], s=size[here], color=colour, marker=mark, edgecolor="white", linewidth=0.5,
                         label=f"{state} ({here.sum()})", zorder=3)  # fmt: skip
    length = max(one for one in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if one <= max((right - left) / 4, 0.1))
    axes.plot([left, left + length], [low - 0.05 * (top - low)] * 2, color=INK, linewidth=1.5)
    axes.text(
        left + length / 2, low - 0.05 * (top - low), f"{length:g} km", fontsize=7, color=INK, ha="center", va="bottom"
    )
    axes.legend(fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
    return svg(figure, "Map of stations and what becomes of them")


def _km(shapes: gpd.GeoDataFrame) -> gpd.GeoSeries:
    return shapes.geometry.affine_transform([0.001, 0, 0, 0.001, 0, 0]).set_crs(None, allow_override=True)
