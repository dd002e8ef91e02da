"""Outages: the site as an island, with the energy that the ordinary plan holds when the grid goes.

Step k of outage o is step t = t(o,k) of the year; year y throughout.

    outage_kwh[y,o]              critical energy that outage o loses, kWh                          >= 0
    outage_lost_kw[y,o,k]        critical power not supplied, kW                                   >= 0
    outage_discharge_kw[y,o,k]   power from the battery, kW                                        >= 0
    outage_charge_kw[y,o,k]      power into the battery from the panels, kW (sunny steps)          >= 0
    outage_stored_kwh[y,o,k]     energy in the battery above soc_min, end of step, kWh             >= 0
    outage_begun_kwh[y,o]        the same when the outage begins, kWh                              >= 0

    sun[y,t] + discharge[o,k] - charge[o,k] + lost[o,k] >= critical[y,t]     outage_balance (what is over is curtailed)
    with sun[y,t] = sum over a of yield[a,y,t] * solar_kw[a]
    stored[o,k] = stored[o,k-1] + efficiency[y] * charge[o,k] h[t] - discharge[o,k] h[t] / efficiency[y]
    with stored[o,-1] = begun[o]                                                                 outage_stored
    begun[o] <= sum over d of stored[y,t-1,d] of the ordinary plan, t the same time of every day
                of the month or week in which the outage comes                                   outage_begun
    stored[o,k] <= usable_fraction[y] * battery_kwh                                              outage_window
    charge[o,k] + discharge[o,k] <= battery_kw                                                   outage_power
    charge[o,k] <= charge_c_rate[y,t] * battery_kwh             outage_charging, where cells are cold or old
    lost[o,k] >= charging[y,t] - sum over g of full_kw[g,y] / efficiency     outage_ports: what no port can give is lost
    outage_kwh[o] = sum over k of lost[o,k] h[t]                                                 outage_energy
    outage_kwh[o] <= (1 - min_carried) * sum over k of critical[y,t] h[t]                        min_carried

Steering: value_of_lost_load_per_kwh * per_year[o] * outage_kwh[o]. Nobody knows the day before: an outage begins with the least
that the ordinary plan holds at that hour on any day of the month, so that no battery is filled for the one evening on which the
grid will go. The ordinary plan does not change in an outage and earns and pays as if there were none; an outage's few cycles wear
nothing that counts. An outage belongs to the month it begins in, whatever month it ends in: only the energy it begins with is the
plan's, so every month is still planned by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.battery import previous_step, window_of
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear import Linear, Pairs
from evplan.parameters.outages import OutageParameters
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the islands to the site's block and register what they lose."""
    outages = site.outages
    if outages is None or not outages.steers:
        return
    block.O = pyo.RangeSet(0, len(outages.each) - 1)
    steps = {(o, k): t for o, outage in enumerate(outages.each) for k, t in enumerate(outage.steps.tolist())}
    block.OK = pyo.Set(initialize=list(steps), ordered=True, dimen=2)
    block.outage_kwh = pyo.Var(block.Y, block.O, domain=pyo.NonNegativeReals)
    block.outage_lost_kw = pyo.Var(block.Y, block.OK, domain=pyo.NonNegativeReals)
    if site.battery is not None:
        _begun(block, site, site.battery, outages)
        _battery(block, site, site.battery, steps)
    _balance(block, site, outages, steps)
    _ports(block, outages, steps)
    _energy(block, site, outages, steps, terms)


def _balance(block: Any, site: SiteParameters, outages: OutageParameters, steps: dict[tuple[int, int], int]) -> None:
    """What the panels could give, the battery gives and what is lost make up the critical load; what is over is curtailed."""
    critical = outages.critical_kw
    yields = [array.yield_kw_per_kw for array in site.solar.arrays] if site.solar else []
    has_battery, charging = site.battery is not None, set(block.SUN_OK) if site.battery else set()

    def balance(b: Any, y: int, o: int, k: int) -> Any:
        t = steps[o, k]
        pairs: Pairs = [(1.0, b.outage_lost_kw[y, o, k])]
        pairs += [(float(sun[y, t]), b.solar_kw[a]) for a, sun in enumerate(yields) if sun[y, t] > 0]
        pairs += [(1.0, b.outage_discharge_kw[y, o, k])] if has_battery else []
        pairs += [(-1.0, b.outage_charge_kw[y, o, k])] if (o, k) in charging else []
        return Linear(pairs) >= float(critical[y, t])

    block.outage_balance = pyo.Constraint(
        block.Y, block.OK, rule=balance, doc="in an outage the critical load is supplied by the site itself, or lost"
    )


def _battery(block: Any, site: SiteParameters, battery: BatteryParameters, steps: dict[tuple[int, int], int]) -> None:
    """The battery goes on from what the ordinary plan holds; it is charged from the panels alone."""
    sunny = site.solar.shines if site.solar else np.zeros(site.clock.steps, bool)
    block.SUN_OK = pyo.Set(initialize=[ok for ok, t in steps.items() if sunny[t]], ordered=True, dimen=2)
    for name, index in (("discharge_kw", block.OK), ("charge_kw", block.SUN_OK), ("stored_kwh", block.OK)):
        block.add_component(f"outage_{name}", pyo.Var(block.Y, index, domain=pyo.NonNegativeReals))
    charging, step_h = set(block.SUN_OK), site.clock.step_h.tolist()
    efficiency, holds = battery.efficiency.tolist(), {y: window_of(block, battery, y) for y in block.Y}

    def stored(b: Any, y: int, o: int, k: int) -> Any:
        h = step_h[steps[o, k]]
        held = (-1.0, b.outage_stored_kwh[y, o, k - 1] if k else b.outage_begun_kwh[y, o])
        taken = [(-efficiency[y] * h, b.outage_charge_kw[y, o, k])] if (o, k) in charging else []
        given = (h / efficiency[y], b.outage_discharge_kw[y, o, k])
        return Linear([(1.0, b.outage_stored_kwh[y, o, k]), held, *taken, given]) == 0

    def window(b: Any, y: int, o: int, k: int) -> Any:
        return Linear([(1.0, b.outage_stored_kwh[y, o, k]), *((-usable, size) for usable, size in holds[y])]) <= 0

    def power(b: Any, y: int, o: int, k: int) -> Any:
        taken = [(1.0, b.outage_charge_kw[y, o, k])] if (o, k) in charging else []
        return Linear([*taken, (1.0, b.outage_discharge_kw[y, o, k]), (-1.0, b.battery_kw)]) <= 0

    def charge(b: Any, y: int, o: int, k: int) -> Any:
        rate = float(battery.charge_c_rate[y, steps[o, k]])
        return Linear([(1.0, b.outage_charge_kw[y, o, k]), (-rate, b.battery_kwh)]) <= 0

    block.outage_stored = pyo.Constraint(block.Y, block.OK, rule=stored, doc="in an outage stored energy is conserved")
    block.outage_window = pyo.Constraint(
        block.Y, block.SUN_OK, rule=window, doc="in an outage stored energy stays within its window"
    )
    block.outage_power = pyo.Constraint(
        block.Y, block.OK, rule=power, doc="in an outage charging and discharging stay within the battery's power"
    )
    slow = [
        (y, *ok) for y in block.Y for ok in block.SUN_OK
        if battery.charge_c_rate[y, steps[ok]] < battery.max_c_rate * (1 - 1e-9)
    ]  # fmt: skip
    block.outage_charging = pyo.Constraint(slow, rule=charge, doc="in an outage cold or old cells are charged slowly")


def _begun(block: Any, site: SiteParameters, battery: BatteryParameters, outages: OutageParameters) -> None:
    """An outage begins with no more than the ordinary plan holds at that hour, whichever the day."""
    before, start = previous_step(site.clock), battery.start_by_depth
    block.outage_begun_kwh = pyo.Var(block.Y, block.O, domain=pyo.NonNegativeReals)

    def begun(b: Any, y: int, o: int, t: int) -> Any:
        held: Pairs = [(-1.0, b.stored_kwh[y, before[t], d]) for d in b.D]
        if start is not None and t == 0:
            held = [(-float(start.sum()) * usable, size) for usable, size in window_of(b, battery, y)]
        return Linear([(1.0, b.outage_begun_kwh[y, o]), *held]) <= 0

    days = [(y, o, t) for y in block.Y for o in block.O for t in outages.each[o].begins.tolist()]
    block.outage_begun = pyo.Constraint(
        days, rule=begun, doc="an outage begins with the least that the ordinary plan holds at that hour"
    )


def _ports(block: Any, outages: OutageParameters, steps: dict[tuple[int, int], int]) -> None:
    """What critical charging no port can give is lost, however much energy there is."""
    charging = outages.charging_kw

    def ports(b: Any, y: int, o: int, k: int) -> Any:
        full = [(1 / outages.efficiency, b.full_kw[g, y]) for g in b.G]
        return Linear([(1.0, b.outage_lost_kw[y, o, k]), *full]) >= float(charging[y, steps[o, k]])

    wanted = [(y, *ok) for y in block.Y for ok, t in steps.items() if charging[y, t] > 0]
    block.outage_ports = pyo.Constraint(wanted, rule=ports, doc="in an outage ports give no more than their power")


def _energy(
    block: Any, site: SiteParameters, outages: OutageParameters, steps: dict[tuple[int, int], int], terms: Terms
) -> None:
    """Sum what each outage loses, price it, and limit it."""
    step_h, allowed = site.clock.step_h, (1 - outages.min_carried) * outages.critical_kwh(site.clock.step_h)

    def energy(b: Any, y: int, o: int) -> Any:
        own = range(len(outages.each[o].steps))
        lost = [(-float(step_h[steps[o, k]]), b.outage_lost_kw[y, o, k]) for k in own]
        return Linear([(1.0, b.outage_kwh[y, o]), *lost]) == 0

    block.outage_energy = pyo.Constraint(block.Y, block.O, rule=energy, doc="what an outage loses in all")
    if outages.min_carried > 0:
        block.min_carried = pyo.Constraint(
            block.Y, block.O, rule=lambda b, y, o: Linear([(1.0, b.outage_kwh[y, o])]) <= float(allowed[y, o]),
            doc="outages.min_carried: the share of an outage's critical energy that must be carried",
        )  # fmt: skip
    if outages.value_per_kwh > 0:
        price = (outages.value_per_kwh * outages.per_year).tolist()
        for y in block.Y:
            lost = Linear((price[o], block.outage_kwh[y, o]) for o in block.O)
            terms.steering.setdefault(y, []).append(lost)


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the critical energy that each outage loses, shape (years, outages), kWh."""
    lost = np.maximum(values.of(block.outage_kwh), 0.0).reshape(len(site.years), -1)
    return {"outage_lost_kwh": lost}
