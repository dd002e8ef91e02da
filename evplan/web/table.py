"""The table of jobs, and the database that it stands in: SQLite with a write-ahead log, or whatever SQLAlchemy's URL names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Double,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from evplan.errors import EvplanError, InputError

BUSY_S = 30.0  # for another process that writes into the same file
ANSWER_BYTES = 2**31 - 1  # MySQL makes a BLOB of a length: LONGBLOB

METADATA = MetaData()
JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("attempts", Integer, nullable=False, default=0),
    Column("options", Text, nullable=False),
    Column("request", LargeBinary(ANSWER_BYTES), nullable=False),
    Column("answer", LargeBinary(ANSWER_BYTES)),
    Column("progress", Text),
    Column("gap", Double),
    Column("claim", String(64)),
    Column("lease", Double),
    Index("jobs_waiting", "lane", "state", "created"),
    Index("jobs_state", "state", "lease"),
)


class StoreError(EvplanError):
    """The database cannot be read or written: a full disk, a file that is none, a server that is away."""


def connect(url: str) -> Engine:
    """Return an engine whose table exists. Raises: InputError for a URL that is none, StoreError for a database that is none."""
    try:
        engine = create_engine(url, **_options(url))
    except (ArgumentError, ImportError) as error:
        raise InputError(
            f"--database: cannot be used ({str(error).splitlines()[0]}); such as sqlite:///jobs.sqlite"
        ) from None
    try:
        METADATA.create_all(engine)
    except SQLAlchemyError as error:
        raise StoreError(told(error)) from None
    return engine


def told(error: SQLAlchemyError) -> str:
    """Return what is wrong with a database, in one line."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return f"the jobs' database cannot be used ({reason}); see whether the disk is full, and that it may be written"


def _options(url: str) -> dict[str, Any]:
    if make_url(url).get_backend_name() != "sqlite":
        return {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 16}
    return {"connect_args": {"timeout": BUSY_S, "check_same_thread": False}}


@event.listens_for(Engine, "connect")
def _set_up(connection: Any, _: Any) -> None:
    """Let readers of SQLite go on while one writes; a killed process loses nothing that was committed."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
