"""Load a trained ageing model and ask it for rates, state of health and life."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import Fade, mean_rate
from evplan.degradation.regression import predict_rate
from evplan.errors import InputError
from evplan.paths import models_dir

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

REBUILD = "rebuild it with `evplan train`"
WORDS = {
    "temperature_c": ("cell temperature", " °C"),
    "soc": ("mean state of charge", ""),
    "depth": ("depth of cycle", ""),
    "c_rate": ("C-rate", " 1/h"),
    "cycles_per_year": ("cycles per year", ""),
}  # what a feature is called where people read it, and its unit


@dataclass(frozen=True)
class AgeingModel:
    """A trained ageing model. All methods take scalars or arrays unless they take a duty."""

    chemistry: str
    calendar_regressor: Pipeline
    cycle_regressor: Pipeline
    time_exponent: float
    cycle_exponent: float
    valid_range: Mapping[str, tuple[float, float]]
    card: Mapping[str, Any]

    def calendar_rate(self, temperature_c, soc):
        """Return the calendar rate, p.u. per year^time_exponent."""
        return predict_rate(self.calendar_regressor, temperature_c, soc)

    def cycle_rate(self, temperature_c, depth, c_rate):
        """Return the cycle rate, p.u. per fec^cycle_exponent."""
        return predict_rate(self.cycle_regressor, temperature_c, depth, c_rate)

    def state_of_health(self, years, cycles_per_year, calendar_rate, cycle_rate):
        """Return the remaining capacity, p.u., after `years` at these rates."""
        fade = Fade(calendar_rate, cycle_rate, self.time_exponent, self.cycle_exponent)
        return fade.state_of_health(years, np.multiply(cycles_per_year, years))

    def fade(self, duty: Duty) -> Fade:
        """Return the fade of a battery under one duty, its hours of temperature folded into one rate."""
        calendar_rates = self.calendar_rate(duty.temperature_c, duty.soc)
        cycle_rates = self.cycle_rate(duty.temperature_c, duty.depth, duty.c_rate)
        return Fade(
            float(mean_rate(calendar_rates, self.time_exponent)),
            float(mean_rate(cycle_rates, self.cycle_exponent)),
            self.time_exponent,
            self.cycle_exponent,
        )

    def life_years(self, duty: Duty, end_of_life_soh: float) -> float:
        """Return the years until the state of health falls to `end_of_life_soh`; 60 means 60 or more."""
        return self.fade(duty).life_years(duty.cycles_per_year, end_of_life_soh)

    def warnings(self, duty: Duty) -> list[str]:
        """Return one sentence for each feature of the duty that leaves the model's valid range."""
        sentences = []
        for name, (low, high) in self.valid_range.items():
            values = np.asarray(getattr(duty, name), float)
            if values.min() < low or values.max() > high:
                called, unit = WORDS.get(name, (name, ""))
                found = " to ".join(f"{value:.3g}" for value in sorted({float(values.min()), float(values.max())}))
                held = (
                    f"{low:g} to {high:g}{unit}, where the {self.chemistry.upper()} model holds; it extrapolates there"
                )
                sentences.append(f"{called}: {found}{unit} leaves {held}")
        return sentences


def load_model(name_or_path: str | Path) -> AgeingModel:
    """Return the model of a chemistry ("lfp", "nmc") or of a path that ends in `.joblib`.

    The artefact is compared with the SHA-256 on its card before anything in it is run. That stops
    damage and mixed-up files; it does not make a stranger's model and card safe to load.

    Raises: InputError when artefact or card are missing, damaged or do not belong together.
    """
    path = Path(name_or_path)
    if path.suffix != ".joblib":
        path = models_dir() / f"{name_or_path}.joblib"
    card = read_card(path)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card["artefact_sha256"]:
        raise InputError(f"{path}: is not the model its card describes (SHA-256 differs); {REBUILD}")
    return _assemble(content, card)


def read_card(path: Path) -> dict:
    """Return the card beside an artefact.

    Raises: InputError when either file is missing or the card is damaged.
    """
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in models_dir().glob("*.joblib"))) or "none"
        raise InputError(f"{path}: no such ageing model (trained: {known}); {REBUILD}")
    card_path = path.with_suffix(".json")
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        missing = {"artefact_sha256", "chemistry", "time_exponent", "cycle_exponent", "valid_range"} - set(card)
    except (OSError, ValueError) as error:
        raise InputError(f"{card_path}: the model's card cannot be read ({error}); {REBUILD}") from error
    if missing:
        raise InputError(f"{card_path}: the model's card lacks {', '.join(sorted(missing))}; {REBUILD}")
    return card


def _assemble(content: bytes, card: dict) -> AgeingModel:
    """Return the model held in verified bytes."""
    import joblib

    regressors = joblib.load(io.BytesIO(content))
    return AgeingModel(
        card["chemistry"],
        regressors["calendar"],
        regressors["cycle"],
        card["time_exponent"],
        card["cycle_exponent"],
        {name: tuple(span) for name, span in card["valid_range"].items()},
        card,
    )
