"""Lanes of work, jobs that are under way in them, and what becomes of one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from evplan.web.pool import Tasks
from evplan.web.problem import status_of
from evplan.web.store import DONE, Job


@dataclass(frozen=True)
class Lane:
    """A kind of work with workers of its own. bell : rung for every job that comes."""

    name: str
    workers: Tasks
    bell: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


@dataclass(frozen=True)
class Ended:
    """What became of a job. status : as of HTTP; from 400 on the answer is a problem."""

    id: str
    state: str
    status: int
    answer: bytes

    @classmethod
    def of(cls, job: Job) -> Ended:
        """Return what became of a job that has ended."""
        assert job.answer is not None
        return cls(job.id, job.state, 201 if job.state == DONE else status_of(job.answer), job.answer)


@dataclass
class Under:
    """A job under way. stop : ends its work.  late : whether it was stopped for its time."""

    until: float
    stop: threading.Event = field(default_factory=threading.Event)
    late: bool = False
