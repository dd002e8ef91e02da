"""Which servers live: each holds a lock on a file of its own, which the system lets go when its process dies, however it dies.

So a server that starts again after a crash takes up its jobs at once. Where the file cannot be seen (another machine, a system
without such locks) the jobs' leases tell the same, later.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl


class Presence:
    """This server's name and the lock that says it lives. folder : shared by the servers that can see one another."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self.name = folder, uuid.uuid4().hex
        self._held = self._file(self.name).open("w")
        _lock(self._held)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def dead(self, names: set[str]) -> set[str]:
        """Return which of some servers are known to have died."""
        return {name for name in names if self._is_dead(name)}

    def _is_dead(self, name: str) -> bool:
        try:
            with self._file(name).open("r+") as other:
                if not _lock(other):
                    return False
        except OSError:  # not seen from here: it may live
            return False
        return True

    def sweep(self, busy: set[str]) -> None:
        """Take away the files of the dead. busy : names that still hold jobs."""
        for path in self._folder.glob("*.lock"):
            if path.stem not in busy | {self.name} and self._is_dead(path.stem):
                path.unlink(missing_ok=True)

    def leave(self) -> None:
        """Let the lock and its file go."""
        self._file(self.name).unlink(missing_ok=True)
        self._held.close()


def _lock(file: IO[str]) -> bool:
    """Return whether a file could be locked, which the living do not let go."""
    if sys.platform == "win32":  # no such locks: leases alone tell
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
