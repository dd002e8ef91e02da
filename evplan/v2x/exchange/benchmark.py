"""Instances in the form in which EV2Gym 2.0.0 runs were recorded: one JSON file with prices, vehicles, and what policies cost there.

    steps, timescale_min, start, n_chargers, charger_max_kw, price_eur_per_kwh[steps]
    evs: charger, arrival, departure (steps, both included), e0, cap, desired, min_kwh, p_ch, p_dis, transition_soc, efficiency?

What is billed there is what goes into the battery, at the efficiency times the rated power; the file does not say the efficiency.
Where it is left out it is 0.9 for vehicles that taper (three-phase efficiencies of the classes it draws are 0.87 to 0.9), and 1 for
those that do not: its settings without classes have neither losses nor taper. Its taper is steeper by a factor of five than from
`transition_soc` straight down, and so begins at 1 - (1 - transition_soc) / 5.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evplan.errors import InputError
from evplan.instance.tariff import EnergyPrice, Tariff
from evplan.paths import write_json
from evplan.schedule.timed import Timed
from evplan.v2x.calendar import calendar_of
from evplan.v2x.layout import equipment_of
from evplan.v2x.scene import Scene
from evplan.v2x.setting import Setting
from evplan.v2x.site import Station, Transformer, WorldSite
from evplan.v2x.stays import Stays, of_world
from evplan.v2x.vehicles import VehicleClass

TAPER_STEEPER = 5.0  # transition_soc_multiplier of the settings that the instances were made with
TAPERING_EFFICIENCY = 0.9
FREE = Tariff(energy=(EnergyPrice(price_per_kwh=0.0),))  # prices are the instance's own
WIDE_KW, SHORT = (
    1e6,
    10.0,
)  # a limit that nothing reaches: instances have none; a price per kWh that nobody would lack for
POLICY = {"as-fast": "ChargeAsFastAsPossible", "as-late-rated": "ChargeAsLateAsPossible", "nothing": "DoNothing"}

Kwh = Annotated[float, Field(ge=0, le=1e5)]
Kw = Annotated[float, Field(ge=0, le=1e5)]
Step = Annotated[int, Field(ge=0, le=100_000)]


class Ev(BaseModel):
    """A vehicle of an instance."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    charger: Step
    arrival: Step
    departure: Step
    e0: Kwh
    cap: Annotated[float, Field(gt=0, le=1e5)]
    desired: Kwh
    min_kwh: Kwh = 0.0
    p_ch: Annotated[float, Field(gt=0, le=1e5)]
    p_dis: Kw = 0.0
    transition_soc: Annotated[float, Field(ge=0.01, le=1)] = 1.0
    efficiency: Annotated[float, Field(gt=0.1, le=1)] | None = None

    @property
    def usual_efficiency(self) -> float:
        """Return its efficiency, or the usual one of the form."""
        return self.efficiency or (TAPERING_EFFICIENCY if self.transition_soc < 1 else 1.0)


class Instance(BaseModel):
    """An instance, with what policies cost in it where that was recorded."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    seed: int = 0
    start: datetime.datetime
    timescale_min: Annotated[int, Field(ge=1, le=60)]
    steps: Annotated[int, Field(ge=1, le=100_000)]
    n_chargers: Annotated[int, Field(ge=1, le=10_000)]
    charger_max_kw: Annotated[float, Field(gt=0, le=1e5)]
    price_eur_per_kwh: tuple[float, ...]
    evs: tuple[Ev, ...]
    lp_v2g_cost_eur: float | None = None


def read_benchmark(file: Path) -> Scene:
    """Return the scene of an instance. Raises: InputError for what is not in the form."""
    try:
        own = Instance.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise InputError("\n".join(lines)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: cannot be read as a benchmark instance ({error})") from None
    _fits(own, file)
    site = _site(own)
    setting = Setting(site, calendar_of(site, file.parent), equipment_of(site), _stays(own))
    traces = setting.draw(np.array([own.seed]))
    return Scene(site, setting.equipment, traces, (setting.calendar.clock.start[0],), _recorded(own), _rated(own))


def _fits(own: Instance, file: Path) -> None:
    """Raise `InputError` for what the fields alone do not tell."""
    faults = []
    if len(own.price_eur_per_kwh) != own.steps:
        faults.append(
            f"price_eur_per_kwh: must hold {own.steps} values, one for each step (got {len(own.price_eur_per_kwh)})"
        )
    for i, ev in enumerate(own.evs):
        if ev.charger >= own.n_chargers:
            faults.append(f"evs.{i}.charger: there is no charger {ev.charger}; they are 0 to {own.n_chargers - 1}")
        if not ev.arrival <= ev.departure:
            faults.append(f"evs.{i}: leaves in step {ev.departure}, before it comes in step {ev.arrival}")
        if max(ev.e0, ev.desired) > ev.cap * (1 + 1e-9):
            faults.append(f"evs.{i}: e0 and desired must be at most cap, {ev.cap:g}")
    taken: dict[int, int] = {}
    for ev in sorted(own.evs, key=lambda ev: ev.arrival):
        if taken.get(ev.charger, -1) >= ev.arrival:
            faults.append(f"evs: charger {ev.charger} is still taken in step {ev.arrival}")
        taken[ev.charger] = ev.departure
    if faults:
        raise InputError("\n".join(f"{file}: {fault}" for fault in faults))


def _site(own: Instance) -> WorldSite:
    """Return the world of an instance: a price that buys and sells, no limits, and `SHORT` for what lacks, which no recorded cost has."""
    prices = Timed(values=own.price_eur_per_kwh, minutes=own.timescale_min)
    return WorldSite(
        kind="v2x", format=1, title=f"benchmark instance, seed {own.seed}", start=own.start, hours=own.steps * own.timescale_min / 60,
        step_minutes=own.timescale_min, prices=prices, export_share=1.0, tariff=FREE, sessions="recorded",
        stations=(Station(name="charger", count=own.n_chargers, power_kw=own.charger_max_kw),),
        transformers=(Transformer(name="main", limit_kw=WIDE_KW),),
        vehicles=(VehicleClass(name="recorded", battery_kwh=60.0),),
        shortfall_price_per_kwh=SHORT, overload_price_per_kwh=0.0,
    )  # fmt: skip


def _stays(own: Instance) -> Stays:
    evs, step_h = sorted(own.evs, key=lambda ev: ev.arrival), own.timescale_min / 60
    evs = [ev for ev in evs if ev.arrival < own.steps]

    def of(name: str) -> np.ndarray:
        return np.array([getattr(ev, name) for ev in evs], float)

    efficiency = of("usual_efficiency")
    first, last = of("arrival"), np.minimum(of("departure"), own.steps - 1)
    rated = np.minimum(of("p_ch"), own.charger_max_kw)
    taper = 1 - (1 - of("transition_soc")) / TAPER_STEEPER
    hours, ones = np.full(len(evs), step_h), np.ones(len(evs))
    return Stays(
        first=first, last=last, first_h=hours, last_h=hours, port=of("charger"), kind=0 * ones, arrival_h=step_h * first,
        departure_h=step_h * (last + 1), came=of("e0"), capacity=of("cap"), target=of("desired"), most=of("cap"),
        least=np.minimum(of("e0"), of("min_kwh")), charge_kw=rated, give_kw=np.minimum(of("p_dis"), own.charger_max_kw) * efficiency,
        curve_kw=rated * efficiency, taper_kwh=taper * of("cap"), efficiency=ones, give_efficiency=ones, wear=0 * ones,
    )  # fmt: skip


def _rated(own: Instance) -> Stays:
    """Return the stays as the linear bound takes them: rated power until full, nothing lost."""
    stays = _stays(own)
    evs = [ev for ev in sorted(own.evs, key=lambda ev: ev.arrival) if ev.arrival < own.steps]
    give = np.array([min(ev.p_dis, own.charger_max_kw) for ev in evs])
    return stays._replace(give_kw=give, curve_kw=stays.charge_kw, taper_kwh=stays.capacity)


def _recorded(own: Instance) -> dict[str, float]:
    """Return what was recorded: cost by policy of ours that is the same, and the linear bound (`linear`)."""
    extra: dict[str, Any] = own.model_extra or {}
    found = {ours: -float(extra[theirs]["total_profits"]) for ours, theirs in POLICY.items() if theirs in extra}
    return found if own.lp_v2g_cost_eur is None else {**found, "linear": own.lp_v2g_cost_eur}


def write_benchmark(scene: Scene, world: int, file: Path) -> None:
    """Write a world in the form, as near as it comes: whole steps, one price, no losses, a taper no longer than the form can say.

    Raises: InputError for a world with more than one transformer, or ports that share a station.
    """
    site, own, traces = scene.site, of_world(scene.traces.stay_table, world), scene.traces
    if len(site.transformers) > 1 or any(one.ports > 1 for one in site.stations):
        raise InputError("the benchmark form knows one transformer and stations of one port")
    evs = [
        {
            "charger": int(own.port[i]), "arrival": int(own.first[i]), "departure": int(own.last[i]), "e0": float(own.came[i]),
            "cap": float(own.capacity[i]), "desired": float(own.target[i]), "min_kwh": float(own.least[i]),
            "p_ch": float(own.charge_kw[i]), "p_dis": float(own.give_kw[i] / own.efficiency[i]), "efficiency": float(own.efficiency[i]),
            "transition_soc": float(max(0.01, 1 - TAPER_STEEPER * (1 - own.taper_kwh[i] / own.capacity[i]))),
        }
        for i in range(len(own.first))
    ]  # fmt: skip
    write_json(file, {
        "seed": int(traces.seeds[world]), "start": scene.start[world].strftime("%Y-%m-%d %H:%M:%S"), "timescale_min": site.step_minutes,
        "steps": traces.steps, "n_chargers": scene.equipment.ports, "charger_max_kw": float(scene.equipment.port_kw.max()),
        "price_eur_per_kwh": traces.outside.buy[:, world].tolist(), "evs": evs,
    })  # fmt: skip
