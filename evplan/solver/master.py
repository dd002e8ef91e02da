"""The master of a decomposed program: sizes, one cost variable per block, and the cuts."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np

from evplan.solver.around import Around
from evplan.solver.compile import Program
from evplan.solver.highs import STATUS, checked, load
from evplan.solver.pool import Pool
from evplan.solver.subproblem import Cut

SHORTEST_S = 2.0  # a master is small: it is always given this long, so that a plan can be found
LOOSE = 0.05  # a gap good enough where any answer will do
FEASIBLE = 1e-6  # of a row's terms
MANY = 2000  # cuts: more than that and whole numbers are sought over a part of them
START = 0.3  # where in the box of sizes the first cuts are taken


@dataclass(frozen=True)
class Answer:
    """The master's sizes, None if it has none (then `status` says why), and its proved bound."""

    x: np.ndarray | None
    bound: float
    status: str


class Master:
    """A small MILP in HiGHS: columns are the linking columns, then one theta per block, then what is around them.

    Until every block has a cut, its theta needs a bound (`at_least`), or the master has none itself.
    """

    def __init__(self, program: Program, around: Around) -> None:
        self.cost, self.integer = program.cost, program.integer
        self.lower, self.upper = program.lower, program.upper
        self._sizes, self._program, self._around = len(program.cost), program, around
        self._whole = around.program(program)
        self._highs = load(self._whole)
        self._pool, self._point = Pool(len(self._whole.cost)), np.zeros(0)
        self._outer: highspy.Highs | None = None
        self._is_mip = bool(program.integer.any())
        self.solver = f"HiGHS {self._highs.version()}"

    def at_least(self, least: np.ndarray) -> None:
        """Bound every theta from below."""
        index = np.arange(self._sizes, self._sizes + len(least), dtype=np.int32)
        most = np.full(len(least), highspy.kHighsInf)
        checked(self._highs.changeColsBounds(len(least), index, least, most), "changeColsBounds")

    def start(self) -> np.ndarray:
        """Return a first point inside the sizes' bounds."""
        upper = np.where(np.isfinite(self._program.upper), self._program.upper, 1.0)
        return self._program.lower + START * (np.maximum(upper, self._program.lower) - self._program.lower)

    def largest(self) -> np.ndarray | None:
        """Return sizes as large as the master's rows allow together: a plan, though a dear one; None if it has none."""
        reach = np.where(np.isfinite(self._program.upper), np.maximum(1.0, np.abs(self._program.upper)), 1.0)
        self._price(np.append(-1.0 / reach, np.zeros(len(self._whole.cost) - self._sizes)))
        answer = self.solve(SHORTEST_S, LOOSE)
        self._price(self._whole.cost)
        return answer.x

    def allows(self, x: np.ndarray) -> bool:
        """Return whether sizes keep to the rows of their own, to the solver's accuracy."""
        activity = self._program.matrix @ x
        reach = FEASIBLE * np.maximum(1.0, abs(self._program.matrix) @ np.abs(x))
        return bool(
            ((activity >= self._program.row_lower - reach) & (activity <= self._program.row_upper + reach)).all()
        )

    def worth(self, x: np.ndarray, costs: np.ndarray) -> float:
        """Return the objective at sizes whose blocks cost so much; infinite if what is around them does not allow it."""
        if self._around.plain:
            return float(self._whole.offset + self.cost @ x + self._around.weight @ costs)
        if self._outer is None:
            whole = self._around.loosened().program(self._program)
            self._outer = load(replace(whole, integer=np.zeros(len(whole.cost), bool)))
        known = np.append(x, costs)
        index = np.arange(len(known), dtype=np.int32)
        checked(self._outer.changeColsBounds(len(known), index, known, known), "changeColsBounds")
        checked(self._outer.run(), "run")
        is_optimal = self._outer.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return self._outer.getObjectiveValue() if is_optimal else np.inf

    def _price(self, cost: np.ndarray) -> None:
        index = np.arange(len(cost), dtype=np.int32)
        checked(self._highs.changeColsCost(len(cost), index, cost), "changeColsCost")

    def relax(self, relaxed: bool) -> None:
        """Drop the integers, or restore them."""
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        self._is_mip = not relaxed and bool(self._program.integer.any())
        for i in np.flatnonzero(self._program.integer):
            checked(self._highs.changeColIntegrality(int(i), kinds[not relaxed]), "changeColIntegrality")

    def cut(self, block: int, place: np.ndarray, cut: Cut) -> None:
        """Add a cut of one block."""
        index = place.astype(np.int32)
        if cut.feasible:
            index = np.append(index, np.int32(self._sizes + block))
            values, least = np.append(-cut.slope, 1.0), cut.value - float(cut.slope @ cut.x)
        else:
            values, least = cut.slope, cut.value
        keep = values != 0
        self._pool.add(block if cut.feasible else -1, index[keep], values[keep], least)
        self._hold(index[keep], values[keep], least)

    def _hold(self, index: np.ndarray, values: np.ndarray, least: float) -> None:
        checked(self._highs.addRow(least, highspy.kHighsInf, len(index), index, values), "addRow")

    def thin(self) -> None:
        """Hold only the cuts that the last answer leans on, if there are many; `solve` takes back those that it misses."""
        if len(self._pool.held) <= MANY or not len(self._point):
            return
        idle = self._pool.idle(self._point)
        first = self._highs.getNumRow() - len(self._pool.held)
        checked(self._highs.deleteRows(len(idle), (first + idle).astype(np.int32)), "deleteRows")
        self._pool.held = np.delete(self._pool.held, idle).tolist()

    def careful(self) -> None:
        """Drop presolve and tighten tolerances: cuts taken at nearly the same point can mislead both."""
        for name, value in (
            ("presolve", "off"),
            ("mip_feasibility_tolerance", 1e-9),
            ("primal_feasibility_tolerance", 1e-9),
        ):
            checked(self._highs.setOptionValue(name, value), name)
        checked(self._highs.clearSolver(), "clearSolver")

    def solve(self, time_limit_s: float, gap: float) -> Answer:
        """Return the master's answer under the cuts so far."""
        end = time.perf_counter() + time_limit_s
        answer = self._solve(time_limit_s, gap)
        while answer.x is not None and len(self._pool.held) < len(self._pool):
            missed = self._pool.missed(self._point)
            if not missed or time.perf_counter() > end:
                break
            for number in missed:
                self._hold(*self._pool.row(number))
            self._pool.held += missed
            answer = self._solve(end - time.perf_counter(), gap)
        return answer

    def _solve(self, time_limit_s: float, gap: float) -> Answer:
        """Return the answer under the cuts held."""
        limit = self._highs.getRunTime() + max(SHORTEST_S, time_limit_s)
        checked(self._highs.setOptionValue("time_limit", limit), "time_limit")
        checked(self._highs.setOptionValue("mip_rel_gap", gap), "mip_rel_gap")
        if self._highs.run() == highspy.HighsStatus.kError:
            self.careful()  # presolve can lose the way back to an answer; from here on without it
            checked(self._highs.run(), "run")
        status = STATUS.get(self._highs.getModelStatus(), "unknown")
        info = self._highs.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if not found or (status != "optimal" and not self._is_mip):
            return Answer(None, -np.inf, status)
        self._point = np.asarray(self._highs.getSolution().col_value)
        return Answer(
            self._point[: self._sizes], info.mip_dual_bound if self._is_mip else info.objective_function_value, status
        )
