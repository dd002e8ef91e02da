"""A scheduler and its workers on this machine: the same rows as without them, whoever of them is killed."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from support import TINY, tree

pytest.importorskip("distributed", reason="the cluster extra is not installed")

from evplan import cluster as module
from evplan.cluster import Cluster
from evplan.errors import InputError
from evplan.scenarios.compare import compare
from evplan.scenarios.rows import COLUMNS


def free_port():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


def started(*words):
    command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster():
    """Return an address, and the processes of a scheduler and of two workers, which a test may kill."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    processes = [started("scheduler", "--host", "127.0.0.1", "--port", str(port), "--dashboard-address", "127.0.0.1:0")]
    processes += [
        started("worker", address, "--nthreads", "1", "--no-nanny", "--dashboard-address", "127.0.0.1:0")
        for _ in range(2)
    ]
    until = time.monotonic() + 60
    while True:
        try:
            own = Cluster(address)
            if own.size == 2:
                break
            own.close()
        except InputError:
            pass
        assert time.monotonic() < until, "the cluster did not come up"
        time.sleep(0.3)
    own.close()
    yield address, processes
    for one in processes:
        one.kill()
        one.wait()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Return an instance of two sites with two scenarios, seconds each."""
    path = tmp_path_factory.mktemp("cluster") / "file.yaml"
    changes = {"horizon.operating_years": [1], "catalogue.battery": None}
    scenarios = {
        "dear": {"sites[gate-city].land_cost_per_year": 90000},
        "cheap": {"sites[gate-city].price_per_kwh": 0.3},
    }
    path.write_text(json.dumps(tree(TINY, changes) | {"scenarios": scenarios}, default=str))
    return path


@pytest.fixture(scope="module")
def alone(file):
    """Return the rows that one process of this machine finds."""
    return plain(compare(file, by_site=True, jobs=1))


def plain(rows):
    return [{name: row[name] for name in COLUMNS if name != "seconds"} for row in rows]


def test_rows_of_a_cluster_are_those_of_this_machine_and_tell_their_progress(cluster, file, alone):
    told = []
    rows = compare(file, by_site=True, cluster=cluster[0], progress=lambda *said: told.append(said))
    assert plain(rows) == alone
    assert [row["scenario"] for row in rows][:2] == ["base, gate-city", "base, rock-creek"]
    assert any(what.startswith("base, gate-city") and "gate-city" in known for what, known in told)


@pytest.mark.parametrize("victim", [0, 1], ids=["scheduler", "worker"])
def test_a_run_outlives_its_scheduler_and_its_workers(cluster, file, alone, monkeypatch, victim):
    """Killed while rows are under way: what is left is done by another worker, or by this machine; nothing is lost."""
    address, processes = cluster
    monkeypatch.setattr(module, "CONNECT_S", 3)
    told, killed = [], threading.Event()

    def progress(what, known):
        told.append((what, known))
        if what == "rows" and known.startswith("1 of") and not killed.is_set():
            killed.set()
            processes[victim].send_signal(signal.SIGKILL)

    rows = compare(file, by_site=True, cluster=address, progress=progress)
    assert killed.is_set()
    assert plain(rows) == alone
    if victim == 0:
        assert any(what == "cluster" and "this machine does what is left" in known for what, known in told)
