"""What a feeder suffers: unbalance, neutral current, voltages, loading, losses.

    index = max over phases of | |I_p| - mean | / mean                   phase-unbalance index, of currents' magnitudes at the head
    [I_0, I_1, I_2] = A^-1 [I_1, I_2, I_3],  a = e^(j 120 deg)           symmetrical components
    voltage unbalance factor = |V_2| / |V_1|

The index sees magnitudes alone: panels that feed back can lower it while the neutral's current stays. Sequence currents see both.

Source: Fortescue 1918, Trans. AIEE 37(2); Pillay and Manyage 2001, IEEE Power Engineering Review 21(5), 50-51.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.feeder.flow import Flow, Solved

A = np.exp(2j * np.pi / 3)
SEQUENCES = np.array([[1, 1, 1], [1, A, A**2], [1, A**2, A]]) / 3  # zero, positive, negative of phases 1, 2, 3
FAINT = 1e-9  # A: below it there is no current whose phases could be compared


@dataclass(frozen=True)
class Metrics:
    """By step, NaN in those that no voltage carries. zero_a, negative_a, neutral_a : at the head.

    index : 0 where nothing flows.  voltage_unbalance : highest of all buses.
    lowest_pu, highest_pu : of customers' voltages.  line_loading, transformer_loading : highest of all, of rated; NaN where no rating is
    known.  losses_kw : in lines and transformers.  head_kva : through the head.
    """

    index: np.ndarray
    zero_a: np.ndarray
    negative_a: np.ndarray
    neutral_a: np.ndarray
    voltage_unbalance: np.ndarray
    lowest_pu: np.ndarray
    highest_pu: np.ndarray
    line_loading: np.ndarray
    transformer_loading: np.ndarray
    losses_kw: np.ndarray
    head_kva: np.ndarray


def head_currents(flow: Flow, solved: Solved) -> np.ndarray:
    """Return the currents of the head's three phases, A, shape (3, steps); 0 in a phase that it lacks."""
    rows = flow.network.head_rows
    return flow.network.by_phase(rows, flow.branch_idle[rows, None] + flow.branch_spread[rows] @ solved.current)


def unbalance(currents: np.ndarray) -> np.ndarray:
    """Return the phase-unbalance index of each step. currents : shape (3, steps)."""
    size = np.abs(currents)
    mean = size.mean(axis=0)
    return np.where(mean > FAINT, np.abs(size - mean).max(axis=0) / np.maximum(mean, FAINT), 0.0)


def measure(flow: Flow, solved: Solved) -> Metrics:
    """Return the metrics of every step."""
    rows = flow.network.head_rows
    each = flow.branch_idle[rows, None] + flow.branch_spread[rows] @ solved.current
    head = flow.network.by_phase(rows, each)
    sequence = SEQUENCES @ head
    volts = flow.nodes(solved.current)
    pu = np.abs(solved.voltage) / flow.base_v[:, None]
    line, transformer = _loading(flow, solved)
    own = Metrics(
        index=unbalance(head), zero_a=np.abs(sequence[0]), negative_a=np.abs(sequence[2]), neutral_a=np.abs(head.sum(axis=0)),
        voltage_unbalance=_voltage_unbalance(flow, volts), lowest_pu=pu.min(axis=0), highest_pu=pu.max(axis=0), line_loading=line,
        transformer_loading=transformer, losses_kw=losses(flow, solved, volts) / 1000, head_kva=_head_kva(flow, each, volts),
    )  # fmt: skip
    return Metrics(**{name: np.where(solved.settled, values, np.nan) for name, values in vars(own).items()})


def losses(flow: Flow, solved: Solved, volts: np.ndarray) -> np.ndarray:
    """Return the power lost between the source's bus and customers, W: what the source gives there less what is drawn."""
    network = flow.network
    given = (volts * np.conj(network.injected[:, None] - network.source @ volts)).sum(axis=0).real
    return given - (solved.voltage * np.conj(solved.current)).sum(axis=0).real


def _voltage_unbalance(flow: Flow, volts: np.ndarray) -> np.ndarray:
    """Return the highest factor of all buses with three phases and customers, or of the head's end where there is none."""
    network = flow.network
    used = {network.nodes[i][0] for i in np.flatnonzero(np.abs(flow.legs.incidence).sum(axis=0))}
    used |= {network.branches[b].end for b in network.head}
    buses = [bus for bus in network.buses if bus in used and all((bus, phase) in network.at for phase in (1, 2, 3))]
    at = np.array([[network.at[bus, phase] for phase in (1, 2, 3)] for bus in buses], int).reshape(-1, 3)
    sequence = np.einsum("sp,bpt->sbt", SEQUENCES, volts[at])
    return (np.abs(sequence[2]) / np.maximum(np.abs(sequence[1]), FAINT)).max(axis=0, initial=0.0)


def _loading(flow: Flow, solved: Solved) -> tuple[np.ndarray, np.ndarray]:
    """Return the highest loading of lines and of transformers: currents over those that they are rated for."""
    network = flow.network
    rated = np.array([one.rating_a or np.nan for one in network.branches], float)[network.row_branch]
    transformer = np.array([one.kind == "transformer" for one in network.branches], bool)[network.row_branch]
    found = []
    for rows in (np.flatnonzero(np.isfinite(rated) & ~transformer), np.flatnonzero(np.isfinite(rated) & transformer)):
        current = np.abs(flow.branch_idle[rows, None] + flow.branch_spread[rows] @ solved.current)
        found.append(
            (current / rated[rows, None]).max(axis=0) if len(rows) else np.full(solved.current.shape[1], np.nan)
        )
    return found[0], found[1]


def _head_kva(flow: Flow, head: np.ndarray, volts: np.ndarray) -> np.ndarray:
    """Return the power through the head, kVA, at the voltages of its end. head : its currents, row by row."""
    network = flow.network
    at = [
        network.at[network.branches[network.row_branch[row]].end, int(network.row_phase[row])]
        for row in network.head_rows
    ]
    return np.abs((volts[at] * np.conj(head)).sum(axis=0)) / 1000
