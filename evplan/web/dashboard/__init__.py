"""The dashboard: schedules and plans in a browser, over the same desk as the API."""

from __future__ import annotations

from typing import Any

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI

from evplan.web.dashboard.frame import make_server
from evplan.web.desk import Desk

WORKERS = 16  # threads: one waits for a schedule while others answer


def mount(app: FastAPI, desk: Desk) -> None:
    """Put the dashboard under /dashboard/ of an application."""
    pages: Any = make_server(desk)  # what Flask, a2wsgi and starlette call the same differs in name only
    served: Any = WSGIMiddleware(pages, workers=WORKERS)
    app.mount("/dashboard", served, name="dashboard")
