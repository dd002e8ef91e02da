"""Jobs that outlive the server: begun by one at a time, finished once, begun again where a server died.

A claim is an UPDATE of what still waits, and only the claim that holds may finish a job: however many servers share a database, and
whenever they die, a job ends once. Every claim has a number, so that one that ran out cannot finish what was begun again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from evplan.web.statements import ADD, DONE, END, FAILED, QUEUED, RUNNING, TAKE, WAITS
from evplan.web.table import JOBS, StoreError, connect, told

MOST_ATTEMPTS = 3
TRIED = 8  # claims, before this server rests: others may be quicker
TOLD = ("id", "kind", "lane", "state", "created", "started", "finished", "attempts", "options", "progress", "gap")


@dataclass(frozen=True)
class Job:
    """What is known of a job. state : queued, running, done or failed.  answer : of one that has ended; times in seconds since 1970."""

    id: str
    kind: str
    lane: str
    state: str
    created: float
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    options: str = "{}"
    progress: str | None = None
    gap: float | None = None
    answer: bytes | None = None

    @property
    def ended(self) -> bool:
        """Return whether nothing more will happen to it."""
        return self.state in (DONE, FAILED)


@dataclass(frozen=True)
class Claim:
    """A job that this server works on, and the number that says so."""

    id: str
    kind: str
    number: int
    options: str
    request: bytes


class Store:
    """The jobs' database, as one server sees it. server : the name under which it claims."""

    def __init__(self, url: str, server: str, lease_s: float) -> None:
        self._engine, self.server, self._lease_s = connect(url), server, lease_s
        self._writing = threading.Lock()  # threads that wait here wait for less than SQLite lets them sleep

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(told(error)) from None

    @contextmanager
    def _written(self) -> Iterator[Connection]:
        try:
            with self._writing, self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(told(error)) from None

    def add(self, id: str, kind: str, lane: str, request: bytes, options: str) -> Job:
        """Return a new job that waits. id : random, not known to the store."""
        job = Job(id, kind, lane, QUEUED, time.time(), options=options)
        row = {name: getattr(job, name) for name in TOLD}
        with self._written() as connection:
            connection.execute(ADD, row | {"request": request})
        return job

    def get(self, id: str, kind: str, whole: bool = False) -> Job | None:
        """Return a job, None where there is none of this kind. whole : with its answer."""
        columns = [JOBS.c[name] for name in (*TOLD, *(["answer"] if whole else []))]
        with self._reading() as connection:
            row = connection.execute(select(*columns).where(JOBS.c.id == id, JOBS.c.kind == kind)).mappings().first()
        return Job(**row) if row else None

    def request_of(self, id: str) -> bytes:
        """Return what a job was asked for."""
        with self._reading() as connection:
            return connection.execute(select(JOBS.c.request).where(JOBS.c.id == id)).scalar_one()

    def recent(self, kind: str, count: int) -> list[Job]:
        """Return the latest jobs of a kind, without their answers."""
        columns = [JOBS.c[name] for name in TOLD]
        asked = select(*columns).where(JOBS.c.kind == kind).order_by(JOBS.c.created.desc()).limit(count)
        with self._reading() as connection:
            return [Job(**row) for row in connection.execute(asked).mappings()]

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many jobs there are, by kind and state."""
        asked = select(JOBS.c.kind, JOBS.c.state, func.count()).group_by(JOBS.c.kind, JOBS.c.state)
        with self._reading() as connection:
            return {(kind, state): count for kind, state, count in connection.execute(asked)}

    def claim(self, lane: str) -> Claim | None:
        """Return the job that has waited longest, as this server's; None where none waits, or others are quicker."""
        for _ in range(TRIED):
            with self._written() as connection:
                row = connection.execute(WAITS, {"lane": lane}).first()
                if row is None:
                    return None
                claim = Claim(row.id, row.kind, row.attempts + 1, row.options, row.request)
                own = {"job": row.id, "before": row.attempts, "server": self.server, "number": claim.number}
                now = time.time()
                if connection.execute(TAKE, own | {"now": now, "until": now + self._lease_s}).rowcount == 1:
                    return claim
        return None

    def _own(self, claim: Claim) -> Any:
        held = and_(JOBS.c.claim == self.server, JOBS.c.attempts == claim.number)
        return and_(JOBS.c.id == claim.id, JOBS.c.state == RUNNING, held)

    def finish(self, claim: Claim, state: str, answer: bytes) -> bool:
        """End a job with its answer; return whether it was still this server's to end."""
        said = {
            "job": claim.id,
            "server": self.server,
            "number": claim.number,
            "end": state,
            "now": time.time(),
            "said": answer,
        }
        with self._written() as connection:
            return connection.execute(END, said).rowcount == 1

    def tell(self, claim: Claim, progress: str, gap: float | None) -> None:
        """Write what is known of a job under way."""
        with self._written() as connection:
            connection.execute(update(JOBS).where(self._own(claim)).values(progress=progress, gap=gap))

    def put_back(self, claim: Claim, counted: bool) -> None:
        """Let a job wait again. counted : whether this attempt counts, because it died."""
        back = {"state": QUEUED, "claim": None, "lease": None, "attempts": claim.number - (not counted)}
        with self._written() as connection:
            connection.execute(update(JOBS).where(self._own(claim)).values(**back))

    def remove(self, id: str, kind: str) -> bool:
        """Forget a job, whatever its state; return whether there was one."""
        with self._written() as connection:
            return connection.execute(delete(JOBS).where(JOBS.c.id == id, JOBS.c.kind == kind)).rowcount == 1

    def forget_older(self, age_s: float) -> list[str]:
        """Forget jobs that ended long ago; return them."""
        old = and_(JOBS.c.state.in_((DONE, FAILED)), JOBS.c.finished < time.time() - age_s)
        with self._written() as connection:
            gone = list(connection.execute(select(JOBS.c.id).where(old).limit(1000)).scalars())
            connection.execute(delete(JOBS).where(JOBS.c.id.in_(gone)))
        return gone

    def live_on(self, under: Iterable[str]) -> set[str]:
        """Say that this server works on some jobs; return those that are still its own."""
        own = and_(JOBS.c.id.in_(list(under)), JOBS.c.state == RUNNING, JOBS.c.claim == self.server)
        with self._written() as connection:
            connection.execute(update(JOBS).where(own).values(lease=time.time() + self._lease_s))
            return set(connection.execute(select(JOBS.c.id).where(own)).scalars())

    def others(self) -> set[str]:
        """Return the other servers that have jobs under way."""
        asked = select(JOBS.c.claim).where(JOBS.c.state == RUNNING, JOBS.c.claim != self.server).distinct()
        with self._reading() as connection:
            return {name for name in connection.execute(asked).scalars() if name}

    def waiting(self, lane: str) -> int:
        """Return how many jobs wait."""
        asked = select(func.count()).where(JOBS.c.lane == lane, JOBS.c.state == QUEUED)
        with self._reading() as connection:
            return connection.execute(asked).scalar_one()

    def ended(self, ids: Iterable[str]) -> list[Job]:
        """Return those of some jobs that have ended, with their answers."""
        columns = [JOBS.c[name] for name in (*TOLD, "answer")]
        asked = select(*columns).where(JOBS.c.id.in_(list(ids)), JOBS.c.state.in_((DONE, FAILED)))
        with self._reading() as connection:
            return [Job(**row) for row in connection.execute(asked).mappings()]

    def take_up(self, dead: Iterable[str], lost: bytes) -> int:
        """Let what dead servers had under way wait again, and what nobody has a lease of; return how many jobs that were.

        lost : the answer of those that were begun too often.
        """
        gone = or_(JOBS.c.claim.in_(list(dead)), JOBS.c.lease < time.time())
        left = and_(JOBS.c.state == RUNNING, gone)
        ended = {"state": FAILED, "finished": time.time(), "answer": lost, "claim": None, "lease": None}
        with self._written() as connection:
            connection.execute(update(JOBS).where(left, JOBS.c.attempts >= MOST_ATTEMPTS).values(**ended))
            return connection.execute(update(JOBS).where(left).values(state=QUEUED, claim=None, lease=None)).rowcount
