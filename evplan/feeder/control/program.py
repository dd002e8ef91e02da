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
        day, x, hours = self.day, len(self.step), self.day.hours
        count, sessions = day.study.horizon.steps, len(day.sessions)
        before = self._of(base)
        rows, low, high = self._limits(base, bends, limits, before)
        wide = x + 4 * count + sessions + len(low)
        part = np.zeros(wide)
        part[:x], part[x : x + 4 * count] = 2 * (EASE + tied), 2 / self.unit * (1e-3 if least_curtailed else 1.0)
        cost = np.zeros(wide)
        cost[:x] = -2 * tied * before + (np.where(self.vehicle, 0.0, hours) if least_curtailed else 0.0)
        cost[x + 4 * count : x + 4 * count + sessions], cost[x + 4 * count + sessions :] = LACKING, SLACK
        sequence, base_y = self._sequence(base, bends)
        own = np.flatnonzero(self.vehicle)
        energy = csc_array((np.full(len(own), hours), (self.power[own], own)), shape=(sessions, x))
        equal = block_array([
            [-sequence, eye_array(4 * count), csc_array((4 * count, sessions)), csc_array((4 * count, len(low)))],
            [energy, csc_array((sessions, 4 * count)), eye_array(sessions), csc_array((sessions, len(low)))],
        ], format="csc")  # fmt: skip
        wanted = np.array([one.possible(hours) for one in day.sessions])
        right = np.concatenate([base_y - sequence @ before, wanted])
        curtailed = csc_array(np.where(self.vehicle, 0.0, hours)[None, :])
        sign = np.where(np.isfinite(low), 1.0, -1.0)  # slack lifts what is too low, and lowers what is too high
        within = block_array([
            [curtailed, csc_array((1, 4 * count + sessions)), csc_array((1, len(low)))],
            [rows, csc_array((len(low), 4 * count + sessions)), diags_array(sign, shape=(len(low), len(low)))],
        ], format="csc") if len(low) else csc_array(block_array([[curtailed, csc_array((1, 4 * count + sessions))]]))  # fmt: skip
        least, largest = (
            np.concatenate([[-FAR], np.maximum(low, -FAR)]),
            np.concatenate([[min(most_kwh, FAR)], np.minimum(high, FAR)]),
        )
        lower, upper = np.full(wide, -FAR), np.full(wide, FAR)
        lower[:x], upper[:x] = 0.0, self.most
        lower[x + 4 * count :] = 0.0
        found = _minimised(part, cost, equal, right, within, least, largest, lower, upper)
        return self._operation(np.clip(found[:x], 0.0, self.most), base.name), float(
            (found[x : x + 4 * count] ** 2).sum()
        )

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
    part: np.ndarray, cost: np.ndarray, equal: csc_array, right: np.ndarray, within: csc_array, least: np.ndarray, largest: np.ndarray,
    lower: np.ndarray, upper: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the least of a quadratic function, by an interior-point method (PIQP). Raises: NoPlanError where it finds none."""
    import piqp
    from scipy.sparse import csc_matrix

    solver = piqp.SparseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-8
    solver.settings.max_iter = 200
    solver.setup(
        csc_matrix(diags_array(part)), cost, csc_matrix(equal), right, csc_matrix(within), least, largest, lower, upper
    )
    status = solver.solve()
    if status not in (piqp.PIQP_SOLVED, piqp.PIQP_MAX_ITER_REACHED):
        raise NoPlanError(f"the program of the day was not solved ({status})")
    return np.array(solver.result.x)
