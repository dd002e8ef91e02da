"""To which phase each charge point with one phase is connected, so that vehicles that charge as they come load phases alike.

minimise    sum over t, k of a[t,k] + 1e-3 sum over s of moved[s]                 k : real and imaginary, zero and negative sequence
a[t,k]      >= +- (base[t,k] + sum over s, p of G[t,k,s,p] z[s,p])                G : A that a vehicle adds at a phase, at rated voltage
sum over p of z[s,p] = 1                                                          z : 0 or 1

Sums of absolute values instead of squares, so that it is a mixed-integer linear program. Its answer is where exchanges by exact power flow
begin (exchanges.py), and no change is the answer where nothing is better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.errors import NoPlanError
from evplan.feeder.control.baselines import nothing
from evplan.feeder.control.operation import Operation
from evplan.feeder.day import Day
from evplan.feeder.metrics import SEQUENCES
from evplan.feeder.network import PHASES, Customer
from evplan.feeder.planning.exchanges import Ways
from evplan.formulation.values import Values
from evplan.linear.affine import Total, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.solver.compile import compile_model
from evplan.solver.highs import run
from evplan.solver.outcome import Options

Tell = Callable[[str], None]
MOVES = 1e-3  # of a phase that is changed, in units of the unbalance now: few are changed where that is as good


@dataclass(frozen=True)
class Assigned:
    """The phases of charge points. phases : of each session, 0 where it has more than one.  before, after : without control, exact.

    how : in words, how sure it is that nothing is better.
    """

    phases: np.ndarray
    before: Operation
    after: Operation
    how: str

    @property
    def moved(self) -> int:
        """Return how many are connected elsewhere."""
        return sum(
            a.at.phases != b.at.phases for a, b in zip(self.before.day.sessions, self.after.day.sessions, strict=True)
        )


def assign(day: Day, options: Options, tell: Tell = lambda said: None) -> Assigned | None:
    """Return the best phases of charge points whose bus has all three, None where it is stopped before there is an answer.

    Raises: NoPlanError where none is found in time.
    """
    before = nothing(day)
    single = [s for s, one in enumerate(day.sessions) if _can(day, one.at)]
    here = np.array([one.at.phases[0] if len(one.at.phases) == 1 else 0 for one in day.sessions], int)
    if not single:
        return Assigned(here, before, before, "no charge point could be at another phase")
    effect = _effects(day, before, single)
    base = _parts(before.sequence)
    base = base - sum(effect[:, :, i, here[s] - 1] for i, s in enumerate(single))
    block = _model(base, effect, here[single] - 1)
    program = compile_model(block)
    tell("linear program")
    outcome = run(program, options)
    if outcome.x is None and options.stop.is_set():
        return None
    if outcome.x is None:
        raise NoPlanError.within("phases", "answer", options.time_limit_s)
    chosen = np.rint(Values(program.columns, outcome.x).of(block.z)).argmax(axis=1) + 1
    phases = here.copy()
    tell("exchanges")
    phases[single], how = Ways(before, single).best(chosen)
    after = nothing(_connected(day, phases))
    if (after.unsolved, after.unbalance_a2) >= (before.unsolved, before.unbalance_a2):
        return Assigned(here, before, before, how)
    return Assigned(phases, before, after, how)


def _can(day: Day, at: Customer) -> bool:
    return len(at.phases) == 1 and not at.delta and all((at.bus, phase) in day.network.at for phase in PHASES)


def _effects(day: Day, before: Operation, single: list[int]) -> np.ndarray:
    """Return what vehicles add to sequence currents at each phase, A, shape (T, 4, vehicles, 3), at the voltages of nobody drawing."""
    flow, network = day.flow, day.network
    through = network.through[network.head_rows].toarray()
    head = network.by_phase(network.head_rows, -flow.factor.solve(through.T.astype(complex), trans="T").T)
    made = np.zeros((day.load.shape[1], 4, len(single), 3))
    for i, s in enumerate(single):
        for p, phase in enumerate(PHASES):
            node = network.at[day.sessions[s].at.bus, phase]
            drawn = 1000 * before.charge_kw[s] / np.conj(flow.idle[node])
            made[:, :, i, p] = _parts((SEQUENCES[[0, 2]] @ head[:, node])[:, None] * drawn)
    return made


def _parts(sequence: np.ndarray) -> np.ndarray:
    """Return real and imaginary parts, shape (T, 4). sequence : shape (2, T)."""
    return np.stack([sequence[0].real, sequence[0].imag, sequence[1].real, sequence[1].imag], axis=1)


def _model(base: np.ndarray, effect: np.ndarray, here: np.ndarray) -> Any:
    steps, parts, vehicles, phases = effect.shape
    unit = max(float(np.abs(base).sum()), 1.0)
    block = pyo.ConcreteModel()
    block.z = Columns((vehicles, phases), upper=1.0, whole=True)
    block.a = Columns((steps, parts))
    z, a = each(block.z), each(block.a)
    block.one = Rows(z.sum(1) == 1, doc="a charge point has one phase")
    charging = np.abs(effect).sum(axis=(1, 2, 3)) > 0
    where = np.tile(charging[:, None], (1, parts))
    drawn = (z[None, None] * effect).sum(2, 3)
    block.above = Rows(a - drawn - base >= 0, where, doc="sequence currents")
    block.below = Rows(a + drawn + base >= 0, where, doc="sequence currents, the other way")
    stays = np.zeros((vehicles, phases))
    stays[np.arange(vehicles), here] = MOVES
    block.goal = pyo.Objective(expr=Total(a.sum() / unit - (z * stays).sum()))
    return block


def _connected(day: Day, phases: np.ndarray) -> Day:
    """Return the day with vehicles at other phases."""
    sessions = tuple(
        replace(one, at=replace(one.at, phases=(int(phase),))) if phase else one
        for one, phase in zip(day.sessions, phases, strict=True)
    )
    return replace(day, sessions=sessions)
