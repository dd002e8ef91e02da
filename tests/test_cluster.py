"""A scheduler and its workers on this machine: the same rows as without them, whoever of them is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest
from support import ROOT, TINY, ran, tree, wait_for

pytest.importorskip("distributed", reason="the cluster extra is not installed")

from clusters import two_workers

from evplan import cluster as module
from evplan.errors import InfeasibleError
from evplan.plan import solve
from evplan.scenarios.compare import compare
from evplan.scenarios.rows import COLUMNS
from evplan.scenarios.table import read_rows
from evplan.studies.risk import solve_risk


@pytest.fixture
def cluster(tmp_path):
    """Return an address, and the processes of a scheduler and of two workers, which a test may kill."""
    with two_workers(tmp_path) as both:
        yield both


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


def test_sites_of_a_plan_on_a_cluster_are_those_of_this_machine_whoever_is_killed(cluster, file):
    """A worker dies while it has a site: another one does that, too."""
    address, processes = cluster
    killed = threading.Event()

    def progress(what, known):
        if what in ("gate-city", "rock-creek") and known != "build" and not killed.is_set():
            killed.set()
            processes[1].send_signal(signal.SIGKILL)

    there, here = solve(file, gap=1e-6, cluster=address, progress=progress), solve(file, gap=1e-6)
    assert killed.is_set() and processes[1].wait(20) and processes[2].poll() is None
    for one, other in zip(there.plans, here.plans, strict=True):
        assert one.objective == other.objective and one.bound == other.bound and (one.sizes == other.sizes).all()
    assert there.appraisal.portfolio.metrics.npv == here.appraisal.portfolio.metrics.npv


def test_a_plan_that_fails_leaves_its_worker_as_it_was(cluster, file, tmp_path):
    said = json.loads(file.read_text())
    for site in said["sites"]:
        site["demand"]["min_served"] = 1.0
        site["connection"] = {"existing_kw": 1.0}
    bad = tmp_path / "bad.yaml"
    bad.write_text(json.dumps(said))
    for path, fails in ((bad, True), (file, False), (file, False)):
        with pytest.raises(InfeasibleError) if fails else nullcontext():
            assert solve(path, cluster=cluster[0]).plans


def test_sites_go_to_a_cluster_from_the_command_line(cluster, file, tmp_path):
    assert ran("solve", file, "--cluster", cluster[0], "--output", tmp_path / "there") == 0
    assert ran("solve", file, "--output", tmp_path / "here") == 0
    for name in ("sizes.csv", "cashflow.csv", "bills.csv"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


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


def test_a_killed_run_on_a_cluster_goes_on(cluster, file, alone, tmp_path):
    """The command is killed when its first row is there; with --resume, the others are done, and the table is whole."""
    table = tmp_path / "rows.csv"
    command = [
        sys.executable,
        "-m",
        "evplan",
        "compare",
        str(file),
        "--by-site",
        "--cluster",
        cluster[0],
        "--output",
        str(table),
    ]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(child, "rows: 1 of")
    child.kill()
    child.communicate()
    assert ran("compare", file, "--by-site", "--cluster", cluster[0], "--output", table, "--resume") in (0, 4)
    assert plain(read_rows(table)) == alone


def test_files_are_found_by_workers_in_another_folder(cluster, tmp_path, monkeypatch):
    """Rows of a file that was named from where its user is, with a series beside it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("load.csv").write_text("kw\n" + "2.5\n" * 8760)
    said = tree(TINY, {"horizon.operating_years": [1], "catalogue.battery": None})
    for site in said["sites"]:
        site["load_kw"] = {"file": "load.csv", "column": "kw"}
    Path("file.yaml").write_text(json.dumps(said, default=str))
    there = compare("file.yaml", by_site=True, cluster=cluster[0])
    assert plain(there) == plain(compare("file.yaml", by_site=True, jobs=1))
    assert {row["status"] for row in there} == {"optimal"}


def test_scenarios_planned_anew_on_a_cluster_are_those_of_this_machine(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    risk = {
        "samples": 64,
        "drivers": {"electricity-price": {"shape": "triangular", "low": 0.8, "mode": 1.0, "high": 1.3}},
    }
    said = tree(TINY, {"horizon.operating_years": [1], "catalogue.battery": None}) | {"risk": risk}
    Path("risk.yaml").write_text(json.dumps(said, default=str))
    there, here = (solve_risk("risk.yaml", resolved=2, cluster=who).resolved for who in (cluster[0], None))
    assert there == here and len(there) == 2 and there[0].anew is not None


def test_cities_on_a_cluster_are_those_of_this_machine(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "instances" / "city.yaml").read_text()
    kept = [line for line in text.splitlines() if "- use:" not in line or "berlin" in line or "madrid" in line]
    short = "\n".join(kept).replace("years: 10\n", "years: 1\n").replace("dispatch: both", "dispatch: rule-based")
    Path("city.yaml").write_text(short)
    assert ran("city", "city.yaml", "--cluster", cluster[0], "--output", "there") == 0
    assert ran("city", "city.yaml", "--output", "here") == 0
    for city in ("berlin", "madrid"):
        for name in ("hourly.parquet", "yearly.csv", "city.json"):
            assert Path("there", city, name).read_bytes() == Path("here", city, name).read_bytes()
