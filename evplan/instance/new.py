"""Write a first instance file, commented, ready to solve."""

from __future__ import annotations

from pathlib import Path

from evplan.errors import InputError
from evplan.paths import replacing

TEMPLATE = Path(__file__).parent / "templates" / "plan.yaml"


def write_new(path: Path, template: Path = TEMPLATE, then: str = "solve {file}") -> str:
    """Write a template to `path` and return what to do next. then : a command on {file}.

    Raises: InputError if something is there already.
    """
    if path.exists():
        raise InputError(f"{path}: exists already; name another file, or remove it first")
    with replacing(path) as temporary:
        temporary.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    return f"{path}: written. Next: evplan check {path}, then evplan {then.format(file=path)}"


def write_beside(folder: Path, *data: Path) -> str:
    """Copy shipped folders and files that a template names into a folder, and return what to say of it; what is there stays.

    Raises: InputError if a file of a folder's name is in the way.
    """
    places = {own: folder / own.name for own in data}
    for own, place in places.items():
        if own.is_dir() and place.exists() and not place.is_dir():
            raise InputError(f"{place}: is in the way of the data of this name; write the file into another folder")
    for own, place in places.items():
        copies = {source: place / source.name for source in sorted(own.iterdir())} if own.is_dir() else {own: place}
        for source, copy in copies.items():
            if source.name != "README.md" and not copy.exists():
                with replacing(copy) as temporary:
                    temporary.write_bytes(source.read_bytes())
    return f". Its data are in {', '.join(map(str, places.values()))}."
