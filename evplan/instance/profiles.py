"""Arrival profiles from data/profiles/: hour-of-day shapes of charging demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from evplan.instance.source import plain, read_source
from evplan.paths import data_dir


@dataclass(frozen=True)
class ArrivalProfile:
    """Shares of a day's energy by hour (24 values that sum to 1), and weekend energy over weekday energy."""

    weekday: tuple[float, ...]
    weekend: tuple[float, ...]
    weekend_factor: float
    source: str


@cache
def _profiles() -> dict[str, ArrivalProfile]:
    tree = plain(read_source(data_dir() / "profiles" / "arrivals.yaml").tree)
    return {
        name: ArrivalProfile(
            tuple(p["weekday"]), tuple(p["weekend"]), p["weekend_factor"], p.get("source", tree["source"])
        )
        for name, p in tree["profiles"].items()
    }


def profile_names() -> list[str]:
    """Return the names of the shipped arrival profiles."""
    return list(_profiles())


def arrival_profile(name: str) -> ArrivalProfile:
    """Return a shipped arrival profile by name (the reader has checked that it exists)."""
    return _profiles()[name]
