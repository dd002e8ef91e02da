"""A rate of the US Utility Rate Database, read into a tariff of ours.

Field names as in version 7 of its interface and in its bulk file; letter case does not matter. What a tariff here cannot
say is told in notes, never dropped in silence. Source: OpenEI, Utility Rate Database, field descriptions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evplan.errors import InputError
from evplan.instance.matrices import Schedule, windows
from evplan.units import DAYS_PER_YEAR, MONTHS_PER_YEAR

KW_PER_UNIT = {"kw": 1.0, "kva": 1.0, "hp": 0.7457, "": 1.0}
PER_MONTH = {"$/month": 1.0, "$/day": DAYS_PER_YEAR / MONTHS_PER_YEAR, "$/year": 1 / MONTHS_PER_YEAR, "": 1.0}
UNREAD: dict[str, str] = {
    "fueladjustmentsmonthly": "monthly fuel adjustments",
    "demandreactivepowercharge": "the charge on reactive power",
    "coincidentratestructure": "coincident peaks (add `coincident` with the hours your utility announces)",
    "annualmincharge": "a minimum charge by the year",
    "demandwindow": "the length of the metering interval",
    "fixedchargeeaaddl": "the fixed charge of further meters",
}


class Unsaid(ValueError):
    """A rate is sound, and says what no tariff here can."""


LONG_NAMES = {"strux": "structure", "sched": "schedule"}


def read_urdb(path: Path) -> tuple[str, dict[str, Any], list[str]]:
    """Return name, tariff (as an instance file says it) and notes of a rate in a JSON file.

    Raises: InputError for a file that holds no such rate, or one that cannot be said here.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise InputError(f"{path}: cannot be read as JSON ({error})") from None
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        found = found["items"]
    if isinstance(found, list):
        if len(found) != 1:
            raise InputError(f"{path}: holds {len(found)} rates; keep the one you want")
        found = found[0]
    if not isinstance(found, dict):
        raise InputError(f"{path}: holds no rate")
    rate = {_name(key): value for key, value in found.items()}
    if "energyratestructure" not in rate and "flatdemandstructure" not in rate and "demandratestructure" not in rate:
        raise InputError(f"{path}: holds no rate: neither energyratestructure nor a demand structure is in it")
    try:
        tariff, notes = _tariff(rate)
    except Unsaid as error:
        raise InputError(f"{path}: {error}") from None
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise InputError(f"{path}: a field of the rate has an unexpected form ({error})") from None
    return _said_name(rate), tariff, notes


def _name(key: str) -> str:
    """Return a field's name in lower case and in full."""
    lower = key.lower()
    for short, long in LONG_NAMES.items():
        lower = re.sub(f"{short}$", long, lower)
    return lower


def _said_name(rate: dict[str, Any]) -> str:
    words = (
        re.sub(r"[^A-Za-z0-9]+", "-", str(rate.get("name") or rate.get("ratename") or "imported")).strip("-").lower()
    )
    return words[:60] or "imported"


def _tariff(rate: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    notes = [f"left out: {what}" for field, what in UNREAD.items() if _says(rate.get(field))]
    tariff: dict[str, Any] = {}
    for field, unit, ours in (
        ("fixedchargefirstmeter", "fixedchargeunits", "fixed_per_month"), ("fixedmonthlycharge", "", "fixed_per_month"),
        ("mincharge", "minchargeunits", "minimum_per_month"), ("minmonthlycharge", "", "minimum_per_month"),
    ):  # fmt: skip
        if rate.get(field):
            tariff[ours] = round(_number(rate[field], field) * _per(PER_MONTH, rate.get(unit, ""), field), 6)
    tariff["energy"] = _energy(rate, notes)
    demand = [*_demand(rate, notes), *_flat(rate, notes)]
    if demand:
        tariff["demand"] = demand
    tariff |= _export(rate, "minimum_per_month" in tariff, notes)
    utility, start = rate.get("utility") or rate.get("utilityname") or "", str(rate.get("startdate") or "")
    label = rate.get("label") or rate.get("_id") or ""
    label = label.get("$oid", "") if isinstance(label, dict) else label
    tariff["source"] = (
        f"{utility}, {rate.get('name') or rate.get('ratename')}, US Utility Rate Database {label} {start}".strip()
    )
    return tariff, notes


def _says(value: Any) -> bool:
    """Return whether a field holds something other than nothing and zeros."""
    return any(map(_says, value)) if isinstance(value, list) else bool(value)


def _per(units: dict[str, float], unit: Any, field: str) -> float:
    known = units.get(str(unit or "").strip().lower())
    if known is None:
        raise ValueError(f"{field} is in {unit!r}, known are {', '.join(name for name in units if name)}")
    return known


def _periods(structure: Any) -> list[list[dict[str, Any]]]:
    """Return the tiers of each period; the bulk file wraps them in a mapping of one list."""
    return [next(iter(p.values())) if isinstance(p, dict) else p for p in structure or []]


def _price(tier: dict[str, Any]) -> float:
    return round(_number(tier.get("rate"), "rate of a tier") + _number(tier.get("adj"), "adj of a tier"), 9)


def _number(value: Any, field: str) -> float:
    """Return a field's number, 0 where it says nothing."""
    try:
        return float(value or 0.0)
    except (TypeError, ValueError):
        raise ValueError(f"{field} is {value!r}, which is no number") from None


def _energy(rate: dict[str, Any], notes: list[str]) -> list[dict[str, Any]]:
    """Return energy lines: the period of most hours first, without a window; the others override it."""
    periods = _periods(rate.get("energyratestructure"))
    if not periods:
        return [{"price_per_kwh": 0.0}]
    schedules = _schedules(rate, "energy")
    used = {p: sum(row.count(p) for days in schedules.values() for row in days) for p in range(len(periods))}
    order = sorted((p for p in used if used[p]), key=lambda p: -used[p])
    lines = []
    for place, p in enumerate(order):
        line = _tiers(periods[p], "price_per_kwh", "up_to_kwh", 1.0, notes)
        lines.append(line | ({"windows": windows(schedules, p)} if place else {}))
    return lines


def _schedules(rate: dict[str, Any], kind: str) -> dict[str, Schedule]:
    weekday = rate.get(f"{kind}weekdayschedule") or [[0] * 24 for _ in range(12)]
    weekend = rate.get(f"{kind}weekendschedule") or weekday
    known = range(len(_periods(rate.get(f"{kind}ratestructure"))))
    for name, days in (("weekday", weekday), ("weekend", weekend)):
        wrong = {code for row in days for code in row if type(code) is not int or code not in known}
        if wrong:
            raise ValueError(f"{kind}{name}schedule names periods that the rate has not: {', '.join(map(repr, wrong))}")
        if len(days) != 12 or any(len(row) != 24 for row in days):
            raise ValueError(f"{kind}{name}schedule must have 12 rows of 24 hours")
    return {"weekday": weekday, "weekend": weekend}


def _tiers(tiers: list[dict[str, Any]], price: str, end: str, kw: float, notes: list[str]) -> dict[str, Any]:
    """Return a line's price, or its tiers."""
    if len(tiers) == 1:
        return {price: _price(tiers[0]) / kw}
    said = []
    for number, tier in enumerate(tiers):
        unit = str(tier.get("unit") or "").lower()
        if "daily" in unit or "/kw" in unit:
            raise Unsaid(f"tiers in {tier.get('unit')} cannot be said here; tiers in kWh by the month can")
        last = number == len(tiers) - 1
        if last and tier.get("max"):
            notes.append(f"the last tier's end of {float(tier['max']):g} was dropped: usage beyond it pays the same")
        ends = {} if last else {end: float(tier["max"]) * kw}
        said.append({**ends, price: _price(tier) / kw})
    return {"tiers": said}


def _demand(rate: dict[str, Any], notes: list[str]) -> Iterator[dict[str, Any]]:
    periods = _periods(rate.get("demandratestructure"))
    if not periods:
        return
    kw, schedules = _per(KW_PER_UNIT, rate.get("demandrateunit"), "demandrateunit"), _schedules(rate, "demand")
    _kva(rate.get("demandrateunit"), notes)
    for p, tiers in enumerate(periods):
        held = windows(schedules, p)
        if held and any(_price(tier) for tier in tiers):
            yield _tiers(tiers, "price_per_kw_month", "up_to_kw", kw, notes) | {"windows": held}


def _flat(rate: dict[str, Any], notes: list[str]) -> Iterator[dict[str, Any]]:
    periods, months = _periods(rate.get("flatdemandstructure")), rate.get("flatdemandmonths") or [0] * 12
    kw = _per(KW_PER_UNIT, rate.get("flatdemandunit"), "flatdemandunit") if periods else 1.0
    if periods:
        _kva(rate.get("flatdemandunit"), notes)
    for p, tiers in enumerate(periods):
        own = [month + 1 for month, period in enumerate(months) if period == p]
        if own and any(_price(tier) for tier in tiers):
            held = {} if len(own) == 12 else {"months": own}
            yield _tiers(tiers, "price_per_kw_month", "up_to_kw", kw, notes) | held | _ratchet(rate, own, notes)


def _kva(unit: Any, notes: list[str]) -> None:
    if str(unit or "").lower() == "kva":
        notes.append("demand is billed in kVA: read as kW, at a power factor of 1")


def _ratchet(rate: dict[str, Any], own: list[int], notes: list[str]) -> dict[str, Any]:
    by_month = [_number(part, "demandratchetpercentage") for part in rate.get("demandratchetpercentage") or []]
    parts = {by_month[month - 1] for month in own if month <= len(by_month)}
    if any(parts) and not rate.get("lookbackpercent"):
        most = max(parts)
        if len(parts) > 1:
            notes.append(f"the ratchet differs by month: its largest, {most:g}, is taken for all months of a line")
        return {"ratchet": {"fraction": most / 100 if most > 1 else most}}
    fraction = _number(rate.get("lookbackpercent"), "lookbackpercent")
    if not fraction:
        return {}
    rule: dict[str, Any] = {"fraction": fraction / 100 if fraction > 1 else fraction}
    months = [month + 1 for month, counts in enumerate(rate.get("lookbackmonths") or []) if counts]
    if months and len(months) < 12:
        rule["months"] = months
    if rate.get("lookbackrange"):
        rule["lookback_months"] = min(12, int(rate["lookbackrange"]))
    return {"ratchet": rule}


def _export(rate: dict[str, Any], monthly: bool, notes: list[str]) -> dict[str, Any]:
    rules = str(rate.get("dgrules") or rate.get("usenetmetering") or "").lower()
    if "net metering" in rules or rules == "true":
        by_month = monthly or any(len(tiers) > 1 for tiers in _periods(rate.get("energyratestructure")))
        if by_month:
            notes.append("net metering is read by the month: tiers and minimum charges here are those of a month")
        return {"net_metering": "month" if by_month else "year"}
    sells = [max((_number(tier.get("sell"), "sell of a tier") for tier in tiers), default=0.0)
             for tiers in _periods(rate.get("energyratestructure"))]  # fmt: skip
    if "buy all" in rules:
        notes.append("left out: 'buy all, sell all' metering; export earns nothing here")
        return {}
    if not any(sells):
        return {}
    if len(set(sells)) == 1:
        return {"export_per_kwh": sells[0]}
    schedules = _schedules(rate, "energy")
    paid = [(price, window) for p, price in enumerate(sells) if price for window in windows(schedules, p)]
    return {"export": [{"price_per_kwh": price, **window} for price, window in paid]}
