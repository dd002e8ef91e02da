"""What a server lives through: kill -9 and restart, workers that are killed, a stop in good order, a full disk."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import event

from evplan.web.app import make
from evplan.web.settings import Settings
from evplan.web.store import Store
from evplan.web.table import StoreError

LATER = {"Prefer": "respond-async"}
WRITTEN = """CREATE TABLE written (id TEXT);
CREATE TRIGGER ends AFTER UPDATE OF answer ON jobs WHEN NEW.answer IS NOT NULL BEGIN INSERT INTO written VALUES (NEW.id); END;"""


def everybody(client, asked, count):
    """Return a request with many sessions, so that it takes a while."""
    del asked["site"]["solar"]
    asked["site"]["connection"]["limit_kw"] = 2.0 * count
    asked["sessions"] = client.get(f"/sessions/synthetic?count={count}&date=2026-12-01").json()["sessions"]
    return asked


def states(database):
    with sqlite3.connect(database) as connection:
        return dict(connection.execute("SELECT id, state FROM jobs"))


def test_a_server_that_is_killed_finishes_every_job_after_a_restart_and_none_twice(
    serve, until, tmp_path, asked, instance
):
    database = tmp_path / "jobs.sqlite"
    server = serve(tmp_path)
    until(lambda: server.client.get("/health").json()["ready"])
    with sqlite3.connect(database) as connection:
        connection.executescript(WRITTEN)
    body = everybody(server.client, asked, 800)
    jobs = [server.client.post("/schedules", json=body, headers=LATER).headers["location"] for _ in range(6)]
    jobs.append(server.client.post("/plans", json=instance).headers["location"])
    until(lambda: Counter(states(database).values())["running"] >= 2 and "done" in states(database).values())
    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    left = Counter(states(database).values())
    assert left["running"] >= 1
    assert len(jobs) == left.total()

    again = serve(tmp_path)
    until(lambda: set(states(database).values()) == {"done"})
    with sqlite3.connect(database) as connection:
        written = Counter(id for (id,) in connection.execute("SELECT id FROM written"))
    assert written == Counter(job.rpartition("/")[2] for job in jobs)
    assert all(again.client.get(job).json()["state"] == "done" for job in jobs)
    assert "gate-city" in again.client.get(f"{jobs[-1]}/report").text
    assert again.end(signal.SIGTERM) == 0


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory):
    """Return a server for tests that do it no harm."""
    return serve(tmp_path_factory.mktemp("kept"))


def test_a_worker_that_is_killed_costs_another_attempt_and_nothing_else(server, until, instance):
    until(lambda: server.client.get("/health").json()["ready"])
    before = set(server.children())
    at = server.client.post("/plans", json=instance).headers["location"]
    (worker,) = until(lambda: set(server.children()) - before)
    until(lambda: server.client.get(at).json()["progress"])
    os.kill(worker, signal.SIGKILL)
    said = until(lambda: (one := server.client.get(at).json())["state"] in ("done", "failed") and one)
    assert (said["state"], said["attempts"]) == ("done", 2)


def test_idle_workers_that_are_killed_are_replaced(server, asked):
    for pid in server.children():
        os.kill(pid, signal.SIGKILL)
    assert server.client.post("/schedules", json=asked).status_code == 201


def test_a_deleted_plan_is_stopped(server, until, instance):
    at = server.client.post("/plans", json=instance).headers["location"]
    until(lambda: server.client.get(at).json()["progress"])
    assert server.client.delete(at).status_code == 204
    assert server.client.get(at).status_code == 404
    until(lambda: server.client.get("/health").json()["busy"] == 0, 20)


def test_a_server_that_is_told_to_end_puts_its_jobs_back_uncounted(server, until, instance):
    at = server.client.post("/plans", json=instance).headers["location"]
    until(lambda: server.client.get(at).json()["progress"])
    data = Path(server.process.args[server.process.args.index("--data") + 1])
    assert server.end(signal.SIGTERM) == 0
    with sqlite3.connect(data / "jobs.sqlite") as connection:
        row = connection.execute("SELECT state, attempts, claim FROM jobs ORDER BY created DESC").fetchone()
    assert row == ("queued", 0, None)
    assert list((data / "servers").iterdir()) == []


def test_a_full_disk_is_told_and_the_server_goes_on(client, asked):
    store: Store = client.app.state.desk.store

    def full(connection, _):
        connection.execute("PRAGMA max_page_count=1")

    event.listen(store._engine, "connect", full)
    store._engine.dispose()
    try:
        told = [client.post("/schedules", json=asked) for _ in range(40)][-1]
        assert told.status_code == 507
        assert "full" in told.json()["detail"]
        assert client.get("/health").status_code == 200
    finally:
        event.remove(store._engine, "connect", full)
        store._engine.dispose()
    assert client.post("/schedules", json=asked).status_code == 201


def test_a_database_that_is_none_is_told_when_the_server_starts(tmp_path):
    (tmp_path / "jobs.sqlite").write_text("no database " * 1000)
    with pytest.raises(StoreError, match="not a database"):
        make(Settings(tmp_path))
