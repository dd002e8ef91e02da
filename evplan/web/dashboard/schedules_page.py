"""The page of schedules: sessions, the site, the plan, two plans beside each other, downloads."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from evplan.web.dashboard import again, downloads, parts, sessions_part, site_part, solving, versus
from evplan.web.dashboard.kept import Kept
from evplan.web.desk import Desk

PARTS = (sessions_part, site_part, solving, again, versus, downloads)


def layout(desk: Desk) -> list[Any]:
    """Return the page."""
    return [
        html.H1("Schedules"),
        html.P("When and at what power each vehicle charges, proved to be the best or near it.", className="intro"),
        html.Div([sessions_part.layout(desk), site_part.layout(desk)], className="columns"),
        solving.layout(desk),
        html.Div(id="results-here"),
        versus.layout(desk),
        downloads.layout(desk),
        parts.section("recent-heading", "Recent schedules", html.Div(id="recent")),
        dcc.Store(id="shown"),
    ]


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the page do what it offers."""
    for part in PARTS:
        part.add_callbacks(app, desk, kept)
    app.clientside_callback(
        ClientsideFunction("live", "show"), Output("live-drawn", "data"), Input("live-data", "data")
    )
