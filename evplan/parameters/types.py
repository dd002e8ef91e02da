"""The numbers a site model needs, frozen: nothing here knows the instance or Pyomo.

Arrays have shape (years, steps) where they change from year to year, else (steps,).
Money is in first-year prices; `worth` turns a modelled year's amount into present value after tax.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.assets.tariff import TariffSeries
from evplan.parameters.clock import Clock
from evplan.parameters.context import Context
from evplan.parameters.fleet import ManagedParameters
from evplan.parameters.outages import OutageParameters
from evplan.parameters.storage import BatteryParameters

TINY_KWH = 1e-9  # expected energy below it is none: whoever comes then is admitted


@dataclass(frozen=True)
class ChargerParameters:
    """One charger type at one site.

    capacity_kw[y, n] is the mean power at which n chargers keep the waiting limit (the same as n * full_kw
    where waiting is not limited); full_kw[y] is what one charger gives when every working port is busy.
    """

    name: str
    limit: int  # what the instance allows
    max_count: int  # what could be useful: more would serve nobody else
    present_cost: float  # of one charger: purchase, replacements, tax relief, residual
    om_per_year: float
    efficiency: float
    full_kw: np.ndarray  # shape (years,)
    capacity_kw: np.ndarray  # shape (years, max_count + 1)
    existing: int = 0
    spare: int = 0  # so many are kept for when others fail: they carry nothing in the plan
    first_cost: float = 0.0  # of one charger: what its construction costs
    ports: int = 1
    port_kw: float = np.inf  # of one port
    availability: float = 1.0

    @property
    def waits(self) -> bool:
        """Return whether a waiting limit keeps the chargers below their full power."""
        counts = np.maximum(np.arange(self.capacity_kw.shape[1]) - self.spare, 0)
        return bool((self.capacity_kw < self.full_kw[:, None] * counts * (1 - 1e-9)).any())

    def full_of(self, count: int) -> np.ndarray:
        """Return what so many chargers give with every working port busy, those kept spare aside, shape (years,), kW."""
        return self.full_kw * max(0, min(count, self.max_count) - self.spare)


@dataclass(frozen=True)
class ArrayParameters:
    """One plane of panels: what stands there, what may, and its power per kW by year and step."""

    name: str
    existing_kw: float
    max_kw: float
    yield_kw_per_kw: np.ndarray  # shape (years, steps)


@dataclass(frozen=True)
class SolarParameters:
    """Panels: what they cost, and the planes they stand on."""

    max_kw: float  # of all planes
    present_cost_per_kw: float
    om_per_kw_year: float
    arrays: tuple[ArrayParameters, ...]
    present_fixed_cost: float = 0.0
    module_kw: float | None = None
    first_cost_per_kw: float = 0.0
    first_fixed_cost: float = 0.0

    @property
    def existing_kw(self) -> float:
        """Return what stands already, kW."""
        return sum(array.existing_kw for array in self.arrays)

    def could_kw(self, by_array_kw: np.ndarray) -> np.ndarray:
        """Return what panels of these sizes could give, shape (years, steps), kW."""
        return np.tensordot(by_array_kw, np.array([array.yield_kw_per_kw for array in self.arrays]), axes=1)

    @property
    def shines(self) -> np.ndarray:
        """Return the steps in which some panel gives power, shape (steps,), bool."""
        return np.any([(array.yield_kw_per_kw > 0).any(axis=0) for array in self.arrays], axis=0)


@dataclass(frozen=True)
class ConnectionStepParameters:
    """An import limit that may be had, and its present cost."""

    power_kw: float
    present_cost: float
    first_cost: float = 0.0


@dataclass(frozen=True)
class CarbonParameters:
    """What drawn energy emits, kg per kWh, shape (steps,); its price per kg; the most that a year may emit, kg."""

    kg_per_kwh: np.ndarray
    price_per_kg: float
    cap_kg: float

    def emitted_kg(self, import_kw: np.ndarray, clock: Clock) -> np.ndarray:
        """Return what the import of each modelled year emits, kg, shape (years,)."""
        return import_kw @ (self.kg_per_kwh * clock.year_h)


@dataclass(frozen=True)
class Inner:
    """Some of the short steps inside a merged step: those in which most power is wanted, in each modelled year.

    share : their part of the merged step's length.  rest_kw : what vehicles want in the other short steps; rest_rush : that over
        what was expected.
    """

    step: int
    share: float
    rest_kw: np.ndarray  # shape (years,)
    rest_rush: np.ndarray  # shape (years,)
    load_kw: np.ndarray  # shape (years,)
    yield_kw_per_kw: np.ndarray  # shape (arrays, years)


@dataclass(frozen=True)
class SiteParameters:
    """Everything the model of one site needs."""

    name: str
    setting: str
    clock: Clock
    years: tuple[int, ...]
    share: np.ndarray  # shape (the plan's years, years): how much each modelled year speaks for each of them
    worth: np.ndarray  # shape (years,): present value after tax of 1 per year
    worth_bill: np.ndarray  # shape (years,): the same of electricity, which may rise at a rate of its own
    worth_om: np.ndarray  # shape (years,): the same of operation and maintenance
    worth_untaxed: np.ndarray  # shape (years,)
    demand_kwh: np.ndarray  # shape (years, steps): as drawn or measured
    expected_kwh: np.ndarray  # shape (years, steps): the mean of such draws, which the waiting limit refers to
    price_per_kwh: float  # what a kWh sold brings: the price less the host's share, and other revenue per kWh
    min_served: float
    turned_away_cost_per_kwh: float
    land_cost_per_year: float  # of being open: land less other revenue per year, so perhaps below 0
    tariff_name: str
    tariffs: tuple[TariffSeries, ...]  # one for each modelled year; they differ in demand prices alone
    existing_kw: float
    connection_steps: tuple[ConnectionStepParameters, ...]
    export_limit: float
    export_max_kw: float
    chargers: tuple[ChargerParameters, ...]
    solar: SolarParameters | None
    battery: BatteryParameters | None
    load_kw: np.ndarray  # shape (years, steps): of a building beside the chargers
    carbon: CarbonParameters | None = None
    later: bool = False  # whether it is a later stage: what stands is what the stage before decided
    pledges: bool = False  # whether each month's service is a size of its own, so that sites can owe it together
    outages: OutageParameters | None = None
    inner: tuple[Inner, ...] = ()  # where steps are merged and a peak may hide
    managed: ManagedParameters | None = None  # vehicles that stay; then `demand_kwh` is theirs if all charge at once

    @property
    def stands(self) -> bool:
        """Return whether something is here before the plan: a load to be met, or equipment."""
        solar, battery = (
            self.solar.existing_kw if self.solar else 0.0,
            self.battery.existing_kwh if self.battery else 0.0,
        )
        return bool(self.load_kw.any() or solar or battery or any(c.existing for c in self.chargers))

    @property
    def takes_kw(self) -> np.ndarray:
        """Return the most that vehicles can take, shape (years, steps), kW."""
        return self.demand_kwh / self.clock.step_h if self.managed is None else self.managed.plugged_kw

    @property
    def rush(self) -> np.ndarray:
        """Return energy wanted over energy expected, shape (years, steps); huge where nobody was expected."""
        return self.demand_kwh / np.maximum(self.expected_kwh, TINY_KWH)


@dataclass(frozen=True)
class Parameters:
    """A plan's sites, what they share, and the words that go with the numbers.

    offers : for each site, itself under every tariff that it is offered; the first of them is in `sites`.
    """

    sites: tuple[SiteParameters, ...]
    offers: tuple[tuple[SiteParameters, ...], ...]
    context: Context
    warnings: tuple[str, ...]

    @property
    def weather_source(self) -> str:
        """Return where the weather comes from."""
        return self.context.weather.source
