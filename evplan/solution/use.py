"""What a plan asks of its battery, hour by hour, and the ageing that this use causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.degradation.history import Use, fade_of_use, mean_fade
from evplan.degradation.thermal import step_temperature
from evplan.degradation.wear import wear_of
from evplan.instance.catalogue import Battery
from evplan.parameters.ageing import BatteryAgeing, thermal_cell
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import wear_and_fade
from evplan.solution.tables import SiteSolution

SLOWEST = 1e-3  # 1/h: a battery that never moves has no rate of its own


@dataclass(frozen=True)
class Counted:
    """What a plan's own use does to its battery.

    ageing : the ageing it causes, its prices not yet scaled.  uses : by modelled year.
    z_cycles, z_time : what a year's cycles and hours add in Z, present-worth sum over the modelled years.
    """

    ageing: BatteryAgeing
    uses: tuple[Use, ...]
    z_cycles: float
    z_time: float


def count(
    battery: Battery, site: SiteParameters, plan: SiteSolution, priced: BatteryAgeing, air_c: np.ndarray
) -> Counted | None:
    """Return what the plan's own use does to its battery, counted by rainflow and hour by hour; None without one.

    priced : the ageing that the site's prices were made from.
    air_c : array, shape (steps of the full year,)   Air temperature, degrees Celsius.
    """
    if not plan.battery_kwh or site.battery is None:
        return None
    model = priced.model
    uses = tuple(plan_use(battery, site, plan, y, air_c) for y in range(len(site.years)))
    cycles = [use.cycles_per_year for use in uses]
    fades = [fade_of_use(model.capacity, use) for use in uses]
    fade, mean_cycles = mean_fade(fades, cycles)
    growth = None
    if model.resistance:
        growth, _ = mean_fade([fade_of_use(model.resistance, use) for use in uses], cycles)
    z_cycles = [f.cycle_rate ** (1 / f.cycle_exponent) * n for f, n in zip(fades, cycles, strict=True)]
    z_time = [f.calendar_rate ** (1 / f.time_exponent) for f in fades]
    ageing = BatteryAgeing(
        model, wear_of(fade, mean_cycles, priced.wear.end_of_life_soh, battery.max_life_years), growth,
        np.mean([use.temperature_c for use in uses], axis=0),
        max(weighted(uses, "c_rate"), SLOWEST), max(weighted(uses, "charge_c_rate"), SLOWEST),
    )  # fmt: skip
    return Counted(ageing, uses, float(site.worth @ z_cycles), float(site.worth @ z_time))


def ratios(
    battery: Battery, site: SiteParameters, plan: SiteSolution, priced: BatteryAgeing, counted: Counted
) -> tuple[float, float]:
    """Return what cycling, and time, count over what the site's prices charge for the plan; 1 where there is nothing.

    priced : the ageing that the site's prices were made from.
    """
    charged = (float(site.worth @ part) for part in wear_and_fade(site, plan))
    cells = battery.replacement_cost_fraction * battery.cost_per_kwh * plan.battery_kwh
    due = (cells * priced.wear.price_of_cycling * counted.z_cycles, cells * priced.wear.price_of_time * counted.z_time)
    cycling, time = (d / c if d > 0 and c > 0 else 1.0 for d, c in zip(due, charged, strict=True))
    return cycling, time


def plan_use(battery: Battery, site: SiteParameters, plan: SiteSolution, y: int, air_c: np.ndarray) -> Use:
    """Return what the plan asks of a battery's cells in one modelled year, on the full year's steps.

    State of charge and rates are of the aged battery; cells warm and cool with what they carry, step by step.
    """
    assert site.battery is not None
    steps, block = site.clock.full_year(len(air_c))
    step_h = float(site.clock.step_h[0])
    capacity_kwh = plan.battery_kwh * float(site.battery.soh[y])
    soc = np.clip(battery.soc_min + plan.above_min_kwh[y] / capacity_kwh, 0.0, 1.0)
    c_rate = (plan.charge_kw[y] + plan.discharge_kw[y]) / capacity_kwh
    cells_c = step_temperature(thermal_cell(battery.chemistry), air_c, c_rate[steps], step_h)
    return Use(cells_c, soc[steps], step_h, block)


def weighted(uses: tuple[Use, ...], name: str) -> float:
    """Return the mean of a feature over the cycles of all modelled years, weighted by their energy."""
    values, weight = (
        np.concatenate(parts) for parts in zip(*((getattr(u, name), u.cycles.fec) for u in uses), strict=True)
    )
    return float(values @ weight / weight.sum()) if weight.sum() > 0 else 0.0
