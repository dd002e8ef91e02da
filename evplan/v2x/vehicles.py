"""What a world file may say of vehicles: classes with their share of arrivals."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import Fraction, Name, NotNegative, Noun, Positive, Share

Efficiency = Annotated[float, Field(strict=True, ge=0.3, le=1)]
Chemistry = Literal["lfp", "nca", "nmc"]


class VehicleClass(Noun):
    """Vehicles of a kind. Powers are drawn from the port; what goes into the battery is less by the efficiency."""

    name: Name
    """What tables call it."""
    share: Positive = 1.0
    """Of all arrivals, relative to the other classes."""
    battery_kwh: Positive
    """Usable capacity."""
    ac_kw: Positive = 11.0
    """Most power through the vehicle's own charger."""
    phases: Literal[1, 3] = 3
    """Of the vehicle's own charger; where it and a port differ, a third of the three-phase one's power is left."""
    dc_kw: NotNegative = 0.0
    """Most power of the battery at a direct-current port; 0: it cannot charge there, and leaves."""
    ac_efficiency: Efficiency = 0.9
    """Of the vehicle's own charger, into the battery."""
    taper_soc: Annotated[float, Field(strict=True, ge=0.1, le=1)] = 0.8
    """State of charge from which the battery takes less and less, down to nothing when full; 1: it never does."""
    v2g_kw: NotNegative = 0.0
    """Most power it gives back, at the port."""
    v2g_efficiency: Efficiency = 0.9
    """Energy at the port per energy out of the battery."""
    consents: Fraction = 1.0
    """Of those that could give back, the part whose drivers let them."""
    reserve_soc: Fraction = 0.2
    """State of charge below which nothing is given back; who comes with less keeps that."""
    target_soc: Annotated[tuple[Share, Share], Field()] = (0.8, 1.0)
    """Lowest and highest state of charge that drivers want, evenly between them; less where the battery is too small for what they used."""
    most_soc: Share | None = None
    """State of charge up to which it may be charged, to give back later; left out, and at least, what its driver wants."""
    wear_per_kwh: NotNegative = 0.05
    """Price of a kWh out of the battery, for its cells and its driver."""
    chemistry: Chemistry = "nmc"
    """Of the cells, for ageing; in the cold all take less alike."""

    @property
    def curve_kw(self) -> float:
        """Return the most power into the battery, kW: below `taper_soc`."""
        return max(self.ac_kw * self.ac_efficiency, self.dc_kw)


USUAL = (
    VehicleClass(name="compact", share=0.5, battery_kwh=58, ac_kw=11, dc_kw=120),
    VehicleClass(name="family", share=0.35, battery_kwh=77, ac_kw=11, dc_kw=150),
    VehicleClass(name="city", share=0.15, battery_kwh=40, ac_kw=6.6, phases=1, dc_kw=50),
)  # sizes and powers of common segments, an assumption
