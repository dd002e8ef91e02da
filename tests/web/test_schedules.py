"""Schedules over HTTP: the same plan as the command line's, kept, told in OCPP, refused in words, forgotten."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path

import numpy as np
import orjson
import pytest

from evplan.schedule.ocpp import profiles
from evplan.schedule.prepare import prepare
from evplan.schedule.read import site_from
from evplan.schedule.solve import solve
from evplan.schedule.tables import sessions_from_rows
from evplan.web.schedule_task import schedule
from evplan.web.settings import Limits
from evplan.web.views import Made, OcppMessages, Problem, ScheduleAnswer, State

KWH = 1e-4  # powers are told to a thousandth of a watt


def local(asked):
    """Return the site, the problem and the plan of a request, made here."""
    site = site_from(asked["site"])
    problem = prepare(site, sessions_from_rows(asked["sessions"], site.chargers, site.timezone), Path())
    return site, problem, solve(problem)


def test_the_answer_is_the_plan_that_is_made_without_a_server(client, asked):
    said = client.post("/schedules", json=asked).json()
    _, problem, found = local(asked)
    assert said["total"] == pytest.approx(found.cost.total, rel=1e-9)
    assert [one["id"] for one in said["sessions"]] == problem.sessions.name.tolist()
    power = np.concatenate([one["power_kw"] for one in said["sessions"]])
    np.testing.assert_allclose(power * problem.columns.hours, found.decision.drawn - found.decision.given, atol=KWH)


def test_powers_of_sessions_add_up_to_the_station(client, asked):
    said = client.post("/schedules", json=asked).json()
    total = np.zeros(said["steps"])
    for one in said["sessions"]:
        total[one["first_step"] : one["first_step"] + len(one["power_kw"])] += one["power_kw"]
    whole = [t for t in range(said["steps"]) if 8 <= t < 15]  # nobody comes or goes inside these
    np.testing.assert_allclose(total[whole], np.array(said["station"]["vehicles_kw"])[whole], atol=KWH)


def test_answers_are_what_the_description_says(client, asked):
    ScheduleAnswer.model_validate(client.post("/schedules?compare=true", json=asked).json(), strict=True)
    State.model_validate(client.post("/schedules", json=asked, headers={"Prefer": "respond-async"}).json())
    OcppMessages.model_validate(
        client.get(client.post("/schedules", json=asked).headers["location"] + "/profiles").json()
    )
    Problem.model_validate(client.post("/schedules", json={}).json())
    Made.model_validate(client.get("/sessions/synthetic?count=3").json())


def test_reading_a_schedule_gives_the_same_bytes(client, asked):
    made = client.post("/schedules", json=asked)
    assert made.status_code == 201
    assert client.get(made.headers["location"]).content == made.content


def test_policies_come_only_if_they_are_asked_for(client, asked):
    assert client.post("/schedules", json=asked).json()["policies"] is None
    compared = client.post("/schedules?compare=true", json=asked).json()
    assert "round-robin" in compared["policies"] and compared["binds"]


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_profiles_are_those_of_the_plan(client, asked, version):
    at = client.post("/schedules", json=asked).headers["location"]
    site, problem, found = local(asked)
    assert client.get(f"{at}/profiles?version={version}").json() == profiles(
        problem, found.decision, site.chargers, version
    )


def test_who_asks_for_a_job_gets_one_and_finds_its_answer_later(client, asked):
    begun = client.post("/schedules", json=asked, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202
    for _ in range(100):
        later = client.get(begun.headers["location"])
        if later.status_code == 200:
            break
        time.sleep(0.05)
    assert later.json()["total"] == pytest.approx(client.post("/schedules", json=asked).json()["total"])


def test_many_sessions_become_a_job(client, asked):
    asked["sessions"] = client.get("/sessions/synthetic?count=201&date=2026-12-01").json()["sessions"]
    assert client.post("/schedules", json=asked).status_code == 202


def test_made_up_sessions_can_be_sent_back_as_they_are(client, asked):
    del asked["site"]["solar"]
    asked["sessions"] = client.get("/sessions/synthetic?count=30&date=2026-12-01&timezone=America/Los_Angeles").json()[
        "sessions"
    ]
    assert client.post("/schedules", json=asked).status_code == 201


def test_what_is_deleted_is_not_there(client, asked):
    at = client.post("/schedules", json=asked).headers["location"]
    assert client.delete(at).status_code == 204
    for again in (client.get(at), client.get(f"{at}/profiles"), client.delete(at)):
        assert again.status_code == 404
        assert again.headers["content-type"] == "application/problem+json"


def test_every_fault_is_told_with_its_field_what_was_found_and_what_is_allowed(client, asked):
    asked["site"]["connection"]["limit_kw"] = -5
    asked["site"]["chargers"]["effciency"] = 0.9
    asked["sessions"][1]["energy_kwh"] = "much"
    refused = client.post("/schedules", json=asked)
    assert refused.status_code == 422
    faults = {fault["field"]: fault for fault in refused.json()["faults"]}
    assert (
        faults["site.connection.limit_kw"] | {"found": "-5", "allowed": "greater than 0 and at most 1e+07"}
        == faults["site.connection.limit_kw"]
    )
    assert faults["site.chargers.effciency"]["suggestion"] == "efficiency"
    assert faults["sessions[1].energy_kwh"]["pointer"] == "#/sessions/1/energy_kwh"


def test_a_session_that_leaves_before_it_comes_is_refused_with_its_row(client, asked):
    asked["sessions"][1]["departure"] = "2026-12-01T06:00"
    refused = client.post("/schedules", json=asked).json()
    assert refused["faults"][0]["field"] == "sessions[1]"
    assert "row 2" in refused["detail"]


@pytest.mark.parametrize("field", ["prices", "load", "solar"])
def test_no_file_is_opened_for_a_schedule(client, asked, field):
    asked["site"][field] = {"file": "/etc/hostname", "column": "x"}
    refused = client.post("/schedules", json=asked)
    assert refused.status_code == 422
    assert "values" in refused.json()["faults"][0]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"site": []}', 422),
        (b'{"site": {}, "sessions": {}}', 422),
        (b'{"site": {}, "sessions": [1, null, []]}', 422),
    ],
)
def test_a_body_that_is_no_request_is_refused(client, body, status):
    refused = client.post("/schedules", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == status
    assert refused.json()["status"] == status


def test_what_is_too_large_is_refused(client, asked):
    assert (
        client.post("/schedules", content=b" " * 300_001, headers={"content-type": "application/json"}).status_code
        == 413
    )
    rows = asked["sessions"]
    assert client.post("/schedules", json={**asked, "sessions": rows * 101}).status_code == 413
    asked["site"] |= {"step_minutes": 1, "hours": 2400.0}
    asked["sessions"] = [{**row, "departure": "2026-12-29T08:00"} for row in rows]
    refused = client.post("/schedules", json=asked)
    assert refused.status_code == 422
    assert "longer steps" in refused.json()["detail"]


def test_a_form_is_refused_so_that_no_other_page_can_send_one(client, asked):
    assert (
        client.post("/schedules", content=json.dumps(asked), headers={"content-type": "text/plain"}).status_code == 415
    )


def test_a_fault_of_a_row_points_at_it(client, asked):
    asked["sessions"][1]["departure"] = asked["sessions"][1]["arrival"]
    (fault,) = client.post("/schedules", json=asked).json()["faults"]
    assert fault["pointer"] == "#/sessions/1" and "row 2" in fault["message"]
    asked["sessions"][1] = dict(asked["sessions"][0])
    (fault,) = client.post("/schedules", json=asked).json()["faults"]
    assert fault["pointer"] == "#/sessions/1/id"


def test_what_a_failed_request_leaves_is_nothing(client, asked):
    before = client.app.state.desk.store.counts()
    asked["sessions"][0]["energy_kwh"] = -1
    client.post("/schedules", json=asked)
    assert client.app.state.desk.store.counts() == before


EXTREMES = [
    9.9e6,
    -9.9e6,
    1e-11,
    1e-300,
    1e300,
    2**63,
    0,
    -1,
    True,
    None,
    "",
    "x",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    [],
    {},
]


def places(node, way=()):
    """Yield the way to everything in a tree that holds nothing else."""
    if isinstance(node, (dict, list)):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, (*way, key))
    else:
        yield way


@pytest.mark.parametrize("extreme", EXTREMES, ids=str)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of sums that overflow, in a worker
def test_no_value_anywhere_makes_more_of_a_request_than_a_plan_or_a_refusal(asked, extreme):
    for *way, last in list(places(asked)):
        changed = copy.deepcopy(asked)
        node = changed
        for key in way:
            node = node[key]
        node[last] = extreme
        status, _ = schedule("x", orjson.dumps(changed), {}, Limits())
        assert status in (201, 422), (way, last)
