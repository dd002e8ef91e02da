"""The work of made-up sessions: a day's, as the API takes them back."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from evplan.errors import InputError
from evplan.instance.faults import Fault
from evplan.schedule.synthetic import day_of, make
from evplan.web.problem import of_error, of_fault


def synthetic(asked: dict[str, Any]) -> tuple[int, bytes]:
    """Return the status and the sessions of a day, or its problem."""
    try:
        made = make(day_of(**asked))
    except InputError as error:
        return of_error(error, [_fault(line, asked) for line in str(error).splitlines()])
    zone = ZoneInfo(asked["timezone"])

    def local(second: float) -> str:
        return datetime.datetime.fromtimestamp(round(second), zone).isoformat()

    columns = zip(
        made.name.tolist(), made.arrival_s.tolist(), made.departure_s.tolist(), made.energy_kwh.round(3).tolist(), made.max_kw.tolist(),
        made.phases.tolist(), strict=True,
    )  # fmt: skip
    rows = [
        {
            "id": name,
            "arrival": local(come),
            "departure": local(left),
            "energy_kwh": kwh,
            "max_power_kw": kw,
            "phases": phases,
        }
        for name, come, left, kwh, kw, phases in columns
    ]
    return 200, orjson.dumps({"sessions": rows})


def _fault(line: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Return a line that begins with, or names, a field as a fault of it."""
    field = next((name for name in asked if name in line), "query")
    return of_fault(Fault((field,), line.removeprefix(f"{field} ")), {})
