"""The site as a form: which inputs there are, and the schedule file that their values say."""

from __future__ import annotations

import datetime
import re
from typing import Any

from evplan.errors import InputError

NUMBERS = {
    "limit_kw": ("Capacity", 100.0, "kW"),
    "power_kw": ("Power of a charge point", 11.0, "kW"),
    "efficiency": ("Efficiency of charging", 0.92, "0.5 to 1"),
    "off_peak": ("Off-peak price", 0.12, "per kWh"),
    "peak": ("Peak price", 0.30, "per kWh"),
    "demand": ("Demand charge", 12.0, "per kW and month"),
    "peak_so_far_kw": ("Month's peak so far", 0.0, "kW"),
    "load_kw": ("Building load", 0.0, "kW"),
    "shortfall": ("Price of a kWh that a driver lacks", 100.0, "per kWh"),
    "co2": ("CO2 of energy from the grid", 0.25, "kg per kWh"),
}
TEXTS = {
    "peak_start": ("Peak begins", "16:00"),
    "peak_end": ("Peak ends", "21:00"),
    "timezone": ("Time zone", "UTC"),
    "currency": ("Currency", "USD"),
}
DAYS = {"weekday": "weekdays", "all": "every day"}
STEPS = {"5": "5 min", "15": "15 min", "30": "30 min", "60": "60 min"}
FIELDS = (*NUMBERS, *TEXTS, "peak_days", "step_minutes", "prices", "prices_begin")
BETWEEN = re.compile(r"[\s;]+")  # no comma: in half of the world it is the decimal mark


def site_of(said: dict[str, Any]) -> dict[str, Any]:
    """Return the schedule file that a form says, as a tree. said : values by FIELDS.

    Raises: InputError naming every input that holds no number.
    """
    empty = [
        f"{label}: must be a number"
        for name, (label, _, _) in NUMBERS.items()
        if not isinstance(said[name], (int, float))
    ]
    prices, bad = _values(said["prices"] or "")
    if faults := empty + [
        f"Hourly prices: must hold numbers, with decimal points and spaces between (got {one[:40]!r})"
        for one in bad[:3]
    ]:
        raise InputError("\n".join(faults))
    number = {name: float(said[name]) for name in NUMBERS}
    tree: dict[str, Any] = {
        "kind": "schedule", "format": 1, "timezone": said["timezone"] or "", "step_minutes": int(said["step_minutes"]),
        "currency": said["currency"] or "", "connection": {"limit_kw": number["limit_kw"]},
        "chargers": {"power_kw": number["power_kw"], "efficiency": number["efficiency"]},
        "tariff": {"energy": _energy(said, number), "demand": _demand(number["demand"])},
        "peak_so_far_kw": number["peak_so_far_kw"], "load_kw": number["load_kw"], "grid_kg_per_kwh": number["co2"],
        "shortfall_price_per_kwh": number["shortfall"],
    }  # fmt: skip
    if prices:
        tree["prices"] = {"values": prices, "minutes": 60}
        if said["prices_begin"]:
            tree["prices"]["begin"] = said["prices_begin"].strip()
    return tree


def _energy(said: dict[str, Any], number: dict[str, float]) -> list[dict[str, Any]]:
    """Return the lines of energy prices: off peak, and inside the peak's hours where it has any."""
    begin, end = (said["peak_start"] or "").strip(), (said["peak_end"] or "").strip()
    lines: list[dict[str, Any]] = [{"price_per_kwh": number["off_peak"]}]
    if begin or end:
        lines.append({"price_per_kwh": number["peak"], "days": said["peak_days"], "start": begin, "end": end})
    return lines


def _demand(price: float) -> list[dict[str, float]]:
    return [{"price_per_kw_month": price}] if price else []


def _values(text: str) -> tuple[list[float], list[str]]:
    """Return the numbers of a text, and what in it is none."""
    found, bad = list[float](), list[str]()
    for word in filter(None, BETWEEN.split(text)):
        try:
            found.append(float(word))
        except ValueError:
            bad.append(word)
    return found, bad


def values_of(tree: dict[str, Any]) -> dict[str, Any] | None:
    """Return the values of a form that says a tree, None where no form does."""
    try:
        lines, prices = tree["tariff"]["energy"], tree.get("prices") or {}
        peak = (
            lines[1]
            if len(lines) > 1
            else {"price_per_kwh": lines[0]["price_per_kwh"], "days": "weekday", "start": "", "end": ""}
        )
        demand = tree["tariff"]["demand"]
        said = {
            "limit_kw": tree["connection"]["limit_kw"], "power_kw": tree["chargers"]["power_kw"],
            "efficiency": tree["chargers"]["efficiency"], "off_peak": lines[0]["price_per_kwh"], "peak": peak["price_per_kwh"],
            "demand": demand[0]["price_per_kw_month"] if demand else 0.0, "peak_so_far_kw": tree["peak_so_far_kw"],
            "load_kw": tree["load_kw"], "shortfall": tree["shortfall_price_per_kwh"], "co2": tree["grid_kg_per_kwh"],
            "peak_start": peak["start"], "peak_end": peak["end"], "timezone": tree["timezone"], "currency": tree["currency"],
            "peak_days": peak["days"], "step_minutes": str(tree["step_minutes"]),
            "prices": " ".join(f"{price:g}" for price in prices.get("values", ())), "prices_begin": prices.get("begin", ""),
        }  # fmt: skip
        return said if site_of(said) == tree else None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, InputError):
        return None


def tomorrow() -> str:
    """Return tomorrow's date."""
    return (datetime.date.today() + datetime.timedelta(days=1)).isoformat()
