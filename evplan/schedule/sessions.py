"""Charging sessions: who comes when, leaves when, and wants how much; from tables and from the forms of ACN-Data and OCPI."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

HOUR_S = 3600.0


@dataclass(frozen=True)
class Sessions:
    """Sessions, shape (sessions,) each, in the order of their file.

    name : of each.  arrival_s, departure_s : seconds since 1970 (UTC).  energy_kwh : into the battery.
    max_kw, min_kw : drawn from the site while it charges.  priority : above 0, 1 is usual.  phases : 1 or 3.
    phase : 1, 2 or 3 of a one-phase session, 0 where it is not said.  charger : name of a charge point that is shared, or empty.
    left_s : when each really left, for replays.
    gives : whether it may give back.  battery_kwh, arrival_soc : NaN where they are not known.
    """

    name: np.ndarray
    arrival_s: np.ndarray
    departure_s: np.ndarray
    energy_kwh: np.ndarray
    max_kw: np.ndarray
    min_kw: np.ndarray
    priority: np.ndarray
    phases: np.ndarray
    phase: np.ndarray
    charger: np.ndarray
    gives: np.ndarray
    battery_kwh: np.ndarray
    arrival_soc: np.ndarray
    left_s: np.ndarray

    def __len__(self) -> int:
        return len(self.name)

    @property
    def stay_h(self) -> np.ndarray:
        """Return how long each stays, h."""
        return (self.departure_s - self.arrival_s) / HOUR_S

    def of(self, chosen: np.ndarray) -> Sessions:
        """Return some of the sessions. chosen : mask or places."""
        return Sessions(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def joined(one: Sessions, two: Sessions) -> Sessions:
    """Return the sessions of both, one's first."""
    return Sessions(**{
        field.name: np.concatenate([getattr(one, field.name), getattr(two, field.name)]) for field in fields(Sessions)
    })  # fmt: skip
