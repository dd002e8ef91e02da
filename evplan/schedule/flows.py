"""What follows from what vehicles draw: import, export, peaks and cost, recomputed without any solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.schedule.problem import Problem


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
    """What a plan costs, money. shortfall, excess : what the search puts on them; of excess only what a price was said for is paid."""

    energy: float
    export: float
    demand: float
    excess: float
    shortfall: float

    @property
    def total(self) -> float:
        """Return what is minimised."""
        return self.energy - self.export + self.demand + self.excess + self.shortfall

    @property
    def paid(self) -> float:
        """Return what is paid for energy and its peak."""
        return self.energy - self.export + self.demand


def flows(problem: Problem, drawn: np.ndarray, resting: np.ndarray | float = 0.0) -> Flows:
    """Return the cheapest flows of what vehicles draw.

    drawn : shape (columns,), kWh.  resting : what panels could give and are told not to, shape (steps,), kWh: where energy has a
    negative price, drawing earns.  Panels serve the site first; what is left is sold where that earns, and else spilled.
    """
    solar = problem.solar_kwh - resting
    net = problem.by_step(drawn) + problem.base_kwh - solar
    over, net = np.maximum(-net, 0.0), np.maximum(net, 0.0)
    exported = np.where(problem.export_price > 0, np.minimum(over, problem.export_kwh), 0.0)
    imported = np.minimum(net, problem.limit_kwh)
    kw = net / problem.step_h
    peaks = [max(0.0, float(kw[line.applies].max()) - line.so_far_kw) for line in problem.demand]
    return Flows(imported, net - imported, exported, resting + over - exported, np.array(peaks))


def short_kwh(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return what each session lacks of what its stay allows, kWh in its battery, shape (sessions,)."""
    return np.maximum(problem.want_kwh - problem.efficiency * problem.by_session(drawn), 0.0)


def cost(problem: Problem, drawn: np.ndarray, resting: np.ndarray | float = 0.0) -> Cost:
    """Return what a plan costs; arguments as in `flows`."""
    found = flows(problem, drawn, resting)
    return Cost(
        energy=float(problem.price @ found.drawn),
        export=float(problem.export_price @ found.exported),
        demand=float(sum(line.per_kw * peak for line, peak in zip(problem.demand, found.peaks_kw, strict=True))),
        excess=float(problem.excess_price * found.excess.sum()),
        shortfall=float(problem.short_price @ short_kwh(problem, drawn)),
    )


def within(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return a plan brought inside what vehicles take: no negative power, none above the most, nobody more than wanted."""
    drawn = np.clip(drawn, 0.0, problem.most_kwh)
    got = problem.efficiency * problem.by_session(drawn)
    part = np.where(got > problem.want_kwh, problem.want_kwh / np.maximum(got, 1e-300), 1.0)
    return drawn * part[problem.columns.session]
