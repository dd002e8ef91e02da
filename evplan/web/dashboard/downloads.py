"""The part of the page that hands out files: tables as CSV, the plan as JSON, OCPP profiles."""

from __future__ import annotations

import base64
import csv
import io
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from evplan.csvs import as_text
from evplan.schedule.ocpp import VERSIONS
from evplan.web.dashboard import parts, told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.schedule import Schedule, read_schedule
from evplan.web.desk import Desk

WORDS = {
    "sessions.csv": "Sessions, CSV", "power.csv": "Power of every vehicle, CSV", "station.csv": "Station, CSV", "plan.json": "Plan, JSON",
    **{f"ocpp-{version}.json": f"OCPP {version} profiles" for version in VERSIONS},
}  # fmt: skip
MEDIA = {"csv": "text/csv", "json": "application/json"}


def layout(desk: Desk) -> Any:
    """Return the part."""
    buttons = [parts.button({"file": name}, label) for name, label in WORDS.items()]
    return parts.section(
        "downloads", "Download", html.Div(buttons, className="bar"), parts.message("downloads-said"), dcc.Download(id="download")
    )  # fmt: skip


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the part hand out."""

    @app.callback(
        Output("download", "data"), Output("downloads-said", "children"), Input({"file": ALL}, "n_clicks"), State("shown", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def hand_out(_: Any, shown: str | None) -> tuple[Any, Any]:
        """Hand out the file whose button was pressed."""
        asked = ctx.triggered_id
        if not isinstance(asked, dict) or not any(_):
            return no_update, no_update
        name = asked["file"]
        if not shown:
            return no_update, told.lines_of("There is no plan to download", ["solve one first"])
        try:
            content = base64.b64encode(file_of(desk, shown, name)).decode()
        except told.EXPECTED as error:
            return no_update, told.wrong(error)
        media = MEDIA[name.rpartition(".")[2]]
        return {"content": content, "filename": name, "type": media, "base64": True}, told.good(
            f"{name} is handed out."
        )


def file_of(desk: Desk, id: str, name: str) -> bytes:
    """Return a file of a schedule that is done. Raises: ProblemError where there is none."""
    if name == "plan.json":
        answer = desk.done(id, "schedule", whole=True).answer
        assert answer is not None
        return answer
    if name.startswith("ocpp-"):
        return desk.profiles(id, name.removeprefix("ocpp-").removesuffix(".json"))
    plan = read_schedule(desk, id)
    return {"sessions.csv": sessions_csv, "power.csv": power_csv, "station.csv": station_csv}[name](plan)


def sessions_csv(plan: Schedule) -> bytes:
    """Return every session: when it is there, what it asks for and gets, and why less."""
    heads = ["id", "port", "arrival", "departure", "asked_kwh", "delivered_kwh", "satisfaction", "why_less"]
    times = zip(plan.picture["come_h"], plan.picture["leave_h"], strict=True)
    rows = [
        [one["id"], one["port"], plan.at(come).isoformat(), plan.at(leave).isoformat(), *(one[name] for name in heads[4:])]
        for one, (come, leave) in zip(plan.sessions, times, strict=True)
    ]  # fmt: skip
    return _csv(heads, rows)


def power_csv(plan: Schedule) -> bytes:
    """Return the power of every vehicle in every step, while it is there, and for how long of the step it is."""
    rows = []
    for one, come, leave in zip(plan.sessions, plan.picture["come_h"], plan.picture["leave_h"], strict=True):
        for k, kw in enumerate(one["power_kw"], one["first_step"] or 0):
            there = min(leave, (k + 1) * plan.step_h) - max(come, k * plan.step_h)
            hours = max(0.0, there)
            rows.append([one["id"], one["port"], plan.edges[k].isoformat(), round(hours, 6), kw, round(kw * hours, 6)])
    return _csv(["id", "port", "start", "plugged_in_h", "power_kw", "energy_kwh"], rows)


def station_csv(plan: Schedule) -> bytes:
    """Return the station's series by step."""
    series = plan.said["station"] | {"energy_cost": plan.picture["paid"]}
    rows = [[plan.edges[k].isoformat(), *(values[k] for values in series.values())] for k in range(plan.said["steps"])]
    return _csv(["start", *series], rows)


def _csv(heads: list[str], rows: list[list[Any]]) -> bytes:
    """Return a table as CSV; a text that a spreadsheet would take for a formula is written as text."""
    said = io.StringIO()
    writer = csv.writer(said, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([[as_text(cell) for cell in row] for row in rows])
    return said.getvalue().encode()
