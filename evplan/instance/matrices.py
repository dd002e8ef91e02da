"""Twelve months by twenty-four hours of period numbers, as windows of a tariff."""

from __future__ import annotations

from typing import Any

WHOLE_DAY = ("00:00", "24:00")
Schedule = list[list[int]]  # a row of 24 hours for each month
Window = dict[str, Any]


def windows(schedules: dict[str, Schedule], period: int) -> list[Window]:
    """Return the windows in which a period holds: months of equal hours together, a night as one window."""
    found: dict[tuple[str, str], dict[str, list[int]]] = {}
    for days, rows in schedules.items():
        for month, row in enumerate(rows, start=1):
            for first, after in _runs([p == period for p in row]):
                found.setdefault((f"{first:02d}:00", f"{after:02d}:00"), {}).setdefault(days, []).append(month)
    said = []
    for (start, end), by_days in found.items():
        same = by_days.get("weekday") == by_days.get("weekend")
        for days, months in {"all": by_days["weekday"]}.items() if same else by_days.items():
            window: Window = {} if len(months) == 12 else {"months": months}
            window |= {} if days == "all" else {"days": days}
            said.append(window | ({} if (start, end) == WHOLE_DAY else {"start": start, "end": end}))
    return said


def _runs(holds: list[bool]) -> list[tuple[int, int]]:
    """Return the hours (first, after the last) in which something holds; one that runs past midnight ends before it starts."""
    edges = [hour for hour in range(24) if holds[hour] and (hour == 0 or not holds[hour - 1])]
    runs = []
    for start in edges:
        end = start
        while end < 24 and holds[end]:
            end += 1
        runs.append((start, end))
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == 24:
        runs = [*runs[1:-1], (runs[-1][0], runs[0][1])]
    return runs
