"""Sodium-ion, layered oxide against hard carbon: an assumption, because no law with coefficients is published.

    k_cyc = 4.43e-4 f(d) per fec^0.5, f Naumann's depth factor, 1 at d = 0.6;    k_cal as for LFP

What is known: a mean loss of 2.8 % after about 4,000 full equivalent cycles over many conditions (Quade 2025, doctoral
thesis, RWTH Aachen, abstract), hence 0.028 / 4000^0.5; "low capacity loss" in storage, no number (Streck et al. 2024,
J. Electrochem. Soc. 171, 080531); other cells of the kind failed early by gassing (Laufen et al. 2024, Cell Reports
Physical Science 5, 101945). Cycle lives seen differ by more than a factor of ten: read the spread, not the middle.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from evplan.degradation.laws import lfp
from evplan.degradation.laws.law import Law, Rates


def cycle_rate(temperature_c, depth, c_rate, charge_c_rate):
    """Return the cycle rate, p.u. per fec^0.5; depth alone enters, in LFP's proportions (assumed)."""
    depth_factor = (4.0253 * (np.asarray(depth, float) - 0.6) ** 3 + 1.0923) / 1.0923  # Naumann 2020
    rest = 0.0 * sum(np.asarray(feature, float) for feature in (temperature_c, c_rate, charge_c_rate))
    return 0.028 / 4000**0.5 * depth_factor + rest  # Quade 2025


LAW = Law(
    "sodium",
    "layered oxide and hard carbon, assumed",
    Rates(lfp.calendar_rate, cycle_rate, time_exponent=0.5, cycle_exponent=0.5),
    None,
    ranges=MappingProxyType({**lfp.LAW.ranges, "temperature_c": (10, 45)}),
    rising=("soc", "depth", "c_rate", "charge_c_rate"),
    source="assumed: cycling after Quade 2025 (RWTH Aachen, abstract), storage as LFP; no law is published",
    thermal_cell="lfp",
)
