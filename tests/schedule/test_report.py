"""The report of a schedule and planning anew from a folder, through the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from days import drawn, sessions_of, site_of
from support import ROOT

from evplan.cli import app
from evplan.errors import InputError
from evplan.schedule.answer import lacking
from evplan.schedule.binding import binding
from evplan.schedule.drawing import power_map
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve

SITE = ROOT / "instances" / "schedule.yaml"
ROWS = (
    "id,arrival,departure,energy_kwh\na,2026-12-01 08:00,2026-12-01 17:00,30\nb,2026-12-01 09:00,2026-12-01 12:00,12\n"
    "c,2026-12-01 13:30,2026-12-01 18:00,20\n"
)


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        app([str(argument) for argument in arguments])
    return ended.value.code


@pytest.fixture
def day(tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text(SITE.read_text() + "start: 2026-12-01T08:00:00\nhours: 12.0\n")
    (tmp_path / "day.csv").write_text(ROWS)
    assert (
        run("schedule", tmp_path / "day.csv", "--site", site, "--output", tmp_path / "first", "--format", "html", "pdf")
        == 0
    )
    return tmp_path


def test_the_report_shows_pictures_what_binds_and_what_policies_do(day):
    text = (day / "first" / "report.html").read_text()
    assert text.count("<svg") == 3 and "What binds" in text and "least-laxity" in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert (day / "first" / "report.pdf").read_bytes().startswith(b"%PDF")
    assert run("schedule", day / "day.csv", "--site", day / "site.yaml", "--output", day / "twice") == 0
    assert (day / "twice" / "station.csv").read_bytes() == (day / "first" / "station.csv").read_bytes()


def test_what_was_done_stands_and_the_rest_is_planned_anew(day):
    came = ROWS + "d,2026-12-01 11:00,2026-12-01 16:00,25\n"
    (day / "later.csv").write_text(
        came.replace("energy_kwh\n", "energy_kwh,left\n").replace(",12\n", ",12,2026-12-01 10:30\n")
    )
    asked = ("schedule", day / "later.csv", "--site", day / "site.yaml", "--output", day / "anew")
    assert run(*asked, "--since", day / "first", "--now", "2026-12-01 11:00") == 0
    first, anew = (pd.read_parquet(day / name / "power.parquet") for name in ("first", "anew"))
    both = first.merge(anew, on=["session", "time"], suffixes=("_first", "_anew"))
    before = both[both["time"] < pd.Timestamp("2026-12-01 11:00", tz="America/Los_Angeles")]
    assert len(before) == 12 + 6 and (before["drawn_kwh_first"] == before["drawn_kwh_anew"]).all()
    sessions = pd.read_csv(day / "anew" / "sessions.csv").set_index("session")
    assert sessions["delivered_kwh"][["a", "c", "d"]].tolist() == pytest.approx([30, 20, 25], abs=1e-5)
    assert json.loads((day / "anew" / "summary.json").read_text())["gap"] <= 1e-6
    assert "b" in sessions.index and sessions["delivered_kwh"]["b"] < 12


def test_a_step_that_has_begun_ends_as_it_was_planned(day):
    (day / "later.csv").write_text(ROWS + "d,2026-12-01 10:55,2026-12-01 16:00,25\n")
    asked = ("schedule", day / "later.csv", "--site", day / "site.yaml", "--output", day / "anew")
    assert run(*asked, "--since", day / "first", "--now", "2026-12-01 10:56") == 0
    first, anew = (pd.read_parquet(day / name / "power.parquet") for name in ("first", "anew"))
    both = first.merge(anew, on=["session", "time"], suffixes=("_first", "_anew"))
    begun = both[both["time"] < pd.Timestamp("2026-12-01 11:00", tz="America/Los_Angeles")]
    assert (begun["drawn_kwh_first"] == begun["drawn_kwh_anew"]).all()
    new = anew[anew["session"] == "d"]
    sessions = pd.read_csv(day / "anew" / "sessions.csv").set_index("session")
    assert new["drawn_kwh"].iloc[0] == 0 and sessions["delivered_kwh"]["d"] == pytest.approx(25, abs=1e-5)


def test_who_leaves_before_the_next_step_is_not_planned_any_more(day):
    rows = ROWS.replace("2026-12-01 12:00,12", "2026-12-01 10:58,12")
    (day / "later.csv").write_text(rows)
    asked = ("schedule", day / "later.csv", "--site", day / "site.yaml", "--output", day / "anew")
    assert run(*asked, "--since", day / "first", "--now", "2026-12-01 10:56") == 0
    anew = pd.read_parquet(day / "anew" / "power.parquet")
    assert anew[anew["session"] == "b"]["time"].max() < pd.Timestamp("2026-12-01 11:00", tz="America/Los_Angeles")


def test_planning_anew_tells_what_is_missing(day, capsys):
    asked = ("schedule", day / "day.csv", "--site", day / "site.yaml", "--output", day / "anew")
    with pytest.raises(InputError, match="--since and --now go together"):
        app([*map(str, asked), "--now", "2026-12-01 11:00"])
    with pytest.raises(InputError, match=r"--now must lie between 2026-12-01 08:00 and 2026-12-01 19:45"):
        app([*map(str, asked), "--since", str(day / "first"), "--now", "2026-12-02 11:00"])
    (day / "day.csv").write_text(ROWS.replace("a,2026", "e,2026"))
    with pytest.raises(InputError, match=r"session 'a' charged before that moment .* keep it, with when it left"):
        app([*map(str, asked), "--since", str(day / "first"), "--now", "2026-12-01 11:00"])


def test_a_replay_is_written_and_told(day, capsys):
    assert run("replay", day / "day.csv", "--site", day / "site.yaml", "--output", day / "replay") == 0
    told = capsys.readouterr().out
    assert "knew everything" in told and "planned anew" in told
    table = pd.read_csv(day / "replay" / "replay.csv").set_index("name")
    assert len(table) == 8 and table["total"]["knew everything"] <= table["total"].min() * (1 + 1e-6)


def test_what_binds_is_said_and_a_kw_more_is_priced():
    # Two vehicles, 5 kW, one hour: 5 kWh drawn of 10; a kW more is a kWh more, 0.92 of it wanted at 100, bought at 0.2.
    flat = {"energy": [{"price_per_kwh": 0.2}]}
    sessions = sessions_of([8, 8], [9, 9], [4.6, 4.6], 11.0)
    problem = prepare(site_of(tariff=flat, connection={"limit_kw": 5.0}), sessions, Path())
    said = binding(problem, solve(problem), "USD")
    assert said == [
        "The connection is full in 4 steps (1.00 h) between 2026-12-01 08:00 and 2026-12-01 08:45; "
        "one kW more would be worth 91.80 USD in this plan, shortfalls at their price."
    ]
    free = prepare(site_of(tariff=flat), sessions_of([8], [20], [4.6], 11.0), Path())
    assert "Nothing binds but prices" in binding(free, solve(free), "USD")[0]
    short = prepare(site_of(tariff=flat), sessions_of([8], [9], [30.0], 11.0), Path())
    assert binding(short, solve(short), "USD") == ["One session charges at full power as long as it stays."]


def test_the_map_holds_every_vehicles_energy_by_arrival():
    problem = drawn(3)
    decision = solve(problem).decision
    image = power_map(problem, decision)
    assert np.nansum(image) * problem.step_h == pytest.approx(decision.drawn.sum())
    first = int(np.argmin(problem.sessions.arrival_s))
    own = np.where(problem.columns.session == first, decision.drawn, 0.0)
    assert np.nan_to_num(image[0]) * problem.step_h == pytest.approx(problem.by_step(own))
    many = replace(problem, sessions=problem.sessions)
    assert power_map(many, decision).shape == (len(problem.sessions), problem.steps)


def test_planning_anew_looks_to_the_end_of_the_plan(tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text(
        "kind: schedule\nformat: 1\nstart: 2027-03-01T08:00:00\nhours: 15.5\nstep_minutes: 1\nconnection: {limit_kw: 50}\n"
        'tariff: {energy: [{price_per_kwh: 0.3}, {price_per_kwh: 0.1, start: "20:00", end: "23:00"}]}\n'
    )
    rows = "a,2027-03-01 08:00,2027-03-01 23:30,20\nb,2027-03-01 18:00,2027-03-01 23:00,15\n"
    (tmp_path / "s.csv").write_text("id,arrival,departure,energy_kwh\n" + rows)
    asked = ("schedule", tmp_path / "s.csv", "--site", site)
    assert run(*asked, "--output", tmp_path / "one") == 0
    assert run(*asked, "--output", tmp_path / "two", "--since", tmp_path / "one", "--now", "2027-03-01T08:30") == 0
    one, two = (json.loads((tmp_path / name / "summary.json").read_text())["figures"] for name in ("one", "two"))
    assert two["satisfaction"] == pytest.approx(1.0) and two["cost"] == pytest.approx(one["cost"], rel=1e-6)


def test_who_is_plugged_in_stays_on_its_phase_when_planned_anew(tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text(
        "kind: schedule\nformat: 1\nstart: 2027-03-01T08:00:00\nhours: 12.0\nconnection: {limit_kw: 50, phase_limit_kw: 9}\n"
        "chargers: {power_kw: 7.4, phase_choice: best}\n"
    )
    head = "id,arrival,departure,energy_kwh,phases,left\n"
    rows = "".join(
        f"{n},2027-03-01 08:00,2027-03-01 {h}:00,{e},1,\n"
        for n, h, e in (("a", 16, 30), ("b", 18, 40), ("c", 12, 10), ("d", 17, 30))
    )
    (tmp_path / "s.csv").write_text(head + rows)
    asked = ("schedule", tmp_path / "s.csv", "--site", site, "--time-limit", "5")
    assert run(*asked, "--output", tmp_path / "one") == 0
    more = rows.replace("10,1,\n", "10,1,2027-03-01 09:30\n") + "e,2027-03-01 10:00,2027-03-01 19:00,40,1,\n"
    (tmp_path / "s.csv").write_text(head + more)
    assert run(*asked, "--output", tmp_path / "two", "--since", tmp_path / "one", "--now", "2027-03-01T10:00") == 0
    one, two = (pd.read_csv(tmp_path / name / "sessions.csv").set_index("session")["phase"] for name in ("one", "two"))
    assert two[["a", "b", "c", "d"]].tolist() == one[["a", "b", "c", "d"]].tolist() and two["e"] in (1, 2, 3)


def test_goals_that_give_way_hide_no_limit():
    sessions = sessions_of([8] * 3, [9] * 3, [4.6] * 3, 11.0)
    problem = prepare(
        site_of(
            tariff={"energy": [{"price_per_kwh": 0.2}]}, connection={"limit_kw": 6.0}, goals=["cost", "smoothness"]
        ),
        sessions,
        Path(),
    )
    found = solve(problem)
    assert binding(problem, found, "USD")[0].startswith("The connection is full in 4 steps")
    assert all("the connection is full" in one.why for one in lacking(problem, found.decision))
