"""What years in the field say against laws from the laboratory, and how a law is calibrated to it.

Laboratory laws grow with the root of time. Thirteen years of calendar data (Lam et al. 2025) grow with time^0.64 to
time^0.72: slower at first, faster later. The field outlook keeps a law's temperature and state of charge, gives it the
field's exponent, and scales it to the published calendar fits of its chemistry where there are some.
Figures and sources: data/degradation/field.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import MAX_LIFE_YEARS, Fade
from evplan.degradation.laws import LAWS, Law, Rates
from evplan.errors import InputError
from evplan.paths import data_dir
from evplan.units import DAYS_PER_WEEK, DAYS_PER_YEAR

FIELD_EXPONENT = 0.70  # middle of the exponents at 24 °C, Lam et al. 2025
LOSS_OBSERVED = 0.10  # Lam's fits end where a cell has lost this
POINTS = 20  # ages at which a fit is compared


@dataclass(frozen=True)
class CalendarFit:
    """A published fit of storage at one temperature and charge: loss = a weeks^b, p.u., seen to LOSS_OBSERVED."""

    cell: str
    chemistry: str
    temperature_c: float
    soc: float
    a: float
    b: float

    @property
    def years(self) -> np.ndarray:
        """Return evenly spaced ages, from half a year to the last one observed."""
        last = (LOSS_OBSERVED / self.a) ** (1 / self.b) * DAYS_PER_WEEK / DAYS_PER_YEAR
        return np.linspace(min(0.5, last / 2), last, POINTS)

    @property
    def loss(self) -> np.ndarray:
        """Return the loss at those ages, p.u."""
        return self.a * (self.years * DAYS_PER_YEAR / DAYS_PER_WEEK) ** self.b


@cache
def field_data() -> Mapping[str, Any]:
    """Return the file of field figures."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load((data_dir() / "degradation" / "field.yaml").read_text(encoding="utf-8"))


def calendar_fits(chemistry: str) -> list[CalendarFit]:
    """Return the published calendar fits of a chemistry, or of the one whose storage law it shares; perhaps none."""
    own = LAWS[chemistry].capacity.calendar_rate
    shared = {name for name, law in LAWS.items() if law.capacity.calendar_rate is own}
    rows = (dict(zip(field_data()["calendar_columns"], row, strict=True)) for row in field_data()["calendar_fits"])
    found = (CalendarFit(**{**row, "a": row["a"] / 100}) for row in rows)
    return [fit for fit in found if fit.chemistry in shared]


def field_exponent(law: Law) -> float:
    """Return the exponent of calendar fade in the field; a law that is already steeper keeps its own."""
    return max(FIELD_EXPONENT, law.capacity.time_exponent)


def calendar_scale(law: Law, exponent: float = FIELD_EXPONENT, left_out: str | None = None) -> float:
    """Return the factor that fits a law with the field's exponent to the fits of its chemistry, in least squares.

    A chemistry without fits gets 1: equal to the laboratory at one year. left_out : a cell not to fit to.
    """
    fits = [fit for fit in calendar_fits(law.chemistry) if fit.cell != left_out]
    if not fits:
        return 1.0
    unscaled = np.concatenate([_unscaled(law, fit, exponent) for fit in fits])
    return float(unscaled @ np.concatenate([fit.loss for fit in fits]) / (unscaled @ unscaled))


def calendar_errors(law: Law, exponent: float, scale: float) -> dict[str, float]:
    """Return the mean absolute error against each published fit, percentage points of capacity."""
    return {
        f"{fit.cell}, {fit.temperature_c:g} °C, {fit.soc:.0%}": float(
            100 * np.abs(scale * _unscaled(law, fit, exponent) - fit.loss).mean()
        )
        for fit in calendar_fits(law.chemistry)
    }


def _unscaled(law: Law, fit: CalendarFit, exponent: float) -> np.ndarray:
    return law.capacity.calendar_rate(fit.temperature_c, fit.soc) * fit.years**exponent


def calibrate(rates: Rates, duty: Duty, years: np.ndarray, soh: np.ndarray) -> float:
    """Return the factor on all fade that brings a model closest to measured states of health, in least squares.

    years, soh : arrays, shape (measurements,).  duty : the duty under which the batteries aged.

    Raises: InputError for measurements that no factor can explain.
    """
    years, soh = np.asarray(years, float), np.asarray(soh, float)
    if len(years) != len(soh):
        raise InputError("measured state of health: years and soh must be as long as one another")
    bad = np.flatnonzero(~((years >= 0) & (years <= MAX_LIFE_YEARS) & (soh > 0) & (soh <= 1)))
    if len(bad) or not (years > 0).any():
        rows = f"; see rows {', '.join(map(str, bad[:5] + 1))}" if len(bad) else "; there is no row of a used battery"
        raise InputError(
            f"measured state of health: every row needs years from 0 and soh above 0 and at most 1 (0.95, not 95){rows}"
        )
    predicted = rates.fade(duty).capacity_loss(years, years * duty.cycles_per_year)
    return float(predicted @ (1 - soh) / (predicted @ predicted))


def fleet_scale(rates: Rates, chemistry: str) -> float:
    """Return the factor on all fade that brings a model closest to the measured fleet of its chemistry, or 1 without one."""
    fleet = field_data()["fleet"]
    if fleet["chemistry"] != chemistry:
        return 1.0
    return calibrate(rates, Duty(**fleet["duty"]), fleet["years"], fleet["soh"])


def scaled(fade: Fade, factor: float | np.ndarray) -> Fade:
    """Return a fade that is `factor` times as fast to lose."""
    return Fade(factor * fade.calendar_rate, factor * fade.cycle_rate, fade.time_exponent, fade.cycle_exponent)


def published_spread(duty: Duty, years: float) -> dict[str, float]:
    """Return the state of health after `years` of a duty by every published law, p.u.: the spread between cells."""
    fec = years * duty.cycles_per_year
    return {name: float(law.capacity.fade(duty).state_of_health(years, fec)) for name, law in LAWS.items()}
