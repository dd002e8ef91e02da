"""The vehicles that stay at a site in every modelled year: drawn, or from a file whose whole weeks repeat over the year.

A day of the file stands for the planned days of the same weekday, week after week from the one nearest in the year. Growth adds
vehicles: drawn ones by thinning the largest year, those of a file by letting some come twice. Times of arrival are local times,
stays elapsed hours.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evplan.instance.managed import V2G, Managed
from evplan.instance.sessions import FileSessions, read_sessions
from evplan.instance.site import Demand
from evplan.parameters.clock import Clock
from evplan.parameters.draws import draw, draw_energy
from evplan.parameters.fleet import Stays
from evplan.parameters.ports import port_numbers

FILE_SALT = 7  # sets the marks of vehicles from a file apart from every drawn site's
TOLD = 0.005  # of drawn vehicles' energy, or of drawn vehicles: so much may not fit their stay or their battery before a note says so
MAX_ROWS = 5
WEEKS = 52  # of a year


@dataclass(frozen=True)
class Vehicle:
    """What all vehicles have in common: capacity, the most power a port gives them, the charge in which they arrive."""

    battery_kwh: float
    port_kw: float
    soc: float


@dataclass(frozen=True)
class Arrivals:
    """Vehicles of the year in which most come, shape (vehicles,), before their stays are looked at.

    mark : of growth: how many times the first year's demand a year must have for each to come.  row : in the file, if any.
    """

    step: np.ndarray
    offset_h: np.ndarray
    stay_h: np.ndarray
    energy_kwh: np.ndarray
    most_kw: np.ndarray
    soc: np.ndarray
    lot: np.ndarray  # in [0, 1): those below v2g.share give back
    mark: np.ndarray
    row: np.ndarray | None = None


def stays_of(
    demand: Demand, clock: Clock, growth: np.ndarray, vehicle: Vehicle, folder: Path, zone: str, salt: int
) -> tuple[tuple[Stays, ...], tuple[str, ...]]:
    """Return the vehicles of every modelled year, and what a reader should know of them.

    growth : array, shape (years,)   Demand over that of the first year.
    """
    managed = demand.managed
    assert managed is not None
    notes: list[str] = []
    if managed.sessions is None:
        come = _drawn(demand, managed, clock, float(growth.max()), vehicle, salt)
    else:
        found = read_sessions(managed.sessions, folder, zone)
        if found.left_out and found.weeks < 52:
            notes.append(
                f"{managed.sessions.file} covers {found.weeks} whole weeks; {found.left_out} sessions of the broken week after "
                "them are left out"
            )
        come = _filed(managed, found, clock, growth * managed.sessions.scale, vehicle, demand.seed, salt)
        growth = growth * managed.sessions.scale
    most_kw = np.minimum(come.most_kw, vehicle.port_kw)
    energy = np.minimum(come.energy_kwh, most_kw * come.stay_h)
    notes += [*_clipped(come, energy, most_kw, managed), *_overfull(come, energy, managed.v2g, vehicle)]
    whole = _stays(come, energy, most_kw, managed.v2g, vehicle)
    years = (whole.of(come.mark < g) for g in growth)
    return tuple(replace(y, port=port_numbers(y.step, y.offset_h, y.stay_h, clock)) for y in years), tuple(notes)


def _drawn(demand: Demand, managed: Managed, clock: Clock, top: float, vehicle: Vehicle, salt: int) -> Arrivals:
    assert managed.stay_h is not None
    random = np.random.default_rng([demand.seed, salt])
    step, offset_h, energy, mark = draw(demand, clock, top, random)
    count = len(step)
    stay = draw_energy(managed.stay_h, random, count)  # log-normal too
    most = np.full(count, np.inf if managed.power_kw is None else managed.power_kw)
    return Arrivals(
        step, offset_h, stay, energy, most, np.full(count, vehicle.soc), random.random(count), mark * top,
    )  # fmt: skip


def _filed(
    managed: Managed, found: FileSessions, clock: Clock, growth: np.ndarray, vehicle: Vehicle, seed: int, salt: int
) -> Arrivals:
    """Return the file's vehicles on every planned day that their day stands for, as often as the largest year needs."""
    random = np.random.default_rng([seed, salt, FILE_SALT])
    session, start = _placed(found, clock)
    step, offset_h, inside = _on_clock(start, clock)
    session, step, offset_h = session[inside], step[inside], offset_h[inside]
    copies = int(np.ceil(growth.max()))
    nth = np.repeat(np.arange(copies), len(session))
    session, step, offset_h = (np.tile(part, copies) for part in (session, step, offset_h))

    def column(values: list[float] | None, otherwise: float) -> np.ndarray:
        return np.full(len(session), otherwise) if values is None else np.array(values)[session]

    most = column(found.max_power_kw, np.inf)
    return Arrivals(
        step, offset_h, np.array(found.stay_h)[session], np.array(found.energy_kwh)[session],
        most if managed.power_kw is None else np.minimum(most, managed.power_kw), column(found.arrival_soc, vehicle.soc),
        random.random(len(session)), nth + random.random(len(session)), np.array(found.row)[session],
    )  # fmt: skip


def _placed(found: FileSessions, clock: Clock):
    """Return which session each planned arrival is of, and its local date and time."""
    days = clock.start.tz_localize(None).normalize().unique()
    first, start = found.first_day, days[0].date()
    in_year = datetime.date(start.year, first.month, min(first.day, 28))
    anchor = first + datetime.timedelta(days=7 * round((in_year - first).days / 7))
    ordinal = np.array([day.toordinal() for day in days])
    weeks = found.weeks if found.weeks <= WEEKS else WEEKS * (found.weeks // WEEKS)  # whole years keep their seasons
    wanted = (ordinal - anchor.toordinal()) % (7 * weeks)
    day, second = np.array(found.day), np.array(found.second)
    order = np.argsort(day, kind="stable")
    low, high = (np.searchsorted(day[order], wanted, side=side) for side in ("left", "right"))
    counts = high - low
    place = np.repeat(low - np.append(0, np.cumsum(counts)[:-1]), counts) + np.arange(counts.sum())
    session = order[place]
    return session, days.repeat(counts) + (second[session] * 1e9).astype("timedelta64[ns]")


def _on_clock(start, clock: Clock) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return step and offset of local times, and which of them lie on the clock.

    A time that daylight saving skips is moved to the hour after; of one that comes twice, the first is meant.
    """
    first = np.ones(len(start), bool)
    at = start.tz_localize(clock.start.tz, nonexistent="shift_forward", ambiguous=first).tz_convert("UTC")
    begins = clock.start.tz_convert("UTC").as_unit("ns").asi8
    instants = at.as_unit("ns").asi8
    step = np.clip(np.searchsorted(begins, instants, side="right") - 1, 0, clock.steps - 1)
    offset_h = (instants - begins[step]) / 3.6e12
    return step, offset_h, (offset_h >= 0) & (offset_h < clock.step_h[step])


def _stays(come: Arrivals, energy: np.ndarray, most_kw: np.ndarray, v2g: V2G | None, vehicle: Vehicle) -> Stays:
    """Return vehicles with what they give: down to the lowest charge allowed, and up to a full battery in between."""
    none = np.zeros(len(energy))
    willing = come.lot < v2g.share if v2g is not None else np.zeros(len(energy), bool)
    give = out = spare = none
    if v2g is not None:
        stored = np.clip(come.soc * vehicle.battery_kwh, 0.0, np.maximum(vehicle.battery_kwh - energy, 0.0))
        give = np.where(willing, np.minimum(most_kw if v2g.power_kw is None else v2g.power_kw, vehicle.port_kw), 0.0)
        out = np.where(willing, np.maximum(stored - v2g.min_soc * vehicle.battery_kwh, 0.0), 0.0)
        spare = np.where(willing, np.maximum(vehicle.battery_kwh - stored - energy, 0.0), 0.0)
    unknown = np.zeros(len(energy), int)
    return Stays(come.step, come.offset_h, come.stay_h, energy, most_kw, unknown, willing, give, out, spare)


def _clipped(come: Arrivals, energy: np.ndarray, most_kw: np.ndarray, managed: Managed):
    """Yield a note where vehicles want more than they can take in their stay."""
    short = come.energy_kwh - energy > 1e-6 * come.energy_kwh
    asked, lost = float(come.energy_kwh.sum()), float((come.energy_kwh - energy).sum())
    if not short.any() or (come.row is None and lost <= TOLD * asked):
        return
    rows = ""
    if come.row is not None and managed.sessions is not None:
        found = np.unique(come.row[short])
        more = f" and {len(found) - MAX_ROWS} more" if len(found) > MAX_ROWS else ""
        rows = f"; see rows {', '.join(map(str, found[:MAX_ROWS]))}{more} of {managed.sessions.file}"
    yield (
        f"{short.sum():,} of {len(energy):,} vehicles want more than they can take in their stay at {most_kw.max():g} kW at "
        f"most; they get what they can, {1 - lost / asked:.1%} of all the energy asked for{rows}"
    )


def _overfull(come: Arrivals, energy: np.ndarray, v2g: V2G | None, vehicle: Vehicle) -> Iterator[str]:
    """Yield notes where vehicles want more than their battery holds, or hold too much at arrival for what they want."""
    holds, count = vehicle.battery_kwh, len(energy)
    least = 1 if come.row is not None else max(1.0, TOLD * count)
    over = energy > holds * (1 + 1e-9)
    if over.sum() >= least:
        yield (
            f"{over.sum():,} of {count:,} vehicles want more than the {holds:g} kWh that a battery holds (up to {energy.max():,.0f} kWh); "
            "see catalogue.vehicle.battery_kwh"
        )
    willing = come.lot < v2g.share if v2g is not None else np.zeros(count, bool)
    full = willing & ~over & (come.soc * holds + energy > holds * (1 + 1e-9))
    if full.sum() >= least:
        yield (
            f"{full.sum():,} of {willing.sum():,} vehicles that give back arrive too full for what they want; they are taken to arrive "
            f"just empty enough for it, so they have less to give (vehicles arrive at {come.soc[full].mean():.0%})"
        )
