"""The dashboard: schedules and plans in a browser, over the same desk as the API."""

from __future__ import annotations

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI

from evplan.web.dashboard.frame import make_server
from evplan.web.desk import Desk

WORKERS = 16  # threads: one waits for a schedule while others answer


def mount(app: FastAPI, desk: Desk) -> None:
    """Put the dashboard under /dashboard/ of an application."""
    app.mount("/dashboard", WSGIMiddleware(make_server(desk), workers=WORKERS), name="dashboard")  # type: ignore[arg-type]
