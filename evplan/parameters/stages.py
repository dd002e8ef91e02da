"""The parameters of a site at one stage: its years alone, and what building then costs.

built in year b(s) = first year of stage s - 1;   stage s speaks for its own years
size[s] >= size[s-1];  cost = present cost of building in b(s) * (size[s] - size[s-1])

Cells bought at a stage are new then: the energy window is that of each stage's cells at their own age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.assets.battery import usable_fraction
from evplan.instance.catalogue import Battery
from evplan.instance.schema import Horizon
from evplan.instance.site import Site
from evplan.parameters.ageing import soh_of_years
from evplan.parameters.battery import cells_present_cost, limits, power_present_cost
from evplan.parameters.components import charger_present_cost, connection_steps, solar_present_costs
from evplan.parameters.context import Context
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import SiteParameters, SolarParameters


@dataclass(frozen=True)
class Stage:
    """A stage: its first and last operating year, and which of the modelled years are its own."""

    first: int
    last: int
    years: slice

    @property
    def bought(self) -> int:
        """Return the year in which it is built: 0 is construction."""
        return self.first - 1


def stages_of(horizon: Horizon) -> tuple[Stage, ...]:
    """Return the stages of a horizon; the whole of it where none are named."""
    firsts, modelled = horizon.stages or (1,), np.array(horizon.modelled_years())
    lasts = (*(year - 1 for year in firsts[1:]), horizon.years)
    ends = np.searchsorted(modelled, [*firsts, horizon.years + 1])
    return tuple(
        Stage(first, last, slice(int(begin), int(end)))
        for first, last, begin, end in zip(firsts, lasts, ends[:-1], ends[1:], strict=True)
    )


BY_YEAR = (
    "worth", "worth_bill", "worth_om", "worth_untaxed", "demand_kwh", "expected_kwh", "load_kw", "tariffs", "years",
)  # fmt: skip
BATTERY_BY_YEAR = ("efficiency", "usable_fraction", "soh", "charge_c_rate")


def at_stage(numbers: SiteParameters, site: Site, stages: Sequence[Stage], s: int, context: Context) -> SiteParameters:
    """Return a site at stage number `s`; `numbers` is the site over all modelled years, as built in year 0."""
    stage = stages[s]
    then, own = replace(context, bought=stage.bought), stage.years
    of_type, outages = {charger.name: charger for charger in context.instance.catalogue.chargers}, numbers.outages
    costs = [charger_present_cost(of_type[c.name], then) for c in numbers.chargers]
    by_year: dict[str, Any] = {name: getattr(numbers, name)[own] for name in BY_YEAR}
    return replace(
        numbers, **by_year, share=numbers.share[:, own],
        chargers=tuple(
            replace(c, present_cost=cost, full_kw=c.full_kw[own], capacity_kw=c.capacity_kw[own])
            for c, cost in zip(numbers.chargers, costs, strict=True)
        ),
        solar=_solar(numbers.solar, own, then),
        battery=_battery(numbers.battery, site, stages[: s + 1], then, numbers.share),
        outages=replace(outages, load_kw=outages.load_kw[own], charging_kw=outages.charging_kw[own]) if outages else None,
        managed=numbers.managed.of_years(own) if numbers.managed else None,
        connection_steps=connection_steps(site, then), later=stage.bought > 0,
    )  # fmt: skip


def _solar(solar: SolarParameters | None, own: slice, then: Context) -> SolarParameters | None:
    said = then.instance.catalogue.solar
    if solar is None or said is None:
        return None
    once, fixed = solar_present_costs(said, then)
    arrays = tuple(replace(array, yield_kw_per_kw=array.yield_kw_per_kw[own]) for array in solar.arrays)
    return replace(solar, present_cost_per_kw=once, present_fixed_cost=fixed, arrays=arrays)


def _battery(
    battery: BatteryParameters | None, site: Site, stages: Sequence[Stage], then: Context, share: np.ndarray
) -> BatteryParameters | None:
    """Return the battery at the last of some stages. share : how much each modelled year speaks for each of the plan's."""
    said = then.instance.catalogue.battery
    if battery is None or said is None:
        return None
    by_year: dict[str, Any] = {name: getattr(battery, name)[stages[-1].years] for name in BATTERY_BY_YEAR}
    return replace(
        battery, **by_year,
        present_cost_per_kwh=cells_present_cost(said, then), present_cost_per_kw=power_present_cost(said, then),
        present_fixed_cost=limits(said, site, then)["present_fixed_cost"],
        usable_by_age=_usable(said, battery, stages, share) if len(stages) > 1 else None,
    )  # fmt: skip


def _usable(said: Battery, battery: BatteryParameters, stages: Sequence[Stage], share: np.ndarray) -> np.ndarray:
    """Return the energy window per kWh bought at each stage so far, in the last one's years, shape (stages, years)."""
    own, ageing = stages[-1].years, battery.ageing
    if ageing is None:
        return np.tile(battery.usable_fraction[own], (len(stages), 1))
    health = (soh_of_years(ageing.wear, share, stage.bought) for stage in stages)
    return np.array(
        [[usable_fraction(said.soc_min, said.soc_max, soh) for soh in of_stage[own]] for of_stage in health]
    )
