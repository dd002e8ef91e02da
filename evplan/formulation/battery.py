"""The stationary battery.

    battery_kwh, battery_kw      energy (new) and power, kWh and kW                        >= what stands there
    charge_kw[y,t,d]             power from the bus into depth d, kW                       >= 0
    discharge_kw[y,t,d]          power from depth d onto the bus, kW                       >= 0
    stored_kwh[y,t,d]            energy in depth d, end of step, kWh; all are above soc_min   >= 0
    high_kwh[y,t,l]              stored energy above level l, kWh                          >= 0

    stored[y,t,d] = stored[y,t-1,d] + efficiency[y] * charge[y,t,d] h[t] - discharge[y,t,d] h[t] / efficiency[y]
                                stored_energy; each block ends where it began, or the year begins with a given charge
    stored[y,t,d] <= depth_share[d] * usable_fraction[y] * battery_kwh        energy_window (shrinks with age; at a later
                                                              stage each stage's cells have their own age)
    sum over d of charge[y,t,d] + discharge[y,t,d] <= battery_kw              power_limit
    sum over d of charge[y,t,d] <= charge_c_rate[y,t] * battery_kwh           charging_limit, where cells are cold or old
    high[y,t,l] >= sum over d of stored[y,t,d] - stored_share[l] * usable_fraction[y] * battery_kwh       charge_level
    battery_kwh <= max_kwh, battery_kw <= max_c_rate * battery_kwh            battery_room, battery_rate
    min_duration * battery_kw <= battery_kwh <= max_duration * battery_kw     battery_short, battery_long
    battery_kwh - existing <= room * battery_built, = module_kwh * battery_modules
                                                              battery_fixed_cost, battery_in_modules, where there are such

Depths split the energy window, shallowest first: the dearest is used last, so that a discharge costs what rainflow counting
would make of it. Yearly: wear per kWh discharged, by depth; fade per kWh of capacity, and per kWh stored, the more the
warmer and the fuller. All from the ageing model (degradation/pricing.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.standing import added_cost, standing
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear.affine import Affine, each, gathered
from evplan.linear.columns import Columns
from evplan.linear.pairs import Linear, Pairs, members
from evplan.linear.rows import Rows
from evplan.parameters.clock import Clock
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the battery to the site's block and register its terms."""
    battery = site.battery
    assert battery is not None
    grid, depths, levels = site.demand_kwh.shape, len(battery.depth_share), len(battery.stored_share)
    block.battery_kwh = pyo.Var(domain=pyo.NonNegativeReals, bounds=(battery.existing_kwh, None))
    block.battery_kw = pyo.Var(
        domain=pyo.NonNegativeReals,
        bounds=(battery.existing_kw, battery.max_kw if np.isfinite(battery.max_kw) else None),
    )
    block.charge_kw = Columns((*grid, depths))
    block.discharge_kw = Columns((*grid, depths))
    block.stored_kwh = Columns((*grid, depths))
    block.high_kwh = Columns(np.broadcast_to(np.arange(levels) > 0, (*grid, levels)))  # above level 0 is all of it
    block.battery_room = pyo.Constraint(expr=block.battery_kwh <= battery.max_kwh, doc="the battery fits the site")
    block.battery_rate = pyo.Constraint(
        expr=Linear([(1.0, block.battery_kw), (-battery.max_c_rate, block.battery_kwh)]) <= 0,
        doc="the cells allow the battery's power",
    )
    stands_kwh = standing(block, site, "battery_kwh", lambda _: battery.existing_kwh)(None)
    if battery.usable_by_age is not None:  # of the stages before the last one
        block.earlier_battery_kwh = pyo.Var(range(len(battery.usable_by_age) - 2), bounds=(0, battery.max_kwh))
    stands_kw = standing(block, site, "battery_kw", lambda _: battery.existing_kw)(None)
    _sizes(block, battery, stands_kwh)
    _energy(block, site, battery)
    _power(block, battery)
    terms.supply.append(each(block.discharge_kw).sum(-1))
    terms.demand.append(each(block.charge_kw).sum(-1))
    terms.capital.append(added_cost(battery.present_cost_per_kwh, block.battery_kwh, stands_kwh))
    terms.capital.append(added_cost(battery.present_cost_per_kw, block.battery_kw, stands_kw))
    _register_costs(block, site, battery, terms)


def _sizes(block: Any, battery: BatteryParameters, stands_kwh: tuple[Pairs, float]) -> None:
    """Energy and power keep to durations, modules, and what a first battery costs by itself."""
    kwh, kw = block.battery_kwh, block.battery_kw
    added, existing_kwh = [(1.0, kwh), *((-c, v) for c, v in stands_kwh[0])], stands_kwh[1]
    if battery.min_duration_h > 0:
        block.battery_short = pyo.Constraint(
            expr=Linear([(battery.min_duration_h, kw), (-1.0, kwh)]) <= 0, doc="the battery lasts its least duration"
        )
    if np.isfinite(battery.max_duration_h):
        block.battery_long = pyo.Constraint(
            expr=Linear([(1.0, kwh), (-battery.max_duration_h, kw)]) <= 0, doc="the battery lasts its longest duration"
        )
    if battery.present_fixed_cost > 0:
        block.battery_built = pyo.Var(domain=pyo.Binary)
        room = battery.max_kwh - battery.existing_kwh
        block.battery_fixed_cost = pyo.Constraint(
            expr=Linear([*added, (-room, block.battery_built)]) <= existing_kwh,
            doc="adding a battery has a fixed cost",
        )
    if battery.module_kwh:
        block.battery_modules = pyo.Var(domain=pyo.NonNegativeIntegers)
        block.battery_in_modules = pyo.Constraint(
            expr=Linear([*added, (-battery.module_kwh, block.battery_modules)]) == existing_kwh,
            doc="batteries are added in modules",
        )


def _energy(block: Any, site: SiteParameters, battery: BatteryParameters) -> None:
    """Energy is conserved in every depth, and each depth holds no more than its part of the window."""
    charge_kw, discharge_kw, stored_kwh = each(block.charge_kw), each(block.discharge_kw), each(block.stored_kwh)
    window = window_of(block, battery)[:, None, None]
    step_h, efficiency = site.clock.step_h[:, None], battery.efficiency[:, None, None]
    held = stored_kwh[:, previous_step(site.clock)]
    if battery.start_by_depth is not None:
        first = np.arange(site.clock.steps)[:, None] == 0
        held = held * ~first + first * battery.start_by_depth * window
    block.stored_energy = Rows(
        stored_kwh - held - efficiency * step_h * charge_kw + step_h / efficiency * discharge_kw == 0,
        doc="stored energy is conserved",
    )
    block.energy_window = Rows(
        stored_kwh - battery.depth_share * window <= 0,
        doc="stored energy stays within the state-of-charge window of the aged battery",
    )
    block.charge_level = Rows(
        stored_kwh.sum(-1)[..., None] - each(block.high_kwh) - battery.stored_share * window <= 0, block.high_kwh.where,
        doc="a full battery fades faster",
    )  # fmt: skip


def window_of(block: Any, battery: BatteryParameters) -> Affine:
    """Return the battery's energy window in each year, kWh: that of all its cells, or of each stage's at their own age."""
    by_age = battery.usable_by_age
    if by_age is None:
        return battery.usable_fraction * each(block.battery_kwh)
    usable = [*by_age, np.zeros_like(by_age[-1])]
    sizes = [*members(block.earlier_battery_kwh).values(), block.stood_battery_kwh[None], block.battery_kwh]
    return sum(
        ((now - after) * gathered((), {(): [(1.0, size)]}) for now, after, size in zip(usable, usable[1:], sizes, strict=False)),
        Affine(()),
    )  # fmt: skip


def _power(block: Any, battery: BatteryParameters) -> None:
    """Power stays within the battery's, and cold or old cells are charged slowly."""
    slow = battery.charge_c_rate < battery.max_c_rate * (1 - 1e-9)
    charge_kw, discharge_kw = each(block.charge_kw).sum(-1), each(block.discharge_kw).sum(-1)
    block.power_limit = Rows(
        charge_kw + discharge_kw - each(block.battery_kw) <= 0,
        doc="charging and discharging stay within the battery's power",
    )
    block.charging_limit = Rows(
        charge_kw - battery.charge_c_rate * each(block.battery_kwh) <= 0, slow,
        doc="cells take up the charge at their temperature and age",
    )  # fmt: skip


def _register_costs(block: Any, site: SiteParameters, battery: BatteryParameters, terms: Terms) -> None:
    year_h, weight = site.clock.year_h[:, None], battery.fade_weight(site.clock)[:, None]
    wear, stored = battery.wear_cost.T[:, None], battery.stored_cost.T[:, None]  # shapes (years, 1, depths or levels)
    if battery.present_fixed_cost > 0:
        terms.capital.append(battery.present_fixed_cost * each(block.battery_built))
    terms.each_year(battery.om_per_kw_year * each(block.battery_kw), "om")
    terms.each_year(battery.fade_per_kwh_year * weight.sum() * each(block.battery_kwh))
    terms.each_year((wear * year_h * each(block.discharge_kw)).sum(1, 2))
    terms.each_year((stored[..., :1] * weight * each(block.stored_kwh)).sum(1, 2))
    terms.each_year((stored * weight * each(block.high_kwh)).sum(1, 2))


def previous_step(clock: Clock) -> np.ndarray:
    """Return the step before each step; the first of a block follows its last."""
    return np.argsort(clock.next_step)


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the battery's sizes, and its series: shape (years, steps); by depth (depths, years, steps)."""
    by_depth = {
        name: np.moveaxis(values.least_0(variable), -1, 0)
        for name, variable in (
            ("charge_kw", block.charge_kw), ("discharge_kw", block.discharge_kw), ("above_min_kwh", block.stored_kwh)
        )
    }  # fmt: skip
    return {
        "battery_kwh": float(values.least_0(block.battery_kwh)),
        "battery_kw": float(values.least_0(block.battery_kw)),
        **{name: series.sum(axis=0) for name, series in by_depth.items()},
        "discharge_by_depth_kw": by_depth["discharge_kw"],
        "stored_by_depth_kwh": by_depth["above_min_kwh"],
    }
