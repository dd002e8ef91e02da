"""The part of the page that solves: from sessions and a site to a job, whose id the address holds, and to what it comes to."""

from __future__ import annotations

import datetime
import time
from concurrent.futures import TimeoutError as LateError
from typing import Any
from urllib.parse import parse_qs

import orjson
from dash import Dash, Input, Output, State, dcc, html, no_update

from evplan.report import words
from evplan.web.dashboard import parts, results, told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.schedule import read_schedule
from evplan.web.dashboard.sessions_part import sessions_at
from evplan.web.dashboard.site_form import FIELDS, site_of
from evplan.web.desk import Desk
from evplan.web.problem import ProblemError, refusal
from evplan.web.store import DONE, Job

WAIT_S = 5.0  # for an answer, before the page asks again and again
POLL_MS = 1000
RECENT = 10
PROVED = 2e-3  # relative: wider gaps are told beside the plan, as the command line's exit code tells them
SEARCH_S = 60  # the search's own limit


def layout(desk: Desk) -> Any:
    """Return the part."""
    return html.Div(
        [parts.button("solve", "Solve", "main"), parts.button("cancel", "Cancel", disabled=True), parts.message("solve-said"),
         dcc.Interval(id="poll", interval=POLL_MS, disabled=True), dcc.Store(id="asked")],
        className="solve",
    )  # fmt: skip


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the part solve, and show."""

    @app.callback(
        Output("where", "search"), Output("solve-said", "children"), Output("asked", "data"),
        Input("solve", "n_clicks"), State("sessions-id", "data"), State("site-text", "value"), *(State(name, "value") for name in FIELDS),
        prevent_initial_call=True, running=[(Output("solve", "disabled"), True, False)],
    )  # fmt: skip
    def solve(_: Any, sessions: dict[str, Any] | None, text: str | None, *values: Any) -> tuple[Any, Any, Any]:
        """Solve, and let the address name the job."""
        try:
            if not sessions:
                raise refusal(422, "no-sessions", "upload sessions, or make some, first")
            site = file_of(desk, text) if text and text.strip() else site_of(dict(zip(FIELDS, values)))
            rows = sessions_at(desk, kept, sessions, str(site.get("timezone", "UTC")), text or "")
            id = begin(desk, rows, site)
            return f"?id={id}", "", id
        except told.EXPECTED as error:
            return no_update, told.wrong(error), no_update

    @app.callback(
        Output("results-here", "children"), Output("shown", "data"), Output("poll", "disabled"),
        Output("solve-said", "children", allow_duplicate=True), Output("recent", "children"), Output("cancel", "disabled"),
        Input("where", "search"), Input("poll", "n_intervals"), State("shown", "data"), prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    def show(search: str | None, _: Any, shown: str | None) -> tuple[Any, Any, bool, Any, Any, bool]:
        """Show the job that the address names, or how far it is."""
        id = id_of(search)
        if not id:
            return [], None, True, no_update, recent(desk), True
        if id == shown:
            return no_update, no_update, True, no_update, no_update, True
        try:
            job = desk.job(id, "schedule", whole=True)
            if not job.ended:
                return [], None, False, html.P(_progress(job)), no_update, False
            if job.state != DONE:
                assert job.answer is not None
                return [], None, True, told.lines_of(*told.of_problem(job.answer)), recent(desk), True
            plan = read_schedule(desk, id)
            return results.view(plan), id, True, told.good(verdict(plan)), recent(desk), True
        except told.EXPECTED as error:
            return [], None, True, told.wrong(error), recent(desk), True

    add_cancel(app, desk, "schedule")


def add_cancel(app: Dash, desk: Desk, kind: str) -> None:
    """Let a page stop the job that its address names, and forget it."""

    @app.callback(
        Output("where", "search", allow_duplicate=True), Output("solve-said", "children", allow_duplicate=True),
        Input("cancel", "n_clicks"), State("where", "search"), prevent_initial_call=True,
    )  # fmt: skip
    def cancel(_: Any, search: str | None) -> tuple[Any, Any]:
        """Stop the job and forget it."""
        try:
            desk.remove(id_of(search), kind)
        except told.EXPECTED as error:
            return no_update, told.wrong(error)
        return "", told.good("Cancelled.")


def file_of(desk: Desk, text: str) -> dict[str, Any]:
    """Return what the text of a schedule file says. Raises: ProblemError for one that is none, or too large."""
    body, most = text.encode(), desk.settings.limits.instance_bytes
    if len(body) > most:
        raise refusal(413, "too-large", f"a schedule file may have {most:,} bytes here (this one has {len(body):,})")
    return orjson.loads(desk.ask("site", body).body)


def begin(desk: Desk, sessions: bytes, site: dict[str, Any]) -> str:
    """Return the id of a schedule's job, done where that does not take long. Raises: ProblemError for what is wrong with it."""
    limits, rows = desk.settings.limits, orjson.loads(sessions)["sessions"]
    if len(rows) > limits.sessions:
        raise refusal(413, "too-large", f"sessions: at most {limits.sessions:,} (got {len(rows):,})")
    body = orjson.dumps({"site": site, "sessions": rows})
    job, waited = desk.schedule(body, compare=True, long=len(rows) > limits.quick_sessions)
    try:
        ended = waited.result(WAIT_S)
    except LateError:
        return job.id
    finally:
        desk.jobs.unwatch(job.id)
    if ended.state != DONE:
        desk.jobs.remove(job.id, "schedule")  # its user is told what is wrong with it
        raise ProblemError(ended.status, ended.answer)
    return job.id


def verdict(plan: Any) -> str:
    """Return in one sentence what a plan comes to."""
    rows, gap = {name: value for name, value, _ in results.key_figures(plan)}, plan.said["gap"]
    proved = (
        "Solved"
        if gap <= PROVED
        else f"The best that was found in time, at most {words.percent(gap, 1)} dearer than any plan"
    )
    return f"{proved}: {rows['Energy served']} of the energy served, {rows['Cost']}, peak {rows['Peak import']}."


def id_of(search: str | None) -> str:
    """Return the id in an address, empty where there is none."""
    return parse_qs((search or "").lstrip("?")).get("id", [""])[0]


def _progress(job: Job) -> str:
    """Return how far a job is, in a sentence."""
    since = time.time() - (job.started or job.created)
    lines = orjson.loads(job.progress or "{}")
    told = "; ".join(f"{what}: {known}" for what, known in lines.items())
    limit = "" if job.started is None else f" of {SEARCH_S:.0f} s at most where vehicles are switched"
    return f"{job.state}, {max(since, 0.0):.0f} s{limit}" + (f"; {told}" if told else "")


def recent(desk: Desk, kind: str = "schedule") -> Any:
    """Return links to the latest jobs of a kind."""
    try:
        jobs = desk.store.recent(kind, RECENT)
    except told.EXPECTED as error:
        return told.wrong(error)
    if not jobs:
        return html.P("None yet.")
    made = [(job, datetime.datetime.fromtimestamp(job.created, datetime.UTC)) for job in jobs]
    return html.Ul(
        [html.Li([html.A(f"{at:%Y-%m-%d %H:%M:%S} UTC", href=f"?id={job.id}"), f" {job.state}"]) for job, at in made]
    )
