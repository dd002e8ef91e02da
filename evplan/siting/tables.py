"""A plan as tables: what is done when and for how much, what stands, who is covered and served, and by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evplan.siting.measure import Plan, as_it_stands
from evplan.siting.places import NO_ZONE

if TYPE_CHECKING:
    import pandas as pd

    from evplan.siting.areas import DemandAreas

URBAN_PER_KM2 = 300.0  # inhabitants: Eurostat's degree of urbanisation, urban clusters
ACTIONS = ("open", "upgrade", "extend", "reduce", "remove", "keep")


def goals_table(plan: Plan) -> pd.DataFrame:
    """Return what every goal comes to, as it stands and as planned."""
    import pandas as pd

    money, now = plan.problem.study.currency, as_it_stands(plan.problem).goals
    units = {"coverage": "1", "equity": "1", "served": "kWh", "cost": money, "npv": money, "emissions": "kg CO2"}
    return pd.DataFrame(
        [(goal, units[goal], now[goal], value) for goal, value in plan.goals.items()],
        columns=["goal", "unit", "now", "planned"],
    )


def sites_table(plan: Plan) -> pd.DataFrame:
    """Return every site of the study: where it is, and what stands now."""
    import pandas as pd

    own, problem = plan.problem.sites, plan.problem
    return pd.DataFrame({
        "site": own.names, "lat": own.point[:, 0], "lon": own.point[:, 1], "standing": own.standing,
        "zone": ["" if zone == NO_ZONE else own.zone_names[zone] for zone in own.zone],
        "area": [problem.areas.names[i] for i in problem.of_area],
        "setting": [setting_of(problem.areas, int(i)) for i in problem.of_area],
        **{f"{kind.name}_ports": own.ports[:, k] for k, kind in enumerate(problem.study.types)},
        **{f"{kind.name}_most": np.maximum(own.most, own.ports)[:, k] for k, kind in enumerate(problem.study.types)},
    })  # fmt: skip


def setting_of(areas: DemandAreas, area: int) -> str:
    """Return whether an area is urban or rural: as its group says, or by inhabitants per square kilometre; urban where nothing is known."""
    group, own = str(areas.group[area]), areas.frame
    if group in ("urban", "rural"):
        return group
    if "population" in own and float(own["area_km2"].iloc[area]) > 0:
        dense = float(own["population"].iloc[area]) / float(own["area_km2"].iloc[area])
        return "urban" if dense >= URBAN_PER_KM2 else "rural"
    return "urban"


def stations_table(plan: Plan) -> pd.DataFrame:
    """Return a row for every phase, site and type that has ports, or had them: what is done there, its cost, and what it serves."""
    import pandas as pd

    problem, before = plan.problem, plan.before
    t, j, k = np.nonzero((plan.ports > 0) | (before > 0))
    names, types = problem.sites.names, problem.study.types
    return pd.DataFrame({
        "phase": [problem.study.phases[i].name for i in t], "site": [names[i] for i in j],
        "lat": problem.sites.point[j, 0], "lon": problem.sites.point[j, 1], "type": [types[i].name for i in k],
        "ports_before": before[t, j, k], "ports": plan.ports[t, j, k], "action": actions(plan)[t, j, k], "cost": costs(plan)[t, j, k],
        "served_kwh_day": plan.served[t, k, j],
    })  # fmt: skip


def actions(plan: Plan) -> np.ndarray:
    """Return what is done with every type at every site in every phase, words, shape (phases, sites, types)."""
    before, after = plan.before, plan.ports
    stood = (before > 0).any(axis=2, keepdims=True)
    cases = [
        (before == 0) & (after > 0) & ~stood,
        (before == 0) & (after > 0) & stood,
        (before > 0) & (after > before),
        (after > 0) & (after < before),
        (before > 0) & (after == 0),
    ]
    return np.select(cases, ACTIONS[:-1], ACTIONS[-1])


def costs(plan: Plan) -> np.ndarray:
    """Return what is paid for each of these, shape (phases, sites, types); a new site counts for the first type that comes."""
    problem, before, after = plan.problem, plan.before, plan.ports
    types, stood = problem.study.types, problem.sites.ports > 0
    port, station, removal, resale = (
        np.array([getattr(one, f) for one in types]) for f in ("port_cost", "station_cost", "removal_cost", "resale")
    )
    came, went = np.maximum(after - before, 0), np.maximum(before - after, 0)
    opened = (before == 0) & (after > 0) & ~stood
    paid = came * port + opened * station + went * (removal - resale * port)
    new_site = (after > 0).any(2) & ~(before > 0).any(2) & ~problem.sites.standing
    first = (after > 0).argmax(axis=2)
    t, j = np.nonzero(new_site)
    paid[t, j, first[t, j]] += problem.study.site_cost
    return paid


def areas_table(plan: Plan) -> pd.DataFrame:
    """Return a row for every phase, area and type: what is covered, wanted and served."""
    import pandas as pd

    problem = plan.problem
    phases, types, areas = plan.covered.shape
    t, k, i = (index.ravel() for index in np.indices((phases, types, areas)))
    wanted = problem.growth[:, None, None] * np.stack([reach.wanted for reach in problem.reach])
    served = np.array(
        [[np.bincount(r.area, flow, areas) for r, flow in zip(problem.reach, own, strict=True)] for own in plan.flows]
    )
    return pd.DataFrame({
        "phase": [problem.study.phases[n].name for n in t], "area": [problem.areas.names[n] for n in i],
        "lat": problem.areas.point[i, 0], "lon": problem.areas.point[i, 1], "group": problem.areas.group[i],
        "setting": np.array([setting_of(problem.areas, n) for n in range(areas)], object)[i],
        "type": [problem.study.types[n].name for n in k], "weight": problem.weight[i], "covered": plan.covered[t, k, i],
        "wanted_kwh_day": wanted[t, k, i], "served_kwh_day": served[t, k, i],
    })  # fmt: skip


def flows_table(plan: Plan) -> pd.DataFrame:
    """Return who charges where: a row for every phase, type and pair of area and site between which energy goes."""
    import pandas as pd

    problem, parts = plan.problem, []
    for t, phase in enumerate(problem.study.phases):
        for k, kind in enumerate(problem.study.types):
            flow, reach = plan.flows[t][k], problem.reach[k]
            there = np.flatnonzero(flow > 0)
            parts.append(pd.DataFrame({
                "phase": phase.name, "type": kind.name, "area": [problem.areas.names[i] for i in reach.area[there]],
                "site": [problem.sites.names[j] for j in reach.site[there]], "kwh_day": flow[there],
            }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def phases_table(plan: Plan) -> pd.DataFrame:
    """Return a row for every phase: money, stations, coverage and energy."""
    import pandas as pd

    problem, done = plan.problem, actions(plan)
    budget = np.array([phase.budget for phase in problem.study.phases])
    own = {
        "phase": [phase.name for phase in problem.study.phases], "years": [phase.years for phase in problem.study.phases],
        "budget": budget, "works": plan.works, "operation_per_year": plan.yearly,
        **{action: (done == action).sum((1, 2)) for action in ACTIONS[:-1]},
    }  # fmt: skip
    if problem.sites.zone_names:
        own["reinforcement_steps"] = plan.steps.sum(1)
    for k, kind in enumerate(problem.study.types):
        own[f"{kind.name}_stations"] = (plan.ports[:, :, k] > 0).sum(1)
        own[f"{kind.name}_ports"] = plan.ports[:, :, k].sum(1)
        own[f"{kind.name}_covered"] = plan.covered[:, k] @ problem.weight
        own[f"{kind.name}_served_kwh_day"] = plan.served[:, k].sum(1)
        own[f"{kind.name}_wanted_kwh_day"] = problem.growth * problem.reach[k].wanted.sum()
    return pd.DataFrame(own)


def groups_table(plan: Plan) -> pd.DataFrame:
    """Return a row for every phase and group: its weight, coverage and energy."""
    areas = areas_table(plan)
    areas["_covered"] = areas["weight"] * areas["covered"]
    sums = areas.groupby(["phase", "group", "type"], sort=False)[
        ["weight", "_covered", "wanted_kwh_day", "served_kwh_day"]
    ].sum()
    sums["covered"] = sums["_covered"] / sums["weight"].where(sums["weight"] > 0)
    return sums.drop(columns="_covered").reset_index()


def zones_table(plan: Plan) -> pd.DataFrame:
    """Return a row for every phase and zone: what the ports draw at once, and what the grid can carry."""
    import pandas as pd

    problem, said = plan.problem, plan.problem.study.zones
    assert said is not None
    power = said.coincidence * np.array([one.power_kw for one in problem.study.types])
    zones, names = problem.sites.zone, problem.sites.zone_names
    rows = []
    for t, phase in enumerate(problem.study.phases):
        drawn = np.bincount(zones, plan.ports[t] @ power, len(names))
        stands = np.bincount(zones, problem.sites.ports @ power, len(names))
        for z, name in enumerate(names):
            more = plan.steps[t, z] * (said.step_kw or 0.0)
            rows.append(
                (phase.name, name, stands[z], drawn[z], problem.sites.zone_kw[z] + stands[z] + more, plan.steps[t, z])
            )
    return pd.DataFrame(rows, columns=["phase", "zone", "stands_kw", "drawn_kw", "limit_kw", "steps"])
