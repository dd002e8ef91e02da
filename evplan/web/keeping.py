"""The files of jobs that have ended: a folder for each attempt, so that none is written over while it is read."""

from __future__ import annotations

import shutil
from pathlib import Path

from evplan.web.store import Claim
from evplan.web.table import StoreError


class Keeping:
    """Folders by job and attempt, inside one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def folder(self, id: str, attempt: int) -> Path:
        """Return the folder of an attempt at a job. id : as the store made it."""
        return self._folder / id / str(attempt)

    def keep(self, claim: Claim, files: dict[str, bytes]) -> None:
        """Write the files of an attempt. Raises: StoreError where they cannot be written."""
        if not files:
            return
        folder = self.folder(claim.id, claim.number)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (folder / name).write_bytes(content)
        except OSError as error:
            self.drop(claim)
            raise StoreError(
                f"the files of a job cannot be written ({error.strerror}); see whether the disk is full"
            ) from None

    def drop(self, claim: Claim) -> None:
        """Take away what an attempt left that did not end its job."""
        shutil.rmtree(self.folder(claim.id, claim.number), ignore_errors=True)

    def remove(self, id: str) -> None:
        """Take away all that a job left."""
        shutil.rmtree(self._folder / id, ignore_errors=True)
