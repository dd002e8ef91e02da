"""What became of worlds under a policy: energy, money, drivers, transformers; one row for each world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evplan.v2x.program.problem import Prices
from evplan.v2x.record import Record
from evplan.v2x.state import Books, Outcome
from evplan.v2x.stays import Stays

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Became:
    """What became of worlds. books : summed over the episode.  peak_kw : highest net power of any transformer, shape (worlds,).

    peaks : by transformer, shape (worlds, transformers).  seconds : of the policy and the worlds together.
    lowest_pu : voltage of any bus in any step, shape (worlds,), infinite without a feeder.
    """

    policy: str
    seeds: np.ndarray
    books: Books
    outcome: Outcome
    stays: Stays
    refused: np.ndarray
    peaks: np.ndarray
    seconds: float
    bounds: np.ndarray | None = None
    record: Record | None = None
    lowest_pu: np.ndarray | None = None


def served_share(stays: Stays, outcome: Outcome) -> np.ndarray:
    """Return the part of its wish that each vehicle left with, in [0, 1]; NaN where there is none, shape (worlds, stays)."""
    wish = stays.target - stays.came
    share = np.where(wish > 0, (outcome.left - stays.came) / np.where(wish > 0, wish, 1.0), 1.0)
    return np.where(stays.there, np.clip(share, 0.0, 1.0), np.nan)


def cost_of(books: Books, prices: Prices) -> np.ndarray:
    """Return what everything costs, less what drivers pay, shape (worlds,): what the optimum is least in."""
    return books.energy + books.demand + books.wear + prices.short * books.short + prices.over * books.over - books.paid


def table(became: Became, prices: Prices, kg_per_kwh: float) -> pd.DataFrame:
    """Return one row for each world."""
    import pandas as pd

    books, share = became.books, served_share(became.stays, became.outcome)
    each = [row[~np.isnan(row)] for row in share]
    return pd.DataFrame({
        "policy": became.policy,
        "seed": became.seeds,
        "vehicles": became.stays.there.sum(axis=1),
        "refused": became.refused,
        "charged_kwh": books.drawn,
        "given_kwh": books.given,
        "lost_kwh": books.lost,
        "bought_kwh": books.bought,
        "sold_kwh": books.sold,
        "energy_cost": books.energy,
        "demand_cost": books.demand,
        "wear_cost": books.wear,
        "revenue": books.paid,
        "profit": books.paid - books.energy - books.demand - books.wear,
        "short_kwh": books.short,
        "satisfaction": [own.mean() if len(own) else 1.0 for own in each],
        "satisfaction_least": [own.min() if len(own) else 1.0 for own in each],
        "satisfaction_p10": [np.quantile(own, 0.1) if len(own) else 1.0 for own in each],
        "over_kwh": books.over,
        "astray_kwh": books.astray,
        "peak_kw": became.peaks.max(axis=1),
        "sag_pu_h": books.sag,
        "lowest_pu": np.nan if became.lowest_pu is None else np.where(np.isfinite(became.lowest_pu), became.lowest_pu, np.nan),
        "co2_kg": kg_per_kwh * (books.bought - books.sold),
        "cost": cost_of(books, prices),
        "bound": np.nan if became.bounds is None else became.bounds,
    })  # fmt: skip
