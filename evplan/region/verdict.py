"""What becomes of a region, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evplan.region.tables import READY, REFUSED, SUPPORTED, WAITS
from evplan.report import words


def verdict(said: dict[str, Any]) -> tuple[str, ...]:
    """Return in a few sentences how big, where, when, whether it pays, and what support it takes."""
    states, money = said["states"], said["currency"]
    sums = {
        name: sum(row[name] for row in said["settings"])
        for name in ("capex", "npv_first_year", "grants", "served_kwh", "adds_kwh")
    }
    itself = "itself" if states[READY] == 1 else "themselves"
    first = (
        f"Of {said['stations']} stations that siting builds in {len(said['phases'])} phases, {_do(states[READY], 'pay')} by {itself} and "
        f"{states[SUPPORTED]} with grants of {words.number(sums['grants'], money)} together; {_do(states[WAITS], 'wait')} for support and "
        f"{states[REFUSED]} cannot be planned."
    )
    second = (
        f"Those that are built cost {words.number(sums['capex'], money)}, serve {sums['served_kwh'] / 1000:,.0f} MWh in their first years "
        f"({sums['adds_kwh'] / 1000:,.0f} MWh of it new), "
        f"and are worth {words.number(sums['npv_first_year'], money)} in {said['first_year']}, in its prices and without grants."
    )
    return (first, second, *_lacking(said))


def _lacking(said: dict[str, Any]) -> Iterator[str]:
    """Yield what would make those that wait pay: money, or other rules where these give them none."""
    waits, money, barred, pot = said["states"][WAITS], said["currency"], said["barred"], said["pot"]
    if (others := waits - barred["stations"]) > 0:
        more = words.number(said["more_for_all"], money)
        yield f"{more} more{' in the pot, early enough,' if pot is not None else ''} would make {_do(others, 'that wait')} pay, too."
    if barred["stations"]:
        adds = ", and what they add" if pot["favours"] == "energy" else ""
        yield (
            f"{barred['stations']} may have no grant by the rules of the pot (its settings, at most {pot['most_share']:.0%} of "
            f"construction{adds}): {'it lacks' if barred['stations'] == 1 else 'they lack'} {words.number(barred['grants'], money)}."
        )


def urban_rural(said: dict[str, Any]) -> list[str]:
    """Return sentences that set urban stations beside rural ones."""
    money, told = said["currency"], []
    for row in said["settings"]:
        if not row["stations"]:
            told.append(f"No station is {row['setting']}.")
            continue
        built = row[READY] + row[SUPPORTED]
        cost = (
            f", at {row['lcoc_per_kwh']:.3f} {money} a kWh at new stations"
            if built and row["lcoc_per_kwh"] is not None
            else ""
        )
        lacks = f" {_do(row[WAITS], 'wait')} for {words.number(row['grants_lacking'], money)}." if row[WAITS] else ""
        told.append(
            f"{row['setting'].capitalize()}: {built} of {row['stations']} stations {'is' if built == 1 else 'are'} built{cost}; "
            f"{_do(row[READY], 'need')} no support, {_do(row[SUPPORTED], 'get')} {words.number(row['grants'], money)}.{lacks}"
        )
    return told


def _do(count: int, verb: str) -> str:
    """Return how many do something, the verb in the right number."""
    return f"{count} {verb}{'s' * (count == 1)}"
