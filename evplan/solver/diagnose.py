"""Why there is no plan: which inputs clash, where they stand in the file, by how much, and one repair.

The share of demand that must be served is the one obligation that can clash. First the largest share
that has a plan is solved for: that repair suffices. Then each other limit is relaxed on its own, at a
price of 1 per unit and everything else free: what must be given up is the amount missing, and a limit
whose relaxation does not help is not to blame.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csc_array, hstack

from evplan.errors import EvplanError, InfeasibleError
from evplan.instance.read import Read
from evplan.instance.site import Demand
from evplan.parameters.types import SiteParameters
from evplan.solver.compile import Program
from evplan.solver.highs import run
from evplan.solver.outcome import Options
from evplan.solver.subproblem import elastic

LONGEST_S = 120.0  # for each question asked; an unanswered one is left out


def explain(program: Program, site: SiteParameters, status: str, found: Read) -> EvplanError:
    """Return the error that tells the user why the site has no plan."""
    if status == "unbounded":
        why = "the plan could earn without end; look for a price of energy below the export price"
        return EvplanError(f"site {site.name}: {why}")
    share = largest_share(program, site.min_served)
    if share is None:
        return InfeasibleError(f"site {site.name}: the inputs contradict each other, and no single limit repairs it")
    source = found.source
    i = [s.name for s in found.instance.sites].index(site.name)
    place = source.position(("sites", i, "demand", "min_served"))
    lines = [
        f"{found.path}:{place.line}:{place.column}: sites[{site.name}].demand.min_served: {site.min_served:g} cannot be reached; "
        f"the other limits let at most {share:.4f} of a year's energy be served",
        source.excerpt(place),
        *_clashes(program, site, found.instance.sites[i].demand),
        f"  One repair that suffices: demand.min_served: {np.floor(share * 1000) / 1000:g}",
    ]
    return InfeasibleError("\n".join(lines))


def _clashes(program: Program, site: SiteParameters, demand: Demand) -> list[str]:
    """Return a line for each other limit that takes part in the clash, with when and by how much."""
    demand_kw = site.demand_kwh / site.clock.step_h
    y, t = np.unravel_index(int(np.argmax(demand_kw)), demand_kw.shape)
    when = f"{site.clock.start[t]:%d %B, %H:%M} of year {site.years[y]}"
    lines = [f"  Demand is highest on {when}: {demand_kw[y, t]:,.0f} kW."]
    largest = max([site.existing_kw, *(step.power_kw for step in site.connection_steps)])
    grid = least_miss(program, "connection_choice")
    if grid is not None:
        lines.append(
            f"  It clashes with sites[{site.name}].connection: {largest:g} kW at most; {grid:,.1f} kW more would do."
        )
    if not site.chargers:
        least = f"a port of at least min_charger_kw = {demand.min_charger_kw:g} kW"
        lines.append(f"  It clashes with the catalogue: no charger type that is allowed here has {least}.")
        return lines
    ports = least_miss(program, "queue_capacity", "full_capacity")
    if ports is not None:
        types = ", ".join(f"{c.name} up to {c.max_count}" for c in site.chargers)
        carried = sum(float(c.capacity_kw[-1, -1]) for c in site.chargers)
        lines.append(
            f"  It clashes with the chargers ({types}): together they carry {carried:,.0f} kW within the waiting limit;"
        )
        lines.append(f"  about {ports:,.1f} kW more would do: raise max_count, or relax max_wait_min.")
    return lines


def largest_share(program: Program, asked: float) -> float | None:
    """Return the largest `min_served` that has a plan, or None if even 0 has none.

    The obliged energy of each year becomes a share times what is wanted, and the share is maximised.
    """
    rows = rows_of(program, "min_served")
    if not len(rows) or asked <= 0:
        return None
    wanted = program.row_lower[rows] / asked
    share = csc_array((-wanted, (rows, np.zeros(len(rows), int))), shape=(len(program.rows), 1))
    lower = program.row_lower.copy()
    lower[rows] = 0.0
    relaxed = replace(
        program,
        matrix=csc_array(hstack([program.matrix, share])),
        cost=np.append(np.zeros(len(program.cost)), -1.0),
        offset=0.0,
        row_lower=lower,
        lower=np.append(program.lower, 0.0),
        upper=np.append(program.upper, 1.0),
        integer=np.zeros(len(program.cost) + 1, bool),
        columns=[*program.columns, None],
    )
    outcome = run(relaxed, Options(0.0, LONGEST_S))
    return None if outcome.x is None else max(0.0, float(outcome.x[-1]))


def least_miss(program: Program, *limits: str) -> float | None:
    """Return how far the rows of one limit must give way, in their own unit, or None if that does not help.

    Costs are dropped, so nothing keeps sizes from their largest and integers need not be enforced.
    """
    rows = np.concatenate([rows_of(program, limit) for limit in limits])
    if not len(rows):
        return None
    free = replace(program, cost=np.zeros(len(program.cost)), integer=np.zeros(len(program.cost), bool))
    outcome = run(elastic(free, rows), Options(0.0, LONGEST_S))
    return None if outcome.x is None else _largest(program, rows, outcome.x[: len(program.cost)])


def _largest(program: Program, rows: np.ndarray, x: np.ndarray) -> float:
    """Return the amount missing in the worst year: the last part of a row's index is its year."""
    activity = program.matrix[rows] @ x
    missing = np.maximum(program.row_lower[rows] - activity, 0) + np.maximum(activity - program.row_upper[rows], 0)
    by_year: dict[Any, float] = {}
    for row, amount in zip(rows, missing, strict=True):
        index = program.rows[row].constraint.index()
        year = index[-1] if isinstance(index, tuple) else index
        by_year[year] = by_year.get(year, 0.0) + float(amount)
    return max(by_year.values(), default=0.0)


def rows_of(program: Program, limit: str) -> np.ndarray:
    """Return the rows that belong to a constraint component."""
    return np.array([i for i, row in enumerate(program.rows) if component(row) == limit], int)


def component(row: Any) -> str:
    """Return the name of the constraint component that a row belongs to."""
    return row.constraint.parent_component().local_name
