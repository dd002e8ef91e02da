"""Faults of a tariff as a whole: hours without a price, and an export price that pays for buying."""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.instance.tariff import EnergyPrice
from evplan.instance.tree import are_numbers, items

DAY_MINUTES = 24 * 60
STEPS = (5, 10, 15, 20, 30, 60)
CLOCK = re.compile(r"\d\d:[0-5]\d")
DAYS = {"all": ("weekday", "weekend"), "weekday": ("weekday",), "weekend": ("weekend",)}
Span = tuple[int, str, int, int]  # month, kind of day, first minute, minute after the last


def edge_faults(tariff: Any, loc: Loc, step_minutes: Any) -> Iterator[Fault]:
    """Yield each edge of a window that is not the edge of a dispatch step: its hours would be billed wrongly."""
    if step_minutes not in STEPS or not isinstance(tariff, dict):
        return
    for part in ("energy", "demand"):
        for i, line in enumerate(items(tariff, part)):
            for edge in ("start", "end"):
                text = line.get(edge) if isinstance(line, dict) else None
                if isinstance(text, str) and CLOCK.fullmatch(text) and _minute(text) % step_minutes:
                    finer = max(step for step in STEPS if _minute(text) % step == 0 or step == 5)
                    message = f"must lie on a step of {step_minutes} minutes (got {text!r}); set horizon.step_minutes: {finer}"
                    yield Fault((*loc, part, i, edge), message)


def tariff_faults(tariff: Any, loc: Loc) -> Iterator[Fault]:
    """Yield what is wrong with a tariff whose lines are each in order; the schema tells of the others."""
    lines = tariff.get("energy") if isinstance(tariff, dict) else None
    try:
        windows = [EnergyPrice.model_validate(line) for line in lines] if isinstance(lines, list) else []
    except ValidationError:
        return
    if windows:
        prices = _prices(windows)
        yield from _gaps(prices, (*loc, "energy"))
        yield from _export(tariff, prices, loc)


def _prices(windows: list[EnergyPrice]) -> dict[Span, float | None]:
    """Return the price in force in every span of the year between two window edges, None where there is none."""
    edges = sorted({0, DAY_MINUTES, *(_minute(text) for w in windows for text in (w.start, w.end))})
    spans = [(month, day, *ends) for month in range(1, 13) for day in DAYS["all"] for ends in itertools.pairwise(edges)]
    prices: dict[Span, float | None] = dict.fromkeys(spans)
    for window in windows:
        prices.update((span, window.price_per_kwh) for span in spans if _covers(window, span))
    return prices


def _covers(window: EnergyPrice, span: Span) -> bool:
    month, day, first, last = span
    start, end = _minute(window.start), _minute(window.end)
    inside = start <= first and last <= end if start < end else first >= start or last <= end
    return inside and month in window.months and day in DAYS[window.days]


def _minute(text: str) -> int:
    return 60 * int(text[:2]) + int(text[3:])


def _gaps(prices: dict[Span, float | None], loc: Loc) -> Iterator[Fault]:
    gaps = [span for span, price in prices.items() if price is None]
    if gaps:
        month, day, first, last = gaps[0]
        for gap in gaps[1:]:
            if gap[:3] == (month, day, last):
                last = gap[3]
        when = f"on {day}s in {calendar.month_name[month]}, {_clock(first)} to {_clock(last)}"
        yield Fault(loc, f"leaves hours without a price, the first {when}; open the list with a line without a window")


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _export(tariff: dict, prices: dict[Span, float | None], loc: Loc) -> Iterator[Fault]:
    """Yield a fault if energy bought could be sold at a gain: the plan would do nothing else."""
    cheapest = min((price for price in prices.values() if price is not None), default=None)
    export = tariff.get("export_per_kwh", 0)
    if cheapest is None or not are_numbers(export) or export <= max(0, cheapest):
        return
    yield Fault(
        (*loc, "export_per_kwh"),
        f"must be at most the cheapest energy price, {cheapest:g}, or 0 for no export (got {export:g}): "
        "above it a plan would buy energy to sell it without end",
    )
