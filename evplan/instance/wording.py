"""The schema's faults in words for people: what is allowed, what was found, what was perhaps meant."""

from __future__ import annotations

import datetime
import re
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from evplan.instance.base import CLOCK_TIME, CURRENCY, DAY_TIME, NAME, ONE, PEAK_HOUR, PLACE, SEVERAL
from evplan.instance.faults import MISSING, Fault
from evplan.instance.shown import shown
from evplan.instance.suggest import did_you_mean, nearest
from evplan.instance.tree import is_whole
from evplan.instance.walk import field_at, fields_at, limits_at

DATE = "a date such as 2027-01-01"
MOMENT = "a day and time such as 2027-01-01T17:00"
KINDS = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_too_short": "a text that is not empty",
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
}
PATTERNS = {
    CLOCK_TIME: 'a time from "00:00" to "24:00", such as "17:00"',
    DAY_TIME: 'a time from "00:00" to "23:59", such as "17:00"',
    CURRENCY: "a three-letter currency code, such as USD",
    PEAK_HOUR: "an hour such as '07-14 17:00' (month-day hour:00)",
    PLACE: "a country such as US or DE, or a part of one such as US-NC or DE-BY",
    NAME: "a name of at most 64 letters, digits, '.', '_' or '-'",
}
UNKNOWN = "something else"  # tests know every kind that the schemas can raise
RANGES = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
DATES = {"gt": "after", "ge": "from", "lt": "before", "le": "to"}
LIMITS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def schema_faults(error: ValidationError, schema: type[BaseModel]) -> list[Fault]:
    """Return every fault of the schema in our words."""
    return [from_pydantic(details, schema) for details in error.errors() if not _only_follows(details)]


def _only_follows(error: ErrorDetails) -> bool:
    """Return whether a list is called too short only because its items were refused one by one."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def from_pydantic(error: ErrorDetails, schema: type[BaseModel]) -> Fault:
    """Return one fault of the schema in our words, with the allowed range where there is one."""
    kind, got, said = error["type"], error["input"], error.get("ctx", {})
    loc = tuple(part for part in error["loc"] if part not in (ONE, SEVERAL))
    if kind == "missing":
        return Fault(loc, f"{MISSING}{_wanted(schema, loc)}")
    if kind == "extra_forbidden":
        fields = fields_at(schema, loc[:-1])
        return Fault(loc, "is not a field here" + did_you_mean(loc[-1], fields), True, nearest(loc[-1], fields))
    at_key = loc[-1:] == ("[key]",)
    loc = loc[:-1] if at_key else loc
    allowed, guess = _allowed(kind, said, got, limits_at(schema, loc)), _guess(kind, said, got)
    return Fault(loc, f"must be {allowed} (got {shown(got)}){guess}", at_key)


def _wanted(schema: type[BaseModel], loc: tuple) -> str:
    """Return what the missing field says, in the words of the schema, and its range."""
    field = field_at(schema, loc)
    said = (field.description or "").split("\n")[0].rstrip(".") if field else ""
    parts = [part for part in (said, _range(limits_at(schema, loc))) if part]
    return f" ({'; '.join(parts)})" if parts else ""


def _allowed(kind: str, said: dict[str, Any], got: Any, limits: list[Any]) -> str:
    if kind in LIMITS:
        return _range(limits)
    if kind == "literal_error":
        return _options(said["expected"])
    if kind in ("too_short", "too_long"):
        return f"a list of {_length(said.get('min_length'), said.get('max_length'))}"
    if kind == "string_too_long":
        return f"a text of at most {said['max_length']} letters"
    noun = _noun(kind, said, got, limits)
    return f"{noun}, {_range(limits)}" if _range(limits) else noun


def _noun(kind: str, said: dict[str, Any], got: Any, limits: list[Any]) -> str:
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(said["pattern"], UNKNOWN)
    if kind == "string_type":
        return next(
            (PATTERNS[p] for limit in limits if (p := getattr(limit, "pattern", None)) in PATTERNS), KINDS[kind]
        )
    if kind == "int_parsing_size" or (kind == "float_type" and is_whole(got)):
        return "a number of fewer digits"
    return KINDS.get(kind, UNKNOWN)


def _length(fewest: int | None, most: int | None) -> str:
    return f"at least {fewest} item{'s' * (fewest != 1)}" if fewest else f"at most {most} items"


def _options(expected: str) -> str:
    words = expected.replace(" or ", ", ")
    return f"one of {words}" if ", " in words else words


def _range(limits: list[Any]) -> str:
    """Return 'greater than 0 and at most 1' from annotated limits; the nearest note wins."""
    found = {name: value for name in RANGES for limit in limits if (value := getattr(limit, name, None)) is not None}
    if any(isinstance(value, datetime.date) for value in found.values()):
        return " ".join(f"{DATES[name]} {value}" for name, value in found.items())
    return " and ".join(f"{RANGES[name]} {value:g}" for name, value in found.items())


def _guess(kind: str, said: dict[str, Any], got: Any) -> str:
    """Return what was perhaps meant, as '; did you mean ...?', or nothing."""
    if kind == "literal_error":
        options = re.findall(r"[\w.-]+", said["expected"].replace(" or ", " "))
        near = nearest(got, options) if isinstance(got, str) else None
        return f"; did you mean '{near}'?" if near else ""
    if kind == "string_pattern_mismatch" and said["pattern"] == NAME:
        near = re.sub(r"[^A-Za-z0-9._-]+", "-", got).strip("-._")[:64]
        return f"; did you mean '{near}'?" if near else ""
    if kind in ("float_type", "int_type") and isinstance(got, str):
        return _number_in(got)
    percent = kind.startswith("less_than") and said.get("le", said.get("lt")) == 1 and 2 <= got <= 100
    return f"; did you mean {got / 100:g}?" if percent else ""


def _number_in(text: str) -> str:
    if match := re.fullmatch(r"(-?[\d.]+) *%", text):
        return f"; did you mean {float(match[1]) / 100:g}?" if match[1].count(".") <= 1 else ""
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "; take the quotes away"
    return "; write it with a point and no separators" if re.fullmatch(r"-?[\d., ]+", text) else ""
