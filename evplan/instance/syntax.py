"""YAML text into a tree that keeps positions; what is wrong with the text, in words for people.

Tags and directives are refused: an instance needs none, a tag asks for code, and `%YAML 1.1` reads 17:00 as 1020.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import RoundTripScanner, ScannerError

MAX_BRACKETS = 40  # deeper text is an attack or an accident; the scanner takes seconds to give up by itself
MAX_BITS = 4_096  # over a thousand digits; Python refuses to print a whole number of 4,300
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what the scanner counts as one; str.splitlines knows more
OPENED = re.compile(r"but got '<stream end>'|unexpected end of stream|expected ':'")  # the fault began earlier

WORDS = (
    (r'found duplicate key "(.*?)" with', "'{0}' is said twice in the same block; keep one"),
    (r"character '\\t'", "found a tab; indent with spaces"),
    (r"found character '(.)' that", "a plain text must not begin with '{0}'; put it in quotes"),
    (
        r"mapping values are not allowed",
        "found a ':' where none fits; check the indentation, or put text with ': ' in quotes",
    ),
    (r"expected ',' or '(.)', but got '<stream end>'", "the bracket opened here is never closed by '{0}'"),
    (r"expected ',' or '(.)'", "expected ',' or '{0}' here, or before"),
    (r"expected <block end>", "does not fit the lines above; check the indentation"),
    (r"unexpected end of stream", "the quotation mark opened here is never closed"),
    (r"undefined alias '(.*?)'", "'*{0}' names no anchor above it"),
    (r"found another document", "a second document begins here; a file holds one instance"),
    (r"unknown escape character '(.)'", "'\\{0}' means nothing in double quotes; use single quotes"),
    (r"sequence entries are not allowed", "a list must not begin here; put its '- ' on a line of its own"),
    (r"simple key|expected ':'", "found a key without its ':'"),
)


@dataclass(frozen=True)
class Problem:
    """Why a text is not a tree, and where; `line` and `column` count from 1."""

    line: int
    column: int
    message: str


class Scanner(RoundTripScanner):
    """The scanner without tags, directives and deep nesting."""

    def fetch_tag(self) -> None:
        """Refuse a tag before anything is built from it."""
        self._refuse("tags such as !!python or !!binary are not used here; write the plain value")

    def fetch_directive(self) -> None:
        """Refuse a directive: the file is always YAML 1.2."""
        self._refuse("directives such as %YAML are not used here; the file is read as YAML 1.2")

    def fetch_flow_collection_start(self, *args: Any, **more: Any) -> None:
        """Refuse brackets nested beyond reason."""
        if self.flow_level >= MAX_BRACKETS:
            self._refuse(f"more than {MAX_BRACKETS} brackets inside each other")
        super().fetch_flow_collection_start(*args, **more)

    def _refuse(self, why: str) -> None:
        raise ScannerError(None, None, why, self.reader.get_mark())


class Constructor(RoundTripConstructor):
    """The constructor, which says where a date or number cannot be read."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """Return the value of a node; what cannot be read, or not be shown afterwards, is told at its place."""
        try:
            value = super().construct_object(node, deep)
        except ValueError as error:
            raise self._unread(node, "too many digits" if "digits" in str(error) else str(error)) from None
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            raise self._unread(node, "too many digits")
        return value

    def _unread(self, node: Any, why: str) -> ConstructorError:
        return ConstructorError(None, None, f"cannot read {str(node.value)[:20]!r}: {why}", node.start_mark)


def parse(text: str) -> tuple[Any, Problem | None]:
    """Return the tree and None, or None and what is wrong with the text."""
    try:
        return _yaml().load(text), None
    except MarkedYAMLError as error:
        return None, _marked(error)
    except ReaderError as error:
        before = LINE_BREAK.split(text[: error.position])
        return None, Problem(
            len(before), len(before[-1]) + 1, f"found a character that YAML forbids, U+{_code(error):04X}"
        )
    except RecursionError:
        return None, Problem(1, 1, "nested too deeply")
    except YAMLError as error:
        return None, Problem(1, 1, str(error).split("\n")[0])


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Scanner, yaml.Constructor = Scanner, Constructor
    return yaml


def _code(error: ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)


def _marked(error: MarkedYAMLError) -> Problem:
    problem = str(error.problem or "").split("\n")[0]
    opened = error.context_mark if OPENED.search(problem) else None
    mark = opened or error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(line, column, _worded(problem))


def _worded(problem: str) -> str:
    for pattern, words in WORDS:
        if match := re.search(pattern, problem):
            return words.format(*match.groups())
    return problem
