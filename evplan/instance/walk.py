"""From a place in the tree to what the schema says about it: its type, its limits, its fields."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from evplan.instance.source import Loc


def limits_at(schema: type[BaseModel], loc: Loc) -> list[Any]:
    """Return the annotated limits (objects with `gt`, `ge`, `lt`, `le`) of the value at `loc`."""
    annotation: Any = schema
    found: list[Any] = []
    for part in loc:
        annotation, own = _step(annotation, part)
        found = own + [limit for note in _notes(annotation) for limit in getattr(note, "metadata", [note])]
    return found


def field_at(schema: type[BaseModel], loc: Loc) -> FieldInfo | None:
    """Return the field at `loc`, or None if it is an item or unknown."""
    return fields_at(schema, loc[:-1]).get(str(loc[-1])) if loc else None


def fields_at(schema: type[BaseModel], loc: Loc) -> dict[str, FieldInfo]:
    """Return the fields of the block at `loc`; none if it is no block."""
    annotation: Any = schema
    for part in loc:
        annotation, _ = _step(annotation, part)
    return _fields(annotation)


def _step(annotation: Any, part: str | int) -> tuple[Any, list[Any]]:
    fields = _fields(annotation)
    if part in fields:
        return fields[str(part)].annotation, list(fields[str(part)].metadata)
    return _item(annotation), []


def _fields(annotation: Any) -> dict[str, FieldInfo]:
    return getattr(_certain(annotation), "model_fields", {})


def _item(annotation: Any) -> Any:
    """Return the type of a list's items or a mapping's values."""
    certain = _certain(annotation)
    branches = typing.get_args(certain) if _is_union(certain) else (certain,)
    lists = [part for part in map(_certain, branches) if typing.get_origin(part) is not None]
    arguments = [a for part in lists[:1] for a in typing.get_args(part) if a is not Ellipsis]
    return arguments[-1] if arguments else None


def _certain(annotation: Any) -> Any:
    """Return the type without its notes and without `| None`."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if _is_optional(annotation):
        return _certain(next(a for a in typing.get_args(annotation) if a is not type(None)))
    return annotation


def _notes(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) is typing.Annotated:
        return [*annotation.__metadata__, *_notes(typing.get_args(annotation)[0])]
    return [note for part in typing.get_args(annotation) for note in _notes(part)] if _is_union(annotation) else []


def _is_optional(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)
