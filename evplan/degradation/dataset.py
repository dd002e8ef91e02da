"""Draw a Monte Carlo ageing dataset from a published law.

Every row is a battery: its duty, its age, and what a test of it would measure. Duties are drawn from
data/degradation/monte_carlo.yaml, beta distributions over the range in which the law was tested.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.degradation.fade import Fade
from evplan.degradation.laws import Law, law_named
from evplan.errors import InputError
from evplan.paths import data_dir
from evplan.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

FEATURES = ("temperature_c", "soc", "depth", "c_rate", "charge_c_rate", "years", "cycles_per_day")
KEYS = {"samples", "seed", "cell_scatter_sigma", "fleet_scatter_sigma", "features"}
BEYOND = 0.2  # of a range's width: how far outside it the error out of range is measured
PHYSICAL = {
    "temperature_c": (-40.0, 80.0), "soc": (0.0, 1.0), "depth": (0.02, 1.0), "c_rate": (0.05, 10.0),
    "charge_c_rate": (0.05, 10.0), "years": (0.0, 60.0), "cycles_per_day": (0.0, 10.0),
}  # fmt: skip


@dataclass(frozen=True)
class Distributions:
    """What a dataset is drawn from.

    shapes : the two parameters of each feature's beta distribution; (1, 1) is uniform.
    spans : ranges of the features that no law limits, years and cycles_per_day.
    """

    samples: int
    seed: int
    cell_scatter_sigma: float
    fleet_scatter_sigma: float
    shapes: Mapping[str, tuple[float, float]]
    spans: Mapping[str, tuple[float, float]]

    def ranges(self, law: Law) -> dict[str, tuple[float, float]]:
        """Return the range of every feature."""
        spans = {name: self.spans.get(name) or law.ranges[name] for name in FEATURES}
        return {name: (float(low), float(high)) for name, (low, high) in spans.items()}


def read_distributions(path: Path | None = None) -> Distributions:
    """Return the distributions in a YAML file; left out, the shipped ones. Raises `InputError` for a faulty file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path = path or data_dir() / "degradation" / "monte_carlo.yaml"
    try:
        found = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        return _distributions(found)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        wanted = (
            f"needs {', '.join(sorted(KEYS))}; features: NAME: {{beta: [a, b], low, high}} for {', '.join(FEATURES)}"
        )
        raise InputError(f"{path}: {wanted} ({error})") from None


def _distributions(found: Mapping[str, Any]) -> Distributions:
    """Return checked distributions; raise ValueError, KeyError or TypeError for faulty ones."""
    for where, names, wanted in (("the file", set(found), KEYS), ("features", set(found["features"]), set(FEATURES))):
        if names != wanted:
            missing, unknown = sorted(wanted - names), sorted(map(str, names - wanted))
            raise ValueError(f"{where}: missing {', '.join(missing) or 'none'}; unknown {', '.join(unknown) or 'none'}")
    shapes, spans = {}, {}
    for name, said in found["features"].items():
        shapes[name] = (float(said["beta"][0]), float(said["beta"][1]))
        if min(shapes[name]) <= 0:
            raise ValueError(f"{name}: beta must be above 0")
        if "low" in said or name in ("years", "cycles_per_day"):
            spans[name] = (float(said["low"]), float(said["high"]))
            least, most = PHYSICAL[name]
            if not least <= spans[name][0] < spans[name][1] <= most:
                raise ValueError(f"{name}: low must be below high, both within {least:g} to {most:g}")
    sigmas = float(found["cell_scatter_sigma"]), float(found["fleet_scatter_sigma"])
    if min(sigmas) < 0:
        raise ValueError("a sigma is below 0")
    return Distributions(int(found["samples"]), int(found["seed"]), *sigmas, shapes, spans)


def monte_carlo(
    chemistry: str, samples: int | None = None, seed: int | None = None, drawn_from: Distributions | None = None
) -> pd.DataFrame:
    """Return batteries of one chemistry, one a row; samples and seed, if given, replace the file's.

    Columns: the features; calendar_rate (p.u. per year^p) and cycle_rate (p.u. per fec^q) as a test of the cell would
    give them, each with cell-to-cell scatter; capacity_loss of that cell; fleet_loss of a battery in service, which
    scatters more (both p.u., at most 1).
    """
    drawn_from = drawn_from or read_distributions()
    law = law_named(chemistry)
    random = np.random.default_rng(drawn_from.seed if seed is None else seed)
    samples = drawn_from.samples if samples is None else samples
    drawn = {
        name: low + (high - low) * random.beta(*drawn_from.shapes[name], samples)
        for name, (low, high) in drawn_from.ranges(law).items()
    }
    return _measured(law, drawn, drawn_from, random)


def beyond_range(chemistry: str, samples: int, seed: int, drawn_from: Distributions | None = None) -> pd.DataFrame:
    """Return batteries with a feature outside the range, by up to a fifth of its width or as far as physics goes."""
    drawn_from = drawn_from or read_distributions()
    law, random, drawn = law_named(chemistry), np.random.default_rng(seed), {}
    outside = np.zeros(samples, bool)
    for name, (low, high) in drawn_from.ranges(law).items():
        width = BEYOND * (high - low)
        drawn[name] = random.uniform(max(low - width, PHYSICAL[name][0]), min(high + width, PHYSICAL[name][1]), samples)
        outside |= (drawn[name] < low) | (drawn[name] > high)
    return _measured(law, {name: values[outside] for name, values in drawn.items()}, drawn_from, random)


def _measured(law: Law, drawn: dict[str, np.ndarray], drawn_from: Distributions, random: Any) -> pd.DataFrame:
    """Return drawn batteries with what a test of each would measure."""
    import pandas as pd

    samples = len(drawn["years"])
    scatter = random.lognormal(0.0, drawn_from.cell_scatter_sigma, (2, samples))
    in_service = random.lognormal(0.0, drawn_from.fleet_scatter_sigma, samples)
    calendar_rate = calendar_rates(law, drawn) * scatter[0]
    cycle_rate = cycle_rates(law, drawn) * scatter[1]
    loss = loss_of(law, calendar_rate, cycle_rate, drawn)
    measured = {
        "calendar_rate": calendar_rate,
        "cycle_rate": cycle_rate,
        "capacity_loss": np.minimum(1.0, loss),
        "fleet_loss": np.minimum(1.0, loss * in_service),
    }
    return pd.DataFrame(drawn | measured)


def calendar_rates(law: Law, rows: Mapping[str, Any]) -> np.ndarray:
    """Return the law's calendar rate of every row, without scatter."""
    return law.capacity.calendar_rate(*(np.asarray(rows[name]) for name in ("temperature_c", "soc")))


def cycle_rates(law: Law, rows: Mapping[str, Any]) -> np.ndarray:
    """Return the law's cycle rate of every row, without scatter."""
    names = ("temperature_c", "depth", "c_rate", "charge_c_rate")
    return law.capacity.cycle_rate(*(np.asarray(rows[name]) for name in names))


def loss_of(law: Law, calendar_rate: Any, cycle_rate: Any, rows: Mapping[str, Any]) -> np.ndarray:
    """Return the capacity that every row has lost at these rates, p.u."""
    fade = Fade(calendar_rate, cycle_rate, law.capacity.time_exponent, law.capacity.cycle_exponent)
    years = np.asarray(rows["years"])
    return fade.capacity_loss(years, years * DAYS_PER_YEAR * np.asarray(rows["cycles_per_day"]))


def fingerprint(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a dataset written with nine digits.

    Nine, because the last bits of exp() differ between processors.
    """
    text = frame.to_csv(index=False, float_format="%.9g", lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()
