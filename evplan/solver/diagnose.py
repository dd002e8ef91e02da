"""Why there is no plan: which inputs clash, where they stand in the file, by how much, and one repair.

The share of demand that must be served, and a load beside the chargers, are what can clash. First the largest share that
has a plan is solved for: that repair suffices; if there is none, the connection is too small for the load. Then each other
limit is relaxed on its own, at a price of 1 per kW and everything else free: what must be given up is the amount missing,
and a limit whose relaxation does not help is not to blame. If none helps alone, all are relaxed together. The program asked
must hold every row: one that cannot bind now may once another limit gives way.
"""

from __future__ import annotations

import math

import numpy as np

from evplan.errors import EvplanError, InfeasibleError
from evplan.instance.read import Read
from evplan.instance.site import Demand
from evplan.parameters.types import SiteParameters
from evplan.solver.compile import Program
from evplan.solver.relax import ROWS, largest_share, missing


def explain(program: Program, site: SiteParameters, status: str, found: Read) -> EvplanError:
    """Return the error that tells the user why the site has no plan."""
    if status == "unbounded":
        why = "the plan could earn without end; look for a price of energy below the export price"
        return EvplanError(f"site {site.name}: {why}")
    share = largest_share(program, site.min_served)
    i = [s.name for s in found.instance.sites].index(site.name)
    if share is None:
        return InfeasibleError(_load_unmet(program, site, found, i))
    place = found.position(("sites", i, "demand", "min_served"))
    lines = [
        f"{found.path}:{place.line}:{place.column}: sites[{site.name}].demand.min_served: {site.min_served:g} cannot be reached; "
        f"the other limits let at most {share:.4f} of a year's energy be served",
        found.source.excerpt(place),
        *_clashes(program, site, found.instance.sites[i].demand),
        f"  One repair that suffices: sites[{site.name}].demand.min_served: {np.floor(share * 1000) / 1000:g}",
    ]
    return InfeasibleError("\n".join(lines))


def _load_unmet(program: Program, site: SiteParameters, found: Read, i: int) -> str:
    """Return why not even the load beside the chargers can be met: the connection, by how much, and what would do."""
    more = missing(program, ("grid",)) if site.load_kw.any() else None
    if not more:
        return f"site {site.name}: the inputs contradict each other, and no single limit repairs it"
    y, t = np.unravel_index(int(np.argmax(site.load_kw)), site.load_kw.shape)
    when, place = (
        f"{site.clock.start[t]:%d %B, %H:%M} of year {site.years[y]}",
        found.position(("sites", i, "connection")),
    )
    largest, kw = max([site.existing_kw, *(step.power_kw for step in site.connection_steps)]), _up(more["grid"])
    return "\n".join([
        f"{found.path}:{place.line}:{place.column}: sites[{site.name}].connection: {largest:g} kW cannot carry load_kw, with all the "
        f"panels and battery allowed; the load is highest on {when}: {site.load_kw[y, t]:,.0f} kW",
        found.source.excerpt(place),
        f"  One repair that suffices: a step of {largest + kw:,g} kW in sites[{site.name}].connection.steps",
    ])  # fmt: skip


def _clashes(program: Program, site: SiteParameters, demand: Demand) -> list[str]:
    """Return a line for each other limit that takes part in the clash, with when and by how much."""
    demand_kw = site.demand_kwh / site.clock.step_h
    y, t = np.unravel_index(int(np.argmax(demand_kw)), demand_kw.shape)
    when = f"{site.clock.start[t]:%d %B, %H:%M} of year {site.years[y]}"
    lines = [f"  Demand is highest on {when}: {demand_kw[y, t]:,.0f} kW."]
    if not site.chargers:
        least = f"a port of at least min_charger_kw = {demand.min_charger_kw:g} kW"
        return [*lines, f"  It clashes with the catalogue: no charger type that is allowed here has {least}."]
    alone = [found for limit in ROWS if (found := missing(program, (limit,)))]
    together = {} if alone else missing(program, tuple(ROWS)) or {}
    if together:
        lines.append("  Two limits are short together; each must give way:")
    for found in alone or [together]:
        lines += [SAID[limit](site, _up(kw)) for limit, kw in found.items()]
    return lines


def _grid(site: SiteParameters, more_kw: float) -> str:
    largest = max([site.existing_kw, *(step.power_kw for step in site.connection_steps)])
    return f"  It clashes with sites[{site.name}].connection: {largest:g} kW at most; {more_kw:,g} kW more would do."


def _ports(site: SiteParameters, more_kw: float) -> str:
    types = ", ".join(f"{c.name} up to {c.max_count}" for c in site.chargers)
    waits = any(c.waits for c in site.chargers)
    carried = sum(float(c.capacity_kw[-1, -1]) for c in site.chargers)
    within = " within the waiting limit" if waits else ""
    relax = ", or relax max_wait_min" if waits else ""
    return (
        f"  It clashes with the chargers ({types}): together they carry {carried:,.0f} kW{within}; "
        f"{more_kw:,g} kW more would do: raise max_count{relax}."
    )


SAID = {"grid": _grid, "ports": _ports}


def _up(amount: float) -> float:
    """Return an amount rounded up to a tenth, so that it suffices as it is printed."""
    return math.ceil(10 * amount + 0.01) / 10
