"""Faults inside the catalogue: names that are two, sizes that no battery has, tax schedules that do not add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.instance.tree import are_numbers, is_whole, items, mapping, names_of

OTHERS = ("connection", "solar", "battery")  # what a plan buys beside chargers, by name


def equipment_faults(catalogue: dict, horizon: dict) -> Iterator[Fault]:
    """Yield faults between parts of the catalogue."""
    yield from twins(names_of(items(catalogue, "chargers")), ("catalogue", "chargers"), "charger type")
    for i, entry in enumerate(items(catalogue, "chargers")):
        if isinstance(entry, dict) and entry.get("name") in OTHERS:
            where = ("catalogue", "chargers", i, "name")
            yield Fault(where, f"is what other equipment is called; take another (got {entry['name']!r})")
    yield from _incentives(catalogue)
    battery, loc = mapping(catalogue, "battery"), ("catalogue", "battery")
    low, high = battery.get("soc_min", 0.1), battery.get("soc_max", 0.95)
    yield from _battery_sizes(battery, horizon.get("years", 15), loc)
    yield from _healths(battery, (*loc, "end_of_life_soh"))
    start = battery.get("soc_start")
    if start is not None and are_numbers(low, high, start) and low < high and not low <= start <= high:
        yield Fault((*loc, "soc_start"), f"must be from soc_min = {low:g} to soc_max = {high:g} (got {start:g})")
    if start is not None and (horizon.get("storage_cycle", "month") != "year" or items(horizon, "weeks")):
        yield Fault((*loc, "soc_start"), "needs horizon.storage_cycle: year, and every hour of the year")
    if not are_numbers(low, high) or not 0 <= high <= low <= 1:
        return
    if "soc_max" in battery:
        yield Fault((*loc, "soc_max"), f"must be greater than soc_min = {low:g} (got {high:g})")
    else:
        yield Fault((*loc, "soc_min"), f"must be less than soc_max = {high:g} (got {low:g})")


def _incentives(catalogue: dict) -> Iterator[Fault]:
    """Yield tax schedules that are two, or do not add up, and a cap where none is known."""
    blocks: list[tuple[Loc, dict]] = [
        (("catalogue", "chargers", i), c) for i, c in enumerate(items(catalogue, "chargers")) if isinstance(c, dict)
    ]
    blocks += [(("catalogue", name), mapping(catalogue, name)) for name in ("solar", "battery")]
    for loc, block in blocks:
        own, here = mapping(block, "incentives"), (*loc, "incentives")
        schedule = items(own, "depreciation")
        if schedule and own.get("macrs_years") is not None:
            yield Fault((*here, "depreciation"), "is a schedule of its own; leave macrs_years out")
        if schedule and are_numbers(*schedule) and abs(sum(schedule) - 1) > 1e-6:
            yield Fault((*here, "depreciation"), f"must sum to 1 (got {sum(schedule):.6g})")
        if schedule and own.get("bonus_depreciation"):
            yield Fault(
                (*here, "bonus_depreciation"),
                "cannot stand beside a schedule of its own, which says what the first year takes",
            )
        if own.get("credit_cap") is not None and not own.get("investment_tax_credit"):
            yield Fault((*here, "credit_cap"), "needs investment_tax_credit: there is no credit to cut")
        if own.get("credit_cap") is not None and loc[-1] == "battery":
            yield Fault((*here, "credit_cap"), "is known for chargers and panels only")


def _healths(battery: dict, loc: Loc) -> Iterator[Fault]:
    """Yield states of health that are named twice, or that given years of replacement leave without a meaning."""
    said = items(battery, "end_of_life_soh")
    for j, soh in enumerate(said):
        if soh in said[:j]:
            yield Fault((*loc, j), f"is offered already (got {soh!r} again)")
    if len(said) > 1 and battery.get("replaced_in_years") is not None:
        yield Fault(
            loc, "has no meaning where replaced_in_years says when cells are replaced; leave one of the two out"
        )


def _battery_sizes(battery: dict, years: Any, loc: Loc) -> Iterator[Fault]:
    """Yield durations that no battery has, and replacement years out of order or beyond the plan."""
    least, most, rate = battery.get("min_duration_h", 0), battery.get("max_duration_h"), battery.get("max_c_rate", 1.0)
    if most is not None and are_numbers(least, most) and least > most:
        yield Fault((*loc, "min_duration_h"), f"must be at most max_duration_h = {most:g} (got {least:g})")
    if most is not None and are_numbers(most, rate) and rate > 0 and most < 1 / rate:
        yield Fault((*loc, "max_duration_h"), f"must be at least 1 / max_c_rate = {1 / rate:g} h (got {most:g})")
    again = items(battery, "replaced_in_years")
    if all(is_whole(year) for year in again) and again:
        if again != sorted(set(again)):
            yield Fault((*loc, "replaced_in_years"), f"must ascend (got {again})")
        elif is_whole(years) and again[-1] > years:
            yield Fault((*loc, "replaced_in_years"), f"must be at most horizon.years = {years} (got {again[-1]})")


def twins(names: list[str | None], loc: Loc, noun: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name is not None and name in seen:
            yield Fault((*loc, i, "name"), f"another {noun} is already called {name!r}")
        seen.add(str(name))
