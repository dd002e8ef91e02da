"""Vehicles that stay, as a site model and its checker need them, frozen: single stays, and their envelopes on the clock."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Stays:
    """The vehicles of one modelled year, shape (vehicles,).

    step, offset_h : the step in which each comes, and how long after that step begins.
    energy_kwh : to be had by departure.  power_kw : taken at most.
    willing : whether it gives back.  give_kw : at most.  out_kwh : below what it came with.  spare_kwh : above what it wants.
    """

    step: np.ndarray
    offset_h: np.ndarray
    stay_h: np.ndarray
    energy_kwh: np.ndarray
    power_kw: np.ndarray
    willing: np.ndarray
    give_kw: np.ndarray
    out_kwh: np.ndarray
    spare_kwh: np.ndarray

    def __len__(self) -> int:
        return len(self.step)

    def of(self, chosen: np.ndarray) -> Stays:
        """Return some of the vehicles. chosen : mask or places."""
        return Stays(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True)
class Envelope:
    """What vehicles allow, shape (years, steps): those that only take, or those that also give.

    upper_kwh, lower_kwh : most and least that the vehicles plugged in at the end of a step can have got by then.
    leaving_kwh : what those that leave in a step have got.  plugged_kw, give_kw : most that goes in, and out.
    """

    upper_kwh: np.ndarray
    lower_kwh: np.ndarray
    leaving_kwh: np.ndarray
    plugged_kw: np.ndarray
    give_kw: np.ndarray

    @property
    def gives(self) -> bool:
        """Return whether these vehicles give energy back."""
        return bool(self.give_kw.any())

    @property
    def held(self) -> np.ndarray:
        """Return where something can be held at the end of a step, shape (years, steps), bool."""
        return (self.upper_kwh > 0) | (self.lower_kwh < 0)


@dataclass(frozen=True)
class Hosting:
    """Which share of a year's energy comes to those who find a port: by_ports[n] with n ports, first come first served.

    slopes, intercepts : the straight pieces of its least concave majorant.
    """

    by_ports: np.ndarray
    slopes: np.ndarray
    intercepts: np.ndarray

    @property
    def most_ports(self) -> int:
        """Return the ports with which everybody finds one."""
        return len(self.by_ports) - 1

    def at_most(self, ports: float) -> float:
        """Return the share that a plan may say it hosts with so many ports."""
        return float(min(1.0, np.min(self.intercepts + self.slopes * ports))) if len(self.slopes) else 1.0


@dataclass(frozen=True)
class ManagedParameters:
    """Vehicles that stay at a site. Tuples run over the modelled years.

    taking, giving : envelopes of vehicles that only take, and of those that also give (None where none do).
    give_efficiency : onto the bus per energy out of vehicles.  payment_per_kwh, wear_per_kwh : per kWh out of vehicles.
    """

    stays: tuple[Stays, ...]
    taking: Envelope | None
    giving: Envelope | None
    hosting: tuple[Hosting, ...]
    give_efficiency: float = 1.0
    payment_per_kwh: float = 0.0
    wear_per_kwh: float = 0.0

    @property
    def envelopes(self) -> tuple[Envelope, ...]:
        """Return the envelopes that there are, those that only take first."""
        return tuple(envelope for envelope in (self.taking, self.giving) if envelope is not None)

    @property
    def plugged_kw(self) -> np.ndarray:
        """Return the most that goes into all vehicles, shape (years, steps), kW."""
        return np.sum([envelope.plugged_kw for envelope in self.envelopes], axis=0)

    @property
    def cost_per_kwh(self) -> float:
        """Return what a kWh out of the vehicles costs."""
        return self.payment_per_kwh + self.wear_per_kwh
