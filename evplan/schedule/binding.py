"""What holds a plan back: full connections and phases, the peak that is paid, short stays, shared charge points; in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.schedule.answer import reached
from evplan.schedule.flows import Decision, flows, phase_kwh
from evplan.schedule.problem import Problem
from evplan.schedule.solve import Found, solve

MORE_KW = 1.0
NARROW = 1e-6  # relative: wider gaps hide what a kW is worth
MOST_COLUMNS = 50_000  # the plan is solved once more to say what a kW is worth: not where that takes long


def binding(problem: Problem, found: Found, currency: str) -> list[str]:
    """Return a sentence for everything that holds the plan back; one that says so where nothing does."""
    decision = found.decision
    said = [*_connection(problem, found, currency), *_phases(problem, decision), *_groups(problem, decision)]
    said += [*_peaks(problem, decision, currency), *_stays(problem, decision)]
    return said or ["Nothing binds but prices: another charge point or a larger connection would save nothing."]


def full_steps(problem: Problem, decision: Decision) -> np.ndarray:
    """Return in which steps the connection is full, shape (steps,), bool."""
    return reached(problem, flows(problem, decision).drawn, problem.limit_kwh)


def _connection(problem: Problem, found: Found, currency: str) -> list[str]:
    full = full_steps(problem, found.decision)
    if not full.any():
        return []
    said = f"The connection is full in {_span(problem, full)}"
    if len(problem.columns) > MOST_COLUMNS or found.gap > NARROW or found.stands or len(problem.goals) > 1:
        return [f"{said}."]
    wider = solve(replace(problem, limit_kwh=problem.limit_kwh + MORE_KW * problem.step_h))
    saved = found.cost.total - wider.cost.total
    return [f"{said}; one kW more would be worth {saved:,.2f} {currency} in this plan, shortfalls at their price."]


def _phases(problem: Problem, decision: Decision) -> list[str]:
    if problem.points.phase is None:
        return []
    full = reached(problem, phase_kwh(problem, decision), problem.points.phase_limit_kwh)
    return [
        f"Phase L{i + 1} is full in {_span(problem, full[:, i])}." for i in np.flatnonzero(full.any(axis=0)).tolist()
    ]


def _groups(problem: Problem, decision: Decision) -> list[str]:
    said = []
    for group in problem.points.groups:
        inside = group.members[problem.columns.session]
        drawn = problem.by_step(np.where(inside, decision.drawn, 0.0))
        names = set(problem.sessions.charger[group.members].tolist())
        name = f"Charge point {names.pop()!r}" if len(names) == 1 and "" not in names else "The number of charge points"
        on = problem.by_step((inside & (decision.drawn > 1e-6)).astype(float))
        if (full := reached(problem, drawn, group.most_kwh)).any():
            said.append(f"{name} gives all its power in {_span(problem, full)}.")
        if group.at_once is not None and (full := on >= group.at_once).any():
            said.append(f"{name} lets no more charge at once in {_span(problem, full)}.")
    return said


def _peaks(problem: Problem, decision: Decision, currency: str) -> list[str]:
    peaks = flows(problem, decision).peaks_kw
    return [
        f"Import reaches {line.so_far_kw + peak:,.1f} kW, {peak:,.1f} above what the month had seen: {line.per_kw * peak:,.2f} {currency}."
        for line, peak in zip(problem.demand, peaks.tolist(), strict=True)
        if peak > NARROW and line.per_kw > 0
    ]


def _stays(problem: Problem, decision: Decision) -> list[str]:
    drawn, most = problem.by_session(decision.drawn), problem.by_session(problem.most_kwh)
    full = int((reached(problem, drawn, most) & (most > 0) & (problem.want_kwh > 0)).sum())
    if full == 1:
        return ["One session charges at full power as long as it stays."]
    return [f"{full:,} sessions charge at full power as long as they stay."] if full else []


def _span(problem: Problem, full: np.ndarray) -> str:
    at, hours = np.flatnonzero(full), problem.step_h * float(full.sum())
    first, last = problem.clock.start[at[0]], problem.clock.start[at[-1]]
    return f"{len(at):,} steps ({hours:,.2f} h) between {first:%Y-%m-%d %H:%M} and {last:%Y-%m-%d %H:%M}"
