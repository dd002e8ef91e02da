"""A master file of OpenDSS is a program: before it runs, every command of it and of the files it leads to is looked at.

What describes a network may run; what writes files, opens windows, changes folders or loads somebody's machine code may not. Files that it
reads must lie in the master's folder or below, as with every file that evplan reads (paths.py).

Source: OpenDSS Reference Guide, EPRI: executive commands, and the properties that name files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from evplan.errors import InputError
from evplan.paths import FLAG, within_reach

DESCRIBING = {
    "new", "edit", "more", "~", "m", "set", "clear", "clearall", "redirect", "compile", "buscoords", "latlongcoords", "solve", "batchedit",
    "calcvoltagebases", "calcv", "setkvbase", "enable", "disable", "open", "close", "interpolate", "makebuslist", "select", "?", "reset",
    "init", "reprocessbuses", "addbusmarker", "setbusxy",
}  # fmt: skip
SCRIPTS = ("redirect", "compile")  # commands whose word is a file that is run, too
CODE = re.compile(
    r"\b(usermodel|shaftmodel|dynadll|controldll|dllname|act\w*|debug\w*|userd\w*|userm\w*)\s*=", re.I
)  # machine code, and what writes files
OPTIONS = (
    "datapath",
    "editor",
    "recorder",
    "demandinterval",
    "diverbose",
)  # that lead to files or write them; may be abbreviated
SETTING = re.compile(r"([\w%]+)\s*=")
BETWEEN = re.compile(r"[\s,=()\[\]{}\"'|]+")  # what stands between words
ELEMENT = re.compile(r"[\w-]+\.[^\s=]+\s*=|[\w%-]+\s*=")  # `load.house.kw = 3`, or a property of the element at hand
MOST_FILES = 2000
MOST_SHOWN = 10


def require_describing(master: Path) -> None:
    """Raise `InputError` with every command that does more than describe a network, or leads to a file out of reach."""
    found = [f"{path}:{line}: {why}" for path in scripts(master) for line, words in enumerate(_lines(path), start=1)
             for why in _faults(words, path, master)]  # fmt: skip
    if found:
        more = [f"and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
        raise InputError("\n".join([*found[:MOST_SHOWN], *more]))


def scripts(master: Path) -> list[Path]:
    """Return a master file and every script that it leads to."""
    waiting, seen = [master], dict[Path, Path]()
    while waiting and len(seen) < MOST_FILES:
        path = waiting.pop()
        if path.resolve() not in seen and path.is_file():
            seen[path.resolve()] = path
            waiting += [place for words in _lines(path) for place in _led_to(words, path)]
    return list(seen.values())


def files_read(master: Path) -> list[Path]:
    """Return every file that a master file and its scripts may read: what its network is made from."""
    own = scripts(master)
    words = {
        path.parent / word
        for path in own
        for line in _lines(path)
        for word in BETWEEN.split(line.replace("\\", "/"))
        if "." in word
    }
    return sorted({*own, *(place for place in words if place.is_file())})


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a script without comments: what follows ! and //, and what stands within /* */."""
    inside = False
    for line in re.split(r"\r\n|\r|\n", path.read_bytes().decode("utf-8", errors="replace")):
        inside, rest = inside or line.startswith("/*"), line
        if inside and "*/" in line:
            inside, rest = False, line.partition("*/")[2]
        yield "" if inside else re.split(r"!|//", rest, maxsplit=1)[0].strip(" \t")


def _faults(words: str, path: Path, master: Path) -> Iterator[str]:
    if not words:
        return
    verb = re.split(r"[\s=]", words, maxsplit=1)[0].lower()
    if verb not in DESCRIBING and not verb.startswith("~") and not ELEMENT.match(words):
        yield f"{verb!r} does more than describe a network, and is not run; take it out"
    asked = SETTING.findall(words) if verb in ("set", "solve") else []
    short = [name for name in asked if len(name) > 1 and any(one.startswith(name.lower()) for one in OPTIONS)]
    if verb in SCRIPTS and not any(place.is_file() for place in _led_to(words, path)):
        yield "leads to a script that is not there"
    for name in [*CODE.findall(words), *short]:
        yield f"{name!r} loads or leads to what is no description of a network, and is not run; take it out"
    for place in _places(words, path):
        if not within_reach(place, master.resolve().parent):
            yield f"leads out of the folder of {master.name} (got {str(place)!r}); put it there, or allow it with {FLAG}"


def _places(words: str, path: Path) -> Iterator[Path]:
    """Yield what a line may mean as a file elsewhere: words with a slash, and links. Files may be named by their place in a row alone."""
    for word in BETWEEN.split(words.replace("\\", "/")):
        place = path.parent / word
        if "/" in word or word == ".." or place.is_symlink():
            yield place


def _led_to(words: str, path: Path) -> list[Path]:
    """Return what a line may mean as a script that it runs: its first word after the command, or all of them."""
    verb, _, rest = re.sub(r"[\t,=]", " ", words).partition(" ")
    if verb.lower() not in SCRIPTS:
        return []
    name = re.sub(r"^\s*file\s+", "", rest.strip(), flags=re.I).replace("\\", "/")
    quoted = re.match(r"""["'(\[{]([^"')\]}]*)""", name)
    return [
        path.parent / one.strip("\"'()[]{} ") for one in {name, (quoted[1] if quoted else name.split(" ")[0])} if one
    ]
