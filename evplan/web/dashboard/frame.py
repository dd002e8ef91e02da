"""The frame of every page: one Flask server that holds a Dash application for each, what browsers may load, and what is wrong at last."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html, set_props
from flask import Flask, Response, redirect, request

from evplan.web.dashboard import parts, plans_page, schedules_page, told
from evplan.web.dashboard.kept import Kept
from evplan.web.desk import Desk

AT = "/dashboard/"
ASSETS = Path(__file__).parent / "assets"
PAGES = {"": ("Schedules", schedules_page), "plans/": ("Plans", plans_page)}
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
<body>
<a class="skip" href="#main">Skip to what is on this page</a>
<noscript>This page needs JavaScript. The same can be asked for without it: see /docs.</noscript>
{%app_entry%}
<div>{%config%}{%scripts%}{%renderer%}</div>
</body>
</html>"""
WIDTH = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
LOG = logging.getLogger(__name__)


def make_server(desk: Desk) -> Flask:
    """Return the server of every page, as WSGI."""
    server = Flask("evplan.web.dashboard", static_folder=None)
    server.config["MAX_CONTENT_LENGTH"] = 2 * desk.settings.limits.body_bytes  # an upload is a third longer on its way
    kept, policies = Kept(desk.settings.data / "sessions"), dict[str, str]()
    for path, (title, page) in PAGES.items():
        made = _page(server, path, title, page.layout(desk))
        page.add_callbacks(made, desk, kept)
        policies[path] = _policy(made)

    @server.after_request
    def guard(response: Response) -> Response:
        """Let a browser load nothing from elsewhere."""
        page = "plans/" if request.path.startswith("/plans/") else ""
        response.headers["Content-Security-Policy"] = policies[page]
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    server.add_url_rule("/plans", "plans", lambda: redirect(f"{AT}plans/"))
    return server


def _page(server: Flask, path: str, title: str, content: Any) -> Dash:
    """Return the application of a page, with its layout."""
    how: dict[str, Any] = {
        "server": server, "routes_pathname_prefix": f"/{path}", "requests_pathname_prefix": f"{AT}{path}", "title": f"{title}: evplan",
        "update_title": None, "assets_folder": str(ASSETS), "index_string": INDEX, "meta_tags": [WIDTH], "on_error": _failed,
        "suppress_callback_exceptions": True, "serve_locally": True, "enable_mcp": False, "add_log_handler": False,
    }  # fmt: skip
    app = Dash("evplan.web.dashboard", **how)
    where, main = dcc.Location(id="where", refresh=False), html.Main(content, id="main", tabIndex=-1)
    app.layout = html.Div([where, _header(path), main, _lost()], className="page")
    app.clientside_callback(
        ClientsideFunction("lost", "close"),
        Output("lost", "children"),
        Input("close", "n_clicks"),
        prevent_initial_call=True,
    )
    return app


def _header(here: str) -> Any:
    links = [_link(title, path, path == here) for path, (title, _) in PAGES.items()]
    pressed = parts.attributes({"aria-pressed": "false"})  # theme.js knows better
    theme = html.Button("Dark", id="theme", type="button", className="button small", **pressed)
    nav = html.Nav([*links, html.A("API", href="/docs")], **parts.attributes({"aria-label": "Pages"}))
    return html.Header([html.Span("evplan", className="name"), nav, theme], className="top")


def _link(title: str, path: str, here: bool) -> Any:
    current = parts.attributes({"aria-current": "page"} if here else {})
    return html.A(title, href=f"{AT}{path}", className="here" if here else "", **current)


def _lost() -> Any:
    """Return where it is told that the server is gone, or has failed."""
    return html.Div([html.Div(id="lost"), html.Div(id="lost-words")], className="lost", role="alert")


def _policy(app: Dash) -> str:
    """Return what a page may load: from this server only; the one script that stands in it by its hash."""
    scripts = " ".join(f"'{one}'" if not one.startswith("'") else one for one in app.csp_hashes())
    return (
        f"default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
    )


def _failed(error: Exception) -> None:
    """Tell a page that a callback failed in a way that nobody thought of."""
    LOG.error("the dashboard failed", exc_info=error)
    said = told.lines_of("It failed", [f"evplan failed, and it is our fault: {type(error).__name__}"])
    set_props("lost", {"children": [said, parts.button("close", "Close", "small")]})
