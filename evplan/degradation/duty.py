"""What a battery is asked to do, steadily, year after year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.errors import InputError


@dataclass(frozen=True)
class Duty:
    """A steady duty of one battery, seen by its cells.

    temperature_c : float or array  Cell temperature, °C; an array holds equally long spells (hours of a year).
    soc : float  Mean state of charge, p.u.
    depth : float  Depth of the usual cycle, p.u. of capacity.
    c_rate : float  Mean charge and discharge power over energy capacity, 1/h.
    cycles_per_year : float  Full equivalent cycles per year: yearly charge and discharge over twice the capacity.
    charge_c_rate : float, optional  Mean charging power over energy capacity, 1/h; left out, `c_rate`.

    Raises: InputError, naming every fault at once.
    """

    temperature_c: float | np.ndarray
    soc: float
    depth: float
    c_rate: float
    cycles_per_year: float
    charge_c_rate: float | None = None

    @property
    def charging(self) -> float:
        """Return the mean charging power over energy capacity, 1/h."""
        return self.c_rate if self.charge_c_rate is None else self.charge_c_rate

    def __post_init__(self) -> None:
        faults = [text for fine, text in self._rules() if not fine]
        if faults:
            raise InputError("battery duty: " + "; ".join(faults))

    def _rules(self) -> list[tuple[bool, str]]:
        """Return (holds, sentence) for everything a duty must obey."""
        temperature_c = np.asarray(self.temperature_c, float)
        return [
            (temperature_c.size > 0, "temperature_c is empty; give one value or one per hour"),
            (bool(np.isfinite(temperature_c).all()), "temperature_c has gaps; fill them before ageing"),
            (bool((temperature_c > -100).all()), "temperature_c lies below -100; give degrees Celsius"),
            (0 <= self.soc <= 1, f"soc {self.soc} is not between 0 and 1"),
            (0 < self.depth <= 1, f"depth {self.depth} is not above 0 and at most 1"),
            (0 < self.c_rate < np.inf, f"c_rate {self.c_rate} is not above 0"),
            (0 < self.charging < np.inf, f"charge_c_rate {self.charging} is not above 0"),
            (0 <= self.cycles_per_year < np.inf, f"cycles_per_year {self.cycles_per_year} is not 0 or more"),
        ]
