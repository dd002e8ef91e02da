"""A radial feeder above the transformers, balanced: voltages after every step, exact for what flows then.

    V = V_0 - Z conj(S / V)          by repetition, from the flat start; Z[i, j] is the impedance of the path that i and j share

symbol   name          unit
V        voltage       p.u. of the feeder's rated voltage, complex, at each bus
S        power drawn   p.u. of `BASE_MVA`
Z        impedance     p.u.

Source: the Z-bus method, Chen, Chen, Hwang, Kotas and Chebli 1991, IEEE Trans. Power Delivery 6(3), for a radial network.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from evplan.compiled import compiled
from evplan.instance.base import Name, NotNegative, Noun, Positive

BASE_MVA = 1.0
SETTLED, MOST_ROUNDS = 1e-12, 200
SOURCE = "source"
COLLAPSED = 0.0  # p.u.: what is said of a bus whose power no voltage can carry


class Line(Noun):
    """A line to a bus. Buses that have a transformer's name carry what flows through it."""

    to: Name
    """The bus that it feeds."""
    start: Name = SOURCE
    """The bus that it comes from: `source`, or one that another line feeds."""
    r_ohm: NotNegative
    """Resistance of a phase."""
    x_ohm: NotNegative = 0.0
    """Reactance of a phase."""


class Feeder(Noun):
    """A radial feeder."""

    rated_kv: Positive = 10.0
    """Voltage between phases."""
    source_pu: Annotated[float, Field(strict=True, ge=0.8, le=1.2)] = 1.0
    """Voltage at the source, of the rated."""
    lowest_pu: Annotated[float, Field(strict=True, ge=0.5, le=1)] = 0.95
    """Lowest voltage that is within the band."""
    highest_pu: Annotated[float, Field(strict=True, ge=1, le=1.5)] = 1.05
    """Highest."""
    load_power_factor: Annotated[float, Field(strict=True, gt=0.1, le=1)] = 0.95
    """Of the load that cannot be moved, lagging; vehicles and panels have 1."""
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=1000)]
    """Every line, those nearer to the source first."""


class Network:
    """A feeder as numbers. names : of buses.  z : impedances, p.u., complex, shape (buses, buses).  node : bus of each transformer."""

    def __init__(self, feeder: Feeder, transformers: list[str]) -> None:
        self.feeder, self.names = feeder, [line.to for line in feeder.lines]
        base_ohm = feeder.rated_kv**2 / BASE_MVA
        path = np.zeros((len(self.names), len(self.names)), bool)
        for i, line in enumerate(feeder.lines):
            if line.start != SOURCE:
                path[i] = path[self.names.index(line.start)]
            path[i, i] = True
        each = np.array([complex(line.r_ohm, line.x_ohm) for line in feeder.lines]) / base_ohm
        self.z = (path * each) @ path.T
        self.node = np.array([self.names.index(name) for name in transformers])
        self.tangent = float(np.tan(np.arccos(feeder.load_power_factor)))

    def voltages(self, net_kw: np.ndarray, load_kw: np.ndarray) -> np.ndarray:
        """Return voltages, p.u., shape (worlds, buses). net_kw, load_kw : through transformers, shape (worlds, transformers)."""
        power = np.zeros((len(net_kw), len(self.names)), complex)
        power[:, self.node] = (net_kw + 1j * self.tangent * load_kw) / (1000 * BASE_MVA)
        found = np.empty(power.shape)
        fill_voltages(self.feeder.source_pu, self.z, power, found)
        return found

    def outside(self, voltages: np.ndarray) -> np.ndarray:
        """Return by how much voltages leave the band, p.u., shape (worlds, buses)."""
        return np.maximum(np.maximum(self.feeder.lowest_pu - voltages, voltages - self.feeder.highest_pu), 0.0)


@compiled
def fill_voltages(source: float, z: np.ndarray, power: np.ndarray, found: np.ndarray) -> None:
    """Fill the voltage of every bus; `COLLAPSED` where repetition does not settle: the feeder cannot carry that."""
    buses = len(z)
    v, current = np.empty(buses, np.complex128), np.empty(buses, np.complex128)
    for w in range(len(power)):
        v[:] = source
        settled = False
        for _ in range(MOST_ROUNDS):
            for i in range(buses):
                current[i] = np.conj(power[w, i] / v[i])
            apart = 0.0
            for i in range(buses):
                new = complex(source, 0.0)
                for j in range(buses):
                    new -= z[i, j] * current[j]
                apart = max(apart, abs(new - v[i]))
                v[i] = new
            if apart < SETTLED:
                settled = True
                break
            if apart > 10.0:
                break
        for i in range(buses):
            found[w, i] = abs(v[i]) if settled else COLLAPSED
