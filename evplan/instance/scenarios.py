"""Scenarios: named sets of dotted overrides, applied to the tree and validated again."""

from __future__ import annotations

import copy
import re
from typing import Any

from evplan.instance.base import PATH_PART, Noun
from evplan.instance.faults import Fault, shown_loc
from evplan.instance.schema import Instance
from evplan.instance.source import Loc
from evplan.instance.suggest import did_you_mean
from evplan.instance.tree import name_of, names_of
from evplan.instance.walk import field_at

WHOLE = re.compile(r"[^.\[\]]+(\.[^.\[\]]+|\[[^\[\]]+\])*")

Origins = dict[Loc, Loc]


def apply(tree: Any, changes: dict[str, Any], place: Loc) -> tuple[Any, Origins, list[Fault]]:
    """Return the tree with changes applied that the file says at a place, where each changed place came from, and faults."""
    changed, faults = copy.deepcopy(tree), []
    origins: Origins = {}
    for path, value in changes.items():
        here = (*place, path)
        try:
            loc = put(changed, path, value)
            origins[loc] = here
        except LookupError as error:
            faults.append(Fault(here, str(error.args[0]), at_key=True))
    return changed, origins, faults


def put(tree: Any, path: str, value: Any) -> Loc:
    """Set the value at a dotted path and return its location; a list item goes by name or number."""
    if not WHOLE.fullmatch(path):
        raise LookupError("is not a dotted path such as sites[NAME].price_per_kwh")
    parts = [a or b for a, b in PATH_PART.findall(path)]
    if parts[0] == "scenarios":
        raise LookupError("must not change the scenarios themselves")
    loc: Loc = ()
    node = tree
    for part in parts[:-1]:
        step = _step(node, part, loc)
        node, loc = node[step], (*loc, step)
    last = _step(node, parts[-1], loc, new=True)
    node[last] = copy.deepcopy(value)
    return (*loc, last)


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


def origin(loc: Loc, origins: Origins) -> Loc:
    """Return where the file says what stands at a place of the changed tree."""
    for depth in range(len(loc), 0, -1):
        if loc[:depth] in origins:
            return origins[loc[:depth]] + loc[depth:]
    return loc


def blamed(fault: Fault, origins: Origins, place: Loc, tree: Any) -> Fault:
    """Return a fault of a changed tree where the file says it: at the line that brought it, or the changes' place."""
    here = origin(fault.loc, origins)
    if here != fault.loc:
        return Fault(here, fault.message, fault.at_key)
    elsewhere = shown_loc(fault.loc, tree)
    return Fault(place, f"makes {elsewhere} wrong: {fault.message}", at_key=True)
