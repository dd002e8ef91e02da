"""Plan a siting file and write everything: tables, map layers, the audit, the report, and a sealed summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evplan.csvs import write_csv
from evplan.errors import CheckError
from evplan.instance.document import require_elsewhere
from evplan.paths import replacing
from evplan.report.sealed import clean, seal, sealed
from evplan.siting import tables
from evplan.siting.audit import audit
from evplan.siting.handoff import require_base, write_instances
from evplan.siting.interactive import write_map
from evplan.siting.measure import Plan, as_it_stands, most
from evplan.siting.pareto import front, front_table, require_front
from evplan.siting.problem import Problem, problem_of
from evplan.siting.read import ReadStudy, named_files
from evplan.siting.run import seek
from evplan.siting.search import Found
from evplan.siting.sensitivity import Case, LeftOut, cases, cases_table, regrets
from evplan.solver.outcome import Options

AGAIN, AGAIN_GAP = 10.0, 0.01  # a case of sensitivity, or a point, has a tenth of the time, and need not be closer


@dataclass(frozen=True)
class Asked:
    """What is made beside the plan. against : a goal for trade-offs, at so many points.  base : of instances for its stations."""

    formats: Sequence[str] = ("html",)
    sensitivity: bool = False
    against: str | None = None
    points: int = 10
    base: Path | None = None


def plan_and_write(
    read: ReadStudy, options: Options, folder: Path, asked: Asked, tell: Callable[[str, str], None]
) -> dict[str, Any]:  # fmt: skip
    """Plan a study, audit and write the plan; return its summary. Raises: CheckError where a claim does not hold."""
    if asked.against is not None:
        require_front(read.study, asked.against, asked.points)
    if asked.base is not None:
        require_base(asked.base, read.study.currency)
    require_elsewhere(folder, read.path, named_files(read.study))
    own = partial(tell, "siting")
    own("reading data")
    problem = problem_of(read.study, read.path.parent)
    found = seek(problem, options, own)
    again = replace(options, gap=max(options.gap, AGAIN_GAP), time_limit_s=options.time_limit_s / AGAIN)
    others = cases(read.study, read.path.parent, found[-1], again, tell) if asked.sensitivity else []
    points = front(problem, asked.against, asked.points, again, found[-1], own) if asked.against else []
    own("writing")
    return write(read, problem, found, folder, asked, others, points)


PLAIN = Asked()


def write(
    read: ReadStudy, problem: Problem, found: Sequence[Found], folder: Path, asked: Asked = PLAIN, others: Sequence[Case | LeftOut] = (),
    points: Sequence[Found] = (),
) -> dict[str, Any]:  # fmt: skip
    """Write a plan's folder and return its summary."""
    plan = found[-1].plan
    folder.mkdir(parents=True, exist_ok=True)
    made = tables_of(plan)
    if others:
        made |= {"cases": cases_table(found[-1], others), "regrets": regrets(plan, others)}
    if points:
        made["pareto"] = front_table(list(points))
    files = [write_table(folder, name, table) for name, table in made.items()]
    checks = audit(read.study, folder, read.path.parent)
    wrong = [one for one in checks if not one.holds]
    if wrong:
        lines = "\n".join(f"{one.claim}: {one.said}" for one in wrong)
        raise CheckError(f"the plan does not add up and is refused:\n{lines}", {one.claim: one.found for one in wrong})
    files.append(_layers(plan, folder / "plan.gpkg"))
    files.append(write_map(plan, folder / "map.html"))
    if asked.base is not None:
        files += [f"instances/{name}" for name in write_instances(read.study, folder, asked.base)]
    said = clean(summary(read, plan, found))
    said["left_out"] = {one.name: one.why for one in others if isinstance(one, LeftOut)}
    said["audit"] = [{"claim": one.claim, "holds": one.holds} for one in checks]
    from evplan.siting.report import write_report

    write_report(said, plan, checks, folder, asked.formats, made)
    seal(folder, said, files)
    return sealed(folder, "siting")


def summary(read: ReadStudy, plan: Plan, found: Sequence[Found]) -> dict[str, Any]:
    """Return what a plan comes to."""
    problem, best = plan.problem, found[-1]
    now = as_it_stands(problem)
    done = tables.actions(plan)
    total = np.bincount(problem.group, problem.weight, len(problem.groups))
    return {
        "kind": "siting", "title": read.study.title or read.path.stem, "file": str(read.path), "currency": read.study.currency,
        "areas": len(problem.weight), "sites": len(problem.sites), "standing": int(problem.sites.standing.sum()),
        "status": best.status, "gap": best.gap, "value": best.value, "bound": best.bound, "seconds": sum(one.seconds for one in found),
        "building_seconds": sum(one.building for one in found), "goals": plan.goals, "before": now.goals,
        "last_coverage": float(plan.by_group[-1] @ total), "works": float(plan.works.sum()),
        "served_share": plan.goals["served"] / most(problem)["served"],
        "actions": {action: int((done == action).sum()) for action in tables.ACTIONS[:-1]},
        "groups": {name: float(share) for name, share in zip(problem.groups, plan.by_group[-1], strict=True)},
        "sought": [one.model_dump() for one in read.study.sought],
    }  # fmt: skip


def tables_of(plan: Plan) -> dict[str, Any]:
    stations = tables.stations_table(plan)
    made = {
        "sites": tables.sites_table(plan),
        "stations": stations,
        "plan": stations[stations["action"] != "keep"],
        "areas": tables.areas_table(plan),
        "flows": tables.flows_table(plan),
        "phases": tables.phases_table(plan),
        "groups": tables.groups_table(plan),
        "goals": tables.goals_table(plan),
    }
    return made | ({"zones": tables.zones_table(plan)} if plan.problem.study.zones is not None else {})


def write_table(folder: Path, name: str, made: Any) -> str:
    write_csv(folder / f"{name}.csv", made)
    return f"{name}.csv"


def _layers(plan: Plan, file: Path) -> str:
    """Write stations of every phase and areas as layers of a GeoPackage."""
    import geopandas

    stations, areas = tables.stations_table(plan), plan.problem.areas.frame
    at = geopandas.points_from_xy(stations["lon"], stations["lat"])
    fields = {
        column: areas[column] for column in areas.columns if areas[column].dtype.kind in "iufO" and column != "geometry"
    }
    for k, kind in enumerate(plan.problem.study.types):
        fields |= {f"{kind.name}_covered_{p.name}": plan.covered[t, k] for t, p in enumerate(plan.problem.study.phases)}
    shapes = geopandas.GeoDataFrame(
        {**fields, "weight": plan.problem.weight}, geometry=areas.geometry.to_numpy(), crs=areas.crs
    )
    with replacing(file) as path:
        whole = path.with_suffix(".gpkg")
        try:
            geopandas.GeoDataFrame(stations, geometry=at, crs=areas.crs).to_file(whole, layer="stations", driver="GPKG")
            shapes.to_file(whole, layer="areas", driver="GPKG")
            whole.replace(path)
        finally:
            whole.unlink(missing_ok=True)
    return file.name
