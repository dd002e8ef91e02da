"""A page that is loaded with a plan's id: its sessions and its site stand in the inputs again."""

from __future__ import annotations

from typing import Any

import orjson
from dash import Dash, Input, Output, State, no_update

from evplan.web.dashboard import told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.sessions_part import shown
from evplan.web.dashboard.site_form import FIELDS, values_of
from evplan.web.desk import Desk


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let a page that knows no sessions take those of the plan that it shows."""

    @app.callback(
        *(Output(id, prop, allow_duplicate=True) for id, prop in (
            ("sessions-id", "data"), ("sessions-said", "children"), ("sessions-shown", "children"), ("site-text", "value"))),
        *(Output(name, "value", allow_duplicate=True) for name in FIELDS),
        Input("shown", "data"), State("sessions-id", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def take(id: str | None, sessions: str | None) -> tuple[Any, ...]:
        """Fill the inputs with what the plan was asked for."""
        nothing = (no_update,) * (4 + len(FIELDS))
        if not id or sessions:
            return nothing
        try:
            body, text, values = asked_of(desk.store.request_of(id))
            return kept.put(body), *shown(body), text, *(values[name] if values else no_update for name in FIELDS)
        except told.EXPECTED:
            return nothing  # the plan is shown all the same


def asked_of(request: bytes) -> tuple[bytes, str, dict[str, Any] | None]:
    """Return the sessions of a request, and its site: as a schedule file, or as the values of the form that says it."""
    asked = orjson.loads(request)
    sessions, values = orjson.dumps({"sessions": asked["sessions"]}), values_of(asked["site"])
    text = "" if values else orjson.dumps(asked["site"], option=orjson.OPT_INDENT_2).decode()
    return sessions, text, values
