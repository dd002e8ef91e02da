"""What follows from a decision: import, export, peaks, service and cost, recomputed without any solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.schedule.points import PHASES
from evplan.schedule.problem import Problem


@dataclass(frozen=True)
class Decision:
    """What is decided. drawn, given : by and out of vehicles, shape (columns,), kWh on the site's side.

    resting : what panels could give and are told not to, shape (steps,), kWh: where energy has a negative price, drawing earns.
    charge, discharge : of the stationary battery, on the site's side, shape (steps,), kWh.
    phase : of each session, shape (sessions,), where the plan chooses it.
    """

    drawn: np.ndarray
    given: np.ndarray
    resting: np.ndarray
    charge: np.ndarray
    discharge: np.ndarray
    phase: np.ndarray | None = None


def only(problem: Problem, drawn: np.ndarray, resting: np.ndarray | None = None) -> Decision:
    """Return a decision in which vehicles only draw and no battery moves."""
    nothing = np.zeros(problem.steps)
    return Decision(drawn, np.zeros(len(drawn)), nothing if resting is None else resting, nothing, nothing)


@dataclass(frozen=True)
class Flows:
    """What the site draws and sends in every step, shape (steps,), kWh; peaks_kw above what the month has seen, by demand charge."""

    imported: np.ndarray
    excess: np.ndarray
    exported: np.ndarray
    spilled: np.ndarray
    peaks_kw: np.ndarray

    @property
    def drawn(self) -> np.ndarray:
        """Return all that comes from the grid."""
        return self.imported + self.excess


@dataclass(frozen=True)
class Cost:
    """What a decision costs, money. shortfall, excess : what the search puts on them; they are no cash unless a price was said.
    Shortfall counts what may come too late (`gone`) by its chance."""

    energy: float
    export: float
    demand: float
    wear: float
    excess: float
    shortfall: float

    @property
    def total(self) -> float:
        """Return what is minimised."""
        return self.paid + self.excess + self.shortfall

    @property
    def paid(self) -> float:
        """Return what is paid for energy, its peak and wear, less what export earns."""
        return self.energy - self.export + self.demand + self.wear


def flows(problem: Problem, decision: Decision) -> Flows:
    """Return the cheapest flows of a decision: panels serve the site first; what is left is sold where that earns, and else spilled."""
    site = problem.base_kwh + decision.charge - decision.discharge
    net = problem.by_step(decision.drawn - decision.given) + site - (problem.solar_kwh - decision.resting)
    over, net = np.maximum(-net, 0.0), np.maximum(net, 0.0)
    exported = np.where(problem.export_price > 0, np.minimum(over, problem.export_kwh), 0.0)
    imported = np.minimum(net, problem.limit_kwh)
    kw = net / problem.step_h
    peaks = [max(0.0, float(kw[line.applies].max()) - line.so_far_kw) for line in problem.demand]
    return Flows(imported, net - imported, exported, decision.resting + over - exported, np.array(peaks))


def phase_kwh(problem: Problem, decision: Decision) -> np.ndarray:
    """Return what each phase carries, shape (steps, 3), kWh; the building, panels and the battery lie on all three."""
    own = flows(problem, decision)
    site = problem.base_kwh - problem.solar_kwh + own.spilled + decision.charge - decision.discharge
    phase = decision.phase if decision.phase is not None else problem.phase_in_turn
    net, of = decision.drawn - decision.given, phase[problem.columns.session]
    three = (problem.by_step(np.where(of == 0, net, 0.0)) + site) / len(PHASES)
    return np.column_stack([three + problem.by_step(np.where(of == one, net, 0.0)) for one in PHASES])


def phase_excess_kwh(problem: Problem, decision: Decision) -> float:
    """Return what phases carry above their limit, kWh in all; 0 where phases are not weighed."""
    if problem.points.phase is None:
        return 0.0
    return float(np.maximum(phase_kwh(problem, decision) - problem.points.phase_limit_kwh, 0.0).sum())


def stored_gain(problem: Problem, decision: Decision) -> np.ndarray:
    """Return what each column adds to its vehicle's battery, kWh, shape (columns,)."""
    out = problem.giving.efficiency if problem.giving else 1.0
    return problem.efficiency * decision.drawn - decision.given / out


def delivered_kwh(problem: Problem, decision: Decision) -> np.ndarray:
    """Return what each session has got when it leaves, kWh in its battery, shape (sessions,)."""
    return problem.by_session(stored_gain(problem, decision))


def short_kwh(problem: Problem, decision: Decision) -> np.ndarray:
    """Return what each session lacks of what its stay allows, kWh in its battery, shape (sessions,)."""
    return np.maximum(problem.want_kwh - delivered_kwh(problem, decision), 0.0)


def cost(problem: Problem, decision: Decision) -> Cost:
    """Return what a decision costs."""
    found = flows(problem, decision)
    wear = problem.giving.wear_per_kwh * float(decision.given.sum()) if problem.giving else 0.0
    wear += problem.battery.wear_per_kwh * float(decision.discharge.sum()) if problem.battery else 0.0
    return Cost(
        energy=float(problem.price @ found.drawn),
        export=float(problem.export_price @ found.exported),
        demand=float(sum(line.per_kw * peak for line, peak in zip(problem.demand, found.peaks_kw, strict=True))),
        wear=wear,
        excess=problem.excess_price * (float(found.excess.sum()) + phase_excess_kwh(problem, decision)),
        shortfall=float(problem.short_price @ short_kwh(problem, decision) + problem.draw_price @ decision.drawn),
    )


def within(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return a plan brought inside what vehicles take: no negative power, none above the most, nobody more than wanted."""
    drawn = np.clip(drawn, 0.0, problem.most_kwh)
    got = problem.efficiency * problem.by_session(drawn)
    part = np.where(got > problem.want_kwh, problem.want_kwh / np.maximum(got, 1e-300), 1.0)
    return drawn * part[problem.columns.session]


def full_stops(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return what vehicles draw that stop by themselves when they have what they want: the last of it is cut. drawn : shape (columns,)."""
    session = problem.columns.session
    got = problem.efficiency * np.cumsum(drawn)
    begun = np.append(0.0, got)[np.searchsorted(session, session)]
    left = problem.want_kwh[session] - (got - begun - problem.efficiency * drawn)
    return np.clip(drawn, 0.0, np.maximum(left, 0.0) / problem.efficiency)
