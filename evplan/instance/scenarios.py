"""Scenarios: named sets of dotted overrides, applied to the tree and validated again."""

from __future__ import annotations

import copy
import re
from typing import Any

from evplan.instance.faults import Fault, did_you_mean
from evplan.instance.source import Loc

PART = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")


def apply(tree: Any, name: str) -> tuple[Any, dict[Loc, Loc], list[Fault]]:
    """Return the tree with scenario `name` applied, where each changed place came from, and faults."""
    changed, faults = copy.deepcopy(tree), []
    origins: dict[Loc, Loc] = {}
    for path, value in tree["scenarios"][name].items():
        here = ("scenarios", name, path)
        try:
            loc = _put(changed, path, value)
            origins[loc] = here
        except LookupError as error:
            faults.append(Fault(here, str(error.args[0]), at_key=True))
    return changed, origins, faults


def _put(tree: Any, path: str, value: Any) -> Loc:
    """Set the value at a dotted path and return its location; a list item goes by name or number."""
    parts = [a or b for a, b in PART.findall(path)]
    loc: Loc = ()
    node = tree
    for part in parts[:-1]:
        step = _step(node, part, path)
        node, loc = node[step], (*loc, step)
    last = _step(node, parts[-1], path, new=True)
    node[last] = copy.deepcopy(value)
    return (*loc, last)


def _step(node: Any, part: str, path: str, new: bool = False) -> str | int:
    if isinstance(node, list):
        names = [item.get("name") if isinstance(item, dict) else None for item in node]
        if part in names:
            return names.index(part)
        if part.isdigit() and int(part) < len(node):
            return int(part)
        raise LookupError(f"leads nowhere: no item {part!r}{did_you_mean(part, [n for n in names if n])}")
    if isinstance(node, dict) and (part in node or new):
        return part
    known = list(node) if isinstance(node, dict) else []
    raise LookupError(f"leads nowhere: no {part!r} on the way{did_you_mean(part, known)}")


def original(loc: Loc, origins: dict[Loc, Loc]) -> Loc:
    """Return where in the file a value at `loc` was written: the scenario's line if it set it."""
    for depth in range(len(loc), 0, -1):
        if loc[:depth] in origins:
            return origins[loc[:depth]] + loc[depth:]
    return loc
