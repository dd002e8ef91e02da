"""Instances like another, written elsewhere for one site alone: they bring the files that they name, and stand by themselves."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

from evplan.instance.named import files_in
from evplan.instance.source import Loc
from evplan.paths import data_dir, models_dir, replacing

OF_SEVERAL = ("scenarios", "portfolio", "risk", "futures", "sources")  # blocks that may speak of other sites
BROUGHT = "data"  # the folder beside the new instance in which its files lie


def write_alone(path: Path, tree: dict[str, Any], base: Path, site: dict[str, Any], title: str) -> None:
    """Write an instance like another for one site, whole or not at all. tree : of the other.  base : the folder it names files from."""
    from ruamel.yaml import YAML

    kept = {key: value for key, value in tree.items() if key not in OF_SEVERAL}
    own = brought({**kept, "title": title, "sites": [site]}, base, path.parent)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as handle:
        YAML().dump(own, handle)


def brought(tree: Any, base: Path, to: Path) -> Any:
    """Return a tree of a file in one folder for a file in another: shipped data are named from there, others copied beside it.

    base : the folder that files are named from now.  to : the folder of the new file; copies stand in its folder `data`.
    """
    own, taken = copy.deepcopy(tree), dict[str, Path]()
    for loc, file in files_in(tree):
        source = (base / file).resolve()
        if source.is_file():
            _put(own, loc, _placed(source, to, taken))
    return own


def _placed(source: Path, to: Path, taken: dict[str, Path]) -> str:
    """Return how a file in a folder names a source, which is copied there unless it is shipped. taken : sources by their new names."""
    if any(source.is_relative_to(root.resolve()) for root in (data_dir(), models_dir())):
        return os.path.relpath(source, to.resolve())
    names = (source.name, *(f"{source.stem}-{number}{source.suffix}" for number in range(2, len(taken) + 3)))
    name = next(name for name in names if taken.get(name, source) == source)
    taken[name] = source
    place = to / BROUGHT / name
    if place.resolve() != source:
        with replacing(place) as temporary:
            temporary.write_bytes(source.read_bytes())
    return f"{BROUGHT}/{name}"


def _put(tree: Any, loc: Loc, value: str) -> None:
    for step in loc[:-1]:
        tree = tree[step]
    tree[loc[-1]] = value
