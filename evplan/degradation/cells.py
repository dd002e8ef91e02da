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
    nominal_v: float
    c_rates: tuple[float, ...]
    activation_j_per_mol: Mapping[str, float] = field(default_factory=dict)
    """Parameters that get an Arrhenius factor, 1 at 25 °C."""
    additions: Mapping[str, float] = field(default_factory=dict)
    lumped_options: Mapping[str, str] = field(default_factory=dict)
    graphite_of: str | None = None
    """Parameter set whose graphite potential replaces this one's."""

    @property
    def kwh(self) -> float:
        """Return the nominal energy, kWh."""
        return self.capacity_ah * self.nominal_v / 1000


def cylinder_m2(diameter_m: float, height_m: float) -> float:
    """Return the surface of a cylinder, ends included, m²."""
    return math.pi * diameter_m * (height_m + diameter_m / 2)


def cylinder_m3(diameter_m: float, height_m: float) -> float:
    """Return the volume of a cylinder, m³."""
    return math.pi * diameter_m**2 / 4 * height_m


SIZE_26650_M = (0.026, 0.065)  # what the format's name says
MASS_KG = 0.076  # A123 ANR26650M1-B data sheet
HEAT_CAPACITY_J_PER_KG_K = 1100.0  # assumed whole-cell value

C_RATES = (0.1, 0.2, 0.5, 1.0, 1.5, 2.0)

NMC = Cell(
    "nmc",
    "OKane2022",  # O'Kane et al. 2022, Phys. Chem. Chem. Phys. 24, 7909: Chen 2020's LG M50 with temperature in it
    lower_v=2.5,
    upper_v=4.2,
    capacity_ah=5.0,  # Chen 2020, LG M50
    nominal_v=3.63,  # LG M50 data sheet
    c_rates=C_RATES,
    graphite_of="Chen2020",  # a closed formula; the other set's table has kinks that the solver stumbles over
)

LFP = Cell(
    "lfp",
    "Prada2013",
    lower_v=2.0,
    upper_v=3.6,
    capacity_ah=2.3,  # Prada 2013, A123 ANR26650
    nominal_v=3.3,  # A123 ANR26650M1-B data sheet
    c_rates=C_RATES,
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
    lumped_options={"use lumped thermal capacity": "true"},
)

CELLS = (LFP, NMC)
