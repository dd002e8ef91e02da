"""What no schedule needs and arithmetic cannot bear: numbers beyond any site's, days beyond any calendar's use."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from evplan.errors import InputError
from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.schedule.sessions import Sessions

MOST = 1e7  # kW, kWh, money: a site with more is a slip
LEAST_STEP = 1e-12  # numbers nearer to 0 are 0, or a slip
FIRST, LAST = datetime.datetime(1990, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
DAYS = f"must lie between {FIRST:%Y} and {LAST:%Y}"


def extremes(node: Any, loc: Loc = ()) -> Iterator[Fault]:
    """Yield a fault for every number of a tree that is too large or too small to be meant."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from extremes(value, (*loc, key))
    elif isinstance(node, (list, tuple)):
        for i, value in enumerate(node):
            yield from extremes(value, (*loc, i))
    elif isinstance(node, (int, float)) and not isinstance(node, bool) and node and not LEAST_STEP <= abs(node) <= MOST:
        yield Fault(loc, f"must be at most {MOST:g} in size, and 0 or at least {LEAST_STEP:g} (got {node:g})")


def beyond(moments: dict[str, datetime.datetime | None]) -> Iterator[Fault]:
    """Yield a fault for every moment that no calendar knows. moments : by dotted field; local where they have no offset."""
    for field, moment in moments.items():
        if (
            moment is not None
            and not FIRST <= (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)) <= LAST
        ):
            yield Fault(tuple(field.split(".")), f"{DAYS} (got {moment.isoformat()})")


def require_known_days(sessions: Sessions) -> None:
    """Raise `InputError` for sessions on days that no calendar knows."""
    if sessions.arrival_s.min() < FIRST.timestamp() or sessions.departure_s.max() > LAST.timestamp():
        raise InputError(f"sessions: arrivals and departures {DAYS}")
