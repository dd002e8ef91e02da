"""Faults of files that a file may not name: those outside its folder, unless its user allows it (paths.py)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.paths import FLAG, within_reach

OUTSIDE = f"leads out of the folder of the file that names it; put it there, or allow it with {FLAG}"


def reach_faults(named: Iterable[tuple[Loc, str]], folder: Path) -> list[Fault]:
    """Return a fault for every file that is out of reach of a file in a folder. named : where each is named, and how."""
    return [Fault(loc, f"{OUTSIDE} (got {file!r})") for loc, file in named if not within_reach(folder / file, folder)]
