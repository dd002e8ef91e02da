"""Faults of an instance file as data, and all of them printed compiler style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evplan.errors import InstanceError
from evplan.instance.shown import harmless
from evplan.instance.source import Loc, Position, Source
from evplan.instance.tree import name_of

KINDS = {
    "plan": "evplan solve",
    "city": "evplan city",
    "schedule": "evplan schedule",
    "v2x": "evplan simulate",
    "siting": "evplan siting",
    "feeder": "evplan feeder",
    "region": "evplan region",
}  # of files, and who reads them
MISSING = "is missing"
MAX_SHOWN = 50  # of one file; a slip in a long list would fill the screen with the same line


@dataclass(frozen=True)
class Fault:
    """One fault: where it is in the tree and what to tell the user.

    `at_key` points at the key; `meant` is the field that an unknown one was perhaps meant to be.
    """

    loc: Loc
    message: str
    at_key: bool = False
    meant: str | None = None


def shown_loc(loc: Loc, tree: Any) -> str:
    """Return 'sites[rock-creek].price_per_kwh': list items by their name where they have one."""
    text, node = "", tree
    for part in loc:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(part, int):
            text += f"[{harmless(name_of(node) or part)}]"
        else:
            text += f".{harmless(part)}" if text else harmless(part)
    return text


def raise_all(faults: list[Fault], source: Source, tree: Any) -> None:
    """Raise one `InstanceError` that lists every fault in the order of the file; do nothing if none."""
    if not faults:
        return
    placed = [(source.position(f.loc, f.at_key), f) for f in dict.fromkeys(faults)]
    placed.sort(key=lambda p: (p[0].line, p[0].column))
    messages = [_told(position, fault, source, tree) for position, fault in placed[:MAX_SHOWN]]
    count = f"{len(placed)} fault{'s' if len(placed) > 1 else ''} in {source.path}"
    if len(placed) > MAX_SHOWN:
        count += f", the first {MAX_SHOWN} shown"
    raise InstanceError("\n".join([*messages, count]), tuple(fault for _, fault in placed))


def raise_plain(faults: list[Fault], tree: Any) -> None:
    """Raise one `InstanceError` that lists every fault of what no file holds; do nothing if none."""
    if faults:
        found = list(dict.fromkeys(faults))
        lines = [f"{shown_loc(fault.loc, tree) or 'the whole'}: {fault.message}" for fault in found]
        raise InstanceError("\n".join(lines[:MAX_SHOWN]), tuple(found))


def _told(position: Position, fault: Fault, source: Source, tree: Any) -> str:
    where = f"{source.path}:{position.line}:{position.column}"
    return f"{where}: {shown_loc(fault.loc, tree) or 'the file'}: {fault.message}\n{source.excerpt(position)}"


def require_kind(source: Source, tree: Any, kind: str) -> None:
    """Raise `InstanceError` where a file says that it is of another kind: its other faults would say nothing."""
    said = tree.get("kind")
    if said == kind or not isinstance(said, str):
        return
    other = (
        f"is {said}, for `{KINDS[said]}`; here a {kind} file is wanted"
        if said in KINDS
        else f"must be {kind!r} (got {said!r})"
    )
    raise_all([Fault(("kind",), other)], source, tree)
