"""A server for all tests of this room: one application, its workers started once."""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the web extra is not installed")
pytest.importorskip("httpx2", reason="the oracle extra is not installed")

import httpx2
import psutil
from starlette.testclient import TestClient

from evplan.web.app import make
from evplan.web.example import INSTANCE, REQUEST
from evplan.web.settings import Limits, Settings

LIMITS = Limits(body_bytes=300_000, body_s=1.0, sessions=300, cells=20_000, quick_sessions=200, job_s=150.0)


@pytest.fixture(scope="session")
def client(tmp_path_factory) -> Iterator[TestClient]:
    """Return a client of a server with two workers of each kind."""
    app = make(Settings(tmp_path_factory.mktemp("server"), workers=2, limits=LIMITS))
    with TestClient(app, raise_server_exceptions=False) as client:
        app.state.desk.warm.wait(60)
        yield client


@pytest.fixture
def asked() -> dict[str, Any]:
    """Return a request for a schedule, to change."""
    return copy.deepcopy(REQUEST)


@pytest.fixture
def instance() -> dict[str, Any]:
    """Return an instance, to change."""
    return copy.deepcopy(INSTANCE)


class Served:
    """`evplan serve` in a process of its own, on a free port. data : its folder."""

    def __init__(self, data: Path, *options: str) -> None:
        command = [
            sys.executable,
            "-m",
            "evplan",
            "serve",
            *([] if "--port" in options else ["--port", "0"]),
            "--data",
            str(data),
            "--workers",
            "2",
            *options,
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.at = self.process.stderr.readline().split()[3].rstrip(";")
        self.client = httpx2.Client(base_url=self.at, timeout=60)

    def children(self) -> list[int]:
        """Return the processes that work for it."""
        return [one.pid for one in psutil.Process(self.process.pid).children(recursive=True)]

    def end(self, signum: int) -> int:
        """Send a signal and return the exit code; nobody is left behind."""
        below = [psutil.Process(pid) for pid in self.children()]
        self.client.close()
        self.process.send_signal(signum)
        code = self.process.wait(30)
        assert self.process.stderr is not None
        self.process.stderr.close()
        _, alive = psutil.wait_procs(below, 10)
        assert not alive
        return code


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Served]]:
    """Return a function that starts a server; what still runs at the end is killed."""
    begun: list[Served] = []

    def start(data: Path, *options: str) -> Served:
        begun.append(Served(data, *options))
        return begun[-1]

    yield start
    for one in begun:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)


@pytest.fixture
def until() -> Callable[..., Any]:
    """Return a function that asks until an answer is true, and returns it."""

    def wait(ask: Callable[[], Any], seconds: float = 60.0) -> Any:
        end = time.monotonic() + seconds
        while not (found := ask()):
            assert time.monotonic() < end, "it did not come true in time"
            time.sleep(0.05)
        return found

    return wait
