"""The parameters of vehicles that stay at a site: their stays, envelopes, the ports they need, and what giving back costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from evplan.instance.managed import V2G
from evplan.instance.site import Site
from evplan.parameters.context import Context
from evplan.parameters.envelope import envelopes, wanted_kwh
from evplan.parameters.fleet import ManagedParameters, Stays
from evplan.parameters.ports import LEVELS, group_of, hosting
from evplan.parameters.sessions import levels
from evplan.parameters.stays import Vehicle, stays_of
from evplan.parameters.vehicle_wear import v2g_wear_per_kwh


def managed_parameters(
    site: Site, context: Context, port_kw: float, salt: int
) -> tuple[ManagedParameters, tuple[str, ...]]:
    """Return vehicles that stay, and what a reader should know of them.

    port_kw : of the fastest port they accept.
    """
    said, vehicle = site.demand.managed, context.instance.catalogue.vehicle
    assert said is not None
    growth = levels(site.demand, context.years)
    soc = vehicle.soc if said.v2g is None or said.v2g.arrival_soc is None else said.v2g.arrival_soc
    common = Vehicle(vehicle.battery_kwh, port_kw, soc)
    zone = context.instance.horizon.timezone
    stays, notes = stays_of(site.demand, context.clock, growth, common, context.folder, zone, salt)
    tables = tuple(hosting(year) for year in stays)
    group, groups = [group_of(*each) for each in zip(stays, tables, strict=True)], len(LEVELS)

    taking, giving = envelopes(list(zip(stays, group, strict=True)), groups, context.clock)
    wanted = [wanted_kwh(year, of, groups, context.clock) for year, of in zip(stays, group, strict=True)]
    found = ManagedParameters(
        stays=stays,
        taking=taking,
        giving=giving,
        hosting=tables,
        wanted_kwh=np.array(wanted),
    )
    if said.v2g is not None:
        found = replace(found, **_prices(said.v2g, stays[-1], context))
    return found, tuple(f"site {site.name}: {note}" for note in notes)


def _prices(v2g: V2G, stays: Stays, context: Context) -> dict[str, Any]:
    """Return what giving back costs and loses; wear from the ageing model where the instance does not say it."""
    vehicle, willing = context.instance.catalogue.vehicle, stays.of(stays.willing & (stays.give_kw > 0))
    wear = v2g.wear_per_kwh
    if wear is None:
        wear = 0.0
        if len(willing):
            swing = willing.out_kwh + willing.energy_kwh + willing.spare_kwh
            can = np.minimum(
                swing, willing.give_kw * willing.stay_h / 2
            )  # given in half the stay, charged in the other
            depth, give, take = float(can.mean()) / vehicle.battery_kwh, willing.give_kw.mean(), willing.power_kw.mean()
            wear = v2g_wear_per_kwh(vehicle, v2g, depth, float(give), float(take), context.air_c)
    return {
        "give_efficiency": v2g.efficiency,
        "payment_per_kwh": v2g.payment_per_kwh,
        "wear_per_kwh": wear,
    }
