"""An instance file as text: parsed YAML that remembers the line and column of every value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evplan.errors import InputError, InstanceError

MAX_BYTES = 20_000_000  # an instance is written by people; series live in their own files

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Position:
    """A place in the file; `line` and `column` count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """The text of a file and its parsed, position-keeping tree."""

    path: Path
    lines: tuple[str, ...]
    tree: Any

    def position(self, loc: Loc, key: bool = False) -> Position:
        """Return where `loc` stands: its value, or its key; the nearest ancestor if it is absent."""
        node, found = self.tree, Position(1, 1)
        for depth, part in enumerate(loc):
            last = depth == len(loc) - 1
            try:
                line, column = _place(node, part, key and last)
                node = node[part]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
            found = Position(line + 1, column + 1)
        return found

    def excerpt(self, position: Position) -> str:
        """Return the source line with a caret under the column."""
        text = self.lines[position.line - 1] if position.line <= len(self.lines) else ""
        text, column = _shortened(text, position.column)
        return f"{position.line:>5} | {text}\n      | {' ' * (column - 1)}^"


def _place(node: Any, part: str | int, key: bool) -> tuple[int, int]:
    if isinstance(part, int) and not hasattr(node, "items"):
        return node.lc.item(part)
    return node.lc.key(part) if key else node.lc.value(part)


def _shortened(text: str, column: int, width: int = 110) -> tuple[str, int]:
    first = max(0, min(column - 60, len(text) - width))
    return text[first : first + width], column - first


def read_source(path: Path) -> Source:
    """Read and parse a YAML 1.2 file, or raise `InputError` saying what is wrong with it."""
    text = _read_text(path)
    lines = tuple(text.splitlines())
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        tree = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        problem = (error.problem or "not valid YAML").split("\n")[0]
        raise _fault(path, lines, where, f"not valid YAML: {problem}") from None
    except (YAMLError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise _fault(path, lines, Position(1, 1), f"not valid YAML: {reason}") from None
    except RecursionError:
        raise _fault(path, lines, Position(1, 1), "not valid YAML: nested too deeply") from None
    if not hasattr(tree, "items"):
        found = "an empty file" if tree is None else f"a {type(tree).__name__}"
        raise _fault(path, lines, Position(1, 1), f"must be a mapping that opens with `kind: plan` (got {found})")
    return Source(path, lines, tree)


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES // 10**6} MB; put long series into a CSV beside it")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `evplan new {path}` writes one to start from") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; name an instance file, such as {path}/instance.yaml") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); save the file as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _fault(path: Path, lines: tuple[str, ...], where: Position, message: str) -> InstanceError:
    excerpt = Source(path, lines, None).excerpt(where)
    return InstanceError(f"{path}:{where.line}:{where.column}: {message}\n{excerpt}")


def plain(node: Any) -> Any:
    """Return the tree as ordinary dicts, lists and scalars, without positions."""
    if hasattr(node, "items"):
        return {_key(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node) if math.isfinite(node) else node
    return str(node) if isinstance(node, str) else node


def _key(key: Any) -> Any:
    return key if isinstance(key, str) else str(key)
