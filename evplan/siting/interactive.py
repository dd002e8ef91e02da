"""A plan as one page to look around in: phases, types, what stands where and who is covered; no network, no library.

The page (templates/map.html) draws what it is given as JSON; names are only ever set as text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from evplan.paths import replacing
from evplan.siting.maps import on_plane, plane_km
from evplan.siting.measure import Plan
from evplan.siting.tables import actions, costs

TEMPLATE = Path(__file__).parent / "templates" / "map.html"
PLACE = "/* plan */ null"
FINE_KM = 0.01  # finer than a screen shows


def write_map(plan: Plan, path: Path) -> str:
    """Write a plan's page; return its name."""
    data = json.dumps(content(plan), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    with replacing(path) as temporary:
        temporary.write_text(TEMPLATE.read_text(encoding="utf-8").replace(PLACE, data), encoding="utf-8")
    return path.name


def content(plan: Plan) -> dict[str, Any]:
    """Return what the page draws: areas with the covered part, stations with ports and works, before all phases and in each."""
    problem, study = plan.problem, plan.problem.study
    at, stations = on_plane(plan, problem.areas.point), on_plane(plan, problem.sites.point)
    low_high = [plane_km(plan, problem.areas.frame).total_bounds.reshape(2, 2), stations, at]
    every = np.concatenate(low_high)
    corner = np.array([every[:, 0].min(), every[:, 1].max()])
    now = Plan(problem, problem.sites.ports[None], np.zeros((1, plan.steps.shape[1]), int))
    covered = np.concatenate([now.covered, plan.covered])
    ports = np.concatenate([problem.sites.ports[None], plan.ports])
    done, paid = actions(plan), costs(plan)
    used = np.flatnonzero((ports > 0).any(axis=(0, 2)))
    return {
        "title": study.title, "currency": study.currency, "types": [kind.name for kind in study.types],
        "phases": ["now", *(phase.name for phase in study.phases)],
        "size": np.ptp(every, axis=0).round(2).tolist(),
        "areas": [
            {"name": name, "group": str(problem.areas.group[i]), "evs": round(float(problem.areas.evs[i]), 1),
             "weight": float(problem.weight[i]), "at": _flat(at[i], corner), "path": path, "covered": covered[:, :, i].round(3).tolist()}
            for i, (name, path) in enumerate(zip(problem.areas.names, _paths(plan, corner), strict=True))
        ],
        "stations": [
            {"name": problem.sites.names[j], "at": _flat(stations[j], corner), "ports": ports[:, j].tolist(),
             "done": [["keep"] * len(study.types), *done[:, j].tolist()], "cost": [0, *paid[:, j].sum(axis=1).round(2).tolist()],
             "served": [None, *plan.served[:, :, j].sum(axis=1).round(1).tolist()]}
            for j in used.tolist()
        ],
    }  # fmt: skip


def _flat(point: np.ndarray, corner: np.ndarray) -> list[float]:
    """Return a point as the page counts: km to the right and down from a corner."""
    return [round(float(point[0] - corner[0]), 3), round(float(corner[1] - point[1]), 3)]


def _paths(plan: Plan, corner: np.ndarray) -> list[str]:
    """Return the outline of each area as an SVG path; none for points."""
    shapes = plane_km(plan, plan.problem.areas.frame).geometry.simplify(FINE_KM)
    made = []
    for shape in shapes:
        rings = [
            ring
            for one in getattr(shape, "geoms", [shape])
            if one.geom_type == "Polygon"
            for ring in (one.exterior, *one.interiors)
        ]
        made.append("".join(_ring(np.array(ring.coords)[:, :2] - corner) for ring in rings))
    return made


def _ring(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.2f} {-y:.2f}" for x, y in points) + "Z"
