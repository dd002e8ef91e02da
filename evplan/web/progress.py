"""What is known of a job under way, as the command line shows it: a line for each subject; written once a second at most."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import orjson

EVERY_S = 1.0
GAP = re.compile(r"gap (\d+(?:\.\d+)?)%")


class Told:
    """A `tell` that keeps the latest of each subject. write : takes all lines as JSON, and the widest gap told."""

    def __init__(self, write: Callable[[str, float | None], None]) -> None:
        self._write, self._lines, self._last, self._waits = write, dict[str, str](), -EVERY_S, False

    def __call__(self, what: str, known: str) -> None:
        """Take what is known of a subject; nothing ("") forgets it."""
        self._lines.pop(what, None)
        if known:
            self._lines[what] = known
        self._waits = True
        if time.monotonic() - self._last >= EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Write what was told since the last writing."""
        if self._waits:
            self._last, self._waits = time.monotonic(), False
            self._write(orjson.dumps(self._lines).decode(), gap_of(self._lines))


def gap_of(lines: dict[str, str]) -> float | None:
    """Return the widest gap in lines, None where none is told."""
    gaps = [float(found[1]) / 100 for known in lines.values() if (found := GAP.search(known))]
    return max(gaps, default=None)
