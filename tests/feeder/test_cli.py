"""`evplan feeder` as a user has it: from the shipped file to checked tables, figures and answers to planners' questions."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pandas as pd
import pytest
from support import ROOT, ran, wait_for

from evplan.cli import app
from evplan.errors import InputError
from evplan.feeder.read import BESIDE, TEMPLATE, json_schema
from evplan.report.sealed import sealed


def test_the_shipped_feeder_is_the_template():
    shipped = (ROOT / "instances" / "feeder.yaml").read_text().split("\n", 1)[1]
    assert shipped.replace("../data/village/", "village/") == TEMPLATE.read_text()


def test_the_schema_is_fresh():
    assert (ROOT / "instances" / "feeder-schema.json").read_text() == json_schema()


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Return a new feeder and the folder of its plan, with everything that can be asked for."""
    folder = tmp_path_factory.mktemp("feeder")
    file, out = folder / "my.yaml", folder / "out"
    ran("new", file, "--kind", "feeder")
    file.write_text(
        file.read_text()
        .replace("orders: 500", "orders: 40")
        .replace("minutes: 15", "minutes: 60")
        .replace("points: 20", "points: 6")
    )
    code = ran(
        "feeder",
        file,
        "--hosting",
        "--envelopes",
        15,
        "--phases",
        "--volt-var",
        "--upgrade",
        "--format",
        "html",
        "pdf",
        "--output",
        out,
    )
    return file, out, code


def test_a_new_file_brings_its_data_and_is_sound(planned, capsys):
    file, _, _ = planned
    assert {one.name for one in (file.parent / "village").iterdir()} == {one.name for one in BESIDE[0].iterdir()} - {
        "README.md"
    }
    assert ran("check", file) == 0
    assert "36 customers" in capsys.readouterr().out


def test_a_plan_is_written_whole(planned):
    _, out, code = planned
    assert code == 0
    said = sealed(out, "feeder")
    assert all(one["holds"] for one in said["checks"])
    assert said["control"] and said["chosen"]["unbalance_a"] < said["baselines"][0]["unbalance_a"]
    assert said["score"] < said["score_nothing"]
    plan, sessions = pd.read_csv(out / "plan.csv"), pd.read_csv(out / "sessions.csv")
    assert len(plan) == 24 and plan["time"].iloc[0] == "12:00"
    for row in sessions.itertuples():
        assert plan[f"{row.name}_kw"].sum() == pytest.approx(row.got_kwh)
        assert row.got_kwh == pytest.approx(row.asked_kwh, abs=1e-3)
    assert {"front", "steps", "voltages", "hosting", "orders", "envelopes", "phases", "upgrade"} <= {
        one.stem for one in out.glob("*.csv")
    }
    assert len(pd.read_parquet(out / "steps.parquet")) == 48
    assert (out / "report.pdf").read_bytes()[:5] == b"%PDF-"
    assert "new line.street-1-1" in (out / "network.dss").read_text()


def test_baselines_are_always_there(planned):
    _, out, _ = planned
    assert pd.read_csv(out / "front.csv")["name"].tolist()[:3] == ["no control", "panels off", "greedy"]


def test_the_report_needs_no_network(planned):
    _, out, _ = planned
    page = (out / "report.html").read_text()
    assert page.count("<svg") >= 7
    assert not re.findall(r"(?:src|href)=\"(https?:[^\"]+)", page)
    for words in (
        "Hosting capacity",
        "Operating envelopes",
        "Phases of charge points",
        "Volt-var",
        "A larger transformer",
        "Check",
    ):
        assert words in page


def test_opendss_is_asked_too(planned, tmp_path):
    pytest.importorskip("opendssdirect", reason="OpenDSS is the oracle")
    file, _, _ = planned
    assert ran("feeder", file, "--engine", "opendss", "--output", tmp_path / "out") == 0
    claims = [one["claim"] for one in json.loads((tmp_path / "out" / "summary.json").read_text())["checks"]]
    assert claims.count("OpenDSS finds the same voltages") == 2


@pytest.mark.parametrize("words", [("--envelopes", "-1"), ("--compare", "-5")])
def test_what_makes_no_sense_is_refused(planned, tmp_path, words):
    file, _, _ = planned
    with pytest.raises(InputError):
        app(["feeder", str(file), *words, "--output", str(tmp_path)])


def test_the_folder_of_the_data_is_not_written_to(planned):
    file, _, _ = planned
    with pytest.raises(InputError, match="holds data that are read"):
        app(["feeder", str(file), "--output", str(file.parent / "village")])


def test_a_day_that_no_voltage_carries_is_reported_as_that(planned, tmp_path, capsys):
    file, _, _ = planned
    hopeless = file.parent / "hopeless.yaml"
    hopeless.write_text(
        file.read_text().replace("loads: { file: village/loads.csv }", "loads: { file: village/loads.csv, scale: 40 }")
    )
    assert ran("feeder", hopeless, "--output", tmp_path / "out") == 0
    said, shown = sealed(tmp_path / "out", "feeder"), " ".join(capsys.readouterr().out.split())
    assert said["baselines"][0]["unsolved_steps"] > 0
    assert "steps no voltage carries what is drawn" in shown
    assert "which takes more than control" in shown or said["control"]
    steps = pd.read_csv(tmp_path / "out" / "steps.csv")
    none = steps[steps["name"] == "no control"]
    assert none["lowest_pu"].isna().sum() == said["baselines"][0]["unsolved_steps"]


def test_a_search_by_genes_is_set_beside(planned, tmp_path):
    pytest.importorskip("pymoo", reason="NSGA-II is pymoo's")
    file, _, _ = planned
    assert ran("feeder", file, "--compare", 600, "--output", tmp_path / "out") == 0
    said, points = sealed(tmp_path / "out", "feeder"), pd.read_csv(tmp_path / "out" / "nsga2.csv")
    assert said["nsga2"]["points"] == len(points) > 0
    assert 0 < said["nsga2"]["hypervolume"] <= said["hypervolume"]
    assert (points["lacking_kwh"] == 0).all()


@pytest.mark.parametrize("word", ["point", "orders"])
def test_an_interruption_keeps_the_plan_checked(planned, tmp_path, word):
    """At a point of the trade-off, or while customers are connected at random: what was found is checked, written and shown."""
    file, _, _ = planned
    long, said = file.parent / f"long-{word}.yaml", file.read_text().replace("orders: 40", "orders: 100000")
    slow = said.replace("points: 6", "points: 100").replace("minutes: 60", "minutes: 5")
    long.write_text(slow if word == "point" else said)
    command = [sys.executable, "-m", "evplan", "feeder", long, "--hosting", "--output", tmp_path / "out"]
    child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(child, word)
    child.send_signal(signal.SIGINT)
    shown, errors = child.communicate(timeout=60)
    assert child.returncode == 130, errors
    said = sealed(tmp_path / "out", "feeder")
    assert said["interrupted"] and "Interrupted: what follows" in " ".join(shown.split())
    assert all(one["holds"] for one in said["checks"]) and len(said["checks"]) in (
        8,
        16,
    )  # of the plan, and of no control beside it
    assert said["chosen"]["lacking_kwh"] < 1e-3
    if word == "orders":
        assert 0 < len(pd.read_csv(tmp_path / "out" / "orders.csv")) < 100_000
    assert "Traceback" not in shown + errors


def test_what_cannot_be_asked_is_refused_before_anything_is_done(planned, tmp_path, capsys):
    file, _, _ = planned
    bare = file.parent / "bare.yaml"
    bare.write_text(
        "\n".join(
            line for line in file.read_text().splitlines() if not line.startswith(("upgrade", "panels", "sessions"))
        )
    )
    dollars = ROOT / "instances" / "depot.yaml"
    for own, words, said in (
        (file, ("--bus", "h1-8", "--instance", dollars), "counts in USD"),
        (file, ("--bus", "h1-8", "--instance", tmp_path / "none.yaml"), "no such file"),
        (bare, ("--upgrade",), "says no larger transformer"),
        (bare, ("--compare", "200"), "neither vehicles nor panels"),
    ):
        with pytest.raises(InputError, match=said):
            app(["feeder", str(own), *map(str, words), "--output", str(tmp_path / "out")])
        assert not (tmp_path / "out").exists()


def test_what_an_earlier_run_was_asked_for_goes_and_the_terminal_shows_every_figure(planned, tmp_path, capsys):
    file, _, _ = planned
    out = tmp_path / "out"
    assert ran("feeder", file, "--hosting", "--output", out) == 0
    assert (out / "hosting.csv").is_file()
    capsys.readouterr()
    assert ran("feeder", file, "--output", out) == 0
    assert not (out / "hosting.csv").exists() and "hosting" not in sealed(out, "feeder")
    shown = capsys.readouterr().out
    none = pd.read_csv(out / "front.csv").iloc[0]
    assert f"{none['lowest_pu']:.3f}–{none['highest_pu']:.3f}" in shown  # whole, in 80 columns
    assert max(map(len, shown.splitlines())) <= 80


def test_volt_var_of_a_day_that_no_voltage_carries_is_told(planned, tmp_path, capsys):
    file, _, _ = planned
    heavy = file.parent / "heavy.yaml"
    heavy.write_text(file.read_text().replace("loads.csv }", "loads.csv, scale: 8 }").replace("points: 6", "points: 2"))
    assert ran("feeder", heavy, "--volt-var", "--upgrade", "--output", tmp_path / "out") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "volt-var, without control: in" in shown and "as it is: not known a year" in shown
    steps = pd.read_csv(tmp_path / "out" / "front.csv").set_index("name")
    assert pd.read_csv(tmp_path / "out" / "voltages.csv")["lowest_pu"].min() >= steps["lowest_pu"].min() - 1e-9


def test_a_base_in_the_folder_of_results_is_refused_and_stays(planned, tmp_path):
    file, _, _ = planned
    own = tmp_path / "out"
    own.mkdir()
    (own / "site.yaml").write_bytes((ROOT / "instances" / "office.yaml").read_bytes())
    with pytest.raises(InputError, match="is in the folder of results"):
        app(["feeder", str(file), "--bus", "h1-8", "--instance", str(own / "site.yaml"), "--output", str(own)])
    assert (own / "site.yaml").read_bytes() == (ROOT / "instances" / "office.yaml").read_bytes()


def test_files_of_others_in_the_folder_of_results_stay(planned, tmp_path):
    """A phases.csv that no run of a feeder wrote is not an earlier run's."""
    file, _, _ = planned
    own = tmp_path / "out"
    own.mkdir()
    (own / "phases.csv").write_text("mine\n")
    assert ran("feeder", file, "--output", own) == 0
    assert (own / "phases.csv").read_text() == "mine\n"
