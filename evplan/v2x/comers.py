"""Who comes to a site, as numbers to draw from."""

from __future__ import annotations

import numpy as np

from evplan.v2x.behaviour import behaviour
from evplan.v2x.calendar import Calendar
from evplan.v2x.draw import Comers
from evplan.v2x.layout import Equipment
from evplan.v2x.site import WorldSite

SPREAD = (
    8.0  # standard deviations of a Poisson number that are drawn for: beyond them nobody comes in ten thousand years
)


def comers_of(site: WorldSite, calendar: Calendar, equipment: Equipment, most: np.ndarray) -> Comers:
    """Return who comes. most : arrivals that are expected in an episode at most, by place."""
    places, kinds = list(site.places.values()), site.vehicles
    each = [behaviour(place.behaviour) for place in places]
    share = np.cumsum([one.share for one in kinds])
    stays = [own.stay_h * place.stay_scale for own, place in zip(each, places, strict=True)]
    energies = [own.energy_kwh * place.energy_scale for own, place in zip(each, places, strict=True)]

    def of(values: list[float]) -> np.ndarray:
        return np.array(values, float)

    return Comers(
        expected=calendar.expected,
        hour=calendar.hour,
        most=np.ceil(most + SPREAD * np.sqrt(most) + SPREAD).astype(int),
        stay_h=np.stack(stays),
        energy_kwh=np.stack(energies),
        share=share / share[-1],
        capacity=of([one.battery_kwh for one in kinds]),
        taper_soc=of([one.taper_soc for one in kinds]),
        low_soc=of([one.target_soc[0] for one in kinds]),
        high_soc=of([one.target_soc[1] for one in kinds]),
        most_soc=of([one.most_soc or 0.0 for one in kinds]),
        reserve_soc=of([one.reserve_soc for one in kinds]),
        consents=of([one.consents for one in kinds]),
        wear=of([one.wear_per_kwh for one in kinds]),
        port_place=equipment.place,
        charge_kw=equipment.charge_kw,
        give_kw=equipment.give_kw,
        curve_kw=equipment.curve_kw,
        efficiency=equipment.efficiency,
        give_efficiency=equipment.give_efficiency,
    )
