"""Every kind of run is recorded with what it was made from, and the same work is shown again instead of being done again."""

from __future__ import annotations

import json

import pytest
from support import ROOT, TINY, ran, tree

from evplan.store.manifest import read_manifest
from evplan.store.runs import runs

QUICK = {"horizon.operating_years": [1], "catalogue.battery": None}
RISK = {"samples": 64, "drivers": {"electricity-price": {"shape": "triangular", "low": 0.8, "mode": 1.0, "high": 1.3}}}


@pytest.fixture
def inputs(tmp_path):
    """Write a file of each kind; return their folder."""
    for name, changes in {"plan": QUICK, "risk": QUICK | {"risk": RISK}}.items():
        (tmp_path / f"{name}.yaml").write_text(json.dumps(tree(TINY, changes), default=str))
    cases = {
        "dear": {"probability": 0.5, "changes": {"sites[gate-city].price_per_kwh": 0.6}},
        "cheap": {"probability": 0.5, "changes": {"sites[gate-city].price_per_kwh": 0.4}},
    }
    said = tree(TINY, QUICK) | {"futures": {"cases": cases}}
    (tmp_path / "futures.yaml").write_text(json.dumps(said, default=str))
    staged = tree(TINY, QUICK)
    del staged["horizon"]["operating_years"]
    staged["horizon"]["stages"] = [1, 6]
    (tmp_path / "stages.yaml").write_text(json.dumps(staged, default=str))
    ran(
        "sessions",
        5,
        "--date",
        "2026-06-01",
        "--timezone",
        "America/Los_Angeles",
        "--output",
        tmp_path / "sessions.csv",
    )
    world = (ROOT / "instances" / "v2x.yaml").read_text()
    (tmp_path / "world.yaml").write_text(
        world.replace("count: 15", "count: 2").replace("arrivals_per_day: 30", "arrivals_per_day: 3")
    )
    return tmp_path


SITE = ROOT / "instances" / "schedule.yaml"
COMMANDS = {
    "plan": ("solve", "plan.yaml"), "alternatives": ("alternatives", "plan.yaml", "--count", 1), "risk": ("risk", "risk.yaml"),
    "futures": ("futures", "futures.yaml"), "stages": ("stages", "stages.yaml"),
    "schedule": ("schedule", "sessions.csv", "--site", SITE), "schedule replay": ("replay", "sessions.csv", "--site", SITE),
    "v2x": ("simulate", "world.yaml", "--policy", "as-fast", "--days", 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_run_of_each_kind_is_recorded_and_shown_again(kind, inputs, monkeypatch, capsys):
    monkeypatch.chdir(inputs)
    code = ran(*COMMANDS[kind])
    (found,) = runs(inputs / "reports")
    assert (found.manifest.kind, found.manifest.fate, found.whole) == (kind, "done", True), found.fault
    assert all(found.manifest.inputs.values()) and found.manifest.exit_code == code
    first = capsys.readouterr().out
    before = {path: path.stat().st_mtime_ns for path in found.folder.rglob("*")}
    assert ran(*COMMANDS[kind]) == code
    again = capsys.readouterr().out
    assert again.startswith(read_manifest(found.folder).said) and again.startswith(first)
    assert "--again does it anew" in " ".join(again.split())
    assert {path: path.stat().st_mtime_ns for path in found.folder.rglob("*")} == before
    assert ran(*COMMANDS[kind], "--again") == code
    assert found.folder.joinpath("summary.json").stat().st_mtime_ns > before[found.folder / "summary.json"]


def test_what_another_file_names_is_another_work(inputs, monkeypatch, capsys):
    """A support programme of the user's own is a file that the plan is made from, too."""
    monkeypatch.chdir(inputs)
    programme = (ROOT / "data" / "programmes" / "us-nevi.yaml").read_text()
    (inputs / "own.yaml").write_text(programme)
    said = tree(TINY, QUICK)
    said["sites"][0]["programmes"] = [{"name": "own.yaml", "category": "corridor"}]
    (inputs / "plan.yaml").write_text(json.dumps(said, default=str))
    assert ran("solve", "plan.yaml") == 0
    assert set(runs(inputs / "reports")[0].manifest.inputs) == {"plan.yaml", "own.yaml"}
    (inputs / "own.yaml").write_text(programme + "\n# another\n")
    capsys.readouterr()
    assert ran("solve", "plan.yaml") == 0
    assert "already" not in capsys.readouterr().out


def test_a_run_whose_report_was_deleted_is_made_again(inputs, monkeypatch, capsys):
    monkeypatch.chdir(inputs)
    assert ran("solve", "plan.yaml") == 0
    (inputs / "reports" / "plan" / "report.html").unlink()
    capsys.readouterr()
    assert ran("solve", "plan.yaml") == 0
    assert "already" not in capsys.readouterr().out
    assert (inputs / "reports" / "plan" / "report.html").is_file()
