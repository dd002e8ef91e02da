"""What a request may not say, because it would open or write a file of the server: series, models, programmes, solvers' own options.

Every place of the tree is looked at, and every dotted path of a scenario or a future, before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evplan.instance.base import PATH_PART
from evplan.instance.faults import Fault
from evplan.instance.files import SHIPPED
from evplan.instance.source import Loc

FILE = "names a file, and none is opened here; name what is shipped, or run `evplan solve` where the file is"
OPTIONS = "are not taken here: some of them write files; gap and time_limit_s are"


def opened(tree: Any) -> list[Fault]:
    """Return a fault for everything in an instance that would open a file, and for solvers' options."""
    return list(_inside(tree, (), ()))


def _inside(node: Any, loc: Loc, said: tuple[str, ...]) -> Iterator[Fault]:
    """Yield the faults below a place. said : names on the way to it, dotted ones in their parts, without numbers."""
    if said[-2:] == ("solver", "options") and node:
        yield Fault(loc, OPTIONS, at_key=True)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _inside(value, (*loc, key), (*said, *_parts(key)))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from _inside(value, (*loc, i), said)
    elif isinstance(node, str) and _opens(said, node):
        yield Fault(loc, FILE)


def _parts(key: str) -> list[str]:
    """Return the names in a key, which may be a dotted path such as sites[NAME].load_kw.file."""
    return [name for name, _ in PATH_PART.findall(key) if name] or [key]


def _opens(said: tuple[str, ...], value: str) -> bool:
    """Return whether a text at a place names a file that is not shipped."""
    last = said[-1] if said else ""
    if last == "file":
        return not value.startswith(SHIPPED)
    return (last == "ageing_model" and value.endswith(".npz")) or (
        last == "name" and "programmes" in said and value.endswith(".yaml")
    )
