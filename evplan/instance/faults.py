"""Faults of an instance file as data, worded for people and printed compiler style."""

from __future__ import annotations

import difflib
import typing
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from evplan.errors import InstanceError
from evplan.instance.source import Loc, Source

KINDS = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "date_type": "a date such as 2027-01-01",
    "date_parsing": "a date such as 2027-01-01",
    "date_from_datetime_parsing": "a date such as 2027-01-01",
    "date_from_datetime_inexact": "a date such as 2027-01-01",
    "finite_number": "a finite number",
}
PATTERNS = {
    r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$": "a time from 00:00 to 24:00, such as 17:00",
    r"^[A-Z]{3}$": "a three-letter currency code, such as USD",
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$": "a name of letters, digits, '.', '_' or '-'",
}


@dataclass(frozen=True)
class Fault:
    """One fault: where it is in the tree and what to tell the user; `at_key` points at the key."""

    loc: Loc
    message: str
    at_key: bool = False


def from_pydantic(error: ErrorDetails, schema: type[BaseModel]) -> Fault:
    """Return one pydantic error in our words, with the allowed range where there is one."""
    kind, loc, got, limits = error["type"], error["loc"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return Fault(loc, "is missing")
    if kind == "extra_forbidden":
        return Fault(loc, "is not a field here" + did_you_mean(loc[-1], _fields(schema, loc[:-1])), at_key=True)
    if loc and loc[-1] == "[key]":
        return Fault(loc[:-1], f"must be {PATTERNS.get(limits.get('pattern', ''), 'a text')} (got {got!r})", True)
    return Fault(
        loc, f"must be {_allowed(kind, limits, loc, schema, error['msg'])} (got {_shown(got)})" + _near(limits, got)
    )


def _allowed(kind: str, limits: dict[str, Any], loc: Loc, schema: type[BaseModel], fallback: str) -> str:
    if kind in KINDS:
        return KINDS[kind]
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return _range(_metadata(schema, loc)) or _range([limits])
    if kind == "literal_error":
        return "one of " + limits["expected"].replace(" or ", ", ")
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(limits["pattern"], f"a text that matches {limits['pattern']}")
    if kind in ("too_short", "too_long"):
        fewest, most = limits.get("min_length"), limits.get("max_length")
        return f"a list of at least {fewest}" if fewest else f"a list of at most {most}"
    return fallback[0].lower() + fallback[1:]


def _range(metadata: list[Any]) -> str:
    """Return 'greater than 0 and at most 1' from annotated limits (objects or dicts)."""
    words = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
    said: dict[str, str] = {}
    for item in metadata:
        for name, word in words.items():
            limit = item.get(name) if isinstance(item, dict) else getattr(item, name, None)
            if limit is not None:
                said.setdefault(name, f"{word} {limit:g}")
    return " and ".join(said[name] for name in words if name in said)


def _metadata(schema: type[BaseModel], loc: Loc) -> list[Any]:
    """Return the limits that the schema puts on the value at `loc`."""
    annotation, found = schema, []
    for part in loc:
        fields = getattr(_model(annotation), "model_fields", None)
        if isinstance(part, str) and fields and part in fields:
            annotation, found = fields[part].annotation, list(fields[part].metadata)
        else:
            annotation, found = _item(annotation), []
        found += [limit for note in _notes(annotation) for limit in _limits(note)]
    return found


def _limits(note: Any) -> list[Any]:
    return list(getattr(note, "metadata", [note]))


def _notes(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) is typing.Annotated:
        return list(annotation.__metadata__)
    return [note for part in typing.get_args(annotation) for note in _notes(part)] if _is_optional(annotation) else []


def _is_optional(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def _item(annotation: Any) -> Any:
    arguments = [a for a in typing.get_args(_bare(annotation)) if a not in (type(None), Ellipsis)]
    return arguments[-1] if arguments else annotation


def _bare(annotation: Any) -> Any:
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _model(annotation: Any) -> Any:
    annotation = _bare(annotation)
    for part in typing.get_args(annotation) if _is_optional(annotation) else ():
        if isinstance(_bare(part), type):
            return _bare(part)
    return annotation


def _fields(schema: type[BaseModel], loc: Loc) -> list[str]:
    annotation: Any = schema
    for part in loc:
        fields = getattr(_model(annotation), "model_fields", {})
        annotation = fields[part].annotation if part in fields else _item(annotation)
    return list(getattr(_model(annotation), "model_fields", {}))


def did_you_mean(word: Any, known: list[str]) -> str:
    """Return '; did you mean ...?' for the nearest known word, else the list of what is known."""
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known here: {', '.join(sorted(known))}" if known else ""


def _near(limits: dict[str, Any], got: Any) -> str:
    options = [word.strip("' ") for word in limits.get("expected", "").replace(" or ", ",").split(",")]
    near = difflib.get_close_matches(str(got), options, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value) if isinstance(value, (str, dict, list)) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def shown_loc(loc: Loc, tree: Any) -> str:
    """Return 'sites[rock-creek].price_per_kwh': list items by their name where they have one."""
    text, node = "", tree
    for part in loc:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(part, int):
            name = node.get("name") if isinstance(node, dict) else None
            text += f"[{name if name is not None else part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


def raise_all(faults: list[Fault], source: Source, tree: Any) -> None:
    """Raise one `InstanceError` that lists every fault in the order of the file; do nothing if none."""
    if not faults:
        return
    placed = sorted(
        ((source.position(f.loc, f.at_key), f) for f in dict.fromkeys(faults)), key=lambda p: (p[0].line, p[0].column)
    )
    messages = []
    for position, fault in placed:
        where = f"{source.path}:{position.line}:{position.column}"
        subject = shown_loc(fault.loc, tree) or "the file"
        messages.append(f"{where}: {subject}: {fault.message}\n{source.excerpt(position)}")
    count = f"{len(messages)} fault{'s' if len(messages) > 1 else ''} in {source.path}"
    raise InstanceError("\n".join([*messages, count]), tuple(fault for _, fault in placed))
