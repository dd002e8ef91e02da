"""Why there is no plan: which inputs clash, where they stand in the file, by how much, and one repair.

Each limit that a user can set is relaxed on its own, at a price of 1 per unit and everything else
free. What must be given up then is the amount missing; a limit whose relaxation does not help is not
to blame. The first repair is solved for, so it suffices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import EvplanError, InfeasibleError
from evplan.instance.read import Read
from evplan.parameters.types import SiteParameters
from evplan.solver.compile import Program
from evplan.solver.highs import run
from evplan.solver.outcome import Options
from evplan.solver.subproblem import elastic

LIMITS = {"min_served": "served energy", "connection_choice": "connection", "queue_capacity": "charger capacity"}


@dataclass(frozen=True)
class Miss:
    """How far one limit must give way, alone, for a plan to exist; `amount` in its own unit."""

    amount: float
    x: np.ndarray


def explain(program: Program, site: SiteParameters, status: str, found: Read) -> EvplanError:
    """Return the error that tells the user why the site has no plan."""
    if status == "unbounded":
        return EvplanError(
            f"site {site.name}: the plan could earn without end; look for a price of energy below the export price"
        )
    misses = {limit: miss for limit in LIMITS if (miss := least_miss(program, limit)) is not None}
    if "min_served" not in misses:
        return InfeasibleError(f"site {site.name}: the inputs contradict each other, and no single limit repairs it")
    where = found.source
    i = [s.name for s in found.instance.sites].index(site.name)
    loc = ("sites", i, "demand", "min_served")
    place = where.position(loc)
    reachable = served_share(site, misses["min_served"].amount)
    lines = [
        f"{found.path}:{place.line}:{place.column}: sites[{site.name}].demand.min_served: {site.min_served:g} cannot be reached; "
        f"at most {reachable:.4f} of year {site.years[-1]}'s energy can be served within the other limits",
        where.excerpt(place),
        *_others(site, misses),
        f"One repair that suffices: demand.min_served: {np.floor(reachable * 1000) / 1000:g}",
    ]
    return InfeasibleError("\n".join(lines))


def _others(site: SiteParameters, misses: dict[str, Miss]) -> list[str]:
    """Return a line for each other limit that takes part in the clash, with when and by how much."""
    lines = []
    demand_kw = site.demand_kwh / site.clock.step_h
    y, t = np.unravel_index(int(np.argmax(demand_kw)), demand_kw.shape)
    when = f"{site.clock.start[t]:%d %B, %H:%M} of year {site.years[y]}"
    lines.append(f"  Demand is highest on {when}: {demand_kw[y, t]:,.0f} kW.")
    largest = max([site.existing_kw, *(step.power_kw for step in site.connection_steps)])
    if "connection_choice" in misses:
        amount = misses["connection_choice"].amount
        lines.append(
            f"  It clashes with sites[{site.name}].connection: the largest is {largest:g} kW; {amount:,.1f} kW more would do."
        )
    capacity = sum(float(c.capacity_kw[-1, -1]) for c in site.chargers)
    if "queue_capacity" in misses:
        amount = misses["queue_capacity"].amount / len(site.years)
        types = ", ".join(f"{c.name} up to {c.max_count}" for c in site.chargers) or "no type is allowed and accepted"
        lines.append(
            f"  It clashes with the chargers ({types}): together they carry {capacity:,.0f} kW within the waiting limit; "
            f"about {amount:,.1f} kW more would do. Raise max_count or relax max_wait_min."
        )
    return lines


def least_miss(program: Program, limit: str) -> Miss | None:
    """Return how far the rows of one limit must give way, or None if that does not help.

    Costs are dropped, so nothing keeps sizes from their largest and integers need not be enforced.
    """
    rows = np.array([i for i, row in enumerate(program.rows) if component(row) == limit], int)
    if not len(rows):
        return None
    free = replace(program, cost=np.zeros(len(program.cost)), integer=np.zeros(len(program.cost), bool))
    outcome = run(elastic(free, rows), Options(0.0, 600.0))
    if outcome.x is None:
        return None
    return Miss(outcome.objective, outcome.x[: len(program.cost)])


def component(row: Any) -> str:
    """Return the name of the constraint component that a row belongs to."""
    return row.constraint.parent_component().local_name


def served_share(site: SiteParameters, short_kwh: float) -> float:
    """Return the share of energy that can be served when `short_kwh` is missing over all modelled years.

    The shortage is put on one year, the last, which makes the share a safe one.
    """
    wanted = float(site.demand_kwh[-1] @ site.clock.weight)
    return max(0.0, site.min_served - short_kwh / wanted) if wanted else 0.0
