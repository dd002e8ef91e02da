"""Statements of the store that every request needs, built once: building one takes longer than SQLite takes to carry it out."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from evplan.web.table import JOBS

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
WAITS = (
    select(JOBS.c.id, JOBS.c.kind, JOBS.c.attempts, JOBS.c.options, JOBS.c.request)
    .where(JOBS.c.lane == bindparam("lane"), JOBS.c.state == QUEUED)
    .order_by(JOBS.c.created)
    .limit(1)
)
TAKE = (
    update(JOBS)
    .where(JOBS.c.id == bindparam("job"), JOBS.c.state == QUEUED, JOBS.c.attempts == bindparam("before"))
    .values(
        state=RUNNING,
        claim=bindparam("server"),
        attempts=bindparam("number"),
        started=bindparam("now"),
        lease=bindparam("until"),
    )
)
END = (
    update(JOBS)
    .where(
        JOBS.c.id == bindparam("job"),
        JOBS.c.state == RUNNING,
        JOBS.c.claim == bindparam("server"),
        JOBS.c.attempts == bindparam("number"),
    )
    .values(state=bindparam("end"), finished=bindparam("now"), answer=bindparam("said"), claim=None, lease=None)
)
ADD = insert(JOBS)
