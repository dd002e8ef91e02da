"""What a server is told when it starts: where it keeps things, who works for it, and what it refuses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from evplan.errors import InputError

SHORTEST_KEY = 16  # letters


@dataclass(frozen=True)
class Limits:
    """What a request may cost.

    body_bytes : of a body.  instance_bytes : of an instance, whose text takes a second for 50 kB.  body_s : for a body to come.
    sessions : of a schedule.  cells : of a schedule, sessions times the steps that they stay for.
    quick_sessions : above it a schedule is a job that the client asks about later.  wait_s : for an answer, before it becomes one.
    job_s : seconds of work on one job.  queue : jobs that may wait.  keep_days : of what is done.
    """

    body_bytes: int = 20_000_000
    instance_bytes: int = 300_000
    body_s: float = 30.0
    sessions: int = 20_000
    cells: int = 4_000_000
    quick_sessions: int = 5_000
    wait_s: float = 30.0
    job_s: float = 3600.0
    queue: int = 10_000
    keep_days: float = 30.0


@dataclass(frozen=True)
class Settings:
    """A server's settings.

    data : folder of the database and of reports.  database : SQLAlchemy URL; left out, SQLite in the folder.
    workers : processes for each kind of work, or tasks at a time on a cluster.  cluster : address of a Dask scheduler.
    lease_s : after it a job whose server does not say that it lives is begun again by another.
    """

    data: Path
    database: str | None = None
    workers: int = 2
    cluster: str | None = None
    api_key: str | None = None
    limits: Limits = Limits()
    lease_s: float = 30.0

    @property
    def url(self) -> str:
        """Return the database's address."""
        return self.database or f"sqlite:///{self.data.absolute() / 'jobs.sqlite'}"


def key_of(file: Path | None) -> str | None:
    """Return the key that a file or EVPLAN_API_KEY holds, None where neither is said. Raises: InputError for one that is none."""
    said, where = os.environ.get("EVPLAN_API_KEY"), "EVPLAN_API_KEY"
    if file is not None:
        where = f"--api-key-file {file}"
        try:
            said = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{where}: cannot be read ({error})") from None
    if said is None:
        return None
    key = said.strip()
    if len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable():
        raise InputError(f"{where}: must hold a key of at least {SHORTEST_KEY} printable ASCII letters")
    return key
