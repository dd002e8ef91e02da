"""The server around schedules and plans: its description, key, counts, limits, and errors as problems."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
import threading
from typing import ClassVar

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from evplan.errors import EvplanError, InputError, LostError
from evplan.web.app import make
from evplan.web.body import body_of
from evplan.web.desk import Desk
from evplan.web.keeping import Keeping
from evplan.web.pool import persistent
from evplan.web.problem import MEDIA, ProblemError, of_fault
from evplan.web.settings import Limits, Settings, key_of
from evplan.web.shown import BODIES, VIEWS
from evplan.web.task import Result

OWN = ["ScheduleRequest", "SessionRow", "SessionView", "StationView", *(view.__name__ for view in VIEWS)]
KEY = "a key that is long enough"


def basic(password):
    return {"Authorization": "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """Return a client of a server with a key, which does no work."""
    app = make(Settings(tmp_path_factory.mktemp("guarded"), workers=1, api_key=KEY))
    yield TestClient(app)
    app.state.desk.close()


@pytest.mark.parametrize("shown", [{"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}, basic(KEY)])
def test_who_shows_the_key_is_let_in(guarded, shown):
    assert guarded.get("/openapi.json", headers=shown).status_code == 200


@pytest.mark.parametrize(
    "shown",
    [{}, {"X-API-Key": KEY[:-1]}, {"X-API-Key": KEY + "x"}, {"X-API-Key": "schlüssel".encode()}, {"Authorization": KEY},
     {"Authorization": "Basic ?"}, basic("wrong"), {"Authorization": "Bearer"}],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/openapi.json", "/docs", "/metrics", "/schedules/x", "/nope", "/docs/assets/swagger-ui.css"]
)
def test_who_does_not_is_refused_everywhere(guarded, shown, path):
    refused = guarded.get(path, headers=shown)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == MEDIA
    assert KEY not in refused.text


def test_health_needs_no_key(guarded):
    assert guarded.get("/health").json()["ok"]


def test_a_key_is_read_from_a_file_before_the_environment(tmp_path, monkeypatch):
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    monkeypatch.delenv("EVPLAN_API_KEY", raising=False)
    assert key_of(None) is None
    monkeypatch.setenv("EVPLAN_API_KEY", "another key, long enough")
    assert key_of(None) == "another key, long enough"
    assert key_of(file) == KEY
    file.write_text("short")
    for wrong in (file, tmp_path / "none"):
        with pytest.raises(InputError, match="--api-key-file"):
            key_of(wrong)


def test_the_description_names_only_what_it_holds(client):
    said = client.get("/openapi.json").json()
    names = set(said["components"]["schemas"])
    refs = {part.partition('"')[0] for part in client.get("/openapi.json").text.split("#/components/schemas/")[1:]}
    assert refs <= names
    assert {body.__name__ for body in BODIES} <= names


def test_every_example_in_the_description_is_accepted(client):
    said, sent = client.get("/openapi.json").json(), 0
    for path, ways in said["paths"].items():
        for media, content in ways.get("post", {}).get("requestBody", {}).get("content", {}).items():
            if "example" in content:
                begun = client.request("POST", path, json=content["example"], headers={"content-type": media})
                assert begun.is_success, begun.text
                assert client.delete(begun.headers["location"]).status_code == 204
                sent += 1
    assert sent == 2


def test_every_field_of_the_description_says_what_it_is(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    bare = [
        f"{name}.{field}"
        for name in OWN
        for field, said in schemas[name].get("properties", {}).items()
        if "description" not in said
    ]
    assert bare == []


def test_the_page_that_describes_the_api_asks_no_other_host(client):
    page = client.get("/docs").text
    assert "://" not in page.replace("http://www.w3.org", "")
    assert client.get("/docs/assets/swagger-ui-bundle.js").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nope", 404), ("PUT", "/schedules", 405), ("GET", "/schedules/../../etc/passwd", 404), ("GET", "/schedules/x", 422),
     ("GET", f"/schedules/{'0' * 32}", 404), ("GET", "/sessions/synthetic?count=no", 422), ("GET", "/docs/assets/%2e%2e/core.py", 404)],
)  # fmt: skip
def test_errors_of_every_kind_are_problems(client, method, path, status):
    refused = client.request(method, path)
    assert refused.status_code == refused.json()["status"] == status
    assert refused.headers["content-type"] == MEDIA


@pytest.mark.parametrize(
    ("query", "field"),
    [("count=0", "count"), ("count=301", None), ("date=tomorrow", "date"), ("timezone=Mars", "timezone"), ("profile=none", "profile"),
     ("stay_h=nan", "stay_h"), ("energy_kwh=-1", "energy_kwh"), ("seed=-1", "seed"), ("date=0001-01-01", None)],
)  # fmt: skip
def test_made_up_sessions_that_cannot_be_are_refused_by_their_field(client, query, field):
    refused = client.get(f"/sessions/synthetic?{query}")
    assert refused.status_code in (413, 422) or field is None
    assert refused.status_code < 500
    if field:
        assert refused.json()["faults"][0]["field"] == field


def test_requests_and_jobs_are_counted_by_route_and_state(client, asked):
    client.post("/schedules", json=asked)
    client.get("/some/path/of/nobody")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }
    assert found["evplan_requests_total", "POST", "/schedules", "201"] >= 1
    assert found["evplan_requests_total", "GET", "elsewhere", "404"] >= 1
    assert found["evplan_jobs", "schedule", "done"] >= 1
    assert found["evplan_queue_length",] == 0
    assert not [labels for name, *labels in found if "nobody" in str(labels)]


def test_a_body_that_comes_too_slowly_is_refused():
    class Slow:
        headers: ClassVar = {"content-type": "application/json"}

        async def stream(self):
            yield b"{"
            await asyncio.sleep(5)

    with pytest.raises(ProblemError) as refused:
        asyncio.run(body_of(Slow(), Limits(body_s=0.05), "application/json"))
    assert refused.value.status == 408


def test_a_queue_that_is_full_is_told(tmp_path, asked):
    desk = Desk(Settings(tmp_path, workers=1, limits=Limits(queue=2)))
    for _ in range(2):
        desk.schedule(b"{}")
    with pytest.raises(ProblemError) as refused:
        desk.schedule(b"{}")
    assert (refused.value.status, "Retry-After" in refused.value.headers) == (503, True)
    desk.close()


class Falling:
    """Workers whose process dies some times."""

    size = 1

    def __init__(self, deaths):
        self.deaths, self.tries = deaths, 0

    def run(self, name, *arguments, tell, stop):
        self.tries += 1
        if self.tries <= self.deaths:
            raise LostError("the process that worked on it was killed")
        return Result(200, b"answer")

    def close(self):
        pass


def test_a_small_task_whose_process_dies_is_done_again_and_then_told():
    assert persistent(Falling(2), "warm").body == b"answer"
    with pytest.raises(LostError):
        persistent(Falling(3), "warm")


@pytest.mark.parametrize(("deaths", "state"), [(0, "done"), (2, "done"), (3, "failed")])
def test_a_job_whose_process_dies_is_begun_again_and_then_told(tmp_path, monkeypatch, deaths, state):
    workers = Falling(deaths)
    monkeypatch.setattr("evplan.web.desk._workers", lambda settings: (workers, Falling(0)))
    desk = Desk(Settings(tmp_path, workers=1))
    desk.start()
    job, ended = desk.schedule(b"{}")
    assert ended.result(30).state == state == desk.job(job.id, "schedule").state
    assert desk.job(job.id, "schedule").attempts == min(deaths + 1, 3)
    desk.close()


def test_a_job_that_takes_too_long_is_stopped_and_told(tmp_path, monkeypatch):
    class Endless(Falling):
        def run(self, name, *arguments, tell, stop):
            stop.wait(30)
            raise LostError("stopped before it was done")

    monkeypatch.setattr("evplan.web.desk._workers", lambda settings: (Endless(0), Falling(0)))
    desk = Desk(Settings(tmp_path, workers=1, limits=Limits(job_s=0.1)))
    desk.start()
    _, ended = desk.schedule(b"{}")
    assert ended.result(30).status == 504
    desk.close()


def test_an_error_of_ours_is_told_without_its_inside(tmp_path, monkeypatch):
    class Broken(Falling):
        def run(self, name, *arguments, tell, stop):
            raise KeyError("a secret")

    monkeypatch.setattr("evplan.web.desk._workers", lambda settings: (Broken(0), Falling(0)))
    app = make(Settings(tmp_path, workers=1))
    with TestClient(app, raise_server_exceptions=False) as client:
        told = client.post("/schedules", json={"site": {}, "sessions": []})
    assert (told.status_code, "secret" in told.text) == (500, False)


def test_a_fault_is_told_in_parts():
    from evplan.instance.faults import Fault

    assert of_fault(Fault(("a", 1, "b/c"), "must be at most 1 (got 50); did you mean 0.5?"), {}) == {
        "field": "a[1].b/c", "pointer": "#/a/1/b~1c", "message": "must be at most 1 (got 50); did you mean 0.5?",
        "allowed": "at most 1", "found": "50", "suggestion": "0.5",
    }  # fmt: skip


def test_files_that_cannot_be_written_are_told(tmp_path):
    from evplan.web.store import Claim

    keeping = Keeping(tmp_path / "plans")
    (tmp_path / "plans" / "x").write_text("in the way")
    with pytest.raises(EvplanError, match="cannot be written"):
        keeping.keep(Claim("x", "plan", 1, "{}", b""), {"report.html": b""})


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60)


def test_the_command_line_knows_nothing_of_the_web_until_it_serves():
    code = "import sys, evplan.cli; print(sorted(set(sys.modules) & {'fastapi', 'starlette', 'uvicorn', 'sqlalchemy', 'orjson', 'dask'}))"
    assert run("-c", code).stdout == "[]\n"


def test_without_its_packages_the_server_says_how_to_install_them():
    code = "import sys; sys.modules['fastapi'] = None; from evplan.cli import main; sys.argv[1:] = ['serve']; main()"
    said = run("-c", code)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1
    assert "evplan[web]" in said.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--port", "70000"], "--port 70000"), (["--host", "no.such.host.invalid"], "--host"), (["--database", "x"], "--database"),
     (["--data", "/proc/x"], "/proc/x"), (["--workers", "0"], "--workers"), (["--api-key-file", "/nowhere"], "--api-key-file")],
)  # fmt: skip
def test_options_that_cannot_be_are_told_in_a_line(options, said, tmp_path):
    usual = {"--port": "0", "--data": str(tmp_path)} | dict([options])
    done = run("-m", "evplan", "serve", *(word for pair in usual.items() for word in pair))
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_two_schedules_at_once_are_two_answers(client, asked):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.post("/schedules", json=asked).json())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one["id"] for one in answers}) == 8
    assert len({str(one["sessions"]) for one in answers}) == 1
