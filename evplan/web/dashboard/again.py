"""An address with a plan's id, of a page that is loaded or gone back to: its sessions and its site stand in the inputs again."""

from __future__ import annotations

from typing import Any

import orjson
from dash import Dash, Input, Output, State, no_update

from evplan.web.dashboard import told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.sessions_part import shown
from evplan.web.dashboard.site_form import FIELDS, values_of
from evplan.web.dashboard.solving import id_of
from evplan.web.desk import Desk


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the inputs hold what the plan of the address was asked for, unless they have just asked for it."""

    @app.callback(
        *(Output(id, prop, allow_duplicate=True) for id, prop in (
            ("sessions-id", "data"), ("sessions-said", "children"), ("sessions-shown", "children"), ("site-text", "value"))),
        *(Output(name, "value", allow_duplicate=True) for name in FIELDS), Output("asked", "data", allow_duplicate=True),
        Input("where", "search"), State("asked", "data"), prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    def take(search: str | None, asked: str | None) -> tuple[Any, ...]:
        """Fill the inputs with what the plan was asked for."""
        nothing, id = (no_update,) * (5 + len(FIELDS)), id_of(search)
        if not id or id == asked:
            return nothing
        try:
            body, text, values = asked_of(desk.store.request_of(id))
            sessions = {"id": kept.put(body), "source": None}
            return sessions, *shown(body), text, *(values[name] if values else no_update for name in FIELDS), id
        except told.EXPECTED:
            return nothing  # the plan is shown all the same


def asked_of(request: bytes) -> tuple[bytes, str, dict[str, Any] | None]:
    """Return the sessions of a request, and its site: as a schedule file, or as the values of the form that says it."""
    asked = orjson.loads(request)
    sessions, values = orjson.dumps({"sessions": asked["sessions"]}), values_of(asked["site"])
    text = "" if values else orjson.dumps(asked["site"], option=orjson.OPT_INDENT_2).decode()
    return sessions, text, values
