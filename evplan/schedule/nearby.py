"""Plans near a plan: the whole numbers of all sessions are held but of a few that are there at the same time, which are decided anew.

A large neighbourhood search (Shaw 1998, CP98): sessions are drawn at random among those plugged in near a step, dear steps more often;
few at first, more while they are decided quickly, fewer where time runs out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.schedule.flows import flows, only, short_kwh
from evplan.schedule.problem import Problem
from evplan.solver.compile import Program

FEW, FEWEST, GROWS = 4, 2, 1.4
ALMOST = 0.99  # of a peak
NEAR_STEPS = 8.0  # from the step around which sessions are drawn


class Nearby:
    """Draws sessions that are decided anew, and holds the others."""

    def __init__(self, problem: Problem, block: Any, program: Program, seed: int = 0) -> None:
        self._problem, self._program, self._random = problem, program, np.random.default_rng(seed)
        self._owner = _owners(problem, block, program)
        self._drawn = program.columns.grid(block.drawn_kwh)
        self.count = float(min(FEW, len(problem.sessions)))

    def walls(self, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return bounds near a plan. columns : of the program."""
        drawn = np.where(self._drawn >= 0, columns[np.maximum(self._drawn, 0)], 0.0)
        free = np.zeros(len(self._problem.sessions) + 1, bool)
        free[self._some(drawn)] = True
        held = self._program.integer.astype(bool) & (self._owner >= 0) & ~free[self._owner]
        whole = np.round(columns)
        return np.where(held, whole, self._program.lower), np.where(held, whole, self._program.upper)

    def took(self, whole: bool) -> None:
        """Learn from a search. whole : whether it ended before its time did."""
        count = self.count * GROWS if whole else self.count / GROWS
        self.count = min(max(FEWEST, count), float(len(self._problem.sessions)))

    def _some(self, drawn: np.ndarray) -> np.ndarray:
        """Return some sessions that are there at about the same time; one that lacks something, if any does, is likely among them."""
        problem, session = self._problem, self._problem.columns.session
        decision = only(problem, drawn)
        import_kwh, lacks = flows(problem, decision).drawn, problem.short_price * short_kwh(problem, decision)
        dear = problem.price * import_kwh + problem.by_step((lacks / np.maximum(np.diff(problem.firsts), 1))[session])
        for line in problem.demand:
            over = np.maximum(import_kwh - problem.step_h * line.so_far_kw, 0.0) * line.applies
            dear = dear + line.per_kw * (over >= ALMOST * over.max(initial=0.0)) * over
        weight = np.maximum(dear, 0.0) + np.abs(dear).mean() + 1e-9
        at = int(self._random.choice(problem.steps, p=weight / weight.sum()))
        near = 1e-9 + problem.by_session(np.exp(-np.abs(problem.columns.step - at) / NEAR_STEPS))
        near = np.where(lacks > 0.01 * lacks.sum(), near + near.sum(), near)
        return self._random.choice(len(near), size=int(self.count), replace=False, p=near / near.sum())


def _owners(problem: Problem, block: Any, program: Program) -> np.ndarray:
    """Return the session of each of the program's columns that is one session's, else -1."""
    owner = np.full(len(program.cost), -1)
    for name, whose in (
        ("on", problem.columns.session), ("at", problem.columns.session[:, None]), ("part", problem.columns.session),
        ("draws", problem.columns.session), ("is_on", np.arange(len(problem.sessions))[:, None]),
    ):  # fmt: skip
        if hasattr(block, name):
            places = program.columns.grid(getattr(block, name))
            there = places >= 0
            owner[places[there]] = np.broadcast_to(whose, places.shape)[there]
    return owner
