"""The files that an instance names, wherever it names them: in its tree, and in the dotted paths of its scenarios and futures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evplan.instance.base import PATH_PART
from evplan.instance.source import Loc

SHIPPED = "pvlib:"  # opens the name of a weather file that pvlib ships


def values_in(node: Any, loc: Loc = (), said: tuple[str, ...] = ()) -> Iterator[tuple[Loc, tuple[str, ...], Any]]:
    """Yield the place of every value below a node, the names on the way there (dotted ones in their parts, no numbers), and the value."""
    yield loc, said, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from values_in(value, (*loc, key), (*said, *parts_of(str(key))))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from values_in(value, (*loc, i), said)


def files_in(tree: Any) -> Iterator[tuple[Loc, str]]:
    """Yield the place and the name of every file that a tree names and that is not shipped."""
    for loc, said, value in values_in(tree):
        if isinstance(value, str) and _opens(said, value):
            yield loc, value


def parts_of(key: str) -> list[str]:
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
