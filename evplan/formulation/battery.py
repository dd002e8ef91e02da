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
from evplan.linear import Linear, Pairs, Rows, members
from evplan.parameters.clock import Clock
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the battery to the site's block and register its terms."""
    battery = site.battery
    assert battery is not None
    block.D = pyo.RangeSet(0, len(battery.depth_share) - 1)
    block.L = pyo.RangeSet(1, len(battery.stored_share) - 1)
    block.battery_kwh = pyo.Var(domain=pyo.NonNegativeReals, bounds=(battery.existing_kwh, None))
    block.battery_kw = pyo.Var(
        domain=pyo.NonNegativeReals,
        bounds=(battery.existing_kw, battery.max_kw if np.isfinite(battery.max_kw) else None),
    )
    block.charge_kw = pyo.Var(block.Y, block.T, block.D, domain=pyo.NonNegativeReals)
    block.discharge_kw = pyo.Var(block.Y, block.T, block.D, domain=pyo.NonNegativeReals)
    block.stored_kwh = pyo.Var(block.Y, block.T, block.D, domain=pyo.NonNegativeReals)
    block.high_kwh = pyo.Var(block.Y, block.T, block.L, domain=pyo.NonNegativeReals)
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
    _power(block, site, battery)
    depths = tuple(block.D)
    charge_kw, discharge_kw = members(block.charge_kw), members(block.discharge_kw)
    terms.supply.append(lambda y, t: [(1.0, discharge_kw[y, t, d]) for d in depths])
    terms.demand.append(lambda y, t: [(1.0, charge_kw[y, t, d]) for d in depths])
    for cost, size, stands in (
        (battery.present_cost_per_kwh, block.battery_kwh, stands_kwh), (battery.present_cost_per_kw, block.battery_kw, stands_kw)
    ):  # fmt: skip
        terms.capital.append(Linear(*added_cost(cost, size, stands)))
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
    window = {y: window_of(block, battery, y) for y in block.Y}
    before, step_h = previous_step(site.clock), site.clock.step_h.tolist()
    efficiency, shares = battery.efficiency.tolist(), battery.depth_share.tolist()
    levels, depths = battery.stored_share.tolist(), tuple(block.D)

    stored_kwh, charge_kw, discharge_kw = (members(v) for v in (block.stored_kwh, block.charge_kw, block.discharge_kw))
    start = battery.start_by_depth

    def stored(b: Any, y: int, t: int, d: int) -> Any:
        held: Pairs = [(-1.0, stored_kwh[y, before[t], d])]
        if start is not None and t == 0:
            held = [(-float(start[d]) * usable, size) for usable, size in window[y]]
        return Linear([
            (1.0, stored_kwh[y, t, d]),
            *held,
            (-efficiency[y] * step_h[t], charge_kw[y, t, d]),
            (step_h[t] / efficiency[y], discharge_kw[y, t, d]),
        ]) == 0  # fmt: skip

    def level(b: Any, y: int, t: int, l: int) -> Any:
        held = [(1.0, stored_kwh[y, t, d]) for d in depths]
        below = [(-levels[l] * usable, size) for usable, size in window[y]]
        return Linear([*held, (-1.0, b.high_kwh[y, t, l]), *below]) <= 0

    def within(b: Any, y: int, t: int, d: int) -> Any:
        return Linear([(1.0, stored_kwh[y, t, d]), *((-shares[d] * usable, size) for usable, size in window[y])]) <= 0

    block.stored_energy = Rows(block.Y, block.T, block.D, rule=stored, doc="stored energy is conserved")
    block.energy_window = Rows(
        block.Y, block.T, block.D,
        rule=within,
        doc="stored energy stays within the state-of-charge window of the aged battery",
    )  # fmt: skip
    block.charge_level = Rows(block.Y, block.T, block.L, rule=level, doc="a full battery fades faster")


def window_of(block: Any, battery: BatteryParameters, y: int) -> Pairs:
    """Return the battery's energy window in a year, kWh: that of all its cells, or of each stage's at their own age."""
    by_age = battery.usable_by_age
    if by_age is None:
        return [(float(battery.usable_fraction[y]), block.battery_kwh)]
    usable = [float(of_stage[y]) for of_stage in by_age]
    sizes = [*block.earlier_battery_kwh.values(), block.stood_battery_kwh[None], block.battery_kwh]
    return [
        (now - after, size) for now, after, size in zip(usable, [*usable[1:], 0.0], sizes, strict=True) if now != after
    ]


def _power(block: Any, site: SiteParameters, battery: BatteryParameters) -> None:
    """Power stays within the battery's, and cold or old cells are charged slowly."""
    slow, depths = battery.charge_c_rate < battery.max_c_rate * (1 - 1e-9), tuple(block.D)
    charge_kw, discharge_kw = members(block.charge_kw), members(block.discharge_kw)

    def power(b: Any, y: int, t: int) -> Any:
        flows = [(1.0, flow[y, t, d]) for flow in (charge_kw, discharge_kw) for d in depths]
        return Linear([*flows, (-1.0, b.battery_kw)]) <= 0

    def charging(b: Any, y: int, t: int) -> Any:
        flows = [(1.0, charge_kw[y, t, d]) for d in depths]
        return Linear([*flows, (-float(battery.charge_c_rate[y, t]), b.battery_kwh)]) <= 0

    block.power_limit = Rows(
        block.Y, block.T, rule=power, doc="charging and discharging stay within the battery's power"
    )
    block.charging_limit = pyo.Constraint(
        [(y, t) for y in block.Y for t in np.flatnonzero(slow[y]).tolist()], rule=charging,
        doc="cells take up the charge at their temperature and age",
    )  # fmt: skip


def _register_costs(block: Any, site: SiteParameters, battery: BatteryParameters, terms: Terms) -> None:
    year_h, weight = site.clock.year_h.tolist(), battery.fade_weight(site.clock).tolist()
    wear, stored = battery.wear_cost.tolist(), battery.stored_cost.tolist()
    discharge_kw, stored_kwh, high_kwh = (members(v) for v in (block.discharge_kw, block.stored_kwh, block.high_kwh))
    empty = battery.fade_per_kwh_year * sum(weight)
    if battery.present_fixed_cost > 0:
        terms.capital.append(Linear([(battery.present_fixed_cost, block.battery_built)]))
    worn = [d for d in block.D if any(wear[d])]  # terms that cost nothing are left out
    fading = [t for t in block.T if weight[t]] if battery.stored_cost.any() else []
    for y in block.Y:
        terms.each_year(y, Linear([(battery.om_per_kw_year, block.battery_kw)]), "om")
        terms.each_year(y, Linear([(empty, block.battery_kwh)]))
        wearing = ((wear[d][y] * year_h[t], discharge_kw[y, t, d]) for d in worn for t in block.T)
        full = ((stored[0][y] * weight[t], stored_kwh[y, t, d]) for t in fading for d in block.D)
        fuller = ((stored[i][y] * weight[t], high_kwh[y, t, i]) for t in fading for i in block.L)
        for costs in (wearing, full, fuller):
            terms.each_year(y, Linear(costs))


def previous_step(clock: Clock) -> list[int]:
    """Return the step before each step; the first of a block follows its last."""
    return np.argsort(clock.next_step).tolist()


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the battery's sizes, and its series: shape (years, steps); by depth (depths, years, steps)."""
    by_depth = {
        name: _by_depth(values.of(variable), site)
        for name, variable in (
            ("charge_kw", block.charge_kw), ("discharge_kw", block.discharge_kw), ("above_min_kwh", block.stored_kwh)
        )
    }  # fmt: skip
    return {
        "battery_kwh": max(0.0, float(values.of(block.battery_kwh)[0])),
        "battery_kw": max(0.0, float(values.of(block.battery_kw)[0])),
        **{name: series.sum(axis=0) for name, series in by_depth.items()},
        "discharge_by_depth_kw": by_depth["discharge_kw"],
        "stored_by_depth_kwh": by_depth["above_min_kwh"],
    }


def _by_depth(found: np.ndarray, site: SiteParameters) -> np.ndarray:
    grid = np.maximum(found, 0.0).reshape(len(site.years), site.clock.steps, -1)
    return np.moveaxis(grid, -1, 0)
