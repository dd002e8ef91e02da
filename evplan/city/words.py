"""One vehicle in plain words: what may be said of it, and the class, climate, traffic and charging that the words stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from evplan.city.ageing import DISTANCE, ENERGY, Wear, wear
from evplan.city.read import shipped_cities
from evplan.city.study import Fleet, Place, VehicleClass
from evplan.city.weather import hourly_weather
from evplan.degradation.laws import LAWS
from evplan.degradation.plain import Question, question
from evplan.errors import InputError
from evplan.instance.suggest import did_you_mean

CLIMATES = {
    "cold": "toronto",
    "cool": "berlin",
    "mild": "london",
    "warm": "madrid",
    "hot": "dubai",
    "tropical": "singapore",
}
CHARGING = {"slow": 0.0, "mixed": 0.2, "fast": 0.7}  # share of energy from fast chargers
SEED = 1  # of the hours of a climate
NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Choice:
    """One thing to know that a word alone answers. words : what each stands for, which may be the word itself."""

    name: str
    asked: str
    words: Mapping[str, str]
    usual: str

    def answer(self, said: str) -> str:
        """Return what a word stands for; raise `InputError` for any other."""
        text = said.strip().lower()
        if text not in self.words:
            near = did_you_mean(text, self.words)
            raise InputError(
                f"{self.name}: {said!r} is none of them{near if 'known' not in near else f': {self.offered}'}"
            )
        return self.words[text]

    @property
    def offered(self) -> str:
        """Return the words, with what they stand for."""
        return ", ".join(word if word == meant else f"{word} ({meant})" for word, meant in self.words.items())


def _choice(name: str, asked: str, usual: str, words: Mapping[str, str]) -> Choice:
    return Choice(name, asked, MappingProxyType(dict(words)), usual)


def _number(
    name: str, asked: str, unit: str, usual: str, low: float, high: float, words: Mapping[str, float] = NOTHING
) -> Question:
    return Question(name, asked, unit, MappingProxyType(dict(words)), usual, low, high)


@cache
def asked_first() -> tuple[Choice | Question, ...]:
    """Return what is asked of a vehicle at the keyboard."""
    return (
        _choice("climate", "In what climate is it driven", "warm", CLIMATES | {name: name for name in sorted(shipped_cities())}),
        _choice("usage", "How is it used", "average", {word: word for word in DISTANCE}),
        _choice("traffic", "In what traffic", "normal", {word: word for word in ENERGY}),
        _number("charging", "How much of its energy comes from fast chargers", "", "mixed", 0, 1, CHARGING),
        _number("age", "How old is it", "years", "new", 0, 30, {"new": 0, "used": 5, "old": 10}),
    )  # fmt: skip


@cache
def features() -> tuple[Choice | Question, ...]:
    """Return everything that may be said of a vehicle, what is asked first."""
    return (
        *asked_first(),
        _choice("chemistry", "What are its cells", "nmc", {name: name for name in LAWS}),
        _number("health_today", "What state of health does it show", "", "", 0.45, 1),
        _number("battery_kwh", "How large was its battery when new", "kWh", "60", 1, 2000),
        _number("kwh_per_km", "What does it take per km", "kWh/km", "0.17", 0.01, 10),
        _number("km_per_year", "How far does such a vehicle go in average use", "km", "12000", 1, 500_000),
        replace(question("soc"), usual="0.6"),
        replace(question("depth"), usual="half"),
    )


@dataclass(frozen=True)
class Described:
    """One vehicle. fast : share of its energy from fast chargers.  health_today : measured, or None."""

    place: Place
    vehicle: VehicleClass
    fleet: Fleet
    fast: float
    age_years: float
    health_today: float | None

    @property
    def wear(self) -> Wear:
        """Return what its use does to its battery."""
        return wear(self.vehicle, self.fleet, air_of(self.place), self.fast)


def described(said: Mapping[str, Any], outlook: Literal["lab", "field"] = "field") -> Described:
    """Return the vehicle that words stand for; what is left out (None) is the usual. Raises: InputError for every fault at once."""
    meant: dict[str, Any] = {}
    faults: list[str] = []
    for one in features():
        text = said.get(one.name)
        text = one.usual if text is None else str(text)
        try:
            meant[one.name] = one.answer(text) if text else None
        except InputError as error:
            faults.append(str(error))
    if meant.get("health_today") is not None and meant.get("age") == 0:
        faults.append("health_today: a new vehicle has all of its health; say its age too")
    if faults:
        raise InputError("\n".join(faults))
    vehicle = VehicleClass(
        name="vehicle", share=1.0, use=meant["usage"], chemistry=meant["chemistry"], mean_soc=meant["soc"], depth=meant["depth"],
        battery_kwh=meant["battery_kwh"], kwh_per_km=meant["kwh_per_km"], km_per_year=meant["km_per_year"],
    )  # fmt: skip
    fleet = Fleet(classes=(vehicle,), traffic=meant["traffic"], ageing_outlook=outlook)
    place = Place.model_validate(shipped_cities()[meant["climate"]])
    return Described(place, vehicle, fleet, meant["charging"], meant["age"], meant["health_today"])


@cache
def _air(name: str) -> np.ndarray:
    return hourly_weather(Place.model_validate(shipped_cities()[name]), SEED).air_c


def air_of(place: Place) -> np.ndarray:
    """Return the hourly air temperature of a shipped city, °C, shape (8760,)."""
    return _air(place.name)
