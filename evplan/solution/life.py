"""How long a plan's battery really lasts: the plan's own use, hour by hour, put back through the ageing model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evplan.degradation.history import Use, fade_of_use, mean_fade, use_warnings
from evplan.degradation.thermal import step_temperature
from evplan.degradation.wear import wear_of
from evplan.instance.catalogue import Battery
from evplan.parameters.ageing import BatteryAgeing, thermal_cell
from evplan.parameters.context import Context
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import wear_and_fade
from evplan.solution.tables import SiteSolution
from evplan.units import DAYS_PER_YEAR

SETTLED = 0.01  # a life that changes by less is the same life
WEAR_SETTLED = 0.02  # a price of wear that is this near to its count is its count
FIELD = "field"


@dataclass(frozen=True)
class BatteryLife:
    """A battery's use and life. Series by year hold the end of years 0, 1, ...

    priced_years : the life that wear was priced for.  rounds : how often the plan was solved until both agreed.
    wear_error : difference of priced and counted wear over the counted, p.u.
    depth, c_rate, charge_c_rate : means over the plan's cycles, each weighted by its energy.
    soh_low, soh_high : hold 90 % of batteries in service.  life_low_years, life_high_years : their lives.
    field_years : life with the field's calendar fade.
    resistance_by_year : of new; empty where no law of it is published.
    cell_c_by_month, air_c_by_month : means, degrees Celsius.
    replacement_years : operating years within the horizon at whose end the cells are replaced.
    """

    priced_years: float
    resimulated_years: float
    rounds: int
    wear_error: float
    cycles_per_year: float
    depth: float
    c_rate: float
    charge_c_rate: float
    mean_cell_c: float
    warmest_cell_c: float
    calendar_share: float
    life_low_years: float
    life_high_years: float
    field_years: float
    soh_by_year: tuple[float, ...]
    soh_low: tuple[float, ...]
    soh_high: tuple[float, ...]
    resistance_by_year: tuple[float, ...]
    cell_c_by_month: tuple[float, ...]
    air_c_by_month: tuple[float, ...]
    replacement_years: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Return whether the plan was made for the life that it leads."""
        moved = abs(self.resimulated_years - self.priced_years) / self.resimulated_years
        return moved <= SETTLED and self.wear_error <= WEAR_SETTLED


def plan_ageing(
    battery: Battery, site: SiteParameters, plan: SiteSolution, priced: BatteryAgeing, air_c: np.ndarray
) -> tuple[BatteryAgeing, list[Use], float] | None:
    """Return the ageing that the plan's own use causes, that use by modelled year, and the error of priced wear.

    priced : the ageing that the plan was made for.
    air_c : array, shape (steps of the full year,)   Air temperature, degrees Celsius.
    None where no battery is built.
    """
    if not plan.battery_kwh or site.battery is None:
        return None
    model = priced.model
    uses = [plan_use(battery, site, plan, y, air_c) for y in range(len(site.years))]
    cycles = [use.cycles_per_year for use in uses]
    fades = [fade_of_use(model.capacity, use) for use in uses]
    fade, mean_cycles = mean_fade(fades, cycles)
    wear = wear_of(fade, mean_cycles, battery.end_of_life_soh)
    growth = None
    if model.resistance:
        growth, _ = mean_fade([fade_of_use(model.resistance, use) for use in uses], cycles)
    worn, aged = wear_and_fade(site, plan)
    cells = battery.replacement_cost_fraction * battery.cost_per_kwh * plan.battery_kwh
    z_cycles = np.array([f.cycle_rate ** (1 / f.cycle_exponent) * n for f, n in zip(fades, cycles, strict=True)])
    z_time = np.array([f.calendar_rate ** (1 / f.time_exponent) for f in fades])
    counted_worn = cells * priced.wear.price_of_cycling * z_cycles
    counted_aged = cells * priced.wear.price_of_time * z_time
    counted = float(site.worth @ (counted_worn + counted_aged))
    error = abs(float(site.worth @ (worn + aged)) - counted) / counted if counted else 0.0
    ageing = BatteryAgeing(
        model, wear, growth, np.mean([use.temperature_c for use in uses], axis=0),
        max(_weighted(uses, "c_rate"), 1e-3), max(_weighted(uses, "charge_c_rate"), 1e-3),
        cycle_scale=priced.cycle_scale * _ratio(float(site.worth @ counted_worn), float(site.worth @ worn)),
        time_scale=priced.time_scale * _ratio(float(site.worth @ counted_aged), float(site.worth @ aged)),
    )  # fmt: skip
    return ageing, uses, error


def battery_life(
    battery: Battery, site: SiteParameters, priced: BatteryAgeing, found: tuple[BatteryAgeing, list[Use], float],
    context: Context, rounds: int,
) -> BatteryLife:  # fmt: skip
    """Return the life of a site's battery at the plan's own use, from `plan_ageing`."""
    ageing, uses, error = found
    wear, model, years = ageing.wear, ageing.model, context.instance.horizon.years
    age = np.arange(years + 1.0)
    soh = wear.soh_by_year(age)
    low, high = model.interval(1 - soh)
    month = np.asarray(context.year.month)
    of_months = [np.flatnonzero(month == m) for m in range(len(context.year.month_name))]
    factor, allowed = float(np.exp(model.log_interval)), 1 - battery.end_of_life_soh
    lives = [
        wear.fade.life_years(wear.cycles_per_year, float(np.clip(1 - allowed * f, 1e-9, 1 - 1e-9)))
        for f in (1 / factor, factor)
    ]
    return BatteryLife(
        priced_years=priced.wear.life_years,
        resimulated_years=wear.life_years,
        rounds=rounds,
        wear_error=error,
        cycles_per_year=wear.cycles_per_year,
        depth=_weighted(uses, "depth"),
        c_rate=_weighted(uses, "c_rate"),
        charge_c_rate=_weighted(uses, "charge_c_rate"),
        mean_cell_c=ageing.mean_cell_c,
        warmest_cell_c=float(max(use.temperature_c.max() for use in uses)),
        calendar_share=wear.calendar_share,
        life_low_years=lives[0],
        life_high_years=lives[1],
        field_years=_field_years(battery, ageing, uses),
        soh_by_year=tuple(soh.tolist()),
        soh_low=tuple(low.tolist()),
        soh_high=tuple(high.tolist()),
        resistance_by_year=tuple(ageing.resistance_by_year(age).tolist()) if ageing.growth else (),
        cell_c_by_month=tuple(float(ageing.cells_c[own].mean()) for own in of_months),
        air_c_by_month=tuple(float(context.air_c[own].mean()) for own in of_months),
        replacement_years=_replacements(wear.life_years, years),
        warnings=(*(f"battery {text}" for text in use_warnings(model, uses[-1])), *_surprise(priced, ageing, error)),
    )


def _field_years(battery: Battery, ageing: BatteryAgeing, uses: list[Use]) -> float:
    """Return the life with the field's calendar fade, whichever outlook the plan was made with."""
    if battery.ageing_outlook == FIELD:
        return ageing.wear.life_years
    rates = ageing.model.outlook(FIELD).capacity
    fade, cycles = mean_fade([fade_of_use(rates, use) for use in uses], [use.cycles_per_year for use in uses])
    return wear_of(fade, cycles, battery.end_of_life_soh).life_years


def _replacements(life_years: float, years: int) -> tuple[int, ...]:
    """Return the operating years at whose end cells are replaced, within the horizon."""
    ends = (int(np.ceil(number * life_years - 1e-9)) for number in range(1, int(years / life_years) + 2))
    return tuple(year for year in ends if year < years)


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


def _weighted(uses: list[Use], name: str) -> float:
    """Return the mean of a feature over the cycles of all modelled years, weighted by their energy."""
    values, weight = (np.concatenate(parts) for parts in zip(*((getattr(u, name), u.cycles.fec) for u in uses), strict=True))
    return float(values @ weight / weight.sum()) if weight.sum() > 0 else 0.0


def _ratio(counted: float, priced: float) -> float:
    return counted / priced if counted > 0 and priced > 0 else 1.0


def _surprise(priced: BatteryAgeing, ageing: BatteryAgeing, error: float) -> Iterator[str]:
    """Yield a sentence if the plan was made for another battery life than its own use gives."""
    wear, before = ageing.wear, priced.wear.life_years
    if abs(wear.life_years - before) > SETTLED * wear.life_years or error > WEAR_SETTLED:
        yield (
            f"battery life had not settled: wear was priced for {before:.1f} years, the plan's own use gives {wear.life_years:.1f}, "
            f"and wear is priced {error:.1%} away from its count ({wear.cycles_per_year / DAYS_PER_YEAR:.2g} cycles a day)"
        )
