"""OpenDSS as the engine: the same customers, one power flow after the other (extra `feeder`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.feeder.dss import engine_of
from evplan.feeder.network import Customer, Network

TOLERANCE, ROUNDS = 1e-12, 200


def master(path: Path) -> list[str]:
    """Return the commands that read a master file."""
    return ["clear", f'redirect "{path.resolve()}"']


class Truth:
    """A network in OpenDSS, with customers of constant power in place of its own loads and plants.

    build : commands that build it.  called : what buses are called there, where that is not their name.
    """

    def __init__(
        self, build: Sequence[str], network: Network, customers: Sequence[Customer], called: Mapping[str, str] | None = None
    ) -> None:  # fmt: skip
        called = called or {}
        self.engine, broken = engine_of()
        try:
            for command in build:
                self.engine.Text.Command(command)
            for kind in ("load", "pvsystem", "generator", "storage"):
                self.engine.Text.Command(f"batchedit {kind}..* enabled=no")
            for k, one in enumerate(customers):
                self.engine.Text.Command(self._load(k, one, network, called.get(one.bus, one.bus)))
            for setting in (f"tolerance={TOLERANCE:g}", f"maxiterations={ROUNDS}", "controlmode=off", "mode=snapshot"):
                self.engine.Text.Command(f"set {setting}")
            self.engine.Solution.Solve()
        except broken as error:
            raise InputError(f"OpenDSS: {str(error).splitlines()[0]}") from None
        order = [name.lower() for name in self.engine.Circuit.YNodeOrder()]
        self._at = np.array([order.index(f"{called.get(bus, bus)}.{phase}".lower()) for bus, phase in network.nodes])
        self._count = len(customers)

    @staticmethod
    def _load(k: int, one: Customer, network: Network, place: str) -> str:
        first = network.base_v[network.at[one.bus, one.phases[0]]] / 1000
        kv = first if len(one.phases) == 1 and not one.delta else first * np.sqrt(3)
        phases = 1 if one.delta and len(one.phases) == 2 else len(one.phases)
        bus = ".".join([place, *map(str, one.phases)])
        conn = "delta" if one.delta else "wye"
        return f"new load.evplan{k} bus1={bus} phases={phases} conn={conn} kv={kv:.12g} kw=0 kvar=0 model=1 vminpu=0.01 vmaxpu=9"

    def solve(self, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the voltages of all nodes, V, shape (nodes, steps), and whether steps settled. power : VA, shape (customers, steps)."""
        engine, loads = self.engine, self.engine.Loads
        volts = np.zeros((len(self._at), power.shape[1]), complex)
        settled = np.zeros(power.shape[1], bool)
        numbers = []
        for k in range(self._count):
            loads.Name(f"evplan{k}")
            numbers.append(loads.Idx())
        for step, kva in enumerate((power / 1000).T):
            for number, own in zip(numbers, kva, strict=True):
                loads.Idx(number)
                loads.kW(own.real)
                loads.kvar(own.imag)
            engine.Solution.SolvePlusControl()
            volts[:, step] = np.array(engine.YMatrix.getV()).view(complex)[1:][self._at]
            settled[step] = engine.Solution.Converged()
        return volts, settled
