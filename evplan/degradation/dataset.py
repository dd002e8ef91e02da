"""Draw a Monte Carlo ageing dataset from a published law."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from evplan.degradation.fade import Fade
from evplan.degradation.laws import LAWS, Law
from evplan.errors import InputError
from evplan.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

CELL_SCATTER_SIGMA = 0.05  # assumed: a rate differs by about 5 % between cells of one batch
MAX_YEARS = 20.0  # the longest plan
MAX_CYCLES_PER_DAY = 2.0  # a battery that works morning and evening peaks


def law_named(chemistry: str) -> Law:
    """Return the law of a chemistry.

    Raises: InputError for a chemistry without a law.
    """
    if chemistry not in LAWS:
        raise InputError(f"chemistry: {chemistry!r} has no ageing law; choose one of {', '.join(LAWS)}")
    return LAWS[chemistry]


def monte_carlo(chemistry: str, samples: int = 20000, seed: int = 1) -> pd.DataFrame:
    """Return `samples` ageing cases drawn evenly over the law's range, with cell-to-cell scatter.

    Columns: temperature_c, soc, depth, c_rate, years, cycles_per_day (full equivalent cycles);
    calendar_rate_per_year_p and cycle_rate_per_fec_q (with scatter, each its own);
    capacity_loss (p.u., from those rates, at most 1).
    """
    import pandas as pd

    law = law_named(chemistry)
    random = np.random.default_rng(seed)
    drawn = {name: random.uniform(low, high, samples) for name, (low, high) in law.ranges.items()}
    drawn["years"] = random.uniform(0.0, MAX_YEARS, samples)
    drawn["cycles_per_day"] = random.uniform(0.0, MAX_CYCLES_PER_DAY, samples)
    scatter = random.lognormal(0.0, CELL_SCATTER_SIGMA, (2, samples))
    return pd.DataFrame(drawn | _targets(law, drawn, scatter))


def _targets(law: Law, drawn: dict, scatter: np.ndarray) -> dict:
    """Return what a test of each drawn cell would measure."""
    calendar_rate = law.calendar_rate(drawn["temperature_c"], drawn["soc"]) * scatter[0]
    cycle_rate = law.cycle_rate(drawn["temperature_c"], drawn["depth"], drawn["c_rate"]) * scatter[1]
    fade = Fade(calendar_rate, cycle_rate, law.time_exponent, law.cycle_exponent)
    fec = drawn["cycles_per_day"] * DAYS_PER_YEAR * drawn["years"]
    return {
        "calendar_rate_per_year_p": calendar_rate,
        "cycle_rate_per_fec_q": cycle_rate,
        "capacity_loss": np.minimum(1.0, fade.capacity_loss(drawn["years"], fec)),
    }


def fingerprint(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a dataset written with nine digits.

    Nine, because the last bits of exp() differ between processors.
    """
    text = frame.to_csv(index=False, float_format="%.9g", lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()
