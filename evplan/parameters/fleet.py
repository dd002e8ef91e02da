"""Vehicles that stay, as a site model and its checker need them, frozen: single stays, and their envelopes on the clock."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

TINY = 1e-9  # of a share: what is left of sums


@dataclass(frozen=True)
class Stays:
    """The vehicles of one modelled year, shape (vehicles,).

    step, offset_h : the step in which each comes, and how long after that step begins.
    energy_kwh : to be had by departure.  power_kw : taken at most.
    port : its number, from 1, if there were always a port (`ports.py`).
    willing : whether it gives back.  give_kw : at most.  out_kwh : below what it came with.  spare_kwh : above what it wants.
    """

    step: np.ndarray
    offset_h: np.ndarray
    stay_h: np.ndarray
    energy_kwh: np.ndarray
    power_kw: np.ndarray
    port: np.ndarray
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
    """What vehicles allow, shape (years, groups, steps): those that only take, or those that also give.

    Groups are of port numbers (`Hosting`).
    upper_kwh, lower_kwh : most and least that the vehicles plugged in at the end of a step can have got by then.
    leaving_kwh : what those that leave in a step have got.  plugged_kw, give_kw : most that goes in, and out.
    """

    upper_kwh: np.ndarray
    lower_kwh: np.ndarray
    leaving_kwh: np.ndarray
    plugged_kw: np.ndarray
    give_kw: np.ndarray

    def of_years(self, own: slice) -> Envelope:
        """Return some of the years."""
        return Envelope(**{field.name: getattr(self, field.name)[own] for field in fields(self)})

    @property
    def gives(self) -> bool:
        """Return whether these vehicles give energy back."""
        return bool(self.give_kw.any())


@dataclass(frozen=True)
class Hosting:
    """Who finds a port in one year: by_ports[n] is the share of the energy with n ports, first come first served.

    ports, share : of each group of port numbers: how many there are, and the share of the energy that comes to them.
    """

    by_ports: np.ndarray
    ports: np.ndarray  # shape (groups,), int
    share: np.ndarray  # shape (groups,)

    @property
    def most_ports(self) -> int:
        """Return the ports with which everybody finds one."""
        return len(self.by_ports) - 1

    def most_share(self, ports: float) -> float:
        """Return the most that a plan may host with so many working ports: whole groups, and a part of the next."""
        before = np.cumsum(self.ports) - self.ports
        part = np.clip(np.divide(ports - before, self.ports, out=np.zeros(len(before)), where=self.ports > 0), 0.0, 1.0)
        return float(part @ self.share) if self.share.any() else 1.0

    def fewest_ports(self, share: float) -> int:
        """Return the fewest working ports with which a plan may host that share of the energy."""
        ports = range(int(self.ports.sum()) + 1)
        return next((n for n in ports if self.most_share(n) >= share - TINY), len(ports) - 1)


@dataclass(frozen=True)
class Together:
    """What the vehicles of one kind can take together in some steps of a modelled year, by group of ports, kWh.

    kind, y : places, of the envelope and of the modelled year.  back : steps in which what they give makes room for as much more.
    """

    kind: int
    y: int
    steps: tuple[int, ...]
    most_kwh: np.ndarray
    back: tuple[int, ...] = ()


@dataclass(frozen=True)
class ManagedParameters:
    """Vehicles that stay at a site. Tuples run over the modelled years.

    taking, giving : envelopes of vehicles that only take, and of those that also give; None where none do, but one there is.
    wanted_kwh : array, shape (years, groups, steps)   Energy of each step if all charge as soon as possible.
    together : rows that tighten the walls, found plan by plan (`solution/together.py`).
    give_efficiency : onto the bus per energy out of vehicles.  payment_per_kwh, wear_per_kwh : per kWh out of vehicles.
    """

    stays: tuple[Stays, ...]
    taking: Envelope | None
    giving: Envelope | None
    hosting: tuple[Hosting, ...]
    wanted_kwh: np.ndarray
    give_efficiency: float = 1.0
    payment_per_kwh: float = 0.0
    wear_per_kwh: float = 0.0
    together: tuple[Together, ...] = ()

    def of_years(self, own: slice) -> ManagedParameters:
        """Return some of the modelled years."""
        first, last = own.start, own.stop
        return replace(
            self, stays=self.stays[own], hosting=self.hosting[own], wanted_kwh=self.wanted_kwh[own],
            taking=self.taking.of_years(own) if self.taking else None, giving=self.giving.of_years(own) if self.giving else None,
            together=tuple(replace(row, y=row.y - first) for row in self.together if first <= row.y < last),
        )  # fmt: skip

    @property
    def envelopes(self) -> tuple[Envelope, ...]:
        """Return the envelopes that there are, those that only take first."""
        return tuple(envelope for envelope in (self.taking, self.giving) if envelope is not None)

    @property
    def plugged_kw(self) -> np.ndarray:
        """Return the most that goes into all vehicles, shape (years, steps), kW."""
        nothing = np.zeros(self.wanted_kwh.shape)
        return sum((envelope.plugged_kw for envelope in self.envelopes), nothing).sum(axis=1)

    @property
    def cost_per_kwh(self) -> float:
        """Return what a kWh out of the vehicles costs."""
        return self.payment_per_kwh + self.wear_per_kwh

    @property
    def group_share(self) -> np.ndarray:
        """Return the share of each year's energy that comes to each group of ports, shape (years, groups)."""
        return np.array([table.share for table in self.hosting])

    @property
    def group_ports(self) -> np.ndarray:
        """Return how many ports each group has, shape (years, groups)."""
        return np.array([table.ports for table in self.hosting])
