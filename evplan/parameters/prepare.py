"""Turn an instance into parameters, site by site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.assets.battery import one_way_efficiency, usable_fraction
from evplan.assets.charger import port_power_kw
from evplan.assets.solar import WeatherYear, read_weather, yield_per_kw
from evplan.assets.tariff import DemandLine, TariffSeries
from evplan.instance.catalogue import Battery, Charger, Solar
from evplan.instance.read import Read
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.instance.tariff import Tariff
from evplan.parameters.ageing import BatteryAgeing, battery_ageing, soh_of_years, vehicle_accepts_kw
from evplan.parameters.clock import Clock, make_clock
from evplan.parameters.money import schedule, weights
from evplan.parameters.queueing import capacity_kw
from evplan.parameters.sessions import demand_kwh
from evplan.parameters.types import (
    BatteryParameters,
    ChargerParameters,
    ConnectionStepParameters,
    Parameters,
    SiteParameters,
    SolarParameters,
)


@dataclass(frozen=True)
class Context:
    """What every site shares."""

    instance: Instance
    folder: Path
    clock: Clock
    years: tuple[int, ...]
    weather: WeatherYear
    ageing: BatteryAgeing | None
    vehicle_kw: float

    def present_cost(self, cost: float, replacement: float, life_years: float) -> float:
        """Return the after-tax present cost of an investment over the horizon."""
        finance = self.instance.finance
        plan = schedule(cost, replacement, life_years, self.instance.horizon.years, finance)
        return plan.present_value(finance.discount_rate, finance.tax_rate)


def prepare(read: Read) -> Parameters:
    """Return the parameters of every site of an instance."""
    context = make_context(read)
    sites = tuple(_site(site, context, salt) for salt, site in enumerate(read.instance.sites))
    notes = (context.ageing.warnings if context.ageing else ()) + tuple(_unserved(sites))
    return Parameters(sites, context.weather.air_c, context.weather.source, notes)


def _unserved(sites: tuple[SiteParameters, ...]) -> Iterator[str]:
    """Yield a note for each site whose drivers accept no charger that is allowed there."""
    for site in sites:
        if not site.chargers and site.demand_kwh.any():
            yield f"site {site.name}: no charger type that is allowed here has a port of min_charger_kw, so nobody is served"


def make_context(read: Read) -> Context:
    """Return what every site shares: clock, weather, ageing, vehicles."""
    instance = read.instance
    weather = read_weather(instance.weather.file, read.folder, instance.weather.warmer_by_k)
    battery, vehicle = instance.catalogue.battery, instance.catalogue.vehicle
    ageing = battery_ageing(battery, weather.air_c, read.folder) if battery else None
    accepts = vehicle_accepts_kw(vehicle, weather.air_c)
    years = instance.horizon.modelled_years()
    return Context(instance, read.folder, make_clock(instance.horizon), years, weather, ageing, accepts)


def _site(site: Site, context: Context, salt: int) -> SiteParameters:
    instance, years = context.instance, context.years
    types = usable_chargers(site, context)
    fastest = max((_port_kw(c, context) for c in types), default=1.0)
    horizon, finance = instance.horizon, instance.finance
    demand = demand_kwh(site.demand, context.clock, years, np.full(len(years), fastest), context.folder, salt)
    return SiteParameters(
        name=site.name,
        setting=site.setting,
        clock=context.clock,
        years=years,
        worth=weights(years, horizon.years, finance),
        worth_untaxed=weights(years, horizon.years, finance, taxed=False),
        demand_kwh=demand,
        price_per_kwh=site.price_per_kwh,
        min_served=site.demand.min_served,
        turned_away_cost_per_kwh=site.demand.turned_away_cost_per_kwh,
        land_cost_per_year=site.land_cost_per_year,
        tariff=tariff_series(instance.tariffs[site.tariff], context.clock),
        existing_kw=site.connection.existing_kw,
        connection_steps=_connection_steps(site, context),
        export_limit=site.export_limit,
        chargers=tuple(_charger(c, site, context, demand) for c in types),
        solar=_solar(instance.catalogue.solar, site, context),
        battery=_battery(instance.catalogue.battery, site, context),
    )


def usable_chargers(site: Site, context: Context) -> list[Charger]:
    """Return the charger types that the site allows and its drivers accept."""
    allowed = [c for c in context.instance.catalogue.chargers if site.chargers is None or c.name in site.chargers]
    return [c for c in allowed if c.power_kw / c.ports >= site.demand.min_charger_kw]


def _port_kw(charger: Charger, context: Context) -> float:
    return port_power_kw(charger.power_kw, charger.ports, context.vehicle_kw)


def _charger(charger: Charger, site: Site, context: Context, demand: np.ndarray) -> ChargerParameters:
    port_kw = _port_kw(charger, context)
    want = site.demand
    session_kwh = want.energy_kwh.mean if want.energy_kwh else None
    table = capacity_kw(
        charger.max_count, charger.ports, port_kw, charger.availability,
        session_kwh, want.max_wait_min, want.wait_probability,
    )  # fmt: skip
    highest_kw = float((demand / context.clock.step_h).max(initial=0.0))
    useful = min(charger.max_count, int(np.searchsorted(table, highest_kw)))  # more could serve nobody else
    cost = context.present_cost(charger.cost + charger.install_cost, charger.cost, charger.life_years)
    return ChargerParameters(
        name=charger.name,
        limit=charger.max_count,
        max_count=useful,
        present_cost=cost,
        om_per_year=charger.om_per_year,
        efficiency=charger.efficiency,
        port_kw=np.full(len(context.years), port_kw),
        capacity_kw=np.tile(table[: useful + 1], (len(context.years), 1)),
    )


def _connection_steps(site: Site, context: Context) -> tuple[ConnectionStepParameters, ...]:
    lasting = 2.0 * context.instance.horizon.years  # wires and transformers outlive the plan; no value is claimed back
    return tuple(
        ConnectionStepParameters(step.power_kw, context.present_cost(step.cost, 0.0, lasting))
        for step in sorted(site.connection.steps, key=lambda step: step.power_kw)
    )


def _solar(solar: Solar | None, site: Site, context: Context) -> SolarParameters | None:
    if solar is None:
        return None
    hourly = yield_per_kw(context.weather, solar.tilt_deg, solar.azimuth_deg, solar.losses)
    fade = (1 - solar.degradation) ** (np.array(context.years) - 1.0)
    return SolarParameters(
        max_kw=solar.max_kw if site.solar_max_kw is None else site.solar_max_kw,
        present_cost_per_kw=context.present_cost(solar.cost_per_kw, solar.cost_per_kw, solar.life_years),
        om_per_kw_year=solar.om_per_kw_year,
        yield_kw_per_kw=fade[:, None] * on_clock(hourly, context.weather, context.clock),
    )


def _battery(battery: Battery | None, site: Site, context: Context) -> BatteryParameters | None:
    if battery is None or context.ageing is None:
        return None
    wear = context.ageing.wear
    soh = soh_of_years(wear, context.years, battery.end_of_life_soh)
    efficiency = one_way_efficiency(battery.round_trip_efficiency)
    cells = battery.replacement_cost_fraction * battery.cost_per_kwh
    years = context.instance.horizon.years
    return BatteryParameters(
        max_kwh=battery.max_kwh if site.battery_max_kwh is None else site.battery_max_kwh,
        max_c_rate=battery.max_c_rate,
        present_cost_per_kwh=cells_present_cost(battery, context),
        present_cost_per_kw=context.present_cost(battery.cost_per_kw, battery.cost_per_kw, battery.power_life_years),
        om_per_kw_year=battery.om_per_kw_year,
        efficiency=efficiency,
        usable_fraction=np.array([usable_fraction(battery.soc_min, battery.soc_max, s) for s in soh]),
        wear_cost_per_kwh=cells * wear.life_fraction_per_fec / efficiency,
        fade_cost_per_kwh_year=cells * wear.life_fraction_per_year_calendar,
        life_years=min(wear.life_years, 10.0 * years),
        mean_cell_c=context.ageing.mean_cell_c,
    )


def cells_present_cost(battery: Battery, context: Context) -> float:
    """Return the present cost of a kWh of cells that yearly wear payments keep as good as new.

    Bought in year 0 and worth replacement cells at the end: wear and fade, priced so that a whole
    life pays for one replacement, stand for the replacements themselves.
    """
    finance, years = context.instance.finance, context.instance.horizon.years
    once = schedule(battery.cost_per_kwh, 0.0, years, years, finance)
    kept = battery.replacement_cost_fraction * battery.cost_per_kwh
    discount = (1 + finance.discount_rate) ** -float(years)
    return once.present_value(finance.discount_rate, finance.tax_rate) - (1 - finance.tax_rate) * kept * discount


def tariff_series(tariff: Tariff, clock: Clock) -> TariffSeries:
    """Return a tariff laid on the clock; later energy lines override earlier ones."""
    price = np.zeros(clock.steps)
    for line in tariff.energy:
        price[clock.within(line)] = line.price_per_kwh
    demand = tuple(
        DemandLine(f"demand{i}", line.price_per_kw_month, clock.within(line)) for i, line in enumerate(tariff.demand)
    )
    return TariffSeries(price, demand, tariff.fixed_per_month, tariff.export_per_kwh)


def on_clock(hourly: np.ndarray, weather: WeatherYear, clock: Clock) -> np.ndarray:
    """Return an hourly standard-time year on the clock's steps, shape (steps,): the hour each step lies in."""
    standard = clock.start.tz_convert("UTC") + np.timedelta64(int(weather.utc_offset_h * 60), "m")
    day = standard.day_of_year - 1 - ((standard.month > 2) & standard.is_leap_year)
    return hourly[np.asarray((day * 24 + standard.hour) % len(hourly))]
