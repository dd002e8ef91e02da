"""LFP, Sony/Murata US26650FTC1, 3 Ah: Naumann's calendar and cycle laws, Schimpe's plating where charging is cold.

    k_cal = 1.2571e-5 exp(-17126/R (1/T - 1/298.15)) (2.8575 (s - 0.5)^3 + 0.60225)       per s^0.5
    k_cyc = (0.0630 C + 0.0971) (4.0253 (d - 0.6)^3 + 1.0923) / 100 + plating            per fec^0.5
    plating = max(0, p(T, C_ch) - p(298.15, C_ch)) (3 Ah)^0.5
    p = 4.009e-4 exp(55546/R (1/T - 1/298.15)) exp(2.64 (C_ch - 1))                      per Ah^0.5 charged
    resistance: 3.4194e-10 exp(-71827/R (1/T - 1/298.15)) (1.5604 - 3.3903 (s - 0.5)^2)   per s
                (0.0021 - 0.0020 C) (6.8477 (d - 0.5)^3 + 0.91882) / 100                  per fec

Naumann found no effect of temperature on cycling between 25 and 40 °C and tested no colder; below 25 °C what
Schimpe's law has more than at 25 °C is added, so that at and above 25 °C the law is Naumann's own. Schimpe's second cold
term, above 82 % charge, is left out: it is linear in charge and loses six batteries in 1,000 cycles at 0 °C and 1 C.

Sources: Naumann et al. 2018, J. Energy Storage 17, 153-169 (calendar); Naumann et al. 2020, J. Power Sources 451,
227666 (cycles); Schimpe et al. 2018, J. Electrochem. Soc. 165, A181-A193 (low-temperature cycling, same cell).
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from evplan.degradation.laws.law import Law, Rates, arrhenius
from evplan.units import HOURS_PER_YEAR, SECONDS_PER_HOUR

CAPACITY_AH = 3.0  # nominal, Naumann 2018
SECONDS_PER_YEAR = HOURS_PER_YEAR * SECONDS_PER_HOUR


def calendar_rate(temperature_c, soc):
    """Return the calendar rate of capacity, p.u. per year^0.5."""
    soc_factor = 2.8575 * (np.asarray(soc, float) - 0.5) ** 3 + 0.60225  # Naumann 2018
    return 1.2571e-5 * arrhenius(temperature_c, 17126) * soc_factor * SECONDS_PER_YEAR**0.5  # Naumann 2018


def cycle_rate(temperature_c, depth, c_rate, charge_c_rate):
    """Return the cycle rate of capacity, p.u. per fec^0.5."""
    rate_factor = 0.0630 * np.asarray(c_rate, float) + 0.0971  # Naumann 2020
    depth_factor = 4.0253 * (np.asarray(depth, float) - 0.6) ** 3 + 1.0923  # Naumann 2020
    return rate_factor * depth_factor / 100 + plating_rate(temperature_c, charge_c_rate)


def plating_rate(temperature_c, charge_c_rate):
    """Return what charging below 25 °C adds to the cycle rate, p.u. per fec^0.5; one fec charges 3 Ah."""
    at_25_c = 4.009e-4 * np.exp(2.64 * (np.asarray(charge_c_rate, float) - 1.0))  # Schimpe 2018, per Ah^0.5, 1 at 1 C
    excess = np.maximum(0.0, arrhenius(temperature_c, -55546) - 1.0)  # Schimpe 2018
    return at_25_c * excess * CAPACITY_AH**0.5


def resistance_calendar_rate(temperature_c, soc):
    """Return the calendar growth of resistance, p.u. of new per year."""
    soc_factor = 1.5604 - 3.3903 * (np.asarray(soc, float) - 0.5) ** 2  # Naumann 2018
    return 3.4194e-10 * arrhenius(temperature_c, 71827) * soc_factor * SECONDS_PER_YEAR  # Naumann 2018


def resistance_cycle_rate(temperature_c, depth, c_rate, charge_c_rate):
    """Return the growth of resistance per fec, p.u. of new; it falls with C-rate and ends at 1.05 C."""
    rate_factor = np.maximum(0.0, -0.0020 * np.asarray(c_rate, float) + 0.0021)  # Naumann 2020
    depth_factor = 6.8477 * (np.asarray(depth, float) - 0.5) ** 3 + 0.91882  # Naumann 2020
    rest = 0.0 * (np.asarray(temperature_c, float) + np.asarray(charge_c_rate, float))
    return rate_factor * np.maximum(0.0, depth_factor) / 100 + rest


LAW = Law(
    "lfp",
    "Sony/Murata US26650FTC1, 3 Ah",
    Rates(calendar_rate, cycle_rate, time_exponent=0.5, cycle_exponent=0.5),
    Rates(resistance_calendar_rate, resistance_cycle_rate, time_exponent=1.0, cycle_exponent=1.0),
    ranges=MappingProxyType(
        {"temperature_c": (0, 60), "soc": (0, 1), "depth": (0.05, 1), "c_rate": (0.2, 1), "charge_c_rate": (0.1, 1)}
    ),
    rising=("soc", "depth", "c_rate", "charge_c_rate"),
    source="Naumann et al. 2018 (J. Energy Storage 17, 153-169) and 2020 (J. Power Sources 451, 227666); "
    "charging below 25 °C after Schimpe et al. 2018 (J. Electrochem. Soc. 165, A181-A193)",
    thermal_cell="lfp",
)
