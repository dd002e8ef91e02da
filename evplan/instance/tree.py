"""Looking into the plain tree of a file that nobody has validated yet; what has the wrong shape is empty."""

from __future__ import annotations

from typing import Any

HUGE = 1e300  # beyond it the schema complains, and formatting fails


def mapping(tree: Any, key: str) -> dict:
    """Return the mapping under a key, or an empty one."""
    value = tree.get(key) if isinstance(tree, dict) else None
    return value if isinstance(value, dict) else {}


def items(tree: Any, key: str) -> list:
    """Return the list under a key, or an empty one."""
    value = tree.get(key) if isinstance(tree, dict) else None
    return value if isinstance(value, list) else []


def names_of(entries: list) -> list[str | None]:
    """Return the name of each entry, None where it has none."""
    return [name_of(entry) for entry in entries]


def name_of(entry: Any) -> str | None:
    """Return an entry's name; one that only says `use: us/dc50` is called dc50."""
    if not isinstance(entry, dict):
        return None
    name = entry.get("name", str(entry.get("use", "")).rpartition("/")[2])
    return name if isinstance(name, str) and name else None


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def are_numbers(*values: Any) -> bool:
    """Return whether all values are numbers that can be compared and shown."""
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < HUGE for v in values)
