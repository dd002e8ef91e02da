"""The server: the HTTP API over schedules and plans, and the dashboard."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

from evplan.commands.asked import says
from evplan.errors import InputError

NEEDS = "evplan serve needs packages that are not installed ({0}): pip install 'evplan[web]'"


def serve(
    *,
    host: Annotated[str, says("Address to listen at; 0.0.0.0 is every one of this machine.")] = "127.0.0.1",
    port: Annotated[int, says("Port to listen at.")] = 8000,
    data: Annotated[Path, says("Folder of the jobs' database and the reports.")] = Path("evplan-server"),
    database: Annotated[str | None, says("SQLAlchemy URL; left out: SQLite in the folder.")] = None,
    workers: Annotated[
        int | None, says("Processes for schedules, and as many for plans; left out: one a core.")
    ] = None,
    cluster: Annotated[str | None, says("Address of a Dask scheduler (tcp://...) that does the plans.")] = None,
    api_key_file: Annotated[Path | None, says("File that holds the key clients must show; or EVPLAN_API_KEY.")] = None,
    max_bytes: Annotated[int, says("Of a request's body.")] = 20_000_000,
    max_sessions: Annotated[int, says("Of a schedule.")] = 20_000,
    max_seconds: Annotated[float, says("Of work on one job.")] = 3600.0,
    max_queue: Annotated[int, says("Jobs that may wait.")] = 10_000,
    keep_days: Annotated[float, says("After them, what is done is forgotten.")] = 30.0,
) -> int:
    """Serve the API and the dashboard until Ctrl-C; jobs under way go on at the next start."""
    try:
        from evplan.web.run import run
    except ModuleNotFoundError as error:
        raise InputError(NEEDS.format(error.name)) from None
    from evplan.parallel import cores
    from evplan.web.settings import Limits, Settings, key_of

    limits = Limits(
        body_bytes=max_bytes, sessions=max_sessions, job_s=max_seconds, queue=max_queue, keep_days=keep_days
    )
    settings = Settings(
        data,
        database,
        workers=cores() if workers is None else workers,
        cluster=cluster,
        api_key=key_of(api_key_file),
        limits=limits,
    )
    return run(settings, host, port, partial(print, file=sys.stderr, flush=True))
