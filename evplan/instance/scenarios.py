"""Scenarios: named sets of dotted overrides, applied to the tree and validated again."""

from __future__ import annotations

import copy
from typing import Any

from evplan.instance.dotted import put
from evplan.instance.faults import Fault, shown_loc
from evplan.instance.source import Loc

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
