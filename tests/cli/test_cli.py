"""The command line as a user meets it: exit codes, progress, files, messages."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import ROOT, TINY, variant, wait_for

EVPLAN = [sys.executable, "-m", "evplan"]


def run(*arguments, cwd: Path, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*EVPLAN, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100", **environment},
        check=False,
    )


def test_new_check_solve_report_is_a_path_without_surprises(tmp_path):
    assert run("new", "mine.yaml", cwd=tmp_path).returncode == 0
    again = run("new", "mine.yaml", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert "sound" in run("check", "mine.yaml", cwd=tmp_path).stdout
    small = variant(tmp_path)
    done = run("solve", small, "--output", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "proved" in done.stdout
    assert "USD" in done.stdout
    assert "gate-city" in done.stderr  # progress
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["checker"]["passed"]
    assert run("report", "out", cwd=tmp_path).returncode == 0


def test_a_scenario_is_solved_by_name_and_reported_in_its_own_folder(tmp_path):
    done = run("solve", TINY, "--scenario", "no-battery", cwd=tmp_path)
    assert done.returncode == 0
    summary = json.loads((tmp_path / "reports" / "tiny-no-battery" / "summary.json").read_text())
    assert summary["scenario"] == "no-battery"
    assert all(site["battery_kwh"] == 0 for site in summary["sites"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["solve", "missing.yaml"], 2, "no such file"),
        (["solve", str(TINY), "--scenario", "no-batery"], 2, "did you mean 'no-battery'"),
        (["report", "."], 2, "summary.json"),
        (["predict", "--soc", "7"], 2, "soc"),
        (["train", "lfp", "--samples", "3", "--output", "."], 2, "samples"),
        (["train", "lfp", "--seed", "-1", "--output", "."], 2, "seed: -1 is below 0"),
        (["lookup", "--jobs", "0", "--output", "a.csv"], 2, "jobs: 0"),
        (["compare", str(TINY), "--output", "."], 2, "is a folder"),
        (["compare", str(TINY), "--jobs", "0"], 2, "--jobs must be at least 1"),
        (["compare", str(TINY), "--gap", "-1"], 2, "--gap must be at least 0"),
        (["schema", "--output", "no/such/folder.json"], 2, "No such file"),
    ],
)
def test_bad_input_is_told_without_a_traceback(arguments, code, said, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_infeasible_file_exits_with_3(tmp_path):
    path = variant(
        tmp_path,
        {
            "sites[rock-creek].demand.min_served": 1.0,
            "sites[rock-creek].connection": {"existing_kw": 1},
            "catalogue.battery": None,
        },
    )
    done = run("solve", path, cwd=tmp_path)
    assert done.returncode == 3
    assert "clashes with" in done.stderr
    assert not (tmp_path / "reports").exists()


def test_a_time_out_exits_with_4_and_still_reports_a_checked_plan(tmp_path):
    path = variant(tmp_path, {"sites[rock-creek].demand.min_served": 0.0})
    done = run("solve", path, "--time-limit", "0.01", "--gap", "0", "--output", "out", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["status"] == "time_limit"
    assert summary["checker"]["passed"]
    assert summary["bound"] >= summary["objective"]
    assert "not proved" in done.stdout
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.index("This plan is not proved: the time limit came first") < page.index("<h2>")


def test_an_obligation_that_a_scenario_sets_is_blamed_on_the_scenarios_line(tmp_path):
    text = TINY.read_text().replace(
        "scenarios:", 'scenarios:\n  strict: {"sites[rock-creek].demand.min_served": 1.0, "catalogue.battery": null}'
    )
    steps = ", steps: [{power_kw: 150, cost: 80000}, {power_kw: 300, cost: 120000}]"
    (tmp_path / "mine.yaml").write_text(text.replace("existing_kw: 50" + steps, "existing_kw: 5"))
    line = 1 + next(i for i, row in enumerate(text.splitlines()) if row.startswith("  strict"))
    done = run("solve", "mine.yaml", "--scenario", "strict", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert f"mine.yaml:{line}:" in done.stderr


def test_compare_puts_scenarios_and_solvers_in_one_table(tmp_path):
    pytest.importorskip("pyscipopt", reason="the solvers extra is not installed")
    done = run(
        "compare",
        TINY,
        "--scenario",
        "base",
        "--scenario",
        "no-battery",
        "--solver",
        "highs",
        "--solver",
        "scip",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "reports" / "tiny-comparison.csv").read_text().splitlines()
    assert len(lines) == 5
    for word in ("objective", "bound", "gap", "chargers", "npv", "viability_gap_grant"):
        assert word in lines[0]
    seconds = (tmp_path / "reports" / "tiny-comparison-seconds.csv").read_text().splitlines()
    assert "seconds" in seconds[0] and len(seconds) == 5
    values = [float(row["objective"]) for row in csv.DictReader(lines)]
    assert values[0] == pytest.approx(values[1], rel=1e-3)  # each settles its batteries' lives within 1 %
    assert values[0] > values[2]


def test_predict_says_life_and_warns_outside_the_range(tmp_path):
    done = run("predict", "--temperature-c", "70", cwd=tmp_path)
    assert done.returncode == 0
    assert "end of life at 80%" in done.stdout
    assert "warning" in done.stdout


def test_compare_reports_the_worst_run_and_why(tmp_path):
    changes = {"sites[rock-creek].demand.min_served": 1.0, "sites[rock-creek].connection": {"existing_kw": 1}}
    path = variant(tmp_path, {**changes, "catalogue.battery": None})
    done = run("compare", path, cwd=tmp_path)
    assert done.returncode == 3
    assert "infeasible" in done.stdout
    assert "sites[rock-creek].demand.min_served" in done.stdout
    row = next(csv.DictReader((tmp_path / "reports" / "variant-comparison.csv").read_text().splitlines()))
    assert row["status"] == "infeasible"
    assert "One repair that suffices" in row["message"]


@pytest.mark.parametrize(
    "option", [("--gap", "-1"), ("--gap", "nan"), ("--gap", "1"), ("--time-limit", "0"), ("--time-limit", "nan")]
)
def test_an_option_out_of_range_is_refused_at_once(option, tmp_path):
    done = run("solve", TINY, *option, cwd=tmp_path)
    assert done.returncode == 2
    assert option[0] in done.stderr


def test_an_output_that_cannot_be_written_is_refused_before_solving(tmp_path):
    (tmp_path / "taken").write_text("a file where a folder should go")
    done = run("solve", TINY, "--output", "taken", cwd=tmp_path)
    assert done.returncode == 2
    assert "taken" in done.stderr
    assert "build" not in done.stderr
    assert (tmp_path / "taken").read_text() == "a file where a folder should go"


def test_a_title_that_looks_like_markup_is_printed_as_it_is(tmp_path):
    done = run("solve", variant(tmp_path, {"title": "Plan [phase one] [/b]"}), cwd=tmp_path)
    assert done.returncode == 0
    assert "Plan [phase one] [/b]" in done.stdout


def test_an_interruption_keeps_the_best_plan_so_far_checked_and_with_its_gap(tmp_path):
    greensboro = ROOT / "instances" / "greensboro.yaml"
    child = subprocess.Popen(
        [*EVPLAN, "solve", str(greensboro), "--gap", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(child, "round 2")  # every site has had a plan by then
    child.send_signal(signal.SIGINT)
    shown, told = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "stopping: the best plan so far is checked and written" in told
    assert "report: reports/greensboro/report.html" in shown
    said = json.loads((tmp_path / "reports" / "greensboro" / "summary.json").read_text())
    assert (
        said["status"] in ("interrupted", "optimal") and said["checker"]["passed"]
    )  # the last round may have been proved
    assert said["bound"] >= said["objective"] > 1.5e6  # the proved optimum is about 1.86 million


def test_an_interruption_before_there_is_a_plan_says_so_and_writes_nothing(tmp_path):
    greensboro = ROOT / "instances" / "greensboro.yaml"
    child = subprocess.Popen([*EVPLAN, "solve", str(greensboro)], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    wait_for(child, "prepare")
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "stopped before a plan was found" in told or "stopped before it was done" in told
    assert not (tmp_path / "reports").exists()


def test_an_interrupted_comparison_shows_and_keeps_its_finished_rows_and_resumes(tmp_path):
    asked = ["compare", str(TINY), "--scenario", "no-battery", "--scenario", "rural-growth", "--gap", "0.01"]
    child = subprocess.Popen(
        [*EVPLAN, *asked, "--jobs", "2"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for(child, "1 of 2 done; no-battery, highs: optimal")
    child.send_signal(signal.SIGINT)
    shown, told = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "1 of 2 rows were finished; add --resume to solve the rest" in told
    assert "no-battery" in shown and "rural-growth" not in shown
    first = (tmp_path / "reports" / "tiny-comparison.csv").read_text().splitlines()
    assert len(first) == 2
    done = run(*asked, "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 of 2 taken from reports/tiny-comparison.csv" in done.stderr
    both = (tmp_path / "reports" / "tiny-comparison.csv").read_text().splitlines()
    assert both[:2] == first and both[2].startswith("rural-growth")


def test_a_second_interruption_leaves_at_once(tmp_path):
    greensboro = ROOT / "instances" / "greensboro.yaml"
    child = subprocess.Popen([*EVPLAN, "solve", str(greensboro)], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    wait_for(child, "build")  # building cannot be cut short
    child.send_signal(signal.SIGINT)
    wait_for(child, "press again")
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    child.wait(timeout=30)  # the prompt is back; processes that it had started follow within a second
    assert child.returncode in (130, -signal.SIGINT)  # ended in good order just before, or by the second press
    assert time.monotonic() - begun < 1.0
    child.communicate(timeout=30)


def test_more_cores_than_here_change_nothing():
    # HiGHS starts a scheduler for the whole thread at its first run; a later run that asks for another number fails.
    code = "import highspy; h = highspy.Highs(); h.setOptionValue('output_flag', False); h.setOptionValue('threads', 1); h.run()"
    follow = f"; import evplan; print(evplan.solve({str(TINY)!r}).status)"
    done = subprocess.run([sys.executable, "-c", code + follow], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "optimal", done.stderr
    source = (ROOT / "evplan" / "solver" / "highs.py").read_text()
    assert source.count("highspy.Highs()") == source.count('setOptionValue("threads", 1)') == 1
    others = [path for path in (ROOT / "evplan").rglob("*.py") if "highspy.Highs()" in path.read_text()]
    assert others == [ROOT / "evplan" / "solver" / "highs.py"]  # every model is loaded in one place


def test_the_front_door_opens_from_python(tmp_path):
    code = (
        "import evplan; r = evplan.solve(%r); evplan.report(r, 'out'); print(evplan.compare(%r, ['base'])[0]['status'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code % (str(TINY), str(TINY))], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "optimal", done.stderr
    assert (tmp_path / "out" / "report.html").exists()


def test_the_repository_keeps_its_layout():
    for name in (
        "README.md",
        "pyproject.toml",
        "evplan",
        "models",
        "instances",
        "data",
        "tests",
        "reports",
        "benchmarks",
        "docs",
    ):
        assert (ROOT / name).exists(), name
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert " @ " not in lock
    assert all("==" in line for line in lock.splitlines() if line and not line.startswith("#"))
    assert len((ROOT / "evplan" / "cli.py").read_text().splitlines()) <= 150


def test_predict_understands_words_and_says_what_drives_the_life(tmp_path):
    done = run(
        "predict",
        "--chemistry",
        "nmc622",
        "--temperature-c",
        "hot",
        "--cycles-per-year",
        "taxi",
        "--output",
        "f.csv",
        cwd=tmp_path,
    )
    assert done.returncode == 0
    for said in (
        "cells at 38 °C",
        "90 % of batteries",
        "what would change the life",
        "other cells under this duty",
        "--outlook field",
    ):
        assert said in " ".join(done.stdout.split())
    header, first, *_ = (tmp_path / "f.csv").read_text().splitlines()
    assert header == "years,soh,soh_low,soh_high"
    assert first.split(",")[:2] == ["0", "1"]


def test_predict_tells_every_word_it_does_not_know_at_once(tmp_path):
    done = run("predict", "--temperature-c", "boiling", "--depth", "abyssal", cwd=tmp_path)
    assert done.returncode == 2
    assert "temperature_c: 'boiling'" in done.stderr and "depth: 'abyssal'" in done.stderr
    assert "Traceback" not in done.stderr


def test_predict_reads_a_table_and_writes_one(tmp_path):
    (tmp_path / "fleet.csv").write_text(
        "temperature_c,soc,depth,c_rate,cycles_per_year,years\n25,0.5,0.8,0.5,300,6\n70,0.5,0.8,0.5,300,6\n"
    )
    done = run("predict", "--bulk", "fleet.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert "1 leave the range" in " ".join(done.stdout.split())
    rows = list(csv.DictReader((tmp_path / "fleet-predicted.csv").read_text().splitlines()))
    assert [row["in_range"] for row in rows] == ["True", "False"]
    assert 0 < float(rows[1]["soh"]) < float(rows[0]["soh"]) < 1


def test_predict_is_calibrated_to_measurements(tmp_path):
    (tmp_path / "mine.csv").write_text("years,soh\n2,0.95\n4,0.92\n")
    done = run("predict", "--measured", "mine.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert "calibrated: your batteries fade" in done.stdout


def test_a_measured_table_without_a_column_names_it(tmp_path):
    (tmp_path / "mine.csv").write_text("years,health\n2,0.95\n")
    done = run("predict", "--measured", "mine.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no column soh; it has years, health" in done.stderr


def test_distributions_with_an_unknown_key_name_it(tmp_path):
    shipped = (ROOT / "data" / "degradation" / "monte_carlo.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(shipped.replace("seed:", "sede:"), encoding="utf-8")
    done = run("train", "lfp", "--distributions", "own.yaml", "--output", "models", cwd=tmp_path)
    assert done.returncode == 2
    assert "missing seed; unknown sede" in done.stderr


def test_check_opens_the_ageing_model_that_a_file_names(tmp_path):
    text = (ROOT / "instances" / "tiny.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(text.replace("chemistry: lfp,", "chemistry: lfp, ageing_model: junk.npz,"))
    (tmp_path / "junk.npz").write_bytes(b"junk")
    done = run("check", "own.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "junk.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_predict_asks_on_a_terminal_and_asks_again_where_it_does_not_understand(tmp_path):
    import os
    import pty

    primary, secondary = pty.openpty()
    asked = subprocess.Popen(
        [sys.executable, "-m", "evplan", "predict"], stdin=secondary, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path, text=True,
    )  # fmt: skip
    os.write(primary, b"fish\ncells\ntin\nnca\nboiling\nhot\n\n\n\n\nused\n")
    said, wrong = asked.communicate(timeout=60)
    os.close(primary)
    os.close(secondary)
    assert asked.returncode == 0, wrong
    assert "'fish' is none of them" in said and "'tin' is none of them" in said
    assert "'boiling' is neither" in said
    assert "nca, cells at 38 °C" in said
    assert "90.0% to 90.0%" in said


def test_train_writes_model_card_dataset_and_page(tmp_path):
    done = run("train", "lfp", "--samples", "600", "--output", "models", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == [
        f"models/{name}"
        for name in ("datasets/lfp.parquet", "lfp-direct.joblib", "lfp.json", "lfp.npz", "training.html")
    ]
    assert "90 % interval" in done.stdout


def rate_file(folder, **said):
    days = [[0] * 24] * 12
    record = {"name": "Large Power", "energyratestructure": [[{"rate": 0.1}]], "energyweekdayschedule": days, **said}
    (folder / "rate.json").write_text(json.dumps({"items": [record]}))


def test_tariff_import_prints_a_block_that_an_instance_can_hold(tmp_path):
    rate_file(tmp_path, flatdemandstructure=[[{"rate": 9.0}]], flatdemandmonths=[0] * 12)
    done = run("tariff", "import", "rate.json", "--name", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = TINY.read_text(encoding="utf-8")
    tariffs = text[text.index("tariffs:") : text.index("sites:")]
    (tmp_path / "own.yaml").write_text(
        text.replace(tariffs, done.stdout).replace("tariff: general-service", "tariff: mine")
    )
    assert run("check", "own.yaml", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"energyratestructure": [[{"rate": -0.1}]]},
        {"energyratestructure": [[]]},
        {"energyweekdayschedule": [[7] * 24] * 12},
    ],
)
def test_tariff_import_of_a_rate_that_cannot_be_is_refused_in_words(tmp_path, wrong):
    rate_file(tmp_path, **wrong)
    done = run("tariff", "import", "rate.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "rate.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_tariff_bill_bills_a_load_at_its_own_step(tmp_path):
    # 10 kW all year with one quarter of an hour at 100 kW in July: 87,600 + 22.5 kWh; peaks of 10 kW, July's of 100 kW.
    rows = ["10"] * (365 * 96)
    rows[200 * 96 + 40] = "100"
    (tmp_path / "load.csv").write_text("load_kw\n" + "\n".join(rows) + "\n")
    (tmp_path / "tiny.yaml").write_text(TINY.read_text(encoding="utf-8"), encoding="utf-8")
    done = run("tariff", "bill", "tiny.yaml", "load.csv", "--step-minutes", "15", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "87,622 kWh, highest import 100.0 kW" in done.stdout
    days = (("--start", day) for day in ("soon", "1999-01-01", "2028-02-29"))
    for wrong in (("--step-minutes", "0"), ("--tariff", "none"), ("--contracted-kw", "-5"), *days):
        refused = run("tariff", "bill", "tiny.yaml", "load.csv", *wrong, cwd=tmp_path)
        assert (refused.returncode, "Traceback" in refused.stderr, wrong[0] in refused.stderr) == (2, False, True)


def test_tariff_bill_gives_days_the_rows_of_their_weekday(tmp_path):
    """A load on Mondays of 2019 alone, billed in 2027: on its 52 Mondays, which are 4 January 2027 and so on."""
    mondays = ["10" if n // 24 % 7 == 6 else "0" for n in range(8760)]  # 1 January 2019 is a Tuesday
    (tmp_path / "load.csv").write_text("load_kw\n" + "\n".join(mondays) + "\n")
    weekdays = {"energy": [{"price_per_kwh": 1.0}, {"price_per_kwh": 0.5, "windows": [{"days": "weekday"}]}]}
    (tmp_path / "tiny.yaml").write_text(variant(tmp_path, {"tariffs.weekdays": weekdays}).read_text())
    by_weekday = run("tariff", "bill", "tiny.yaml", "load.csv", "--tariff=weekdays", "--start=2019-01-01", cwd=tmp_path)
    assert by_weekday.returncode == 0, by_weekday.stderr
    assert "12,480 kWh" in by_weekday.stdout and "6,240" in by_weekday.stdout  # 52 Mondays x 240 kWh, all at 0.5
