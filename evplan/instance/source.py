"""An instance file as text: its tree, the line and column of every value, and the line to show for a fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.scalarbool import ScalarBoolean

from evplan.errors import InputError, InstanceError
from evplan.instance.excerpt import excerpt
from evplan.instance.letters import acts
from evplan.instance.syntax import LINE_BREAK, Problem, parse

MAX_BYTES = 5_000_000  # an instance is written by people; series live in their own files
MAX_VALUES = 500_000  # a thousand sites need a tenth of it; a few aliases of aliases need any number

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Position:
    """A place in the file; `line` and `column` count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """The text of a file and its parsed, position-keeping tree. Only the text travels to other processes; few ask for places there."""

    path: Path
    lines: tuple[str, ...]
    tree: Any

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "lines": self.lines}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __getattr__(self, name: str) -> Any:
        """Return the tree of a source that has travelled, parsed once."""
        if name != "tree":
            raise AttributeError(name)
        self.__dict__["tree"] = parse("\n".join(self.lines))[0]
        return self.__dict__["tree"]

    def position(self, loc: Loc, at_key: bool = False) -> Position:
        """Return where the value at `loc` stands, or its key; what is absent stands at the key of its parent."""
        node = self.tree
        key = value = Position(node.lc.line + 1, node.lc.col + 1)
        for part in loc:
            try:
                key, value = _places(node, part)
                node = node[part]
            except (KeyError, IndexError, TypeError, AttributeError):
                return key
        # the parser places an empty value at whatever comes next
        return key if at_key or (node is None and value.line != key.line) else value

    def excerpt(self, position: Position) -> str:
        """Return the source line with a caret under the column."""
        return excerpt(self.lines, position.line, position.column)


def _places(node: Any, part: str | int) -> tuple[Position, Position]:
    if isinstance(part, int) and not hasattr(node, "items"):
        line, column = node.lc.item(part)
        return (Position(line + 1, column + 1),) * 2
    (key_line, key_column), (line, column) = node.lc.key(part), node.lc.value(part)
    return Position(key_line + 1, key_column + 1), Position(line + 1, column + 1)


def read_source(path: Path) -> Source:
    """Read and parse a YAML 1.2 file, or raise `InputError` saying what is wrong with it."""
    text = _text(path, _read_bytes(path))
    lines = tuple(LINE_BREAK.split(text))
    tree, problem = parse(text)
    if problem:
        raise _refused(path, lines, Problem(problem.line, problem.column, f"not readable YAML: {problem.message}"))
    if not hasattr(tree, "items"):
        found = "an empty file" if tree is None else "a list" if isinstance(tree, list) else "a single value"
        message = (
            f"must be a mapping that opens with `kind:`, as `kind: plan` (got {found}); `evplan new FILE` writes one"
        )
        raise _refused(path, lines, Problem(1, 1, message))
    if problem := _unreadable(tree):
        raise _refused(path, lines, problem)
    return Source(path, lines, tree)


def kind_of(path: Path) -> str:
    """Return what a file says it is (`kind:`), empty where it cannot be read or does not say."""
    try:
        said = read_source(path).tree.get("kind")
    except InputError:
        return ""
    return said if isinstance(said, str) else ""


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = LINE_BREAK.split(data[: error.start].decode("utf-8-sig"))
        lines = tuple(LINE_BREAK.split(data.decode("utf-8-sig", errors="replace")))
        problem = Problem(len(before), len(before[-1]) + 1, "is not UTF-8 text; save the file as UTF-8")
        raise _refused(path, lines, problem) from None


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_fifo() or path.is_char_device() or path.is_socket():
            raise InputError(f"{path}: is no plain file but a pipe or a device; save what it gives as a file")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES // 10**6} MB; put long series into a CSV beside it")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `evplan new {path}` writes one to start from") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; name an instance file, such as {path}/instance.yaml") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _unreadable(tree: Any) -> Problem | None:
    """Return why the tree cannot be taken over: keys that are no text, or aliases that grow without end."""
    waiting, count = [tree], 0
    while waiting:
        node = waiting.pop()
        count += 1
        if count > MAX_VALUES:
            return Problem(1, 1, f"holds more than {MAX_VALUES:,} values once its aliases (*name) are followed")
        if hasattr(node, "items"):
            for key in node:
                if not isinstance(key, str):
                    line, column = node.lc.key(key)
                    return Problem(line + 1, column + 1, f"a key must be a text (got {key}); put it in quotes")
                if acts(node[key]):
                    line, column = node.lc.value(key)
                    return Problem(line + 1, column + 1, f"holds control characters ({node[key]!r:.60}); take them out")
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return None


def _refused(path: Path, lines: tuple[str, ...], problem: Problem) -> InstanceError:
    where = f"{path}:{problem.line}:{problem.column}"
    return InstanceError(f"{where}: {problem.message}\n{excerpt(lines, problem.line, problem.column)}")


def plain(node: Any) -> Any:
    """Return the tree as ordinary dicts, lists and scalars, without positions."""
    if hasattr(node, "items"):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, (bool, ScalarBoolean)):
        return bool(node)
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
