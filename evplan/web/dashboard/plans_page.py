"""The page of plans."""

from __future__ import annotations

from typing import Any

from dash import Dash, html

from evplan.web.dashboard.kept import Kept
from evplan.web.desk import Desk


def layout(desk: Desk) -> list[Any]:
    """Return the page."""
    return [html.H1("Plans")]


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the page do what it offers."""
