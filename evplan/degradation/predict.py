"""A trained ageing model: rates, state of health, life, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import Fade
from evplan.degradation.laws import LAWS, Rates
from evplan.degradation.regression import Spline
from evplan.degradation.store import read_model
from evplan.errors import InputError
from evplan.units import DAYS_PER_YEAR

WORDS = {
    "temperature_c": ("cell temperature", " °C"),
    "soc": ("mean state of charge", ""),
    "depth": ("depth of cycle", ""),
    "c_rate": ("C-rate", " 1/h"),
    "charge_c_rate": ("charging rate", " 1/h"),
    "cycles_per_year": ("cycles per year", ""),
}  # what a feature is called where people read it, and its unit
OF_CYCLES = ("depth", "c_rate", "charge_c_rate")
OUTLOOKS = ("lab", "field")


@dataclass(frozen=True)
class AgeingModel:
    """A trained ageing model. All methods take scalars or arrays unless they take a duty.

    capacity : learned rates of capacity fade.  resistance : published rates of resistance growth, or None.
    log_interval : half-width of the 90 % prediction interval of ln(capacity loss) between batteries in service.
    """

    chemistry: str
    capacity: Rates
    resistance: Rates | None
    log_interval: float
    valid_range: Mapping[str, tuple[float, float]]
    card: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    laboratory: Rates | None = None
    """Capacity rates as the laboratory gave them, where `capacity` are another outlook's."""

    @property
    def time_exponent(self) -> float:
        """Return p of the capacity law."""
        return self.capacity.time_exponent

    @property
    def cycle_exponent(self) -> float:
        """Return q of the capacity law."""
        return self.capacity.cycle_exponent

    def calendar_rate(self, temperature_c, soc):
        """Return the calendar rate, p.u. per year^time_exponent."""
        return self.capacity.calendar_rate(temperature_c, soc)

    def cycle_rate(self, temperature_c, depth, c_rate, charge_c_rate=None):
        """Return the cycle rate, p.u. per fec^cycle_exponent; charge_c_rate left out: c_rate."""
        return self.capacity.cycle_rate(
            temperature_c, depth, c_rate, c_rate if charge_c_rate is None else charge_c_rate
        )

    def state_of_health(self, years, cycles_per_year, calendar_rate, cycle_rate):
        """Return the remaining capacity, p.u., after `years` at these rates."""
        fade = Fade(calendar_rate, cycle_rate, self.time_exponent, self.cycle_exponent)
        return fade.state_of_health(years, np.multiply(cycles_per_year, years))

    def rates_of(self, rows: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Return calendar and cycle rate of many batteries: columns temperature_c, soc, depth, c_rate, charge_c_rate."""
        storage, cycling = _columns(rows)
        return self.capacity.calendar_rate(*storage), self.capacity.cycle_rate(*cycling)

    def soh_of(self, rows: Mapping[str, Any]) -> np.ndarray:
        """Return the state of health of many batteries, p.u.

        rows : mapping or table with columns temperature_c, soc, depth, c_rate, charge_c_rate, years, cycles_per_day.
        """
        cycles_per_year = DAYS_PER_YEAR * np.asarray(rows["cycles_per_day"])
        return self.state_of_health(np.asarray(rows["years"]), cycles_per_year, *self.rates_of(rows))

    def resistance_of(self, rows: Mapping[str, Any]) -> np.ndarray:
        """Return the resistance of many batteries, of new; rows as in `soh_of`. Only where a law is published."""
        law = self.resistance
        assert law is not None
        storage, cycling = _columns(rows)
        years = np.asarray(rows["years"])
        growth = Fade(law.calendar_rate(*storage), law.cycle_rate(*cycling), law.time_exponent, law.cycle_exponent)
        return 1.0 + growth.capacity_loss(years, years * DAYS_PER_YEAR * np.asarray(rows["cycles_per_day"]))

    def interval(self, loss) -> tuple:
        """Return the (low, high) state of health that holds 90 % of batteries whose predicted loss is this, p.u."""
        loss = np.asarray(loss, float)
        worst, best = loss * np.exp(self.log_interval), loss * np.exp(-self.log_interval)
        return np.maximum(0.0, 1.0 - worst)[()], np.maximum(0.0, 1.0 - best)[()]

    def fade(self, duty: Duty) -> Fade:
        """Return the fade of a battery under one duty, its hours of temperature folded into one rate."""
        return self.capacity.fade(duty)

    def life_years(self, duty: Duty, end_of_life_soh: float) -> float:
        """Return the years until the state of health falls to `end_of_life_soh`; 60 means 60 or more."""
        return self.fade(duty).life_years(duty.cycles_per_year, end_of_life_soh)

    def outlook(self, name: str) -> AgeingModel:
        """Return the model as the laboratory gave it ("lab"), or with the field's calendar fade ("field").

        Raises: InputError for another name.
        """
        if name not in OUTLOOKS:
            raise InputError(f"outlook: {name!r} is not one of {', '.join(OUTLOOKS)}")
        lab = self.laboratory or self.capacity
        if name == "lab":
            return replace(self, capacity=lab, laboratory=None)
        scale, exponent = self.card["field"]["calendar_scale"], self.card["field"]["time_exponent"]
        field = replace(lab, calendar_rate=lambda t, s: scale * lab.calendar_rate(t, s), time_exponent=exponent)
        return replace(self, capacity=field, laboratory=lab)

    def warnings(self, duty: Duty) -> list[str]:
        """Return one sentence for each feature of the duty that leaves the model's valid range."""
        sentences = []
        for name, (low, high) in self.valid_range.items():
            values = np.asarray(duty.charging if name == "charge_c_rate" else getattr(duty, name), float)
            if values.min() < low or values.max() > high:
                called, unit = WORDS[name]
                found = " to ".join(f"{value:.3g}" for value in sorted({float(values.min()), float(values.max())}))
                held = (
                    f"{low:g} to {high:g}{unit}, where the {self.chemistry.upper()} model holds; it extrapolates there"
                )
                sentences.append(f"{called}: {found}{unit} leaves {held}")
        return sentences


def _columns(rows: Mapping[str, Any]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the columns that the calendar rate and the cycle rate take, in their order."""
    storage, cycling = (("temperature_c", "soc"), ("temperature_c", *OF_CYCLES))
    return [np.asarray(rows[name]) for name in storage], [np.asarray(rows[name]) for name in cycling]


def load_model(name_or_path: str | Path) -> AgeingModel:
    """Return the model of a chemistry ("lfp", "nmc", ...) or of a path that ends in `.npz`.

    Raises: InputError when artefact or card are missing, damaged or do not belong together.
    """
    arrays, card = read_model(name_or_path)
    try:
        rates = {
            rate: Spline(tuple(said["features"]), tuple(map(tuple, said["spans"])), arrays[rate])
            for rate, said in card["rates"].items()
        }
        capacity = Rates(
            rates["calendar"].rate, rates["cycle"].rate, float(card["time_exponent"]), float(card["cycle_exponent"])
        )
        spans = {name: tuple(span) for name, span in card["valid_range"].items()}
        law = LAWS.get(card["chemistry"])
        return AgeingModel(
            card["chemistry"], capacity, law.resistance if law else None, float(card["interval"]["log_half_width"]),
            spans, card, arrays,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{name_or_path}: card and arrays do not fit together ({error!r}); rebuild with `evplan train`"
        ) from error
