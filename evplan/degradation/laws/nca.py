"""NCA, Panasonic NCR18650B, 3.2 Ah: Keil's storage tests and Preger's cycles, as NREL fitted them.

    k_cal = 75.4 exp(-3340/T) exp(353 s/T)                                per day^0.512
    k_cyc = 2 (1.86e-6 + 4.74e-11 C + 1.77e-4 d)                           per fec^0.699

The fit's temperature term of cycling is 2 to nine digits at any temperature: between 15 and 35 °C Preger's data show none.
Depths of 0.8 and 1 were tested; the straight line below is assumed. No knee.
Data: Keil et al. 2016, J. Electrochem. Soc. 163, A1872-A1880; Preger et al. 2020, J. Electrochem. Soc. 167, 120532.
Fit: NREL, BLAST-Lite 1.1.1.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from evplan.degradation.laws.law import Law, Rates
from evplan.units import DAYS_PER_YEAR, kelvin

TIME_EXPONENT, CYCLE_EXPONENT = 0.512, 0.699  # NREL


def calendar_rate(temperature_c, soc):
    """Return the calendar rate, p.u. per year^0.512."""
    temperature_k = kelvin(np.asarray(temperature_c, float))
    per_day = 75.4 * np.exp((-3340 + 353 * np.asarray(soc, float)) / temperature_k)  # NREL
    return per_day * DAYS_PER_YEAR**TIME_EXPONENT


def cycle_rate(temperature_c, depth, c_rate, charge_c_rate):
    """Return the cycle rate, p.u. per fec^0.699; temperature and the rate of charging do not enter."""
    rest = 0.0 * (np.asarray(temperature_c, float) + np.asarray(charge_c_rate, float))
    return 2 * (1.86e-6 + 4.74e-11 * np.asarray(c_rate, float) + 1.77e-4 * np.asarray(depth, float)) + rest  # NREL


LAW = Law(
    "nca",
    "Panasonic NCR18650B, NCA, 3.2 Ah",
    Rates(calendar_rate, cycle_rate, TIME_EXPONENT, CYCLE_EXPONENT),
    None,
    ranges=MappingProxyType(
        {"temperature_c": (10, 50), "soc": (0, 1), "depth": (0.1, 1), "c_rate": (0.2, 2), "charge_c_rate": (0.1, 0.5)}
    ),
    rising=("soc", "depth", "c_rate", "charge_c_rate"),
    source="Keil et al. 2016 (J. Electrochem. Soc. 163, A1872) and Preger et al. 2020 (J. Electrochem. Soc. 167, 120532), "
    "fitted by NREL (BLAST-Lite 1.1.1)",
    thermal_cell="nmc",
)
