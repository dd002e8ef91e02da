"""Plans over HTTP: checked before they wait, solved as jobs, reported, forgotten; nothing that they say opens a file."""

from __future__ import annotations

import io
import zipfile

import orjson
import pytest
from support import TINY

from evplan.web.closed import opened
from evplan.web.progress import gap_of
from evplan.web.views import State

YAML = {"content-type": "application/yaml"}


def test_a_plan_is_made_and_its_report_read_in_every_format(client, until, instance):
    begun = client.post("/plans", json=instance)
    assert begun.status_code == 202
    at = begun.headers["location"]
    assert client.get(f"{at}/report").status_code == 409
    said = until(lambda: (one := client.get(at).json())["state"] == "done" and one)
    State.model_validate(said)
    assert said["summary"]["status"] == "optimal"
    assert said["gap"] == said["summary"]["gap"] <= 1e-3
    assert said["summary"]["instance"] == "instance.yaml"
    begins = {"html": b"<!", "pdf": b"%PDF", "xlsx": b"PK", "json": b"{"}
    for format, begin in begins.items():
        report = client.get(f"{at}/report?format={format}")
        assert report.content.lower().startswith(begin.lower()), format
    tables = zipfile.ZipFile(io.BytesIO(client.get(f"{at}/report?format=csv").content)).namelist()
    assert "cashflow.csv" in tables
    assert client.delete(at).status_code == 204
    assert client.get(f"{at}/report").status_code == 404
    assert not (client.app.state.desk.settings.data / at.strip("/")).exists()


def test_an_instance_may_be_the_file_that_it_is(client):
    begun = client.post("/plans?scenario=no-battery", content=TINY.read_bytes(), headers=YAML)
    assert begun.status_code == 202
    assert client.delete(begun.headers["location"]).status_code == 204


def test_faults_of_an_instance_are_those_of_the_command_line_with_line_and_column(client):
    text = TINY.read_text().replace("land_cost_per_year: 18000", "land_cost_per_year: -18000")
    refused = client.post("/plans", content=text, headers=YAML)
    assert refused.status_code == 422
    (fault,) = refused.json()["faults"]
    assert fault["field"] == "sites[gate-city].land_cost_per_year"
    assert text.splitlines()[fault["line"] - 1][fault["column"] - 1 :] == "-18000"
    assert f"instance.yaml:{fault['line']}:{fault['column']}: sites[gate-city]" in refused.json()["detail"]


def test_an_unknown_scenario_is_refused(client, instance):
    assert "nope" in client.post("/plans?scenario=nope", json=instance).json()["detail"]


def test_a_plan_may_not_search_for_longer_than_the_server_lets_it(client, instance):
    instance["solver"]["time_limit_s"] = 1000
    (fault,) = client.post("/plans", json=instance).json()["faults"]
    assert (fault["field"], fault["allowed"]) == ("solver.time_limit_s", "at most 150")


OPENING = [
    ("weather.file", "/etc/hostname"),
    ("sites.0.load_kw", {"file": "/etc/hostname", "column": "x"}),
    ("sites.0.demand.load_kw", {"file": "../x.csv", "column": "x"}),
    ("sites.0.demand.peak_days", {"file": "x.csv", "column": "x", "days": ["2027-01-01"]}),
    ("sites.0.demand.managed", {"sessions": {"file": "x.csv"}}),
    ("sites.0.solar_arrays", [{"yield_kw_per_kw": {"file": "x.csv", "column": "x"}}]),
    ("sites.0.programmes", [{"name": "../../x.yaml"}]),
    ("carbon", {"grid_series": {"file": "x.csv", "column": "x"}}),
    ("context", {"file": "city.json"}),
    ("tariffs.flat.energy_series", {"file": "x.csv", "column": "x"}),
    ("catalogue.battery", {"cost_per_kwh": 1, "cost_per_kw": 1, "ageing_model": "/x.npz"}),
    ("scenarios", {"one": {"weather.file": "/etc/hostname"}}),
    ("scenarios", {"one": {"sites[gate-city].programmes": [{"name": "x.yaml"}]}}),
    ("scenarios", {"one": {"solver.options": {"highs": {"log_file": "/tmp/x"}}}}),
    ("futures", {"cases": {"one": {"changes": {"weather": {"file": "x"}}}}}),
    ("solver.options", {"highs": {"solution_file": "/tmp/x"}}),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value"), OPENING, ids=[f"{place}-{i}" for i, (place, _) in enumerate(OPENING)])
def test_nothing_in_an_instance_opens_a_file(client, instance, place, value):
    *way, last = place.split(".")
    node = instance
    for part in way:
        node = node[int(part) if part.isdecimal() else part]
    node[last] = value
    refused = client.post("/plans", json=instance)
    assert refused.status_code == 422
    assert (
        [fault["message"] for fault in refused.json()["faults"]] == [fault.message for fault in opened(instance)] != []
    )


@pytest.mark.parametrize("key", ["solver.options", "solver.options.log_file"])
def test_a_scenario_may_not_lead_into_the_solvers_options(client, instance, key):
    instance["scenarios"] = {"a": {key: {"log_file": "/tmp/x"} if key.endswith("options") else "/tmp/x"}}
    assert [fault.loc for fault in opened(instance)] == [("scenarios", "a", key)]
    assert client.post("/plans", json=instance).status_code == 422


def test_what_is_shipped_may_be_named(instance):
    instance["sites"][0]["programmes"] = [{"name": "us-nevi"}]
    instance["title"] = "see file.yaml"
    assert opened(instance) == []


@pytest.mark.parametrize(
    "text", [b"", b"a: [", b"\xff", b"- 1", b"a: &a [*a]", b"kind: city", b"kind: plan", b"!!python/none x"]
)
def test_a_text_that_is_no_instance_is_refused(client, text):
    refused = client.post("/plans", content=text, headers=YAML)
    assert refused.status_code == 422
    assert "/tmp" not in refused.text


def test_a_plan_that_cannot_be_fails_with_the_reason(client, until, instance):
    instance["sites"][0]["demand"]["min_served"] = 1.0
    instance["sites"][0]["connection"] = {"existing_kw": 1}
    instance["catalogue"].pop("solar")
    begun = client.post("/plans", json=instance)
    said = until(lambda: (one := client.get(begun.headers["location"]).json())["state"] in ("done", "failed") and one)
    assert (said["state"], said["problem"]["type"]) == ("failed", "urn:evplan:problem:infeasible")
    assert client.get(begun.headers["location"] + "/report").status_code == 409


def test_the_widest_gap_of_several_sites_is_told():
    assert gap_of(
        {"one": "best 3, bound 4, gap 2.50%", "other": "best 3, bound 3, gap 0.10%", "read": "x"}
    ) == pytest.approx(0.025)
    assert gap_of({"read": "x"}) is None


def test_json_of_an_instance_may_hold_any_text(client, instance):
    instance["title"] = "Größe \\ / \u2028 \"'#: 🚗"
    text = orjson.dumps(instance)
    begun = client.post("/plans", content=text, headers={"content-type": "application/json"})
    assert begun.status_code == 202
    client.delete(begun.headers["location"])
