"""One or two drivers at a time, all others as planned: tornado, spider, break-even, a grid; and how sure a grant makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from evplan.finance.risk.at_risk import NEUTRAL, AtRisk, Values
from evplan.finance.risk.sampling import quantile
from evplan.instance.risk import DriverName, Risk

LOW, HIGH = 0.1, 0.9  # quantiles of the tornado
CHANGES = np.linspace(-0.5, 0.5, 11)  # of the spider, around the planned value; interest: points, a tenth of it
EDGES = (0.05, 0.95)  # quantiles at the edges of the grid
CELLS = 9
FARTHEST = 10.0  # factor up to which a break-even is looked for
GRANTS = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True)
class Bar:
    """One bar of a tornado: a driver's value with 10 and 90 % of its values below, and the net present value there."""

    driver: DriverName
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """Return how far the net present value moves."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Grid:
    """Net present value over two drivers, shape (of the second, of the first)."""

    first: DriverName
    second: DriverName
    across: np.ndarray
    down: np.ndarray
    npv: np.ndarray


def tornado(sites: AtRisk, said: Risk) -> tuple[Bar, ...]:
    """Return the bars of all drivers, the widest first."""
    bars = []
    for name, own in said.drivers.items():
        low, high = quantile(own, name, np.array([LOW, HIGH]))
        at_low, at_high = sites.worth({name: np.array([low, high])})
        bars.append(Bar(name, float(low), float(high), float(at_low), float(at_high)))
    return tuple(sorted(bars, key=lambda bar: -bar.swing))


def spider(sites: AtRisk, said: Risk) -> dict[DriverName, np.ndarray]:
    """Return the net present value over `CHANGES` of each driver."""
    return {name: sites.worth({name: changed(name)}) for name in said.drivers}


def changed(name: DriverName) -> np.ndarray:
    """Return the values of a driver over `CHANGES`."""
    return CHANGES / 10 if name == "interest" else 1.0 + CHANGES


def break_evens(sites: AtRisk, said: Risk) -> dict[DriverName, float | None]:
    """Return the value of each driver at which the net present value is zero, all others as planned; None where there is none.

    Of several the one nearest to the plan.
    """
    return {name: _break_even(sites, name) for name in said.drivers}


def _break_even(sites: AtRisk, name: DriverName) -> float | None:
    planned = NEUTRAL[name]
    tried = (
        np.concatenate([np.linspace(-0.2, 1.0, 121)])
        if name == "interest"
        else np.geomspace(1 / FARTHEST, FARTHEST, 161)
    )
    worth = sites.worth({name: tried})
    crossing = np.flatnonzero(worth[:-1] * worth[1:] <= 0)
    if not len(crossing) or not np.any(worth):
        return None
    k = min(crossing, key=lambda j: abs(tried[j] + tried[j + 1] - 2 * planned))
    if worth[k] == worth[k + 1]:
        return None

    def at(value: float) -> float:
        values: Values = {name: np.array([value])}
        return float(sites.worth(values)[0])

    return float(brentq(at, tried[k], tried[k + 1], xtol=1e-12))


def grid(sites: AtRisk, said: Risk, first: DriverName, second: DriverName) -> Grid:
    """Return the net present value over two drivers, each from its 5 to its 95 % quantile."""
    u = np.linspace(*EDGES, CELLS)
    across, down = quantile(said.drivers[first], first, u), quantile(said.drivers[second], second, u)
    values: Values = {first: np.tile(across, CELLS), second: np.repeat(down, CELLS)}
    return Grid(first, second, across, down, sites.worth(values).reshape(CELLS, CELLS))


def support_curve(sites: AtRisk, values: Values, rate: float) -> np.ndarray:
    """Return the probability that a grant of each of `GRANTS`, as a share of construction, reaches a return, shape (grants,)."""
    judged = sites.at_rate(rate)
    return np.array([float((judged.with_grants(share).worth(values) >= 0).mean()) for share in GRANTS])
