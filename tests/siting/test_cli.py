"""`evplan siting` as a user has it: from the shipped file to audited tables, maps and instances."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import geopandas
import pandas as pd
import pytest
from regions import TYPE, line
from support import ROOT, ran, wait_for

from evplan.cli import app
from evplan.errors import InputError, InstanceError
from evplan.instance.read import read
from evplan.report.sealed import sealed
from evplan.siting.read import BESIDE, TEMPLATE, json_schema

CHROMIUM = Path("/usr/bin/chromium")


def test_the_shipped_study_is_the_template():
    shipped = (ROOT / "instances" / "siting.yaml").read_text().split("\n", 1)[1]
    assert shipped.replace("../data/valley/", "valley/").replace("`data/valley/`", "`valley/`") == TEMPLATE.read_text()


def test_the_schema_is_fresh():
    assert (ROOT / "instances" / "siting-schema.json").read_text() == json_schema()


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Return a new study and the folder of its plan, with everything that can be asked for."""
    folder = tmp_path_factory.mktemp("siting")
    file, out = folder / "my.yaml", folder / "out"
    ran("new", file, "--kind", "siting")
    text = file.read_text().replace("currency: EUR", "currency: USD")
    text = re.sub(r'  - \{ name: "2032".*\n', "", text).replace(
        "{ goal: served, weight: 0.25 }", "{ goal: served, weight: 0.05 }"
    )
    text = re.sub(
        r"sensitivity: .*", "sensitivity: { budget: [0.75, 1.25], distances: [1.25], growth: [], weights: false }", text
    )
    file.write_text(text)
    base = ROOT / "evplan" / "instance" / "templates" / "plan.yaml"
    code = ran("siting", file, "--gap", 0.02, "--time-limit", 60, "--sensitivity", "--pareto", "cost", "--points", 3, "--instances", base,
               "--format", "html", "pdf", "--output", out)  # fmt: skip
    return file, out, code


def test_a_new_file_brings_its_data_and_is_sound(planned, capsys):
    file, _, _ = planned
    assert {one.name for one in (file.parent / "valley").iterdir()} == {one.name for one in BESIDE[0].iterdir()} - {
        "README.md"
    }
    assert ran("check", file) == 0
    assert "96 areas" in capsys.readouterr().out


def test_a_plan_is_written_whole(planned):
    _, out, code = planned
    assert code == 0
    said = sealed(out, "siting")
    assert said["gap"] <= 0.02
    assert all(one["holds"] for one in said["audit"])
    assert said["goals"]["coverage"] > said["before"]["coverage"]
    plan, stations = pd.read_csv(out / "plan.csv"), pd.read_csv(out / "stations.csv")
    assert set(plan["action"]) <= {"open", "upgrade", "extend", "reduce", "remove"}
    phases = pd.read_csv(out / "phases.csv")
    assert len(phases) == 2
    layer = geopandas.read_file(out / "plan.gpkg", layer="stations")
    assert len(layer) == len(stations)
    assert len(geopandas.read_file(out / "plan.gpkg", layer="areas")) == 96
    assert (out / "report.pdf").read_bytes()[:5] == b"%PDF-"


def test_an_interruption_keeps_the_best_plan_audited(tmp_path):
    command = [
        sys.executable,
        "-m",
        "evplan",
        "siting",
        ROOT / "instances" / "siting.yaml",
        "--gap",
        "0",
        "--output",
        tmp_path / "out",
    ]
    child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(child, "gap ")  # there is a plan
    child.send_signal(signal.SIGINT)
    shown, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    said = sealed(tmp_path / "out", "siting")
    assert said["status"] == "interrupted"
    assert 0 < said["gap"] < 1
    assert all(one["holds"] for one in said["audit"])
    assert "interrupted" in shown


def test_a_case_that_cannot_be_planned_is_left_out_and_said(tmp_path, capsys):
    line(tmp_path, [0.0, 1.0], [0.1, 1.1], fields={"group": ["rural", "town"], "population": [0.0, 5.0]})
    own = {
        "kind": "siting", "format": 1, "areas": {"file": "areas.csv"}, "candidates": {"places": {"file": "candidates.csv"}},
        "types": [TYPE],
        "phases": [{"name": "1", "years": 1.0, "budget": 60}], "sought": [{"goal": "coverage"}],
        "rules": {"least_coverage": {"rural": 0.5}},
        "demand": {"weights": {"evs": 1.0, "population": 1.0}}, "sensitivity": {"budget": [0.1], "distances": [], "growth": []},
    }  # fmt: skip
    (tmp_path / "s.yaml").write_text(json.dumps(own))
    assert ran("siting", tmp_path / "s.yaml", "--sensitivity", "--output", tmp_path / "out") == 0
    cases = pd.read_csv(tmp_path / "out" / "cases.csv").set_index("case")["left_out"].fillna("")
    assert cases["as the file says"] == cases["weights: evs alone"] == ""
    assert "weighs nothing" in cases["weights: population alone"]
    assert cases["budget x 0.1"]
    assert "left out of sensitivity: budget x 0.1" in capsys.readouterr().out


def test_a_folder_that_holds_the_data_is_not_written_to(planned):
    file, _, _ = planned
    before = (file.parent / "valley" / "stations.csv").read_bytes()
    with pytest.raises(InputError, match="holds data that are read"):
        app(["siting", str(file), "--output", str(file.parent / "valley")])
    assert (file.parent / "valley" / "stations.csv").read_bytes() == before


def test_the_map_holds_the_plan_and_needs_no_network(planned):
    _, out, _ = planned
    page = (out / "map.html").read_text()
    assert not re.findall(r"(?:src|href)=|https?://(?!www\.w3\.org/2000/svg)", page)
    drawn = json.loads(re.search(r"const plan = (.*);\n", page)[1])
    stations, areas = (
        pd.read_csv(out / "stations.csv", dtype={"phase": str}),
        pd.read_csv(out / "areas.csv", dtype={"phase": str}),
    )
    for t, phase in enumerate(drawn["phases"][1:], 1):
        own = stations[stations["phase"] == phase]
        assert sum(sum(one["ports"][t]) for one in drawn["stations"]) == own["ports"].sum()
        assert sum(one["cost"][t] for one in drawn["stations"]) == pytest.approx(own["cost"].sum())
        covered = areas[(areas["phase"] == phase) & (areas["type"] == drawn["types"][1])].set_index("area")["covered"]
        assert all(abs(one["covered"][t][1] - covered[one["name"]]) < 6e-4 for one in drawn["areas"])


@pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser")
def test_the_map_draws_itself(planned):
    _, out, _ = planned
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", (out / "map.html").as_uri()]
    page = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    covered = sealed(out, "siting")["last_coverage"]
    assert page.count('class="area"') == 96
    assert f"<dt>covered</dt><dd>{100 * covered:.1f} %</dd>" in page


def test_the_report_needs_no_network(planned):
    _, out, _ = planned
    page = (out / "report.html").read_text()
    assert page.count("<svg") >= 6
    links = re.findall(r"(?:src|href)=\"(https?:[^\"]+)", page)
    assert links == []
    for words in ("Audit", "Groups", "Trade-offs", "Sensitivity", "no-regret"):
        assert words in page


def test_trade_offs_never_cost_more_and_cover_less(planned):
    _, out, _ = planned
    points = pd.read_csv(out / "pareto.csv").sort_values("cost")
    assert len(points) >= 2
    assert points["coverage"].is_monotonic_increasing


def test_what_is_in_every_plan_is_told(planned):
    _, out, _ = planned
    cases, regrets = pd.read_csv(out / "cases.csv"), pd.read_csv(out / "regrets.csv")
    assert cases["case"].tolist()[:3] == ["as the file says", "budget x 0.75", "budget x 1.25"]
    assert cases.set_index("case").loc["budget x 1.25", "works"] > cases.set_index("case").loc["budget x 0.75", "works"]
    assert set(regrets["verdict"]) <= {"no-regret", "kept", "gone", "flips"}
    assert (regrets[regrets["verdict"] == "no-regret"]["share_of_plans"] == 1).all()


def test_stations_become_instances_that_are_sound(planned):
    _, out, _ = planned
    files = sorted((out / "instances").iterdir())
    built = pd.read_csv(out / "plan.csv")
    assert 0 < len(files) <= built["site"].nunique()
    settings = {read(file).instance.sites[0].setting for file in files}
    assert settings == {"urban", "rural"}


def test_faults_are_told_at_once_with_their_lines(tmp_path):
    text = TEMPLATE.read_text()
    changes = {
        "{ km: 1.6, share: 0.5 }": "{ km: 0.6, share: 0.5 }", "ports: [2, 8]": "ports: [9, 8]", 'name: "2029"': 'name: "2027"',
        "valley/zones.geojson": "valley/nowhere.geojson", "demand_share: 0.5": "demand_share: 0.8",
    }  # fmt: skip
    for old, new in changes.items():
        text = text.replace(old, new)
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(InstanceError) as told:
        app(["check", str(tmp_path / "s.yaml")])
    said = str(told.value)
    for words in ("types[l2].cover", "types[l2].ports", "phases", "no such file", "more than all demand"):
        assert words in said
    assert f"s.yaml:{text[: text.index('0.6, share')].count(chr(10)) + 1}:" in said


@pytest.mark.parametrize("words", [("--pareto", "coverage"), ("--pareto", "cost", "--points", "1"), ("--gap", "2")])
def test_goals_and_points_that_make_no_sense_are_refused(tmp_path, words):
    with pytest.raises(InputError):
        app(
            ["siting", str(ROOT / "instances" / "siting.yaml"), "--time-limit", "20", *words, "--output", str(tmp_path)]
        )


def test_an_instance_of_or_library_is_solved_and_printed(tmp_path, capsys):
    (tmp_path / "g.txt").write_text("4 4 1\n1 2 1\n2 3 1\n3 4 5\n2 4 2\n")
    assert ran("siting", tmp_path / "g.txt") == 0
    assert "sum of distances: 4, proved\nsites: 2" in capsys.readouterr().out
    assert ran("siting", tmp_path / "g.txt", "--radius", 1, "--sites", 1) == 0
    assert "vertices within 1: 3, proved" in capsys.readouterr().out


def test_a_base_in_another_currency_is_refused_before_the_search(tmp_path):
    base = ROOT / "instances" / "tiny.yaml"
    with pytest.raises(InputError, match="counts in USD"):
        app(
            [
                "siting",
                str(ROOT / "instances" / "siting.yaml"),
                "--time-limit",
                "1",
                "--instances",
                str(base),
                "--output",
                str(tmp_path),
            ]
        )
