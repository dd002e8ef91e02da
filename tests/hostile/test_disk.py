"""A disk that fills while files are written: what was there stays as it was, the store stays readable, and the command says so."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest
from support import ROOT, TINY, ran, tree

from evplan.report.sealed import sealed
from evplan.store.runs import runs

FULL = 4096  # bytes that a file may have before the disk is full


@pytest.fixture
def quick(tmp_path):
    """Return an instance of a second."""
    said = tree(TINY)
    said["catalogue"].pop("battery", None)
    said["scenarios"] = {"dear": {"sites[gate-city].land_cost_per_year": 30000}}
    (tmp_path / "quick.yaml").write_text(json.dumps(said, default=str))
    return tmp_path / "quick.yaml"


def on_a_full_disk(*words: object, most: int = FULL) -> subprocess.CompletedProcess:
    """Run a command whose files may not grow beyond some bytes: a write beyond fails, as it does where no room is left."""

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    command = [sys.executable, "-B", "-m", "evplan", *map(str, words)]
    env = {**os.environ, "EVPLAN_CACHE": os.devnull}
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=little_room, env=env, check=False)


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_run_says_so_and_leaves_no_part_of_a_file(quick, tmp_path):
    ended = on_a_full_disk("solve", quick, "--output", tmp_path / "out")
    assert ended.returncode == 1
    assert "File too large" in ended.stderr and "nothing is left half-written" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list((tmp_path / "out").rglob(".*"))  # no temporary file
    assert [(one.manifest.fate, one.whole) for one in runs(tmp_path)] == [("failed", False)]


def test_a_run_that_stands_is_left_as_it_was(quick, tmp_path):
    assert ran("solve", quick, "--output", tmp_path / "out") == 0
    before = content(tmp_path / "out")
    changed = json.loads(quick.read_text())
    changed["sites"][0]["price_per_kwh"] = 0.6
    quick.write_text(json.dumps(changed))
    ended = on_a_full_disk("solve", quick, "--output", tmp_path / "out")
    assert ended.returncode == 1
    after = content(tmp_path / "out")
    assert set(after) == set(before)
    assert [one.manifest.fate for one in runs(tmp_path)] == ["failed"]  # and is no answer to either work
    assert ran("solve", quick, "--output", tmp_path / "out") == 0
    assert sealed(tmp_path / "out")["status"] == "optimal"


def test_a_comparison_keeps_what_was_written_and_goes_on_where_there_is_room(quick, tmp_path):
    table = tmp_path / "rows.csv"
    ended = on_a_full_disk("compare", quick, "--output", table, most=700)
    assert ended.returncode == 1, ended.stderr
    assert "File too large" in ended.stderr
    assert ran("compare", quick, "--output", table, "--resume") == 0
    assert ran("compare", quick, "--output", tmp_path / "anew.csv") == 0
    assert table.read_bytes() == (tmp_path / "anew.csv").read_bytes()


@pytest.mark.parametrize("words", [("siting", "siting.yaml"), ("feeder", "feeder.yaml"), ("schedule", None)])
def test_every_kind_of_run_says_so(words, tmp_path):
    command, file = words
    if file is None:
        sessions = tmp_path / "sessions.csv"
        ran("sessions", 5, "--date", "2026-06-01", "--timezone", "America/Los_Angeles", "--output", sessions)
        words = ("schedule", sessions, "--site", ROOT / "instances" / "schedule.yaml")
    else:
        words = (command, ROOT / "instances" / file)
    ended = on_a_full_disk(*words, "--output", tmp_path / "out", most=600)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr and "our fault" not in ended.stderr
    assert "File too large" in ended.stderr


def test_the_store_passes_by_what_it_cannot_read(quick, tmp_path):
    assert ran("solve", quick, "--output", tmp_path / "good") == 0
    for name, make in {
        "folder": lambda path: path.mkdir(), "half": lambda path: path.write_text('{"kind": "pl'),
        "binary": lambda path: path.write_bytes(b"\x80\xff"), "ring": lambda path: path.symlink_to(path),
        "strange": lambda path: path.write_text('{"kind": 3}'),
    }.items():  # fmt: skip
        (tmp_path / name).mkdir()
        make(tmp_path / name / "manifest.json")
    found = {one.folder.name: one for one in runs(tmp_path)}
    assert found["good"].whole
    assert all(not one.whole and one.fault for name, one in found.items() if name != "good")
    assert len(found) == 6
