"""The master of a decomposed program: sizes, one cost variable per block, and the cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np

from evplan.solver.around import Around
from evplan.solver.compile import Program
from evplan.solver.highs import STATUS, checked, load
from evplan.solver.subproblem import Cut

SHORTEST_S = 2.0  # a master is small: it is always given this long, so that a plan can be found
LOOSE = 0.05  # a gap good enough where any answer will do
FEASIBLE = 1e-6  # of a row's terms
QUIET = (  # HiGHS's own search for plans takes longer than the rest: the plan so far is given to it
    ("mip_heuristic_effort", 0.0),
    ("mip_heuristic_run_feasibility_jump", False),
    ("mip_heuristic_run_rins", False),
    ("mip_heuristic_run_rens", False),
    ("mip_heuristic_run_root_reduced_cost", False),
)
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
        for name, value in QUIET:
            checked(self._highs.setOptionValue(name, value), name)
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
        count = int(keep.sum())
        checked(self._highs.addRow(least, highspy.kHighsInf, count, index[keep], values[keep]), "addRow")

    def careful(self) -> None:
        """Drop presolve and tighten tolerances: cuts taken at nearly the same point can mislead both."""
        for name, value in (
            ("presolve", "off"),
            ("mip_feasibility_tolerance", 1e-9),
            ("primal_feasibility_tolerance", 1e-9),
        ):
            checked(self._highs.setOptionValue(name, value), name)
        checked(self._highs.clearSolver(), "clearSolver")

    def solve(self, time_limit_s: float, gap: float, known: np.ndarray | None = None) -> Answer:
        """Return the master's answer under the cuts so far. known : sizes of a plan, to begin whole numbers from."""
        if self._is_mip and known is not None:
            index = np.flatnonzero(self.integer).astype(np.int32)
            checked(self._highs.setSolution(len(index), index, known[index]), "setSolution")
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
            return Answer(None, info.mip_dual_bound if self._is_mip and status == "time_limit" else -np.inf, status)
        x = np.asarray(self._highs.getSolution().col_value)[: self._sizes]
        return Answer(x, info.mip_dual_bound if self._is_mip else info.objective_function_value, status)
