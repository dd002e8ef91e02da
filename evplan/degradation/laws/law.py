"""What an ageing law is: the rates of capacity fade and of resistance growth, and where they were tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import Fade, mean_rate
from evplan.units import GAS_CONSTANT_J_PER_MOL_K, kelvin

Range = tuple[float, float]


def arrhenius(temperature_c, activation_j_per_mol: float):
    """Return exp(-E/R (1/T - 1/298.15)), 1 at 25 °C."""
    inverse = 1 / kelvin(np.asarray(temperature_c, float)) - 1 / 298.15
    return np.exp(-activation_j_per_mol / GAS_CONSTANT_J_PER_MOL_K * inverse)


@dataclass(frozen=True)
class Rates:
    """Two rates and two exponents: change(t, n) = k_cal t^p + k_cyc n^q, t in years, n in full equivalent cycles.

    calendar_rate(temperature_c, soc) : p.u. per year^time_exponent.
    cycle_rate(temperature_c, depth, c_rate, charge_c_rate) : p.u. per fec^cycle_exponent.
    Both take scalars or arrays that broadcast.
    """

    calendar_rate: Callable
    cycle_rate: Callable
    time_exponent: float
    cycle_exponent: float

    def fade(self, duty: Duty) -> Fade:
        """Return the change under one steady duty, its hours of temperature folded into one rate."""
        calendar = self.calendar_rate(duty.temperature_c, duty.soc)
        cycle = self.cycle_rate(duty.temperature_c, duty.depth, duty.c_rate, duty.charging)
        return Fade(
            float(mean_rate(calendar, self.time_exponent)),
            float(mean_rate(cycle, self.cycle_exponent)),
            self.time_exponent,
            self.cycle_exponent,
        )


@dataclass(frozen=True)
class Law:
    """A published ageing law.

    ranges : where its tests ran; rates beyond are extrapolation.
    rising : features along which its rates never fall.
    thermal_cell : the simulated cell whose warming stands for this one's.
    """

    chemistry: str
    cell: str
    capacity: Rates
    resistance: Rates | None
    ranges: Mapping[str, Range]
    rising: tuple[str, ...]
    source: str
    thermal_cell: str
