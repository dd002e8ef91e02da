"""A comparison: every row by itself, in order, kept as it comes, taken up again."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from support import TINY, tree

from evplan import plan
from evplan.errors import InputError, NoPlanError
from evplan.scenarios import compare as scenarios
from evplan.scenarios import table as row_table
from evplan.scenarios.compare import Interrupted, compare
from evplan.scenarios.rows import COLUMNS, failed_row, fingerprint
from evplan.scenarios.table import read_rows

SMALL = {"horizon.operating_years": [1], "catalogue.battery": None}
SCENARIOS = {
    "dear": {"sites[gate-city].land_cost_per_year": 90000},
    "narrow": {"sites[rock-creek].connection": {"existing_kw": 1}},
}


def write(folder: Path, scenarios=SCENARIOS, **changes) -> Path:
    """Write an instance of two sites on one week without a battery: each row takes a second."""
    path = folder / "file.yaml"
    path.write_text(json.dumps(tree(TINY, {**SMALL, **changes}) | {"scenarios": scenarios}, default=str))
    return path


@pytest.fixture
def file(tmp_path) -> Path:
    """Return an instance with scenarios."""
    return write(tmp_path)


def without_seconds(rows):
    return [{name: row[name] for name in COLUMNS if name != "seconds"} for row in rows]


def test_rows_side_by_side_are_those_one_after_another_and_a_missing_solver_fails_its_own(file, tmp_path):
    told: list[tuple[str, str]] = []
    table = tmp_path / "found" / "table.csv"
    how = {"scenarios": ["dear", "base", "narrow"], "solvers": ["gurobi", "highs"], "table": table}
    side = compare(file, **how, jobs=2, progress=lambda *said: told.append(said))
    assert [(row["scenario"], row["asked_solver"]) for row in side] == [
        (name, solver) for name in ("dear", "base", "narrow") for solver in ("gurobi", "highs")
    ]
    assert [row["status"] for row in side] == ["not installed", "optimal"] * 2 + ["not installed", "infeasible"]
    assert [row["exit_code"] for row in side] == [2, 0, 2, 0, 2, 3]
    assert "is not installed" in side[0]["message"]
    assert side[3]["objective"] > side[1]["objective"]
    assert read_rows(table) == side
    assert any(what == "base, highs" and known.startswith("gate-city: best") for what, known in told)
    assert ("base, highs", "") in told  # its line goes
    assert any(what == "rows" and known.startswith("6 of 6 done; ") for what, known in told)
    assert without_seconds(compare(file, **{**how, "table": None}, jobs=1)) == without_seconds(side)


def solved_by(answers, calls):
    """Return a stand-in for a row's solving, which raises what it is told to for a scenario."""

    def solve_row(asked, tell):
        calls.append(asked.scenario)
        answer = answers.get(asked.scenario)
        if isinstance(answer, KeyboardInterrupt):
            raise answer
        row = failed_row(asked, answer or NoPlanError("none")) | {"seconds": 1.5}
        return row if answer else row | {"status": "optimal", "exit_code": 0, "message": None, "objective": 0.1}

    return solve_row


def test_any_error_at_all_fails_its_own_row_only(file, monkeypatch):
    real = plan.solve_read

    def solve_read(found, **how):
        if found.scenario == "dear":
            raise ZeroDivisionError("division by zero")
        return real(found, **how)

    monkeypatch.setattr(plan, "solve_read", solve_read)
    rows = compare(file, ["dear", "base"], jobs=1)
    assert [(row["status"], row["exit_code"]) for row in rows] == [("failed", 1), ("optimal", 0)]
    assert "our fault: ZeroDivisionError: division by zero" in rows[0]["message"]


def test_an_interruption_keeps_what_is_finished_and_resume_solves_the_rest(file, tmp_path, monkeypatch):
    calls: list[str] = []
    monkeypatch.setattr(scenarios, "solve_row", solved_by({"dear": KeyboardInterrupt()}, calls))
    table = tmp_path / "table.csv"
    with pytest.raises(Interrupted) as stopped:
        compare(file, table=table, jobs=1)
    assert (stopped.value.asked, [row["scenario"] for row in stopped.value.rows]) == (3, ["base"])
    assert read_rows(table) == stopped.value.rows

    monkeypatch.setattr(scenarios, "solve_row", solved_by({}, calls))
    assert [row["scenario"] for row in compare(file, table=table, jobs=1, resume=True)] == ["base", "dear", "narrow"]
    assert calls == ["base", "dear", "dear", "narrow"]
    compare(file, table=table, jobs=1, resume=True)
    assert len(calls) == 4
    compare(file, table=table, jobs=1, resume=True, gap=0.02)  # another question
    assert len(calls) == 7
    compare(file, table=table, jobs=1)  # not asked to
    assert len(calls) == 10


def test_resume_solves_again_what_another_file_or_a_failure_left(file, tmp_path, monkeypatch):
    calls: list[str] = []
    monkeypatch.setattr(scenarios, "solve_row", solved_by({"narrow": NoPlanError("no time")}, calls))
    table = tmp_path / "table.csv"
    compare(file, table=table, jobs=1)
    compare(file, table=table, jobs=1, resume=True)
    assert calls[3:] == ["narrow"]
    write(tmp_path, {**SCENARIOS, "more": {"sites[gate-city].land_cost_per_year": 1}})
    compare(file, table=table, jobs=1, resume=True)
    assert calls[4:] == ["narrow", "more"]  # a new scenario changes nothing for the others
    write(tmp_path, **{"sites[gate-city].price_per_kwh": 0.5})
    compare(file, table=table, jobs=1, resume=True)
    assert calls[6:] == ["base", "dear", "narrow"]


def test_resume_leaves_rows_alone_that_were_not_asked_for(file, tmp_path, monkeypatch):
    calls: list[str] = []
    monkeypatch.setattr(scenarios, "solve_row", solved_by({}, calls))
    table = tmp_path / "table.csv"
    compare(file, table=table, jobs=1)
    compare(file, ["dear"], table=table, jobs=1, resume=True, gap=0.02)
    rows = read_rows(table)
    assert [(row["scenario"], row["asked_gap"] == 0.02) for row in rows] == [
        ("dear", True), ("base", False), ("dear", False), ("narrow", False),
    ]  # fmt: skip
    compare(file, table=table, jobs=1, resume=True)
    assert len(calls) == 4 and len(read_rows(table)) == 4


def test_a_row_rests_on_the_content_of_the_files_that_the_instance_names(tmp_path):
    from evplan.instance.read import read

    load = tmp_path / "load.csv"
    load.write_text("kw\n" + "10\n" * 8760)
    path = write(tmp_path, **{"sites[gate-city].load_kw": {"file": "load.csv", "column": "kw"}})
    before = fingerprint(read(path))
    load.write_text("kw\n" + "11\n" * 8760)
    assert fingerprint(read(path)) != before


def test_a_table_that_is_none_is_refused_before_anything_is_solved(file, tmp_path):
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(InputError, match=r"table\.csv: is no table"):
        compare(file, table=tmp_path / "table.csv", resume=True)
    for wrong in ({"jobs": 0}, {"gap": float("nan")}, {"time_limit_s": 0.0}):
        with pytest.raises(InputError):
            compare(file, **wrong)


def children() -> list[int]:
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
def test_a_killed_process_fails_its_own_row_only(file):
    killed: list[int] = []
    before = set(children())

    def kill_the_first(what: str, known: str) -> None:
        if known.startswith("prepare") and not killed:
            new = sorted(set(children()) - before)
            killed.append(new[0])
            os.kill(new[0], signal.SIGKILL)

    rows = compare(file, ["base", "dear", "narrow"], jobs=2, progress=kill_the_first)
    lost = [row for row in rows if row["status"] == "failed"]
    assert len(lost) == 1
    assert "was killed" in lost[0]["message"]
    assert {"optimal", "infeasible"} == {row["status"] for row in rows} - {"failed"}


def test_a_row_table_takes_numbers_back_to_the_last_digit(tmp_path):
    row = dict.fromkeys(COLUMNS) | {
        "objective": 0.1 + 0.2,
        "exit_code": 3,
        "message": 'two\nlines, "quoted"',
        "solver": "1",
    }
    row_table.write_rows([row], tmp_path / "t.csv")
    assert read_rows(tmp_path / "t.csv") == [row]
    assert read_rows(tmp_path / "none.csv") == []
