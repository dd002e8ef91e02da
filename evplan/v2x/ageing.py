"""What stays do to batteries: capacity lost to time and to cycling, and resistance gained, by the learned ageing model of each chemistry.

    Q_cal = k_cal (T + dt)^p - k_cal T^p          Q_cyc = k_cyc (N + dn)^q - k_cyc N^q

of a vehicle of mean age T and N cycles, as fade slows with age. Rates are those at the stay's mean state of charge, depth and power; cells
have the air's temperature, warmed by what they lose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.degradation.fade import Fade
from evplan.degradation.laws import law_named
from evplan.degradation.predict import Rates, load_model
from evplan.degradation.thermal import cell_temperature
from evplan.instance.catalogue import Vehicle
from evplan.v2x.record import Uses
from evplan.v2x.site import WorldSite
from evplan.v2x.stays import Stays

HOURS_PER_YEAR = 8760.0
LEAST_DEPTH, LEAST_C_RATE = 0.02, 0.02  # below them no cycle test ran
AGE_YEARS, CYCLES_PER_YEAR = (
    float(Vehicle.model_fields[name].default) for name in ("mean_age_years", "cycles_per_year")
)


@dataclass(frozen=True)
class Aged:
    """What stays lost, shape (stays,): capacity by cause, p.u. of new; growth of resistance, of new, NaN where no law is published."""

    calendar: np.ndarray
    cycling: np.ndarray
    resistance: np.ndarray


def aged(site: WorldSite, stays: Stays, used: Uses, air_c: np.ndarray) -> Aged:
    """Return what stays do to batteries. air_c : mean over each, shape (stays,)."""
    kind = stays.kind[used.world, used.stay].astype(int)
    lost = np.full((3, len(kind)), np.nan)
    chemistry = np.array([one.chemistry for one in site.vehicles])[kind] if len(kind) else np.zeros(0, str)
    for name in np.unique(chemistry):
        own = chemistry == name
        model = load_model(str(name))
        c_rate = np.maximum(used.c_rate[own], LEAST_C_RATE)
        cells = cell_temperature(law_named(str(name)).thermal_cell, air_c[own], c_rate)
        depth = np.clip(used.high_soc[own] - used.low_soc[own], LEAST_DEPTH, 1.0)
        at = cells, used.mean_soc[own], depth, c_rate, used.hours[own] / HOURS_PER_YEAR, used.fec[own]
        lost[:2, own] = _more(model.capacity, *at)
        if model.resistance is not None:
            lost[2, own] = _more(model.resistance, *at).sum(axis=0)
    return Aged(*lost)


def _more(
    rates: Rates, cells: np.ndarray, soc: np.ndarray, depth: np.ndarray, c_rate: np.ndarray, years: np.ndarray, fec: np.ndarray
) -> np.ndarray:  # fmt: skip
    """Return what is lost to time and to cycles besides what a vehicle of mean age has lost, shape (2, stays)."""
    fade = Fade(
        rates.calendar_rate(cells, np.clip(soc, 0, 1)), rates.cycle_rate(cells, depth, c_rate, c_rate), rates.time_exponent,
        rates.cycle_exponent,
    )  # fmt: skip
    cycles = AGE_YEARS * CYCLES_PER_YEAR
    return np.stack([
        fade.calendar_loss(AGE_YEARS + years) - fade.calendar_loss(AGE_YEARS), fade.cycle_loss(cycles + fec) - fade.cycle_loss(cycles)
    ])  # fmt: skip
