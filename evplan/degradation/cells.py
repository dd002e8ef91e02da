"""The two cells whose warming is simulated, with what their published parameter sets leave out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

HEAT_TRANSFER_W_PER_M2_K = 10.0  # still air: default of PyBaMM's Chen2020; free convection is 2-25 (Incropera)

DIFFUSION = "{} particle diffusivity [m2.s-1]"
ELECTROLYTE_ACTIVATION = {
    "Electrolyte diffusivity [m2.s-1]": 17_000,  # Ecker 2015, J. Electrochem. Soc. 162, A1836
    "Electrolyte conductivity [S.m-1]": 17_000,  # Ecker 2015
}


@dataclass(frozen=True)
class Cell:
    """A cell to simulate: a PyBaMM parameter set, its limits, and our additions to it."""

    chemistry: str
    parameter_set: str
    lower_v: float
    upper_v: float
    capacity_ah: float
    c_rates: tuple[float, ...]
    activation_j_per_mol: Mapping[str, float]
    """Parameters that get an Arrhenius factor, 1 at 25 °C."""
    additions: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


def cylinder_m2(diameter_m: float, height_m: float) -> float:
    """Return the surface of a cylinder, ends included, m²."""
    return math.pi * diameter_m * (height_m + diameter_m / 2)


def cylinder_m3(diameter_m: float, height_m: float) -> float:
    """Return the volume of a cylinder, m³."""
    return math.pi * diameter_m**2 / 4 * height_m


SIZE_26650_M = (0.026, 0.065)  # what the format's name says
MASS_KG = 0.076  # A123 ANR26650M1-B data sheet
HEAT_CAPACITY_J_PER_KG_K = 1100.0  # assumed whole-cell value; sets the ripple, hardly the mean of a periodic state

NMC = Cell(
    "nmc",
    "Chen2020",
    lower_v=2.5,
    upper_v=4.2,
    capacity_ah=5.0,  # Chen 2020, LG M50
    c_rates=(0.2, 0.5, 1.0, 1.5, 2.0),
    activation_j_per_mol={
        DIFFUSION.format("Negative"): 30_300,  # Ecker 2015
        DIFFUSION.format("Positive"): 25_000,  # O'Kane 2022, Phys. Chem. Chem. Phys. 24, 7909
        **ELECTROLYTE_ACTIVATION,
    },
)

LFP = Cell(
    "lfp",
    "Prada2013",
    lower_v=2.0,
    upper_v=3.6,
    capacity_ah=2.3,  # Prada 2013, A123 ANR26650
    c_rates=(0.2, 0.5, 1.0),
    activation_j_per_mol={
        DIFFUSION.format("Negative"): 35_000,  # assumed, near the 30.3 kJ/mol of Ecker 2015
        DIFFUSION.format("Positive"): 35_000,  # assumed equal
        **ELECTROLYTE_ACTIVATION,
    },
    additions={
        "Cell cooling surface area [m2]": cylinder_m2(*SIZE_26650_M),
        "Cell volume [m3]": cylinder_m3(*SIZE_26650_M),
        "Cell heat capacity [J.K-1.m-3]": MASS_KG * HEAT_CAPACITY_J_PER_KG_K / cylinder_m3(*SIZE_26650_M),
        "Negative current collector thickness [m]": 12e-6,  # Chen 2020; across a foil the loss is negligible
        "Positive current collector thickness [m]": 16e-6,  # Chen 2020
        "Negative current collector conductivity [S.m-1]": 58_411_000,  # Chen 2020, copper
        "Positive current collector conductivity [S.m-1]": 36_914_000,  # Chen 2020, aluminium
    },
    options={"use lumped thermal capacity": "true"},
)

CELLS = (LFP, NMC)
