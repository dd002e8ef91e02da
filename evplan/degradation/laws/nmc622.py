"""NMC622, DENSO 50 Ah vehicle cell: Smith's law, in which cold and fast charging wear most.

    k_cal = b = A(37000) (-1.97e-4 + 0.0101 s - 0.0157 s^2 + 0.00835 s^3 - 4.06e-6 s T + 3.32e-5 max(0, T - 328.15))
                                                                                          per day^0.5
    k_cyc = 0.985 b(T, 0.5) (max(0, 3.24 A(-58000) (d C_ch)^0.5 (1 + 2.1 * 0.5) - 0.099) + 1.44 A(-13000) d^6)
                                                                                          per fec^0.5

A(E) = exp(-E/R (1/T - 1/298.15)), T in K. Cycles were centred on half charge, so 0.5 stands for s there. Break-in terms,
which come and go within weeks, are left out. Below 10 % charge, where the polynomial turns negative, its value there is
held. Tests ran from 10 to 60 °C and from depth 0.1; our range ends at 45 °C, depth 0.3 and 0.3 C because the clipped bracket
reaches zero beyond, where the law says that gentle cycles in the heat cost nothing. No knee and no plating onset: 1 C
charging was not tested below 25 °C.
Source: Smith et al. 2021, J. Electrochem. Soc. 168, 100530, in the form NREL's BLAST-Lite 1.1.1 gives it.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from evplan.degradation.laws.law import Law, Rates, arrhenius
from evplan.units import DAYS_PER_YEAR, kelvin

CYCLE_SOC = 0.5  # Smith 2021: every cycle test was centred there


def calendar_rate(temperature_c, soc):
    """Return the calendar rate, p.u. per year^0.5; between 43 and 82 % charge it falls by a fifth, as published."""
    return _per_root_day(temperature_c, soc) * DAYS_PER_YEAR**0.5


def cycle_rate(temperature_c, depth, c_rate, charge_c_rate):
    """Return the cycle rate, p.u. per fec^0.5; the rate of discharge does not enter."""
    depth = np.asarray(depth, float)
    stress = (depth * np.asarray(charge_c_rate, float)) ** 0.5  # Smith 2021
    cold = 3.24 * arrhenius(temperature_c, -58000) * stress * (1 + 2.1 * CYCLE_SOC) - 0.099  # Smith 2021
    deep = 1.44 * arrhenius(temperature_c, -13000) * depth**6  # Smith 2021
    per_root_fec = 0.985 * _per_root_day(temperature_c, CYCLE_SOC) * (np.maximum(0.0, cold) + deep)  # Smith 2021
    return per_root_fec + 0.0 * np.asarray(c_rate, float)


def _per_root_day(temperature_c, soc):
    """Return b, p.u. per day^0.5."""
    s, temperature_k = np.maximum(0.1, np.asarray(soc, float)), kelvin(np.asarray(temperature_c, float))
    polynomial = -0.000197 + 0.0101 * s - 0.0157 * s**2 + 0.00835 * s**3 - 4.06e-6 * s * temperature_k  # Smith 2021
    return arrhenius(temperature_c, 37000) * (polynomial + 3.32e-5 * np.maximum(0.0, temperature_k - 328.15))


LAW = Law(
    "nmc622",
    "DENSO, NMC622, 50 Ah",
    Rates(calendar_rate, cycle_rate, time_exponent=0.5, cycle_exponent=0.5),
    None,
    ranges=MappingProxyType(
        {"temperature_c": (10, 45), "soc": (0.1, 1), "depth": (0.3, 1), "c_rate": (0.2, 1), "charge_c_rate": (0.3, 1)}
    ),
    rising=("depth", "c_rate", "charge_c_rate"),
    source="Smith et al. 2021 (J. Electrochem. Soc. 168, 100530)",
    thermal_cell="nmc",
)
