"""What a decision comes to: energy asked and delivered, satisfaction, peak, cost, CO2, fairness; who gets less, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evplan.schedule.flows import Decision, cost, delivered_kwh, flows, phase_kwh
from evplan.schedule.problem import Problem

LESS = 0.01  # kWh: a session that lacks no more is served
FULL = 1e-6  # relative: a limit that is so near is reached; earlier goals that give way are farther
SLACKS = 1000  # of goals: a sum that gives way by one moves its parts by many
NONE = 1e-6  # kWh: a power that small is none


@dataclass(frozen=True)
class Lack:
    """A session that gets less than its driver asked for. why : in words."""

    name: str
    asked_kwh: float
    delivered_kwh: float
    why: str


def figures(problem: Problem, decision: Decision) -> dict[str, Any]:
    """Return the key figures of a decision; money in the site's currency. Satisfaction is delivered over asked, at most 1."""
    found, paid = flows(problem, decision), cost(problem, decision)
    asked, got = problem.sessions.energy_kwh, np.minimum(delivered_kwh(problem, decision), problem.sessions.energy_kwh)
    wanted = asked > 0
    share = got[wanted] / asked[wanted]
    return {
        "sessions": len(problem.sessions),
        "asked_kwh": float(asked.sum()),
        "delivered_kwh": float(delivered_kwh(problem, decision).sum()),
        "drawn_kwh": float(decision.drawn.sum()),
        "given_kwh": float(decision.given.sum()),
        "satisfaction": float(got.sum() / asked.sum()) if wanted.any() else 1.0,
        "least_satisfaction": float(share.min()) if wanted.any() else 1.0,
        "fairness": float(share.sum() ** 2 / (len(share) * (share @ share))) if share.any() else 1.0,
        "sessions_short": int((asked - got > LESS).sum()),
        "import_kwh": float(found.drawn.sum()),
        "export_kwh": float(found.exported.sum()),
        "peak_kw": float(found.drawn.max() / problem.step_h),
        "excess_kwh": float(found.excess.sum()),
        "cost": paid.paid,
        "energy_cost": paid.energy,
        "demand_cost": paid.demand,
        "export_income": paid.export,
        "wear_cost": paid.wear,
        "co2_kg": problem.kg_per_kwh * float(found.drawn.sum()),
    }


def reached(problem: Problem, values: np.ndarray, limit: np.ndarray | float) -> np.ndarray:
    """Return where values reach a limit, bool. What earlier goals give way by does not count."""
    return values >= limit * (1 - (FULL if len(problem.goals) == 1 else max(FULL, SLACKS * problem.goal_slack)))


def lacking(problem: Problem, decision: Decision) -> list[Lack]:
    """Return who gets less than asked for, those that lack most first."""
    got, asked = delivered_kwh(problem, decision), problem.sessions.energy_kwh
    lack = asked - got
    order = np.argsort(-lack, kind="stable")
    full = _full(problem, decision)
    return [
        Lack(str(problem.sessions.name[v]), float(asked[v]), float(got[v]), _why(problem, full, int(v)))
        for v in order.tolist()
        if lack[v] > LESS
    ]


def _full(problem: Problem, decision: Decision) -> dict[str, np.ndarray]:
    """Return in which of its columns each limit is reached, shape (columns,), bool each, by what it is called."""
    columns, points = problem.columns, problem.points
    connection = reached(problem, flows(problem, decision).drawn, problem.limit_kwh)
    found = {"the connection is full": connection[columns.step]}
    if points.phase is not None:
        carried = reached(problem, phase_kwh(problem, decision), points.phase_limit_kwh)
        phase = (problem.phase_in_turn if decision.phase is None else decision.phase)[columns.session]
        own = carried[columns.step, np.maximum(phase - 1, 0)]
        found["its phase is full"] = np.where(phase > 0, own, carried.max(axis=1)[columns.step])
    shared = np.zeros(len(columns), bool)
    for group in points.groups:
        inside = group.members[columns.session]
        taken = reached(problem, problem.by_step(np.where(inside, decision.drawn, 0.0)), group.most_kwh)
        if group.at_once is not None:
            taken |= problem.by_step((inside & (decision.drawn > NONE)).astype(float)) >= group.at_once
        shared |= inside & taken[columns.step]
    if points.groups:
        found["its charge point is taken"] = shared
    return found


def _why(problem: Problem, full: dict[str, np.ndarray], v: int) -> str:
    """Return why a session gets less, in words. full : in which columns each limit is reached."""
    own = problem.columns_of(v)
    if not len(own):
        return "it is not plugged in while the plan runs"
    asked, possible = problem.sessions.energy_kwh[v], float(problem.want_kwh[v])
    if asked > possible + LESS:
        room = (1 - problem.sessions.arrival_soc[v]) * problem.sessions.battery_kwh[v]
        if possible >= room - LESS:
            return f"its battery has room for {room:.1f} kWh"
        return f"its stay allows {possible:.1f} kWh at {problem.sessions.max_kw[v]:g} kW" + " and less" * bool(
            problem.tapers[v]
        )
    for what, columns in full.items():
        if (times := int(columns[own].sum())) > 0:
            return f"{what} in {times} of its {len(own)} steps, and others have priority or less time"
    if problem.points.switched or problem.has_least:
        return "what it lacks does not fit the powers and times at which it may charge"
    return "serving it would cost more than shortfall_price_per_kwh says it is worth"
