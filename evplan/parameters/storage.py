"""The numbers of a stationary battery that a site model needs, frozen, and the prices of its use that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evplan.parameters.clock import Clock
from evplan.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from evplan.parameters.ageing import BatteryAgeing


@dataclass(frozen=True)
class BatteryParameters:
    """Battery: costs, efficiency, and what the ageing model says of wear and fade."""

    max_kwh: float
    max_c_rate: float
    present_cost_per_kwh: float
    present_cost_per_kw: float
    om_per_kw_year: float
    efficiency: np.ndarray  # shape (years,): one way
    usable_fraction: np.ndarray  # shape (years,): energy window per kWh of new capacity
    soh: np.ndarray  # shape (years,)
    charge_c_rate: np.ndarray  # shape (years, steps): fastest charge, kW per kWh of new capacity
    depth_share: np.ndarray  # shape (depths,): parts of the energy window, shallowest first
    wear_per_kwh: np.ndarray  # shape (depths,): per kWh taken out of the cells of a new battery, ascending
    fade_per_kwh_year: float  # per kWh of capacity and year, empty
    fade_per_stored_kwh_year: (
        np.ndarray
    )  # shape (levels,): besides, per kWh stored all year in a new battery, ascending
    stored_share: np.ndarray  # shape (levels,): part of the energy window above which each price holds; the first is 0
    warmth: np.ndarray  # shape (steps,): how much faster than on average cells fade
    life_years: float  # at the use assumed
    mean_cell_c: float
    existing_kwh: float = 0.0
    existing_kw: float = 0.0
    max_kw: float = np.inf
    min_duration_h: float = 0.0
    max_duration_h: float = np.inf
    present_fixed_cost: float = 0.0
    module_kwh: float | None = None
    first_cost_per_kwh: float = 0.0
    first_cost_per_kw: float = 0.0
    first_fixed_cost: float = 0.0
    usable_by_age: np.ndarray | None = (
        None  # at a later stage, shape (stages, years): of cells bought at each stage so far
    )
    ageing: BatteryAgeing | None = None  # what the prices of wear and fade were made from; None: it does not age
    start_share: float | None = None  # of the energy window, in which a year begins; None: as it ends

    @property
    def wear_cost(self) -> np.ndarray:
        """Return the price of discharging a kWh to the bus from each depth, shape (depths, years)."""
        return self.wear_per_kwh[:, None] / (self.efficiency * self.soh)

    @property
    def stored_cost(self) -> np.ndarray:
        """Return what a year of a stored kWh costs more above each level than below it, shape (levels, years)."""
        return np.diff(self.fade_per_stored_kwh_year, prepend=0.0)[:, None] / self.soh

    @property
    def start_by_depth(self) -> np.ndarray | None:
        """Return the part of the energy window that each depth holds when a year begins, shape (depths,), or None.

        The shallowest depth is discharged first, so what is stored lies in the deepest.
        """
        if self.start_share is None:
            return None
        deepest_first = np.cumsum(self.depth_share[::-1])
        held = np.diff(np.minimum(deepest_first, self.start_share), prepend=0.0)
        return held[::-1]

    def fade_weight(self, clock: Clock) -> np.ndarray:
        """Return the part of a year of fading that the charge at each step's end stands for, shape (steps,).

        Cells fade slowly, so the charge is read at the end of every hour (of every step, if steps are longer): half of its own
        hour and half of the next, the warmer the more; they sum to about 1.
        """
        hour = clock.hour
        last = np.flatnonzero(np.append(np.diff(hour) != 0, True))
        by_hour = np.bincount(hour, self.warmth * clock.year_h / HOURS_PER_YEAR)
        weight = np.zeros(clock.steps)
        weight[last] = (by_hour + by_hour[hour[clock.next_step[last]]]) / 2
        return weight
