"""The page of plans: an instance, the job that plans it, what it comes to, and the latest plans."""

from __future__ import annotations

from typing import Any

import orjson
from dash import Dash, Input, Output, State, dcc, html, no_update

from evplan.web.dashboard import instance_part, parts, plan_results, told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.plan import read_plan
from evplan.web.dashboard.solving import add_cancel, id_of, recent
from evplan.web.desk import Desk
from evplan.web.problem import refusal
from evplan.web.store import DONE, Job

POLL_MS = 1000


def layout(desk: Desk) -> list[Any]:
    """Return the page."""
    buttons = html.Div(
        [parts.button("solve", "Plan", "main"), parts.button("cancel", "Cancel", disabled=True)], className="bar"
    )
    return [
        html.H1("Plans"),
        html.P("What to build at charging sites, proved, and whether it pays.", className="intro"),
        instance_part.layout(),
        parts.section("job", "2. Plan", buttons, parts.message("solve-said"), html.Div(id="progress")),
        html.Div(id="results-here"),
        parts.section("recent-heading", "Recent plans", html.Div(id="recent")),
        dcc.Interval(id="poll", interval=POLL_MS, disabled=True),
        dcc.Store(id="shown"),
    ]


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the page do what it offers."""
    instance_part.add_callbacks(app)
    _plan(app, desk)
    _show(app, desk)
    _look(app, desk)


def _plan(app: Dash, desk: Desk) -> None:
    @app.callback(
        Output("where", "search"), Output("solve-said", "children"), Input("solve", "n_clicks"),
        State("text", "value"), State("scenario", "value"), prevent_initial_call=True,
        running=[(Output("solve", "disabled"), True, False), (Output("solve", "children"), "Checking", "Plan")],
    )  # fmt: skip
    def plan(_: Any, text: str | None, scenario: str | None) -> tuple[Any, Any]:
        """Check the instance, and let the address name its job."""
        try:
            return f"?id={begin(desk, text or '', scenario or '')}", ""
        except told.EXPECTED as error:
            return no_update, told.wrong(error)

    add_cancel(app, desk, "plan")


def begin(desk: Desk, text: str, scenario: str) -> str:
    """Return the id of a plan's job. Raises: ProblemError with every fault of the instance."""
    if not text.strip():
        raise refusal(422, "no-instance", "upload an instance, choose an example, or write one below")
    body, most = text.encode(), desk.settings.limits.instance_bytes
    if len(body) > most:
        raise refusal(413, "too-large", f"an instance may have {most:,} bytes here (this one has {len(body):,})")
    return desk.plan(body, scenario.strip() or None).id


def _show(app: Dash, desk: Desk) -> None:
    @app.callback(
        Output("results-here", "children"), Output("progress", "children"), Output("shown", "data"), Output("poll", "disabled"),
        Output("cancel", "disabled"), Output("recent", "children"),
        Input("where", "search"), Input("poll", "n_intervals"), State("shown", "data"),
    )  # fmt: skip
    def show(search: str | None, _: Any, shown: str | None) -> tuple[Any, Any, Any, bool, bool, Any]:
        """Show the job that the address names: how far it is, or what it comes to."""
        id = id_of(search)
        if not id:
            return [], [], None, True, True, recent(desk, "plan")
        if id == shown:
            return no_update, no_update, no_update, True, True, no_update
        try:
            job = desk.job(id, "plan", whole=True)
            if not job.ended:
                return [], progress(job), None, False, False, no_update
            if job.state != DONE:
                assert job.answer is not None
                return [], told.lines_of(*told.of_problem(job.answer)), None, True, True, recent(desk, "plan")
            plan = read_plan(desk, id)
            return plan_results.view(plan), told.good("Planned."), id, True, True, recent(desk, "plan")
        except told.EXPECTED as error:
            return [], told.wrong(error), None, True, True, recent(desk, "plan")


def progress(job: Job) -> Any:
    """Return how far a job is, as the command line shows it."""
    gap = f", gap {100 * job.gap:.2f} %" if job.gap is not None else ""
    lines = [html.Li(f"{what}: {known}") for what, known in orjson.loads(job.progress or "{}").items()]
    return html.Div([html.P(f"{job.state}{gap}"), html.Ul(lines)], className="progress")


def _look(app: Dash, desk: Desk) -> None:
    @app.callback(
        Output("dispatch-here", "children"), Input("at-site", "value"), Input("at-year", "value"), Input("at-span", "value"),
        State("shown", "data"),
    )  # fmt: skip
    def dispatch(site: str, year: str, span: str, shown: str | None) -> Any:
        """Show what a site does."""
        if not shown or not year:
            return no_update
        try:
            plan = read_plan(desk, shown)
            series = orjson.loads(desk.ask("dispatch", plan.folder, site, int(year), span).body)
            return plan_results.dispatch_figure(series, site, year, span)
        except told.EXPECTED as error:
            return told.wrong(error)

    @app.callback(Output("cash-here", "children"), Input("whose", "value"), State("shown", "data"))
    def cash(whose: str, shown: str | None) -> Any:
        """Show a cash flow."""
        if not shown or not whose:
            return no_update
        try:
            return plan_results.cash_figure(read_plan(desk, shown), whose)
        except told.EXPECTED as error:
            return told.wrong(error)
