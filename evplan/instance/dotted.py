"""Dotted paths into an instance: sites[NAME].price_per_kwh, by which scenarios change values and `sources` cites them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from evplan.instance.base import PATH_PART, Noun
from evplan.instance.faults import Fault
from evplan.instance.schema import Instance
from evplan.instance.source import Loc
from evplan.instance.suggest import did_you_mean
from evplan.instance.tree import mapping, name_of, names_of
from evplan.instance.walk import field_at

WHOLE = re.compile(r"[^.\[\]]+(\.[^.\[\]]+|\[[^\[\]]+\])*")
APART = ("scenarios", "sources")  # what is said of the rest


def put(tree: Any, path: str, value: Any) -> Loc:
    """Set the value at a dotted path and return its location; a list item goes by name or number."""
    node, loc = _way(tree, path, APART[:1])
    node[loc[-1]] = copy.deepcopy(value)
    return loc


def find(tree: Any, path: str) -> Loc:
    """Return the location that a dotted path leads to, in the tree or among the fields that it leaves out.

    Raises: LookupError, with what is wrong, where it leads nowhere.
    """
    node, loc = _way(tree, path, APART)
    there = isinstance(node, list) or loc[-1] in node or field_at(Instance, loc) is not None
    if not there:
        raise LookupError(f"leads nowhere: no {loc[-1]!r} there{did_you_mean(str(loc[-1]), list(node))}")
    return loc


def leading_nowhere(tree: dict, key: str) -> Iterator[Fault]:
    """Yield a fault for each key of a block of the file that is no dotted path into it."""
    whole = copy.deepcopy(tree)
    for path in mapping(tree, key):
        try:
            find(whole, path)
        except LookupError as error:
            yield Fault((key, path), str(error.args[0]), at_key=True)


def _way(tree: Any, path: str, apart: tuple[str, ...]) -> tuple[Any, Loc]:
    """Return the node that holds the last part of a path, and the location. apart : blocks it may not lead into."""
    if not WHOLE.fullmatch(path):
        raise LookupError("is not a dotted path such as sites[NAME].price_per_kwh")
    parts = [a or b for a, b in PATH_PART.findall(path)]
    if parts[0] in apart:
        raise LookupError(f"must not lead into the {parts[0]} themselves")
    loc: Loc = ()
    node = tree
    for part in parts[:-1]:
        step = _step(node, part, loc)
        node, loc = node[step], (*loc, step)
    return node, (*loc, _step(node, parts[-1], loc, new=True))


def _step(node: Any, part: str, loc: Loc, new: bool = False) -> str | int:
    if isinstance(node, list):
        return _item(node, part)
    if isinstance(node, dict):
        field = field_at(Instance, (*loc, part))
        if part not in node and not new and field is not None and isinstance(field.default, Noun):
            node[part] = {}  # a block left out stands at its defaults; the scenario may still change one
        if part in node or new:
            return part
    known = list(node) if isinstance(node, dict) else []
    found = "" if isinstance(node, dict) else f" ({_last(loc)} is no block)"
    raise LookupError(f"leads nowhere: no {part!r} on the way{found}{did_you_mean(part, known)}")


def _last(loc: Loc) -> str:
    return next((part for part in reversed(loc) if isinstance(part, str)), "the file")


def _item(node: list, part: str) -> int:
    names = names_of(node)
    if part in names:
        return names.index(part)
    if re.fullmatch("[0-9]{1,6}", part) and int(part) < len(node):
        return int(part)
    known = [name for name in map(name_of, node) if name]
    held = f"; the list has {len(node)} items, from 0" if not known else did_you_mean(part, known)
    raise LookupError(f"leads nowhere: no item {part!r}{held}")
