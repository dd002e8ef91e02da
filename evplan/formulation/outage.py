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

from evplan.formulation.battery import previous_step, window_of
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.parameters.outages import OutageParameters
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the islands to the site's block and register what they lose."""
    outages = site.outages
    if outages is None or not outages.steers:
        return
    step, there = _steps(outages)
    every = np.broadcast_to(there, (len(site.years), *there.shape))
    block.outage_kwh = Columns(every.shape[:2])
    block.outage_lost_kw = Columns(every)
    if site.battery is not None:
        _begun(block, site, site.battery, outages)
        _battery(block, site, site.battery, step, every)
    _balance(block, site, outages, step, every)
    _ports(block, outages, step, every)
    _energy(block, site, outages, step, terms)


def _steps(outages: OutageParameters) -> tuple[np.ndarray, np.ndarray]:
    """Return the step of the year that each step of each outage is, shape (outages, steps), and where there is one."""
    longest = max(len(outage.steps) for outage in outages.each)
    step, there = np.zeros((len(outages.each), longest), int), np.zeros((len(outages.each), longest), bool)
    for o, outage in enumerate(outages.each):
        step[o, : len(outage.steps)], there[o, : len(outage.steps)] = outage.steps, True
    return step, there


def _balance(block: Any, site: SiteParameters, outages: OutageParameters, step: np.ndarray, every: np.ndarray) -> None:
    """What the panels could give, the battery gives and what is lost make up the critical load; what is over is curtailed."""
    supply_kw = each(block.outage_lost_kw)
    if site.solar is not None:
        yields = np.stack([array.yield_kw_per_kw[:, step] for array in site.solar.arrays], axis=-1)
        supply_kw += (yields * each(block.solar_kw)).sum(3)
    if site.battery is not None:
        supply_kw += each(block.outage_discharge_kw) - each(block.outage_charge_kw)
    block.outage_balance = Rows(
        supply_kw >= outages.critical_kw[:, step], every,
        doc="in an outage the critical load is supplied by the site itself, or lost",
    )  # fmt: skip


def _battery(block: Any, site: SiteParameters, battery: BatteryParameters, step: np.ndarray, every: np.ndarray) -> None:
    """The battery goes on from what the ordinary plan holds; it is charged from the panels alone."""
    sunny = every & (site.solar.shines[step] if site.solar else False)
    block.outage_discharge_kw, block.outage_charge_kw = Columns(every), Columns(sunny)
    block.outage_stored_kwh = Columns(every)
    discharge_kw, charge_kw = each(block.outage_discharge_kw), each(block.outage_charge_kw)
    stored_kwh, begun_kwh = each(block.outage_stored_kwh), each(block.outage_begun_kwh)
    first, h = np.arange(step.shape[1]) == 0, site.clock.step_h[step]
    held_kwh = stored_kwh[..., np.arange(-1, step.shape[1] - 1)] * ~first + first * begun_kwh[..., None]
    efficiency, window = battery.efficiency[:, None, None], window_of(block, battery)[:, None, None]
    block.outage_stored = Rows(
        stored_kwh - held_kwh - efficiency * h * charge_kw + h / efficiency * discharge_kw == 0, every,
        doc="in an outage stored energy is conserved",
    )  # fmt: skip
    block.outage_window = Rows(
        stored_kwh - window <= 0, sunny, doc="in an outage stored energy stays within its window"
    )
    block.outage_power = Rows(
        charge_kw + discharge_kw - each(block.battery_kw) <= 0, every,
        doc="in an outage charging and discharging stay within the battery's power",
    )  # fmt: skip
    rate = battery.charge_c_rate[:, step]
    block.outage_charging = Rows(
        charge_kw - rate * each(block.battery_kwh) <= 0, sunny & (rate < battery.max_c_rate * (1 - 1e-9)),
        doc="in an outage cold or old cells are charged slowly",
    )  # fmt: skip


def _begun(block: Any, site: SiteParameters, battery: BatteryParameters, outages: OutageParameters) -> None:
    """An outage begins with no more than the ordinary plan holds at that hour, whichever the day."""
    start = battery.start_by_depth
    block.outage_begun_kwh = Columns((len(site.years), len(outages.each)))
    held_kwh = each(block.stored_kwh).sum(2)[:, previous_step(site.clock)]
    if start is not None:
        first = np.arange(site.clock.steps) == 0
        held_kwh = held_kwh * ~first + first * start.sum() * window_of(block, battery)[:, None]
    days = np.zeros((len(outages.each), site.clock.steps), bool)
    for o, outage in enumerate(outages.each):
        days[o, outage.begins] = True
    block.outage_begun = Rows(
        each(block.outage_begun_kwh)[..., None] - held_kwh[:, None] <= 0, np.broadcast_to(days, (len(site.years), *days.shape)),
        doc="an outage begins with the least that the ordinary plan holds at that hour",
    )  # fmt: skip


def _ports(block: Any, outages: OutageParameters, step: np.ndarray, every: np.ndarray) -> None:
    """What critical charging no port can give is lost, however much energy there is."""
    charging_kw = outages.charging_kw[:, step]
    given_kw = each(block.full_kw).sum(0)[:, None, None] / outages.efficiency
    block.outage_ports = Rows(
        each(block.outage_lost_kw) + given_kw >= charging_kw, every & (charging_kw > 0),
        doc="in an outage ports give no more than their power",
    )  # fmt: skip


def _energy(block: Any, site: SiteParameters, outages: OutageParameters, step: np.ndarray, terms: Terms) -> None:
    """Sum what each outage loses, price it, and limit it."""
    outage_kwh, lost_kwh = each(block.outage_kwh), site.clock.step_h[step] * each(block.outage_lost_kw)
    block.outage_energy = Rows(outage_kwh - lost_kwh.sum(2) == 0, doc="what an outage loses in all")
    if outages.min_carried > 0:
        block.min_carried = Rows(
            outage_kwh <= (1 - outages.min_carried) * outages.critical_kwh(site.clock.step_h),
            doc="outages.min_carried: the share of an outage's critical energy that must be carried",
        )
    if outages.value_per_kwh > 0:
        terms.steering.append((outages.value_per_kwh * outages.per_year * outage_kwh).sum(1))


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the critical energy that each outage loses, shape (years, outages), kWh."""
    return {"outage_lost_kwh": values.least_0(block.outage_kwh)}
