"""The parameters of the battery at a site: costs, what ageing leaves of it by year, and what wear and fade cost."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.assets.battery import one_way_efficiency, usable_fraction
from evplan.degradation.pricing import cycle_curve, fade_curve, warmth
from evplan.degradation.thermal import heat_w_per_kwh, max_charge_c_rate
from evplan.instance.catalogue import Battery
from evplan.instance.site import Site
from evplan.parameters.ageing import BatteryAgeing, soh_of_years, thermal_cell
from evplan.parameters.clock import Clock
from evplan.parameters.context import Context
from evplan.parameters.money import discounts, schedule
from evplan.parameters.storage import BatteryParameters

W_PER_KW = 1000.0
LEAST_EFFICIENCY = 0.3  # below it no battery is kept in service


def battery_parameters(
    battery: Battery | None, site: Site, context: Context, ageing: BatteryAgeing | None, share: np.ndarray
) -> BatteryParameters | None:
    """Return the battery at one site, with wear and fade priced, or None where it is forbidden.

    share : array, shape (the plan's years, years)   How much each modelled year speaks for each of them.
    """
    if battery is None:
        return None
    if ageing is None:
        return ageless_battery(battery, site, context)
    wear, clock, years = ageing.wear, context.clock, context.instance.horizon.years
    soh = soh_of_years(wear, share)
    cells = battery.replacement_cost_fraction * battery.cost_per_kwh
    resistance = ageing.resistance_of_years(share)
    window = battery.soc_max - battery.soc_min
    cycling = cycle_curve(ageing.model.capacity, ageing.cells_c, ageing.c_rate, ageing.charge_c_rate, window)
    storing = fade_curve(ageing.model.capacity, ageing.cells_c, battery.soc_min, battery.soc_max)
    per_z = cells * wear.price_of_cycling * ageing.cycle_scale
    per_year = cells * wear.price_of_time * ageing.time_scale
    warm = warmth(ageing.model.capacity, ageing.cells_c, (battery.soc_min + battery.soc_max) / 2)
    return BatteryParameters(
        **limits(battery, site, context),
        present_cost_per_kwh=cells_present_cost(battery, context),
        present_cost_per_kw=power_present_cost(battery, context),
        efficiency=efficiency_of_years(battery, ageing, resistance),
        usable_fraction=np.array([usable_fraction(battery.soc_min, battery.soc_max, s) for s in soh]),
        soh=soh,
        charge_c_rate=charging_limit(battery, ageing, context, soh / resistance),
        depth_share=np.diff(np.append(0.0, cycling.ends)) / window,
        wear_per_kwh=per_z * cycling.slopes,
        fade_per_kwh_year=per_year * storing.start,
        fade_per_stored_kwh_year=per_year * storing.slopes,
        stored_share=np.append(0.0, storing.ends[:-1]) / window,
        warmth=clock_mean(warm, clock),
        life_years=min(wear.life_years, 10.0 * years),
        mean_cell_c=ageing.mean_cell_c,
        ageing=ageing,
    )


def limits(battery: Battery, site: Site, context: Context) -> dict[str, Any]:
    """Return what the site and the catalogue allow, what stands there, and what does not depend on ageing."""
    existing, lasting = site.existing, 2.0 * context.instance.horizon.years
    most = battery.max_kwh if site.battery_max_kwh is None else site.battery_max_kwh
    return {
        "max_kwh": max(most, existing.battery_kwh),
        "max_c_rate": battery.max_c_rate,
        "om_per_kw_year": battery.om_per_kw_year,
        "existing_kwh": existing.battery_kwh,
        "existing_kw": existing.battery_kw,
        "max_kw": max(np.inf if battery.max_kw is None else battery.max_kw, existing.battery_kw),
        "min_duration_h": battery.min_duration_h,
        "max_duration_h": np.inf if battery.max_duration_h is None else battery.max_duration_h,
        "present_fixed_cost": context.present_cost(battery.fixed_cost, 0.0, lasting, battery.incentives),
        "module_kwh": battery.module_kwh,
        "first_cost_per_kwh": context.first_cost(battery.cost_per_kwh),
        "first_cost_per_kw": context.first_cost(battery.cost_per_kw),
        "first_fixed_cost": context.first_cost(battery.fixed_cost),
        "start_share": None
        if battery.soc_start is None
        else (battery.soc_start - battery.soc_min) / (battery.soc_max - battery.soc_min),
    }


def power_present_cost(battery: Battery, context: Context) -> float:
    """Return the present cost of a kW of power electronics with its replacements."""
    again = battery.power_replacement_fraction * battery.cost_per_kw
    life = battery.power_life_years if battery.replaced_in_years is None else battery.replaced_in_years[0]
    law, change = (battery.incentives, battery.replaced_in_years), battery.cost_change_per_year
    return context.present_cost(battery.cost_per_kw, again, life, *law, change)


def ageless_battery(battery: Battery, site: Site, context: Context) -> BatteryParameters:
    """Return a battery that is replaced in given years and neither wears nor fades in between."""
    years, steps = len(context.years), context.clock.steps
    assert battery.replaced_in_years is not None
    life = float(battery.replaced_in_years[0])
    return BatteryParameters(
        **limits(battery, site, context),
        present_cost_per_kwh=cells_present_cost(battery, context),
        present_cost_per_kw=power_present_cost(battery, context),
        efficiency=np.full(years, one_way_efficiency(battery.round_trip_efficiency)),
        usable_fraction=np.full(years, usable_fraction(battery.soc_min, battery.soc_max, 1.0)),
        soh=np.ones(years),
        charge_c_rate=np.full((years, steps), battery.max_c_rate),
        depth_share=np.ones(1),
        wear_per_kwh=np.zeros(1),
        fade_per_kwh_year=0.0,
        fade_per_stored_kwh_year=np.zeros(1),
        stored_share=np.zeros(1),
        warmth=np.ones(steps),
        life_years=life,
        mean_cell_c=float(np.mean(context.air_c)),
    )


def efficiency_of_years(battery: Battery, ageing: BatteryAgeing, resistance: np.ndarray) -> np.ndarray:
    """Return the one-way efficiency of each modelled year, shape (years,): what resistance adds is lost.

    The catalogue's efficiency is that of new cells; their heat at the usual rate grows with their resistance.
    """
    cell = thermal_cell(battery.chemistry)
    lost = float(heat_w_per_kwh(cell, ageing.mean_cell_c, ageing.c_rate)) / (W_PER_KW * ageing.c_rate)
    fresh = one_way_efficiency(battery.round_trip_efficiency)
    return np.maximum(fresh - lost * (resistance - 1.0), LEAST_EFFICIENCY)


def charging_limit(battery: Battery, ageing: BatteryAgeing, context: Context, fit: np.ndarray) -> np.ndarray:
    """Return the fastest charge of each modelled year and step, kW per kWh when new, shape (years, steps).

    Cold cells and grown resistance reach the upper voltage early; faster, they would take up less than four fifths.

    fit : state of health over resistance of each modelled year, shape (years,).
    """
    cells_c = clock_mean(ageing.cells_c, context.clock)
    by_step = max_charge_c_rate(thermal_cell(battery.chemistry), cells_c)
    return np.minimum(battery.max_c_rate, np.outer(fit, by_step))


def clock_mean(full: np.ndarray, clock: Clock) -> np.ndarray:
    """Return the mean of a full year's series over the steps that each step of the clock stands for."""
    stands, _ = clock.full_year(len(full))
    return np.bincount(stands, full, clock.steps) / np.maximum(np.bincount(stands, minlength=clock.steps), 1)


def cells_present_cost(battery: Battery, context: Context) -> float:
    """Return the present cost of a kWh of cells: replaced in given years, or kept as good as new by yearly wear payments.

    Cells that wear are bought once and worth replacement cells at the end: wear and fade, priced so that a whole
    life pays for one replacement, stand for the replacements themselves.
    """
    finance, years = context.instance.finance, context.instance.horizon.years
    again, change = battery.replacement_cost_fraction * battery.cost_per_kwh, battery.cost_change_per_year
    if battery.replaced_in_years is not None:
        life = float(battery.replaced_in_years[0])
        law = (battery.incentives, battery.replaced_in_years)
        return context.present_cost(battery.cost_per_kwh, again, life, *law, change)
    then = (1 + change) ** context.bought
    once = schedule(then * battery.cost_per_kwh, 0.0, years, years, finance, battery.incentives, bought=context.bought)
    kept = then * again if finance.residual_value != "none" else 0.0
    discount = discounts(finance.discount_rate, years, finance.discounting)[-1]
    return (
        once.present_value(finance.discount_rate, finance.tax_rate, finance.discounting)
        - (1 - finance.tax_rate) * kept * discount
    )
