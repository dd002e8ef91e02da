"""NMC111, Sanyo UR18650E, 2.15 Ah: Schmalstieg's holistic model; pessimistic against present vehicle cells.

    k_cal = (7.543 V(s) - 23.75) 1e6 exp(-6976/T)                       per day^0.75
    k_cyc = 7.348e-3 (V - 3.667)^2 + 7.600e-4 + 4.081e-3 d              per Ah^0.5
    resistance: (5.270 V(s) - 16.32) 1e5 exp(-5986/T) per day^0.75, 2.153e-4 (V - 3.725)^2 - 1.521e-5 + 2.798e-4 d per Ah

V is the open-circuit voltage, in a cycle its quadratic mean, the cycle centred on half charge. Ah count charge and discharge.
Calendar tests ran at 35 to 50 °C (cooler is Arrhenius extrapolation), cycles at 35 °C and 1 C: neither temperature nor
C-rate enters the cycle rate. Source: Schmalstieg et al. 2014, J. Power Sources 257, 325-334.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from evplan.degradation.laws.law import Law, Rates
from evplan.units import DAYS_PER_YEAR, kelvin

CAPACITY_AH = 2.15  # typical, data sheet; 2.05 is the least that its maker promises
OCV_SOC = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
OCV_V = (3.331, 3.420, 3.491, 3.581, 3.627, 3.655, 3.697, 3.775, 3.869, 3.965, 4.073, 4.162)
# ^ Schmalstieg 2014 fig. 1, below 10 % Ecker 2014; digitised by NREL for BLAST-Lite, thinned to 12 points
CYCLE_OFFSETS = (np.arange(40) + 0.5) / 40 - 0.5  # evenly through a cycle, p.u. of its depth


def open_circuit_v(soc):
    """Return the open-circuit voltage, V."""
    return np.interp(soc, OCV_SOC, OCV_V)


def calendar_rate(temperature_c, soc):
    """Return the calendar rate of capacity, p.u. per year^0.75."""
    voltage_factor = 7.543 * open_circuit_v(soc) - 23.75  # Schmalstieg 2014
    per_day = voltage_factor * 1e6 * np.exp(-6976 / kelvin(np.asarray(temperature_c, float)))  # Schmalstieg 2014
    return per_day * DAYS_PER_YEAR**0.75


def cycle_rate(temperature_c, depth, c_rate, charge_c_rate):
    """Return the cycle rate of capacity, p.u. per fec^0.5; only depth enters."""
    offset = (mean_cycle_v(depth) - 3.667) ** 2  # Schmalstieg 2014
    per_root_ah = 7.348e-3 * offset + 7.600e-4 + 4.081e-3 * np.asarray(depth, float)  # Schmalstieg 2014
    return per_root_ah * (2 * CAPACITY_AH) ** 0.5 + _absent(temperature_c, c_rate, charge_c_rate)


def resistance_calendar_rate(temperature_c, soc):
    """Return the calendar growth of resistance, p.u. of new per year^0.75."""
    voltage_factor = 5.270 * open_circuit_v(soc) - 16.32  # Schmalstieg 2014
    per_day = voltage_factor * 1e5 * np.exp(-5986 / kelvin(np.asarray(temperature_c, float)))  # Schmalstieg 2014
    return per_day * DAYS_PER_YEAR**0.75


def resistance_cycle_rate(temperature_c, depth, c_rate, charge_c_rate):
    """Return the growth of resistance per fec, p.u. of new."""
    offset = (mean_cycle_v(depth) - 3.725) ** 2  # Schmalstieg 2014
    per_ah = 2.153e-4 * offset - 1.521e-5 + 2.798e-4 * np.asarray(depth, float)  # Schmalstieg 2014
    return np.maximum(0.0, per_ah) * 2 * CAPACITY_AH + _absent(temperature_c, c_rate, charge_c_rate)


def mean_cycle_v(depth):
    """Return the quadratic mean of the open-circuit voltage of a cycle centred on half charge, V."""
    through_cycle_soc = 0.5 + np.multiply.outer(np.asarray(depth, float), CYCLE_OFFSETS)
    return np.sqrt((open_circuit_v(through_cycle_soc) ** 2).mean(axis=-1))


def _absent(*features):
    return 0.0 * sum(np.asarray(feature, float) for feature in features)


LAW = Law(
    "nmc",
    "Sanyo UR18650E, NMC111, 2.15 Ah",
    Rates(calendar_rate, cycle_rate, time_exponent=0.75, cycle_exponent=0.5),
    Rates(resistance_calendar_rate, resistance_cycle_rate, time_exponent=0.75, cycle_exponent=1.0),
    ranges=MappingProxyType(
        {"temperature_c": (0, 50), "soc": (0, 1), "depth": (0.05, 1), "c_rate": (0.2, 1), "charge_c_rate": (0.1, 1)}
    ),
    rising=("soc", "depth", "c_rate", "charge_c_rate"),
    source="Schmalstieg et al. 2014 (J. Power Sources 257, 325-334)",
    thermal_cell="nmc",
)
