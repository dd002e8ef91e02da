"""What a schedule file may say of its charge points: power, its steps, how often it may change, and what they share."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from evplan.instance.base import Fraction, NotNegative, Noun, Positive, Share, Text
from evplan.units import W_PER_KW

Efficiency = Annotated[float, Field(strict=True, ge=0.5, le=1)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=24 * 60)]
Several = Annotated[int, Field(strict=True, ge=1, le=10_000)]


class TaperPoint(Noun):
    """A point of a charging curve."""

    soc: Fraction
    """State of charge."""
    share: Share
    """Of its most power, what a vehicle takes there."""


class SharedPoint(Noun):
    """A charge point, or a group of them, that sessions share: those whose `charger` is its name."""

    name: Text
    """What sessions call it."""
    power_kw: Positive | None = None
    """Most power of all together."""
    at_once: Several | None = None
    """How many charge at once; the others wait, plugged in."""


class Chargers(Noun):
    """The charge points, and what a session is taken to be where its file does not say."""

    power_kw: Positive = 11.0
    """Most power of a session."""
    min_power_kw: NotNegative = 0.0
    """Least power at which a session charges, if it charges."""
    min_current_a: Annotated[float, Field(strict=True, ge=0, le=1000)] = 0.0
    """The same as current of each phase that a session has; 6 A is the least that IEC 61851 knows. What is more of both counts."""
    setpoints_kw: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=64)] | None = None
    """Powers that can be set; left out, any. A vehicle that is full stops by itself, within a step."""
    efficiency: Efficiency = 0.92
    """Energy into a vehicle per energy drawn for it."""
    taper: Annotated[tuple[TaperPoint, ...], Field(min_length=2, max_length=20)] | None = None
    """How power falls as a battery fills, by points whose share falls ever faster; for sessions whose battery and SoC are known."""
    count: Several | None = None
    """How many sessions charge at once at all; left out, everybody plugged in can."""
    shared: tuple[SharedPoint, ...] = ()
    """Charge points that several sessions share."""
    least_on_minutes: Minutes = 0
    """Who begins to charge goes on at least so long, or until the battery is full."""
    least_off_minutes: Minutes = 0
    """Who pauses pauses at least so long."""
    phase_choice: Literal["in-turn", "best"] = "in-turn"
    """On which phase one-phase sessions are that do not say: handed out in turn by energy, or chosen with the plan."""
    rate_unit: Literal["A", "W"] = "A"
    """Unit of the limits in OCPP messages; many charge points take only A."""
    voltage: Annotated[float, Field(strict=True, ge=100, le=1000)] = 230.0
    """Voltage of a phase, V, by which A follow from W."""

    def least_kw(self, phases: np.ndarray) -> np.ndarray:
        """Return the least power of sessions on so many phases, kW, shape (sessions,)."""
        return np.maximum(self.min_power_kw, self.min_current_a * self.voltage * phases / W_PER_KW)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Return what contradicts itself, as (field, words)."""
        found = []
        names = [one.name for one in self.shared]
        if len(set(names)) < len(names):
            found.append(("shared", "names must differ"))
        if any(one.power_kw is None and one.at_once is None for one in self.shared):
            found.append(("shared", "needs power_kw or at_once, or both"))
        if self.min_power_kw > self.power_kw:
            found.append(("min_power_kw", f"must be at most power_kw, {self.power_kw:g}"))
        if self.setpoints_kw and min(self.setpoints_kw) > self.power_kw:
            found.append(("setpoints_kw", f"must hold one up to power_kw, {self.power_kw:g}: nobody could charge"))
        slopes = self.taper_lines
        if self.taper and (self.taper[0].soc > 0 or self.taper[-1].soc < 1):
            found.append(("taper", "must begin at soc 0 and end at soc 1"))
        if self.taper and (not slopes or any(b > a for (_, a), (_, b) in pairwise(slopes))):
            found.append(("taper", "soc must rise from point to point, and share fall ever faster, never rise"))
        return found

    @property
    def taper_lines(self) -> list[tuple[float, float]]:
        """Return the lines between points: share <= first + second * soc; none where points do not rise or shares do."""
        points = self.taper or ()
        lines = []
        for one, two in pairwise(points):
            if two.soc <= one.soc or two.share > one.share:
                return []
            slope = (two.share - one.share) / (two.soc - one.soc)
            lines.append((one.share - slope * one.soc, slope))
        return lines
