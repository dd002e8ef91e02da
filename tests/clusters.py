"""A scheduler and two workers on this machine, in a folder of their own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evplan.cluster import Cluster
from evplan.errors import InputError


def free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


def _started(folder: Path, *words: str) -> subprocess.Popen:
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_" + words[0],
        *words[1:],
        "--dashboard-address",
        "127.0.0.1:0",
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)


@contextmanager
def two_workers(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Yield an address, and the processes of a scheduler and of two workers, which a test may kill. folder : where they work."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    processes = [_started(folder, "scheduler", "--host", "127.0.0.1", "--port", str(port))]
    processes += [_started(folder, "worker", address, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    try:
        _wait(address)
        yield address, processes
    finally:
        for one in processes:
            one.kill()
            one.wait()


def _wait(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            own = Cluster(address)
        except InputError:
            pass
        else:
            there = own.size == 2
            own.close()
            if there:
                return
        time.sleep(0.3)
    raise AssertionError("the cluster did not come up")
