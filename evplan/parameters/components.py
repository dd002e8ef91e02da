"""The parameters of what may be built at a site."""

from __future__ import annotations

import math

import numpy as np

from evplan.assets.charger import port_power_kw
from evplan.assets.solar import yield_per_kw
from evplan.instance.catalogue import Charger, Solar
from evplan.instance.site import Site, SolarArray
from evplan.parameters.context import Context, on_clock
from evplan.parameters.queueing import capacity_kw
from evplan.parameters.series import series_on_clock
from evplan.parameters.types import ArrayParameters, ChargerParameters, ConnectionStepParameters, SolarParameters

LASTING = 2.0  # times the plan's years: wires, transformers and foundations outlive it; no value is claimed back


def usable_chargers(site: Site, context: Context) -> list[Charger]:
    """Return the charger types that the site allows and its drivers accept."""
    here = site.existing.chargers
    allowed = [
        c for c in context.instance.catalogue.chargers
        if site.chargers is None or c.name in site.chargers or here.get(c.name)
    ]  # fmt: skip
    return [c for c in allowed if c.power_kw / c.ports >= site.demand.min_charger_kw]


def mean_port_kw(charger: Charger, context: Context) -> float:
    """Return the mean power of a busy port, kW."""
    return port_power_kw(charger.power_kw, charger.ports, context.vehicle_kw)


def charger_parameters(
    charger: Charger, site: Site, context: Context, demand: np.ndarray, expected: np.ndarray, at_least: int = 0,
    ports: int = 0,
) -> ChargerParameters:  # fmt: skip
    """Return a charger type at one site: its present cost, and what each count of it carries.

    at_least : counts to tell of, even if so many are of no use here.
    ports : that are of use where vehicles stay, whatever they draw.
    """
    port_kw = mean_port_kw(charger, context)
    want = site.demand
    session_kwh = want.energy_kwh.mean if want.energy_kwh else None
    full_kw = charger.ports * port_kw * charger.availability
    at_least = max(at_least, math.ceil(ports / (charger.ports * charger.availability)))
    spare = want.spare_chargers
    most_kw, mean_kw = (float((kwh / context.clock.step_h).max(initial=0.0)) for kwh in (demand, expected))
    stand = site.existing.chargers.get(charger.name, 0)
    may = charger.max_count if site.chargers is None or charger.name in site.chargers else 0
    most = max(stand, may)
    # chargers beyond it, and beyond the queue's need, could serve nobody else
    useful = max(stand, math.ceil(most_kw / full_kw) + spare, at_least)
    table = capacity_kw(
        most, charger.ports, port_kw, charger.availability,
        session_kwh, want.max_wait_min, want.wait_probability, mean_kw, useful, spare,
    )  # fmt: skip
    return ChargerParameters(
        name=charger.name,
        limit=most,
        max_count=len(table) - 1,
        present_cost=charger_present_cost(charger, context),
        om_per_year=charger.om_per_year,
        efficiency=charger.efficiency,
        full_kw=np.full(len(context.years), full_kw),
        capacity_kw=np.tile(table, (len(context.years), 1)),
        existing=stand,
        spare=spare,
        first_cost=context.first_cost(charger.cost + charger.install_cost),
        ports=charger.ports,
        port_kw=port_kw,
        availability=charger.availability,
    )


def charger_present_cost(charger: Charger, context: Context) -> float:
    """Return the present cost of one charger with its replacements."""
    first, change = charger.cost + charger.install_cost, charger.cost_change_per_year
    return context.present_cost(
        first, charger.cost, charger.life_years, charger.incentives.within(first), change=change
    )


def solar_present_costs(solar: Solar, context: Context) -> tuple[float, float]:
    """Return the present cost of a kW of panels with its replacements, and of installing any."""
    per_kw, change = solar.cost_per_kw, solar.cost_change_per_year
    once = context.present_cost(per_kw, per_kw, solar.life_years, solar.incentives.within(per_kw), change=change)
    return once, context.present_cost(solar.fixed_cost, 0.0, LASTING * context.instance.horizon.years, solar.incentives)


def connection_steps(site: Site, context: Context) -> tuple[ConnectionStepParameters, ...]:
    """Return the import limits that may be bought, smallest first."""
    lasting = LASTING * context.instance.horizon.years
    return tuple(
        ConnectionStepParameters(
            step.power_kw, context.present_cost(step.cost, 0.0, lasting), context.first_cost(step.cost)
        )
        for step in sorted(site.connection.steps, key=lambda step: step.power_kw)
    )


def solar_parameters(solar: Solar | None, site: Site, context: Context) -> SolarParameters | None:
    """Return panels at one site, or None where they are forbidden."""
    if solar is None:
        return None
    most = solar.max_kw if site.solar_max_kw is None else site.solar_max_kw
    planes = site.solar_arrays or (SolarArray(name="panels", existing_kw=site.existing.solar_kw),)
    stand = sum(plane.existing_kw for plane in planes)
    once, fixed = solar_present_costs(solar, context)
    return SolarParameters(
        max_kw=max(most, stand),
        present_cost_per_kw=once,
        om_per_kw_year=solar.om_per_kw_year,
        arrays=tuple(_array(solar, plane, max(most, stand), context) for plane in planes),
        present_fixed_cost=fixed,
        module_kw=solar.module_kw,
        first_cost_per_kw=context.first_cost(solar.cost_per_kw),
        first_fixed_cost=context.first_cost(solar.fixed_cost),
    )


def _array(solar: Solar, plane: SolarArray, most: float, context: Context) -> ArrayParameters:
    """Return one plane of panels, its yield from a file or from the weather."""
    if plane.yield_kw_per_kw is not None:
        power = series_on_clock(plane.yield_kw_per_kw, context.clock, context.year, context.folder)
    else:
        tilt = solar.tilt_deg if plane.tilt_deg is None else plane.tilt_deg
        azimuth = solar.azimuth_deg if plane.azimuth_deg is None else plane.azimuth_deg
        power = on_clock(yield_per_kw(context.weather, tilt, azimuth, solar.losses), context.weather, context.clock)
    fade = (1 - solar.degradation) ** (np.array(context.years) - 1.0)
    room = most if plane.max_kw is None else plane.max_kw
    return ArrayParameters(plane.name, plane.existing_kw, room, fade[:, None] * power)
