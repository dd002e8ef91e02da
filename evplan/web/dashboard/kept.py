"""Sessions that wait for a plan: files in the server's folder under random names, so that a page holds an id and survives a restart."""

from __future__ import annotations

import re
import time
import uuid
from contextlib import suppress
from pathlib import Path

from evplan.web.problem import refusal
from evplan.web.table import StoreError

KEPT_S = 7 * 86_400.0
MOST_BYTES = 500_000_000  # of all; the oldest go first
NAME = re.compile(r"[0-9a-f]{32}")


class Kept:
    """Sessions by id. folder : of this server; several may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, sessions: bytes) -> str:
        """Return the id under which sessions are kept. Raises: StoreError where they cannot be written."""
        id = uuid.uuid4().hex
        try:
            self._sweep()
            (self._folder / id).write_bytes(sessions)
        except OSError as error:
            raise StoreError(f"the sessions cannot be kept ({error.strerror}); see whether the disk is full") from None
        return id

    def get(self, id: str) -> bytes:
        """Return sessions as they were put. Raises: ProblemError where they are gone."""
        with suppress(OSError):
            if NAME.fullmatch(id):
                return (self._folder / id).read_bytes()
        raise refusal(410, "sessions-gone", "these sessions are not kept any more; upload or generate them again")

    def _sweep(self) -> None:
        """Take away what is old, and the oldest where all together are too much."""
        held, now = 0, time.time()
        for file in sorted(self._folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True):
            about = file.stat()
            held += about.st_size
            if held > MOST_BYTES or now - about.st_mtime > KEPT_S:
                file.unlink(missing_ok=True)
