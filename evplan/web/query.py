"""Faults of queries, paths and headers, in the words that faults of bodies have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evplan.instance.faults import Fault
from evplan.instance.shown import shown

RANGES = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
KINDS = {
    "int_parsing": "a whole number", "float_parsing": "a number", "bool_parsing": "true or false", "finite_number": "a finite number",
}  # fmt: skip


def query_faults(errors: Sequence[Any]) -> list[Fault]:
    """Return the faults of a query, a path or headers that the framework found."""
    return [Fault(tuple(one["loc"][1:]), f"must be {_allowed(one)} (got {shown(one.get('input'))})") for one in errors]


def _allowed(error: Any) -> str:
    said = error.get("ctx", {})
    ranges = [f"{words} {said[name]:g}" for name, words in RANGES.items() if name in said]
    if ranges:
        return " and ".join(ranges)
    if error["type"] == "literal_error":
        return f"one of {said['expected']}".replace(" or ", ", ")
    if error["type"] == "string_pattern_mismatch":
        return f"a text of the form {said['pattern']}"
    if error["type"] == "string_too_long":
        return f"a text of at most {said['max_length']} letters"
    return KINDS.get(error["type"], "something else")
