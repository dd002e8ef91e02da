"""The stationary battery.

    battery_kwh, battery_kw      energy (new) and power, kWh and kW               >= 0
    charge_kw, discharge_kw[y,t] power on the bus, kW                             >= 0
    above_min_kwh[y,t]           stored energy above soc_min, end of step, kWh    >= 0

    above_min[y,t] = above_min[y,t-1] + efficiency * charge[y,t] h[t] - discharge[y,t] h[t] / efficiency
                                                              stored_energy; each block ends where it began
    above_min[y,t] <= usable_fraction[y] * battery_kwh        energy_window (shrinks with age)
    charge[y,t] + discharge[y,t] <= battery_kw                power_limit
    battery_kwh <= max_kwh, battery_kw <= max_c_rate * battery_kwh                   battery_room, battery_rate

Yearly: wear per kWh discharged, fade per kWh of capacity; both from the ageing model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.terms import Terms, linear
from evplan.formulation.values import Values
from evplan.parameters.clock import Clock
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the battery to the site's block and register its terms."""
    battery = site.battery
    assert battery is not None
    before, step_h = previous_step(site.clock), site.clock.step_h.tolist()
    block.battery_kwh = pyo.Var(domain=pyo.NonNegativeReals)
    block.battery_kw = pyo.Var(domain=pyo.NonNegativeReals)
    block.charge_kw = pyo.Var(block.Y, block.T, domain=pyo.NonNegativeReals)
    block.discharge_kw = pyo.Var(block.Y, block.T, domain=pyo.NonNegativeReals)
    block.above_min_kwh = pyo.Var(block.Y, block.T, domain=pyo.NonNegativeReals)
    block.battery_room = pyo.Constraint(expr=block.battery_kwh <= battery.max_kwh, doc="the battery fits the site")
    block.battery_rate = pyo.Constraint(
        expr=linear([(1.0, block.battery_kw), (-battery.max_c_rate, block.battery_kwh)]) <= 0,
        doc="the cells allow the battery's power",
    )

    def stored(b: Any, y: int, t: int) -> Any:
        return linear([
            (1.0, b.above_min_kwh[y, t]),
            (-1.0, b.above_min_kwh[y, before[t]]),
            (-battery.efficiency * step_h[t], b.charge_kw[y, t]),
            (step_h[t] / battery.efficiency, b.discharge_kw[y, t]),
        ]) == 0  # fmt: skip

    block.stored_energy = pyo.Constraint(block.Y, block.T, rule=stored, doc="stored energy is conserved")
    block.energy_window = pyo.Constraint(
        block.Y, block.T,
        rule=lambda b, y, t: linear([(1.0, b.above_min_kwh[y, t]), (-float(battery.usable_fraction[y]), b.battery_kwh)]) <= 0,
        doc="stored energy stays within the state-of-charge window of the aged battery",
    )  # fmt: skip
    block.power_limit = pyo.Constraint(
        block.Y, block.T,
        rule=lambda b, y, t: linear([(1.0, b.charge_kw[y, t]), (1.0, b.discharge_kw[y, t]), (-1.0, b.battery_kw)]) <= 0,
        doc="charging and discharging stay within the battery's power",
    )  # fmt: skip
    terms.supply.append(lambda y, t: [(1.0, block.discharge_kw[y, t])])
    terms.demand.append(lambda y, t: [(1.0, block.charge_kw[y, t])])
    _register_costs(block, site, terms)


def _register_costs(block: Any, site: SiteParameters, terms: Terms) -> None:
    battery, year_h = site.battery, site.clock.year_h.tolist()
    assert battery is not None
    terms.capital.append(
        battery.present_cost_per_kwh * block.battery_kwh + battery.present_cost_per_kw * block.battery_kw
    )
    for y in block.Y:
        terms.each_year(
            y, battery.om_per_kw_year * block.battery_kw + battery.fade_cost_per_kwh_year * block.battery_kwh
        )
        terms.each_year(y, linear((battery.wear_cost_per_kwh * year_h[t], block.discharge_kw[y, t]) for t in block.T))


def previous_step(clock: Clock) -> list[int]:
    """Return the step before each step; the first of a block follows its last."""
    return np.argsort(clock.next_step).tolist()


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the battery's sizes and series, shape (years, steps)."""
    return {
        "battery_kwh": max(0.0, float(values.of(block.battery_kwh)[0])),
        "battery_kw": max(0.0, float(values.of(block.battery_kw)[0])),
        "charge_kw": values.grid(block.charge_kw, site),
        "discharge_kw": values.grid(block.discharge_kw, site),
        "above_min_kwh": values.grid(block.above_min_kwh, site),
    }
