"""An operation recomputed from its powers and the network's admittances alone: nothing of the program, nor of the batched power flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import splu

from evplan.feeder.control.operation import Operation
from evplan.feeder.day import Day
from evplan.feeder.network import Customer

KW, KWH, PU, PART = 1e-6, 1e-4, 1e-7, 1e-6
SETTLED, ROUNDS = 1e-11, 200


@dataclass(frozen=True)
class Check:
    """A claim, and by how much it does not hold; 0 where it does."""

    claim: str
    found: float

    @property
    def holds(self) -> bool:
        """Return whether the claim is true."""
        return self.found == 0


def check(one: Operation) -> list[Check]:
    """Return the claims of an operation, checked one by one."""
    day = one.day
    kw, given = one.charge_kw, one.curtailed_kw
    most = np.array([session.kw for session in day.sessions]).reshape(-1, 1)
    away = float(np.abs(kw[~day.there]).max(initial=0.0))
    over = float(max(np.max(kw - most, initial=0.0), -np.min(kw, initial=0.0)))
    less = float(max(np.max(given - day.panel_kw, initial=0.0), -np.min(given, initial=0.0)))
    got, asked = kw.sum(axis=1) * day.hours, np.array([session.kwh for session in day.sessions])
    lacks = float(np.abs(np.maximum(asked - got, 0) - one.lacking_kwh).max(initial=0.0))
    more = float(np.max(got - asked, initial=0.0))
    volts = _voltages(day, one)
    solved = one.solved.settled
    own = np.abs(volts - day.flow.nodes(one.solved.current))[:, solved] / day.network.base_v[:, None]
    apart = float(np.max(own, initial=0.0))
    return [
        Check("vehicles charge only while they are there", _beyond(away, KW)),
        Check("no vehicle charges above what it can", _beyond(over, KW)),
        Check("panels give up no more than they could give", _beyond(less, KW)),
        Check("every vehicle gets what it asked for, or what it lacks is said", _beyond(max(lacks, more), KWH)),
        Check(
            "voltages are those of the powers, step by step, at every node that has one",
            _beyond(apart if np.isfinite(apart) else np.inf, PU),
        ),
        *_figures(one, volts[:, solved]),
    ]


def _figures(one: Operation, volts: np.ndarray) -> list[Check]:
    """Return whether what is said of limits and of unbalance is what voltages come to. volts : of steps that have some."""
    day, network = one.day, one.day.network
    at = [
        (network.at[own.bus, phase], network.at[own.bus, back] if back else -1)
        for own in _everybody(day)
        for phase, back in _ends(own)
    ]
    node, back = np.array(at, int).reshape(-1, 2).T
    far = back >= 0
    base = network.base_v[node] * np.where(far, np.sqrt(3), 1.0)
    pu = np.abs(volts[node] - np.where(far[:, None], volts[back], 0)) / base[:, None]
    limits, flows = day.study.limits, network.through @ volts
    outside = max(0.0, np.max(limits.lowest_pu - pu, initial=0.0), np.max(pu - limits.highest_pu, initial=0.0))
    loaded = np.max(np.abs(flows) / day.rated[:, None] - 1, initial=0.0)
    head = np.zeros((3, volts.shape[1]), complex)
    for row in np.flatnonzero(np.isin(network.row_branch, network.head)):
        head[network.row_phase[row] - 1] += flows[row]
    turn = np.exp(2j * np.pi / 3)
    zero, negative = head.sum(axis=0) / 3, (head[0] + turn**2 * head[1] + turn * head[2]) / 3
    unbalance = float((np.abs(zero) ** 2 + np.abs(negative) ** 2).sum())
    return [
        Check("voltages leave their band by no more than is said", _beyond(float(outside - one.violation_pu), PU)),
        Check("lines and transformers carry no more than is said", _beyond(float(loaded - one.overload), PART)),
        Check("unbalance is that of the currents through the head", _beyond(abs(unbalance - one.unbalance_a2) / max(unbalance, 1.0), PART)),
    ]  # fmt: skip


def _beyond(found: float, allowed: float) -> float:
    return found if not found <= allowed else 0.0


def _voltages(day: Day, one: Operation) -> np.ndarray:
    """Return the voltages of all nodes, V, each step by itself, by repetition with the whole network: (Y) v = i(v)."""
    network, factor = day.network, splu(day.network.admittance.tocsc())
    powers = day.drawn(one.charge_kw, one.curtailed_kw, one.panel_kvar)
    pairs = [(c, network.at[own.bus, phase], network.at[own.bus, back] if back else -1, 1 / len(ends))
             for c, own in enumerate(_everybody(day)) for ends in [_ends(own)] for phase, back in ends]  # fmt: skip
    owner, node, back = (np.array([pair[k] for pair in pairs], int) for k in range(3))
    share, far = np.array([pair[3] for pair in pairs]), back >= 0
    found = np.zeros((len(network.nodes), powers.shape[1]), complex)
    powers = np.where(one.solved.settled, powers, 0.0)  # steps that no voltage carries are told, and have none
    idle = factor.solve(network.injected)
    for t, power in enumerate(powers.T):
        volts = idle
        for _ in range(ROUNDS):
            across = volts[node] - np.where(far, volts[back], 0)
            drawn = np.conj(power[owner] * share / across)
            into = network.injected.copy()
            np.subtract.at(into, node, drawn)
            np.add.at(into, back[far], drawn[far])
            new = factor.solve(into)
            moved = np.max(np.abs(new - volts) / network.base_v)
            volts = new
            if not moved > SETTLED:
                break
        found[:, t] = volts
    return found


def _everybody(day: Day) -> list[Customer]:
    return [*day.customers, *day.panels, *(session.at for session in day.sessions)]


def _ends(one: Customer) -> list[tuple[int, int]]:
    """Return the phases between which each part of a customer draws, 0 for neutral."""
    if not one.delta:
        return [(phase, 0) for phase in one.phases]
    turn = [*one.phases[1:], one.phases[0]]
    return list(zip(one.phases, turn, strict=True))[: 1 if len(one.phases) == 2 else None]
