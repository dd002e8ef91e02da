"""Read a file that describes something: its kind, its schema, what its reader finds wrong, and the files that it names; all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from evplan.errors import InputError
from evplan.instance.faults import Fault, raise_all, require_kind
from evplan.instance.reach import reach_faults
from evplan.instance.schema import DIALECT
from evplan.instance.source import Loc, Source, plain, read_source

Described = TypeVar("Described", bound=BaseModel)


def read_document(
    path: Path, kind: str, validated: Callable[[dict[str, Any]], tuple[Described | None, list[Fault]]],
    named: Callable[[Described], Iterable[tuple[Loc, str]]],
) -> tuple[Described, Source]:  # fmt: skip
    """Return what a file of a kind describes, and its source. Raises: InstanceError listing every fault.

    validated : returns what a tree describes and its faults.  named : yields the files that it names and where, relative to it.
    """
    source = read_source(path)
    require_kind(source, source.tree, kind)
    tree = plain(source.tree)
    found, faults = validated(tree)
    if found is not None:
        names = list(named(found))
        far = reach_faults(names, path.resolve().parent)
        gone = [
            Fault(loc, f"no such file: {path.parent / file}")
            for loc, file in names
            if not (path.parent / file).is_file()
        ]
        faults += far or gone  # whether a file is there is no business of who may not name it
    raise_all(faults, source, tree)
    assert found is not None
    return found, source


def require_elsewhere(folder: Path, path: Path, named: Iterable[tuple[Loc, str]]) -> None:
    """Raise `InputError` where a folder of results holds a file that is read, which tables could replace. path : of what names them."""
    for _, file in named:
        place = path.parent / file
        if folder.resolve() in (place.resolve().parent, place.parent.resolve()):
            raise InputError(
                f"--output: {folder} holds data that are read ({file}), which tables could replace; name another folder"
            )


def json_schema_of(noun: type[BaseModel]) -> str:
    """Return the JSON Schema of a kind of file, as text ending in a newline."""
    return json.dumps({"$schema": DIALECT, **noun.model_json_schema()}, indent=2) + "\n"
