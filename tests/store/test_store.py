"""The store of runs: manifests, what is told of runs that ended badly, the same work found again, two runs side by side."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import pytest
from support import TINY, ran, tree, wait_for

from evplan.cli import app
from evplan.errors import InfeasibleError, InputError, StoppedError
from evplan.report.sealed import seal, sealed
from evplan.store.manifest import NAME, known, read_manifest, recorded
from evplan.store.runs import differences, runs, same
from evplan.store.work import Work, digest


@pytest.fixture
def work(tmp_path):
    """Return the work of a file that names another."""
    (tmp_path / "a.yaml").write_text("kind: plan\n")
    (tmp_path / "b.csv").write_text("kw\n1\n")
    return Work("plan", tmp_path / "a.yaml", ("b.csv",), {"gap": 0.01})


def made(folder, work, said=None):
    """Make a run whose folder holds a sealed summary."""
    with recorded(folder, work):
        (folder / "t.csv").write_text("x\n1\n")
        seal(folder, {"kind": "plan", **(said or {})}, ["t.csv"])


def test_work_is_known_by_content_and_options_whatever_it_is_called(work, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in ("a.yaml", "b.csv"):
        (other / name).write_bytes((tmp_path / name).read_bytes())
    assert replace(work, file=other / "a.yaml").hash == work.hash
    assert replace(work, options={"gap": 0.02}).hash != work.hash
    assert replace(work, kind="siting").hash != work.hash
    (other / "b.csv").write_text("kw\n2\n")
    assert replace(work, file=other / "a.yaml").hash != work.hash
    assert work.inputs["b.csv"] == digest(tmp_path / "b.csv") != ""
    assert Work("plan", tmp_path / "none.yaml").inputs == {"none.yaml": ""}


def test_a_run_that_is_done_is_found_again_until_a_file_of_it_changes(work, tmp_path):
    folder = tmp_path / "runs" / "one"
    assert known(folder, work) is None
    made(folder, work)
    own = read_manifest(folder)
    assert (own.state, own.kind, own.work, own.inputs) == ("done", "plan", work.hash, work.inputs)
    assert own.seconds >= 0 and own.versions["evplan"]
    assert known(folder, work)["kind"] == "plan"
    assert same(tmp_path / "runs", work) == folder
    assert known(folder, replace(work, options={})) is None
    (folder / "t.csv").write_text("x\n2\n")
    assert known(folder, work) is None and same(tmp_path / "runs", work) is None
    assert [one.whole for one in runs(tmp_path / "runs")] == [False]


def test_a_run_that_fails_is_told_and_one_that_found_nothing_leaves_nothing(work, tmp_path):
    folder = tmp_path / "reports" / "one"
    with pytest.raises(InfeasibleError), recorded(folder, work):
        raise InfeasibleError("two limits clash")
    assert not (tmp_path / "reports").exists()
    folder.mkdir(parents=True)
    (folder / "half.csv").write_text("x\n")
    with pytest.raises(ZeroDivisionError), recorded(folder, work):
        raise ZeroDivisionError
    assert (read_manifest(folder).fate, read_manifest(folder).message) == ("failed", "ZeroDivisionError")
    with recorded(folder, work, stopped=lambda: True):
        pass
    assert read_manifest(folder).fate == "stopped"


def test_a_refused_run_leaves_a_manifest_that_was_there_as_it_was(work, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError), recorded(folder, work):
        raise InputError("a file is missing")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    made(folder, work)
    before = (folder / NAME).read_bytes()
    with pytest.raises(InputError), recorded(folder, replace(work, options={})):
        raise InputError("a file is missing")
    assert (folder / NAME).read_bytes() == before
    with pytest.raises(StoppedError), recorded(folder, work):
        raise StoppedError("what is done is kept")
    assert (read_manifest(folder).fate, read_manifest(folder).message) == ("stopped", "what is done is kept")


def test_a_run_whose_process_is_gone_was_killed(work, tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    made(tmp_path / "one", work)
    own = asdict(read_manifest(tmp_path / "one")) | {"state": "running", "ended": "", "process": child.pid}
    (tmp_path / "one" / NAME).write_text(json.dumps(own))
    assert read_manifest(tmp_path / "one").fate == "killed"
    (tmp_path / "one" / NAME).write_text(json.dumps(own | {"process": os.getpid()}))
    assert read_manifest(tmp_path / "one").fate == "running"
    (tmp_path / "one" / NAME).write_text(json.dumps(own | {"host": "another"}))
    assert read_manifest(tmp_path / "one").fate == "running"  # who knows


def test_runs_are_listed_filtered_and_told_where_they_cannot_be_read(work, tmp_path, capsys):
    root = tmp_path / "reports"
    made(root / "one", work)
    made(root / "deep" / "two", replace(work, kind="siting"))
    (root / "broken").mkdir()
    (root / "broken" / NAME).write_bytes(b"{half")
    (root / "none").mkdir()
    assert {one.folder.name for one in runs(root)} == {"one", "two", "broken"}
    assert [one.folder.name for one in runs(root, kind="siting") if one.manifest] == ["two"]
    assert {one.folder.name for one in runs(root, file="a.y", state="done") if one.manifest} == {"one", "two"}
    assert ran("runs", root) == 0
    shown = capsys.readouterr().out
    assert "unreadable" in shown and "siting" in shown and "cannot be read" in shown
    assert ran("runs", tmp_path / "nowhere") == 0
    with pytest.raises(InputError, match="two folders"):
        app(["runs", "--compare", str(root / "one")])


def test_two_runs_show_what_they_differ_in(work, tmp_path, capsys):
    made(tmp_path / "one", work, {"npv": 5.0, "sites": [{"name": "a", "kw": 1}]})
    made(tmp_path / "two", replace(work, options={"gap": 0.5}), {"npv": 6.0, "sites": [{"name": "a", "kw": 1}]})
    assert differences(tmp_path / "one", tmp_path / "two") == [("options.gap", 0.01, 0.5), ("summary.npv", 5.0, 6.0)]
    assert ran("runs", "--compare", tmp_path / "one", tmp_path / "two") == 0
    assert "summary.npv" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"holds no manifest\.json"):
        differences(tmp_path / "one", tmp_path)


def small(folder, **changes):
    """Write an instance that is solved in a second, with scenarios; return its file."""
    path = folder / "file.yaml"
    scenarios = {f"s{k}": {"sites[gate-city].land_cost_per_year": 1000 * k} for k in range(3)}
    said = tree(TINY, {"horizon.operating_years": [1], "catalogue.battery": None, **changes}) | {"scenarios": scenarios}
    path.write_text(json.dumps(said, default=str))
    return path


def test_solving_the_same_again_shows_what_is_there(tmp_path, capsys):
    file = small(tmp_path)
    assert ran("solve", file, "--output", tmp_path / "out") == 0
    before, shown = (tmp_path / "out" / "summary.json").stat().st_mtime_ns, capsys.readouterr().out
    assert "already" not in shown
    assert ran("solve", file, "--output", tmp_path / "out") == 0
    assert "holds this already" in " ".join(capsys.readouterr().out.split())
    assert (tmp_path / "out" / "summary.json").stat().st_mtime_ns == before
    assert ran("solve", file, "--again", "--output", tmp_path / "out") == 0
    assert (tmp_path / "out" / "summary.json").stat().st_mtime_ns > before
    small(tmp_path, **{"sites[gate-city].price_per_kwh": 0.6})
    assert ran("solve", file, "--output", tmp_path / "out") == 0
    assert "already" not in capsys.readouterr().out
    assert sealed(tmp_path / "out", "plan")["sites"][0]["price_per_kwh"] == 0.6


def test_the_same_work_is_found_in_another_folder_of_the_reports(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = small(tmp_path)
    assert ran("solve", file, "--output", "reports/first") == 0
    file.rename(tmp_path / "renamed.yaml")
    capsys.readouterr()
    assert ran("solve", "renamed.yaml") == 0
    assert "reports/first holds this already" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "reports" / "renamed").exists()


@pytest.mark.parametrize("moment", range(6))
def test_a_comparison_killed_at_any_moment_is_resumed_to_the_same_bytes(tmp_path, moment):
    """benchmarks/killed.py does it fifty times; here a few moments, some while a table is written."""
    file = small(tmp_path)
    whole, broken = tmp_path / "whole.csv", tmp_path / "broken.csv"
    assert ran("compare", file, "--jobs", 2, "--output", whole) == 0
    command = [sys.executable, "-m", "evplan", "compare", str(file), "--jobs", "2", "--output", str(broken)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if moment < 3:
        wait_for(child, "rows: 1 of")
    else:
        time.sleep(1.0 + 0.3 * moment)
    time.sleep(0.1 * moment)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert ran("compare", file, "--jobs", 2, "--output", broken, "--resume") == 0
    assert broken.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    "changes",
    [{"process": 10**30}, {"process": "abc"}, {"began": "yesterday"}, {"ended": "soon"}, {"began": 5}, {"kind": 3}, {"file": None},
     {"began": "2026-12-01T00:00:00"}, {"files": ["a"]}, {"exit_code": "0"}, {"inputs": None}],
)  # fmt: skip
def test_a_manifest_that_cannot_be_is_told_and_hides_no_other(work, tmp_path, changes, capsys):
    made(tmp_path / "good", work)
    made(tmp_path / "bad", work)
    said = json.loads((tmp_path / "bad" / NAME).read_text())
    (tmp_path / "bad" / NAME).write_text(json.dumps({**said, "state": "running", **changes}))
    assert ran("runs", tmp_path) == 0
    assert "unreadable" in capsys.readouterr().out
    assert [one.folder.name for one in runs(tmp_path) if one.whole] == ["good"]
    assert same(tmp_path, work) == tmp_path / "good"


def test_a_manifest_without_end_is_told(work, tmp_path):
    made(tmp_path / "good", work)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / NAME).write_text("[" * 100_000)
    assert [one.folder.name for one in runs(tmp_path) if one.fault] == ["deep"]


def test_a_report_that_was_changed_is_told_and_made_again(tmp_path, capsys):
    file = small(tmp_path)
    assert ran("solve", file, "--output", tmp_path / "out") == 0
    with (tmp_path / "out" / "report.html").open("a") as handle:
        handle.write("x")
    (found,) = runs(tmp_path)
    assert not found.whole and "report.html" in found.fault
    capsys.readouterr()
    assert ran("solve", file, "--output", tmp_path / "out") == 0
    assert "already" not in capsys.readouterr().out
    assert runs(tmp_path)[0].whole
