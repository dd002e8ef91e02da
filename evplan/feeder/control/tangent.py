"""What voltages and currents do when power changes a little, around an exact power flow.

    du = -Z di,     di = dP / conj(u) - conj(S) / conj(u)^2 conj(du)

solved by repetition, as Z conj(S) / conj(u)^2 is small; dP is real: vehicles and panels have a power factor of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.feeder.control.operation import Operation
from evplan.feeder.metrics import SEQUENCES

REPEATS = 2  # each makes the error smaller by the ratio of voltage drop to voltage


@dataclass(frozen=True)
class Tangent:
    """Changes per kW of each controllable power V (vehicles, then curtailment of panels), of each step T.

    voltage : of legs' magnitudes, p.u., shape (L, T, V).  current : of legs, A, complex, shape (L, T, V).
    sequence : of the head's zero and negative sequence, A, complex, shape (2, T, V).
    """

    voltage: np.ndarray
    current: np.ndarray
    sequence: np.ndarray


def tangent(around: Operation) -> Tangent:
    """Return the changes around a way to run the day."""
    day, solved = around.day, around.solved
    flow, first = day.flow, len(day.customers)
    panels, vehicles = len(day.panels), len(day.sessions)
    columns = [*range(first + panels, first + panels + vehicles), *range(first, first + panels)]
    draws = 1000 * flow.legs.draws.toarray()[:, None, columns]  # W of legs per kW; less from a panel is more drawn
    voltage = solved.voltage[:, :, None]
    own = draws / np.conj(voltage)
    bends = solved.current[:, :, None] / np.conj(voltage)  # conj(S) / conj(u)^2
    straight = -_through(flow.impedance, own)
    change = straight
    for _ in range(REPEATS):
        change = straight + _through(flow.impedance, bends * np.conj(change))
    current = own - bends * np.conj(change)
    size = np.abs(voltage)
    network = flow.network
    head = network.by_phase(network.head_rows, flow.branch_spread[network.head_rows])
    return Tangent(
        voltage=(np.conj(voltage) * change).real / size / flow.base_v[:, None, None], current=current,
        sequence=_through(SEQUENCES[[0, 2]] @ head, current),
    )  # fmt: skip


def _through(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return a matrix times values along their first axis."""
    return (matrix @ values.reshape(len(values), -1)).reshape(len(matrix), *values.shape[1:])
