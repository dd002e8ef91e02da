"""From a schedule file and its sessions to a problem on the clock."""

from __future__ import annotations

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from evplan.errors import InputError
from evplan.instance.tariff import Tariff
from evplan.parameters.clock import Clock
from evplan.parameters.tariff import tariff_series
from evplan.schedule.points import Points, points_of, taper_kwh
from evplan.schedule.problem import Columns, DemandPrice, Problem, plugged_in
from evplan.schedule.sessions import HOUR_S, Sessions
from evplan.schedule.site import ScheduleSite
from evplan.schedule.timed import Timed, on_clock
from evplan.units import MONTHS_PER_YEAR

EMERGENCY = 100.0  # of the shortfall's price: energy above a limit that must not be passed, in the search
LONGEST_STEPS = 200_000
NOT_HERE = ("energy_series", "coincident", "contract", "net_metering", "minimum_per_month")


def prepare(site: ScheduleSite, sessions: Sessions, folder: Path) -> Problem:
    """Return the problem of a site and its sessions; those outside the clock stay in it and get nothing.

    Raises: InputError for files that do not cover the clock, and for parts of a tariff that a day has no use for.
    """
    _only_known(site.tariff)
    clock, begin_s = clock_of(site, sessions)
    step_h, steps = site.step_minutes / 60, clock.steps
    columns = plugged_in(sessions, begin_s, step_h, steps)
    tariff = tariff_series(site.tariff, clock)

    def series(name: str, said: Timed | None, constant: float, least: float = 0.0) -> np.ndarray:
        if said is None:
            return np.full(steps, constant)
        return on_clock(said, name, folder, site.timezone, begin_s, step_h, steps, least)

    price = tariff.energy_per_kwh + series("prices", site.prices, 0.0, -np.inf)
    limit = np.minimum(series("connection.limit", site.connection.limit, np.inf), site.connection.limit_kw)
    most = sessions.max_kw[columns.session] * columns.hours
    efficiency = site.chargers.efficiency
    points = points_of(site.chargers, site.connection.phase_limit_kw, sessions, site.step_minutes)
    possible = possible_kwh(sessions, columns, most, efficiency, points)
    excess = site.connection.excess_price_per_kwh
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
        export_kwh=np.full(steps, step_h * site.connection.export_kw),
        price=price,
        export_price=np.minimum(tariff.export_per_kwh, price),
        excess_price=EMERGENCY * site.shortfall_price_per_kwh if excess is None else excess,
        demand=_demand(tariff.demand, clock, site.peak_so_far_kw),
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


def clock_of(site: ScheduleSite, sessions: Sessions) -> tuple[Clock, float]:
    """Return the clock of a plan and the second since 1970 at which it begins. Steps are of elapsed time, across daylight saving too."""
    import pandas as pd

    zone, step_s = ZoneInfo(site.timezone), 60.0 * site.step_minutes
    if site.start is not None:
        begin_s = (site.start if site.start.tzinfo else site.start.replace(tzinfo=zone)).timestamp()
    else:
        begin_s = float(np.floor(sessions.arrival_s.min() / step_s) * step_s)
    span_s = HOUR_S * site.hours if site.hours is not None else float(sessions.departure_s.max()) - begin_s
    steps = int(np.ceil(span_s / step_s - 1e-9))
    if not 0 < steps <= LONGEST_STEPS:
        begins = datetime.datetime.fromtimestamp(begin_s, zone)
        raise InputError(
            f"the plan would begin at {begins:%Y-%m-%d %H:%M} and have {steps:,} steps; say start and hours, up to {LONGEST_STEPS:,} steps"
        )
    first = pd.Timestamp(begin_s, unit="s", tz="UTC")
    index = pd.date_range(first, periods=steps, freq=f"{site.step_minutes}min").tz_convert(site.timezone)
    bill = MONTHS_PER_YEAR * index.year.to_numpy() + index.month.to_numpy() - 1
    number, month = np.unique(bill, return_inverse=True)
    names = tuple((number % MONTHS_PER_YEAR + 1).tolist())
    step_h = np.full(steps, site.step_minutes / 60)
    return Clock(index, step_h, np.ones(steps), month, np.ones(len(number)), names, np.zeros(steps, int)), begin_s


def _demand(lines, clock: Clock, so_far_kw: float) -> tuple[DemandPrice, ...]:
    """Return a demand charge for each line and billing month; the first month has seen a peak already."""
    found = []
    for line in lines:
        for month in range(len(clock.month_number)):
            applies = line.applies & (clock.month == month)
            if applies.any():
                found.append(DemandPrice(applies, line.tiers[0].price, so_far_kw if month == 0 else 0.0))
    return tuple(found)


def _only_known(tariff: Tariff) -> None:
    """Raise `InputError` for parts of a tariff that no day's plan can weigh."""
    said = [name for name in NOT_HERE if getattr(tariff, name)]
    said += ["energy.tiers"] * any(line.tiers for line in tariff.energy)
    said += ["demand.tiers or ratchet"] * any(line.tiers or line.ratchet or line.where for line in tariff.demand)
    if said:
        raise InputError(
            f"tariff: {', '.join(said)}: a schedule knows prices by time of use, demand charges of one price, and export; prices by "
            "the hour go into `prices`"
        )
