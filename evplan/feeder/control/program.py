"""The quadratic program of a day, around an exact power flow.

minimise    sum over t of |y[t]|^2 / U  + 10 sum over s of lacking[s] + slack of limits
y[t]        = sequence currents + B[t] (x[t] - x_0[t])                          x : kW of vehicles that are there, kW that panels give less
energy[s]   = sum over t of h x[t,s] + lacking[s],   0 <= x <= what is possible
sum over t, p of h x[t,p] <= most
|u| + du/dx (x - x_0) within the band, |i| likewise within ratings              for those that were passed before (settle.py)

U is the unbalance without control. What lacks, and limits that cannot be kept, cost more than all unbalance; they are 0 where that can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import block_array, coo_array, csc_array, diags_array, eye_array

from evplan.errors import NoPlanError
from evplan.feeder.control.baselines import nothing
from evplan.feeder.control.operation import Operation
from evplan.feeder.control.tangent import Tangent
from evplan.feeder.day import Day

LACKING, SLACK = 10.0, 1e3  # per kWh, and per hundredth of a limit
UNIT = 0.01  # p.u.: in which limits are written, so that rows are of the size of others
FAR = 1e30
LEAST = 1e-6  # h: panels may always give up so long of their power, so that there is room inside of all limits
FAINT = 1e-3  # of unbalance, where what panels give up is sought
EASE = 1e-7  # per kW2: makes the answer unique


@dataclass(frozen=True)
class Limits:
    """Limits that were passed: (step, leg, +1 highest or -1 lowest) of voltages, and (step, row of branches)."""

    voltage: frozenset[tuple[int, int, int]] = frozenset()
    current: frozenset[tuple[int, int]] = frozenset()

    def __or__(self, other: Limits) -> Limits:
        return Limits(self.voltage | other.voltage, self.current | other.current)

    def __len__(self) -> int:
        return len(self.voltage) + len(self.current)


class Program:
    """The program of a day; what does not change from round to round."""

    def __init__(self, day: Day) -> None:
        self.day = day
        can = (
            np.concatenate([day.there.T, (day.panel_kw > 0).T], axis=1)
            if day.sessions or day.panels
            else np.zeros((1, 0), bool)
        )
        self.step, self.power = np.nonzero(can)
        vehicle = self.power < len(day.sessions)
        kw = np.array([one.kw for one in day.sessions])
        self.most = np.empty(len(self.step))
        self.most[vehicle] = kw[self.power[vehicle]]
        self.most[~vehicle] = day.panel_kw[self.power[~vehicle] - len(day.sessions), self.step[~vehicle]]
        self.vehicle = vehicle
        self.unit = max(nothing(day).unbalance_a2, 1e-9)

    def solve(
        self,
        base: Operation,
        bends: Tangent,
        limits: Limits,
        most_kwh: float,
        tied: float,
        least_curtailed: bool = False,
    ) -> tuple[Operation, float]:
        """Return the best operation, and the unbalance that the program sees in it, A2.

        most_kwh : that panels give up.  tied : per kW2, to the base.  least_curtailed : instead of unbalance.
        """
        before = self._of(base)
        rows, low, high = self._limits(base, bends, limits, before)
        x, y, lacking, slack = len(self.step), 4 * self.day.study.horizon.steps, len(self.day.sessions), len(low)
        square, cost = self._goal(before, slack, tied, least_curtailed)
        equal, right = self._balances(base, bends, before, slack)
        within, least, largest = self._within(rows, low, high, most_kwh)
        lower = np.concatenate([np.zeros(x), np.full(y, -FAR), np.zeros(lacking + slack)])
        upper = np.concatenate([self.most, np.full(y + lacking + slack, FAR)])
        found = _minimised(square, cost, equal, right, within, least, largest, lower, upper)
        operation = self._operation(np.clip(found[:x], 0.0, self.most), base.name)
        return operation, float((found[x : x + y] ** 2).sum())

    def _goal(
        self, before: np.ndarray, slack: int, tied: float, least_curtailed: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the square and straight cost of columns: powers, sequence currents, what lacks, and slack of limits."""
        x, y, lacking = len(self.step), 4 * self.day.study.horizon.steps, len(self.day.sessions)
        currents = 2 / self.unit * (FAINT if least_curtailed else 1.0)
        square = np.concatenate([np.full(x, 2 * (EASE + tied)), np.full(y, currents), np.zeros(lacking + slack)])
        given_up = np.where(self.vehicle, 0.0, self.day.hours) if least_curtailed else np.zeros(x)
        cost = [given_up - 2 * tied * before, np.zeros(y), np.full(lacking, LACKING), np.full(slack, SLACK)]
        return square, np.concatenate(cost)

    def _balances(
        self, base: Operation, bends: Tangent, before: np.ndarray, slack: int
    ) -> tuple[csc_array, np.ndarray]:
        """Return the rows of sequence currents and of vehicles' energy."""
        day, x, y, lacking = self.day, len(self.step), 4 * self.day.study.horizon.steps, len(self.day.sessions)
        sequence, there = self._sequence(base, bends)
        own = np.flatnonzero(self.vehicle)
        energy = csc_array((np.full(len(own), day.hours), (self.power[own], own)), shape=(lacking, x))
        equal = block_array([
            [-sequence, eye_array(y), csc_array((y, lacking)), csc_array((y, slack))],
            [energy, csc_array((lacking, y)), eye_array(lacking), csc_array((lacking, slack))],
        ], format="csc")  # fmt: skip
        wanted = np.array([one.possible(day.hours) for one in day.sessions])
        return equal, np.concatenate([there - sequence @ before, wanted])

    def _within(
        self, rows: csc_array, low: np.ndarray, high: np.ndarray, most_kwh: float
    ) -> tuple[csc_array | None, np.ndarray, np.ndarray]:  # fmt: skip
        """Return the rows of limits, each with its slack, and of what panels give up; None where there are neither."""
        others = csc_array((len(low), 4 * self.day.study.horizon.steps + len(self.day.sessions)))
        slack = diags_array(np.where(np.isfinite(low), 1.0, -1.0), shape=(len(low), len(low)))  # lifts what is too low
        parts = [[rows, others, slack]] if len(low) else []
        if not self.vehicle.all():
            given_up = csc_array(np.where(self.vehicle, 0.0, self.day.hours)[None, :])
            none = csc_array((1, others.shape[1] + len(low)))
            parts = (
                [[given_up, none[:, : others.shape[1]], none[:, others.shape[1] :]], *parts]
                if len(low)
                else [[given_up, none]]
            )
            low, high = (
                np.concatenate([[-np.inf], low]),
                np.concatenate([[max(most_kwh, LEAST * self.most[~self.vehicle].sum())], high]),
            )
        within = block_array(parts, format="csc") if parts else None
        return within, np.maximum(low, -FAR), np.minimum(high, FAR)

    def _of(self, one: Operation) -> np.ndarray:
        """Return an operation as the program's powers."""
        return np.concatenate([one.charge_kw, one.curtailed_kw])[self.power, self.step]

    def _operation(self, powers: np.ndarray, name: str) -> Operation:
        day = self.day
        made = np.zeros((len(day.sessions) + len(day.panels), day.study.horizon.steps))
        made[self.power, self.step] = powers
        charge = made[: len(day.sessions)]
        wanted = np.array([one.possible(day.hours) for one in day.sessions])
        got = charge.sum(axis=1) * day.hours
        # The solver's tolerance leaves a millionth: what a vehicle gets is brought to what it asked for where it is that close.
        close = (np.abs(got - wanted) <= 1e-4 * np.maximum(wanted, 1.0)) & (got > 0)
        charge[close] *= (wanted[close] / got[close])[:, None]
        return Operation(day, name, charge, made[len(day.sessions) :])

    def _sequence(self, base: Operation, bends: Tangent) -> tuple[csc_array, np.ndarray]:
        """Return how sequence currents change, shape (4 T, x), and what they are, shape (4 T,): real and imaginary, zero and negative."""
        own = bends.sequence[:, self.step, self.power]
        parts = np.stack([own[0].real, own[0].imag, own[1].real, own[1].imag], axis=1)
        rows = 4 * self.step[:, None] + np.arange(4)
        columns = np.repeat(np.arange(len(self.step)), 4)
        there = base.sequence.T
        value = np.stack([there[:, 0].real, there[:, 0].imag, there[:, 1].real, there[:, 1].imag], axis=1).ravel()
        return csc_array((parts.ravel(), (rows.ravel(), columns)), shape=(len(value), len(self.step))), value

    def _limits(
        self, base: Operation, bends: Tangent, limits: Limits, before: np.ndarray
    ) -> tuple[csc_array, np.ndarray, np.ndarray]:
        """Return rows of limits in the program's powers, and what they must come to at least and at most."""
        flow, own = self.day.flow, self.day.study.limits
        entries, low, high = [], [], []
        pu = np.abs(base.solved.voltage) / flow.base_v[:, None]
        begin = np.searchsorted(self.step, np.arange(self.day.study.horizon.steps + 1))
        for t, leg, side in sorted(limits.voltage):
            at = slice(begin[t], begin[t + 1])
            slope = bends.voltage[leg, t, self.power[at]] / UNIT
            room = (own.highest_pu if side > 0 else own.lowest_pu) / UNIT - pu[leg, t] / UNIT + slope @ before[at]
            entries.append((at, slope))
            low.append(-np.inf if side > 0 else room)
            high.append(room if side > 0 else np.inf)
        for t, row in sorted(limits.current):
            at = slice(begin[t], begin[t + 1])
            spread, rated = flow.branch_spread[row], self.day.rated[row]
            current = flow.branch_idle[row] + spread @ base.solved.current[:, t]
            change = spread @ bends.current[:, t][:, self.power[at]]
            slope = (np.conj(current) * change).real / max(abs(current), 1e-9) / rated / UNIT
            entries.append((at, slope))
            low.append(-np.inf)
            high.append((1 - abs(current) / rated) / UNIT + slope @ before[at])
        i = (
            np.concatenate([np.full(at.stop - at.start, k) for k, (at, _) in enumerate(entries)])
            if entries
            else np.zeros(0, int)
        )
        j = np.concatenate([np.arange(at.start, at.stop) for at, _ in entries]) if entries else np.zeros(0, int)
        value = np.concatenate([slope for _, slope in entries]) if entries else np.zeros(0)
        rows = coo_array((value, (i, j)), shape=(len(entries), len(self.step))).tocsc()
        return rows, np.array(low, float), np.array(high, float)


def _minimised(
    square: np.ndarray, cost: np.ndarray, equal: csc_array, right: np.ndarray, within: csc_array | None, least: np.ndarray,
    largest: np.ndarray, lower: np.ndarray, upper: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the least of a quadratic function, by an interior-point method (PIQP). Raises: NoPlanError where it finds none."""
    import piqp
    from scipy.sparse import csc_matrix

    solver = piqp.SparseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-8
    solver.settings.max_iter = 200
    solver.settings.eps_primal_inf = solver.settings.eps_dual_inf = 1e-14  # slack makes every program possible
    limits = (None, None, None) if within is None else (csc_matrix(within), least, largest)
    solver.setup(csc_matrix(diags_array(square)), cost, csc_matrix(equal), right, *limits, lower, upper)
    status = solver.solve()
    if status not in (piqp.PIQP_SOLVED, piqp.PIQP_MAX_ITER_REACHED):
        raise NoPlanError(f"the program of the day was not solved ({status})")
    return np.array(solver.result.x)
