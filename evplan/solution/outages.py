"""What a plan carries of the critical load in outages, simulated from its sizes and stored energy, without the model.

Greedy: at every step the panels supply first, the battery gives all that is still missing and that it can, and takes all the
sun that is over and that it can. With one value for every kWh nothing carries more. Let V(s) be the most that the steps to come
can carry from s kWh stored. V rises with s, for what is stored can be left unused, and by at most `efficiency` a kWh, for a kWh
in the cells never gives more on the bus. So a kWh given now gains 1 and costs V at most 1: giving all is best. A kWh of sun that
is over is worth nothing elsewhere and V rises with it: taking all is best. By induction from the last step, greedy is best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evplan.parameters.types import SiteParameters

if TYPE_CHECKING:
    from evplan.solution.tables import SiteSolution

NOISE_KW = 1e-5  # of critical power, and at least of one kW: less than that is not lost


@dataclass(frozen=True)
class Island:
    """A site cut off from the grid. Series have shape (years, steps); power_kw and window_kwh are those of the battery.

    out_of_reach_kw : critical charging that no port can give.
    """

    need_kw: np.ndarray
    out_of_reach_kw: np.ndarray
    sun_kw: np.ndarray
    charge_kw: np.ndarray  # the most that the battery takes
    step_h: np.ndarray  # shape (steps,)
    power_kw: float
    window_kwh: np.ndarray  # shape (years, 1)
    efficiency: np.ndarray  # shape (years, 1)

    def step(self, stored_kwh: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is stored after some steps and the power lost in them, each shape (years, len(t)).

        stored_kwh : when they begin; every step goes on from its own.
        """
        missing = self.need_kw[:, t] - self.sun_kw[:, t]
        held, h, efficiency = np.maximum(stored_kwh, 0.0), self.step_h[t], self.efficiency
        given = np.minimum(np.minimum(np.maximum(missing, 0.0), self.power_kw), held * efficiency / h)
        room = np.maximum(self.window_kwh - held, 0.0) / efficiency / h
        most = np.minimum(np.minimum(self.charge_kw[:, t], self.power_kw), room)
        taken = np.minimum(np.maximum(-missing, 0.0), most)
        lost = np.maximum(missing, 0.0) - given + self.out_of_reach_kw[:, t]
        return held + h * (efficiency * taken - given / efficiency), lost


def island(site: SiteParameters, plan: SiteSolution) -> Island:
    """Return a planned site as an island."""
    outages, battery = site.outages, site.battery
    assert outages is not None
    ports = sum((c.full_of(plan.chargers[c.name]) for c in site.chargers), np.zeros(len(site.years)))
    charging = np.minimum(outages.charging_kw, ports[:, None] / outages.efficiency)
    one, shape = np.ones((len(site.years), 1)), site.load_kw.shape
    return Island(
        need_kw=outages.load_kw + charging,
        out_of_reach_kw=outages.charging_kw - charging,
        sun_kw=site.solar.could_kw(plan.solar_by_array_kw) if site.solar else np.zeros(shape),
        charge_kw=battery.charge_c_rate * plan.battery_kwh if battery else np.zeros(shape),
        step_h=site.clock.step_h,
        power_kw=plan.battery_kw,
        window_kwh=battery.usable_fraction[:, None] * plan.battery_kwh if battery else 0 * one,
        efficiency=battery.efficiency[:, None] if battery else one,
    )


def begun_kwh(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return what the battery holds when each step begins, shape (years, steps), kWh."""
    begun = plan.above_min_kwh[:, np.argsort(site.clock.next_step)]
    if site.battery is not None and (start := site.battery.start_by_depth) is not None:
        begun[:, 0] = start.sum() * site.battery.usable_fraction * plan.battery_kwh
    return begun


def lost_kw(site: SiteParameters, plan: SiteSolution) -> list[np.ndarray]:
    """Return the critical power lost in each outage, shape (years, steps of the outage), kW."""
    outages = site.outages
    if outages is None:
        return []
    alone, begun, found = island(site, plan), begun_kwh(site, plan), []
    for outage in outages.each:
        stored, lost = begun[:, outage.begins].min(axis=1, keepdims=True), []  # nobody knows the day before
        for t in outage.steps:
            stored, now = alone.step(stored, np.array([t]))
            lost.append(now)
        found.append(np.concatenate(lost, axis=1))
    return found


def least_lost_kwh(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return the least critical energy that each outage can lose, shape (years, outages), kWh."""
    if site.outages is None:
        return np.zeros((len(site.years), 0))
    pairs = zip(site.outages.each, lost_kw(site, plan), strict=True)
    return np.array([lost @ site.clock.step_h[outage.steps] for outage, lost in pairs]).T


def in_full(site: SiteParameters, lost: np.ndarray) -> np.ndarray:
    """Return where power lost is none, but for the solver's noise."""
    assert site.outages is not None
    return lost <= NOISE_KW * max(1.0, float(site.outages.critical_kw.max()))


def survival(site: SiteParameters, plan: SiteSolution, hours: int = 24) -> np.ndarray:
    """Return the chance to carry all of the critical load through 1, 2, ... hours, shape (years, hours).

    The outage may begin in any hour of the year; the battery then holds what the plan says.
    """
    clock = site.clock
    t = np.flatnonzero(np.diff(clock.hour, prepend=-1))
    chance = clock.weight[t] / clock.weight[t].sum()
    alone, stored, through = island(site, plan), begun_kwh(site, plan)[:, t], np.ones((len(site.years), len(t)), bool)
    per_hour, found = round(1 / float(clock.step_h[0])), []
    for step in range(hours * per_hour):
        stored, lost = alone.step(stored, t)
        through &= in_full(site, lost)
        t = clock.runs_on[t]
        if (step + 1) % per_hour == 0:
            found.append(through @ chance)
    return np.array(found).T
