"""Two published capacity-ageing laws: LFP for stationary batteries, NMC for vehicles.

Each gives the two rates of `fade.py`; all functions take scalars or arrays.

    symbol  argument        unit   range
    T       temperature_c   °C     cell, not ambient
    s       soc             p.u.   mean state of charge
    d       depth           p.u.   depth of cycle
    C       c_rate          1/h    mean of charge and discharge
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from evplan.units import (
    DAYS_PER_YEAR,
    GAS_CONSTANT_J_PER_MOL_K,
    HOURS_PER_YEAR,
    SECONDS_PER_HOUR,
    kelvin,
)

Range = tuple[float, float]


@dataclass(frozen=True)
class Law:
    """A capacity-ageing law: two rates, two exponents, and where they may be used."""

    chemistry: str
    calendar_rate: Callable
    """calendar_rate(temperature_c, soc): p.u. per year^time_exponent."""
    cycle_rate: Callable
    """cycle_rate(temperature_c, depth, c_rate): p.u. per fec^cycle_exponent."""
    time_exponent: float
    cycle_exponent: float
    ranges: Mapping[str, Range]
    source: str


def lfp_calendar_rate(temperature_c, soc):
    """Return the calendar rate of a Sony/Murata US26650FTC1 cell, p.u. per year^0.5.

    k = 1.2571e-5 exp(-17126/R (1/T - 1/298.15)) (2.8575 (s - 0.5)^3 + 0.60225), per s^0.5
    Source: Naumann et al. 2018, J. Energy Storage 17, 153-169. Tests: 0 to 60 °C, under three years.
    """
    arrhenius = np.exp(-17126 / GAS_CONSTANT_J_PER_MOL_K * (1 / kelvin(temperature_c) - 1 / 298.15))  # Naumann 2018
    soc_factor = 2.8575 * (np.asarray(soc, float) - 0.5) ** 3 + 0.60225  # Naumann 2018
    per_root_second = 1.2571e-5 * arrhenius * soc_factor  # Naumann 2018
    return per_root_second * (HOURS_PER_YEAR * SECONDS_PER_HOUR) ** 0.5


def lfp_cycle_rate(temperature_c, depth, c_rate):
    """Return the cycle rate of the same cell, p.u. per fec^0.5; temperature does not enter.

    k = (0.0630 C + 0.0971) (4.0253 (d - 0.6)^3 + 1.0923) / 100
    Source: Naumann et al. 2020, J. Power Sources 451, 227666. The cubic rises at both ends of d.
    """
    rate_factor = 0.0630 * np.asarray(c_rate, float) + 0.0971  # Naumann 2020
    depth_factor = 4.0253 * (np.asarray(depth, float) - 0.6) ** 3 + 1.0923  # Naumann 2020
    return rate_factor * depth_factor / 100 + 0.0 * np.asarray(temperature_c, float)


NMC_CAPACITY_AH = 2.05  # Sanyo UR18650E, nominal, Schmalstieg 2014
NMC_OCV_SOC = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
NMC_OCV_V = (3.331, 3.420, 3.491, 3.581, 3.627, 3.655, 3.697, 3.775, 3.869, 3.965, 4.073, 4.162)
# ^ Schmalstieg 2014 fig. 1, below 10 % Ecker 2014; digitised by NREL for BLAST-Lite, thinned to 12 points
CYCLE_OFFSETS = (np.arange(40) + 0.5) / 40 - 0.5  # evenly through a cycle, p.u. of its depth


def nmc_open_circuit_v(soc):
    """Return the open-circuit voltage of the NMC cell, V."""
    return np.interp(soc, NMC_OCV_SOC, NMC_OCV_V)


def nmc_calendar_rate(temperature_c, soc):
    """Return the calendar rate of a Sanyo UR18650E cell, p.u. per year^0.75.

    alpha = (7.543 V(s) - 23.75) 1e6 exp(-6976/T), per day^0.75
    Source: Schmalstieg et al. 2014, J. Power Sources 257, 325-334. Tests at 35 to 50 °C;
    below that the Arrhenius term extrapolates.
    """
    voltage_factor = 7.543 * nmc_open_circuit_v(soc) - 23.75  # Schmalstieg 2014
    per_day = voltage_factor * 1e6 * np.exp(-6976 / kelvin(np.asarray(temperature_c, float)))  # Schmalstieg 2014
    return per_day * DAYS_PER_YEAR**0.75


def nmc_cycle_rate(temperature_c, depth, c_rate):
    """Return the cycle rate of the same cell, p.u. per fec^0.5; only depth enters.

    beta = 7.348e-3 (V - 3.667)^2 + 7.600e-4 + 4.081e-3 d, per Ah^0.5
    V is the mean open-circuit voltage of a cycle centred on half charge. Ah count charge and
    discharge, so one fec is 2 x 2.05 Ah. Source: as above; cycled at 35 °C and 1 C only.
    The law is pessimistic: present vehicle cells last several times longer.
    """
    through_cycle_soc = 0.5 + np.multiply.outer(np.asarray(depth, float), CYCLE_OFFSETS)
    mean_v = nmc_open_circuit_v(through_cycle_soc).mean(axis=-1)
    per_root_ah = 7.348e-3 * (mean_v - 3.667) ** 2 + 7.600e-4 + 4.081e-3 * np.asarray(depth, float)  # Schmalstieg 2014
    absent = 0.0 * np.asarray(temperature_c, float) + 0.0 * np.asarray(c_rate, float)
    return per_root_ah * (2 * NMC_CAPACITY_AH) ** 0.5 + absent


LAWS: Mapping[str, Law] = MappingProxyType(
    {
        "lfp": Law(
            "lfp",
            lfp_calendar_rate,
            lfp_cycle_rate,
            time_exponent=0.5,
            cycle_exponent=0.5,
            ranges=MappingProxyType({"temperature_c": (0, 60), "soc": (0, 1), "depth": (0.05, 1), "c_rate": (0.2, 1)}),
            source="Naumann et al. 2018 (J. Energy Storage 17, 153-169) and 2020 (J. Power Sources 451, 227666)",
        ),
        "nmc": Law(
            "nmc",
            nmc_calendar_rate,
            nmc_cycle_rate,
            time_exponent=0.75,
            cycle_exponent=0.5,
            ranges=MappingProxyType({"temperature_c": (0, 50), "soc": (0, 1), "depth": (0.05, 1), "c_rate": (0.2, 1)}),
            source="Schmalstieg et al. 2014 (J. Power Sources 257, 325-334)",
        ),
    }
)
