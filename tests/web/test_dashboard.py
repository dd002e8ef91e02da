"""The dashboard without a browser: what its parts compute from the desk's answers, and what its server lets browsers load."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile

import numpy as np
import orjson
import pandas as pd
import pytest

pytest.importorskip("dash", reason="the web extra is not installed")

from evplan.errors import InputError
from evplan.web.dashboard import (
    again,
    downloads,
    drawing,
    results,
    schedules_page,
    sessions_part,
    solving,
    told,
    versus,
)
from evplan.web.dashboard.examples import EXAMPLES
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.schedule import read_schedule
from evplan.web.dashboard.site_form import FIELDS, NUMBERS, TEXTS, site_of, values_of
from evplan.web.dispatch_task import dispatch
from evplan.web.example import SESSIONS, SITE
from evplan.web.problem import ProblemError, refusal
from evplan.web.settings import Limits
from evplan.web.upload_task import UNPACKED_BYTES

USUAL = {
    **{name: value for name, (_, value, _) in NUMBERS.items()}, **{name: value for name, (_, value) in TEXTS.items()},
    "peak_days": "weekday", "step_minutes": "15", "prices": "", "prices_begin": "",
}  # fmt: skip
EFFICIENCY = 0.9  # of the example's site


@pytest.fixture(scope="module")
def desk(client):
    """Return the desk behind the server."""
    return client.app.state.desk


@pytest.fixture(scope="module")
def plan(desk):
    """Return the example's schedule as a page reads it."""
    return read_schedule(desk, solving.begin(desk, orjson.dumps({"sessions": SESSIONS}), SITE))


@pytest.fixture(scope="module")
def tight(desk):
    """Return the same where the connection is too small."""
    site = SITE | {"connection": {"limit_kw": 5}, "solar": None}
    return read_schedule(desk, solving.begin(desk, orjson.dumps({"sessions": SESSIONS}), site))


def test_pages_are_served_and_load_nothing_from_elsewhere(client):
    for path in ("/dashboard/", "/dashboard/plans/"):
        page = client.get(path)
        assert page.status_code == 200
        assert "default-src 'self'" in page.headers["content-security-policy"]
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert loaded and all(one.startswith(("/dashboard/", "#")) for one in loaded)
        for one in loaded:
            assert one.startswith("#") or client.get(one).status_code == 200, one


def test_the_short_address_of_plans_leads_to_them(client):
    assert client.get("/dashboard/plans", follow_redirects=False).headers["location"] == "/dashboard/plans/"


def test_every_input_has_a_label(desk):
    said = str(
        orjson.dumps(
            [one.to_plotly_json() for one in schedules_page.layout(desk)], default=lambda one: one.to_plotly_json()
        )
    )
    inputs = set(re.findall(r'"id":"([^"]+)"[^{}]*"type":"(?:number|text)"', said)) | set(FIELDS)
    labelled = set(re.findall(r'"htmlFor":"([^"]+)"', said)) | {"peak_days", "step_minutes"}  # those have legends
    assert inputs <= labelled


def test_a_schedule_that_takes_long_is_a_job_to_ask_about(desk, until, monkeypatch):
    monkeypatch.setattr(solving, "WAIT_S", 0.0)
    id = solving.begin(desk, orjson.dumps({"sessions": SESSIONS}), SITE)
    until(lambda: desk.job(id, "schedule").ended)
    assert read_schedule(desk, id).said["id"] == id


def test_key_figures_are_the_answers(plan, desk):
    said = orjson.loads(desk.done(plan.said["id"], "schedule", whole=True).answer)
    shown = {name: value for name, value, _ in results.key_figures(plan)}
    assert shown["Cost"] == f"{said['figures']['cost']:,.2f} USD"
    assert shown["Peak import"] == f"{said['figures']['peak_kw']:,.1f} kW"
    assert shown["Energy served"] == f"{100 * said['figures']['satisfaction']:.1f} %"
    assert shown["Gap"] == f"{said['gap']:.1e}"


def test_the_best_policy_is_the_one_with_the_least_total(tight):
    name, best = tight.best_policy
    assert best["total"] == min(one["total"] for one in tight.said["policies"].values())
    assert best["total"] >= tight.said["total"] * (1 - 1e-9)
    assert all(beside.startswith(name) for *_, beside in results.key_figures(tight)[: len(results.KEYS)])


def test_a_battery_is_as_full_as_its_power_by_then(plan):
    begins = datetime.datetime.fromisoformat(plan.said["begins"]).replace(tzinfo=None)
    step = datetime.timedelta(minutes=plan.said["step_minutes"])
    for row, asked, told_of in zip(plan.sessions, SESSIONS, plan.live()["sessions"], strict=True):
        come, leave = (datetime.datetime.fromisoformat(asked[name]) for name in ("arrival", "departure"))
        kwh = 0.0
        for k, (kw, shown) in enumerate(zip(row["power_kw"], told_of["kwh"], strict=True)):
            start = begins + (row["first_step"] + k) * step
            there = min(leave, start + step) - max(come, start)
            kwh += EFFICIENCY * kw * there.total_seconds() / 3600
            assert shown == pytest.approx(kwh, abs=1e-4)
        assert kwh == pytest.approx(row["delivered_kwh"], abs=1e-4)


def test_cost_by_hour_sums_to_what_energy_costs(plan):
    figures = plan.figures
    assert sum(cost for _, cost in drawing.hours(plan)) == pytest.approx(
        figures["energy_cost"] - figures["export_income"], abs=1e-3
    )


def test_rows_of_the_map_are_called_by_their_sessions(plan, monkeypatch):
    by_arrival = [one["id"] for one in sorted(plan.sessions, key=lambda one: one["first_step"])]
    assert plan.row_names == by_arrival
    monkeypatch.setattr("evplan.web.dashboard.schedule.MOST_ROWS", 2)
    assert len(plan.row_names) == len(plan.power_map) == 2 and plan.row_names[0].startswith(f"{by_arrival[0]} and ")


def test_bars_of_cost_end_with_hours_of_the_clock(desk):
    made = orjson.loads(
        desk.synthetic(
            count=5, date="2026-12-01", timezone="UTC", profile="public-ac", stay_h=4.0, energy_kwh=9.0, seed=1
        )
    )
    rows = [
        one | {"arrival": "2026-12-01T08:40:00+00:00", "departure": "2026-12-01T11:10:00+00:00"}
        for one in made["sessions"]
    ]
    body = orjson.dumps({"sessions": rows})
    plan = read_schedule(desk, solving.begin(desk, body, site_of(USUAL | {"step_minutes": "5"})))
    starts = [at[11:16] for at, _ in drawing.hours(plan)]
    assert starts == ["08:40", "09:00", "10:00", "11:00"]
    drawn = drawing.by_hour(plan)["data"][0]
    assert [round(wide / 60_000 / drawing.BAR) for wide in drawn["width"]] == [20, 60, 60, 10]


def test_the_map_holds_every_vehicles_energy(plan):
    there = np.nan_to_num(plan.power_map).sum(axis=1)
    rows = sorted(plan.sessions, key=lambda one: one["first_step"])
    assert there == pytest.approx([sum(one["power_kw"]) for one in rows])


def test_figures_hold_a_step_from_edge_to_edge(plan):
    for trace in drawing.station(plan)["data"]:
        assert len(trace["x"]) == len(trace["y"]) == plan.said["steps"] + 1


def test_a_comparison_says_what_b_has_more_than_a(plan, tight):
    rows = {row[0]: row[1:] for row in versus.rows(plan, tight)}
    less = tight.figures["cost"] - plan.figures["cost"]
    assert rows["Cost"][2] == f"{less:+,.2f} USD".replace("-", "−")
    assert rows["Sessions that get less"][2] == f"+{tight.figures['sessions_short'] - plan.figures['sessions_short']}"
    assert rows["Energy served"][2].endswith("points")


def test_a_difference_of_nothing_has_no_sign(plan):
    assert all(not row[3].startswith(("+", "−")) for row in versus.rows(plan, plan))


def test_who_gets_less_is_told_why(tight):
    shown = str(results.view(tight))
    short = [one for one in tight.sessions if one["why_less"]]
    assert short and all(one["why_less"] in shown for one in short)


@pytest.mark.parametrize("name", downloads.WORDS)
def test_every_file_is_handed_out(desk, plan, name):
    content = downloads.file_of(desk, plan.said["id"], name)
    if name.endswith(".json"):
        assert orjson.loads(content)
    else:
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        counts = {
            "sessions": len(SESSIONS),
            "power": sum(len(one["power_kw"]) for one in plan.sessions),
            "station": plan.said["steps"],
        }
        assert len(rows) == counts[name.removesuffix(".csv")]


def test_a_formula_in_a_name_is_a_text_in_a_spreadsheet():
    assert downloads._csv(["id"], [["=1+1"], [-3.5]]) == b"id\n'=1+1\n-3.5\n"


def test_a_form_says_a_schedule_file_that_can_be_solved(desk):
    site = site_of(USUAL | {"timezone": "America/Los_Angeles"})
    answer = read_schedule(desk, solving.begin(desk, orjson.dumps({"sessions": SESSIONS}), site)).said
    assert answer["currency"] == "USD" and answer["step_minutes"] == 15
    assert set(answer["station"]["price_per_kwh"]) == {0.12, 0.30}


def test_hourly_prices_add_to_the_forms(desk):
    begin = {"prices": "0.1; 0.2\n" + "0.3 " * 22, "prices_begin": "2026-12-01T00:00", "peak_start": "", "peak_end": ""}
    site = site_of(USUAL | begin)
    answer = read_schedule(desk, solving.begin(desk, orjson.dumps({"sessions": SESSIONS}), site)).said
    assert answer["station"]["price_per_kwh"] == pytest.approx([0.12 + 0.3] * answer["steps"])


@pytest.mark.parametrize("changed", [{}, {"prices": "0.1 0.2"}, {"demand": 0.0}, {"peak_start": "", "peak_end": ""}])
def test_a_form_is_filled_again_from_what_it_said(changed):
    assert site_of(values_of(site_of(USUAL | changed))) == site_of(USUAL | changed)


def test_a_site_that_no_form_says_is_shown_as_a_file():
    _, text, values = again.asked_of(orjson.dumps({"site": SITE, "sessions": SESSIONS}))
    assert values is None
    assert orjson.loads(text) == SITE


def test_every_input_that_holds_no_number_is_told():
    with pytest.raises(
        InputError,
        match=r"(?s)Capacity: must be a number.*Hourly prices: must hold numbers, with decimal points .* \(got 'dear'\)",
    ):
        site_of(USUAL | {"limit_kw": None, "prices": "0.1 dear"})
    with pytest.raises(InputError, match="got '0,25'"):
        site_of(USUAL | {"prices": "0,25 0,30"})


def test_faults_are_told_in_the_words_of_the_command_line(desk):
    with pytest.raises(ProblemError) as refused:
        solving.begin(desk, orjson.dumps({"sessions": SESSIONS}), SITE | {"connection": {"limit_kw": -3}})
    assert told.said_by(refused.value)[1] == [
        "site.connection.limit_kw: must be greater than 0 and at most 1e+07 (got -3)"
    ]


def test_a_refusal_has_no_title_of_http():
    assert told.said_by(refusal(422, "no-sessions", "upload sessions first")) == ("", ["upload sessions first"])


def test_an_uploaded_file_of_another_form_becomes_rows(desk, tmp_path):
    text = b"sessionID,connectionTime,disconnectTime,kWhDelivered\nx,2026-12-01 08:00,2026-12-01 17:30,9.5\n"
    rows = orjson.loads(desk.ask("rows", "acn.csv", text, "America/Los_Angeles", 10).body)["sessions"]
    assert rows == [{
        "arrival": "2026-12-01T08:00:00-08:00", "departure": "2026-12-01T17:30:00-08:00", "id": "x", "energy_kwh": 9.5,
    }]  # fmt: skip


def test_an_upload_is_read_by_the_columns_and_the_time_zone_of_the_schedule_file(desk):
    text = b"who,in,out,kwh\nx,2026-12-01 08:00,2026-12-01 17:30,9.5\n"
    site = b"""kind: schedule
format: 1
timezone: America/Los_Angeles
connection: {limit_kw: 50}
tariff: {energy: [{price_per_kwh: 0.2}]}
columns: {name: who, arrival: in, departure: out}
"""
    rows = orjson.loads(desk.ask("rows", "own.csv", text, "UTC", 10, site).body)["sessions"]
    assert [(one["id"], one["arrival"]) for one in rows] == [("x", "2026-12-01T08:00:00-08:00")]
    with pytest.raises(ProblemError):
        desk.ask("rows", "own.csv", text, "UTC", 10, b"kind: schedule")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("s.txt", b"", "s.txt: must be a file of sessions"),
        ("s.csv", b"id,arrival\n", "s.csv"),
        ("s.csv", b"arrival,departure,energy_kwh\nx,2026-12-01,1\n", "s.csv: column 'arrival' must hold"),
        ("s.xlsx", b"no workbook", "s.xlsx: cannot be read as a workbook"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_own_name(desk, name, content, words):
    with pytest.raises(ProblemError) as refused:
        desk.ask("rows", name, content, "UTC", 10)
    _, lines = told.said_by(refused.value)
    assert words in lines[0] and "/tmp" not in str(lines)


def test_a_packed_file_is_looked_at_before_it_is_unpacked(desk):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * (UNPACKED_BYTES + 1))
    with pytest.raises(ProblemError, match=r"s\.xlsx: is too large when it is unpacked"):
        desk.ask("rows", "s.xlsx", packed.getvalue(), "UTC", 10)
    many = io.BytesIO()
    pd.DataFrame({"arrival": ["2026-12-01"] * 11}).to_parquet(many)
    with pytest.raises(ProblemError, match=r"s\.parquet: is too large when it is unpacked; at most 10 sessions"):
        desk.ask("rows", "s.parquet", many.getvalue(), "UTC", 10)


def test_a_mean_day_weighs_each_day_by_what_it_stands_for(tmp_path):
    start = pd.date_range("2027-01-01", periods=48, freq="h", tz="UTC")
    table = pd.DataFrame({"site": "a", "operating_year": 1, "start": start, "step_h": 1.0, "weight": [1.0] * 24 + [3.0] * 24,
                          "import_kw": [10.0] * 24 + [2.0] * 24, "served_x_kw": 1.0})  # fmt: skip
    table.to_parquet(tmp_path / "dispatch.parquet")
    day, week = (orjson.loads(dispatch(tmp_path, "a", 1, span)[1]) for span in ("day", "week"))
    assert day["import_kw"] == [4.0] * 24 and day["start"][13] == "2000-01-01T13:00:00"
    assert week["import_kw"] == table["import_kw"].tolist() and week["start"][25] == "2027-01-02T01:00:00"


def test_made_up_days_are_asked_for_in_whole_numbers():
    with pytest.raises(ProblemError) as refused:
        sessions_part.day_asked("UTC", 2.5, "2026-12-01", "home", None, 18, 1)
    assert told.said_by(refused.value)[1] == [
        "Mean stay: must be a number",
        "Sessions: must be a whole number (got 2.5)",
    ]


def test_kept_sessions_are_found_by_their_id_alone(tmp_path):
    kept = Kept(tmp_path / "kept")
    id = kept.put(b"{}")
    assert kept.get(id) == b"{}"
    (tmp_path / "secret").write_bytes(b"x")
    for other in ("0" * 32, "../secret", "", id.upper() + "/"):
        with pytest.raises(ProblemError):
            kept.get(other)


def test_a_name_of_html_stays_a_text(desk):
    name = "<img src=x onerror=alert(1)>"
    rows = [SESSIONS[0] | {"id": name}]
    plan = read_schedule(desk, solving.begin(desk, orjson.dumps({"sessions": rows}), SITE))
    assert "Markdown" not in str(results.view(plan)) and "dangerously" not in str(results.view(plan))
    assert plan.live()["sessions"][0]["id"] == name


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_sound(desk, name):
    assert desk.ask("check plan", EXAMPLES[name].read_bytes(), None, Limits()).good
