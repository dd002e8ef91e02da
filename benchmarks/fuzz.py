"""Instance files of every kind, spoiled at every field: does any break the reader, hang it, or leave a reader without file and line?

Each shipped file is changed at one to three of its fields, seeded: dropped, doubled, of another type, absurd, or with bytes of its text
damaged. `evplan check` then says that it is sound, or what is wrong. A message about the file itself must name file and line, one
about data that it names must name that file.

    python benchmarks/fuzz.py [--files 500] [--json]
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from harness import finish
from ruamel.yaml import YAML

from evplan.commands.files import check
from evplan.errors import InputError
from evplan.paths import anywhere

ROOT = Path(__file__).parents[1]
KINDS = ("tiny", "office", "depot", "city", "schedule", "v2x", "siting", "feeder", "region")
LONGEST_S = 10
ODD: list[Any] = [
    None, "", " ", "x", -1, 0, 1, 1e308, 10**30, float("nan"), float("inf"), True, [], {}, [1, 2], {"a": 1}, "../x", "/etc/passwd",
    "\u202e", "17:00", "24:00", "2027-02-30", "=1+1", "<script>", "x" * 5000, -0.5, 1.5, "NO", "1e-3", "a: b", "[", "ü",
    "2026-03-29 02:30", "Europe/Nowhere", 10**400,
]  # fmt: skip
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + k)}: &{chr(98 + k)} [{','.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(9)
)


class HungError(Exception):
    """A file took too long."""


def places(tree: Any, loc: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the location of every value of a tree."""
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [loc, *(place for key, value in inside for place in places(value, (*loc, key)))]


def spoiled(text: str, chance: random.Random) -> str:
    """Return a file's text after one to three accidents."""
    if chance.random() < 0.02:
        return BOMB
    if chance.random() < 0.15:
        data = list(text)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.choice("\0\t{}[]:&*#!|>'\"%@`ü\n")
        return "".join(data)
    tree = YAML().load(text)
    for _ in range(chance.randint(1, 3)):
        *way, last = chance.choice(places(tree)[1:])
        node = tree
        for part in way:
            node = node[part]
        accident = chance.choice(["drop", "set", "set", "set", "copy", "rename"])
        if accident == "drop":
            del node[last]
        elif accident == "set":
            node[last] = copy.deepcopy(chance.choice(ODD))
        elif accident == "copy" and isinstance(node, list):
            node.append(copy.deepcopy(node[last]))
        elif accident == "rename" and isinstance(node, dict):
            node[f"{last}x"] = node.pop(last)
    out = io.StringIO()
    YAML().dump(tree, out)
    return out.getvalue()


def tried(path: Path) -> tuple[str, str]:
    """Return what came of checking a file: sound, told, nameless (a message without its place), broken or hung; and what was said."""

    def late(*_: Any) -> None:
        raise HungError

    signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_S)
    try:
        with contextlib.redirect_stdout(io.StringIO()), anywhere():  # else whatever names the data beside it ends there
            check(path)
    except InputError as error:
        named = re.search(rf"{re.escape(str(path))}:\d+", str(error)) or re.search(
            r"[\w./-]+\.(csv|txt|geojson|yaml|json|parquet|CSV)\b", str(error)
        )
        return ("told" if named else "nameless"), str(error)
    except HungError:
        return "hung", ""
    except Exception as error:  # any other than a told one is what is looked for
        return "broken", f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    return "sound", ""


def main() -> int:
    """Print the figures and return 1 if a file broke, hung or was not named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    chance, begun = random.Random(0), time.perf_counter()
    figures: dict[str, Any] = dict.fromkeys(("sound", "told", "nameless", "broken", "hung"), 0)
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(ROOT / "instances", Path(name) / "instances")
        shutil.copytree(ROOT / "data", Path(name) / "data")
        for k in range(asked.files):
            kind = KINDS[k % len(KINDS)]
            path = Path(name) / "instances" / f"{kind}-{k}.yaml"
            path.write_text(spoiled((ROOT / "instances" / f"{kind}.yaml").read_text(), chance), encoding="utf-8")
            came, said = tried(path)
            figures[came] += 1
            if came in ("nameless", "broken", "hung"):
                shutil.copy(path, Path(tempfile.gettempdir()) / path.name)
                print(f"{path.name}: {came}: {said.splitlines()[0] if said else ''}", file=sys.stderr)
    finish({"files": asked.files, **figures, "seconds": time.perf_counter() - begun}, asked.json)
    return int(any(figures[name] for name in ("nameless", "broken", "hung")))


if __name__ == "__main__":
    sys.exit(main())
