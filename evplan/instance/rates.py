"""Faults of a tariff as a whole: hours without a price, tiers out of order, an export price that pays for buying."""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.instance.tariff import EnergyPrice, ExportPrice, Window
from evplan.instance.tree import are_numbers, items

DAY_MINUTES = 24 * 60
STEPS = (5, 10, 15, 20, 30, 60)
PEAK_HOUR = re.compile(r"(0[1-9]|1[0-2])-\d\d ")
CLOCK = re.compile(r"\d\d:[0-5]\d")
DAYS = {"all": ("weekday", "weekend"), "weekday": ("weekday",), "weekend": ("weekend",)}
Span = tuple[int, str, int, int]  # month, kind of day, first minute, minute after the last


def edge_faults(tariff: Any, loc: Loc, step_minutes: Any) -> Iterator[Fault]:
    """Yield each edge of a window that is not the edge of a dispatch step: its hours would be billed wrongly."""
    if step_minutes not in STEPS or not isinstance(tariff, dict):
        return
    for part in ("energy", "demand", "export"):
        for i, line in enumerate(items(tariff, part)):
            own = [((*loc, part, i), line)]
            for place, window in [
                *own,
                *(((*loc, part, i, "windows", j), w) for j, w in enumerate(items(line, "windows"))),
            ]:
                yield from _edges(window, place, step_minutes)


def _edges(window: Any, loc: Loc, step_minutes: int) -> Iterator[Fault]:
    for edge in ("start", "end"):
        text = window.get(edge) if isinstance(window, dict) else None
        if isinstance(text, str) and CLOCK.fullmatch(text) and _minute(text) % step_minutes:
            finer = max(step for step in STEPS if _minute(text) % step == 0 or step == 5)
            message = f"must lie on a step of {step_minutes} minutes (got {text!r}); set horizon.step_minutes: {finer}"
            yield Fault((*loc, edge), message)


def tariff_faults(tariff: Any, loc: Loc) -> Iterator[Fault]:
    """Yield what is wrong with a tariff whose lines are each in order; the schema tells of the others."""
    if not isinstance(tariff, dict):
        return
    yield from tier_faults(tariff, loc)
    lines, series = tariff.get("energy"), tariff.get("energy_series")
    if lines is None and series is None:
        yield Fault((*loc, "energy"), "is missing: needs energy prices, or energy_series", True)
    if lines is not None and series is not None:
        yield Fault((*loc, "energy_series"), "replaces energy prices; leave out one of them")
    try:
        windows = [EnergyPrice.model_validate(line) for line in lines] if isinstance(lines, list) else []
    except ValidationError:
        return
    if windows:
        prices = _prices(windows)
        yield from _gaps(prices, (*loc, "energy"))
        yield from _export(tariff, prices, loc)
    yield from _combinations(tariff, loc)


def coincident_faults(tariff: Any, loc: Loc, weeks: list) -> Iterator[Fault]:
    """Yield peak hours on days that the planned year does not have."""
    for i, line in enumerate(items(tariff, "coincident")):
        if weeks:
            yield Fault((*loc, "coincident", i), "needs every hour of the year: leave out horizon.weeks")
        for j, hour in enumerate(items(line, "hours")):
            month, day = (int(part) for part in hour[:5].split("-")) if PEAK_HOUR.match(str(hour)) else (1, 1)
            if day > calendar.monthrange(2027, month)[1]:
                yield Fault((*loc, "coincident", i, "hours", j), f"is no day of a year of 365 days (got {hour!r})")


def line_faults(tariff: Any, loc: Loc, years: Any) -> Iterator[Fault]:
    """Yield lines that say in two ways when they apply, and charges that begin after the plan's end."""
    for part in ("energy", "demand"):
        for i, line in enumerate(items(tariff, part)):
            if not isinstance(line, dict):
                continue
            own = [name for name in ("months", "days", "start", "end") if name in line]
            if line.get("windows") is not None and own:
                yield Fault(
                    (*loc, part, i, own[0]), "belongs into the windows: a line with windows has none of its own"
                )
            if line.get("where") is not None and (own or line.get("windows") is not None):
                yield Fault(
                    (*loc, part, i, "where"),
                    "says when the line applies; leave out its windows, months, days and hours",
                )
            first = line.get("from_year")
            if first is not None and are_numbers(first, years) and first > years:
                yield Fault((*loc, part, i, "from_year"), f"must be at most horizon.years = {years} (got {first})")


def _combinations(tariff: dict, loc: Loc) -> Iterator[Fault]:
    """Yield what cannot stand together."""
    contract = tariff.get("contract")
    if isinstance(contract, dict):
        least, most = contract.get("min_kva", 0), contract.get("max_kva")
        if most is not None and are_numbers(least, most) and least > most:
            yield Fault((*loc, "contract", "min_kva"), f"must be at most max_kva = {most:g} (got {least:g})")
    netting = tariff.get("net_metering")
    if netting is not None and tariff.get("energy_series") is not None:
        yield Fault((*loc, "net_metering"), "needs energy lines: a price series has no lines inside which to net")
    if netting is not None and items(tariff, "export"):
        yield Fault(
            (*loc, "export"), "cannot stand beside net_metering, which pays export_per_kwh for what is left over"
        )
    if netting == "year" and tariff.get("minimum_per_month"):
        yield Fault((*loc, "minimum_per_month"), "cannot be billed by month where net_metering is by year")
    if netting == "year" and any(isinstance(line, dict) and line.get("tiers") for line in items(tariff, "energy")):
        yield Fault((*loc, "net_metering"), "by year has no tiers of a month; say month")
    yield from _holidays(tariff.get("holidays"), (*loc, "holidays"))


def _holidays(said: Any, loc: Loc) -> Iterator[Fault]:
    if not isinstance(said, str):
        return
    import holidays

    country, _, part = said.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        yield Fault(
            loc,
            f"no public holidays are known of {country!r}; use an ISO 3166 code such as US, DE-BY or IN, or list dates",
        )
    elif part and part not in known[country]:
        yield Fault(loc, f"{country} has no part {part!r}; it has {', '.join(known[country])}")


def tier_faults(tariff: dict, loc: Loc) -> Iterator[Fault]:
    """Yield lines without exactly one of price and tiers, and tiers that do not rise to one without end."""
    for part, price, end in (("energy", "price_per_kwh", "up_to_kwh"), ("demand", "price_per_kw_month", "up_to_kw")):
        for i, line in enumerate(items(tariff, part)):
            if not isinstance(line, dict):
                continue
            if (line.get(price) is None) == (line.get("tiers") is None):
                both = line.get(price) is not None
                yield Fault((*loc, part, i), f"needs {price} or tiers{', not both' if both else ''}", True)
            ends = [tier.get(end) if isinstance(tier, dict) else None for tier in items(line, "tiers")]
            if ends and ends[-1] is not None:
                yield Fault(
                    (*loc, part, i, "tiers", len(ends) - 1, end), f"must be left out of the last tier (got {ends[-1]})"
                )
            inner = [x for x in ends[:-1] if x is not None]
            if None in ends[:-1]:
                yield Fault(
                    (*loc, part, i, "tiers", ends.index(None)), f"needs {end}: only the last tier has no end", True
                )
            elif are_numbers(*inner) and inner != sorted(set(inner)):
                yield Fault(
                    (*loc, part, i, "tiers"), f"must have ends that rise (got {', '.join(f'{x:g}' for x in inner)})"
                )
            if part == "demand" and _backwards(line):
                message = f"must not be before from_year = {line.get('from_year', 1)} (got {line['until_year']})"
                yield Fault((*loc, part, i, "until_year"), message)


def _backwards(line: dict) -> bool:
    first, last = line.get("from_year", 1), line.get("until_year")
    return are_numbers(first, last) and last < first


def _prices(windows: list[EnergyPrice]) -> dict[Span, float | None]:
    """Return the least price in force in every span of the year between two window edges, None where there is none."""
    every = [window for line in windows for window in line.all_windows]
    edges = sorted({0, DAY_MINUTES, *(_minute(text) for w in every for text in (w.start, w.end))})
    spans = [(month, day, *ends) for month in range(1, 13) for day in DAYS["all"] for ends in itertools.pairwise(edges)]
    prices: dict[Span, float | None] = dict.fromkeys(spans)
    for line in windows:
        inside = (span for span in spans if any(_covers(window, span) for window in line.all_windows))
        prices.update((span, min(line.prices)) for span in inside)
    return prices


def _covers(window: Window, span: Span) -> bool:
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
    """Yield a fault if energy bought could be sold at a gain in the same hour: the plan would do nothing else."""
    try:
        lines = [ExportPrice.model_validate(line) for line in items(tariff, "export")]
    except ValidationError:
        return
    export = tariff.get("export_per_kwh", 0)
    known = {span: price for span, price in prices.items() if price is not None}
    if not known or not are_numbers(export):
        return
    cheapest = min(known.values())
    if export > max(0, cheapest):
        yield Fault((*loc, "export_per_kwh"), _above(cheapest, export))
    for i, line in enumerate(lines):
        least = min((price for span, price in known.items() if _meets(line, span)), default=line.price_per_kwh)
        if line.price_per_kwh > max(0, least):
            yield Fault((*loc, "export", i, "price_per_kwh"), _above(least, line.price_per_kwh))


def _above(cheapest: float, export: float) -> str:
    return (
        f"must be at most the cheapest energy price, {cheapest:g}, or 0 for no export (got {export:g}): "
        "above it a plan would buy energy to sell it without end"
    )


def _meets(window: Window, span: Span) -> bool:
    """Return whether a window shares a minute with a span."""
    month, day, first, last = span
    start, end = _minute(window.start), _minute(window.end)
    parts = [(start, end)] if start < end else [(start, DAY_MINUTES), (0, end)]
    shares = any(max(first, a) < min(last, b) for a, b in parts)
    return shares and month in window.months and day in DAYS[window.days]
