"""From a schedule file and its sessions to a problem on the clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.parameters.clock import Clock
from evplan.schedule.clock import clock_of
from evplan.schedule.points import Points, points_of, taper_kwh
from evplan.schedule.pricing import Priced, priced
from evplan.schedule.problem import Columns, DemandPrice, Problem, plugged_in
from evplan.schedule.sessions import Sessions
from evplan.schedule.site import ScheduleSite
from evplan.schedule.timed import Timed, on_clock

EMERGENCY = 100.0  # of the shortfall's price: energy above a limit that must not be passed, in the search


def prepare(site: ScheduleSite, sessions: Sessions, folder: Path) -> Problem:
    """Return the problem of a site and its sessions; those outside the clock stay in it and get nothing.

    Raises: InputError for files that do not cover the clock, and for parts of a tariff that a day has no use for.
    """
    clock, begin_s = clock_of(site, sessions)
    step_h, steps = site.step_minutes / 60, clock.steps
    columns = plugged_in(sessions, begin_s, step_h, steps)
    if not len(columns):
        span = f"between {clock.start[0]:%Y-%m-%d %H:%M} and {clock.start[-1]:%Y-%m-%d %H:%M}"
        raise InputError(f"no session is plugged in {span}; see start and hours")

    def series(name: str, said: Timed | None, constant: float, least: float = 0.0) -> np.ndarray:
        if said is None:
            return np.full(steps, constant)
        return on_clock(said, name, folder, site.timezone, begin_s, step_h, steps, least)

    added = None if site.prices is None else series("prices", site.prices, 0.0, -np.inf)
    money = priced(site.tariff, clock, added)
    limit = np.minimum(series("connection.limit", site.connection.limit, np.inf), site.connection.limit_kw)
    efficiency = site.chargers.efficiency
    points = points_of(site.chargers, site.connection.phase_limit_kw, sessions, site.step_minutes)
    most = points.most_kw(sessions.max_kw)[columns.session] * columns.hours
    possible = possible_kwh(sessions, columns, most, efficiency, points)
    excess, sold = site.connection.excess_price_per_kwh, site.tariff.export_max_kw
    sold = np.inf if sold is None else sold
    return Problem(
        clock=clock,
        sessions=sessions,
        columns=columns,
        efficiency=efficiency,
        most_kwh=most,
        want_kwh=np.minimum(sessions.energy_kwh, possible),
        short_price=site.shortfall_price_per_kwh * sessions.priority,
        base_kwh=step_h * (series("load", site.load, 0.0) + site.load_kw),
        solar_kwh=step_h * series("solar", site.solar, 0.0),
        limit_kwh=step_h * limit,
        export_kwh=np.full(steps, step_h * min(site.connection.export_kw, sold)),
        price=money.energy,
        export_price=money.export,
        excess_price=EMERGENCY * site.shortfall_price_per_kwh if excess is None else excess,
        demand=_demand(money, clock, site.peak_so_far_kw),
        kg_per_kwh=site.grid_kg_per_kwh,
        battery=site.battery,
        giving=site.giving,
        points=points,
        goals=site.goals if "cost" in site.goals else (*site.goals, "cost"),
        goal_slack=site.goal_slack,
    )


def possible_kwh(
    sessions: Sessions, columns: Columns, most: np.ndarray, efficiency: float, points: Points
) -> np.ndarray:
    """Return what each session can get at full power for as long as it stays, kWh into its battery, and no more than has room in it."""
    possible = efficiency * np.bincount(columns.session, most, len(sessions))
    known = np.isfinite(sessions.battery_kwh) & np.isfinite(sessions.arrival_soc)
    battery = np.where(known, sessions.battery_kwh, 1.0)
    soc = np.where(known, sessions.arrival_soc, 0.0)
    if points.taper and known.any():
        begun = soc.copy()
        for now in np.split(
            np.argsort(columns.step, kind="stable"), np.flatnonzero(np.diff(np.sort(columns.step))) + 1
        ):
            who = columns.session[now]
            gain = efficiency / battery[who]
            soc[who] += gain * taper_kwh(points.taper, most[now], soc[who], gain)
        possible = np.where(known, battery * (soc - begun), possible)
        soc = begun
    return np.where(known, np.minimum(possible, battery * (1 - soc)), possible)


def _demand(money: Priced, clock: Clock, so_far_kw: float | tuple[float, ...]) -> tuple[DemandPrice, ...]:
    """Return a demand charge for each line and billing month; the first month has seen a peak already."""
    so_far = so_far_kw if isinstance(so_far_kw, tuple) else (so_far_kw,) * len(money.demand)
    found = []
    for (applies, price), seen_kw in zip(money.demand, so_far, strict=True):
        for month in range(len(clock.month_number)):
            own = applies & (clock.month == month)
            if own.any():
                found.append(DemandPrice(own, price, seen_kw if month == 0 else 0.0))
    return tuple(found)
