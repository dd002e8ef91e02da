"""What a step is worth: terms in money, weighted as the file says. Every term is linear in what the books say."""

from __future__ import annotations

import numpy as np

from evplan.v2x.site import WorldSite
from evplan.v2x.state import Books

TERMS = ("profit", "shortfall", "overload", "tracking", "voltage")


def terms(site: WorldSite) -> np.ndarray:
    """Return what each term counts of each book, unweighted, shape (terms, books): their product with the books is in money."""
    said: dict[str, dict[str, float]] = {
        "profit": {"paid": 1.0, "energy": -1.0, "demand": -1.0, "wear": -1.0},
        "shortfall": {"short": -site.shortfall_price_per_kwh},
        "overload": {"over": -site.overload_price_per_kwh},
        "tracking": {"astray": -site.tracking_price_per_kwh},
        "voltage": {"sag": -site.voltage_price_per_pu_h},
    }
    return np.array([[said[term].get(book, 0.0) for book in Books._fields] for term in TERMS])


def counts(site: WorldSite) -> np.ndarray:
    """Return what the reward counts of each book, shape (books,)."""
    return site.reward.scale * np.array([getattr(site.reward, term) for term in TERMS]) @ terms(site)


def worth(counted: np.ndarray, books: np.ndarray) -> np.ndarray:
    """Return what a step was worth in every world, shape (worlds,): summed book by book, so that a batch of any size gives the same."""
    total = np.zeros(books.shape[1])
    for k in np.flatnonzero(counted):
        total += counted[k] * books[k]
    return total
